//! Random numbers: one seed, and for every purpose a stream of its own.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What the random numbers of a generator are for; keeps the streams of one seed apart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// The start of a phrase's vector.
    Start = 1,
    /// The order of the pairs in an epoch.
    Order = 2,
    /// Negatives drawn for pairs that give none.
    Negatives = 3,
    /// The pairs that are held out.
    HoldOut = 4,
    /// The start of a token's vector.
    TokenStart = 5,
    /// A model's random weights.
    Weights = 6,
    /// The recorded subset of a large set.
    Subset = 7,
    /// What is drawn for a map: points to keep away from, landmarks, vectors whose neighbours are compared.
    Map = 8,
}

/// A portable generator: the same numbers on every machine for (seed, purpose, index).
pub(crate) fn generator(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8] = purpose as u8;
    let mut generator = ChaCha8Rng::from_seed(key);
    generator.set_stream(index);
    generator
}
