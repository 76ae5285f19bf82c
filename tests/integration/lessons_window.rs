//! Every lesson given to its end through the real window, with what its learner does: guesses, types, drags, presses.

use eframe::egui::{self, Key, Modifiers, accesskit::Role, pos2};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::playground::{Awaited, CommandName, Guess, StateName, Step, lessons};
use embedding_playground::ui::WindowOptions;

use crate::ui::{Window, choose, click, drag, explore_window, first_window, settle, type_phrase, wait_until};

fn step(window: &Window) -> Step {
    window.state().playground().lesson_step().expect("a step").clone()
}

fn is_revealed(window: &Window) -> bool {
    window.state().playground().course().given().expect("a lesson").progressed().is_revealed
}

/// Answers what is asked: the first choice, the number that the slider begins with, the middle of the map.
fn guess(window: &mut Window, guess: &Guess) {
    match guess {
        Guess::Choice(choices, _) => {
            let first = format!("1 {}", window.state().playground().told(&choices[0]));
            click(window, &first);
        }
        Guess::Number(..) => click(window, "That is my guess"),
        Guess::Place(_) => {
            let at = window.get_by_label_contains("Map of").rect().center();
            window.hover_at(at);
            window.run_steps(2);
            for pressed in [true, false] {
                let button = egui::PointerButton::Primary;
                window.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
                window.step();
            }
        }
    }
    settle(window);
}

/// Does what is waited for, as a learner does it.
fn act(window: &mut Window, awaited: &Awaited) {
    let text = |window: &Window, name: &str| {
        let playground = window.state().playground();
        playground.document().text(playground.phrase_named(name).expect("a phrase")).to_owned()
    };
    match awaited {
        Awaited::State(StateName::AtTheEnd) => {
            click(window, "Play");
            window.key_press(Key::End);
        }
        Awaited::Command(CommandName::Step) => click(window, "One step"),
        Awaited::Step(_) => {
            // The forces are seen for a while before they are applied.
            click(window, "One step");
            wait_until(window, |app| app.playground().course().given().is_some_and(|given| given.progressed().is_revealed));
        }
        // The lesson has asked already.
        Awaited::State(StateName::Found) => {}
        Awaited::Phrase(example) => type_phrase(window, example),
        Awaited::Pair([from, to]) => drag(window, from, to, Modifiers::NONE),
        Awaited::Negative([from, to]) => drag(window, from, to, Modifiers::ALT),
        Awaited::Selected(name) => window.get_by_role_and_label(Role::ListBoxOption, name).click(),
        Awaited::Why([_, second]) => {
            let [x, y] = window.state().phrase_on_screen(&text(window, second)).expect("on the map");
            window.hover_at(pos2(x, y));
            window.run_steps(2);
            window.event(egui::Event::ModifiersChanged(Modifiers::SHIFT));
            for pressed in [true, false] {
                let button = egui::PointerButton::Primary;
                window.event(egui::Event::PointerButton { pos: pos2(x, y), button, pressed, modifiers: Modifiers::SHIFT });
                window.step();
            }
            window.event(egui::Event::ModifiersChanged(Modifiers::NONE));
        }
        Awaited::Hit(_) => {
            let link = window.query_all_by_role(Role::Link).filter_map(|node| node.accesskit_node().label());
            let first = link.into_iter().find(|label| label.ends_with("near the query?")).expect("a link at a hit");
            window.get_by_label(&first).click();
        }
        Awaited::Asked(query) => {
            let before = window.state().playground().views().search.query().chars().count();
            window.get_by_label("Query").focus();
            window.step();
            window.key_press(Key::End);
            (0..before).for_each(|_| window.key_press(Key::Backspace));
            window.run_steps(2);
            window.get_by_label("Query").type_text(query);
        }
        Awaited::Moved([from, to]) => {
            drag(window, from, to, Modifiers::NONE);
            let begun = window.state().playground().document().recipe.moves.len();
            assert!(begun > 0, "the hand was on, and moved {from}");
            wait_until(window, |app| app.playground().is_playing());
            window.key_press(Key::End);
        }
        Awaited::Compared(tab) => {
            let label = embedding_playground::choice::Choice::label(*tab);
            window.get_by_role_and_label(Role::Button, label).click();
        }
        other => panic!("no learner of the course does {other:?}"),
    }
    window.run_steps(3);
    settle(window);
}

