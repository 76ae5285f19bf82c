//! Multiple negatives ranking, also called InfoNCE (Henderson et al. 2017; van den Oord et al. 2018).
//!
//! Losses of labels and scores are in `scored.rs`.

use rayon::prelude::*;

use super::super::Real;
use super::{BatchVectors, Couplings, DenseCouplings, Evaluation, SHARED_FROM, Similarity, Units};

/// Cross-entropy of picking each anchor's own positive among all candidates by `scale` · cosine.
///
/// `scale` is one over the temperature. Candidate i is the positive of anchor i; every other one is a
/// negative unless `batch.excluded` says it is known to be positive too.
/// (`sentence_transformers.losses.MultipleNegativesRankingLoss`.)
pub fn multiple_negatives_ranking<T: Real>(batch: &BatchVectors<'_, T>, scale: f64) -> Evaluation<T> {
    let (b, c) = (batch.n_anchors(), batch.n_candidates());
    let cosines = Cosines::of(batch);
    let mut weights = cosines.values.clone();
    let excluded = |anchor: usize, candidate: usize| batch.excluded.get(anchor * c + candidate).copied().unwrap_or(false);
    let value = add_cross_entropy(&mut weights, c, scale, 1.0, &excluded);
    cosines.evaluation(value / b as f64, weights)
}

/// The mean of two cross-entropies: of picking each anchor's positive among all candidates, and of
/// picking each positive's anchor among all anchors.
/// (`sentence_transformers.losses.MultipleNegativesSymmetricRankingLoss`.)
pub fn multiple_negatives_ranking_symmetric<T: Real>(batch: &BatchVectors<'_, T>, scale: f64) -> Evaluation<T> {
    let (b, c) = (batch.n_anchors(), batch.n_candidates());
    let cosines = Cosines::of(batch);
    let excluded = |anchor: usize, candidate: usize| batch.excluded.get(anchor * c + candidate).copied().unwrap_or(false);
    let mut forward = cosines.values.clone();
    let mut backward: Vec<T> = (0..b)
        .flat_map(|positive| (0..b).map(move |anchor| (anchor, positive)))
        .map(|(a, p)| cosines.values[a * c + p])
        .collect();
    let value = add_cross_entropy(&mut forward, c, scale, 0.5, &excluded)
        + add_cross_entropy(&mut backward, b, scale, 0.5, &|positive, anchor| excluded(anchor, positive));
    for (positive, row) in backward.chunks_exact(b).enumerate() {
        row.iter().enumerate().for_each(|(anchor, weight)| forward[anchor * c + positive] += *weight);
    }
    cosines.evaluation(value / b as f64, forward)
}

/// Unit vectors of a batch and all their cosines.
struct Cosines<T> {
    anchors: Units<T>,
    candidates: Units<T>,
    /// b × c.
    values: Vec<T>,
}

impl<T: Real> Cosines<T> {
    fn of(batch: &BatchVectors<'_, T>) -> Self {
        let anchors = Units::of(batch.anchors, batch.dims);
        let candidates = Units::of(batch.candidates, batch.dims);
        let values = T::times_transposed(&anchors.rows, &candidates.rows, batch.dims);
        Self { anchors, candidates, values }
    }

    fn evaluation(self, value: f64, weights: Vec<T>) -> Evaluation<T> {
        let (anchors, candidates) = (self.anchors, self.candidates);
        let couplings = Couplings::Dense(DenseCouplings { weights, cosines: self.values, anchors, candidates });
        Evaluation { value: T::from_f64(value), similarity: Similarity::Cosine, couplings }
    }
}

/// Turns rows of cosines, whose target is on the diagonal, into the derivative of `part` of the mean
/// cross-entropy; returns `part` of its sum.
fn add_cross_entropy<T: Real>(
    rows: &mut [T],
    width: usize,
    scale: f64,
    part: f64,
    excluded: &(dyn Fn(usize, usize) -> bool + Sync),
) -> f64 {
    let n_rows = rows.len() / width;
    let slope = T::from_f64(scale * part / n_rows as f64);
    let scale = T::from_f64(scale);
    let of_row = |(target, row): (usize, &mut [T])| {
        row.iter_mut().for_each(|cosine| *cosine *= scale);
        let value = softmax_in_place(row, target, &|candidate| excluded(target, candidate));
        row[target] -= T::ONE;
        row.iter_mut().for_each(|probability| *probability *= slope);
        value
    };
    // Summed in the order of the rows, however they were computed.
    let values: Vec<f64> = match rows.len() < SHARED_FROM {
        true => rows.chunks_exact_mut(width).enumerate().map(of_row).collect(),
        false => rows.par_chunks_exact_mut(width).enumerate().map(of_row).collect(),
    };
    values.iter().sum::<f64>() * part
}

/// Turns logits into probabilities, 0 for what is excluded, and returns -ln of the target's.
fn softmax_in_place<T: Real>(logits: &mut [T], target: usize, excluded: &dyn Fn(usize) -> bool) -> f64 {
    // So far below every other logit that its exponential is 0.
    let out = T::from_f64(f64::from(f32::MIN));
    let target_logit = logits[target];
    let mut largest = target_logit;
    for (index, logit) in logits.iter_mut().enumerate() {
        if index != target && excluded(index) {
            *logit = out;
        } else if *logit > largest {
            largest = *logit;
        }
    }
    let sum = T::exp_less(logits, largest);
    logits.iter_mut().for_each(|probability| *probability = *probability / sum);
    sum.to_f64().ln() - (target_logit - largest).to_f64()
}
