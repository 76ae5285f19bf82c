//! What the vector of a sentence-transformers model is made of.

use candle_core::{Device, Tensor};

use super::anatomy::{in_words, tokens_without};
use super::dense::{run_sums, steps_in_words};
use super::pooling::Span;
use super::sentence_encoder::{After, SentenceEncoder};
use super::{Anatomy, ModelError, Parts, Piece, TokenTable};
use crate::progress::OnProgress;

impl Anatomy for SentenceEncoder {
    fn parts(&self, phrase: &str) -> Result<Parts, ModelError> {
        let (ids, tokens): (Vec<u32>, Vec<Piece>) = self.text.tokens(phrase)?.into_iter().unzip();
        let vectors = match ids.as_slice() {
            [] => Tensor::zeros((0, TokenTable::dims(self)), candle_core::DType::F32, &Device::Cpu)?,
            ids => {
                let ready = self.layers.ready(ids.len())?;
                self.layers.vectors(&[ids], &ready, true)?
            }
        };
        let span = Span { start: 0, length: ids.len(), n_skipped: self.text.n_skipped() };
        let weights = self.after.pooling.weights(span);
        let shares = match &weights {
            Some(weights) if !ids.is_empty() => self.after.shares(&vectors, weights)?,
            Some(_) => Some(Vec::new()),
            None => None,
        };
        let After { pooling, steps, kept } = &self.after;
        Ok(Parts {
            tokens,
            width: vectors.dim(1)?,
            vectors: vectors.flatten_all()?.to_vec1()?,
            weights: weights.unwrap_or_default(),
            shares,
            arithmetic: in_words(pooling.in_words(span), steps_in_words(steps, *kept)),
            n_joined: 0,
        })
    }

    fn without(&self, phrase: &str, left_out: &[usize], progress: &mut OnProgress<'_>) -> Result<Vec<f32>, ModelError> {
        let ids = self.text.ids(phrase)?;
        let sequences: Vec<Vec<u32>> = left_out.iter().map(|place| tokens_without(&ids, *place)).collect();
        let sequences: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
        self.embed_tokens(&sequences, progress)
    }
}

impl After {
    /// What each token adds to a multiple of the phrase's vector: `vectors` times the weights of each way side by side, and
    /// through all that follows. `None` where something that follows is no sum.
    fn shares(&self, vectors: &Tensor, weights: &[Vec<f32>]) -> Result<Option<Vec<f32>>, ModelError> {
        let of_way = |weights: &Vec<f32>| {
            let weights = Tensor::from_slice(weights, (weights.len(), 1), vectors.device())?;
            vectors.broadcast_mul(&weights)
        };
        let ways = weights.iter().map(of_way).collect::<candle_core::Result<Vec<_>>>()?;
        let rows = run_sums(Tensor::cat(&ways, 1)?, &self.steps, self.kept)?;
        Ok(rows.map(|rows| rows.flatten_all()?.to_vec1()).transpose()?)
    }
}
