//! Numbers that say whether training works: triplet accuracy and mean cosines of pairs.
//!
//! They are computed on unit vectors in the full space; the map has no part in them.

use std::collections::BTreeSet;

use super::normalised_rows;

/// A training pair as rows of a set of vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct PairRows {
    /// Row of the anchor.
    pub anchor: u32,
    /// Row of its positive.
    pub positive: u32,
    /// Row of the given negative, if one was given.
    pub negative: Option<u32>,
}

/// How many triplets are right, and the mean cosines that decide it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TripletCount {
    /// Triplets (anchor, positive, negative) looked at.
    pub triplets: usize,
    /// Those whose positive is nearer to the anchor (by cosine) than the negative.
    pub right: usize,
    /// Sum over triplets of the cosine of anchor and negative.
    pub negative_cosine_sum: f64,
}

impl TripletCount {
    /// Share of triplets that are right; `None` where there are none.
    pub fn accuracy(&self) -> Option<f64> {
        (self.triplets > 0).then(|| self.right as f64 / self.triplets as f64)
    }

    /// Mean cosine of anchors and negatives; `None` where there are none.
    pub fn negative_cosine_mean(&self) -> Option<f64> {
        (self.triplets > 0).then(|| self.negative_cosine_sum / self.triplets as f64)
    }
}

/// Counts the triplets of `pairs` over rows of `dims` numbers.
///
/// A pair with a given negative makes one triplet. A pair without takes as negative every row that is
/// neither the anchor nor a known positive of it; known means: in any pair with it, either way round.
pub fn triplet_count(values: &[f32], dims: usize, pairs: &[PairRows]) -> TripletCount {
    let unit = normalised_rows(values, dims);
    let known = known_positives(pairs);
    let mut count = TripletCount::default();
    for pair in pairs {
        let positive = dot_rows(&unit, dims, pair.anchor, pair.positive);
        let mut add = |negative: u32| {
            let cosine = dot_rows(&unit, dims, pair.anchor, negative);
            count.triplets += 1;
            count.right += usize::from(positive > cosine);
            count.negative_cosine_sum += f64::from(cosine);
        };
        match pair.negative {
            Some(negative) => add(negative),
            None => (0..(unit.len() / dims) as u32)
                .filter(|row| *row != pair.anchor && !known.contains(&(pair.anchor, *row)))
                .for_each(add),
        }
    }
    count
}

/// Mean cosine of anchors and positives; `None` without pairs.
pub fn mean_pair_cosine(values: &[f32], dims: usize, pairs: &[PairRows]) -> Option<f64> {
    let unit = normalised_rows(values, dims);
    let sum: f64 = pairs.iter().map(|pair| f64::from(dot_rows(&unit, dims, pair.anchor, pair.positive))).sum();
    (!pairs.is_empty()).then(|| sum / pairs.len() as f64)
}

/// Every (phrase, positive of it), both ways round.
pub fn known_positives(pairs: &[PairRows]) -> BTreeSet<(u32, u32)> {
    pairs.iter().flat_map(|pair| [(pair.anchor, pair.positive), (pair.positive, pair.anchor)]).collect()
}

fn dot_rows(unit: &[f32], dims: usize, left: u32, right: u32) -> f32 {
    let row = |index: u32| &unit[index as usize * dims..][..dims];
    dot(row(left), row(right))
}

/// Eight partial sums, so that the compiler may use wide registers and the order stays fixed.
fn dot(left: &[f32], right: &[f32]) -> f32 {
    let (left_wide, right_wide) = (left.chunks_exact(8), right.chunks_exact(8));
    let tail: f32 = left_wide.remainder().iter().zip(right_wide.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0_f32; 8];
    for (a, b) in left_wide.zip(right_wide) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + tail
}
