//! The worker: one named thread that does everything that could make the window wait.
//!
//! A [`Job`] goes in, [`JobEvent`]s come out, each with the job's id; results of jobs that nobody
//! waits for any more are dropped by whoever reads them. Nothing of the window is known here: it is
//! woken through a callback. This is the only place with threads and channels.

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::compare::{
    Comparison, Layout, ModelComparison, ModelSource, SourceError, Sweep, compare_models, compare_runs, lay_out, source_vectors,
    train_dimensions, train_seeds,
};
use crate::data::{self, DataError, Format, Grouping, PairSet};
use crate::files::{self, FileError};
use crate::model::{self, Encoder, ModelError, SentenceEncoder};
use crate::progress::Progress;
use crate::space::{MapAxes, Vectors, fit_pca};
use crate::train::{Axes, Run, RunMap, Stopped, TrainError, TrainInput, map_run, train};

/// Jobs and events that may wait in a channel.
const CHANNEL_LEN: usize = 256;

/// How often progress is reported at most.
const REPORT_EVERY: Duration = Duration::from_millis(40);

/// Names one job; later jobs have larger ones.
pub type JobId = u64;

/// Something for the worker to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Comes back with every event.
    pub id: JobId,
    /// What to do.
    pub work: Work,
}

/// What the worker can do.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Embed these phrases with the built-in model.
    Embed(Vec<Arc<str>>),
    /// Fit the model's map to these vectors.
    FitModelMap(Vectors),
    /// Train a run, no longer than this if a time is given, and draw it on these axes.
    Train(Box<TrainInput>, Axes, Option<Duration>),
    /// Draw a run on other axes.
    MapRun(Arc<Run>, Axes),
    /// Train from each of these seeds, and compare the runs.
    CompareSeeds(Box<TrainInput>, Vec<u64>, Grouping),
    /// Put the runs of a comparison side by side again: turned onto that run, with those phrases held still.
    LayOut(Arc<Comparison>, usize, BTreeSet<Arc<str>>),
    /// Compare two models on these phrases.
    CompareModels(Box<[ModelSource; 2]>, Vec<Arc<str>>, Grouping),
    /// Train at several dimensions.
    Sweep(Box<TrainInput>),
    /// Read a file of any kind that can be opened. Scores of pairs are divided by the number.
    Open(PathBuf, f32),
    /// Write a trained model (its weights as a safetensors file) into a folder.
    SaveModel(PathBuf, Arc<[u8]>),
    /// Replace a file.
    Write(PathBuf, Arc<[u8]>),
}

/// The kinds of work that can be cancelled on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancels {
    /// Training.
    Train = 0,
    /// Drawing a run.
    MapRun = 1,
    /// Embedding.
    Embed = 2,
    /// Opening a file.
    Open = 3,
    /// Training from several seeds.
    CompareSeeds = 4,
    /// Comparing two models.
    CompareModels = 5,
    /// Training at several dimensions.
    Sweep = 6,
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
    /// Phrases with their vectors, in the same order.
    Embedded(Vec<Arc<str>>, Vectors),
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

/// A handle on the worker thread, which ends when the handle is dropped.
pub struct Worker {
    jobs: Option<SyncSender<Job>>,
    events: Receiver<JobEvent>,
    signals: Arc<Signals>,
    thread: Option<JoinHandle<()>>,
}

/// What the handle tells the thread while it works.
#[derive(Default)]
struct Signals {
    /// By [`Cancels`]: jobs up to this id are cancelled.
    cancelled: [AtomicU64; 7],
    closing: AtomicBool,
}

