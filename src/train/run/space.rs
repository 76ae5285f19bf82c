//! The space of a run's vectors: its start, and everything that decides what training does to it.

use sha2::{Digest, Sha256};

use super::super::input::TrainInput;
use super::super::recipe::{LearnerKind, Start, as_in_runs};
use crate::choice::Choice;
use crate::data::Score;
use crate::model::{self, Encoder};
use crate::space::{SpaceId, Training, Vectors};

/// The space of the model that a run is trained on; `None` if its learner needs none.
fn base_of<'a>(input: &'a TrainInput, model: Option<&'a dyn Encoder>) -> Option<&'a SpaceId> {
    input.model_vectors.as_ref().map(Vectors::space).or(model.map(Encoder::space))
}

/// The same, of another model than the built-in one, where it has a part in the run.
pub(crate) fn other_model<'a>(input: &'a TrainInput, model: Option<&'a dyn Encoder>) -> Option<&'a SpaceId> {
    let has_part = input.recipe.learner != LearnerKind::Vectors || input.recipe.start == Start::Model;
    base_of(input, model).filter(|space| has_part && !model::is_embedded(space))
}

/// The space of the vectors at step 0 of the run that `input` and `model` decide.
pub(crate) fn space_of(input: &TrainInput, model: Option<&dyn Encoder>) -> SpaceId {
    let recipe = &input.recipe;
    let base = base_of(input, model);
    let mut hash = Sha256::new();
    hash.update(format!("{} {} {} {}", recipe.learner.name(), recipe.start.name(), recipe.seed, recipe.dims));
    // From random numbers the built-in model's architecture and tokens go without saying.
    if recipe.start == Start::Model || other_model(input, model).is_some() {
        hash.update(base.map(SpaceId::identity).unwrap_or_default());
    }
    for phrase in input.phrases.iter() {
        hash.update(phrase.as_bytes());
        hash.update([0]);
    }
    let revision = short_hex(&hash.clone().finalize());
    hash.update(as_in_runs(&serde_json::to_string(recipe).unwrap_or_default()));
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
