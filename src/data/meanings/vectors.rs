//! Vectors, each perhaps with its phrase.

use std::ops::ControlFlow;

use super::phrases::{commas, left_out};
use super::plan::{Plan, plan};
use super::profile::{Column, profile};
use crate::data::cell::{Cell, Place, Record};
use crate::data::containers::{Array, Inside, Numbers, Opened, Records, open};
use crate::data::remark::count;
use crate::data::{DataError, Given, Meaning, Reading, Remark, Role, excerpt};

/// The vectors of a file: rows of equal length, and what is known about them.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorTable {
    /// Numbers of all rows, one row after the other, as wide as the file has them.
    pub numbers: Numbers,
    /// Numbers a row.
    pub dims: usize,
    /// The phrase of each row, where the file says it; else empty.
    pub phrases: Vec<String>,
    /// The space the file names, if it does.
    pub space: Option<String>,
    /// What is to be said of how they were read.
    pub remarks: Vec<Remark>,
}

/// Reads the vectors in `given`.
///
/// # Errors
/// Rows of different lengths, numbers that are none or not finite, rows of several spaces: with the place.
pub fn read_vectors(given: &Given, reading: &Reading) -> Result<VectorTable, DataError> {
    let Opened { contents, mut remarks, .. } = open(given, reading, Some(Meaning::Vectors))?;
    match contents {
        Inside::Array(Array { numbers, dims, phrases, space, remarks: more }) => {
            remarks.extend(more);
            Ok(VectorTable { numbers, dims, phrases, space, remarks })
        }
        Inside::Records(table) => {
            let columns = profile(&*table)?;
            let plan = plan(Meaning::Vectors, &columns, table.has_names(), reading)?;
            remarks.extend(plan.remarks.iter().cloned());
            read_table(&*table, &columns, &plan, remarks)
        }
    }
}

/// Gathers rows.
struct Builder {
    numbers: Vec<f64>,
    dims: usize,
    phrases: Vec<String>,
    /// Of the first row; `None` inside if it names none.
    space: Option<Option<String>>,
    order: Vec<usize>,
    n_missing: usize,
    /// Vectors without a phrase, where others have one.
    n_nameless: usize,
    /// Numbers with a comma that was read as a decimal point.
    n_commas: usize,
}

/// Where in a record things stand; the numbers are what is behind them.
#[derive(Clone, Copy)]
struct Places {
    phrase: Option<usize>,
    space: Option<usize>,
    index: Option<usize>,
    numbers: usize,
}

fn read_table(table: &dyn Records, columns: &[Column], plan: &Plan, mut remarks: Vec<Remark>) -> Result<VectorTable, DataError> {
    let mut wanted = Vec::new();
    let mut add = |column: Option<usize>| {
        wanted.extend(column);
        column.map(|_| wanted.len() - 1)
    };
    // The order in which a server answers may not be that of the questions.
    let index = columns.iter().position(|column| column.name == "index" && column.is_of_numbers());
    let is_answer = columns.iter().any(|column| column.n_vectors > 0);
    let places = Places {
        phrase: add(plan.first(Role::Phrase)),
        space: add(plan.first(Role::Space)),
        index: add(index.filter(|_| is_answer)),
        numbers: 0,
    };
    let places = Places { numbers: wanted.len(), ..places };
    wanted.extend(plan.all(Role::Dimension));
    let mut builder = Builder {
        numbers: Vec::new(),
        dims: 0,
        phrases: Vec::new(),
        space: None,
        order: Vec::new(),
        n_missing: 0,
        n_nameless: 0,
        n_commas: 0,
    };
    let n_repeated = table.read(&wanted, &mut |record| {
        builder.add(record, places)?;
        Ok(ControlFlow::Continue(()))
    })?;
    remarks.extend(left_out(builder.n_missing, n_repeated, "no numbers"));
    let read = builder.finish(remarks)?;
    Ok(VectorTable { space: read.space.or_else(|| table.space()), ..read })
}

