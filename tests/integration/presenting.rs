//! Presenting, the keyboard, screen readers and help, through the window by its accessible names.

use std::collections::BTreeSet;

use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::choice::Choice;
use embedding_playground::drawing::{Palette, Theme};
use embedding_playground::playground::views::Tab;
use embedding_playground::playground::words;
use embedding_playground::ui::{WindowOptions, notes_of};

use super::ui::{Window, choose, click, explore_window, settle, type_phrase, wait_until, window};

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    window.run_steps(3);
}

fn press_with(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(3);
}

fn focused(window: &Window) -> Option<String> {
    let id = window.ctx.memory(egui::Memory::focused)?;
    let node = window.root().children_recursive().find(|node| node.accesskit_node().is_focused())?;
    let label = node.accesskit_node().label();
    Some(label.unwrap_or_else(|| format!("{id:?}")))
}

fn description(window: &Window, label: &str) -> String {
    let node = window.get_by_role_and_label(Role::Image, label);
    node.accesskit_node().data().description().unwrap_or_default().to_owned()
}

#[test]
fn the_button_goes_through_all_themes_and_the_menu_names_them() {
    let mut window = window();
    let ground = |window: &Window| window.ctx.global_style().visuals.panel_fill;
    let mut seen = BTreeSet::new();
    for name in ["light", "dark", "high contrast"] {
        window.get_by_label(&format!("Light, dark or high contrast (now: {name})")).click();
        window.run_steps(3);
        seen.insert(ground(&window).to_array());
    }
    assert_eq!(seen.len(), Theme::ALL.len());
    click(&mut window, "View");
    click(&mut window, "High contrast");
    let black = Palette::of(Theme::HighContrast).panel;
    assert_eq!(ground(&window).to_array(), [(black >> 16) as u8, (black >> 8) as u8, black as u8, 255]);
}

#[test]
fn f5_presents_larger_with_nothing_hidden_and_escape_leaves() {
    let mut window = window();
    let labels = |window: &Window| -> BTreeSet<String> {
        window.root().children_recursive().filter_map(|node| node.accesskit_node().label()).collect()
    };
    let before = labels(&window);
    press(&mut window, Key::F5);
    window.run_steps(3);
    assert!(window.ctx.zoom_factor() > 1.1, "everything is larger: {}", window.ctx.zoom_factor());
    let hidden: Vec<String> = ["Type a phrase", "Axes", "Loss", "Learning rate", "New pair…", "Chart", "Play", "Train"]
        .into_iter()
        .filter(|label| before.contains(*label) && !labels(&window).contains(*label))
        .map(str::to_owned)
        .collect();
    assert!(hidden.is_empty(), "hidden: {hidden:?}");
    assert!(window.query_by_label("Stop presenting").is_some());
    press(&mut window, Key::Escape);
    assert_eq!(window.ctx.zoom_factor(), 1.0, "the zoom that was before");
    assert!(window.query_by_label("Present").is_some());
}

#[test]
fn hands_are_counted_only_while_presenting() {
    let mut window = window();
    press(&mut window, Key::Num1);
    assert!(window.query_by_label_contains("hands.").is_none());
    press(&mut window, Key::F5);
    for key in [Key::Num1, Key::Num3, Key::Num3, Key::Num2] {
        press(&mut window, key);
    }
    press(&mut window, Key::Backspace);
    assert!(window.query_by_label("3 hands. 1: 1, 2: 0, 3: 2").is_some());
    press(&mut window, Key::F5);
    assert!(window.query_by_label_contains("hands.").is_none(), "they go with presenting");
}

#[test]
fn a_remote_turns_pages() {
    let mut window = window();
    press(&mut window, Key::PageDown);
    assert!(!window.state().playground().is_playing(), "only while presenting");
    press(&mut window, Key::F5);
    window.key_press(Key::PageDown);
    wait_until(&mut window, |app| app.playground().step() >= 3);
    press(&mut window, Key::PageDown);
    let step = window.state().playground().step();
    assert!(!window.state().playground().is_playing());
    press(&mut window, Key::PageUp);
    assert_eq!(window.state().playground().step(), step - 1);
}

#[test]
fn the_speaker_has_notes_of_what_is_shown() {
    let mut window = window();
    let notes = notes_of(window.state().playground());
    assert!(notes.contains("Step 0 of 200") && notes.contains("positive cosine"), "{notes}");
    press(&mut window, Key::F8);
    assert!(window.query_by_label(&notes).is_none(), "notes are for presenting");
    press(&mut window, Key::F5);
    press(&mut window, Key::F8);
    assert!(window.query_by_label(&notes).is_some());
    press(&mut window, Key::F5);
    assert!(window.query_by_label(&notes).is_none(), "they close with presenting");
}

