//! What can go wrong while a table is written, and how far it is.

use std::fmt::Display;
use std::ops::ControlFlow;

use crate::progress::{OnProgress, Progress};

/// Rows between two reports of progress.
const ROWS_A_REPORT: usize = 64;

/// Why a table could not be written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WriteError {
    /// The format can't hold it.
    #[error("expected a table that the format {format} can hold, got {got}")]
    Shape {
        /// The name of the format.
        format: &'static str,
        /// What the table is.
        got: String,
    },
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
    /// Something that only a fault of the program, or a lack of memory, can cause.
    #[error("cannot make the file: {0}")]
    Other(String),
}

impl WriteError {
    pub(super) fn other(cause: impl Display) -> Self {
        Self::Other(cause.to_string())
    }
}

/// Reports how many rows are written.
pub(super) struct Pace<'a, 'b> {
    total: usize,
    progress: &'a mut OnProgress<'b>,
}

impl<'a, 'b> Pace<'a, 'b> {
    /// Of a table of `total` rows.
    pub(super) fn new(total: usize, progress: &'a mut OnProgress<'b>) -> Self {
        Self { total, progress }
    }

    /// Row `row` is written.
    pub(super) fn row(&mut self, row: usize) -> Result<(), WriteError> {
        if (row + 1).is_multiple_of(ROWS_A_REPORT) { self.rows(row + 1) } else { Ok(()) }
    }

    /// The first `done` rows are written.
    pub(super) fn rows(&mut self, done: usize) -> Result<(), WriteError> {
        match (self.progress)(Progress { done, total: self.total, unit: "rows" }) {
            ControlFlow::Break(()) => Err(WriteError::Cancelled),
            ControlFlow::Continue(()) => Ok(()),
        }
    }
}
