//! What learns, as a run begins with it: made from the recipe, the data and the model.

use rayon::prelude::*;

use super::super::input::{TrainError, TrainInput};
use super::super::recipe::{LearnerKind, Recipe, Start};
use super::Learner;
use super::adapter::Adapter;
use super::tokens::Tokens;
use super::transformer::Transformer;
use super::vectors::{Vectors, random_vector};
use crate::choice::Choice;
use crate::model::{Encoder, FirstWeights, ModelError, TokenTable, Trainable};
use crate::space::normalised_rows;

/// What learns in the run that `input` asks for, as it begins. `model` is the language model that the learners of tokens
/// and of the transformer need.
pub(crate) fn learner_of(input: &TrainInput, model: Option<&dyn Encoder>) -> Result<Box<dyn Learner>, TrainError> {
    let recipe = &input.recipe;
    let needed = || model.ok_or(TrainError::NoModel(recipe.learner));
    Ok(match recipe.learner {
        LearnerKind::Vectors => Box::new(Vectors::new(start_values(input), recipe.dims)),
        LearnerKind::Tokens => {
            let model = needed()?;
            let table = model.tokens().ok_or_else(|| unfit(recipe.learner, model, "token vectors"))?;
            Box::new(tokens_learner(input, table)?)
        }
        LearnerKind::Adapter => {
            let frozen = input.model_vectors.as_ref().ok_or(TrainError::NoModel(recipe.learner))?;
            Box::new(Adapter::new(frozen.values().to_vec(), frozen.dims(), recipe.dims))
        }
        LearnerKind::Transformer => {
            let model = needed()?;
            let trainable = model.trainable().ok_or_else(|| unfit(recipe.learner, model, "layers that can learn"))?;
            Box::new(transformer_learner(input, trainable)?)
        }
    })
}

fn unfit(learner: LearnerKind, model: &dyn Encoder, needs: &'static str) -> TrainError {
    TrainError::UnfitModel { learner: learner.name(), needs, model: model.name().to_owned() }
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

fn tokens_learner(input: &TrainInput, table: &dyn TokenTable) -> Result<Tokens, TrainError> {
    let recipe = &input.recipe;
    let ids = token_ids(input, |phrase| table.token_ids(phrase))?;
    let model_dims = table.dims();
    if recipe.start == Start::Model && recipe.dims != model_dims {
        let (expected, got) = (recipe.dims.to_string(), format!("token vectors in {model_dims}"));
        return Err(TrainError::NoModelVectors { n_phrases: input.phrases.len(), expected, got });
    }
    Ok(Tokens::new(&ids, recipe.dims, token_start(recipe, table)))
}

/// Where the vector of a token begins.
pub(crate) fn token_start(recipe: &Recipe, table: &dyn TokenTable) -> impl Fn(u32) -> Vec<f32> {
    let word_vectors = |token: u32| table.token_vectors(&[token]).map(|rows| rows.into_iter().next().unwrap_or_default());
    move |token| match recipe.start {
        Start::Random => Tokens::random_start(recipe.seed, token, recipe.dims),
        // As long as random ones on average, so that one learning rate fits both; no cosine changes.
        Start::Model => {
            let vector = word_vectors(token).unwrap_or_else(|_| vec![0.0; table.dims()]);
            vector.iter().map(|x| x / TYPICAL_WORD_NUMBER).collect()
        }
    }
}

/// Root mean square of the numbers of a BERT's word embeddings.
const TYPICAL_WORD_NUMBER: f32 = 0.05;

fn transformer_learner(input: &TrainInput, model: &dyn Trainable) -> Result<Transformer, TrainError> {
    let recipe = &input.recipe;
    let first = match recipe.start {
        Start::Model => FirstWeights::Model,
        Start::Random => FirstWeights::Random(recipe.seed),
    };
    let learning = model.learning(first, recipe.layers, recipe.words).map_err(|error| model_failed(&error))?;
    if learning.dims() != recipe.dims {
        let (expected, got) = (recipe.dims.to_string(), format!("a model of {}", learning.dims()));
        return Err(TrainError::NoModelVectors { n_phrases: input.phrases.len(), expected, got });
    }
    Ok(Transformer::new(learning, token_ids(input, |phrase| model.token_ids(phrase))?))
}
