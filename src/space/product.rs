//! Products of matrices, shared between cores where they are large.
//!
//! What is shared depends on the shape alone and every number of the result is summed by one core, so the result
//! does not depend on how many cores there are.

use faer::linalg::matmul::matmul;
use faer::traits::ComplexField;
use faer::traits::math_utils::one;
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// Multiplications from which a product is shared by two cores, and by four.
const SHARED_FROM: [usize; 2] = [4_000_000, 40_000_000];

/// out ← left · right.
pub(crate) fn multiply<T: ComplexField + Send + Sync>(out: MatMut<'_, T>, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    let n_products = left.nrows() * left.ncols() * right.ncols();
    let halvings = SHARED_FROM.iter().filter(|from| n_products >= **from).count();
    multiply_halved(out, left, right, halvings);
}

/// Cut in halves along the longer side of `out`, side by side.
fn multiply_halved<T: ComplexField + Send + Sync>(
    out: MatMut<'_, T>,
    left: MatRef<'_, T>,
    right: MatRef<'_, T>,
    halvings: usize,
) {
    if halvings == 0 {
        return matmul(out, Accum::Replace, left, right, one::<T>(), Par::Seq);
    }
    if out.nrows() >= out.ncols() {
        let half = out.nrows() / 2;
        let ((top, bottom), (upper, lower)) = (out.split_at_row_mut(half), left.split_at_row(half));
        rayon::join(|| multiply_halved(top, upper, right, halvings - 1), || multiply_halved(bottom, lower, right, halvings - 1));
    } else {
        let half = out.ncols() / 2;
        let ((start, end), (first, last)) = (out.split_at_col_mut(half), right.split_at_col(half));
        rayon::join(|| multiply_halved(start, left, first, halvings - 1), || multiply_halved(end, left, last, halvings - 1));
    }
}

/// left · right.
pub(super) fn times(left: MatRef<'_, f64>, right: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(left.nrows(), right.ncols());
    multiply(out.as_mut(), left, right);
    out
}
