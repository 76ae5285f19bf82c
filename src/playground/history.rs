//! Undo and redo: snapshots of the document, whose lists are shared.
//!
//! Limitations: at most [`CAP`] steps back, and none survives closing the program.

use super::Document;

/// Steps back that are kept.
const CAP: usize = 100;

/// A document with the number of the change that made it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    pub(super) document: Document,
    pub(super) revision: u64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct History {
    past: Vec<Snapshot>,
    future: Vec<Snapshot>,
    merge_key: Option<String>,
}

impl History {
    /// Remembers `before`, which has just been changed by a command with this merge key.
    pub(super) fn push(&mut self, before: Snapshot, merge_key: Option<String>) {
        let merges = merge_key.is_some() && merge_key == self.merge_key && self.future.is_empty();
        self.future.clear();
        self.merge_key = merge_key;
        if !merges {
            self.past.push(before);
            let excess = self.past.len().saturating_sub(CAP);
            self.past.drain(..excess);
        }
    }

    /// Any other action in between ends the merging of changes.
    pub(super) fn end_merge(&mut self) {
        self.merge_key = None;
    }

    pub(super) fn undo(&mut self, now: Snapshot) -> Option<Snapshot> {
        let before = self.past.pop()?;
        self.future.push(now);
        self.merge_key = None;
        Some(before)
    }

    pub(super) fn redo(&mut self, now: Snapshot) -> Option<Snapshot> {
        let after = self.future.pop()?;
        self.past.push(now);
        self.merge_key = None;
        Some(after)
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}
