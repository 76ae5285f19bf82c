//! `compare`: runs against runs, raw and turned onto each other.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::recipe::{RecipeArguments, not_trained, with_model};
use super::replacing::{Guard, Replacing};
use super::tables::Place;
use super::{input, output};
use crate::choice::Choice;
use crate::compare::{Agreement, AgreementMeasure, Comparison, Level, Seeds, compare_runs, train_seeds};
use crate::playground::Document;
use crate::train::{Run, read_run};

/// Compare runs: what they agree on whatever their axes.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// Two to nine runs that `train --out` wrote (.safetensors); or, with --seeds, one file of pairs.
    #[arg(required_unless_present = "lesson", value_name = "RUN")]
    pub files: Vec<PathBuf>,
    /// Train the same pairs from these seeds instead of reading runs.
    #[arg(long, value_name = "SEED,SEED…|FIRST-LAST")]
    pub seeds: Option<Seeds>,
    /// The pairs of a built-in lesson instead of a file; needs --seeds.
    #[arg(long, value_name = "NAME", conflicts_with = "files", requires = "seeds")]
    pub lesson: Option<String>,
    /// How to train, with --seeds.
    #[command(flatten)]
    pub recipe: RecipeArguments,
    /// Write every measure of every two runs to this file (.csv, .tsv, .jsonl or .parquet).
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// What may be replaced.
    #[command(flatten)]
    pub replacing: Replacing,
    /// Print the measures as one JSON object.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(arguments: &CompareArguments) -> anyhow::Result<()> {
    let inputs = arguments.files.iter().map(PathBuf::as_path).chain(arguments.recipe.file()).collect();
    let guard = Guard { replacing: &arguments.replacing, inputs, model: arguments.recipe.model.model.as_ref() };
    let place = arguments.out.as_deref().map(|out| Place::of_records(out, &guard)).transpose()?;
    let (runs, document) = match &arguments.seeds {
        Some(seeds) => {
            anyhow::ensure!(arguments.files.len() <= 1, "expected one file of pairs with --seeds, got {}", arguments.files.len());
            train_runs(&arguments.recipe, arguments.files.first().map(PathBuf::as_path), arguments.lesson.as_deref(), seeds)?
        }
        None => (read_runs(&arguments.files)?, Document::default()),
    };
    let comparison = compare(runs, &document)?;
    place.map(|place| place.write(&comparison.table())).transpose()?;
    if arguments.json {
        return output::print_json(&summary_of(&comparison));
    }
    output::print_lines(&text_of(&comparison))
}

/// The runs in `files`.
pub(super) fn read_runs(files: &[PathBuf]) -> anyhow::Result<Vec<Arc<Run>>> {
    let read = |path: &PathBuf| -> anyhow::Result<Arc<Run>> {
        Ok(Arc::new(read_run(&input::bytes_of(path)?).with_context(|| path.display().to_string())?))
    };
    files.iter().map(read).collect()
}

/// Runs of the same pairs from `seeds`, and the document of the lesson, which knows the groups.
pub(super) fn train_runs(
    recipe: &RecipeArguments,
    pairs: Option<&Path>,
    lesson: Option<&str>,
    seeds: &Seeds,
) -> anyhow::Result<(Vec<Arc<Run>>, Document)> {
    let recipe = &recipe.resolved()?;
    let (name, training) = recipe.input(pairs, lesson, seeds.all().first().copied().unwrap_or_default())?;
    let (training, model) = with_model(training, recipe)?;
    let runs = train_seeds(&training, seeds.all(), model.as_deref(), &mut output::progress_line())
        .map_err(|error| not_trained(error, &name))?;
    let document = match lesson {
        Some(name) => input::lesson_document(name)?,
        None => Document::default(),
    };
    Ok((runs.into_iter().map(Arc::new).collect(), document))
}

/// Compares `runs`; the groups of `document` are told to the measures.
pub(super) fn compare(runs: Vec<Arc<Run>>, document: &Document) -> anyhow::Result<Comparison> {
    Ok(compare_runs(runs, &document.grouping())?)
}

fn summary_of(comparison: &Comparison) -> serde_json::Value {
    let unsteady = |phrase: &crate::compare::Unsteady| serde_json::json!({"phrase": phrase.phrase, "kept": phrase.kept, "reason": phrase.reason});
    let mut summary = serde_json::json!({
        "runs": comparison.runs.len(),
        "seeds": comparison.runs.iter().map(|run| run.recipe.seed).collect::<Vec<_>>(),
        "steps": comparison.runs.iter().map(|run| run.last_step()).collect::<Vec<_>>(),
        "phrases": comparison.phrases.len(),
        "neighbours": comparison.agreement.k,
        "unsteady": comparison.unsteady.iter().map(unsteady).collect::<Vec<_>>(),
        "remarks": comparison.remarks,
    });
    add_levels(&mut summary, &comparison.agreement);
    summary
}

/// Adds `NAME_mean` and `NAME_spread` of every measure, and the means of the shuffled ones under `shuffled`.
pub(super) fn add_levels(summary: &mut serde_json::Value, agreement: &Agreement) {
    let mut shuffled = serde_json::Map::new();
    for measure in AgreementMeasure::ALL {
        let name = measure.name();
        let level = agreement.level(*measure);
        summary[format!("{name}_mean")] = level.map(|level| level.mean).into();
        summary[format!("{name}_spread")] = level.map(|level| level.spread).into();
        shuffled.insert(format!("{name}_mean"), agreement.shuffled(*measure).map(|level| level.mean).into());
    }
    summary["shuffled"] = shuffled.into();
}

fn text_of(comparison: &Comparison) -> String {
    let names: Vec<String> = (0..comparison.runs.len()).map(|index| comparison.name(index)).collect();
    let mut text =
        format!("{} runs ({}) of {} phrases, at their last step\n", names.len(), names.join(", "), comparison.phrases.len());
    text.push_str(&levels_text(&comparison.agreement));
    for phrase in comparison.unsteady.iter().take(3) {
        let kept = phrase.kept * 100.0;
        // Writing to a string does not fail.
        writeln!(text, "least steady: {:?} keeps {kept:.0} % of its neighbours; {}", phrase.phrase, phrase.reason)
            .unwrap_or_default();
    }
    comparison.remarks.iter().for_each(|remark| text.push_str(&format!("{remark}\n")));
    text
}

/// The two columns of measures: what depends on the axes, and what does not.
pub(super) fn levels_text(agreement: &Agreement) -> String {
    let number =
        |level: Option<Level>| level.map_or("none".to_owned(), |level| format!("{:.3} ± {:.3}", level.mean, level.spread));
    let chance = |level: Option<Level>| level.map_or("none".to_owned(), |level| format!("{:.3}", level.mean));
    let mut text = String::new();
    for (title, depends) in [("depends on the axes", true), ("does not depend on them", false)] {
        text.push_str(&format!("{title:<28}{:<18}shuffled\n", "mean ± spread"));
        for measure in AgreementMeasure::ALL.iter().filter(|measure| measure.depends_on_axes() == depends) {
            let level = agreement.level(*measure);
            text.push_str(&format!("  {:<26}{:<18}{}\n", measure.label(), number(level), chance(agreement.shuffled(*measure))));
        }
    }
    text
}
