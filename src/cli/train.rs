//! `train`: pairs to a recorded run.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;

use super::{input, output};
use crate::model::{self, Encoder, SentenceEncoder};
use crate::progress::Progress;
use crate::train::{
    self, Choice, Columns, LearnerKind, LossKind, Measures, Negatives, OptimizerKind, Recipe, Run, Schedule, Settings, Start,
    Stopped, Subset, TrainInput, batches_per_epoch,
};

/// Train on pairs and record the run.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// Pairs: .csv, .tsv or .jsonl with columns anchor, positive[, negative], or sentence1, sentence2, label or score.
    #[arg(required_unless_present = "lesson", conflicts_with = "lesson")]
    pub pairs: Option<PathBuf>,
    /// The pairs of a built-in lesson instead of a file.
    #[arg(long, value_name = "NAME")]
    pub lesson: Option<String>,
    /// What learns: vectors, tokens, adapter or transformer.
    #[arg(long, default_value = "vectors", value_parser = LearnerKind::parse)]
    pub learner: LearnerKind,
    /// What is minimised: multiple-negatives-ranking[-symmetric], triplet-cosine, triplet-euclidean, contrastive-cosine,
    /// cosent or cosine-similarity; else what fits the columns.
    #[arg(long, value_parser = LossKind::parse)]
    pub loss: Option<LossKind>,
    /// Where what learns begins: random or model; else what is usual for the learner.
    #[arg(long, value_parser = Start::parse)]
    pub start: Option<Start>,
    /// Numbers a vector.
    #[arg(long, default_value_t = Recipe::default().dims)]
    pub dims: usize,
    /// Decides random starts, the order of pairs and what is held out.
    #[arg(long, default_value_t = Recipe::default().seed)]
    pub seed: u64,
    /// Steps to take; else what is usual for the learner.
    #[arg(long, conflicts_with = "epochs")]
    pub steps: Option<usize>,
    /// Times to go through all pairs, instead of steps.
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Stop when the mean loss of this many steps is no lower than that of as many before.
    #[arg(long, value_name = "STEPS", default_value_t = 0)]
    pub patience: usize,
    /// Stop after this many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub max_seconds: Option<f64>,
    /// Pairs a batch.
    #[arg(long, default_value_t = Settings::default().batch)]
    pub batch: usize,
    /// sgd, momentum, adam or adamw; else what is usual for the learner.
    #[arg(long, value_parser = OptimizerKind::parse)]
    pub optimizer: Option<OptimizerKind>,
    /// Step size; else what is usual for the learner.
    #[arg(long)]
    pub learning_rate: Option<f64>,
    /// How the step size goes: constant, linear or cosine.
    #[arg(long, value_parser = Schedule::parse)]
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
    /// Divides cosines before the softmax; else what is usual for the learner.
    #[arg(long)]
    pub temperature: Option<f64>,
    /// How much nearer the positive must be, for triplet and contrastive losses.
    #[arg(long, default_value_t = Settings::default().margin)]
    pub margin: f64,
    /// What is pushed away beside the batch: drawn, hard or none.
    #[arg(long, default_value = "drawn", value_parser = Negatives::parse)]
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
    /// Which phrases of a large set are recorded: first, most-paired or drawn.
    #[arg(long, default_value = "first", value_parser = Subset::parse)]
    pub subset: Subset,
    /// Largest score in the file: 5 for scores from 0 to 5.
    #[arg(long, default_value_t = 1.0, value_parser = parse_score_max)]
    pub score_max: f32,
    /// Folder of a sentence-transformers model to start from; else the built-in one.
    #[arg(long, value_name = "FOLDER")]
    pub model: Option<PathBuf>,
    /// Write the trained transformer into this folder, for sentence-transformers and `embed --model`.
    #[arg(long, value_name = "FOLDER")]
    pub save_model: Option<PathBuf>,
    /// Write the recorded run to this file (safetensors).
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print the result as one JSON object.
    #[arg(long)]
    pub json: bool,
}

fn parse_score_max(text: &str) -> Result<f32, String> {
    let number = text.parse::<f32>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| format!("expected a number above 0, got {text:?}"))
}

#[derive(serde::Serialize)]
struct Summary {
    seed: u64,
    steps: usize,
    learner: &'static str,
    loss: &'static str,
    dims: usize,
    phrases: usize,
    pairs: usize,
    held_out_pairs: usize,
    /// Phrases that were recorded and measured.
    measured_phrases: usize,
    loss_first: f64,
    loss_last: f64,
    triplet_accuracy_first: Option<f64>,
    triplet_accuracy_last: Option<f64>,
    positive_cosine_mean: Option<f64>,
    negative_cosine_mean: Option<f64>,
    heldout_loss_first: Option<f64>,
    heldout_loss_last: Option<f64>,
    heldout_triplet_accuracy_first: Option<f64>,
    heldout_triplet_accuracy_last: Option<f64>,
    recall_at_1_first: Option<f64>,
    recall_at_1_last: Option<f64>,
    recall_at_5_first: Option<f64>,
    recall_at_5_last: Option<f64>,
    mrr_first: Option<f64>,
    mrr_last: Option<f64>,
    alignment_last: Option<f64>,
    uniformity_last: Option<f64>,
    rankme_last: Option<f64>,
    stopped: Option<Stopped>,
    seconds: f64,
    steps_per_second: f64,
    space: String,
}

