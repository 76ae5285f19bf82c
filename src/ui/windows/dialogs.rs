//! Dialogs: a path (typed, or chosen in the system's own dialog), unsaved changes, a new pair; and which of all is open.

use std::path::PathBuf;

use eframe::egui::{self, Id, Key, Modal, Ui};

use super::export::ExportDialog;
use super::model_picker::ModelPicker;
use super::path_field::{Answer, Asked, PathField};
use super::picker::{folder_dialog, open_dialog, save_dialog};
use super::picture_export::PictureExport;
use crate::choice::Choice;
use crate::data::excerpt;
use crate::drawing::Ink;
use crate::playground::views::{Documents, KeptId, SearchCommand};
use crate::playground::{Act, DraftCommand, Edit, Pair, Phrase, PhraseId, Playground, file::ENDING};
use crate::ui::context::{Ask, Ctx, Pending};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{WhyNot, inked, strong_text};
use crate::ui::views::TabView;

/// What a path is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Open,
    Save,
    Export,
    Model,
    Documents,
    Run(KeptId),
    Lesson,
}

/// The end of a run file's name.
const RUN_ENDING: &str = "safetensors";

struct PathDialog {
    purpose: Purpose,
    path: PathField,
    /// What is exported, where a picture or a run is.
    export: Option<PictureExport>,
}

impl PathDialog {
    fn new(purpose: Purpose, path: impl Into<String>) -> Self {
        Self { purpose, path: PathField::new(path), export: None }
    }

    fn exporting(export: PictureExport, path: impl Into<String>) -> Self {
        Self { export: Some(export), ..Self::new(Purpose::Export, path) }
    }

    /// What is asked of the path; `verb` is what becomes of it.
    fn asked<'a>(&self, verb: &'a str) -> Asked<'a> {
        let meant = self.meant_path();
        Asked {
            name: "Path of the file",
            verb,
            problem: self.export.as_ref().and_then(|export| export.problem_of(&meant)),
            is_possible: self.export.as_ref().is_none_or(|export| export.problem().is_none()),
            browse: match self.purpose {
                Purpose::Open | Purpose::Documents => open_dialog,
                Purpose::Save | Purpose::Export | Purpose::Run(_) | Purpose::Lesson => save_dialog,
                Purpose::Model => folder_dialog,
            },
            meant,
        }
    }

    /// The path that is meant: a project's name always ends in .json, and that of a run in .safetensors, or it could not be
    /// opened again.
    fn meant_path(&self) -> PathBuf {
        let path = self.path.path();
        let is_project = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING));
        let is_run = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(RUN_ENDING));
        match self.purpose {
            Purpose::Save | Purpose::Lesson if !is_project => path.with_added_extension(ENDING),
            Purpose::Run(_) if !is_run => path.with_added_extension(RUN_ENDING),
            _ => path,
        }
    }

    /// Whether the path has to be changed or asked about before it is taken; below it stands why.
    fn is_held(&mut self, playground: &Playground) -> bool {
        let meant = self.meant_path();
        match self.purpose {
            Purpose::Open | Purpose::Documents if !meant.exists() => {
                self.path.refuse("There is no file of this name.");
                true
            }
            Purpose::Open | Purpose::Documents => false,
            Purpose::Save | Purpose::Export | Purpose::Model | Purpose::Run(_) | Purpose::Lesson => {
                playground.path() != Some(meant.as_path()) && self.path.needs_asking(&meant)
            }
        }
    }
}

#[derive(Debug, Default)]
struct PairDialog {
    anchor: Option<PhraseId>,
    positive: Option<PhraseId>,
    negative: Option<PhraseId>,
}

/// The dialogs that are open.
#[derive(Default)]
pub(in crate::ui) struct Dialogs {
    /// Unsaved changes stand in the way of this.
    guarded: Option<Pending>,
    /// Allowed; to be carried out in this frame.
    allowed: Option<Pending>,
    /// The document whose changes may be lost, by its revision: that was asked.
    waived: Option<u64>,
    /// After a save, go on with this.
    after_save: Option<Pending>,
    path: Option<PathDialog>,
    pair: Option<PairDialog>,
    export: ExportDialog,
    model: ModelPicker,
}

/// Why somebody is asked before `pending`.
fn why_ask(playground: &Playground, pending: &Pending) -> &'static str {
    let is_second = matches!(pending, Pending::Lesson(_)) && playground.left_lesson().is_some();
    match is_second {
        true => "Of each lesson one state is kept, and you left this lesson before: what you made in it now would be lost.",
        false => "What you made since the last save would be lost.",
    }
}

impl Dialogs {
    pub(in crate::ui) fn is_open(&self) -> bool {
        self.guarded.is_some() || self.path.is_some() || self.pair.is_some() || self.export.is_open() || self.model.is_open()
    }

