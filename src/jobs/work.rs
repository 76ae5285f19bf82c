//! What the worker can do: every kind of work with its name and what ends it, what goes in, what comes out, and
//! how it is done.
//!
//! A new kind is a variant of [`Task`] with its row, one of [`Work`], one of [`Outcome`] and an arm of
//! `outcome_of`; the compiler asks for each.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::open::{OpenError, open};
use super::worker::{Clock, Heeds, WorkerThread};
use crate::compare::{
    Comparison, Layout, ModelComparison, Subject, SubjectError, Sweep, compare_models, compare_runs, lay_out, subject_vectors,
    train_dimensions, train_seeds,
};
use crate::data::{DataError, Grouping, PairSet};
use crate::drawing::{Drawing, PictureFormat, Theme, picture_bytes};
use crate::files;
use crate::model::{self, Encoder, ModelError, Source};
use crate::progress::{self, Progress};
use crate::space::{MapAxes, Vectors, fit_pca};
use crate::train::{Axes, Run, RunMap, TrainError, TrainInput, map_run, train_until};

/// Pixels of an exported PNG for each point of the window.
const PICTURE_ZOOM: f32 = 2.0;

/// Names one job; later jobs have larger ones.
pub type JobId = u64;

/// A kind of work. Of several that go on at once the first in this list is what the user is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// Read a file of any kind that can be opened.
    Open,
    /// Train from several seeds, and compare the runs.
    CompareSeeds,
    /// Train at several dimensions.
    Sweep,
    /// Compare two models.
    CompareModels,
    /// Train a run and draw it.
    Train,
    /// Draw a run on other axes.
    MapRun,
    /// Embed phrases.
    Embed,
    /// Fit the model's map.
    FitModelMap,
    /// Put the runs of a comparison side by side again.
    LayOut,
    /// Write a trained model as a folder.
    SaveModel,
    /// Write the project.
    Save,
    /// Write what is not the project: numbers, a picture.
    Export,
}

/// What ends a task before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ender {
    /// The user's *Cancel*; what it has made so far is kept.
    User,
    /// A later one of its kind.
    Newer,
    /// Another document.
    Document,
}

/// What there is to know of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskRow {
    /// What it is called, within a sentence.
    pub label: &'static str,
    /// Whether it is over so soon that it may be done in the middle of a long one.
    pub is_quick: bool,
    /// What ends it early.
    pub ended_by: &'static [Ender],
}

/// Long is the default: nothing runs inside another's progress by oversight.
const LONG: TaskRow = TaskRow { label: "", is_quick: false, ended_by: &[Ender::User, Ender::Newer, Ender::Document] };
const QUICK: TaskRow = TaskRow { is_quick: true, ended_by: &[], ..LONG };

impl Task {
    /// Its row.
    pub fn row(self) -> TaskRow {
        match self {
            Self::Open => TaskRow { label: "opening", ..LONG },
            Self::CompareSeeds => TaskRow { label: "training from several seeds", ..LONG },
            Self::Sweep => TaskRow { label: "training at several dimensions", ..LONG },
            Self::CompareModels => TaskRow { label: "comparing models", ..LONG },
            Self::Train => TaskRow { label: "training", ..LONG },
            Self::MapRun => TaskRow { label: "drawing the run", ..LONG },
            // Vectors of phrases are of use to any document.
            Self::Embed => TaskRow { label: "embedding", ended_by: &[Ender::User], ..QUICK },
            Self::FitModelMap => {
                TaskRow { label: "fitting the model's map", ended_by: &[Ender::Newer, Ender::Document], ..QUICK }
            }
            Self::LayOut => TaskRow { label: "turning the runs", ended_by: &[Ender::Newer, Ender::Document], ..QUICK },
            Self::SaveModel => TaskRow { label: "saving the model", ..QUICK },
            Self::Save => TaskRow { label: "saving", ..QUICK },
            Self::Export => TaskRow { label: "writing", ..QUICK },
        }
    }
}

/// Something for the worker to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Comes back with every event.
    pub id: JobId,
    /// What to do.
    pub work: Work,
}

/// What goes in.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Embed these phrases with this model.
    Embed(Source, Vec<Arc<str>>),
    /// Fit the model's map to these vectors.
    FitModelMap(Vectors),
    /// Train a run on this model, no longer than this if a time is given, and draw it on these axes.
    Train(Source, Box<TrainInput>, Axes, Option<Duration>),
    /// Draw a run on other axes.
    MapRun(Arc<Run>, Axes),
    /// Train on this model from each of these seeds, and compare the runs.
    CompareSeeds(Source, Box<TrainInput>, Vec<u64>, Grouping),
    /// Put the runs of a comparison side by side again: turned onto that run, with those phrases held still.
    LayOut(Arc<Comparison>, usize, BTreeSet<Arc<str>>),
    /// Compare two models on these phrases.
    CompareModels(Box<[Subject; 2]>, Vec<Arc<str>>, Grouping),
    /// Train on this model at several dimensions.
    Sweep(Source, Box<TrainInput>),
    /// Read a file of any kind that can be opened. Scores of pairs are divided by the number.
    Open(PathBuf, f32),
    /// Write a model that was trained from this one (its weights as a safetensors file) into a folder.
    SaveModel(Source, PathBuf, Arc<[u8]>),
    /// Write the project.
    Save(PathBuf, Arc<[u8]>),
    /// Write bytes that are not the project.
    Export(PathBuf, Arc<[u8]>),
    /// Draw a picture into a file, in the format that its name ends in.
    ExportPicture(PathBuf, Arc<Drawing>, Theme),
}

