//! Pictures in high contrast from the command line.

use std::process::Command;

#[test]
fn a_picture_can_be_drawn_in_high_contrast() {
    let folder = tempfile::tempdir().expect("a folder");
    let draw = |theme: &str| {
        let file = folder.path().join(format!("{theme}.svg"));
        let output = Command::new(env!("CARGO_BIN_EXE_embedding-playground"))
            .args(["render", "--lesson", "triplet", "--steps", "3", "--theme", theme, "--out"])
            .arg(&file)
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{theme}: {}", String::from_utf8_lossy(&output.stderr));
        std::fs::read_to_string(&file).expect("a picture").to_lowercase()
    };
    let (light, high) = (draw("light"), draw("high-contrast"));
    assert!(high.contains("#000000") && high.contains("#ffffff"), "white on black");
    assert!(!light.contains("#000000") && light.contains("#f6f6f3"), "which light is not");
    let output = Command::new(env!("CARGO_BIN_EXE_embedding-playground"))
        .args(["render", "--lesson", "triplet", "--theme", "sepia", "--out", "x.svg"])
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("high-contrast"), "{said}");
}