impl TrainArguments {
    /// The recipe for `n_pairs` pairs with these columns; what is not given is as usual for the learner.
    fn recipe(&self, n_pairs: usize, columns: Columns) -> Recipe {
        let usual = Recipe::of_learner(self.learner);
        let n_trained = n_pairs - (self.holdout.clamp(0.0, 1.0) * n_pairs as f64).round() as usize;
        let epochs = self.epochs.map(|epochs| epochs.saturating_mul(batches_per_epoch(n_trained, self.batch)));
        let steps = self.steps.or(epochs).unwrap_or(usual.steps);
        Recipe {
            seed: self.seed,
            learner: self.learner,
            start: self.start.unwrap_or(usual.start),
            dims: self.dims,
            steps,
            schedule: self.schedule.unwrap_or(usual.schedule),
            warmup: self.warmup.unwrap_or(usual.warmup.min(steps)),
            holdout: self.holdout,
            patience: self.patience,
            layers: self.layers,
            words: self.train_words,
            subset: self.subset,
            settings: Settings {
                loss: self.loss.unwrap_or(columns.suggested()),
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
        }
    }

    /// A listener that shows progress and ends the run when its time is over.
    fn listener(&self, started: Instant) -> impl FnMut(Progress) -> ControlFlow<()> {
        let limit = self.max_seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0).map(Duration::from_secs_f64);
        let mut show = output::progress_line();
        move |progress| match limit {
            Some(limit) if started.elapsed() >= limit => ControlFlow::Break(()),
            _ => show(progress),
        }
    }
}

pub(super) fn run(arguments: &TrainArguments) -> anyhow::Result<()> {
    anyhow::ensure!(
        arguments.save_model.is_none() || arguments.learner == LearnerKind::Transformer,
        "expected --learner transformer with --save-model, got {}; only a transformer is a model of its own",
        arguments.learner.name()
    );
    let (name, input) = input_of(arguments)?;
    let (input, encoder) = with_model(input, arguments.model.as_deref())?;
    let started = Instant::now();
    let mut run = train::train(&input, encoder.as_ref(), &mut arguments.listener(started)).context(name)?;
    let seconds = started.elapsed().as_secs_f64();
    if run.stopped == Some(Stopped::Cancelled) {
        // Nothing else than the clock ends a run here.
        run.stopped = Some(Stopped::Time);
    }
    if let Some(out) = &arguments.out {
        output::write_bytes(Some(out), &train::write_run(&run)?)?;
    }
    if run.stopped == Some(Stopped::NotFinite) {
        anyhow::bail!(
            "training stopped at step {} of {}: expected finite numbers, got one beyond all bounds; try a smaller --learning-rate",
            run.last_step(),
            run.recipe.steps
        );
    }
    if let (Some(folder), Some(encoder), Some(weights)) = (&arguments.save_model, &encoder, &run.weights) {
        model::save_folder(encoder, weights, folder)?;
    }
    let summary = summary_of(&run, seconds);
    if arguments.json {
        return output::print_json(&summary);
    }
    print_summary(&summary, arguments)
}

/// What to train on, and what to call it in messages.
fn input_of(arguments: &TrainArguments) -> anyhow::Result<(String, TrainInput)> {
    let (name, input) = match (&arguments.lesson, &arguments.pairs) {
        (Some(lesson), _) => (format!("lesson {lesson}"), input::lesson_document(lesson)?.train_input()),
        (None, pairs) => {
            let path = pairs.clone().unwrap_or_else(|| PathBuf::from("-"));
            let set = input::pair_set(&path, arguments.score_max)?;
            let (phrases, pairs) = (set.phrases.into(), set.pairs.into());
            (path.display().to_string(), TrainInput { phrases, pairs, recipe: Recipe::default(), model_vectors: None })
        }
    };
    let recipe = arguments.recipe(input.pairs.len(), Columns::of(&input.pairs));
    Ok((name, TrainInput { recipe, ..input }))
}

