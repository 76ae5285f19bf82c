//! The batch that follows the step shown, as the map shows it: one anchor at a time, or all of them.
//!
//! Its numbers are `train`'s; here they get the names of phrases, and what is left out is counted.

use std::collections::{HashMap, HashSet};

use super::document::{Phrase, PhraseId};
use super::picture::{Force, forces_among};
use crate::train::{BatchView, Held, Run, RunMap};

/// How the batch is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct BatchLook {
    /// All anchors, instead of one at a time.
    pub(super) shows_all: bool,
    /// The anchor that somebody went to; where it is none of this batch, it is chosen anew.
    pub(super) chosen: Option<PhraseId>,
    /// Whether its numbers stand beside the map.
    pub(super) is_open: bool,
}

/// Two phrases of a batch that are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairLine {
    /// The anchor.
    pub anchor: PhraseId,
    /// What it is compared with.
    pub candidate: PhraseId,
    /// How near they are, in all dimensions.
    pub cosine: f32,
    /// Whether they belong together; else the candidate is a negative.
    pub is_positive: bool,
}

/// A candidate of an anchor, as numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The phrase; `None` if it is not in the list any more.
    pub phrase: Option<PhraseId>,
    /// Its row in the run.
    pub row: u32,
    /// Cosine with the anchor.
    pub cosine: f32,
    /// Softmax share, for losses that rank.
    pub share: Option<f32>,
    /// Label or score, where the data has one.
    pub score: Option<f32>,
    /// Whether it is the anchor's own positive.
    pub is_positive: bool,
    /// Whether it is left out, because it is known to belong to the anchor too.
    pub is_left_out: bool,
}

/// A row of a batch: an anchor with its candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchRow {
    /// The anchor; `None` if it is not in the list any more.
    pub anchor: Option<PhraseId>,
    /// Its part of the loss: minus the logarithm of the share of its positive, for losses that rank.
    pub loss: Option<f32>,
    /// Its own positive first, then as in the batch.
    pub candidates: Vec<Candidate>,
}

/// What the map shows of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownBatch {
    /// Its numbers.
    pub view: BatchView,
    /// Its anchors that are in the list, each once, in the order of the batch.
    pub anchors: Vec<PhraseId>,
    /// The one that is looked at.
    pub anchor: Option<PhraseId>,
    /// Whether all are looked at instead.
    pub shows_all: bool,
    /// The forces of what is looked at, strongest first.
    pub forces: Vec<Force>,
    /// Forces of the whole batch.
    pub n_forces: usize,
    /// The pairs of what is looked at: positives first, then the nearest.
    pub lines: Vec<PairLine>,
    /// Pairs that are compared in the whole batch.
    pub n_lines: usize,
}

/// What a batch is read from.
pub(super) struct Source<'a> {
    pub(super) shown: &'a [&'a Phrase],
    pub(super) run: &'a Run,
    pub(super) map: &'a RunMap,
    pub(super) step: usize,
    pub(super) held: Option<&'a Held>,
}

impl ShownBatch {
    /// The batch behind `all_forces`, which are all of its forces; of its anchors the first of `wished` that is one, else
    /// that of the strongest force.
    pub(super) fn of(source: &Source<'_>, shows_all: bool, wished: &[Option<PhraseId>], all_forces: &[Force]) -> Self {
        let ids = ids_by_row(source.shown, source.run);
        let view = source.run.batch_view(source.step, source.held);
        let mut seen = HashSet::new();
        let anchors: Vec<PhraseId> =
            view.batch.anchors.iter().filter_map(|row| ids.get(row).copied()).filter(|id| seen.insert(*id)).collect();
        let strongest = || all_forces.iter().flat_map(|force| [force.on, force.from]).find(|id| anchors.contains(id));
        let wished = wished.iter().flatten().copied().find(|id| anchors.contains(id));
        let anchor = wished.or_else(strongest).or(anchors.first().copied());
        let row = anchor.filter(|_| !shows_all).and_then(|id| ids.iter().find(|(_, other)| **other == id)).map(|(row, _)| *row);
        let forces = match row {
            Some(row) => forces_among(source.shown, source.run, source.map, source.step, (Some(row), source.held)),
            None => all_forces.to_vec(),
        };
        let (lines, n_lines) = lines_of(&view, &ids, row);
        Self { anchors, anchor, shows_all, forces, n_forces: all_forces.len(), lines, n_lines, view }
    }

