//! The space of a run's vectors: its start, and everything that decides what training does to it.

use sha2::{Digest, Sha256};

use super::super::input::TrainInput;
use super::super::recipe::{Choice, LearnerKind, Start};
use crate::data::Score;
use crate::model::{Encoder, SentenceEncoder};
use crate::space::{SpaceId, Training, Vectors};

/// The space of the vectors at step 0 of the run that `input` and `model` decide.
pub(crate) fn space_of(input: &TrainInput, model: Option<&SentenceEncoder>) -> SpaceId {
    let recipe = &input.recipe;
    let base = input.model_vectors.as_ref().map(Vectors::space).or(model.map(Encoder::space));
    let mut hash = Sha256::new();
    hash.update(format!("{} {} {} {}", recipe.learner.name(), recipe.start.name(), recipe.seed, recipe.dims));
    if recipe.start == Start::Model {
        hash.update(base.map(SpaceId::to_string).unwrap_or_default());
    }
    for phrase in input.phrases.iter() {
        hash.update(phrase.as_bytes());
        hash.update([0]);
    }
    let revision = short_hex(&hash.clone().finalize());
    hash.update(serde_json::to_string(recipe).unwrap_or_default());
    for pair in input.pairs.iter() {
        hash.update(pair.anchor.to_le_bytes());
        hash.update(pair.positive.to_le_bytes());
        hash.update(pair.negative.unwrap_or(u32::MAX).to_le_bytes());
        hash.update(pair.score.map_or(-1.0, Score::value).to_le_bytes());
    }
    let model_name = base.filter(|_| recipe.start == Start::Model).map(|space| space.model.as_str());
    let from = model_name.map(|name| format!(" from {name}")).unwrap_or_default();
    let (name, pooling) = match recipe.learner {
        LearnerKind::Vectors => ("free vectors", "none"),
        LearnerKind::Tokens => ("token vectors", "mean"),
        LearnerKind::Adapter => ("adapter", base.map_or("none", |space| &space.pooling)),
        LearnerKind::Transformer => ("transformer", base.map_or("none", |space| &space.pooling)),
    };
    SpaceId {
        model: format!("{name}{from}"),
        revision,
        training: Some(Training { recipe: short_hex(&hash.finalize()), step: 0 }),
        dims: recipe.dims,
        pooling: pooling.to_owned(),
        normalised: recipe.shows_unit_vectors(),
        prompt: String::new(),
    }
}

fn short_hex(hash: &[u8]) -> String {
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
