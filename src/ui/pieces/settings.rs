//! All settings of a recipe, to be read.

use eframe::egui::{Grid, Ui};

use super::widgets::inked;
use crate::drawing::Ink;
use crate::train::Recipe;

/// Every value with its name, in two columns.
pub(in crate::ui) fn settings_ui(ui: &mut Ui, recipe: &Recipe) {
    Grid::new(("settings", recipe.seed)).num_columns(2).spacing([16.0, 1.0]).min_row_height(17.0).show(ui, |ui| {
        for (name, value) in recipe.listed() {
            ui.label(inked(ui, name, Ink::Weak));
            ui.label(value);
            ui.end_row();
        }
    });
}
