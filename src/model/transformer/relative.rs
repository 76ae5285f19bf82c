//! A bias on attention by how far apart two tokens are, in buckets that all layers share (Raffel et al. 2020, in both directions).

use std::sync::{Mutex, PoisonError};

use candle_core::{Result, Tensor};

use crate::model::stored::on_numbers;

/// Buckets that distances fall into, as in MPNet: a table may have more rows.
const BUCKETS: usize = 32;

/// Distances from here on share a bucket.
const FURTHEST: f32 = 128.0;

/// The bias of every bucket: buckets × heads.
pub(in crate::model) struct Relative {
    table: Tensor,
}

/// The gradients on its numbers, added up.
pub(in crate::model) type RelativeGradients = Mutex<Vec<f32>>;

/// The bias by distance: for each head one number from -(reach - 1) to reach - 1.
#[derive(Debug)]
pub(super) struct Spread {
    reach: usize,
    values: Vec<f32>,
}

impl Spread {
    /// The bias of all keys, from the first on, for the query at place `from` in a phrase of `length` tokens.
    #[inline(always)]
    pub(super) fn row(&self, head: usize, from: usize, length: usize) -> &[f32] {
        &self.values[self.start(head, from)..][..length]
    }

    #[inline(always)]
    fn start(&self, head: usize, from: usize) -> usize {
        head * (2 * self.reach - 1) + self.reach - 1 - from
    }

    /// Zeros of the same size: room for gradients.
    pub(super) fn zeros(&self) -> Self {
        Self { reach: self.reach, values: vec![0.0; self.values.len()] }
    }

    /// Adds `slope` to what belongs to `head` and the distance from place `from` to place `to`.
    #[inline(always)]
    pub(super) fn add(&mut self, head: usize, from: usize, to: usize, slope: f32) {
        let at = self.start(head, from) + to;
        self.values[at] += slope;
    }
}

impl Relative {
    pub(super) fn new(table: Tensor) -> Self {
        Self { table }
    }

    /// The bias for phrases of at most `reach` tokens.
    pub(super) fn spread(&self, reach: usize) -> Result<Spread> {
        let n_heads = self.table.dim(1)?;
        let reach = reach.max(1);
        let buckets: Vec<usize> = distances(reach).map(bucket_of).collect();
        let values = on_numbers(&self.table, |table| {
            let of_head = |head: usize| buckets.iter().map(move |bucket| table[bucket * n_heads + head]);
            (0..n_heads).flat_map(of_head).collect()
        })?;
        Ok(Spread { reach, values })
    }

    /// Adds the gradients by distance to those by bucket.
    pub(super) fn gather(&self, spread: &Spread, sums: &RelativeGradients) -> Result<()> {
        let n_heads = self.table.dim(1)?;
        let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
        for (head, row) in spread.values.chunks_exact(2 * spread.reach - 1).enumerate() {
            for (distance, slope) in distances(spread.reach).zip(row) {
                sums[bucket_of(distance) * n_heads + head] += slope;
            }
        }
        Ok(())
    }
}

/// Of a key from a query, in the order of a [`Spread`].
fn distances(reach: usize) -> impl Iterator<Item = isize> {
    let reach = reach as isize;
    1 - reach..reach
}

/// Half of the buckets are for keys behind the query; of each half the first half is for one distance each, the rest grow
/// with the logarithm.
fn bucket_of(distance: isize) -> usize {
    let half = BUCKETS / 2;
    let first = if distance > 0 { half } else { 0 };
    let (far, exact) = (distance.unsigned_abs(), half / 2);
    if far < exact {
        return first + far;
    }
    let share = (far as f32 / exact as f32).ln() / (FURTHEST / exact as f32).ln();
    first + (exact + (share * (half - exact) as f32) as usize).min(half - 1)
}

#[cfg(test)]
mod tests {
    use super::bucket_of;

    /// `MPNetEncoder.relative_position_bucket` of transformers 5.24 with 32 buckets, for keys so far from the query.
    #[test]
    fn buckets_are_those_of_mpnet() {
        let expected = [
            (-200, 15),
            (-128, 15),
            (-20, 10),
            (-8, 8),
            (-7, 7),
            (-1, 1),
            (0, 0),
            (1, 17),
            (7, 23),
            (8, 24),
            (20, 26),
            (90, 30),
            (128, 31),
        ];
        for (distance, bucket) in expected {
            assert_eq!(bucket_of(distance), bucket, "{distance}");
        }
    }
}
