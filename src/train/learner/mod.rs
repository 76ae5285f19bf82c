//! What learns: something that has a vector for every phrase and follows the gradient on them.
//!
//! One file each; where they begin is in `begin.rs`, how parameters follow a gradient in `optimizer.rs`. The loss is not
//! known here: a learner only carries a gradient on its vectors back into its own parameters.

mod adapter;
mod begin;
mod optimizer;
mod tokens;
mod transformer;
mod vectors;

use std::borrow::Cow;

pub use adapter::Adapter;
pub(super) use begin::{learner_of, token_start};
pub use optimizer::{Optimizer, OptimizerState};
pub use tokens::Tokens;
pub use transformer::Transformer;
pub use vectors::{Vectors, random_vector};

use super::input::TrainError;
use super::learned::Learned;
use crate::numbers::every_row;
use crate::progress::OnProgress;

/// What training moves.
///
/// A step asks for the vectors of a batch, computes the loss's gradient on them, and hands it back.
pub trait Learner {
    /// Numbers a vector.
    fn dims(&self) -> usize;

    /// The vectors of `rows`, one after the other.
    ///
    /// # Errors
    /// If a computation fails or `progress` answers `Break`; only the transformer knows either.
    fn forward(&mut self, rows: &[u32], progress: &mut OnProgress<'_>) -> Result<Vec<f32>, TrainError>;

    /// Follows `gradients`, which hold a row for each of `rows` (all different, as given to `forward`
    /// last, if that was called), in that order. Says whether all parameters that changed are finite.
    ///
    /// # Errors
    /// As [`Learner::forward`].
    fn update(
        &mut self,
        rows: &[u32],
        gradients: &[f32],
        optimizer: &Optimizer,
        progress: &mut OnProgress<'_>,
    ) -> Result<bool, TrainError>;

    /// The vectors of `rows` (`None`: of all phrases) as they are now: what a frame of the recording shows.
    ///
    /// # Errors
    /// As [`Learner::forward`].
    fn embed(&self, rows: Option<&[u32]>, progress: &mut OnProgress<'_>) -> Result<Cow<'_, [f32]>, TrainError>;

    /// The vectors of all phrases, row after row, where they lie ready: what a batch needs is then read from there, and
    /// [`Learner::forward`] is not called.
    fn table(&self) -> Option<&[f32]> {
        None
    }

    /// Adds `by` to the vector of one phrase. Only free vectors have one that is nobody else's: recipes ask no other.
    fn displace(&mut self, _row: u32, _by: &[f32]) {}

    /// Multiplications that the vector of one phrase takes, about; 0 where it is only read.
    fn cost(&self) -> usize {
        0
    }

    /// Every how many steps to record `n_recorded` phrases, when `steps` are taken with `rows_per_step`
    /// phrases each: every step where that is a moment's work, else so that it takes a tenth of the time of
    /// training, which costs about three times as much for each phrase as asking.
    fn record_every(&self, n_recorded: usize, rows_per_step: usize, steps: usize) -> usize {
        const A_MOMENT: usize = 1_500_000_000;
        if n_recorded * steps * self.cost() <= A_MOMENT { 1 } else { (10 * n_recorded).div_ceil(3 * rows_per_step.max(1)).max(1) }
    }

    /// What gives a vector to any phrase, where it is small enough to be kept with the run.
    fn learned(&self) -> Option<Learned> {
        None
    }

    /// The weights of a trained language model as a safetensors file, where that is what learned.
    fn weights(&self) -> Result<Option<Vec<u8>>, TrainError> {
        Ok(None)
    }
}

/// Rows of `dims` numbers, picked from `values`.
pub(super) fn pick(values: &[f32], dims: usize, rows: &[u32]) -> Vec<f32> {
    let mut picked = Vec::with_capacity(rows.len() * dims);
    for row in rows {
        picked.extend_from_slice(&values[*row as usize * dims..][..dims]);
    }
    picked
}

/// The same, in the place of what is in `picked`, on all cores if it is much.
fn pick_into(picked: &mut Vec<f32>, values: &[f32], dims: usize, rows: &[u32]) {
    picked.resize(rows.len() * dims, 0.0);
    every_row(picked, dims, |number, row| {
        row.copy_from_slice(&values[rows[number] as usize * dims..][..dims]);
    });
}
