//! `compare-models`: what two models agree on, and why their vectors may not be mixed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::compare::{add_levels, levels_text};
use super::model::SettingArguments;
use super::reading::PhraseArguments;
use super::{fetching, input, output};
use crate::compare::{Mixture, ModelComparison, Subject, compare_models, subject_vectors};
use crate::model::{Library, Source, SourceTextError};
use crate::playground::Document;
use crate::train::read_run;

/// Compare two models on the same phrases, each in its own space.
#[derive(Debug, Args)]
pub struct CompareModelsArguments {
    /// One of the two.
    #[arg(value_parser = Named::parse, help = Named::help("One model"))]
    pub left: Named,
    /// The other one.
    #[arg(value_parser = Named::parse, help = Named::help("The other one"))]
    pub right: Named,
    /// Phrases, a line each or a table; else those of the runs or of the lesson "roses".
    pub file: Option<PathBuf>,
    /// How the phrases are read.
    #[command(flatten)]
    pub phrases: PhraseArguments,
    /// How both embed.
    #[command(flatten)]
    pub settings: SettingArguments,
    /// Show what comes of cosines across the two, which are refused otherwise.
    #[arg(long)]
    pub anyway: bool,
    /// Print the measures as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What is compared, as it was typed.
#[derive(Debug, Clone, PartialEq)]
pub enum Named {
    /// A model.
    Model(Source),
    /// A run in a file, at a step or at its last.
    Run(PathBuf, Option<usize>),
}

impl Named {
    fn parse(text: &str) -> Result<Self, String> {
        let (path, step) = text.rsplit_once('@').map_or((text, None), |(path, step)| (path, Some(step)));
        if Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors")) {
            let number = |step: &str| step.parse().map_err(|_| format!("expected a step after @, got {step:?}"));
            return Ok(Self::Run(path.into(), step.map(number).transpose()?));
        }
        text.parse().map(Self::Model).map_err(|error: SourceTextError| error.to_string())
    }

    fn help(what: &str) -> String {
        format!("{what}: {}, or a run (.safetensors, with @STEP for another step than the last)", Source::forms())
    }

    /// As it was typed, but for what goes without saying.
    fn text(&self) -> String {
        match self {
            Self::Model(Source::Folder(path)) | Self::Run(path, None) => path.display().to_string(),
            Self::Model(source) => source.to_string(),
            Self::Run(path, Some(step)) => format!("{}@{step}", path.display()),
        }
    }

    fn subject(&self, settings: &SettingArguments) -> anyhow::Result<Subject> {
        match self {
            Self::Model(source) => Ok(Subject::Model(settings.choice(source.clone()))),
            Self::Run(path, step) => {
                let run = read_run(&input::bytes_of(path)?).with_context(|| path.display().to_string())?;
                Ok(Subject::RunAt { step: step.unwrap_or(run.last_step()), run: Arc::new(run) })
            }
        }
    }
}

pub(super) fn run(arguments: &CompareModelsArguments) -> anyhow::Result<()> {
    let subjects = [arguments.left.subject(&arguments.settings)?, arguments.right.subject(&arguments.settings)?];
    for subject in &subjects {
        if let Subject::Model(choice) = subject {
            fetching::fetch_if_missing(&choice.source)?;
        }
    }
    let document = document_of(arguments, &subjects)?;
    let phrases: Vec<Arc<str>> = document.phrases.iter().map(|phrase| phrase.text.clone()).collect();
    let library = Library::default();
    let side = |subject: &Subject, named: &Named| {
        if let Subject::Model(choice) = subject {
            input::model_in(&library, choice).with_context(|| named.text())?;
        }
        subject_vectors(subject, &phrases, &library, &mut output::progress_line()).with_context(|| named.text())
    };
    let (left, right) = (side(&subjects[0], &arguments.left)?, side(&subjects[1], &arguments.right)?);
    let comparison = compare_models(&left, &right, &document.grouping())?;
    if arguments.json {
        return output::print_json(&summary_of(&comparison, arguments.anyway));
    }
    output::print_lines(&text_of(&comparison, arguments.anyway))
}

/// The phrases to compare on: those of the file, else of a run that was not trained on the lesson, else the lesson's.
fn document_of(arguments: &CompareModelsArguments, subjects: &[Subject; 2]) -> anyhow::Result<Document> {
    let of_phrases = |phrases: &mut dyn Iterator<Item = &str>| {
        let mut document = Document::default();
        document.add_phrases(phrases);
        document
    };
    if let Some(path) = &arguments.file {
        let read = input::phrases(path, &arguments.phrases)?;
        return Ok(of_phrases(&mut read.phrases.iter().map(String::as_str)));
    }
    let lesson = input::lesson_document("roses")?;
    let known: HashSet<&str> = lesson.phrases.iter().map(|phrase| &*phrase.text).collect();
    let others = subjects.iter().find_map(|subject| match subject {
        Subject::RunAt { run, .. } if !run.phrases.iter().all(|phrase| known.contains(&**phrase)) => Some(run),
        _ => None,
    });
    Ok(others.map_or_else(|| lesson.clone(), |run| of_phrases(&mut run.phrases.iter().map(|phrase| &**phrase))))
}

fn summary_of(comparison: &ModelComparison, anyway: bool) -> serde_json::Value {
    let text = |phrase: usize| comparison.phrases[phrase].clone();
    let moved = |moved: &crate::compare::Moved| serde_json::json!({"phrase": text(moved.phrase), "kept": moved.kept, "nearest": (moved.nearest.map(text))});
    let mut summary = serde_json::json!({
        "models": ([0, 1].map(|side| comparison.sides[side].subject.to_string())),
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
        comparison.sides[0].subject,
        comparison.sides[1].subject,
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
