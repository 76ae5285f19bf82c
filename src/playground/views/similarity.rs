//! All phrases with all: the matrix of their cosines by the document's model, and where a cosine stands among all pairs.
//!
//! Unlike the other views it follows the document: `nearness.rs` says when it is made again.

use std::sync::Arc;

use super::context::ViewContext;
use super::{View, ViewCommand};
use crate::choice::choice;
use crate::memo::ByPlace;
use crate::model::ModelChoice;
use crate::playground::document::{Document, Phrase};
use crate::space::{MAX_ROWS, Similarity, SpaceId};

choice! {
    /// How the phrases of the matrix are ordered.
    #[derive(Default, Hash)]
    pub enum SimilarityOrder {
        #[default]
        Groups {
            name: "groups",
            label: "by group",
            sentence: "Phrases of one group stand together, in the order of the list.",
        },
        Clusters {
            name: "clusters",
            label: "by likeness",
            sentence: "Phrases that are alike stand together: average linkage on the cosines, which knows nothing of groups.",
        },
        List {
            name: "list",
            label: "as in the list",
            sentence: "In the order in which the phrases were added.",
        },
    }
}

/// Rows that the matrix has at most, until somebody wants more.
const USUAL_ROWS: usize = 400;

/// What can be done with the matrix.
#[derive(Debug, Clone, PartialEq)]
pub enum SimilarityCommand {
    /// Order the phrases so.
    SetOrder(SimilarityOrder),
    /// Show so many phrases at most.
    SetRows(usize),
    /// Try once more after a failure or a *Cancel*.
    TryAgain,
}

impl From<SimilarityCommand> for ViewCommand {
    fn from(command: SimilarityCommand) -> Self {
        Self::Similarity(command)
    }
}

/// What the matrix depends on.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::playground) struct SimilarityKey {
    pub(in crate::playground) phrases: ByPlace<Vec<Phrase>>,
    pub(in crate::playground) model: ModelChoice,
    pub(in crate::playground) space: SpaceId,
    pub(in crate::playground) n_rows: usize,
}

/// Where a cosine stands among those of all pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// The share of pairs that have a lower one, 0..=1.
    pub share_below: f64,
    /// Pairs it is compared with.
    pub n_pairs: u64,
    /// Phrases that these are of.
    pub n_compared: usize,
    /// Phrases there are.
    pub n_phrases: usize,
}

impl Standing {
    /// "higher than 97 % of all 861 pairs here".
    pub fn sentence(&self) -> String {
        let percent = (self.share_below * 100.0).floor();
        let share = match () {
            () if self.share_below > 0.99 && self.share_below < 1.0 => {
                format!("{:.1} %", (self.share_below * 1000.0).floor() / 10.0)
            }
            () => format!("{percent:.0} %"),
        };
        let pairs = grouped(self.n_pairs);
        match self.n_compared < self.n_phrases {
            false => format!("higher than {share} of all {pairs} pairs here"),
            true => format!(
                "higher than {share} of the {pairs} pairs of {} of {} phrases, evenly spread over those that are embedded",
                grouped(self.n_compared as u64),
                grouped(self.n_phrases as u64)
            ),
        }
    }
}

/// A number with thin gaps between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let gap = |place: usize| place > 0 && (digits.len() - place).is_multiple_of(3) && digits.len() > 4;
    digits.chars().enumerate().flat_map(|(place, digit)| gap(place).then_some('\u{a0}').into_iter().chain([digit])).collect()
}

/// The matrix, and how it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarityState {
    found: Option<Arc<Similarity>>,
    /// What the worker was asked for last, and why nothing came of it.
    expected: Option<SimilarityKey>,
    failure: Option<String>,
    /// Whether what was found is what is expected.
    is_current: bool,
    order: SimilarityOrder,
    n_rows: usize,
}

impl Default for SimilarityState {
    fn default() -> Self {
        let order = SimilarityOrder::default();
        Self { found: None, expected: None, failure: None, is_current: false, order, n_rows: USUAL_ROWS }
    }
}

