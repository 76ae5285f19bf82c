//! A run file that was opened: what it was trained with, and what can be done with it.

use eframe::egui::{self, Id, Modal, Ui};

use crate::data::one_line;
use crate::drawing::Ink;
use crate::playground::{Act, OpenedRun};
use crate::ui::context::Ctx;
use crate::ui::pieces::settings::settings_ui;
use crate::ui::pieces::widgets::{inked, strong_text};

/// Height of the settings, from which on they are scrolled.
const HEIGHT: f32 = 380.0;

pub(in crate::ui) fn run_sheet_ui(ctx: &mut Ctx<'_>, ui: &Ui) {
    let Some(opened) = ctx.playground.opened_run() else { return };
    let mut is_closed = false;
    let modal = Modal::new(Id::unique("run sheet")).show(ui.ctx(), |ui| {
        ui.set_width(440.0);
        ui.label(strong_text(ui, format!("Run {}", one_line(&opened.name()))));
        ui.label(inked(ui, sentence_of(opened), Ink::Weak));
        egui::ScrollArea::vertical().max_height(HEIGHT).show(ui, |ui| settings_ui(ui, &opened.run.recipe));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if ui
                .button("Use its recipe")
                .on_hover_text("Train what is here with these settings; Undo brings yours back.")
                .clicked()
            {
                ctx.send(Act::TakeRecipeOfRun);
                is_closed = true;
            }
            if ui
                .button("Keep for comparison")
                .on_hover_text("Seeds compares it with other runs, or its recipe with yours.")
                .clicked()
            {
                ctx.send(Act::KeepOpenedRun);
            }
            is_closed |= ui.button("Close").clicked();
        });
    });
    if is_closed || modal.should_close() {
        ctx.send(Act::CloseRun);
    }
}

/// What there is in it beside its settings.
fn sentence_of(opened: &OpenedRun) -> String {
    let run = &opened.run;
    let on = run.other_model.as_ref().map_or(String::new(), |space| format!(", on {space}"));
    let recorded = if run.is_subset() { format!(", of which {} are recorded", run.phrases.len()) } else { String::new() };
    format!("{} steps on {} pairs of {} phrases{recorded}{on}. Its settings:", run.last_step(), run.n_pairs, run.n_phrases)
}
