//! The state of the application and what can be read of it.
//!
//! How commands change it is in `edit.rs`, what the worker's news change in `absorb.rs`, and what work
//! follows from it in `plan.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::beside::Beside;
use super::history::History;
use super::plan::KeyPair;
use super::{Command, Document, Lesson, Pair, Phrase, PhraseId, Tab, lesson};
use crate::compare::Comparison;
use crate::jobs::{Cancels, Job, JobId};
use crate::progress::Progress;
use crate::space::{MapAxes, SpaceId};
use crate::train::{Axes, Columns, Measures, Recipe, Run, RunMap, Subset, TrainInput};

/// A sentence for the user, and whether something went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether it reports a failure.
    pub is_error: bool,
    /// Whether it explains a failure on purpose.
    pub(super) of_failure: bool,
}

/// Long work under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Activity {
    /// What is done, for the user.
    pub label: &'static str,
    /// How far it is, once known.
    pub progress: Option<Progress>,
    /// Units a second.
    pub per_second: f32,
}

/// The four stages of contrastive training, as the course names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Vectors are where they begin.
    Initialise,
    /// The forces of the batch are shown.
    Evaluate,
    /// The forces have been applied.
    Update,
    /// Again and again.
    Iterate,
}

/// What a run depends on; another key, another run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RunKey {
    pub(super) recipe: Recipe,
    pub(super) pairs: Arc<[KeyPair]>,
    /// Phrases that matter beside those of the pairs: all of them where negatives are drawn.
    pub(super) phrases: Arc<[Arc<str>]>,
}

/// What is derived from the lists of a document: kept, because a list may have a million entries.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) phrase_list: Arc<Vec<Phrase>>,
    pub(super) pair_list: Arc<Vec<Pair>>,
    pub(super) input: TrainInput,
    pub(super) key_pairs: Arc<[KeyPair]>,
    /// How `shown` was chosen.
    pub(super) choice: (Subset, u64),
    /// Rows of the phrases that are shown of a large set.
    pub(super) shown: Option<Arc<[u32]>>,
}

/// Where the run is shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Playhead {
    /// Steps, with the fraction between two steps while playing.
    pub(super) position: f64,
    pub(super) playing: bool,
    pub(super) speed: f64,
    pub(super) two_phase: bool,
    pub(super) shows_forces: bool,
}

/// A job that was handed in and has not ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InFlight<T> {
    pub(super) id: JobId,
    pub(super) what: T,
    pub(super) progress: Option<Progress>,
    pub(super) per_second: f32,
}

/// What is kept of a run that another has replaced: its curves.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierRun {
    /// What decided it.
    pub recipe: Recipe,
    /// Loss of the batch of each step.
    pub losses: Arc<[f32]>,
    /// Measures of its frames.
    pub measures: Arc<[Measures]>,
}

/// The application without pixels.
#[derive(Debug, Clone)]
pub struct Playground {
    pub(super) document: Document,
    pub(super) revision: u64,
    pub(super) last_revision: u64,
    pub(super) saved_revision: u64,
    pub(super) history: History,
    pub(super) path: Option<PathBuf>,
    pub(super) lesson: Option<&'static str>,
    pub(super) axes: Axes,
    pub(super) playhead: Playhead,
    pub(super) selected: Option<PhraseId>,
    pub(super) notice: Option<Notice>,
    pub(super) problem: Option<String>,
    pub(super) model_space: Option<Arc<SpaceId>>,
    pub(super) model_vectors: BTreeMap<Arc<str>, Arc<[f32]>>,
    pub(super) model_map: Option<Arc<MapAxes>>,
    /// Phrases that `model_map` was fitted to, as far as that matters.
    pub(super) model_map_phrases: usize,
    pub(super) prepared: Option<Prepared>,
    /// The last input that was checked, and what is wrong with it.
    pub(super) checked: Option<(RunKey, Option<String>)>,
    pub(super) run: Option<Arc<Run>>,
    /// Runs before this one, latest first.
    pub(super) earlier: VecDeque<EarlierRun>,
    pub(super) run_key: Option<RunKey>,
    pub(super) run_map: Option<Arc<RunMap>>,
    pub(super) last_job: JobId,
    pub(super) embedding: Option<InFlight<()>>,
    pub(super) embed_failed: bool,
    pub(super) fit_failed: bool,
    pub(super) failed_training: Option<RunKey>,
    pub(super) failed_map: Option<Axes>,
    pub(super) fitting: Option<JobId>,
    pub(super) training: Option<InFlight<RunKey>>,
    pub(super) mapping: Option<InFlight<Axes>>,
    pub(super) opening: Option<InFlight<()>>,
    /// A file that could be opened with its scores divided by 5.
    pub(super) wants_scale: Option<PathBuf>,
    pub(super) saving: Option<(JobId, u64)>,
    /// Seconds that a run may take; 0: any.
    pub(super) max_seconds: f64,
    /// What the tabs beside the map show.
    pub(super) beside: Beside,
    /// Jobs that must end early, for the worker's handle.
    pub(super) cancellations: Vec<(Cancels, JobId)>,
}

