//! Random weights of a seed: the same numbers on every machine.
//!
//! Which tensors they are for, and how far they spread, is the architecture's to say.

use rand_distr::{Distribution, StandardNormal};
use sha2::{Digest, Sha256};

use crate::numbers::{Purpose, generator};

/// `n` numbers from N(0, 1) for the tensor called `name`.
pub(super) fn normal(seed: u64, name: &str, n: usize) -> Vec<f32> {
    let hash = Sha256::digest(name.as_bytes());
    let stream = hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
    StandardNormal.sample_iter(generator(seed, Purpose::Weights, stream)).take(n).collect()
}
