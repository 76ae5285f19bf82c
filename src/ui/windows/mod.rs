//! Windows over the rest: dialogs, the export of numbers, the pairs per phrase, a lesson that is being made, help, what was left
//! unsaved.

mod changed;
mod dialogs;
mod draft;
mod export;
mod help;
mod import;
mod model_picker;
mod pair_graph;
mod path_field;
mod picker;
mod picture_export;
mod recovery;
mod run_sheet;

pub(super) use changed::changed_ui;
pub(super) use dialogs::Dialogs;
pub(super) use draft::DraftWindow;
pub(super) use help::HelpWindow;
pub(super) use import::{drop_ui, import_ui};
pub(super) use pair_graph::PairGraph;
pub(super) use recovery::Recovery;
pub(super) use run_sheet::run_sheet_ui;
