//! Tokenizer, transformer, pooling and what follows it: phrases to vectors.
//!
//! What a model is to be is told in `blueprint.rs`; its files are opened in `folder.rs`. Weights that learn are made in
//! `transformer/trainable.rs`.

use std::ops::ControlFlow;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::dense::{Step, run_steps};
use super::families::Body;
use super::folder::{Saved, WEIGHTS_FILE};
use super::named::Named;
use super::pooling::{Pooling, Span};
use super::stored::Stored;
use super::tokenizing::Tokenizing;
use super::transformer::{Gradients, Ready, Sizes, Transformer, Weights};
use super::weights::check_vectors;
use super::{Anatomy, Encoder, ModelError, NamedPrompt, Piece, TokenTable, Trainable};
use crate::progress::{OnProgress, Progress};
use crate::space::{SpaceId, Vectors};

/// Tokens a batch, at most (but one phrase at least): bounds memory, and stays in the cache.
const BATCH_TOKENS: usize = 512;

/// What makes vectors of tokens.
pub(super) enum Layers {
    /// The transformer that can learn.
    Own(Box<OwnLayers>),
    /// Something that only embeds.
    Other(Arc<dyn Body>),
}

/// The transformer that can learn, and what it is made of.
pub(super) struct OwnLayers {
    pub(super) sizes: Sizes,
    pub(super) transformer: Transformer,
    pub(super) weights: Named,
    /// The file of the weights, for errors.
    pub(super) file: String,
}

/// A sentence-transformers model.
pub(super) struct SentenceEncoder {
    pub(super) text: Tokenizing,
    pub(super) layers: Layers,
    pub(super) after: After,
    pub(super) space: SpaceId,
    pub(super) prompts: Vec<NamedPrompt>,
    pub(super) remarks: Vec<String>,
    /// What a trained copy is saved with.
    pub(super) saved: Arc<Saved>,
}

/// What follows the transformer.
#[derive(Clone)]
pub(super) struct After {
    pub(super) pooling: Pooling,
    /// With the folder of each, which ends in a slash.
    pub(super) steps: Vec<(String, Step)>,
    /// Numbers that are kept of the result.
    pub(super) kept: Option<usize>,
}

impl After {
    /// Vectors of phrases from those of their `tokens`. A phrase without tokens begins as zeros.
    fn run(&self, tokens: Option<&Tensor>, lengths: &[usize], n_skipped: usize, width: usize) -> candle_core::Result<Tensor> {
        let rows = match tokens {
            Some(tokens) => self.pool(tokens, lengths, n_skipped)?,
            None => Tensor::zeros((lengths.len(), width * self.pooling.n_modes()), candle_core::DType::F32, &Device::Cpu)?,
        };
        run_steps(rows, &self.steps, self.kept)
    }

    fn pool(&self, tokens: &Tensor, lengths: &[usize], n_skipped: usize) -> candle_core::Result<Tensor> {
        let mut start = 0;
        let spans = lengths.iter().map(|length| {
            let span = Span { start, length: *length, n_skipped };
            start += length;
            span
        });
        let spans: Vec<Span> = spans.filter(|span| span.length > 0).collect();
        let pooled = self.pooling.pool(tokens, &spans)?;
        if spans.len() == lengths.len() {
            return Ok(pooled);
        }
        let zeros = Tensor::zeros((1, pooled.dim(1)?), pooled.dtype(), pooled.device())?;
        let (mut next, empty) = (0..spans.len() as u32, spans.len() as u32);
        let places: Vec<u32> =
            lengths.iter().map(|length| if *length > 0 { next.next().unwrap_or(empty) } else { empty }).collect();
        Tensor::cat(&[&pooled, &zeros], 0)?.index_select(&Tensor::new(places, pooled.device())?, 0)
    }

    /// Numbers of the result where a token's vector has `width`.
    pub(super) fn dims(&self, width: usize) -> usize {
        let pooled = width * self.pooling.n_modes();
        let dims = self.steps.iter().fold(pooled, |width, (_, step)| step.width(width));
        self.kept.map_or(dims, |kept| kept.min(dims))
    }
}

