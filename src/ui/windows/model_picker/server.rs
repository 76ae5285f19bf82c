//! A server that embeds: its address, which of its models, and the key that it asks for.
//!
//! The key goes to the program's memory only: no command, no file and no log has it.

use eframe::egui::{self, Grid, Label, TextEdit, Ui};

use super::said::Said;
use crate::data::capital;
use crate::drawing::Ink;
use crate::model::{AddressError, ApiKey, ServerAddress, Source, set_typed_key};
use crate::ui::pieces::widgets::{WhyNot, inked};

/// What is typed.
#[derive(Default)]
pub(super) struct ServerSection {
    url: String,
    model: String,
    key: String,
    /// Why the key that was typed is none.
    refused: Option<String>,
}

impl ServerSection {
    /// The form with the server that is chosen, if one is.
    pub(super) fn on(chosen: &Source) -> Self {
        let Source::Server(address) = chosen else { return Self::default() };
        let mut address = address.clone();
        let model = address.model.take().unwrap_or_default();
        Self { url: address.to_string(), model, ..Self::default() }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, takes_focus: bool) -> Said {
        let (mut is_entered, usual) = (false, ServerAddress::usual().to_string());
        Grid::new("server").num_columns(2).spacing([12.0, 4.0]).show(ui, |ui| {
            let fields = [
                ("Address", usual.as_str(), &mut self.url, false),
                ("Model", "by the server's own name; may be empty", &mut self.model, false),
                ("Key", "only if the server asks for one", &mut self.key, true),
            ];
            for (place, (name, hint, text, is_secret)) in fields.into_iter().enumerate() {
                ui.label(inked(ui, name, Ink::Weak));
                let field = TextEdit::singleline(text).hint_text(hint).password(is_secret).desired_width(330.0);
                let response = ui.add(field).accessible_name(format!("{name} of the server"));
                if takes_focus && place == 0 {
                    response.request_focus();
                }
                is_entered |= response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
                ui.end_row();
            }
        });
        let words = "The key stays in memory until the program ends: it is in no file and no project.";
        ui.add(Label::new(inked(ui, words, Ink::Weak).small()).wrap());
        if let Some(refused) = &self.refused {
            ui.add(Label::new(inked(ui, refused, Ink::PushWords)).wrap());
        }
        self.leaving_ui(ui);
        let why_not = match self.source() {
            Ok(Some(_)) => None,
            Ok(None) => Some("There is no address yet: type that of a server.".to_owned()),
            Err(why) => Some(why),
        };
        let can_go = why_not.is_none();
        let button = ui.add_enabled(can_go, egui::Button::new("Connect")).on_hover_text("Embed a few words to see what it is.");
        let button = button.why_not(why_not.unwrap_or_default());
        if can_go && (button.clicked() || is_entered) {
            self.refused = None;
            self.keep_key();
            return if self.refused.is_none() { Said::Look } else { Said::Nothing };
        }
        Said::Nothing
    }

    /// Whether phrases leave this machine.
    fn leaving_ui(&self, ui: &mut Ui) {
        if let Ok(Some(source)) = self.source() {
            let is_here = matches!(&source, Source::Server(address) if address.is_here());
            let words =
                if is_here { "It is on this machine: phrases do not leave it.".to_owned() } else { capital(&source.place()) };
            let ink = if is_here { Ink::Weak } else { Ink::PushWords };
            ui.add(Label::new(inked(ui, words, ink)).wrap());
        }
    }

    /// Gives the key that was typed to whoever speaks to the server.
    pub(super) fn keep_key(&mut self) {
        let typed = std::mem::take(&mut self.key);
        let Ok(Some(Source::Server(address))) = self.source() else { return };
        if typed.trim().is_empty() {
            return;
        }
        match ApiKey::new(&typed) {
            Ok(key) => set_typed_key(&address, Some(key)),
            Err(why) => self.refused = Some(why.to_string()),
        }
    }

    /// The server, if its address is one.
    pub(super) fn source(&self) -> Result<Option<Source>, String> {
        let (url, model) = (self.url.trim(), self.model.trim());
        if url.is_empty() {
            return Ok(None);
        }
        let mut address: ServerAddress = url.parse().map_err(|why: AddressError| why.to_string())?;
        if !model.is_empty() {
            address.model = Some(model.to_owned());
        }
        Ok(Some(Source::Server(address)))
    }
}
