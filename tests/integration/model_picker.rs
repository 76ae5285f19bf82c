//! Choosing a model in the window: the card, the prompt, phrases that are cut, the picker with all its sections, and the
//! menus of two that are compared; what goes wrong stands where it was asked for.

use std::path::Path;

use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::model::Source;
use embedding_playground::playground::views::SideChoice;
use embedding_playground::ui::WindowOptions;

use crate::support::small_model;
use crate::ui::{Window, choose, click, settle, window, window_with};

fn open_picker(window: &mut Window) {
    click(window, "Change model…");
    settle(window);
}

fn section(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::Button, name).click();
    window.run_steps(3);
    settle(window);
}

fn fill(window: &mut Window, field: &str, text: &str) {
    window.get_by_label(field).click();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    window.get_by_label(field).type_text(text);
    window.run_steps(2);
}

fn enter(window: &mut Window, field: &str, text: &str) {
    fill(window, field, text);
    window.key_press(Key::Enter);
    window.run_steps(3);
    settle(window);
}

fn has(window: &Window, words: &str) -> bool {
    window.query_all_by_label_contains(words).next().is_some()
}

fn model_of(window: &Window) -> Source {
    window.state().playground().document().model.source.clone()
}

fn take_folder(window: &mut Window, folder: &Path) {
    open_picker(window);
    section(window, "A folder");
    enter(window, "Path of the folder", &folder.to_string_lossy());
    click(window, "Use");
    settle(window);
}

#[test]
fn the_card_says_which_model_it_is_and_what_it_reads() {
    let window = window();
    assert!(has(&window, "384 dimensions · 256 tokens · built in"));
    assert!(window.query_by_label("all-MiniLM-L6-v2").is_some());
    assert!(window.query_by_role_and_label(Role::ComboBox, "Prompt").is_none(), "this one was trained without");
}

#[test]
fn the_token_model_is_chosen_and_taken_back() {
    let mut window = window();
    open_picker(&mut window);
    section(&mut window, "Token model");
    click(&mut window, "Use");
    settle(&mut window);
    assert_eq!(model_of(&window), Source::Tokens);
    assert!(!has(&window, "Choose a model"), "the picker has closed");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(model_of(&window), Source::Embedded);
}

#[test]
fn random_weights_keep_their_seed_field_on_the_card() {
    let mut window = window();
    open_picker(&mut window);
    section(&mut window, "Random weights");
    click(&mut window, "Use");
    settle(&mut window);
    assert_eq!(model_of(&window), Source::Random(1));
    window.get_by_label("Seed of the model").click();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_label("Seed of the model").type_text("5");
    window.key_press(Key::Enter);
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(model_of(&window), Source::Random(5));
}

#[test]
fn a_folder_is_told_before_it_is_used_and_remembered_after() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small");
    small_model(&path, 1);
    let mut window = window();
    take_folder(&mut window, &path);
    assert_eq!(model_of(&window), Source::Folder(path.clone()));
    assert!(has(&window, "32 dimensions") && has(&window, "on this machine"));
    open_picker(&mut window);
    section(&mut window, "On this machine");
    window.get_by_role_and_label(Role::ListBoxOption, "all-MiniLM-L6-v2").click();
    window.run_steps(3);
    click(&mut window, "Use");
    settle(&mut window);
    assert_eq!(model_of(&window), Source::Embedded);
    open_picker(&mut window);
    let remembered = window.query_by_role_and_label(Role::ListBoxOption, "small");
    assert!(remembered.is_some(), "it stays in the list of what was used");
}

#[test]
fn what_is_no_model_is_refused_where_it_was_typed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    open_picker(&mut window);
    section(&mut window, "A folder");
    enter(&mut window, "Path of the folder", &folder.path().join("gone").to_string_lossy());
    assert!(has(&window, "no model") && has(&window, "choose one that is there"));
    let button = window.get_by_role_and_label(Role::Button, "Use");
    assert!(button.accesskit_node().is_disabled());
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(!has(&window, "Choose a model") && model_of(&window) == Source::Embedded);
}

#[test]
fn a_folder_that_is_gone_is_said_on_the_card_and_can_be_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small");
    let project = folder.path().join("class.json");
    small_model(&path, 1);
    let mut made = window();
    take_folder(&mut made, &path);
    made.key_press_modifiers(Modifiers::COMMAND, Key::S);
    made.run_steps(3);
    enter(&mut made, "Path of the file", &project.to_string_lossy());
    assert!(project.is_file());
    let aside = folder.path().join("aside");
    std::fs::rename(&path, &aside).expect("renamed");
    let arguments = WindowOptions { file: Some(project), ..Default::default() };
    let mut window = window_with(arguments, [1280.0, 800.0], egui::Theme::Light);
    assert!(has(&window, "no model"), "the card says so");
    std::fs::rename(&aside, &path).expect("renamed");
    click(&mut window, "Try again");
    settle(&mut window);
    assert!(has(&window, "32 dimensions"));
}

