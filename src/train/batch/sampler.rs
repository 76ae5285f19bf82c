//! Which pairs are in the batch of a step: seeded, without replacement within an epoch.
//!
//! The batch of any step can be asked for on its own, so that a recorded step can show its forces.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::super::recipe::{Negatives, Settings};
use super::super::seed::{Purpose, generator};
use super::columns::{Columns, needs_one_negative};
use super::pool::Pool;
use crate::data::Score;
use crate::space::{KnownPositives, PairRows};

/// One batch: rows of phrases, in the layout that losses take.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Rows of the b anchors.
    pub anchors: Vec<u32>,
    /// Rows of the b positives, then of the given (or drawn) negatives.
    pub candidates: Vec<u32>,
    /// b × candidates: `true` where the candidate is a known positive of the anchor or the anchor itself.
    pub excluded: Vec<bool>,
    /// Label or score of each candidate; empty where the data has none.
    pub scores: Vec<f32>,
}

/// Deals batches of pairs.
#[derive(Debug, Clone)]
pub struct Sampler<'a> {
    seed: u64,
    n_phrases: u32,
    pairs: &'a [PairRows],
    columns: Columns,
    known: KnownPositives,
    epoch: Option<u64>,
    order: Vec<u32>,
}

impl<'a> Sampler<'a> {
    /// A dealer for `pairs` over `n_phrases` phrases.
    pub fn new(seed: u64, n_phrases: usize, pairs: &'a [PairRows]) -> Self {
        let order = (0..pairs.len() as u32).collect();
        let (known, columns) = (KnownPositives::of(pairs, n_phrases), Columns::of(pairs));
        Self { seed, n_phrases: n_phrases as u32, pairs, columns, known, epoch: None, order }
    }

    /// Knows of more positives than its own pairs say.
    pub fn knowing(mut self, known: KnownPositives) -> Self {
        self.known = known;
        self
    }

    /// The batch of `step`, of at most `settings.batch` pairs; an epoch is cut into batches of nearly equal size.
    ///
    /// Where `settings` ask for the hardest negatives they are sought in `pool`.
    pub fn batch(&mut self, step: usize, settings: &Settings, pool: Option<&Pool>) -> Batch {
        let chosen = self.choose(step, settings);
        self.assemble(&chosen, step as u64, settings, pool)
    }

    /// The pairs of the batch of `step`.
    pub fn choose(&mut self, step: usize, settings: &Settings) -> Vec<PairRows> {
        let n_batches = batches_per_epoch(self.pairs.len(), settings.batch);
        self.shuffle_for((step / n_batches) as u64);
        let part = step % n_batches;
        let cut = |part: usize| part * self.pairs.len() / n_batches;
        self.order[cut(part)..cut(part + 1)].iter().map(|index| self.pairs[*index as usize]).collect()
    }

    /// A batch of exactly `pairs`, in their order; `draw` decides drawn negatives.
    ///
    /// A loss of triplets, or of labels where the data has none, gets one negative for every anchor: the
    /// given one, or a drawn phrase that is no known positive of it. Others get those that are given.
    pub fn assemble(&self, pairs: &[PairRows], draw: u64, settings: &Settings, pool: Option<&Pool>) -> Batch {
        let anchors: Vec<u32> = pairs.iter().map(|pair| pair.anchor).collect();
        let mut candidates: Vec<u32> = pairs.iter().map(|pair| pair.positive).collect();
        if self.columns != Columns::Pairs {
            let scores = pairs.iter().map(|pair| pair.score.map_or(1.0, Score::value)).collect();
            return Batch { anchors, candidates, excluded: Vec::new(), scores };
        }
        let one_each = needs_one_negative(settings, self.columns);
        let mut generator = generator(self.seed, Purpose::Negatives, draw);
        for pair in pairs {
            let negative = match settings.negatives {
                Negatives::None => None,
                Negatives::Hard => pool.and_then(|pool| self.hardest_negative(pair, pool)).or(pair.negative),
                Negatives::Drawn => pair.negative,
            };
            let drawn = || (one_each && settings.negatives != Negatives::None).then(|| self.draw_negative(pair, &mut generator));
            candidates.extend(negative.or_else(drawn));
        }
        let excluded = self.known.mask(&anchors, &candidates);
        Batch { anchors, candidates, excluded, scores: Vec::new() }
    }

    /// The phrase of `pool` nearest to the anchor that is no known positive of it.
    fn hardest_negative(&self, pair: &PairRows, pool: &Pool) -> Option<u32> {
        let cosines = pool.cosines(pair.anchor)?;
        let free = cosines.iter().enumerate().map(|(index, cosine)| (pool.row_at(index), *cosine));
        let free = free.filter(|(row, _)| !self.known.excludes(pair.anchor, *row));
        free.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(row, _)| row)
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

/// Batches of at most `size` pairs that an epoch is cut into.
pub fn batches_per_epoch(n_pairs: usize, size: usize) -> usize {
    n_pairs.div_ceil(size.max(1)).max(1)
}
