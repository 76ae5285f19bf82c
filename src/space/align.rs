//! Turning one set of vectors onto another: orthogonal Procrustes (Schönemann 1966) in the full space.
//!
//! A rotation or reflection changes no cosine, so two runs that differ only by one agree in everything but
//! their axes. How much they agree is in `agreement.rs`; here it is found and undone, for a picture.

use faer::{Mat, MatRef, Side};

use super::agreement::weighted_rows;
use super::{MapAxes, ProjectionError, SpaceId};
use crate::numbers::{as_matrix, times};

/// Smallest eigenvalue of a squared matrix, as a share of the largest, whose vector is still known to six digits;
/// in the weakest of a few hundred directions nothing more is asked for.
const SHARP: f64 = 1e-10;

/// The rotation or reflection R that makes the sum of |x R - y|² smallest.
///
/// With fewer vectors than dimensions R is fixed only on the span of the vectors, and what is orthogonal to all of
/// them is sent to 0. That is all that is needed to draw on axes that lie in the span of the targets, as principal
/// components do.
#[derive(Debug, Clone)]
pub struct Turn {
    /// R is their product: a vector or two are carried through them faster than R could be made.
    factors: Vec<Mat<f64>>,
}

impl Turn {
    /// Turns `points` onto `targets`: rows of `dims` and of `target_dims` numbers, as many of both. A row counts
    /// by its weight; with no weights all count the same. Where the dimensions differ, the smaller space is laid
    /// into the larger one.
    ///
    /// # Errors
    /// If the decomposition fails, as it does for numbers that are not finite.
    pub fn onto(
        (points, dims): (&[f64], usize),
        (targets, target_dims): (&[f64], usize),
        weights: Option<&[f64]>,
    ) -> Result<Self, ProjectionError> {
        let n = points.len() / dims;
        let weighted = weights.map(|weights| weighted_rows(points, dims, weights));
        let x = as_matrix(weighted.as_deref().unwrap_or(points), dims);
        let y = as_matrix(targets, target_dims);
        if n >= dims.min(target_dims) {
            return Ok(Self { factors: polar_factors(times(x.transpose(), y))? });
        }
        // xᵀ y = Qx (Rx Ryᵀ) Qyᵀ: only the small matrix in the middle needs to be taken apart.
        let (x, y) = (x.transpose().to_owned().qr(), y.transpose().to_owned().qr());
        let middle = polar_factors(times(x.thin_R(), y.thin_R().transpose()))?;
        let ends = [x.compute_thin_Q(), y.compute_thin_Q().transpose().to_owned()];
        let [first, last] = ends;
        Ok(Self { factors: std::iter::once(first).chain(middle).chain([last]).collect() })
    }

    /// R `target`: the vector v whose product with any x is that of x R with `target`.
    fn pull_back(&self, target: &[f64]) -> Vec<f64> {
        let column = MatRef::from_column_major_slice(target, target.len(), 1).to_owned();
        let pulled = self.factors.iter().rev().fold(column, |column, factor| times(factor.as_ref(), column.as_ref()));
        pulled.col(0).iter().copied().collect()
    }

    /// R itself, row-major `dims` × `target_dims`.
    pub fn matrix(&self) -> Vec<f64> {
        let dims = self.factors.first().map_or(0, Mat::nrows);
        let unit: Vec<f64> = (0..dims * dims).map(|place| f64::from(u8::from(place / dims == place % dims))).collect();
        self.apply(&unit, dims)
    }

    /// `values`, rows of the space that is turned, as they lie after the turn.
    pub fn apply(&self, values: &[f64], dims: usize) -> Vec<f64> {
        let turned =
            self.factors.iter().fold(as_matrix(values, dims).to_owned(), |rows, factor| times(rows.as_ref(), factor.as_ref()));
        (0..turned.nrows()).flat_map(|row| (0..turned.ncols()).map(move |column| (row, column))).map(|at| turned[at]).collect()
    }

    /// The axes of the target space as they look from `space`: a vector of that has the coordinates on them
    /// that its turned self has on `axes`. The one way to draw two spaces in one picture.
    pub fn axes_for(&self, axes: &MapAxes, space: SpaceId) -> MapAxes {
        axes.seen_from(space, |vector| self.pull_back(vector))
    }
}

/// Factors of U Vᵀ, where `matrix` is U S Vᵀ: through the eigenvectors of its square, as M · V S⁻¹ · Vᵀ, where these
/// are sharp enough, because that takes a third of the time.
fn polar_factors(matrix: Mat<f64>) -> Result<Vec<Mat<f64>>, ProjectionError> {
    let square = times(matrix.transpose(), matrix.as_ref());
    if matrix.nrows() == matrix.ncols()
        && let Ok(eigen) = square.self_adjoint_eigen(Side::Lower)
    {
        let (values, v) = (eigen.S().column_vector(), eigen.U());
        let n = values.nrows();
        if n > 0 && values[0] > SHARP * values[n - 1] {
            let scaled = Mat::from_fn(n, n, |row, column| v[(row, column)] / values[column].sqrt());
            return Ok(vec![matrix, scaled, v.transpose().to_owned()]);
        }
    }
    let failed = |got: String| ProjectionError::Failed { wanted: "a rotation of one set onto the other", got };
    let svd = matrix.thin_svd().map_err(|error| failed(format!("{error:?}")))?;
    if svd.S().column_vector().iter().any(|value| !value.is_finite()) {
        return Err(failed("numbers that are not finite".to_owned()));
    }
    Ok(vec![svd.U().to_owned(), svd.V().transpose().to_owned()])
}