#[test]
fn the_list_is_searched_and_walked_with_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small");
    small_model(&path, 1);
    let mut window = window();
    take_folder(&mut window, &path);
    open_picker(&mut window);
    window.key_press(Key::ArrowUp);
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(model_of(&window), Source::Embedded, "from the folder up to the built-in one");
    open_picker(&mut window);
    fill(&mut window, "Find a model", "nothing of this name");
    assert!(has(&window, "No model here is called so"));
}

#[test]
fn prompt_pooling_and_limit_are_set_in_the_picker() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small");
    small_model(&path, 1);
    let mut window = window();
    take_folder(&mut window, &path);
    open_picker(&mut window);
    click(&mut window, "Prompt, pooling, limit: as the model says");
    window.run_steps(10);
    choose(&mut window, Role::ComboBox, "Pooling", "first token");
    click(&mut window, "at most");
    click(&mut window, "Use");
    settle(&mut window);
    let settings = &window.state().playground().document().model.settings;
    assert_eq!(settings.pooling, "cls".parse().ok());
    assert_eq!(settings.limit, Some(512));
    open_picker(&mut window);
    assert!(has(&window, "Set: pooling cls, at most 512 tokens"), "what is set is said when it opens again");
}

#[test]
fn a_prompt_is_chosen_beside_the_model_and_taken_back() {
    let mut window = window();
    open_picker(&mut window);
    click(&mut window, "Prompt, pooling, limit: as the model says");
    window.run_steps(10);
    choose(&mut window, Role::ComboBox, "Prompt", "own text…");
    enter(&mut window, "Text before each phrase", "query: ");
    click(&mut window, "Use");
    settle(&mut window);
    assert_eq!(window.state().playground().document().model.settings.prompt.as_deref(), Some("query: "));
    // Once there is a prompt, the card has the menu for it.
    choose(&mut window, Role::ComboBox, "Prompt", "none");
    settle(&mut window);
    assert_eq!(window.state().playground().document().model.settings.prompt.as_deref(), Some(""));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(window.state().playground().document().model.settings.prompt.as_deref(), Some("query: "));
}

#[test]
fn two_models_from_outside_are_compared_with_their_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    small_model(&first, 1);
    small_model(&second, 2);
    let mut window = window();
    take_folder(&mut window, &first);
    window.get_by_role_and_label(Role::Button, "Compare models").click();
    window.run_steps(3);
    settle(&mut window);
    choose(&mut window, Role::ComboBox, "Second model", "Another model…");
    settle(&mut window);
    assert!(has(&window, "Choose the second model"));
    section(&mut window, "A folder");
    enter(&mut window, "Path of the folder", &second.to_string_lossy());
    click(&mut window, "Use");
    let sides = window.state().playground().views().models.sides().clone();
    assert_eq!(sides, [first.clone(), second].map(|path| SideChoice::Model(Source::Folder(path).into())));
    click(&mut window, "Compare");
    settle(&mut window);
    let comparison = window.state().playground().views().models.comparison().expect("a comparison").clone();
    assert!(comparison.sides.iter().all(|side| side.vectors.dims() == 32));
    assert!(comparison.refusal.is_some(), "two spaces");
    choose(&mut window, Role::ComboBox, "First model", "all-MiniLM-L6-v2");
    let value = window.get_by_role_and_label(Role::ComboBox, "First model").value();
    assert_eq!(value.as_deref(), Some("all-MiniLM-L6-v2"));
}

#[test]
fn the_picker_has_room_in_the_least_window() {
    let mut window = window_with(WindowOptions::default(), [1024.0, 700.0], egui::Theme::Dark);
    open_picker(&mut window);
    for name in ["On this machine", "Hugging Face Hub", "A folder", "A server", "Random weights", "Token model"] {
        section(&mut window, name);
        for button in ["Use", "Cancel"] {
            let bounds = window.get_by_role_and_label(Role::Button, button).accesskit_node().raw_bounds().expect("bounds");
            assert!(bounds.x1 <= 1024.0 && bounds.y1 <= 700.0 && bounds.x0 >= 0.0, "{name}, {button}: {bounds:?}");
        }
    }
}
