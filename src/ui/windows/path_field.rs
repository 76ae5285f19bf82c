//! A path that is typed, or chosen in the system's own dialog: the field, what is wrong with it, whether it would replace
//! something, and the buttons.
//!
//! What the path is for is known to the dialog around it.

use std::path::{Path, PathBuf};

use eframe::egui::{self, TextEdit, Ui};

use super::picker::{PickedPath, hear};
use crate::drawing::Ink;
use crate::ui::pieces::widgets::{WhyNot, inked};

/// A path as it is now, and what was asked of it.
#[derive(Default)]
pub(super) struct PathField {
    /// What is typed.
    pub(super) text: String,
    /// What the system's dialog gave, while the text shows it: a name need not be text that can be typed.
    chosen: Option<PathBuf>,
    nothing_chosen: bool,
    /// What is there already, once the user was asked whether to replace it.
    replaces: Option<PathBuf>,
    /// What was found to be wrong with it, until it is changed.
    refused: Option<String>,
    picker: Option<PickedPath>,
}

/// What the dialog around a field says of it in this frame.
pub(super) struct Asked<'a> {
    /// What it is called for a screen reader.
    pub(super) name: &'a str,
    /// What the button says.
    pub(super) verb: &'a str,
    /// Where the path leads, once it is completed.
    pub(super) meant: PathBuf,
    /// Why the path can't be taken.
    pub(super) problem: Option<String>,
    /// Whether there is anything to do with a path.
    pub(super) is_possible: bool,
    /// The system's dialog for it.
    pub(super) browse: fn(&Path) -> PickedPath,
}

/// What became of a field in this frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    None,
    Given,
    Cancelled,
}

impl PathField {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The path as it was chosen or typed.
    pub(super) fn path(&self) -> PathBuf {
        self.chosen.clone().unwrap_or_else(|| PathBuf::from(self.text.trim()))
    }

    /// Says what is wrong with the path, below it.
    pub(super) fn refuse(&mut self, why: impl Into<String>) {
        self.refused = Some(why.into());
    }

    /// What is there already is not replaced before the user has said so; whether that has to be asked.
    pub(super) fn needs_asking(&mut self, meant: &Path) -> bool {
        let needs_asking = meant.exists() && self.replaces.as_deref() != Some(meant);
        self.replaces = Some(meant.to_owned());
        needs_asking
    }

    /// Forgets what was asked, and the system's dialog.
    pub(super) fn begin_anew(&mut self) {
        *self = Self { text: std::mem::take(&mut self.text), chosen: self.chosen.take(), ..Self::default() };
    }

    /// Takes the answer of the system's dialog, if it has one.
    pub(super) fn hear(&mut self, ctx: &egui::Context) {
        let Some(answer) = hear(&mut self.picker, ctx) else { return };
        (self.nothing_chosen, self.refused) = (answer.is_none(), None);
        if let Some(path) = answer {
            self.text = path.to_string_lossy().into_owned();
            // The system's dialog asks itself before it gives a file that is there.
            self.replaces = Some(path.clone());
            self.chosen = Some(path);
        }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, asked: &Asked<'_>) -> Answer {
        let field = TextEdit::singleline(&mut self.text).hint_text("Path of the file").desired_width(f32::INFINITY);
        let response = ui.add(field).accessible_name(asked.name);
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if !entered && ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        if response.changed() {
            (self.chosen, self.refused) = (None, None);
        }
        if self.nothing_chosen {
            ui.label(inked(ui, "The system's dialog gave no file; a path can be typed here.", Ink::Weak));
        }
        let has_path = !self.text.trim().is_empty();
        let problem = asked.problem.as_ref().or(self.refused.as_ref()).filter(|_| has_path);
        if let Some(problem) = problem {
            ui.label(inked(ui, problem, Ink::PushWords));
        }
        let can_go = asked.is_possible && has_path && asked.problem.is_none();
        let is_replacing =
            self.replaces.as_ref() == Some(&asked.meant) && asked.meant.exists() && self.chosen.as_ref() != Some(&asked.meant);
        if is_replacing {
            let kind = if asked.meant.is_dir() { "folder" } else { "file" };
            ui.label(inked(ui, format!("There is a {kind} of this name already. Replace it?"), Ink::PushWords));
        }
        ui.add_space(8.0);
        let pressed = self.buttons_ui(ui, asked, can_go, is_replacing);
        if entered && can_go { Answer::Given } else { pressed }
    }

    fn buttons_ui(&mut self, ui: &mut Ui, asked: &Asked<'_>, can_go: bool, is_replacing: bool) -> Answer {
        let mut answer = Answer::None;
        ui.horizontal(|ui| {
            let verb = if is_replacing { "Replace" } else { asked.verb };
            let go = ui.add_enabled(can_go, egui::Button::new(verb));
            let why_not = asked.problem.as_deref().unwrap_or("There is no path yet, or nothing to write: see above.");
            if go.why_not(why_not).clicked() {
                answer = Answer::Given;
            }
            let browse = ui.add_enabled(self.picker.is_none(), egui::Button::new("Browse…"));
            let browse = browse.why_not("The system's dialog is open already.");
            if browse.on_hover_text("The system's own dialog, where there is one.").clicked() {
                self.picker = Some((asked.browse)(&asked.meant));
                ui.ctx().request_repaint();
            }
            if ui.button("Cancel").clicked() {
                answer = Answer::Cancelled;
            }
        });
        answer
    }
}
