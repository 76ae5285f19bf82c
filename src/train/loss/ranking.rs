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
    let mut weights = cosines.values.clone();
    let value = add_cross_entropy(&mut weights, c, scale, 1.0, batch.excluded);
    cosines.evaluation(value / b as f64, weights)
}

/// The mean of two cross-entropies: of picking each anchor's positive among all candidates, and of
/// picking each positive's anchor among all anchors.
/// (`sentence_transformers.losses.MultipleNegativesSymmetricRankingLoss`.)
pub fn multiple_negatives_ranking_symmetric<T: Real>(batch: &BatchVectors<'_, T>, scale: f64) -> Evaluation<T> {
    let (b, c) = (batch.n_anchors(), batch.n_candidates());
    let cosines = Cosines::of(batch);
    let mut forward = cosines.values.clone();
    let mut backward = anchors_by_positive(&cosines.values, b, c);
    let excluded_back = if batch.excluded.is_empty() { Vec::new() } else { anchors_by_positive(batch.excluded, b, c) };
    let value = add_cross_entropy(&mut forward, c, scale, 0.5, batch.excluded)
        + add_cross_entropy(&mut backward, b, scale, 0.5, &excluded_back);
    for (positive, row) in backward.chunks_exact(b).enumerate() {
        row.iter().enumerate().for_each(|(anchor, weight)| forward[anchor * c + positive] += *weight);
    }
    cosines.evaluation(value / b as f64, forward)
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

/// Turns rows of cosines, whose target is on the diagonal, into the derivative of `part` of the mean
/// cross-entropy; returns `part` of its sum. What is `excluded`, place by place, does not count; empty: nothing is.
fn add_cross_entropy<T: Real>(rows: &mut [T], width: usize, scale: f64, part: f64, excluded: &[bool]) -> f64 {
    let n_rows = rows.len() / width;
    let slope = T::from_f64(scale * part / n_rows as f64);
    let scale = T::from_f64(scale);
    let of_row = |(target, row): (usize, &mut [T])| {
        let excluded = excluded.get(target * width..(target + 1) * width).unwrap_or(&[]);
        widest(
            #[inline(always)]
            || {
                row.iter_mut().for_each(|cosine| *cosine *= scale);
                let value = softmax_in_place(row, target, excluded);
                row[target] -= T::ONE;
                row.iter_mut().for_each(|probability| *probability *= slope);
                value
            },
        )
    };
    // Summed in the order of the rows, however they were computed.
    let values: Vec<f64> = match rows.len() < SHARED_FROM {
        true => rows.chunks_exact_mut(width).enumerate().map(of_row).collect(),
        false => rows.par_chunks_exact_mut(width).enumerate().map(of_row).collect(),
    };
    values.iter().sum::<f64>() * part
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
