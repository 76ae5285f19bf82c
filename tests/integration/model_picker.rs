//! Choosing a model in the window: the card, the prompt, phrases that are cut, the picker with all its sections, and the
//! menus of two that are compared; what goes wrong stands where it was asked for.

use std::path::Path;

use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::model::Source;
use embedding_playground::playground::views::SideChoice;
use embedding_playground::ui::WindowOptions;

use crate::hub_server::{ID, Server, files_of};
use crate::server::{StandIn, says, well};
use crate::support::small_model;
use crate::ui::{Window, choose, click, settle, wait_until, window, window_with};

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
    window.key_press_modifiers(Modifiers::COMMAND, Key::M);
    window.run_steps(3);
    settle(&mut window);
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
    window.get_by_role_and_label(Role::Button, "Models").click();
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

/// Runs `test` of this file again as a process of its own, in the world that `variables` make: the window asks the
/// environment where the Hub is.
fn run_in_world(test: &str, variables: &[(&str, &str)]) {
    let program = std::env::current_exe().expect("a test binary");
    let mut command = std::process::Command::new(program);
    command.args(["--exact", &format!("model_picker::{test}"), "--ignored", "--nocapture"]);
    for name in ["HF_HOME", "HF_TOKEN", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().expect("it starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{test}: {said}");
}

/// A world with a stand-in for the Hub that has a small model, and an empty cache.
fn run_with_hub(test: &str, prepare: impl FnOnce(&Server)) {
    let place = tempfile::tempdir().expect("a folder");
    let model = place.path().join("model");
    small_model(&model, 1);
    let server = Server::of(files_of(&model));
    prepare(&server);
    let cache = place.path().join("cache").to_string_lossy().into_owned();
    run_in_world(test, &[("HF_ENDPOINT", &server.endpoint), ("HF_HUB_CACHE", &cache), ("HF_HUB_DOWNLOAD_TIMEOUT", "1")]);
}

fn look_up(window: &mut Window, id: &str) {
    open_picker(window);
    section(window, "Hugging Face Hub");
    enter(window, "Name on the Hub", id);
}

#[test]
fn a_model_of_the_hub_is_told_downloaded_and_used() {
    run_with_hub("inner_a_model_of_the_hub_is_told_downloaded_and_used", |_| {});
}

#[test]
#[ignore = "it runs in a process of its own, with a stand-in for the Hub"]
fn inner_a_model_of_the_hub_is_told_downloaded_and_used() {
    let mut window = window();
    look_up(&mut window, ID);
    for words in ["32", "24 tokens a phrase", "mean", "to download", "apache-2.0", "a mirror of the Hub"] {
        assert!(has(&window, words), "{words}");
    }
    window.query_all_by_label_contains("Download ").next().expect("the button").click();
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(model_of(&window), Source::Hub(ID.parse().expect("an id")));
    assert!(!has(&window, "Choose a model"), "the picker closes when the model has come");
    assert!(has(&window, "is on this machine now") && has(&window, "32 dimensions · 24 tokens · on this machine"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(model_of(&window), Source::Embedded, "it can be undone");
    open_picker(&mut window);
    window.get_by_role_and_label(Role::ListBoxOption, ID).click();
    window.run_steps(3);
    settle(&mut window);
    assert!(has(&window, "on this machine") && !has(&window, "to download"), "what is here is used as it is");
    click(&mut window, "Use");
    settle(&mut window);
    assert!(has(&window, "32 dimensions"));
}

#[test]
fn a_download_is_cancelled_and_one_that_breaks_says_why_and_what_else_there_is() {
    run_with_hub("inner_a_download_is_cancelled_and_one_that_breaks_says_why", |server| {
        server.set_fault(|asked, n_before, reply| match n_before {
            0 if asked.is_weights() => reply.stall = Some(1000),
            _ if asked.is_weights() => reply.body.fill(0),
            _ => {}
        });
    });
}

#[test]
#[ignore = "it runs in a process of its own, with a stand-in for the Hub"]
fn inner_a_download_is_cancelled_and_one_that_breaks_says_why() {
    let mut window = window();
    look_up(&mut window, ID);
    window.query_all_by_label_contains("Download ").next().expect("the button").click();
    window.run_steps(3);
    wait_until(&mut window, |app| app.playground().fetching().is_some_and(|(_, activity)| activity.progress.is_some()));
    window.run_steps(2);
    assert!(has(&window, "downloading"), "with its progress");
    click(&mut window, "Stop the download");
    settle(&mut window);
    assert_eq!(model_of(&window), Source::Embedded, "the model stays");
    assert!(has(&window, "Choose a model"), "the picker waits for another word");
    window.query_all_by_label_contains("Download ").next().expect("the button").click();
    window.run_steps(3);
    settle(&mut window);
    assert!(has(&window, "did not come") && has(&window, "HF_ENDPOINT"));
    click(&mut window, "Take a folder…");
    assert!(window.query_by_label("Path of the folder").is_some());
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(has(&window, "did not come"), "the card says it too");
    click(&mut window, "Put away");
    assert!(!has(&window, "did not come"));
}

#[test]
fn what_the_hub_says_no_to_stands_in_the_picker() {
    run_with_hub("inner_what_the_hub_says_no_to_stands_in_the_picker", |_| {});
}

#[test]
#[ignore = "it runs in a process of its own, with a stand-in for the Hub"]
fn inner_what_the_hub_says_no_to_stands_in_the_picker() {
    let mut window = window();
    for (typed, words) in [("rose/other", "no repository rose/other"), ("no such name", "expected a repository of the Hub")] {
        look_up(&mut window, typed);
        assert!(has(&window, words) && has(&window, "mirror"), "{typed}");
        assert!(window.get_by_role_and_label(Role::Button, "Use").accesskit_node().is_disabled());
        window.key_press(Key::Escape);
        window.run_steps(3);
    }
}

#[test]
fn without_a_net_the_picker_says_so_and_a_project_keeps_its_model() {
    let place = tempfile::tempdir().expect("a folder");
    let cache = place.path().to_string_lossy().into_owned();
    run_in_world("inner_without_a_net_the_picker_says_so", &[("HF_HUB_OFFLINE", "1"), ("HF_HUB_CACHE", &cache)]);
}

#[test]
#[ignore = "it runs in a process of its own, without a net"]
fn inner_without_a_net_the_picker_says_so() {
    let place = tempfile::tempdir().expect("a folder");
    let project = place.path().join("class.json");
    let text = std::fs::read_to_string(crate::support::fixture("project_v4.json")).expect("a project");
    let mut json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    (json["model"], json["model_settings"]) = (format!("hub:{ID}").into(), serde_json::json!({}));
    std::fs::write(&project, json.to_string()).expect("a file");
    let arguments = WindowOptions { file: Some(project), ..Default::default() };
    let mut window = window_with(arguments, [1280.0, 800.0], egui::Theme::Light);
    assert_eq!(model_of(&window), Source::Hub(ID.parse().expect("an id")));
    assert!(has(&window, "rose/small-model"), "nothing is fetched unasked; the card says what is missing");
    click(&mut window, "Download…");
    settle(&mut window);
    assert!(has(&window, "HF_HUB_OFFLINE is set"));
}

#[test]
fn a_server_says_what_it_is_and_that_phrases_stay_here() {
    let server = StandIn::new(well);
    let mut window = window();
    open_picker(&mut window);
    section(&mut window, "A server");
    fill(&mut window, "Address of the server", "http://example.org/v1");
    assert!(has(&window, "Phrases are sent to example.org"));
    fill(&mut window, "Key of the server", "sk-secret");
    enter(&mut window, "Address of the server", &server.url);
    assert!(has(&window, "phrases do not leave it") && has(&window, "6"));
    click(&mut window, "Use");
    settle(&mut window);
    assert_eq!(model_of(&window), server.url.parse().expect("an address"));
    assert!(has(&window, "6 dimensions") && has(&window, "a server on this machine"));
    let asked = server.posts();
    assert!(!asked.is_empty() && asked.iter().all(|asked| asked.head.contains("Bearer sk-secret")), "the key goes with it");
    window.key_press_modifiers(Modifiers::COMMAND, Key::S);
    window.run_steps(3);
    let place = tempfile::tempdir().expect("a folder");
    let project = place.path().join("class.json");
    enter(&mut window, "Path of the file", &project.to_string_lossy());
    let saved = std::fs::read_to_string(&project).expect("a project");
    assert!(saved.contains("http://127.0.0.1") && !saved.contains("secret"), "no file has the key");
}

#[test]
fn what_a_server_says_no_with_stands_in_the_picker() {
    let server = StandIn::new(|_| says(401, &serde_json::json!({"error": "wrong key"})));
    let mut window = window();
    open_picker(&mut window);
    section(&mut window, "A server");
    enter(&mut window, "Address of the server", &server.url);
    assert!(has(&window, "wrong key"));
    assert!(window.get_by_role_and_label(Role::Button, "Use").accesskit_node().is_disabled());
    fill(&mut window, "Address of the server", "localhost:8080");
    assert!(has(&window, "with http://"), "what is no address says what one is");
}

#[test]
fn phrases_that_are_cut_are_marked_and_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small");
    small_model(&path, 1);
    let mut window = window();
    take_folder(&mut window, &path);
    // Its tokens are letters and it reads 24 of them.
    let cut = window.state().playground().cut_phrases().len();
    assert!(cut > 1 && cut <= 42, "{cut}");
    assert!(window.query_by_label(&format!("{cut} phrases are cut at 24 tokens")).is_some());
    assert!(window.query_all_by_label("cut at 24 tokens").next().is_some(), "marks in the list");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    settle(&mut window);
    assert!(window.query_all_by_label_contains("cut at").next().is_none(), "the built-in one reads them whole");
}

#[test]
fn what_is_compared_stands_side_by_side() {
    let mut window = window();
    window.get_by_role_and_label(Role::Button, "Models").click();
    window.run_steps(3);
    settle(&mut window);
    let bounds = |role, label| window.get_by_role_and_label(role, label).accesskit_node().raw_bounds().expect("bounds");
    let row = [(Role::ComboBox, "First model"), (Role::ComboBox, "Second model"), (Role::Button, "Compare")];
    let row = row.map(|(role, label)| bounds(role, label));
    assert!(row[0].x1 <= row[1].x0 && row[1].x1 <= row[2].x0, "none lies on another: {row:?}");
}
