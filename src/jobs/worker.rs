//! The threads: the queues of jobs, what is stopped, progress, and the handle to all of it.
//!
//! What a job does is in `work.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::work::{Hand, Job, JobEvent, JobId, News, Outcome};
use crate::model::{Library, VectorCache};
use crate::progress::{BYTES, Progress};

/// Jobs and events that may wait in a channel.
const CHANNEL_LEN: usize = 256;

/// How often progress is reported at most.
const REPORT_EVERY: Duration = Duration::from_millis(40);

/// What the worker is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Do this.
    Start(Job),
    /// End this job soon, and hand in what it has so far.
    Stop(JobId),
    /// End this job: nobody wants its result any more.
    Drop(JobId),
}

/// How soon a job is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Stopped,
    Dropped,
}

/// What a piece of work listens to: a part that only draws what was recorded goes on when the job is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heeds {
    /// Ends when the job is stopped, and when it is dropped.
    Stop,
    /// Ends only when it is dropped.
    Drop,
}

/// A handle on the worker thread and the errand thread beside it, which end when the handle is dropped.
pub struct Worker {
    jobs: Option<Queues>,
    events: Receiver<JobEvent>,
    signals: Arc<Signals>,
    threads: Vec<JoinHandle<()>>,
}

/// Where jobs wait, by who does them.
struct Queues {
    worker: SyncSender<Job>,
    errands: SyncSender<Job>,
}

impl Queues {
    fn of(&self, hand: Hand) -> &SyncSender<Job> {
        match hand {
            Hand::Worker => &self.worker,
            Hand::Errands => &self.errands,
        }
    }
}

/// What the handle tells the thread while it works.
#[derive(Default)]
struct Signals {
    ends: Mutex<BTreeMap<JobId, End>>,
    closing: AtomicBool,
}

impl Signals {
    fn end(&self, id: JobId, how: End) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let end = ends.entry(id).or_insert(how);
        *end = how.max(*end);
    }

    fn end_of(&self, id: JobId) -> Option<End> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    fn forget(&self, id: JobId) {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

impl Worker {
    /// Starts the threads; `wake` is called after every event. It keeps no vectors on disk.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn start(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        Self::with_cache(None, wake)
    }

    /// The same, with a cache in which vectors are looked for before a model is asked, and kept.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn with_cache(cache: Option<VectorCache>, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        Self::with_library(Arc::default(), cache, wake)
    }

    /// The same, with the models of `library`.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn with_library(
        library: Arc<Library>,
        cache: Option<VectorCache>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (event_sender, events) = sync_channel(CHANNEL_LEN);
        let (signals, wake) = (Arc::<Signals>::default(), Arc::new(wake));
        let cache = cache.map(Arc::new);
        let mut threads = Vec::new();
        let mut start = |name: &str| {
            let (sender, jobs) = sync_channel(CHANNEL_LEN);
            let its_own = WorkerThread {
                jobs,
                waiting: VecDeque::new(),
                events: event_sender.clone(),
                wake: wake.clone(),
                signals: signals.clone(),
                library: Arc::clone(&library),
                cache: cache.clone(),
            };
            let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || its_own.work())?;
            threads.push(thread);
            Ok::<_, std::io::Error>(sender)
        };
        let jobs = Queues { worker: start("worker")?, errands: start("errands")? };
        Ok(Self { jobs: Some(jobs), events, signals, threads })
    }

    /// Takes an order.
    pub fn carry_out(&self, order: Order) {
        match order {
            Order::Start(job) => self.submit(job),
            Order::Stop(id) => self.signals.end(id, End::Stopped),
            Order::Drop(id) => self.signals.end(id, End::Dropped),
        }
    }

    fn submit(&self, job: Job) {
        if let Some(jobs) = &self.jobs
            && let Err(error) = jobs.of(job.work.task().row().hand).send(job)
        {
            log::error!("the worker is gone: {error}");
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
        // A thread may be waiting for room in the channel of events.
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            while self.events.try_recv().is_ok() {}
            std::thread::sleep(Duration::from_millis(1));
        }
        for thread in self.threads.drain(..) {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            if thread.join().is_err() {
                log::error!("the {name} thread panicked");
            }
        }
    }
}

