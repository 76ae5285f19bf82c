//! Training that fails on purpose: a recipe changed so far that it does, the measure that exposes it, and the axes on
//! which one sees it.
//!
//! The pair that is labelled wrongly is a change of the data, which is `playground`'s. Whether a run has failed is read off
//! its numbers in `../verdict.rs`: the sentences here say what is changed and where to look, not what comes of it.

use super::super::{Axes, Measure};
use super::{LearnerKind, LossKind, Negatives, OptimizerKind, Recipe, Schedule, Settings};
use crate::choice::choice;

choice! {
    /// A way to fail.
    pub enum Failure {
        NoNegatives {
            name: "no-negatives",
            label: "No negatives",
            sentence: "An adapter on the model's vectors whose anchors only pull, in huge steps, with a weight decay that forgets where phrases began: nothing holds them apart. Look at the effective rank, which is how many dimensions are in use, and at how far the map shrinks.",
        },
        TemperatureLow {
            name: "temperature-low",
            label: "Temperature far too low",
            sentence: "At 0.001 an anchor is content as soon as its positive is nearest by a hair. Look at the positive cosine once the loss is down.",
        },
        TemperatureHigh {
            name: "temperature-high",
            label: "Temperature far too high",
            sentence: "At 50 the softmax hardly tells candidates apart, so every force is tiny, and plain SGD does not make up for it as Adam would. Look at how far the two cosines part.",
        },
        LearningRateLarge {
            name: "learning-rate-large",
            label: "Learning rate too large",
            sentence: "At 100, with a weight decay of 0.03, every update takes three times off what is there: all lands on the other side, twice as far out. Look at the loss, on an axis of powers of ten.",
        },
        WrongPair {
            name: "wrong-pair",
            label: "A mislabelled pair",
            sentence: "One pair now says that two phrases belong together that do not. Look at how near the two come, and what they leave behind.",
        },
        TwoDimensions {
            name: "two-dimensions",
            label: "Too few dimensions",
            sentence: "With two numbers a vector every phrase is pulled and pushed along one circle. Look at recall@1: how many anchors find their positive nearest of all.",
        },
    }
}

impl Failure {
    /// The measure that exposes it best.
    pub fn exposed_by(self) -> Measure {
        match self {
            Self::NoNegatives => Measure::EffectiveRank,
            Self::TemperatureLow | Self::TemperatureHigh | Self::WrongPair => Measure::PositiveCosine,
            Self::LearningRateLarge => Measure::Triplets,
            Self::TwoDimensions => Measure::RecallAt1,
        }
    }

    /// The axes on which it is seen: those of all steps, on which what does not move, flies off or falls together does so
    /// to the eye too; but where a phrase ends, of a pair that is wrong.
    pub fn seen_on(self) -> Axes {
        match self {
            Self::WrongPair => Axes::LastStep,
            Self::NoNegatives | Self::TemperatureLow | Self::TemperatureHigh | Self::LearningRateLarge | Self::TwoDimensions => {
                Axes::WholeRun
            }
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
                let schedule = Schedule::Linear;
                spoiled = Recipe { steps: 500, schedule, warmup: 0, ..recipe.for_learner(LearnerKind::Adapter) };
                (spoiled.settings.loss, spoiled.settings.negatives) = (LossKind::CosineSimilarity, Negatives::None);
                // Each step takes a tenth off what is there, and puts a pull in its place. Smaller steps bring the pairs
                // together long before everything is in one direction, and without decay the model's own vectors stay below.
                (spoiled.settings.learning_rate, spoiled.settings.weight_decay) = (1e4, 1e-5);
            }
            Self::TemperatureLow => *settings = ranking(settings, 0.001),
            Self::TemperatureHigh => {
                // Adam divides by the size of the gradient: with it the forces would not be tiny for long. At this learning
                // rate plain SGD learns all pairs at a temperature of 0.2.
                let settings_of_ranking = ranking(settings, 50.0);
                *settings = Settings { optimizer: OptimizerKind::Sgd, learning_rate: 3.0, ..settings_of_ranking };
            }
            Self::LearningRateLarge => {
                settings.loss = LossKind::TripletEuclidean;
                settings.negatives = Negatives::Drawn;
                settings.optimizer = OptimizerKind::AdamW;
                settings.learning_rate = 100.0;
                settings.weight_decay = 0.03;
                // A smaller one may hold in random places already: then there would be nothing to learn, and no loss.
                settings.margin = 5.0;
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