#[test]
fn every_key_of_the_sheet_is_listed_and_words_are_found() {
    let mut window = window();
    press(&mut window, Key::F1);
    for what in
        ["Play or pause", "The next panel", "Count a hand for this choice", "Present, or stop presenting", "Close what is on top"]
    {
        assert!(window.query_all_by_label(what).next().is_some(), "{what}");
    }
    press(&mut window, Key::Escape);
    assert!(window.query_all_by_label("The next panel").next().is_none());
    press_with(&mut window, Modifiers::SHIFT, Key::F1);
    window.get_by_label("Find a word").click();
    window.run_steps(2);
    window.get_by_label("Find a word").type_text("uniformity");
    window.run_steps(3);
    let word = words().into_iter().find(|word| word.term == "uniformity").expect("the word");
    assert!(window.query_by_label(word.formula.expect("its formula")).is_some());
    assert!(window.query_by_label("triplet").is_none(), "others are left out");
}

#[test]
fn about_names_the_version_the_model_and_the_licences() {
    let mut window = window();
    click(&mut window, "Help");
    click(&mut window, "About");
    assert!(window.query_by_label_contains(env!("CARGO_PKG_VERSION")).is_some());
    assert!(window.query_by_label_contains("5ba0032aefec27c7").is_some());
    assert!(window.query_by_label_contains("SIL Open Font License").is_some());
}

#[test]
fn tab_reaches_everything_from_left_to_right_and_shows_where_it_is() {
    let mut window = window();
    let mut order: Vec<String> = Vec::new();
    for _ in 0..150 {
        window.key_press(Key::Tab);
        window.run_steps(2);
        let Some(label) = focused(&window) else { continue };
        let rect =
            window.ctx.memory(egui::Memory::focused).and_then(|id| window.ctx.read_response(id)).map(|response| response.rect);
        assert!(rect.is_some_and(|rect| rect.is_positive()), "{label} has no place");
        if order.first() == Some(&label) {
            break;
        }
        order.push(label);
    }
    let place =
        |label: &str| order.iter().position(|found| found == label).unwrap_or_else(|| panic!("{label} is not in {order:?}"));
    let controls =
        ["File", "Play", "Seed", "New seed", "Present", "Type a phrase", "Remove pair 1", "Train", "Axes", "Chart", "Learner"];
    let places: Vec<usize> = controls.iter().map(|label| place(label)).collect();
    assert!(places.is_sorted(), "{controls:?} at {places:?} of {order:?}");
}

#[test]
fn f6_goes_from_panel_to_panel_and_back() {
    let mut window = window();
    let panels = ["Menus and transport", "Lists", "Main view", "Below the view", "Settings", "Menus and transport"];
    for panel in panels {
        press(&mut window, Key::F6);
        assert_eq!(focused(&window).as_deref(), Some(panel));
    }
    press_with(&mut window, Modifiers::SHIFT, Key::F6);
    assert_eq!(focused(&window).as_deref(), Some("Settings"));
    press(&mut window, Key::Tab);
    press(&mut window, Key::F6);
    assert_eq!(focused(&window).as_deref(), Some("Menus and transport"), "from a control in a panel to the next panel");
}

#[test]
fn menus_open_and_act_by_keyboard_alone() {
    let mut window = window();
    press(&mut window, Key::F10);
    assert_eq!(focused(&window).as_deref(), Some("File"));
    press(&mut window, Key::ArrowRight);
    press(&mut window, Key::ArrowRight);
    assert_eq!(focused(&window).as_deref(), Some("Run"));
    press(&mut window, Key::Enter);
    assert!(window.query_by_label_contains("Play or pause").is_some(), "the menu is open");
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::ArrowDown);
    let step = window.state().playground().step();
    press(&mut window, Key::Enter);
    assert_ne!(
        window.state().playground().step() + usize::from(window.state().playground().is_playing()),
        step,
        "an entry was taken"
    );
}