/// News of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobEvent {
    /// The job.
    pub id: JobId,
    /// What happened.
    pub news: News,
}

/// What can happen to a job.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// It goes on.
    Progress {
        /// How far it is.
        progress: Progress,
        /// Units a second since it began.
        per_second: f32,
    },
    /// It has ended.
    Ended(Outcome),
}

/// What comes out.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Phrases with their vectors by this model, in the same order.
    Embedded(Source, Vec<Arc<str>>, Vectors),
    /// The model's map was fitted.
    ModelMapFitted(Arc<MapAxes>),
    /// A run was recorded and drawn.
    Trained(Arc<Run>, Arc<RunMap>),
    /// A run was drawn.
    Mapped(Arc<RunMap>),
    /// Runs from several seeds were compared and laid out.
    SeedsCompared(Arc<Comparison>, Arc<Layout>),
    /// The runs of a comparison were laid out.
    LaidOut(Arc<Layout>),
    /// Two models were compared.
    ModelsCompared(Arc<ModelComparison>),
    /// Runs at several dimensions were trained.
    Swept(Arc<Sweep>),
    /// Somebody cancelled it before there was anything to keep.
    Cancelled,
    /// A file was read.
    Opened(PathBuf, Content),
    /// A file of pairs can't be read as it is, but could with its scores divided by 5; why.
    WantsScale(PathBuf, String),
    /// A file was written.
    Written(PathBuf),
    /// It failed; the sentence says why and what to do.
    Failed(String),
}

/// What a file turned out to hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A project, still as bytes: its format is not known here.
    Project(Arc<[u8]>),
    /// Phrases.
    Phrases(Arc<[String]>),
    /// Pairs with their phrases.
    Pairs(Arc<PairSet>),
}

impl Work {
    /// What kind of work it is.
    pub fn task(&self) -> Task {
        match self {
            Self::Embed(..) => Task::Embed,
            Self::FitModelMap(_) => Task::FitModelMap,
            Self::Train(..) => Task::Train,
            Self::MapRun(..) => Task::MapRun,
            Self::CompareSeeds(..) => Task::CompareSeeds,
            Self::LayOut(..) => Task::LayOut,
            Self::CompareModels(..) => Task::CompareModels,
            Self::Sweep(..) => Task::Sweep,
            Self::Open(..) => Task::Open,
            Self::SaveModel(..) => Task::SaveModel,
            Self::Save(..) => Task::Save,
            Self::Export(..) | Self::ExportPicture(..) => Task::Export,
        }
    }
}

impl WorkerThread {
    /// Does `work`, which is what job `id` asks for.
    pub(super) fn outcome_of(&mut self, id: JobId, work: Work) -> anyhow::Result<Outcome> {
        Ok(match work {
            Work::Embed(source, phrases) => {
                let vectors = self.embed(id, &source, &phrases)?;
                Outcome::Embedded(source, phrases, vectors)
            }
            Work::FitModelMap(vectors) => Outcome::ModelMapFitted(Arc::new(fit_pca(&vectors, 2)?)),
            Work::Train(source, input, axes, limit) => {
                let mut run = self.train(id, &source, &input, limit)?;
                run.measure();
                // Whoever stops a training wants to see what was recorded.
                let map = map_run(&run, axes, &mut self.listener(id, Heeds::Drop))?;
                Outcome::Trained(Arc::new(run), Arc::new(map))
            }
            Work::MapRun(run, axes) => Outcome::Mapped(Arc::new(map_run(&run, axes, &mut self.listener(id, Heeds::Stop))?)),
            Work::CompareSeeds(source, input, seeds, grouping) => self.compare_seeds(id, &source, &input, &seeds, &grouping)?,
            Work::LayOut(comparison, reference, held) => Outcome::LaidOut(Arc::new(lay_out(&comparison, reference, held)?)),
            Work::CompareModels(subjects, phrases, grouping) => self.compare_models(id, &subjects, &phrases, &grouping)?,
            Work::Sweep(source, input) => self.sweep(id, &source, &input)?,
            Work::Open(path, score_max) => match open(&path, score_max, &mut self.listener(id, Heeds::Stop)) {
                Err(OpenError::Data(error @ DataError::Score { fits_five: true, .. })) => {
                    Outcome::WantsScale(path, error.to_string())
                }
                Err(OpenError::Data(error)) => return Err(anyhow::Error::from(error).context(path.display().to_string())),
                Err(OpenError::File(error)) => return Err(error.into()),
                Ok(content) => Outcome::Opened(path, content),
            },
            Work::SaveModel(source, folder, weights) => {
                model::check_save(&folder)?;
                let model = self.library.open(&source, &mut progress::ignore)?;
                let trainable = model.trainable().with_context(|| format!("{} can't be saved as a folder", source.name()))?;
                trainable.save(&weights, &folder)?;
                Outcome::Written(folder)
            }
            Work::Save(path, bytes) | Work::Export(path, bytes) => {
                files::write_atomically(&path, &bytes)?;
                Outcome::Written(path)
            }
            Work::ExportPicture(path, drawing, theme) => {
                let bytes = picture_bytes(&drawing, theme, PictureFormat::of_name(&path)?, PICTURE_ZOOM)?;
                files::write_atomically(&path, &bytes)?;
                Outcome::Written(path)
            }
        })
    }

