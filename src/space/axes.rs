//! The axes of a map: an affine projection of a space to a few numbers, and how good it is.
//!
//! Fitting principal components is in `pca.rs`; the random projection, which shows what they buy,
//! is here because linfa does all of its work. Maps without directions are in `unfolding/`.

use std::sync::Arc;

use linfa::dataset::DatasetBase;
use linfa::traits::{Fit, Transformer};
use linfa_reduction::random_projection::GaussianRandomProjection;
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{SpaceId, SpaceMismatch, Vectors};
use crate::choice::choice;
use crate::memory::NoMemory;
use crate::numbers::{Real, every_row, length_in_turn, sum_of, wide_dot, widest};

choice! {
    /// How the axes of a map are found.
    #[derive(Default)]
    pub enum Method {
        #[default]
        Pca {
            name: "pca",
            label: "PCA",
            sentence: "Principal components: the directions that keep the most variance.",
        },
        Random {
            name: "random",
            label: "random",
            sentence: "Random directions (Gaussian random projection), to see what PCA buys.",
        },
        Diffusion {
            name: "diffusion",
            label: "diffusion map",
            sentence: "A random walk between near vectors: what it takes long to come to lies far apart.",
        },
        Tsne {
            name: "tsne",
            label: "t-SNE",
            sentence: "Neighbours stay neighbours: pulls near vectors together and keeps all others apart.",
        },
        Umap {
            name: "umap",
            label: "UMAP",
            sentence: "Neighbours stay neighbours, and groups of them keep some of their places.",
        },
    }
}

impl Method {
    /// Whether it finds directions of the space, on which any vector and any force can be drawn; else there are places
    /// of the vectors it was given, and nothing more: [`Unfolding`](super::Unfolding).
    pub fn has_directions(self) -> bool {
        match self {
            Self::Pca | Self::Random => true,
            Self::Diffusion | Self::Tsne | Self::Umap => false,
        }
    }

    /// What must be known to read such a map, where a ruler laid on it would mislead.
    pub fn caution(self) -> Option<&'static str> {
        (!self.has_directions()).then_some(
            "Who is near whom is what this map keeps; distances between clusters, their sizes and the directions mean little, so no arrows of forces can be drawn on it.",
        )
    }
}

/// Axes fitted to some vectors, on which any vector of the same space can be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct MapAxes {
    pub(super) space: Arc<SpaceId>,
    pub(super) method: Method,
    /// The point drawn at the origin; `dims` numbers.
    pub(super) centre: Vec<f64>,
    /// Each axis is `dims` numbers; one of zeros where the data had no more directions.
    pub(super) directions: Vec<Vec<f64>>,
    /// Variance along each axis (divided by n - 1).
    pub(super) variances: Vec<f64>,
    /// Variance of the data in all dimensions together.
    pub(super) total_variance: f64,
}

/// Positions of some vectors on axes: `n_axes` numbers a vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Coordinates {
    /// Numbers of all points, one point after the other.
    pub values: Vec<f64>,
    /// Numbers a point.
    pub n_axes: usize,
}

impl Coordinates {
    /// The points one by one.
    pub fn points(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.n_axes.max(1))
    }
}

/// Why vectors could not be projected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProjectionError {
    /// A vector has a number that is not finite.
    #[error("expected finite numbers, got {value} in vector {row}, dimension {dim} (both counted from 1)")]
    NotFinite {
        /// Which vector, from 1.
        row: usize,
        /// Which of its numbers, from 1.
        dim: usize,
        /// The number.
        value: f64,
    },
    /// The variance is no number: vectors too far apart, or not far enough, to square their distances in f64.
    #[error(
        "expected vectors whose squared distances from their mean add up to a number, got a sum of squares that is {sum}: \
         they are too {size}; scale all of them by the same factor"
    )]
    Squares {
        /// The sum of squares.
        sum: f64,
        /// "large" or "small".
        size: &'static str,
    },
    /// It would need more memory than there is.
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
    /// Directions were asked of a method that finds none.
    #[error("expected a method that finds directions of the space, got {method}, which gives places of its own vectors only")]
    NoDirections {
        /// Its name.
        method: &'static str,
    },
    /// The axes are of another space.
    #[error(transparent)]
    Space(#[from] SpaceMismatch),
    /// The numerical library gave up.
    #[error("expected {wanted}, got {got}")]
    Failed {
        /// What was to be computed.
        wanted: &'static str,
        /// What the library said.
        got: String,
    },
}

