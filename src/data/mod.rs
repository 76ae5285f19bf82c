//! Phrases, groups and pairs, and the files that people have them in.
//!
//! Everything here works on bytes and values: no file is opened, no model is known. A reader's
//! error names the line and what was expected; whoever opened the file adds its name.

mod arrays;
mod builtin;
mod table;

pub use arrays::{VectorRows, read_vectors, write_vectors};
pub use builtin::{BuiltinSet, Lesson, builtin_set, lesson, lessons};
pub use table::{PairTexts, read_pairs, read_phrases};

/// The file formats, told apart by the end of a file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One phrase a line.
    Lines,
    /// Comma-separated values with quoting (RFC 4180).
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// NumPy's array file, version 1.0.
    Npy,
}

impl Format {
    /// The format that the end of `name` says; anything unknown is lines of text.
    pub fn of_name(name: &str) -> Self {
        let ending = name.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        match ending.as_str() {
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "jsonl" | "ndjson" => Self::Jsonl,
            "npy" => Self::Npy,
            _ => Self::Lines,
        }
    }

    /// The format to write vectors in, by the end of `name`; `None` if that is none of them.
    pub fn of_vectors(name: &str) -> Option<Self> {
        Some(Self::of_name(name)).filter(|format| *format != Self::Lines)
    }
}

/// Why a file's bytes could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// There is nothing in the file.
    #[error("the file is empty: expected {expected}")]
    Empty {
        /// What should be there.
        expected: &'static str,
    },
    /// A line is not what the format asks.
    #[error("line {line}: expected {expected}, got {got}")]
    Line {
        /// Counted from 1, as editors do.
        line: usize,
        /// What should be there.
        expected: String,
        /// What is there.
        got: String,
    },
    /// A named column is not in the header.
    #[error("no column {wanted:?}: the file has {}; name one of these", found.join(", "))]
    Column {
        /// The column asked for.
        wanted: String,
        /// The columns there are.
        found: Vec<String>,
    },
    /// A file that is not lines of text is damaged.
    #[error("{0}")]
    Damaged(String),
}

impl DataError {
    fn line(line: usize, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self::Line { line, expected: expected.into(), got: got.into() }
    }
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
