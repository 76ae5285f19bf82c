//! One step of training: the vectors of a batch, its loss and gradient, the update.
//!
//! Which steps are taken and what is recorded of them is in `trainer.rs`.

use super::batch::Batch;
use super::input::TrainError;
use super::learner::{Learner, Optimizer, pick};
use super::loss::{self, BatchVectors, evaluate};
use super::recipe::Settings;
use crate::numbers::{are_finite, both, every_row, widest};
use crate::progress::OnProgress;

/// A batch by its different phrases: a phrase that stands in it more than once is asked for once.
struct Slots {
    /// Different rows, rising.
    rows: Vec<u32>,
    /// Places in `rows` of the anchors and of the candidates.
    anchors: Vec<u32>,
    candidates: Vec<u32>,
    /// Where each of `rows` stands, one after the other: an anchor by its number, a candidate by its number after the
    /// anchors.
    places: Vec<u32>,
    /// Where in `places` those of each of `rows` begin, and their end.
    starts: Vec<usize>,
}

impl Slots {
    fn of(batch: &Batch) -> Self {
        // Row and place in one number, which is sorted in half the time of two.
        let sorted = batch.anchors.iter().chain(&batch.candidates).zip(0_u64..).map(|(row, place)| u64::from(*row) << 32 | place);
        let mut sorted: Vec<u64> = sorted.collect();
        sorted.sort_unstable();
        let n = sorted.len();
        let (mut rows, mut starts, mut slots) = (Vec::with_capacity(n), Vec::with_capacity(n + 1), vec![0; n]);
        for (number, both) in sorted.iter().enumerate() {
            let (row, place) = ((both >> 32) as u32, *both as u32);
            if rows.last() != Some(&row) {
                rows.push(row);
                starts.push(number);
            }
            slots[place as usize] = rows.len() as u32 - 1;
        }
        starts.push(sorted.len());
        let candidates = slots.split_off(batch.anchors.len());
        Self { rows, anchors: slots, candidates, places: sorted.into_iter().map(|both| both as u32).collect(), starts }
    }

    /// A phrase that stands in a batch more than once gets the sum of its gradients.
    fn sum(&self, gradients: &loss::Gradients<f32>, dims: usize) -> Vec<f32> {
        let n_anchors = self.anchors.len();
        let gradient_at = |place: u32| match (place as usize).checked_sub(n_anchors) {
            None => &gradients.anchors[place as usize * dims..][..dims],
            Some(candidate) => &gradients.candidates[candidate * dims..][..dims],
        };
        let mut summed = vec![0.0; self.rows.len() * dims];
        every_row(&mut summed, dims, |slot, sum| {
            widest(
                #[inline(always)]
                || {
                    let places = &self.places[self.starts[slot]..self.starts[slot + 1]];
                    let Some((first, others)) = places.split_first() else { return };
                    sum.copy_from_slice(gradient_at(*first));
                    for place in others {
                        sum.iter_mut().zip(gradient_at(*place)).for_each(|(sum, g)| *sum += g);
                    }
                },
            );
        });
        summed
    }
}

/// What came of one step.
pub(super) struct Taken {
    /// The loss before its update.
    pub(super) loss: f32,
    /// Whether everything is still finite. What is not is not followed.
    pub(super) is_finite: bool,
    /// The phrases of its batch, rising.
    pub(super) rows: Vec<u32>,
}

/// One update.
pub(super) fn take_step(
    learner: &mut dyn Learner,
    batch: &Batch,
    settings: &Settings,
    learning_rate: f64,
    progress: &mut OnProgress<'_>,
) -> Result<Taken, TrainError> {
    let (slots, dims) = (Slots::of(batch), learner.dims());
    let picked = |values: &[f32], anchors: &[u32], candidates: &[u32]| {
        both((anchors.len() + candidates.len()) * dims, || pick(values, dims, anchors), || pick(values, dims, candidates))
    };
    let (anchors, candidates) = match learner.table() {
        Some(values) => picked(values, &batch.anchors, &batch.candidates),
        None => picked(&learner.forward(&slots.rows, progress)?, &slots.anchors, &slots.candidates),
    };
    let vectors = batch_vectors(dims, &anchors, &candidates, batch);
    let evaluation = evaluate(&vectors, settings);
    let summed = slots.sum(&evaluation.gradients(&vectors), dims);
    if !evaluation.value.is_finite() || !are_finite(&summed) {
        return Ok(Taken { loss: evaluation.value, is_finite: false, rows: slots.rows });
    }
    let (kind, weight_decay) = (settings.optimizer, settings.weight_decay);
    let optimizer = Optimizer { kind, learning_rate, weight_decay, max_gradient: settings.max_gradient };
    let is_finite = learner.update(&slots.rows, &summed, &optimizer, progress)?;
    Ok(Taken { loss: evaluation.value, is_finite, rows: slots.rows })
}

/// `batch` with its vectors, in the layout of losses.
pub(super) fn batch_vectors<'a>(
    dims: usize,
    anchors: &'a [f32],
    candidates: &'a [f32],
    batch: &'a Batch,
) -> BatchVectors<'a, f32> {
    BatchVectors { dims, anchors, candidates, excluded: &batch.excluded, scores: &batch.scores }
}
