//! Runs of the same phrases, held against each other at their last step.
//!
//! How they are trained is `together.rs`, how they are drawn `layout.rs`.

use std::sync::Arc;

use super::agreement::{Agreement, UnitRows};
use super::error::{CompareError, MAX_RUNS, MIN_SHARED};
use super::reasons::{Unsteady, least_steady};
use super::together::ended_early;
use crate::data::Grouping;
use crate::space::unit_rows;
use crate::train::Run;

/// Phrases that agree least are named up to this number.
const UNSTEADY_PHRASES: usize = 100;

/// Runs with what they agree on.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The runs, in the order they were given.
    pub runs: Vec<Arc<Run>>,
    /// The phrases that all runs know, in the order of the first.
    pub phrases: Arc<[Arc<str>]>,
    /// By run: the row of each shared phrase.
    pub rows: Vec<Vec<usize>>,
    /// The measures, at the last step of each run.
    pub agreement: Agreement,
    /// The phrases whose neighbours change most.
    pub unsteady: Vec<Unsteady>,
    /// What one should know about what was compared.
    pub remarks: Vec<String>,
}

impl Comparison {
    /// Last step of the longest run.
    pub fn last_step(&self) -> usize {
        self.runs.iter().map(|run| run.last_step()).max().unwrap_or(0)
    }

    /// What run `index` is called: its seed, and its number where another has the same.
    pub fn name(&self, index: usize) -> String {
        let Some(run) = self.runs.get(index) else { return String::new() };
        let seed = run.recipe.seed;
        let is_only = self.runs.iter().filter(|other| other.recipe.seed == seed).count() == 1;
        if is_only { format!("seed {seed}") } else { format!("run {}, seed {seed}", index + 1) }
    }
}

/// Compares `runs` on the phrases that all of them know.
///
/// # Errors
/// If there are not 2 to [`MAX_RUNS`] runs, or they share fewer than three phrases.
pub fn compare_runs(runs: Vec<Arc<Run>>, grouping: &Grouping) -> Result<Comparison, CompareError> {
    if !(2..=MAX_RUNS).contains(&runs.len()) {
        return Err(CompareError::Count(runs.len()));
    }
    let phrases = shared_phrases(&runs);
    if phrases.len() < MIN_SHARED {
        return Err(CompareError::Shared { shared: phrases.len() });
    }
    let rows: Vec<Vec<usize>> = runs.iter().map(|run| rows_of(run, &phrases)).collect();
    let units: Vec<Vec<f64>> = runs.iter().zip(&rows).map(|(run, rows)| last_unit_rows(run, rows)).collect();
    let sets: Vec<UnitRows<'_>> = units.iter().zip(&runs).map(|(unit, run)| (unit.as_slice(), run.recipe.dims)).collect();
    let groups: Vec<Option<usize>> = phrases.iter().map(|text| grouping.of(text)).collect();
    let agreement = Agreement::of(&sets, &groups)?;
    let unsteady = least_steady(&runs[0], &phrases, &agreement.steadiness, &groups, &grouping.names, UNSTEADY_PHRASES);
    let remarks = remarks_of(&runs, phrases.len());
    Ok(Comparison { runs, phrases: phrases.into(), rows, agreement, unsteady, remarks })
}

/// Phrases that all runs know, in the order of the first.
fn shared_phrases(runs: &[Arc<Run>]) -> Vec<Arc<str>> {
    let is_shared = |text: &&Arc<str>| runs.iter().skip(1).all(|run| run.row_of(text).is_some());
    runs.first().map_or(Vec::new(), |run| run.phrases.iter().filter(is_shared).cloned().collect())
}

fn rows_of(run: &Run, phrases: &[Arc<str>]) -> Vec<usize> {
    phrases.iter().filter_map(|text| run.row_of(text)).collect()
}

fn last_unit_rows(run: &Run, rows: &[usize]) -> Vec<f64> {
    let (raw, dims) = (run.frames.raw(run.frames.len().saturating_sub(1)), run.recipe.dims);
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
    if runs.iter().any(|run| other_recipe(&run)) {
        remarks.push("The recipes differ in more than the seed.".to_owned());
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
