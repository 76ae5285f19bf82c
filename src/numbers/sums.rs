//! Sums, dot products and lengths of rows of numbers: in parts side by side, because one sum would have to wait for
//! itself, and always in the same order.
//!
//! Products of whole matrices are in `product.rs`. Called within [`super::widest`] these use the registers of the machine.

use rayon::prelude::*;

use super::cores::{PART, SHARED_FROM};
use super::{Real, widest};

/// `combine` over the terms of three rows, in lanes: every lane from `start`, and what is left over at the end.
#[inline(always)]
fn in_lanes<A: Copy, B: Copy, C: Copy, T: Real>(
    (a, b, c): (&[A], &[B], &[C]),
    start: T,
    combine: impl Fn(T, T) -> T,
    term: impl Fn(A, B, C) -> T,
) -> (T::Lanes, T) {
    let mut lanes = T::lanes(start);
    let places = lanes.as_mut();
    let n_lanes = places.len();
    let (a_wide, b_wide, c_wide) = (a.chunks_exact(n_lanes), b.chunks_exact(n_lanes), c.chunks_exact(n_lanes));
    let rest = a_wide.remainder().iter().zip(b_wide.remainder()).zip(c_wide.remainder());
    let rest = rest.fold(start, |so_far, ((a, b), c)| combine(so_far, term(*a, *b, *c)));
    for ((a, b), c) in a_wide.zip(b_wide).zip(c_wide) {
        for lane in 0..n_lanes {
            places[lane] = combine(places[lane], term(a[lane], b[lane], c[lane]));
        }
    }
    (lanes, rest)
}

/// The sum of the terms of three rows of one length; a row that is not needed may be given twice.
#[inline(always)]
pub(crate) fn sum_of<A: Copy, B: Copy, C: Copy, T: Real>(a: &[A], b: &[B], c: &[C], term: impl Fn(A, B, C) -> T) -> T {
    let (lanes, rest) = in_lanes((a, b, c), T::ZERO, |x, y| x + y, term);
    lanes.into_iter().sum::<T>() + rest
}

/// The same, but the lanes come together in halves. It is for rows as short as a head of attention, where adding one lane
/// after the other takes as long as all products; which of the two is used decides the last digits of what is trained.
#[inline(always)]
pub(crate) fn sum_in_halves<A: Copy, B: Copy, C: Copy, T: Real>(a: &[A], b: &[B], c: &[C], term: impl Fn(A, B, C) -> T) -> T {
    let (mut lanes, rest) = in_lanes((a, b, c), T::ZERO, |x, y| x + y, term);
    let sums = lanes.as_mut();
    let mut half = sums.len() / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
        half /= 2;
    }
    sums[0] + rest
}

/// The dot product of two rows of one length.
#[inline(always)]
pub(crate) fn dot<T: Real>(left: &[T], right: &[T]) -> T {
    sum_of(left, right, right, |x, y, _| x * y)
}

/// The dot product of two short rows: see [`sum_in_halves`].
#[inline(always)]
pub(crate) fn dot_in_halves<T: Real>(left: &[T], right: &[T]) -> T {
    sum_in_halves(left, right, right, |x, y, _| x * y)
}

/// The dot product of two rows of any widths, in f64.
#[inline(always)]
pub(crate) fn wide_dot<A: Real, B: Real>(left: &[A], right: &[B]) -> f64 {
    sum_of(left, right, right, |x, y, _| x.to_f64() * y.to_f64())
}

/// The Euclidean length of a row.
#[inline(always)]
pub(crate) fn length<T: Real>(row: &[T]) -> T {
    dot(row, row).sqrt()
}

/// The dot product of two rows, one term after the other. Slower than [`dot`], and there only because the axes, measures,
/// token vectors and lengths of arrows that are made with it would have other last digits otherwise.
#[inline(always)]
pub(crate) fn dot_in_turn<T: Real>(left: &[T], right: &[T]) -> T {
    left.iter().zip(right).map(|(x, y)| *x * *y).sum()
}

