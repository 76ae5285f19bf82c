//! A table on its way into a file: named columns of equal length, and what else is known of it.

use std::sync::Arc;

use super::format::Shape;

/// The column of phrases in every table that has one.
const PHRASE: &str = "phrase";
/// The column of vectors, and of coordinates.
const VECTOR: &str = "vector";

/// Named columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The columns in their order; at most one of them is of vectors.
    pub columns: Vec<Column>,
    /// The space that its numbers are of, if they are of one.
    pub space: Option<String>,
    /// What else is known of it, by name.
    pub notes: Vec<(&'static str, String)>,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub cells: Cells,
}

/// What is in a column, row by row. `None` is an empty cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Texts.
    Texts(Vec<Option<Arc<str>>>),
    /// Whole numbers.
    Integers(Vec<i64>),
    /// Numbers in single precision.
    Singles(Vec<Option<f32>>),
    /// Numbers in double precision.
    Doubles(Vec<Option<f64>>),
    /// Vectors.
    Vectors(Rows),
}

/// Vectors of equal length, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Numbers a vector.
    pub dims: usize,
    /// Their numbers.
    pub values: Values,
    /// What each of the `dims` numbers stands for, where that has a name: then it is a matrix and no set of vectors.
    pub names: Option<Vec<Arc<str>>>,
}

/// Numbers of one precision.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Single precision.
    Single(Arc<[f32]>),
    /// Double precision.
    Double(Arc<[f64]>),
}

impl Values {
    /// How many numbers.
    pub fn len(&self) -> usize {
        match self {
            Self::Single(values) => values.len(),
            Self::Double(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Rows {
    /// How many vectors.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.dims).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The vectors in a row range.
    pub(super) fn range(&self, rows: std::ops::Range<usize>) -> std::ops::Range<usize> {
        rows.start * self.dims..rows.end * self.dims
    }
}

impl Cells {
    /// Texts, none of them empty cells.
    pub fn texts(texts: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Self {
        Self::Texts(texts.into_iter().map(|text| Some(text.into())).collect())
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Texts(cells) => cells.len(),
            Self::Integers(cells) => cells.len(),
            Self::Singles(cells) => cells.len(),
            Self::Doubles(cells) => cells.len(),
            Self::Vectors(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Table {
    /// The table with one more column on the right.
    #[must_use]
    pub fn with(mut self, name: &'static str, cells: Cells) -> Self {
        self.columns.push(Column { name, cells });
        self
    }

    /// The table with a column of phrases.
    #[must_use]
    pub fn with_phrases(self, phrases: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Self {
        self.with(PHRASE, Cells::texts(phrases))
    }

    /// The table with a column of vectors of `dims` numbers.
    #[must_use]
    pub fn with_vectors(self, dims: usize, values: Values) -> Self {
        self.with(VECTOR, Cells::Vectors(Rows { dims, values, names: None }))
    }

    /// The table whose numbers are of `space`.
    #[must_use]
    pub fn of_space(self, space: Option<String>) -> Self {
        Self { space, ..self }
    }

    /// The table with a note on it.
    #[must_use]
    pub fn with_note(mut self, name: &'static str, note: impl Into<String>) -> Self {
        self.notes.push((name, note.into()));
        self
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What kind of table it is.
    pub fn shape(&self) -> Shape {
        match self.vectors() {
            Some(Rows { names: None, .. }) => Shape::Vectors,
            Some(Rows { names: Some(_), .. }) => Shape::Matrix,
            None => Shape::Records,
        }
    }

    /// Its vectors, if it has any.
    pub fn vectors(&self) -> Option<&Rows> {
        self.columns.iter().find_map(|column| match &column.cells {
            Cells::Vectors(rows) => Some(rows),
            Cells::Texts(_) | Cells::Integers(_) | Cells::Singles(_) | Cells::Doubles(_) => None,
        })
    }

    /// Its columns of texts with their names.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, &[Option<Arc<str>>])> {
        self.columns.iter().filter_map(|column| match &column.cells {
            Cells::Texts(cells) => Some((column.name, cells.as_slice())),
            Cells::Integers(_) | Cells::Singles(_) | Cells::Doubles(_) | Cells::Vectors(_) => None,
        })
    }

    /// The texts of the column of phrases.
    pub(super) fn phrases(&self) -> Option<&[Option<Arc<str>>]> {
        self.texts().find(|(name, _)| *name == PHRASE).map(|(_, cells)| cells)
    }
}
