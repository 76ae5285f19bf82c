//! A recorded run and what can be read of it: vectors, forces, losses.
//!
//! How it came about is `trainer.rs`; its measures are in `measured.rs`, its frames in `frames.rs`; drawing
//! them is `maps.rs` and `scene`, a file of them `recording.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::loss::{BatchVectors, Evaluation, Side};
use super::sampler::Pool;
use super::step::{batch_vectors, evaluate};
use super::{Batch, Choice, Frames, LearnerKind, Measures, Negatives, Recipe, Sampler, Settings, Start};
use crate::space::{KnownPositives, PairRows, SpaceId, Vectors, normalised_rows};

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
    /// The trained language model as a safetensors file, where that is what learned. Not in a run file.
    pub weights: Option<Arc<[u8]>>,
}

/// One force: minus a term of the gradient of the batch's loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    /// Row of the phrase that is moved.
    pub on: u32,
    /// Row of the phrase that moves it.
    pub from: u32,
    /// Pull (towards) or push (away).
    pub pulls: bool,
    /// The force in the full space.
    pub force: Vec<f32>,
}

/// One batch as numbers to look at: what its loss is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchView {
    /// The step it follows.
    pub step: usize,
    /// The settings in force.
    pub settings: Settings,
    /// Its rows.
    pub batch: Batch,
    /// Its loss.
    pub loss: f32,
    /// Anchors × candidates.
    pub cosines: Vec<f32>,
    /// Anchors × candidates: the softmax of each row, for the losses that rank.
    pub shares: Option<Vec<f32>>,
}

/// The loss of one batch and all its forces.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchForces {
    /// The batch.
    pub batch: Batch,
    /// Its loss.
    pub loss: f32,
    /// Its forces, by (on, from, pulls).
    pub forces: Vec<Weighted>,
}

impl Run {
    /// The last recorded step.
    pub fn last_step(&self) -> usize {
        self.frames.steps().last().copied().unwrap_or(0)
    }

