//! Training that fails on purpose: a recipe changed so far that it does, and the measure that exposes it.
//!
//! The pair that is labelled wrongly is a change of the data, which is `playground`'s.

use super::super::Measure;
use super::{LearnerKind, LossKind, Negatives, OptimizerKind, Recipe, Settings};
use crate::choice::choice;

choice! {
    /// A way to fail.
    pub enum Failure {
        NoNegatives {
            name: "no-negatives",
            label: "No negatives",
            sentence: "An adapter on the model's vectors whose anchors only pull: everything collapses towards one place. Watch the effective rank fall and the negative cosine and the uniformity rise, while the loss looks splendid.",
        },
        TemperatureLow {
            name: "temperature-low",
            label: "Temperature far too low",
            sentence: "At 0.001 an anchor is content as soon as its positive is nearest by a hair: the loss is soon 0, but the positive cosine stays low and alignment poor.",
        },
        TemperatureHigh {
            name: "temperature-high",
            label: "Temperature far too high",
            sentence: "At 5 the softmax hardly tells candidates apart: the loss stays near the logarithm of the batch size, however well the pairs are learned.",
        },
        LearningRateLarge {
            name: "learning-rate-large",
            label: "Learning rate too large",
            sentence: "At 100, with a weight decay of 0.03, every update takes three times off what is there: all lands on the other side, twice as far out, and the loss leaves the chart.",
        },
        WrongPair {
            name: "wrong-pair",
            label: "A mislabelled pair",
            sentence: "One pair now says that two phrases of different groups belong together: it drags them out of their clusters, and its cosine stays behind those of the others.",
        },
        TwoDimensions {
            name: "two-dimensions",
            label: "Too few dimensions",
            sentence: "With two numbers a vector there is no room: pushed and pulled many ways at once, the loss stays high and recall low.",
        },
    }
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
        let mut spoiled = Recipe { changes: Vec::new(), moves: Vec::new(), ..recipe.clone() };
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
