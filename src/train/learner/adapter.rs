//! A residual linear map on frozen vectors of the model: x ↦ (P + W) x.
//!
//! P keeps the first d' numbers of x, W begins as zero, so step 0 is the model's own map (or, with
//! fewer dimensions, a part of it), and weight decay pulls back to it. Only W learns.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::super::input::TrainError;
use super::super::learned::Learned;
use super::optimizer::{Optimizer, OptimizerState};
use super::{Learner, pick, pick_into};
use crate::numbers::{add_product, as_matrix, as_matrix_mut, multiply_alone, n_shares};
use crate::progress::OnProgress;

/// A d' × d map on vectors of d numbers.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// Frozen vectors of all phrases, n × d.
    frozen: Vec<f32>,
    frozen_dims: usize,
    dims: usize,
    /// W, row-major d' × d: what learns.
    change: Vec<f32>,
    state: OptimizerState<f32>,
    /// The gradient on W of the last step: room that is used again.
    gradient: Vec<f32>,
    /// The frozen vectors of the batch of the last `forward`.
    batch: Vec<f32>,
    /// All phrases mapped, from when they were asked for until the map changes: what was just recorded is what the
    /// next batch needs.
    mapped: OnceCell<Vec<f32>>,
}

impl Adapter {
    /// The map that changes nothing, from `frozen` rows of `frozen_dims` numbers to `dims`, which is no more.
    pub fn new(frozen: Vec<f32>, frozen_dims: usize, dims: usize) -> Self {
        let n_parameters = dims * frozen_dims;
        Self {
            frozen,
            frozen_dims,
            dims,
            change: vec![0.0; n_parameters],
            state: OptimizerState::new(n_parameters, frozen_dims),
            gradient: vec![0.0; n_parameters],
            batch: Vec::new(),
            mapped: OnceCell::new(),
        }
    }

    fn map(&self, vectors: &[f32]) -> Vec<f32> {
        Self::mapped(vectors, (self.frozen_dims, self.dims), &self.change)
    }

    /// Rows of `from_dims` numbers mapped to `dims` by P + `change`, which is row-major `dims` × `from_dims`.
    pub(in crate::train) fn mapped(vectors: &[f32], (from_dims, dims): (usize, usize), change: &[f32]) -> Vec<f32> {
        let mut mapped: Vec<f32> = match dims == from_dims {
            true => vectors.to_vec(),
            false => vectors.chunks_exact(from_dims).flat_map(|vector| &vector[..dims]).copied().collect(),
        };
        let change = as_matrix(change, from_dims);
        add_product(as_matrix_mut(&mut mapped, dims), as_matrix(vectors, from_dims), change.transpose());
        mapped
    }
}

impl Learner for Adapter {
    fn dims(&self) -> usize {
        self.dims
    }

    fn forward(&mut self, rows: &[u32], _progress: &mut OnProgress<'_>) -> Result<Vec<f32>, TrainError> {
        pick_into(&mut self.batch, &self.frozen, self.frozen_dims, rows);
        Ok(match self.mapped.get() {
            Some(mapped) => pick(mapped, self.dims, rows),
            None => self.map(&self.batch),
        })
    }

    /// The gradient on W is Σ g xᵀ over the batch.
    fn update(
        &mut self,
        _rows: &[u32],
        gradients: &[f32],
        optimizer: &Optimizer,
        _progress: &mut OnProgress<'_>,
    ) -> Result<bool, TrainError> {
        self.mapped.take();
        let (gradients, batch) = (as_matrix(gradients, self.dims).transpose(), as_matrix(&self.batch, self.frozen_dims));
        let n_rows = self.dims.div_ceil(n_shares(self.change.len() * batch.nrows()));
        let on_change = |first: usize, gradient: &mut [f32]| {
            let out = as_matrix_mut(gradient, self.frozen_dims);
            let rows = gradients.subrows(first, out.nrows());
            multiply_alone(out, rows, batch);
        };
        Ok(optimizer.step_all(&mut self.state, &mut self.change, &mut self.gradient, n_rows, on_change))
    }

    fn learned(&self) -> Option<Learned> {
        Some(Learned::Map(self.change.as_slice().into()))
    }

    fn cost(&self) -> usize {
        self.change.len()
    }

    fn embed(&self, rows: Option<&[u32]>, _progress: &mut OnProgress<'_>) -> Result<Cow<'_, [f32]>, TrainError> {
        Ok(match rows {
            Some(rows) => Cow::Owned(self.map(&pick(&self.frozen, self.frozen_dims, rows))),
            None => Cow::Borrowed(self.mapped.get_or_init(|| self.map(&self.frozen))),
        })
    }
}