    /// Starts something that would lose unsaved changes: asks first if there are any.
    fn start(&mut self, playground: &Playground, what: Pending) {
        let is_waived = self.waived == Some(playground.revision());
        // From one lesson to the next nothing is lost.
        let is_kept = matches!(what, Pending::Lesson(_)) && playground.can_leave_lesson();
        if playground.is_unsaved() && !is_waived && !is_kept { self.guarded = Some(what) } else { self.allowed = Some(what) }
    }

    /// Opens a file that was dropped. Data is shown before it is taken; a project takes the place of what is there.
    pub(in crate::ui) fn open_file(&mut self, playground: &Playground, path: PathBuf) {
        let is_project = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING));
        if is_project { self.start(playground, Pending::File(path)) } else { self.allowed = Some(Pending::File(path)) }
    }

    pub(in crate::ui) fn ask_before_closing(&mut self) {
        self.guarded = Some(Pending::Close);
    }

    /// Closing loses nothing that anybody wants.
    pub(in crate::ui) fn allow_closing(&mut self) {
        self.allowed = Some(Pending::Close);
    }

    pub(in crate::ui) fn may_close(&self) -> bool {
        self.allowed == Some(Pending::Close)
    }

    /// Opens what was asked for.
    fn open(&mut self, ask: Ask, ctx: &mut Ctx<'_>, view: Option<&dyn TabView>) {
        let playground = ctx.playground;
        match ask {
            Ask::Unsaved(what) => self.start(playground, what),
            Ask::SavePath => self.ask_save_path(playground),
            Ask::PicturePath => {
                let name = format!("{}.png", playground.views().tab.name());
                self.path = Some(PathDialog::exporting(PictureExport::of_view(ctx, view), name));
            }
            Ask::FilmPath => self.path = Some(PathDialog::exporting(PictureExport::of_run(ctx), "run.gif")),
            Ask::Export(what) => self.export.open(ctx, what),
            Ask::RunPath(id) => {
                let kept = playground.views().seeds.kept_run(id);
                let name = kept.map_or_else(String::new, |kept| kept.name.replace(['/', '\\', ',', ' '], "-"));
                self.path = Some(PathDialog::new(Purpose::Run(id), format!("{name}.{RUN_ENDING}")));
            }
            Ask::DocumentsPath => self.path = Some(PathDialog::new(Purpose::Documents, "")),
            Ask::ModelPath => self.path = Some(PathDialog::new(Purpose::Model, "my-model")),
            Ask::Model(purpose) => self.model.open(ctx, purpose),
            Ask::LessonPath => {
                let lesson = playground.draft().and_then(|draft| draft.lesson().ok());
                let name = lesson.map_or_else(|| "lesson".to_owned(), |lesson| lesson.name);
                self.path = Some(PathDialog::new(Purpose::Lesson, format!("{name}.{ENDING}")));
            }
            Ask::Pair => self.pair = Some(PairDialog { anchor: playground.selected(), ..Default::default() }),
        }
    }

    fn ask_save_path(&mut self, playground: &Playground) {
        let path = playground.path().map_or("playground.json".into(), |path| path.to_string_lossy().into_owned());
        self.path = Some(PathDialog::new(Purpose::Save, path));
    }

    /// Draws the dialogs that are open, or asked for in this frame; `view` is what is shown below them.
    pub(in crate::ui) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, view: Option<&dyn TabView>) {
        for ask in ctx.take_asks() {
            self.open(ask, ctx, view);
        }
        if let Some(export) = self.path.as_mut().and_then(|dialog| dialog.export.as_mut()) {
            export.follow(ctx, view);
        }
        self.guard_ui(ctx, ui);
        self.path_ui(ctx, ui);
        self.pair_ui(ctx, ui);
        self.export.ui(ctx, ui);
        self.model.ui(ctx, ui);
        self.go_on(ctx);
    }

    /// Carries out what unsaved changes no longer stand in the way of.
    fn go_on(&mut self, ctx: &mut Ctx<'_>) {
        match &self.allowed {
            Some(Pending::New) => ctx.send(Act::New),
            Some(Pending::Lesson(name)) => ctx.send(Act::OpenLesson(name)),
            Some(Pending::TryLesson) => ctx.send(Act::Draft(DraftCommand::Try)),
            Some(Pending::File(path)) => ctx.send(Act::Open(path.clone())),
            Some(Pending::Import) => ctx.send(Act::Import { is_added: false }),
            Some(Pending::Open) => self.path = Some(PathDialog::new(Purpose::Open, "")),
            // Closing is the window's; see `close_when_saved`.
            Some(Pending::Close) | None => return,
        }
        self.allowed = None;
    }

    fn guard_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let Some(pending) = self.guarded.clone() else { return };
        let modal = Modal::new(Id::unique("unsaved")).show(ui.ctx(), |ui| {
            ui.set_width(360.0);
            ui.label(strong_text(ui, "Save your changes first?"));
            ui.label(inked(ui, why_ask(ctx.playground, &pending), Ink::Weak));
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                if ui.button("Save").clicked() {
                    self.guarded = None;
                    self.after_save = Some(pending.clone());
                    match ctx.playground.path() {
                        Some(_) => ctx.send(Act::Save),
                        None => self.ask_save_path(ctx.playground),
                    }
                }
                if ui.button("Don't save").clicked() {
                    (self.guarded, self.allowed) = (None, Some(pending.clone()));
                    self.waived = Some(ctx.playground.revision());
                }
                if ui.button("Cancel").clicked() {
                    self.guarded = None;
                }
            });
        });
        if modal.should_close() {
            self.guarded = None;
        }
    }

    fn path_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let Some(mut dialog) = self.path.take() else { return };
        let (title, verb, hint) = match dialog.purpose {
            Purpose::Open => (
                "Open",
                "Open",
                "A project (.json), a recorded run (.safetensors), phrases or pairs (.txt, .csv, .tsv, .jsonl, .parquet); how a table is read is shown first.",
            ),
            Purpose::Save => ("Save as", "Save", "A project file ends in .json."),
            Purpose::Export => ("Export", "Export", ""),
            Purpose::Run(_) => {
                ("Save run", "Save", "A run file ends in .safetensors: Open shows its settings, and compare reads it.")
            }
            Purpose::Lesson => ("Save lesson", "Save", "A lesson file ends in .json and opens like a project: hand it on."),
            Purpose::Documents => (
                "Open documents",
                "Open",
                "A text or a paragraph, a line or a row each (.txt, .md, .csv, .tsv, .jsonl, .parquet): they are searched.",
            ),
            Purpose::Model => ("Save trained model", "Save", "A folder that sentence-transformers loads."),
        };
        let (title, hint) = dialog.export.as_ref().map_or((title, hint.to_owned()), PictureExport::words);
        let mut answer = Answer::None;
        let asked = dialog.asked(verb);
        let modal = Modal::new(Id::unique("path")).show(ui.ctx(), |ui| {
            ui.set_width(460.0);
            ui.label(strong_text(ui, title));
            ui.label(inked(ui, hint, Ink::Weak));
            if let Some(export) = &mut dialog.export {
                export.ui(ui, &dialog.path.text);
            }
            answer = dialog.path.ui(ui, &asked);
        });
        if modal.should_close() && answer == Answer::None {
            answer = Answer::Cancelled;
        }
        match answer {
            Answer::None => self.path = Some(dialog),
            Answer::Given if dialog.is_held(ctx.playground) => self.path = Some(dialog),
            Answer::Given => finish_path(ctx, ui, &dialog),
            // Whatever was to follow the save is off too.
            Answer::Cancelled => self.after_save = None,
        }
    }

    fn pair_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let Some(mut dialog) = self.pair.take() else { return };
        let mut is_open = true;
        let modal = Modal::new(Id::unique("pair")).show(ui.ctx(), |ui| {
            ui.set_width(420.0);
            ui.label(strong_text(ui, "New pair"));
            ui.label(inked(ui, "The anchor pulls its positive and pushes its negative.", Ink::Weak));
            ui.add_space(4.0);
            let PairDialog { anchor, positive, negative } = &mut dialog;
            phrase_choice_ui(ctx, ui, "Anchor", anchor, &[*positive, *negative], Ink::Text);
            phrase_choice_ui(ctx, ui, "Positive", positive, &[*anchor, *negative], Ink::Pull);
            phrase_choice_ui(ctx, ui, "Negative", negative, &[*anchor, *positive], Ink::PushWords);
            ui.add_space(8.0);
            let pair = pair_of(&dialog);
            ui.horizontal(|ui| {
                let add = ui.add_enabled(pair.is_ok(), egui::Button::new("Add pair"));
                let why_not = pair.err().unwrap_or_default();
                if add.why_not(why_not).clicked() {
                    pair.into_iter().for_each(|pair| ctx.send(Edit::AddPair(pair)));
                    is_open = false;
                }
                is_open &= !ui.button("Cancel").clicked();
            });
        });
        if is_open && !modal.should_close() {
            self.pair = Some(dialog);
        }
    }

    /// Once a save that was asked for in between has ended, goes on with what was wanted.
    pub(in crate::ui) fn close_when_saved(&mut self, playground: &Playground, ctx: &egui::Context) {
        if self.after_save.is_some() && !playground.is_unsaved() {
            self.allowed = self.after_save.take();
            ctx.request_repaint();
        } else if self.path.is_none() && !playground.is_saving() {
            // The save failed: a later one must not close the window all of a sudden.
            self.after_save = None;
        }
        if self.may_close() {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    /// Asks the system's dialog whether somebody has chosen; it wakes the window when so.
    pub(in crate::ui) fn hear_picker(&mut self, ctx: &egui::Context) {
        self.export.hear_picker(ctx);
        self.model.hear(ctx);
        if let Some(dialog) = &mut self.path {
            dialog.path.hear(ctx);
        }
    }
}

fn finish_path(ctx: &mut Ctx<'_>, ui: &Ui, dialog: &PathDialog) {
    let path = dialog.meant_path();
    match dialog.purpose {
        Purpose::Open => ctx.send(Act::Open(path)),
        Purpose::Save => ctx.send(Act::SaveAs(path)),
        Purpose::Export => {
            if let Some(act) = dialog.export.as_ref().and_then(|export| export.act(path, theme::theme(ui))) {
                ctx.send(act);
            }
        }
        Purpose::Lesson => ctx.send(Act::Draft(DraftCommand::Save(path))),
        Purpose::Model => ctx.send(Act::SaveModel(path)),
        Purpose::Run(id) => ctx.send(Act::SaveKept(id, path)),
        Purpose::Documents => ctx.send(SearchCommand::SearchIn(Documents::File(path))),
    }
}

fn pair_of(dialog: &PairDialog) -> Result<Pair, &'static str> {
    let anchor = dialog.anchor.ok_or("Choose an anchor first.")?;
    let positive = dialog.positive.ok_or("Choose a positive first: the phrase that belongs to the anchor.")?;
    let pair = Pair { anchor, positive, negative: dialog.negative, score: None };
    let are_different = anchor != positive && pair.negative != Some(anchor) && pair.negative != Some(positive);
    if are_different { Ok(pair) } else { Err("The phrases of a pair are different ones.") }
}

