//! Meanings: what the records of a file are read as: phrases, pairs, vectors, documents or judgements; once, for the window and the command
//! line alike.
//!
//! What kinds of file there are is not known here (see `containers`).

mod documents;
mod pairs;
mod phrases;
mod plan;
mod preview;
mod profile;
mod vectors;

use std::ops::ControlFlow;

use super::containers::{Inside, Opened, Records, open};
use super::{DataError, Given, Meaning, Reading, Remark};
use crate::progress::{OnProgress, Progress};

pub use documents::{Document, Documents, Judgement, Judgements, read_documents, read_judgements, read_queries};
pub use pairs::{PairRows, PairSet, PairTexts, read_pairs};
pub use phrases::{PhraseRows, read_phrases};
pub use preview::{Preview, PreviewColumn, preview};
pub use vectors::{VectorTable, read_vectors};

/// Records between two reports of progress.
const REPORT_EVERY: usize = 2048;

/// Reports how much of a file was read.
struct Meter<'m, 'p> {
    progress: &'m mut OnProgress<'p>,
    n_bytes: usize,
    n_records: usize,
}

impl<'m, 'p> Meter<'m, 'p> {
    fn new(given: &Given, progress: &'m mut OnProgress<'p>) -> Self {
        Self { progress, n_bytes: usize::try_from(given.len()).unwrap_or(usize::MAX), n_records: 0 }
    }

    /// Counts a record, which begins at byte `at`.
    fn count(&mut self, at: usize) -> Result<(), DataError> {
        self.n_records += 1;
        if !self.n_records.is_multiple_of(REPORT_EVERY) {
            return Ok(());
        }
        let megabyte = |bytes: usize| bytes / 1_000_000;
        let (done, total) = (megabyte(at.min(self.n_bytes)), megabyte(self.n_bytes).max(1));
        match (self.progress)(Progress { done, total, unit: "megabytes" }) {
            ControlFlow::Break(()) => Err(DataError::Cancelled),
            ControlFlow::Continue(()) => Ok(()),
        }
    }
}

/// The table in a file, where a table is needed; what else was found is said.
fn table_in<'a>(
    given: &'a Given,
    reading: &Reading,
    meaning: Meaning,
) -> Result<(Box<dyn Records + 'a>, Vec<Remark>), DataError> {
    let Opened { contents, remarks, .. } = open(given, reading, Some(meaning))?;
    match contents {
        Inside::Records(table) => Ok((table, remarks)),
        Inside::Array(_) => Err(DataError::Vectors { wanted: meaning }),
    }
}
