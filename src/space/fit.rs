//! Axes found in the way that is asked for.

use super::{MapAxes, Method, ProjectionError, Vectors, fit_pca, fit_random};
use crate::choice::Choice;
use crate::numbers::Real;

impl Method {
    /// `n_axes` axes found in this way from `vectors`; `seed` decides those that are drawn.
    ///
    /// # Errors
    /// If a number is not finite, if their squares can't be summed, if the numerical library gives up, or if the method
    /// finds no directions.
    pub fn fit<R: Real>(self, vectors: &Vectors<R>, n_axes: usize, seed: u64) -> Result<MapAxes, ProjectionError> {
        match self {
            Self::Pca => fit_pca(vectors, n_axes),
            Self::Random => fit_random(vectors, n_axes, seed),
            Self::Diffusion | Self::Tsne | Self::Umap => Err(ProjectionError::NoDirections { method: self.name() }),
        }
    }
}
