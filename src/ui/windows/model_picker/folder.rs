//! A folder with a model: its path, typed or chosen in the system's own dialog.

use std::path::{Path, PathBuf};

use eframe::egui::{self, TextEdit, Ui};

use super::said::Said;
use crate::drawing::Ink;
use crate::model::Source;
use crate::ui::pieces::widgets::{WhyNot, inked};
use crate::ui::windows::picker::{PickedPath, folder_dialog, hear};

/// The path as it is now.
#[derive(Default)]
pub(super) struct FolderSection {
    typed: String,
    /// What the system's dialog gave, while the text shows it: a name need not be text that can be typed.
    picked: Option<PathBuf>,
    nothing_picked: bool,
    picker: Option<PickedPath>,
    /// Whether the folder is to be looked at: its path was entered or picked.
    is_ready: bool,
}

impl FolderSection {
    /// Takes the answer of the system's dialog, if it has one.
    pub(super) fn hear(&mut self, ctx: &egui::Context) {
        let Some(answer) = hear(&mut self.picker, ctx) else { return };
        self.nothing_picked = answer.is_none();
        if let Some(path) = answer {
            self.typed = path.to_string_lossy().into_owned();
            (self.picked, self.is_ready) = (Some(path), true);
        }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, takes_focus: bool) -> Said {
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 160.0).max(120.0);
            let field = TextEdit::singleline(&mut self.typed).hint_text("Path of the folder").desired_width(width);
            let response = ui.add(field).accessible_name("Path of the folder");
            if takes_focus {
                response.request_focus();
            }
            if response.changed() {
                self.picked = None;
            }
            self.is_ready |= response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let look = ui.add_enabled(!self.typed.trim().is_empty(), egui::Button::new("Look"));
            let look = look.on_hover_text("Find out what is in it.");
            self.is_ready |= look.why_not("There is no path yet: type that of a folder, or choose one.").clicked();
            let browse = ui.add_enabled(self.picker.is_none(), egui::Button::new("Browse…"));
            let browse = browse.why_not("The system's dialog is open already.");
            if browse.on_hover_text("The system's own dialog, where there is one.").clicked() {
                self.picker = Some(folder_dialog(Path::new(&self.typed)));
                ui.ctx().request_repaint();
            }
        });
        if self.nothing_picked {
            ui.label(inked(ui, "The system's dialog gave no folder; a path can be typed here.", Ink::Weak));
        }
        let is_ready = std::mem::take(&mut self.is_ready);
        if is_ready && self.source().is_some() { Said::Look } else { Said::Nothing }
    }

    /// The folder, by its whole path: a project that names it may be opened elsewhere.
    pub(super) fn source(&self) -> Option<Source> {
        let path = self.picked.clone().unwrap_or_else(|| PathBuf::from(self.typed.trim()));
        let is_there = !path.as_os_str().is_empty();
        is_there.then(|| Source::Folder(std::path::absolute(&path).unwrap_or(path)))
    }
}
