//! Exact principal component analysis in f64, for any number of vectors from none upwards.
//!
//! The textbook method (Jolliffe, "Principal Component Analysis", 2002): eigenvectors of the Gram
//! matrix where there are no more vectors than dimensions, of the covariance matrix otherwise. No
//! iteration with a random start is used: on 3 to 7 phrases such methods return wrong axes.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use faer::{Mat, MatRef, Side};
use rayon::prelude::*;

use super::axes::check_finite;
use super::{MapAxes, Method, ProjectionError, SpaceId, Vectors};
use crate::numbers::{add_lower_square, as_matrix, length_in_turn, multiply_alone};

/// Rows turned to f64 at a time when the covariance is summed; bounds memory.
const CHUNK_ROWS: usize = 1024;

/// Parts of the vectors that are summed side by side. How many there are does not depend on the machine, and so
/// neither does the result.
const LANES: usize = 4;

/// Variance below this share of the total is rounding, not a direction of the data.
const NOISE_SHARE: f64 = 1e-12;

/// The `n_axes` directions that keep the most variance of `vectors`, strongest first.
///
/// **Sign rule:** the entry of an axis with the largest absolute value (the first of equals) is
/// positive, as in scikit-learn. **Missing directions** (fewer than `n_axes` where vectors are few,
/// equal or on a line) are axes of zeros, so that their coordinates are 0.
///
/// # Errors
/// A number that is not finite, with its row.
pub fn fit_pca(vectors: &Vectors, n_axes: usize) -> Result<MapAxes, ProjectionError> {
    let rows_a_chunk = CHUNK_ROWS * vectors.dims();
    let n_chunks = vectors.values().len().div_ceil(rows_a_chunk);
    let chunk = |index: usize| {
        let start = index * rows_a_chunk;
        Cow::Borrowed(&vectors.values()[start..vectors.values().len().min(start + rows_a_chunk)])
    };
    fit_pca_of(vectors.space(), n_chunks, &chunk, n_axes)
}

/// As [`fit_pca`], for vectors of `space` that come in `n_chunks` parts of whole rows, so that no copy
/// of all of them is needed. Each chunk is asked for twice.
pub fn fit_pca_of<'a>(space: &SpaceId, n_chunks: usize, chunk: &Chunk<'a>, n_axes: usize) -> Result<MapAxes, ProjectionError> {
    let dims = space.dims;
    let (centre, n) = mean_of(dims, n_chunks, chunk)?;
    let components = if n <= dims {
        let mut centred = Vec::new();
        (0..n_chunks).for_each(|index| add_centred(&mut centred, &chunk(index), &centre));
        gram_components(&centred, dims, n_axes)?
    } else {
        covariance_components(n_chunks, chunk, n, &centre, n_axes)?
    };
    let Components { mut directions, mut variances, total_variance } = components;
    directions.iter_mut().for_each(|direction| fix_sign(direction));
    directions.resize(n_axes, vec![0.0; dims]);
    variances.resize(n_axes, 0.0);
    Ok(MapAxes { space: Arc::new(space.clone()), method: Method::Pca, centre, directions, variances, total_variance })
}

struct Components {
    directions: Vec<Vec<f64>>,
    variances: Vec<f64>,
    total_variance: f64,
}

/// Whole rows of vectors by the number of their chunk.
type Chunk<'a> = dyn Fn(usize) -> Cow<'a, [f32]> + Sync + 'a;

/// What `work` makes of each of a few runs of chunks, in their order.
fn by_lane<T: Send>(n_chunks: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let cut = |lane: usize| lane * n_chunks / LANES;
    (0..LANES).into_par_iter().map(|lane| work(cut(lane)..cut(lane + 1))).collect()
}

/// The mean vector in f64 (zeros where there are none) and the number of vectors.
fn mean_of(dims: usize, n_chunks: usize, chunk: &Chunk<'_>) -> Result<(Vec<f64>, usize), ProjectionError> {
    let (mut mean, mut n) = (vec![0.0; dims], 0);
    for (sum, n_rows, bad) in by_lane(n_chunks, |chunks| sum_of(dims, chunks, chunk)) {
        if let Some(error) = bad {
            return Err(error.after_rows(n));
        }
        mean.iter_mut().zip(&sum).for_each(|(mean, sum)| *mean += sum);
        n += n_rows;
    }
    mean.iter_mut().for_each(|sum| *sum /= n.max(1) as f64);
    Ok((mean, n))
}

