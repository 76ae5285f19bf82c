//! The batches of a recorded run, looked at again: their losses, forces and matrices.
//!
//! Everything is computed from the recorded vectors, as it was when the step was taken.

use std::collections::BTreeMap;

use super::super::batch::{Batch, Pool, Sampler};
use super::super::loss::{BatchVectors, Evaluation, Side, evaluate};
use super::super::recipe::{Negatives, Settings};
use super::super::step::batch_vectors;
use super::Run;
use crate::numbers::{as_matrix, length_in_turn, product};
use crate::space::{KnownPositives, PairRows, normalised_rows};

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

impl Weighted {
    /// How strong the force is.
    pub fn length(&self) -> f32 {
        length_in_turn(&self.force)
    }
}

/// A vector that is looked at elsewhere than where it was recorded: one that somebody moves.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Row of its phrase.
    pub row: u32,
    /// Where it is, in the numbers of a frame: not scaled to any length.
    pub vector: Vec<f32>,
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
    /// The batch that follows `step`, its loss and its forces, from the recorded vectors.
    pub fn forces(&self, step: usize) -> BatchForces {
        self.forces_among(step, None, None)
    }

    /// As [`Run::forces`], but with only the forces on the rows in `wanted` (sorted).
    pub fn forces_of(&self, step: usize, wanted: &[u32]) -> BatchForces {
        self.forces_where(step, None, &|_, on| wanted.binary_search(&on).is_ok(), wanted.is_empty())
    }

    /// As [`Run::forces`], but with only those between `anchor` and its candidates, if one is given; with one vector where
    /// it is held, if it is.
    pub fn forces_among(&self, step: usize, anchor: Option<u32>, held: Option<&Held>) -> BatchForces {
        self.forces_where(step, held, &|of, _| anchor.is_none_or(|anchor| anchor == of), false)
    }

    /// Those forces whose anchor and the row that they are on are `wanted`.
    fn forces_where(&self, step: usize, held: Option<&Held>, wanted: Wanted<'_>, is_none: bool) -> BatchForces {
        // Of a thinned recording the step before that was kept: its vectors with its own batch.
        let index = self.frames.index_at(step);
        let step = self.frames.steps().get(index).copied().unwrap_or(0);
        let batch = self.batch_at(step);
        let (anchors, candidates) = self.gather(index, &batch, held);
        let vectors = batch_vectors(self.recipe.dims, &anchors, &candidates, &batch);
        let evaluation = evaluate(&vectors, self.recipe.settings_at(step));
        let forces = if is_none { Vec::new() } else { collect_forces(&evaluation, &vectors, &batch, wanted) };
        BatchForces { loss: evaluation.value, forces, batch }
    }

    /// The vectors of `batch` at frame `index`: anchors, candidates.
    fn gather(&self, index: usize, batch: &Batch, held: Option<&Held>) -> (Vec<f32>, Vec<f32>) {
        let pick = |rows: &[u32]| {
            let mut values = self.frames.pick(index, rows);
            let places = values.chunks_exact_mut(self.recipe.dims).zip(rows);
            for (vector, _) in places.filter(|(_, row)| held.is_some_and(|held| held.row == **row)) {
                held.iter().for_each(|held| vector.copy_from_slice(&held.vector));
            }
            values
        };
        (pick(&batch.anchors), pick(&batch.candidates))
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
            let (anchors, candidates) = self.gather(index, &batch, None);
            let vectors = batch_vectors(self.recipe.dims, &anchors, &candidates, &batch);
            sum += f64::from(evaluate(&vectors, settings).value) * chunk.len() as f64;
        }
        Some(sum / pairs.len() as f64)
    }

    /// The matrices of the batch that follows `step`; with one vector where it is held, if it is.
    pub fn batch_view(&self, step: usize, held: Option<&Held>) -> BatchView {
        let index = self.frames.index_at(step);
        let step = self.frames.steps().get(index).copied().unwrap_or(0);
        let batch = self.batch_at(step);
        let (anchors, candidates) = self.gather(index, &batch, held);
        let vectors = batch_vectors(self.recipe.dims, &anchors, &candidates, &batch);
        let settings = *self.recipe.settings_at(step);
        let evaluation = evaluate(&vectors, &settings);
        let dims = self.recipe.dims;
        let of = |rows: &[f32]| normalised_rows(rows, dims);
        let (units, others) = (of(&anchors), of(&candidates));
        let cosines = product(as_matrix(&units, dims), as_matrix(&others, dims).transpose());
        let shares = settings.loss.ranks().then(|| shares_of(&cosines, &batch, settings.temperature));
        BatchView { step, settings, loss: evaluation.value, cosines, shares, batch }
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

/// Whether the force on a row (the second) that an anchor (the first) has a part in is asked for.
type Wanted<'a> = &'a dyn Fn(u32, u32) -> bool;

fn collect_forces(
    evaluation: &Evaluation<f32>,
    vectors: &BatchVectors<'_, f32>,
    batch: &Batch,
    wanted: Wanted<'_>,
) -> Vec<Weighted> {
    let mut by_pair: BTreeMap<(u32, u32, bool), Vec<f32>> = BTreeMap::new();
    for coupling in evaluation.couplings() {
        let (anchor, candidate) = (batch.anchors[coupling.anchor], batch.candidates[coupling.candidate]);
        for (side, on, from) in [(Side::Anchor, anchor, candidate), (Side::Candidate, candidate, anchor)] {
            if !wanted(anchor, on) {
                continue;
            }
            let force = evaluation.force(&coupling, side, vectors);
            let sum = by_pair.entry((on, from, evaluation.pulls(&coupling))).or_insert_with(|| vec![0.0; force.len()]);
            sum.iter_mut().zip(&force).for_each(|(sum, term)| *sum += term);
        }
    }
    by_pair.into_iter().map(|((on, from, pulls), force)| Weighted { on, from, pulls, force }).collect()
}
