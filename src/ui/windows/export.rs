//! The dialog that exports numbers: what, in which format, where to, and what will be written.

use std::path::{Path, PathBuf};

use eframe::egui::{self, Id, Modal, TextEdit, Ui};

use super::picker::{PickedPath, hear, save_dialog};
use crate::choice::Choice;
use crate::data::{TableFormat, Writing};
use crate::drawing::Ink;
use crate::playground::{Act, Export, Exported};
use crate::ui::context::Ctx;
use crate::ui::pieces::widgets::{heading, inked, strong_text};

const GUARD: &str = "Texts that begin with =, +, -, @, a tab or a carriage return are run by spreadsheets as formulas: they get a leading \
     apostrophe. Without it they are kept to the letter, and counted. Numbers stay as they are.";

/// The dialog, which keeps what was chosen last.
#[derive(Default)]
pub(super) struct ExportDialog {
    is_open: bool,
    form: Form,
    /// The system's dialog, while it is open.
    picker: Option<PickedPath>,
}

/// What is chosen in it.
struct Form {
    what: Exported,
    n_neighbours: usize,
    format: TableFormat,
    guards_cells: bool,
    path: String,
    /// Whether the system's dialog was closed, or is missing.
    nothing_chosen: bool,
    /// What is there already, once the user was asked whether to replace it.
    replaces: Option<PathBuf>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            what: Exported::Vectors,
            n_neighbours: 10,
            format: TableFormat::Csv,
            guards_cells: true,
            path: format!("{}.csv", Exported::Vectors.name()),
            nothing_chosen: false,
            replaces: None,
        }
    }
}

/// What became of the dialog in this frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    None,
    Given,
    Cancelled,
}

impl ExportDialog {
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Opens with what was chosen last, or what there is instead.
    pub(super) fn open(&mut self, ctx: &mut Ctx<'_>) {
        self.is_open = true;
        (self.form.nothing_chosen, self.form.replaces) = (false, None);
        let can = |ctx: &mut Ctx<'_>, what: Exported| exportable(ctx, what, 1).is_ok();
        if !can(ctx, self.form.what)
            && let Some(what) = Exported::ALL.iter().copied().find(|what| can(ctx, *what))
        {
            self.form.choose(what);
        }
    }

    /// Takes the answer of the system's dialog, if it has one.
    pub(super) fn hear_picker(&mut self, ctx: &egui::Context) {
        let Some(answer) = hear(&mut self.picker, ctx) else { return };
        self.form.nothing_chosen = answer.is_none();
        if let Some(path) = answer {
            self.form.path = path.to_string_lossy().into_owned();
            // The system's dialog asks itself before it gives a file that is there.
            self.form.replaces = Some(self.form.meant_path());
        }
    }

    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        if !self.is_open {
            return;
        }
        let mut answer = Answer::None;
        let modal = Modal::new(Id::unique("export")).show(ui.ctx(), |ui| {
            ui.set_width(520.0);
            ui.label(strong_text(ui, "Export"));
            what_ui(ctx, ui, &mut self.form);
            format_ui(ui, &mut self.form);
            answer = path_ui(ctx, ui, &mut self.form, &mut self.picker);
        });
        if modal.should_close() && answer == Answer::None {
            answer = Answer::Cancelled;
        }
        match answer {
            Answer::None => {}
            Answer::Given if self.form.needs_asking() => {}
            Answer::Given => {
                ctx.send(Act::ExportTable(self.form.export()));
                (self.is_open, self.picker) = (false, None);
            }
            Answer::Cancelled => (self.is_open, self.picker) = (false, None),
        }
    }
}

impl Form {
    /// Takes another kind of table; format and path follow.
    fn choose(&mut self, what: Exported) {
        let path = Path::new(self.path.trim_end_matches('/'));
        if path.file_stem().is_some_and(|stem| stem == self.what.name()) {
            self.path =
                path.with_file_name(what.name()).with_extension(path.extension().unwrap_or_default()).to_string_lossy().into();
        }
        self.what = what;
        if !self.format.holds(what.shape()) {
            self.format = TableFormat::Csv;
        }
        self.follow_format();
    }

    /// Gives the path the end that the format asks for.
    fn follow_format(&mut self) {
        let path = self.path.trim().trim_end_matches('/');
        let stem = if TableFormat::of_path(Path::new(path)).is_some() {
            path.rsplit_once('.').map_or(path, |(stem, _)| stem)
        } else {
            path
        };
        self.path = self.format.ending().map_or_else(|| format!("{stem}/"), |ending| format!("{stem}.{ending}"));
    }

    /// The path that is meant: a name without an ending gets one.
    fn meant_path(&self) -> PathBuf {
        let path = self.path.trim();
        match self.format.ending() {
            Some(ending) if TableFormat::of_path(Path::new(path)).is_none() => PathBuf::from(format!("{path}.{ending}")),
            Some(_) | None => PathBuf::from(path),
        }
    }

