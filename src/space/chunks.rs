//! Vectors that come in chunks of whole rows: their mean, how far they reach, and their rows less the mean.
//!
//! Chunks are shared between cores in a few runs whose number does not depend on the machine, so that no result does.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::ProjectionError;
use super::axes::check_finite;
use crate::numbers::{Real, widest};

/// Rows turned to f64 at a time; bounds memory.
pub(super) const CHUNK_ROWS: usize = 1024;

/// Runs of chunks that are worked on side by side.
const LANES: usize = 4;

/// Rows of a chunk where `n` are there at once: so few that every lane has its part, but not so few that there is more to
/// hand over than to do.
pub(super) fn rows_a_chunk(n: usize) -> usize {
    n.div_ceil(LANES).clamp(CHUNK_ROWS / 8, CHUNK_ROWS)
}

/// Whole rows of vectors by the number of their chunk.
pub(super) type Chunk<'a, R> = dyn Fn(usize) -> Cow<'a, [R]> + Sync + 'a;

/// What `work` makes of each of a few runs of chunks, in their order.
pub(super) fn by_lane<T: Send>(n_chunks: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let cut = |lane: usize| lane * n_chunks / LANES;
    (0..LANES).into_par_iter().map(|lane| work(cut(lane)..cut(lane + 1))).collect()
}

/// The mean vector in f64 (zeros where there are none) and the number of vectors.
pub(super) fn mean_of<R: Real>(dims: usize, n_chunks: usize, chunk: &Chunk<'_, R>) -> Result<(Vec<f64>, usize), ProjectionError> {
    let (mut mean, mut n) = (vec![0.0; dims], 0);
    for (sum, n_rows, bad) in by_lane(n_chunks, |chunks| sum_of(dims, chunks, chunk)) {
        if let Some(error) = bad {
            return Err(error.after_rows(n));
        }
        mean.iter_mut().zip(&sum).for_each(|(mean, sum)| *mean += sum);
        n += n_rows;
    }
    mean.iter_mut().for_each(|sum| *sum /= n.max(1) as f64);
    Ok((mean, n))
}

/// The sum of the vectors in some chunks and their number, up to the first number that is not finite.
fn sum_of<R: Real>(dims: usize, chunks: Range<usize>, chunk: &Chunk<'_, R>) -> (Vec<f64>, usize, Option<ProjectionError>) {
    let (mut sum, mut n) = (vec![0.0; dims], 0);
    for index in chunks {
        let values = chunk(index);
        widest(
            #[inline(always)]
            || {
                for row in values.chunks_exact(dims) {
                    for (sum, value) in sum.iter_mut().zip(row) {
                        *sum += value.to_f64();
                    }
                }
            },
        );
        // What is not finite shows in the sums; so may large numbers that are.
        if sum.iter().any(|sum| !sum.is_finite())
            && let Err(error) = check_finite(&values, dims)
        {
            return (sum, n, Some(error.after_rows(n)));
        }
        n += values.len() / dims;
    }
    (sum, n, None)
}

/// How far some vectors reach, in each dimension.
pub(super) struct Extent {
    /// Sums of the numbers less their mean: what rounding took from that.
    left_over: Vec<f64>,
    least: Vec<f64>,
    most: Vec<f64>,
}

impl Extent {
    /// Of all vectors, whose mean is `centre` but for rounding.
    pub(super) fn of<R: Real>(n_chunks: usize, chunk: &Chunk<'_, R>, centre: &[f64]) -> Self {
        let mut all = Self::none(centre.len());
        for lane in by_lane(n_chunks, |chunks| Self::of_some(chunks, chunk, centre)) {
            all.left_over.iter_mut().zip(&lane.left_over).for_each(|(sum, other)| *sum += other);
            all.least.iter_mut().zip(&lane.least).for_each(|(least, other)| *least = least.min(*other));
            all.most.iter_mut().zip(&lane.most).for_each(|(most, other)| *most = most.max(*other));
        }
        all
    }

    fn none(dims: usize) -> Self {
        Self { left_over: vec![0.0; dims], least: vec![f64::INFINITY; dims], most: vec![f64::NEG_INFINITY; dims] }
    }

    fn of_some<R: Real>(chunks: Range<usize>, chunk: &Chunk<'_, R>, centre: &[f64]) -> Self {
        let mut some = Self::none(centre.len());
        for values in chunks.map(chunk) {
            for row in values.chunks_exact(centre.len()) {
                for (dim, value) in row.iter().map(|value| value.to_f64()).enumerate() {
                    some.left_over[dim] += value - centre[dim];
                    some.least[dim] = some.least[dim].min(value);
                    some.most[dim] = some.most[dim].max(value);
                }
            }
        }
        some
    }

    /// Brings the mean of `n` vectors to within a rounding of what it is.
    pub(super) fn correct(&self, centre: &mut [f64], n: usize) {
        centre.iter_mut().zip(&self.left_over).for_each(|(mean, sum)| *mean += sum / n.max(1) as f64);
    }

    /// Whether two of the vectors differ.
    pub(super) fn varies(&self) -> bool {
        self.least.iter().zip(&self.most).any(|(least, most)| least < most)
    }

    /// The largest absolute number in each dimension.
    pub(super) fn sizes(&self) -> impl Iterator<Item = f64> + '_ {
        self.least.iter().zip(&self.most).map(|(least, most)| least.abs().max(most.abs()))
    }
}

/// Adds the rows of `values`, less the centre, to `rows`.
pub(super) fn add_centred<R: Real>(rows: &mut Vec<f64>, values: &[R], centre: &[f64]) {
    rows.reserve(values.len());
    for row in values.chunks_exact(centre.len()) {
        rows.extend(row.iter().zip(centre).map(|(value, mean)| value.to_f64() - mean));
    }
}
