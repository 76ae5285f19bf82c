//! The two widths of floating-point number that losses, optimizers and sums are written for.
//!
//! Training runs in f32; the reference tests run the same code in f64. What is done with many numbers is in the files
//! beside this one.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

use faer::traits::ComplexField;

use super::exp::exp;

/// `f32` or `f64`.
pub trait Real:
    ComplexField
    + Copy
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
    /// Distance from one to the next larger number.
    const EPSILON: Self;
    /// As many numbers as the widest registers hold: sums of as many parts are formed side by side.
    type Lanes: AsMut<[Self]> + IntoIterator<Item = Self>;
    /// The same number in every lane.
    fn lanes(value: Self) -> Self::Lanes;
    /// A number as it lies in files.
    type Bytes: AsRef<[u8]>;
    /// The number as it lies in files, lowest byte first.
    fn to_le_bytes(self) -> Self::Bytes;
    /// The nearest number of this width.
    fn from_f64(value: f64) -> Self;
    /// The same number, as wide as can be.
    fn to_f64(self) -> f64;
    /// e to the power of `self`.
    fn exp(self) -> Self;
    /// The same, where many are wanted: within a few units of the last place.
    fn exp_of_many(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
}

macro_rules! real {
    ($t:ty, $n_lanes:literal, $exp_of_many:expr) => {
        impl Real for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: Self = Self::EPSILON;
            type Lanes = [Self; $n_lanes];
            #[inline(always)]
            fn lanes(value: Self) -> Self::Lanes {
                [value; $n_lanes]
            }
            type Bytes = [u8; size_of::<Self>()];
            #[inline(always)]
            fn to_le_bytes(self) -> Self::Bytes {
                self.to_le_bytes()
            }
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
            fn exp_of_many(self) -> Self {
                $exp_of_many(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.sqrt()
            }
        }
    };
}

real!(f32, 16, exp);
real!(f64, 8, f64::exp);
