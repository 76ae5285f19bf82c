//! Where the hardest negatives are sought: the vectors of the recorded phrases as they are now, or were a few steps ago.

use std::collections::BTreeSet;

use crate::numbers::{as_matrix, product};
use crate::space::{PairRows, normalised_rows};

/// The vectors that the hardest negatives are sought in.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Rows of the phrases that `units` belong to, rising; `None`: all, in order.
    rows: Option<Vec<u32>>,
    dims: usize,
    units: Vec<f32>,
    /// Anchors that are no part of the pool, rising, and their vectors.
    outside: Vec<u32>,
    outside_units: Vec<f32>,
}

impl Pool {
    /// The vectors `values` (of any length) of the phrases `rows`, which rise; `None`: of all.
    pub fn new(values: &[f32], dims: usize, rows: Option<&[u32]>) -> Self {
        let units = normalised_rows(values, dims);
        Self { rows: rows.map(<[u32]>::to_vec), dims, units, outside: Vec::new(), outside_units: Vec::new() }
    }

    /// Those anchors of `pairs` that are no part of the pool, rising.
    pub fn anchors_outside(&self, pairs: &[PairRows]) -> Vec<u32> {
        let Some(rows) = &self.rows else { return Vec::new() };
        let anchors: BTreeSet<u32> = pairs.iter().map(|pair| pair.anchor).collect();
        anchors.into_iter().filter(|anchor| rows.binary_search(anchor).is_err()).collect()
    }

    /// Tells the vectors `values` of the phrases `rows`, which rise and are no part of the pool, so that negatives of
    /// these can be sought too; they replace those told before.
    pub fn set_outside(&mut self, rows: Vec<u32>, values: &[f32]) {
        (self.outside, self.outside_units) = (rows, normalised_rows(values, self.dims));
    }

    pub(super) fn row_at(&self, index: usize) -> u32 {
        self.rows.as_ref().map_or(index as u32, |rows| rows[index])
    }

    /// Cosines of the phrase `row` with all of the pool; `None` if its vector is not known.
    pub(super) fn cosines(&self, row: u32) -> Option<Vec<f32>> {
        let unit = self.unit(row).or_else(|| unit_at(&self.outside_units, self.dims, self.outside.binary_search(&row).ok()?))?;
        Some(product(as_matrix(unit, self.dims), as_matrix(&self.units, self.dims).transpose()))
    }

    fn unit(&self, row: u32) -> Option<&[f32]> {
        let index = match &self.rows {
            None => row as usize,
            Some(rows) => rows.binary_search(&row).ok()?,
        };
        unit_at(&self.units, self.dims, index)
    }
}

fn unit_at(units: &[f32], dims: usize, index: usize) -> Option<&[f32]> {
    units.get(index * dims..(index + 1) * dims)
}
