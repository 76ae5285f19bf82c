//! The options of training that several verbs share, and what they make of pairs.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::choice::choice;
use super::model::ModelArguments;
use super::reading::PairArguments;
use super::{UsageError, input, output};
use crate::choice::Choice;
use crate::model::{Encoder, ModelChoice};
use crate::space::PairRows;
use crate::train::{
    LearnerKind, LossKind, Negatives, OptimizerKind, Recipe, RecipeLine, Schedule, Settings, Start, Subset, TrainError,
    TrainInput, batches_per_epoch, is_run, read_run, suggested_loss,
};

/// What a whole recipe has: it leaves nothing for these options to say.
const OF_RECIPES: [&str; 21] = [
    "learner",
    "loss",
    "start",
    "dims",
    "steps",
    "epochs",
    "patience",
    "batch",
    "optimizer",
    "learning_rate",
    "schedule",
    "warmup",
    "weight_decay",
    "max_gradient",
    "temperature",
    "margin",
    "negatives",
    "holdout",
    "layers",
    "train_words",
    "subset",
];

/// How to train.
#[derive(Debug, Clone, Args)]
pub struct RecipeArguments {
    /// A whole recipe in place of the options below: the line that *Copy recipe* makes, a file that holds it, or a recorded
    /// run, of which the recipe is meant.
    #[arg(long = "recipe", id = "whole_recipe", value_name = "LINE|FILE", conflicts_with_all = OF_RECIPES)]
    pub whole: Option<String>,
    /// The recipe that was read from that.
    #[arg(skip)]
    pub(super) read: Option<Recipe>,
    /// What learns.
    #[arg(long, value_name = "NAME", default_value = LearnerKind::default().name(), value_parser = choice::<LearnerKind>())]
    pub learner: LearnerKind,
    /// What is minimised; else what fits the columns.
    #[arg(long, value_name = "NAME", value_parser = choice::<LossKind>())]
    pub loss: Option<LossKind>,
    /// Where what learns begins; else what is usual for the learner.
    #[arg(long, value_name = "NAME", value_parser = choice::<Start>())]
    pub start: Option<Start>,
    /// Numbers a vector; else 384, or as many as MODEL has where it must be so.
    #[arg(long)]
    pub dims: Option<usize>,
    /// Steps to take; else what is usual for the learner.
    #[arg(long, conflicts_with = "epochs")]
    pub steps: Option<usize>,
    /// Times to go through all pairs, instead of steps.
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Stop when the mean loss of this many steps is no lower than that of as many before.
    #[arg(long, value_name = "STEPS", default_value_t = 0)]
    pub patience: usize,
    /// Pairs a batch.
    #[arg(long, default_value_t = Settings::default().batch)]
    pub batch: usize,
    /// How parameters follow the gradient; else what is usual for the learner.
    #[arg(long, value_name = "NAME", value_parser = choice::<OptimizerKind>())]
    pub optimizer: Option<OptimizerKind>,
    /// Step size; else what is usual for the learner.
    #[arg(long)]
    pub learning_rate: Option<f64>,
    /// How the step size goes; else what is usual for the learner.
    #[arg(long, value_name = "NAME", value_parser = choice::<Schedule>())]
    pub schedule: Option<Schedule>,
    /// Steps over which the step size first rises.
    #[arg(long, value_name = "STEPS")]
    pub warmup: Option<usize>,
    /// Share of a parameter that AdamW takes off it per unit of step size.
    #[arg(long, default_value_t = Settings::default().weight_decay)]
    pub weight_decay: f64,
    /// Longest gradient of a transformer; 0: any length.
    #[arg(long, value_name = "LENGTH", default_value_t = Settings::default().max_gradient)]
    pub max_gradient: f64,
    /// Divides cosines before the softmax; else what is usual for the learner and the loss.
    #[arg(long)]
    pub temperature: Option<f64>,
    /// How much nearer the positive must be, for triplet and contrastive losses.
    #[arg(long, default_value_t = Settings::default().margin)]
    pub margin: f64,
    /// What is pushed away beside the batch.
    #[arg(long, value_name = "NAME", default_value = Negatives::default().name(), value_parser = choice::<Negatives>())]
    pub negatives: Negatives,
    /// Share of the pairs to keep out of training and to measure on.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub holdout: f64,
    /// Last layers of a transformer that learn; 0: all.
    #[arg(long, default_value_t = 0)]
    pub layers: usize,
    /// Let a transformer's word embeddings learn too.
    #[arg(long)]
    pub train_words: bool,
    /// Which phrases of a large set are recorded.
    #[arg(long, value_name = "NAME", default_value = Subset::default().name(), value_parser = choice::<Subset>())]
    pub subset: Subset,
    /// The model that the learner starts from.
    #[command(flatten)]
    pub model: ModelArguments,
    /// How a file of pairs is read.
    #[command(flatten)]
    pub pairs: PairArguments,
}

impl RecipeArguments {
    /// The same with what a whole recipe says, if one is given. Its model gives way to one that is asked for.
    ///
    /// # Errors
    /// If what is given is neither a recipe, nor a file with one or a run.
    pub(super) fn resolved(&self) -> anyhow::Result<Self> {
        let Some(text) = &self.whole else { return Ok(self.clone()) };
        let line =
            if RecipeLine::is_meant(text) { RecipeLine::read(text).map_err(UsageError::from)? } else { self.read_file(text)? };
        let RecipeLine { recipe, model } = line;
        let settings = recipe.settings;
        let mut resolved = Self {
            learner: recipe.learner,
            loss: Some(settings.loss),
            dims: Some(recipe.dims),
            negatives: settings.negatives,
            subset: recipe.subset,
            ..self.clone()
        };
        if let Some(choice) = model.filter(|_| !self.model.are_given()) {
            resolved.model = ModelArguments::of(choice);
        }
        Ok(Self { read: Some(recipe), ..resolved })
    }

