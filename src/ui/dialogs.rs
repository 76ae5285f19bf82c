//! Dialogs: a path (typed, or chosen in the system's own dialog), unsaved changes, a new pair.

use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Wake, Waker};

use eframe::egui::{self, Id, Modal, TextEdit, Ui};

use super::app::PickedPath;
use super::widgets::{heading, inked, strong_text};
use super::{Ctx, theme};
use crate::data::excerpt;
use crate::playground::{Command, Pair, PhraseId, Playground, file::ENDING};
use crate::scene::{Ink, Palette, Poster, Scene, Theme, png_bytes, poster, svg_text};
use crate::train::curves_csv;

/// Size of an exported picture, in points; PNG has two pixels for each.
const EXPORT_SIZE: [f32; 2] = [1280.0, 800.0];

/// What waits for an answer about unsaved changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pending {
    New,
    Open,
    Lesson(&'static str),
    Close,
}

/// What a path is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Open,
    Save,
    Export,
    Curves,
    Model,
}

#[derive(Debug)]
struct PathDialog {
    purpose: Purpose,
    path: String,
    /// Whether the system's dialog was closed, or is missing.
    nothing_chosen: bool,
    /// The file there is already, once the user was asked whether to replace it.
    replaces: Option<PathBuf>,
}

impl PathDialog {
    fn new(purpose: Purpose, path: impl Into<String>) -> Self {
        Self { purpose, path: path.into(), nothing_chosen: false, replaces: None }
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
pub(super) struct Dialogs {
    /// Unsaved changes stand in the way of this.
    guarded: Option<Pending>,
    /// Allowed; to be carried out in this frame.
    allowed: Option<Pending>,
    /// After a save, go on with this.
    after_save: Option<Pending>,
    path: Option<PathDialog>,
    pair: Option<PairDialog>,
    /// The system's dialog, while it is open.
    picker: Option<PickedPath>,
}

impl Dialogs {
    pub(super) fn is_open(&self) -> bool {
        self.guarded.is_some() || self.path.is_some() || self.pair.is_some()
    }

    /// Starts something that would lose unsaved changes: asks first if there are any.
    pub(super) fn start(&mut self, playground: &Playground, what: Pending) {
        if playground.is_unsaved() { self.guarded = Some(what) } else { self.allowed = Some(what) }
    }

    pub(super) fn ask_before_closing(&mut self) {
        self.guarded = Some(Pending::Close);
    }

    /// Closing loses nothing that anybody wants.
    pub(super) fn allow_closing(&mut self) {
        self.allowed = Some(Pending::Close);
    }

    pub(super) fn may_close(&self) -> bool {
        self.allowed == Some(Pending::Close)
    }

    pub(super) fn ask_save_path(&mut self, playground: &Playground) {
        let path = playground.path().map_or("playground.json".into(), |path| path.to_string_lossy().into_owned());
        self.path = Some(PathDialog::new(Purpose::Save, path));
    }

    pub(super) fn ask_export_path(&mut self) {
        self.path = Some(PathDialog::new(Purpose::Export, "map.png"));
    }

    pub(super) fn ask_curves_path(&mut self) {
        self.path = Some(PathDialog::new(Purpose::Curves, "curves.csv"));
    }

    pub(super) fn ask_model_path(&mut self) {
        self.path = Some(PathDialog::new(Purpose::Model, "my-model"));
    }

    pub(super) fn ask_pair(&mut self, playground: &Playground) {
        self.pair = Some(PairDialog { anchor: playground.selected(), ..Default::default() });
    }

    /// Once a save that was asked for in between has ended, goes on with what was wanted.
    pub(super) fn close_when_saved(&mut self, playground: &Playground, ctx: &egui::Context) {
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
    pub(super) fn hear_picker(&mut self, ctx: &egui::Context) {
        let Some(picker) = &mut self.picker else { return };
        let waker = Waker::from(Arc::new(Repaint(ctx.clone())));
        if let Poll::Ready(answer) = picker.as_mut().poll(&mut TaskContext::from_waker(&waker)) {
            self.picker = None;
            if let Some(dialog) = &mut self.path {
                dialog.nothing_chosen = answer.is_none();
                if let Some(path) = answer {
                    dialog.path = path.to_string_lossy().into_owned();
                }
            }
        }
    }
}

/// Wakes the window when the system's dialog has an answer.
struct Repaint(egui::Context);

impl Wake for Repaint {
    fn wake(self: Arc<Self>) {
        self.0.request_repaint();
    }
}

impl Ctx<'_> {
    /// Carries out what unsaved changes no longer stand in the way of.
    pub(super) fn send_pending_if_allowed(&mut self) {
        match self.dialogs.allowed {
            Some(Pending::New) => self.send(Command::New),
            Some(Pending::Lesson(name)) => self.send(Command::OpenLesson(name)),
            Some(Pending::Open) => self.dialogs.path = Some(PathDialog::new(Purpose::Open, "")),
            // Closing is the window's; see `close_when_saved`.
            Some(Pending::Close) | None => return,
        }
        self.dialogs.allowed = None;
    }
}

pub(super) fn dialogs_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    guard_ui(ctx, ui);
    path_ui(ctx, ui);
    pair_ui(ctx, ui);
    ctx.send_pending_if_allowed();
}

fn guard_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let Some(pending) = ctx.dialogs.guarded else { return };
    let modal = Modal::new(Id::unique("unsaved")).show(ui.ctx(), |ui| {
        ui.set_width(360.0);
        ui.label(strong_text(ui, "Save your changes first?"));
        ui.label(inked(ui, "What you made since the last save would be lost.", Ink::Weak));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if ui.button("Save").clicked() {
                ctx.dialogs.guarded = None;
                ctx.dialogs.after_save = Some(pending);
                match ctx.playground.path() {
                    Some(_) => ctx.send(Command::Save),
                    None => ctx.dialogs.ask_save_path(ctx.playground),
                }
            }
            if ui.button("Don't save").clicked() {
                (ctx.dialogs.guarded, ctx.dialogs.allowed) = (None, Some(pending));
            }
            if ui.button("Cancel").clicked() {
                ctx.dialogs.guarded = None;
            }
        });
    });
    if modal.should_close() {
        ctx.dialogs.guarded = None;
    }
}

