//! The window by keyboard alone: sheets of the Help menu, windows that ask, groups, pairs, and a class that guesses by hands.

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::playground::{Act, Lesson, LessonCommand, lesson};
use embedding_playground::ui::WindowOptions;

use crate::commands::Bench;
use crate::ui::{Window, choose, click, explore_window, first_window, settle, wait_until};

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    window.run_steps(3);
}

fn of_lesson(title: &str) -> Window {
    let mut window = explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    choose(&mut window, Role::Button, "Lessons", title);
    settle(&mut window);
    window
}

#[test]
fn the_sheet_of_keys_is_read_to_its_end_and_keeps_its_keys() {
    let mut window = of_lesson("An anchor among many");
    press(&mut window, Key::F1);
    let top = |window: &Window| window.get_by_label("Speaker's notes").rect().top();
    let before = top(&window);
    press(&mut window, Key::PageDown);
    assert!(top(&window) < before - 100.0, "{} {before}", top(&window));
    press(&mut window, Key::End);
    let end = top(&window);
    press(&mut window, Key::Home);
    assert!((top(&window) - before).abs() < 1.0 && end < before, "{end}");
    assert_eq!(window.state().playground().step(), 0, "the run behind it stays");
    press(&mut window, Key::Escape);
    assert!(window.query_by_label("Speaker's notes").is_none());
}

#[test]
fn a_class_plays_without_an_answer_in_the_strip_and_a_page_plays_it_too() {
    let mut window = of_lesson("An anchor among many");
    click(&mut window, "Next");
    press(&mut window, Key::Space);
    assert!(!window.state().playground().is_playing(), "one learner guesses first");
    press(&mut window, Key::F5);
    press(&mut window, Key::Space);
    assert!(window.state().playground().is_playing());
    press(&mut window, Key::Space);
    press(&mut window, Key::Home);
    press(&mut window, Key::PageDown);
    settle(&mut window);
    assert!(window.state().playground().is_playing(), "it is to be seen");
    press(&mut window, Key::PageDown);
    let playground = window.state().playground();
    assert_eq!((playground.step(), playground.is_playing()), (playground.last_step(), false), "a second press goes to the end");
    assert!(!playground.course().given().expect("a lesson").progressed().is_revealed);
    press(&mut window, Key::PageDown);
    assert!(window.state().playground().course().given().expect("a lesson").progressed().is_revealed);
}

#[test]
fn what_is_behind_a_window_that_asks_waits() {
    let mut window = explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    window.get_by_role_and_label(Role::ListBoxOption, "A field of fragrant flowers").click();
    press(&mut window, Key::Delete);
    let n = window.state().playground().document().phrases.len();
    window.key_press_modifiers(Modifiers::COMMAND, Key::N);
    window.run_steps(3);
    assert!(window.get_by_label("Save").accesskit_node().is_focused(), "its first control has the keyboard");
    window.key_press_modifiers(Modifiers::COMMAND, Key::T);
    window.event(egui::Event::Paste("one\ntwo\nthree".to_owned()));
    window.key_press_modifiers(Modifiers::COMMAND, Key::P);
    window.run_steps(3);
    assert!(window.query_by_label("Don't save").is_some() && window.query_by_label("Anchor").is_none());
    assert_eq!(window.state().playground().document().phrases.len(), n);
}

#[test]
fn every_window_that_asks_has_the_keyboard() {
    let mut window = explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    let mut wanting = Vec::new();
    for (key, inside) in [(Key::P, "Anchor"), (Key::O, "Open"), (Key::M, "Cancel"), (Key::E, "Export")] {
        window.key_press_modifiers(Modifiers::COMMAND, key);
        window.run_steps(4);
        let focused = window.root().children_recursive().find(|node| node.accesskit_node().is_focused());
        let is_in = focused.is_some_and(|node| node.rect().top() > 60.0 && window.query_all_by_label(inside).count() > 0);
        wanting.extend((!is_in).then_some(inside));
        press(&mut window, Key::Escape);
        press(&mut window, Key::Escape);
    }
    assert!(wanting.is_empty(), "{wanting:?}");
}

