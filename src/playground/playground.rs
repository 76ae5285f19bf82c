//! The whole state and what can be read of it.
//!
//! How commands change it is in `edit.rs` and `act.rs`, what the worker's news change in `absorb.rs`, what work
//! follows from it in `plan.rs`, and what the map shows of it in `show.rs`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batch::BatchLook;
use super::charts::Charts;
use super::document::{Document, PhraseId};
use super::embedded::{EmbedFailure, Embedded};
use super::found_models::FoundModels;
use super::grip::Hand;
use super::history::History;
use super::lesson::{Course, Draft, Given, Lesson};
use super::notice::Notice;
use super::panel::Shown;
use super::playhead::{Arrows, Playhead, Stage};
use super::recorded::{EarlierRun, Recorded};
use super::tasks::{Activity, Aim, Tasks};
use super::views::{Tab, ViewContext, Views};
use super::wanted::Wanted;
use super::why::Why;
use super::{Act, Phrase};
use crate::jobs::{Look, ModelFacts, Order, Task};
use crate::model::ModelChoice;
use crate::progress::Progress;
use crate::space::{MapAxes, SpaceId, Vectors};
use crate::train::{Axes, Columns, RecipeLine, Run, RunMap};

/// Where the document came from.
#[derive(Debug, Clone, Default)]
pub(super) struct Origin {
    /// The file it came from or was saved to.
    pub(super) path: Option<PathBuf>,
    /// The print of what was in that file when it was read or written last.
    pub(super) print: Option<u64>,
}

/// A run that was read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedRun {
    /// The file.
    pub path: PathBuf,
    /// The run in it.
    pub run: Arc<Run>,
}

impl OpenedRun {
    /// What it is called: its file, without the ending.
    pub fn name(&self) -> String {
        self.path.file_stem().map_or_else(|| self.path.display().to_string(), |stem| stem.to_string_lossy().into_owned())
    }
}

/// The application without pixels.
#[derive(Debug, Clone, Default)]
pub struct Playground {
    pub(super) document: Document,
    pub(super) history: History,
    pub(super) origin: Origin,
    /// The file of the project, which somebody else has changed: it was not saved.
    pub(super) changed_meanwhile: Option<PathBuf>,
    /// Data that was looked at and is not taken yet.
    pub(super) offered: Option<Arc<Look>>,
    /// A run file that was opened, to be read.
    pub(super) opened_run: Option<OpenedRun>,
    pub(super) selected: Option<PhraseId>,
    pub(super) notice: Option<Notice>,
    pub(super) playhead: Playhead,
    /// How the batch of the step shown is looked at.
    pub(super) batch_look: BatchLook,
    /// Whether phrases are moved by hand, and which one is.
    pub(super) hand: Hand,
    /// The model's vectors of phrases.
    pub(super) embedded: Embedded,
    /// The run that the document asks for.
    pub(super) wanted: Wanted,
    /// The run that is there.
    pub(super) recorded: Recorded,
    /// The charts below its map.
    pub(super) charts: Charts,
    /// What was found out of models that are not chosen.
    pub(super) found_models: FoundModels,
    pub(super) views: Views,
    /// Why two phrases are near, if somebody asks.
    pub(super) why: Why,
    /// Lessons: the one that is given, and those that were.
    pub(super) course: Course,
    pub(super) draft: Option<Draft>,
    pub(super) tasks: Tasks,
}

impl Playground {
    /// A playground that shows the lesson called `name`, and the first orders to the worker.
    pub fn with_lesson(name: &'static str) -> (Self, Vec<Order>) {
        let mut playground = Self::empty();
        let orders = playground.apply(Act::OpenLesson(name));
        (playground, orders)
    }

    /// A playground that gives `lesson`, and the first orders to the worker.
    pub fn giving(lesson: &Arc<Lesson>) -> (Self, Vec<Order>) {
        let mut playground = Self::empty();
        let orders = playground.apply(Act::GiveLesson(lesson.clone()));
        (playground, orders)
    }

    /// A playground with an empty document.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The views, and what they may use of the rest.
    pub(super) fn split(&mut self) -> (&mut Views, ViewContext<'_>) {
        let embeds_all = self.embeds_all();
        let context = ViewContext {
            embeds_all,
            document: &self.document,
            recorded: &self.recorded,
            embedded: &self.embedded,
            wanted: &mut self.wanted,
            playhead: &mut self.playhead,
            tasks: &mut self.tasks,
            notice: &mut self.notice,
        };
        (&mut self.views, context)
    }

    pub(super) fn tell(&mut self, text: impl Into<String>, is_error: bool) {
        self.notice = Some(Notice::new(text, is_error));
    }

    /// What the user made.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Changes with every change of the document; the same number, the same document.
    pub fn revision(&self) -> u64 {
        self.history.revision()
    }

    /// The file the project came from or was saved to.
    pub fn path(&self) -> Option<&Path> {
        self.origin.path.as_deref()
    }

