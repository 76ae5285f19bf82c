//! Which phrase is in which group, as far as anybody said so.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Groups by name, and the group of each phrase that has one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grouping {
    /// Names, in the order of the list.
    pub names: Vec<Arc<str>>,
    /// Place among the names, by phrase.
    pub by_phrase: BTreeMap<Arc<str>, usize>,
}

impl Grouping {
    /// Place of the group of `phrase`.
    pub fn of(&self, phrase: &str) -> Option<usize> {
        self.by_phrase.get(phrase).copied()
    }
}
