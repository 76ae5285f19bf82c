//! Phrases, groups and pairs, and the files that people have them in.
//!
//! A [`Given`] file is opened as a container (`containers/`: what kinds of file there are), and its records are read for
//! what they mean (`meanings/`: phrases, pairs, vectors, documents, queries, judgements), as far as the user says in a [`Reading`]; the rest is found out,
//! and said in [`Remark`]s.
//!
//! Everything here works on bytes and values: no file is opened but by [`Given::open`], no model is known. A reader's
//! error names the line and what was expected; whoever opened the file adds its name.

mod builtin;
mod cell;
mod containers;
mod encoding;
mod given;
mod grouping;
mod judged_set;
mod meanings;
mod names;
mod notes;
mod reading;
mod remark;
mod score;
mod tensor_header;
mod writing;

pub use builtin::{BuiltinSet, GroupTexts, SetError, Taken};
pub use cell::Place;
pub use containers::{ContainerKind, Numbers};
pub use encoding::Encoding;
pub use given::{Given, GivenError};
pub use grouping::Grouping;
pub use judged_set::JudgedTexts;
pub use meanings::{
    Document, Documents, Judgement, Judgements, PairRows, PairSet, PairTexts, PhraseRows, Preview, PreviewColumn, VectorTable,
    preview, read_documents, read_judgements, read_pairs, read_phrases, read_queries, read_vectors,
};
pub use reading::{Labels, Meaning, Reading, Role, SEPARATORS, separator_name};
pub use remark::{Remark, Way};
pub use score::Score;
pub use tensor_header::{in_memory, tensor_header};
pub use writing::{
    Cells, Column, Contents, PROJECTOR_FILES, PROJECTOR_FOLDER, Rows, Shape, Table, TableFormat, Values, WriteError, Writing,
    Written, pairs_table, write_table,
};

use crate::memory::NoMemory;

/// Why a file's bytes could not be understood.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DataError {
    /// There is nothing in the file.
    #[error("the file is empty: expected {expected}")]
    Empty {
        /// What should be there.
        expected: &'static str,
    },
    /// All that was read had to be left out.
    #[error("expected {expected}, got none{}{}", if said.is_empty() { "" } else { ": " }, few(said, 5, 300, "; "))]
    Nothing {
        /// What should be there.
        expected: &'static str,
        /// What was left out, and what else there is to say.
        said: Vec<String>,
    },
    /// A record is not what the format asks.
    #[error("{place}: expected {expected}, got {got}")]
    At {
        /// Where it stands.
        place: Place,
        /// What should be there.
        expected: String,
        /// What is there.
        got: String,
    },
    /// A named column is not in the header.
    #[error("no column {:?}: the file has {}; name one of these", excerpt(wanted, 60), names_in_words(found))]
    Column {
        /// The column asked for.
        wanted: String,
        /// The columns there are.
        found: Vec<String>,
    },
    /// Which column is what can't be told.
    #[error("expected {wanted}, got the columns {}; say which is which", names_in_words(found))]
    Roles {
        /// What was looked for.
        wanted: String,
        /// What tells them apart.
        way: Way,
        /// The columns there are.
        found: Vec<String>,
    },
    /// Labels whose meaning nobody can know.
    #[error(
        "expected labels of 0 and 1 or scores from 0 to 1, got {}; say which of them mean that the two belong together, and which that they do not",
        labels_in_words(found)
    )]
    Labels {
        /// The labels there are, each with how often.
        found: Vec<(String, usize)>,
    },
    /// Text that is not in the encoding it is read in.
    #[error(
        "{place}: expected UTF-8 text, got the byte 0x{byte:02x}; say which encoding it is in (in windows-1252 it would read {as_western:?})"
    )]
    Encoding {
        /// Where the first byte stands that is none.
        place: Place,
        /// That byte.
        byte: u8,
        /// The text around it as it would be in Windows' encoding for western Europe.
        as_western: String,
    },
    /// An array or tensor can't be chosen.
    #[error("expected {}, got {}; name one of them", wanted.as_ref().map_or("one two-dimensional array".to_owned(), |name| format!("an array called {:?}", excerpt(name, 60))), if found.is_empty() { "none".to_owned() } else { names_in_words(found) })]
    Array {
        /// The name that was asked for.
        wanted: Option<String>,
        /// Those that are there.
        found: Vec<String>,
    },
    /// Vectors, where texts were expected.
    #[error("expected {}, got a file of vectors; open the file that they were made from, or draw them with `project`", crate::choice::Choice::name(*wanted))]
    Vectors {
        /// What was expected.
        wanted: Meaning,
    },
    /// A file that is not lines of text is damaged, or can't be read.
    #[error("{0}")]
    Damaged(String),
    /// A label or score is out of range.
    #[error("{place}: expected a label of 0 or 1 or a score from 0 to 1, got {got}{}", if *fits_five { "; these look like scores from 0 to 5, which can be divided by 5" } else { "" })]
    Score {
        /// Where the first one stands.
        place: Place,
        /// The number.
        got: f64,
        /// Whether all of them are scores from 0 to 5.
        fits_five: bool,
    },
    /// What is to be read is more than there is room for.
    #[error(transparent)]
    Memory(#[from] NoMemory),
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl DataError {
    fn at(place: Place, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self::At { place, expected: expected.into(), got: got.into() }
    }
}

fn labels_in_words(found: &[(String, usize)]) -> String {
    let labels: Vec<String> = found.iter().map(|(label, n)| format!("{} ({n} times)", excerpt(label, 40))).collect();
    few(&labels, NAMES_SHOWN, 80, ", ")
}

/// Names in a message at most.
const NAMES_SHOWN: usize = 24;

/// A file may have any number of columns or arrays, and call them what it likes.
fn names_in_words(names: &[String]) -> String {
    few(names, NAMES_SHOWN, 40, ", ")
}

/// The first `most` of `items`, each cut to `length` characters, and how many more there are.
fn few(items: &[String], most: usize, length: usize, between: &str) -> String {
    let mut shown: Vec<String> = items.iter().take(most).map(|item| excerpt(item, length)).collect();
    let n_more = items.len().saturating_sub(most);
    shown.extend((n_more > 0).then(|| format!("and {n_more} more")));
    shown.join(between)
}

/// At most `limit` characters of `text`, for messages.
pub fn excerpt(text: &str, limit: usize) -> String {
    let mut characters = text.chars();
    let mut short: String = characters.by_ref().take(limit).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

/// `text` as one line of at most 200 characters, for lists and labels.
pub fn one_line(text: &str) -> String {
    excerpt(text, 200).replace(['\n', '\r', '\t'], " ")
}

/// The sentence with a capital letter first.
pub fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
