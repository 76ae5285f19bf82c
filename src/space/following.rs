//! Axes that follow vectors which move: from those of the moment before, a little towards the principal components of now.
//!
//! Principal components of one moment alone jump where two variances are nearly equal: then which directions are the two
//! strongest hangs by a hair. Orthogonal iteration (Golub and Van Loan, "Matrix Computations", 2013, 7.3.2) begins at
//! directions that there are and comes nearer to the strongest ones with every turn, by the ratio of the variances: nearly
//! not at all where they are nearly equal, at once where nothing else varies. A turn or two a moment is a plane that
//! follows without a jump.

use super::axes::{check_finite, mean_row, measure_variances};
use super::{MapAxes, ProjectionError, Vectors, fit_pca};
use crate::numbers::{Real, wide_dot, widest};

/// How much of themselves directions keep in a turn, as a share of the largest variance: where the data has no second
/// direction, that of before stays.
const INERTIA: f64 = 0.1;

impl MapAxes {
    /// These two axes after `n_turns` towards the principal components of `vectors`, on whose mean they are centred. Within
    /// their plane they do not turn: of all pairs of axes of it those nearest to the ones before.
    ///
    /// # Errors
    /// Another space; a number that is not finite.
    pub fn following<R: Real>(&self, vectors: &Vectors<R>, n_turns: usize) -> Result<Self, ProjectionError> {
        self.check(vectors.space())?;
        check_finite(vectors.values(), vectors.dims())?;
        let mut axes = Self { centre: mean_row(vectors), ..self.clone() };
        for _ in 0..n_turns {
            let Some(directions) = nearest_upright(&pulled(&axes, vectors)) else { return self.refitted(vectors) };
            axes.directions = directions;
        }
        measure_variances(&mut axes, vectors);
        Ok(axes)
    }

    /// Where there is no plane to begin at (two vectors, or all in one place) there is none that could jump.
    fn refitted<R: Real>(&self, vectors: &Vectors<R>) -> Result<Self, ProjectionError> {
        let axes = fit_pca(vectors, self.n_axes())?;
        let (here, before) = (axes.project(vectors)?, self.project(vectors)?);
        Ok(axes.turned_towards(&here.values, &before.values))
    }
}

/// The product of each direction with the scatter of `vectors`, and a part of the direction itself.
fn pulled<R: Real>(axes: &MapAxes, vectors: &Vectors<R>) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0; vectors.dims()]; axes.n_axes()];
    for row in vectors.rows() {
        widest(
            #[inline(always)]
            || {
                for (sum, direction) in sums.iter_mut().zip(&axes.directions) {
                    // The mean has no part in the sum: positions add up to 0.
                    let along = wide_dot(row, direction) - wide_dot(&axes.centre, direction);
                    sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += along * x.to_f64());
                }
            },
        );
    }
    let largest = sums.iter().map(|sum| wide_dot(sum, sum).sqrt()).fold(0.0, f64::max);
    for (sum, direction) in sums.iter_mut().zip(&axes.directions) {
        sum.iter_mut().zip(direction).for_each(|(sum, x)| *sum += INERTIA * largest * x);
    }
    sums
}

/// The two directions of length 1, at a right angle, nearest to the two of `rows`: the polar factor, which in two
/// dimensions is closed. `None` if the rows span no plane.
fn nearest_upright(rows: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let [a, b] = rows else { return None };
    let (aa, ab, bb) = (wide_dot(a, a), wide_dot(a, b), wide_dot(b, b));
    // The root of the matrix of products, by Cayley and Hamilton: (G + √det · 1) / √(trace + 2 √det).
    let root = (aa * bb - ab * ab).max(0.0).sqrt();
    let scale = (aa + bb + 2.0 * root).sqrt();
    if !(root > aa.max(bb) * f64::EPSILON && scale.is_finite()) {
        return None;
    }
    // Its inverse times the rows; the determinant of the root is √det.
    let mix = |own: &[f64], other: &[f64], weight: f64| -> Vec<f64> {
        own.iter().zip(other).map(|(x, y)| ((weight + root) * x - ab * y) / (scale * root)).collect()
    };
    Some(vec![mix(a, b, bb), mix(b, a, aa)])
}

#[cfg(test)]
mod tests {
    use super::nearest_upright;
    use crate::numbers::wide_dot;

    #[test]
    fn directions_are_made_upright_without_a_turn_in_their_plane() {
        let rows = nearest_upright(&[vec![3.0, 1.0, 0.0], vec![1.0, 2.0, 0.0]]).expect("a plane");
        assert!((wide_dot(&rows[0], &rows[0]) - 1.0).abs() < 1e-12 && (wide_dot(&rows[1], &rows[1]) - 1.0).abs() < 1e-12);
        assert!(wide_dot(&rows[0], &rows[1]).abs() < 1e-12);
        // Symmetric rows are their own root times the identity.
        assert!((rows[0][0] - 1.0).abs() < 1e-12 && (rows[1][1] - 1.0).abs() < 1e-12, "{rows:?}");
    }

    #[test]
    fn directions_that_span_no_plane_are_none() {
        assert_eq!(nearest_upright(&[vec![1.0, 2.0], vec![2.0, 4.0]]), None);
        assert_eq!(nearest_upright(&[vec![0.0, 0.0], vec![0.0, 0.0]]), None);
        assert_eq!(nearest_upright(&[vec![f64::NAN, 0.0], vec![0.0, 1.0]]), None);
    }
}
