//! What learns, as a run begins with it: made from the recipe, the data and the model.

use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::super::input::{TrainError, TrainInput};
use super::super::recipe::{LearnerKind, Start};
use super::super::seed::{Purpose, generator};
use super::Learner;
use super::adapter::Adapter;
use super::tokens::Tokens;
use super::transformer::Transformer;
use super::vectors::{Vectors, random_vector};
use crate::model::{Encoder, FirstWeights, ModelError, SentenceEncoder, TrainableEncoder};
use crate::space::normalised_rows;

/// What learns in the run that `input` asks for, as it begins. `model` is the language model that the learners of tokens
/// and of the transformer need.
pub(crate) fn learner_of(input: &TrainInput, model: Option<&SentenceEncoder>) -> Result<Box<dyn Learner>, TrainError> {
    let recipe = &input.recipe;
    let needed = || model.ok_or(TrainError::NoModel(recipe.learner));
    Ok(match recipe.learner {
        LearnerKind::Vectors => Box::new(Vectors::new(start_values(input), recipe.dims)),
        LearnerKind::Tokens => Box::new(tokens_learner(input, needed()?)?),
        LearnerKind::Adapter => {
            let frozen = input.model_vectors.as_ref().ok_or(TrainError::NoModel(recipe.learner))?;
            Box::new(Adapter::new(frozen.values().to_vec(), frozen.dims(), recipe.dims))
        }
        LearnerKind::Transformer => Box::new(transformer_learner(input, needed()?)?),
    })
}

/// Where free vectors of all phrases begin, row after row.
///
/// Random starts are N(0, 1) per number. The model's unit vectors are scaled to the length that random
/// ones have on average, the root of the dimension: no cosine changes, and one learning rate fits both.
fn start_values(input: &TrainInput) -> Vec<f32> {
    let dims = input.recipe.dims;
    match &input.model_vectors {
        Some(vectors) if input.recipe.start == Start::Model => {
            let length = (dims as f32).sqrt();
            normalised_rows(vectors.values(), dims).iter().map(|x| x * length).collect()
        }
        _ => {
            let mut values = vec![0.0; input.phrases.len() * dims];
            let rows = values.par_chunks_exact_mut(dims).zip(input.phrases.par_iter());
            rows.for_each(|(row, phrase)| row.copy_from_slice(&random_vector(input.recipe.seed, phrase, dims)));
            values
        }
    }
}

fn model_failed(error: &ModelError) -> TrainError {
    TrainError::Compute(error.to_string())
}

fn token_ids(input: &TrainInput, ids: impl Fn(&str) -> Result<Vec<u32>, ModelError> + Sync) -> Result<Vec<Vec<u32>>, TrainError> {
    input.phrases.par_iter().map(|phrase| ids(phrase).map_err(|error| model_failed(&error))).collect()
}

fn tokens_learner(input: &TrainInput, model: &SentenceEncoder) -> Result<Tokens, TrainError> {
    let recipe = &input.recipe;
    let ids = token_ids(input, |phrase| model.plain_token_ids(phrase))?;
    if recipe.start == Start::Random {
        return Ok(Tokens::new(&ids, recipe.dims, |token| Tokens::random_start(recipe.seed, token, recipe.dims)));
    }
    let model_dims = model.space().dims;
    if recipe.dims != model_dims {
        let (expected, got) = (recipe.dims.to_string(), format!("token vectors in {model_dims}"));
        return Err(TrainError::NoModelVectors { n_phrases: input.phrases.len(), expected, got });
    }
    let word_vectors = |token: u32| model.word_vectors(&[token]).map(|rows| rows.into_iter().next().unwrap_or_default());
    // As long as random ones on average, so that one learning rate fits both; no cosine changes.
    let start = |token: u32| {
        let vector = word_vectors(token).unwrap_or_else(|_| vec![0.0; model_dims]);
        vector.iter().map(|x| x / TYPICAL_WORD_NUMBER).collect()
    };
    Ok(Tokens::new(&ids, recipe.dims, start))
}

/// Root mean square of the numbers of a BERT's word embeddings.
const TYPICAL_WORD_NUMBER: f32 = 0.05;

/// Random weights of `seed`: so many numbers from N(0, 1) for the tensor of a name.
pub fn seeded_normal(seed: u64) -> impl Fn(&str, usize) -> Vec<f32> {
    move |name, n| {
        let hash = Sha256::digest(name.as_bytes());
        let index = hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        StandardNormal.sample_iter(generator(seed, Purpose::Weights, index)).take(n).collect()
    }
}

fn transformer_learner(input: &TrainInput, model: &SentenceEncoder) -> Result<Transformer, TrainError> {
    let recipe = &input.recipe;
    let normal = seeded_normal(recipe.seed);
    let first = match recipe.start {
        Start::Model => FirstWeights::Model,
        Start::Random => FirstWeights::Random(&normal),
    };
    let trainable = TrainableEncoder::new(model, &first, recipe.layers, recipe.words).map_err(|error| model_failed(&error))?;
    if trainable.dims() != recipe.dims {
        let (expected, got) = (recipe.dims.to_string(), format!("a model of {}", trainable.dims()));
        return Err(TrainError::NoModelVectors { n_phrases: input.phrases.len(), expected, got });
    }
    Ok(Transformer::new(trainable, token_ids(input, |phrase| model.token_ids(phrase))?))
}
