//! News of the worker: how results, progress and failures change the state.

use std::sync::Arc;

use super::embedded::EmbedFailure;
use super::notice::{About, Notice};
use super::tasks::{Aim, Running};
use super::views::Tab;
use super::{Edit, PhraseId, Playground};
use crate::jobs::{Embedding, FoundClusters, JobEvent, News, Order, Outcome, Task};
use crate::train::{Run, RunMap, Stopped};

impl Playground {
    /// Takes in what the worker found out, and returns the orders that follow.
    pub fn absorb(&mut self, event: JobEvent) -> Vec<Order> {
        match event.news {
            News::Progress { progress, per_second } => self.tasks.note(event.id, progress, per_second),
            News::Places(places, epochs) => self.views.explore.take_places(&places, epochs),
            News::Ended(outcome) => {
                // Results that nobody waits for any more are dropped.
                if let Some(job) = self.tasks.finish(event.id) {
                    self.take(job, outcome);
                }
                self.plan();
                self.watch_lesson(None);
                self.note_what_is_seen();
            }
        }
        self.tasks.take_orders()
    }

    /// What a failure of the same task said is no longer true once it succeeds.
    fn forget_failure_of(&mut self, task: Task, outcome: &Outcome) {
        let has_succeeded = !matches!(outcome, Outcome::Failed(_) | Outcome::Cancelled);
        let is_past = |notice: &Notice| match notice.about {
            About::Failed(failed) => failed == task,
            About::NothingToPlay => task == Task::Train,
            About::Nothing | About::Refused | About::GuessFirst | About::FailureOnPurpose(_) => false,
        };
        if has_succeeded && self.notice.as_ref().is_some_and(is_past) {
            self.notice = None;
        }
    }

    fn take(&mut self, job: Running, outcome: Outcome) {
        self.forget_failure_of(job.task, &outcome);
        match outcome {
            Outcome::Embedded(embedding) => self.take_vectors(*embedding),
            Outcome::Explored(components) => self.views.explore.take(components),
            Outcome::Unfolded(map) => self.views.explore.take_unfolded(*map),
            Outcome::Clustered(found) => self.take_clusters(*found),
            Outcome::ModelMapFitted(axes) => self.embedded.take_map(axes),
            Outcome::Trained(run, map) => self.take_run(job.aim, run, map),
            Outcome::Mapped(map) => self.recorded.map = Some(map),
            Outcome::Opened(path, bytes) => self.take_project(path, &bytes),
            Outcome::RunOpened(path, run) => self.take_opened_run(path, run),
            Outcome::Looked(look) => self.take_look(*look),
            Outcome::SeedsCompared(comparison, layout) => {
                let (views, mut context) = self.split();
                let is_shown = views.tab == Tab::Seeds;
                views.seeds.take(job.aim, (comparison, layout), &mut context, is_shown);
            }
            Outcome::RunsMeasured(comparison) => self.views.seeds.take_measured(comparison),
            Outcome::LaidOut(layout) => self.views.seeds.take_layout(layout),
            Outcome::ModelsCompared(comparison) => self.views.models.take(comparison),
            Outcome::DocumentsOpened(opened) => self.views.search.take_documents(*opened, &mut self.tasks),
            Outcome::PassagesIndexed(index) => self.views.search.take_index(index),
            Outcome::Searched(answer) => self.views.search.take_answer(*answer),
            Outcome::Swept(sweep) => self.views.dimensions.take(job.aim, sweep),
            Outcome::ModelFetched(choice) => self.take_fetched(job.aim, choice),
            Outcome::ModelDescribed(look) => self.found_models.take_look(*look),
            Outcome::ModelsListed(models) => self.found_models.take_list(models),
            Outcome::Explained(found) => self.why.take(*found),
            Outcome::Similar(found) => self.views.similarity.take(*found),
            Outcome::Cancelled if matches!(job.task, Task::Explain | Task::Similarity) => {
                self.note_nearness_failure(job.task, None)
            }
            Outcome::Cancelled if job.task == Task::Unfold => self.views.explore.leave_unfolding(),
            Outcome::Cancelled if matches!(job.task, Task::OpenDocuments | Task::IndexPassages) => {
                self.views.search.note_failure(job.task, "stopped");
                self.tell("Stopped; Try again goes on.", false);
            }
            Outcome::Cancelled => self.tell("Cancelled; what was there before is kept.", false),
            Outcome::Written(path) => self.note_written(&job.aim, path),
            // What is there now is no longer of the document that was to be saved.
            Outcome::ChangedMeanwhile(_) if job.aim == Aim::Nothing => {}
            Outcome::ChangedMeanwhile(path) => self.changed_meanwhile = Some(path),
            Outcome::TableWritten(path, remarks) => self.note_table(&path, &remarks),
            Outcome::Failed(why) => self.note_failure(job, why),
        }
    }

