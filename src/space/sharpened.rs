//! Principal axes of many vectors in f32: from products in f32, twice as fast as in f64, and then made as sharp as those
//! from f64 by one more look at the vectors.
//!
//! The axes V of the rounded matrix are off by about its rounding over the gap to the next axis. One pass gives what the
//! exact matrix makes of them; what it adds beside them, divided by the gaps (a solution of (θ - C) δ = r beside V), is
//! what they lack, up to its square: a step of Newton's method (Sleijpen and van der Vorst 1996). Where the step is too
//! long for the square not to matter, or an axis drowns in rounding, there is no answer, and f64 has to give it.

use std::ops::Range;

use faer::Side;

use super::chunks::{CHUNK_ROWS, Chunk, by_lane};
use super::leading::{is_worth_it, leading};
use super::singular::Axis;
use crate::numbers::{Real, add_lower_square, as_matrix, dot, length, product_alone, wide_dot, widest};

/// Vectors from which squares in f32 save more than the second look takes.
const FROM_ROWS: usize = 2048;

/// Share of the total that an axis has at least, so that rounding in f32 does not hide it.
const LEAST_SHARE: f64 = 1e-5;

/// Mean squares in which f32 keeps its digits.
const SQUARES: Range<f64> = 1e-26..1e30;

/// How near the axes of the rounded matrix have to be, as a share of the largest eigenvalue: so much nearer than rounding
/// that they are also where the next axis is nearly as strong.
const ROUGH: f64 = 1e-10;

/// What may be missing at the end.
const FINE: f64 = 1e-9;

/// How near the solution of the step has to be, as a share of it.
const STEP_TOLERANCE: f64 = 1e-5;

/// Steps in which it is sought.
const MAX_STEPS: usize = 300;

/// Sums of squares along the strongest axes of `n` rows less `centre`, with these, strongest first; and the sum of all
/// squares. `None` where this cannot be known to be right.
pub(super) fn sharp_axes<R: Real>(
    n_chunks: usize,
    chunk: &Chunk<'_, R>,
    n: usize,
    centre: &[f64],
    n_axes: usize,
) -> Option<(Vec<Axis>, f64)> {
    let dims = centre.len();
    if n < FROM_ROWS || !is_worth_it(dims, n_axes) {
        return None;
    }
    let rough = rough_square(n_chunks, chunk, centre);
    let mean_square = (0..dims).map(|dim| rough[dim * dims + dim]).sum::<f64>() / (n * dims) as f64;
    if !SQUARES.contains(&mean_square) {
        return None;
    }
    let axes: Vec<f64> = leading(&rough, n_axes, ROUGH)?.into_iter().flat_map(|(_, axis)| axis).collect();
    let looks = by_lane(n_chunks, |chunks| Look::at(chunks, chunk, centre, &axes));
    let look = looks.into_iter().reduce(Look::and)?;
    let axes = Step { rough: &rough, dims }.taken(&axes, &look.images)?;
    axes.iter().all(|(square, _)| *square > LEAST_SHARE * look.square).then_some((axes, look.square))
}

/// Xᵀ·X of the centred rows X in f32, added up in f64 chunk by chunk; all of it, row-major.
fn rough_square<R: Real>(n_chunks: usize, chunk: &Chunk<'_, R>, centre: &[f64]) -> Vec<f64> {
    let dims = centre.len();
    let parts = by_lane(n_chunks, |chunks| rough_part(chunks, chunk, centre));
    let mut square = vec![0.0; dims * dims];
    for part in parts {
        square.iter_mut().zip(&part).for_each(|(sum, x)| *sum += x);
    }
    for row in 0..dims {
        for column in 0..row {
            square[column * dims + row] = square[row * dims + column];
        }
    }
    square
}

/// The lower half for some chunks.
fn rough_part<R: Real>(chunks: Range<usize>, chunk: &Chunk<'_, R>, centre: &[f64]) -> Vec<f64> {
    let dims = centre.len();
    let centre: Vec<f32> = centre.iter().map(|x| *x as f32).collect();
    let (mut sum, mut part, mut rows) = (vec![0.0; dims * dims], vec![0.0_f32; dims * dims], Vec::<f32>::new());
    let last = chunks.end;
    for index in chunks {
        add_rough(&mut rows, &chunk(index), &centre);
        if rows.len() >= CHUNK_ROWS * dims || index + 1 == last {
            add_lower_square(&mut part, as_matrix(&rows, dims));
            rows.clear();
            widest(
                #[inline(always)]
                || {
                    for (sum, x) in sum.iter_mut().zip(&mut part) {
                        *sum += f64::from(*x);
                        *x = 0.0;
                    }
                },
            );
        }
    }
    sum
}

fn add_rough<R: Real>(rows: &mut Vec<f32>, values: &[R], centre: &[f32]) {
    let start = rows.len();
    rows.resize(start + values.len(), 0.0);
    let to = &mut rows[start..];
    widest(
        #[inline(always)]
        || {
            for (to, row) in to.chunks_exact_mut(centre.len()).zip(values.chunks_exact(centre.len())) {
                for ((to, x), mean) in to.iter_mut().zip(row).zip(centre) {
                    *to = x.to_f64() as f32 - mean;
                }
            }
        },
    );
}

/// What one look at vectors in f64 gives.
struct Look {
    /// What Xᵀ·X makes of each axis.
    images: Vec<f64>,
    /// The sum of all squares.
    square: f64,
}

