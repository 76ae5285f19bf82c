//! How a file is to be read, as far as its user says so; what is left open is found out from the file.

use std::collections::BTreeMap;

use super::{DataError, Encoding};
use crate::choice::{Choice, choice};

choice! {
    /// What a file is read as.
    pub enum Meaning {
        Phrases { name: "phrases", label: "phrases", sentence: "One phrase a row, perhaps with its group." },
        Pairs { name: "pairs", label: "pairs", sentence: "An anchor and its positive a row, perhaps with negatives or a score." },
        Vectors { name: "vectors", label: "vectors", sentence: "One vector a row, perhaps with its phrase." },
        Documents { name: "documents", label: "documents", sentence: "One document a row, perhaps with a title and an id." },
        Queries { name: "queries", label: "queries", sentence: "One query a row, perhaps with an id." },
        Judgements { name: "judgements", label: "judgements", sentence: "Which document answers which query, and how well." },
    }
}

choice! {
    /// What a column of a table is.
    #[derive(PartialOrd, Ord)]
    pub enum Role {
        Phrase { name: "phrase", label: "phrase", sentence: "The text of a phrase." },
        Group { name: "group", label: "group", sentence: "The group that a phrase is in." },
        Anchor { name: "anchor", label: "anchor", sentence: "The phrase that a pair moves towards its positive." },
        Positive { name: "positive", label: "positive", sentence: "A phrase that should be near the anchor." },
        Negative { name: "negative", label: "negative", sentence: "A phrase that should be far from the anchor." },
        Score { name: "score", label: "score or label", sentence: "How much anchor and positive belong together." },
        Dimension { name: "dimension", label: "dimension", sentence: "One number of a vector, or the list of all." },
        Id { name: "id", label: "id", sentence: "What a document is called elsewhere." },
        Title { name: "title", label: "title", sentence: "The title of a document." },
        Query { name: "query", label: "query", sentence: "The query of a judgement." },
        Document { name: "document", label: "document", sentence: "The document of a judgement." },
        Space { name: "space", label: "space", sentence: "What made a vector." },
        Unread { name: "unread", label: "not read", sentence: "Nothing is taken from this column." },
    }
}

/// What labels mean that are not 0 and 1: as they are written in the file, in any case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    /// Of pairs that belong together.
    pub positive: Vec<String>,
    /// Of pairs that do not; rows with other labels are left out.
    pub negative: Vec<String>,
}

/// How a file is to be read. By default everything is found out.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The encoding of a text without a byte-order mark; else UTF-8 or UTF-16.
    pub encoding: Option<Encoding>,
    /// What stands between the cells of a table: one of the bytes `,;|` or a tab; a line feed: it is no table.
    pub separator: Option<u8>,
    /// Whether the first row has the names of the columns.
    pub header: Option<bool>,
    /// Whether quotes are characters like all others.
    pub plain_quotes: bool,
    /// Which array or tensor of a file that holds several.
    pub array: Option<String>,
    /// What columns are, by their names; the others are found out.
    pub roles: BTreeMap<String, Role>,
    /// The same by their places, from 0: names may be there twice.
    pub roles_by_place: BTreeMap<usize, Role>,
    /// Scores are divided by it: 1 for data from 0 to 1, 5 for data from 0 to 5.
    pub score_max: f32,
    /// What labels mean that are not 0 and 1.
    pub labels: Labels,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            encoding: None,
            separator: None,
            header: None,
            plain_quotes: false,
            array: None,
            roles: BTreeMap::new(),
            roles_by_place: BTreeMap::new(),
            score_max: 1.0,
            labels: Labels::default(),
        }
    }
}

impl Reading {
    /// Whether something is said of a column by this name, which is no number.
    pub(super) fn names_column(&self, name: &str) -> bool {
        let name = name.trim();
        name.parse::<usize>().is_err() && self.roles.keys().any(|known| known.trim().eq_ignore_ascii_case(name))
    }

    /// Says what the column called `name` is.
    ///
    /// # Errors
    /// If something else was said of it.
    pub fn give(&mut self, name: &str, role: Role) -> Result<(), DataError> {
        match self.roles.insert(name.to_owned(), role) {
            Some(other) if other != role => {
                let (first, second) = (other.label(), role.label());
                Err(DataError::Damaged(format!("expected one role of the column {name:?}, got two ({first} and {second})")))
            }
            _ => Ok(()),
        }
    }
}

/// What may stand between the cells of a table, the most usual first.
pub const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What is between the cells of a table, in words.
pub fn separator_name(separator: u8) -> &'static str {
    match separator {
        b';' => "semicolons",
        b'\t' => "tabs",
        b'|' => "vertical bars",
        b' ' => "spaces",
        b'\n' => "line ends",
        _ => "commas",
    }
}
