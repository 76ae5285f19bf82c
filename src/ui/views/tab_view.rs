//! What every view in the middle of the window can do.

use std::sync::Arc;

use eframe::egui::Ui;

use crate::drawing::Film;
use crate::playground::PhraseId;
use crate::playground::views::Tab;
use crate::ui::context::Ctx;

/// Size of an exported picture, in points.
pub(in crate::ui) const EXPORT_SIZE: [f32; 2] = [1280.0, 800.0];

/// A view, with what it remembers from frame to frame.
pub(in crate::ui) trait TabView {
    /// The tab that shows it.
    fn tab(&self) -> Tab;

    /// Draws it into what room there is.
    fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui);

    /// Height of the panel below it; `None`: it has none.
    fn height_below(&self, _ctx: &Ctx<'_>) -> Option<f32> {
        None
    }

    /// Draws the panel below it.
    fn below_ui(&mut self, _ctx: &mut Ctx<'_>, _ui: &mut Ui) {}

    /// Whether the recipe stands beside it.
    fn needs_recipe(&self) -> bool {
        true
    }

    /// Whether something of its own stands beside it in place of the recipe.
    fn has_side(&self) -> bool {
        false
    }

    /// Draws what stands beside it.
    fn side_ui(&mut self, _ctx: &mut Ctx<'_>, _ui: &mut Ui) {}

    /// The picture that is exported of it, as it is now; where there is nothing yet, a sentence that says so and what to do.
    /// Shapes and places of labels are found when it is drawn, which the worker does.
    fn picture_to_export(&self, ctx: &mut Ctx<'_>) -> Result<Arc<dyn Film>, String>;

    /// Where a phrase was painted last, in points: a map is no widget that could be found by name.
    fn phrase_on_screen(&self, _phrase: PhraseId) -> Option<[f32; 2]> {
        None
    }
}
