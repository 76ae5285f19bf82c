//! Numbers that say whether training works: triplet accuracy, mean cosines and ranks of pairs.
//!
//! They are computed on unit vectors in the full space; the map has no part in them.

use super::known::KnownPositives;
use super::{first_relevant_rank, normalised_rows};
use crate::data::PairRows;
use crate::numbers::{as_matrix, product_alone};

/// Anchors whose cosines with everything are computed at a time; bounds memory.
const CHUNK_ANCHORS: usize = 256;

/// How well pairs are learned, on one set of vectors.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PairMeasures {
    /// Pairs looked at.
    pub pairs: usize,
    /// Sum over pairs of the cosine of anchor and positive.
    pub positive_cosine_sum: f64,
    /// Triplets (anchor, positive, negative) looked at.
    pub triplets: usize,
    /// Those whose positive is nearer to the anchor (by cosine) than the negative.
    pub right: usize,
    /// Sum over triplets of the cosine of anchor and negative.
    pub negative_cosine_sum: f64,
    /// Pairs whose positive is the phrase nearest to the anchor.
    pub first: usize,
    /// Pairs whose positive is among the five nearest.
    pub in_five: usize,
    /// Sum over pairs of one over the rank of the positive.
    pub reciprocal_rank_sum: f64,
    /// How many positive cosines fall into each of equal parts of -1..=1.
    pub positive_histogram: [u32; HISTOGRAM_BINS],
    /// The same of negatives.
    pub negative_histogram: [u32; HISTOGRAM_BINS],
}

/// Parts of -1..=1 that cosines are counted in.
pub const HISTOGRAM_BINS: usize = 32;

/// The part of -1..=1, of [`HISTOGRAM_BINS`] equal ones, that `cosine` falls into.
pub fn histogram_bin(cosine: f32) -> usize {
    let share = (f64::from(cosine) + 1.0) / 2.0;
    ((share * HISTOGRAM_BINS as f64).max(0.0) as usize).min(HISTOGRAM_BINS - 1)
}

impl PairMeasures {
    /// Share of triplets that are right; `None` where there are none.
    pub fn triplet_accuracy(&self) -> Option<f64> {
        (self.triplets > 0).then(|| self.right as f64 / self.triplets as f64)
    }

    /// Mean cosine of anchors and positives; `None` without pairs.
    pub fn positive_cosine_mean(&self) -> Option<f64> {
        (self.pairs > 0).then(|| self.positive_cosine_sum / self.pairs as f64)
    }

    /// Mean cosine of anchors and negatives; `None` where there are none.
    pub fn negative_cosine_mean(&self) -> Option<f64> {
        (self.triplets > 0).then(|| self.negative_cosine_sum / self.triplets as f64)
    }
}

impl PairMeasures {
    fn share(&self, count: usize) -> Option<f64> {
        (self.pairs > 0).then(|| count as f64 / self.pairs as f64)
    }

    /// Share of pairs whose positive is the phrase nearest to the anchor, its other positives left out.
    pub fn recall_at_1(&self) -> Option<f64> {
        self.share(self.first)
    }

    /// Share of pairs whose positive is among the five phrases nearest to the anchor.
    pub fn recall_at_5(&self) -> Option<f64> {
        self.share(self.in_five)
    }

    /// Mean of one over the rank of the positive among all phrases.
    pub fn mean_reciprocal_rank(&self) -> Option<f64> {
        (self.pairs > 0).then(|| self.reciprocal_rank_sum / self.pairs as f64)
    }
}

/// Measures `pairs` over rows of `dims` numbers.
///
/// A pair with a given negative makes one triplet. A pair without takes as negative every row that is
/// neither the anchor nor a known positive of it. Ranks are among those rows in any case. Pairs that are
/// said not to belong together have no part.
pub fn pair_measures(values: &[f32], dims: usize, pairs: &[PairRows], known: &KnownPositives) -> PairMeasures {
    let unit = normalised_rows(values, dims);
    let n_rows = unit.len() / dims;
    let mut sorted: Vec<PairRows> = pairs.iter().filter(|pair| pair.is_positive()).copied().collect();
    sorted.sort_unstable();
    let mut measures = PairMeasures::default();
    for chunk in sorted.chunk_by(|a, b| a.anchor / CHUNK_ANCHORS as u32 == b.anchor / CHUNK_ANCHORS as u32) {
        let mut anchors: Vec<u32> = chunk.iter().map(|pair| pair.anchor).collect();
        anchors.dedup();
        let cosines = cosines_with_all(&unit, dims, &anchors);
        for pair in chunk {
            let row = anchors.partition_point(|anchor| *anchor < pair.anchor) * n_rows;
            measures.add(pair, &cosines[row..row + n_rows], known);
        }
    }
    measures
}

impl PairMeasures {
    /// Counts one pair, given the cosines of its anchor with every row.
    fn add(&mut self, pair: &PairRows, cosines: &[f32], known: &KnownPositives) {
        let positive = cosines[pair.positive as usize];
        self.pairs += 1;
        self.positive_histogram[histogram_bin(positive)] += 1;
        self.positive_cosine_sum += f64::from(positive);
        let others = || cosines.iter().enumerate().filter(|(row, _)| !known.excludes(pair.anchor, *row as u32));
        let others_and_own = others().map(|(_, cosine)| (f64::from(*cosine), false)).chain([(f64::from(positive), true)]);
        let rank = first_relevant_rank(others_and_own).unwrap_or(usize::MAX);
        self.first += usize::from(rank == 1);
        self.in_five += usize::from(rank <= 5);
        self.reciprocal_rank_sum += 1.0 / rank as f64;
        let mut add = |cosine: f32| {
            self.triplets += 1;
            self.negative_histogram[histogram_bin(cosine)] += 1;
            self.right += usize::from(positive > cosine);
            self.negative_cosine_sum += f64::from(cosine);
        };
        match pair.negative {
            Some(negative) => add(cosines[negative as usize]),
            None => others().for_each(|(_, cosine)| add(*cosine)),
        }
    }
}

/// Cosines of the rows `anchors` with every row: anchors × rows.
fn cosines_with_all(unit: &[f32], dims: usize, anchors: &[u32]) -> Vec<f32> {
    let left: Vec<f32> = anchors.iter().flat_map(|row| &unit[*row as usize * dims..][..dims]).copied().collect();
    product_alone(as_matrix(&left, dims), as_matrix(unit, dims).transpose())
}
