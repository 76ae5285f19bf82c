//! The four stages above the map: which one is on, and a press that takes the run to it.

use eframe::egui::{Button, CornerRadius, Stroke, Ui};

use crate::drawing::Ink;
use crate::playground::{Act, Stage};
use crate::ui::context::Ctx;
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::inked;

/// The stages with their labels and what a press shows.
const STAGES: [(Stage, &str, &str); 4] = [
    (Stage::Initialise, "1 Initialise", "Every vector is where it begins: step 0, and no forces yet."),
    (
        Stage::Evaluate,
        "2 Evaluate",
        "The batch is compared: a line for each pair, coloured by its cosine, and its numbers beside the map.",
    ),
    (Stage::Update, "3 Update", "First the forces: who pulls, who pushes. Then every vector follows them, one step."),
    (Stage::Iterate, "4 Iterate", "Again and again, with other pairs: the run plays."),
];

pub(super) fn stages_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    for (stage, label, explanation) in STAGES {
        let is_on = ctx.playground.stage() == stage;
        let (text, border, fill) =
            if is_on { (Ink::Accent, Ink::Accent, theme::wash(ui)) } else { (Ink::Weak, Ink::Line, theme::ink(ui, Ink::Panel)) };
        let stroke = Stroke::new(1.0, theme::ink(ui, border));
        let chip = Button::new(inked(ui, label, text)).fill(fill).stroke(stroke).corner_radius(CornerRadius::same(13));
        if ui.add(chip.selected(is_on)).on_hover_text(explanation).clicked() {
            ctx.send(Act::GoToStage(stage));
        }
    }
}
