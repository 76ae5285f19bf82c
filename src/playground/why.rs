//! Why two phrases are near: which two somebody asks about, and the answer.
//!
//! What work follows is in `nearness.rs`.

use std::sync::Arc;

use super::document::{Document, PhraseId};
use crate::compare::{ComparedBy, SearchSide};
use crate::model::Attribution;

/// One of the two that somebody asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A phrase of the document, whatever its text is now.
    Phrase(PhraseId),
    /// Any text, such as what is searched for.
    Text(Arc<str>),
}

/// What an answer depends on: what compares, and the two texts.
pub(super) type WhyKey = (ComparedBy, [Arc<str>; 2]);

/// What is asked, and what was found out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Why {
    asked: Option<[Said; 2]>,
    /// What found the second for the first, if that was a search.
    found_by: Option<SearchSide>,
    /// What the worker was asked for last.
    expected: Option<WhyKey>,
    found: Option<Result<Arc<Attribution>, String>>,
}

impl Why {
    /// The two that are asked about.
    pub fn asked(&self) -> Option<&[Said; 2]> {
        self.asked.as_ref()
    }

    /// What found the second of the two for the first, where they are a query and a hit.
    pub fn found_by(&self) -> Option<&SearchSide> {
        self.found_by.as_ref()
    }

    /// Whether somebody asks about phrase `id` and another.
    pub fn is_about(&self, id: PhraseId) -> bool {
        self.asked.iter().flatten().any(|said| *said == Said::Phrase(id))
    }

    /// The answer, or why there is none: a sentence; `None` until it is there.
    pub fn found(&self) -> Option<Result<&Arc<Attribution>, &str>> {
        Some(self.found.as_ref()?.as_ref().map_err(String::as_str))
    }

    /// The texts of the two, as they are now.
    pub fn texts(&self, document: &Document) -> Option<[Arc<str>; 2]> {
        let [first, second] = self.asked.as_ref()?;
        let text = |said: &Said| match said {
            Said::Phrase(id) => document.phrase(*id).map(|phrase| phrase.text.clone()),
            Said::Text(text) => Some(text.clone()),
        };
        Some([text(first)?, text(second)?])
    }

    /// Asks about these two, once more if they were asked about before and nothing came of it.
    pub(super) fn ask(&mut self, sides: [Said; 2], found_by: Option<SearchSide>) {
        (self.asked, self.found_by) = (Some(sides), found_by);
        if matches!(self.found, Some(Err(_))) {
            self.forget_answer();
        }
    }

    /// Nobody asks any more.
    pub(super) fn close(&mut self) {
        *self = Self::default();
    }

    /// What was found of other texts, or by another model, is no answer.
    pub(super) fn forget_answer(&mut self) {
        (self.expected, self.found) = (None, None);
    }

    /// What is to be asked of the worker now; `None` if that was done, or nobody asks.
    pub(super) fn next_work(&mut self, document: &Document) -> Option<WhyKey> {
        let by = match &self.found_by {
            Some(side) => ComparedBy::Search(side.clone()),
            None => ComparedBy::Model(document.model.clone()),
        };
        let key = (by, self.texts(document)?);
        if self.expected.as_ref() == Some(&key) {
            return None;
        }
        self.found = None;
        self.expected = Some(key.clone());
        Some(key)
    }

    pub(super) fn take(&mut self, found: Attribution) {
        self.found = Some(Ok(Arc::new(found)));
    }

    /// Nothing came of it; the sentence says why.
    pub(super) fn fail(&mut self, why: String) {
        self.found = Some(Err(why));
    }

    /// A phrase that is gone is asked about no more.
    pub(super) fn forget_dangling(&mut self, document: &Document) {
        if self.asked.is_some() && self.texts(document).is_none() {
            self.close();
        }
    }
}
