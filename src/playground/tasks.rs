//! What the worker was asked for and has not answered yet: the only book of it.
//!
//! Whoever wants work calls [`Tasks::start`]; what ends a task early is in the table of [`Task`]. The orders
//! that come of it are handed out once, at the end of a change.

use super::run_key::RunKey;
use crate::jobs::{Ender, Job, JobId, Order, Task, Work};
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
    /// This revision of the document.
    Revision(u64),
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
}

impl Tasks {
    /// Asks for `work`; an older job that a newer one of its kind ends is dropped.
    pub(super) fn start(&mut self, work: Work, aim: Aim) {
        let task = work.task();
        if task.row().ended_by.contains(&Ender::Newer) {
            self.drop_task(task);
        }
        self.last_id += 1;
        self.running.push(Running { id: self.last_id, task, aim, progress: None, per_second: 0.0 });
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
            (job.progress, job.per_second) = (Some(progress), per_second);
        }
    }

    /// Asks all that the user may cancel to end soon; what they have so far still comes.
    pub(super) fn stop(&mut self) {
        let stopped = self.running.iter().filter(|job| job.task.row().ended_by.contains(&Ender::User));
        self.orders.extend(stopped.map(|job| Order::Stop(job.id)));
    }

    /// Ends all jobs of a kind: their results are not wanted any more.
    pub(super) fn drop_task(&mut self, task: Task) {
        self.drop_where(|job| job.task == task);
    }

    /// Ends what is of no use to another document. A save that is under way still writes, but saves what is gone.
    pub(super) fn leave_document(&mut self) {
        self.drop_where(|job| job.task.row().ended_by.contains(&Ender::Document));
        for job in self.running.iter_mut().filter(|job| job.task == Task::Save) {
            job.aim = Aim::Nothing;
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

    /// What to tell the user of: the first in the table of tasks.
    pub(super) fn activity(&self) -> Option<Activity> {
        let first = self.running.iter().min_by_key(|job| job.task)?;
        Some(Activity { task: first.task, progress: first.progress, per_second: first.per_second })
    }

    /// What has been asked for since the last time.
    pub(super) fn take_orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }
}

impl Aim {
    /// The run that it was for, if it was for one.
    pub(super) fn run_key(self) -> Option<RunKey> {
        match self {
            Self::Run(key) => Some(*key),
            Self::Nothing | Self::Axes(_) | Self::Revision(_) => None,
        }
    }
}
