//! Tables that the worker writes: those at hand, and those whose numbers it has to find first.

use std::path::Path;
use std::sync::Arc;

use super::work::{Outcome, TableSource};
use crate::data::{Contents, PROJECTOR_FOLDER, Table, TableFormat, WriteError, Writing, write_table};
use crate::files;
use crate::progress::OnProgress;
use crate::space::{neighbours_table, similarity_table};

/// What changes that cells a spreadsheet would run are written to the letter.
const HOW: &str = "with the tick box of the dialog they get a leading apostrophe";

/// Writes what `source` gives to `path`, and says what the format can't hold.
pub(super) fn export(
    path: &Path,
    source: &TableSource,
    writing: Writing,
    progress: &mut OnProgress<'_>,
) -> anyhow::Result<Outcome> {
    match writing.format {
        TableFormat::Projector => files::check_folder(path, PROJECTOR_FOLDER)?,
        TableFormat::Csv
        | TableFormat::Tsv
        | TableFormat::Jsonl
        | TableFormat::Parquet
        | TableFormat::Npy
        | TableFormat::Safetensors => files::check_target(path)?,
    }
    let Some(table) = table_of(source, progress) else { return Ok(Outcome::Cancelled) };
    let written = match write_table(&table, writing, progress) {
        Err(WriteError::Cancelled) => return Ok(Outcome::Cancelled),
        written => written?,
    };
    match &written.contents {
        Contents::File(bytes) => files::write_atomically(path, bytes)?,
        Contents::Folder(parts) => {
            let parts: Vec<files::Part<'_>> = parts.iter().map(|(name, bytes)| (*name, bytes.as_deref())).collect();
            files::write_folder(path, &parts, PROJECTOR_FOLDER)?;
        }
    }
    let formulas = written.formulas_sentence(writing, HOW);
    Ok(Outcome::TableWritten(path.to_owned(), written.remarks.into_iter().chain(formulas).collect()))
}

/// `None` if somebody cancelled.
fn table_of(source: &TableSource, progress: &mut OnProgress<'_>) -> Option<Arc<Table>> {
    match source {
        TableSource::Ready(table) => Some(table.clone()),
        TableSource::Neighbours(phrases, vectors, k) => neighbours_table(phrases, vectors, *k, progress).map(Arc::new),
        TableSource::Similarity(phrases, vectors) => similarity_table(phrases, vectors, progress).map(Arc::new),
    }
}
