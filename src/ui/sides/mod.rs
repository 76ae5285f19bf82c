//! The sides: model, phrases and pairs on the left, what learns and what is selected on the right.

mod inspector;
mod model;
mod pairs;
mod phrases;
mod recipe;

pub(super) use inspector::inspector_ui;
pub(super) use model::model_ui;
pub(super) use pairs::{pairs_place, pairs_ui};
pub(super) use phrases::PhrasesPanel;
pub(super) use recipe::recipe_ui;
