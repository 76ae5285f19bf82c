//! The strongest components of some vectors, and where each vector stands on them: what a map is drawn from on which any
//! two of them can be chosen, and a third for depth.
//!
//! How they are found is in `pca.rs`. Nothing is sampled.

use std::borrow::Cow;
use std::sync::Arc;

use super::chunks::CHUNK_ROWS;
use super::turning::plane_turn;
use super::{MapAxes, ProjectionError, SpaceId, fit_pca_of};
use crate::numbers::every_row;

/// Components that are found.
pub const N_COMPONENTS: usize = 10;

/// The components of some vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    axes: Arc<MapAxes>,
    /// [`N_COMPONENTS`] numbers a vector.
    values: Vec<f32>,
}

impl Components {
    /// The components of `rows`, each of `space.dims` numbers.
    ///
    /// # Errors
    /// If a number is not finite, or the numerical library gives up.
    pub fn of(space: &SpaceId, rows: &[Arc<[f32]>]) -> Result<Self, ProjectionError> {
        let chunk = |index: usize| {
            let of_chunk = rows.iter().skip(index * CHUNK_ROWS).take(CHUNK_ROWS);
            Cow::Owned(of_chunk.flat_map(|row| row.iter().copied()).collect())
        };
        let axes = Arc::new(fit_pca_of::<f32>(space, rows.len().div_ceil(CHUNK_ROWS), &chunk, N_COMPONENTS)?);
        let mut values = vec![0.0; rows.len() * N_COMPONENTS];
        every_row(&mut values, N_COMPONENTS, |number, place| {
            place.iter_mut().zip(axes.position(&rows[number])).for_each(|(value, at)| *value = at as f32);
        });
        Ok(Self { axes, values })
    }

    /// The axes; one of zeros where the vectors have no more directions.
    pub fn axes(&self) -> &Arc<MapAxes> {
        &self.axes
    }

    /// Where a vector that was fitted stands, by its number: [`N_COMPONENTS`] numbers.
    pub fn place(&self, row: usize) -> Option<&[f32]> {
        self.values.get(row * N_COMPONENTS..(row + 1) * N_COMPONENTS)
    }

    /// Where any vector of the same space would stand.
    pub fn place_of(&self, vector: &[f32]) -> [f32; N_COMPONENTS] {
        let mut place = [0.0; N_COMPONENTS];
        place.iter_mut().zip(self.axes.position(vector)).for_each(|(value, at)| *value = at as f32);
        place
    }
}

/// A rotation or reflection of a plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaneTurn([[f64; 2]; 2]);

impl Default for PlaneTurn {
    fn default() -> Self {
        Self([[1.0, 0.0], [0.0, 1.0]])
    }
}

impl PlaneTurn {
    /// The turn that lays `points` as near as possible to `targets`, as many, each about its own mean: orthogonal
    /// Procrustes in two dimensions, whose solution is closed.
    pub fn onto(points: &[[f64; 2]], targets: &[[f64; 2]]) -> Self {
        Self(plane_turn(&centred(points), &centred(targets)))
    }

    /// The point turned.
    pub fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        self.0.map(|[a, b]| a * x + b * y)
    }

    /// By how many degrees it turns, -180 to 180, before it mirrors if it does.
    pub fn degrees(&self) -> f64 {
        let [[a, _], [c, _]] = self.0;
        c.atan2(a).to_degrees()
    }

    /// Whether it mirrors.
    pub fn mirrors(&self) -> bool {
        let [[a, b], [c, d]] = self.0;
        a * d - b * c < 0.0
    }
}

fn centred(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let n = points.len().max(1) as f64;
    let mean = [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / n);
    points.iter().map(|point| [point[0] - mean[0], point[1] - mean[1]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_and_mirrored_plane_is_turned_back() {
        let points = [[1.0, 0.2], [-0.4, 0.9], [0.3, -1.5], [2.0, 2.5]];
        let turn = PlaneTurn([[0.6, 0.8], [0.8, -0.6]]);
        let targets = points.map(|point| turn.apply([point[0] + 3.0, point[1] - 1.0]));
        let found = PlaneTurn::onto(&points, &targets);
        assert!(found.mirrors());
        for point in points {
            let (a, b) = (found.apply(point), turn.apply(point));
            assert!((a[0] - b[0]).abs() < 1e-12 && (a[1] - b[1]).abs() < 1e-12);
        }
    }
}