    /// The file of a whole recipe, which is read.
    pub(super) fn file(&self) -> Option<&Path> {
        self.whole.as_deref().filter(|text| !RecipeLine::is_meant(text)).map(Path::new)
    }

    fn read_file(&self, path: &str) -> anyhow::Result<RecipeLine> {
        let bytes = input::bytes_of(Path::new(path)).with_context(|| {
            format!("expected a line that begins with \"embedding-playground recipe:\" or a file as --recipe, got {path:?}")
        })?;
        if is_run(&bytes) {
            let run = read_run(&bytes).with_context(|| path.to_owned())?;
            if let Some(space) = run.other_model.as_ref().filter(|_| !self.model.are_given()) {
                output::note(&format!(
                    "the run was trained on {space}; a run does not say where that model is: name it with --model"
                ));
            }
            return Ok(RecipeLine { recipe: run.recipe, model: None });
        }
        RecipeLine::read(&String::from_utf8_lossy(&bytes)).with_context(|| path.to_owned())
    }

    /// The recipe for `pairs`; what is not given is as usual for the learner.
    pub(super) fn recipe(&self, seed: u64, pairs: &[PairRows]) -> Recipe {
        if let Some(recipe) = &self.read {
            return Recipe { seed, ..recipe.clone() };
        }
        let loss = self.loss.unwrap_or_else(|| suggested_loss(pairs));
        let mut usual = Recipe::of_learner(self.learner);
        usual.settings = usual.settings.with_loss(loss, self.learner);
        usual.holdout = self.holdout;
        let n_trained = usual.n_trained(pairs.len());
        let epochs = self.epochs.map(|epochs| epochs.saturating_mul(batches_per_epoch(n_trained, self.batch)));
        let steps = self.steps.or(epochs).unwrap_or(usual.steps);
        Recipe {
            seed,
            learner: self.learner,
            start: self.start.unwrap_or(usual.start),
            dims: self.dims.unwrap_or(usual.dims),
            steps,
            schedule: self.schedule.unwrap_or(usual.schedule),
            warmup: self.warmup.unwrap_or(usual.warmup.min(steps)),
            holdout: self.holdout,
            patience: self.patience,
            layers: self.layers,
            words: self.train_words,
            subset: self.subset,
            settings: Settings {
                loss,
                temperature: self.temperature.unwrap_or(usual.settings.temperature),
                margin: self.margin,
                negatives: self.negatives,
                optimizer: self.optimizer.unwrap_or(usual.settings.optimizer),
                learning_rate: self.learning_rate.unwrap_or(usual.settings.learning_rate),
                weight_decay: self.weight_decay,
                max_gradient: self.max_gradient,
                batch: self.batch,
            },
            changes: Vec::new(),
            moves: Vec::new(),
        }
    }

    /// What to train on from `seed`, and what to call it in messages.
    pub(super) fn input(&self, pairs: Option<&Path>, lesson: Option<&str>, seed: u64) -> anyhow::Result<(String, TrainInput)> {
        let (name, input) = match (lesson, pairs) {
            (Some(lesson), _) => (format!("lesson {lesson}"), input::lesson_document(lesson)?.train_input()),
            (None, pairs) => {
                let path = pairs.unwrap_or(Path::new("-"));
                let set = input::pair_set(path, &self.pairs)?;
                let (phrases, pairs) = (set.phrases.into(), set.pairs.into());
                (path.display().to_string(), TrainInput { phrases, pairs, recipe: Recipe::default(), model_vectors: None })
            }
        };
        let recipe = self.recipe(seed, &input.pairs);
        // Before a model is opened and embeds.
        recipe.check().map_err(UsageError::from)?;
        Ok((name, TrainInput { recipe, ..input }))
    }
}

/// What to say when training on `name` can't begin: a setting out of range is wrong usage, and no fault of the pairs.
pub(super) fn not_trained(error: TrainError, name: &str) -> anyhow::Error {
    match error {
        TrainError::Recipe(error) => UsageError::from(error).into(),
        error => anyhow::Error::new(error).context(name.to_owned()),
    }
}

/// The input with the model's vectors, if it needs them, and the model, if what learns needs it. A dimension that nobody
/// asked for gives way to that of a model that was.
pub(super) fn with_model(
    input: TrainInput,
    arguments: &RecipeArguments,
) -> anyhow::Result<(TrainInput, Option<Arc<dyn Encoder>>)> {
    if arguments.model.are_given() && !input.recipe.uses_model() {
        output::note("--model is not used: vectors that begin in random places need none");
    }
    with_choice(input, &arguments.model.choice(), arguments.model.model.is_some() && arguments.dims.is_none())
}

/// The same with the model of `choice`; `follows` says whether the recipe may take its dimension.
pub(super) fn with_choice(
    mut input: TrainInput,
    choice: &ModelChoice,
    follows: bool,
) -> anyhow::Result<(TrainInput, Option<Arc<dyn Encoder>>)> {
    if !input.recipe.uses_model() {
        return Ok((input, None));
    }
    let model = input::model(choice)?;
    if follows && !input.recipe.fits_model(model.dims()) {
        input.recipe.dims = model.dims();
    }
    if input.recipe.needs_vectors() {
        let texts: Vec<&str> = input.phrases.iter().map(|phrase| &**phrase).collect();
        input.model_vectors = Some(input::embed(choice, &*model, &texts)?);
    }
    Ok((input, Some(model)))
}
