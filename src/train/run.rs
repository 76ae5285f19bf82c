//! One training from one seed, recorded step by step.
//!
//! The frames are kept in `frames.rs`; drawing them is `maps.rs` and `scene`, a file of them `recording.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::loss::{self, BatchVectors, Evaluation, Side};
use super::{
    Batch, Choice, Frames, Learner, LossKind, Optimizer, Recipe, RecipeError, Sampler, Settings, Start, VectorsLearner,
    random_vector,
};
use crate::progress::{OnProgress, Progress};
use crate::space::{KnownPositives, PairRows, SpaceId, Training, Vectors, normalised_rows, pair_measures};

/// At most this many frames of a run are measured for the charts, evenly spread.
const MEASURED_FRAMES: usize = 400;

/// What a run is made from: data and recipe.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainInput {
    /// All phrases, each once.
    pub phrases: Arc<[Arc<str>]>,
    /// Pairs as rows of `phrases`.
    pub pairs: Arc<[PairRows]>,
    /// Everything else that decides the run.
    pub recipe: Recipe,
    /// The model's vectors of all phrases; needed if the recipe starts there.
    pub model_vectors: Option<Vectors>,
}

/// Why a run can't be trained.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// A value of the recipe is out of range.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// There is nothing to learn from.
    #[error("expected at least one pair, got none; make a pair of two phrases first")]
    NoPairs,
    /// A pair names a phrase that is not there.
    #[error("expected pairs of phrases 1 to {n_phrases}, got phrase {row}")]
    UnknownRow {
        /// The phrase named, from 1.
        row: usize,
        /// Phrases there are.
        n_phrases: usize,
    },
    /// Nothing pushes.
    #[error("expected something to push away, got one pair without a negative; give it a negative or add a second pair")]
    NothingToPush,
    /// A triplet loss finds no negative for an anchor.
    #[error("expected a negative for {anchor:?}, but every other phrase is its positive; add a phrase or name a negative")]
    NoNegative {
        /// The anchor.
        anchor: String,
    },
    /// The recipe starts from the model but its vectors do not fit.
    #[error(
        "expected the model's vectors of {n_phrases} phrases in {dims} dimensions to start from, got {got}; choose the dimension of the model or a random start"
    )]
    NoModelVectors {
        /// Phrases there are.
        n_phrases: usize,
        /// The recipe's dimension.
        dims: usize,
        /// What was given.
        got: String,
    },
}

/// Why a run ended before its last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// Somebody cancelled it.
    Cancelled,
    /// A number was no longer finite; the last good frame is kept.
    NotFinite,
}

/// Measures of one recorded step, on unit vectors in the full space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// The step measured.
    pub step: usize,
    /// Share of triplets whose positive is nearer than the negative.
    pub triplet_accuracy: Option<f64>,
    /// Mean cosine of anchors and positives.
    pub positive_cosine: Option<f64>,
    /// Mean cosine of anchors and negatives.
    pub negative_cosine: Option<f64>,
}

/// A recorded run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What decided it.
    pub recipe: Recipe,
    /// The phrases, by row.
    pub phrases: Arc<[Arc<str>]>,
    /// The pairs, as rows.
    pub pairs: Arc<[PairRows]>,
    /// The space of its vectors at step 0.
    pub space: SpaceId,
    /// The recording.
    pub frames: Frames,
    /// Loss of the batch of each step, before its update; one more than steps taken.
    pub losses: Vec<f32>,
    /// Measures of the recorded frames (evenly spread ones if there are many).
    pub measures: Vec<Measures>,
    /// Set if it ended early.
    pub stopped: Option<Stopped>,
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

impl TrainInput {
    /// Checks recipe and data together. A run of no steps needs nothing to learn: it shows where phrases begin.
    pub fn check(&self) -> Result<(), TrainError> {
        self.recipe.check()?;
        self.check_model_vectors()?;
        if self.recipe.steps == 0 {
            return Ok(());
        }
        let n_phrases = self.phrases.len();
        let first = self.pairs.first().ok_or(TrainError::NoPairs)?;
        for pair in self.pairs.iter() {
            let rows = [Some(pair.anchor), Some(pair.positive), pair.negative];
            if let Some(row) = rows.into_iter().flatten().find(|row| *row as usize >= n_phrases) {
                return Err(TrainError::UnknownRow { row: row as usize + 1, n_phrases });
            }
        }
        let ranks = |settings: &Settings| settings.loss == LossKind::MultipleNegativesRanking;
        if self.recipe.all_settings().any(ranks) && self.pairs.len() == 1 && first.negative.is_none() {
            return Err(TrainError::NothingToPush);
        }
        if self.recipe.all_settings().all(ranks) { Ok(()) } else { self.check_negatives() }
    }