/// What is said when work called `label` panicked.
fn fault_in(label: &str) -> String {
    let log = crate::files::log_folder().map_or(String::new(), |folder| format!("; the log in {} has more", folder.display()));
    format!("{label} broke off by a fault of the program; what you made is unchanged{log}")
}

/// When a piece of work began, what was last reported of it and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    started: Instant,
    reported: Instant,
    /// The first news of the step that is going on, by its total and unit, and when it came.
    first: Option<(Progress, Instant)>,
    /// News that came too soon after others to be told.
    untold: Option<Progress>,
}

impl Default for Clock {
    fn default() -> Self {
        let now = Instant::now();
        Self { started: now, reported: now, first: None, untold: None }
    }
}

impl Clock {
    /// What is to be told now that `progress` is heard, with units a second; a heartbeat lets what is untold be told.
    fn hear(&mut self, progress: Progress) -> Option<(Progress, f32)> {
        if progress != Progress::HEARTBEAT {
            self.untold = Some(progress);
        }
        let now = Instant::now();
        if now - self.reported < REPORT_EVERY {
            return None;
        }
        let progress = self.untold.take()?;
        self.reported = now;
        let (first, since) = self.first_of_step(progress, now);
        Some((progress, progress.done.saturating_sub(first) as f32 / (now - since).as_secs_f32().max(1e-6)))
    }

    /// Where the step of `progress` began, and when. What comes over a network may have come in part before.
    fn first_of_step(&mut self, progress: Progress, now: Instant) -> (usize, Instant) {
        let is_same = |(first, _): &(Progress, Instant)| (first.total, first.unit) == (progress.total, progress.unit);
        let is_whole_work = self.first.is_none() && !progress.unit.starts_with(BYTES);
        let (first, since) = match self.first.filter(is_same) {
            Some(known) => known,
            None if is_whole_work => (Progress { done: 0, ..progress }, self.started),
            None => (progress, now),
        };
        self.first = Some((first, since));
        (first.done, since)
    }
}

/// What the thread works with.
pub(super) struct WorkerThread {
    jobs: Receiver<Job>,
    waiting: VecDeque<Job>,
    events: SyncSender<JobEvent>,
    wake: Arc<dyn Fn() + Send + Sync>,
    signals: Arc<Signals>,
    pub(super) library: Arc<Library>,
    pub(super) cache: Option<Arc<VectorCache>>,
}

impl WorkerThread {
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
        let label = work.task().row().label;
        // One that was dropped while it waited is not begun.
        if self.signals.end_of(id) != Some(End::Dropped) {
            log::debug!("job {id}: {label}");
            let outcome = catch_unwind(AssertUnwindSafe(|| self.outcome_of(id, work)));
            let outcome = outcome.unwrap_or_else(|_| Ok(Outcome::Failed(fault_in(label))));
            self.tell(id, News::Ended(outcome.unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")))));
        }
        self.signals.forget(id);
    }

    /// Listens to a long job: serves quick ones in between, reports, and says when to stop.
    pub(super) fn listener(&mut self, id: JobId, heeds: Heeds) -> impl FnMut(Progress) -> ControlFlow<()> + '_ {
        let mut clock = Clock::default();
        move |progress| {
            self.serve_quick_jobs();
            self.listen(id, heeds, progress, &mut clock)
        }
    }

    pub(super) fn listen(&mut self, id: JobId, heeds: Heeds, progress: Progress, clock: &mut Clock) -> ControlFlow<()> {
        if let Some((progress, per_second)) = clock.hear(progress) {
            self.tell_if_room(id, News::Progress { progress, per_second });
        }
        let is_ended = match self.signals.end_of(id) {
            Some(End::Stopped) => heeds == Heeds::Stop,
            Some(End::Dropped) => true,
            None => false,
        };
        if is_ended || self.is_closing() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// A typed phrase or a save does not wait for a training run to end.
    fn serve_quick_jobs(&mut self) {
        self.waiting.extend(self.jobs.try_iter());
        while let Some(index) = self.waiting.iter().position(|job| job.work.task().row().is_quick) {
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
    pub(super) fn tell_if_room(&self, id: JobId, news: News) {
        match self.events.try_send(JobEvent { id, news }) {
            Ok(()) => (self.wake)(),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}
