//! The state of the application, how commands change it, and what work follows from it.
//!
//! Which jobs are needed is *derived*: after every change [`Playground::apply`] compares what the
//! document asks for with what there is (vectors, run, maps) and asks for the difference. So no
//! command has to remember to retrain, and undo needs no special case.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::history::{History, Snapshot};
use super::{Command, Document, PhraseId, file};
use crate::data::{self, DataError, Format, lesson};
use crate::jobs::{Cancels, Job, JobEvent, JobId, News, Work};
use crate::progress::Progress;
use crate::space::{MapAxes, SpaceId, Vectors};
use crate::train::{Axes, Recipe, Run, RunMap, Settings, Start, Stopped, TrainInput};

/// Steps a second at speed 1.
const STEPS_PER_SECOND: f64 = 20.0;

/// Phrases that are embedded in one job: about a third of a second.
const EMBED_AT_ONCE: usize = 64;

/// A sentence for the user, and whether something went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether it reports a failure.
    pub is_error: bool,
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
struct RunKey {
    recipe: Recipe,
    pairs: Vec<[Option<Arc<str>>; 3]>,
    /// Phrases that matter beside those of the pairs: all of them where negatives are drawn.
    phrases: Vec<Arc<str>>,
}

/// Where the run is shown.
#[derive(Debug, Clone, PartialEq)]
struct Playhead {
    /// Steps, with the fraction between two steps while playing.
    position: f64,
    playing: bool,
    speed: f64,
    two_phase: bool,
    shows_forces: bool,
}

/// A job that was handed in and has not ended.
#[derive(Debug, Clone, PartialEq)]
struct InFlight<T> {
    id: JobId,
    what: T,
    progress: Option<Progress>,
    per_second: f32,
}

/// The application without pixels.
#[derive(Debug, Clone)]
pub struct Playground {
    document: Document,
    revision: u64,
    last_revision: u64,
    saved_revision: u64,
    history: History,
    path: Option<PathBuf>,
    lesson: Option<&'static str>,
    axes: Axes,
    playhead: Playhead,
    selected: Option<PhraseId>,
    notice: Option<Notice>,
    problem: Option<String>,
    model_space: Option<Arc<SpaceId>>,
    model_vectors: BTreeMap<Arc<str>, Arc<[f32]>>,
    model_map: Option<Arc<MapAxes>>,
    /// Phrases that `model_map` was fitted to, as far as that matters.
    model_map_phrases: usize,
    run: Option<Arc<Run>>,
    run_key: Option<RunKey>,
    run_map: Option<Arc<RunMap>>,
    last_job: JobId,
    embedding: Option<InFlight<()>>,
    embed_failed: bool,
    fit_failed: bool,
    failed_training: Option<RunKey>,
    failed_map: Option<Axes>,
    fitting: Option<JobId>,
    training: Option<InFlight<RunKey>>,
    mapping: Option<InFlight<Axes>>,
    opening: Option<JobId>,
    saving: Option<(JobId, u64)>,
    /// Jobs that must end early, for the worker's handle.
    cancellations: Vec<(Cancels, JobId)>,
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
            run: None,
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
            saving: None,
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
    pub fn lesson(&self) -> Option<&'static data::Lesson> {
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

    /// The last step of the recording.
    pub fn last_step(&self) -> usize {
        self.run.as_ref().map_or(0, |run| run.last_step())
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
        training.or(mapping).or(embedding)
    }

    fn embedded_share(&self) -> Progress {
        let is_there = |phrase: &&super::Phrase| self.model_vectors.contains_key(&phrase.text);
        let done = self.document.phrases.iter().filter(is_there).count();
        Progress { done, total: self.document.phrases.len().max(1), unit: "phrases" }
    }

    /// Whether the worker owes an answer.
    pub fn is_busy(&self) -> bool {
        self.activity().is_some() || self.fitting.is_some() || self.opening.is_some() || self.saving.is_some()
    }

    /// Whether a save is under way.
    pub fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// Jobs that should end early; the caller passes them to the worker.
    pub fn take_cancellations(&mut self) -> Vec<(Cancels, JobId)> {
        std::mem::take(&mut self.cancellations)
    }

    // What changes the state.

