//! Training that may take only so long.
//!
//! The clock is the caller's: nothing in `train` reads it.

use std::ops::ControlFlow;

use super::{Run, Stopped, TrainError, TrainInput, train};
use crate::model::Encoder;
use crate::progress::OnProgress;

/// Trains and records as [`train`] does, and ends the run with [`Stopped::Time`] as soon as `is_over` says so.
///
/// # Errors
/// As [`train`].
pub fn train_until(
    input: &TrainInput,
    model: Option<&dyn Encoder>,
    is_over: &mut (dyn FnMut() -> bool + Send),
    progress: &mut OnProgress<'_>,
) -> Result<Run, TrainError> {
    let mut was_over = false;
    let mut run = train(input, model, &mut |report| {
        was_over = is_over();
        if was_over { ControlFlow::Break(()) } else { progress(report) }
    })?;
    if was_over && run.stopped == Some(Stopped::Cancelled) {
        run.stopped = Some(Stopped::Time);
    }
    Ok(run)
}
