//! What learns: something that has a vector for every phrase and follows the gradient on them.

mod vectors;

pub use vectors::{Vectors, random_vector};

use super::Optimizer;

/// What training moves.
///
/// A step asks for the vectors of a batch, computes the loss's gradient on them, and hands it back.
pub trait Learner {
    /// Numbers a vector.
    fn dims(&self) -> usize;
    /// The vectors of `rows`, one after the other.
    fn gather(&self, rows: &[u32]) -> Vec<f32>;
    /// Follows `gradients`, which hold a row for each of `rows` (all different), in that order.
    fn update(&mut self, rows: &[u32], gradients: &[f32], optimizer: &Optimizer);
    /// The vectors of all phrases, one after the other: what a frame of the recording shows.
    fn all(&self) -> &[f32];
}