impl ProjectionError {
    /// The same error where `rows` vectors came before those checked.
    pub(super) fn after_rows(self, rows: usize) -> Self {
        match self {
            Self::NotFinite { row, dim, value } => Self::NotFinite { row: row + rows, dim, value },
            other => other,
        }
    }
}

impl MapAxes {
    /// The space whose vectors these axes take.
    pub fn space(&self) -> &SpaceId {
        &self.space
    }

    /// How the axes were found.
    pub fn method(&self) -> Method {
        self.method
    }

    /// How many axes.
    pub fn n_axes(&self) -> usize {
        self.directions.len()
    }

    /// Variance along each axis, in squared units of the space (divisor n - 1).
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Share of the *total* variance that each axis keeps, 0..=1; 0 where nothing varies.
    pub fn shares(&self) -> Vec<f64> {
        let share = |variance: &f64| if self.total_variance > 0.0 { variance / self.total_variance } else { 0.0 };
        self.variances.iter().map(share).collect()
    }

    /// Positions of `vectors`, which may be others than those fitted, of the same space or run.
    ///
    /// # Errors
    /// Another space; a number that is not finite, in the vectors or in a position.
    pub fn project<R: Real>(&self, vectors: &Vectors<R>) -> Result<Coordinates, ProjectionError> {
        self.check(vectors.space())?;
        let (n_axes, dims) = (self.n_axes(), vectors.dims());
        let mut values = vec![0.0; vectors.len() * n_axes];
        every_row(&mut values, n_axes.max(1), |row, position| {
            let vector = &vectors.values()[row * dims..][..dims];
            widest(
                #[inline(always)]
                || {
                    for (x, along) in position.iter_mut().zip(self.position(vector)) {
                        *x = along;
                    }
                },
            );
        });
        // A number that is not finite leaves no position finite.
        let bad = values.iter().find(|value| !value.is_finite());
        if bad.is_some() || n_axes == 0 {
            check_finite(vectors.values(), dims)?;
        }
        match bad {
            None => Ok(Coordinates { values, n_axes }),
            Some(value) => Err(ProjectionError::Failed { wanted: "finite coordinates", got: value.to_string() }),
        }
    }

    /// Position of one vector whose space the caller has checked.
    #[inline(always)]
    pub fn position<'a, R: Real>(&'a self, vector: &'a [R]) -> impl Iterator<Item = f64> + 'a {
        self.directions.iter().map(move |direction| along(vector, &self.centre, direction))
    }

    /// Where a difference of vectors (a force, a movement) points on the map.
    pub fn direction<'a>(&'a self, difference: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
        self.directions.iter().map(move |direction| wide_dot(difference, direction))
    }

    /// Refuses a space that these axes were not made for.
    pub fn check(&self, space: &SpaceId) -> Result<(), SpaceMismatch> {
        if self.space.shares_axes_with(space) {
            return Ok(());
        }
        Err(SpaceMismatch { left: Box::new(SpaceId::clone(&self.space)), right: Box::new(space.clone()) })
    }

    /// These axes for vectors of `space`, whose products with a vector are those of `pull_back` of it.
    pub(super) fn seen_from(&self, space: SpaceId, pull_back: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        Self {
            space: Arc::new(space),
            centre: pull_back(&self.centre),
            directions: self.directions.iter().map(|direction| pull_back(direction)).collect(),
            ..self.clone()
        }
    }

    /// The same axes, each mirrored where `flips` says so.
    #[must_use]
    pub fn mirrored(mut self, flips: &[bool]) -> Self {
        for (direction, _) in self.directions.iter_mut().zip(flips).filter(|(_, flips)| **flips) {
            direction.iter_mut().for_each(|x| *x = -*x);
        }
        self
    }
}

