//! Runs from several seeds: trained together, laid out side by side, played in step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::context::ViewContext;
use super::{View, ViewCommand};
use crate::compare::{Comparison, Layout, MAX_RUNS, Turning};
use crate::jobs::{Task, Work};
use crate::playground::document::PhraseId;
use crate::playground::panel::{Panel, Shown};
use crate::playground::picture::Picture;
use crate::playground::run_key::RunKey;
use crate::playground::tasks::Aim;
use crate::playground::wanted::Wanted;
use crate::train::{Recipe, Run};

/// Runs that a first comparison has.
const USUAL_RUNS: usize = 4;

/// What can be done with runs from several seeds.
#[derive(Debug, Clone, PartialEq)]
pub enum SeedsCommand {
    /// Train this many runs from consecutive seeds, and compare them.
    Compare(usize),
    /// Put the compared runs side by side in this way.
    SetTurning(Turning),
    /// Turn the compared runs onto this one.
    SetReference(usize),
    /// Turn them so that these phrases lie still; none: all phrases count the same.
    Hold(Vec<PhraseId>),
}

impl From<SeedsCommand> for ViewCommand {
    fn from(command: SeedsCommand) -> Self {
        Self::Seeds(command)
    }
}

/// Runs from several seeds, and how they are shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeedsState {
    comparison: Option<Arc<Comparison>>,
    layout: Option<Arc<Layout>>,
    /// What the runs were made from.
    key: Option<RunKey>,
    turning: Turning,
    /// The run that the others are to be turned onto, and the phrases that are to be held still meanwhile.
    reference: usize,
    held: BTreeSet<Arc<str>>,
}

impl SeedsState {
    /// The runs, once they are trained.
    pub fn comparison(&self) -> Option<&Arc<Comparison>> {
        self.comparison.as_ref()
    }

    /// Where their phrases are drawn.
    pub fn layout(&self) -> Option<&Arc<Layout>> {
        self.layout.as_ref()
    }

    /// How they are put side by side.
    pub fn turning(&self) -> Turning {
        self.turning
    }

    /// Run `index` of those that are compared, at the step shown; `None` until there is one.
    pub fn panel(&self, shown: &Shown<'_>, index: usize, turning: Turning) -> Option<Panel> {
        seed_panel(shown, (self.comparison()?, self.layout()?), index, turning)
    }

    pub(super) fn carry_out(&mut self, command: SeedsCommand, context: &mut ViewContext<'_>) {
        match command {
            SeedsCommand::Compare(n_runs) => compare(n_runs, context),
            SeedsCommand::SetTurning(turning) => self.turning = turning,
            SeedsCommand::SetReference(index) => {
                self.reference = index;
                self.lay_out(context);
            }
            SeedsCommand::Hold(phrases) => {
                let text = |id: &PhraseId| Some(context.document.phrase(*id)?.text.clone());
                self.held = phrases.iter().filter_map(text).collect();
                self.lay_out(context);
            }
        }
    }

    fn lay_out(&self, context: &mut ViewContext<'_>) {
        if let Some(comparison) = self.comparison.clone() {
            context.tasks.start(Work::LayOut(comparison, self.reference, self.held.clone()), Aim::Nothing);
        }
    }

    /// Takes runs that were trained and compared; a view that `is_shown` goes to their end.
    pub(in crate::playground) fn take(
        &mut self,
        aim: Aim,
        (comparison, layout): (Arc<Comparison>, Arc<Layout>),
        context: &mut ViewContext<'_>,
        is_shown: bool,
    ) {
        // A layout of the runs before is of no use.
        context.tasks.drop_task(Task::LayOut);
        let last_step = comparison.last_step();
        (self.comparison, self.layout, self.key) = (Some(comparison), Some(layout), aim.run_key());
        (self.reference, self.held) = (0, BTreeSet::new());
        if is_shown {
            context.playhead.go_to(last_step);
        }
    }

    pub(in crate::playground) fn take_layout(&mut self, layout: Arc<Layout>) {
        self.layout = Some(layout);
    }
}

fn compare(n_runs: usize, context: &mut ViewContext<'_>) {
    let Some((input, key)) = context.several_runs() else { return };
    let n_runs = n_runs.clamp(2, MAX_RUNS) as u64;
    let seeds = (0..n_runs).map(|index| input.recipe.seed.wrapping_add(index)).collect();
    let work = Work::CompareSeeds(context.document.model.clone(), Box::new(input), seeds, context.document.grouping());
    context.tasks.start(work, Aim::Run(Box::new(key)));
}

impl View for SeedsState {
    fn open(&mut self, context: &mut ViewContext<'_>) {
        let has_begun = self.comparison.is_some() || context.tasks.is_running(Task::CompareSeeds);
        if !has_begun && context.trains_quickly() {
            compare(USUAL_RUNS, context);
        }
    }

    /// The longest of them.
    fn played_run(&self) -> Option<&Arc<Run>> {
        let comparison = self.comparison.as_ref()?;
        comparison.runs.iter().find(|run| run.last_step() == comparison.last_step())
    }

    fn is_outdated(&self, wanted: &Wanted) -> bool {
        self.key.as_ref().is_some_and(|key| wanted.differs_from(key, |recipe| Recipe { seed: 0, ..recipe.clone() }))
    }
}

/// Run `index` of `comparison` at the step shown.
pub fn seed_panel(
    shown: &Shown<'_>,
    (comparison, layout): (&Comparison, &Layout),
    index: usize,
    turning: Turning,
) -> Option<Panel> {
    let picture_of = |index: usize| {
        let (run, map) = (comparison.runs.get(index)?, layout.map(index, turning)?);
        let position = shown.position.min(run.last_step() as f64);
        Picture::of_run(shown.document, &shown.phrases, run, map, position, &|_| None)
    };
    let mut picture = picture_of(index)?;
    picture.bounds = [-layout.reach, -layout.reach, layout.reach, layout.reach];
    let is_reference = index == layout.reference;
    let origins = match turning {
        Turning::Aligned if !is_reference => {
            picture_of(layout.reference)?.places.into_iter().map(|place| (place.phrase, place.at)).collect()
        }
        Turning::Aligned | Turning::Raw | Turning::SameSigns => BTreeMap::new(),
    };
    let mark = if is_reference { " · reference" } else { "" };
    Some(Panel { title: format!("{}{mark}", comparison.name(index)), is_reference, picture, origins })
}
