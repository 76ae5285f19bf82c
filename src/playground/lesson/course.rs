//! The course: which lesson is given, how far it is, what was answered, and which were gone through.
//!
//! It stands beside the document, so that undo does not touch it. What a step does is in `playground/teaching.rs`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::super::views::Tab;
use super::prediction::{Answer, Truth};
use super::step::Step;
use super::{Lesson, lessons};

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
    /// Go on where this lesson was left last, with what was made in it then; what there is now is kept in its place.
    GoOn,
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
    pub(in crate::playground) n_typed: usize,
    /// How many moves by hand there were when the step began, and the step of the last one.
    pub(in crate::playground) moves_before: (usize, usize),
}

/// A lesson that is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    pub(in crate::playground) lesson: Arc<Lesson>,
    pub(in crate::playground) place: usize,
    pub(in crate::playground) steps: Vec<Progressed>,
    /// Whether the learner changed something in it, and not only the lesson itself.
    pub(in crate::playground) is_touched: bool,
    /// The phrases of the lesson: all others were typed by the learner.
    own: HashSet<String>,
}

impl Given {
    pub(in crate::playground) fn new(lesson: Arc<Lesson>) -> Self {
        let own = lesson.set.phrases().map(str::to_owned).collect();
        Self { steps: vec![Progressed::default(); lesson.steps.len()], lesson, place: 0, is_touched: false, own }
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

    /// Whether its last step is shown, and nothing more is to come of it.
    pub fn is_over(&self) -> bool {
        self.is_last() && self.is_complete() && self.progressed().is_revealed
    }

    /// The lesson after it in the course, if there is one.
    pub fn next_lesson(&self) -> Option<&'static Lesson> {
        let place = lessons().iter().position(|lesson| lesson.name == self.lesson.name)?;
        lessons().get(place + 1).map(Arc::as_ref)
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
    /// Lessons that were left with something of the learner's in them, by their names.
    pub(in crate::playground) left: BTreeMap<String, Arc<LeftLesson>>,
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
    /// Lessons that were left with something of the learner's in them.
    pub left: Vec<LeftLesson>,
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
    /// Whether the learner changed something in it. Where nobody knows, she did.
    #[serde(default = "yes")]
    pub is_touched: bool,
}

fn yes() -> bool {
    true
}

/// A lesson that was left, with what was made in it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LeftLesson {
    /// The project that was open, as its file has it.
    pub project: String,
    /// The tab that was shown.
    pub tab: Tab,
    /// The lesson, and how far it was.
    pub given: GivenMemory,
}

impl Given {
    /// What is kept of it.
    pub(in crate::playground) fn memory(&self) -> GivenMemory {
        let Self { lesson, place, steps, is_touched, .. } = self;
        GivenMemory { lesson: lesson.to_json(), place: *place, steps: steps.clone(), is_touched: *is_touched }
    }

    /// It as it was; `None` if the lesson can't be read any more.
    pub(in crate::playground) fn recalled(kept: GivenMemory) -> Option<Self> {
        let lesson = Lesson::read(&kept.lesson).inspect_err(|error| log::warn!("{error}")).ok()?;
        let fits = kept.steps.len() == lesson.steps.len() && kept.place < lesson.steps.len();
        let GivenMemory { place, steps, is_touched, .. } = kept;
        fits.then(|| Self { place, steps, is_touched, ..Self::new(lesson.into()) })
    }
}

impl Course {
    /// What is to be kept.
    pub fn memory(&self) -> CourseMemory {
        CourseMemory {
            done: self.done.clone(),
            given: self.given.as_ref().map(Given::memory),
            left: self.left.values().map(|left| (**left).clone()).collect(),
        }
    }

    /// The course as it was; a lesson that can't be read any more is put away.
    pub fn recalled(memory: CourseMemory) -> Self {
        let name = |left: &LeftLesson| Some(Lesson::read(&left.given.lesson).ok()?.name);
        let left = memory.left.into_iter().filter_map(|left| Some((name(&left)?, Arc::new(left)))).collect();
        Self { given: memory.given.and_then(Given::recalled), done: memory.done, left, holds_reveals: false }
    }
}
