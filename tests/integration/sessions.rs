//! What is open survives the end of the program, however it ends: written soon, offered at the next start, never twice.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui;
use egui_kittest::kittest::Queryable;
use embedding_playground::files::OwnFile;
use embedding_playground::jobs::Occasion;
use embedding_playground::playground::{Act, Edit, Playground, Session};
use embedding_playground::ui::{Sessions, WindowOptions};

use crate::ui::{Window, click, first_window, type_phrase};

const OFFER: &str = "Recover what was open?";

fn window(folder: &Path) -> Window {
    let sessions = Some(Sessions::in_folder(folder).expect("a folder"));
    first_window(WindowOptions { sessions, ..WindowOptions::default() }, [1280.0, 800.0], egui::Theme::Light)
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect()
}

/// Draws frames until some session in `folder` has `text`; how long that took.
fn written(window: &mut Window, folder: &Path, text: &str) -> Duration {
    let since = Instant::now();
    let has_it = |path: &PathBuf| std::fs::read_to_string(path).is_ok_and(|session| session.contains(text));
    while !files_in(folder).iter().any(has_it) {
        assert!(since.elapsed() < Duration::from_secs(10), "{text} is not written");
        window.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    since.elapsed()
}

fn has_phrase(window: &Window, text: &str) -> bool {
    window.state().playground().document().phrase_with_text(text).is_some()
}

fn close(mut window: Window) {
    eframe::App::on_exit(window.state_mut(), None);
}

#[test]
fn what_was_typed_is_written_soon_and_offered_after_a_crash() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("sessions");
    let mut first = window(&folder);
    type_phrase(&mut first, "A phrase that no file has");
    let took = written(&mut first, &folder, "A phrase that no file has");
    assert!(took < Duration::from_secs(2), "{took:?}");
    // Nobody closes it.
    drop(first);
    let mut second = window(&folder);
    assert!(second.query_by_label(OFFER).is_some() && !has_phrase(&second, "A phrase that no file has"));
    assert!(second.query_by_label_contains("A phrase that no file has").is_some(), "it says what it is");
    assert!(second.query_by_label_contains(" s ago").is_some(), "and from when");
    click(&mut second, "Recover");
    assert!(second.query_by_label(OFFER).is_none() && has_phrase(&second, "A phrase that no file has"));
    assert!(second.state().playground().is_unsaved());
    second.run_steps(3);
    assert_eq!(files_in(&folder).len(), 1, "in one file, which is this window's now");
    // What is recovered is still safe, and what is added to it.
    type_phrase(&mut second, "Another one");
    written(&mut second, &folder, "Another one");
    drop(second);
    let mut third = window(&folder);
    click(&mut third, "Discard");
    assert!(third.query_by_label(OFFER).is_none());
    drop(third);
    assert!(window(&folder).query_by_label(OFFER).is_none());
}

#[test]
fn later_keeps_it_and_closing_asks_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let mut first = window(place.path());
    type_phrase(&mut first, "Kept for later");
    written(&mut first, place.path(), "Kept for later");
    drop(first);
    let mut second = window(place.path());
    click(&mut second, "Later");
    assert!(second.query_by_label(OFFER).is_none());
    close(second);
    let mut third = window(place.path());
    assert!(third.query_by_label(OFFER).is_some());
    click(&mut third, "Recover");
    third.run_steps(3);
    close(third);
    // What was closed is there as it was.
    let fourth = window(place.path());
    assert!(fourth.query_by_label(OFFER).is_none() && has_phrase(&fourth, "Kept for later"));
}

#[test]
fn two_windows_have_a_file_each() {
    let place = tempfile::tempdir().expect("a folder");
    let mut first = window(place.path());
    type_phrase(&mut first, "Of the first window");
    written(&mut first, place.path(), "Of the first window");
    let mut second = window(place.path());
    assert!(second.query_by_label(OFFER).is_none(), "the first one lives");
    type_phrase(&mut second, "Of the second window");
    written(&mut second, place.path(), "Of the second window");
    written(&mut first, place.path(), "Of the first window");
    assert_eq!(files_in(place.path()).len(), 2);
    drop((first, second));
    let third = window(place.path());
    assert_eq!(third.query_all_by_label("Recover").count(), 2);
}

