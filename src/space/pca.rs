//! Exact principal component analysis in f64, for any number of vectors from none upwards.
//!
//! The textbook method (Jolliffe, "Principal Component Analysis", 2002): eigenvectors of the Gram
//! matrix where there are no more vectors than dimensions, of the covariance matrix otherwise; where numbers in f64
//! have axes too weak to be told by their squares, singular vectors of the rows (`singular.rs`). Few axes of many are
//! sought by an iteration (`leading.rs`), from squares in f32 where that can be made as sharp (`sharpened.rs`); both say
//! whether they got there, and where they did not the whole decomposition answers: on 3 to 7 phrases methods that do not
//! ask return wrong axes.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use faer::{Mat, MatRef, Side};

use super::axes::check_squares;
use super::chunks::{CHUNK_ROWS, Chunk, Extent, add_centred, by_lane, mean_of, rows_a_chunk};
use super::leading::{is_worth_it, leading};
use super::sharpened::sharp_axes;
use super::singular::{Axis, Noise, singular_axes};
use super::{MapAxes, Method, ProjectionError, SpaceId, Vectors};
use crate::numbers::{Real, add_lower_square, as_matrix, length_in_turn, multiply_alone};

/// Variance below this share of the total is rounding of products, not a direction of the data.
const NOISE_SHARE: f64 = 1e-12;

/// Share of the total variance down to which axes from products are right to six digits and more.
const SHARP_SHARE: f64 = 1e-9;

/// How far the matrix may move an axis beside itself, as a share of the largest eigenvalue.
const SHARPNESS: f64 = 1e-13;

/// Variance from which on squares keep all their digits.
const LEAST_VARIANCE: f64 = f64::MIN_POSITIVE / f64::EPSILON;

/// The `n_axes` directions that keep the most variance of `vectors`, strongest first.
///
/// **Sign rule:** the entry of an axis with the largest absolute value (the first of equals) is
/// positive, as in scikit-learn. **Missing directions** (fewer than `n_axes` where vectors are few,
/// equal or on a line) are axes of zeros, so that their coordinates are 0.
///
/// # Errors
/// A number that is not finite, with its row; f64 numbers whose squares are too large or too small to be added up.
pub fn fit_pca<R: Real>(vectors: &Vectors<R>, n_axes: usize) -> Result<MapAxes, ProjectionError> {
    let numbers_a_chunk = rows_a_chunk(vectors.len()) * vectors.dims();
    let n_chunks = vectors.values().len().div_ceil(numbers_a_chunk);
    let chunk = |index: usize| {
        let start = index * numbers_a_chunk;
        Cow::Borrowed(&vectors.values()[start..vectors.values().len().min(start + numbers_a_chunk)])
    };
    fit_pca_of(vectors.space(), n_chunks, &chunk, n_axes)
}

/// As [`fit_pca`], for vectors of `space` that come in `n_chunks` parts of whole rows, so that no copy
/// of all of them is needed. Each chunk is asked for twice; of f64 numbers four times at most.
pub fn fit_pca_of<'a, R: Real>(
    space: &SpaceId,
    n_chunks: usize,
    chunk: &Chunk<'a, R>,
    n_axes: usize,
) -> Result<MapAxes, ProjectionError> {
    let dims = space.dims;
    let (mut centre, n) = mean_of(dims, n_chunks, chunk)?;
    let Components { axes, total_variance } = if squares_hold::<R>() {
        components_by_products(n_chunks, chunk, n, &centre, n_axes)?
    } else {
        let extent = Extent::of(n_chunks, chunk, &centre);
        extent.correct(&mut centre, n);
        fine_components(n_chunks, chunk, n, &centre, &extent, n_axes)?
    };
    let (mut variances, mut directions): (Vec<f64>, Vec<Vec<f64>>) = axes.into_iter().unzip();
    directions.iter_mut().for_each(|direction| fix_sign(direction));
    directions.resize(n_axes, vec![0.0; dims]);
    variances.resize(n_axes, 0.0);
    Ok(MapAxes { space: Arc::new(space.clone()), method: Method::Pca, centre, directions, variances, total_variance })
}

struct Components {
    /// Strongest first.
    axes: Vec<Axis>,
    total_variance: f64,
}

/// Whether the squares of numbers of this width have all their digits in f64, so that products lose nothing of them.
fn squares_hold<R: Real>() -> bool {
    R::EPSILON.to_f64().powi(2) > f64::EPSILON
}

fn components_by_products<R: Real>(
    n_chunks: usize,
    chunk: &Chunk<'_, R>,
    n: usize,
    centre: &[f64],
    n_axes: usize,
) -> Result<Components, ProjectionError> {
    if n > centre.len() {
        return covariance_components(n_chunks, chunk, n, centre, n_axes);
    }
    let mut centred = Vec::new();
    (0..n_chunks).for_each(|index| add_centred(&mut centred, &chunk(index), centre));
    gram_components(&centred, centre.len(), n_axes)
}