impl Look {
    fn at<R: Real>(chunks: Range<usize>, chunk: &Chunk<'_, R>, centre: &[f64], axes: &[f64]) -> Self {
        let dims = centre.len();
        let mut look = Self { images: vec![0.0; axes.len()], square: 0.0 };
        let mut row = vec![0.0; dims];
        for values in chunks.map(chunk) {
            widest(
                #[inline(always)]
                || {
                    for values in values.chunks_exact(dims) {
                        look.add(&mut row, values, centre, axes);
                    }
                },
            );
        }
        look
    }

    /// Loops, not `for_each`, which would be compiled for the oldest machines.
    #[inline(always)]
    fn add<R: Real>(&mut self, row: &mut [f64], values: &[R], centre: &[f64], axes: &[f64]) {
        for ((x, value), mean) in row.iter_mut().zip(values).zip(centre) {
            *x = value.to_f64() - mean;
        }
        self.square += wide_dot(row, row);
        for (axis, image) in axes.chunks_exact(row.len()).zip(self.images.chunks_exact_mut(row.len())) {
            let along = dot(row, axis);
            for (sum, x) in image.iter_mut().zip(row.iter()) {
                *sum += along * x;
            }
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.images.iter_mut().zip(&other.images).for_each(|(sum, x)| *sum += x);
        self.square += other.square;
        self
    }
}

/// From axes of the rounded matrix to those of the exact one.
struct Step<'a> {
    rough: &'a [f64],
    dims: usize,
}

impl Step<'_> {
    /// The axes with their eigenvalues, largest first, from what the exact matrix makes of those of the rounded one.
    fn taken(&self, axes: &[f64], images: &[f64]) -> Option<Vec<Axis>> {
        let (values, axes, images) = self.sorted_within(axes, images)?;
        let mut steps = Vec::new();
        for (value, image) in values.iter().zip(images.chunks_exact(self.dims)) {
            let mut beside = image.to_vec();
            self.take_out(&axes, &mut beside);
            steps.push(self.solved(&axes, *value, beside)?);
        }
        let longest = steps.iter().map(|step| length(step)).fold(0.0, f64::max);
        let least_gap = values.windows(2).map(|pair| (pair[0] - pair[1]) / values[0]).fold(1.0, f64::min);
        if longest * longest > FINE * least_gap {
            return None;
        }
        let mut sharp: Vec<f64> = Vec::new();
        for (axis, step) in axes.chunks_exact(self.dims).zip(&steps) {
            let mut axis: Vec<f64> = axis.iter().zip(step).map(|(x, step)| x + step).collect();
            self.take_out(&sharp, &mut axis);
            let length = length(&axis);
            sharp.extend(axis.iter().map(|x| x / length));
        }
        Some(values.into_iter().zip(sharp.chunks_exact(self.dims).map(<[f64]>::to_vec)).collect())
    }

    /// The axes turned among themselves so that the exact matrix mixes none with another: their eigenvalues, falling, the
    /// axes and their images.
    fn sorted_within(&self, axes: &[f64], images: &[f64]) -> Option<(Vec<f64>, Vec<f64>, Vec<f64>)> {
        let [axes, images] = [axes, images].map(|rows| as_matrix(rows, self.dims));
        let within = product_alone(axes, images.transpose());
        let eigen = as_matrix(&within, axes.nrows()).self_adjoint_eigen(Side::Lower).ok()?;
        let falling = eigen.U().reverse_cols();
        let values = eigen.S().column_vector().iter().rev().copied().collect();
        let turned = |rows| product_alone(falling.transpose(), rows);
        Some((values, turned(axes), turned(images)))
    }

    fn take_out(&self, axes: &[f64], row: &mut [f64]) {
        for axis in axes.chunks_exact(self.dims) {
            let part = dot(row, axis);
            row.iter_mut().zip(axis).for_each(|(x, y)| *x -= part * y);
        }
    }

    /// δ beside the axes with (value - C) δ = `beside`, by conjugate gradients; `None` if there is a stronger axis beside.
    fn solved(&self, axes: &[f64], value: f64, mut beside: Vec<f64>) -> Option<Vec<f64>> {
        let mut step = vec![0.0; self.dims];
        let mut search = beside.clone();
        let mut square = dot(&beside, &beside);
        let enough = square * STEP_TOLERANCE * STEP_TOLERANCE;
        for _ in 0..MAX_STEPS {
            if square <= enough {
                return Some(step);
            }
            let mut image = self.image(value, &search);
            self.take_out(axes, &mut image);
            let curvature = dot(&search, &image);
            if curvature.is_nan() || curvature <= 0.0 {
                return None;
            }
            let size = square / curvature;
            step.iter_mut().zip(&search).for_each(|(x, y)| *x += size * y);
            beside.iter_mut().zip(&image).for_each(|(x, y)| *x -= size * y);
            let before = square;
            square = dot(&beside, &beside);
            search.iter_mut().zip(&beside).for_each(|(x, y)| *x = y + square / before * *x);
        }
        None
    }

    /// (value - C) row.
    fn image(&self, value: f64, row: &[f64]) -> Vec<f64> {
        let mut image = vec![0.0; self.dims];
        widest(
            #[inline(always)]
            || {
                for ((to, x), line) in image.iter_mut().zip(row).zip(self.rough.chunks_exact(self.dims)) {
                    *to = value * x - dot(line, row);
                }
            },
        );
        image
    }
}
