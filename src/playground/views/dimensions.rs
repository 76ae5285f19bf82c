//! One recipe at several dimensions.

use std::sync::Arc;

use super::context::ViewContext;
use super::{View, ViewCommand};
use crate::compare::Sweep;
use crate::jobs::{Task, Work};
use crate::playground::panel::{Panel, Shown};
use crate::playground::picture::Picture;
use crate::playground::run_key::RunKey;
use crate::playground::tasks::Aim;
use crate::playground::wanted::Wanted;
use crate::train::{Recipe, bounds_of};

/// What can be done with runs at several dimensions.
#[derive(Debug, Clone, PartialEq)]
pub enum DimensionsCommand {
    /// Train them.
    Train,
}

impl From<DimensionsCommand> for ViewCommand {
    fn from(command: DimensionsCommand) -> Self {
        Self::Dimensions(command)
    }
}

/// Runs at several dimensions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DimensionsState {
    sweep: Option<Arc<Sweep>>,
    /// What the runs were made from.
    key: Option<RunKey>,
}

impl DimensionsState {
    /// The runs, once they are trained.
    pub fn sweep(&self) -> Option<&Arc<Sweep>> {
        self.sweep.as_ref()
    }

    /// The map of the run at the `index`-th of the dimensions, at its last step.
    pub fn panel(&self, shown: &Shown<'_>, index: usize) -> Option<Panel> {
        let point = self.sweep()?.points.get(index)?;
        let (run, last) = (&point.run, point.run.last_step());
        let picture = Picture::of_run(shown.document, &shown.phrases, run, &point.map, last as f64, &|_| None)?;
        let bounds = bounds_of(point.map.frame(run.frames.len().saturating_sub(1)).into_iter());
        Some(Panel::alone(format!("d = {}", point.dims), picture, bounds))
    }

    pub(super) fn carry_out(&mut self, command: DimensionsCommand, context: &mut ViewContext<'_>) {
        match command {
            DimensionsCommand::Train => train(context),
        }
    }

    pub(in crate::playground) fn take(&mut self, aim: Aim, sweep: Arc<Sweep>) {
        (self.sweep, self.key) = (Some(sweep), aim.run_key());
    }
}

fn train(context: &mut ViewContext<'_>) {
    if let Some(why) = Sweep::obstacle(&context.document.recipe) {
        context.tell(format!("Not at several dimensions: {why}."), true);
    } else if let Some((input, key)) = context.several_runs() {
        context.tasks.start(Work::Sweep(context.document.model.clone(), Box::new(input)), Aim::Run(Box::new(key)));
    }
}

impl View for DimensionsState {
    fn open(&mut self, context: &mut ViewContext<'_>) {
        let has_begun = self.sweep.is_some() || context.tasks.is_running(Task::Sweep);
        if !has_begun && context.trains_quickly() && Sweep::obstacle(&context.document.recipe).is_none() {
            train(context);
        }
    }

    fn is_outdated(&self, wanted: &Wanted) -> bool {
        self.key.as_ref().is_some_and(|key| wanted.differs_from(key, |recipe| Recipe { dims: 2, ..recipe.clone() }))
    }
}