#[test]
fn escape_closes_what_is_on_top_first() {
    let mut window = window();
    press(&mut window, Key::F5);
    press(&mut window, Key::F1);
    window.get_by_role_and_label(Role::Button, "Edit").click();
    window.run_steps(3);
    assert!(window.query_all_by_label_contains("Redo").next().is_some());
    press(&mut window, Key::Escape);
    assert!(window.query_by_role_and_label(Role::Button, "Type a phrase").is_none(), "first the menu");
    press(&mut window, Key::Escape);
    press(&mut window, Key::Escape);
    assert!(window.query_all_by_label("The next panel").next().is_none(), "then the sheet");
    for _ in 0..2 {
        press(&mut window, Key::Escape);
    }
    assert!(window.query_by_label("Present").is_some(), "then presenting");
}

#[test]
fn the_view_menu_zooms_and_so_do_keys() {
    let mut window = window();
    press_with(&mut window, Modifiers::COMMAND, Key::Plus);
    assert!((window.ctx.zoom_factor() - 1.1).abs() < 1e-6, "once, not twice: {}", window.ctx.zoom_factor());
    click(&mut window, "View");
    window.query_all_by_label_contains("Smaller").next().expect("an entry").click();
    window.run_steps(3);
    assert!((window.ctx.zoom_factor() - 1.0).abs() < 1e-6);
    press_with(&mut window, Modifiers::COMMAND, Key::Minus);
    press_with(&mut window, Modifiers::COMMAND, Key::Num0);
    assert_eq!(window.ctx.zoom_factor(), 1.0);
}

#[test]
fn pictures_are_told_in_words_with_numbers() {
    let mut window = window();
    let at_start = description(&window, "Map of 42 phrases");
    assert!(at_start.contains("Map of 42 phrases at step 0") && at_start.contains("Roses: 7 phrases around"), "{at_start}");
    assert!(at_start.contains("Selected: “He could smell the roses”"), "{at_start}");
    press(&mut window, Key::ArrowRight);
    let stepped = description(&window, "Map of 42 phrases");
    assert!(stepped.contains("at step 1") && stepped.contains("Moved most in the last 1 recorded steps"), "{stepped}");
    let loss = description(&window, "Chart of loss");
    assert!(loss.contains("step 1 of 200") && loss.contains("ends at step"), "{loss}");
    for tab in [Tab::Similarity, Tab::Seeds] {
        window.get_by_role_and_label(Role::Button, tab.label()).click();
        window.run_steps(3);
        settle(&mut window);
        let told = window.root().children_recursive().filter(|node| node.accesskit_node().role() == Role::Image);
        let told: Vec<String> = told.filter_map(|node| node.accesskit_node().data().description().map(str::to_owned)).collect();
        assert!(told.iter().any(|text| text.contains("phrases")), "{}: {told:?}", tab.label());
    }
}

#[test]
fn play_without_pairs_says_why_until_there_are_some() {
    let mut window = window();
    press_with(&mut window, Modifiers::COMMAND, Key::N);
    settle(&mut window);
    for text in ["one phrase", "another phrase"] {
        type_phrase(&mut window, text);
    }
    settle(&mut window);
    click(&mut window, "Train");
    click(&mut window, "Play");
    assert!(window.query_by_label_contains("training needs pairs").is_some());
    assert!(!window.state().playground().is_playing());
    window.key_press_modifiers(Modifiers::COMMAND, Key::P);
    window.run_steps(3);
    choose(&mut window, Role::ComboBox, "Anchor", "one phrase");
    choose(&mut window, Role::ComboBox, "Positive", "another phrase");
    click(&mut window, "Add pair");
    settle(&mut window);
    assert!(window.query_by_label_contains("training needs pairs").is_none(), "it goes once there is a run");
}

#[test]
fn a_lesson_that_is_chosen_on_another_tab_goes_to_the_map() {
    let mut window = explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    window.get_by_role_and_label(Role::Button, "Similarity").click();
    window.run_steps(3);
    choose(&mut window, Role::Button, "Lessons", "Four stages, one batch");
    settle(&mut window);
    assert_eq!(window.state().playground().views().tab, Tab::Train);
}

