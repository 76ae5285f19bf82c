//! What is held of a run by hand.
//!
//! Taking, carrying and letting go are in `hand.rs`.

use super::document::PhraseId;
use crate::train::Held;

/// What the hand does.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Hand {
    /// Whether dragging a phrase moves it, instead of making a pair.
    pub(super) is_on: bool,
    /// What is held.
    pub(super) grip: Option<Grip>,
}

/// A phrase that is held, or was let go and is not in a run yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grip {
    pub(super) phrase: PhraseId,
    pub(super) held: Held,
    /// Whether it was let go: the run that goes on from there is being trained.
    pub(super) is_let_go: bool,
}
