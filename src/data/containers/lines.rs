//! Plain text: one phrase a line.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::{Table, TakeRecord};
use crate::data::cell::{Cell, Place, Record};
use crate::data::{DataError, Remark};

pub(super) struct Lines<'a> {
    text: Cow<'a, str>,
    columns: [String; 1],
}

pub(super) fn open(text: Cow<'_, str>) -> Lines<'_> {
    Lines { text, columns: ["phrase".to_owned()] }
}

impl Table for Lines<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn has_names(&self) -> bool {
        true
    }

    fn is_typed(&self) -> bool {
        false
    }

    fn remarks(&self) -> &[Remark] {
        &[]
    }

    fn read(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<usize, DataError> {
        let mut at = 0;
        for (index, line) in self.text.split('\n').enumerate() {
            let (start, line) = (at, line.strip_suffix('\r').unwrap_or(line));
            at += line.len() + 1;
            // Blank lines are between phrases, not missing ones.
            if line.trim().is_empty() {
                continue;
            }
            let cells: Vec<Cell<'_>> = wanted.iter().map(|_| Cell::of_text(line)).collect();
            let record = Record { place: Place::Line(index + 1), cells: &cells, decimal_comma: false, at: start };
            if take(&record)? == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(0)
    }
}