    /// Whether negatives are drawn from all phrases, so that every phrase has a part in the run.
    pub fn draws_negatives(&self) -> bool {
        let draws = self.recipe.all_settings().any(|settings| needs_one_negative(settings.loss));
        self.recipe.steps > 0 && draws && self.pairs.iter().any(|pair| pair.negative.is_none())
    }

    /// A run that starts from the model needs a vector of the right dimension for every phrase.
    fn check_model_vectors(&self) -> Result<(), TrainError> {
        if self.recipe.start == Start::Random {
            return Ok(());
        }
        let (n_phrases, dims) = (self.phrases.len(), self.recipe.dims);
        match &self.model_vectors {
            Some(vectors) if vectors.len() == n_phrases && vectors.dims() == dims => Ok(()),
            Some(vectors) => {
                Err(TrainError::NoModelVectors { n_phrases, dims, got: format!("{} in {}", vectors.len(), vectors.dims()) })
            }
            None => Err(TrainError::NoModelVectors { n_phrases, dims, got: "none".to_owned() }),
        }
    }

    fn check_negatives(&self) -> Result<(), TrainError> {
        let known = KnownPositives::of(&self.pairs, self.phrases.len());
        let n_phrases = self.phrases.len() as u32;
        let lacks = |pair: &&PairRows| pair.negative.is_none() && (0..n_phrases).all(|row| known.excludes(pair.anchor, row));
        match self.pairs.iter().find(lacks) {
            None => Ok(()),
            Some(pair) => Err(TrainError::NoNegative { anchor: self.phrases[pair.anchor as usize].to_string() }),
        }
    }
}

/// Where the vectors of all phrases begin, row after row.
///
/// Random starts are N(0, 1) per number. The model's unit vectors are scaled to the length that random
/// ones have on average, the root of the dimension: no cosine changes, and one learning rate fits both.
fn start_values(input: &TrainInput) -> Vec<f32> {
    let dims = input.recipe.dims;
    match &input.model_vectors {
        Some(vectors) if input.recipe.start == Start::Model => {
            let length = (dims as f32).sqrt();
            normalised_rows(vectors.values(), dims).iter().map(|x| x * length).collect()
        }
        _ => input.phrases.iter().flat_map(|phrase| random_vector(input.recipe.seed, phrase, dims)).collect(),
    }
}

/// Trains and records. `Break` from `progress` ends the run with what is recorded so far.
pub fn train(input: &TrainInput, progress: &mut OnProgress<'_>) -> Result<Run, TrainError> {
    input.check()?;
    let values = start_values(input);
    let space = space_of(input, &values);
    let dims = input.recipe.dims;
    let mut learner = VectorsLearner::new(values, dims);
    let mut sampler = Sampler::new(input.recipe.seed, input.phrases.len(), &input.pairs);
    let mut frames = Frames::new(dims);
    let mut losses = Vec::with_capacity(input.recipe.steps + 1);
    let mut stopped = None;
    frames.record(0, learner.all(), false);
    for step in 0..input.recipe.steps {
        let settings = input.recipe.settings_at(step);
        let batch = sampler.batch(step, settings.batch, needs_one_negative(settings.loss));
        let (loss, is_finite) = take_step(&mut learner, &batch, settings);
        if !is_finite {
            stopped = Some(Stopped::NotFinite);
            break;
        }
        losses.push(loss);
        frames.record(step + 1, learner.all(), step + 1 == input.recipe.steps);
        let report = Progress { done: step + 1, total: input.recipe.steps, unit: "steps" };
        if progress(report).is_break() && step + 1 < input.recipe.steps {
            frames.record(step + 1, learner.all(), true);
            stopped = Some(Stopped::Cancelled);
            break;
        }
    }
    let (phrases, pairs, recipe) = (input.phrases.clone(), input.pairs.clone(), input.recipe.clone());
    let mut run = Run { recipe, phrases, pairs, space, frames, losses, measures: Vec::new(), stopped };
    if !run.pairs.is_empty() {
        let last = run.last_step();
        run.losses.push(run.forces_of(last, &[]).loss);
    }
    run.measure_again();
    Ok(run)
}