#[test]
fn groups_are_made_and_renamed_by_keys() {
    let mut window = explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    let id = window.state().playground().document().phrases[0].id;
    assert_eq!(window.state().playground().selected(), Some(id));
    window.key_press_modifiers(Modifiers::COMMAND, Key::G);
    window.run_steps(3);
    window.get_by_label("Name of the group").type_text("Scents");
    press(&mut window, Key::Enter);
    let group_of = |window: &Window| {
        let document = window.state().playground().document();
        let group = document.phrase(id).expect("it").group;
        document.groups.iter().find(|known| Some(known.id) == group).map(|group| group.name.to_string())
    };
    assert_eq!(group_of(&window).as_deref(), Some("Scents"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::G);
    window.run_steps(3);
    window.get_by_label("Name of the group").type_text("Lions");
    press(&mut window, Key::Enter);
    assert_eq!(group_of(&window).as_deref(), Some("Lions"), "one that there is already is joined");
    let lions = window.state().playground().document().groups.iter().filter(|group| &*group.name == "Lions").count();
    assert_eq!(lions, 1);
    press(&mut window, Key::F2);
    assert!(window.query_by_label("Edit the phrase").is_some());
}

#[test]
fn enter_takes_the_phrase_that_was_sought_for_a_pair() {
    let mut window = explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    click(&mut window, "New pair…");
    for (role, sought) in [("Anchor", "zebra"), ("Positive", "tall grass"), ("Negative", "trombone")] {
        window.get_by_role_and_label(Role::ComboBox, role).click();
        window.run_steps(3);
        window.get_by_label(&format!("Find a phrase for {role}")).type_text(sought);
        window.run_steps(2);
        press(&mut window, Key::Enter);
    }
    let n = window.state().playground().document().pairs.len();
    click(&mut window, "Add pair");
    let document = window.state().playground().document();
    assert_eq!(document.pairs.len(), n + 1);
    let last = document.pairs.last().expect("a pair");
    let texts = [last.anchor, last.positive, last.negative.expect("a negative")].map(|id| document.text(id));
    assert_eq!(texts, ["The lioness stalked a zebra", "Cubs play in the tall grass", "That's a noisy trombone"]);
}

#[test]
fn a_lesson_that_waits_for_a_selection_begins_without_it() {
    let own = lesson("meaning").expect("a lesson").to_json().replace("Cubs play in the tall grass", "He could smell the roses");
    let mut bench = Bench::lesson("roses");
    let place = tempfile::tempdir().expect("a folder");
    std::fs::write(place.path().join("own.json"), own).expect("written");
    assert!(Lesson::read(&std::fs::read_to_string(place.path().join("own.json")).expect("read")).is_ok());
    bench.apply(Act::Open(place.path().join("own.json")));
    bench.settle();
    for _ in 0..2 {
        bench.apply(Act::Lesson(LessonCommand::ShowMe));
        bench.settle();
        bench.apply(Act::Lesson(LessonCommand::Next));
        bench.settle();
    }
    let given = bench.playground.course().given().expect("a lesson");
    assert_eq!((given.place(), given.progressed().is_met, bench.playground.selected()), (2, false, None));
}

#[test]
fn letters_stay_legible() {
    let mut window = first_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    for (key, zoom) in [(Key::Minus, 0.6), (Key::Plus, 2.5)] {
        for _ in 0..30 {
            window.key_press_modifiers(Modifiers::COMMAND, key);
            window.run_steps(1);
        }
        assert!((window.ctx.zoom_factor() - zoom).abs() < 0.01, "{}", window.ctx.zoom_factor());
    }
    wait_until(&mut window, |app| !app.playground().is_busy());
}
