//! Free vectors: one per phrase, moved directly by the forces.
//!
//! The course's first picture. Nothing is shared between phrases, so a phrase in no pair stays put.

use std::borrow::Cow;

use rand_distr::{Distribution, StandardNormal};
use sha2::{Digest, Sha256};

use super::super::input::TrainError;
use super::optimizer::{Optimizer, OptimizerState};
use super::{Learner, pick};
use crate::numbers::{Purpose, generator};
use crate::progress::OnProgress;

/// One free vector per phrase.
#[derive(Debug, Clone)]
pub struct Vectors {
    dims: usize,
    values: Vec<f32>,
    state: OptimizerState<f32>,
}

impl Vectors {
    /// Free vectors that begin at `values`, rows of `dims` numbers.
    pub fn new(values: Vec<f32>, dims: usize) -> Self {
        let state = OptimizerState::new(values.len(), dims);
        Self { dims, values, state }
    }
}

impl Learner for Vectors {
    fn dims(&self) -> usize {
        self.dims
    }

    fn forward(&mut self, rows: &[u32], _progress: &mut OnProgress<'_>) -> Result<Vec<f32>, TrainError> {
        Ok(pick(&self.values, self.dims, rows))
    }

    fn update(
        &mut self,
        rows: &[u32],
        gradients: &[f32],
        optimizer: &Optimizer,
        _progress: &mut OnProgress<'_>,
    ) -> Result<bool, TrainError> {
        Ok(optimizer.step(&mut self.state, &mut self.values, rows, gradients))
    }

    fn table(&self) -> Option<&[f32]> {
        Some(&self.values)
    }

    fn displace(&mut self, row: u32, by: &[f32]) {
        let vector = &mut self.values[row as usize * self.dims..][..self.dims];
        vector.iter_mut().zip(by).for_each(|(x, by)| *x += by);
    }

    fn embed(&self, rows: Option<&[u32]>, _progress: &mut OnProgress<'_>) -> Result<Cow<'_, [f32]>, TrainError> {
        Ok(match rows {
            None => Cow::Borrowed(&self.values),
            Some(rows) => Cow::Owned(pick(&self.values, self.dims, rows)),
        })
    }
}

/// Where `phrase` begins for `seed`: `dims` numbers from N(0, 1), as in `torch.nn.Embedding`.
///
/// It depends on the text and the seed alone, so a phrase begins at the same place whatever else is in
/// the list.
pub fn random_vector(seed: u64, phrase: &str, dims: usize) -> Vec<f32> {
    let hash = Sha256::digest(phrase.as_bytes());
    let index = hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
    let mut generator = generator(seed, Purpose::Start, index);
    (0..dims).map(|_| StandardNormal.sample(&mut generator)).collect()
}
