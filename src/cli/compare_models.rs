//! `compare-models`: what two models agree on, and why their vectors may not be mixed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::compare::{add_levels, levels_text};
use super::{input, output};
use crate::compare::{Mixture, ModelComparison, ModelSource, compare_models, source_vectors};
use crate::data;
use crate::model;
use crate::playground::Document;
use crate::train::read_run;

const SOURCES: &str = "all-MiniLM-L6-v2 (the built-in one), random or random:SEED (its architecture with random weights), \
     tokens (the mean of its token vectors), a folder, or a run (.safetensors, with @STEP for another step than the last)";

/// Compare two models on the same phrases, each in its own space.
#[derive(Debug, Args)]
pub struct CompareModelsArguments {
    /// One model: all-MiniLM-L6-v2, random[:SEED], tokens, a folder, or a run (.safetensors[@STEP]).
    pub left: String,
    /// The other one.
    pub right: String,
    /// Phrases, a line each or a table; else those of the runs or of the lesson "roses".
    pub file: Option<PathBuf>,
    /// Column of the phrases in a table.
    #[arg(long, value_name = "NAME")]
    pub column: Option<String>,
    /// Show what comes of cosines across the two, which are refused otherwise.
    #[arg(long)]
    pub anyway: bool,
    /// Print the measures as one JSON object.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(arguments: &CompareModelsArguments) -> anyhow::Result<()> {
    let sources = [source_of(&arguments.left)?, source_of(&arguments.right)?];
    let document = document_of(arguments, &sources)?;
    let phrases: Vec<Arc<str>> = document.phrases.iter().map(|phrase| phrase.text.clone()).collect();
    let embedded = model::embedded()?;
    let side = |source: &ModelSource, name: &str| {
        source_vectors(source, &phrases, &embedded, &mut output::progress_line()).with_context(|| name.to_owned())
    };
    let (left, right) = (side(&sources[0], &arguments.left)?, side(&sources[1], &arguments.right)?);
    let comparison = compare_models(&left, &right, &document.grouping())?;
    if arguments.json {
        return output::print_json(&summary_of(&comparison, arguments.anyway));
    }
    output::print_text(&text_of(&comparison, arguments.anyway))
}

/// The phrases to compare on: those of the file, else of a run that was not trained on the lesson, else the lesson's.
fn document_of(arguments: &CompareModelsArguments, sources: &[ModelSource]) -> anyhow::Result<Document> {
    let of_phrases = |phrases: &mut dyn Iterator<Item = &str>| {
        let mut document = Document::default();
        document.add_phrases(phrases);
        document
    };
    if let Some(path) = &arguments.file {
        let name = || path.display().to_string();
        let bytes = input::bytes_of(path)?;
        let read = data::read_phrases(&bytes, input::format_of(path), arguments.column.as_deref()).with_context(name)?;
        return Ok(of_phrases(&mut read.iter().map(String::as_str)));
    }
    let lesson = input::lesson_document("roses")?;
    let known: HashSet<&str> = lesson.phrases.iter().map(|phrase| &*phrase.text).collect();
    let others = sources.iter().find_map(|source| match source {
        ModelSource::Run(run, _) if !run.phrases.iter().all(|phrase| known.contains(&**phrase)) => Some(run),
        _ => None,
    });
    Ok(others.map_or_else(|| lesson.clone(), |run| of_phrases(&mut run.phrases.iter().map(|phrase| &**phrase))))
}

fn source_of(name: &str) -> anyhow::Result<ModelSource> {
    let (path, step) = name.rsplit_once('@').map_or((name, None), |(path, step)| (path, Some(step)));
    if Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors")) {
        let run = read_run(&input::bytes_of(Path::new(path))?).with_context(|| path.to_owned())?;
        let step = match step {
            Some(step) => step.parse().with_context(|| format!("{name}: expected a step after @, got {step:?}"))?,
            None => run.last_step(),
        };
        return Ok(ModelSource::Run(Arc::new(run), step));
    }
    match name.split_once(':').unwrap_or((name, "1")) {
        ("random", seed) => {
            let seed = seed.parse().with_context(|| format!("{name}: expected a seed after random:, got {seed:?}"))?;
            Ok(ModelSource::RandomWeights(seed))
        }
        ("tokens", _) => Ok(ModelSource::Tokens),
        ("all-MiniLM-L6-v2" | "sentence-transformers/all-MiniLM-L6-v2", _) => Ok(ModelSource::Embedded),
        _ if Path::new(name).is_dir() => Ok(ModelSource::Folder(PathBuf::from(name))),
        _ => anyhow::bail!("no model {name:?}: expected {SOURCES}"),
    }
}

