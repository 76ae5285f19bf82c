//! What a lesson has not made yet is no error, and from one lesson to the next nobody is asked to save: through the window.

use eframe::egui::{self, Key, accesskit::Role};
use egui_kittest::kittest::Queryable;
use embedding_playground::ui::WindowOptions;

use crate::ui::{choose, click, first_window, settle, type_phrase};

const OWN: &str = "My kitten sleeps on the sofa";

#[test]
fn a_lesson_that_waits_for_pairs_says_so_quietly() {
    let mut window = first_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    choose(&mut window, Role::Button, "Lessons", "Pairs pull and push");
    settle(&mut window);
    assert!(window.query_by_label("None yet: training begins with the first pair.").is_some());
    assert!(window.query_by_label("no run yet").is_some() && window.query_by_label("0000").is_none());
    click(&mut window, "Next");
    for _ in 0..2 {
        click(&mut window, "Show me");
        settle(&mut window);
        click(&mut window, "Next");
        settle(&mut window);
    }
    assert!(window.query_by_label("0000").is_some(), "there is a run");
    click(&mut window, "Play");
    assert!(!window.state().playground().is_playing());
    assert!(window.query_by_label_contains("asks for your guess first").is_some());
    window.key_press(Key::Space);
    window.run_steps(2);
    assert!(!window.state().playground().is_playing(), "by the keyboard neither");
}

#[test]
fn what_was_typed_in_a_lesson_is_gone_on_with_by_a_button() {
    let mut window = first_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    click(&mut window, "Next");
    type_phrase(&mut window, OWN);
    settle(&mut window);
    choose(&mut window, Role::Button, "Lessons", "Pairs pull and push");
    settle(&mut window);
    assert!(window.query_by_label("Save your changes first?").is_none());
    assert!(window.query_by_label_contains("What you made in “What a model does” is kept").is_some());
    choose(&mut window, Role::Button, "Lessons", "What a model does");
    settle(&mut window);
    assert!(window.state().playground().document().phrase_with_text(OWN).is_none(), "it begins anew");
    click(&mut window, "Go on where you left it: step 2");
    settle(&mut window);
    assert!(window.state().playground().document().phrase_with_text(OWN).is_some());
    assert!(window.query_by_label_contains("step 2 of 6").is_some());
}
