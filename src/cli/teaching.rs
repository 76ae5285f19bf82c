//! A lesson given without a window: each step by *Show me*, to the end of the work that follows.

use std::sync::Arc;
use std::time::Duration;

use super::output;
use crate::jobs::{Order, Worker};
use crate::playground::{Command, Given, Lesson, LessonCommand, Playground};

/// How long the worker is waited for before it is looked whether it still has something to do.
const PATIENCE: Duration = Duration::from_millis(100);

/// A lesson with whoever works for it.
pub(super) struct Teaching {
    pub(super) playground: Playground,
    worker: Worker,
}

impl Teaching {
    /// The lesson at its first step.
    pub(super) fn begin(lesson: &Arc<Lesson>) -> anyhow::Result<Self> {
        let (playground, orders) = Playground::giving(lesson);
        let mut teaching = Self { playground, worker: Worker::start(|| {})? };
        teaching.carry_out(orders);
        teaching.settle()?;
        Ok(teaching)
    }

    /// Does what the step waits for, and shows what came of it; where that does not come about, says so.
    pub(super) fn show(&mut self) -> anyhow::Result<()> {
        self.send(LessonCommand::ShowMe)?;
        if let Some(given) = self.playground.course().given().filter(|given| !given.progressed().is_revealed) {
            let (name, step) = (&given.lesson().name, given.place() + 1);
            output::note(&format!("lesson {name:?}, step {step}: what it waits for did not come about"));
        }
        Ok(())
    }

    /// Goes on to the next step; `false` if this is the last one.
    pub(super) fn next(&mut self) -> anyhow::Result<bool> {
        let is_last = self.playground.course().given().is_none_or(Given::is_last);
        if !is_last {
            self.send(LessonCommand::Next)?;
        }
        Ok(!is_last)
    }

    fn send(&mut self, command: LessonCommand) -> anyhow::Result<()> {
        let orders = self.playground.apply(Command::from(crate::playground::Act::Lesson(command)));
        self.carry_out(orders);
        self.settle()
    }

    fn carry_out(&self, orders: Vec<Order>) {
        orders.into_iter().for_each(|order| self.worker.carry_out(order));
    }

    /// Takes in what the worker has to say until it owes nothing.
    fn settle(&mut self) -> anyhow::Result<()> {
        let mut line = output::progress_line();
        while self.playground.is_busy() {
            let Some(event) = self.worker.recv_timeout(PATIENCE) else { continue };
            let orders = self.playground.absorb(event);
            self.carry_out(orders);
            if let Some(progress) = self.playground.activity().and_then(|activity| activity.progress)
                && line(progress).is_break()
            {
                anyhow::bail!("cancelled");
            }
        }
        match self.playground.notice().filter(|notice| notice.is_error) {
            Some(notice) => anyhow::bail!("{}", notice.text),
            None => Ok(()),
        }
    }
}
