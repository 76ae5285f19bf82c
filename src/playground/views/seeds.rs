//! Runs from several seeds, or of two recipes: trained together or kept from before, laid out side by side, played in step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::context::ViewContext;
use super::kept::{Kept, KeptId, KeptRun, usual_name};
use super::{View, ViewCommand};
use crate::compare::{Comparison, Layout, MAX_RUNS, Seeds, Turning};
use crate::jobs::{Task, Work};
use crate::playground::document::{Phrase, PhraseId};
use crate::playground::panel::{Panel, Shown};
use crate::playground::picture::Picture;
use crate::playground::run_key::RunKey;
use crate::playground::tasks::Aim;
use crate::playground::wanted::Wanted;
use crate::train::{Recipe, Run, TrainInput};

/// Runs that a first comparison has.
const USUAL_RUNS: usize = 4;

/// What can be done with runs from several seeds.
#[derive(Debug, Clone, PartialEq)]
pub enum SeedsCommand {
    /// Train the recipe from each of these seeds, and compare the runs.
    Compare(Seeds),
    /// Train the recipe and that of a kept run from each of these seeds, and compare all of them.
    CompareRecipes(Seeds, KeptId),
    /// Compare the run of the map with these kept ones, as they are.
    CompareRuns(Vec<KeptId>),
    /// Keep this one of the runs that are compared.
    Keep(usize),
    /// Keep the run of the map.
    KeepTrained,
    /// Give a kept run another name.
    Rename(KeptId, String),
    /// Keep a run no longer.
    Forget(KeptId),
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
    /// The step that the numbers were asked for last: one that failed is not asked for again and again.
    asked: Option<usize>,
    /// Runs that stay, whatever is compared.
    kept: Kept,
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

    /// The runs that are kept, in the order in which they came.
    pub fn kept(&self) -> &[KeptRun] {
        self.kept.runs()
    }

