//! What there is to tell the user, one sentence at a time.

use std::sync::Arc;

use crate::choice::Choice;
use crate::data::excerpt;
use crate::jobs::Task;
use crate::train::{Failure, Run, Verdict};

/// A sentence for the user, and whether something went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether it reports a failure.
    pub is_error: bool,
    pub(super) about: About,
}

/// What a notice goes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    /// Itself.
    Nothing,
    /// A failure on purpose: it is not true of another recipe.
    FailureOnPurpose(Failing),
    /// A task that failed: it goes when the same task succeeds.
    Failed(Task),
    /// A command that could not be carried out as it was meant: it goes with the next change of the document.
    Refused,
    /// There is no run to play: it goes when there is one.
    NothingToPlay,
    /// A lesson asks for a guess before it plays: it goes with the guess.
    GuessFirst,
}

/// A failure on purpose, told of again once there is a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failing {
    pub(super) failure: Failure,
    /// The pair that is wrong on purpose, by its texts.
    pub(super) wrong: Option<[Arc<str>; 2]>,
}

impl Failing {
    /// What was changed and what to look at; then what `run` shows of it, if there is one.
    pub(super) fn notice(self, run: Option<&Run>) -> Notice {
        let wrong = self.wrong.as_ref().map(|texts| texts.each_ref().map(|text| &**text));
        let which = wrong.map_or(String::new(), |[anchor, positive]| {
            format!(" It is “{}” and “{}”.", excerpt(anchor, 40), excerpt(positive, 40))
        });
        let found = run.map_or(String::new(), |run| format!(" {}", Verdict::of(self.failure, run, wrong).sentence));
        let text = format!("{}. {}{which}{found} (Undo takes it all back.)", self.failure.label(), self.failure.sentence());
        Notice::new(text, false).about(About::FailureOnPurpose(self))
    }
}

impl Notice {
    /// The failure on purpose that it tells of.
    pub(super) fn failing(&self) -> Option<&Failing> {
        match &self.about {
            About::FailureOnPurpose(failing) => Some(failing),
            About::Nothing | About::Failed(_) | About::Refused | About::NothingToPlay | About::GuessFirst => None,
        }
    }

    pub(super) fn new(text: impl Into<String>, is_error: bool) -> Self {
        Self { text: text.into(), is_error, about: About::Nothing }
    }

    pub(super) fn about(self, about: About) -> Self {
        Self { about, ..self }
    }
}
