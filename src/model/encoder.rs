//! What everybody else knows of a model: [`Encoder`], and what some models can do besides.
//!
//! Nothing here knows an architecture, a file or where a model comes from.

use std::path::Path;
use std::sync::Arc;

use candle_core::Tensor;

use super::{Anatomy, ModelError, Piece};
use crate::progress::OnProgress;
use crate::space::{SpaceId, Vectors};

/// Something that turns phrases into vectors of one space.
pub trait Encoder: Send + Sync {
    /// The space of its vectors: which model they are of, and all that decides whether two may be compared.
    fn space(&self) -> &SpaceId;

    /// Vectors of `phrases`, in their order.
    ///
    /// # Errors
    /// If a computation fails; [`ModelError::Cancelled`] if `progress` answers `Break`.
    fn embed(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ModelError>;

    /// Numbers a vector.
    fn dims(&self) -> usize {
        self.space().dims
    }

    /// What it is called, for people.
    fn name(&self) -> &str {
        &self.space().model
    }

    /// Tokens of a phrase that it reads at most, special ones included; the rest is cut off. `None`: all.
    fn limit(&self) -> Option<usize> {
        None
    }

    /// Whether `phrase`, with the prompt, has more tokens than it reads.
    fn cuts(&self, _phrase: &str) -> bool {
        false
    }

    /// The prompts that the model was trained with, by name; what is put before phrases is in its space.
    fn prompts(&self) -> &[NamedPrompt] {
        &[]
    }

    /// What one should know: what was guessed, replaced or is not as the files say. A sentence each, without a full stop.
    fn remarks(&self) -> &[String] {
        &[]
    }

    /// Its tokenizer and token vectors, if it has them: what a learner of tokens needs.
    fn tokens(&self) -> Option<&dyn TokenTable> {
        None
    }

    /// What it makes vectors of, if it shows that; one that only hands out vectors does not.
    fn anatomy(&self) -> Option<&dyn Anatomy> {
        None
    }

    /// What can be trained of it, if anything can: what a learner that is a model needs.
    fn trainable(&self) -> Option<&dyn Trainable> {
        None
    }
}

/// A text that a model wants before phrases of one kind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NamedPrompt {
    /// What it is for, such as `query`.
    pub name: String,
    /// The text; it may be empty.
    pub text: String,
}

/// A tokenizer with a vector for every token.
pub trait TokenTable: Send + Sync {
    /// Token ids of `phrase` alone, without special ones.
    ///
    /// # Errors
    /// If the tokenizer does not take it.
    fn token_ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError>;

    /// The same with the tokens as people read them.
    ///
    /// # Errors
    /// If the tokenizer does not take it.
    fn read(&self, phrase: &str) -> Result<Vec<(u32, Piece)>, ModelError>;

    /// Tokens there are; every id is smaller.
    fn n_tokens(&self) -> usize;

    /// Numbers of a token's vector.
    fn dims(&self) -> usize;

    /// The vectors of `ids`, in their order: what the model knows of a token by itself, before any layer.
    ///
    /// # Errors
    /// If an id is none of its tokens.
    fn token_vectors(&self, ids: &[u32]) -> Result<Vec<Vec<f32>>, ModelError>;
}

/// A model with weights that can learn, and that can be saved again.
pub trait Trainable: Send + Sync {
    /// Token ids of `phrase` with the special ones, cut at the model's limit: what its layers read.
    ///
    /// # Errors
    /// If the tokenizer does not take it.
    fn token_ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError>;

    /// A copy that learns with its last `layers` layers (0: with all, and with positions and the first layer
    /// norm) and, if `words`, with its word embeddings.
    ///
    /// # Errors
    /// If the weights make no model.
    fn learning(&self, first: FirstWeights, layers: usize, words: bool) -> Result<Box<dyn LearningModel>, ModelError>;

    /// The same architecture and tokenizer with random weights of a seed, as BERT was initialised.
    ///
    /// # Errors
    /// If the weights make no model.
    fn with_random_weights(&self, seed: u64) -> Result<Arc<dyn Encoder>, ModelError>;

    /// The same architecture and tokenizer with `weights`, a safetensors file that [`LearningModel::to_safetensors`] made.
    ///
    /// # Errors
    /// If the weights make no model.
    fn with_trained_weights(&self, weights: &[u8]) -> Result<Arc<dyn Encoder>, ModelError>;

    /// Writes a model folder in the layout that sentence-transformers loads: the tokenizer, configuration, pooling
    /// and normalisation of this model with `weights`, a safetensors file that [`LearningModel::to_safetensors`] made.
    ///
    /// # Errors
    /// If `folder` is there and holds something else than a model, or can't be written.
    fn save(&self, weights: &[u8], folder: &Path) -> Result<(), ModelError>;
}

/// Where the weights of a [`LearningModel`] begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstWeights {
    /// As they are in the model.
    Model,
    /// Random numbers of a seed.
    Random(u64),
}

/// Lanes in which batches go through a [`LearningModel`] side by side. A fixed number, because the order in which
/// gradients are added may not depend on how many cores there are.
pub const LANES: usize = 2;

/// A tensor that learns: its name and its numbers.
pub struct Trained<'a> {
    /// As in the model's file.
    pub name: &'a str,
    /// How many numbers.
    pub len: usize,
    /// Whether weight decay leaves it alone, as is usual for biases and layer norms.
    pub is_bias_or_norm: bool,
}

/// A model some of whose weights change: what a step of fine-tuning does to it, but for the loss and the update rule.
pub trait LearningModel: Send + Sync {
    /// What learns, by name.
    fn trained(&self) -> Vec<Trained<'_>>;

    /// Numbers a vector.
    fn dims(&self) -> usize;

    /// Vectors of token sequences, n × dims, with the graph of how they came about. Its backward pass adds to the
    /// gradients of `lane`, one of [`LANES`].
    ///
    /// # Errors
    /// If a computation fails.
    fn forward(&self, sequences: &[&[u32]], lane: usize) -> Result<Tensor, ModelError>;

    /// Goes back from `vectors`, n × dims, which `forward` gave for `lane`; `on_vectors` is the gradient on them.
    ///
    /// # Errors
    /// If a computation fails.
    fn backward(&self, vectors: &Tensor, on_vectors: &[f32], lane: usize) -> Result<(), ModelError>;

    /// The gradients of all lanes into `sums`, in the order of [`LearningModel::trained`]; the lanes are empty after
    /// that.
    fn take_gradients(&self, sums: &mut [Vec<f32>]);

    /// Calls `change` on the numbers of trained tensor `index`.
    ///
    /// # Errors
    /// If they can't be reached.
    fn change(&self, index: usize, change: &(dyn Fn(&mut [f32]) + Sync)) -> Result<(), ModelError>;

    /// Vectors of token sequences as the weights are now, row after row.
    ///
    /// # Errors
    /// If a computation fails; [`ModelError::Cancelled`] if `progress` answers `Break`.
    fn embed_tokens(&self, tokens: &[&[u32]], progress: &mut OnProgress<'_>) -> Result<Vec<f32>, ModelError>;

    /// All weights as a safetensors file, under the names of the model's own.
    ///
    /// # Errors
    /// If they can't be written as one.
    fn to_safetensors(&self) -> Result<Vec<u8>, ModelError>;
}
