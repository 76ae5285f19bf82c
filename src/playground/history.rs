//! Undo and redo: snapshots of the document, whose lists are shared; and which revision is saved.
//!
//! Limitations: at most [`CAP`] steps back, and none survives closing the program.

use super::document::Document;
use super::sight::Sight;

/// Steps back that are kept.
const CAP: usize = 100;

/// A document with the number of the change that made it.
#[derive(Debug, Clone, PartialEq)]
struct Snapshot {
    document: Document,
    revision: u64,
    /// What was on the screen then, where the change between this and the next changed that too.
    sight: Option<Sight>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct History {
    past: Vec<Snapshot>,
    future: Vec<Snapshot>,
    merge_key: Option<String>,
    /// Of the document as it is now.
    revision: u64,
    last_revision: u64,
    saved_revision: u64,
}

impl History {
    /// Changes with every change of the document; the same number, the same document.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Remembers `before`, which has just been changed by a command with this merge key; and what was on the screen, if the
    /// command changed that too.
    pub(super) fn push(&mut self, before: Document, merge_key: Option<String>, sight: Option<Sight>) {
        let merges = merge_key.is_some() && merge_key == self.merge_key && self.future.is_empty();
        self.future.clear();
        self.merge_key = merge_key;
        if !merges {
            self.past.push(Snapshot { document: before, revision: self.revision, sight });
            let excess = self.past.len().saturating_sub(CAP);
            self.past.drain(..excess);
        }
        self.count();
    }

    fn count(&mut self) {
        self.last_revision += 1;
        self.revision = self.last_revision;
    }

    /// The last change was completed: it is undone as one.
    pub(super) fn amend(&mut self) {
        self.count();
    }

    /// Another document, of which nothing can be undone; it counts as saved.
    pub(super) fn begin_anew(&mut self) {
        let last_revision = self.last_revision;
        *self = Self { last_revision, ..Self::default() };
        self.count();
        self.saved_revision = self.revision;
    }

    /// Any other action in between ends the merging of changes.
    pub(super) fn end_merge(&mut self) {
        self.merge_key = None;
    }

    /// The document before the last change, and what was on the screen if that was changed with it; `now` is what there is.
    pub(super) fn undo(&mut self, now: (Document, Sight)) -> Option<(Document, Option<Sight>)> {
        let before = self.past.pop()?;
        self.future.push(self.left(now, &before));
        Some(self.travel_to(before))
    }

    /// The same after the change that was undone last.
    pub(super) fn redo(&mut self, now: (Document, Sight)) -> Option<(Document, Option<Sight>)> {
        let after = self.future.pop()?;
        self.past.push(self.left(now, &after));
        Some(self.travel_to(after))
    }

    /// What is left for `target`, to come back to.
    fn left(&self, (document, sight): (Document, Sight), target: &Snapshot) -> Snapshot {
        Snapshot { document, revision: self.revision, sight: target.sight.map(|_| sight) }
    }

    fn travel_to(&mut self, snapshot: Snapshot) -> (Document, Option<Sight>) {
        self.merge_key = None;
        self.revision = snapshot.revision;
        (snapshot.document, snapshot.sight)
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// A file has the document of this revision.
    pub(super) fn mark_saved(&mut self, revision: u64) {
        self.saved_revision = revision;
    }

    pub(super) fn is_unsaved(&self) -> bool {
        self.revision != self.saved_revision
    }
}
