//! The settings of a step: what may change in the middle of a run.
//!
//! What stays the same over the whole run is the recipe's.

use std::fmt;

use super::choices::{LearnerKind, LossKind, Negatives, OptimizerKind};

/// What may change in the middle of a run.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What is minimised.
    pub loss: LossKind,
    /// Divides cosines before the softmax; used by the ranking losses and CoSENT.
    pub temperature: f64,
    /// How much nearer the positive must be; used by the triplet and contrastive losses.
    pub margin: f64,
    /// Which phrases are pushed away beside those of the batch.
    pub negatives: Negatives,
    /// How parameters follow the gradient.
    pub optimizer: OptimizerKind,
    /// Step size, before warm-up and schedule.
    pub learning_rate: f64,
    /// Share of a parameter that AdamW takes off it per unit of learning rate.
    pub weight_decay: f64,
    /// Longest gradient over all parameters of a transformer; longer ones are scaled down. 0: no limit.
    pub max_gradient: f64,
    /// Pairs in a batch, at most.
    pub batch: usize,
}

/// Softer than the 0.05 that is usual for encoders: free vectors satisfy that without coming close, and
/// nothing would be seen to cluster.
const DEFAULT_TEMPERATURE: f64 = 0.2;

/// CoSENT sums over all pairs of pairs of a batch: the stricter it is, the more of its gradient comes from the one
/// or two that are most wrong. At 0.05 a model learns those by heart and gets worse on pairs held out.
const COSENT_TEMPERATURE: f64 = 0.2;

impl Default for Settings {
    fn default() -> Self {
        Self {
            loss: LossKind::MultipleNegativesRanking,
            temperature: DEFAULT_TEMPERATURE,
            margin: 0.5,
            negatives: Negatives::Drawn,
            optimizer: OptimizerKind::Adam,
            learning_rate: 0.03,
            weight_decay: 0.01,
            max_gradient: 1.0,
            batch: 16,
        }
    }
}

/// A recipe asks for something that can't be done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("expected {expected} as {what}, got {got}")]
pub struct RecipeError {
    /// Which setting.
    pub what: &'static str,
    /// What it may be.
    pub expected: &'static str,
    /// What it is.
    pub got: String,
}

const MIN_POSITIVE: f64 = 1e-38;
const MAX_NUMBER: f64 = 1e38;
const POSITIVE: &str = "a number above 0 (from 1e-38 to 1e38)";
const NOT_NEGATIVE: &str = "a number from 0 upwards (to 1e38)";

impl Settings {
    /// Pairs that a batch may have: every anchor meets every candidate, so that memory and time grow with the square.
    pub const MAX_BATCH: usize = 4096;

    /// The same with another loss. A temperature that is the usual one of the loss before becomes the usual one
    /// of `loss`; any other was chosen, and stays.
    pub fn with_loss(self, loss: LossKind, learner: LearnerKind) -> Self {
        let is_usual = self.temperature == usual_temperature(learner, self.loss);
        let temperature = if is_usual { usual_temperature(learner, loss) } else { self.temperature };
        Self { loss, temperature, ..self }
    }

    /// The step size limited to what makes sense, and all else.
    pub(super) fn check(&self) -> Result<(), RecipeError> {
        let bad = |what, expected, got: &dyn fmt::Display| Err(RecipeError { what, expected, got: got.to_string() });
        // Beyond these bounds it is none of the numbers of 32 bits that training computes with.
        let positive = |value: f64| (MIN_POSITIVE..=MAX_NUMBER).contains(&value);
        let not_negative = |value: f64| (0.0..=MAX_NUMBER).contains(&value);
        if !positive(self.temperature) {
            return bad("temperature", POSITIVE, &self.temperature);
        }
        if !positive(self.learning_rate) {
            return bad("learning rate", POSITIVE, &self.learning_rate);
        }
        if !not_negative(self.margin) {
            return bad("margin", NOT_NEGATIVE, &self.margin);
        }
        if !not_negative(self.weight_decay) {
            return bad("weight decay", NOT_NEGATIVE, &self.weight_decay);
        }
        if !not_negative(self.max_gradient) {
            return bad("longest gradient", NOT_NEGATIVE, &self.max_gradient);
        }
        if !(1..=Self::MAX_BATCH).contains(&self.batch) {
            return bad("batch size", "1 to 4096 pairs", &self.batch);
        }
        Ok(())
    }
}

/// The temperature at which `learner` learns with `loss`, on a few dozen pairs.
pub(super) fn usual_temperature(learner: LearnerKind, loss: LossKind) -> f64 {
    match (loss, learner) {
        (LossKind::Cosent, _) => COSENT_TEMPERATURE,
        (_, LearnerKind::Vectors) => DEFAULT_TEMPERATURE,
        (_, LearnerKind::Tokens) => 0.1,
        (_, LearnerKind::Adapter | LearnerKind::Transformer) => 0.05,
    }
}
