//! The recording of a run: its frames, thinned to fit a budget of memory.

use std::sync::Arc;

/// Bytes of frames that a run keeps before its recording is thinned, unless it has to share memory with others.
pub(super) const FRAME_BUDGET_BYTES: usize = 96 << 20;

/// The frames of a run: vectors of all phrases at every `stride`-th step, and at the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Frames {
    /// Bytes kept before the recording is thinned.
    budget: usize,
    dims: usize,
    stride: usize,
    steps: Vec<usize>,
    frames: Vec<Arc<[f32]>>,
}

impl Frames {
    /// An empty recording that keeps every `stride`-th step.
    pub(super) fn new(dims: usize, stride: usize, budget: usize) -> Self {
        Self { budget, dims, stride, steps: Vec::new(), frames: Vec::new() }
    }

    /// Whether `step` is to be recorded, being perhaps the last one.
    pub(super) fn wants(&self, step: usize, is_last: bool) -> bool {
        (step.is_multiple_of(self.stride) || is_last) && self.steps.last() != Some(&step)
    }

    pub(super) fn of_parts(dims: usize, stride: usize, steps: Vec<usize>, frames: Vec<Arc<[f32]>>) -> Self {
        Self { budget: FRAME_BUDGET_BYTES, dims, stride, steps, frames }
    }

    /// Records `values` as `step` if its turn has come or it `is_last`.
    pub(super) fn record(&mut self, step: usize, values: &[f32], is_last: bool) {
        if self.wants(step, is_last) {
            self.steps.push(step);
            self.frames.push(values.into());
        }
        if self.frames.len() * values.len() * size_of::<f32>() > self.budget && self.frames.len() > 2 {
            self.thin(is_last);
        }
    }

    /// Drops every second frame and doubles the stride; the last one of a run stays in any case.
    pub(super) fn thin(&mut self, keeps_last: bool) {
        self.stride *= 2;
        let stride = self.stride;
        let last = self.steps.last().copied().filter(|_| keeps_last);
        let keep: Vec<bool> = self.steps.iter().map(|step| step.is_multiple_of(stride) || Some(*step) == last).collect();
        let mut flags = keep.iter();
        self.frames.retain(|_| flags.next().copied().unwrap_or(true));
        let mut flags = keep.iter();
        self.steps.retain(|_| flags.next().copied().unwrap_or(true));
    }

    /// Numbers a vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Every how many steps a frame is kept.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// How many frames are kept.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Steps of the frames, rising.
    pub fn steps(&self) -> &[usize] {
        &self.steps
    }

    /// Number of the frame at `step`, or of the last one before it.
    pub fn index_at(&self, step: usize) -> usize {
        self.steps.partition_point(|recorded| *recorded <= step).saturating_sub(1)
    }

    /// The numbers of frame `index` as they were trained, row after row.
    pub fn raw(&self, index: usize) -> &[f32] {
        self.frames.get(index).map_or(&[], |frame| frame)
    }
}
