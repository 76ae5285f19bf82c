//! The rules of the code that no compiler checks: layers, doors, headers, length.

use std::path::{Path, PathBuf};

/// Modules from left to right: each may import only from those before it.
const LAYERS: [&str; 11] =
    ["progress", "files", "data", "space", "model", "train", "compare", "jobs", "playground", "scene", "ui"];

/// What may be named only in some places, and where.
const DOORS: &[(&str, &[&str])] = &[
    ("egui", &["src/ui/"]),
    ("eframe", &["src/ui/"]),
    ("rfd::", &["src/ui/"]),
    ("candle_", &["src/model/", "src/train/"]),
    ("tokenizers", &["src/model/"]),
    ("safetensors::", &["src/data/", "src/model/", "src/train/"]),
    ("faer::", &["src/model/", "src/space/", "src/train/"]),
    ("linfa", &["src/space/"]),
    ("ndarray", &["src/space/"]),
    ("memmap2", &["src/train/pages.rs"]),
    ("std::thread", &["src/jobs.rs", "src/train/cores.rs"]),
    ("mpsc", &["src/jobs.rs"]),
    ("clap::", &["src/cli/", "src/main.rs"]),
    // They panic where a stream is full or closed.
    ("print!(", &[]),
    ("println!(", &[]),
    ("io::stderr", &["src/cli/output.rs", "src/files/target.rs", "src/ui/app.rs"]),
    ("io::stdout", &["src/cli/output.rs", "src/files/target.rs"]),
    ("std::fs", &["src/files/"]),
    ("from_rgb", &["src/ui/theme.rs"]),
    ("Instant::now", &["src/jobs.rs", "src/cli/", "src/ui/"]),
];

/// No function is longer, UI included.
const MAX_FUNCTION_LINES: usize = 80;

fn sources() -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join("src"), &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a source file");
        (path.strip_prefix(root).expect("under the root").to_owned(), text)
    };
    found.into_iter().map(read).collect()
}

/// The lines that are code: no comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn every_file_says_what_it_is() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{}: the first line is no //! sentence", path.display());
    }
}

#[test]
fn modules_import_only_from_their_left() {
    for (path, text) in sources() {
        let module =
            path.components().nth(1).map(|part| part.as_os_str().to_string_lossy().replace(".rs", "")).unwrap_or_default();
        let Some(place) = LAYERS.iter().position(|layer| *layer == module) else { continue };
        for (line, code) in code(&text) {
            for layer in LAYERS.iter().skip(place + 1).chain(&["cli"]) {
                // The window is opened by arguments that the command line defines.
                let is_allowed = module == "ui" && code.contains("cli::WindowArguments");
                assert!(
                    !code.contains(&format!("crate::{layer}")) || is_allowed,
                    "{}:{line}: {module} may not import {layer}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn outside_things_come_in_by_their_doors_only() {
    for (path, text) in sources() {
        let name = path.to_string_lossy().replace('\\', "/");
        for (thing, doors) in DOORS {
            if doors.iter().any(|door| name.starts_with(door)) {
                continue;
            }
            for (line, code) in code(&text) {
                assert!(!code.contains(thing), "{name}:{line}: {thing} belongs into {doors:?}");
            }
        }
    }
}

#[test]
fn functions_fit_on_a_screen() {
    for (path, text) in sources() {
        let mut start: Option<(usize, usize)> = None;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let is_function = line
                .trim_start()
                .trim_start_matches("pub ")
                .trim_start_matches("pub(super) ")
                .trim_start_matches("pub(crate) ")
                .starts_with("fn ");
            if is_function && line.trim_end().ends_with('{')
                || is_function && !line.contains('}') && !line.trim_end().ends_with(';')
            {
                start = Some((number, indent));
            }
            if let Some((first, outer)) = start
                && line.trim_end() == format!("{}}}", " ".repeat(outer))
            {
                let length = number - first + 1;
                assert!(length <= MAX_FUNCTION_LINES, "{}:{}: a function of {length} lines", path.display(), first + 1);
                start = None;
            }
        }
    }
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = ["todo!", "unimplemented!", "TODO", "FIXME", "dbg!"];
    for (path, text) in sources() {
        for mark in marks {
            assert!(!text.contains(mark), "{}: {mark}", path.display());
        }
    }
}