fn needs_one_negative(loss: LossKind) -> bool {
    loss != LossKind::MultipleNegativesRanking
}

/// One update; returns the loss before it, and whether everything stayed finite.
///
/// The update is undone by nobody, so a step whose gradient is not finite is not taken.
fn take_step(learner: &mut VectorsLearner, batch: &Batch, settings: &Settings) -> (f32, bool) {
    let (anchors, candidates) = (learner.gather(&batch.anchors), learner.gather(&batch.candidates));
    let vectors = BatchVectors { dims: learner.dims(), anchors: &anchors, candidates: &candidates, excluded: &batch.excluded };
    let evaluation = evaluate(&vectors, settings);
    let gradients = evaluation.gradients(&vectors);
    let rows = unique_rows(batch);
    let summed = sum_by_row(batch, &rows, &gradients, learner.dims());
    let optimizer = Optimizer { kind: settings.optimizer, learning_rate: settings.learning_rate };
    if !evaluation.value.is_finite() || !are_finite(&summed) {
        return (evaluation.value, false);
    }
    learner.update(&rows, &summed, &optimizer);
    (evaluation.value, are_finite(learner.all()))
}

/// Whether all `values` are finite: a number that is not makes the sum of zeros something else.
fn are_finite(values: &[f32]) -> bool {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut zeros = [0.0_f32; 16];
            let wide = values.chunks_exact(16);
            let tail = wide.remainder().iter().map(|value| value * 0.0).sum::<f32>();
            for chunk in wide {
                zeros.iter_mut().zip(chunk).for_each(|(zero, value)| *zero += value * 0.0);
            }
            zeros.iter().sum::<f32>() + tail == 0.0
        },
    )
}

/// The loss that `settings` name, of one batch.
fn evaluate(vectors: &BatchVectors<'_, f32>, settings: &Settings) -> Evaluation<f32> {
    match settings.loss {
        LossKind::MultipleNegativesRanking => loss::multiple_negatives_ranking(vectors, 1.0 / settings.temperature),
        LossKind::TripletCosine => loss::triplet_cosine(vectors, settings.margin),
        LossKind::TripletEuclidean => loss::triplet_euclidean(vectors, settings.margin),
    }
}

fn unique_rows(batch: &Batch) -> Vec<u32> {
    let mut rows: Vec<u32> = batch.anchors.iter().chain(&batch.candidates).copied().collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// A phrase that stands in a batch more than once gets the sum of its gradients.
fn sum_by_row(batch: &Batch, rows: &[u32], gradients: &loss::Gradients<f32>, dims: usize) -> Vec<f32> {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || sum_slots(batch, rows, gradients, dims),
    )
}

#[inline(always)]
fn sum_slots(batch: &Batch, rows: &[u32], gradients: &loss::Gradients<f32>, dims: usize) -> Vec<f32> {
    let mut summed = vec![0.0; rows.len() * dims];
    let slots = batch.anchors.iter().zip(gradients.anchors.chunks_exact(dims));
    for (row, gradient) in slots.chain(batch.candidates.iter().zip(gradients.candidates.chunks_exact(dims))) {
        let at = rows.partition_point(|other| other < row) * dims;
        summed[at..at + dims].iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
    }
    summed
}

/// The identity of a run: its start, and everything that decides what training does to it.
fn space_of(input: &TrainInput, start: &[f32]) -> SpaceId {
    let mut hash = Sha256::new();
    start.iter().for_each(|value| hash.update(value.to_le_bytes()));
    let revision = short_hex(&hash.clone().finalize());
    let recipe = serde_json::to_string(&(&input.recipe, &input.phrases, &input.pairs)).unwrap_or_default();
    hash.update(recipe.as_bytes());
    let from = match (&input.recipe.start, &input.model_vectors) {
        (Start::Model, Some(vectors)) => format!(" from {}", vectors.space().model),
        _ => String::new(),
    };
    SpaceId {
        model: format!("free vectors{from}"),
        revision,
        training: Some(Training { recipe: short_hex(&hash.finalize()), step: 0 }),
        dims: input.recipe.dims,
        pooling: "none".to_owned(),
        normalised: input.recipe.shows_unit_vectors(),
        prompt: String::new(),
    }
}

