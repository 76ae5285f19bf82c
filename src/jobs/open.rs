//! Opening a file of any kind: what it turned out to hold.
//!
//! How the formats are read is in `data`; that of a project is known to `playground` alone.

use std::path::Path;
use std::sync::Arc;

use crate::data::{self, DataError, Format, PairSet};
use crate::files::{self, FileError};
use crate::progress::OnProgress;

/// What a file turned out to hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A project, still as bytes: its format is not known here.
    Project(Arc<[u8]>),
    /// Phrases.
    Phrases(Arc<[String]>),
    /// Pairs with their phrases.
    Pairs(Arc<PairSet>),
}

/// Why a file can't be opened.
pub(super) enum OpenError {
    File(FileError),
    Data(DataError),
}

impl From<FileError> for OpenError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<DataError> for OpenError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

/// A project by its ending, else pairs or phrases: a table with a column of phrases is phrases. Scores of pairs are
/// divided by `score_max`.
pub(super) fn open(path: &Path, score_max: f32, on_progress: &mut OnProgress<'_>) -> Result<Content, OpenError> {
    let name = path.to_string_lossy();
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        return Ok(Content::Project(files::read(path)?.into()));
    }
    let format = Format::of_name(&name);
    if format.is_of_vectors() {
        let message = "expected phrases, pairs or a project, got a file of vectors; open the file the vectors were made from";
        return Err(OpenError::Data(DataError::Damaged(message.to_owned())));
    }
    let (mut reader, n_bytes) = files::open(path)?;
    if data::holds_phrases(&mut reader, format)? {
        let phrases = data::read_phrases(&files::read(path)?, format, None)?;
        return Ok(Content::Phrases(phrases.into()));
    }
    let pairs = data::read_pairs(&mut reader, format, score_max, n_bytes, on_progress)?;
    Ok(Content::Pairs(Arc::new(pairs)))
}