    /// The row of `phrase`, if the run knows it.
    pub fn row_of(&self, phrase: &str) -> Option<usize> {
        self.phrases.iter().position(|other| &**other == phrase)
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

    /// The batch that follows `step`, its loss and its forces, from the recorded vectors.
    pub fn forces(&self, step: usize) -> BatchForces {
        let everyone: Vec<u32> = (0..self.phrases.len() as u32).collect();
        self.forces_of(step, &everyone)
    }

    /// As [`Run::forces`], but with only the forces on the rows in `wanted` (sorted).
    pub fn forces_of(&self, step: usize, wanted: &[u32]) -> BatchForces {
        // Of a thinned recording the step before that was kept: its vectors with its own batch.
        let index = self.frames.index_at(step);
        let step = self.frames.steps().get(index).copied().unwrap_or(0);
        let batch = self.batch_at(step);
        let (anchors, candidates) = self.gather(index, &batch);
        let vectors = batch_vectors(self.recipe.dims, &anchors, &candidates, &batch);
        let evaluation = evaluate(&vectors, self.recipe.settings_at(step));
        let forces = collect_forces(&evaluation, &vectors, &batch, wanted);
        BatchForces { loss: evaluation.value, forces, batch }
    }

    /// The vectors of `batch` at frame `index`: anchors, candidates.
    fn gather(&self, index: usize, batch: &Batch) -> (Vec<f32>, Vec<f32>) {
        (self.frames.pick(index, &batch.anchors), self.frames.pick(index, &batch.candidates))
    }

    /// The batch that follows recorded step `step`; of a large set, one of the pairs that are recorded.
    pub fn batch_at(&self, step: usize) -> Batch {
        let settings = self.recipe.settings_at(step);
        let pool = self.pool_at(self.frames.index_at(step), settings);
        Sampler::new(self.recipe.seed, self.phrases.len(), &self.pairs).batch(step, settings, pool.as_ref())
    }

    fn pool_at(&self, index: usize, settings: &Settings) -> Option<Pool> {
        (settings.negatives == Negatives::Hard).then(|| Pool::new(&self.frames.raw(index), self.recipe.dims, None))
    }

    /// Loss of the whole pair set at frame `index`: the mean over batches in the order of the pairs.
    pub fn whole_loss(&self, index: usize) -> f64 {
        let known = KnownPositives::of(&self.pairs, self.phrases.len());
        self.loss_of(index, &self.pairs, known).unwrap_or(0.0)
    }

    /// The same of the pairs held out; `None` if there are none.
    pub fn held_out_loss(&self, index: usize) -> Option<f64> {
        self.loss_of(index, &self.held_out, self.known_positives())
    }

    /// What is known to belong together, held out or not: a positive is never counted as a negative.
    pub(super) fn known_positives(&self) -> KnownPositives {
        let all: Vec<PairRows> = self.pairs.iter().chain(self.held_out.iter()).copied().collect();
        KnownPositives::of(&all, self.phrases.len())
    }

    fn loss_of(&self, index: usize, pairs: &[PairRows], known: KnownPositives) -> Option<f64> {
        if pairs.is_empty() {
            return None;
        }
        let settings = self.recipe.settings_at(self.frames.steps().get(index).copied().unwrap_or(0));
        let sampler = Sampler::new(self.recipe.seed, self.phrases.len(), pairs).knowing(known);
        let pool = self.pool_at(index, settings);
        let mut sum = 0.0;
        for (number, chunk) in pairs.chunks(settings.batch.max(1)).enumerate() {
            let batch = sampler.assemble(chunk, number as u64, settings, pool.as_ref());
            let (anchors, candidates) = self.gather(index, &batch);
            let vectors = batch_vectors(self.recipe.dims, &anchors, &candidates, &batch);
            sum += f64::from(evaluate(&vectors, settings).value) * chunk.len() as f64;
        }
        Some(sum / pairs.len() as f64)
    }

    /// The matrices of the batch that follows `step`.
    pub fn batch_view(&self, step: usize) -> BatchView {
        let index = self.frames.index_at(step);
        let step = self.frames.steps().get(index).copied().unwrap_or(0);
        let batch = self.batch_at(step);
        let (anchors, candidates) = self.gather(index, &batch);
        let vectors = batch_vectors(self.recipe.dims, &anchors, &candidates, &batch);
        let settings = *self.recipe.settings_at(step);
        let evaluation = evaluate(&vectors, &settings);
        let units = |rows: &[f32]| normalised_rows(rows, self.recipe.dims);
        let cosines = <f32 as super::Real>::times_transposed(&units(&anchors), &units(&candidates), self.recipe.dims);
        let shares = settings.loss.ranks().then(|| shares_of(&cosines, &batch, settings.temperature));
        BatchView { step, settings, loss: evaluation.value, cosines, shares, batch }
    }

    /// Whether its first frame is the model's own map: then it can be drawn on that.
    pub fn starts_on_the_model_map(&self) -> bool {
        self.recipe.start == Start::Model && self.recipe.learner != LearnerKind::Tokens
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

/// Softmax of cosine over temperature along each row, 0 where a candidate is left out.
fn shares_of(cosines: &[f32], batch: &Batch, temperature: f64) -> Vec<f32> {
    let width = batch.candidates.len().max(1);
    let mut shares = Vec::with_capacity(cosines.len());
    for (anchor, row) in cosines.chunks_exact(width).enumerate() {
        let is_out =
            |candidate: usize| candidate != anchor && batch.excluded.get(anchor * width + candidate).copied().unwrap_or(false);
        let largest = row.iter().enumerate().filter(|(c, _)| !is_out(*c)).map(|(_, x)| *x).fold(f32::MIN, f32::max);
        let term = |(candidate, x): (usize, &f32)| match is_out(candidate) {
            true => 0.0,
            false => (f64::from(x - largest) / temperature).exp(),
        };
        let terms: Vec<f64> = row.iter().enumerate().map(term).collect();
        let sum: f64 = terms.iter().sum();
        shares.extend(terms.iter().map(|term| (term / sum) as f32));
    }
    shares
}

fn collect_forces(evaluation: &Evaluation<f32>, vectors: &BatchVectors<'_, f32>, batch: &Batch, wanted: &[u32]) -> Vec<Weighted> {
    let mut by_pair: BTreeMap<(u32, u32, bool), Vec<f32>> = BTreeMap::new();
    if wanted.is_empty() {
        return Vec::new();
    }
    for coupling in evaluation.couplings() {
        let (anchor, candidate) = (batch.anchors[coupling.anchor], batch.candidates[coupling.candidate]);
        for (side, on, from) in [(Side::Anchor, anchor, candidate), (Side::Candidate, candidate, anchor)] {
            if wanted.binary_search(&on).is_err() {
                continue;
            }
            let force = evaluation.force(&coupling, side, vectors);
            let sum = by_pair.entry((on, from, evaluation.pulls(&coupling))).or_insert_with(|| vec![0.0; force.len()]);
            sum.iter_mut().zip(&force).for_each(|(sum, term)| *sum += term);
        }
    }
    by_pair.into_iter().map(|((on, from, pulls), force)| Weighted { on, from, pulls, force }).collect()
}
