//! The dialog that exports numbers: what, in which format, where to, and what will be written.

use std::path::{Path, PathBuf};

use eframe::egui::{self, Id, Modal, Ui};

use super::path_field::{Answer, Asked, PathField};
use super::picker::save_dialog;
use crate::choice::Choice;
use crate::data::{TableFormat, Writing};
use crate::drawing::Ink;
use crate::playground::{Act, Export, Exported};
use crate::ui::context::Ctx;
use crate::ui::pieces::widgets::{WhyNot, heading, inked, strong_text};

const GUARD: &str = "Texts that begin with =, +, -, @, a tab or a carriage return are run by spreadsheets as formulas: they get a leading \
     apostrophe. Without it they are kept to the letter, and counted. Numbers stay as they are.";

/// The dialog, which keeps what was chosen last.
#[derive(Default)]
pub(super) struct ExportDialog {
    is_open: bool,
    form: Form,
}

/// What is chosen in it.
struct Form {
    what: Exported,
    n_neighbours: usize,
    format: TableFormat,
    guards_cells: bool,
    path: PathField,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            what: Exported::Vectors,
            n_neighbours: 10,
            format: TableFormat::Csv,
            guards_cells: true,
            path: PathField::new(format!("{}.csv", Exported::Vectors.name())),
        }
    }
}

impl ExportDialog {
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Opens with `what`, or what was chosen last, or what there is instead.
    pub(super) fn open(&mut self, ctx: &mut Ctx<'_>, what: Option<Exported>) {
        self.is_open = true;
        if let Some(what) = what {
            self.form.choose(what);
        }
        self.form.path.begin_anew();
        let can = |ctx: &mut Ctx<'_>, what: Exported| exportable(ctx, what, 1).is_ok();
        if !can(ctx, self.form.what)
            && let Some(what) = Exported::ALL.iter().copied().find(|what| can(ctx, *what))
        {
            self.form.choose(what);
        }
    }

    /// Takes the answer of the system's dialog, if it has one.
    pub(super) fn hear_picker(&mut self, ctx: &egui::Context) {
        self.form.path.hear(ctx);
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
            answer = path_ui(ctx, ui, &mut self.form);
        });
        if modal.should_close() && answer == Answer::None {
            answer = Answer::Cancelled;
        }
        match answer {
            Answer::None => {}
            Answer::Given if self.form.path.needs_asking(&self.form.meant_path()) => {}
            Answer::Given => {
                ctx.send(Act::ExportTable(self.form.export()));
                self.is_open = false;
            }
            Answer::Cancelled => self.is_open = false,
        }
    }
}

impl Form {
    /// Takes another kind of table; format and path follow.
    fn choose(&mut self, what: Exported) {
        let path = Path::new(self.path.text.trim_end_matches('/'));
        if path.file_stem().is_some_and(|stem| stem == self.what.name()) {
            let path = path.with_file_name(what.name()).with_extension(path.extension().unwrap_or_default());
            self.path = PathField::new(path.to_string_lossy());
        }
        self.what = what;
        if !self.format.holds(what.shape()) {
            self.format = TableFormat::Csv;
        }
        self.follow_format();
    }

    /// Gives the path the end that the format asks for.
    fn follow_format(&mut self) {
        let path = self.path.text.trim().trim_end_matches('/');
        let stem = if TableFormat::of_path(Path::new(path)).is_some() {
            path.rsplit_once('.').map_or(path, |(stem, _)| stem)
        } else {
            path
        };
        let path = self.format.ending().map_or_else(|| format!("{stem}/"), |ending| format!("{stem}.{ending}"));
        if path != self.path.text {
            self.path = PathField::new(path);
        }
    }

    /// The path that is meant: a name without an ending gets one.
    fn meant_path(&self) -> PathBuf {
        let path = self.path.path();
        match self.format.ending() {
            Some(ending) if TableFormat::of_path(&path).is_none() => path.with_added_extension(ending),
            Some(_) | None => path,
        }
    }

    /// Why the path can't be taken.
    fn problem(&self) -> Option<String> {
        TableFormat::choose(&self.meant_path(), Some(self.format), self.what.shape()).err()
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
            let radio = radio.why_not(why_not.as_deref().unwrap_or_default());
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
fn path_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, form: &mut Form) -> Answer {
    let what = exportable(ctx, form.what, form.n_neighbours);
    heading(ui, "Will be written");
    match &what {
        Ok(sentence) => ui.label(sentence),
        Err(why_not) => ui.label(inked(ui, format!("Nothing: {why_not}."), Ink::PushWords)),
    };
    ui.add_space(4.0);
    let asked = Asked {
        name: "Path of the export",
        verb: "Export",
        meant: form.meant_path(),
        problem: form.problem(),
        is_possible: what.is_ok(),
        browse: save_dialog,
    };
    form.path.ui(ui, &asked)
}
