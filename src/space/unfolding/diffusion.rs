//! Diffusion map (Coifman and Lafon 2006): places are the slowest ways in which a random walk between near vectors mixes.
//!
//! The kernel is as wide at each vector as its neighbourhood (Zelnik-Manor and Perona 2004), and how densely vectors lie is
//! divided out. Of many vectors some are landmarks, between which the walk goes; every vector is placed by its steps to
//! them, as a landmark is too (Nyström extension).

use faer::{Mat, Side};
use rayon::prelude::*;

use super::near::Rows;
use super::tree::Place;
use crate::numbers::{Real, as_matrix, dot, product, wide_dot};
use crate::progress::{OnProgress, Progress};
use crate::space::ProjectionError;

/// Vectors between which the walk goes, at most.
pub(super) const MAX_LANDMARKS: usize = 1500;

/// The neighbour at whose distance the kernel has fallen to 1 / e.
const WIDTH_NEIGHBOUR: usize = 7;

/// Least width at a vector, as a share of the mean.
const LEAST_WIDTH: f64 = 1e-3;

/// Rows that are placed at a time.
const ROWS_AT_ONCE: usize = 256;

/// Landmarks with what the walk between them is like.
struct Walk {
    /// Landmarks, in f64.
    rows: Vec<f64>,
    dims: usize,
    squares: Vec<f64>,
    widths: Vec<f64>,
    least_width: f64,
    /// How densely landmarks lie at each.
    densities: Vec<f64>,
    /// By axis: the landmarks' parts in it.
    parts: Vec<Vec<f64>>,
}

/// Places of all rows on `n_axes` axes; `None` if somebody cancelled.
///
/// # Errors
/// If the decomposition fails.
pub(super) fn places<R: Real>(
    rows: &Rows<R>,
    landmarks: &[usize],
    n_axes: usize,
    progress: &mut OnProgress<'_>,
) -> Result<Option<Vec<Place>>, ProjectionError> {
    let walk = Walk::between(rows, landmarks, n_axes)?;
    let n = rows.len();
    let mut places = Vec::with_capacity(n);
    for block in rows.values.chunks(ROWS_AT_ONCE * rows.dims) {
        let block: Vec<f64> = block.iter().map(|x| x.to_f64()).collect();
        places.extend(walk.places(&block));
        if progress(Progress { done: places.len(), total: n, unit: "vectors placed" }).is_break() {
            return Ok(None);
        }
    }
    Ok(Some(places))
}

impl Walk {
    fn between<R: Real>(rows: &Rows<R>, landmarks: &[usize], n_axes: usize) -> Result<Self, ProjectionError> {
        let own: Vec<f64> = landmarks.iter().flat_map(|row| rows.row(*row).iter().map(|x| x.to_f64())).collect();
        let squares: Vec<f64> = own.chunks_exact(rows.dims).map(|row| dot(row, row)).collect();
        let n = landmarks.len();
        let mut walk = Self {
            rows: own,
            dims: rows.dims,
            squares,
            widths: vec![1.0; n],
            least_width: 0.0,
            densities: vec![1.0; n],
            parts: Vec::new(),
        };
        let distances = walk.squared_distances(&walk.rows);
        let widths: Vec<f64> = distances.par_chunks(n).map(width_among).collect();
        walk.least_width = LEAST_WIDTH * widths.iter().sum::<f64>() / n as f64;
        walk.widths = widths.into_iter().map(|width| width.max(walk.least_width)).collect();
        let kernel: Vec<Vec<f64>> = distances.par_chunks(n).map(|line| walk.kernel_line(line)).collect();
        walk.densities = kernel.iter().map(|line| line.iter().sum()).collect();
        walk.parts = slowest(&walk.kernel_over_densities(&kernel), n_axes)?;
        Ok(walk)
    }

