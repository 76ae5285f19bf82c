//! What there is to tell the user, one sentence at a time.

use crate::jobs::Task;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Itself.
    Nothing,
    /// A failure on purpose: it is not true of another recipe.
    FailureOnPurpose,
    /// A task that failed: it goes when the same task succeeds.
    Failed(Task),
    /// A command that could not be carried out as it was meant: it goes with the next change of the document.
    Refused,
    /// There is no run to play: it goes when there is one.
    NothingToPlay,
    /// The first start: it makes room for the text of the lesson once the run is looked at.
    Welcome,
}

impl Notice {
    pub(super) fn new(text: impl Into<String>, is_error: bool) -> Self {
        Self { text: text.into(), is_error, about: About::Nothing }
    }

    pub(super) fn about(self, about: About) -> Self {
        Self { about, ..self }
    }
}
