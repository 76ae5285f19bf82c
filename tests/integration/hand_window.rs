//! The hand through the window: a phrase is dragged to another place, and the run goes on from there.

use eframe::egui::{self, Key, Modifiers, pos2};
use egui_kittest::kittest::{NodeT, Queryable};

use crate::ui::{Window, choose, settle, wait_until, window};

const ROSES: &str = "He could smell the roses";
const LION: &str = "A lion roared majestically";

fn place(window: &Window, text: &str) -> egui::Pos2 {
    let [x, y] = window.state().phrase_on_screen(text).expect("the phrase is on the map");
    pos2(x, y)
}

fn press(window: &mut Window, at: egui::Pos2, pressed: bool) {
    let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
    window.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
    window.step();
}

#[test]
fn a_phrase_is_taken_carried_and_let_go() {
    let mut window = window();
    for _ in 0..30 {
        window.key_press(Key::ArrowRight);
        window.run_steps(1);
    }
    window.key_press(Key::H);
    window.run_steps(3);
    assert!(window.state().playground().uses_hand());
    let (from, to) = (place(&window, LION), place(&window, ROSES) + egui::vec2(6.0, 6.0));
    window.hover_at(from);
    window.run_steps(2);
    press(&mut window, from, true);
    for share in [0.3, 0.7, 1.0] {
        window.event(egui::Event::PointerMoved(from + share * (to - from)));
        window.run_steps(2);
    }
    let lion = window.state().playground().document().phrase_with_text(LION).expect("a lion").id;
    assert_eq!(window.state().playground().held_phrase(), Some(lion), "it is held");
    assert!(place(&window, LION).distance(to) < 3.0, "it follows the pointer");
    press(&mut window, to, false);
    window.run_steps(2);
    wait_until(&mut window, |app| app.playground().run().is_some_and(|run| !run.recipe.moves.is_empty()));
    window.run_steps(2);
    assert!(window.query_by_label_contains("moved by hand").is_some(), "it is said below the map");
    assert_eq!(window.state().playground().document().recipe.moves.len(), 1);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert!(window.state().playground().document().recipe.moves.is_empty());
}

#[test]
fn the_hand_says_why_it_can_not_be_used() {
    let mut window = window();
    choose(&mut window, egui::accesskit::Role::ComboBox, "Learner", "tokens");
    settle(&mut window);
    let hand = window.get_by_label("Hand");
    assert!(hand.accesskit_node().is_disabled());
    window.key_press(Key::H);
    window.run_steps(2);
    assert!(!window.state().playground().uses_hand());
}
