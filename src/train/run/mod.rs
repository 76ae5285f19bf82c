//! A recorded run: what it was made from, its frames, and what is read of them.
//!
//! How a run comes about is `../trainer.rs`. The batches behind its steps, with their losses and forces, are in
//! `batches.rs`; its measures in `measures.rs` and `curves.rs`; drawing it is `maps.rs` and `scene`, a file of it `file.rs`.

mod batches;
mod curves;
mod file;
mod frames;
mod maps;
mod measures;
mod pages;
mod plan;
mod recorder;
mod space;
mod subset;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

pub use batches::{BatchForces, BatchView, Held, Weighted};
pub use curves::curves_table;
pub use file::{RunFileError, is_run, is_run_file, read_run, write_run};
pub use frames::Frames;
pub use maps::{Axes, RunMap, bounds_of, map_run};
pub use measures::{Measure, Measures};
pub(super) use plan::RecordingPlan;
pub(super) use recorder::Recorder;
pub(super) use space::{other_model, space_of};
pub use subset::subset_rows;
pub(super) use subset::{Recorded, recorded_of};

use super::learned::Learned;
use super::recipe::Recipe;
use crate::choice::Choice;
use crate::space::{PairRows, SpaceId, Vectors, normalised_rows};

/// Why a run ended before its last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// Somebody cancelled it.
    Cancelled,
    /// A number was no longer finite; the last good frame is kept.
    NotFinite,
    /// The loss fell no further.
    Plateau,
    /// The time that was given is over.
    Time,
}

impl Stopped {
    /// Whether what was learned is good.
    pub fn keeps_model(self) -> bool {
        self != Self::NotFinite
    }
}

/// A recorded run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What decided it.
    pub recipe: Recipe,
    /// The recorded phrases, by row: all that were trained on, or of a large set a part.
    pub phrases: Arc<[Arc<str>]>,
    /// The pairs trained on, as rows; of a large set those among the recorded phrases.
    pub pairs: Arc<[PairRows]>,
    /// The pairs held out, likewise.
    pub held_out: Arc<[PairRows]>,
    /// Phrases that were trained on.
    pub n_phrases: usize,
    /// Pairs that were trained on.
    pub n_pairs: usize,
    /// The space of its vectors at step 0.
    pub space: SpaceId,
    /// The space of the model that it was trained on, where that is another than the built-in one.
    pub other_model: Option<SpaceId>,
    /// The recording.
    pub frames: Frames,
    /// Loss of the batch of each step, before its update; one more than steps taken.
    pub losses: Vec<f32>,
    /// Measures of the recorded frames (evenly spread ones if there are many); empty until asked for.
    pub measures: Vec<Measures>,
    /// Set if it ended early.
    pub stopped: Option<Stopped>,
    /// What gives a vector to any phrase, after the last step; `None` for free vectors and transformers, and in runs that an
    /// older version wrote.
    pub learned: Option<Learned>,
    /// The trained language model as a safetensors file, where that is what learned. Not in a run file.
    pub weights: Option<Arc<[u8]>>,
    /// What follows from the rest.
    pub(super) derived: Derived,
}

/// What follows from a run, computed when it is first asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Derived {
    rows: OnceLock<HashMap<Arc<str>, usize>>,
    strongest_force: OnceLock<f32>,
}

/// Runs that are equal in all else are equal, whatever was asked of them.
impl PartialEq for Derived {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Run {
    /// The last recorded step.
    pub fn last_step(&self) -> usize {
        self.frames.steps().last().copied().unwrap_or(0)
    }

    /// The row of `phrase`, if the run knows it.
    pub fn row_of(&self, phrase: &str) -> Option<usize> {
        let index = || {
            // The first of equals, and that is put in last.
            self.phrases.iter().cloned().enumerate().rev().map(|(row, phrase)| (phrase, row)).collect()
        };
        self.derived.rows.get_or_init(index).get(phrase).copied()
    }

    /// The length, in the full space, of the strongest force at step 0: what the length of an arrow is a share of. Above 0.
    pub fn strongest_force(&self) -> f32 {
        *self.derived.strongest_force.get_or_init(|| {
            let lengths = self.forces(0).forces.into_iter().map(|force| force.length());
            lengths.fold(f32::MIN_POSITIVE, f32::max)
        })
    }

    /// Frame `index` as it is shown and compared: unit vectors where the loss sees directions only.
    pub fn shown(&self, index: usize) -> Vectors {
        let step = self.frames.steps().get(index).copied().unwrap_or(0);
        Vectors::new(self.space.at_step(step), self.shown_values(&self.frames.raw(index)))
    }

    /// `raw` vectors of this run as they are shown.
    pub fn shown_values(&self, raw: &[f32]) -> Vec<f32> {
        if self.recipe.shows_unit_vectors() { normalised_rows(raw, self.recipe.dims) } else { raw.to_vec() }
    }

    /// Whether only a part of the phrases is recorded.
    pub fn is_subset(&self) -> bool {
        self.phrases.len() < self.n_phrases
    }

    /// The measures nearest to `step`, not after it.
    pub fn measures_at(&self, step: usize) -> Option<&Measures> {
        let after = self.measures.partition_point(|measures| measures.step <= step);
        self.measures.get(after.saturating_sub(1))
    }

    /// Name of the loss at step 0, as on the command line.
    pub fn loss_name(&self) -> &'static str {
        self.recipe.settings.loss.name()
    }
}
