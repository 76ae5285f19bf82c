//! Runs of the same phrases, held against each other at one of their steps.
//!
//! How they are trained is `together.rs`, how they are drawn `layout.rs`.

use std::sync::Arc;

use super::agreement::{Agreement, AgreementMeasure, Level, UnitRows};
use super::error::{CompareError, MAX_RUNS, MIN_SHARED};
use super::reasons::{Unsteady, least_steady};
use super::together::ended_early;
use crate::choice::choice;
use crate::data::Grouping;
use crate::space::unit_rows;
use crate::train::{Recipe, Run};

/// Phrases that agree least are named up to this number.
const UNSTEADY_PHRASES: usize = 100;

choice! {
    /// Which two of the runs count, where these are of several recipes.
    #[derive(Default)]
    pub enum Among {
        #[default]
        All { name: "all", label: "any two runs", sentence: "Every two of the runs, whatever their recipes." },
        Within { name: "within", label: "of one recipe", sentence: "Two runs of the same recipe that differ in their seed alone: how much the seed changes." },
        Across { name: "across", label: "of two recipes", sentence: "Two runs of different recipes: how much the recipe changes, beside the seed." },
    }
}

/// Runs with what they agree on.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The runs, in the order they were given.
    pub runs: Vec<Arc<Run>>,
    /// What each is called.
    pub names: Vec<String>,
    /// By run: which recipe it is of, but for the seed, numbered in the order of the runs.
    pub parts: Vec<usize>,
    /// The step that the measures are of; of a run that is shorter, its last one.
    pub step: usize,
    /// The phrases that all runs know, in the order of the first.
    pub phrases: Arc<[Arc<str>]>,
    /// By run: the row of each shared phrase.
    pub rows: Vec<Vec<usize>>,
    /// The measures, at that step.
    pub agreement: Agreement,
    /// The phrases whose neighbours change most.
    pub unsteady: Vec<Unsteady>,
    /// What one should know about what was compared.
    pub remarks: Vec<String>,
    /// By phrase: its group.
    groups: Vec<Option<usize>>,
    group_names: Vec<Arc<str>>,
}

impl Comparison {
    /// Last step of the longest run.
    pub fn last_step(&self) -> usize {
        self.runs.iter().map(|run| run.last_step()).max().unwrap_or(0)
    }

    /// What run `index` is called.
    pub fn name(&self, index: usize) -> String {
        self.names.get(index).cloned().unwrap_or_default()
    }

    /// The level of `measure` over those two runs that count.
    pub fn level(&self, measure: AgreementMeasure, among: Among) -> Option<Level> {
        match among {
            Among::All => self.agreement.level(measure),
            Among::Within => self.agreement.level_among(measure, &|a, b| self.parts[a] == self.parts[b]),
            Among::Across => self.agreement.level_among(measure, &|a, b| self.parts[a] != self.parts[b]),
        }
    }

    /// Whether the runs are of one recipe, but for their seeds.
    pub fn is_of_one_recipe(&self) -> bool {
        self.parts.iter().all(|part| *part == 0)
    }

    /// The same runs, measured at `step`.
    ///
    /// # Errors
    /// If a number is not finite.
    pub fn at(&self, step: usize) -> Result<Self, CompareError> {
        let (agreement, unsteady) = measured(self, step)?;
        Ok(Self { step, agreement, unsteady, ..self.clone() })
    }
}

/// Compares `runs` on the phrases that all of them know, at the last step of each; they are called by their seeds.
///
/// # Errors
/// If there are not 2 to [`MAX_RUNS`] runs, or they share fewer than three phrases.
pub fn compare_runs(runs: Vec<Arc<Run>>, grouping: &Grouping) -> Result<Comparison, CompareError> {
    let names = names_by_seed(&runs);
    compare_named_runs(runs, names, grouping)
}

/// The same, of runs that are called `names`.
///
/// # Errors
/// As [`compare_runs`].
pub fn compare_named_runs(runs: Vec<Arc<Run>>, names: Vec<String>, grouping: &Grouping) -> Result<Comparison, CompareError> {
    if !(2..=MAX_RUNS).contains(&runs.len()) {
        return Err(CompareError::Count(runs.len()));
    }
    let phrases = shared_phrases(&runs);
    if phrases.len() < MIN_SHARED {
        return Err(CompareError::Shared { shared: phrases.len() });
    }
    let mut comparison = Comparison {
        rows: runs.iter().map(|run| rows_of(run, &phrases)).collect(),
        parts: parts_of(&runs),
        names,
        step: 0,
        agreement: Agreement::default(),
        unsteady: Vec::new(),
        remarks: remarks_of(&runs, phrases.len()),
        groups: phrases.iter().map(|text| grouping.of(text)).collect(),
        group_names: grouping.names.clone(),
        phrases: phrases.into(),
        runs,
    };
    comparison.step = comparison.last_step();
    (comparison.agreement, comparison.unsteady) = measured(&comparison, comparison.step)?;
    Ok(comparison)
}

