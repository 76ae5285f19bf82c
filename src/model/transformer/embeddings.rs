//! What goes into the first layer: the vectors of a token, of its place and of its kind, summed and normed; and the
//! gradients on them.
//!
//! The layers are in `layer.rs`, which runs all of this as one operation of candle.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{Result, Tensor, bail};

use super::fused::{add, layer_norm_back, norm_row};
use crate::model::stored::{Stored, on_numbers, on_slices};
use crate::numbers::widest;

/// Names of the tensors, in the order in which their gradients are kept.
pub(super) const TENSORS: [&str; 5] = [
    "embeddings.word_embeddings.weight",
    "embeddings.position_embeddings.weight",
    "embeddings.token_type_embeddings.weight",
    "embeddings.LayerNorm.weight",
    "embeddings.LayerNorm.bias",
];

/// Gradients on the tensors, added up: in the order of [`TENSORS`]; empty for one that does not learn.
pub(super) type EmbeddingGradients = Mutex<Vec<Vec<f32>>>;

/// The tensors that make the first vectors.
pub(super) struct Embeddings {
    pub(super) words: Stored,
    pub(super) positions: Stored,
    /// The vector of the only kind of token that phrases have.
    pub(super) token_type: Option<Tensor>,
    /// Weight and bias.
    pub(super) norm: [Tensor; 2],
    pub(super) eps: f32,
}

/// The tokens of some phrases, one after the other.
pub(super) struct Tokens {
    pub(super) ids: Vec<u32>,
    pub(super) places: Vec<u32>,
}

impl Embeddings {
    /// Rows of all tokens, as they go into the first layer.
    pub(super) fn rows(&self, tokens: &Tokens) -> Result<Vec<f32>> {
        let mut rows = self.sums(tokens)?;
        self.norm_rows(&mut rows)?;
        Ok(rows)
    }

    fn norm_rows(&self, rows: &mut [f32]) -> Result<()> {
        on_slices(&self.norm, |norm| {
            widest(
                #[inline(always)]
                || {
                    for row in rows.chunks_exact_mut(norm[0].len()) {
                        norm_row(row, norm[0], norm[1], self.eps);
                    }
                },
            );
        })
    }

    /// The same before the layer norm.
    fn sums(&self, tokens: &Tokens) -> Result<Vec<f32>> {
        let width = self.norm[0].elem_count();
        let mut sums = vec![0.0; tokens.ids.len() * width];
        for (table, rows) in [(&self.words, &tokens.ids), (&self.positions, &tokens.places)] {
            table.on_rows(rows, width, |place, row| add(&mut sums[place * width..][..width], row))?;
        }
        if let Some(row) = &self.token_type {
            on_numbers(row, |row| sums.chunks_exact_mut(width).for_each(|sum| add(sum, row)))?;
        }
        Ok(sums)
    }

    /// Adds to `on` what the gradient on rows of `tokens`, whose sums were `sums`, is on the tensors.
    fn back(&self, tokens: &Tokens, sums: &[f32], gradient: &[f32], on: &mut [Vec<f32>]) -> Result<()> {
        let width = self.norm[0].elem_count();
        let (tables, norm) = on.split_at_mut(3);
        let [on_weight, on_bias] = norm else { bail!("expected gradients on five tensors") };
        let (mut unused_weight, mut unused_bias) = (vec![0.0; width], vec![0.0; width]);
        let on_norm = match on_weight.is_empty() {
            true => [&mut unused_weight[..], &mut unused_bias[..]],
            false => [&mut on_weight[..], &mut on_bias[..]],
        };
        let on_sums = on_slices(&self.norm, |norm| layer_norm_back(sums, norm[0], gradient, on_norm, self.eps))?;
        let of_kind = vec![0; tokens.ids.len()];
        for (on_table, rows) in tables.iter_mut().zip([&tokens.ids, &tokens.places, &of_kind]) {
            if !on_table.is_empty() {
                for (row, on_sum) in rows.iter().zip(on_sums.chunks_exact(width)) {
                    add(&mut on_table[*row as usize * width..][..width], on_sum);
                }
            }
        }
        Ok(())
    }
}

/// The embeddings of some tokens as they learn.
pub(super) struct LearningEmbeddings {
    pub(super) embeddings: Arc<Embeddings>,
    pub(super) tokens: Tokens,
    pub(super) gradients: Arc<EmbeddingGradients>,
    /// Their sums, from the forward pass until the backward pass takes them.
    pub(super) sums: Mutex<Option<Vec<f32>>>,
}

impl LearningEmbeddings {
    pub(super) fn forward(&self) -> Result<Vec<f32>> {
        let sums = self.embeddings.sums(&self.tokens)?;
        let mut rows = sums.clone();
        self.embeddings.norm_rows(&mut rows)?;
        *self.sums.lock().unwrap_or_else(PoisonError::into_inner) = Some(sums);
        Ok(rows)
    }

    pub(super) fn backward(&self, gradient: &[f32]) -> Result<()> {
        let Some(sums) = self.sums.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            bail!("expected one backward pass for each forward pass");
        };
        let mut on = self.gradients.lock().unwrap_or_else(PoisonError::into_inner);
        self.embeddings.back(&self.tokens, &sums, gradient, &mut on)
    }
}
