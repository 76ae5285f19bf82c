//! Products of matrices, shared between cores where they are large.
//!
//! What is shared depends on the shape alone and every number of the result is summed by one core, so the result
//! does not depend on how many cores there are.

use faer::linalg::matmul::matmul;
use faer::reborrow::ReborrowMut;
use faer::traits::ComplexField;
use faer::traits::math_utils::one;
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// Multiplications from which a product is shared by two cores.
pub(crate) const PRODUCT_SHARED_FROM: usize = 4_000_000;

/// Multiplications from which a product is shared by four cores.
const SHARED_BY_FOUR_FROM: usize = 40_000_000;

/// out ← left · right.
pub(crate) fn multiply<T: ComplexField + Send + Sync>(out: MatMut<'_, T>, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    multiply_onto(out, Accum::Replace, left, right);
}

/// out ← out + left · right.
pub(crate) fn add_product<T: ComplexField + Send + Sync>(out: MatMut<'_, T>, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    multiply_onto(out, Accum::Add, left, right);
}

fn multiply_onto<T: ComplexField + Send + Sync>(out: MatMut<'_, T>, onto: Accum, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    let n_products = left.nrows() * left.ncols() * right.ncols();
    let halvings = usize::from(n_products >= PRODUCT_SHARED_FROM) + usize::from(n_products >= SHARED_BY_FOUR_FROM);
    multiply_halved(out, onto, left, right, halvings);
}

/// Cut in halves along the longer side of `out`, side by side.
fn multiply_halved<T: ComplexField + Send + Sync>(
    out: MatMut<'_, T>,
    onto: Accum,
    left: MatRef<'_, T>,
    right: MatRef<'_, T>,
    halvings: usize,
) {
    if halvings == 0 {
        return multiply_alone(out, onto, left, right);
    }
    if out.nrows() >= out.ncols() {
        let half = out.nrows() / 2;
        let ((top, bottom), (upper, lower)) = (out.split_at_row_mut(half), left.split_at_row(half));
        rayon::join(
            || multiply_halved(top, onto, upper, right, halvings - 1),
            || multiply_halved(bottom, onto, lower, right, halvings - 1),
        );
    } else {
        let half = out.ncols() / 2;
        let ((start, end), (first, last)) = (out.split_at_col_mut(half), right.split_at_col(half));
        rayon::join(
            || multiply_halved(start, onto, left, first, halvings - 1),
            || multiply_halved(end, onto, left, last, halvings - 1),
        );
    }
}

/// Terms of each sum that are taken at a time where `left` is read across its rows.
///
/// Each term is then on a page of its own, and a processor remembers few pages.
const TERMS_ACROSS: usize = 128;

/// On one core.
fn multiply_alone<T: ComplexField>(mut out: MatMut<'_, T>, onto: Accum, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    let n_terms = left.ncols();
    let is_across = out.col_stride() == 1 && left.col_stride() != 1;
    let n_parts = if is_across { n_terms.div_ceil(TERMS_ACROSS).max(1) } else { 1 };
    for part in 0..n_parts {
        let (start, end) = (part * n_terms / n_parts, (part + 1) * n_terms / n_parts);
        let (left, right) = (left.subcols(start, end - start), right.subrows(start, end - start));
        let onto = if part == 0 { onto } else { Accum::Add };
        matmul(out.rb_mut(), onto, left, right, one::<T>(), Par::Seq);
    }
}

/// left · right.
pub(super) fn times(left: MatRef<'_, f64>, right: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(left.nrows(), right.ncols());
    multiply(out.as_mut(), left, right);
    out
}
