//! Records of a file that is not in memory: what is taken of them is asked for as it comes, because nobody knows before how
//! much of the file that will be; and nobody may write into the file meanwhile.

use super::{Records, TakeRecord};
use crate::data::cell::{Cell, Record};
use crate::data::{DataError, Given, Remark};
use crate::memory::Need;

/// Bytes that are taken before more memory is asked for: so few that the first part is always there.
const PART: usize = 4 << 20;

/// The records of a table, and the file they are in.
pub(super) struct Asking<'a>(pub(super) Box<dyn Records + 'a>, pub(super) Given);

impl Records for Asking<'_> {
    fn columns(&self) -> &[String] {
        self.0.columns()
    }

    fn has_names(&self) -> bool {
        self.0.has_names()
    }

    fn is_typed(&self) -> bool {
        self.0.is_typed()
    }

    fn remarks(&self) -> &[Remark] {
        self.0.remarks()
    }

    fn space(&self) -> Option<String> {
        self.0.space()
    }

    fn separator(&self) -> Option<u8> {
        self.0.separator()
    }

    fn read(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<usize, DataError> {
        let (mut n_taken, mut n_asked) = (0, PART);
        let read = self.0.read(wanted, &mut |record: &Record<'_>| {
            n_taken += record.cells.iter().map(size_of_cell).sum::<usize>();
            if n_taken > n_asked {
                n_asked = n_taken + PART;
                let need = Need::of("reading this file", "read a part of it, or fewer columns");
                need.and("what is taken of it so far and the next part", &[n_asked, 2]).ask()?;
            }
            take(record)
        });
        // What is wrong with a file that changed is no matter.
        self.1.check_unchanged().and(read)
    }
}

/// Bytes that a cell takes, about.
fn size_of_cell(cell: &Cell<'_>) -> usize {
    size_of::<String>()
        + match cell {
            Cell::Missing | Cell::Flag(_) => 0,
            Cell::Text(text) | Cell::Number(text) | Cell::Other(text) => text.len(),
            Cell::Numbers(numbers) => numbers.len() * size_of::<f64>(),
            Cell::Texts(texts) => texts.iter().map(|text| size_of::<String>() + text.len()).sum(),
        }
}