impl Layers {
    /// The vectors of all tokens before any layer: words × width.
    fn words(&self) -> Stored {
        match self {
            Self::Own(own) => own.transformer.words().clone(),
            Self::Other(body) => body.words().clone().into(),
        }
    }

    /// Makes ready for [`Layers::vectors`] of so many tokens.
    pub(super) fn ready(&self, n_tokens: usize) -> Result<Ready, ModelError> {
        match self {
            Self::Own(own) => own.transformer.ready(n_tokens),
            Self::Other(_) => Ok(Ready::default()),
        }
    }

    /// Vectors of all tokens without gradients; one batch on several cores if `is_shared`, where that can be.
    pub(super) fn vectors(&self, sequences: &[&[u32]], ready: &Ready, is_shared: bool) -> candle_core::Result<Tensor> {
        match self {
            Self::Own(own) => own.transformer.vectors(sequences, ready, is_shared),
            Self::Other(body) => body.forward(sequences),
        }
    }

    fn run(&self, sequences: &[&[u32]], gradients: &Gradients) -> candle_core::Result<Tensor> {
        match self {
            Self::Own(own) => own.transformer.run(sequences, gradients),
            Self::Other(body) => body.forward(sequences),
        }
    }
}

impl SentenceEncoder {
    /// Vectors of token sequences, n × dims; a later backward pass adds to `gradients`.
    pub(super) fn run(&self, sequences: &[&[u32]], gradients: &Gradients) -> Result<Tensor, ModelError> {
        self.pooled(sequences, |full| self.layers.run(full, gradients))
    }

    /// Vectors of token sequences, of those of their tokens.
    fn pooled(
        &self,
        sequences: &[&[u32]],
        vectors: impl Fn(&[&[u32]]) -> candle_core::Result<Tensor>,
    ) -> Result<Tensor, ModelError> {
        let lengths: Vec<usize> = sequences.iter().map(|ids| ids.len()).collect();
        let full: Vec<&[u32]> = sequences.iter().copied().filter(|ids| !ids.is_empty()).collect();
        let tokens = if full.is_empty() { None } else { Some(vectors(&full)?) };
        let width = TokenTable::dims(self);
        Ok(self.after.run(tokens.as_ref(), &lengths, self.text.n_skipped(), width)?)
    }

