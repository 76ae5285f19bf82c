//! A recipe: all that decides a run beside its phrases and pairs.
//!
//! The window's form, the command line and the project file all edit these values. The choices among them are in
//! `choices.rs`, what may change in the middle of a run in `settings.rs`, recipes that fail on purpose in `failures.rs`, a recipe as a line of text in `line.rs`, and in words in `listing.rs`;
//! what fits which data is in `../input.rs`.

mod choices;
mod failures;
mod line;
mod listing;
mod moves;
mod settings;

use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

use crate::choice::Choice;
pub use choices::{LearnerKind, LossKind, Negatives, OptimizerKind, Schedule, Start, Subset};
pub use failures::Failure;
pub use line::{RecipeLine, RecipeLineError};
pub use listing::Listed;
pub use moves::Move;
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
///
/// Runs, project files and lessons hold it in this form, by the names of its fields and of the values of vocabularies.
/// What a file does not say has its default, so a setting that is added later must do nothing by default, and should
/// not be written then (`skip_serializing_if`): runs without it keep their bytes and their space.
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
    /// Vectors that were moved by hand, in the order of their steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
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
            moves: Vec::new(),
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

    /// Whether what learns needs the model's vectors of every phrase: free vectors that start there, and an adapter.
    pub fn needs_vectors(&self) -> bool {
        self.learner == LearnerKind::Adapter || self.learner == LearnerKind::Vectors && self.start == Start::Model
    }

    /// Whether a model has a part in the run: its vectors, its tokens or its layers.
    pub fn uses_model(&self) -> bool {
        self.needs_vectors() || self.learner.needs_model()
    }

    /// Whether what learns can begin from a model of `model_dims` numbers a vector.
    pub fn fits_model(&self, model_dims: usize) -> bool {
        match self.learner {
            LearnerKind::Adapter => self.dims <= model_dims,
            learner => self.dims == model_dims || self.start == Start::Random && !learner.has_model_dims(),
        }
    }

    /// Whether step 0 is the model's own vectors, as far as directions go: then the model's map is that of step 0.
    pub fn starts_on_the_model_map(&self) -> bool {
        self.start == Start::Model && self.learner != LearnerKind::Tokens
    }

    /// How many of `n_pairs` are kept out of training.
    pub fn n_held_out(&self, n_pairs: usize) -> usize {
        (self.holdout.clamp(0.0, 1.0) * n_pairs as f64).round() as usize
    }

    /// How many of `n_pairs` are trained on.
    pub fn n_trained(&self, n_pairs: usize) -> usize {
        n_pairs - self.n_held_out(n_pairs)
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
        recipe.moves.retain(|moved| moved.at_step <= step);
        if step == 0 {
            recipe.settings = settings;
        } else if *recipe.settings_at(step) != settings {
            recipe.changes.push(Change { from_step: step, settings });
        }
        recipe
    }

    /// The same recipe with the vector of `phrase` moved at `step`; what was planned after `step` is dropped.
    pub fn with_move_at(&self, step: usize, phrase: Arc<str>, by: Vec<f32>) -> Self {
        let mut recipe = self.clone();
        recipe.changes.retain(|change| change.from_step <= step);
        recipe.moves.retain(|moved| moved.at_step <= step);
        recipe.moves.push(Move { at_step: step, phrase, by });
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
        self.check_moves()?;
        self.all_settings().try_for_each(Settings::check)
    }
}

impl Recipe {
    fn check_moves(&self) -> Result<(), RecipeError> {
        let bad = |expected, got: String| Err(RecipeError { what: "moves by hand", expected, got });
        if !self.moves.is_empty() && self.learner != LearnerKind::Vectors {
            return bad("free vectors as what learns", self.learner.name().to_owned());
        }
        if !self.moves.is_sorted_by(|a, b| a.at_step <= b.at_step) {
            return bad("them in the order of their steps", "another order".to_owned());
        }
        match self.moves.iter().find_map(|moved| moved.fault(self.dims, Self::MAX_STEPS)) {
            Some(got) => bad("finite numbers, as many as a vector has, at a step up to 1000000", got),
            None => Ok(()),
        }
    }
}

