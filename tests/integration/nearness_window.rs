//! Why two phrases are near and all phrases with all, in the window: by accessible names.

use eframe::egui::{self, Key, Modifiers, accesskit::Role, pos2};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::playground::Said;
use embedding_playground::playground::views::{SimilarityOrder, Tab};

use crate::ui::{Window, choose, click, settle, window};

const ROSES: &str = "He could smell the roses";
const FIELD: &str = "A field of fragrant flowers";

fn select(window: &mut Window, text: &str, modifiers: Modifiers) {
    let rect = window.get_by_role_and_label(Role::ListBoxOption, text).rect();
    window.hover_at(rect.center());
    window.run_steps(2);
    for pressed in [true, false] {
        let button = egui::PointerButton::Primary;
        window.event(egui::Event::ModifiersChanged(modifiers));
        window.event(egui::Event::PointerButton { pos: rect.center(), button, pressed, modifiers });
        window.step();
    }
    window.event(egui::Event::ModifiersChanged(Modifiers::NONE));
    window.run_steps(3);
    settle(window);
}

/// The cosine of the two that are asked about.
fn cosine(window: &Window) -> f32 {
    window.state().playground().why().found().expect("an answer").expect("no failure").cosine
}

#[test]
fn control_click_in_the_list_asks_why_and_the_answer_is_read_out() {
    let mut window = window();
    assert_eq!(
        window.state().playground().selected(),
        window.state().playground().document().phrase_with_text(ROSES).map(|p| p.id)
    );
    select(&mut window, FIELD, Modifiers::COMMAND);
    assert!(window.query_by_label("Why are these two near?").is_some());
    let cosine = format!("{:.2}", cosine(&window));
    assert!(window.query_all_by_label(&cosine).next().is_some(), "the cosine {cosine}");
    assert!(window.query_by_label(&format!("Share of each two tokens: the cells add up to {cosine}")).is_some());
    assert!(window.query_by_label_contains("of all 861 pairs here").is_some(), "42 phrases");
    let heat = window.get_by_label_contains("tokens by").accesskit_node().label().expect("a label");
    assert!(heat.contains(&format!("add up to {cosine}")) && heat.contains("roses × "), "{heat}");
    click(&mut window, "Put the answer away");
    assert!(window.query_by_label("Why are these two near?").is_none());
}

#[test]
fn a_neighbour_is_asked_about_by_its_link_and_the_tokens_are_shown() {
    let mut window = window();
    let link = window.query_all_by_label_contains("Why is “").next().expect("a link").accesskit_node().label().expect("a label");
    click(&mut window, &link);
    settle(&mut window);
    assert!(window.state().playground().why().asked().is_some_and(|sides| matches!(sides[0], Said::Phrase(_))));
    assert!(window.query_by_label_contains("mean of").is_none(), "the tokens are behind a toggle");
    window.get_by_label("Phrase → tokens → vector").click();
    window.run_steps(10);
    assert!(window.query_all_by_label_contains("then scaled to length 1").count() >= 2, "the arithmetic of both");
    assert!(window.query_all_by_label_contains("[CLS]: 384 numbers as colours").count() >= 2);
    assert!(window.query_all_by_label_contains("the phrase's vector: 384 numbers").count() >= 2);
}

#[test]
fn a_removed_phrase_and_another_selection_close_the_answer() {
    let mut window = window();
    select(&mut window, FIELD, Modifiers::SHIFT);
    assert!(window.query_by_label("Why are these two near?").is_some());
    select(&mut window, "A lion roared majestically", Modifiers::NONE);
    assert!(window.query_by_label("Why are these two near?").is_none(), "another phrase is selected");
    select(&mut window, FIELD, Modifiers::COMMAND);
    assert!(window.query_by_label("Why are these two near?").is_some());
    window.key_press(Key::Delete);
    window.run_steps(3);
    settle(&mut window);
    assert!(window.query_by_label("Why are these two near?").is_none(), "one of the two is gone");
}

#[test]
fn the_matrix_is_clicked_and_walked_with_keys() {
    let mut window = window();
    click(&mut window, "Similarity");
    settle(&mut window);
    assert_eq!(window.state().playground().views().tab, Tab::Similarity);
    assert!(window.query_by_label_contains("861 cosines of each two of all phrases").is_some());
    let rect = window.get_by_label_contains("Cosines of 42 phrases").rect();
    let cell = rect.width() / 42.0;
    let at = pos2(rect.left() + 3.5 * cell, rect.top() + 1.5 * cell);
    window.hover_at(at);
    window.run_steps(2);
    for pressed in [true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
        window.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        window.step();
    }
    settle(&mut window);
    let texts = |window: &Window| {
        let playground = window.state().playground();
        playground.why().texts(playground.document()).expect("two phrases")
    };
    let rows = |window: &Window| {
        let playground = window.state().playground();
        let state = &playground.views().similarity;
        let phrases = state.found().expect("a matrix").phrases.clone();
        state.rows(playground.document()).into_iter().map(|row| phrases[row].clone()).collect::<Vec<_>>()
    };
    let names = rows(&window);
    assert_eq!(texts(&window), [names[1].clone(), names[3].clone()]);
    assert!(window.query_by_label("Why are these two near?").is_some());
    let chosen = window.get_by_label_contains("Cosines of 42 phrases").accesskit_node().label().expect("a label");
    assert!(chosen.contains(&format!("chosen: {} with {}", names[1], names[3])), "{chosen}");
    window.key_press(Key::ArrowDown);
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(texts(&window), [names[2].clone(), names[3].clone()], "an arrow moves the cell, not the run");
    assert_eq!(window.state().playground().step(), 0);
    choose(&mut window, Role::ComboBox, "Order of the phrases", "by likeness");
    settle(&mut window);
    assert_eq!(window.state().playground().views().similarity.order(), SimilarityOrder::Clusters);
    assert_ne!(rows(&window), names);
}

#[test]
fn few_phrases_are_no_reason_to_fail() {
    let mut window = window();
    window.key_press_modifiers(Modifiers::COMMAND, Key::N);
    window.run_steps(3);
    settle(&mut window);
    click(&mut window, "Similarity");
    assert!(window.query_by_label_contains("Cosines of").is_none(), "no phrases, no matrix");
    for text in ["only one", "and another"] {
        window.get_by_label("Type a phrase").click();
        window.run_steps(2);
        window.get_by_label("Type a phrase").type_text(text);
        window.run_steps(2);
        window.key_press(Key::Enter);
        window.run_steps(3);
        settle(&mut window);
        assert!(window.query_by_label_contains("phrases with each other").is_some(), "{text}");
    }
    assert!(window.query_by_label_contains("1 cosines of each two").is_some());
}
