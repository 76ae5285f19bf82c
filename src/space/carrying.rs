//! Where a vector is when somebody carries its point on a map to another place.

use super::MapAxes;
use crate::numbers::wide_dot;

impl MapAxes {
    /// `vector`, moved in the plane of these axes so that it lies at `at`, a number for each axis. What is at a right angle to
    /// the plane stays as it is.
    ///
    /// With `keeps_length` it stays as long as it was, as on a sphere: what is outside of the plane shrinks or grows to
    /// make up for it, and a place beyond the sphere is brought back to its rim.
    pub fn carried(&self, vector: &[f32], at: &[f64], keeps_length: bool) -> Vec<f32> {
        let basis = self.upright(at);
        let along: Vec<f64> = basis.iter().map(|(direction, _)| wide_dot(vector, direction)).collect();
        let mut inside = vec![0.0; vector.len()];
        let mut outside: Vec<f64> = vector.iter().map(|x| f64::from(*x)).collect();
        for ((direction, target), along) in basis.iter().zip(&along) {
            inside.iter_mut().zip(direction).for_each(|(sum, x)| *sum += target * x);
            outside.iter_mut().zip(direction).for_each(|(rest, x)| *rest -= along * x);
        }
        let scale = if keeps_length { scales(wide_dot(vector, vector), &inside, &outside) } else { [1.0, 1.0] };
        inside.iter().zip(&outside).map(|(inside, outside)| (scale[0] * inside + scale[1] * outside) as f32).collect()
    }

    /// The axes that there are, made upright (Gram and Schmidt), each with the product that a vector at `at` has with it.
    fn upright(&self, at: &[f64]) -> Vec<(Vec<f64>, f64)> {
        let mut basis: Vec<(Vec<f64>, f64)> = Vec::new();
        for (direction, at) in self.directions.iter().zip(at) {
            let mut target = at + wide_dot(&self.centre, direction);
            let mut rest = direction.clone();
            for (other, product) in &basis {
                let shared = wide_dot(direction, other);
                target -= shared * product;
                rest.iter_mut().zip(other).for_each(|(x, y)| *x -= shared * y);
            }
            let length = wide_dot(&rest, &rest).sqrt();
            if length > 1e-9 {
                rest.iter_mut().for_each(|x| *x /= length);
                basis.push((rest, target / length));
            }
        }
        basis
    }
}

/// What the parts inside and outside of the plane are multiplied by, so that their squares add up to `square`.
fn scales(square: f64, inside: &[f64], outside: &[f64]) -> [f64; 2] {
    let (inside, outside) = (wide_dot(inside, inside), wide_dot(outside, outside));
    let room = square - inside;
    match room > 0.0 && outside > f64::EPSILON * square {
        true => [1.0, (room / outside).sqrt()],
        // Beyond the rim, or with nothing outside of the plane.
        false => [if inside > 0.0 { (square / inside).sqrt() } else { 1.0 }, 0.0],
    }
}