fn short_hex(hash: &[u8]) -> String {
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

impl Recipe {
    /// Whether the loss sees directions only, so that unit vectors are the honest picture.
    pub fn shows_unit_vectors(&self) -> bool {
        self.all_settings().all(|settings| settings.loss != LossKind::TripletEuclidean)
    }
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
        Vectors::new(self.space.at_step(step), self.shown_values(self.frames.raw(index)))
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
        let settings = self.recipe.settings_at(step);
        let mut sampler = Sampler::new(self.recipe.seed, self.phrases.len(), &self.pairs);
        let batch = sampler.batch(step, settings.batch, needs_one_negative(settings.loss));
        let dims = self.recipe.dims;
        let gather = |rows: &[u32]| -> Vec<f32> {
            let raw = self.frames.raw(index);
            rows.iter().flat_map(|row| raw[*row as usize * dims..][..dims].iter().copied()).collect()
        };
        let (anchors, candidates) = (gather(&batch.anchors), gather(&batch.candidates));
        let vectors = BatchVectors { dims, anchors: &anchors, candidates: &candidates, excluded: &batch.excluded };
        let evaluation = evaluate(&vectors, settings);
        let forces = collect_forces(&evaluation, &vectors, &batch, wanted);
        BatchForces { loss: evaluation.value, forces, batch }
    }

    /// Loss of the whole pair set at frame `index`: the mean over batches in the order of the pairs.
    pub fn whole_loss(&self, index: usize) -> f64 {
        let frame = VectorsLearner::new(self.frames.raw(index).to_vec(), self.recipe.dims);
        let settings = self.recipe.settings_at(self.frames.steps().get(index).copied().unwrap_or(0));
        let sampler = Sampler::new(self.recipe.seed, self.phrases.len(), &self.pairs);
        let mut sum = 0.0;
        for (number, pairs) in self.pairs.chunks(settings.batch.max(1)).enumerate() {
            let batch = sampler.assemble(pairs, number as u64, needs_one_negative(settings.loss));
            let (anchors, candidates) = (frame.gather(&batch.anchors), frame.gather(&batch.candidates));
            let vectors =
                BatchVectors { dims: self.recipe.dims, anchors: &anchors, candidates: &candidates, excluded: &batch.excluded };
            sum += f64::from(evaluate(&vectors, settings).value) * pairs.len() as f64;
        }
        sum / self.pairs.len().max(1) as f64
    }

    /// Measures of frame `index`.
    pub fn measures_of(&self, index: usize) -> Measures {
        self.measures_with(index, &KnownPositives::of(&self.pairs, self.phrases.len()))
    }

    /// The measures nearest to `step`, not after it.
    pub fn measures_at(&self, step: usize) -> Option<&Measures> {
        let after = self.measures.partition_point(|measures| measures.step <= step);
        self.measures.get(after.saturating_sub(1))
    }

    fn measures_with(&self, index: usize, known: &KnownPositives) -> Measures {
        let measures = pair_measures(self.frames.raw(index), self.recipe.dims, &self.pairs, known);
        Measures {
            step: self.frames.steps().get(index).copied().unwrap_or(0),
            triplet_accuracy: measures.triplet_accuracy(),
            positive_cosine: measures.positive_cosine_mean(),
            negative_cosine: measures.negative_cosine_mean(),
        }
    }

    /// Fills `measures` from the frames.
    pub(super) fn measure_again(&mut self) {
        let every = self.frames.len().div_ceil(MEASURED_FRAMES).max(1);
        let mut indices: Vec<usize> = (0..self.frames.len()).step_by(every).collect();
        let last = self.frames.len().saturating_sub(1);
        if indices.last() != Some(&last) {
            indices.push(last);
        }
        let known = KnownPositives::of(&self.pairs, self.phrases.len());
        self.measures = indices.into_par_iter().map(|index| self.measures_with(index, &known)).collect();
    }

    /// Name of the loss at step 0, as on the command line.
    pub fn loss_name(&self) -> &'static str {
        self.recipe.settings.loss.name()
    }
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
