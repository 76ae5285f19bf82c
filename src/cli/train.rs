//! `train`: pairs to a recorded run.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use super::output;
use super::recipe::{RecipeArguments, not_trained, with_model};
use super::replacing::{Guard, Kind, check_beside_model};
use super::tables::{Place, WritingArguments, check_distinct};
use crate::choice::Choice;
use crate::data::{Shape, pairs_table};
use crate::train::{self, LearnerKind, Measures, Negatives, Recipe, Run, Stopped};

/// Train on pairs and record the run.
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub struct TrainArguments {
    /// Pairs: a table (.csv, .tsv, .jsonl, .json, .parquet) with columns anchor, positive[, negative], or sentence1,
    /// sentence2, label or score, or what else people call them.
    #[arg(required_unless_present = "lesson", conflicts_with = "lesson")]
    pub pairs: Option<PathBuf>,
    /// The pairs of a built-in lesson instead of a file.
    #[arg(long, value_name = "NAME")]
    pub lesson: Option<String>,
    /// Decides random starts, the order of pairs and what is held out; else 7, or the seed of a whole recipe.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Stop after this many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub max_seconds: Option<f64>,
    /// How to train.
    #[command(flatten)]
    pub recipe: RecipeArguments,
    /// Write the trained transformer into this folder, for sentence-transformers and `embed --model`.
    #[arg(long, value_name = "FOLDER")]
    pub save_model: Option<PathBuf>,
    /// Write the recorded run to this file (safetensors).
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write the pairs as they were read to this file (.csv, .tsv, .jsonl or .parquet).
    #[arg(long, value_name = "FILE")]
    pub write_pairs: Option<PathBuf>,
    /// How that is done.
    #[command(flatten)]
    pub writing: WritingArguments,
    /// Write loss and measures by step to this file (.csv, .tsv, .jsonl or .parquet).
    #[arg(long, value_name = "FILE")]
    pub curves: Option<PathBuf>,
    /// Print the result as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Longer than anybody waits, and far from what a duration can't hold.
const MAX_SECONDS: f64 = 1e9;

fn parse_seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=MAX_SECONDS).contains(seconds));
    seconds.ok_or_else(|| format!("expected a number of seconds from 0 to {MAX_SECONDS}, got {text:?}"))
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
    /// Pairs without a negative of their own, that get one at every step.
    drawn_negatives: usize,
    held_out_pairs: usize,
    /// Those of them whose phrases were recorded and measured.
    measured_held_out_pairs: usize,
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
    /// Whether the time that the run may take is over.
    fn time_limit(&self, started: Instant) -> impl FnMut() -> bool {
        let limit = self.max_seconds.map(Duration::from_secs_f64);
        move || limit.is_some_and(|limit| started.elapsed() >= limit)
    }
}

pub(super) fn run(arguments: &TrainArguments) -> anyhow::Result<()> {
    let recipe = &arguments.recipe.resolved()?;
    anyhow::ensure!(
        arguments.save_model.is_none() || recipe.learner == LearnerKind::Transformer,
        "expected --learner transformer with --save-model, got {}; only a transformer is a model of its own",
        recipe.learner.name()
    );
    if let Some(out) = arguments.out.as_deref().filter(|out| out.extension().is_some_and(|ending| ending != "safetensors")) {
        anyhow::bail!("{}: expected a name that ends in .safetensors, as a run has no other form", out.display());
    }
    let [curves, pairs] = check_outputs(arguments, recipe)?;
    let seed = arguments.seed.or(recipe.read.as_ref().map(|recipe| recipe.seed)).unwrap_or(Recipe::default().seed);
    let (name, input) = recipe.input(arguments.pairs.as_deref(), arguments.lesson.as_deref(), seed)?;
    if let Some(place) = pairs {
        place.write(&pairs_table(&input.phrases, &input.pairs))?;
    }
    let (input, model) = with_model(input, recipe)?;
    let started = Instant::now();
    let progress = &mut output::progress_line();
    let run = train::train_until(&input, model.as_deref(), &mut arguments.time_limit(started), progress);
    let mut run = run.map_err(|error| not_trained(error, &name))?;
    let seconds = started.elapsed().as_secs_f64();
    if let Some(out) = &arguments.out {
        output::write_bytes(Some(out), &train::write_run(&run)?)?;
    }
    if let Some(place) = curves {
        run.measure();
        place.write(&train::curves_table(&run))?;
    }
    if run.stopped == Some(Stopped::NotFinite) {
        anyhow::bail!(
            "training stopped at step {} of {}: expected finite numbers, got one beyond all bounds; try a smaller --learning-rate",
            run.last_step(),
            run.recipe.steps
        );
    }
    let trainable = model.as_ref().and_then(|model| model.trainable());
    if let (Some(folder), Some(trainable), Some(weights)) = (&arguments.save_model, trainable, &run.weights) {
        trainable.save(weights, folder)?;
    }
    let summary = summary_of(&run, input.pairs.len() - run.n_pairs, input.n_drawn_negatives(), seconds);
    if arguments.json {
        return output::print_json(&summary);
    }
    print_summary(&summary, arguments, recipe)
}

