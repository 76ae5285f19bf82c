//! The class that is given by keyboard alone: every lesson in turn by the page keys, menus, notes; and controls that are
//! disabled say why, to whoever points and to whoever listens.

use std::collections::BTreeSet;
use std::path::Path;

use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::playground::{Awaited, lessons};
use embedding_playground::ui::WindowOptions;

use super::ui::{Window, choose, click, first_window, settle, type_phrase, window};

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    window.run_steps(4);
}

fn focused(window: &Window) -> Option<String> {
    let node = window.root().children_recursive().find(|node| node.accesskit_node().is_focused())?;
    node.accesskit_node().label()
}

fn lesson(window: &Window) -> (String, usize) {
    let given = window.state().playground().course().given().expect("a lesson");
    (given.lesson().name.clone(), given.place())
}

fn is_asking_to_save(window: &Window) -> bool {
    window.query_by_label("Don't save").is_some()
}

/// A full screen as a class sees it.
fn class() -> Window {
    let mut window = first_window(WindowOptions::default(), [1920.0, 1080.0], egui::Theme::Light);
    press(&mut window, Key::F5);
    settle(&mut window);
    window
}

#[test]
fn page_down_alone_goes_through_the_whole_course() {
    let mut window = class();
    let mut seen = BTreeSet::new();
    let mut before = None;
    for _ in 0..400 {
        let (name, place) = lesson(&window);
        seen.insert((name.clone(), place));
        let given = window.state().playground().course().given().expect("a lesson");
        if let Some(Awaited::Asked(query)) = given.step().and_then(|step| step.wait_for.as_ref())
            && given.progressed().is_revealed
        {
            let answered = window.state().playground().views().search.answered();
            assert_eq!(answered, Some(query.as_str()), "what is told is told of the question that was asked for");
        }
        let now = (name, place, given.progressed());
        let is_end = given.is_over() && given.next_lesson().is_none();
        assert_ne!(before.as_ref(), Some(&now), "the page key does something on every page");
        if is_end {
            break;
        }
        before = Some(now);
        press(&mut window, Key::PageDown);
        settle(&mut window);
        assert!(!is_asking_to_save(&window), "what the lesson did itself is nothing to be saved");
    }
    let all: BTreeSet<(String, usize)> =
        lessons().iter().flat_map(|lesson| (0..lesson.steps.len()).map(|place| (lesson.name.clone(), place))).collect();
    assert_eq!(seen, all);
}

#[test]
fn a_page_with_nothing_to_reveal_has_no_reveal() {
    let mut window = class();
    assert_eq!(lesson(&window).1, 0);
    assert!(window.query_by_label("Reveal").is_none());
    press(&mut window, Key::PageDown);
    assert_eq!(lesson(&window).1, 1);
    press(&mut window, Key::PageDown);
    settle(&mut window);
    assert!(window.query_by_label("Reveal").is_some(), "what came of it waits for the key");
}

#[test]
fn what_the_class_typed_itself_is_kept_when_it_goes_on_to_the_next_lesson() {
    let mut window = class();
    type_phrase(&mut window, "A phrase of the class");
    settle(&mut window);
    for _ in 0..40 {
        assert!(!is_asking_to_save(&window), "nobody has to answer in the middle of a class");
        if lesson(&window).0 != "job" {
            break;
        }
        press(&mut window, Key::PageDown);
        settle(&mut window);
    }
    assert_eq!(lesson(&window).0, "pairs");
    choose(&mut window, Role::Button, "Lessons", &format!("{}, done", lessons()[0].title));
    settle(&mut window);
    window.get_by_label_contains("Go on where you left it").click();
    settle(&mut window);
    assert!(window.state().playground().document().phrase_with_text("A phrase of the class").is_some());
}

#[test]
fn down_opens_a_menu_and_left_and_right_go_to_the_one_beside_it() {
    let mut window = window();
    press(&mut window, Key::F10);
    press(&mut window, Key::ArrowDown);
    assert!(focused(&window).is_some_and(|label| label.starts_with("New project")), "{:?}", focused(&window));
    press(&mut window, Key::ArrowDown);
    assert!(focused(&window).is_some_and(|label| label.starts_with("Open…")), "{:?}", focused(&window));
    press(&mut window, Key::ArrowRight);
    assert!(focused(&window).is_some_and(|label| label.starts_with("Type a phrase")), "the first that can be done");
    assert!(window.query_all_by_label_contains("New project").next().is_none(), "one menu at a time");
    press(&mut window, Key::ArrowLeft);
    press(&mut window, Key::ArrowLeft);
    assert_eq!(focused(&window).as_deref(), Some("Keys F1"), "round to the last menu");
    press(&mut window, Key::Escape);
    assert_eq!(focused(&window).as_deref(), Some("Help"), "the ring is left on the menu's name");
    press(&mut window, Key::ArrowLeft);
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::Enter);
    settle(&mut window);
    assert_eq!(lesson(&window).0, lessons()[1].name, "the second lesson was chosen");
}

#[test]
fn choices_of_a_menu_of_one_control_go_by_keyboard() {
    let mut window = window();
    window.get_by_role_and_label(Role::ComboBox, "Axes").focus();
    window.run_steps(2);
    let before = window.state().playground().axes();
    press(&mut window, Key::Enter);
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::Enter);
    assert_ne!(window.state().playground().axes(), before);
}

