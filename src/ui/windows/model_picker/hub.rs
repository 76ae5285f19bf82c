//! The Hub: a repository by its name.

use eframe::egui::{self, TextEdit, Ui};

use super::said::Said;
use crate::drawing::Ink;
use crate::model::{HubIdError, Source};
use crate::ui::pieces::widgets::{WhyNot, inked};

/// What is typed.
#[derive(Debug, Default)]
pub(super) struct HubSection {
    typed: String,
}

impl HubSection {
    /// The field with the repository that is chosen, if one is.
    pub(super) fn on(chosen: &Source) -> Self {
        Self { typed: if let Source::Hub(id) = chosen { id.to_string() } else { String::new() } }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, takes_focus: bool) -> Said {
        let mut said = Said::Nothing;
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 90.0).max(120.0);
            let field = TextEdit::singleline(&mut self.typed).hint_text("owner/name or owner/name@revision").desired_width(width);
            let response = ui.add(field).accessible_name("Name on the Hub");
            if takes_focus {
                response.request_focus();
            }
            let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let button = ui.add_enabled(!self.typed.trim().is_empty(), egui::Button::new("Look up"));
            let button = button.why_not("There is no name yet: type that of a model on the Hub.");
            if is_entered || button.on_hover_text("Find out what it is; nothing is downloaded yet.").clicked() {
                said = Said::Look;
            }
        });
        ui.label(
            inked(ui, "Such as sentence-transformers/all-mpnet-base-v2 or intfloat/multilingual-e5-small.", Ink::Weak).small(),
        );
        said
    }

    /// The repository, if its name is one.
    pub(super) fn source(&self) -> Result<Option<Source>, String> {
        let typed = self.typed.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        typed.parse().map(|id| Some(Source::Hub(id))).map_err(|why: HubIdError| why.to_string())
    }
}
