//! The nearest rows of every row by Euclidean distance: exact, in blocks, so that memory holds no square of all.

use rayon::prelude::*;

use crate::numbers::{Real, as_matrix, dot, largest, product, sum_of, widest};
use crate::progress::{OnProgress, Progress};
use crate::space::Vectors;
use crate::space::axes::mean_row;

/// Rows whose products with all rows are in memory at once.
const ROWS_AT_ONCE: usize = 128;

/// Rows beyond those wanted that are measured exactly: products round, and what is nearly as near might be nearer.
const SPARE: usize = 16;

/// Rows less their mean, divided by the largest number in them: who is near whom is the same, and squares of distances
/// are neither too large nor too small to be added up.
pub(super) struct Rows<R> {
    pub(super) values: Vec<R>,
    pub(super) dims: usize,
}

impl<R: Real> Rows<R> {
    /// Of finite `vectors`.
    pub(super) fn of(vectors: &Vectors<R>) -> Self {
        let dims = vectors.dims();
        let mean = mean_row(vectors);
        let centred = |row: &[R]| -> Vec<R> { row.iter().zip(&mean).map(|(x, m)| R::from_f64(x.to_f64() - m)).collect() };
        let mut values: Vec<R> = vectors.rows().flat_map(centred).collect();
        let sizes: Vec<R> = values.iter().map(|x| if *x < R::ZERO { -*x } else { *x }).collect();
        let size = largest(&sizes, R::ZERO);
        if size > R::ZERO {
            values.iter_mut().for_each(|x| *x = R::from_f64(x.to_f64() / size.to_f64()));
        }
        Self { values, dims }
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.values.len() / self.dims
    }

    /// Row number `index`.
    pub(super) fn row(&self, index: usize) -> &[R] {
        &self.values[index * self.dims..][..self.dims]
    }
}

/// The nearest others of every row, nearest first; of equally near ones the earlier.
pub(super) struct Near {
    /// How many each row has.
    pub(super) k: usize,
    /// n × k rows.
    pub(super) others: Vec<u32>,
    /// n × k distances.
    pub(super) distances: Vec<f64>,
}

impl Near {
    /// The `k` nearest others of every row; `None` if somebody cancelled.
    pub(super) fn of<R: Real>(rows: &Rows<R>, k: usize, progress: &mut OnProgress<'_>) -> Option<Self> {
        let (n, dims) = (rows.len(), rows.dims);
        let k = k.min(n.saturating_sub(1));
        let squares: Vec<R> = rows.values.chunks_exact(dims).map(|row| dot(row, row)).collect();
        let mut near = Self { k, others: Vec::with_capacity(n * k), distances: Vec::with_capacity(n * k) };
        for (index, block) in rows.values.chunks(ROWS_AT_ONCE * dims).enumerate() {
            let products: Vec<R> = product(as_matrix(block, dims), as_matrix(&rows.values, dims).transpose());
            let first = index * ROWS_AT_ONCE;
            let found: Vec<Vec<(f64, u32)>> =
                products.par_chunks(n).enumerate().map(|(row, line)| nearest(rows, first + row, &squares, line, k)).collect();
            for (distance, other) in found.into_iter().flatten() {
                near.others.push(other);
                near.distances.push(distance);
            }
            let done = (first + ROWS_AT_ONCE).min(n);
            if progress(Progress { done, total: n, unit: "vectors compared" }).is_break() {
                return None;
            }
        }
        Some(near)
    }

    /// The nearest of `row` with their distances.
    pub(super) fn of_row(&self, row: usize) -> (&[u32], &[f64]) {
        let range = row * self.k..(row + 1) * self.k;
        (&self.others[range.clone()], &self.distances[range])
    }
}

/// The `k` nearest of row `own`, from its products with all rows: those that look nearest, measured again.
fn nearest<R: Real>(rows: &Rows<R>, own: usize, squares: &[R], products: &[R], k: usize) -> Vec<(f64, u32)> {
    let looks = |(square, product): (&R, &R)| (*square - *product - *product).to_f64();
    let all = squares.iter().zip(products).map(looks).zip(0_u32..);
    let mut found: Vec<(f64, u32)> = all.filter(|(_, other)| *other as usize != own).collect();
    let nearer = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if k + SPARE < found.len() {
        found.select_nth_unstable_by(k + SPARE, nearer);
        found.truncate(k + SPARE);
    }
    found.iter_mut().for_each(|(distance, other)| *distance = distance_of(rows.row(own), rows.row(*other as usize)));
    found.sort_unstable_by(nearer);
    found.truncate(k);
    found
}

/// Euclidean distance by differences, in f64.
fn distance_of<R: Real>(left: &[R], right: &[R]) -> f64 {
    widest(
        #[inline(always)]
        || {
            sum_of(left, right, right, |x: R, y: R, _| {
                let difference = x.to_f64() - y.to_f64();
                difference * difference
            })
        },
    )
    .sqrt()
}