    fn embed(&mut self, id: JobId, source: &Source, phrases: &[Arc<str>]) -> Result<Vectors, ModelError> {
        let model = self.open_model(id, source)?;
        let texts: Vec<&str> = phrases.iter().map(|phrase| &**phrase).collect();
        let mut clock = Clock::default();
        model.embed(&texts, &mut |progress| self.listen(id, Heeds::Stop, progress, &mut clock))
    }

    /// The model of `source`. Quick jobs wait: they may need the same model.
    fn open_model(&mut self, id: JobId, source: &Source) -> Result<Arc<dyn Encoder>, ModelError> {
        let (library, mut clock) = (self.library.clone(), Clock::default());
        library.open(source, &mut |progress| self.listen(id, Heeds::Stop, progress, &mut clock))
    }

    /// The same, if what learns needs more of it than vectors.
    fn model_of_learner(
        &mut self,
        id: JobId,
        source: &Source,
        input: &TrainInput,
    ) -> Result<Option<Arc<dyn Encoder>>, ModelError> {
        input.recipe.learner.needs_model().then(|| self.open_model(id, source)).transpose()
    }

    /// A run; one that its time ended says so.
    fn train(&mut self, id: JobId, source: &Source, input: &TrainInput, limit: Option<Duration>) -> anyhow::Result<Run> {
        let model = self.model_of_learner(id, source, input)?;
        let started = Instant::now();
        let mut is_over = || limit.is_some_and(|limit| started.elapsed() >= limit);
        Ok(train_until(input, model.as_deref(), &mut is_over, &mut self.listener(id, Heeds::Stop))?)
    }

    fn compare_seeds(
        &mut self,
        id: JobId,
        source: &Source,
        input: &TrainInput,
        seeds: &[u64],
        grouping: &Grouping,
    ) -> anyhow::Result<Outcome> {
        let model = match self.model_of_learner(id, source, input) {
            Err(ModelError::Cancelled) => return Ok(Outcome::Cancelled),
            model => model?,
        };
        let runs = match train_seeds(input, seeds, model.as_deref(), &mut self.listener(id, Heeds::Stop)) {
            Err(TrainError::Cancelled) => return Ok(Outcome::Cancelled),
            runs => runs?,
        };
        let comparison = compare_runs(runs.into_iter().map(Arc::new).collect(), grouping)?;
        let layout = lay_out(&comparison, 0, BTreeSet::new())?;
        Ok(Outcome::SeedsCompared(Arc::new(comparison), Arc::new(layout)))
    }

    fn sweep(&mut self, id: JobId, source: &Source, input: &TrainInput) -> anyhow::Result<Outcome> {
        let model = match self.model_of_learner(id, source, input) {
            Err(ModelError::Cancelled) => return Ok(Outcome::Cancelled),
            model => model?,
        };
        match train_dimensions(input, model.as_deref(), &mut self.listener(id, Heeds::Stop)) {
            Err(TrainError::Cancelled) => Ok(Outcome::Cancelled),
            sweep => Ok(Outcome::Swept(Arc::new(sweep?))),
        }
    }

    fn compare_models(
        &mut self,
        id: JobId,
        subjects: &[Subject; 2],
        phrases: &[Arc<str>],
        grouping: &Grouping,
    ) -> anyhow::Result<Outcome> {
        let library = self.library.clone();
        let mut sides = Vec::with_capacity(2);
        for subject in subjects {
            match subject_vectors(subject, phrases, &library, &mut self.listener(id, Heeds::Stop)) {
                Err(SubjectError::Model(ModelError::Cancelled)) => return Ok(Outcome::Cancelled),
                side => sides.push(side.with_context(|| subject.to_string())?),
            }
        }
        Ok(Outcome::ModelsCompared(Arc::new(compare_models(&sides[0], &sides[1], grouping)?)))
    }
}