impl SimilarityState {
    /// The matrix, once there is one.
    pub fn found(&self) -> Option<&Arc<Similarity>> {
        self.found.as_ref()
    }

    /// Why there is none: a sentence.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// How its phrases are ordered.
    pub fn order(&self) -> SimilarityOrder {
        self.order
    }

    /// Rows it has at most.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Its rows in the order that is chosen; groups are those of `document`.
    pub fn rows(&self, document: &Document) -> Vec<usize> {
        let Some(found) = &self.found else { return Vec::new() };
        match self.order {
            SimilarityOrder::Clusters => found.clustered.clone(),
            SimilarityOrder::List => (0..found.phrases.len()).collect(),
            SimilarityOrder::Groups => {
                let grouping = document.grouping();
                let mut rows: Vec<usize> = (0..found.phrases.len()).collect();
                rows.sort_by_key(|row| grouping.of(&found.phrases[*row]).unwrap_or(usize::MAX));
                rows
            }
        }
    }

    /// The places of its phrases' groups in the list of `document`.
    pub fn groups(&self, document: &Document) -> Vec<Option<usize>> {
        let grouping = document.grouping();
        self.found.iter().flat_map(|found| &found.phrases).map(|phrase| grouping.of(phrase)).collect()
    }

    /// Where `cosine` stands among those of all pairs of the `n_phrases` there are.
    pub(in crate::playground) fn standing(&self, cosine: f32, n_phrases: usize) -> Option<Standing> {
        let found = self.found.as_ref().filter(|found| found.spread.n_pairs() > 0)?;
        Some(Standing {
            share_below: found.spread.share_below(cosine),
            n_pairs: found.spread.n_pairs(),
            n_compared: found.n_compared,
            n_phrases,
        })
    }

    pub(super) fn carry_out(&mut self, command: SimilarityCommand) {
        match command {
            SimilarityCommand::SetOrder(order) => self.order = order,
            SimilarityCommand::SetRows(n_rows) => self.n_rows = n_rows.clamp(2, MAX_ROWS),
            SimilarityCommand::TryAgain => (self.expected, self.failure) = (None, None),
        }
    }

    /// Whether the worker is to be asked for `key`; notes that it is.
    pub(in crate::playground) fn expects(&mut self, key: SimilarityKey) -> bool {
        if self.expected.as_ref() == Some(&key) {
            return false;
        }
        (self.expected, self.failure, self.is_current) = (Some(key), None, false);
        true
    }

    /// Whether what was asked for last is `key`.
    pub(in crate::playground) fn is_of(&self, key: &SimilarityKey) -> bool {
        self.expected.as_ref() == Some(key)
    }

    /// Whether what was found is `key`.
    pub(in crate::playground) fn has(&self, key: &SimilarityKey) -> bool {
        self.is_current && self.is_of(key)
    }

    /// There is nothing to compare any more.
    pub(in crate::playground) fn forget(&mut self) {
        (self.found, self.expected, self.failure, self.is_current) = (None, None, None, false);
    }

    pub(in crate::playground) fn take(&mut self, found: Similarity) {
        (self.found, self.failure, self.is_current) = (Some(Arc::new(found)), None, true);
    }

    /// Nothing came of it; the sentence says why.
    pub(in crate::playground) fn fail(&mut self, why: String) {
        self.failure = Some(why);
    }
}

impl View for SimilarityState {
    /// What it shows follows from the document.
    fn open(&mut self, _context: &mut ViewContext<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_says_what_it_is_compared_with() {
        let standing = Standing { share_below: 0.9789, n_pairs: 861, n_compared: 42, n_phrases: 42 };
        assert_eq!(standing.sentence(), "higher than 97 % of all 861 pairs here");
        let standing = Standing { share_below: 0.99999, n_pairs: 12_497_500, n_compared: 5000, n_phrases: 100_000 };
        assert_eq!(
            standing.sentence(),
            "higher than 99.9 % of the 12\u{a0}497\u{a0}500 pairs of 5000 of 100\u{a0}000 phrases, evenly spread over those that are embedded"
        );
    }
}