    /// Carries out a command and returns the work that follows.
    pub fn apply(&mut self, command: Command) -> Vec<Job> {
        log::debug!("{command:?}");
        let before = Snapshot { document: self.document.clone(), revision: self.revision };
        let merge_key = command.merge_key(&self.document.recipe, self.step());
        let is_time = matches!(command, Command::Advance(_));
        if merge_key.is_none() && !is_time {
            self.history.end_merge();
        }
        let mut jobs = Vec::new();
        let is_edit = self.carry_out(command, &mut jobs);
        if is_edit && before.document != self.document {
            self.last_revision += 1;
            self.revision = self.last_revision;
            self.history.push(before, merge_key);
            self.forget_dangling();
            // Another document, another try.
            (self.embed_failed, self.fit_failed) = (false, false);
        }
        if !is_time {
            jobs.extend(self.plan());
        }
        jobs
    }

    /// One line per command; says whether the change belongs into undo.
    fn carry_out(&mut self, command: Command, jobs: &mut Vec<Job>) -> bool {
        match command {
            Command::AddPhrases(texts, group) => self.add_phrases(&texts, group),
            Command::EditPhrase(id, text) => self.edit_phrase(id, &text),
            Command::RemovePhrase(id) => self.document.remove_phrase(id),
            Command::SetGroup(id, group) => self.set_group(id, group),
            Command::SetNewGroup(id, name) => self.set_new_group(id, &name),
            Command::RenameGroup(id, name) => self.rename_group(id, &name),
            Command::AddPair(pair) => self.add_pair(pair),
            Command::AddNegative(anchor, negative) => self.add_negative(anchor, negative),
            Command::RemovePair(index) => self.remove_pair(index),
            Command::SetRecipe(recipe) => self.set_recipe(recipe),
            Command::SetSettings(settings) => self.set_settings(settings),
            Command::NewSeed => self.new_seed(),
            other => {
                self.carry_out_view(other, jobs);
                return false;
            }
        }
        true
    }

    /// Commands that leave the document alone, or replace it together with its history.
    fn carry_out_view(&mut self, command: Command, jobs: &mut Vec<Job>) {
        match command {
            Command::SetAxes(axes) => self.axes = axes,
            Command::RefitModelMap => self.model_map = None,
            Command::Select(id) => self.selected = id,
            Command::TogglePlay => self.toggle_play(),
            Command::Step => self.take_step(),
            Command::StepBack => self.seek(self.step().saturating_sub(1)),
            Command::Seek(step) => self.seek(step),
            Command::Rewind => self.seek(0),
            Command::Advance(seconds) => self.advance(seconds),
            Command::SetSpeed(speed) => self.playhead.speed = speed,
            Command::SetTwoPhase(on) => (self.playhead.two_phase, self.playhead.shows_forces) = (on, false),
            Command::Cancel => self.cancel(),
            Command::Undo => self.travel(History::undo),
            Command::Redo => self.travel(History::redo),
            Command::New => self.replace_document(Document::default(), file::View::default(), None),
            Command::OpenLesson(name) => self.open_lesson(name),
            Command::Open(path) => jobs.push(self.open(path)),
            Command::Save => jobs.extend(self.path.clone().map(|path| self.save(path))),
            Command::SaveAs(path) => jobs.push(self.save(path)),
            Command::Export(path, bytes) => jobs.push(self.job(Work::Write(path, bytes))),
            Command::Report(text) => self.tell(text, true),
            Command::DismissNotice => self.notice = None,
            _ => {}
        }
    }

    /// Takes in what the worker found out, and returns the work that follows.
    pub fn absorb(&mut self, event: JobEvent) -> Vec<Job> {
        let JobEvent { id, news } = event;
        match news {
            News::Progress { progress, per_second } => {
                self.note_progress(id, progress, per_second);
                return Vec::new();
            }
            News::Embedded(phrases, vectors) => self.take_vectors(id, &phrases, &vectors),
            News::ModelMapFitted(axes) if self.fitting == Some(id) => (self.fitting, self.model_map) = (None, Some(axes)),
            News::Trained(run, map) => self.take_run(id, run, map),
            News::Mapped(map) => self.take_map(id, map),
            News::Read(path, bytes) if self.opening == Some(id) => self.take_file(path, &bytes),
            News::Written(path) => self.note_written(id, path),
            News::Failed(why) => self.note_failure(id, why),
            News::ModelMapFitted(_) | News::Read(..) => {}
        }
        self.plan()
    }

    fn tell(&mut self, text: impl Into<String>, is_error: bool) {
        self.notice = Some(Notice { text: text.into(), is_error });
    }

