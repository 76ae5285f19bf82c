//! What stands in the columns of a table, from its first rows: texts, numbers, lists, or nothing.

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::data::cell::{Cell, Record};
use crate::data::containers::Records;
use crate::data::{DataError, excerpt};

/// Rows that are looked at.
const LOOKED_AT: usize = 200;

/// Of a table as wide as this, fewer rows are looked at.
const WIDE: usize = 4000;

/// Rows that are kept to be shown.
const KEPT: usize = 8;

/// Characters of a cell that are kept to be shown.
const SHOWN_CHARACTERS: usize = 80;

/// What stands in one column.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) n_texts: usize,
    pub(super) n_numbers: usize,
    /// Of the numbers, those without a fraction.
    pub(super) n_whole: usize,
    pub(super) n_flags: usize,
    /// Whether all its numbers are from 0 to 1.
    pub(super) is_of_shares: bool,
    pub(super) n_vectors: usize,
    pub(super) n_text_lists: usize,
    /// Whether each number is larger than the one before.
    pub(super) rises: bool,
    last: f64,
    /// How many of its texts an earlier row had too.
    pub(super) n_again: usize,
    seen: HashSet<String>,
    /// The first cells, as they are shown.
    pub(super) shown: Vec<String>,
}

impl Column {
    /// Whether numbers stand in it. A few texts among them are mistakes, which the reader finds.
    pub(super) fn is_of_numbers(&self) -> bool {
        self.n_numbers > 0 && self.n_numbers >= self.n_texts && self.n_vectors + self.n_text_lists + self.n_flags == 0
    }

    /// Whether texts stand in it. Some of them may read as numbers.
    pub(super) fn is_of_texts(&self) -> bool {
        self.n_texts + self.n_text_lists > self.n_numbers && self.n_vectors == 0
    }

    /// Whether its texts are of few kinds, as names of groups are: most of them were there before.
    pub(super) fn repeats(&self) -> bool {
        self.is_of_texts() && self.n_texts >= 6 && self.n_again * 2 > self.n_texts
    }

    /// Whether its numbers count or name the rows: whole ones that rise.
    pub(super) fn counts(&self) -> bool {
        self.is_of_numbers() && self.n_whole == self.n_numbers && self.rises && self.n_numbers > 1
    }

    fn add(&mut self, cell: &Cell<'_>, record: &Record<'_>, is_typed: bool) {
        let number = if is_typed && matches!(cell, Cell::Text(_)) { None } else { cell.number(record.decimal_comma) };
        match (cell, number) {
            (cell, _) if cell.is_blank() => {}
            (Cell::Flag(_), _) => self.n_flags += 1,
            (Cell::Numbers(_), _) => self.n_vectors += 1,
            (Cell::Texts(_), _) => self.n_text_lists += 1,
            (_, Some(number)) => {
                self.is_of_shares &= (0.0..=1.0).contains(&number);
                self.rises &= self.n_numbers == 0 || number > self.last;
                self.n_numbers += 1;
                self.n_whole += usize::from(number.fract() == 0.0);
                self.last = number;
            }
            (cell, None) => {
                self.n_texts += 1;
                self.n_again += usize::from(!self.seen.insert(cell.shown().into_owned()));
            }
        }
        if self.shown.len() < KEPT {
            self.shown.push(excerpt(&cell.shown(), SHOWN_CHARACTERS));
        }
    }
}

/// What stands in all columns of `table`.
pub(super) fn profile(table: &dyn Records) -> Result<Vec<Column>, DataError> {
    let names = table.columns();
    let fresh = |name: &String| Column { name: name.clone(), rises: true, is_of_shares: true, ..Column::default() };
    let mut columns: Vec<Column> = names.iter().map(fresh).collect();
    let all: Vec<usize> = (0..names.len()).collect();
    let most = if names.len() > WIDE { KEPT } else { LOOKED_AT };
    let mut n = 0;
    table.read(&all, &mut |record| {
        for (column, cell) in columns.iter_mut().zip(record.cells) {
            column.add(cell, record, table.is_typed());
        }
        n += 1;
        Ok(if n < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(columns)
}