/// From products where they tell the wanted axes sharply, else from the rows; without what is rounding.
fn fine_components<R: Real>(
    n_chunks: usize,
    chunk: &Chunk<'_, R>,
    n: usize,
    centre: &[f64],
    extent: &Extent,
    n_axes: usize,
) -> Result<Components, ProjectionError> {
    let mut components = components_by_products(n_chunks, chunk, n, centre, n_axes)?;
    let total_variance = components.total_variance;
    if extent.varies() && total_variance < LEAST_VARIANCE {
        return Err(ProjectionError::Squares { sum: total_variance, size: "small" });
    }
    let n_possible = n_axes.min(centre.len()).min(n.saturating_sub(1));
    let n_sharp = components.axes.iter().filter(|(variance, _)| *variance >= SHARP_SHARE * total_variance).count();
    if extent.varies() && n_sharp < n_possible {
        components.axes = singular_axes(n_chunks, chunk, n, centre, n_axes)?;
    }
    let noise = Noise::of::<R>(extent, n, total_variance);
    components.axes.retain(|axis| !noise.hides(axis));
    Ok(components)
}

/// Eigenvectors u of X·Xᵀ (n × n) give the axes Xᵀu / |Xᵀu|.
fn gram_components(centred: &[f64], dims: usize, n_axes: usize) -> Result<Components, ProjectionError> {
    let n = centred.len() / dims;
    if n < 2 {
        return Ok(Components { axes: Vec::new(), total_variance: 0.0 });
    }
    let x = as_matrix(centred, dims);
    let mut gram = Mat::<f64>::zeros(n, n);
    multiply_alone(gram.as_mut(), x, x.transpose());
    let divisor = (n - 1) as f64;
    let total_variance = trace(gram.as_ref()) / divisor;
    let axis = |(_, u): (f64, Vec<f64>)| {
        let mut direction = vec![0.0; dims];
        for (weight, row) in u.iter().zip(centred.chunks_exact(dims)) {
            direction.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
        let length = length_in_turn(&direction);
        direction.iter_mut().for_each(|value| *value /= length);
        (length * length / divisor, direction)
    };
    Ok(Components { axes: strongest(gram.as_ref(), n_axes)?.into_iter().map(axis).collect(), total_variance })
}

/// Eigenvectors of Xᵀ·X (d × d) are the axes.
fn covariance_components<R: Real>(
    n_chunks: usize,
    chunk: &Chunk<'_, R>,
    n: usize,
    centre: &[f64],
    n_axes: usize,
) -> Result<Components, ProjectionError> {
    let dims = centre.len();
    let divisor = (n - 1) as f64;
    let in_variances = |axes: Vec<Axis>| axes.into_iter().map(|(value, direction)| (value / divisor, direction)).collect();
    if squares_hold::<R>()
        && let Some((axes, total)) = sharp_axes(n_chunks, chunk, n, centre, n_axes)
    {
        return Ok(Components { axes: in_variances(axes), total_variance: total / divisor });
    }
    let mut scatter = vec![0.0; dims * dims];
    for part in by_lane(n_chunks, |chunks| scatter_of(chunks, chunk, centre)) {
        scatter.iter_mut().zip(&part).for_each(|(sum, x)| *sum += x);
    }
    let scatter = as_matrix(&scatter, dims);
    let total_variance = trace(scatter) / divisor;
    Ok(Components { axes: in_variances(strongest(scatter, n_axes)?), total_variance })
}

/// The lower half of Xᵀ·X, row-major, for the centred rows X of some chunks.
fn scatter_of<R: Real>(chunks: Range<usize>, chunk: &Chunk<'_, R>, centre: &[f64]) -> Vec<f64> {
    let dims = centre.len();
    let mut scatter = vec![0.0; dims * dims];
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

fn trace(matrix: MatRef<'_, f64>) -> f64 {
    (0..matrix.nrows()).map(|i| matrix[(i, i)]).sum()
}

/// The `n_axes` largest eigenvalues above rounding, each with its eigenvector, largest first, of a symmetric matrix of
/// which the lower half is given.
fn strongest(matrix: MatRef<'_, f64>, n_axes: usize) -> Result<Vec<Axis>, ProjectionError> {
    let total = trace(matrix);
    check_squares(total)?;
    if total <= 0.0 {
        return Ok(Vec::new());
    }
    let mut pairs = strongest_pairs(matrix, n_axes)?;
    pairs.retain(|(value, _)| *value > NOISE_SHARE * total);
    Ok(pairs)
}

fn strongest_pairs(matrix: MatRef<'_, f64>, n_axes: usize) -> Result<Vec<Axis>, ProjectionError> {
    let n = matrix.nrows();
    if is_worth_it(n, n_axes) {
        let whole = whole_of(matrix);
        if let Some(pairs) = leading(&whole, n_axes, SHARPNESS) {
            return Ok(pairs);
        }
    }
    let eigen = matrix
        .self_adjoint_eigen(Side::Lower)
        .map_err(|error| ProjectionError::Failed { wanted: "eigenvectors", got: format!("{error:?}") })?;
    let (values, columns) = (eigen.S().column_vector(), eigen.U());
    let order = (0..values.nrows()).rev(); // faer sorts them from the smallest.
    Ok(order.take(n_axes).map(|i| (values[i], columns.col(i).iter().copied().collect())).collect())
}

/// A symmetric matrix of which the lower half is given, row-major.
fn whole_of(lower: MatRef<'_, f64>) -> Vec<f64> {
    let n = lower.nrows();
    let mut whole = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let value = lower[(row, column)];
            whole[row * n + column] = value;
            whole[column * n + row] = value;
        }
    }
    whole
}

fn fix_sign(direction: &mut [f64]) {
    let largest = direction.iter().copied().fold(0.0_f64, |best, value| if value.abs() > best.abs() { value } else { best });
    if largest < 0.0 {
        direction.iter_mut().for_each(|value| *value = -*value);
    }
}
