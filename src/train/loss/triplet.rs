//! Triplet losses (Schroff et al. 2015): the positive must be nearer than the negative by a margin.
//!
//! Candidates are the b positives and then b negatives, one for each anchor.

use super::{BatchVectors, Coupling, Couplings, Evaluation, Similarity};
use crate::numbers::{Real, cosine};

/// Mean of max(0, cos(a, n) - cos(a, p) + margin): cosine distance is 1 - cosine.
pub fn triplet_cosine<T: Real>(batch: &BatchVectors<'_, T>, margin: f64) -> Evaluation<T> {
    triplet(batch, margin, Similarity::Cosine, |x, y| -cosine(x, y))
}

/// Mean of max(0, |a - p| - |a - n| + margin).
pub fn triplet_euclidean<T: Real>(batch: &BatchVectors<'_, T>, margin: f64) -> Evaluation<T> {
    let distance = |x: &[T], y: &[T]| x.iter().zip(y).map(|(a, b)| (*a - *b) * (*a - *b)).sum::<T>().sqrt();
    triplet(batch, margin, Similarity::Distance, distance)
}

/// `far` grows as two vectors part; only triplets that miss the margin are coupled.
fn triplet<T: Real>(
    batch: &BatchVectors<'_, T>,
    margin: f64,
    similarity: Similarity,
    far: impl Fn(&[T], &[T]) -> T,
) -> Evaluation<T> {
    let b = batch.n_anchors();
    let share = T::ONE / T::from_f64(b as f64);
    let towards = match similarity {
        Similarity::Cosine => -share,
        Similarity::Distance => share,
    };
    let mut couplings = Vec::with_capacity(2 * b);
    let mut value = T::ZERO;
    for anchor in 0..b.min(batch.n_candidates().saturating_sub(b)) {
        let vector = batch.anchor(anchor);
        let missing = far(vector, batch.candidate(anchor)) - far(vector, batch.candidate(b + anchor)) + T::from_f64(margin);
        if missing > T::ZERO {
            value += missing * share;
            couplings.push(Coupling { anchor, candidate: anchor, weight: towards });
            couplings.push(Coupling { anchor, candidate: b + anchor, weight: -towards });
        }
    }
    Evaluation { value, similarity, couplings: Couplings::Sparse(couplings) }
}