fn summary_of(comparison: &ModelComparison, anyway: bool) -> serde_json::Value {
    let text = |phrase: usize| comparison.phrases[phrase].clone();
    let moved = |moved: &crate::compare::Moved| serde_json::json!({"phrase": text(moved.phrase), "kept": moved.kept, "nearest": (moved.nearest.map(text))});
    let mut summary = serde_json::json!({
        "models": ([0, 1].map(|side| comparison.sides[side].source.to_string())),
        "spaces": ([0, 1].map(|side| comparison.sides[side].vectors.space().to_string())),
        "phrases": comparison.phrases.len(),
        "neighbours": comparison.agreement.k,
        "same_space": comparison.refusal.is_none(),
        "refusal": comparison.refusal.as_ref().map(ToString::to_string),
        "moved": comparison.moved.iter().map(moved).collect::<Vec<_>>(),
        "remarks": comparison.remarks,
    });
    add_levels(&mut summary, &comparison.agreement);
    if anyway {
        let mixture = &comparison.mixture;
        summary["anyway"] = serde_json::json!({
            "can_be_computed": mixture.cross.is_some(),
            "own_cosine_mean": mixture.own_cosine,
            "recall_at_1": mixture.recall_at_1,
            "wrong_hit": mixture.wrong_hit.map(|wrong| serde_json::json!({
                "query": text(wrong.query), "hit": text(wrong.hit), "cosine": wrong.cosine,
                "right_hit": text(wrong.right_hit), "right_cosine": wrong.right_cosine,
            })),
            "fitted_rotation": mixture.fitted.map(|fitted| serde_json::json!({
                "fitted_on": fitted.n_fitted, "tried_on": fitted.n_tried, "recall_at_1": fitted.recall_at_1,
                "own_cosine_mean": fitted.own_cosine, "chance": fitted.chance,
            })),
        });
    }
    summary
}

fn text_of(comparison: &ModelComparison, anyway: bool) -> String {
    let mut lines = vec![format!(
        "{} and {} on {} phrases, each in its own space",
        comparison.sides[0].source,
        comparison.sides[1].source,
        comparison.phrases.len()
    )];
    lines.extend(comparison.remarks.iter().cloned());
    lines.push(levels_text(&comparison.agreement).trim_end().to_owned());
    for moved in comparison.moved.iter().take(3) {
        let [before, after] = moved.nearest.map(|phrase| &comparison.phrases[phrase]);
        lines.push(format!(
            "moved most: {:?}: nearest is {before:?} in the first, {after:?} in the second",
            comparison.phrases[moved.phrase]
        ));
    }
    match (&comparison.refusal, anyway) {
        (None, _) => lines.push("the two are one space: their vectors may be compared".to_owned()),
        (Some(refusal), false) => {
            lines.push(format!("no cosine is formed across the two: {refusal}\nsee what would come of it with --anyway"))
        }
        (Some(_), true) => lines.extend(anyway_lines(&comparison.mixture, &comparison.phrases, comparison)),
    }
    lines.join("\n") + "\n"
}

fn anyway_lines(mixture: &Mixture, phrases: &[Arc<str>], comparison: &ModelComparison) -> Vec<String> {
    let mut lines = vec!["what if you did it anyway:".to_owned()];
    let dims = [0, 1].map(|side| comparison.sides[side].vectors.dims());
    match (mixture.own_cosine, mixture.recall_at_1) {
        (Some(own), Some(recall)) => {
            let chance = 1.0 / phrases.len() as f64;
            lines.push(format!("  a phrase and itself across the two: cosine {own:.3} on average (within one model 1)"));
            lines.push(format!("  found again across the two: {:.0} % (chance {:.0} %)", recall * 100.0, chance * 100.0));
        }
        _ => lines.push(format!("  it can't even be computed: {} numbers on one side, {} on the other", dims[0], dims[1])),
    }
    if let Some(wrong) = mixture.wrong_hit {
        let [query, hit, right] = [wrong.query, wrong.hit, wrong.right_hit].map(|phrase| &phrases[phrase]);
        lines.push(format!(
            "  {query:?} finds {hit:?} ({:.2}); within the first model {right:?} ({:.2})",
            wrong.cosine, wrong.right_cosine
        ));
    }
    if let Some(fitted) = mixture.fitted {
        lines.push(format!(
            "  after a rotation fitted on {} phrases, of the other {}: {:.0} % found again (chance {:.0} %), cosine {:.3}",
            fitted.n_fitted,
            fitted.n_tried,
            fitted.recall_at_1 * 100.0,
            fitted.chance * 100.0,
            fitted.own_cosine
        ));
    }
    lines
}
