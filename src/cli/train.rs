//! `train`: pairs to a recorded run.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Args;

use super::{input, output};
use crate::model::Encoder;
use crate::train::{self, Choice, LearnerKind, LossKind, OptimizerKind, Recipe, Run, Settings, Start, TrainInput};

/// Train on pairs and record the run.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// Pairs: .csv, .tsv or .jsonl with columns anchor, positive[, negative].
    pub pairs: PathBuf,
    /// What learns: vectors.
    #[arg(long, default_value = "vectors", value_parser = LearnerKind::parse)]
    pub learner: LearnerKind,
    /// What is minimised: multiple-negatives-ranking, triplet-cosine or triplet-euclidean.
    #[arg(long, default_value = "multiple-negatives-ranking", value_parser = LossKind::parse)]
    pub loss: LossKind,
    /// Where vectors begin: random or model.
    #[arg(long, default_value = "random", value_parser = Start::parse)]
    pub start: Start,
    /// Numbers a vector.
    #[arg(long, default_value_t = Recipe::default().dims)]
    pub dims: usize,
    /// Decides random starts and the order of pairs.
    #[arg(long, default_value_t = Recipe::default().seed)]
    pub seed: u64,
    /// Steps to take.
    #[arg(long, default_value_t = Recipe::default().steps)]
    pub steps: usize,
    /// Pairs a batch.
    #[arg(long, default_value_t = Settings::default().batch)]
    pub batch: usize,
    /// adam or sgd.
    #[arg(long, default_value = "adam", value_parser = OptimizerKind::parse)]
    pub optimizer: OptimizerKind,
    /// Step size.
    #[arg(long, default_value_t = Settings::default().learning_rate)]
    pub learning_rate: f64,
    /// Divides cosines before the softmax of multiple negatives ranking.
    #[arg(long, default_value_t = Settings::default().temperature)]
    pub temperature: f64,
    /// How much nearer the positive must be, for triplet losses.
    #[arg(long, default_value_t = Settings::default().margin)]
    pub margin: f64,
    /// Write the recorded run to this file (safetensors).
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print the result as one JSON object.
    #[arg(long)]
    pub json: bool,
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
    loss_first: f64,
    loss_last: f64,
    triplet_accuracy_first: Option<f64>,
    triplet_accuracy_last: Option<f64>,
    positive_cosine_mean: Option<f64>,
    negative_cosine_mean: Option<f64>,
    seconds: f64,
    steps_per_second: f64,
    space: String,
}

impl TrainArguments {
    fn recipe(&self) -> Recipe {
        Recipe {
            seed: self.seed,
            learner: self.learner,
            start: self.start,
            dims: self.dims,
            steps: self.steps,
            settings: Settings {
                loss: self.loss,
                temperature: self.temperature,
                margin: self.margin,
                optimizer: self.optimizer,
                learning_rate: self.learning_rate,
                batch: self.batch,
            },
            changes: Vec::new(),
        }
    }
}

pub(super) fn run(arguments: &TrainArguments) -> anyhow::Result<()> {
    let mut document = input::pairs_document(&arguments.pairs)?;
    document.recipe = arguments.recipe();
    let input = with_start(document.train_input())?;
    let started = Instant::now();
    let run = train::train(&input, &mut output::progress_line()).with_context(|| arguments.pairs.display().to_string())?;
    let summary = summary_of(&run, started.elapsed().as_secs_f64());
    if let Some(out) = &arguments.out {
        output::write_bytes(Some(out), &train::write_run(&run)?)?;
    }
    if run.stopped.is_some() {
        anyhow::bail!(
            "training stopped at step {} of {}: expected finite numbers, got one beyond all bounds; try a smaller --learning-rate",
            run.last_step(),
            arguments.steps
        );
    }
    if arguments.json {
        return output::print_json(&summary);
    }
    print_summary(&summary)
}

/// The input with the model's vectors, if the recipe starts there.
pub(super) fn with_start(mut input: TrainInput) -> anyhow::Result<TrainInput> {
    if input.recipe.start == Start::Model {
        let texts: Vec<&str> = input.phrases.iter().map(|phrase| &**phrase).collect();
        input.model_vectors = Some(input::encoder(None)?.encode(&texts, &mut output::progress_line())?);
    }
    Ok(input)
}

fn summary_of(run: &Run, seconds: f64) -> Summary {
    let last = run.frames.len().saturating_sub(1);
    let (first_measures, last_measures) = (run.measures_of(0), run.measures_of(last));
    Summary {
        seed: run.recipe.seed,
        steps: run.last_step(),
        learner: run.recipe.learner.name(),
        loss: run.loss_name(),
        dims: run.recipe.dims,
        phrases: run.phrases.len(),
        pairs: run.pairs.len(),
        loss_first: run.whole_loss(0),
        loss_last: run.whole_loss(last),
        triplet_accuracy_first: first_measures.triplet_accuracy,
        triplet_accuracy_last: last_measures.triplet_accuracy,
        positive_cosine_mean: last_measures.positive_cosine,
        negative_cosine_mean: last_measures.negative_cosine,
        seconds,
        steps_per_second: run.last_step() as f64 / seconds.max(1e-9),
        space: run.space.at_step(run.last_step()).to_string(),
    }
}

fn print_summary(summary: &Summary) -> anyhow::Result<()> {
    let percent = |share: Option<f64>| share.map_or("no triplets".to_owned(), |share| format!("{:.0} %", share * 100.0));
    let cosine = |mean: Option<f64>| mean.map_or("none".to_owned(), |mean| format!("{mean:.2}"));
    output::print_text(&format!(
        "{} pairs of {} phrases, {} steps from seed {}\nloss {:.4} -> {:.4}\ntriplets right {} -> {}\ncosine of positives {}, of negatives {}\nspace {}\n",
        summary.pairs,
        summary.phrases,
        summary.steps,
        summary.seed,
        summary.loss_first,
        summary.loss_last,
        percent(summary.triplet_accuracy_first),
        percent(summary.triplet_accuracy_last),
        cosine(summary.positive_cosine_mean),
        cosine(summary.negative_cosine_mean),
        summary.space
    ))
}
