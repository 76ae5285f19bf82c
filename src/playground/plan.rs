//! What work follows from the state.
//!
//! Which jobs are needed is *derived*: after every change this compares what the document asks for with
//! what there is (vectors, run, maps) and asks for the difference. So no command has to remember to
//! retrain, and undo needs no special case.

use std::sync::Arc;

use super::state::{InFlight, Prepared, RunKey};
use super::{Phrase, Playground};
use crate::data::Score;
use crate::jobs::{Cancels, Job, Work};
use crate::space::{PairRows, Vectors};
use crate::train::{LearnerKind, MAX_RECORDED, Recipe, Start, TrainInput, subset_rows};

/// Phrases that are embedded in one job: about a third of a second.
const EMBED_AT_ONCE: usize = 64;

/// Phrases that a map of places without a run is fitted to: with three it has two directions, and the
/// phrases that are added later do not move it.
const PHRASES_OF_A_STILL_MAP: usize = 3;

impl Playground {
    pub(super) fn plan(&mut self) -> Vec<Job> {
        // Training first: the recorded run is there before the model is loaded.
        self.prepare();
        let jobs = [self.plan_training(), self.plan_run_map(), self.plan_embedding(), self.plan_model_map()];
        jobs.into_iter().flatten().collect()
    }

    /// A part of what is missing at a time, newest first: a typed phrase does not wait for a long list.
    fn plan_embedding(&mut self) -> Option<Job> {
        if self.embedding.is_some() || self.embed_failed {
            return None;
        }
        let phrases = if self.needs_all_vectors() { self.document.phrases.iter().collect() } else { self.shown_phrases() };
        let texts = phrases.iter().rev().map(|phrase| &phrase.text);
        let missing: Vec<Arc<str>> =
            texts.filter(|text| !self.model_vectors.contains_key(*text)).take(EMBED_AT_ONCE).cloned().collect();
        if missing.is_empty() {
            return None;
        }
        let job = self.job(Work::Embed(self.document.model(), missing));
        self.embedding = Some(InFlight { id: job.id, what: (), progress: None, per_second: 0.0 });
        Some(job)
    }

    fn plan_model_map(&mut self) -> Option<Job> {
        if self.fitting.is_some() || self.fit_failed {
            return None;
        }
        // Axes of one or two phrases have no second direction; they are fitted again when there are more.
        let n_phrases = self.document.phrases.len().min(PHRASES_OF_A_STILL_MAP);
        if self.model_map.is_some() && self.model_map_phrases >= n_phrases {
            return None;
        }
        let vectors = self.vectors_of(&self.shown_phrases())?;
        self.model_map_phrases = n_phrases;
        let job = self.job(Work::FitModelMap(vectors));
        self.fitting = Some(job.id);
        Some(job)
    }

    /// The model's vectors of `phrases`, in their order, once they are all there.
    pub(super) fn vectors_of(&self, phrases: &[&Phrase]) -> Option<Vectors> {
        let space = self.model_space.clone()?;
        let rows: Option<Vec<&Arc<[f32]>>> = phrases.iter().map(|phrase| self.model_vectors.get(&phrase.text)).collect();
        let values: Vec<f32> = rows?.into_iter().flat_map(|row| row.iter().copied()).collect();
        (!values.is_empty()).then(|| Vectors::new(space, values))
    }

    /// The model's vectors of all phrases, in their order, once they are all there.
    pub fn document_vectors(&self) -> Option<Vectors> {
        self.vectors_of(&self.document.phrases.iter().collect::<Vec<_>>())
    }

    /// Whether training asks for the model's vectors of every phrase.
    pub(super) fn needs_all_vectors(&self) -> bool {
        let recipe = &self.document.recipe;
        let starts_there = recipe.learner == LearnerKind::Vectors && recipe.start == Start::Model;
        starts_there || recipe.learner == LearnerKind::Adapter
    }

    /// The phrases that the map shows: all, or of a large set the recorded part.
    pub fn shown_phrases(&self) -> Vec<&Phrase> {
        match self.prepared.as_ref().and_then(|prepared| prepared.shown.as_ref()) {
            Some(rows) => rows.iter().filter_map(|row| self.document.phrases.get(*row as usize)).collect(),
            None => self.document.phrases.iter().collect(),
        }
    }

    /// Brings what is derived from the lists of the document up to date; nothing to do if they are the same.
    fn prepare(&mut self) {
        let (document, recipe) = (&self.document, &self.document.recipe);
        let choice = (recipe.subset, recipe.seed);
        let is_same = |old: &&mut Prepared| {
            Arc::ptr_eq(&old.phrase_list, &document.phrases) && Arc::ptr_eq(&old.pair_list, &document.pairs)
        };
        let subset = |pairs: &[PairRows]| -> Option<Arc<[u32]>> {
            let n_phrases = document.phrases.len();
            (n_phrases > MAX_RECORDED).then(|| subset_rows(pairs, n_phrases, choice.0, choice.1, MAX_RECORDED).into())
        };
        match self.prepared.as_mut().filter(is_same) {
            Some(prepared) if prepared.choice == choice || prepared.shown.is_none() => {}
            Some(prepared) => (prepared.choice, prepared.shown) = (choice, subset(&prepared.input.pairs)),
            None => {
                let input = document.train_input();
                self.prepared = Some(Prepared {
                    phrase_list: document.phrases.clone(),
                    pair_list: document.pairs.clone(),
                    key_pairs: key_pairs_of(&input),
                    shown: subset(&input.pairs),
                    choice,
                    input,
                });
            }
        }
    }