#[test]
fn a_new_pair_is_sought_and_never_offers_its_anchor_as_its_positive() {
    let mut window = window();
    click(&mut window, "New pair…");
    window.get_by_role_and_label(Role::ComboBox, "Positive").click();
    window.run_steps(3);
    let anchor = "He could smell the roses";
    assert!(window.query_by_role_and_label(Role::Button, anchor).is_none(), "the anchor itself");
    assert!(window.query_by_role_and_label(Role::Button, "A field of fragrant flowers").is_some());
    window.get_by_label("Find a phrase for Positive").type_text("LION");
    window.run_steps(3);
    assert!(window.query_by_role_and_label(Role::Button, "A field of fragrant flowers").is_none(), "left out");
    window.get_by_role_and_label(Role::Button, "A lion roared majestically").click();
    window.run_steps(3);
    click(&mut window, "Add pair");
    let pair = *window.state().playground().document().pairs.last().expect("a pair");
    assert_eq!(window.state().playground().document().text(pair.positive), "A lion roared majestically");
}

#[test]
fn a_new_phrase_is_scrolled_to_in_the_list() {
    let mut window = window();
    let text = "The last phrase of a long list";
    type_phrase(&mut window, text);
    settle(&mut window);
    let bounds = window.get_by_role_and_label(Role::ListBoxOption, text).accesskit_node().raw_bounds().expect("bounds");
    assert!(bounds.y0 > 200.0 && bounds.y1 < 800.0, "{bounds:?}");
    assert!(window.query_by_role_and_label(Role::ListBoxOption, "He could smell the roses").is_none(), "it went down there");
}

#[test]
fn editing_a_phrase_does_not_turn_the_map_over() {
    let mut window = window();
    window.key_press(Key::End);
    window.run_steps(3);
    let places = |window: &Window| window.state().playground().picture().expect("a picture").places;
    let before = places(&window);
    for (text, other) in
        [("A lion roared majestically", "A lion yawned"), ("A lion yawned", "A lion slept"), ("A lion slept", "Lions")]
    {
        window.get_by_role_and_label(Role::ListBoxOption, text).click_secondary();
        window.run_steps(3);
        click(&mut window, "Edit phrase");
        window.run_steps(3);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.run_steps(2);
        window.get_by_label("Edit the phrase").type_text(other);
        window.run_steps(2);
        window.key_press(Key::Enter);
        window.run_steps(3);
        settle(&mut window);
        window.key_press(Key::End);
        window.run_steps(3);
        let after = places(&window);
        for axis in [0, 1] {
            let product: f64 = before.iter().zip(&after).map(|(a, b)| a.at[axis] * b.at[axis]).sum();
            assert!(product > 0.0, "axis {axis} is turned over after “{other}”");
        }
    }
}

#[test]
fn an_error_goes_once_the_same_thing_succeeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    let open = |window: &mut Window, path: &std::path::Path| {
        window.key_press_modifiers(Modifiers::COMMAND, Key::O);
        window.run_steps(3);
        window.get_by_label("Path of the file").click();
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.run_steps(2);
        window.get_by_label("Path of the file").type_text(&path.to_string_lossy());
        window.run_steps(2);
        window.get_by_role_and_label(Role::Button, "Open").click();
        window.run_steps(3);
        settle(window);
    };
    let bad = folder.path().join("bad.json");
    std::fs::write(&bad, "{ no project").expect("a file");
    open(&mut window, &bad);
    assert!(window.state().playground().notice().is_some_and(|notice| notice.is_error));
    let good = folder.path().join("good.txt");
    std::fs::write(&good, "one line\nanother line\n").expect("a file");
    open(&mut window, &good);
    assert!(window.state().playground().notice().is_none_or(|notice| !notice.is_error));
}

#[test]
fn undo_stands_above_redo_and_entries_that_are_off_say_why() {
    let mut window = window();
    window.get_by_role_and_label(Role::Button, "Edit").click();
    window.run_steps(3);
    let top = |window: &Window, label: &str| {
        let mut nodes = window.query_all_by_label_contains(label);
        nodes.next().and_then(|node| node.accesskit_node().raw_bounds()).expect("an entry").y0
    };
    assert!(top(&window, "Undo") < top(&window, "Redo"));
    let undo = window.query_all_by_label_contains("Undo").next().expect("an entry");
    assert!(undo.accesskit_node().is_disabled());
    undo.hover();
    for _ in 0..40 {
        window.step();
    }
    assert!(window.query_by_label("Nothing was changed yet.").is_some());
}

#[test]
fn what_is_saved_is_told_with_its_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    window.run_steps(3);
    window.get_by_label("Path of the file").click();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    window.get_by_label("Path of the file").type_text(&folder.path().join("class.json").to_string_lossy());
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    settle(&mut window);
    let notice = window.state().playground().notice().expect("a notice").text.clone();
    assert!(notice.contains(&folder.path().to_string_lossy().into_owned()), "{notice}");
}
