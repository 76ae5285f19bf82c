//! Tables with commas or tabs, one row a line, and what a spreadsheet would make of their cells.
//!
//! Quotes as RFC 4180, Excel and pandas have them: a cell is quoted that has the separator, a quote or a line end in it.

use std::fmt::{Debug, Write as _};
use std::sync::Arc;

use super::error::{Pace, WriteError};
use super::table::{Cells, Rows, Table, Values};

/// How a separated table is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    /// Whether a text that a spreadsheet would run is written with an apostrophe before it.
    pub(super) guards_cells: bool,
}

/// Writes `table` with a first row of names; gives the bytes, and how many cells of text a spreadsheet would run.
pub(super) fn write_separated(table: &Table, layout: Layout, pace: &mut Pace<'_, '_>) -> Result<(Vec<u8>, usize), WriteError> {
    let mut lines = Lines {
        writer: csv::WriterBuilder::new().delimiter(layout.delimiter).flexible(true).from_writer(Vec::new()),
        guards_cells: layout.guards_cells,
        n_formulas: 0,
        cell: String::new(),
    };
    lines.names(table)?;
    for row in 0..table.len() {
        table.columns.iter().try_for_each(|column| lines.cells(&column.cells, row))?;
        lines.end_row()?;
        pace.row(row)?;
    }
    let n_formulas = lines.n_formulas;
    Ok((lines.writer.into_inner().map_err(WriteError::other)?, n_formulas))
}

/// Writes vectors as rows of numbers and nothing else.
pub(super) fn write_numbers(rows: &Rows, pace: &mut Pace<'_, '_>) -> Result<Vec<u8>, WriteError> {
    let mut text = String::new();
    for row in 0..rows.len() {
        match &rows.values {
            Values::Single(values) => push_numbers(&mut text, &values[rows.range(row..row + 1)]),
            Values::Double(values) => push_numbers(&mut text, &values[rows.range(row..row + 1)]),
        }
        text.push('\n');
        pace.row(row)?;
    }
    Ok(text.into_bytes())
}

fn push_numbers<T: Debug>(text: &mut String, numbers: &[T]) {
    for (index, number) in numbers.iter().enumerate() {
        if index > 0 {
            text.push('\t');
        }
        push_number(text, number);
    }
}

/// The shortest decimal that reads back to the same bits; a whole number keeps its ".0", or the sign of -0 would be lost
/// to whoever reads whole numbers.
fn push_number<T: Debug>(text: &mut String, number: &T) {
    // Writing to a string does not fail.
    write!(text, "{number:?}").unwrap_or_default();
}

/// Whether a spreadsheet takes this text for a formula (OWASP, *CSV injection*).
pub(super) fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

struct Lines {
    writer: csv::Writer<Vec<u8>>,
    guards_cells: bool,
    n_formulas: usize,
    /// The cell that is being made, kept for its memory.
    cell: String,
}

impl Lines {
    fn names(&mut self, table: &Table) -> Result<(), WriteError> {
        for column in &table.columns {
            match &column.cells {
                Cells::Vectors(Rows { names: Some(names), .. }) => names.iter().try_for_each(|name| self.text(name))?,
                Cells::Vectors(rows) => (0..rows.dims).try_for_each(|axis| self.text(&format!("v{axis}")))?,
                Cells::Texts(_) | Cells::Integers(_) | Cells::Singles(_) | Cells::Doubles(_) => self.text(column.name)?,
            }
        }
        self.end_row()
    }

    fn cells(&mut self, cells: &Cells, row: usize) -> Result<(), WriteError> {
        match cells {
            Cells::Texts(cells) => self.text(cells[row].as_ref().map_or("", Arc::as_ref)),
            Cells::Integers(cells) => self.number(&cells[row]),
            Cells::Singles(cells) => self.perhaps(cells[row].as_ref()),
            Cells::Doubles(cells) => self.perhaps(cells[row].as_ref()),
            Cells::Vectors(rows) => {
                let range = rows.range(row..row + 1);
                match &rows.values {
                    Values::Single(values) => values[range].iter().try_for_each(|number| self.number(number)),
                    Values::Double(values) => values[range].iter().try_for_each(|number| self.number(number)),
                }
            }
        }
    }

    fn text(&mut self, text: &str) -> Result<(), WriteError> {
        let is_formula = is_formula(text);
        self.n_formulas += usize::from(is_formula);
        if is_formula && self.guards_cells {
            return self.writer.write_field(format!("'{text}")).map_err(WriteError::other);
        }
        self.writer.write_field(text).map_err(WriteError::other)
    }

    fn perhaps<T: Debug>(&mut self, number: Option<&T>) -> Result<(), WriteError> {
        match number {
            Some(number) => self.number(number),
            None => self.text(""),
        }
    }

    fn number<T: Debug>(&mut self, number: &T) -> Result<(), WriteError> {
        self.cell.clear();
        push_number(&mut self.cell, number);
        self.writer.write_field(&self.cell).map_err(WriteError::other)
    }

    fn end_row(&mut self) -> Result<(), WriteError> {
        self.writer.write_record(None::<&[u8]>).map_err(WriteError::other)
    }
}
