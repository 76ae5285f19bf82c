//! What a recording will hold, as far as can be known before it begins: so that its memory is asked for once.

use super::super::batch::{Columns, needs_one_negative};
use super::super::input::TrainInput;
use super::super::recipe::Negatives;
use crate::space::PairRows;

/// Frames after which a recording that will be thinned in any case is thinned already: what is not written need not be
/// dropped, and a run that ends early still has half as many.
pub(super) const FINE_FRAMES: usize = 128;

/// What is recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordingPlan {
    /// Vectors in a frame.
    pub(crate) n_rows: usize,
    /// Numbers a vector.
    pub(crate) dims: usize,
    /// Every how many steps a frame is recorded at first.
    pub(crate) first_stride: usize,
    /// Every how many steps frames will be left in the end.
    pub(crate) last_stride: usize,
    /// Frames that are kept at a time, about.
    pub(crate) n_frames: usize,
    /// Vectors in them, about: one that does not move is kept once.
    pub(crate) n_vectors: usize,
    /// Bytes kept before the recording is thinned.
    pub(crate) budget: usize,
}

impl RecordingPlan {
    /// The recording of `n_rows` phrases of a run that takes all its steps on the pairs `trained`: at first at every
    /// `first_stride`-th step, thinned to `budget` bytes.
    pub(crate) fn new(input: &TrainInput, trained: &[PairRows], n_rows: usize, first_stride: usize, budget: usize) -> Self {
        let (steps, dims) = (input.recipe.steps, input.recipe.dims);
        let whole = Whole { steps, dims, n_rows, n_moved: most_moved(input, trained).unwrap_or(n_rows) };
        let last_stride = whole.last_stride(first_stride, budget);
        Self {
            n_rows,
            dims,
            first_stride,
            last_stride,
            n_frames: (steps / last_stride).max(steps.min(FINE_FRAMES)) + 2,
            n_vectors: whole.n_vectors(last_stride, if last_stride > first_stride { FINE_FRAMES } else { 0 }),
            budget,
        }
    }
}

/// Phrases that a step moves at most; `None`: all.
fn most_moved(input: &TrainInput, trained: &[PairRows]) -> Option<usize> {
    let columns = Columns::of(trained);
    let has_negatives = trained.iter().any(|pair| pair.negative.is_some());
    let n_moved = input.recipe.all_settings().map(|settings| {
        let seeks_one = settings.negatives == Negatives::Hard || needs_one_negative(settings, columns);
        settings.batch.min(trained.len()) * if has_negatives || seeks_one { 3 } else { 2 }
    });
    n_moved.max().filter(|_| input.recipe.learner.moves_only_batch())
}

/// A run that takes all its steps.
struct Whole {
    steps: usize,
    dims: usize,
    n_rows: usize,
    /// Phrases that a step moves at most.
    n_moved: usize,
}

impl Whole {
    /// Vectors in the frames of every `stride`-th step, and in `n_more` frames of single steps.
    fn n_vectors(&self, stride: usize, n_more: usize) -> usize {
        let moved = |steps: usize| self.n_rows.min(steps.saturating_mul(self.n_moved));
        self.n_rows + self.steps.div_ceil(stride) * moved(stride) + n_more * moved(1)
    }

    /// Every how many steps frames remain, recorded at every `first`-th one and thinned to `budget` bytes.
    fn last_stride(&self, first: usize, budget: usize) -> usize {
        let mut stride = first;
        let n_bytes = |stride: usize| {
            let n_places = (self.steps / stride + 1) * self.n_rows;
            bytes_of(self.n_vectors(stride, 0), self.dims, n_places)
        };
        while stride < self.steps && n_bytes(stride) > budget {
            stride *= 2;
        }
        stride
    }
}

/// Bytes of `n_vectors` vectors of `dims` numbers, and of saying in `n_places` places of frames which one is there: where
/// vectors are short and few move, most of the memory is the latter.
pub(super) fn bytes_of(n_vectors: usize, dims: usize, n_places: usize) -> usize {
    n_vectors * dims * size_of::<f32>() + n_places * size_of::<u32>()
}
