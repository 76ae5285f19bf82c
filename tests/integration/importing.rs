//! Data that comes into the window: pasted, dropped, looked at, corrected by hand, taken.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, Event, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::model::Source;
use embedding_playground::ui::WindowOptions;

use crate::ui::{Window, choose, click, settle, window, window_with};

/// A file as the window system drops it.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|cause| cause.to_string())
    }
}

fn drop_files(window: &mut Window, paths: &[PathBuf]) {
    let dropped = paths.iter().map(|path| Arc::new(Dropped(path.clone())) as egui::DroppedFileHandle);
    window.input_mut().dropped_files.extend(dropped);
    window.step();
    settle(window);
}

fn paste(window: &mut Window, text: &str) {
    window.event(Event::Paste(text.to_owned()));
    window.step();
    settle(window);
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn texts(window: &Window) -> Vec<String> {
    window.state().playground().document().phrases.iter().map(|phrase| phrase.text.to_string()).collect()
}

#[test]
fn cells_of_a_spreadsheet_are_pasted_corrected_and_added() {
    let mut window = window();
    let before = texts(&window).len();
    paste(&mut window, "no\tquestion\tanswer\treply\n1\twhat is tea\ta drink\tno idea\n2\twhat is rain\twater\tnothing\n");
    assert!(window.query_by_label("Paste a table").is_some());
    assert!(window.query_by_label("2 pairs of 4 phrases.").is_some());
    assert!(window.query_by_label_contains("2 columns are not read: \"no\", \"reply\"").is_some());
    choose(&mut window, Role::ComboBox, "Column reply", "negative");
    settle(&mut window);
    assert!(window.query_by_label("2 pairs of 6 phrases.").is_some());
    click(&mut window, "Add to what is here");
    settle(&mut window);
    assert_eq!(texts(&window).len(), before + 6);
    assert!(window.query_by_label_contains("Added 6 phrases and 2 pairs").is_some());
    assert!(window.state().playground().is_unsaved());
}

#[test]
fn lines_are_pasted_as_phrases_and_one_column_of_cells_too() {
    let mut window = window();
    let before = texts(&window).len();
    paste(&mut window, "green tea\nblack tea\n\nrain\n");
    assert_eq!(texts(&window)[before..], ["green tea", "black tea", "rain"]);
    assert!(window.state().playground().offered().is_none());
}

#[test]
fn a_dropped_table_is_shown_and_opened_with_nothing_to_save() {
    let mut window = window();
    drop_files(&mut window, &[fixture("pairs_pyarrow.parquet")]);
    if cfg!(not(feature = "parquet")) {
        assert!(window.query_by_label_contains("Parquet").is_some());
        return;
    }
    assert!(window.query_by_label("Open pairs_pyarrow.parquet").is_some());
    assert!(window.query_by_label("3 pairs of 6 phrases.").is_some());
    assert!(window.query_by_label_contains("1 row is left out").is_some());
    click(&mut window, "Open");
    settle(&mut window);
    assert!(texts(&window).contains(&"red, \"roses\"".to_owned()), "{:?}", texts(&window));
    assert!(!window.state().playground().is_unsaved());
}

#[test]
fn opening_asks_before_unsaved_work_is_lost_and_cancel_keeps_all() {
    let mut window = window();
    paste(&mut window, "a phrase of mine\nanother one\n");
    let before = texts(&window);
    drop_files(&mut window, &[fixture("phrases_pandas.parquet")]);
    if cfg!(not(feature = "parquet")) {
        return;
    }
    click(&mut window, "Open");
    assert!(window.query_by_label("Save your changes first?").is_some());
    window.query_all_by_label("Cancel").last().expect("a button").click();
    window.run_steps(3);
    assert_eq!(texts(&window), before);
    click(&mut window, "Cancel");
    assert!(window.state().playground().offered().is_none());
    assert_eq!(texts(&window), before);
}

#[test]
fn a_text_in_another_encoding_is_read_once_it_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("words.csv");
    std::fs::write(&path, b"text;group\nth\xe9 vert;tea\ncaf\xe9 noir;coffee\n").expect("a file");
    let mut window = window_with(WindowOptions { file: Some(path), ..Default::default() }, [1280.0, 800.0], egui::Theme::Light);
    assert!(window.query_by_label_contains("expected UTF-8 text, got the byte 0xe9").is_some());
    assert!(window.get_by_label("Open").accesskit_node().is_disabled());
    choose(&mut window, Role::ComboBox, "Encoding", "windows-1252");
    settle(&mut window);
    assert!(window.query_by_label("2 phrases in 2 groups.").is_some());
    click(&mut window, "Open");
    settle(&mut window);
    assert_eq!(texts(&window), ["thé vert", "café noir"]);
    assert!(window.query_by_label("coffee").is_some(), "the group");
}

