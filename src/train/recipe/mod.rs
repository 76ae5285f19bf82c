//! A recipe: all that decides a run beside its phrases and pairs.
//!
//! The window's form, the command line and the project file all edit these values. The choices among them are in
//! `choices.rs`, what may change in the middle of a run in `settings.rs`, recipes that fail on purpose in `failures.rs`;
//! what fits which data is in `../input.rs`.

mod choices;
mod failures;
mod settings;

use std::f64::consts::PI;
use std::fmt;

pub use choices::{Choice, LearnerKind, LossKind, Negatives, OptimizerKind, Schedule, Start, Subset};
pub use failures::Failure;
pub use settings::{RecipeError, Settings};

use settings::usual_temperature;

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
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Decides random starts, the order of the pairs, sampled negatives and what is held out.
    pub seed: u64,
    /// What learns.
    pub learner: LearnerKind,
    /// Where it begins.
    pub start: Start,
    /// Numbers a vector.
    pub dims: usize,
    /// Steps of the run.
    pub steps: usize,
    /// How the learning rate goes over the run.
    pub schedule: Schedule,
    /// Steps over which the learning rate first rises from 0.
    pub warmup: usize,
    /// Share of the pairs that is kept out of training, to measure on.
    pub holdout: f64,
    /// Stop when the mean loss of this many steps is no lower than that of as many before. 0: never.
    pub patience: usize,
    /// Last layers of a transformer that learn. 0: all.
    pub layers: usize,
    /// Whether a transformer's word embeddings learn too.
    pub words: bool,
    /// Which phrases of a large set are recorded.
    pub subset: Subset,
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
            schedule: Schedule::Constant,
            warmup: 0,
            holdout: 0.0,
            patience: 0,
            layers: 0,
            words: false,
            subset: Subset::First,
            settings: Settings::default(),
            changes: Vec::new(),
        }
    }
}

impl Recipe {
    /// Steps that a run may have.
    pub const MAX_STEPS: usize = 1_000_000;
    /// Layers of a transformer that may be named: no model has more.
    pub const MAX_LAYERS: usize = 1024;

    /// A recipe that works for `learner` on a few dozen pairs.
    pub fn of_learner(learner: LearnerKind) -> Self {
        let base = Self { learner, ..Self::default() };
        let settings = Settings { temperature: usual_temperature(learner, base.settings.loss), ..base.settings };
        match learner {
            LearnerKind::Vectors => base,
            LearnerKind::Tokens => Self { settings: Settings { learning_rate: 0.01, ..settings }, ..base },
            LearnerKind::Adapter => Self {
                start: Start::Model,
                steps: 100,
                settings: Settings { optimizer: OptimizerKind::AdamW, learning_rate: 3e-4, ..settings },
                ..base
            },
            LearnerKind::Transformer => Self {
                start: Start::Model,
                steps: 20,
                schedule: Schedule::Linear,
                warmup: 2,
                settings: Settings { optimizer: OptimizerKind::AdamW, learning_rate: 1e-4, ..settings },
                ..base
            },
        }
    }

    /// The same question asked of another learner: data, seed and what is held out stay, the rest is as
    /// usual for it.
    pub fn for_learner(&self, learner: LearnerKind) -> Self {
        let usual = Self::of_learner(learner);
        let Settings { loss, negatives, batch, .. } = self.settings;
        let settings = Settings { negatives, batch, ..usual.settings.with_loss(loss, learner) };
        Self { seed: self.seed, holdout: self.holdout, subset: self.subset, settings, ..usual }
    }

    /// The settings at step 0 and all later ones.
    pub fn all_settings(&self) -> impl Iterator<Item = &Settings> {
        std::iter::once(&self.settings).chain(self.changes.iter().map(|change| &change.settings))
    }

    /// The settings in force at `step`.
    pub fn settings_at(&self, step: usize) -> &Settings {
        let change = self.changes.iter().rev().find(|change| change.from_step <= step);
        change.map_or(&self.settings, |change| &change.settings)
    }

    /// The step size at `step`: schedules as in `transformers.get_scheduler`, but the first step of the
    /// warm-up is not 0, because a step in which nothing moves teaches nobody anything.
    pub fn learning_rate_at(&self, step: usize) -> f64 {
        let rate = self.settings_at(step).learning_rate;
        if step < self.warmup {
            return rate * (step + 1) as f64 / (self.warmup + 1) as f64;
        }
        let done = (step - self.warmup) as f64 / self.steps.saturating_sub(self.warmup).max(1) as f64;
        rate * match self.schedule {
            Schedule::Constant => 1.0,
            Schedule::Linear => 1.0 - done,
            Schedule::Cosine => 0.5 * (1.0 + (PI * done).cos()),
        }
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

    /// Whether the losses see directions only, so that unit vectors are the honest picture.
    pub fn shows_unit_vectors(&self) -> bool {
        self.all_settings().all(|settings| settings.loss != LossKind::TripletEuclidean)
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
        if self.patience > Self::MAX_STEPS {
            return bad("patience", "at most 1000000 steps", &self.patience);
        }
        if self.layers > Self::MAX_LAYERS {
            return bad("layers that learn", "at most 1024", &self.layers);
        }
        if self.warmup > self.steps.max(1) {
            return bad("warm-up", "no more steps than the run has", &self.warmup);
        }
        if !(0.0..=0.9).contains(&self.holdout) {
            return bad("share held out", "a number from 0 to 0.9", &self.holdout);
        }
        if !self.learner.can_start(self.start) {
            return bad("start of an adapter", "model (it begins as the model's own map)", &"random");
        }
        if let Some(change) = self.changes.iter().find(|change| change.from_step > Self::MAX_STEPS) {
            return bad("step of a change", "at most 1000000", &change.from_step);
        }
        if !self.changes.is_sorted_by(|a, b| a.from_step < b.from_step) {
            return bad("changes", "later settings in the order of their steps", &"another order");
        }
        self.all_settings().try_for_each(Settings::check)
    }
}
