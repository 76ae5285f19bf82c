//! News of the worker: how results, progress and failures change the state.

use std::path::PathBuf;
use std::sync::Arc;

use super::Playground;
use super::state::{EarlierRun, InFlight, Notice};
use crate::jobs::{Job, JobEvent, JobId, News};
use crate::progress::Progress;
use crate::space::Vectors;
use crate::train::{Run, RunMap, Stopped};

/// Runs before the current one whose curves are kept.
const KEPT_RUNS: usize = 5;

impl Playground {
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
            News::Opened(path, content) => self.take_file(id, path, &content),
            News::WantsScale(path, why) => self.ask_for_scale(id, path, &why),
            News::SeedsCompared(comparison, layout) => self.take_seeds(id, comparison, layout),
            News::LaidOut(layout) => self.take_layout(id, layout),
            News::ModelsCompared(comparison) => self.take_models(id, comparison),
            News::Swept(sweep) => self.take_sweep(id, sweep),
            News::Cancelled => self.note_cancelled(id),
            News::Written(path) => self.note_written(id, path),
            News::Failed(why) => self.note_failure(id, why),
            News::ModelMapFitted(_) => {}
        }
        self.plan()
    }

    fn note_progress(&mut self, id: JobId, progress: Progress, per_second: f32) {
        fn note<T>(job: &mut Option<InFlight<T>>, id: JobId, progress: Progress, per_second: f32) {
            if let Some(job) = job.as_mut().filter(|job| job.id == id) {
                (job.progress, job.per_second) = (Some(progress), per_second);
            }
        }
        note(&mut self.training, id, progress, per_second);
        note(&mut self.mapping, id, progress, per_second);
        note(&mut self.embedding, id, progress, per_second);
        note(&mut self.opening, id, progress, per_second);
        note(&mut self.beside.seeds.training, id, progress, per_second);
        note(&mut self.beside.models.job, id, progress, per_second);
        note(&mut self.beside.sweep.job, id, progress, per_second);
    }

    fn take_vectors(&mut self, id: JobId, phrases: &[Arc<str>], vectors: &Vectors) {
        if self.embedding.as_ref().is_some_and(|job| job.id == id) {
            self.embedding = None;
        }
        self.model_space = Some(Arc::new(vectors.space().clone()));
        self.model_vectors.extend(phrases.iter().cloned().zip(vectors.rows().map(Arc::from)));
    }

    /// Says that a run ended because of a number; if it was to fail, after the sentence that says why.
    fn tell_of_overflow(&mut self, last_step: usize) {
        let before = self.notice.take().filter(|notice| notice.of_failure);
        let of_failure = before.is_some();
        let why = before.map_or(String::new(), |notice| notice.text + " ");
        let text = format!(
            "{why}Training stopped at step {last_step}: a number grew beyond all bounds. The last good step is kept; try a smaller learning rate or less weight decay."
        );
        self.notice = Some(Notice { text, is_error: true, of_failure });
    }

    fn take_run(&mut self, id: JobId, run: Arc<Run>, map: Arc<RunMap>) {
        let Some(job) = self.training.take_if(|job| job.id == id) else { return };
        match run.stopped {
            Some(Stopped::NotFinite) => self.tell_of_overflow(run.last_step()),
            Some(Stopped::Cancelled) => {
                self.tell(format!("Training was stopped at step {}; what was recorded is kept.", run.last_step()), false)
            }
            Some(Stopped::Plateau) => {
                self.tell(format!("The loss fell no further: training ended at step {}.", run.last_step()), false)
            }
            Some(Stopped::Time) => {
                self.tell(format!("The time that was given is over: training ended at step {}.", run.last_step()), false);
            }
            None => {}
        }
        self.failed_map = None;
        self.keep_earlier_run();
        self.run = Some(run);
        self.run_map = Some(map);
        self.run_key = Some(job.what);
        self.playhead.position = self.playhead.position.min(self.last_step() as f64);
    }

    /// The curves of the run that is about to be replaced stay, to compare with.
    fn keep_earlier_run(&mut self) {
        let Some(run) = self.run.as_ref().filter(|run| run.last_step() > 0) else { return };
        let (recipe, losses) = (run.recipe.clone(), run.losses.as_slice().into());
        self.earlier.push_front(EarlierRun { recipe, losses, measures: run.measures.as_slice().into() });
        self.earlier.truncate(KEPT_RUNS);
    }

    fn ask_for_scale(&mut self, id: JobId, path: PathBuf, why: &str) {
        if self.opening.take_if(|job| job.id == id).is_some() {
            self.tell(format!("{}: {why}.", path.display()), true);
            self.wants_scale = Some(path);
        }
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
        self.opening.take_if(|job| job.id == id);
        self.saving.take_if(|(job, _)| *job == id);
        self.beside.end(id);
        if self.embedding.take_if(|job| job.id == id).is_some() {
            self.embed_failed = true;
        }
        self.tell(why, true);
    }
}