impl Builder {
    fn add(&mut self, record: &Record<'_>, places: Places) -> Result<(), DataError> {
        let cells = &record.cells[places.numbers..];
        if cells.iter().all(Cell::is_blank) {
            self.n_missing += 1;
            return Ok(());
        }
        let before = self.numbers.len();
        for cell in cells {
            self.push(cell, record)?;
        }
        let got = self.numbers.len() - before;
        if before == 0 {
            self.dims = got;
        }
        if got != self.dims {
            return Err(DataError::at(record.place, format!("{} numbers, as in the first row", self.dims), got.to_string()));
        }
        if let Some(place) = places.phrase {
            let cell = &record.cells[place];
            if matches!(cell, Cell::Numbers(_) | Cell::Texts(_) | Cell::Other(_)) {
                return Err(DataError::at(record.place, "one text as the phrase", excerpt(&cell.shown(), 40)));
            }
            self.n_nameless += usize::from(*cell == Cell::Missing);
            self.phrases.push(cell.phrase().unwrap_or_default().to_owned());
        }
        if let Some(place) = places.index {
            self.order.extend(record.cells[place].number(false).map(|number| number as usize));
        }
        self.check_space(places.space.and_then(|place| record.cells[place].phrase()), record.place)
    }

    fn push(&mut self, cell: &Cell<'_>, record: &Record<'_>) -> Result<(), DataError> {
        match cell {
            Cell::Numbers(numbers) => {
                if let Some(bad) = numbers.iter().find(|number| !number.is_finite()) {
                    return Err(DataError::at(record.place, "finite numbers", bad.to_string()));
                }
                self.numbers.extend_from_slice(numbers);
            }
            cell => {
                let got = || format!("{:?}", excerpt(&cell.shown(), 40));
                let number = cell.number(record.decimal_comma).ok_or_else(|| DataError::at(record.place, "a number", got()))?;
                if !number.is_finite() {
                    return Err(DataError::at(record.place, "a finite number", not_finite(&cell.shown())));
                }
                self.n_commas += usize::from(cell.shown().contains(','));
                self.numbers.push(number);
            }
        }
        Ok(())
    }

    /// All rows of a file must name the same space: distances across spaces mean nothing.
    fn check_space(&mut self, named: Option<&str>, place: Place) -> Result<(), DataError> {
        let first = self.space.get_or_insert_with(|| named.map(str::to_owned));
        if first.as_deref() == named {
            return Ok(());
        }
        let name = |space: Option<&str>| space.unwrap_or("no space").to_owned();
        Err(DataError::at(
            place,
            format!("vectors of one space ({})", name(first.as_deref())),
            format!("{}; vectors of different models can't be compared", name(named)),
        ))
    }

    fn finish(mut self, mut remarks: Vec<Remark>) -> Result<VectorTable, DataError> {
        if self.numbers.is_empty() {
            return Err(DataError::Empty { expected: "at least one vector" });
        }
        if self.n_commas > 0 {
            remarks.push(Remark::fact(commas(self.n_commas)));
        }
        let n = self.phrases.len();
        if self.n_nameless > 0 {
            remarks.push(Remark::fact(format!("{} of {n} vectors have no phrase", self.n_nameless)));
        }
        if self.sort_by_index() {
            remarks.push(Remark::fact(format!("{} put into the order that \"index\" says", count(self.order.len(), "vector"))));
        }
        let phrases = if self.phrases.iter().all(String::is_empty) { Vec::new() } else { self.phrases };
        Ok(VectorTable { numbers: Numbers::F64(self.numbers), dims: self.dims, phrases, space: self.space.flatten(), remarks })
    }

    /// Whether the rows had another order than their indices.
    fn sort_by_index(&mut self) -> bool {
        let n = self.numbers.len() / self.dims.max(1);
        let mut row_of: Vec<Option<usize>> = vec![None; n];
        for (row, index) in self.order.iter().enumerate() {
            match row_of.get_mut(*index) {
                Some(place @ None) => *place = Some(row),
                _ => return false,
            }
        }
        let rows: Option<Vec<usize>> = row_of.into_iter().collect();
        let Some(rows) = rows.filter(|rows| !rows.is_sorted()) else { return false };
        let (numbers, phrases) = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.phrases));
        for row in &rows {
            self.numbers.extend_from_slice(&numbers[row * self.dims..(row + 1) * self.dims]);
            self.phrases.extend(phrases.get(*row).cloned());
        }
        true
    }
}

/// What is said of text that reads as no finite number.
fn not_finite(text: &str) -> String {
    let is_word = !text.chars().any(|letter| letter.is_ascii_digit());
    if is_word { format!("{text:?}") } else { format!("{}, which is too large", excerpt(text, 40)) }
}
