//! Random weights of a seed: the same numbers on every machine.
//!
//! Which tensors they are for, and how far they spread, is the architecture's to say.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use sha2::{Digest, Sha256};

/// Keeps these streams of a seed apart from those that training draws from the same one.
const PURPOSE: u8 = 6;

/// `n` numbers from N(0, 1) for the tensor called `name`.
pub(super) fn normal(seed: u64, name: &str, n: usize) -> Vec<f32> {
    let hash = Sha256::digest(name.as_bytes());
    let stream = hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8] = PURPOSE;
    let mut generator = ChaCha8Rng::from_seed(key);
    generator.set_stream(stream);
    StandardNormal.sample_iter(generator).take(n).collect()
}