    /// Squared distances of some rows from all landmarks, row by row.
    fn squared_distances(&self, block: &[f64]) -> Vec<f64> {
        let mut values = product(as_matrix(block, self.dims), as_matrix(&self.rows, self.dims).transpose());
        values.par_chunks_mut(self.squares.len()).zip(block.par_chunks(self.dims)).for_each(|(line, row)| {
            let own = wide_dot(row, row);
            line.iter_mut().zip(&self.squares).for_each(|(value, square)| *value = (own + square - 2.0 * *value).max(0.0));
        });
        values
    }

    /// The kernel of one row with all landmarks, from its squared distances to them.
    fn kernel_line(&self, distances: &[f64]) -> Vec<f64> {
        let own = width_among(distances).max(self.least_width);
        let kernel = |(squared, width): (&f64, &f64)| (-squared / (own * width).max(f64::MIN_POSITIVE)).exp();
        distances.iter().zip(&self.widths).map(kernel).collect()
    }

    /// With how densely landmarks lie divided out of both sides.
    fn kernel_over_densities(&self, kernel: &[Vec<f64>]) -> Mat<f64> {
        let n = kernel.len();
        Mat::from_fn(n, n, |row, column| kernel[row][column] / (self.densities[row] * self.densities[column]))
    }

    /// Where some rows lie: the landmarks' parts, averaged over the steps that a walk makes from there.
    fn places(&self, block: &[f64]) -> Vec<Place> {
        let distances = self.squared_distances(block);
        let place = |line: &[f64]| {
            let mut steps = self.kernel_line(line);
            steps.iter_mut().zip(&self.densities).for_each(|(step, density)| *step /= density);
            let sum: f64 = steps.iter().sum();
            let mut place = [0.0; 3];
            for (x, parts) in place.iter_mut().zip(&self.parts) {
                *x = dot(&steps, parts) / sum.max(f64::MIN_POSITIVE);
            }
            place
        };
        distances.par_chunks(self.squares.len()).map(place).collect()
    }
}

/// The distance of the neighbour that the width is taken from.
fn width_among(squared: &[f64]) -> f64 {
    let mut squared = squared.to_vec();
    let place = WIDTH_NEIGHBOUR.min(squared.len().saturating_sub(1));
    squared.select_nth_unstable_by(place, f64::total_cmp).1.sqrt()
}

/// Right eigenvectors of the walk whose steps are the rows of `kernel`, divided by their sums: those of the largest
/// eigenvalues but for the first, which is the same everywhere. Each is as long as there are rows, squared, where the walk
/// is; the entry with the largest absolute value is positive.
fn slowest(kernel: &Mat<f64>, n_axes: usize) -> Result<Vec<Vec<f64>>, ProjectionError> {
    let n = kernel.nrows();
    let sums: Vec<f64> = (0..n).map(|row| kernel.row(row).iter().sum()).collect();
    let all: f64 = sums.iter().sum();
    // Symmetric with the same eigenvalues; the first eigenvector is known and taken away, so that where the walk falls
    // into several that never meet nothing of it is mixed into the others.
    let symmetric = Mat::from_fn(n, n, |row, column| {
        let roots = (sums[row] * sums[column]).sqrt();
        kernel[(row, column)] / roots - roots / all
    });
    let failed = |got: String| ProjectionError::Failed { wanted: "a diffusion map", got };
    let eigen = symmetric.self_adjoint_eigen(Side::Lower).map_err(|error| failed(format!("{error:?}")))?;
    let columns = eigen.U();
    let axis = |number: usize| {
        let column = columns.col(n - 1 - number);
        let mut axis: Vec<f64> = column.iter().zip(&sums).map(|(x, sum)| x * (all / sum).sqrt()).collect();
        let largest = axis.iter().copied().fold(0.0_f64, |best, x| if x.abs() > best.abs() { x } else { best });
        if largest < 0.0 {
            axis.iter_mut().for_each(|x| *x = -*x);
        }
        axis
    };
    let axes: Vec<Vec<f64>> = (0..n_axes.min(n)).map(axis).collect();
    match axes.iter().flatten().all(|x| x.is_finite()) {
        true => Ok(axes),
        false => Err(failed("numbers that are not finite".to_owned())),
    }
}