    /// Why the path can't be taken.
    fn problem(&self) -> Option<String> {
        TableFormat::choose(&self.meant_path(), Some(self.format), self.what.shape()).err()
    }

    /// What is there already is not replaced before the user has said so.
    fn needs_asking(&mut self) -> bool {
        let path = self.meant_path();
        let needs_asking = path.exists() && self.replaces.as_ref() != Some(&path);
        self.replaces = Some(path);
        needs_asking
    }

    fn is_replacing(&self) -> bool {
        self.replaces.as_ref().is_some_and(|path| *path == self.meant_path() && path.exists())
    }

    fn export(&self) -> Export {
        let writing = Writing { format: self.format, guards_cells: self.guards_cells };
        Export { what: self.what, n_neighbours: self.n_neighbours, path: self.meant_path(), writing }
    }
}

/// What would be written, or why it can't be.
fn exportable(ctx: &mut Ctx<'_>, what: Exported, n_neighbours: usize) -> Result<String, String> {
    let picture = ctx.picture();
    ctx.playground.exportable(what, n_neighbours, picture.as_deref())
}

/// The kinds of tables; those that are not there yet say why.
fn what_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, form: &mut Form) {
    heading(ui, "What");
    for what in Exported::ALL {
        let why_not = exportable(ctx, *what, form.n_neighbours).err();
        ui.horizontal(|ui| {
            let radio = ui.add_enabled(why_not.is_none(), egui::RadioButton::new(form.what == *what, what.label()));
            if radio.on_hover_text(what.sentence()).clicked() {
                form.choose(*what);
            }
            if let Some(why_not) = &why_not {
                ui.label(inked(ui, format!("– {why_not}"), Ink::Weak));
            }
            if *what == Exported::Neighbours && form.what == *what {
                let number = egui::DragValue::new(&mut form.n_neighbours).range(1..=1000);
                ui.add(number).accessible_name("Neighbours of each phrase").on_hover_text("How many neighbours of each phrase.");
                ui.label("of each phrase");
            }
        });
    }
    ui.add_space(4.0);
}

/// The formats that can hold it, and what the chosen one can't.
fn format_ui(ui: &mut Ui, form: &mut Form) {
    heading(ui, "Format");
    ui.horizontal_wrapped(|ui| {
        let shape = form.what.shape();
        for format in TableFormat::ALL.iter().filter(|format| format.holds(shape)) {
            let button = ui.selectable_label(form.format == *format, format.label());
            if button.on_hover_text(format.sentence()).clicked() {
                form.format = *format;
                form.follow_format();
            }
        }
    });
    ui.label(inked(ui, form.format.sentence(), Ink::Weak));
    if form.format.is_of_spreadsheets() {
        ui.checkbox(&mut form.guards_cells, "Guard cells that a spreadsheet would run").on_hover_text(GUARD);
        ui.label(inked(ui, GUARD, Ink::Weak));
    }
    ui.add_space(4.0);
}

/// Where to, what will be written, and the buttons.
fn path_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, form: &mut Form, picker: &mut Option<PickedPath>) -> Answer {
    let what = exportable(ctx, form.what, form.n_neighbours);
    heading(ui, "Will be written");
    match &what {
        Ok(sentence) => ui.label(sentence),
        Err(why_not) => ui.label(inked(ui, format!("Nothing: {why_not}."), Ink::PushWords)),
    };
    ui.add_space(4.0);
    let field = TextEdit::singleline(&mut form.path).hint_text("Path of the file").desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name("Path of the export");
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if form.nothing_chosen {
        ui.label(inked(ui, "The system's dialog gave no file; a path can be typed here.", Ink::Weak));
    }
    let problem = form.problem().filter(|_| !form.path.trim().is_empty());
    if let Some(problem) = &problem {
        ui.label(inked(ui, problem, Ink::PushWords));
    }
    if form.is_replacing() {
        let kind = if form.format.ending().is_some() { "file" } else { "folder" };
        ui.label(inked(ui, format!("There is a {kind} of this name already. Replace it?"), Ink::PushWords));
    }
    let can_go = what.is_ok() && problem.is_none() && !form.path.trim().is_empty();
    buttons_ui(ui, form, picker, can_go, entered)
}

fn buttons_ui(ui: &mut Ui, form: &Form, picker: &mut Option<PickedPath>, can_go: bool, entered: bool) -> Answer {
    ui.add_space(8.0);
    let mut answer = if entered && can_go { Answer::Given } else { Answer::None };
    ui.horizontal(|ui| {
        let verb = if form.is_replacing() { "Replace" } else { "Export" };
        if ui.add_enabled(can_go, egui::Button::new(verb)).clicked() {
            answer = Answer::Given;
        }
        let browse = ui.add_enabled(picker.is_none(), egui::Button::new("Browse…"));
        if browse.on_hover_text("The system's own dialog, where there is one.").clicked() {
            let name = form.meant_path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            *picker = Some(save_dialog(&name));
            ui.ctx().request_repaint();
        }
        if ui.button("Cancel").clicked() {
            answer = Answer::Cancelled;
        }
    });
    answer
}
