//! How faithful a map is to the space it was made from: trustworthiness and continuity (Venna and Kaski 2001), for as many
//! vectors as a map may have.
//!
//! Distances are Euclidean, as they are in the measures of a run (`quality.rs`), where all of them are at hand in any case.

use rand::RngCore;
use rayon::prelude::*;

use super::axes::mean_row;
use super::chunks::add_centred;
use super::{Coordinates, Vectors};
use crate::numbers::{Purpose, Real, as_matrix, generator, product, wide_dot};
use crate::progress::{OnProgress, Progress};

/// Neighbours that are compared where there are enough.
pub const FIDELITY_NEIGHBOURS: usize = 10;

/// Distances that are looked at, at most: those of 5 000 vectors from all of them.
const MAX_DISTANCES: usize = 25_000_000;

/// Vectors whose neighbours are compared in any case, if there are as many.
const FEWEST_ROWS: usize = 500;

/// Rows whose distances from all others are in memory at once.
const ROWS_AT_ONCE: usize = 64;

/// How far neighbours on a map are neighbours in the space, and the other way round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fidelity {
    /// Neighbours that were compared.
    pub k: usize,
    /// Vectors whose neighbours among *all* were compared.
    pub n_rows: usize,
    /// Vectors in all: where more than `n_rows`, those compared were drawn.
    pub n: usize,
    /// 1 where those near on the map are near in the space.
    pub trustworthiness: f64,
    /// 1 where those near in the space are near on the map.
    pub continuity: f64,
}

impl Fidelity {
    /// Of a map of `vectors`, by the nearest [`FIDELITY_NEIGHBOURS`] of each, or fewer where these are not less than half
    /// of all. Of more than 5 000 vectors the `seed` draws some whose neighbours are compared, the fewer the more there are,
    /// but 500 at least.
    ///
    /// `None` if there are fewer than three vectors, another number of places, or somebody cancelled.
    pub fn of<R: Real>(vectors: &Vectors<R>, map: &Coordinates, seed: u64, progress: &mut OnProgress<'_>) -> Option<Self> {
        let n = vectors.len();
        let k = FIDELITY_NEIGHBOURS.min(n.saturating_sub(1) / 2);
        if k == 0 || map.points().len() != n {
            return None;
        }
        let compared = rows_compared(n, seed);
        let (space, map) = (Distances::in_space(vectors), Distances::on_map(map));
        let (mut on_map, mut in_space) = (0, 0);
        for (block, done) in compared.chunks(ROWS_AT_ONCE).zip(1..) {
            let (far, near) = (space.of_rows(block), map.of_rows(block));
            let lines = block.par_iter().zip(far.par_chunks(n)).zip(near.par_chunks(n));
            let found: Vec<[usize; 2]> =
                lines.map(|((own, far), near)| [intruders(far, near, *own, k), intruders(near, far, *own, k)]).collect();
            found.iter().for_each(|[here, there]| (on_map, in_space) = (on_map + here, in_space + there));
            let done = (done * ROWS_AT_ONCE).min(compared.len());
            if progress(Progress { done, total: compared.len(), unit: "neighbourhoods compared" }).is_break() {
                return None;
            }
        }
        let worst = (compared.len() * k * (2 * n - 3 * k - 1)) as f64;
        let share = |sum: usize| 1.0 - 2.0 * sum as f64 / worst;
        Some(Self { k, n_rows: compared.len(), n, trustworthiness: share(on_map), continuity: share(in_space) })
    }
}

/// All rows, or so many of them as are compared at most, in rising order.
fn rows_compared(n: usize, seed: u64) -> Vec<usize> {
    let mut draws = generator(seed, Purpose::Map, 2);
    let mut wanted = (MAX_DISTANCES / n.max(1)).max(FEWEST_ROWS).min(n);
    // Each row is taken with the share of those wanted among those left (Knuth, "Selection sampling").
    let mut is_taken = |row: &usize| {
        let n_left = (n - row) as u64;
        let is_taken = (u64::from(draws.next_u32()) * n_left) >> 32 < wanted as u64;
        wanted -= usize::from(is_taken);
        is_taken
    };
    (0..n).filter(|row| is_taken(row)).collect()
}

/// Points whose squared distances are asked for.
struct Distances {
    /// Less their mean.
    values: Vec<f64>,
    dims: usize,
    squares: Vec<f64>,
}

impl Distances {
    fn in_space<R: Real>(vectors: &Vectors<R>) -> Self {
        let mut values = Vec::new();
        add_centred(&mut values, vectors.values(), &mean_row(vectors));
        Self::of(values, vectors.dims())
    }

    fn on_map(map: &Coordinates) -> Self {
        Self::of(map.values.clone(), map.n_axes)
    }

    fn of(values: Vec<f64>, dims: usize) -> Self {
        let squares = values.chunks_exact(dims).map(|row| wide_dot(row, row)).collect();
        Self { values, dims, squares }
    }

    /// Squared distances of some rows from all, row by row.
    fn of_rows(&self, rows: &[usize]) -> Vec<f64> {
        let block: Vec<f64> = rows.iter().flat_map(|row| &self.values[row * self.dims..][..self.dims]).copied().collect();
        let mut values = product(as_matrix(&block, self.dims), as_matrix(&self.values, self.dims).transpose());
        values.par_chunks_mut(self.squares.len()).zip(rows).for_each(|(line, row)| {
            let own = self.squares[*row];
            line.iter_mut().zip(&self.squares).for_each(|(value, square)| *value = (own + square - 2.0 * *value).max(0.0));
        });
        values
    }
}

/// By how much the `k` nearest in `near` are not among the `k` nearest in `far`: the sum of their ranks there beyond k.
fn intruders(far: &[f64], near: &[f64], own: usize, k: usize) -> usize {
    let nearest = nearest_rows(near, own, k);
    nearest.into_iter().map(|row| rank_of(far, row, own).saturating_sub(k)).sum()
}

/// The `k` nearest but for row `own`; of equally near ones the earlier.
fn nearest_rows(distances: &[f64], own: usize, k: usize) -> Vec<usize> {
    let mut found: Vec<(f64, usize)> = Vec::with_capacity(k + 1);
    for (row, distance) in distances.iter().enumerate() {
        let is_near = found.len() < k || found.last().is_some_and(|(furthest, _)| distance < furthest);
        if is_near && row != own {
            let place = found.partition_point(|(other, _)| other <= distance);
            found.insert(place, (*distance, row));
            found.truncate(k);
        }
    }
    found.into_iter().map(|(_, row)| row).collect()
}

/// The place of `row` when all but `own` are put in order of their distance, from 1; of equally near ones the earlier first.
fn rank_of(distances: &[f64], row: usize, own: usize) -> usize {
    let distance = distances[row];
    let count = |values: &[f64], is_before: fn(f64, f64) -> bool| -> usize {
        values.iter().map(|other| usize::from(is_before(*other, distance))).sum()
    };
    let n_before = count(&distances[..row], |other, this| other <= this) + count(&distances[row..], |other, this| other < this);
    let own_counts = distances[own] < distance || (own < row && distances[own] == distance);
    1 + n_before - usize::from(own_counts)
}