#[test]
fn names_of_neighbours_stand_whole_while_presenting() {
    let window = class();
    let right = window.ctx.content_rect().right();
    let names: Vec<egui::Rect> = window
        .root()
        .children_recursive()
        .filter(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with("Why is “")))
        .map(|node| node.rect())
        .collect();
    assert_eq!(names.len(), 5);
    let bottom = window.ctx.content_rect().bottom();
    assert!(names.iter().all(|rect| rect.right() <= right && rect.bottom() <= bottom), "{names:?} within {right} × {bottom}");
}

#[test]
fn all_numbers_of_a_step_are_seen_at_once_beside_a_lesson() {
    let mut window = first_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    choose(&mut window, Role::Button, "Lessons", "An anchor among many");
    settle(&mut window);
    let bottom = window.ctx.content_rect().bottom();
    for name in ["loss of the batch", "recall@1", "effective rank", "silhouette", "trustworthiness", "continuity"] {
        let rect = window.get_by_label(name).rect();
        assert!(rect.bottom() <= bottom, "{name}: {rect:?}");
    }
}

#[test]
fn curves_and_numbers_do_not_answer_what_is_asked() {
    let mut window = class();
    choose(&mut window, Role::Button, "Lessons", "Room to be pulled and pushed");
    settle(&mut window);
    let asks = |window: &Window| window.query_by_label_contains("come after your guess").is_some();
    press(&mut window, Key::PageDown);
    press(&mut window, Key::PageDown);
    settle(&mut window);
    assert!(asks(&window) && window.query_by_label_contains("Chart of Loss at the end").is_none());
    press(&mut window, Key::PageDown);
    window.run_steps(3);
    assert!(!asks(&window) && window.query_by_label_contains("Chart of Loss at the end").is_some());
}

/// The reason that the control called `label` gives to screen readers.
fn reason(window: &Window, label: &str) -> String {
    let node = window.get_by_role_and_label(Role::Button, label);
    assert!(node.accesskit_node().is_disabled(), "{label} can be pressed");
    node.accesskit_node().data().description().unwrap_or_default().to_owned()
}

#[test]
fn disabled_controls_say_why_to_screen_readers_and_on_hover() {
    let mut window = window();
    window.key_press_modifiers(Modifiers::COMMAND, Key::M);
    window.run_steps(3);
    settle(&mut window);
    for (section, button) in [("Hugging Face Hub", "Look up"), ("A folder", "Look"), ("A server", "Connect")] {
        click(&mut window, section);
        settle(&mut window);
        for label in [button, "Use"] {
            let why = reason(&window, label);
            assert!(why.ends_with('.'), "{section}, {label}: {why:?}");
            window.get_by_role_and_label(Role::Button, label).hover();
            window.run_steps(40);
            assert!(window.query_by_label(&why).is_some(), "{section}, {label}: {why:?} on hover");
        }
    }
}

#[test]
fn a_group_without_a_name_says_what_it_waits_for() {
    let mut window = window();
    click(&mut window, "Explore");
    settle(&mut window);
    window.get_by_label("Find in the list").click();
    window.run_steps(2);
    window.get_by_label("Find in the list").type_text("lion");
    window.run_steps(3);
    click(&mut window, "Mark those with “lion”");
    assert!(reason(&window, "Group").contains("no name yet"));
}

/// Every control that can be disabled is given its reason in the same file.
#[test]
fn whatever_can_be_disabled_says_why() {
    fn look(folder: &Path, wanting: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                look(&path, wanting);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a file");
            let (disabled, explained) = (text.matches(".add_enabled").count(), text.matches(".why_not(").count());
            if disabled > explained {
                wanting.push(format!("{}: {disabled} controls, {explained} reasons", path.display()));
            }
        }
    }
    let mut wanting = Vec::new();
    look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui"), &mut wanting);
    assert!(wanting.is_empty(), "{wanting:#?}");
}

#[test]
fn hands_stand_in_the_strip_of_the_question_that_they_answer() {
    let mut window = class();
    choose(&mut window, Role::Button, "Lessons", "Clusters gain meaning");
    settle(&mut window);
    press(&mut window, Key::PageDown);
    settle(&mut window);
    for key in [Key::Num1, Key::Num1, Key::Num3] {
        press(&mut window, key);
    }
    let counted =
        "3 hands. 1 its phrases are about the same: 2, 2 its phrases have the same length: 0, 3 nothing: clusters are chance: 1";
    assert!(window.query_by_label(counted).is_some());
    // It is played, then at its end, then told.
    press(&mut window, Key::PageDown);
    settle(&mut window);
    press(&mut window, Key::PageDown);
    press(&mut window, Key::PageDown);
    assert!(window.query_by_label(counted).is_some(), "beside what came of it");
    press(&mut window, Key::PageDown);
    assert!(window.query_by_label_contains(" hands.").is_none(), "the next step asks nothing");
    press(&mut window, Key::Num2);
    window.key_press_modifiers(Modifiers::SHIFT, Key::Backspace);
    window.run_steps(3);
    assert!(window.query_by_label_contains(" hands.").is_none(), "all are taken back");
}