    /// Clusters that were found are the groups from now on, until Undo.
    fn take_clusters(&mut self, found: FoundClusters) {
        let ids = self.views.explore.take_clustered();
        let members = |rows: Vec<usize>| rows.into_iter().filter_map(|row| ids.get(row).copied()).collect();
        let groups: Vec<(String, Vec<PhraseId>)> = found.groups.into_iter().map(|(name, rows)| (name, members(rows))).collect();
        let (n, seed) = (groups.len(), self.document.recipe.seed);
        self.edit_undoably(Edit::Regroup(groups));
        let text = format!(
            "{n} clusters found by k-means in all dimensions (seed {seed}), called by the words that set them apart. They are the groups now: double-click one in the list to rename it; Undo brings the old ones back."
        );
        self.tell(text, false);
    }

    fn take_vectors(&mut self, embedding: Embedding) {
        let (dims, is_of_document) = (embedding.vectors.dims(), self.document.model == embedding.choice);
        self.embedded.take(embedding);
        if self.embedded.is_followed && is_of_document {
            self.embedded.is_followed = false;
            self.follow_model(dims);
        }
    }

    /// The recipe takes the dimension of a model that was just chosen, where it must.
    fn follow_model(&mut self, dims: usize) {
        if !self.document.recipe.fits_model(dims) {
            self.document.recipe.dims = dims;
            self.history.amend();
            self.tell(
                format!("The vectors of {} have {dims} numbers; the recipe has so many now.", self.document.model.name()),
                false,
            );
        }
    }

    pub(super) fn take_run(&mut self, aim: Aim, run: Arc<Run>, map: Arc<RunMap>) {
        self.tell_of_failure(&run);
        self.tell_how_it_ended(&run);
        self.recorded.take(aim.run_key(), run, map);
        let last_step = self.last_step();
        self.playhead.keep_within(last_step);
        self.end_grip(true);
    }

    /// A failure on purpose is told of with the numbers of the run that is there now.
    fn tell_of_failure(&mut self, run: &Run) {
        if let Some(failing) = self.notice.as_ref().and_then(Notice::failing).cloned() {
            self.notice = Some(failing.notice(Some(run)));
        }
    }

    fn tell_how_it_ended(&mut self, run: &Run) {
        let last = run.last_step();
        let how = match run.stopped {
            Some(Stopped::NotFinite) => format!(
                "Training stopped at step {last}: a number grew beyond all bounds. The last good step is kept; try a smaller learning rate or less weight decay."
            ),
            Some(Stopped::Cancelled) => format!("Training was stopped at step {last}; what was recorded is kept."),
            Some(Stopped::Plateau) => format!("The loss fell no further: training ended at step {last}."),
            Some(Stopped::Time) => format!("The time that was given is over: training ended at step {last}."),
            None => return,
        };
        // If it was to fail, after the sentence that says why.
        let before = self.notice.take().filter(|notice| notice.failing().is_some());
        let (why, about) = before.map_or((String::new(), About::Nothing), |notice| (notice.text + " ", notice.about));
        self.notice = Some(Notice::new(why + &how, run.stopped == Some(Stopped::NotFinite)).about(about));
    }

    /// What failed is not tried again until something it depends on changes.
    fn note_failure(&mut self, job: Running, why: String) {
        match job.task {
            Task::Train => {
                self.recorded.failed = job.aim.run_key();
                self.end_grip(false);
            }
            Task::MapRun => self.recorded.failed_axes = Some(self.recorded.axes),
            Task::Explore => self.views.explore.note_failure(),
            Task::Unfold => self.views.explore.leave_unfolding(),
            Task::FitModelMap => self.embedded.map_has_failed = true,
            Task::Embed => self.embedded.failure = Some(EmbedFailure::Failed(why.clone())),
            Task::Explain | Task::Similarity => return self.note_nearness_failure(job.task, Some(why)),
            // The dialog and the card say it, where it was asked for.
            Task::DescribeModel | Task::FetchModel => return self.take_model_failure(job.aim, why),
            Task::OpenDocuments | Task::IndexPassages => self.views.search.note_failure(job.task, &why),
            Task::Search
            | Task::FindClusters
            | Task::ExportFilm
            | Task::ListModels
            | Task::Open
            | Task::ExportTable
            | Task::CompareSeeds
            | Task::Sweep
            | Task::CompareModels
            | Task::LayOut
            | Task::MeasureRuns
            | Task::SaveModel
            | Task::Save
            | Task::Export => {}
        }
        self.notice = Some(Notice::new(why, true).about(About::Failed(job.task)));
    }
}
