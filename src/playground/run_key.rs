//! What a run depends on, to know whether one that is there is the one that is wanted.

use std::sync::Arc;

use crate::data::Score;
use crate::model::ModelChoice;
use crate::space::PairRows;
use crate::train::{LearnerKind, MAX_RECORDED, Recipe, TrainInput};

/// Phrases that a map of places without a run is fitted to: with three it has two directions, and the
/// phrases that are added later do not move it.
pub(super) const PHRASES_OF_A_STILL_MAP: usize = 3;

/// A pair by its texts: anchor, positive, negative, and its score.
pub(super) type KeyPair = ([Option<Arc<str>>; 3], Option<Score>);

/// What a run depends on; another key, another run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunKey {
    pub(super) recipe: Recipe,
    /// The model, where it has a part in the run.
    pub(super) model: Option<ModelChoice>,
    pub(super) pairs: Arc<[KeyPair]>,
    /// Phrases that matter beside those of the pairs: all of them where negatives are drawn.
    pub(super) phrases: Arc<[Arc<str>]>,
}

impl RunKey {
    /// The key of a run on `input` and `model`, whose pairs are `pairs`. Beside the pairs, all phrases matter to what shares
    /// parameters between them or draws negatives from them.
    pub(super) fn of(input: &TrainInput, model: &ModelChoice, pairs: Arc<[KeyPair]>) -> Self {
        let n_phrases = match () {
            () if input.recipe.learner != LearnerKind::Vectors || input.draws_negatives() => input.phrases.len(),
            () if input.phrases.len() > MAX_RECORDED => input.phrases.len(),
            () if input.recipe.steps == 0 => PHRASES_OF_A_STILL_MAP.min(input.phrases.len()),
            () => 0,
        };
        let is_all = n_phrases == input.phrases.len();
        let phrases = if is_all { input.phrases.clone() } else { input.phrases.iter().take(n_phrases).cloned().collect() };
        let model = input.recipe.uses_model().then(|| model.clone());
        Self { recipe: input.recipe.clone(), model, pairs, phrases }
    }
}

/// The pairs of `input` by their texts.
pub(super) fn key_pairs_of(input: &TrainInput) -> Arc<[KeyPair]> {
    let text = |row: u32| input.phrases.get(row as usize).cloned();
    let pair = |pair: &PairRows| ([text(pair.anchor), text(pair.positive), pair.negative.and_then(text)], pair.score);
    input.pairs.iter().map(pair).collect()
}
