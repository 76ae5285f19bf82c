//! The strongest eigenvectors of a symmetric matrix of which few are wanted: Rayleigh-Ritz in a block Krylov space, every
//! vector orthogonal to all before it (Golub and Van Loan, "Matrix Computations", 2013, chapter 10.3), of which the best
//! vectors are kept when it is full (Wu and Simon, "Thick-restart Lanczos", 2000).
//!
//! The block is larger than what is wanted, so that equal eigenvalues are all found. How sharp a vector is is measured by
//! what the matrix makes of it; where that is not reached in few steps there is no answer, and a full decomposition has to
//! give it.

use faer::{MatRef, Side};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::singular::Axis;
use crate::numbers::{as_matrix, dot, length, product_alone, widest};

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
    let (mut next_look, mut before) = (FIRST_LOOK, None);
    for n_steps in 1.. {
        space.grow(as_matrix(matrix, dims))?;
        if n_steps == next_look {
            let ritz = space.strongest()?;
            let error = ritz.error(n_wanted);
            if error <= sharpness {
                return Some(ritz.axes(n_wanted));
            }
            if space.is_full() {
                space.keep(&ritz);
            }
            let to_go = steps_to_go(before, (n_steps, error), sharpness);
            next_look += to_go.min(space.steps_left());
            before = Some((n_steps, error));
        }
        // From here on a full decomposition would have taken no longer.
        if 2 * n_steps * space.block > 3 * dims {
            break;
        }
    }
    None
}

/// Blocks in a space that is full, at most: more make a look long, fewer make more steps necessary.
const MAX_BLOCKS: usize = 14;

/// Steps after which the vectors are looked at first.
const FIRST_LOOK: usize = 4;

/// After how many steps to look again, as a look takes longer than a step: when the error is expected to be `wanted`, if it
/// falls by one factor a step as between the last two looks; at most as many as were done. A look is its number of steps and
/// its error.
fn steps_to_go(before: Option<(usize, f64)>, now: (usize, f64), wanted: f64) -> usize {
    let Some(before) = before else { return now.0 };
    let fall_a_step = (before.1 / now.1).ln() / (now.0 - before.0) as f64;
    let steps = (now.1 / wanted).ln() / fall_a_step;
    // Not where the error rose or is none.
    if steps > 0.0 { (steps.ceil() as usize).clamp(1, now.0) } else { now.0 }
}

struct Krylov {
    dims: usize,
    block: usize,
    max_blocks: usize,
    /// Orthonormal rows.
    basis: Vec<f64>,
    /// What the matrix makes of each but those of the last block.
    images: Vec<f64>,
}

impl Krylov {
    fn new(dims: usize, block: usize) -> Option<Self> {
        let mut draws = ChaCha8Rng::seed_from_u64(0);
        let start: Vec<f64> = (0..block * dims).map(|_| f64::from(draws.next_u32()) / f64::from(u32::MAX) - 0.5).collect();
        let max_blocks = MAX_BLOCKS.min(dims / 2 / block);
        let mut space = Self { dims, block, max_blocks, basis: Vec::new(), images: Vec::new() };
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
            let others = &self.basis[self.basis.len().saturating_sub(self.block * self.dims)..];
            for _ in 0..2 {
                take_out_in_turn(row, others);
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

    /// The strongest vectors in this space, as many as are kept.
    fn strongest(&self) -> Option<Ritz> {
        let images = as_matrix(&self.images, self.dims);
        let n = images.nrows();
        let basis = as_matrix(&self.basis[..self.images.len()], self.dims);
        let within = product_alone(basis, images.transpose());
        let eigen = as_matrix(&within, n).self_adjoint_eigen(Side::Lower).ok()?;
        // Two of five are enough that nothing is lost by leaving the rest.
        let n_kept = n.min((2 * self.max_blocks / 5).max(1) * self.block);
        // faer sorts them from the smallest.
        let columns = eigen.U().subcols(n - n_kept, n_kept).reverse_cols();
        Some(Ritz {
            dims: self.dims,
            values: eigen.S().column_vector().iter().rev().take(n_kept).copied().collect(),
            vectors: product_alone(columns.transpose(), basis),
            images: product_alone(columns.transpose(), images),
        })
    }

    /// Steps until it is full.
    fn steps_left(&self) -> usize {
        (self.max_blocks * self.block).saturating_sub(self.images.len() / self.dims).div_ceil(self.block)
    }

    fn is_full(&self) -> bool {
        self.steps_left() == 0
    }

    /// Leaves of it those vectors, and the last block, from which it grows on: what the matrix adds to them lies there.
    fn keep(&mut self, ritz: &Ritz) {
        let last = self.basis.split_off(self.images.len());
        self.basis.clone_from(&ritz.vectors);
        self.basis.extend(last);
        self.images.clone_from(&ritz.images);
    }
}

/// Vectors that the matrix turns into themselves within a space, and their eigenvalues there, largest first.
struct Ritz {
    dims: usize,
    values: Vec<f64>,
    /// Orthonormal rows.
    vectors: Vec<f64>,
    /// What the matrix makes of each.
    images: Vec<f64>,
}

impl Ritz {
    /// The largest of what the matrix adds beside each of the first `n`, as a share of the largest eigenvalue.
    fn error(&self, n: usize) -> f64 {
        let rows = self.vectors.chunks_exact(self.dims).zip(self.images.chunks_exact(self.dims)).zip(&self.values);
        let beside = |((vector, image), value): ((&[f64], &[f64]), &f64)| {
            length(&image.iter().zip(vector).map(|(image, x)| image - value * x).collect::<Vec<f64>>())
        };
        let largest = self.values.first().copied().unwrap_or(0.0);
        // What is no number has to stay one: `max` would leave it out.
        rows.take(n)
            .map(|row| beside(row) / largest)
            .fold(0.0_f64, |worst, error| if worst.is_nan() || error <= worst { worst } else { error })
    }

    fn axes(&self, n: usize) -> Vec<Axis> {
        self.values.iter().copied().zip(self.vectors.chunks_exact(self.dims).map(<[f64]>::to_vec)).take(n).collect()
    }
}

/// Takes what lies along each of `others` out of a row, one after the other.
fn take_out_in_turn(row: &mut [f64], others: &[f64]) {
    widest(
        #[inline(always)]
        || {
            for other in others.chunks_exact(row.len()) {
                let part = dot(row, other);
                for (x, y) in row.iter_mut().zip(other) {
                    *x -= part * y;
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_look_is_when_it_may_be_the_last() {
        assert_eq!(steps_to_go(None, (4, 1e-1), 1e-9), 4);
        assert_eq!(steps_to_go(Some((4, 1e-2)), (8, 1e-4), 1e-6), 4);
        assert_eq!(steps_to_go(Some((4, 1e-2)), (8, 1e-4), 1e-5), 2);
        // Far off, risen, not there: no further than twice as many steps.
        for (before, now) in [(1e-1, 9e-2), (1e-2, 1e-1), (f64::NAN, 1.0), (1.0, f64::NAN), (1.0, 1.0)] {
            assert_eq!(steps_to_go(Some((4, before)), (8, now), 1e-13), 8, "{before} {now}");
        }
    }

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
