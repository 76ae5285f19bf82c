//! Training that fails on purpose: a recipe changed so far that it does, and the measure that exposes it.
//!
//! The pair that is labelled wrongly is a change of the data, which is `playground`'s.

use super::super::Measure;
use super::{Choice, LearnerKind, LossKind, Negatives, OptimizerKind, Recipe, Settings};

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing pushes.
    NoNegatives,
    /// The softmax sees only the nearest negative.
    TemperatureLow,
    /// The softmax sees all negatives alike.
    TemperatureHigh,
    /// Every update overshoots, further each time.
    LearningRateLarge,
    /// A pair that says the opposite of what is true.
    WrongPair,
    /// There is no room.
    TwoDimensions,
}

impl Choice for Failure {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (
            Self::NoNegatives,
            "no-negatives",
            "No negatives",
            "An adapter on the model's vectors whose anchors only pull: everything collapses towards one place. Watch the effective rank fall and the negative cosine and the uniformity rise, while the loss looks splendid.",
        ),
        (
            Self::TemperatureLow,
            "temperature-low",
            "Temperature far too low",
            "At 0.001 an anchor is content as soon as its positive is nearest by a hair: the loss is soon 0, but the positive cosine stays low and alignment poor.",
        ),
        (
            Self::TemperatureHigh,
            "temperature-high",
            "Temperature far too high",
            "At 5 the softmax hardly tells candidates apart: the loss stays near the logarithm of the batch size, however well the pairs are learned.",
        ),
        (
            Self::LearningRateLarge,
            "learning-rate-large",
            "Learning rate too large",
            "At 100, with a weight decay of 0.03, every update takes three times off what is there: all lands on the other side, twice as far out, and the loss leaves the chart.",
        ),
        (
            Self::WrongPair,
            "wrong-pair",
            "A mislabelled pair",
            "One pair now says that two phrases of different groups belong together: it drags them out of their clusters, and its cosine stays behind those of the others.",
        ),
        (
            Self::TwoDimensions,
            "two-dimensions",
            "Too few dimensions",
            "With two numbers a vector there is no room: pushed and pulled many ways at once, the loss stays high and recall low.",
        ),
    ];
}

impl Failure {
    /// The measure that exposes it best.
    pub fn exposed_by(self) -> Measure {
        match self {
            Self::NoNegatives => Measure::EffectiveRank,
            Self::TemperatureLow => Measure::Alignment,
            Self::TemperatureHigh => Measure::PositiveCosine,
            Self::LearningRateLarge => Measure::Triplets,
            Self::WrongPair => Measure::PositiveCosine,
            Self::TwoDimensions => Measure::RecallAt1,
        }
    }

    /// `recipe` so changed that it fails in this way.
    pub fn spoil(self, recipe: &Recipe) -> Recipe {
        let mut spoiled = Recipe { changes: Vec::new(), ..recipe.clone() };
        let settings = &mut spoiled.settings;
        let ranking = |settings: &Settings, temperature: f64| Settings {
            loss: LossKind::MultipleNegativesRanking,
            negatives: Negatives::Drawn,
            temperature,
            ..*settings
        };
        match self {
            Self::NoNegatives => {
                spoiled = Recipe { steps: 200, ..recipe.for_learner(LearnerKind::Adapter) };
                (spoiled.settings.loss, spoiled.settings.negatives) = (LossKind::CosineSimilarity, Negatives::None);
                spoiled.settings.learning_rate = 0.03;
            }
            Self::TemperatureLow => *settings = ranking(settings, 0.001),
            Self::TemperatureHigh => *settings = ranking(settings, 5.0),
            Self::LearningRateLarge => {
                settings.loss = LossKind::TripletEuclidean;
                settings.negatives = Negatives::Drawn;
                settings.optimizer = OptimizerKind::AdamW;
                settings.learning_rate = 100.0;
                settings.weight_decay = 0.03;
            }
            Self::WrongPair => {}
            Self::TwoDimensions => {
                spoiled.learner = if spoiled.learner.has_model_dims() { LearnerKind::Adapter } else { spoiled.learner };
                spoiled.dims = 2;
            }
        }
        spoiled
    }
}