/// The sum of the vectors in some chunks and their number, up to the first number that is not finite.
fn sum_of(dims: usize, chunks: Range<usize>, chunk: &Chunk<'_>) -> (Vec<f64>, usize, Option<ProjectionError>) {
    let (mut sum, mut n) = (vec![0.0; dims], 0);
    for index in chunks {
        let values = chunk(index);
        if let Err(error) = check_finite(&values, dims) {
            return (sum, n, Some(error.after_rows(n)));
        }
        for row in values.chunks_exact(dims) {
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        n += values.len() / dims;
    }
    (sum, n, None)
}

/// Eigenvectors u of X·Xᵀ (n × n) give the axes Xᵀu / |Xᵀu|.
fn gram_components(centred: &[f64], dims: usize, n_axes: usize) -> Result<Components, ProjectionError> {
    let n = centred.len() / dims;
    if n < 2 {
        return Ok(Components { directions: Vec::new(), variances: Vec::new(), total_variance: 0.0 });
    }
    let x = as_matrix(centred, dims);
    let mut gram = Mat::<f64>::zeros(n, n);
    multiply_alone(gram.as_mut(), x, x.transpose());
    let pairs = strongest(gram.as_ref(), n_axes)?;
    let divisor = (n - 1) as f64;
    let mut components =
        Components { directions: Vec::new(), variances: Vec::new(), total_variance: trace(gram.as_ref()) / divisor };
    for (_, u) in pairs {
        let mut direction = vec![0.0; dims];
        for (weight, row) in u.iter().zip(centred.chunks_exact(dims)) {
            direction.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
        let length = length_in_turn(&direction);
        direction.iter_mut().for_each(|value| *value /= length);
        components.directions.push(direction);
        components.variances.push(length * length / divisor);
    }
    Ok(components)
}

/// Eigenvectors of Xᵀ·X (d × d) are the axes.
fn covariance_components(
    n_chunks: usize,
    chunk: &Chunk<'_>,
    n: usize,
    centre: &[f64],
    n_axes: usize,
) -> Result<Components, ProjectionError> {
    let dims = centre.len();
    let mut scatter = Mat::<f64>::zeros(dims, dims);
    by_lane(n_chunks, |chunks| scatter_of(chunks, chunk, centre)).iter().for_each(|part| scatter += part);
    let divisor = (n - 1) as f64;
    let total_variance = trace(scatter.as_ref()) / divisor;
    let (values, directions): (Vec<f64>, _) = strongest(scatter.as_ref(), n_axes)?.into_iter().unzip();
    Ok(Components { directions, variances: values.iter().map(|value| value / divisor).collect(), total_variance })
}

/// The lower half of Xᵀ·X, for the centred rows X of some chunks.
fn scatter_of(chunks: Range<usize>, chunk: &Chunk<'_>, centre: &[f64]) -> Mat<f64> {
    let dims = centre.len();
    let mut scatter = Mat::<f64>::zeros(dims, dims);
    let mut centred: Vec<f64> = Vec::new();
    let last = chunks.end;
    for index in chunks {
        add_centred(&mut centred, &chunk(index), centre);
        if centred.len() >= CHUNK_ROWS * dims || index + 1 == last {
            add_lower_square(&mut scatter, as_matrix(&centred, dims));
            centred.clear();
        }
    }
    scatter
}

/// Adds the rows of `values`, less the centre, to `rows`.
fn add_centred(rows: &mut Vec<f64>, values: &[f32], centre: &[f64]) {
    rows.reserve(values.len());
    for row in values.chunks_exact(centre.len()) {
        rows.extend(row.iter().zip(centre).map(|(value, mean)| f64::from(*value) - mean));
    }
}

fn trace(matrix: MatRef<'_, f64>) -> f64 {
    (0..matrix.nrows()).map(|i| matrix[(i, i)]).sum()
}

/// The `n_axes` largest eigenvalues above rounding, each with its eigenvector, largest first.
fn strongest(matrix: MatRef<'_, f64>, n_axes: usize) -> Result<Vec<(f64, Vec<f64>)>, ProjectionError> {
    let total = trace(matrix);
    if total <= 0.0 {
        return Ok(Vec::new());
    }
    let eigen = matrix
        .self_adjoint_eigen(Side::Lower)
        .map_err(|error| ProjectionError::Failed { wanted: "eigenvectors", got: format!("{error:?}") })?;
    let (values, columns) = (eigen.S().column_vector(), eigen.U());
    let order = (0..values.nrows()).rev(); // faer sorts them from the smallest.
    Ok(order
        .take(n_axes)
        .map(|i| (values[i], columns.col(i).iter().copied().collect::<Vec<f64>>()))
        .filter(|(value, _)| *value > NOISE_SHARE * total)
        .collect())
}

fn fix_sign(direction: &mut [f64]) {
    let largest = direction.iter().copied().fold(0.0_f64, |best, value| if value.abs() > best.abs() { value } else { best });
    if largest < 0.0 {
        direction.iter_mut().for_each(|value| *value = -*value);
    }
}
