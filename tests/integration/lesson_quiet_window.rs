//! What a lesson has not made yet is no error, and from one lesson to the next nobody is asked to save: through the window.

use eframe::egui::{self, Key, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::ui::WindowOptions;

use crate::ui::{choose, click, first_window, settle, type_phrase, wait_until};

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

#[test]
fn curves_of_a_lesson_go_as_far_as_the_run_was_played() {
    let mut window = first_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    choose(&mut window, Role::Button, "Lessons", "Four stages, one batch");
    settle(&mut window);
    let curves = |window: &crate::ui::Window| window.state().playground().last_step_of_curves();
    let said = |window: &crate::ui::Window| {
        let chart = window.get_by_label_contains("Chart of loss");
        chart.accesskit_node().description().expect("what it shows")
    };
    assert_eq!(curves(&window), 0);
    assert!(said(&window).contains("ends at step 0 "), "{}", said(&window));
    window.key_press(Key::ArrowRight);
    window.run_steps(2);
    assert_eq!((window.state().playground().step(), curves(&window)), (1, 1));
    window.key_press(Key::End);
    window.run_steps(2);
    assert_eq!(curves(&window), 200);
    window.key_press(Key::Home);
    window.run_steps(2);
    assert_eq!(curves(&window), 200, "what was seen stays");
    click(&mut window, "New seed");
    settle(&mut window);
    window.key_press(Key::Home);
    settle(&mut window);
    click(&mut window, "New seed");
    settle(&mut window);
    assert_eq!(curves(&window), 0, "how another run ends was not seen");
    click(&mut window, "Leave the lesson");
    window.run_steps(2);
    assert_eq!(curves(&window), 200, "without a lesson they are there as a whole");
    assert!(said(&window).contains("ends at step 200 "), "{}", said(&window));
}

#[test]
fn who_looked_elsewhere_finds_the_way_back_to_the_step() {
    let mut window = first_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    assert!(window.query_by_label("Back to Explore").is_none());
    click(&mut window, "Train");
    settle(&mut window);
    click(&mut window, "Back to Explore");
    settle(&mut window);
    assert!(window.query_by_label("Back to Explore").is_none());
    assert!(window.state().playground().explores());
}

#[test]
fn a_pair_that_pushes_nothing_says_so() {
    let mut window = first_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    choose(&mut window, Role::Button, "Lessons", "Pairs pull and push");
    settle(&mut window);
    click(&mut window, "Next");
    click(&mut window, "Show me");
    settle(&mut window);
    assert!(window.query_by_label("pushes nothing yet: one pair alone").is_some());
    choose(&mut window, Role::Button, "Lessons", "Four stages, one batch");
    settle(&mut window);
    assert!(window.query_by_label("pushes").is_some());
    for _ in 0..5 {
        if window.query_by_label("Show me").is_some() {
            click(&mut window, "Show me");
            wait_until(&mut window, |app| {
                app.playground().course().given().is_some_and(embedding_playground::playground::Given::is_complete)
            });
            settle(&mut window);
        }
        click(&mut window, "Next");
        settle(&mut window);
    }
    assert!(window.query_by_label_contains("step 6 of 7").is_some());
    assert!(window.query_by_label("pushes nothing: no negatives").is_some());
}
