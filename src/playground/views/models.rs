//! Two models on the same phrases, each in its own space.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::ViewContext;
use super::{View, ViewCommand};
use crate::compare::{ModelComparison, Side, Subject};
use crate::jobs::{Task, Work};
use crate::memo::ByPlace;
use crate::model::{ModelChoice, Source};
use crate::playground::document::Phrase;
use crate::playground::panel::{Panel, Shown};
use crate::playground::picture::Picture;
use crate::playground::tasks::Aim;
use crate::train::{Run, bounds_of};

/// What can be done with two models.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelsCommand {
    /// Let the first or the second (0, 1) be that; nothing is compared yet.
    Choose(usize, SideChoice),
    /// Compare the two that are chosen on the phrases of the list.
    CompareChosen,
    /// Compare these two.
    Compare(Box<[SideChoice; 2]>),
}

impl From<ModelsCommand> for ViewCommand {
    fn from(command: ModelsCommand) -> Self {
        Self::Models(command)
    }
}

/// What can be compared, as it is chosen in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SideChoice {
    /// A model.
    Model(ModelChoice),
    /// The run of the map at a step.
    Run(usize),
}

impl SideChoice {
    /// What it is called, for people.
    pub fn name(&self) -> String {
        match self {
            Self::Model(choice) => choice.name(),
            Self::Run(step) => format!("the run at step {step}"),
        }
    }

    /// The model, if it is one.
    pub fn model(&self) -> Option<&ModelChoice> {
        match self {
            Self::Model(choice) => Some(choice),
            Self::Run(_) => None,
        }
    }
}

/// Two sides that are compared on phrases.
#[derive(Debug, Clone, PartialEq)]
struct Compared {
    sides: [SideChoice; 2],
    phrases: ByPlace<Vec<Phrase>>,
}

/// Two models, and what they were chosen from.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelsState {
    /// What is to be compared next.
    sides: [SideChoice; 2],
    comparison: Option<Arc<ModelComparison>>,
    /// What that is of.
    compared: Option<Compared>,
    /// What is being compared, or failed.
    asked: Option<Compared>,
}

/// A model and what it knows before it has learned anything.
impl Default for ModelsState {
    fn default() -> Self {
        let sides = [Source::Embedded, Source::Random(1)].map(|source| SideChoice::Model(source.into()));
        Self { sides, comparison: None, compared: None, asked: None }
    }
}

impl ModelsState {
    /// The two, once they are compared.
    pub fn comparison(&self) -> Option<&Arc<ModelComparison>> {
        self.comparison.as_ref()
    }

    /// What the comparison is of.
    pub fn choices(&self) -> Option<&[SideChoice; 2]> {
        self.compared.as_ref().map(|compared| &compared.sides)
    }

    /// What the comparison is of, in a sentence, where that is not what is chosen, or is no longer as it was then: the two
    /// are being compared if `is_coming`; `run` is that of the map, `phrases` those of the list.
    pub(in crate::playground) fn standing(
        &self,
        is_coming: bool,
        run: Option<&Arc<Run>>,
        phrases: &Arc<Vec<Phrase>>,
    ) -> Option<String> {
        let (comparison, compared) = (self.comparison.as_ref()?, self.compared.as_ref()?);
        let names = |sides: &[SideChoice; 2]| format!("{} and {}", sides[0].name(), sides[1].name());
        let [first, second] = [0, 1].map(|side| comparison.sides[side].subject.to_string());
        if let Some(asked) = self.asked.as_ref().filter(|_| is_coming) {
            return Some(format!("These are {first} and {second}. Comparing {} …", names(&asked.sides)));
        }
        if self.sides != compared.sides {
            return Some(format!("These are {first} and {second}. Chosen are {}: press Compare.", names(&self.sides)));
        }
        let is_of_run = |side: &Side| match &side.subject {
            Subject::RunAt { run: of, .. } => run.is_some_and(|run| Arc::ptr_eq(run, of)),
            Subject::Model(_) => true,
        };
        let why = match () {
            () if !comparison.sides.iter().all(is_of_run) => "The run was trained again since",
            () if compared.phrases != ByPlace(phrases.clone()) => "The phrases or their groups have changed since",
            () => return None,
        };
        Some(format!("These are {first} and {second} as they were compared. {why}: press Compare."))
    }

    /// What is to be compared next: what was compared last, until somebody chooses otherwise.
    pub fn sides(&self) -> &[SideChoice; 2] {
        &self.sides
    }

    /// The first or the second (0, 1) of them.
    pub fn side(&self, side: usize) -> Option<&SideChoice> {
        self.sides.get(side)
    }

    /// The map of one of the two.
    pub fn panel(&self, shown: &Shown<'_>, side: usize) -> Option<Panel> {
        let comparison = self.comparison()?;
        let (model, axes, places) = (comparison.sides.get(side)?, comparison.axes.get(side)?, comparison.places.get(side)?);
        let rows: BTreeMap<&str, usize> = comparison.phrases.iter().enumerate().map(|(row, text)| (&**text, row)).collect();
        let vector_of = |text: &str| model.vectors.get(*rows.get(text)?).map(<[f32]>::to_vec);
        let picture = Picture::of_model(shown.document, &shown.phrases, axes, &vector_of);
        Some(Panel::alone(model.subject.to_string(), picture, bounds_of(std::iter::once(places))))
    }

    pub(super) fn carry_out(&mut self, command: ModelsCommand, context: &mut ViewContext<'_>) {
        match command {
            ModelsCommand::Choose(side, choice) => {
                if let Some(side) = self.sides.get_mut(side) {
                    *side = choice;
                }
            }
            ModelsCommand::CompareChosen => self.compare(self.sides.clone(), context),
            ModelsCommand::Compare(choices) => self.compare(*choices, context),
        }
    }

    fn compare(&mut self, choices: [SideChoice; 2], context: &mut ViewContext<'_>) {
        let subject = |choice: &SideChoice| match choice {
            SideChoice::Model(source) => Some(Subject::Model(source.clone())),
            SideChoice::Run(step) => {
                let run = context.recorded.run.clone()?;
                Some(Subject::RunAt { step: (*step).min(run.last_step()), run })
            }
        };
        let Some((first, second)) = subject(&choices[0]).zip(subject(&choices[1])) else {
            context.tell("There is no run yet to compare with; make pairs first.", true);
            return;
        };
        let phrases = context.shown_phrases().iter().map(|phrase| phrase.text.clone()).collect();
        let work = Work::CompareModels(Box::new([first, second]), phrases, context.document.grouping());
        context.tasks.start(work, Aim::Nothing);
        self.sides = choices.clone();
        self.asked = Some(Compared { sides: choices, phrases: ByPlace(context.document.phrases.clone()) });
    }

    pub(in crate::playground) fn take(&mut self, comparison: Arc<ModelComparison>) {
        (self.comparison, self.compared) = (Some(comparison), self.asked.take());
    }
}

impl View for ModelsState {
    fn open(&mut self, context: &mut ViewContext<'_>) {
        let has_begun = self.comparison.is_some() || context.tasks.is_running(Task::CompareModels);
        if !has_begun && context.document.phrases.len() > 2 {
            self.compare([context.document.model.clone(), Source::Random(1).into()].map(SideChoice::Model), context);
        }
    }
}
