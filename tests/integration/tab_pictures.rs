//! What is exported from the window: the tab that is shown, at a scale, and the run as a moving picture.

use std::path::Path;

use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::choice::Choice;
use embedding_playground::playground::views::Tab;
use embedding_playground::playground::{Notice, Playground};

use crate::moving_pictures::{read_gif, read_png};
use crate::ui::{Window, choose, click, settle, wait_until, window};

fn show(window: &mut Window, tab: Tab) {
    window.get_by_role_and_label(Role::Button, tab.label()).click();
    window.run_steps(3);
    settle(window);
    assert_eq!(window.state().playground().views().tab, tab);
}

fn open_export(window: &mut Window) {
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    window.run_steps(3);
}

fn path_in_dialog(window: &Window) -> String {
    window.get_by_label("Path of the file").value().expect("a path")
}

/// Types the path into the open dialog and exports.
fn export_to(window: &mut Window, path: &Path) {
    window.get_by_label("Path of the file").click();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_label("Path of the file").type_text(&path.to_string_lossy());
    window.run_steps(2);
    click(window, "Export");
}

fn notice(playground: &Playground) -> Notice {
    playground.notice().expect("it says what became of it").clone()
}

#[test]
fn every_tab_exports_what_it_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    for (tab, parts) in [
        (Tab::Explore, &["Explore · ", "42 phrases", "Axes: PCA of all 42 phrases · components 1 × 2"][..]),
        (
            Tab::Train,
            &["Train · free vectors · step 0 of 200 · seed 7", "He could smell the roses", "Axes: PCA of each step, smoothed"],
        ),
        (
            Tab::Seeds,
            &["Seeds · free vectors · seed 7, seed 8, seed 9, seed 10 · step 200 of 200", "seed 10", "common neighbours"],
        ),
        (
            Tab::Models,
            &["Models · ", "random", "No cosine across the two", "chance", "Phrases that change neighbours most", "keeps"],
        ),
        (Tab::Dimensions, &["Dimensions · free vectors · seed 7", "Loss at the end", "recall@1", "d = 384 · axes keep"]),
        (
            Tab::Similarity,
            &["Similarity · ", "42 phrases by group", "Cosines of all pairs", "Flour dusted the table", "cosines of 861 pairs"],
        ),
    ] {
        show(&mut window, tab);
        open_export(&mut window);
        assert_eq!(path_in_dialog(&window), format!("{}.png", tab.name()));
        assert!(window.query_by_label(&format!("{}, as it is now: .png or .svg.", tab.label())).is_some());
        assert!(window.query_by_label("2560 x 1600 pixels").is_some(), "{tab:?}: its size is said");
        let path = folder.path().join(format!("{}.svg", tab.name()));
        export_to(&mut window, &path);
        settle(&mut window);
        let said = notice(window.state().playground());
        assert!(!said.is_error && said.text.contains(".svg"), "{tab:?}: {}", said.text);
        let svg = std::fs::read_to_string(&path).expect("a picture");
        for part in parts {
            assert!(svg.contains(part), "{tab:?}: {part:?} is not in the picture");
        }
    }
}

#[test]
fn mixed_models_export_what_is_shown_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    show(&mut window, Tab::Models);
    click(&mut window, "What if you did it anyway?");
    open_export(&mut window);
    let path = folder.path().join("mixed.svg");
    export_to(&mut window, &path);
    settle(&mut window);
    let svg = std::fs::read_to_string(&path).expect("a picture");
    for part in ["Across the two models", "mixed all the same", "What works instead", "cosines of different phrases"] {
        assert!(svg.contains(part), "{part:?}");
    }
    assert!(!svg.contains("Phrases that change neighbours most"));
}

