//! Principal axes from the singular values of the centred rows themselves.
//!
//! Products of rows square what they are made of, and in f64 a direction of less than a billionth of the variance
//! drowns in the rounding of the largest. Singular values (Golub and Van Loan, "Matrix Computations", 2013, chapters
//! 5.2 and 8.6) are wrong by the rounding of the largest length, not of its square.

use std::ops::Range;

use super::ProjectionError;
use super::chunks::{CHUNK_ROWS, Chunk, Extent, add_centred, by_lane};
use crate::numbers::{Real, as_matrix, sum_of};

/// Steps of the last digit that a number of a file may be off, above what it is when it was rounded once.
const DIGITS_LOST: f64 = 2.0;

/// An axis and the variance along it.
pub(super) type Axis = (f64, Vec<f64>);

/// The `n_axes` right singular vectors of the `n` rows less `centre`, strongest first, with the variances along them.
///
/// Where there are more rows than dimensions, Q R of some of them at a time keeps R alone, whose singular vectors are
/// the same; so memory holds a few squares of the dimension, not the rows.
pub(super) fn singular_axes<R: Real>(
    n_chunks: usize,
    chunk: &Chunk<'_, R>,
    n: usize,
    centre: &[f64],
    n_axes: usize,
) -> Result<Vec<Axis>, ProjectionError> {
    let dims = centre.len();
    let rows = shortened(by_lane(n_chunks, |chunks| rows_of(chunks, chunk, centre)).concat(), dims);
    let failed = |got: String| ProjectionError::Failed { wanted: "singular values", got };
    let svd = as_matrix(&rows, dims).thin_svd().map_err(|error| failed(format!("{error:?}")))?;
    let (values, columns) = (svd.S().column_vector(), svd.V());
    if values.iter().any(|value| !value.is_finite()) {
        return Err(failed("numbers that are not finite".to_owned()));
    }
    let axis = |index: usize| (values[index].powi(2) / (n - 1) as f64, columns.col(index).iter().copied().collect());
    Ok((0..n_axes.min(values.nrows())).map(axis).collect())
}

/// Rows whose right singular vectors are those of the centred rows in some chunks.
fn rows_of<R: Real>(chunks: Range<usize>, chunk: &Chunk<'_, R>, centre: &[f64]) -> Vec<f64> {
    let dims = centre.len();
    let mut rows = Vec::new();
    for values in chunks.map(chunk) {
        add_centred(&mut rows, &values, centre);
        if rows.len() >= (dims + dims.max(CHUNK_ROWS)) * dims {
            rows = shortened(rows, dims);
        }
    }
    rows
}

/// The triangle R of Q R, where there are more rows than dimensions.
fn shortened(rows: Vec<f64>, dims: usize) -> Vec<f64> {
    if rows.len() <= dims * dims {
        return rows;
    }
    let qr = as_matrix(&rows, dims).qr();
    let triangle = qr.thin_R();
    (0..dims * dims).map(|place| triangle[(place / dims, place % dims)]).collect()
}

/// How much variance along a direction is rounding: of the decomposition, and of numbers far from zero, whose last
/// digits were lost before they came here.
pub(super) struct Noise {
    /// Along any direction.
    everywhere: f64,
    /// Along each dimension.
    by_dimension: Vec<f64>,
}

impl Noise {
    /// Of `n` vectors that reach as far as `extent` says and have `total_variance`.
    pub(super) fn of<R: Real>(extent: &Extent, n: usize, total_variance: f64) -> Self {
        let epsilon = R::EPSILON.to_f64();
        let dims = extent.sizes().count();
        let everywhere = (epsilon * n.max(dims) as f64).powi(2) * total_variance;
        // n × d errors of one size have their largest singular value at √n + √d times that.
        let gathered = n.max(dims) as f64 / (n.max(2) - 1) as f64;
        let by_dimension = extent.sizes().map(|size| (DIGITS_LOST * epsilon * size).powi(2) * gathered).collect();
        Self { everywhere, by_dimension }
    }

    /// Whether the variance along an axis is no more than this.
    pub(super) fn hides(&self, (variance, direction): &Axis) -> bool {
        let along = sum_of(direction, &self.by_dimension, direction, |x, noise: f64, _| x * x * noise);
        *variance <= self.everywhere + along
    }
}
