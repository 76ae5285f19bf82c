//! The language model itself: the gradient on its vectors goes back through all its layers.
//!
//! Automatic differentiation is candle's, through `model`; here is what a step of fine-tuning is made
//! of: pieces small enough that cancelling is quick, clipping, and AdamW on every trained tensor.

use std::borrow::Cow;

use candle_core::Tensor;
use rayon::prelude::*;

use super::super::input::TrainError;
use super::Learner;
use super::optimizer::{Optimizer, OptimizerState};
use crate::model::{LANES, LearningModel, ModelError};
use crate::numbers::wide_dot;
use crate::progress::{OnProgress, Progress};

/// Tokens that go through the model in one piece, at most (but one phrase at least): small enough that
/// cancelling is quick.
const PIECE_TOKENS: usize = 256;

/// A transformer that learns.
pub struct Transformer {
    model: Box<dyn LearningModel>,
    token_ids: Vec<Vec<u32>>,
    /// By trained tensor.
    states: Vec<OptimizerState<f32>>,
    gradients: Vec<Vec<f32>>,
    pieces: Vec<Piece>,
}

/// Some phrases of the batch of the last `forward`, with the graph of their vectors.
struct Piece {
    /// Places in the batch.
    places: Vec<usize>,
    /// places × dims.
    vectors: Tensor,
}

impl Transformer {
    /// Fine-tunes `model` on phrases whose token ids are `token_ids`.
    pub fn new(model: Box<dyn LearningModel>, token_ids: Vec<Vec<u32>>) -> Self {
        let states = model.trained().iter().map(|tensor| OptimizerState::new(tensor.len, tensor.len)).collect();
        let gradients = model.trained().iter().map(|tensor| vec![0.0; tensor.len]).collect();
        Self { model, token_ids, states, gradients, pieces: Vec::new() }
    }

    /// Places of `rows` in pieces of phrases of like length.
    fn cut(&self, rows: &[u32]) -> Vec<Vec<usize>> {
        let length = |place: usize| self.token_ids[rows[place] as usize].len();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|place| length(*place));
        let all: usize = order.iter().map(|place| length(*place)).sum();
        let most = PIECE_TOKENS.min(all.div_ceil(LANES) + 1);
        let mut pieces: Vec<Vec<usize>> = Vec::new();
        let mut n_tokens = usize::MAX;
        for place in order {
            n_tokens = n_tokens.saturating_add(length(place));
            match pieces.last_mut() {
                Some(piece) if n_tokens <= most => piece.push(place),
                _ => {
                    pieces.push(vec![place]);
                    n_tokens = length(place);
                }
            }
        }
        pieces
    }

    /// Length of the gradient over all parameters.
    fn gradient_length(&self) -> f64 {
        let squares = |values: &Vec<f32>| wide_dot(values, values);
        self.gradients.par_iter().map(squares).collect::<Vec<f64>>().iter().sum::<f64>().sqrt()
    }

    /// As `torch.nn.utils.clip_grad_norm_`.
    fn clip(&mut self, longest: f64) {
        let length = self.gradient_length();
        if longest > 0.0 && length > longest {
            let scale = (longest / (length + 1e-6)) as f32;
            self.gradients.par_iter_mut().flatten().for_each(|g| *g *= scale);
        }
    }

    /// The gradient on every trained tensor as it was after the last `update`, with its name.
    pub fn gradients(&self) -> impl Iterator<Item = (String, &[f32])> {
        self.model.trained().into_iter().map(|tensor| tensor.name.to_owned()).zip(self.gradients.iter().map(Vec::as_slice))
    }
}

/// Says that a part of a step is done, without counting it: a step is the unit of a run.
fn breathe(progress: &mut OnProgress<'_>) -> Result<(), TrainError> {
    match progress(Progress::HEARTBEAT).is_break() {
        true => Err(TrainError::Cancelled),
        false => Ok(()),
    }
}

fn computed<T>(result: Result<T, ModelError>) -> Result<T, TrainError> {
    result.map_err(|error| match error {
        ModelError::Cancelled => TrainError::Cancelled,
        error => TrainError::Compute(error.to_string()),
    })
}

impl Learner for Transformer {
    fn dims(&self) -> usize {
        self.model.dims()
    }

