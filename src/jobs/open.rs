//! Opening a file of any kind: what it turned out to hold, and how it would be read.
//!
//! How the formats are read is in `data`; those of a project and of a lesson are known to `playground` alone.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::data::{self, DataError, Given, GivenError, Meaning, PairSet, PhraseRows, Preview, Reading, Remark};
use crate::files;
use crate::memory::ask_for_file;
use crate::progress::OnProgress;
use crate::train::{Run, RunFileError, is_run_file, read_run};

/// What the user makes: phrases, or pairs with their phrases.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Phrases.
    Phrases(Arc<PhraseRows>),
    /// Pairs with their phrases.
    Pairs(Arc<PairSet>),
}

impl Content {
    /// How many there are of what, as a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Pairs(set) => format!("{} pairs of {} phrases.", set.pairs.len(), set.phrases.len()),
            Self::Phrases(rows) => {
                let groups: BTreeSet<&String> = rows.groups.iter().flatten().collect();
                let groups = if groups.is_empty() { String::new() } else { format!(" in {} groups", groups.len()) };
                format!("{} phrases{groups}.", rows.phrases.len())
            }
        }
    }

    /// What is to be said of how they were read.
    pub fn remarks(&self) -> &[Remark] {
        match self {
            Self::Phrases(rows) => &rows.remarks,
            Self::Pairs(set) => &set.remarks,
        }
    }
}

/// Data that somebody offers, and how it is to be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The file it is in, if it is in one.
    pub path: Option<PathBuf>,
    /// Its bytes.
    pub given: Given,
    /// How it is to be read.
    pub reading: Reading,
    /// What it is to be read as; else what it looks like.
    pub meaning: Option<Meaning>,
}

/// An offer that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// What was offered.
    pub offer: Offer,
    /// How it would be read; `None` where it can't even be taken apart.
    pub preview: Option<Preview>,
    /// What comes of it, or why nothing does.
    pub content: Result<Content, DataError>,
    /// How much comes of it, in words.
    pub sentence: String,
}

/// What a file turned out to hold.
pub(super) enum Opened {
    /// A project or a lesson, still as bytes: their formats are not known here.
    Project(Arc<[u8]>),
    Run(Box<Run>),
    Data(Box<Look>),
}

/// Why a file can't be opened.
pub(super) enum OpenError {
    Given(GivenError),
    Run(RunFileError),
}

impl<E: Into<GivenError>> From<E> for OpenError {
    fn from(error: E) -> Self {
        Self::Given(error.into())
    }
}

/// What the file at `path` holds: a project, a recorded run, or data as it reads without further word.
pub(super) fn open(path: &Path, on_progress: &mut OnProgress<'_>) -> Result<Opened, OpenError> {
    let given = Given::open(path)?;
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if let Some(bytes) = given.whole().filter(|bytes| is_json && is_own(bytes)) {
        return Ok(Opened::Project(bytes.into()));
    }
    if is_run_file(given.len(), |at, out| given.read_at(at, out))? {
        // One that was packed is unpacked already.
        let bytes = match given.whole() {
            Some(bytes) => Cow::Borrowed(bytes),
            None => {
                ask_for_file(path)?;
                Cow::Owned(files::read(path)?)
            }
        };
        return Ok(Opened::Run(Box::new(read_run(&bytes).map_err(OpenError::Run)?)));
    }
    let offer = Offer { path: Some(path.to_owned()), given, reading: Reading::default(), meaning: None };
    Ok(Opened::Data(Box::new(look(offer, on_progress)?)))
}

/// Whether JSON is meant as a project or a lesson: it says so itself, be it damaged.
fn is_own(bytes: &[u8]) -> bool {
    const MARKS: [&[u8]; 2] = [b"embedding-playground project", b"embedding-playground lesson"];
    MARKS.iter().any(|mark| bytes.windows(mark.len()).any(|part| part == *mark))
}

/// How the offer would be read, and what comes of it.
///
/// # Errors
/// If that is nothing, and no other reading would help.
pub(super) fn look(offer: Offer, on_progress: &mut OnProgress<'_>) -> Result<Look, DataError> {
    let preview = match data::preview(&offer.given, &offer.reading, offer.meaning) {
        Ok(preview) => preview,
        Err(error) if can_be_helped(&error, &offer) => {
            return Ok(Look { offer, preview: None, content: Err(error), sentence: String::new() });
        }
        Err(error) => return Err(error),
    };
    let content = match preview.meaning {
        Meaning::Pairs => data::read_pairs(&offer.given, &offer.reading, on_progress).map(|set| Content::Pairs(Arc::new(set))),
        Meaning::Phrases => {
            data::read_phrases(&offer.given, &offer.reading, on_progress).map(|rows| Content::Phrases(Arc::new(rows)))
        }
        Meaning::Vectors | Meaning::Documents | Meaning::Queries | Meaning::Judgements => {
            Err(DataError::Vectors { wanted: Meaning::Phrases })
        }
    };
    match content {
        Err(DataError::Cancelled) => Err(DataError::Cancelled),
        content => {
            let sentence = content.as_ref().map_or_else(|_| String::new(), Content::sentence);
            Ok(Look { offer, preview: Some(preview), content, sentence })
        }
    }
}

/// Whether the user can say something that makes it readable: of a text in which encoding it is, of a table how it is
/// taken apart, of anything something else than before.
fn can_be_helped(error: &DataError, offer: &Offer) -> bool {
    let is_json = matches!(offer.given.ending().as_str(), "json" | "jsonl" | "ndjson");
    match error {
        DataError::Encoding { .. } => true,
        DataError::At { .. } | DataError::Column { .. } if !is_json => true,
        _ => offer.reading != Reading::default(),
    }
}