fn path_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let Some(mut dialog) = ctx.dialogs.path.take() else { return };
    let (title, verb, hint) = match dialog.purpose {
        Purpose::Open => ("Open", "Open", "A project (.json), pairs (.csv, .tsv, .jsonl) or phrases (a line each)."),
        Purpose::Save => ("Save as", "Save", "A project file ends in .json."),
        Purpose::Export => ("Export picture", "Export", "The map as it is now: .png or .svg."),
        Purpose::Curves => ("Export curves", "Export", "Loss and measures of every step: .csv."),
        Purpose::Model => ("Save trained model", "Save", "A folder that sentence-transformers loads."),
    };
    let mut answer = PathAnswer::None;
    let modal = Modal::new(Id::unique("path")).show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        ui.label(strong_text(ui, title));
        ui.label(inked(ui, hint, Ink::Weak));
        answer = path_form_ui(ctx, ui, &mut dialog, verb);
    });
    if modal.should_close() && answer == PathAnswer::None {
        answer = PathAnswer::Cancelled;
    }
    match answer {
        PathAnswer::None => ctx.dialogs.path = Some(dialog),
        PathAnswer::Given if needs_asking(ctx.playground, &mut dialog) => ctx.dialogs.path = Some(dialog),
        PathAnswer::Given => {
            ctx.dialogs.picker = None;
            finish_path(ctx, ui, &dialog);
        }
        // Whatever was to follow the save is off too.
        PathAnswer::Cancelled => (ctx.dialogs.picker, ctx.dialogs.after_save) = (None, None),
    }
}