    fn forward(&mut self, rows: &[u32], progress: &mut OnProgress<'_>) -> Result<Vec<f32>, TrainError> {
        let dims = self.dims();
        let mut values = vec![0.0; rows.len() * dims];
        self.pieces.clear();
        for wave in self.cut(rows).chunks(LANES) {
            breathe(progress)?;
            let forward = |(lane, places): (usize, &Vec<usize>)| -> Result<(Piece, Vec<f32>), ModelError> {
                let ids = |place: &usize| self.token_ids[rows[*place] as usize].as_slice();
                let vectors = self.model.forward(&places.iter().map(ids).collect::<Vec<_>>(), lane)?;
                let flat = vectors.flatten_all()?.to_vec1::<f32>()?;
                Ok((Piece { places: places.clone(), vectors }, flat))
            };
            let pieces: Vec<_> = computed(wave.par_iter().enumerate().map(forward).collect::<Result<_, _>>())?;
            for (piece, flat) in pieces {
                for (place, row) in piece.places.iter().zip(flat.chunks_exact(dims)) {
                    values[place * dims..(place + 1) * dims].copy_from_slice(row);
                }
                self.pieces.push(piece);
            }
        }
        Ok(values)
    }

    fn update(
        &mut self,
        _rows: &[u32],
        gradients: &[f32],
        optimizer: &Optimizer,
        progress: &mut OnProgress<'_>,
    ) -> Result<bool, TrainError> {
        let dims = self.dims();
        for wave in std::mem::take(&mut self.pieces).chunks(LANES) {
            if let Err(cancelled) = breathe(progress) {
                self.model.take_gradients(&mut self.gradients);
                return Err(cancelled);
            }
            let backward = |(lane, piece): (usize, &Piece)| {
                let places = piece.places.iter();
                let on_vectors: Vec<f32> =
                    places.flat_map(|place| &gradients[place * dims..(place + 1) * dims]).copied().collect();
                self.model.backward(&piece.vectors, &on_vectors, lane)
            };
            computed(wave.par_iter().enumerate().map(backward).collect::<Result<(), _>>())?;
        }
        self.model.take_gradients(&mut self.gradients);
        if !self.gradient_length().is_finite() {
            return Ok(false);
        }
        self.clip(optimizer.max_gradient);
        let decays: Vec<bool> = self.model.trained().iter().map(|tensor| !tensor.is_bias_or_norm).collect();
        let tensors = self.states.par_iter_mut().zip(&self.gradients).zip(decays).enumerate();
        let finite = tensors.map(|(index, ((state, gradient), decays))| {
            let weight_decay = if decays { optimizer.weight_decay } else { 0.0 };
            let optimizer = Optimizer { weight_decay, ..*optimizer };
            // The callback may not change what it borrows, so that the state goes in and out of a cell.
            let cell = std::sync::Mutex::new((state, true));
            computed(self.model.change(index, &|values| {
                if let Ok(mut guard) = cell.lock() {
                    let (state, is_finite) = &mut *guard;
                    *is_finite = optimizer.step(state, values, &[0], gradient);
                }
            }))?;
            Ok(cell.into_inner().is_ok_and(|(_, is_finite)| is_finite))
        });
        Ok(finite.collect::<Result<Vec<bool>, TrainError>>()?.into_iter().all(|finite| finite))
    }

    fn embed(&self, rows: Option<&[u32]>, progress: &mut OnProgress<'_>) -> Result<Cow<'_, [f32]>, TrainError> {
        let sequences: Vec<&[u32]> = match rows {
            Some(rows) => rows.iter().map(|row| self.token_ids[*row as usize].as_slice()).collect(),
            None => self.token_ids.iter().map(Vec::as_slice).collect(),
        };
        let mut uncounted = |_: Progress| progress(Progress::HEARTBEAT);
        Ok(Cow::Owned(computed(self.model.embed_tokens(&sequences, &mut uncounted))?))
    }

    /// Six layers of 384 numbers and fifteen tokens, or more.
    fn cost(&self) -> usize {
        300_000_000
    }

    fn weights(&self) -> Result<Option<Vec<u8>>, TrainError> {
        computed(self.model.to_safetensors()).map(Some)
    }
}
