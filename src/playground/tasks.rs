//! What the worker was asked for and has not answered yet: the only book of it.
//!
//! Whoever wants work calls [`Tasks::start`]; what ends a task early is in the table of [`Task`]. The orders
//! that come of it are handed out once, at the end of a change.

use std::collections::BTreeMap;

use super::found_models::ModelUse;
use super::run_key::RunKey;
use crate::jobs::{Ender, Hand, Job, JobId, Order, Task, Work};
use crate::model::{ModelChoice, Source};
use crate::progress::Progress;
use crate::train::Axes;

/// What a job was started for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Aim {
    /// Its result says all.
    Nothing,
    /// A run with this key.
    Run(Box<RunKey>),
    /// A map on these axes.
    Axes(Axes),
    /// This revision of the document, in a file whose bytes have this print.
    Revision(u64, u64),
    /// What this model is.
    Look(Source),
    /// To use a model that is being fetched in place of the one that there was then.
    Fetch {
        choice: ModelChoice,
        /// What for; `None`: nobody waits for it any more.
        purpose: Option<ModelUse>,
        before: Option<ModelChoice>,
    },
}

/// A job that was handed in and has not ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Running {
    pub(super) id: JobId,
    pub(super) task: Task,
    pub(super) aim: Aim,
    progress: Option<Progress>,
    per_second: f32,
}

/// Long work under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Activity {
    /// What kind of work it is.
    pub task: Task,
    /// How far it is, once known.
    pub progress: Option<Progress>,
    /// Units a second.
    pub per_second: f32,
}

/// Everything under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Tasks {
    last_id: JobId,
    running: Vec<Running>,
    orders: Vec<Order>,
    /// The last rate that was known of each kind of work: one that is done in many small jobs has no time to measure it.
    rates: BTreeMap<Task, f32>,
}

impl Tasks {
    /// Asks for `work`; an older job that a newer one of its kind ends is dropped.
    pub(super) fn start(&mut self, work: Work, aim: Aim) {
        let task = work.task();
        if task.row().ended_by.contains(&Ender::Newer) {
            self.drop_task(task);
        }
        self.last_id += 1;
        let per_second = self.rates.get(&task).copied().unwrap_or(0.0);
        self.running.push(Running { id: self.last_id, task, aim, progress: None, per_second });
        self.orders.push(Order::Start(Job { id: self.last_id, work }));
    }

    /// Takes job `id` out of the book, because it has ended; `None` if nobody waits for it any more.
    pub(super) fn finish(&mut self, id: JobId) -> Option<Running> {
        let index = self.running.iter().position(|job| job.id == id)?;
        Some(self.running.remove(index))
    }

    /// Notes how far job `id` is.
    pub(super) fn note(&mut self, id: JobId, progress: Progress, per_second: f32) {
        if let Some(job) = self.running.iter_mut().find(|job| job.id == id) {
            if per_second > 0.0 {
                self.rates.insert(job.task, per_second);
            }
            job.per_second = self.rates.get(&job.task).copied().unwrap_or(0.0);
            job.progress = Some(progress);
        }
    }

    /// Asks all of the worker that the user may cancel to end soon; what they have so far still comes.
    pub(super) fn stop(&mut self) {
        self.stop_where(|job| job.task.row().hand == Hand::Worker);
    }

    /// Asks the jobs of a kind to end soon.
    pub(super) fn stop_task(&mut self, task: Task) {
        self.stop_where(|job| job.task == task);
    }

    fn stop_where(&mut self, is_stopped: impl Fn(&Running) -> bool) {
        let stopped = self.running.iter().filter(|job| is_stopped(job) && job.task.row().ended_by.contains(&Ender::User));
        self.orders.extend(stopped.map(|job| Order::Stop(job.id)));
    }

    /// Ends all jobs of a kind: their results are not wanted any more.
    pub(super) fn drop_task(&mut self, task: Task) {
        self.drop_where(|job| job.task == task);
    }

    /// Ends what is of no use to another document. A save that is under way still writes, but saves what is gone; a model
    /// still comes, but another document did not ask for it.
    pub(super) fn leave_document(&mut self) {
        self.drop_where(|job| job.task.row().ended_by.contains(&Ender::Document));
        for job in &mut self.running {
            match &mut job.aim {
                Aim::Fetch { purpose, .. } => *purpose = None,
                Aim::Revision(..) => job.aim = Aim::Nothing,
                Aim::Nothing | Aim::Run(_) | Aim::Axes(_) | Aim::Look(_) => {}
            }
        }
    }

    fn drop_where(&mut self, is_dropped: impl Fn(&Running) -> bool) {
        self.orders.extend(self.running.iter().filter(|job| is_dropped(job)).map(|job| Order::Drop(job.id)));
        self.running.retain(|job| !is_dropped(job));
    }

    /// The latest job of a kind.
    pub(super) fn running(&self, task: Task) -> Option<&Running> {
        self.running.iter().rev().find(|job| job.task == task)
    }

    pub(super) fn is_running(&self, task: Task) -> bool {
        self.running(task).is_some()
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    /// What the worker is at that the user is told of: the first in the table of tasks.
    pub(super) fn activity(&self) -> Option<Activity> {
        let of_worker = self.running.iter().filter(|job| job.task.row().hand == Hand::Worker);
        Some(of_worker.min_by_key(|job| job.task)?.activity())
    }

    /// What has been asked for since the last time.
    pub(super) fn take_orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }
}

impl Running {
    pub(super) fn activity(&self) -> Activity {
        Activity { task: self.task, progress: self.progress, per_second: self.per_second }
    }
}

impl Aim {
    /// The run that it was for, if it was for one.
    pub(super) fn run_key(self) -> Option<RunKey> {
        match self {
            Self::Run(key) => Some(*key),
            Self::Nothing | Self::Axes(_) | Self::Revision(..) | Self::Look(_) | Self::Fetch { .. } => None,
        }
    }
}
