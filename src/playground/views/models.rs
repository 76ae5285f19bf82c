//! Two models on the same phrases, each in its own space.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::ViewContext;
use super::{View, ViewCommand};
use crate::compare::{ModelComparison, Subject};
use crate::jobs::{Task, Work};
use crate::model::{ModelChoice, Source};
use crate::playground::panel::{Panel, Shown};
use crate::playground::picture::Picture;
use crate::playground::tasks::Aim;
use crate::train::bounds_of;

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
    /// The model, if it is one.
    pub fn model(&self) -> Option<&ModelChoice> {
        match self {
            Self::Model(choice) => Some(choice),
            Self::Run(_) => None,
        }
    }
}

/// Two models, and what they were chosen from.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelsState {
    /// What is to be compared next.
    sides: [SideChoice; 2],
    comparison: Option<Arc<ModelComparison>>,
    choices: Option<[SideChoice; 2]>,
}

/// A model and what it knows before it has learned anything.
impl Default for ModelsState {
    fn default() -> Self {
        let sides = [Source::Embedded, Source::Random(1)].map(|source| SideChoice::Model(source.into()));
        Self { sides, comparison: None, choices: None }
    }
}

impl ModelsState {
    /// The two, once they are compared.
    pub fn comparison(&self) -> Option<&Arc<ModelComparison>> {
        self.comparison.as_ref()
    }

    /// What was compared last.
    pub fn choices(&self) -> Option<&[SideChoice; 2]> {
        self.choices.as_ref()
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
        self.choices = Some(choices);
    }

    pub(in crate::playground) fn take(&mut self, comparison: Arc<ModelComparison>) {
        self.comparison = Some(comparison);
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