#[test]
fn a_fault_is_told_of_and_damage_is_kept_aside() {
    let place = tempfile::tempdir().expect("a folder");
    let (mut playground, _) = Playground::with_lesson("roses");
    playground.apply(Edit::AddPhrases(vec!["Before the fault".to_owned()], None));
    let left = OwnFile::new(place.path()).expect("a file");
    left.write(&playground.whereabouts().page(1_000_000_000, Occasion::Fault("index out of bounds"))).expect("written");
    drop(left);
    let damaged = OwnFile::new(place.path()).expect("a file");
    damaged.write(b"{\"project\": \"").expect("written");
    drop(damaged);
    let window = window(place.path());
    assert!(window.query_by_label_contains("It broke off by a fault of the program: index out of bounds.").is_some());
    assert!(window.query_by_label_contains("As of 2001-09-09 01:46:40 UTC").is_some());
    assert!(window.query_by_label_contains("can't be read").is_some());
    let names = std::fs::read_dir(place.path()).expect("a folder").flatten().map(|entry| entry.file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().ends_with(".unusable")).count(), 1);
}

#[test]
fn large_documents_are_kept_too_and_what_a_file_has_is_not_kept_twice() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("mine.json");
    let mut bench = crate::commands::Bench::lesson("roses");
    bench.apply(Act::Lesson(embedding_playground::playground::LessonCommand::Leave));
    let many: Vec<String> = (0..60_000).map(|n| format!("a phrase that is rather long, so that many are large: {n}")).collect();
    bench.playground.apply(Edit::AddPhrases(many, None));
    let unsaved = bench.playground.whereabouts().session(5, Occasion::Signal);
    assert!(unsaved.project.len() > 5 << 20 && unsaved.is_to_be_offered());
    let read = Session::read(&serde_json::to_vec(&unsaved).expect("JSON")).expect("a session");
    assert_eq!(read, unsaved);
    let (mut other, _) = Playground::with_lesson("job");
    other.apply(Act::Recover(Box::new(read)));
    assert_eq!(other.document().phrases.len(), bench.playground.document().phrases.len());
    assert!(other.is_unsaved() && other.notice().is_some_and(|notice| notice.text.contains("no file has it")));
    let orders = bench.playground.apply(Act::SaveAs(path));
    bench.carry_out(orders);
    while bench.playground.is_saving() {
        let event = bench.worker.recv_timeout(Duration::from_secs(60)).expect("news");
        bench.playground.absorb(event);
    }
    let saved = bench.playground.whereabouts().session(5, Occasion::Signal);
    assert!(saved.project.is_empty() && !saved.is_to_be_offered());
}

#[test]
fn a_file_that_somebody_else_has_changed_is_asked_about() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.json");
    let lesson = crate::commands::Bench::lesson("roses");
    std::fs::write(&path, lesson.playground.session().project).expect("written");
    let options = || WindowOptions { file: Some(path.clone()), ..WindowOptions::default() };
    let open = || first_window(options(), [1280.0, 800.0], egui::Theme::Light);
    let (mut one, mut two) = (open(), open());
    let save = |window: &mut Window| {
        window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::S);
        crate::ui::settle(window);
    };
    type_phrase(&mut one, "Of the first");
    save(&mut one);
    assert!(!one.state().playground().is_unsaved(), "saved");
    type_phrase(&mut two, "Of the second");
    save(&mut two);
    assert!(two.query_by_label("mine.json has changed meanwhile").is_some());
    for button in ["Overwrite", "Save as…", "Reload", "Cancel"] {
        assert!(two.query_by_label(button).is_some(), "{button}");
    }
    click(&mut two, "Reload");
    crate::ui::settle(&mut two);
    assert!(two.query_by_label("mine.json has changed meanwhile").is_none());
    assert!(has_phrase(&two, "Of the first") && !has_phrase(&two, "Of the second"));
}
