//! Products of matrices, shared between cores where they are large.
//!
//! What is shared depends on the shape alone and every number of the result is summed by one core, so the result
//! does not depend on how many cores there are.

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::reborrow::ReborrowMut;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::Real;

/// Multiplications from which a product is shared by two cores.
pub(crate) const PRODUCT_SHARED_FROM: usize = 4_000_000;

/// Multiplications from which a product is shared by four cores.
const SHARED_BY_FOUR_FROM: usize = 40_000_000;

/// Row-major `values` as a matrix of `n_columns` columns.
pub(crate) fn as_matrix<T>(values: &[T], n_columns: usize) -> MatRef<'_, T> {
    MatRef::from_row_major_slice(values, values.len() / n_columns, n_columns)
}

/// The same, to be written to.
pub(crate) fn as_matrix_mut<T>(values: &mut [T], n_columns: usize) -> MatMut<'_, T> {
    let n_rows = values.len() / n_columns;
    MatMut::from_row_major_slice_mut(values, n_rows, n_columns)
}

/// left · right, row-major.
pub(crate) fn product<T: Real>(left: MatRef<'_, T>, right: MatRef<'_, T>) -> Vec<T> {
    let mut out = vec![T::ZERO; left.nrows() * right.ncols()];
    multiply(MatMut::from_row_major_slice_mut(&mut out, left.nrows(), right.ncols()), left, right);
    out
}

/// left · right, as a matrix that can be taken apart further.
pub(crate) fn times(left: MatRef<'_, f64>, right: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(left.nrows(), right.ncols());
    multiply(out.as_mut(), left, right);
    out
}

/// out ← left · right.
fn multiply<T: Real>(out: MatMut<'_, T>, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    multiply_onto(out, Accum::Replace, left, right);
}

/// out ← out + left · right.
pub(crate) fn add_product<T: Real>(out: MatMut<'_, T>, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    multiply_onto(out, Accum::Add, left, right);
}

/// left · right, row-major, on one core: for work of which several parts run side by side in any case.
pub(crate) fn product_alone<T: Real>(left: MatRef<'_, T>, right: MatRef<'_, T>) -> Vec<T> {
    let mut out = vec![T::ZERO; left.nrows() * right.ncols()];
    multiply_alone(MatMut::from_row_major_slice_mut(&mut out, left.nrows(), right.ncols()), left, right);
    out
}

/// out ← left · right, on one core.
pub(crate) fn multiply_alone<T: Real>(out: MatMut<'_, T>, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    multiply_in_parts(out, Accum::Replace, left, right);
}

/// Cores that share a product of so many multiplications.
pub(crate) fn n_shares(n_products: usize) -> usize {
    1 << n_halvings(n_products)
}

/// out ← out + left · right, on one core.
pub(crate) fn add_product_alone<T: Real>(out: MatMut<'_, T>, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    matmul(out, Accum::Add, left, right, T::ONE, Par::Seq);
}

/// Adds the lower half of xᵀ · x to the row-major square `sum`, on one core.
pub(crate) fn add_lower_square<T: Real>(sum: &mut [T], x: MatRef<'_, T>) {
    let (lower, whole) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
    let sum = as_matrix_mut(sum, x.ncols());
    triangular::matmul(sum, lower, Accum::Add, x.transpose(), whole, x, whole, T::ONE, Par::Seq);
}

fn multiply_onto<T: Real>(out: MatMut<'_, T>, onto: Accum, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    multiply_halved(out, onto, left, right, n_halvings(left.nrows() * left.ncols() * right.ncols()));
}

fn n_halvings(n_products: usize) -> usize {
    usize::from(n_products >= PRODUCT_SHARED_FROM) + usize::from(n_products >= SHARED_BY_FOUR_FROM)
}

/// Cut in halves along the longer side of `out`, side by side.
fn multiply_halved<T: Real>(out: MatMut<'_, T>, onto: Accum, left: MatRef<'_, T>, right: MatRef<'_, T>, halvings: usize) {
    if halvings == 0 {
        return multiply_in_parts(out, onto, left, right);
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

/// On one core, so many terms at a time.
fn multiply_in_parts<T: Real>(mut out: MatMut<'_, T>, onto: Accum, left: MatRef<'_, T>, right: MatRef<'_, T>) {
    let n_terms = left.ncols();
    let is_across = out.col_stride() == 1 && left.col_stride() != 1;
    let n_parts = if is_across { n_terms.div_ceil(TERMS_ACROSS).max(1) } else { 1 };
    for part in 0..n_parts {
        let (start, end) = (part * n_terms / n_parts, (part + 1) * n_terms / n_parts);
        let (left, right) = (left.subcols(start, end - start), right.subrows(start, end - start));
        let onto = if part == 0 { onto } else { Accum::Add };
        matmul(out.rb_mut(), onto, left, right, T::ONE, Par::Seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers, so that no order of summation rounds.
    fn any_rows(n_rows: usize, n_columns: usize) -> Vec<f64> {
        (0..n_rows * n_columns).map(|place| (place * 7919 % 23) as f64 - 11.0).collect()
    }

    fn turned(values: &[f64], n_columns: usize) -> Vec<f64> {
        (0..n_columns).flat_map(|column| values[column..].iter().step_by(n_columns).copied()).collect()
    }

    fn check([n_rows, inner, n_columns]: [usize; 3]) {
        let (left, right) = (any_rows(n_rows, inner), any_rows(inner, n_columns));
        let mut expected = vec![0.0; n_rows * n_columns];
        for (row, sums) in left.chunks_exact(inner).zip(expected.chunks_exact_mut(n_columns)) {
            for (x, others) in row.iter().zip(right.chunks_exact(n_columns)) {
                sums.iter_mut().zip(others).for_each(|(sum, y)| *sum += x * y);
            }
        }
        let (left_turned, right_turned) = (turned(&left, inner), turned(&right, n_columns));
        let lefts = [as_matrix(&left, inner), as_matrix(&left_turned, n_rows).transpose()];
        let rights = [as_matrix(&right, n_columns), as_matrix(&right_turned, inner).transpose()];
        let more: Vec<f64> = expected.iter().map(|value| value + 1.0).collect();
        for (left, right) in lefts.into_iter().flat_map(|left| rights.map(|right| (left, right))) {
            assert_eq!(product(left, right), expected, "{n_rows} x {inner} x {n_columns}");
            assert_eq!(product_alone(left, right), expected, "{n_rows} x {inner} x {n_columns}");
            let (mut sum, mut sum_alone) = (vec![1.0; expected.len()], vec![1.0; expected.len()]);
            add_product(as_matrix_mut(&mut sum, n_columns), left, right);
            add_product_alone(as_matrix_mut(&mut sum_alone, n_columns), left, right);
            assert_eq!((&sum, &sum_alone), (&more, &more), "{n_rows} x {inner} x {n_columns}");
        }
    }

    #[test]
    fn products_are_right_in_every_shape_and_layout() {
        for shape in [[1, 1, 1], [3, 127, 5], [7, 129, 2], [40, 300, 24], [200, 390, 250], [384, 400, 384]] {
            check(shape);
        }
    }
}