/// What the runs of `comparison` agree on at `step`, and the phrases whose neighbours change most.
fn measured(comparison: &Comparison, step: usize) -> Result<(Agreement, Vec<Unsteady>), CompareError> {
    let Comparison { runs, rows, phrases, groups, .. } = comparison;
    let units: Vec<Vec<f64>> = runs.iter().zip(rows).map(|(run, rows)| unit_rows_at(run, step, rows)).collect();
    let sets: Vec<UnitRows<'_>> = units.iter().zip(runs).map(|(unit, run)| (unit.as_slice(), run.recipe.dims)).collect();
    let agreement = Agreement::of(&sets, groups)?;
    let names = &comparison.group_names;
    let unsteady = least_steady(&runs[0], phrases, &agreement.steadiness, groups, names, UNSTEADY_PHRASES);
    Ok((agreement, unsteady))
}

/// By seed, with its number where another run has the same.
fn names_by_seed(runs: &[Arc<Run>]) -> Vec<String> {
    let name = |(index, run): (usize, &Arc<Run>)| {
        let seed = run.recipe.seed;
        let is_only = runs.iter().filter(|other| other.recipe.seed == seed).count() == 1;
        if is_only { format!("seed {seed}") } else { format!("run {}, seed {seed}", index + 1) }
    };
    runs.iter().enumerate().map(name).collect()
}

fn parts_of(runs: &[Arc<Run>]) -> Vec<usize> {
    let mut recipes: Vec<Recipe> = Vec::new();
    let part = |run: &Arc<Run>| {
        let recipe = Recipe { seed: 0, ..run.recipe.clone() };
        let known = recipes.iter().position(|other| *other == recipe);
        known.unwrap_or_else(|| {
            recipes.push(recipe);
            recipes.len() - 1
        })
    };
    runs.iter().map(part).collect()
}

/// Phrases that all runs know, in the order of the first.
fn shared_phrases(runs: &[Arc<Run>]) -> Vec<Arc<str>> {
    let is_shared = |text: &&Arc<str>| runs.iter().skip(1).all(|run| run.row_of(text).is_some());
    runs.first().map_or(Vec::new(), |run| run.phrases.iter().filter(is_shared).cloned().collect())
}

fn rows_of(run: &Run, phrases: &[Arc<str>]) -> Vec<usize> {
    phrases.iter().filter_map(|text| run.row_of(text)).collect()
}

fn unit_rows_at(run: &Run, step: usize, rows: &[usize]) -> Vec<f64> {
    let (raw, dims) = (run.frames.raw(run.frames.index_at(step)), run.recipe.dims);
    let picked: Vec<f32> = rows.iter().flat_map(|row| &raw[row * dims..][..dims]).copied().collect();
    unit_rows(&picked, dims)
}

fn remarks_of(runs: &[Arc<Run>], n_shared: usize) -> Vec<String> {
    let mut remarks = Vec::new();
    let most = runs.iter().map(|run| run.phrases.len()).max().unwrap_or(0);
    if n_shared < most {
        remarks.push(format!("Compared on the {n_shared} phrases that all runs know; one of them has {most}."));
    }
    for (index, run) in runs.iter().enumerate() {
        let same = runs[..index].iter().position(|other| other.recipe == run.recipe && other.space == run.space);
        if let Some(earlier) = same {
            let (earlier, this, seed) = (earlier + 1, index + 1, run.recipe.seed);
            remarks.push(format!(
                "Runs {earlier} and {this} have the same seed {seed}: they are the same run, so they agree in full."
            ));
        }
        if let Some(why) = ended_early(run) {
            remarks.push(format!("Run {} {why}; it is compared at its step {}.", index + 1, run.last_step()));
        }
        if run.is_subset() {
            remarks.push(format!("Run {} recorded {} of its {} phrases.", index + 1, run.phrases.len(), run.n_phrases));
        }
    }
    let other_recipe = |run: &&Arc<Run>| {
        let mut recipe = run.recipe.clone();
        recipe.seed = runs[0].recipe.seed;
        recipe != runs[0].recipe
    };
    if let Some(other) = runs.iter().find(|run| other_recipe(run)) {
        let differences = Recipe { seed: other.recipe.seed, ..runs[0].recipe.clone() }.differences(&other.recipe);
        remarks.push(format!("The recipes differ in more than the seed: {}.", differences.join(", ")));
    }
    if let Some(other) = runs.iter().find(|run| run.other_model != runs[0].other_model) {
        let [first, other] = [&runs[0], other].map(|run| model_name(run));
        remarks.push(format!(
            "The models that they were trained on differ: {first} and {other}. Each run is measured in its own space."
        ));
    }
    if runs.iter().any(|run| run.recipe.dims != runs[0].recipe.dims) {
        remarks.push("The dimensions differ, so there is no distance number by number.".to_owned());
    }
    remarks
}

/// The model that a run was trained on, for people.
fn model_name(run: &Run) -> String {
    run.other_model.as_ref().map_or_else(|| "the built-in one".to_owned(), ToString::to_string)
}
