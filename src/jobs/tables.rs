//! Tables that the worker writes: those at hand, and those whose numbers it has to find first.

use std::path::Path;
use std::sync::Arc;

use super::work::{Outcome, TableSource};
use crate::data::{Contents, PROJECTOR_FOLDER, Table, WriteError, Writing, write_table};
use crate::files::{self, FileError};
use crate::memory::NoMemory;
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
    match writing.format.ending() {
        None => files::check_folder(path, PROJECTOR_FOLDER)?,
        Some(_) => files::check_target(path)?,
    }
    let Some(table) = table_of(source, progress)? else { return Ok(Outcome::Cancelled) };
    let written = match write_table(&table, writing, progress) {
        Err(WriteError::Cancelled) => return Ok(Outcome::Cancelled),
        written => written?,
    };
    write_contents(path, &written.contents)?;
    let formulas = written.formulas_sentence(writing, HOW);
    Ok(Outcome::TableWritten(path.to_owned(), written.remarks.into_iter().chain(formulas).collect()))
}

/// Writes a table to the file, or into the folder, at `path`.
pub fn write_contents(path: &Path, contents: &Contents) -> Result<(), FileError> {
    match contents {
        Contents::File(bytes) => files::write_atomically(path, bytes),
        Contents::Folder(parts) => {
            let parts: Vec<files::Part<'_>> = parts.iter().map(|(name, bytes)| (*name, bytes.as_deref())).collect();
            files::write_folder(path, &parts, PROJECTOR_FOLDER)
        }
    }
}

/// `None` if somebody cancelled.
fn table_of(source: &TableSource, progress: &mut OnProgress<'_>) -> Result<Option<Arc<Table>>, NoMemory> {
    Ok(match source {
        TableSource::Ready(table) => Some(table.clone()),
        TableSource::Neighbours(phrases, vectors, k) => neighbours_table(phrases, vectors, *k, progress).map(Arc::new),
        TableSource::Similarity(phrases, vectors) => similarity_table(phrases, vectors, progress)?.map(Arc::new),
    })
}
