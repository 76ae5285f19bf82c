//! Losses of pairs with a label or a score: contrastive, CoSENT, cosine similarity.
//!
//! Pairs that come without scores count as 1, and their negatives as 0.

use super::{BatchVectors, Coupling, Couplings, Evaluation, Similarity};
use crate::numbers::{Real, cosine};

/// Half the mean of d² for pairs of label 1 and max(0, margin - d)² for pairs of label 0, where d is
/// 1 - cosine (Hadsell et al. 2006; `sentence_transformers.losses.ContrastiveLoss`).
pub fn contrastive_cosine<T: Real>(batch: &BatchVectors<'_, T>, margin: f64) -> Evaluation<T> {
    let half = T::from_f64(0.5);
    mean_over_pairs(batch, |cosine, label| {
        let distance = T::ONE - cosine;
        let missing = T::from_f64(margin) - distance;
        let missing = if missing > T::ZERO { missing } else { T::ZERO };
        let value = half * (label * distance * distance + (T::ONE - label) * missing * missing);
        (value, (T::ONE - label) * missing - label * distance)
    })
}

/// Mean of (cosine - score)² (`sentence_transformers.losses.CosineSimilarityLoss`).
pub fn cosine_similarity<T: Real>(batch: &BatchVectors<'_, T>) -> Evaluation<T> {
    mean_over_pairs(batch, |cosine, score| {
        let error = cosine - score;
        (error * error, error + error)
    })
}

/// `of_pair` gives the value and its derivative by the cosine, for a cosine and a score.
fn mean_over_pairs<T: Real>(batch: &BatchVectors<'_, T>, of_pair: impl Fn(T, T) -> (T, T)) -> Evaluation<T> {
    let share = T::ONE / T::from_f64(batch.n_candidates() as f64);
    let mut value = T::ZERO;
    let mut couplings = Vec::with_capacity(batch.n_candidates());
    for (candidate, anchor, cosine) in pair_cosines(batch) {
        let (of_this, slope) = of_pair(cosine, batch.score(candidate));
        value += of_this * share;
        couplings.push(Coupling { anchor, candidate, weight: slope * share });
    }
    Evaluation { value, similarity: Similarity::Cosine, couplings: Couplings::Sparse(nonzero(couplings)) }
}

/// ln(1 + Σ exp(scale · (cosine i - cosine j))) over all pairs of pairs where score i is below score j
/// (Su 2022; `sentence_transformers.losses.CoSENTLoss`).
///
/// `scale` is one over the temperature.
pub fn cosent<T: Real>(batch: &BatchVectors<'_, T>, scale: f64) -> Evaluation<T> {
    let scale = T::from_f64(scale);
    let pairs: Vec<(usize, usize, T, T)> =
        pair_cosines(batch).map(|(candidate, anchor, cosine)| (candidate, anchor, cosine, batch.score(candidate))).collect();
    let wrong_by = |i: &(usize, usize, T, T), j: &(usize, usize, T, T)| (i.3 < j.3).then(|| scale * (i.2 - j.2));
    let ordered = || pairs.iter().enumerate().flat_map(|(i, a)| pairs.iter().enumerate().map(move |(j, b)| (i, a, j, b)));
    // Less the largest exponent, so that nothing overflows; 0 stands for the 1 under the logarithm.
    let exponents = ordered().filter_map(|(_, a, _, b)| wrong_by(a, b));
    let largest = exponents.fold(T::ZERO, |largest, exponent| if exponent > largest { exponent } else { largest });
    let mut sum = (-largest).exp();
    let mut slopes = vec![T::ZERO; pairs.len()];
    for (i, a, j, b) in ordered() {
        if let Some(exponent) = wrong_by(a, b) {
            let term = (exponent - largest).exp();
            sum += term;
            slopes[i] += term;
            slopes[j] -= term;
        }
    }
    let coupling = |((candidate, anchor, ..), slope): (&(usize, usize, T, T), T)| Coupling {
        anchor: *anchor,
        candidate: *candidate,
        weight: scale * slope / sum,
    };
    let couplings = nonzero(pairs.iter().zip(slopes).map(coupling).collect());
    let value = T::from_f64(sum.to_f64().ln()) + largest;
    Evaluation { value, similarity: Similarity::Cosine, couplings: Couplings::Sparse(couplings) }
}

/// (candidate, its anchor, their cosine) for every candidate.
fn pair_cosines<T: Real>(batch: &BatchVectors<'_, T>) -> impl Iterator<Item = (usize, usize, T)> {
    let b = batch.n_anchors();
    (0..batch.n_candidates()).map(move |candidate| {
        let anchor = candidate % b;
        (candidate, anchor, cosine(batch.anchor(anchor), batch.candidate(candidate)))
    })
}

fn nonzero<T: Real>(mut couplings: Vec<Coupling<T>>) -> Vec<Coupling<T>> {
    couplings.retain(|coupling| coupling.weight != T::ZERO);
    couplings
}