impl Playground {
    /// A playground that shows the lesson called `name`, and the first work.
    pub fn with_lesson(name: &'static str) -> (Self, Vec<Job>) {
        let mut playground = Self::empty();
        let jobs = playground.apply(Command::OpenLesson(name));
        (playground, jobs)
    }

    /// A playground with an empty document.
    pub fn empty() -> Self {
        Self {
            document: Document::default(),
            revision: 0,
            last_revision: 0,
            saved_revision: 0,
            history: History::default(),
            path: None,
            lesson: None,
            axes: Axes::default(),
            playhead: Playhead { position: 0.0, playing: false, speed: 1.0, two_phase: false, shows_forces: false },
            selected: None,
            notice: None,
            problem: None,
            model_space: None,
            model_vectors: BTreeMap::new(),
            model_map: None,
            model_map_phrases: 0,
            prepared: None,
            checked: None,
            run: None,
            earlier: VecDeque::new(),
            run_key: None,
            run_map: None,
            last_job: 0,
            embedding: None,
            embed_failed: false,
            fit_failed: false,
            failed_training: None,
            failed_map: None,
            fitting: None,
            training: None,
            mapping: None,
            opening: None,
            wants_scale: None,
            saving: None,
            max_seconds: 0.0,
            beside: Beside::default(),
            cancellations: Vec::new(),
        }
    }

    // What the window reads.

