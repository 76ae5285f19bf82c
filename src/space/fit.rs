//! Axes found in the way that is asked for.

use super::{MapAxes, Method, ProjectionError, Vectors, fit_pca, fit_random};
use crate::choice::Choice;
use crate::memory::{Need, NoMemory};
use crate::numbers::Real;

impl Method {
    /// `n_axes` axes found in this way from `vectors`; `seed` decides those that are drawn.
    ///
    /// # Errors
    /// If a number is not finite, if their squares can't be summed, if the numerical library gives up, or if the method
    /// finds no directions.
    pub fn fit<R: Real>(self, vectors: &Vectors<R>, n_axes: usize, seed: u64) -> Result<MapAxes, ProjectionError> {
        ask_for_memory(vectors)?;
        match self {
            Self::Pca => fit_pca(vectors, n_axes),
            Self::Random => fit_random(vectors, n_axes, seed),
            Self::Diffusion | Self::Tsne | Self::Umap => Err(ProjectionError::NoDirections { method: self.name() }),
        }
    }
}

/// Asks for what axes of `vectors` take: centred numbers of 64 bits, and the smaller matrix of their products.
fn ask_for_memory<R: Real>(vectors: &Vectors<R>) -> Result<(), NoMemory> {
    let (n, dims) = (vectors.len(), vectors.dims());
    let side = n.min(dims);
    Need::of("this projection", "project fewer vectors, or vectors of fewer dimensions")
        .and("centred vectors", &[n, dims, 2 * size_of::<f64>()])
        .and("their products", &[side, side, 3 * size_of::<f64>()])
        .ask()
}
