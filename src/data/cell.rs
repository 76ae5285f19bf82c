//! One value of a table: text, a number as it was written, a list, or nothing.

use std::borrow::Cow;
use std::fmt;

/// Where a record stands, as people find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Line of a text, from 1, as editors count.
    Line(usize),
    /// Row of a binary file, from 1.
    Row(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// One value of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    /// Empty, null, or not there.
    Missing,
    /// Text.
    Text(Cow<'a, str>),
    /// A number that the container says is one, as it was written.
    Number(Cow<'a, str>),
    /// True or false.
    Flag(bool),
    /// A list of numbers.
    Numbers(Vec<f64>),
    /// A list of texts.
    Texts(Vec<String>),
    /// Anything else, as it was written.
    Other(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    /// `text` as a cell of a container that has no other sign for nothing.
    pub(super) fn of_text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Missing } else { Self::Text(text) }
    }

    /// Whether there is nothing in it, or nothing but blanks.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::Number(_) | Self::Flag(_) | Self::Numbers(_) | Self::Texts(_) | Self::Other(_) => false,
        }
    }

    /// The text it shows, for messages and previews.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Missing => Cow::Borrowed(""),
            Self::Text(text) | Self::Number(text) | Self::Other(text) => Cow::Borrowed(text),
            Self::Flag(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
            Self::Numbers(numbers) => {
                let first: Vec<String> = numbers.iter().take(3).map(f64::to_string).collect();
                Cow::Owned(format!("[{}, …] ({} numbers)", first.join(", "), numbers.len()))
            }
            Self::Texts(texts) => Cow::Owned(format!("{texts:?}")),
        }
    }

    /// The text of a phrase: what is no list and not nothing, as it was written.
    pub(super) fn phrase(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Flag(flag) => Some(if *flag { "true" } else { "false" }),
            Self::Missing | Self::Numbers(_) | Self::Texts(_) | Self::Other(_) => None,
        }
    }

    /// Its number, be it infinite; `None` if it is none. With `decimal_comma`, 0,5 is a half.
    pub(super) fn number(&self, decimal_comma: bool) -> Option<f64> {
        match self {
            Self::Text(text) => number_of(text, decimal_comma),
            Self::Number(text) => text.parse().ok(),
            Self::Flag(flag) => Some(f64::from(u8::from(*flag))),
            Self::Missing | Self::Numbers(_) | Self::Texts(_) | Self::Other(_) => None,
        }
    }
}

/// The number that `text` writes.
pub(super) fn number_of(text: &str, decimal_comma: bool) -> Option<f64> {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let (whole, part) = text.split_once(',').filter(|_| decimal_comma)?;
    if part.is_empty() || !part.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    format!("{whole}.{part}").parse().ok()
}

/// The cells of the columns that were asked for, in that order.
pub(super) struct Record<'r> {
    /// Where it stands.
    pub(super) place: Place,
    /// As many as columns were asked for.
    pub(super) cells: &'r [Cell<'r>],
    /// Whether a comma may be a decimal point.
    pub(super) decimal_comma: bool,
    /// Bytes of the file before it, as far as that is known.
    pub(super) at: usize,
}
