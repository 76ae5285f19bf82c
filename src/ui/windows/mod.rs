//! Windows over the rest: dialogs, the export of numbers, the batch under the magnifying glass, the pair graph, help.

mod batch;
mod dialogs;
mod export;
mod help;
mod import;
mod model_picker;
mod pair_graph;
mod path_field;
mod picker;
mod picture_export;

pub(super) use batch::batch_window_ui;
pub(super) use dialogs::Dialogs;
pub(super) use help::HelpWindow;
pub(super) use import::{drop_ui, import_ui};
pub(super) use pair_graph::PairGraph;
