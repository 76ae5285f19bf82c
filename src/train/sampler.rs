//! Which pairs are in the batch of a step: seeded, without replacement within an epoch.
//!
//! The batch of any step can be asked for on its own, so that a recorded step can show its forces.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::space::{KnownPositives, PairRows};

/// What the random numbers of a generator are for; keeps the streams of one seed apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// The start of a phrase's vector.
    Start = 1,
    /// The order of the pairs in an epoch.
    Order = 2,
    /// Negatives drawn for pairs that give none.
    Negatives = 3,
}

/// A portable generator: the same numbers on every machine for (seed, purpose, index).
pub(super) fn generator(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8] = purpose as u8;
    let mut generator = ChaCha8Rng::from_seed(key);
    generator.set_stream(index);
    generator
}

/// One batch: rows of phrases, in the layout that losses take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Rows of the b anchors.
    pub anchors: Vec<u32>,
    /// Rows of the b positives, then of the given (or drawn) negatives.
    pub candidates: Vec<u32>,
    /// b × candidates: `true` where the candidate is a known positive of the anchor or the anchor itself.
    pub excluded: Vec<bool>,
}

/// Deals batches of pairs.
#[derive(Debug, Clone)]
pub struct Sampler<'a> {
    seed: u64,
    n_phrases: u32,
    pairs: &'a [PairRows],
    known: KnownPositives,
    epoch: Option<u64>,
    order: Vec<u32>,
}

impl<'a> Sampler<'a> {
    /// A dealer for `pairs` over `n_phrases` phrases.
    pub fn new(seed: u64, n_phrases: usize, pairs: &'a [PairRows]) -> Self {
        let order = (0..pairs.len() as u32).collect();
        Self { seed, n_phrases: n_phrases as u32, pairs, known: KnownPositives::of(pairs, n_phrases), epoch: None, order }
    }

    /// The batch of `step`, of at most `size` pairs; an epoch is cut into batches of nearly equal size.
    ///
    /// With `one_negative_each`, every anchor gets exactly one negative (for triplet losses): the given
    /// one, or a drawn phrase that is no known positive of it. Without, only given negatives are added.
    pub fn batch(&mut self, step: usize, size: usize, one_negative_each: bool) -> Batch {
        let n_batches = self.pairs.len().div_ceil(size.max(1)).max(1);
        self.shuffle_for((step / n_batches) as u64);
        let part = step % n_batches;
        let cut = |part: usize| part * self.pairs.len() / n_batches;
        let chosen: Vec<PairRows> =
            self.order[cut(part)..cut(part + 1)].iter().map(|index| self.pairs[*index as usize]).collect();
        self.assemble(&chosen, step as u64, one_negative_each)
    }

    /// A batch of exactly `pairs`, in their order; `draw` decides drawn negatives.
    pub fn assemble(&self, pairs: &[PairRows], draw: u64, one_negative_each: bool) -> Batch {
        let anchors: Vec<u32> = pairs.iter().map(|pair| pair.anchor).collect();
        let mut candidates: Vec<u32> = pairs.iter().map(|pair| pair.positive).collect();
        if one_negative_each {
            let mut generator = generator(self.seed, Purpose::Negatives, draw);
            candidates.extend(pairs.iter().map(|pair| pair.negative.unwrap_or_else(|| self.draw_negative(pair, &mut generator))));
        } else {
            candidates.extend(pairs.iter().filter_map(|pair| pair.negative));
        }
        let excluded = anchors.iter().flat_map(|a| candidates.iter().map(move |c| self.known.excludes(*a, *c))).collect();
        Batch { anchors, candidates, excluded }
    }

    fn shuffle_for(&mut self, epoch: u64) {
        if self.epoch != Some(epoch) {
            self.epoch = Some(epoch);
            self.order = (0..self.pairs.len() as u32).collect();
            self.order.shuffle(&mut generator(self.seed, Purpose::Order, epoch));
        }
    }

    /// A phrase that is neither the anchor nor a known positive of it; counted through from a random
    /// place, so that it is found wherever one exists.
    fn draw_negative(&self, pair: &PairRows, generator: &mut ChaCha8Rng) -> u32 {
        let first = generator.gen_range(0..self.n_phrases.max(1));
        (0..self.n_phrases)
            .map(|offset| (first + offset) % self.n_phrases)
            .find(|row| !self.known.excludes(pair.anchor, *row))
            .unwrap_or(pair.positive)
    }
}
