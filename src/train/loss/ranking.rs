//! Multiple negatives ranking, also called InfoNCE (Henderson et al. 2017; van den Oord et al. 2018).
//!
//! The symmetric form and score-based losses are not here.

use super::super::Real;
use super::{BatchVectors, Couplings, DenseCouplings, Evaluation, Similarity, Units};

/// Cross-entropy of picking each anchor's own positive among all candidates by `scale` · cosine.
///
/// `scale` is one over the temperature. Candidate i is the positive of anchor i; every other one is a
/// negative unless `batch.excluded` says it is known to be positive too.
/// (`sentence_transformers.losses.MultipleNegativesRankingLoss`.)
pub fn multiple_negatives_ranking<T: Real>(batch: &BatchVectors<'_, T>, scale: f64) -> Evaluation<T> {
    let (b, c) = (batch.n_anchors(), batch.n_candidates());
    let anchors = Units::of(batch.anchors, batch.dims);
    let candidates = Units::of(batch.candidates, batch.dims);
    let cosines = T::times_transposed(&anchors.rows, &candidates.rows, batch.dims);
    let scale = T::from_f64(scale);
    let share = T::ONE / T::from_f64(b as f64);
    let mut weights = cosines.clone();
    let mut value = 0.0;
    for (anchor, row) in weights.chunks_exact_mut(c).enumerate() {
        row.iter_mut().for_each(|cosine| *cosine *= scale);
        let excluded = batch.excluded.get(anchor * c..(anchor + 1) * c).unwrap_or(&[]);
        value += softmax_in_place(row, anchor, excluded);
        if let Some(own) = row.get_mut(anchor) {
            *own -= T::ONE;
        }
        row.iter_mut().for_each(|probability| *probability *= scale * share);
    }
    let couplings = Couplings::Dense(DenseCouplings { weights, cosines, anchors, candidates });
    Evaluation { value: T::from_f64(value / b as f64), similarity: Similarity::Cosine, couplings }
}

/// Turns logits into probabilities, 0 for what is excluded, and returns -ln of the target's.
fn softmax_in_place<T: Real>(logits: &mut [T], target: usize, excluded: &[bool]) -> f64 {
    let is_out = |index: usize| index != target && excluded.get(index).copied().unwrap_or(false);
    let mut largest = logits[target];
    for (index, logit) in logits.iter().enumerate() {
        if !is_out(index) && *logit > largest {
            largest = *logit;
        }
    }
    let target_logit = logits[target];
    let mut sum = T::ZERO;
    for (index, logit) in logits.iter_mut().enumerate() {
        *logit = if is_out(index) { T::ZERO } else { (*logit - largest).exp() };
        sum += *logit;
    }
    logits.iter_mut().for_each(|probability| *probability = *probability / sum);
    sum.to_f64().ln() - (target_logit - largest).to_f64()
}
