//! The views beside the map: runs from several seeds, two models, several dimensions.
//!
//! Unlike the run of the map they are not derived from the document: each is asked for, stays as it was when
//! the document changes, and then says so.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::state::{InFlight, RunKey};
use super::{Activity, PhraseId, Playground};
use crate::compare::{Comparison, Layout, MAX_RUNS, ModelComparison, Subject, Sweep, Turning};
use crate::jobs::{Cancels, Job, JobId, Work};
use crate::model::Source;
use crate::train::{Choice, LearnerKind, Recipe};

/// Runs that a first comparison has.
pub(super) const USUAL_RUNS: usize = 4;

/// What stands in the middle of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// The map of one run.
    #[default]
    Map,
    /// Runs from several seeds.
    Seeds,
    /// Two models.
    Models,
    /// One recipe at several dimensions.
    Dimensions,
}

impl Choice for Tab {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (Self::Map, "map", "Map", "One run on its map."),
        (Self::Seeds, "seeds", "Compare seeds", "The same recipe from several seeds: the same clusters form, in other places."),
        (
            Self::Models,
            "models",
            "Compare models",
            "Two models on the same phrases, each in its own space: what they agree on, and why their vectors must not be mixed.",
        ),
        (Self::Dimensions, "dimensions", "Dimensions", "The same recipe with 2 to 384 numbers a vector: why vectors need room."),
    ];
}

/// What can be compared, as it is chosen in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// A model.
    Model(Source),
    /// The run of the map at a step.
    Run(usize),
}

/// Runs from several seeds, and how they are shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeedsState {
    pub(super) comparison: Option<Arc<Comparison>>,
    pub(super) layout: Option<Arc<Layout>>,
    /// What the runs were made from.
    pub(super) key: Option<RunKey>,
    pub(super) turning: Turning,
    /// The run that the others are to be turned onto, and the phrases that are to be held still meanwhile.
    pub(super) reference: usize,
    pub(super) held: BTreeSet<Arc<str>>,
    pub(super) training: Option<InFlight<RunKey>>,
    pub(super) laying_out: Option<JobId>,
}

/// Two models, and what they were chosen from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelsState {
    pub(super) comparison: Option<Arc<ModelComparison>>,
    pub(super) choices: Option<[ModelChoice; 2]>,
    pub(super) job: Option<InFlight<()>>,
}

/// Runs at several dimensions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SweepState {
    pub(super) sweep: Option<Arc<Sweep>>,
    pub(super) key: Option<RunKey>,
    pub(super) job: Option<InFlight<RunKey>>,
}

/// All views beside the map.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Beside {
    pub(super) tab: Tab,
    pub(super) seeds: SeedsState,
    pub(super) models: ModelsState,
    pub(super) sweep: SweepState,
}

impl SeedsState {
    /// The runs, once they are trained.
    pub fn comparison(&self) -> Option<&Arc<Comparison>> {
        self.comparison.as_ref()
    }

    /// Where their phrases are drawn.
    pub fn layout(&self) -> Option<&Arc<Layout>> {
        self.layout.as_ref()
    }

    /// How they are put side by side.
    pub fn turning(&self) -> Turning {
        self.turning
    }
}

impl ModelsState {
    /// The two, once they are compared.
    pub fn comparison(&self) -> Option<&Arc<ModelComparison>> {
        self.comparison.as_ref()
    }

    /// What was compared last.
    pub fn choices(&self) -> Option<&[ModelChoice; 2]> {
        self.choices.as_ref()
    }
}

impl SweepState {
    /// The runs, once they are trained.
    pub fn sweep(&self) -> Option<&Arc<Sweep>> {
        self.sweep.as_ref()
    }
}

impl Beside {
    pub(super) fn is_busy(&self) -> bool {
        let is_training = self.seeds.training.is_some() || self.sweep.job.is_some();
        is_training || self.seeds.laying_out.is_some() || self.models.job.is_some()
    }

    pub(super) fn activity(&self) -> Option<Activity> {
        let of = |label, progress, per_second| Activity { label, progress, per_second };
        let seeds = self.seeds.training.as_ref().map(|job| of("Training from several seeds", job.progress, job.per_second));
        let sweep = self.sweep.job.as_ref().map(|job| of("Training at several dimensions", job.progress, job.per_second));
        let models = self.models.job.as_ref().map(|job| of("Comparing models", job.progress, job.per_second));
        seeds.or(sweep).or(models)
    }