impl Worker {
    /// Starts the thread; `wake` is called after every event.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn start(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (job_sender, jobs) = sync_channel(CHANNEL_LEN);
        let (event_sender, events) = sync_channel(CHANNEL_LEN);
        let signals = Arc::new(Signals::default());
        let desk = Desk {
            jobs,
            waiting: VecDeque::new(),
            events: event_sender,
            wake: Box::new(wake),
            signals: signals.clone(),
            encoder: None,
        };
        let thread = std::thread::Builder::new().name("worker".to_owned()).spawn(move || desk.work())?;
        Ok(Self { jobs: Some(job_sender), events, signals, thread: Some(thread) })
    }

    /// Hands in a job.
    pub fn submit(&self, job: Job) {
        if let Some(jobs) = &self.jobs
            && let Err(error) = jobs.send(job)
        {
            log::error!("the worker is gone: {error}");
        }
    }

    /// Asks jobs of a kind, up to `id`, to end soon.
    pub fn cancel(&self, kind: Cancels, id: JobId) {
        if let Some(cancelled) = self.signals.cancelled.get(kind as usize) {
            cancelled.fetch_max(id, Ordering::Relaxed);
        }
    }

    /// The next event, if one is there.
    pub fn try_recv(&self) -> Option<JobEvent> {
        self.events.try_recv().ok()
    }

    /// Waits for the next event; for tests and programs without a window.
    pub fn recv_timeout(&self, patience: Duration) -> Option<JobEvent> {
        self.events.recv_timeout(patience).ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.signals.closing.store(true, Ordering::Relaxed);
        self.jobs = None;
        // The thread may be waiting for room in the channel of events.
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            while self.events.try_recv().is_ok() {}
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            log::error!("the worker thread panicked");
        }
    }
}

/// Why a file can't be opened.
enum OpenError {
    File(FileError),
    Data(DataError),
}

impl From<FileError> for OpenError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<DataError> for OpenError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

/// What the thread has on its desk.
struct Desk {
    jobs: Receiver<Job>,
    waiting: VecDeque<Job>,
    events: SyncSender<JobEvent>,
    wake: Box<dyn Fn() + Send>,
    signals: Arc<Signals>,
    encoder: Option<Arc<SentenceEncoder>>,
}

impl Desk {
    fn work(mut self) {
        while let Some(job) = self.waiting.pop_front().or_else(|| self.jobs.recv().ok()) {
            if self.is_closing() {
                return;
            }
            self.do_job(job);
        }
    }

    fn is_closing(&self) -> bool {
        self.signals.closing.load(Ordering::Relaxed)
    }

    fn do_job(&mut self, Job { id, work }: Job) {
        let name = work.name();
        log::debug!("job {id}: {name}");
        let news = catch_unwind(AssertUnwindSafe(|| self.news_of(id, work)));
        let news = news.unwrap_or_else(|_| {
            Ok(News::Failed(format!("{name} broke off by a fault of the program; what you made is unchanged")))
        });
        self.tell(id, news.unwrap_or_else(|error| News::Failed(format!("{error:#}"))));
    }

    fn news_of(&mut self, id: JobId, work: Work) -> anyhow::Result<News> {
        Ok(match work {
            Work::Embed(phrases) => {
                let vectors = self.embed(id, &phrases)?;
                News::Embedded(phrases, vectors)
            }
            Work::FitModelMap(vectors) => News::ModelMapFitted(Arc::new(fit_pca(&vectors, 2)?)),
            Work::Train(input, axes, limit) => {
                let mut run = self.train(id, &input, limit)?;
                run.measure();
                let map = map_run(&run, axes, &mut self.listener(id, Cancels::MapRun))?;
                News::Trained(Arc::new(run), Arc::new(map))
            }
            Work::MapRun(run, axes) => News::Mapped(Arc::new(map_run(&run, axes, &mut self.listener(id, Cancels::MapRun))?)),
            Work::CompareSeeds(input, seeds, grouping) => self.compare_seeds(id, &input, &seeds, &grouping)?,
            Work::LayOut(comparison, reference, held) => News::LaidOut(Arc::new(lay_out(&comparison, reference, held)?)),
            Work::CompareModels(sources, phrases, grouping) => self.compare_models(id, &sources, &phrases, &grouping)?,
            Work::Sweep(input) => {
                let encoder = if input.recipe.learner.needs_model() { Some(self.encoder()?) } else { None };
                match train_dimensions(&input, encoder.as_deref(), &mut self.listener(id, Cancels::Sweep)) {
                    Err(TrainError::Cancelled) => News::Cancelled,
                    sweep => News::Swept(Arc::new(sweep?)),
                }
            }
            Work::Open(path, score_max) => match self.open(id, &path, score_max) {
                Err(OpenError::Data(error @ DataError::Score { fits_five: true, .. })) => {
                    News::WantsScale(path, error.to_string())
                }
                Err(OpenError::Data(error)) => return Err(anyhow::Error::from(error).context(path.display().to_string())),
                Err(OpenError::File(error)) => return Err(error.into()),
                Ok(content) => News::Opened(path, content),
            },
            Work::SaveModel(folder, weights) => {
                model::check_save(&folder)?;
                model::save_folder(&*self.encoder()?, &weights, &folder)?;
                News::Written(folder)
            }
            Work::Write(path, bytes) => {
                files::write_atomically(&path, &bytes)?;
                News::Written(path)
            }
        })
    }

