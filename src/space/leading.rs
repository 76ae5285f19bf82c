//! The strongest eigenvectors of a symmetric matrix of which few are wanted: Rayleigh-Ritz in a block Krylov space, every
//! vector orthogonal to all before it (Golub and Van Loan, "Matrix Computations", 2013, chapter 10.3).
//!
//! The block is larger than what is wanted, so that equal eigenvalues are all found. How sharp a vector is is measured by
//! what the matrix makes of it; where that is not reached in few steps there is no answer, and a full decomposition has to
//! give it.

use faer::{MatRef, Side};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::singular::Axis;
use crate::numbers::{as_matrix, dot, length, product_alone};

/// Vectors in a block beyond those wanted.
const SPARE: usize = 2;

/// Share of its length that a vector must keep when the others are taken out of it.
const LEAST_LEFT: f64 = 1e-8;

/// Dimensions of a matrix of which a tenth or fewer eigenvectors are found faster than all.
const FROM_DIMS: usize = 128;

/// Whether finding `n_wanted` alone is worth it.
pub(super) fn is_worth_it(dims: usize, n_wanted: usize) -> bool {
    n_wanted > 0 && dims >= FROM_DIMS && 10 * (n_wanted + SPARE) <= dims
}

/// The `n_wanted` largest eigenvalues of `matrix` (all of it, symmetric, row-major), each with its eigenvector, largest
/// first, if what the matrix makes of each is within `sharpness` of the largest eigenvalue from the vector itself.
pub(super) fn leading(matrix: &[f64], n_wanted: usize, sharpness: f64) -> Option<Vec<Axis>> {
    let dims = matrix.len().isqrt();
    let mut space = Krylov::new(dims, n_wanted + SPARE)?;
    let mut next_look = 4;
    for n_steps in 1.. {
        space.grow(as_matrix(matrix, dims))?;
        if n_steps == next_look {
            let found = space.strongest(n_wanted)?;
            let largest = found.first().map_or(0.0, |(axis, _)| axis.0);
            if found.iter().all(|(_, residual)| *residual <= sharpness * largest) {
                return Some(found.into_iter().map(|(axis, _)| axis).collect());
            }
            next_look += next_look / 3 + 1;
        }
        if 2 * space.basis.len() > matrix.len() {
            break;
        }
    }
    None
}

struct Krylov {
    dims: usize,
    block: usize,
    /// Orthonormal rows.
    basis: Vec<f64>,
    /// What the matrix makes of each but those of the last block.
    images: Vec<f64>,
}

impl Krylov {
    fn new(dims: usize, block: usize) -> Option<Self> {
        let mut draws = ChaCha8Rng::seed_from_u64(0);
        let start: Vec<f64> = (0..block * dims).map(|_| f64::from(draws.next_u32()) / f64::from(u32::MAX) - 0.5).collect();
        let mut space = Self { dims, block, basis: Vec::new(), images: Vec::new() };
        space.add(start)?;
        Some(space)
    }

    /// Adds what the matrix makes of the last block.
    fn grow(&mut self, matrix: MatRef<'_, f64>) -> Option<()> {
        let last = &self.basis[self.images.len()..];
        let image = product_alone(as_matrix(last, self.dims), matrix);
        self.images.extend_from_slice(&image);
        self.add(image)
    }

    /// Adds rows, made orthogonal to all there are and to each other; `None` if nothing is left of one.
    fn add(&mut self, mut rows: Vec<f64>) -> Option<()> {
        let before: Vec<f64> = rows.chunks_exact(self.dims).map(length).collect();
        // Twice is enough (Kahan and Parlett).
        for _ in 0..2 {
            self.take_out(&mut rows);
        }
        for (row, before) in rows.chunks_exact_mut(self.dims).zip(before) {
            for _ in 0..2 {
                for other in self.basis[self.basis.len().saturating_sub(self.block * self.dims)..].chunks_exact(self.dims) {
                    let part = dot(row, other);
                    row.iter_mut().zip(other).for_each(|(x, y)| *x -= part * y);
                }
            }
            let left = length(row);
            if left.is_nan() || left <= LEAST_LEFT * before {
                return None;
            }
            row.iter_mut().for_each(|x| *x /= left);
            self.basis.extend_from_slice(row);
        }
        Some(())
    }

