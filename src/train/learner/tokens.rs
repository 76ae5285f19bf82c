//! A static embedding: one vector per token, a phrase is the mean of its tokens, normalised.
//!
//! The smallest thing that deserves the name of a model: its parameters are shared between phrases, so
//! a phrase that is in no pair moves with the tokens that it has in common with others
//! (`sentence_transformers.models.StaticEmbedding`).

use std::borrow::Cow;

use rand_distr::{Distribution, StandardNormal};

use super::super::input::TrainError;
use super::super::learned::Learned;
use super::Learner;
use super::optimizer::{Optimizer, OptimizerState};
use crate::numbers::{Purpose, generator};
use crate::numbers::{dot_in_turn, length_in_turn};
use crate::progress::OnProgress;

/// Below this length the mean of tokens has no direction.
const MIN_LENGTH: f32 = 1e-12;

/// One vector per token that occurs.
#[derive(Debug, Clone)]
pub struct Tokens {
    dims: usize,
    /// The tokens that occur, rising.
    ids: Vec<u32>,
    /// By phrase: places of its tokens in `values`, in order, repeated tokens repeated.
    phrases: Vec<Vec<u32>>,
    /// One row per token.
    values: Vec<f32>,
    state: OptimizerState<f32>,
    /// Lengths of the means of the batch of the last `forward`.
    lengths: Vec<f32>,
    /// Unit vectors of the batch of the last `forward`.
    units: Vec<f32>,
}

impl Tokens {
    /// A static embedding of phrases whose token ids are `token_ids`; `start` gives the first vector of a
    /// token. Tokens that occur nowhere have no row: nothing would ever move them.
    pub fn new(token_ids: &[Vec<u32>], dims: usize, start: impl Fn(u32) -> Vec<f32>) -> Self {
        let mut ids: Vec<u32> = token_ids.iter().flatten().copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let place = |id: &u32| ids.partition_point(|other| other < id) as u32;
        let phrases = token_ids.iter().map(|ids| ids.iter().map(place).collect()).collect();
        let values: Vec<f32> = ids.iter().flat_map(|id| start(*id)).collect();
        let state = OptimizerState::new(values.len(), dims);
        Self { dims, ids, phrases, values, state, lengths: Vec::new(), units: Vec::new() }
    }

    /// Where the vector of `token` begins for `seed`: N(0, 1), as in `torch.nn.Embedding`.
    pub fn random_start(seed: u64, token: u32, dims: usize) -> Vec<f32> {
        let mut generator = generator(seed, Purpose::TokenStart, u64::from(token));
        (0..dims).map(|_| StandardNormal.sample(&mut generator)).collect()
    }

    /// The unit vector of a phrase and the length its mean had.
    fn unit_of(&self, row: usize, out: &mut Vec<f32>) -> f32 {
        let at = out.len();
        out.resize(at + self.dims, 0.0);
        let tokens = &self.phrases[row];
        let sum = &mut out[at..];
        for token in tokens {
            let vector = &self.values[*token as usize * self.dims..][..self.dims];
            sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        }
        let share = 1.0 / tokens.len().max(1) as f32;
        sum.iter_mut().for_each(|x| *x *= share);
        let length = length_in_turn(sum);
        if length > MIN_LENGTH {
            sum.iter_mut().for_each(|x| *x /= length);
        }
        length
    }

    /// The unit vectors of all phrases.
    pub(in crate::train) fn units(&self) -> Vec<f32> {
        let mut units = Vec::with_capacity(self.phrases.len() * self.dims);
        (0..self.phrases.len()).for_each(|row| _ = self.unit_of(row, &mut units));
        units
    }

    /// The gradient on the means, from that on the unit vectors: g less its part along the unit, over the length.
    fn mean_gradients(&self, gradients: &[f32]) -> Vec<f32> {
        let mut on_means = gradients.to_vec();
        let rows = on_means.chunks_exact_mut(self.dims).zip(self.units.chunks_exact(self.dims));
        for ((row, unit), length) in rows.zip(&self.lengths) {
            let along = dot_in_turn(row, unit);
            let scale = if *length > MIN_LENGTH { 1.0 / length } else { 0.0 };
            row.iter_mut().zip(unit).for_each(|(g, u)| *g = (*g - along * u) * scale);
        }
        on_means
    }
}

impl Learner for Tokens {
    fn dims(&self) -> usize {
        self.dims
    }

    fn forward(&mut self, rows: &[u32], _progress: &mut OnProgress<'_>) -> Result<Vec<f32>, TrainError> {
        let mut units = Vec::with_capacity(rows.len() * self.dims);
        self.lengths = rows.iter().map(|row| self.unit_of(*row as usize, &mut units)).collect();
        self.units.clone_from(&units);
        Ok(units)
    }

    fn update(
        &mut self,
        rows: &[u32],
        gradients: &[f32],
        optimizer: &Optimizer,
        _progress: &mut OnProgress<'_>,
    ) -> Result<bool, TrainError> {
        let on_means = self.mean_gradients(gradients);
        let mut touched: Vec<u32> = rows.iter().flat_map(|row| &self.phrases[*row as usize]).copied().collect();
        touched.sort_unstable();
        touched.dedup();
        let mut on_tokens = vec![0.0; touched.len() * self.dims];
        for (row, gradient) in rows.iter().zip(on_means.chunks_exact(self.dims)) {
            let tokens = &self.phrases[*row as usize];
            let share = 1.0 / tokens.len().max(1) as f32;
            for token in tokens {
                let at = touched.partition_point(|other| other < token) * self.dims;
                on_tokens[at..at + self.dims].iter_mut().zip(gradient).for_each(|(sum, g)| *sum += share * g);
            }
        }
        Ok(optimizer.step(&mut self.state, &mut self.values, &touched, &on_tokens))
    }

    fn learned(&self) -> Option<Learned> {
        Some(Learned::Tokens { ids: self.ids.as_slice().into(), vectors: self.values.as_slice().into() })
    }

    fn cost(&self) -> usize {
        let n_tokens: usize = self.phrases.iter().map(Vec::len).sum();
        2 * self.dims * n_tokens / self.phrases.len().max(1)
    }

    fn embed(&self, rows: Option<&[u32]>, _progress: &mut OnProgress<'_>) -> Result<Cow<'_, [f32]>, TrainError> {
        let Some(rows) = rows else { return Ok(Cow::Owned(self.units())) };
        let mut units = Vec::new();
        rows.iter().for_each(|row| _ = self.unit_of(*row as usize, &mut units));
        Ok(Cow::Owned(units))
    }
}
