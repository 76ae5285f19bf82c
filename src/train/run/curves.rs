//! The measures of a run over its steps, and its curves as a table.
//!
//! What is measured of a frame is in `measures.rs`.

use rayon::prelude::*;

use super::Run;
use super::measures::{Measure, MeasuredFrame, Measures};
use crate::choice::Choice;
use crate::data::{Cells, Table};
use crate::space::KnownPositives;

/// At most this many frames of a run are measured for the charts, evenly spread: all of a run of 200 steps.
const MEASURED_FRAMES: usize = 201;

/// Numbers that the measuring of a whole run may look at: fewer frames of larger sets.
const MEASURED_NUMBERS: usize = 40_000_000_000;

impl Run {
    /// Measures of frame `index`.
    pub fn measures_of(&self, index: usize) -> Measures {
        self.measures_with(index, &self.known_positives())
    }

    fn measures_with(&self, index: usize, known: &KnownPositives) -> Measures {
        Measures::of(&MeasuredFrame {
            step: self.frames.steps().get(index).copied().unwrap_or(0),
            raw: &self.frames.raw(index),
            dims: self.recipe.dims,
            trained: &self.pairs,
            held_out: &self.held_out,
            known,
            loss: self.whole_loss(index),
            held_out_loss: self.held_out_loss(index),
        })
    }

    /// Fills `measures` from the frames, on all cores.
    pub fn measure(&mut self) {
        let (n, dims) = (self.phrases.len(), self.recipe.dims);
        let per_frame = n * n * dims + n.min(dims).pow(3) * 10;
        let most = (MEASURED_NUMBERS / per_frame.max(1)).clamp(8, MEASURED_FRAMES);
        let every = self.frames.len().div_ceil(most).max(1);
        let mut indices: Vec<usize> = (0..self.frames.len()).step_by(every).collect();
        let last = self.frames.len().saturating_sub(1);
        if indices.last() != Some(&last) {
            indices.push(last);
        }
        let known = self.known_positives();
        self.measures = indices.into_par_iter().map(|index| self.measures_with(index, &known)).collect();
    }
}

/// The curves of a run: a row for every step with the loss of its batch, and the measures of those steps that were
/// measured.
pub fn curves_table(run: &Run) -> Table {
    let steps = 0..run.losses.len();
    let table = Table::default()
        .with("step", Cells::Integers(steps.clone().map(|step| step as i64).collect()))
        .with("batch_loss", Cells::Singles(run.losses.iter().copied().map(Some).collect()));
    let of_step = |step: usize| run.measures_at(step).filter(|measures| measures.step == step);
    Measure::ALL.iter().fold(table, |table, measure| {
        let cells = steps.clone().map(|step| of_step(step)?.get(*measure)).collect();
        table.with(measure.name(), Cells::Doubles(cells))
    })
}
