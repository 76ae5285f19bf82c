//! JSON lines: an object for every row, with the names of the columns as keys, and the space last.

use std::io::Write;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::error::{Pace, WriteError};
use super::table::{Cells, Rows, Table, Values};

/// Writes `table`, a line for every row.
pub(super) fn write_jsonl(table: &Table, pace: &mut Pace<'_, '_>) -> Result<Vec<u8>, WriteError> {
    let mut out = Vec::new();
    for row in 0..table.len() {
        serde_json::to_writer(&mut out, &Line { table, row }).map_err(WriteError::other)?;
        writeln!(out).map_err(WriteError::other)?;
        pace.row(row)?;
    }
    Ok(out)
}

/// How many numbers of `table` are not finite: JSON has none of these.
pub(super) fn count_not_finite(table: &Table) -> usize {
    let of = |cells: &Cells| match cells {
        Cells::Texts(_) | Cells::Integers(_) => 0,
        Cells::Singles(cells) => cells.iter().flatten().filter(|number| !number.is_finite()).count(),
        Cells::Doubles(cells) => cells.iter().flatten().filter(|number| !number.is_finite()).count(),
        Cells::Vectors(Rows { values: Values::Single(values), .. }) => values.iter().filter(|number| !number.is_finite()).count(),
        Cells::Vectors(Rows { values: Values::Double(values), .. }) => values.iter().filter(|number| !number.is_finite()).count(),
    };
    table.columns.iter().map(|column| of(&column.cells)).sum()
}

struct Line<'a> {
    table: &'a Table,
    row: usize,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { table, row } = *self;
        let mut line = serializer.serialize_map(None)?;
        for column in &table.columns {
            match &column.cells {
                Cells::Texts(cells) => line.serialize_entry(column.name, &cells[row])?,
                Cells::Integers(cells) => line.serialize_entry(column.name, &cells[row])?,
                Cells::Singles(cells) => line.serialize_entry(column.name, &cells[row])?,
                Cells::Doubles(cells) => line.serialize_entry(column.name, &cells[row])?,
                Cells::Vectors(rows) => match &rows.values {
                    Values::Single(values) => line.serialize_entry(column.name, &values[rows.range(row..row + 1)])?,
                    Values::Double(values) => line.serialize_entry(column.name, &values[rows.range(row..row + 1)])?,
                },
            }
        }
        if let Some(space) = &table.space {
            line.serialize_entry("space", space)?;
        }
        line.end()
    }
}