/// Phrases that the list of a choice shows at most; the rest is sought.
const MOST_LISTED: usize = 100;

/// The choice of a phrase for `role`, without those that `others` are; what is typed narrows the list.
fn phrase_choice_ui(
    ctx: &Ctx<'_>,
    ui: &mut Ui,
    role: &str,
    chosen: &mut Option<PhraseId>,
    others: &[Option<PhraseId>],
    ink: Ink,
) {
    let document = ctx.playground.document();
    ui.horizontal(|ui| {
        ui.add_sized([64.0, 24.0], egui::Label::new(inked(ui, role, ink).font(theme::strong(13.0))));
        let none = if role == "Negative" { "none given" } else { "choose…" };
        let text = chosen.map_or_else(|| none.to_owned(), |id| excerpt(document.text(id), 44));
        let combo = egui::ComboBox::from_id_salt(role).selected_text(text).width(320.0);
        let combo = combo.close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show_ui(ui, |ui| {
            let (sought, is_entered) = sought_ui(ui, role);
            if role == "Negative" && sought.is_empty() && ui.selectable_label(chosen.is_none(), none).clicked() {
                *chosen = None;
                ui.close();
            }
            let fits = |phrase: &&Phrase| {
                !others.contains(&Some(phrase.id)) && (sought.is_empty() || phrase.text.to_lowercase().contains(&sought))
            };
            // Enter takes the first that has what was typed.
            if let Some(first) = document.phrases.iter().find(fits).filter(|_| is_entered && !sought.is_empty()) {
                *chosen = Some(first.id);
                ui.close();
            }
            let mut found = document.phrases.iter().filter(fits);
            for phrase in found.by_ref().take(MOST_LISTED) {
                if ui.selectable_label(*chosen == Some(phrase.id), excerpt(&phrase.text, 60)).clicked() {
                    *chosen = Some(phrase.id);
                    ui.close();
                }
            }
            let n_more = found.count();
            if n_more > 0 {
                ui.label(inked(ui, format!("{n_more} more: type some of the phrase above."), Ink::Weak));
            }
        });
        combo.response.accessible_name(role);
    });
}

/// The field above the phrases, which has the keyboard as soon as the list opens; what is in it, in small letters, and whether
/// Enter was pressed there.
fn sought_ui(ui: &mut Ui, role: &str) -> (String, bool) {
    let id = ui.scope_id().with(("sought", role));
    let (mut sought, was_seen) = ui.data(|data| data.get_temp::<(String, u64)>(id)).unwrap_or_default();
    let now = ui.ctx().cumulative_pass_nr();
    let is_new = now > was_seen + 1;
    if is_new {
        sought.clear();
    }
    let field = egui::TextEdit::singleline(&mut sought).hint_text("Find a phrase").desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name(format!("Find a phrase for {role}"));
    if is_new {
        response.request_focus();
    }
    ui.data_mut(|data| data.insert_temp(id, (sought.clone(), now)));
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    (sought.trim().to_lowercase(), is_entered)
}
