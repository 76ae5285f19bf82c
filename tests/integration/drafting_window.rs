//! An instructor makes a lesson in the real window: by doing it, writing the words, trying it and saving it.

use eframe::egui::{Modifiers, accesskit::Role};
use egui_kittest::kittest::Queryable;
use embedding_playground::playground::{Awaited, CommandName, Lesson};

use crate::ui::{Window, choose, click, drag, settle, window};

fn field(window: &mut Window, name: &str, text: &str) {
    let fields: Vec<_> = window.query_all_by_label(name).collect();
    let last = fields.last().unwrap_or_else(|| panic!("a field {name}"));
    last.focus();
    window.step();
    let fields: Vec<_> = window.query_all_by_label(name).collect();
    fields.last().expect("it").type_text(text);
    settle(window);
}

#[test]
fn a_lesson_is_made_by_doing_it_tried_and_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    choose(&mut window, Role::Button, "File", "Save as lesson…");
    window.get_by_label_contains("Do what your learners are to do");
    drag(&mut window, "Good morning", "Good evening, everyone", Modifiers::NONE);
    settle(&mut window);
    click(&mut window, "Play");
    settle(&mut window);
    window.get_by_label_contains("Pair “Good morning” with");
    window.get_by_label_contains("2  Play");
    field(&mut window, "About", "Greetings.");
    click(&mut window, "Add a step that says something");
    window.get_by_label_contains("Step 3: expected something to say");
    field(&mut window, "Say", "That is all of it.");
    assert!(window.query_by_label_contains("expected something to say").is_none());
    click(&mut window, "Save lesson…");
    window.step();
    let path = folder.path().join("greetings.json");
    let shown = window.get_by_label("Path of the file");
    shown.focus();
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, eframe::egui::Key::A);
    window.get_by_label("Path of the file").type_text(path.to_str().expect("a path"));
    window.run_steps(2);
    click(&mut window, "Save");
    settle(&mut window);
    let lesson = Lesson::read(&std::fs::read_to_string(&path).expect("it was written")).expect("a lesson");
    assert_eq!((lesson.title.as_str(), lesson.about.as_str(), lesson.steps.len()), ("My lesson", "Greetings.", 3));
    assert_eq!(lesson.steps[1].wait_for, Some(Awaited::Command(CommandName::Play)));
    assert!(matches!(&lesson.steps[0].wait_for, Some(Awaited::Pair([one, _])) if one == "Good morning"));
    click(&mut window, "Try it");
    settle(&mut window);
    click(&mut window, "Don't save");
    settle(&mut window);
    let given = window.state().playground().course().given().expect("it is given");
    assert_eq!(given.lesson().steps, lesson.steps);
    window.get_by_label_contains("leave the lesson to go on with it");
}
