//! What every view in the middle of the window can do.

use eframe::egui::Ui;

use crate::playground::PhraseId;
use crate::playground::views::Tab;
use crate::scene::PictureLook;
use crate::ui::context::Ctx;
use crate::ui::look::Look;

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

    /// How it is looked at, for a picture of it.
    fn look_to_export(&self, look: &Look) -> PictureLook {
        PictureLook { forces: look.forces, ..PictureLook::default() }
    }

    /// Where a phrase was painted last, in points: a map is no widget that could be found by name.
    fn phrase_on_screen(&self, _phrase: PhraseId) -> Option<[f32; 2]> {
        None
    }

    /// The box of its label: left, top, right, bottom.
    fn label_on_screen(&self, _phrase: PhraseId) -> Option<[f32; 4]> {
        None
    }
}
