//! The two widths of floating-point number that losses and optimizers are written for.
//!
//! Training runs in f32; the reference tests run the same code in f64.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

use faer::{MatMut, MatRef};

use crate::space::{add_product, exp, multiply, widest};

/// `f32` or `f64`.
pub trait Real:
    Copy
    + Default
    + PartialOrd
    + Send
    + Sync
    + Sum
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + SubAssign
    + Mul<Output = Self>
    + MulAssign
    + Div<Output = Self>
    + Neg<Output = Self>
    + std::fmt::Debug
    + 'static
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The nearest number of this width.
    fn from_f64(value: f64) -> Self;
    /// The same number, as wide as can be.
    fn to_f64(self) -> f64;
    /// e to the power of `self`.
    fn exp(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Replaces every value by e to the power of it less `largest`, and returns their sum.
    fn exp_less(values: &mut [Self], largest: Self) -> Self;
    /// `left · rightᵀ` for row-major `left` (rows × inner) and `right` (columns × inner); the order of summation
    /// is the same on any number of cores.
    fn times_transposed(left: &[Self], right: &[Self], inner: usize) -> Vec<Self>;
    /// Adds `left · rightᵀ` to `sum` (rows × columns).
    fn add_times_transposed(sum: &mut [Self], left: &[Self], right: &[Self], inner: usize);
    /// `left · right` for row-major `left` (rows × inner) and `right` (inner × columns).
    fn times(left: &[Self], right: &[Self], inner: usize) -> Vec<Self>;
    /// `leftᵀ · right` for row-major `left` (inner × rows) and `right` (inner × columns).
    fn transposed_times(left: &[Self], right: &[Self], inner: usize) -> Vec<Self>;
    /// The same, into `out` (rows × columns).
    fn transposed_times_into(out: &mut [Self], left: &[Self], right: &[Self], inner: usize);
}

macro_rules! real {
    ($t:ty, $exp_less:path) => {
        impl Real for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                self.exp()
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.sqrt()
            }
            fn exp_less(values: &mut [Self], largest: Self) -> Self {
                $exp_less(values, largest)
            }
            fn times_transposed(left: &[Self], right: &[Self], inner: usize) -> Vec<Self> {
                let (rows, columns) = (left.len() / inner, right.len() / inner);
                let left = MatRef::from_row_major_slice(left, rows, inner);
                let right = MatRef::from_row_major_slice(right, columns, inner);
                product(left, right.transpose())
            }
            fn add_times_transposed(sum: &mut [Self], left: &[Self], right: &[Self], inner: usize) {
                let (rows, columns) = (left.len() / inner, right.len() / inner);
                let left = MatRef::from_row_major_slice(left, rows, inner);
                let right = MatRef::from_row_major_slice(right, columns, inner);
                add_product(MatMut::from_row_major_slice_mut(sum, rows, columns), left, right.transpose());
            }
            fn times(left: &[Self], right: &[Self], inner: usize) -> Vec<Self> {
                let (rows, columns) = (left.len() / inner, right.len() / inner);
                product(MatRef::from_row_major_slice(left, rows, inner), MatRef::from_row_major_slice(right, inner, columns))
            }
            fn transposed_times(left: &[Self], right: &[Self], inner: usize) -> Vec<Self> {
                let mut out = vec![Self::ZERO; left.len() / inner * (right.len() / inner)];
                Self::transposed_times_into(&mut out, left, right, inner);
                out
            }
            fn transposed_times_into(out: &mut [Self], left: &[Self], right: &[Self], inner: usize) {
                let (rows, columns) = (left.len() / inner, right.len() / inner);
                let out = MatMut::from_row_major_slice_mut(out, rows, columns);
                let right = MatRef::from_row_major_slice(right, inner, columns);
                let left = MatRef::from_row_major_slice(left, inner, rows);
                multiply(out, left.transpose(), right);
            }
        }
    };
}

real!(f32, exp_less_f32);
real!(f64, exp_less_f64);

fn exp_less_f64(values: &mut [f64], largest: f64) -> f64 {
    values.iter_mut().for_each(|value| *value = (*value - largest).exp());
    values.iter().sum()
}

/// In two passes, because the compiler makes vector instructions of a loop that does one thing.
fn exp_less_f32(values: &mut [f32], largest: f32) -> f32 {
    widest(
        #[inline(always)]
        || {
            values.iter_mut().for_each(|value| *value = exp(*value - largest));
            sum_of(values)
        },
    )
}

/// Sixteen sums side by side, in a fixed order.
#[inline(always)]
fn sum_of(values: &[f32]) -> f32 {
    let wide = values.chunks_exact(16);
    let tail: f32 = wide.remainder().iter().sum();
    let mut sums = [0.0_f32; 16];
    for chunk in wide {
        for lane in 0..16 {
            sums[lane] += chunk[lane];
        }
    }
    sums.iter().sum::<f32>() + tail
}

/// The row-major product of two matrices.
fn product<T: Real + faer::traits::ComplexField>(left: MatRef<'_, T>, right: MatRef<'_, T>) -> Vec<T> {
    let (rows, columns) = (left.nrows(), right.ncols());
    let mut out = vec![T::ZERO; rows * columns];
    multiply(MatMut::from_row_major_slice_mut(&mut out, rows, columns), left, right);
    out
}
