//! Multiple negatives ranking, also called InfoNCE (Henderson et al. 2017; van den Oord et al. 2018).
//!
//! Losses of labels and scores are in `scored.rs`.

use rayon::prelude::*;

use super::{BatchVectors, Couplings, DenseCouplings, Evaluation, Similarity, Units};
use crate::numbers::{Real, SHARED_FROM, as_matrix, both, exp_less, largest, product, widest};

/// Cross-entropy of picking each anchor's own positive among all candidates by `scale` · cosine.
///
/// `scale` is one over the temperature. Candidate i is the positive of anchor i; every other one is a
/// negative unless `batch.excluded` says it is known to be positive too.
/// (`sentence_transformers.losses.MultipleNegativesRankingLoss`.)
pub fn multiple_negatives_ranking<T: Real>(batch: &BatchVectors<'_, T>, scale: f64) -> Evaluation<T> {
    let (b, c) = (batch.n_anchors(), batch.n_candidates());
    let cosines = Cosines::of(batch);
    let (value, weights) = cross_entropy(&cosines.values, c, scale, 1.0, batch.excluded);
    cosines.evaluation(value / b as f64, weights)
}

/// The mean of two cross-entropies: of picking each anchor's positive among all candidates, and of
/// picking each positive's anchor among all anchors.
/// (`sentence_transformers.losses.MultipleNegativesSymmetricRankingLoss`.)
pub fn multiple_negatives_ranking_symmetric<T: Real>(batch: &BatchVectors<'_, T>, scale: f64) -> Evaluation<T> {
    let (b, c) = (batch.n_anchors(), batch.n_candidates());
    let cosines = Cosines::of(batch);
    let turned = anchors_by_positive(&cosines.values, b, c);
    let excluded_back = if batch.excluded.is_empty() { Vec::new() } else { anchors_by_positive(batch.excluded, b, c) };
    let (value, mut forward) = cross_entropy(&cosines.values, c, scale, 0.5, batch.excluded);
    let (value_back, backward) = cross_entropy(&turned, b, scale, 0.5, &excluded_back);
    for (positive, row) in backward.chunks_exact(b).enumerate() {
        row.iter().enumerate().for_each(|(anchor, weight)| forward[anchor * c + positive] += *weight);
    }
    cosines.evaluation((value + value_back) / b as f64, forward)
}

/// The first `b` columns of a matrix of `c`, turned: a row for each positive, a column for each anchor.
fn anchors_by_positive<T: Copy>(matrix: &[T], b: usize, c: usize) -> Vec<T> {
    (0..b).flat_map(|positive| (0..b).map(move |anchor| matrix[anchor * c + positive])).collect()
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
        let of = |values| move || Units::of(values, batch.dims);
        let (anchors, candidates) = both(batch.candidates.len(), of(batch.anchors), of(batch.candidates));
        let values = product(as_matrix(&anchors.rows, batch.dims), as_matrix(&candidates.rows, batch.dims).transpose());
        Self { anchors, candidates, values }
    }

    fn evaluation(self, value: f64, weights: Vec<T>) -> Evaluation<T> {
        let (anchors, candidates) = (self.anchors, self.candidates);
        let couplings = Couplings::Dense(DenseCouplings { weights, cosines: self.values, anchors, candidates });
        Evaluation { value: T::from_f64(value), similarity: Similarity::Cosine, couplings }
    }
}

/// `part` of the sum of the cross-entropies of rows of cosines, whose target is on the diagonal, and the derivative of
/// `part` of their mean. What is `excluded`, place by place, does not count; empty: nothing is.
fn cross_entropy<T: Real>(cosines: &[T], width: usize, scale: f64, part: f64, excluded: &[bool]) -> (f64, Vec<T>) {
    let n_rows = cosines.len() / width;
    let mut weights = vec![T::ZERO; cosines.len()];
    let slope = T::from_f64(scale * part / n_rows as f64);
    let scale = T::from_f64(scale);
    let of_row = |(target, (row, cosines)): (usize, (&mut [T], &[T]))| {
        let excluded = excluded.get(target * width..(target + 1) * width).unwrap_or(&[]);
        widest(
            #[inline(always)]
            || {
                row.iter_mut().zip(cosines).for_each(|(logit, cosine)| *logit = *cosine * scale);
                let value = softmax_in_place(row, target, excluded);
                row[target] -= T::ONE;
                row.iter_mut().for_each(|probability| *probability *= slope);
                value
            },
        )
    };
    // Summed in the order of the rows, however they were computed.
    let values: Vec<f64> = match cosines.len() < SHARED_FROM {
        true => weights.chunks_exact_mut(width).zip(cosines.chunks_exact(width)).enumerate().map(of_row).collect(),
        false => weights.par_chunks_exact_mut(width).zip(cosines.par_chunks_exact(width)).enumerate().map(of_row).collect(),
    };
    (values.iter().sum::<f64>() * part, weights)
}

/// Turns logits into probabilities, 0 for what is excluded, and returns -ln of the target's.
#[inline(always)]
fn softmax_in_place<T: Real>(logits: &mut [T], target: usize, excluded: &[bool]) -> f64 {
    // So far below every other logit that its exponential is 0.
    let out = T::from_f64(f64::from(f32::MIN));
    let target_logit = logits[target];
    logits.iter_mut().zip(excluded).for_each(|(logit, is_out)| *logit = if *is_out { out } else { *logit });
    logits[target] = target_logit;
    let largest = largest(logits, target_logit);
    let sum = exp_less(logits, largest);
    logits.iter_mut().for_each(|probability| *probability /= sum);
    sum.to_f64().ln() - (target_logit - largest).to_f64()
}