    /// The file that was to be saved, where it holds changes that were not made here: somebody has to decide.
    pub fn changed_meanwhile(&self) -> Option<&Path> {
        self.changed_meanwhile.as_deref()
    }

    /// The lesson that is given.
    pub fn lesson(&self) -> Option<&Lesson> {
        self.course.given().map(Given::lesson)
    }

    /// Whether there are changes that no file has.
    pub fn is_unsaved(&self) -> bool {
        self.history.is_unsaved()
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// The selected phrase.
    pub fn selected(&self) -> Option<PhraseId> {
        self.selected
    }

    /// What there is to tell the user.
    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    /// Data that is offered and waits for its user's word.
    pub fn offered(&self) -> Option<&Arc<Look>> {
        self.offered.as_ref()
    }

    /// The run file that was opened and is being read.
    pub fn opened_run(&self) -> Option<&OpenedRun> {
        self.opened_run.as_ref()
    }

    /// The whole setting as a line of text, to be pasted elsewhere.
    pub fn recipe_line(&self) -> String {
        RecipeLine::of(&self.document.recipe, &self.document.model).text()
    }

    /// What stands in the middle of the window, and what the views beside the map have.
    pub fn views(&self) -> &Views {
        &self.views
    }

    /// Whether the view that is shown is of another recipe or other pairs than the document has now.
    pub fn view_is_outdated(&self) -> bool {
        self.views.is_outdated(&self.wanted)
    }

    /// What the view that is shown is of, in a sentence, where that is not what is chosen now.
    pub fn view_standing(&self) -> Option<String> {
        let is_doing = |task| self.tasks.is_running(task);
        let changed = || self.view_is_outdated().then(|| "The recipe or the pairs have changed since: train again.".to_owned());
        match self.views.tab {
            Tab::Models => {
                let is_coming = is_doing(Task::CompareModels);
                self.views.models.standing(is_coming, self.recorded.run.as_ref(), &self.document.phrases)
            }
            Tab::Seeds if is_doing(Task::CompareSeeds) => {
                let names = &self.views.seeds.comparison()?.names;
                Some(format!("These are still {}; others are being trained.", names.join(", ")))
            }
            Tab::Dimensions if is_doing(Task::Sweep) => {
                let run = &self.views.dimensions.sweep()?.points.last()?.run;
                Some(format!("These are still the runs before, of seed {}; others are being trained.", run.recipe.seed))
            }
            Tab::Seeds | Tab::Dimensions => changed(),
            Tab::Explore | Tab::Train | Tab::Similarity | Tab::Search => None,
        }
    }

    // The run.

    /// Why the document can't be trained as it is.
    pub fn problem(&self) -> Option<&str> {
        self.wanted.problem()
    }

    /// What the pairs have beside their phrases.
    pub fn columns(&self) -> Columns {
        self.wanted.columns()
    }

    /// The recorded run, if there is one.
    pub fn run(&self) -> Option<&Arc<Run>> {
        self.recorded.run.as_ref()
    }

    /// Whether another run is being recorded, so that the one that is there is the one before.
    pub fn is_training_anew(&self) -> bool {
        self.recorded.run.is_some() && self.tasks.is_running(Task::Train)
    }

    /// Curves of the runs before this one, latest first.
    pub fn earlier_runs(&self) -> impl Iterator<Item = &EarlierRun> {
        self.recorded.earlier()
    }

    /// The charts that stand below the map.
    pub fn charts(&self) -> Charts {
        self.charts
    }

    /// The axes chosen for the map.
    pub fn axes(&self) -> Axes {
        self.recorded.axes
    }

    /// The run drawn on the chosen axes, or on the last ones until these are ready.
    pub fn run_map(&self) -> Option<&Arc<RunMap>> {
        self.recorded.map.as_ref()
    }

    /// Seconds that a run may take; 0: any. Not in the recipe, because with it a run would depend on the machine.
    pub fn max_seconds(&self) -> f64 {
        self.recorded.max_seconds
    }

    // The model.

    /// The axes of the model's map, once fitted.
    pub fn model_map(&self) -> Option<&Arc<MapAxes>> {
        self.embedded.map()
    }

    /// The space of the model's vectors, once known.
    pub fn model_space(&self) -> Option<&SpaceId> {
        self.embedded.space().map(|space| &**space)
    }

    /// The model's vector of a phrase, once embedded.
    pub fn model_vector(&self, phrase: &str) -> Option<&[f32]> {
        self.embedded.vector(phrase)
    }

    /// What the model says of itself, once it was opened.
    pub fn model_facts(&self) -> Option<&ModelFacts> {
        self.embedded.facts()
    }

    /// How many phrases of the document the model has not embedded yet.
    pub fn n_not_embedded(&self) -> usize {
        self.embedded.n_missing()
    }

    /// Phrases that the model reads only in part, of those that it has embedded so far.
    pub fn cut_phrases(&self) -> &BTreeSet<Arc<str>> {
        self.embedded.cut()
    }

    /// Why the model gave no vectors at the last try.
    pub fn model_failure(&self) -> Option<&EmbedFailure> {
        self.embedded.failure.as_ref()
    }

    /// What was found out of models that are not chosen.
    pub fn found_models(&self) -> &FoundModels {
        &self.found_models
    }

    /// The model that is being brought onto this machine, and how far that is.
    pub fn fetching(&self) -> Option<(&ModelChoice, Activity)> {
        let job = self.tasks.running(Task::FetchModel)?;
        let Aim::Fetch { choice, .. } = &job.aim else { return None };
        Some((choice, job.activity()))
    }

    /// How far the opening of the model is, until it has opened.
    pub fn opening_model(&self) -> Option<Activity> {
        let job = self.tasks.running(Task::Embed).filter(|_| self.embedded.space().is_none())?;
        Some(job.activity())
    }

    /// Whether models on this machine are being looked for.
    pub fn is_listing_models(&self) -> bool {
        self.tasks.is_running(Task::ListModels)
    }

    /// Whether the worker is asked about a model that is not chosen.
    pub fn is_looking_at_model(&self) -> bool {
        self.tasks.is_running(Task::DescribeModel)
    }

    /// The model's vectors of all phrases, in their order, once they are all there.
    pub fn document_vectors(&self) -> Option<Vectors> {
        self.embedded.vectors_of(&self.document.phrases.iter().collect::<Vec<_>>())
    }

    /// The phrases that the map shows: all, or of a large set the recorded part.
    pub fn shown_phrases(&self) -> Vec<&Phrase> {
        self.wanted.shown_phrases(&self.document)
    }

    /// What pictures are made from now.
    pub fn shown(&self) -> Shown<'_> {
        Shown { document: &self.document, phrases: self.shown_phrases(), position: self.position() }
    }

