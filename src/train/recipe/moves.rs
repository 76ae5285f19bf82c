//! Vectors that somebody moved by hand in the middle of a run, as a part of its recipe: the same recipe, the same bytes.

use std::sync::Arc;

/// The vector of a phrase was moved.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The step whose vectors it changed: the next update begins from there.
    pub at_step: usize,
    /// The phrase, by its text: its row changes when others come and go. One that is not there any more moves nothing.
    pub phrase: Arc<str>,
    /// What was added to its vector, in the numbers that are trained.
    pub by: Vec<f32>,
}

impl Move {
    /// What is wrong with it in a recipe of `dims` numbers a vector.
    pub(super) fn fault(&self, dims: usize, max_step: usize) -> Option<String> {
        match () {
            () if self.at_step > max_step => Some(format!("one at step {}", self.at_step)),
            () if self.by.len() != dims => Some(format!("one of {} numbers", self.by.len())),
            () if self.by.iter().any(|x| !x.is_finite()) => Some("a number that is not finite".to_owned()),
            () => None,
        }
    }
}
