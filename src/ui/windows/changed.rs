//! A file that was to be saved, which somebody else has changed meanwhile: what is to become of it.

use eframe::egui::{Id, Modal, Ui};

use crate::data::one_line;
use crate::drawing::Ink;
use crate::playground::Act;
use crate::ui::context::{Ask, Ctx};
use crate::ui::pieces::widgets::{inked, strong_text};

const WHAT: &str = "Another window or program has written it since it was opened or saved here. Nothing has been written.";

pub(in crate::ui) fn changed_ui(ctx: &mut Ctx<'_>, ui: &Ui) {
    let Some(path) = ctx.playground.changed_meanwhile().map(std::path::Path::to_owned) else { return };
    let mut is_closed = false;
    let modal = Modal::new(Id::unique("changed meanwhile")).show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        ui.label(strong_text(ui, format!("{} has changed meanwhile", one_line(&name))));
        ui.label(inked(ui, WHAT, Ink::Weak));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if ui.button("Overwrite").on_hover_text("Save yours; what is in the file now is lost.").clicked() {
                ctx.send(Act::SaveOver);
            }
            if ui.button("Save as…").on_hover_text("Save yours as another file; both are kept.").clicked() {
                ctx.ask(Ask::SavePath);
                is_closed = true;
            }
            if ui.button("Reload").on_hover_text("Open what is in the file now; your changes are lost.").clicked() {
                ctx.send(Act::Open(path.clone()));
            }
            is_closed |= ui.button("Cancel").clicked();
        });
    });
    if is_closed || modal.should_close() {
        ctx.send(Act::LeaveChanged);
    }
}