    fn job(&mut self, work: Work) -> Job {
        self.last_job += 1;
        Job { id: self.last_job, work }
    }

    // Editing.

    fn add_phrases(&mut self, texts: &[String], group: Option<super::GroupId>) {
        for text in texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
            if self.document.phrase_with_text(text).is_some() {
                self.tell(format!("“{}” is already in the list.", data::excerpt(text, 60)), false);
            }
            self.selected = Some(self.document.add_phrase(text, group));
        }
    }

    fn edit_phrase(&mut self, id: PhraseId, text: &str) {
        let text = text.trim();
        match self.document.phrase_with_text(text) {
            Some(other) if other.id != id => {
                self.tell(format!("“{}” is already in the list; the phrase keeps its text.", data::excerpt(text, 60)), true);
            }
            _ if text.is_empty() => self.tell("A phrase needs some text; it keeps the one it had.", true),
            _ => self.change_phrase(id, |phrase| phrase.text = text.into()),
        }
    }

    fn change_phrase(&mut self, id: PhraseId, change: impl FnOnce(&mut super::Phrase)) {
        if let Some(phrase) = Arc::make_mut(&mut self.document.phrases).iter_mut().find(|phrase| phrase.id == id) {
            change(phrase);
        }
    }

    fn set_group(&mut self, id: PhraseId, group: Option<super::GroupId>) {
        self.change_phrase(id, |phrase| phrase.group = group);
    }

    fn set_new_group(&mut self, id: PhraseId, name: &str) {
        let name = name.trim();
        if !name.is_empty() {
            let group = self.document.add_group(name);
            self.set_group(id, Some(group));
        }
    }

    fn rename_group(&mut self, id: super::GroupId, name: &str) {
        let name = name.trim();
        if self.document.groups.iter().any(|group| group.id != id && &*group.name == name) {
            self.tell(format!("There is a group “{name}” already; this one keeps its name."), true);
            return;
        }
        if let Some(group) = Arc::make_mut(&mut self.document.groups).iter_mut().find(|group| group.id == id && !name.is_empty())
        {
            group.name = name.into();
        }
    }

    fn add_pair(&mut self, pair: super::Pair) {
        if !self.document.add_pair(pair) {
            self.tell("That pair is already there.", false);
        }
    }

    fn add_negative(&mut self, anchor: PhraseId, negative: PhraseId) {
        if !self.document.add_negative(anchor, negative) {
            self.tell("A negative belongs to a pair: first give this anchor a positive (drag without Alt).", true);
        }
    }

    fn remove_pair(&mut self, index: usize) {
        if index < self.document.pairs.len() {
            Arc::make_mut(&mut self.document.pairs).remove(index);
        }
    }

    /// New settings from the step shown on. At the end of the run they let it go on as long again.
    fn set_settings(&mut self, settings: Settings) {
        let (step, steps) = (self.step(), self.document.recipe.steps);
        self.document.recipe = self.document.recipe.with_settings_from(step, settings);
        if step > 0 && step >= steps {
            self.document.recipe.steps = (step + steps).min(Recipe::MAX_STEPS);
        }
    }

    /// A recipe of another structure begins at step 0, so later changes of settings are dropped; another
    /// length keeps those that it still reaches.
    fn set_recipe(&mut self, mut recipe: Recipe) {
        let before = &self.document.recipe;
        let only_longer = Recipe { steps: before.steps, ..recipe.clone() } == *before;
        let steps = recipe.steps;
        recipe.changes.retain(|change| only_longer && change.from_step < steps);
        self.document.recipe = recipe;
    }

    fn new_seed(&mut self) {
        let mut recipe = self.document.recipe.clone();
        recipe.seed = recipe.seed.wrapping_add(1);
        self.set_recipe(recipe);
    }

    /// A selection of a phrase that is gone is none.
    fn forget_dangling(&mut self) {
        if self.selected.is_some_and(|id| self.document.phrase(id).is_none()) {
            self.selected = None;
        }
    }

    fn travel(&mut self, go: fn(&mut History, Snapshot) -> Option<Snapshot>) {
        let now = Snapshot { document: self.document.clone(), revision: self.revision };
        if let Some(snapshot) = go(&mut self.history, now) {
            self.document = snapshot.document;
            self.revision = snapshot.revision;
            self.forget_dangling();
        }
    }

    // Playing.

    fn seek(&mut self, step: usize) {
        self.playhead.position = step.min(self.last_step()) as f64;
        self.playhead.playing = false;
        self.playhead.shows_forces = false;
    }

    fn toggle_play(&mut self) {
        let at_end = self.step() >= self.last_step();
        if at_end && !self.playhead.playing {
            self.playhead.position = 0.0;
        }
        self.playhead.playing = !self.playhead.playing && self.last_step() > 0;
        self.playhead.shows_forces = false;
    }

    /// With a thinned recording a step leads to the next recorded one.
    fn take_step(&mut self) {
        if self.playhead.two_phase && !self.playhead.shows_forces && self.step() < self.last_step() {
            self.playhead.position = self.step() as f64;
            self.playhead.playing = false;
            self.playhead.shows_forces = true;
            return;
        }
        let next = self.run.as_ref().map(|run| {
            let frames = &run.frames;
            let index = (frames.index_at(self.step()) + 1).min(frames.len().saturating_sub(1));
            frames.steps().get(index).copied().unwrap_or(0)
        });
        self.seek(next.unwrap_or(0));
    }

    fn advance(&mut self, seconds: f64) {
        if !self.playhead.playing {
            return;
        }
        self.playhead.position += seconds * STEPS_PER_SECOND * self.playhead.speed;
        if self.playhead.position >= self.last_step() as f64 {
            self.playhead.position = self.last_step() as f64;
            // While a longer run is being recorded, playing waits for it at the end of this one.
            self.playhead.playing = self.training.is_some();
        }
    }

    fn cancel(&mut self) {
        if let Some(job) = &self.training {
            self.cancellations.push((Cancels::Train, job.id));
        }
        if let Some(job) = &self.mapping {
            self.cancellations.push((Cancels::MapRun, job.id));
        }
        if let Some(job) = &self.embedding {
            self.cancellations.push((Cancels::Embed, job.id));
            // It goes on when the phrases change.
            self.embed_failed = true;
        }
    }

    // Files.

    fn replace_document(&mut self, document: Document, view: file::View, path: Option<PathBuf>) {
        self.document = document;
        self.history = History::default();
        self.last_revision += 1;
        self.revision = self.last_revision;
        self.saved_revision = self.revision;
        self.axes = view.axes;
        self.selected = None;
        self.notice = None;
        self.path = path;
        self.lesson = None;
        (self.run, self.run_map, self.run_key, self.model_map) = (None, None, None, None);
        self.forget_jobs();
        self.playhead.playing = false;
        self.playhead.shows_forces = false;
        self.playhead.position = view.step as f64;
    }

    /// What the worker still does for another document is of no use to this one, but for its vectors.
    fn forget_jobs(&mut self) {
        self.drop_training();
        if let Some(old) = self.mapping.take() {
            self.cancellations.push((Cancels::MapRun, old.id));
        }
        (self.fitting, self.opening, self.saving) = (None, None, None);
        (self.failed_training, self.failed_map) = (None, None);
        (self.embed_failed, self.fit_failed) = (false, false);
    }

    fn open_lesson(&mut self, name: &'static str) {
        let Some(lesson) = lesson(name) else { return };
        let mut document = Document::of_set(&data::builtin_set(lesson));
        if lesson.from_model {
            document.recipe.start = Start::Model;
        }
        let first = document.pairs.first().map(|pair| pair.anchor);
        self.replace_document(document, file::View::default(), None);
        self.selected = first;
        self.lesson = Some(lesson.name);
        self.tell(lesson.text, false);
    }

    fn open(&mut self, path: PathBuf) -> Job {
        let job = self.job(Work::Read(path));
        self.opening = Some(job.id);
        job
    }

    fn take_file(&mut self, path: PathBuf, bytes: &[u8]) {
        self.opening = None;
        match read_any(&path, bytes) {
            Ok(Opened::Project(document, view)) => self.replace_document(*document, view, Some(path)),
            Ok(Opened::Import(document, n_left_out)) => {
                let (n_phrases, n_pairs) = (document.phrases.len(), document.pairs.len());
                self.replace_document(*document, file::View::default(), None);
                // An import is not yet a project in a file.
                self.saved_revision = 0;
                let twice =
                    if n_left_out > 0 { format!("; {n_left_out} empty or repeated ones are left out") } else { String::new() };
                self.tell(format!("Opened {n_phrases} phrases and {n_pairs} pairs{twice}."), false);
            }
            Err(why) => self.tell(format!("{}: {why}", path.display()), true),
        }
    }

    fn save(&mut self, path: PathBuf) -> Job {
        let view = file::View { axes: self.axes, step: self.step() };
        let bytes = file::write(&self.document, &view);
        let job = self.job(Work::Write(path, bytes.into()));
        self.saving = Some((job.id, self.revision));
        job
    }

    fn note_written(&mut self, id: JobId, path: PathBuf) {
        self.tell(format!("Saved {}.", path.display()), false);
        if let Some((job, revision)) = self.saving
            && job == id
        {
            self.saving = None;
            self.saved_revision = revision;
            self.path = Some(path);
        }
    }

    // Results of the worker.

    fn note_progress(&mut self, id: JobId, progress: Progress, per_second: f32) {
        fn note<T>(job: &mut Option<InFlight<T>>, id: JobId, progress: Progress, per_second: f32) {
            if let Some(job) = job.as_mut().filter(|job| job.id == id) {
                (job.progress, job.per_second) = (Some(progress), per_second);
            }
        }
        note(&mut self.training, id, progress, per_second);
        note(&mut self.mapping, id, progress, per_second);
        note(&mut self.embedding, id, progress, per_second);
    }

    fn take_vectors(&mut self, id: JobId, phrases: &[Arc<str>], vectors: &Vectors) {
        if self.embedding.as_ref().is_some_and(|job| job.id == id) {
            self.embedding = None;
        }
        self.model_space = Some(Arc::new(vectors.space().clone()));
        self.model_vectors.extend(phrases.iter().cloned().zip(vectors.rows().map(Arc::from)));
    }

    fn take_run(&mut self, id: JobId, run: Arc<Run>, map: Arc<RunMap>) {
        let Some(job) = self.training.take_if(|job| job.id == id) else { return };
        match run.stopped {
            Some(Stopped::NotFinite) => self.tell(
                format!("Training stopped at step {}: a number grew beyond all bounds. The last good step is kept; try a smaller learning rate.", run.last_step()),
                true,
            ),
            Some(Stopped::Cancelled) => self.tell(format!("Training was stopped at step {}; what was recorded is kept.", run.last_step()), false),
            None => {}
        }
        self.failed_map = None;
        self.run = Some(run);
        self.run_map = Some(map);
        self.run_key = Some(job.what);
        self.playhead.position = self.playhead.position.min(self.last_step() as f64);
    }

    fn take_map(&mut self, id: JobId, map: Arc<RunMap>) {
        if self.mapping.take_if(|job| job.id == id).is_some() {
            self.run_map = Some(map);
        }
    }

    fn note_failure(&mut self, id: JobId, why: String) {
        // What failed is not tried again until something it depends on changes.
        if let Some(job) = self.training.take_if(|job| job.id == id) {
            self.failed_training = Some(job.what);
        }
        if let Some(job) = self.mapping.take_if(|job| job.id == id) {
            self.failed_map = Some(job.what);
        }
        self.fit_failed |= self.fitting.take_if(|job| *job == id).is_some();
        self.opening.take_if(|job| *job == id);
        self.saving.take_if(|(job, _)| *job == id);
        if self.embedding.take_if(|job| job.id == id).is_some() {
            self.embed_failed = true;
        }
        self.tell(why, true);
    }

    // What work follows from the state.

    fn plan(&mut self) -> Vec<Job> {
        // Training first: the recorded run is there before the model is loaded.
        let jobs = [self.plan_training(), self.plan_run_map(), self.plan_embedding(), self.plan_model_map()];
        jobs.into_iter().flatten().collect()
    }

    /// A part of what is missing at a time, newest first: a typed phrase does not wait for a long list.
    fn plan_embedding(&mut self) -> Option<Job> {
        if self.embedding.is_some() || self.embed_failed {
            return None;
        }
        let texts = self.document.phrases.iter().rev().map(|phrase| &phrase.text);
        let missing: Vec<Arc<str>> =
            texts.filter(|text| !self.model_vectors.contains_key(*text)).take(EMBED_AT_ONCE).cloned().collect();
        if missing.is_empty() {
            return None;
        }
        let job = self.job(Work::Embed(missing));
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
        let vectors = self.document_vectors()?;
        self.model_map_phrases = n_phrases;
        let job = self.job(Work::FitModelMap(vectors));
        self.fitting = Some(job.id);
        Some(job)
    }

    /// The model's vectors of all phrases, in their order, once they are all there.
    pub fn document_vectors(&self) -> Option<Vectors> {
        let space = self.model_space.clone()?;
        let rows: Option<Vec<&Arc<[f32]>>> =
            self.document.phrases.iter().map(|phrase| self.model_vectors.get(&phrase.text)).collect();
        let values: Vec<f32> = rows?.into_iter().flat_map(|row| row.iter().copied()).collect();
        (!values.is_empty()).then(|| Vectors::new(space, values))
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
        let job = self.job(Work::Train(Box::new(input), self.axes));
        self.training = Some(InFlight { id: job.id, what: key, progress: None, per_second: 0.0 });
        Some(job)
    }

    fn drop_training(&mut self) {
        if let Some(old) = self.training.take() {
            self.cancellations.extend([(Cancels::Train, old.id), (Cancels::MapRun, old.id)]);
        }
    }

    /// The run that the document asks for, if it can be made now; sets `problem` where it can't be.
    fn wanted_run(&mut self) -> Option<(TrainInput, RunKey)> {
        self.problem = None;
        if self.document.phrases.is_empty() {
            (self.run, self.run_map, self.run_key) = (None, None, None);
            return None;
        }
        let mut input = self.document.train_input();
        if input.recipe.start == Start::Model {
            input.model_vectors = Some(self.document_vectors()?);
        }
        self.problem = input.check().err().map(|error| error.to_string());
        if self.problem.is_some() {
            // Nothing can be learned, but every phrase still has its place at step 0.
            input.recipe.steps = 0;
            input.check().ok()?;
        }
        let key = run_key_of(&input);
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

/// Phrases that a map of places without a run is fitted to: with three it has two directions, and the
/// phrases that are added later do not move it.
const PHRASES_OF_A_STILL_MAP: usize = 3;

fn run_key_of(input: &TrainInput) -> RunKey {
    let text = |row: u32| input.phrases.get(row as usize).cloned();
    let pairs = input.pairs.iter().map(|pair| [text(pair.anchor), text(pair.positive), pair.negative.and_then(text)]);
    let n_phrases = match () {
        () if input.draws_negatives() => input.phrases.len(),
        () if input.recipe.steps == 0 => PHRASES_OF_A_STILL_MAP,
        () => 0,
    };
    RunKey {
        recipe: input.recipe.clone(),
        pairs: pairs.collect(),
        phrases: input.phrases.iter().take(n_phrases).cloned().collect(),
    }
}

/// What a file turned out to be.
enum Opened {
    Project(Box<Document>, file::View),
    /// Phrases or pairs, and how many were empty or there twice.
    Import(Box<Document>, usize),
}

/// A project by its ending, else pairs if the file has columns, else phrases.
fn read_any(path: &Path, bytes: &[u8]) -> Result<Opened, String> {
    let name = path.to_string_lossy();
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(file::ENDING)) {
        let (document, view) = file::read(bytes).map_err(|error| error.to_string())?;
        return Ok(Opened::Project(Box::new(document), view));
    }
    let format = Format::of_name(&name);
    let mut document = Document::default();
    let n_left_out = match format {
        Format::Lines => data::read_phrases(bytes, format, None).map(|phrases| add_all(&mut document, &phrases)),
        Format::Npy => {
            return Err("expected phrases, pairs or a project, got a file of vectors; open the file the vectors were made from"
                .to_owned());
        }
        _ => read_table(&mut document, bytes, format),
    };
    let n_left_out = n_left_out.map_err(|error| error.to_string())?;
    Ok(Opened::Import(Box::new(document), n_left_out))
}

/// A table with a column of phrases is phrases; any other is pairs, by name or by order. Returns how many were there twice.
fn read_table(document: &mut Document, bytes: &[u8], format: Format) -> Result<usize, DataError> {
    let column_of_phrases = |column| data::read_phrases(bytes, format, Some(column)).ok();
    if let Some(phrases) = ["phrase", "text", "sentence"].into_iter().find_map(column_of_phrases) {
        return Ok(add_all(document, &phrases));
    }
    let pairs = data::read_pairs(bytes, format)?;
    document.add_pairs(&pairs);
    Ok(pairs.len() - document.pairs.len())
}

/// Returns how many were empty or there already.
fn add_all(document: &mut Document, phrases: &[String]) -> usize {
    for phrase in phrases.iter().map(|phrase| phrase.trim()).filter(|phrase| !phrase.is_empty()) {
        document.add_phrase(phrase, None);
    }
    phrases.len() - document.phrases.len()
}