    /// The anchor after the one that is looked at, or before it; the first follows the last.
    pub(super) fn neighbour(&self, is_next: bool) -> Option<PhraseId> {
        let n = self.anchors.len();
        let here = self.anchors.iter().position(|id| Some(*id) == self.anchor)?;
        self.anchors.get((here + if is_next { 1 } else { n - 1 }) % n).copied()
    }

    /// The rows of the batch that `anchor` is the anchor of, with the phrases `shown`.
    pub fn rows_of(&self, anchor: PhraseId, shown: &[&Phrase], run: &Run) -> Vec<BatchRow> {
        let ids = ids_by_row(shown, run);
        let batch = &self.view.batch;
        let is_of = |index: &usize| ids.get(&batch.anchors[*index]) == Some(&anchor);
        (0..batch.anchors.len()).filter(is_of).map(|index| row_of(&self.view, &ids, index)).collect()
    }
}

/// By row of the run: the phrase.
type Ids = HashMap<u32, PhraseId>;

fn ids_by_row(shown: &[&Phrase], run: &Run) -> Ids {
    shown.iter().filter_map(|phrase| Some((run.row_of(&phrase.text)? as u32, phrase.id))).collect()
}

/// The candidates that the anchor at `index` is compared with: all that a ranking loss ranks, or else its own.
fn compared(view: &BatchView, index: usize) -> impl Iterator<Item = usize> {
    let (b, width) = (view.batch.anchors.len().max(1), view.batch.candidates.len());
    let step = if view.settings.loss.ranks() { 1 } else { b };
    let others = (index % step..width).step_by(step).filter(move |candidate| *candidate != index);
    std::iter::once(index).chain(others)
}

fn is_left_out(view: &BatchView, index: usize, candidate: usize) -> bool {
    let place = index * view.batch.candidates.len() + candidate;
    view.settings.loss.ranks() && candidate != index && view.batch.excluded.get(place).copied().unwrap_or(false)
}

fn row_of(view: &BatchView, ids: &Ids, index: usize) -> BatchRow {
    let (batch, width) = (&view.batch, view.batch.candidates.len());
    let at = |values: &[f32], candidate: usize| values.get(index * width + candidate).copied();
    let candidate = |candidate: usize| {
        let row = *batch.candidates.get(candidate)?;
        Some(Candidate {
            phrase: ids.get(&row).copied(),
            row,
            cosine: at(&view.cosines, candidate)?,
            share: view.shares.as_ref().and_then(|shares| at(shares, candidate)),
            score: batch.scores.get(candidate).copied(),
            is_positive: candidate == index,
            is_left_out: is_left_out(view, index, candidate),
        })
    };
    let candidates: Vec<Candidate> = compared(view, index).filter_map(candidate).collect();
    let loss = candidates.first().and_then(|positive| positive.share).map(|share| -share.ln());
    BatchRow { anchor: ids.get(&batch.anchors[index]).copied(), loss, candidates }
}

/// The lines of one anchor's row, or of all: each two phrases once, positives first, then the nearest; and how many pairs
/// are compared in all.
fn lines_of(view: &BatchView, ids: &Ids, anchor: Option<u32>) -> (Vec<PairLine>, usize) {
    let (mut lines, mut n_lines, mut seen) = (Vec::new(), 0, HashSet::new());
    for (index, row) in view.batch.anchors.iter().enumerate() {
        let there = row_of(view, ids, index);
        let there: Vec<Candidate> = there.candidates.into_iter().filter(|candidate| !candidate.is_left_out).collect();
        n_lines += there.len();
        let Some(id) = ids.get(row).filter(|_| anchor.is_none_or(|anchor| anchor == *row)) else { continue };
        for candidate in there {
            if let Some(other) = candidate.phrase.filter(|other| seen.insert((*id, *other, candidate.is_positive))) {
                let Candidate { cosine, is_positive, .. } = candidate;
                lines.push(PairLine { anchor: *id, candidate: other, cosine, is_positive });
            }
        }
    }
    lines.sort_by(|a, b| b.is_positive.cmp(&a.is_positive).then(b.cosine.total_cmp(&a.cosine)));
    (lines, n_lines)
}
