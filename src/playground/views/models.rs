//! Two models on the same phrases, each in its own space.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::context::ViewContext;
use super::{Command, View, ViewCommand};
use crate::compare::{ModelComparison, ModelSource};
use crate::jobs::{Task, Work};
use crate::playground::panel::{Panel, Shown};
use crate::playground::picture::Picture;
use crate::playground::tasks::Aim;
use crate::train::bounds_of;

/// What can be done with two models.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelsCommand {
    /// Compare them on the phrases of the list.
    Compare(Box<[ModelChoice; 2]>),
}

impl From<ModelsCommand> for Command {
    fn from(command: ModelsCommand) -> Self {
        Self::View(ViewCommand::Models(command))
    }
}

/// A model that can be compared, as it is chosen in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// The one compiled in.
    Embedded,
    /// Its architecture with random weights of a seed.
    RandomWeights(u64),
    /// The mean of its token vectors.
    Tokens,
    /// The run of the map at a step.
    Run(usize),
    /// A folder.
    Folder(PathBuf),
}

/// Two models, and what they were chosen from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelsState {
    comparison: Option<Arc<ModelComparison>>,
    choices: Option<[ModelChoice; 2]>,
}

impl ModelsState {
    /// The two, once they are compared.
    pub fn comparison(&self) -> Option<&Arc<ModelComparison>> {
        self.comparison.as_ref()
    }

    /// What was compared last.
    pub fn choices(&self) -> Option<&[ModelChoice; 2]> {
        self.choices.as_ref()
    }

    /// The map of one of the two.
    pub fn panel(&self, shown: &Shown<'_>, side: usize) -> Option<Panel> {
        let comparison = self.comparison()?;
        let (model, axes, places) = (comparison.sides.get(side)?, comparison.axes.get(side)?, comparison.places.get(side)?);
        let rows: BTreeMap<&str, usize> = comparison.phrases.iter().enumerate().map(|(row, text)| (&**text, row)).collect();
        let vector_of = |text: &str| model.vectors.get(*rows.get(text)?).map(<[f32]>::to_vec);
        let picture = Picture::of_model(shown.document, &shown.phrases, axes, &vector_of);
        Some(Panel::alone(model.source.to_string(), picture, bounds_of(std::iter::once(places))))
    }

    pub(super) fn carry_out(&mut self, command: ModelsCommand, context: &mut ViewContext<'_>) {
        match command {
            ModelsCommand::Compare(choices) => self.compare(*choices, context),
        }
    }

    fn compare(&mut self, choices: [ModelChoice; 2], context: &mut ViewContext<'_>) {
        let source = |choice: &ModelChoice| -> Option<ModelSource> {
            Some(match choice {
                ModelChoice::Embedded => ModelSource::Embedded,
                ModelChoice::RandomWeights(seed) => ModelSource::RandomWeights(*seed),
                ModelChoice::Tokens => ModelSource::Tokens,
                ModelChoice::Run(step) => {
                    let run = context.recorded.run.clone()?;
                    let step = (*step).min(run.last_step());
                    ModelSource::Run(run, step)
                }
                ModelChoice::Folder(path) => ModelSource::Folder(path.clone()),
            })
        };
        let Some((first, second)) = source(&choices[0]).zip(source(&choices[1])) else {
            context.tell("There is no run yet to compare with; make pairs first.", true);
            return;
        };
        let phrases = context.shown_phrases().iter().map(|phrase| phrase.text.clone()).collect();
        let work = Work::CompareModels(Box::new([first, second]), phrases, context.document.grouping());
        context.tasks.start(work, Aim::Nothing);
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
            self.compare([ModelChoice::Embedded, ModelChoice::RandomWeights(1)], context);
        }
    }
}
