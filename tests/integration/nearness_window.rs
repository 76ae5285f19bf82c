//! Why two phrases are near and all phrases with all, in the window: by accessible names.

use eframe::egui::{self, Key, Modifiers, accesskit::Role, pos2};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::choice::Choice;
use embedding_playground::model::{Answer, ModelChoice, ModelSettings, Source};
use embedding_playground::playground::views::{SimilarityOrder, Tab};
use embedding_playground::playground::{Edit, Exported, Playground, Said, file};
use embedding_playground::ui::WindowOptions;

use crate::ui::{Window, choose, click, settle, window, window_with};

const ROSES: &str = "He could smell the roses";
const FIELD: &str = "A field of fragrant flowers";

fn select(window: &mut Window, text: &str, modifiers: Modifiers) {
    let at = window.get_by_role_and_label(Role::ListBoxOption, text).rect().center();
    click_at(window, at, modifiers);
}

fn click_at(window: &mut Window, at: egui::Pos2, modifiers: Modifiers) {
    window.hover_at(at);
    window.run_steps(2);
    for pressed in [true, false] {
        window.event(egui::Event::ModifiersChanged(modifiers));
        window.event(egui::Event::PointerButton { pos: at, button: egui::PointerButton::Primary, pressed, modifiers });
        window.step();
    }
    window.event(egui::Event::ModifiersChanged(Modifiers::NONE));
    window.run_steps(3);
    settle(window);
}

#[test]
fn control_click_on_the_map_asks_why_too() {
    let mut window = window();
    let [x, y] = window.state().phrase_on_screen(FIELD).expect("on the map");
    click_at(&mut window, pos2(x, y), Modifiers::COMMAND);
    let playground = window.state().playground();
    assert_eq!(playground.why().texts(playground.document()), Some([ROSES.into(), FIELD.into()]));
    assert!(window.query_by_label_contains("vectors of the run are not taken apart").is_some());
}

#[test]
fn a_click_on_a_label_selects_its_phrase_on_both_maps() {
    let mut window = window();
    for tab in [Tab::Explore, Tab::Train] {
        window.get_by_role_and_label(Role::Button, tab.label()).click();
        window.run_steps(3);
        settle(&mut window);
        // Not each phrase has a label, and the selected one is not to be the one.
        let texts: Vec<String> =
            window.state().playground().document().phrases.iter().skip(3).map(|phrase| phrase.text.to_string()).collect();
        let on_screen =
            |text: &String| Some((text.clone(), window.state().label_on_screen(text)?, window.state().phrase_on_screen(text)?));
        let (text, [left, top, right, bottom], [x, y]) = texts.iter().find_map(on_screen).expect("a label on the map");
        let middle = pos2((left + right) / 2.0, (top + bottom) / 2.0);
        assert!(middle.distance(pos2(x, y)) > 20.0, "the label stands beside the mark");
        click_at(&mut window, middle, Modifiers::NONE);
        let playground = window.state().playground();
        let selected = playground.selected().map(|id| playground.document().text(id).to_owned());
        assert_eq!(selected, Some(text), "{tab:?}");
        // A second click lets it go again.
        click_at(&mut window, middle, Modifiers::NONE);
        assert_eq!(window.state().playground().selected(), None, "{tab:?}");
    }
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
    assert!(window.query_by_label("How near are these two, and why?").is_some());
    let cosine = format!("{:.2}", cosine(&window));
    assert!(window.query_all_by_label(&cosine).next().is_some(), "the cosine {cosine}");
    assert!(window.query_by_label(&format!("Share of each two tokens: the cells add up to {cosine}")).is_some());
    assert!(window.query_by_label_contains("of all 861 pairs here").is_some(), "42 phrases");
    let heat = window.get_by_label_contains("tokens by").accesskit_node().label().expect("a label");
    assert!(heat.contains(&format!("add up to {cosine}")) && heat.contains("roses × "), "{heat}");
    click(&mut window, "Put the answer away");
    assert!(window.query_by_label("How near are these two, and why?").is_none());
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
    assert!(window.query_by_label("How near are these two, and why?").is_some());
    select(&mut window, "A lion roared majestically", Modifiers::NONE);
    assert!(window.query_by_label("How near are these two, and why?").is_none(), "another phrase is selected");
    select(&mut window, FIELD, Modifiers::COMMAND);
    assert!(window.query_by_label("How near are these two, and why?").is_some());
    window.key_press(Key::Delete);
    window.run_steps(3);
    settle(&mut window);
    assert!(window.query_by_label("How near are these two, and why?").is_none(), "one of the two is gone");
}

#[test]
fn the_matrix_is_clicked_and_walked_with_keys() {
    let mut window = window();
    click(&mut window, "Similarity");
    settle(&mut window);
    assert_eq!(window.state().playground().views().tab, Tab::Similarity);
    assert!(window.query_by_label_contains("cosines of 861 pairs of all 42 phrases").is_some());
    let rect = window.get_by_label_contains("Cosines of 42 phrases").rect();
    let cell = rect.width() / 42.0;
    let at = pos2(rect.left() + 3.5 * cell, rect.top() + 1.5 * cell);
    click_at(&mut window, at, Modifiers::NONE);
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
    assert!(window.query_by_label("How near are these two, and why?").is_some());
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

/// The built-in model with the vector of the first token instead of the mean.
#[test]
fn a_model_that_is_no_sum_leaves_one_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("first.json");
    let settings = ModelSettings { pooling: Some("cls".parse().expect("a way of pooling")), ..ModelSettings::default() };
    let mut playground = Playground::empty();
    playground.apply(Edit::AddPhrases(["My kitten sleeps", "The cat dozed"].map(str::to_owned).into(), None));
    playground.apply(Edit::SetModel(ModelChoice { source: Source::Embedded, settings }));
    std::fs::write(&path, file::write(playground.document(), &file::View::default())).expect("a project");
    let arguments = WindowOptions { file: Some(path), ..WindowOptions::default() };
    let mut window = window_with(arguments, [1024.0, 700.0], egui::Theme::Dark);
    select(&mut window, "My kitten sleeps", Modifiers::NONE);
    select(&mut window, "The cat dozed", Modifiers::COMMAND);
    assert!(window.query_by_label_contains("Leave one out").is_some());
    let Answer::LeftOut(changes) = &window.state().playground().why().found().expect("an answer").expect("one").answer else {
        panic!("no tokens were left out")
    };
    let change = changes[1].iter().flatten().nth(1).expect("the second word of the second phrase");
    assert!(window.query_by_label(&format!("cat: {change:+.3}")).is_some(), "{change}");
}

#[test]
fn on_its_tab_the_matrix_that_is_exported_is_the_one_that_is_seen() {
    let mut window = window();
    click(&mut window, "Similarity");
    settle(&mut window);
    let playground = window.state().playground();
    let said = playground.exportable(Exported::Similarity, 5, playground.picture().as_ref()).expect("a sentence");
    assert!(said.starts_with("42 × 42 cosines, by sentence-transformers/all-MiniLM-L6-v2"), "{said}");
    click(&mut window, "Train");
    let playground = window.state().playground();
    let said = playground.exportable(Exported::Similarity, 5, playground.picture().as_ref()).expect("a sentence");
    assert!(said.contains("free vectors"), "{said}");
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
    assert!(window.query_by_label_contains("cosines of 1 pair of all 2 phrases").is_some());
}