    fn plan_training(&mut self) -> Option<Job> {
        let wanted = self.wanted_run();
        // A run under way that nobody wants any more ends first.
        let wanted_key = wanted.as_ref().map(|(_, key)| key);
        if self.training.as_ref().is_some_and(|job| Some(&job.what) != wanted_key) {
            self.drop_training();
        }
        let (input, key) = wanted?;
        let is_there = self.run.is_some() && self.run_key.as_ref() == Some(&key);
        let is_hopeless = self.failed_training.as_ref() == Some(&key);
        if is_there || is_hopeless || self.training.is_some() {
            return None;
        }
        self.rewind_for(&key);
        let job = self.job(Work::Train(self.document.model(), Box::new(input), self.axes, self.time_limit()));
        self.training = Some(InFlight { id: job.id, what: key, progress: None, per_second: 0.0 });
        Some(job)
    }

    pub(super) fn drop_training(&mut self) {
        if let Some(old) = self.training.take() {
            self.cancellations.extend([(Cancels::Train, old.id), (Cancels::MapRun, old.id)]);
        }
    }

    /// What the document would train now, as an input for several runs; says why where it is nothing.
    pub(super) fn trainable(&mut self) -> Option<(TrainInput, RunKey)> {
        let wanted = self.wanted_run();
        let why = match (&self.problem, &wanted) {
            (Some(problem), _) => problem.clone(),
            (None, Some((input, _))) if input.recipe.steps > 0 => return wanted,
            (None, None) if self.needs_all_vectors() => "the model's vectors are not there yet; try again in a moment".to_owned(),
            _ => "expected pairs to train on, got none; make a pair of two phrases first".to_owned(),
        };
        self.tell(format!("Nothing to compare: {why}."), true);
        None
    }

    /// The run that the document asks for, if it can be made now; sets `problem` where it can't be.
    fn wanted_run(&mut self) -> Option<(TrainInput, RunKey)> {
        self.problem = None;
        if self.document.phrases.is_empty() {
            (self.run, self.run_map, self.run_key) = (None, None, None);
            return None;
        }
        let prepared = self.prepared.as_ref()?;
        let mut input = TrainInput { recipe: self.document.recipe.clone(), ..prepared.input.clone() };
        let pairs = prepared.key_pairs.clone();
        if self.needs_all_vectors() {
            input.model_vectors = Some(self.document_vectors()?);
        }
        let key = run_key_of(&input, pairs.clone());
        // Checking a large set takes a while, and most commands change nothing that matters to it.
        if self.checked.as_ref().is_none_or(|(checked, _)| *checked != key) {
            self.checked = Some((key.clone(), input.check().err().map(|error| error.to_string())));
        }
        self.problem = self.checked.as_ref().and_then(|(_, problem)| problem.clone());
        if self.problem.is_none() {
            return Some((input, key));
        }
        // Nothing can be learned, but every phrase still has its place at step 0.
        input.recipe = Recipe { steps: 0, warmup: 0, ..input.recipe };
        input.check().ok()?;
        let key = run_key_of(&input, pairs);
        Some((input, key))
    }

    /// A run of another structure begins at step 0; one whose settings change later goes on from there.
    fn rewind_for(&mut self, key: &RunKey) {
        let Some(old) = &self.run_key else { return };
        let same_structure = |recipe: &Recipe| Recipe { changes: Vec::new(), steps: 0, ..recipe.clone() };
        if old.pairs != key.pairs || same_structure(&old.recipe) != same_structure(&key.recipe) {
            self.playhead.position = 0.0;
        }
        self.playhead.shows_forces = false;
    }

    fn plan_run_map(&mut self) -> Option<Job> {
        let run = self.run.clone()?;
        let is_there = self.run_map.as_ref().is_some_and(|map| map.axes() == self.axes) || self.failed_map == Some(self.axes);
        if is_there || self.training.is_some() || self.mapping.as_ref().is_some_and(|job| job.what == self.axes) {
            return None;
        }
        if let Some(old) = self.mapping.take() {
            self.cancellations.push((Cancels::MapRun, old.id));
        }
        let job = self.job(Work::MapRun(run, self.axes));
        self.mapping = Some(InFlight { id: job.id, what: self.axes, progress: None, per_second: 0.0 });
        Some(job)
    }
}

pub(super) type KeyPair = ([Option<Arc<str>>; 3], Option<Score>);

fn key_pairs_of(input: &TrainInput) -> Arc<[KeyPair]> {
    let text = |row: u32| input.phrases.get(row as usize).cloned();
    let pair = |pair: &PairRows| ([text(pair.anchor), text(pair.positive), pair.negative.and_then(text)], pair.score);
    input.pairs.iter().map(pair).collect()
}

/// Beside the pairs, all phrases matter to what shares parameters between them or draws negatives from them.
fn run_key_of(input: &TrainInput, pairs: Arc<[KeyPair]>) -> RunKey {
    let n_phrases = match () {
        () if input.recipe.learner != LearnerKind::Vectors || input.draws_negatives() => input.phrases.len(),
        () if input.phrases.len() > MAX_RECORDED => input.phrases.len(),
        () if input.recipe.steps == 0 => PHRASES_OF_A_STILL_MAP.min(input.phrases.len()),
        () => 0,
    };
    let is_all = n_phrases == input.phrases.len();
    let phrases = if is_all { input.phrases.clone() } else { input.phrases.iter().take(n_phrases).cloned().collect() };
    RunKey { recipe: input.recipe.clone(), pairs, phrases }
}
