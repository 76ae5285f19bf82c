//! All phrases with all: a matrix of cosines in an order that shows clusters, and how the cosines of all pairs spread.
//!
//! The matrix as a table for files is in `tables.rs`.

use std::sync::Arc;

use rayon::prelude::*;

use super::linkage::average_linkage;
use super::tables::every_cosine;
use super::{SpaceId, Vectors};
use crate::progress::OnProgress;

/// At most so many phrases are compared each with each: 12.5 million pairs, about a second.
pub const MAX_COMPARED: usize = 5000;

/// At most so many phrases have a row in the matrix: 4 million cells, as many as a picture of them can have.
pub const MAX_ROWS: usize = 2000;

/// Steps from -1 to 1 in which cosines are counted: finer than anybody reads them.
const FINE_STEPS: usize = 20_000;

/// How the cosines of pairs spread, counted in steps of 1/10 000.
#[derive(Debug, Clone, PartialEq)]
pub struct CosineSpread {
    counts: Vec<u64>,
    n_pairs: u64,
}

impl Default for CosineSpread {
    fn default() -> Self {
        Self { counts: vec![0; FINE_STEPS + 1], n_pairs: 0 }
    }
}

impl CosineSpread {
    fn add(&mut self, cosines: &[f32]) {
        cosines.iter().for_each(|cosine| self.counts[step_of(*cosine)] += 1);
        self.n_pairs += cosines.len() as u64;
    }

    fn with(mut self, other: Self) -> Self {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.n_pairs += other.n_pairs;
        self
    }

    /// How many pairs.
    pub fn n_pairs(&self) -> u64 {
        self.n_pairs
    }

    /// The share of pairs with a lower cosine, 0..=1; 0 where there are none.
    pub fn share_below(&self, cosine: f32) -> f64 {
        let below: u64 = self.counts[..step_of(cosine)].iter().sum();
        below as f64 / self.n_pairs.max(1) as f64
    }

    /// The lowest and the highest cosine, within 1/10 000; `None` where there are none.
    pub fn range(&self) -> Option<[f32; 2]> {
        let cosine = |step: usize| step as f32 / (FINE_STEPS as f32 / 2.0) - 1.0;
        let first = self.counts.iter().position(|count| *count > 0)?;
        let last = self.counts.iter().rposition(|count| *count > 0)?;
        Some([cosine(first), cosine(last)])
    }

    /// How many pairs are in each of `n` equal parts of -1..=1.
    pub fn histogram(&self, n: usize) -> Vec<u64> {
        let mut bins = vec![0; n.max(1)];
        let last = bins.len() - 1;
        for (step, count) in self.counts.iter().enumerate() {
            bins[(step * (last + 1) / FINE_STEPS).min(last)] += count;
        }
        bins
    }
}

fn step_of(cosine: f32) -> usize {
    let share = (f64::from(cosine) + 1.0) / 2.0 * FINE_STEPS as f64;
    (share.round().max(0.0) as usize).min(FINE_STEPS)
}

/// Phrases with phrases.
#[derive(Debug, Clone, PartialEq)]
pub struct Similarity {
    /// Those in the matrix.
    pub phrases: Vec<Arc<str>>,
    /// Their cosines, row after row.
    pub cosines: Vec<f32>,
    /// Rows in an order in which clusters stand together.
    pub clustered: Vec<usize>,
    /// The cosines of all pairs of those that were compared.
    pub spread: CosineSpread,
    /// How many were compared.
    pub n_compared: usize,
    /// The space of their vectors.
    pub space: SpaceId,
}

