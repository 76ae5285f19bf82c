//! Words that are written from right to left, in fields and beside the map: shown as they are read, told as they are written.

use eframe::egui::{self, Key, accesskit::Role};
use egui_kittest::kittest::Queryable;
use embedding_playground::ui::WindowOptions;

use crate::ui::{explore_window, settle, type_phrase};

const WRITTEN: &str = "שלום עולם";
const READ: &str = "עולם שלום";

#[test]
fn what_is_typed_stands_below_the_field_as_it_is_read() {
    let mut window = explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    window.get_by_label("Type a phrase").click();
    window.run_steps(2);
    window.get_by_label("Type a phrase").type_text("plain words");
    window.run_steps(2);
    assert!(window.query_by_label_contains("As it is read").is_none(), "these are read as they are typed");
    (0.."plain words".len()).for_each(|_| window.key_press(Key::Backspace));
    window.run_steps(2);
    window.get_by_label("Type a phrase").type_text(WRITTEN);
    window.run_steps(2);
    assert!(window.query_by_label(&format!("As it is read: {WRITTEN}")).is_some());
}

#[test]
fn the_selected_phrase_and_its_neighbours_are_shown_as_they_are_read() {
    let mut window = explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    type_phrase(&mut window, WRITTEN);
    type_phrase(&mut window, "שלום עולם טוב");
    settle(&mut window);
    window.get_by_role_and_label(Role::ListBoxOption, "שלום עולם טוב").click();
    window.run_steps(3);
    settle(&mut window);
    // In the inspector; screen readers hear it as it was written.
    assert!(window.query_all_by_label("שלום עולם טוב").count() >= 2, "in the list and in the inspector");
    assert!(window.query_all_by_label(READ).next().is_some(), "its neighbour");
}
