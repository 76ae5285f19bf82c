//! The two widths of floating-point number that losses and optimizers are written for.
//!
//! Training runs in f32; the reference tests run the same code in f64.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

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
    /// `left · rightᵀ` for row-major `left` (rows × inner) and `right` (columns × inner), on one thread
    /// so that the order of summation is fixed.
    fn times_transposed(left: &[Self], right: &[Self], inner: usize) -> Vec<Self>;
    /// `left · right` for row-major `left` (rows × inner) and `right` (inner × columns).
    fn times(left: &[Self], right: &[Self], inner: usize) -> Vec<Self>;
    /// `leftᵀ · right` for row-major `left` (inner × rows) and `right` (inner × columns).
    fn transposed_times(left: &[Self], right: &[Self], inner: usize) -> Vec<Self>;
}

macro_rules! real {
    ($t:ty) => {
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
            fn times_transposed(left: &[Self], right: &[Self], inner: usize) -> Vec<Self> {
                let (rows, columns) = (left.len() / inner, right.len() / inner);
                let left = MatRef::from_row_major_slice(left, rows, inner);
                let right = MatRef::from_row_major_slice(right, columns, inner);
                product(left, right.transpose())
            }
            fn times(left: &[Self], right: &[Self], inner: usize) -> Vec<Self> {
                let (rows, columns) = (left.len() / inner, right.len() / inner);
                product(MatRef::from_row_major_slice(left, rows, inner), MatRef::from_row_major_slice(right, inner, columns))
            }
            fn transposed_times(left: &[Self], right: &[Self], inner: usize) -> Vec<Self> {
                let (rows, columns) = (left.len() / inner, right.len() / inner);
                let left = MatRef::from_row_major_slice(left, inner, rows);
                product(left.transpose(), MatRef::from_row_major_slice(right, inner, columns))
            }
        }
    };
}

real!(f32);
real!(f64);

/// The row-major product of two matrices.
fn product<T: Real + faer::traits::ComplexField>(left: MatRef<'_, T>, right: MatRef<'_, T>) -> Vec<T> {
    let (rows, columns) = (left.nrows(), right.ncols());
    let mut out = vec![T::ZERO; rows * columns];
    let target = MatMut::from_row_major_slice_mut(&mut out, rows, columns);
    matmul(target, Accum::Replace, left, right, T::ONE, Par::Seq);
    out
}