/// (vector - centre) · direction.
#[inline(always)]
fn along<R: Real>(vector: &[R], centre: &[f64], direction: &[f64]) -> f64 {
    sum_of(vector, centre, direction, |value: R, centre, axis| (value.to_f64() - centre) * axis)
}

/// The first number that is not finite is an error that says where it is.
pub(super) fn check_finite<R: Real>(values: &[R], dims: usize) -> Result<(), ProjectionError> {
    match values.iter().position(|value| !value.to_f64().is_finite()) {
        None => Ok(()),
        Some(index) => {
            Err(ProjectionError::NotFinite { row: index / dims + 1, dim: index % dims + 1, value: values[index].to_f64() })
        }
    }
}

/// Refuses a sum of squares that is more than any number.
pub(super) fn check_squares(sum: f64) -> Result<(), ProjectionError> {
    if sum.is_finite() { Ok(()) } else { Err(ProjectionError::Squares { sum: f64::INFINITY, size: "large" }) }
}

/// `n_axes` random directions from `seed`, centred on the mean of `vectors`.
///
/// linfa-reduction's Gaussian random projection: entries N(0, 1/d), not exactly orthogonal. The
/// shares are those of the data's variance along the scaled axes.
///
/// # Errors
/// A number that is not finite, with its row; a sum of squares that is not.
pub fn fit_random<R: Real>(vectors: &Vectors<R>, n_axes: usize, seed: u64) -> Result<MapAxes, ProjectionError> {
    check_finite(vectors.values(), vectors.dims())?;
    let dims = vectors.dims();
    let failed = |error: linfa_reduction::ReductionError| ProjectionError::Failed {
        wanted: "a random projection",
        got: error.to_string(),
    };
    let params = GaussianRandomProjection::<f64>::params_with_rng(ChaCha8Rng::seed_from_u64(seed)).target_dim(n_axes.min(dims));
    let fitted = params.fit(&DatasetBase::from(Array2::<f64>::zeros((1, dims)))).map_err(failed)?;
    // Projecting the unit vectors reads the directions out of linfa's private matrix.
    let matrix: Array2<f64> = fitted.transform(Array2::<f64>::eye(dims));
    let mut directions: Vec<Vec<f64>> = matrix.columns().into_iter().map(|column| column.to_vec()).collect();
    for direction in &mut directions {
        let length = length_in_turn(direction).max(f64::MIN_POSITIVE);
        direction.iter_mut().for_each(|x| *x /= length);
    }
    directions.resize(n_axes, vec![0.0; dims]);
    let centre = mean_row(vectors);
    let mut axes = MapAxes {
        space: Arc::new(vectors.space().clone()),
        method: Method::Random,
        centre,
        directions,
        variances: Vec::new(),
        total_variance: 0.0,
    };
    measure_variances(&mut axes, vectors);
    check_squares(axes.total_variance)?;
    Ok(axes)
}

/// Measures what `axes` keep of `vectors`, and what there is.
pub(super) fn measure_variances<R: Real>(axes: &mut MapAxes, vectors: &Vectors<R>) {
    let divisor = vectors.len().saturating_sub(1).max(1) as f64;
    let mut variances = vec![0.0; axes.n_axes()];
    let mut total = 0.0;
    for row in vectors.rows() {
        for (variance, position) in variances.iter_mut().zip(axes.position(row)) {
            *variance += position * position / divisor;
        }
        let squares = row.iter().zip(&axes.centre).map(|(x, m)| (x.to_f64() - m).powi(2));
        total += squares.sum::<f64>() / divisor;
    }
    axes.variances = variances;
    axes.total_variance = total;
}

/// The mean vector, in f64; zeros where there are no vectors.
pub(super) fn mean_row<R: Real>(vectors: &Vectors<R>) -> Vec<f64> {
    let mut mean = vec![0.0; vectors.dims()];
    for row in vectors.rows() {
        mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value.to_f64());
    }
    let n = vectors.len().max(1) as f64;
    mean.iter_mut().for_each(|sum| *sum /= n);
    mean
}