    /// What ends its jobs.
    pub(super) fn cancellations(&self) -> Vec<(Cancels, JobId)> {
        let jobs = [
            self.seeds.training.as_ref().map(|job| (Cancels::CompareSeeds, job.id)),
            self.models.job.as_ref().map(|job| (Cancels::CompareModels, job.id)),
            self.sweep.job.as_ref().map(|job| (Cancels::Sweep, job.id)),
        ];
        jobs.into_iter().flatten().collect()
    }

    /// Forgets the job `id`, which has ended without a result; says whether it was one of these.
    pub(super) fn end(&mut self, id: JobId) -> bool {
        let ended = [
            self.seeds.training.take_if(|job| job.id == id).is_some(),
            self.seeds.laying_out.take_if(|job| *job == id).is_some(),
            self.models.job.take_if(|job| job.id == id).is_some(),
            self.sweep.job.take_if(|job| job.id == id).is_some(),
        ];
        ended.contains(&true)
    }
}

impl Playground {
    /// What stands in the middle of the window.
    pub fn tab(&self) -> Tab {
        self.beside.tab
    }

    /// Runs from several seeds.
    pub fn seeds(&self) -> &SeedsState {
        &self.beside.seeds
    }

    /// Two models.
    pub fn models(&self) -> &ModelsState {
        &self.beside.models
    }

    /// Runs at several dimensions.
    pub fn dimensions(&self) -> &SweepState {
        &self.beside.sweep
    }

    /// Whether the runs from several seeds are of another recipe or other pairs than the document has now.
    pub fn seeds_are_outdated(&self) -> bool {
        self.is_outdated(self.beside.seeds.key.as_ref(), |recipe| Recipe { seed: 0, ..recipe.clone() })
    }

    /// The same of the runs at several dimensions.
    pub fn dimensions_are_outdated(&self) -> bool {
        self.is_outdated(self.beside.sweep.key.as_ref(), |recipe| Recipe { dims: 2, ..recipe.clone() })
    }

    /// Whether the document asks for something else than `key`, but for what `without` takes away: that in which
    /// the runs differ.
    fn is_outdated(&self, key: Option<&RunKey>, without: fn(&Recipe) -> Recipe) -> bool {
        let Some((key, now)) = key.zip(self.checked.as_ref().map(|(now, _)| now)) else { return false };
        without(&key.recipe) != without(&now.recipe) || key.pairs != now.pairs || key.phrases != now.phrases
    }

    /// Shows a view. The step is kept within the run that it plays. A view that has nothing to show yet begins with
    /// what is usual, unless that takes long: a transformer is trained only when asked to.
    pub(super) fn show_tab(&mut self, tab: Tab) -> Option<Job> {
        self.beside.tab = tab;
        self.playhead.playing = false;
        self.playhead.position = self.playhead.position.min(self.last_step() as f64);
        let recipe = &self.document.recipe;
        let is_quick = recipe.learner != LearnerKind::Transformer && self.problem.is_none() && self.run.is_some();
        let (seeds, models, sweep) = (&self.beside.seeds, &self.beside.models, &self.beside.sweep);
        match tab {
            Tab::Seeds if is_quick && seeds.comparison.is_none() && seeds.training.is_none() => self.compare_seeds(USUAL_RUNS),
            Tab::Models if self.document.phrases.len() > 2 && models.comparison.is_none() && models.job.is_none() => {
                self.compare_models([Source::Embedded, Source::Random(1)].map(ModelChoice::Model))
            }
            Tab::Dimensions if is_quick && sweep.sweep.is_none() && sweep.job.is_none() && Sweep::obstacle(recipe).is_none() => {
                self.sweep()
            }
            _ => None,
        }
    }

    pub(super) fn compare_seeds(&mut self, n_runs: usize) -> Option<Job> {
        let (input, key) = self.trainable()?;
        let n_runs = n_runs.clamp(2, MAX_RUNS) as u64;
        let seeds = (0..n_runs).map(|index| input.recipe.seed.wrapping_add(index)).collect();
        let grouping = self.document.grouping();
        let job = self.job(Work::CompareSeeds(self.document.model(), Box::new(input), seeds, grouping));
        let new = InFlight { id: job.id, what: key, progress: None, per_second: 0.0 };
        if let Some(old) = self.beside.seeds.training.replace(new) {
            self.cancellations.push((Cancels::CompareSeeds, old.id));
        }
        Some(job)
    }

