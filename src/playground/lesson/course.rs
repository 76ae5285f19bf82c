//! The course: which lesson is given, how far it is, what was answered, and which were gone through.
//!
//! It stands beside the document, so that undo does not touch it. What a step does is in `playground/teaching.rs`.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::Lesson;
use super::prediction::{Answer, Truth};
use super::step::Step;

/// What can be done with a lesson.
#[derive(Debug, Clone, PartialEq)]
pub enum LessonCommand {
    /// Go to the next step.
    Next,
    /// Go to the step before.
    Back,
    /// Do the next thing there is: show what is waited for, reveal, or go to the next step. For a presenter's remote.
    TurnPage,
    /// Do what the learner is waited for.
    ShowMe,
    /// Answer what is asked.
    Answer(Answer),
    /// Show what came of it.
    Reveal,
    /// Whether what came of it waits for [`LessonCommand::Reveal`] even if everything was done.
    HoldReveals(bool),
    /// Put the lesson away; what it opened stays.
    Leave,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Progressed {
    /// What was answered.
    pub answer: Option<Answer>,
    /// Whether what is waited for has happened.
    pub is_met: bool,
    /// Whether what came of it is shown.
    pub is_revealed: bool,
    /// What was so of the question when it was revealed.
    pub truth: Option<Truth>,
    /// Whether the learner asked to be shown, and it did not happen yet.
    #[serde(skip)]
    pub(in crate::playground) is_showing: bool,
    /// Phrases that had been typed when the step began.
    #[serde(skip)]
    pub(in crate::playground) n_typed: usize,
    /// How many moves by hand there were when the step began, and the step of the last one.
    #[serde(skip)]
    pub(in crate::playground) moves_before: (usize, usize),
}

/// A lesson that is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    pub(in crate::playground) lesson: Arc<Lesson>,
    pub(in crate::playground) place: usize,
    pub(in crate::playground) steps: Vec<Progressed>,
    /// The phrases of the lesson: all others were typed by the learner.
    own: HashSet<String>,
}

impl Given {
    pub(in crate::playground) fn new(lesson: Arc<Lesson>) -> Self {
        let own = lesson.set.groups.iter().flat_map(|group| group.phrases.iter().cloned()).collect();
        Self { steps: vec![Progressed::default(); lesson.steps.len()], lesson, place: 0, own }
    }

    /// Whether a phrase is the lesson's own.
    pub(in crate::playground) fn has(&self, text: &str) -> bool {
        self.own.contains(text)
    }

    /// The lesson.
    pub fn lesson(&self) -> &Lesson {
        &self.lesson
    }

    /// Which of its steps is shown, counted from 0.
    pub fn place(&self) -> usize {
        self.place
    }

    /// The step that is shown.
    pub fn step(&self) -> Option<&Step> {
        self.lesson.steps.get(self.place)
    }

    /// How far that is.
    pub fn progressed(&self) -> Progressed {
        self.steps.get(self.place).copied().unwrap_or_default()
    }

    pub(in crate::playground) fn progressed_mut(&mut self) -> Option<&mut Progressed> {
        self.steps.get_mut(self.place)
    }

    /// Whether the step that is shown is the last one.
    pub fn is_last(&self) -> bool {
        self.place + 1 >= self.lesson.steps.len()
    }

    /// Whether what is asked was answered and what is waited for has happened.
    pub fn is_complete(&self) -> bool {
        let asks = self.step().is_some_and(|step| step.predict.is_some());
        let progressed = self.progressed();
        progressed.is_met && (!asks || progressed.answer.is_some())
    }
}

/// All that is remembered of lessons.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Course {
    pub(in crate::playground) given: Option<Given>,
    /// Names of lessons that were gone through to the end.
    pub(in crate::playground) done: BTreeSet<String>,
    pub(in crate::playground) holds_reveals: bool,
}

impl Course {
    /// The lesson that is given.
    pub fn given(&self) -> Option<&Given> {
        self.given.as_ref()
    }

    /// Whether the lesson called `name` was gone through to the end.
    pub fn was_done(&self, name: &str) -> bool {
        self.done.contains(name)
    }
}

/// What is kept of the course from one start of the program to the next.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CourseMemory {
    /// Names of lessons that were gone through.
    pub done: BTreeSet<String>,
    /// The lesson that was given.
    pub given: Option<GivenMemory>,
}

/// What is kept of a lesson that was given: itself, so that one from a file is there again too.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct GivenMemory {
    /// Its file.
    pub lesson: String,
    /// The step that was shown.
    pub place: usize,
    /// How far each step was.
    pub steps: Vec<Progressed>,
}

impl Course {
    /// What is to be kept.
    pub fn memory(&self) -> CourseMemory {
        let given = self.given.as_ref().map(|given| GivenMemory {
            lesson: given.lesson.to_json(),
            place: given.place,
            steps: given.steps.clone(),
        });
        CourseMemory { done: self.done.clone(), given }
    }

    /// The course as it was; a lesson that can't be read any more is put away.
    pub fn recalled(memory: CourseMemory) -> Self {
        let given = memory.given.and_then(|kept| {
            let lesson = Lesson::read(&kept.lesson).inspect_err(|error| log::warn!("{error}")).ok()?;
            let fits = kept.steps.len() == lesson.steps.len() && kept.place < lesson.steps.len();
            fits.then(|| Given { place: kept.place, steps: kept.steps, ..Given::new(lesson.into()) })
        });
        Self { given, done: memory.done, holds_reveals: false }
    }
}
