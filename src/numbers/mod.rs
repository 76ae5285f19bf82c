//! The ground floor: numbers in rows, and how to work on many of them fast and always with the same result.
//!
//! One sum side by side, one dot product, one door to products of matrices, one way to share work between cores.
//! One generator of random numbers. Nothing here knows of phrases, vectors or spaces.

mod cores;
mod exp;
mod halves;
mod packed;
mod product;
mod real;
mod seed;
mod sums;
mod widest;

pub(crate) use cores::{KeptAwake, SHARED_FROM, both, every_row};
pub(crate) use exp::exp;
pub(crate) use halves::{is_finite_half, widen_all};
pub(crate) use packed::{OutRows, PANEL, Packed, Rows, multiply_panel};
pub(crate) use product::{
    PRODUCT_SHARED_FROM, add_lower_square, add_product, add_product_alone, as_matrix, as_matrix_mut, multiply_alone, n_shares,
    product, product_alone, times,
};
pub use real::Real;
pub(crate) use seed::{Purpose, generator};
pub(crate) use sums::{
    are_finite, cosine, dot, dot_in_halves, dot_in_turn, exp_less, is_finite_row, largest, length, length_in_turn, sum_in_halves,
    sum_of, wide_dot, wide_length,
};
pub(crate) use widest::widest;
