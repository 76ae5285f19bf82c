//! Some of many axes, and turning them, or places, onto those that were shown before, so that nothing flips: orthogonal
//! Procrustes (Schönemann 1966) in the few dimensions of a map. Between whole spaces it is in `align.rs`.

use faer::Mat;

use super::{Coordinates, MapAxes};

impl MapAxes {
    /// The axes of these numbers alone, counted from 0, in this order; numbers beyond the last are left out.
    #[must_use]
    pub fn only(&self, numbers: &[usize]) -> Self {
        let there = || numbers.iter().copied().filter(|number| *number < self.directions.len());
        Self {
            directions: there().map(|number| self.directions[number].clone()).collect(),
            variances: there().map(|number| self.variances[number]).collect(),
            ..self.clone()
        }
    }

    /// The same axes, turned and perhaps mirrored so that `points` fall as near as possible to `targets` (both as many
    /// numbers a point as there are axes). In two dimensions the solution is closed. Used so that refitted axes do not
    /// jump.
    pub fn turned_towards(mut self, points: &[f64], targets: &[f64]) -> Self {
        let rows = best_turn(points, targets, self.directions.len());
        let mix = |row: &Vec<f64>| -> Vec<f64> {
            let mut mixed = vec![0.0; self.centre.len()];
            for (weight, direction) in row.iter().zip(&self.directions) {
                mixed.iter_mut().zip(direction).for_each(|(sum, x)| *sum += weight * x);
            }
            mixed
        };
        let directions = rows.iter().map(mix).collect();
        let variance =
            |row: &Vec<f64>| row.iter().zip(&self.variances).map(|(weight, variance)| weight * weight * variance).sum();
        self.variances = rows.iter().map(variance).collect();
        self.directions = directions;
        self
    }
}

impl Coordinates {
    /// The same places, turned and perhaps mirrored about the origin so that the differences of the first of them lie as
    /// those of `before`, point by point: for maps that have no directions.
    #[must_use]
    pub fn turned_towards(&self, before: &Self) -> Self {
        let k = self.n_axes;
        let n = self.points().len().min(before.points().len());
        if k != before.n_axes || n == 0 {
            return self.clone();
        }
        let [points, targets] = [self, before].map(|places| less_mean(&places.values[..n * k], k));
        let rows = best_turn(&points, &targets, k);
        let turned = |point: &[f64]| -> Vec<f64> {
            rows.iter().map(|row| row.iter().zip(point).map(|(weight, x)| weight * x).sum()).collect()
        };
        Self { values: self.points().flat_map(turned).collect(), n_axes: k }
    }
}

fn less_mean(values: &[f64], k: usize) -> Vec<f64> {
    let n = (values.len() / k) as f64;
    let mean: Vec<f64> = (0..k).map(|axis| values.iter().skip(axis).step_by(k).sum::<f64>() / n).collect();
    values.chunks_exact(k).flat_map(|point| point.iter().zip(&mean).map(|(x, mean)| x - mean)).collect()
}

/// The rotation or reflection of a plane that lays `points` nearest to `targets`.
pub(super) fn plane_turn(points: &[[f64; 2]], targets: &[[f64; 2]]) -> [[f64; 2]; 2] {
    let mut m = [[0.0; 2]; 2];
    for (point, target) in points.iter().zip(targets) {
        for (row, t) in m.iter_mut().zip(target) {
            row.iter_mut().zip(point).for_each(|(cell, p)| *cell += t * p);
        }
    }
    turn_of_two(m)
}

/// The rows of the rotation or reflection `r` that minimises the sum of |r·point - target|², for points of `k` numbers.
fn best_turn(points: &[f64], targets: &[f64], k: usize) -> Vec<Vec<f64>> {
    let mut products = vec![vec![0.0; k]; k];
    for (point, target) in points.chunks_exact(k.max(1)).zip(targets.chunks_exact(k.max(1))) {
        for (row, t) in products.iter_mut().zip(target) {
            row.iter_mut().zip(point).for_each(|(cell, p)| *cell += t * p);
        }
    }
    match &products[..] {
        [a, b] => turn_of_two([[a[0], a[1]], [b[0], b[1]]]).iter().map(|row| row.to_vec()).collect(),
        _ => turn_of_many(&products),
    }
}

/// The same where points have two numbers, from the sums of their products: the solution is closed.
fn turn_of_two(m: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let turn = (m[0][0] + m[1][1]).hypot(m[1][0] - m[0][1]);
    let mirror = (m[0][0] - m[1][1]).hypot(m[1][0] + m[0][1]);
    if turn.max(mirror) <= f64::EPSILON {
        return [[1.0, 0.0], [0.0, 1.0]];
    }
    if turn >= mirror {
        let (cos, sin) = ((m[0][0] + m[1][1]) / turn, (m[1][0] - m[0][1]) / turn);
        [[cos, -sin], [sin, cos]]
    } else {
        let (cos, sin) = ((m[0][0] - m[1][1]) / mirror, (m[1][0] + m[0][1]) / mirror);
        [[cos, sin], [sin, -cos]]
    }
}

/// U Vᵀ, where the products are U S Vᵀ; nothing is turned where they cannot be taken apart, or are all 0.
fn turn_of_many(products: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let k = products.len();
    let matrix = Mat::from_fn(k, k, |row, column| products[row][column]);
    let unturned = || (0..k).map(|row| (0..k).map(|column| f64::from(u8::from(row == column))).collect()).collect();
    let is_plain = products.iter().flatten().all(|x| x.is_finite()) && products.iter().flatten().any(|x| *x != 0.0);
    let Some(svd) = is_plain.then(|| matrix.thin_svd().ok()).flatten() else { return unturned() };
    let (u, v) = (svd.U(), svd.V());
    let cell = |row: usize, column: usize| (0..k).map(|term| u[(row, term)] * v[(column, term)]).sum();
    (0..k).map(|row| (0..k).map(|column| cell(row, column)).collect()).collect()
}