fn given_to_its_end(name: &str, title: &str, n_steps: usize) {
    let mut window = explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    choose(&mut window, Role::Button, "Lessons", title);
    settle(&mut window);
    for number in 1..=n_steps {
        let head = format!("{title} · step {number} of {n_steps}");
        assert!(window.query_by_label_contains(&head).is_some(), "{head}");
        let step = step(&window);
        if let Some(prediction) = &step.predict {
            assert!(!is_revealed(&window), "{head}: a guess comes first");
            guess(&mut window, &prediction.guess);
        }
        if let Some(awaited) = &step.wait_for {
            act(&mut window, awaited);
        }
        assert!(
            is_revealed(&window),
            "{head}: {:?}",
            window.state().playground().course().given().map(embedding_playground::playground::Given::progressed)
        );
        if let Some(revealed) = window.state().playground().revealed() {
            assert!(window.query_by_label(&revealed).is_some(), "{head}: {revealed}");
        }
        if number < n_steps {
            click(&mut window, "Next");
            settle(&mut window);
        }
    }
    assert!(window.state().playground().course().was_done(name), "{name} has its mark");
    window.get_by_role_and_label(Role::Button, "Lessons").click();
    window.run_steps(3);
    assert!(window.query_by_label(&format!("{title}, done")).is_some(), "and the menu shows it");
}

fn given(name: &str) {
    let lesson = lessons().iter().find(|lesson| lesson.name == name).expect("a lesson");
    given_to_its_end(name, &lesson.title, lesson.steps.len());
}

#[test]
fn lesson_1_is_given_to_its_end() {
    given("job");
}

#[test]
fn lesson_2_is_given_to_its_end() {
    given("pairs");
}

#[test]
fn lesson_3_is_given_to_its_end() {
    given("many-pairs");
}

#[test]
fn lesson_4_is_given_to_its_end() {
    given("triplet");
}

#[test]
fn lesson_5_is_given_to_its_end() {
    given("roses");
}

#[test]
fn lesson_6_is_given_to_its_end() {
    given("dimensions");
}

#[test]
fn lesson_7_is_given_to_its_end() {
    given("meaning");
}

#[test]
fn lesson_8_is_given_to_its_end() {
    given("seeds");
}

#[test]
fn lesson_9_is_given_to_its_end() {
    given("two-models");
}

#[test]
fn lesson_10_is_given_to_its_end() {
    given("museum");
}

#[test]
fn a_click_on_another_phrase_is_told_from_the_one_that_is_waited_for() {
    let mut window = first_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    for _ in 0..4 {
        while !is_revealed(&window) {
            click(&mut window, "Show me");
            settle(&mut window);
        }
        click(&mut window, "Next");
        settle(&mut window);
    }
    act(&mut window, &Awaited::Why(["#1".to_owned(), "A lion roared majestically".to_owned()]));
    assert!(!is_revealed(&window));
    let said = "You asked about “My kitten sleeps on the sofa” and “A lion roared majestically”: hold Shift and click “The cat dozes on a cushion”.";
    assert!(window.query_by_label(said).is_some(), "{said}");
    act(&mut window, &Awaited::Why(["#1".to_owned(), "#2".to_owned()]));
    assert!(is_revealed(&window));
    // Of the right two it is not said either while a class waits for what comes of it.
    window.key_press(Key::F5);
    window.run_steps(3);
    click(&mut window, "Back");
    click(&mut window, "Next");
    assert!(window.query_by_label_contains("You asked about").is_none());
}

#[test]
fn a_word_of_a_step_leads_to_what_it_means() {
    let mut window = explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    choose(&mut window, Role::Button, "Lessons", "Four stages, one batch");
    settle(&mut window);
    window.get_by_role_and_label(Role::Link, "anchor").click();
    window.run_steps(3);
    assert!(window.query_by_label("The phrase of a pair that the others are compared with.").is_some());
}

#[test]
fn show_me_does_it_and_a_class_is_shown_by_turning_pages() {
    let mut window = first_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    click(&mut window, "Next");
    assert!(window.get_by_label("Next").accesskit_node().is_disabled(), "the step is not done");
    click(&mut window, "Show me");
    settle(&mut window);
    assert!(window.state().playground().document().phrase_with_text("My kitten sleeps on the sofa").is_some());
    assert!(window.query_by_label_contains("It has its place at once").is_some());
    // A presenter's remote has two keys; what came of it waits for the second press.
    window.key_press(Key::F5);
    window.run_steps(3);
    window.key_press(Key::PageDown);
    settle(&mut window);
    assert!(window.query_by_label_contains("step 3 of 6").is_some());
    window.key_press(Key::PageDown);
    settle(&mut window);
    assert!(window.query_by_label("Reveal").is_some() && window.query_by_label_contains("the model has an opinion").is_none());
    window.key_press(Key::PageDown);
    settle(&mut window);
    assert!(window.query_by_label_contains("the model has an opinion").is_some());
    window.key_press(Key::PageUp);
    window.run_steps(3);
    assert!(window.query_by_label_contains("step 2 of 6").is_some());
    window.key_press(Key::Escape);
    window.run_steps(3);
    click(&mut window, "Leave the lesson");
    assert!(window.query_by_label_contains("step 2 of 6").is_none());
}