    /// What the user made.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Changes with every change of the document; the same number, the same document.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The file the project came from or was saved to.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The lesson that is open, if none of another origin replaced it.
    pub fn lesson(&self) -> Option<&'static Lesson> {
        self.lesson.and_then(lesson)
    }

    /// Whether there are changes that no file has.
    pub fn is_unsaved(&self) -> bool {
        self.revision != self.saved_revision
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// The axes chosen for the map.
    pub fn axes(&self) -> Axes {
        self.axes
    }

    /// The selected phrase.
    pub fn selected(&self) -> Option<PhraseId> {
        self.selected
    }

    /// What there is to tell the user.
    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    /// Why the document can't be trained as it is.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The recorded run, if there is one.
    pub fn run(&self) -> Option<&Arc<Run>> {
        self.run.as_ref()
    }

    /// Curves of the runs before this one, latest first.
    pub fn earlier_runs(&self) -> impl Iterator<Item = &EarlierRun> {
        self.earlier.iter()
    }

    /// A file that could be opened if its scores were divided by 5.
    pub fn wants_scale(&self) -> Option<&Path> {
        self.wants_scale.as_deref()
    }

    /// What the pairs have beside their phrases.
    pub fn columns(&self) -> Columns {
        self.prepared.as_ref().map_or(Columns::Pairs, |prepared| Columns::of(&prepared.input.pairs))
    }

    /// The run drawn on the chosen axes, or on the last ones until these are ready.
    pub fn run_map(&self) -> Option<&Arc<RunMap>> {
        self.run_map.as_ref()
    }

    /// The axes of the model's map, once fitted.
    pub fn model_map(&self) -> Option<&Arc<MapAxes>> {
        self.model_map.as_ref()
    }

    /// The space of the model's vectors, once known.
    pub fn model_space(&self) -> Option<&SpaceId> {
        self.model_space.as_deref()
    }

    /// The model's vector of a phrase, once embedded.
    pub fn model_vector(&self, phrase: &str) -> Option<&[f32]> {
        self.model_vectors.get(phrase).map(|vector| &**vector)
    }

    /// The step shown.
    pub fn step(&self) -> usize {
        (self.playhead.position.floor() as usize).min(self.last_step())
    }

    /// The step shown with the fraction towards the next one.
    pub fn position(&self) -> f64 {
        self.playhead.position.min(self.last_step() as f64)
    }

    /// The run whose steps are played: that of the map, or the first of those that are compared.
    pub(super) fn played_run(&self) -> Option<&Arc<Run>> {
        let longest =
            |comparison: &'_ Arc<Comparison>| comparison.runs.iter().position(|run| run.last_step() == comparison.last_step());
        match &self.beside.seeds.comparison {
            Some(comparison) if self.beside.tab == Tab::Seeds => comparison.runs.get(longest(comparison)?),
            _ => self.run.as_ref(),
        }
    }

    /// The last step of the recording.
    pub fn last_step(&self) -> usize {
        self.played_run().map_or(0, |run| run.last_step())
    }

    /// Whether the run is being played.
    pub fn is_playing(&self) -> bool {
        self.playhead.playing
    }

    /// Pace of playing as a multiple of the usual one.
    pub fn speed(&self) -> f64 {
        self.playhead.speed
    }

    /// Whether a step is taken in two presses.
    pub fn is_two_phase(&self) -> bool {
        self.playhead.two_phase
    }

    /// Which of the four stages is on.
    pub fn stage(&self) -> Stage {
        match () {
            () if self.playhead.playing => Stage::Iterate,
            () if self.playhead.shows_forces => Stage::Evaluate,
            () if self.step() == 0 => Stage::Initialise,
            () => Stage::Update,
        }
    }

    /// Long work under way, most important first.
    pub fn activity(&self) -> Option<Activity> {
        fn of<T>(job: &InFlight<T>, label: &'static str) -> Activity {
            Activity { label, progress: job.progress, per_second: job.per_second }
        }
        let training = self.training.as_ref().map(|job| of(job, "Training"));
        let mapping = self.mapping.as_ref().map(|job| of(job, "Drawing the run"));
        let embedding =
            self.embedding.as_ref().map(|job| Activity { progress: Some(self.embedded_share()), ..of(job, "Embedding") });
        let opening = self.opening.as_ref().map(|job| of(job, "Opening"));
        opening.or(self.beside.activity()).or(training).or(mapping).or(embedding)
    }

    fn embedded_share(&self) -> Progress {
        let phrases = if self.needs_all_vectors() { self.document.phrases.iter().collect() } else { self.shown_phrases() };
        let done = phrases.iter().filter(|phrase| self.model_vectors.contains_key(&phrase.text)).count();
        Progress { done, total: phrases.len().max(1), unit: "phrases" }
    }

    /// Whether the worker owes an answer.
    pub fn is_busy(&self) -> bool {
        self.activity().is_some()
            || self.fitting.is_some()
            || self.opening.is_some()
            || self.saving.is_some()
            || self.beside.is_busy()
    }

    /// Seconds that a run may take; 0: any. Not in the recipe, because with it a run would depend on the machine.
    pub fn max_seconds(&self) -> f64 {
        self.max_seconds
    }

    pub(super) fn time_limit(&self) -> Option<Duration> {
        (self.max_seconds > 0.0).then(|| Duration::try_from_secs_f64(self.max_seconds).unwrap_or(Duration::MAX))
    }

    /// Whether a save is under way.
    pub fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// Jobs that should end early; the caller passes them to the worker.
    pub fn take_cancellations(&mut self) -> Vec<(Cancels, JobId)> {
        std::mem::take(&mut self.cancellations)
    }
}