    /// Vectors of token sequences, row after row, in their order.
    ///
    /// Sequences are sorted by length, so that batches are even, and the vectors put back in order.
    pub(super) fn embed_tokens(&self, tokens: &[&[u32]], progress: &mut OnProgress<'_>) -> Result<Vec<f32>, ModelError> {
        let ready = self.layers.ready(tokens.iter().map(|ids| ids.len()).sum())?;
        let dims = self.space.dims;
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_by_key(|index| tokens[*index].len());
        let mut values = vec![0.0; tokens.len() * dims];
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            // As many batches at a time as there are cores: each is computed on one.
            let mut batches = Vec::new();
            while !rest.is_empty() && batches.len() < rayon::current_num_threads() {
                let (batch, later) = rest.split_at(batch_len(rest, tokens));
                batches.push(batch);
                rest = later;
            }
            let is_shared = batches.len() == 1;
            let vectors: Vec<Vec<f32>> = batches
                .par_iter()
                .map(|batch| {
                    let sequences: Vec<&[u32]> = batch.iter().map(|index| tokens[*index]).collect();
                    let vectors = self.pooled(&sequences, |full| self.layers.vectors(full, &ready, is_shared))?;
                    Ok(vectors.flatten_all()?.to_vec1::<f32>()?)
                })
                .collect::<Result<_, ModelError>>()?;
            let rows = vectors.iter().flat_map(|vectors| vectors.chunks_exact(dims));
            for (index, row) in batches.into_iter().flatten().zip(rows) {
                values[index * dims..(index + 1) * dims].copy_from_slice(row);
            }
            let report = Progress { done: tokens.len() - rest.len(), total: tokens.len(), unit: "phrases" };
            if progress(report) == ControlFlow::Break(()) && !rest.is_empty() {
                return Err(ModelError::Cancelled);
            }
        }
        Ok(values)
    }

    /// The same around other weights and steps, which are called `revision`.
    pub(super) fn with_weights(&self, weights: Named, after: After, revision: String, stay: Weights) -> Result<Self, ModelError> {
        let own = self.own()?;
        Ok(Self {
            text: self.text.clone(),
            layers: Layers::Own(Box::new(OwnLayers {
                sizes: own.sizes.clone(),
                transformer: Transformer::load(&own.sizes, &weights.used, &own.file, stay)?,
                weights,
                file: own.file.clone(),
            })),
            after,
            space: SpaceId { revision, ..self.space.clone() },
            prompts: self.prompts.clone(),
            remarks: self.remarks.clone(),
            saved: self.saved.clone(),
        })
    }

    /// The file of the weights, for errors.
    fn file(&self) -> &str {
        match &self.layers {
            Layers::Own(own) => &own.file,
            Layers::Other(_) => WEIGHTS_FILE,
        }
    }

    /// The transformer that can learn.
    pub(super) fn own(&self) -> Result<&OwnLayers, ModelError> {
        match &self.layers {
            Layers::Own(own) => Ok(own),
            Layers::Other(_) => Err(ModelError::Lacks { model: self.space.model.clone(), what: "layers that can learn" }),
        }
    }
}

impl Encoder for SentenceEncoder {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn embed(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ModelError> {
        let tokens: Vec<Vec<u32>> = phrases.iter().map(|phrase| self.text.ids(phrase)).collect::<Result<_, _>>()?;
        let sequences: Vec<&[u32]> = tokens.iter().map(Vec::as_slice).collect();
        let values = self.embed_tokens(&sequences, progress)?;
        check_vectors(self.file(), &values)?;
        Ok(Vectors::new(self.space.clone(), values))
    }

    fn limit(&self) -> Option<usize> {
        self.text.limit()
    }

    fn cuts(&self, phrase: &str) -> bool {
        self.text.cuts(phrase)
    }

    fn prompts(&self) -> &[NamedPrompt] {
        &self.prompts
    }

    fn remarks(&self) -> &[String] {
        &self.remarks
    }

    fn tokens(&self) -> Option<&dyn TokenTable> {
        Some(self)
    }

    fn anatomy(&self) -> Option<&dyn Anatomy> {
        Some(self)
    }

    fn trainable(&self) -> Option<&dyn Trainable> {
        match self.layers {
            Layers::Own(_) => Some(self),
            Layers::Other(_) => None,
        }
    }
}

impl TokenTable for SentenceEncoder {
    fn token_ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError> {
        self.text.plain_ids(phrase)
    }

    fn read(&self, phrase: &str) -> Result<Vec<(u32, Piece)>, ModelError> {
        self.text.plain_tokens(phrase)
    }

    fn n_tokens(&self) -> usize {
        self.layers.words().dims().first().copied().unwrap_or(0)
    }

    fn dims(&self) -> usize {
        self.layers.words().dims().last().copied().unwrap_or(0)
    }

    fn token_vectors(&self, ids: &[u32]) -> Result<Vec<Vec<f32>>, ModelError> {
        Ok(self.layers.words().rows(ids)?.to_vec2()?)
    }
}

/// How many of the next sequences fit into one batch; at least one.
fn batch_len(rest: &[usize], tokens: &[&[u32]]) -> usize {
    let mut n_tokens = 0;
    let fits = |index: &&usize| {
        n_tokens += tokens[**index].len();
        n_tokens <= BATCH_TOKENS
    };
    // However many have no tokens, a batch ends somewhere.
    rest.iter().take(BATCH_TOKENS).take_while(fits).count().max(1)
}