    fn take_out(&self, rows: &mut [f64]) {
        if !self.basis.is_empty() {
            let basis = as_matrix(&self.basis, self.dims);
            let parts = product_alone(as_matrix(rows, self.dims), basis.transpose());
            let taken = product_alone(as_matrix(&parts, basis.nrows()), basis);
            rows.iter_mut().zip(taken).for_each(|(x, y)| *x -= y);
        }
    }

    /// The strongest vectors in this space, each with the length of what the matrix adds to it beside itself.
    fn strongest(&self, n_wanted: usize) -> Option<Vec<(Axis, f64)>> {
        let images = as_matrix(&self.images, self.dims);
        let n = images.nrows();
        let basis = as_matrix(&self.basis[..self.images.len()], self.dims);
        let within = product_alone(basis, images.transpose());
        let eigen = as_matrix(&within, n).self_adjoint_eigen(Side::Lower).ok()?;
        let (values, columns) = (eigen.S().column_vector(), eigen.U().subcols(n - n_wanted, n_wanted));
        let vectors = product_alone(columns.transpose(), basis);
        let images = product_alone(columns.transpose(), images);
        let found = vectors.chunks_exact(self.dims).zip(images.chunks_exact(self.dims)).enumerate().rev();
        let axis = |(index, (vector, image)): (usize, (&[f64], &[f64]))| {
            let value = values[n - n_wanted + index];
            let beside: Vec<f64> = image.iter().zip(vector).map(|(image, x)| image - value * x).collect();
            ((value, vector.to_vec()), length(&beside))
        };
        Some(found.map(axis).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Diagonal but for a turn of all axes by a reflection.
    fn turned(values: &[f64]) -> Vec<f64> {
        let n = values.len();
        let mirror: Vec<f64> = (0..n).map(|i| ((i * 37 % 11) as f64 - 5.0) / 10.0 + 0.01).collect();
        let square = dot(&mirror, &mirror);
        let h = |i: usize, j: usize| f64::from(u8::from(i == j)) - 2.0 * mirror[i] * mirror[j] / square;
        let h: Vec<f64> = (0..n * n).map(|at| h(at / n, at % n)).collect();
        let scaled: Vec<f64> = h.chunks_exact(n).flat_map(|row| row.iter().zip(values).map(|(x, v)| x * v)).collect();
        product_alone(as_matrix(&scaled, n), as_matrix(&h, n))
    }

    #[test]
    fn the_strongest_are_found_also_where_some_are_equal() {
        let mut values: Vec<f64> = (0..200).map(|i| 1.0 / f64::from(i + 3)).collect();
        for equal in [false, true] {
            values[..4].copy_from_slice(if equal { &[9.0, 9.0, 9.0, 4.0] } else { &[9.0, 7.0, 6.0, 4.0] });
            let matrix = turned(&values);
            let found = leading(&matrix, 3, 1e-12).expect("large gaps");
            for (index, (value, vector)) in found.iter().enumerate() {
                assert!((value - values[index]).abs() < 1e-10, "{value}");
                let image = product_alone(as_matrix(vector, 200), as_matrix(&matrix, 200));
                assert!(image.iter().zip(vector).all(|(image, x)| (image - value * x).abs() < 1e-10));
            }
        }
    }

    #[test]
    fn there_is_no_answer_where_directions_end() {
        let mut values = vec![0.0; 150];
        values[0] = 1.0;
        assert!(leading(&turned(&values), 3, 1e-12).is_none());
        assert!(leading(&vec![f64::NAN; 150 * 150], 2, 1e-12).is_none());
    }
}