/// Looks at all that will be written, before the work; returns where the curves and the pairs go.
fn check_outputs(arguments: &TrainArguments, recipe: &RecipeArguments) -> anyhow::Result<[Option<Place>; 2]> {
    let TrainArguments { out, curves, save_model, write_pairs, .. } = arguments;
    check_distinct([out, curves, save_model, write_pairs].map(Option::as_deref))?;
    let guard = Guard {
        replacing: &arguments.writing.replacing,
        inputs: arguments.pairs.as_deref().into_iter().chain(recipe.file()).collect(),
        model: recipe.model.model.as_ref(),
    };
    let out = arguments.out.as_deref();
    guard.check(out, Kind::Run)?;
    if let Some(folder) = &arguments.save_model {
        check_beside_model(folder, [out, arguments.curves.as_deref(), write_pairs.as_deref()], &guard.inputs)?;
        recipe.model.choice().source.check_save(folder)?;
        if crate::files::is_there(&folder.join("modules.json")) {
            output::note(&format!("{} holds a model, whose files are replaced when the training is done", folder.display()));
        }
    }
    let pairs = write_pairs.as_deref().map(|path| arguments.writing.place_of(path, Shape::Records, &guard)).transpose()?;
    Ok([curves.as_deref().map(|path| Place::of_records(path, &guard)).transpose()?, pairs])
}

fn summary_of(run: &Run, held_out_pairs: usize, drawn_negatives: usize, seconds: f64) -> Summary {
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
        drawn_negatives,
        held_out_pairs,
        measured_held_out_pairs: run.held_out.len(),
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

fn print_summary(summary: &Summary, arguments: &TrainArguments, recipe: &RecipeArguments) -> anyhow::Result<()> {
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
    lines.extend(drawn_line(summary, recipe));
    lines.extend(held_out_line(summary));
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
        let (measured, subset) = (summary.measured_phrases, recipe.subset.label());
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
    output::print_lines(&lines.join("\n"))
}

fn percent(share: Option<f64>) -> String {
    share.map_or("none".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn number(value: Option<f64>) -> String {
    value.map_or("none".to_owned(), |value| format!("{value:.2}"))
}

/// What is said of negatives that the data do not give.
fn drawn_line(summary: &Summary, recipe: &RecipeArguments) -> Option<String> {
    let how = match recipe.negatives {
        Negatives::Hard => "the hardest phrase there is",
        Negatives::Drawn | Negatives::None => "a phrase drawn at random from this seed",
    };
    let n = summary.drawn_negatives;
    (n > 0).then(|| format!("{n} pairs have no negative: each gets {how} at every step"))
}

fn held_out_line(summary: &Summary) -> Option<String> {
    let measured = match summary.measured_held_out_pairs {
        all if all == summary.held_out_pairs => String::new(),
        some => format!(", of which {some} are measured"),
    };
    (summary.held_out_pairs > 0).then(|| {
        format!(
            "held out, {} pairs{measured}: loss {} -> {}, triplets right {} -> {}",
            summary.held_out_pairs,
            number(summary.heldout_loss_first),
            number(summary.heldout_loss_last),
            percent(summary.heldout_triplet_accuracy_first),
            percent(summary.heldout_triplet_accuracy_last)
        )
    })
}
