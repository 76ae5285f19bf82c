//! Records of a file that is not in memory: what is taken of them is asked for as it comes, because nobody knows before how
//! much of the file that will be; and nobody may write into the file meanwhile.

use super::{Records, TakeRecord};
use crate::data::cell::{Cell, Record};
use crate::data::{DataError, Given, Remark};
use crate::memory::{Need, NoMemory};

/// Bytes that are taken before more memory is asked for: so few that the first part is always there.
const PART: usize = 4 << 20;

/// What was taken of a file so far.
#[derive(Default)]
pub(super) struct Growing {
    n: usize,
    n_asked: usize,
}

impl Growing {
    /// Asks for the memory of the next part where `n` more bytes go beyond what was asked for.
    pub(super) fn ask_for(&mut self, n: usize) -> Result<(), NoMemory> {
        let before = self.n;
        self.n += n;
        if self.n <= self.n_asked.max(PART) {
            return Ok(());
        }
        self.n_asked = self.n + PART;
        let need = Need::of("reading this file", "read a part of it, or fewer columns");
        need.and("what is taken of it so far and the next part", &[self.n_asked, 2]).ask_beside(before)
    }
}

/// The records of a table in a file.
pub(super) struct Asking<'a> {
    pub(super) records: Box<dyn Records + 'a>,
    /// The file they are in.
    pub(super) given: Given,
    /// Whether texts that begin as numbers become such.
    pub(super) are_numbers: bool,
}

impl Records for Asking<'_> {
    fn columns(&self) -> &[String] {
        self.records.columns()
    }

    fn has_names(&self) -> bool {
        self.records.has_names()
    }

    fn is_typed(&self) -> bool {
        self.records.is_typed()
    }

    fn remarks(&self) -> &[Remark] {
        self.records.remarks()
    }

    fn space(&self) -> Option<String> {
        self.records.space()
    }

    fn separator(&self) -> Option<u8> {
        self.records.separator()
    }

    fn read(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<usize, DataError> {
        let mut taken = Growing::default();
        let read = self.records.read(wanted, &mut |record: &Record<'_>| {
            taken.ask_for(record.cells.iter().map(|cell| self.size_of_cell(cell)).sum())?;
            take(record)
        });
        // What is wrong with a file that changed is no matter.
        self.given.check_unchanged().and(read)
    }
}

impl Asking<'_> {
    /// Bytes that a cell takes, about.
    fn size_of_cell(&self, cell: &Cell<'_>) -> usize {
        let of_text = |text: &str| match self.are_numbers && begins_as_number(text) {
            true => size_of::<f64>(),
            false => size_of::<String>() + text.len(),
        };
        match cell {
            Cell::Missing | Cell::Flag(_) => size_of::<String>(),
            Cell::Text(text) | Cell::Number(text) | Cell::Other(text) => of_text(text),
            Cell::Numbers(numbers) => size_of_val(numbers.as_slice()),
            Cell::Texts(texts) => texts.iter().map(|text| size_of::<String>() + text.len()).sum(),
        }
    }
}

fn begins_as_number(text: &str) -> bool {
    text.trim_start_matches(['-', '+', '.', ' ']).starts_with(|first: char| first.is_ascii_digit())
}
