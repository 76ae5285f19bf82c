//! Turning one set of vectors onto another: orthogonal Procrustes (Schönemann 1966) in the full space.
//!
//! A rotation or reflection changes no cosine, so two runs that differ only by one agree in everything but
//! their axes. How much they agree is in `agreement.rs`; here it is found and undone, for a picture.

use faer::{Mat, MatRef, Side};

use super::agreement::{times, weighted_rows};
use super::{MapAxes, ProjectionError, SpaceId};

/// Smallest eigenvalue of a squared matrix, as a share of the largest, whose vector is still known to six digits;
/// in the weakest of a few hundred directions nothing more is asked for.
const SHARP: f64 = 1e-10;

/// The rotation or reflection R that makes the sum of |x R - y|² smallest, as R = U Vᵀ with U and V of
/// orthonormal columns.
///
/// With fewer vectors than dimensions R is fixed only on the span of the vectors; U and V then have as many
/// columns as there are vectors, and what is orthogonal to all of them is sent to 0. That is all that is
/// needed to draw on axes that lie in the span of the targets, as principal components do.
#[derive(Debug, Clone)]
pub struct Turn {
    from: Mat<f64>,
    to: Mat<f64>,
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
        let x = MatRef::from_row_major_slice(weighted.as_deref().unwrap_or(points), n, dims);
        let y = MatRef::from_row_major_slice(targets, n, target_dims);
        if n >= dims.min(target_dims) {
            let (from, to) = singular_vectors(times(x.transpose(), y).as_ref())?;
            return Ok(Self { from, to });
        }
        // xᵀ y = Qx (Rx Ryᵀ) Qyᵀ: only the small matrix in the middle needs to be taken apart.
        let (x, y) = (x.transpose().to_owned().qr(), y.transpose().to_owned().qr());
        let (from, to) = singular_vectors(times(x.thin_R(), y.thin_R().transpose()).as_ref())?;
        let (x, y) = (x.compute_thin_Q(), y.compute_thin_Q());
        Ok(Self { from: times(x.as_ref(), from.as_ref()), to: times(y.as_ref(), to.as_ref()) })
    }

    /// R `target`: the vector v whose product with any x is that of x R with `target`.
    fn pull_back(&self, target: &[f64]) -> Vec<f64> {
        let column = MatRef::from_column_major_slice(target, target.len(), 1);
        let turned = times(self.from.as_ref(), times(self.to.transpose(), column).as_ref());
        turned.col(0).iter().copied().collect()
    }

    /// R itself, row-major `dims` × `target_dims`.
    pub fn matrix(&self) -> Vec<f64> {
        let matrix = times(self.from.as_ref(), self.to.transpose());
        (0..matrix.nrows()).flat_map(|row| (0..matrix.ncols()).map(move |column| (row, column))).map(|at| matrix[at]).collect()
    }

    /// `values`, rows of the space that is turned, as they lie after the turn.
    pub fn apply(&self, values: &[f64], dims: usize) -> Vec<f64> {
        let rows = MatRef::from_row_major_slice(values, values.len() / dims, dims);
        let turned = times(times(rows, self.from.as_ref()).as_ref(), self.to.transpose());
        (0..turned.nrows()).flat_map(|row| (0..turned.ncols()).map(move |column| (row, column))).map(|at| turned[at]).collect()
    }

    /// The axes of the target space as they look from `space`: a vector of that has the coordinates on them
    /// that its turned self has on `axes`. The one way to draw two spaces in one picture.
    pub fn axes_for(&self, axes: &MapAxes, space: SpaceId) -> MapAxes {
        axes.seen_from(space, |vector| self.pull_back(vector))
    }
}

/// U and V of `matrix` = U S Vᵀ, through the eigenvectors of its square where they are sharp enough: that takes
/// a third of the time.
fn singular_vectors(matrix: MatRef<'_, f64>) -> Result<(Mat<f64>, Mat<f64>), ProjectionError> {
    let square = times(matrix.transpose(), matrix);
    if matrix.nrows() == matrix.ncols()
        && let Ok(eigen) = square.self_adjoint_eigen(Side::Lower)
    {
        let (values, v) = (eigen.S().column_vector(), eigen.U());
        let n = values.nrows();
        if n > 0 && values[0] > SHARP * values[n - 1] {
            let mut u = times(matrix, v);
            (0..n).for_each(|column| u.col_mut(column).iter_mut().for_each(|x| *x /= values[column].sqrt()));
            return Ok((polished(u), v.to_owned()));
        }
    }
    decomposed(matrix)
}

/// The nearest columns that are orthonormal, to those that almost are: one step of Newton and Schulz squares what
/// is missing.
fn polished(u: Mat<f64>) -> Mat<f64> {
    let n = u.ncols();
    let gram = times(u.transpose(), u.as_ref());
    let step = Mat::from_fn(n, n, |row, column| if row == column { 1.5 } else { 0.0 } - 0.5 * gram[(row, column)]);
    times(u.as_ref(), step.as_ref())
}

fn decomposed(matrix: MatRef<'_, f64>) -> Result<(Mat<f64>, Mat<f64>), ProjectionError> {
    let failed = |got: String| ProjectionError::Failed { wanted: "a rotation of one set onto the other", got };
    let svd = matrix.thin_svd().map_err(|error| failed(format!("{error:?}")))?;
    if svd.S().column_vector().iter().any(|value| !value.is_finite()) {
        return Err(failed("numbers that are not finite".to_owned()));
    }
    Ok((svd.U().to_owned(), svd.V().to_owned()))
}