    pub(super) fn set_reference(&mut self, index: usize) -> Option<Job> {
        self.beside.seeds.reference = index;
        self.lay_out()
    }

    pub(super) fn hold(&mut self, phrases: &[PhraseId]) -> Option<Job> {
        self.beside.seeds.held = phrases.iter().filter_map(|id| Some(self.document.phrase(*id)?.text.clone())).collect();
        self.lay_out()
    }

    fn lay_out(&mut self) -> Option<Job> {
        let seeds = &self.beside.seeds;
        let (comparison, reference, held) = (seeds.comparison.clone()?, seeds.reference, seeds.held.clone());
        let job = self.job(Work::LayOut(comparison, reference, held));
        self.beside.seeds.laying_out = Some(job.id);
        Some(job)
    }

    pub(super) fn compare_models(&mut self, choices: [ModelChoice; 2]) -> Option<Job> {
        let subject = |choice: &ModelChoice| match choice {
            ModelChoice::Model(source) => Some(Subject::Model(source.clone())),
            ModelChoice::Run(step) => {
                let run = self.run.clone()?;
                Some(Subject::RunAt { step: (*step).min(run.last_step()), run })
            }
        };
        let Some(subjects) = subject(&choices[0]).zip(subject(&choices[1])) else {
            self.tell("There is no run yet to compare with; make pairs first.", true);
            return None;
        };
        let phrases = self.shown_phrases().iter().map(|phrase| phrase.text.clone()).collect();
        let grouping = self.document.grouping();
        let job = self.job(Work::CompareModels(Box::new([subjects.0, subjects.1]), phrases, grouping));
        if let Some(old) = self.beside.models.job.replace(InFlight { id: job.id, what: (), progress: None, per_second: 0.0 }) {
            self.cancellations.push((Cancels::CompareModels, old.id));
        }
        self.beside.models.choices = Some(choices);
        Some(job)
    }

    pub(super) fn sweep(&mut self) -> Option<Job> {
        if let Some(why) = Sweep::obstacle(&self.document.recipe) {
            self.tell(format!("Not at several dimensions: {why}."), true);
            return None;
        }
        let (input, key) = self.trainable()?;
        let job = self.job(Work::Sweep(self.document.model(), Box::new(input)));
        let new = InFlight { id: job.id, what: key, progress: None, per_second: 0.0 };
        if let Some(old) = self.beside.sweep.job.replace(new) {
            self.cancellations.push((Cancels::Sweep, old.id));
        }
        Some(job)
    }

    pub(super) fn take_seeds(&mut self, id: JobId, comparison: Arc<Comparison>, layout: Arc<Layout>) {
        let Some(job) = self.beside.seeds.training.take_if(|job| job.id == id) else { return };
        let seeds = &mut self.beside.seeds;
        (seeds.comparison, seeds.layout, seeds.key, seeds.laying_out) = (Some(comparison), Some(layout), Some(job.what), None);
        (seeds.reference, seeds.held) = (0, BTreeSet::new());
        if self.beside.tab == Tab::Seeds {
            self.playhead.position = self.last_step() as f64;
        }
    }

    pub(super) fn take_layout(&mut self, id: JobId, layout: Arc<Layout>) {
        if self.beside.seeds.laying_out.take_if(|job| *job == id).is_some() {
            self.beside.seeds.layout = Some(layout);
        }
    }

    pub(super) fn take_models(&mut self, id: JobId, comparison: Arc<ModelComparison>) {
        if self.beside.models.job.take_if(|job| job.id == id).is_some() {
            self.beside.models.comparison = Some(comparison);
        }
    }

    pub(super) fn take_sweep(&mut self, id: JobId, sweep: Arc<Sweep>) {
        if let Some(job) = self.beside.sweep.job.take_if(|job| job.id == id) {
            (self.beside.sweep.sweep, self.beside.sweep.key) = (Some(sweep), Some(job.what));
        }
    }

    pub(super) fn note_cancelled(&mut self, id: JobId) {
        if self.beside.end(id) {
            self.tell("Cancelled; what was there before is kept.", false);
        }
    }
}
