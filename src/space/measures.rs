//! Numbers that say whether training works: triplet accuracy, mean cosines and ranks of pairs.
//!
//! They are computed on unit vectors in the full space; the map has no part in them.

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

/// Rows up to which [`KnownPositives`] keeps a bit for every two of them (2 MiB at most).
const MAX_BIT_ROWS: usize = 4096;

/// Which phrases are known to be positives of which: in any pair together, either way round.
///
/// Asked for every two phrases of every batch, so small sets have a table of bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPositives {
    /// By row: the rows known to be positive with it, sorted.
    by_row: Vec<Vec<u32>>,
    /// Row × row: what [`KnownPositives::excludes`] answers; empty for large sets.
    bits: Vec<u64>,
}

impl KnownPositives {
    /// What `pairs` say of `n_rows` rows.
    pub fn of(pairs: &[PairRows], n_rows: usize) -> Self {
        let mut by_row = vec![Vec::new(); n_rows];
        for pair in pairs.iter().filter(|pair| pair.is_positive()) {
            for (row, other) in [(pair.anchor, pair.positive), (pair.positive, pair.anchor)] {
                if let Some(list) = by_row.get_mut(row as usize) {
                    list.push(other);
                }
            }
        }
        for list in &mut by_row {
            list.sort_unstable();
            list.dedup();
        }
        let mut known = Self { by_row, bits: Vec::new() };
        if n_rows <= MAX_BIT_ROWS {
            known.bits = known.table(n_rows);
        }
        known
    }

    fn table(&self, n_rows: usize) -> Vec<u64> {
        let mut bits = vec![0; (n_rows * n_rows).div_ceil(64)];
        for (row, list) in self.by_row.iter().enumerate() {
            for other in list.iter().map(|other| *other as usize).chain([row]) {
                let place = row * n_rows + other;
                bits[place / 64] |= 1 << (place % 64);
            }
        }
        bits
    }

    /// What [`KnownPositives::excludes`] says of every anchor with every candidate: anchors × candidates.
    pub fn mask(&self, anchors: &[u32], candidates: &[u32]) -> Vec<bool> {
        let mut places: Vec<(u32, usize)> = candidates.iter().enumerate().map(|(place, row)| (*row, place)).collect();
        places.sort_unstable();
        let firsts = first_places(&places, self.by_row.len());
        let first_of = |row: u32| match firsts.get(row as usize) {
            Some(first) => *first,
            None => places.partition_point(|(other, _)| *other < row),
        };
        let mut mask = vec![false; anchors.len() * candidates.len()];
        for (anchor, mask) in anchors.iter().zip(mask.chunks_exact_mut(candidates.len().max(1))) {
            let known = self.by_row.get(*anchor as usize).map_or(&[][..], Vec::as_slice);
            for row in known.iter().chain([anchor]) {
                places[first_of(*row)..].iter().take_while(|(other, _)| other == row).for_each(|(_, place)| mask[*place] = true);
            }
        }
        mask
    }

    /// Whether `other` may not count as a negative of `row`: it is the row itself or a known positive of it.
    pub fn excludes(&self, row: u32, other: u32) -> bool {
        let place = row as usize * self.by_row.len() + other as usize;
        if let Some(word) = self.bits.get(place / 64) {
            return word >> (place % 64) & 1 == 1;
        }
        row == other || self.by_row.get(row as usize).is_some_and(|list| list.binary_search(&other).is_ok())
    }
}

/// For each of `n_rows` rows, where in the sorted `places` its own begin; nothing if that were more work than searching.
fn first_places(places: &[(u32, usize)], n_rows: usize) -> Vec<usize> {
    const ROWS_PER_PLACE: usize = 16;
    if n_rows > ROWS_PER_PLACE * places.len() {
        return Vec::new();
    }
    let mut next = 0;
    let first_of = |row: u32| {
        next += places[next..].iter().take_while(|(other, _)| *other < row).count();
        next
    };
    (0..n_rows as u32).map(first_of).collect()
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