/// What became of a dialog for a path in this frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PathAnswer {
    None,
    Given,
    Cancelled,
}

fn path_form_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, dialog: &mut PathDialog, verb: &str) -> PathAnswer {
    let field = TextEdit::singleline(&mut dialog.path).hint_text("Path of the file").desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name("Path of the file");
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if !entered && ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
    if dialog.nothing_chosen {
        ui.label(inked(ui, "The system's dialog gave no file; a path can be typed here.", Ink::Weak));
    }
    let is_replacing = dialog.replaces.as_ref() == Some(&meant_path(dialog));
    if is_replacing {
        ui.label(inked(ui, "There is a file of this name already. Replace it?", Ink::PushWords));
    }
    let verb = if is_replacing { "Replace" } else { verb };
    ui.add_space(8.0);
    let can_go = !dialog.path.trim().is_empty();
    let mut answer = if entered && can_go { PathAnswer::Given } else { PathAnswer::None };
    ui.horizontal(|ui| {
        if ui.add_enabled(can_go, egui::Button::new(verb)).clicked() {
            answer = PathAnswer::Given;
        }
        let browse = ui.add_enabled(ctx.dialogs.picker.is_none(), egui::Button::new("Browse…"));
        if browse.on_hover_text("The system's own dialog, where there is one.").clicked() {
            ctx.dialogs.picker = Some(system_dialog(dialog.purpose));
            ui.ctx().request_repaint();
        }
        if ui.button("Cancel").clicked() {
            answer = PathAnswer::Cancelled;
        }
    });
    answer
}

/// The path that is meant: a project's name always ends in .json, or it could not be opened again.
fn meant_path(dialog: &PathDialog) -> PathBuf {
    let path = PathBuf::from(dialog.path.trim());
    let is_project = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING));
    if dialog.purpose == Purpose::Save && !is_project { PathBuf::from(format!("{}.{ENDING}", dialog.path.trim())) } else { path }
}

/// Another file of this name is not replaced before the user has said so.
fn needs_asking(playground: &Playground, dialog: &mut PathDialog) -> bool {
    let path = meant_path(dialog);
    let is_own = dialog.purpose == Purpose::Open || playground.path() == Some(path.as_path());
    if is_own || dialog.replaces.as_ref() == Some(&path) || !path.exists() {
        return false;
    }
    dialog.replaces = Some(path);
    true
}

fn finish_path(ctx: &mut Ctx<'_>, ui: &Ui, dialog: &PathDialog) {
    let path = meant_path(dialog);
    match dialog.purpose {
        Purpose::Open => ctx.send(Command::Open(path)),
        Purpose::Save => ctx.send(Command::SaveAs(path)),
        Purpose::Export => export(ctx, ui, path),
        Purpose::Curves => {
            if let Some(run) = ctx.playground.run() {
                let csv = curves_csv(run).into_bytes();
                ctx.send(Command::Export(path, csv.into()));
            }
        }
        Purpose::Model => ctx.send(Command::SaveModel(path)),
    }
}

/// The picture is drawn here and written by the worker.
fn export(ctx: &mut Ctx<'_>, ui: &Ui, path: PathBuf) {
    let Some(scene) = scene_to_export(ctx.playground) else { return };
    let palette = Palette::of(if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light });
    let is_svg = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
    let bytes = if is_svg { Ok(svg_text(&scene, palette).into_bytes()) } else { png_bytes(&scene, palette, 2.0) };
    match bytes {
        Ok(bytes) => ctx.send(Command::Export(path, bytes.into())),
        Err(error) => ctx.send(Command::Report(error.to_string())),
    }
}