    fn embed(&mut self, id: JobId, phrases: &[Arc<str>]) -> anyhow::Result<Vectors> {
        let encoder = self.encoder()?;
        let texts: Vec<&str> = phrases.iter().map(|phrase| &**phrase).collect();
        let started = Instant::now();
        let mut reported = started;
        let vectors = encoder.encode(&texts, &mut |progress| self.listen(id, Cancels::Embed, progress, started, &mut reported));
        Ok(vectors?)
    }

    /// A run; one that its time ended says so.
    fn train(&mut self, id: JobId, input: &TrainInput, limit: Option<Duration>) -> anyhow::Result<Run> {
        let encoder = if input.recipe.learner.needs_model() { Some(self.encoder()?) } else { None };
        let (started, mut is_over) = (Instant::now(), false);
        let mut listen = self.listener(id, Cancels::Train);
        let mut run = train(input, encoder.as_deref(), &mut |progress| {
            is_over = limit.is_some_and(|limit| started.elapsed() >= limit);
            if is_over { ControlFlow::Break(()) } else { listen(progress) }
        })?;
        if is_over && run.stopped == Some(Stopped::Cancelled) {
            run.stopped = Some(Stopped::Time);
        }
        Ok(run)
    }

    fn compare_seeds(&mut self, id: JobId, input: &TrainInput, seeds: &[u64], grouping: &Grouping) -> anyhow::Result<News> {
        let encoder = if input.recipe.learner.needs_model() { Some(self.encoder()?) } else { None };
        let runs = match train_seeds(input, seeds, encoder.as_deref(), &mut self.listener(id, Cancels::CompareSeeds)) {
            Err(TrainError::Cancelled) => return Ok(News::Cancelled),
            runs => runs?,
        };
        let comparison = compare_runs(runs.into_iter().map(Arc::new).collect(), grouping)?;
        let layout = lay_out(&comparison, 0, BTreeSet::new())?;
        Ok(News::SeedsCompared(Arc::new(comparison), Arc::new(layout)))
    }

    fn compare_models(
        &mut self,
        id: JobId,
        sources: &[ModelSource; 2],
        phrases: &[Arc<str>],
        grouping: &Grouping,
    ) -> anyhow::Result<News> {
        let encoder = self.encoder()?;
        let mut sides = Vec::with_capacity(2);
        for source in sources {
            match source_vectors(source, phrases, &encoder, &mut self.listener(id, Cancels::CompareModels)) {
                Err(SourceError::Model(ModelError::Cancelled)) => return Ok(News::Cancelled),
                side => sides.push(side.with_context(|| source.to_string())?),
            }
        }
        Ok(News::ModelsCompared(Arc::new(compare_models(&sides[0], &sides[1], grouping)?)))
    }