#[test]
fn labels_are_told_apart_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("nli.csv");
    std::fs::write(&path, "premise,hypothesis,label\na b,c d,0\ne f,g h,2\ni j,k l,1\n").expect("a file");
    let mut window = window_with(WindowOptions { file: Some(path), ..Default::default() }, [1280.0, 800.0], egui::Theme::Light);
    assert!(window.query_by_label_contains("say which of them mean").is_some());
    window.query_all_by_label("belong together").next().expect("of label 0").click();
    window.run_steps(2);
    window.query_all_by_label("do not").nth(2).expect("of label 2").click();
    window.run_steps(2);
    click(&mut window, "Read them so");
    settle(&mut window);
    assert!(window.query_by_label("2 pairs of 4 phrases.").is_some());
    assert!(window.query_by_label_contains("1 row is left out, as the label is neither").is_some());
}

#[test]
fn a_dropped_folder_is_a_model_and_of_several_files_one_is_opened() {
    let mut window = window();
    let folder = tempfile::tempdir().expect("a folder");
    drop_files(&mut window, &[folder.path().to_owned()]);
    assert_eq!(window.state().playground().document().model, Source::Folder(folder.path().to_owned()).into());
    let paths = ["one.txt", "two.txt"].map(|name| folder.path().join(name));
    paths.iter().for_each(|path| std::fs::write(path, "green tea\nblack tea\n").expect("a file"));
    drop_files(&mut window, &paths);
    assert!(window.query_by_label("2 phrases.").is_some(), "work of mine is there: it is asked");
    assert!(window.query_by_label_contains("One file at a time").is_some());
}

#[test]
fn a_path_that_is_not_there_is_said_where_it_was_typed() {
    let mut window = window();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::O);
    window.run_steps(3);
    window.get_by_label("Path of the file").type_text("/no/such/file.csv");
    window.run_steps(2);
    window.get_by_role_and_label(Role::Button, "Open").click();
    window.run_steps(3);
    assert!(window.query_by_label("There is no file of this name.").is_some());
    window.get_by_label("Path of the file").type_text("x");
    window.run_steps(2);
    assert!(window.query_by_label("There is no file of this name.").is_none());
}

#[test]
fn a_reading_that_went_wrong_is_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("p.csv");
    std::fs::write(&path, "question,answer\na; b,c\nd,e\n").expect("a file");
    let mut window = window_with(WindowOptions { file: Some(path), ..Default::default() }, [1280.0, 800.0], egui::Theme::Light);
    assert!(window.query_by_label("2 pairs of 4 phrases.").is_some());
    choose(&mut window, Role::ComboBox, "Separated by", "semicolons");
    settle(&mut window);
    assert!(window.get_by_role_and_label(Role::Button, "Open").accesskit_node().is_disabled());
    click(&mut window, "Start over");
    settle(&mut window);
    assert!(window.query_by_label("2 pairs of 4 phrases.").is_some());
    // A quote that never closes is a character, if its user says so.
    std::fs::write(folder.path().join("q.csv"), "text\n\"Hello\" he said\nwell then\n").expect("a file");
    click(&mut window, "Cancel");
    drop_files(&mut window, &[folder.path().join("q.csv")]);
    assert!(window.query_by_label_contains("behind the closing one").is_some());
    click(&mut window, "Quotes are around cells");
    settle(&mut window);
    assert!(window.query_by_label("2 phrases.").is_some());
}