/// Compares `phrases` with these `vectors`, each with each; of more than `n_rows` some evenly spread ones are in the matrix.
/// `None` if somebody cancelled.
pub fn similarity(phrases: &[Arc<str>], vectors: &Vectors, n_rows: usize, progress: &mut OnProgress<'_>) -> Option<Similarity> {
    let n = vectors.len();
    let spread = spread_of(vectors, progress)?;
    let rows = evenly_spread(n, n_rows.min(MAX_ROWS));
    let values: Vec<f32> = rows.iter().filter_map(|row| vectors.get(*row)).flatten().copied().collect();
    let mut cosines = Vec::with_capacity(rows.len() * rows.len());
    if !values.is_empty() {
        let shown = Vectors::new(vectors.space().clone(), values);
        every_cosine(&shown, progress, &mut |_, block| cosines.extend_from_slice(block))?;
    }
    Some(Similarity {
        clustered: average_linkage(&cosines, rows.len()).order,
        phrases: rows.iter().filter_map(|row| phrases.get(*row)).cloned().collect(),
        cosines,
        spread,
        n_compared: n,
        space: vectors.space().clone(),
    })
}

/// The cosines of each two different vectors.
fn spread_of(vectors: &Vectors, progress: &mut OnProgress<'_>) -> Option<CosineSpread> {
    let n = vectors.len();
    let mut spread = CosineSpread::default();
    if n == 0 {
        return Some(spread);
    }
    every_cosine(vectors, progress, &mut |first, block| {
        let rows: Vec<&[f32]> = block.chunks(n).collect();
        let count = |(place, rows): (usize, &[&[f32]])| {
            let mut part = CosineSpread::default();
            let start = first + place * ROWS_A_COUNT;
            rows.iter().enumerate().for_each(|(row, cosines)| part.add(&cosines[start + row + 1..]));
            part
        };
        let parts: Vec<CosineSpread> = rows.par_chunks(ROWS_A_COUNT).enumerate().map(count).collect();
        spread = parts.into_iter().fold(std::mem::take(&mut spread), CosineSpread::with);
    })?;
    Some(spread)
}

/// Rows that are counted together.
const ROWS_A_COUNT: usize = 64;

/// At most `most` of `n` places, from the first on at equal distances.
pub fn evenly_spread(n: usize, most: usize) -> Vec<usize> {
    let kept = n.min(most);
    (0..kept).map(|place| place * n / kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress;

    fn names(n: usize) -> Vec<Arc<str>> {
        (0..n).map(|name| name.to_string().into()).collect()
    }

    #[test]
    fn pairs_are_counted_once_and_not_with_themselves() {
        let vectors = Vectors::new(SpaceId::named("tested", 2), vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 2.0, 0.0]);
        let found = similarity(&names(4), &vectors, 10, &mut progress::ignore).expect("not cancelled");
        assert_eq!((found.spread.n_pairs(), found.spread.range()), (6, Some([-1.0, 1.0])));
        assert_eq!(found.spread.histogram(2), [2, 4], "two opposite, three at right angles, one equal");
        assert_eq!(found.spread.share_below(1.0), 5.0 / 6.0);
        assert_eq!(found.spread.share_below(-1.0), 0.0);
        assert_eq!(found.cosines[..4], [1.0, 0.0, -1.0, 1.0]);
    }

    #[test]
    fn of_many_evenly_spread_ones_are_shown_and_all_are_counted() {
        let values: Vec<f32> = (0..200).map(|number| (number as f32 * 0.7).sin()).collect();
        let vectors = Vectors::new(SpaceId::named("tested", 2), values);
        let found = similarity(&names(100), &vectors, 7, &mut progress::ignore).expect("not cancelled");
        assert_eq!((found.phrases.len(), found.cosines.len(), found.n_compared), (7, 49, 100));
        assert_eq!(found.spread.n_pairs(), 4950);
        assert_eq!(found.phrases[1].as_ref(), "14");
        assert_eq!(evenly_spread(3, 7), [0, 1, 2]);
    }

    #[test]
    fn one_phrase_has_no_pairs() {
        let vectors = Vectors::new(SpaceId::named("tested", 2), vec![1.0, 0.0]);
        let found = similarity(&names(1), &vectors, 7, &mut progress::ignore).expect("not cancelled");
        assert_eq!((found.spread.n_pairs(), found.spread.range(), found.spread.share_below(0.5)), (0, None, 0.0));
    }
}
