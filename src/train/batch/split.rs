//! Which pairs are held out of training, to measure on.

use rand::seq::SliceRandom;

use super::super::seed::{Purpose, generator};
use crate::space::PairRows;

/// How many of `n_pairs` pairs are held out, where that is their share `holdout`.
pub(crate) fn held_out_count(holdout: f64, n_pairs: usize) -> usize {
    (holdout * n_pairs as f64).round() as usize
}

/// The pairs to train on and those held out, each in the order of the list; `seed` decides which.
pub(crate) fn split(pairs: &[PairRows], holdout: f64, seed: u64) -> (Vec<PairRows>, Vec<PairRows>) {
    let mut order: Vec<u32> = (0..pairs.len() as u32).collect();
    order.shuffle(&mut generator(seed, Purpose::HoldOut, 0));
    let (held_out, trained) = order.split_at_mut(held_out_count(holdout, pairs.len()).min(pairs.len()));
    let pick = |rows: &mut [u32]| {
        rows.sort_unstable();
        rows.iter().map(|row| pairs[*row as usize]).collect()
    };
    (pick(trained), pick(held_out))
}