/// The name of the one value in which two recipes, or two settings, differ; `None` if it is none or several. What a
/// recipe changes on its way is no value of its own.
pub fn only_difference<T: serde::Serialize>(one: &T, other: &T) -> Option<String> {
    let fields = |of: &T| match serde_json::to_value(of) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (one, other) = (fields(one), fields(other));
    let is_value = |value: &serde_json::Value| !value.is_object() && !value.is_array();
    let mut names = one.iter().filter(|(name, value)| is_value(value) && other.get(*name) != Some(value)).map(|(name, _)| name);
    names.next().filter(|_| names.next().is_none()).cloned()
}

/// `json` with the recipe in it spelled as runs have always spelled it: their bytes, and the identity of the space that
/// is made from them, stay what they were.
pub(super) fn as_in_runs(json: &str) -> String {
    // No text of a user can look like this: a quote within a string is written with a backslash before it.
    let spelled = |name: &str| format!("\"optimizer\":\"{name}\"");
    let renamed = OptimizerKind::ALL.iter().filter_map(|kind| Some((kind.name(), kind.row().formerly?)));
    renamed.fold(json.to_owned(), |json, (name, formerly)| json.replace(&spelled(name), &spelled(formerly)))
}

#[cfg(test)]
mod tests {
    use super::{Recipe, Settings, as_in_runs, only_difference};
    use crate::train::{LearnerKind, OptimizerKind, Start};

    #[test]
    fn what_needs_the_models_vectors() {
        for (learner, start, needs) in [
            (LearnerKind::Vectors, Start::Random, false),
            (LearnerKind::Vectors, Start::Model, true),
            (LearnerKind::Tokens, Start::Model, false),
            (LearnerKind::Adapter, Start::Model, true),
            (LearnerKind::Transformer, Start::Model, false),
        ] {
            assert_eq!(Recipe { learner, start, ..Default::default() }.needs_vectors(), needs, "{learner:?} {start:?}");
        }
    }

    #[test]
    fn a_share_held_out_is_rounded_and_never_more_than_all() {
        for (holdout, n_pairs, n_held_out) in [(0.0, 10, 0), (0.2, 126, 25), (0.5, 1, 1), (0.9, 2, 2), (7.0, 3, 3), (-1.0, 3, 0)]
        {
            let recipe = Recipe { holdout, ..Default::default() };
            assert_eq!((recipe.n_held_out(n_pairs), recipe.n_trained(n_pairs)), (n_held_out, n_pairs - n_held_out), "{holdout}");
        }
    }

    #[test]
    fn one_value_that_differs_is_named() {
        let recipe = Recipe::default();
        assert_eq!(only_difference(&recipe, &recipe), None);
        assert_eq!(only_difference(&Recipe { seed: 8, ..recipe.clone() }, &recipe).as_deref(), Some("seed"));
        assert_eq!(only_difference(&Recipe { seed: 8, dims: 2, ..recipe.clone() }, &recipe), None, "several");
        let settings = Settings { optimizer: OptimizerKind::Sgd, ..recipe.settings };
        assert_eq!(only_difference(&settings, &recipe.settings).as_deref(), Some("optimizer"));
        assert_eq!(only_difference(&Recipe { settings, ..recipe.clone() }, &recipe), None, "settings are no value of their own");
    }

    #[test]
    fn runs_spell_a_recipe_as_they_always_did_and_both_spellings_are_read() {
        let recipe = Recipe::of_learner(LearnerKind::Adapter);
        let json = serde_json::to_string(&recipe).expect("JSON");
        let in_runs = as_in_runs(&json);
        assert!(json.contains("\"adamw\"") && in_runs.contains("\"adam-w\"") && !in_runs.contains("\"adamw\""), "{in_runs}");
        for json in [json, in_runs] {
            assert_eq!(serde_json::from_str::<Recipe>(&json).expect("a recipe"), recipe);
        }
        let phrase = serde_json::to_string("\"optimizer\":\"adamw\"").expect("JSON");
        assert_eq!(as_in_runs(&phrase), phrase, "what a user writes stays");
    }
}
