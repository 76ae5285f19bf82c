//! Phrases, groups and pairs, and the files that people have them in.
//!
//! Everything here works on bytes and values: no file is opened, no model is known. A reader's
//! error names the line and what was expected; whoever opened the file adds its name.

mod arrays;
mod builtin;
mod grouping;
mod pairs;
mod score;
mod table;
mod writing;

pub use arrays::{VectorRows, read_vectors};
pub use builtin::{BuiltinSet, GroupTexts, SetError, Taken};
pub use grouping::Grouping;
pub use pairs::{PairRows, PairSet, PairTexts, read_pairs};
pub use score::Score;
pub use table::{holds_phrases, read_phrases};
pub use writing::{
    Cells, Column, Contents, PROJECTOR_FOLDER, Rows, Shape, Table, TableFormat, Values, WriteError, Writing, Written,
    write_table, write_vectors,
};

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
    /// Tensors by name, with what is known about them.
    Safetensors,
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
            "safetensors" => Self::Safetensors,
            _ => Self::Lines,
        }
    }

    /// Whether it holds nothing but vectors.
    pub fn is_of_vectors(self) -> bool {
        matches!(self, Self::Npy | Self::Safetensors)
    }

    /// The format to write vectors in, by the end of `name`; `None` if that is none of them.
    pub fn of_vectors(name: &str) -> Option<Self> {
        Some(Self::of_name(name)).filter(|format| *format != Self::Lines)
    }
}

/// Why a file's bytes could not be understood.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
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
    /// A file that is not lines of text is damaged, or can't be read.
    #[error("{0}")]
    Damaged(String),
    /// A label or score is out of range.
    #[error("line {line}: expected a label of 0 or 1 or a score from 0 to 1, got {got}{}", if *fits_five { "; these look like scores from 0 to 5, which can be divided by 5" } else { "" })]
    Score {
        /// Where the first one stands, counted from 1.
        line: usize,
        /// The number.
        got: f32,
        /// Whether all of them are scores from 0 to 5.
        fits_five: bool,
    },
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl DataError {
    fn unreadable(cause: std::io::Error) -> Self {
        Self::Damaged(format!("cannot read on: {cause}"))
    }

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