    // The playhead.

    /// The run whose steps are played: that of the map, or one of those that are compared.
    pub(super) fn played_run(&self) -> Option<&Arc<Run>> {
        self.views.played_run().or(self.recorded.run.as_ref())
    }

    /// The last step of the recording.
    pub fn last_step(&self) -> usize {
        self.played_run().map_or(0, |run| run.last_step())
    }

    /// The last step that the curves of the run show. In a lesson they go as far as the run was played: how it ends is for the
    /// learner to see.
    pub fn last_step_of_curves(&self) -> usize {
        let last = self.recorded.run.as_ref().map_or(0, |run| run.last_step());
        if self.course.given().is_some() { self.recorded.seen_to.min(last) } else { last }
    }

    pub(super) fn note_what_is_seen(&mut self) {
        if self.views.tab == Tab::Train && self.views.played_run().is_none() {
            self.recorded.seen_to = self.recorded.seen_to.max(self.step());
        }
    }

    /// The step shown.
    pub fn step(&self) -> usize {
        self.playhead.step(self.last_step())
    }

    /// The step shown with the fraction towards the next one.
    pub fn position(&self) -> f64 {
        self.playhead.position(self.last_step())
    }

    /// Whether the run is being played.
    pub fn is_playing(&self) -> bool {
        self.playhead.is_playing
    }

    /// Pace of playing as a multiple of the usual one.
    pub fn speed(&self) -> f64 {
        self.playhead.speed()
    }

    /// Whether a step is taken in two presses.
    pub fn is_two_phase(&self) -> bool {
        self.playhead.is_two_phase
    }

    /// Which of the four stages is on.
    pub fn stage(&self) -> Stage {
        self.playhead.stage(self.last_step())
    }

    /// Whether the arrows of forces are on the map at this stage.
    pub fn arrows(&self) -> Arrows {
        self.playhead.arrows(self.last_step())
    }

    /// Whether something changes as time goes by: the window then says how much of it has gone.
    pub fn needs_time(&self) -> bool {
        self.playhead.needs_time()
    }

    /// Whether the numbers of the batch stand beside the map.
    pub fn shows_batch(&self) -> bool {
        self.batch_look.is_open
    }

    // What the worker is at.

    /// Work under way that there is most to tell of.
    pub fn activity(&self) -> Option<Activity> {
        let activity = self.tasks.activity()?;
        // Phrases are embedded in parts; the share is of all of them.
        let progress = if activity.task == Task::Embed { Some(self.embedded_share()) } else { activity.progress };
        Some(Activity { progress, ..activity })
    }

    fn embedded_share(&self) -> Progress {
        let (done, total) = match self.embeds_all() {
            true => (self.document.phrases.len() - self.embedded.n_missing(), self.document.phrases.len()),
            false => {
                let phrases = self.shown_phrases();
                (phrases.iter().filter(|phrase| self.model_vector(&phrase.text).is_some()).count(), phrases.len())
            }
        };
        Progress { done, total: total.max(1), unit: "phrases" }
    }

    /// Whether the worker owes an answer.
    pub fn is_busy(&self) -> bool {
        self.tasks.is_busy()
    }

    /// Whether a save is under way.
    pub fn is_saving(&self) -> bool {
        self.tasks.is_running(Task::Save)
    }
}
