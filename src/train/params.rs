//! A recipe: all that decides a run beside its phrases and pairs.
//!
//! The window's form, the command line and the project file all edit these values; the lists of
//! variants with their labels and explanations are the source of menus and of `--help`.

use std::fmt;

/// What learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LearnerKind {
    /// One free vector per phrase.
    #[default]
    Vectors,
}

/// Where the vectors begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Random places, decided by the seed.
    #[default]
    Random,
    /// Where the model puts the phrases.
    Model,
}

/// What is minimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// InfoNCE: pick the own positive among all candidates of the batch.
    #[default]
    MultipleNegativesRanking,
    /// The positive must be nearer than the negative by a margin of cosine.
    TripletCosine,
    /// The same by Euclidean distance.
    TripletEuclidean,
}

/// How parameters follow the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// Step by the gradient itself.
    Sgd,
    /// Step sizes adapted per number from the gradient's history.
    #[default]
    Adam,
}

/// A closed choice that menus and the command line offer: names, labels and explanations in one table.
pub trait Choice: Sized + Copy + PartialEq + 'static {
    /// (value, name on the command line and in files, label on the screen, one sentence that explains it).
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)];

    /// Name on the command line and in files.
    fn name(self) -> &'static str {
        Self::TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// Label on the screen.
    fn label(self) -> &'static str {
        Self::TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.2)
    }

    /// The value called `name`; the error lists the names there are.
    fn parse(name: &str) -> Result<Self, String> {
        let found = Self::TABLE.iter().find(|row| row.1 == name).map(|row| row.0);
        let names: Vec<&str> = Self::TABLE.iter().map(|row| row.1).collect();
        found.ok_or_else(|| format!("expected one of {}, got {name:?}", names.join(", ")))
    }
}

impl Choice for LearnerKind {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] =
        &[(Self::Vectors, "vectors", "Vectors", "One free vector per phrase: the forces move each one directly.")];
}

impl Choice for Start {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (
            Self::Random,
            "random",
            "random places",
            "Every phrase begins in a random place that the seed decides: places mean nothing yet.",
        ),
        (
            Self::Model,
            "model",
            "the model's vectors",
            "Every phrase begins where the trained model puts it: places already mean something.",
        ),
    ];
}

impl Choice for LossKind {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (
            Self::MultipleNegativesRanking,
            "multiple-negatives-ranking",
            "multiple negatives",
            "InfoNCE: each anchor should pick its own positive among all candidates of the batch.",
        ),
        (
            Self::TripletCosine,
            "triplet-cosine",
            "triplet, cosine",
            "The positive should be nearer to the anchor than the negative by a margin of cosine.",
        ),
        (
            Self::TripletEuclidean,
            "triplet-euclidean",
            "triplet, Euclidean",
            "The positive should be nearer to the anchor than the negative by a margin of distance.",
        ),
    ];
}

impl Choice for OptimizerKind {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (Self::Adam, "adam", "Adam", "Adapts the step of every number to the history of its gradient."),
        (Self::Sgd, "sgd", "SGD", "Steps by the gradient times the learning rate, nothing more."),
    ];
}

/// What may change in the middle of a run.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is minimised.
    pub loss: LossKind,
    /// Divides cosines before the softmax; used by multiple negatives ranking.
    pub temperature: f64,
    /// How much nearer the positive must be; used by the triplet losses.
    pub margin: f64,
    /// How parameters follow the gradient.
    pub optimizer: OptimizerKind,
    /// Step size.
    pub learning_rate: f64,
    /// Pairs in a batch, at most.
    pub batch: usize,
}

/// Softer than the 0.05 that is usual for encoders: free vectors satisfy that without coming close, and
/// nothing would be seen to cluster.
const DEFAULT_TEMPERATURE: f64 = 0.2;

impl Default for Settings {
    fn default() -> Self {
        Self {
            loss: LossKind::MultipleNegativesRanking,
            temperature: DEFAULT_TEMPERATURE,
            margin: 0.5,
            optimizer: OptimizerKind::Adam,
            learning_rate: 0.03,
            batch: 16,
        }
    }
}

/// New settings from some step on.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The first step that uses them.
    pub from_step: usize,
    /// The settings.
    pub settings: Settings,
}

/// All that decides a run beside its data: the same recipe and data give the same bytes.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Decides random starts, the order of the pairs and sampled negatives.
    pub seed: u64,
    /// What learns.
    pub learner: LearnerKind,
    /// Where the vectors begin.
    pub start: Start,
    /// Numbers a vector.
    pub dims: usize,
    /// Steps of the run.
    pub steps: usize,
    /// Settings at step 0.
    pub settings: Settings,
    /// Later settings, in the order of their steps.
    pub changes: Vec<Change>,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            seed: 7,
            learner: LearnerKind::Vectors,
            start: Start::Random,
            dims: 384,
            steps: 200,
            settings: Settings::default(),
            changes: Vec::new(),
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

impl Recipe {
    /// Steps that a run may have.
    pub const MAX_STEPS: usize = 1_000_000;

    /// The settings at step 0 and all later ones.
    pub fn all_settings(&self) -> impl Iterator<Item = &Settings> {
        std::iter::once(&self.settings).chain(self.changes.iter().map(|change| &change.settings))
    }

    /// The settings in force at `step`.
    pub fn settings_at(&self, step: usize) -> &Settings {
        let change = self.changes.iter().rev().find(|change| change.from_step <= step);
        change.map_or(&self.settings, |change| &change.settings)
    }

    /// The same recipe with other settings from `step` on; what was planned after `step` is dropped.
    pub fn with_settings_from(&self, step: usize, settings: Settings) -> Self {
        let mut recipe = self.clone();
        recipe.changes.retain(|change| change.from_step < step);
        if step == 0 {
            recipe.settings = settings;
        } else if *recipe.settings_at(step) != settings {
            recipe.changes.push(Change { from_step: step, settings });
        }
        recipe
    }

    /// Checks every value; the first one out of range is the error.
    pub fn check(&self) -> Result<(), RecipeError> {
        let bad = |what, expected, got: &dyn fmt::Display| Err(RecipeError { what, expected, got: got.to_string() });
        if !(2..=1024).contains(&self.dims) {
            return bad("dimension", "a whole number from 2 to 1024", &self.dims);
        }
        if self.steps > Self::MAX_STEPS {
            return bad("steps", "at most 1000000", &self.steps);
        }
        if !self.changes.is_sorted_by(|a, b| a.from_step < b.from_step) {
            return bad("changes", "later settings in the order of their steps", &"another order");
        }
        for settings in self.all_settings() {
            let positive = |value: f64| value.is_finite() && value > 0.0;
            if !positive(settings.temperature) {
                return bad("temperature", "a number above 0", &settings.temperature);
            }
            if !positive(settings.learning_rate) {
                return bad("learning rate", "a number above 0", &settings.learning_rate);
            }
            if !(settings.margin.is_finite() && settings.margin >= 0.0) {
                return bad("margin", "a number from 0 upwards", &settings.margin);
            }
            if settings.batch == 0 {
                return bad("batch size", "at least 1 pair", &settings.batch);
            }
        }
        Ok(())
    }
}
