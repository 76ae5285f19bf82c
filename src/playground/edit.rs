//! Commands: how the user's actions change the document, the playhead and the files.
//!
//! Nothing is trained or embedded here; that follows from the state (see `plan.rs`).

use std::path::PathBuf;
use std::sync::Arc;

use super::beside::Beside;
use super::document::{BATCH_OF_MANY, DIMS_OF_MANY, MANY_PHRASES};
use super::history::{History, Snapshot};
use super::import::{Opened, document_of};
use super::state::{InFlight, Notice};
use super::{Command, Document, PhraseId, Playground, file};
use crate::data::{self, lesson};
use crate::jobs::{Cancels, Content, Job, JobId, Work};
use crate::train::{Choice, Failure, LearnerKind, Recipe, Settings};

/// Steps a second at speed 1.
const STEPS_PER_SECOND: f64 = 20.0;

impl Playground {
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
            Command::Fail(failure) => self.fail(failure),
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
            Command::SetMaxSeconds(seconds) => self.max_seconds = seconds.max(0.0),
            Command::ShowTab(tab) => jobs.extend(self.show_tab(tab)),
            Command::CompareSeeds(n_runs) => jobs.extend(self.compare_seeds(n_runs)),
            Command::SetTurning(turning) => self.beside.seeds.turning = turning,
            Command::SetReference(index) => jobs.extend(self.set_reference(index)),
            Command::Hold(phrases) => jobs.extend(self.hold(&phrases)),
            Command::CompareModels(choices) => jobs.extend(self.compare_models(*choices)),
            Command::Sweep => jobs.extend(self.sweep()),
            Command::Cancel => self.cancel(),
            Command::Undo => self.travel(History::undo),
            Command::Redo => self.travel(History::redo),
            Command::New => self.replace_document(Document::default(), file::View::default(), None),
            Command::OpenLesson(name) => self.open_lesson(name),
            Command::Open(path) => jobs.push(self.open(path, 1.0)),
            Command::OpenScaled(path) => jobs.push(self.open(path, 5.0)),
            Command::SaveModel(folder) => jobs.extend(self.save_model(folder)),
            Command::Save => jobs.extend(self.path.clone().map(|path| self.save(path))),
            Command::SaveAs(path) => jobs.push(self.save(path)),
            Command::Export(path, bytes) => jobs.push(self.job(Work::Write(path, bytes))),
            Command::Report(text) => self.tell(text, true),
            Command::DismissNotice => self.notice = None,
            _ => {}
        }
    }

    pub(super) fn tell(&mut self, text: impl Into<String>, is_error: bool) {
        self.notice = Some(Notice { text: text.into(), is_error, of_failure: false });
    }

    pub(super) fn job(&mut self, work: Work) -> Job {
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
        self.forget_failure();
    }

    /// A recipe of another structure begins at step 0, so later changes of settings are dropped; another
    /// length keeps those that it still reaches.
    fn set_recipe(&mut self, mut recipe: Recipe) {
        let before = &self.document.recipe;
        let only_longer = Recipe { steps: before.steps, ..recipe.clone() } == *before;
        let steps = recipe.steps;
        recipe.changes.retain(|change| only_longer && change.from_step < steps);
        self.document.recipe = recipe;
        self.forget_failure();
    }

    /// What was said of a failure on purpose is not true of another recipe.
    fn forget_failure(&mut self) {
        self.notice = self.notice.take().filter(|notice| !notice.of_failure);
    }

    fn new_seed(&mut self) {
        let mut recipe = self.document.recipe.clone();
        recipe.seed = recipe.seed.wrapping_add(1);
        self.set_recipe(recipe);
    }

    /// Training that fails on purpose, with the sentence that says what to look at.
    fn fail(&mut self, failure: Failure) {
        self.set_recipe(failure.spoil(&self.document.recipe));
        if failure == Failure::WrongPair && !self.add_wrong_pair() {
            self.tell("A mislabelled pair needs phrases of two groups, or of two pairs; add some first.", true);
            return;
        }
        let which = if failure == Failure::WrongPair { self.newest_pair() } else { String::new() };
        let text = format!("{}. {}{which} (Undo takes it back.)", failure.label(), failure.explanation());
        self.notice = Some(Notice { text, is_error: false, of_failure: true });
    }

    /// Says that the first anchor belongs to a phrase of another group, or else to one it shares no pair with.
    fn add_wrong_pair(&mut self) -> bool {
        let Some(first) = self.document.pairs.first().copied() else { return false };
        let group_of = |id: PhraseId| self.document.phrase(id).and_then(|phrase| phrase.group);
        let own = group_of(first.anchor);
        let pairs = &self.document.pairs;
        let shares_a_pair = |id: PhraseId| pairs.iter().any(|pair| pair.anchor == first.anchor && pair.positive == id);
        let is_wrong = |id: &PhraseId| *id != first.anchor && !shares_a_pair(*id) && (own.is_none() || group_of(*id) != own);
        let Some(positive) = pairs.iter().flat_map(|pair| [pair.positive, pair.anchor]).find(is_wrong) else { return false };
        self.selected = Some(first.anchor);
        self.document.add_pair(super::Pair { anchor: first.anchor, positive, negative: None, score: None })
    }

    /// The phrases of the last pair, as a sentence after another one.
    fn newest_pair(&self) -> String {
        let text = |id: PhraseId| self.document.phrase(id).map_or(String::new(), |phrase| data::excerpt(&phrase.text, 40));
        let pair = self.document.pairs.last();
        pair.map_or(String::new(), |pair| format!(" It is “{}” and “{}”.", text(pair.anchor), text(pair.positive)))
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
            self.forget_failure();
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
        let next = self.played_run().map(|run| {
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
        if let Some(job) = &self.opening {
            self.cancellations.push((Cancels::Open, job.id));
        }
        self.cancellations.extend(self.beside.cancellations());
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
        self.earlier.clear();
        self.cancellations.extend(self.beside.cancellations());
        self.beside = Beside { tab: self.beside.tab, ..Beside::default() };
        self.wants_scale = None;
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
        (self.fitting, self.saving) = (None, None);
        if let Some(old) = self.opening.take() {
            self.cancellations.push((Cancels::Open, old.id));
        }
        (self.failed_training, self.failed_map) = (None, None);
        (self.embed_failed, self.fit_failed) = (false, false);
    }

    fn open_lesson(&mut self, name: &'static str) {
        let Some(lesson) = lesson(name) else { return };
        let document = Document::of_lesson(lesson);
        let first = document.pairs.first().map(|pair| pair.anchor);
        self.replace_document(document, file::View::default(), None);
        self.selected = first;
        self.lesson = Some(lesson.name);
        self.tell(lesson.text, false);
    }

    /// Scores of pairs are divided by `score_max`.
    fn open(&mut self, path: PathBuf, score_max: f32) -> Job {
        self.wants_scale = None;
        let job = self.job(Work::Open(path, score_max));
        if let Some(old) = self.opening.replace(InFlight { id: job.id, what: (), progress: None, per_second: 0.0 }) {
            self.cancellations.push((Cancels::Open, old.id));
        }
        job
    }

    fn save_model(&mut self, folder: PathBuf) -> Option<Job> {
        match self.run.as_ref().map(|run| run.weights.clone()) {
            Some(Some(weights)) => return Some(self.job(Work::SaveModel(self.document.model(), folder, weights))),
            Some(None) if self.document.recipe.learner != LearnerKind::Transformer => {
                self.tell("Only a transformer is a model that can be saved; choose it as what learns.", true);
            }
            _ => self.tell("There is no trained model yet; let a transformer train to the end first.", true),
        }
        None
    }

    pub(super) fn take_file(&mut self, id: JobId, path: PathBuf, content: &Content) {
        if self.opening.take_if(|job| job.id == id).is_none() {
            return;
        }
        match document_of(content) {
            Ok(Opened::Project(document, view)) => self.replace_document(*document, view, Some(path)),
            Ok(Opened::Import { document, n_left_out, remark }) => {
                let (n_phrases, n_pairs) = (document.phrases.len(), document.pairs.len());
                self.replace_document(*document, file::View::default(), None);
                // An import is not yet a project in a file.
                self.saved_revision = 0;
                let twice =
                    if n_left_out > 0 { format!("; {n_left_out} empty or repeated ones are left out") } else { String::new() };
                let many = match n_phrases > MANY_PHRASES {
                    true => format!(
                        " With so many, vectors begin with {DIMS_OF_MANY} dimensions and batches with {BATCH_OF_MANY} pairs."
                    ),
                    false => String::new(),
                };
                let remark = remark.map(|remark| format!(" Note: {remark}.")).unwrap_or_default();
                self.tell(format!("Opened {n_phrases} phrases and {n_pairs} pairs{twice}.{many}{remark}"), false);
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

    pub(super) fn note_written(&mut self, id: JobId, path: PathBuf) {
        self.tell(format!("Saved {}.", path.display()), false);
        if let Some((job, revision)) = self.saving
            && job == id
        {
            self.saving = None;
            self.saved_revision = revision;
            self.path = Some(path);
        }
    }
}