/// The input with the model's vectors, if it needs them, and the model, if that is what learns.
pub(super) fn with_model(
    mut input: TrainInput,
    folder: Option<&std::path::Path>,
) -> anyhow::Result<(TrainInput, Option<SentenceEncoder>)> {
    let recipe = &input.recipe;
    let needs_vectors =
        recipe.learner == LearnerKind::Adapter || recipe.learner == LearnerKind::Vectors && recipe.start == Start::Model;
    if !needs_vectors && !recipe.learner.needs_model() {
        return Ok((input, None));
    }
    let encoder = input::encoder(folder)?;
    if needs_vectors {
        let texts: Vec<&str> = input.phrases.iter().map(|phrase| &**phrase).collect();
        input.model_vectors = Some(encoder.encode(&texts, &mut output::progress_line())?);
    }
    Ok((input, Some(encoder)))
}

fn summary_of(run: &Run, seconds: f64) -> Summary {
    let (first, last) = (run.measures_of(0), run.measures_of(run.frames.len().saturating_sub(1)));
    let held_out = |measures: &Measures| measures.held_out.and_then(|pairs| pairs.triplet_accuracy());
    Summary {
        seed: run.recipe.seed,
        steps: run.last_step(),
        learner: run.recipe.learner.name(),
        loss: run.loss_name(),
        dims: run.recipe.dims,
        phrases: run.n_phrases,
        pairs: run.n_pairs,
        held_out_pairs: run.held_out.len(),
        measured_phrases: run.phrases.len(),
        loss_first: first.loss,
        loss_last: last.loss,
        triplet_accuracy_first: first.trained.triplet_accuracy(),
        triplet_accuracy_last: last.trained.triplet_accuracy(),
        positive_cosine_mean: last.trained.positive_cosine_mean(),
        negative_cosine_mean: last.trained.negative_cosine_mean(),
        heldout_loss_first: first.held_out_loss,
        heldout_loss_last: last.held_out_loss,
        heldout_triplet_accuracy_first: held_out(&first),
        heldout_triplet_accuracy_last: held_out(&last),
        recall_at_1_first: first.judged().recall_at_1(),
        recall_at_1_last: last.judged().recall_at_1(),
        recall_at_5_first: first.judged().recall_at_5(),
        recall_at_5_last: last.judged().recall_at_5(),
        mrr_first: first.judged().mean_reciprocal_rank(),
        mrr_last: last.judged().mean_reciprocal_rank(),
        alignment_last: last.alignment,
        uniformity_last: last.uniformity,
        rankme_last: last.effective_rank,
        stopped: run.stopped,
        seconds,
        steps_per_second: run.last_step() as f64 / seconds.max(1e-9),
        space: run.space.at_step(run.last_step()).to_string(),
    }
}

fn print_summary(summary: &Summary, arguments: &TrainArguments) -> anyhow::Result<()> {
    let percent = |share: Option<f64>| share.map_or("none".to_owned(), |share| format!("{:.0} %", share * 100.0));
    let number = |value: Option<f64>| value.map_or("none".to_owned(), |value| format!("{value:.2}"));
    let mut lines = vec![
        format!("{} pairs of {} phrases, {} steps from seed {}", summary.pairs, summary.phrases, summary.steps, summary.seed),
        format!("loss {:.4} -> {:.4}", summary.loss_first, summary.loss_last),
        format!("triplets right {} -> {}", percent(summary.triplet_accuracy_first), percent(summary.triplet_accuracy_last)),
        format!(
            "cosine of positives {}, of negatives {}",
            number(summary.positive_cosine_mean),
            number(summary.negative_cosine_mean)
        ),
    ];
    if summary.held_out_pairs > 0 {
        lines.push(format!(
            "held out, {} pairs: loss {} -> {}, triplets right {} -> {}",
            summary.held_out_pairs,
            number(summary.heldout_loss_first),
            number(summary.heldout_loss_last),
            percent(summary.heldout_triplet_accuracy_first),
            percent(summary.heldout_triplet_accuracy_last)
        ));
    }
    lines.push(format!(
        "recall@1 {} -> {}, mean reciprocal rank {} -> {}",
        percent(summary.recall_at_1_first),
        percent(summary.recall_at_1_last),
        number(summary.mrr_first),
        number(summary.mrr_last)
    ));
    lines.push(format!(
        "alignment {}, uniformity {}, effective rank {}",
        number(summary.alignment_last),
        number(summary.uniformity_last),
        number(summary.rankme_last)
    ));
    if summary.measured_phrases < summary.phrases {
        let (measured, subset) = (summary.measured_phrases, arguments.subset.label());
        lines.push(format!("measured on {measured} phrases, those of the {subset}"));
    }
    match summary.stopped {
        Some(Stopped::Plateau) => lines.push("stopped because the loss fell no further".to_owned()),
        Some(Stopped::Time) => lines.push("stopped because its time was over".to_owned()),
        _ => {}
    }
    if let Some(folder) = &arguments.save_model {
        lines.push(format!("saved the model to {}", folder.display()));
    }
    lines.push(format!("space {}\n", summary.space));
    output::print_text(&lines.join("\n"))
}