/// The Euclidean length of a row, its squares added as in [`dot_in_turn`].
#[inline(always)]
pub(crate) fn length_in_turn<T: Real>(row: &[T]) -> T {
    dot_in_turn(row, row).sqrt()
}

/// The Euclidean length of a row, in f64.
#[inline(always)]
pub(crate) fn wide_length<T: Real>(row: &[T]) -> f64 {
    wide_dot(row, row).sqrt()
}

/// The cosine of two rows; 0 if either has no length.
pub(crate) fn cosine<T: Real>(left: &[T], right: &[T]) -> T {
    let lengths = length(left) * length(right);
    if lengths > T::ZERO { dot(left, right) / lengths } else { T::ZERO }
}

/// Replaces every value by e to the power of it less `largest`, and returns their sum.
///
/// In two passes, because the compiler makes vector instructions of a loop that does one thing.
#[inline(always)]
pub(crate) fn exp_less<T: Real>(values: &mut [T], largest: T) -> T {
    values.iter_mut().for_each(|value| *value = (*value - largest).exp_of_many());
    sum_of(values, values, values, |value, _, _| value)
}

/// The largest of `values` and of `least`.
#[inline(always)]
pub(crate) fn largest<T: Real>(values: &[T], least: T) -> T {
    let larger = |a: T, b: T| if b > a { b } else { a };
    let (lanes, rest) = in_lanes((values, values, values), least, larger, |value, _, _| value);
    lanes.into_iter().fold(rest, larger)
}

/// Whether all `values` are finite; on all cores if they are many.
pub(crate) fn are_finite(values: &[f32]) -> bool {
    match values.len() < SHARED_FROM {
        true => are_finite_here(values),
        false => values.par_chunks(PART).all(are_finite_here),
    }
}

fn are_finite_here(values: &[f32]) -> bool {
    widest(
        #[inline(always)]
        || is_finite_row(values),
    )
}

/// Whether all numbers of a row are finite: one that is not makes the sum of zeros something else.
#[inline(always)]
pub(crate) fn is_finite_row<T: Real>(row: &[T]) -> bool {
    sum_of(row, row, row, |value, _, _| value * T::ZERO) == T::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_length_are_summed_whole() {
        for n in 0..70 {
            let left: Vec<f64> = (1..=n).map(f64::from).collect();
            let right: Vec<f64> = (0..n).map(|x| f64::from(x % 5)).collect();
            let plain: f64 = left.iter().zip(&right).map(|(x, y)| x * y).sum();
            // Whole numbers, so that no order of summation rounds.
            assert_eq!(dot(&left, &right), plain, "{n} numbers");
            assert_eq!(dot_in_turn(&left, &right), plain, "{n} numbers");
            assert_eq!(sum_in_halves(&left, &right, &right, |x, y, _| x * y), plain, "{n} numbers");
            let narrow: Vec<f32> = left.iter().map(|x| *x as f32).collect();
            assert_eq!(wide_dot(&narrow, &right), plain, "{n} numbers");
            assert_eq!(largest(&narrow, -1.0), if n == 0 { -1.0 } else { n as f32 }, "{n} numbers");
        }
    }

    #[test]
    fn a_row_without_length_has_no_cosine() {
        assert_eq!(cosine(&[0.0_f32, 0.0], &[1.0, 0.0]), 0.0);
        assert_eq!(cosine(&[3.0_f64, 4.0], &[3.0, 4.0]), 1.0);
        assert_eq!(length(&[3.0_f32, 4.0]), 5.0);
        assert_eq!(wide_length(&[3.0_f32, 4.0]), 5.0);
    }

    #[test]
    fn one_number_that_is_not_finite_is_found_anywhere() {
        for n in [1, 16, 17, SHARED_FROM + 3] {
            let mut values = vec![f32::MAX; n];
            assert!(are_finite(&values), "{n} numbers");
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                values[n - 1] = bad;
                assert!(!are_finite(&values), "{n} numbers, {bad}");
            }
        }
    }
}