fn scene_to_export(playground: &Playground) -> Option<Scene> {
    const MAX_FORCES: usize = 40;
    let picture = playground.picture()?;
    let forces = playground.forces();
    let title = picture.step.map_or_else(
        || picture.space.model.clone(),
        |step| format!("Step {step} of {} · seed {}", playground.last_step(), playground.document().recipe.seed),
    );
    let shown = &forces[..forces.len().min(MAX_FORCES)];
    let n_more_forces = forces.len() - shown.len();
    Some(poster(&Poster {
        picture: &picture,
        forces: shown,
        n_more_forces,
        selected: playground.selected(),
        title,
        size: EXPORT_SIZE,
    }))
}

fn system_dialog(purpose: Purpose) -> PickedPath {
    let dialog = rfd::AsyncFileDialog::new().set_title("Embedding Playground");
    let path_of = |handle: Option<rfd::FileHandle>| handle.map(|handle| handle.path().to_owned());
    match purpose {
        Purpose::Open => Box::pin(async move { path_of(dialog.pick_file().await) }),
        Purpose::Save => Box::pin(async move { path_of(dialog.set_file_name("playground.json").save_file().await) }),
        Purpose::Export => Box::pin(async move { path_of(dialog.set_file_name("map.png").save_file().await) }),
        Purpose::Curves => Box::pin(async move { path_of(dialog.set_file_name("curves.csv").save_file().await) }),
        Purpose::Model => Box::pin(async move { path_of(dialog.pick_folder().await) }),
    }
}

fn pair_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let Some(mut dialog) = ctx.dialogs.pair.take() else { return };
    let mut is_open = true;
    let modal = Modal::new(Id::unique("pair")).show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        ui.label(strong_text(ui, "New pair"));
        ui.label(inked(ui, "The anchor pulls its positive and pushes its negative.", Ink::Weak));
        ui.add_space(4.0);
        phrase_choice_ui(ctx, ui, "Anchor", &mut dialog.anchor, Ink::Text);
        phrase_choice_ui(ctx, ui, "Positive", &mut dialog.positive, Ink::Pull);
        phrase_choice_ui(ctx, ui, "Negative", &mut dialog.negative, Ink::PushWords);
        ui.add_space(8.0);
        let pair = pair_of(&dialog);
        ui.horizontal(|ui| {
            if ui.add_enabled(pair.is_some(), egui::Button::new("Add pair")).clicked() {
                if let Some(pair) = pair {
                    ctx.send(Command::AddPair(pair));
                }
                is_open = false;
            }
            is_open &= !ui.button("Cancel").clicked();
        });
        if dialog.anchor.is_some() && dialog.anchor == dialog.positive {
            heading(ui, "A phrase can't be its own positive.");
        }
    });
    if is_open && !modal.should_close() {
        ctx.dialogs.pair = Some(dialog);
    }
}

fn pair_of(dialog: &PairDialog) -> Option<Pair> {
    let pair = Pair { anchor: dialog.anchor?, positive: dialog.positive?, negative: dialog.negative, score: None };
    (pair.anchor != pair.positive && pair.negative != Some(pair.anchor) && pair.negative != Some(pair.positive)).then_some(pair)
}

fn phrase_choice_ui(ctx: &Ctx<'_>, ui: &mut Ui, role: &str, chosen: &mut Option<PhraseId>, ink: Ink) {
    let document = ctx.playground.document();
    ui.horizontal(|ui| {
        ui.add_sized([64.0, 24.0], egui::Label::new(inked(ui, role, ink).font(theme::strong(13.0))));
        let text = chosen.map_or_else(
            || if role == "Negative" { "none given" } else { "choose…" }.to_owned(),
            |id| excerpt(document.text(id), 44),
        );
        let combo = egui::ComboBox::from_id_salt(role).selected_text(text).width(320.0).show_ui(ui, |ui| {
            if role == "Negative" && ui.selectable_label(chosen.is_none(), "none given").clicked() {
                *chosen = None;
            }
            for phrase in document.phrases.iter() {
                if ui.selectable_label(*chosen == Some(phrase.id), excerpt(&phrase.text, 60)).clicked() {
                    *chosen = Some(phrase.id);
                }
            }
        });
        combo.response.accessible_name(role);
    });
}
