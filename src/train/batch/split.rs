//! Which pairs are held out of training, to measure on.

use rand::seq::SliceRandom;

use crate::numbers::{Purpose, generator};
use crate::space::PairRows;

/// The pairs to train on and the `n_held_out` that are not, each in the order of the list; `seed` decides which.
pub(crate) fn split(pairs: &[PairRows], n_held_out: usize, seed: u64) -> (Vec<PairRows>, Vec<PairRows>) {
    let mut order: Vec<u32> = (0..pairs.len() as u32).collect();
    order.shuffle(&mut generator(seed, Purpose::HoldOut, 0));
    let (held_out, trained) = order.split_at_mut(n_held_out.min(pairs.len()));
    let pick = |rows: &mut [u32]| {
        rows.sort_unstable();
        rows.iter().map(|row| pairs[*row as usize]).collect()
    };
    (pick(trained), pick(held_out))
}