#[test]
fn a_view_with_nothing_to_draw_says_so_and_exports_nothing() {
    let mut window = window();
    window.key_press_modifiers(Modifiers::COMMAND, Key::N);
    window.run_steps(3);
    settle(&mut window);
    for (tab, part) in [
        (Tab::Explore, "nothing to explore yet"),
        (Tab::Train, "nothing on the map yet"),
        (Tab::Seeds, "no runs from several seeds yet"),
        (Tab::Models, "No two models are compared yet"),
        (Tab::Dimensions, "no runs at several dimensions yet"),
        (Tab::Similarity, "There are no cosines yet"),
    ] {
        show(&mut window, tab);
        open_export(&mut window);
        assert!(window.query_by_label_contains(part).is_some(), "{tab:?}");
        assert!(window.get_by_label("Export").accesskit_node().is_disabled(), "{tab:?}");
        click(&mut window, "Cancel");
    }
    choose_film(&mut window);
    assert!(window.query_by_label_contains("There is no run yet").is_some());
    assert!(window.get_by_label("Export").accesskit_node().is_disabled());
}

#[test]
fn a_png_has_the_pixels_that_were_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    for (scale, said, size) in [(None, "2560 x 1600 pixels", [2560, 1600]), (Some("1×"), "1280 x 800 pixels", [1280, 800])] {
        open_export(&mut window);
        if let Some(scale) = scale {
            choose(&mut window, Role::ComboBox, "Scale", scale);
        }
        assert!(window.query_by_label(said).is_some(), "{said}");
        let path = folder.path().join(format!("{}.png", size[0]));
        export_to(&mut window, &path);
        settle(&mut window);
        assert_eq!(read_png(&std::fs::read(&path).expect("a picture")).size, size);
    }
    open_export(&mut window);
    window.get_by_label("Path of the file").type_text("map.svg");
    window.run_steps(3);
    assert!(window.query_by_label_contains("sharp at any size").is_some(), "shapes have no pixels");
}

fn choose_film(window: &mut Window) {
    choose(window, Role::Button, "File", "Export run as animation…");
}

#[test]
fn the_run_is_exported_as_an_animation_by_the_worker() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    choose(&mut window, Role::Button, "Lessons", "Four stages, one batch");
    settle(&mut window);
    let last = window.state().playground().last_step();
    choose_film(&mut window);
    assert_eq!(path_in_dialog(&window), "run.gif");
    assert!(window.query_by_label_contains(&format!("{} · 1280 x 800 pixels", last + 1)).is_some(), "what was chosen is said");
    let path = folder.path().join("run.gif");
    export_to(&mut window, &path);
    wait_until(&mut window, |app| !app.playground().is_busy());
    let said = notice(window.state().playground());
    assert!(!said.is_error && said.text.contains("run.gif"), "{}", said.text);
    let seen = read_gif(&std::fs::read(&path).expect("a picture"));
    assert_eq!((seen.frames.len(), seen.size, seen.is_endless), (last + 1, [1280, 800], true));
    choose_film(&mut window);
    export_to(&mut window, &folder.path().join("run.mp4"));
    // It is said where the path was typed, which stays.
    assert!(window.query_by_label_contains("run.mp4: expected a name that ends in .gif or .apng").is_some());
    assert!(path_in_dialog(&window).ends_with("run.mp4"));
}

#[test]
fn an_animation_is_cancelled_with_its_button_and_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    choose_film(&mut window);
    let path = folder.path().join("run.apng");
    export_to(&mut window, &path);
    wait_until(&mut window, |app| app.playground().activity().is_some_and(|activity| activity.progress.is_some()));
    window.run_steps(2);
    assert!(window.query_by_label_contains("Animation").is_some(), "how far it is");
    // The window goes on meanwhile.
    window.key_press(Key::ArrowRight);
    window.run_steps(2);
    assert_eq!(window.state().playground().step(), 1);
    click(&mut window, "Cancel");
    settle(&mut window);
    let said = notice(window.state().playground());
    assert!(!said.is_error && said.text.starts_with("Cancelled"), "{}", said.text);
    assert!(!path.exists());
}