    /// A run that is kept.
    pub fn kept_run(&self, id: KeptId) -> Option<&KeptRun> {
        self.kept.get(id)
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
            SeedsCommand::Compare(seeds) => compare(&seeds, None, context),
            SeedsCommand::CompareRecipes(seeds, id) => compare(&seeds, self.kept.get(id), context),
            SeedsCommand::CompareRuns(ids) => self.compare_runs(&ids, context),
            SeedsCommand::Keep(index) => {
                let run = self.comparison.as_ref().and_then(|comparison| comparison.runs.get(index)).cloned();
                self.keep_or_tell(run, context);
            }
            SeedsCommand::KeepTrained => self.keep_or_tell(context.recorded.run.clone(), context),
            SeedsCommand::Rename(id, name) => {
                self.kept.rename(id, &name).unwrap_or_else(|why| context.tell(why, true));
            }
            SeedsCommand::Forget(id) => self.kept.forget(id),
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

    /// Keeps a run that comes from elsewhere; says what it is called then, or why it can't be kept.
    pub(in crate::playground) fn keep(&mut self, name: &str, run: Arc<Run>) -> Result<String, String> {
        self.kept.keep(name, run)
    }

    fn keep_or_tell(&mut self, run: Option<Arc<Run>>, context: &mut ViewContext<'_>) {
        let Some(run) = run else { return context.tell("There is no run to keep yet; make pairs first.", true) };
        match self.kept.keep(&usual_name(&run), run) {
            Ok(name) => context.tell(format!("Kept as “{name}”."), false),
            Err(why) => context.tell(why, true),
        }
    }

    /// The run of the map beside kept ones. Of the map's run there is one, so its key is that of the comparison.
    fn compare_runs(&self, ids: &[KeptId], context: &mut ViewContext<'_>) {
        let kept = ids.iter().filter_map(|id| self.kept.get(*id)).map(|kept| (kept.name.clone(), kept.run.clone()));
        let own = context.recorded.run.clone().map(|run| (format!("the run, seed {}", run.recipe.seed), run));
        let runs: Vec<(String, Arc<Run>)> = own.into_iter().chain(kept).collect();
        if !(2..=MAX_RUNS).contains(&runs.len()) {
            return context.tell(format!("Nothing to compare: expected 2 to {MAX_RUNS} runs, got {}.", runs.len()), true);
        }
        let aim = context.recorded.key.clone().map_or(Aim::Nothing, |key| Aim::Run(Box::new(key)));
        context.tasks.start(Work::CompareRuns(runs, context.document.grouping()), aim);
    }

    /// Measures the runs at the step that is shown, once what was asked for before is there.
    pub(super) fn plan(&mut self, context: &mut ViewContext<'_>) {
        let Some(comparison) = &self.comparison else { return };
        let step = context.playhead.step(comparison.last_step());
        if comparison.step != step && self.asked != Some(step) && !context.tasks.is_running(Task::MeasureRuns) {
            self.asked = Some(step);
            context.tasks.start(Work::MeasureRuns(comparison.clone(), step), Aim::Nothing);
        }
    }

    /// For another document there are no runs to compare but those that are kept.
    pub(super) fn for_another_document(&self) -> Self {
        Self { kept: self.kept.clone(), turning: self.turning, ..Self::default() }
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
        // A layout and measures of the runs before are of no use.
        [Task::LayOut, Task::MeasureRuns].into_iter().for_each(|task| context.tasks.drop_task(task));
        let last_step = comparison.last_step();
        (self.comparison, self.layout, self.key) = (Some(comparison), Some(layout), aim.run_key());
        (self.reference, self.held, self.asked) = (0, BTreeSet::new(), None);
        if is_shown {
            context.playhead.go_to(last_step);
        }
    }

    pub(in crate::playground) fn take_measured(&mut self, comparison: Arc<Comparison>) {
        (self.comparison, self.asked) = (Some(comparison), None);
    }

    pub(in crate::playground) fn take_layout(&mut self, layout: Arc<Layout>) {
        self.layout = Some(layout);
    }
}

/// Trains the recipe of the document from `seeds`, and that of `other` beside it if there is one.
fn compare(seeds: &Seeds, other: Option<&KeptRun>, context: &mut ViewContext<'_>) {
    let Some((mut input, key)) = context.several_runs() else { return };
    let of = |name: &str, recipe: &Recipe| -> Vec<(String, Recipe)> {
        let named = |seed: &u64| (format!("{name}seed {seed}"), Recipe { seed: *seed, ..recipe.clone() });
        seeds.all().iter().map(named).collect()
    };
    let recipes = match other {
        None => of("", &input.recipe),
        Some(other) => {
            let recipe = &other.run.recipe;
            if let Err(why) = fits(&mut input, recipe, context) {
                return context.tell(format!("The recipe of “{}” can't be trained here: {why}.", other.name), true);
            }
            of("this recipe, ", &input.recipe).into_iter().chain(of(&format!("{}, ", other.name), recipe)).collect()
        }
    };
    if recipes.len() > MAX_RUNS {
        let most = MAX_RUNS / 2;
        return context.tell(
            format!(
                "Two recipes have {} runs of {} seeds; expected at most {MAX_RUNS} runs, so {most} seeds.",
                recipes.len(),
                seeds.all().len()
            ),
            true,
        );
    }
    let work = Work::CompareSeeds(context.document.model.clone(), Box::new(input), recipes, context.document.grouping());
    context.tasks.start(work, Aim::Run(Box::new(key)));
}

/// Makes `input` one that `recipe` can be trained on too: with the model's vectors where it needs them.
fn fits(input: &mut TrainInput, recipe: &Recipe, context: &ViewContext<'_>) -> Result<(), String> {
    if recipe.needs_vectors() && input.model_vectors.is_none() {
        let all: Vec<&Phrase> = context.document.phrases.iter().collect();
        let vectors = context.embedded.vectors_of(&all);
        input.model_vectors =
            Some(vectors.ok_or("it needs the model's vectors of all phrases; look at Explore until they are there")?);
    }
    TrainInput { recipe: recipe.clone(), ..input.clone() }.check().map_err(|why| why.to_string())
}

impl View for SeedsState {
    fn open(&mut self, context: &mut ViewContext<'_>) {
        let has_begun = self.comparison.is_some() || context.tasks.is_running(Task::CompareSeeds);
        if !has_begun && context.trains_quickly() {
            compare(&Seeds::from_first(context.document.recipe.seed, USUAL_RUNS), None, context);
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
