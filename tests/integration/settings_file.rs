//! The file of the window's settings: what is done where a part of it is there.

use embedding_playground::ui::SettingsFile;

use crate::cli::folder;

const SETTINGS: &str = "{\n    \"egui\": \"(options:(zoom_factor:1.0))\",\n    \"look\": \"(theme:Some(Dark))\",\n}";

#[test]
fn settings_of_before_take_the_place_of_a_part() {
    let folder = folder();
    let (path, before) = (folder.path().join("app.ron"), folder.path().join("app.ron.before"));
    let file = SettingsFile::in_folder(folder.path());
    assert_eq!(file.set_in_order(), None, "at the first start");
    let later = SETTINGS.replace("Dark", "Light");
    std::fs::write(&path, SETTINGS).expect("written");
    file.keep();
    for n in [0, 1, 40, later.len() - 1] {
        std::fs::write(&path, &later[..n]).expect("written");
        // A part is no reason to forget the whole.
        file.keep();
        let aside = file.set_in_order().expect("set aside");
        assert!(aside.has_those_before);
        assert_eq!(std::fs::read_to_string(&aside.path).expect("kept"), later[..n]);
        assert_eq!(std::fs::read_to_string(&path).expect("there"), SETTINGS);
    }
    std::fs::write(&path, &later).expect("written");
    assert_eq!(file.set_in_order(), None);
    std::fs::remove_file(&before).expect("gone");
    std::fs::write(&path, "app").expect("written");
    assert!(!file.set_in_order().expect("set aside").has_those_before);
    assert!(!path.exists());
}
