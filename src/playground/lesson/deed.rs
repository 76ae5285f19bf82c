//! Deeds: what a lesson does itself, at the beginning of a step, at its reveal, or when the learner asks to be shown.
//!
//! How one becomes a command is `playground/teaching.rs`.

use super::super::views::{Beside, Tab};
use crate::compare::Turning;
use crate::data::Taken;
use crate::train::{Axes, LearnerKind};

/// Something that a lesson does. In a file: its name, or an object with its name as the one key.
///
/// Phrases are named by their text, or as `#1`, `#2`, … as in [`Live`](super::Live).
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Deed {
    /// Show a tab.
    Tab(Tab),
    /// Draw the map of the run on these axes.
    Axes(Axes),
    /// Go to step 0.
    Start,
    /// Go to the last step.
    End,
    /// Go to this step.
    Step(usize),
    /// Play.
    Play,
    /// Take one step.
    OneStep,
    /// Show the forces before they are applied, or not.
    TwoPhase(bool),
    /// Let dragging on the map move a phrase, or not.
    Hand(bool),
    /// Play at this pace: 1 is 20 steps a second.
    Speed(f64),
    /// Carry the first to the second by hand and let it go.
    Move([String; 2]),
    /// Type a phrase.
    Type(String),
    /// Make a pair.
    Pair([String; 2]),
    /// Make the second a negative of the first.
    Negative([String; 2]),
    /// Take these pairs of the set of the lesson, in place of those that there are.
    Pairs(Taken),
    /// Remove all pairs.
    NoPairs,
    /// Select a phrase.
    Select(String),
    /// Ask why these two are near.
    Why([String; 2]),
    /// Change these values of the recipe, as a file of a recipe has them; in `settings` too, only those that are named.
    Recipe(serde_json::Map<String, serde_json::Value>),
    /// Choose what learns, with what is usual for it.
    Learner(LearnerKind),
    /// Take the next seed.
    NewSeed,
    /// Ask why the hit of this rank by meaning is near the query.
    WhyHit(usize),
    /// Put the runs of several seeds side by side in this way.
    Turning(Turning),
    /// Let the phrases be in the groups of the lesson.
    ShowGroups,
    /// Search the phrases.
    SearchPhrases,
    /// Search the passages that come with the program.
    SearchBuiltIn,
    /// Set these beside each other in the search.
    Beside(Beside),
    /// Type a query.
    Ask(String),
}
