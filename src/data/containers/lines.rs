//! Plain text: one phrase a line.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::source::Source;
use super::{Records, TakeRecord};
use crate::data::cell::{Cell, Place, Record};
use crate::data::{DataError, Remark};

pub(super) struct Lines<'a> {
    text: Source<'a>,
    columns: [String; 1],
}

/// The lines of `text`, however they end: a carriage return alone ends one too.
pub(super) fn open(text: Cow<'_, str>) -> Lines<'_> {
    let has_lone_returns = text.contains('\r') && text.replace("\r\n", "").contains('\r');
    let text = if has_lone_returns { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { text };
    of(Source::Memory(text))
}

/// The lines of a text, each ended by a line feed.
pub(super) fn of(text: Source<'_>) -> Lines<'_> {
    Lines { text, columns: ["phrase".to_owned()] }
}

impl Records for Lines<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn has_names(&self) -> bool {
        true
    }

    fn separator(&self) -> Option<u8> {
        Some(b'\n')
    }

    fn is_typed(&self) -> bool {
        false
    }

    fn remarks(&self) -> &[Remark] {
        &[]
    }

    fn read(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<usize, DataError> {
        self.text.each_line(&mut |index, at, line| {
            let line = line.strip_suffix('\r').unwrap_or(line);
            // Blank lines are between phrases, not missing ones.
            if line.trim().is_empty() {
                return Ok(ControlFlow::Continue(()));
            }
            let cells: Vec<Cell<'_>> = wanted.iter().map(|_| Cell::of_text(line)).collect();
            take(&Record { place: Place::Line(index + 1), cells: &cells, decimal_comma: false, at })
        })?;
        Ok(0)
    }
}