    /// The built-in model, opened once.
    fn encoder(&mut self) -> anyhow::Result<Arc<SentenceEncoder>> {
        Ok(match &self.encoder {
            Some(encoder) => encoder.clone(),
            None => self.encoder.insert(Arc::new(model::embedded()?)).clone(),
        })
    }

    /// A project by its ending, else pairs or phrases: a table with a column of phrases is phrases.
    fn open(&mut self, id: JobId, path: &Path, score_max: f32) -> Result<Content, OpenError> {
        let name = path.to_string_lossy();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            return Ok(Content::Project(files::read(path)?.into()));
        }
        let format = Format::of_name(&name);
        if format.is_of_vectors() {
            let message = "expected phrases, pairs or a project, got a file of vectors; open the file the vectors were made from";
            return Err(OpenError::Data(DataError::Damaged(message.to_owned())));
        }
        let (mut reader, n_bytes) = files::open(path)?;
        if data::holds_phrases(&mut reader, format)? {
            let phrases = data::read_phrases(&files::read(path)?, format, None)?;
            return Ok(Content::Phrases(phrases.into()));
        }
        let pairs = data::read_pairs(&mut reader, format, score_max, n_bytes, &mut self.listener(id, Cancels::Open))?;
        Ok(Content::Pairs(Arc::new(pairs)))
    }

    /// Listens to a long job: serves quick ones in between, reports, and says when to stop.
    fn listener(&mut self, id: JobId, kind: Cancels) -> impl FnMut(Progress) -> ControlFlow<()> + '_ {
        let started = Instant::now();
        let mut reported = started;
        move |progress| {
            self.serve_quick_jobs();
            self.listen(id, kind, progress, started, &mut reported)
        }
    }

    fn listen(
        &mut self,
        id: JobId,
        kind: Cancels,
        progress: Progress,
        started: Instant,
        reported: &mut Instant,
    ) -> ControlFlow<()> {
        if progress != Progress::HEARTBEAT && reported.elapsed() >= REPORT_EVERY {
            *reported = Instant::now();
            let per_second = progress.done as f32 / started.elapsed().as_secs_f32().max(1e-6);
            self.tell_if_room(id, News::Progress { progress, per_second });
        }
        let cancelled = self.signals.cancelled.get(kind as usize).map_or(0, |up_to| up_to.load(Ordering::Relaxed));
        if id <= cancelled || self.is_closing() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// A typed phrase or a save does not wait for a training run to end.
    fn serve_quick_jobs(&mut self) {
        self.waiting.extend(self.jobs.try_iter());
        while let Some(index) = self.waiting.iter().position(|job| job.work.is_quick()) {
            if let Some(job) = self.waiting.remove(index) {
                self.do_job(job);
            }
        }
    }

    fn tell(&self, id: JobId, news: News) {
        // The window may have closed; then nobody wants the news.
        if self.events.send(JobEvent { id, news }).is_ok() {
            (self.wake)();
        }
    }

    /// Progress is dropped when the channel is full, so that a hidden window can't stall the work.
    fn tell_if_room(&self, id: JobId, news: News) {
        match self.events.try_send(JobEvent { id, news }) {
            Ok(()) => (self.wake)(),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

impl Work {
    fn is_quick(&self) -> bool {
        !matches!(
            self,
            Self::Train(..)
                | Self::MapRun(..)
                | Self::Open(..)
                | Self::CompareSeeds(..)
                | Self::CompareModels(..)
                | Self::Sweep(..)
        )
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Embed(_) => "embedding",
            Self::FitModelMap(_) => "fitting the model's map",
            Self::Train(..) => "training",
            Self::MapRun(..) => "drawing the run",
            Self::CompareSeeds(..) => "comparing seeds",
            Self::LayOut(..) => "turning the runs",
            Self::CompareModels(..) => "comparing models",
            Self::Sweep(..) => "training at several dimensions",
            Self::Open(..) => "opening the file",
            Self::SaveModel(..) => "saving the model",
            Self::Write(..) => "writing",
        }
    }
}
