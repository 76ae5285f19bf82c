//! What work follows from the state.
//!
//! Which work is needed is *derived*: after every change this compares what the document asks for with
//! what there is (vectors, run, maps) and asks for the difference. So no command has to remember to
//! retrain, and undo needs no special case.

use super::Playground;
use super::run_key::{PHRASES_OF_A_STILL_MAP, RunKey};
use super::tasks::Aim;
use crate::jobs::{Task, Work};
use crate::train::Recipe;

/// Phrases that are embedded in one job: about a third of a second.
const EMBED_AT_ONCE: usize = 64;

/// Of more than so many phrases that are missing larger parts are embedded at once, which is faster.
const MANY: usize = 1_000;
const EMBED_AT_ONCE_OF_MANY: usize = 256;

impl Playground {
    pub(super) fn plan(&mut self) {
        self.turn_to_model();
        self.embedded.align(&self.document.phrases);
        self.wanted.prepare(&self.document);
        // Training first: the recorded run is there before the model is loaded.
        self.plan_training();
        self.plan_run_map();
        self.plan_embedding();
        self.plan_model_map();
        self.plan_why();
        self.plan_similarity();
        let (views, mut context) = self.split();
        views.plan(&mut context);
    }

    /// What was under way for the map of another model is of no use.
    fn turn_to_model(&mut self) {
        if self.embedded.turn_to(&self.document.model) {
            self.tasks.drop_task(Task::FitModelMap);
        }
    }

    /// Whether the vectors of all phrases are asked for, not only of those that the map of the run shows.
    pub(super) fn embeds_all(&self) -> bool {
        self.document.recipe.needs_vectors() || self.views.needs_all_vectors(self.document.phrases.len())
    }

    /// A part of what is missing at a time, newest first: a typed phrase does not wait for a long list.
    fn plan_embedding(&mut self) {
        if self.embedded.failure.is_some() || self.tasks.is_running(Task::Embed) {
            return;
        }
        let missing = if self.embeds_all() {
            let many = self.embedded.n_missing() > MANY;
            self.embedded.newest_missing(if many { EMBED_AT_ONCE_OF_MANY } else { EMBED_AT_ONCE })
        } else {
            let phrases = self.shown_phrases();
            let texts = phrases.iter().rev().map(|phrase| &phrase.text);
            texts.filter(|text| self.embedded.vector(text).is_none()).take(EMBED_AT_ONCE).cloned().collect()
        };
        if !missing.is_empty() {
            self.tasks.start(Work::Embed(self.document.model.clone(), missing), Aim::Nothing);
        }
    }

    fn plan_model_map(&mut self) {
        if self.embedded.map_has_failed || self.tasks.is_running(Task::FitModelMap) {
            return;
        }
        // Axes of one or two phrases have no second direction; they are fitted again when there are more.
        let n_phrases = self.document.phrases.len().min(PHRASES_OF_A_STILL_MAP);
        if self.embedded.is_map_of(n_phrases) {
            return;
        }
        let Some(vectors) = self.embedded.vectors_of(&self.shown_phrases()) else { return };
        self.embedded.expect_map(n_phrases);
        self.tasks.start(Work::FitModelMap(vectors), Aim::Nothing);
    }

    fn plan_training(&mut self) {
        if self.document.phrases.is_empty() {
            self.recorded.forget_run();
        }
        let wanted = self.wanted.run(&self.document, &self.embedded);
        // A run under way that nobody wants any more ends first.
        let is_wanted = |aim: &Aim| matches!((aim, &wanted), (Aim::Run(key), Some((_, wanted))) if **key == *wanted);
        if self.tasks.running(Task::Train).is_some_and(|job| !is_wanted(&job.aim)) {
            self.tasks.drop_task(Task::Train);
        }
        let Some((input, key)) = wanted else { return };
        if self.recorded.has_tried(&key) || self.tasks.is_running(Task::Train) {
            return;
        }
        if let Some(old) = &self.recorded.key {
            self.playhead.expect_run(has_other_structure(old, &key));
        }
        if let Some((run, map)) = self.recorded.bring_back(&key) {
            // A map of the run that it replaces is none of its own.
            self.tasks.drop_task(Task::MapRun);
            return self.take_run(Aim::Run(Box::new(key)), run, map);
        }
        let work = Work::Train(self.document.model.clone(), Box::new(input), self.recorded.axes, self.recorded.time_limit());
        self.tasks.start(work, Aim::Run(Box::new(key)));
    }

    fn plan_run_map(&mut self) {
        let Some(run) = self.recorded.run.clone() else { return };
        if self.recorded.is_mapped() || self.tasks.is_running(Task::Train) {
            return;
        }
        let aim = Aim::Axes(self.recorded.axes);
        if self.tasks.running(Task::MapRun).is_none_or(|job| job.aim != aim) {
            self.tasks.start(Work::MapRun(run, self.recorded.axes), aim);
        }
    }
}

/// A run of another structure begins at step 0; one whose settings change later goes on from there.
fn has_other_structure(old: &RunKey, new: &RunKey) -> bool {
    let structure = |recipe: &Recipe| Recipe { changes: Vec::new(), moves: Vec::new(), steps: 0, ..recipe.clone() };
    old.pairs != new.pairs || old.model != new.model || structure(&old.recipe) != structure(&new.recipe)
}
