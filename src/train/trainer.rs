//! Training: a batch, a step, a frame, again.
//!
//! What a step does is in `step.rs`; what is recorded is read in `run.rs`; what may be asked for is checked in `input.rs`.

use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::cores::{Lookouts, SHARED_FROM};
use super::frames::{FRAME_BUDGET_BYTES, Recorder, bytes_of};
use super::input::{MAX_RECORDED, needs_one_negative};
use super::pages::Pieces;
use super::sampler::Pool;
use super::step::{Taken, take_step};
use super::subset::{Recorded, recorded_of};
use super::{
    AdapterLearner, Choice, Columns, Learner, LearnerKind, Negatives, Run, Sampler, Settings, Start, Stopped, TokensLearner,
    TrainError, TrainInput, TransformerLearner, VectorsLearner, random_vector,
};
use crate::data::Score;
use crate::model::{self, Encoder, FirstWeights, ModelError, TokenTable, Trainable};
use crate::progress::{self, OnProgress, Progress};
use crate::space::{PRODUCT_SHARED_FROM, PairRows, SpaceId, Training, Vectors, normalised_rows};

/// Trains and records. `Break` from `progress` ends the run with what is recorded so far.
///
/// `model` is the language model that the learners of tokens and of the transformer need.
/// The run is not measured yet: [`Run::measure`] does that.
pub fn train(input: &TrainInput, model: Option<&dyn Encoder>, progress: &mut OnProgress<'_>) -> Result<Run, TrainError> {
    train_within(input, model, FRAME_BUDGET_BYTES, progress)
}

/// The same, keeping at most `frame_budget` bytes of frames: a longer recording is thinned.
pub fn train_within(
    input: &TrainInput,
    model: Option<&dyn Encoder>,
    frame_budget: usize,
    progress: &mut OnProgress<'_>,
) -> Result<Run, TrainError> {
    // A run on one of rayon's own threads is one of several side by side, which share the cores anyway.
    let is_alone = rayon::current_thread_index().is_none();
    // On one of rayon's own threads half of a product is handed to another core by leaving it where that looks;
    // from outside, the caller would have to be put to sleep and woken for each of them.
    rayon::scope(|_| record(input, model, frame_budget, is_alone, progress))
}

fn record(
    input: &TrainInput,
    model: Option<&dyn Encoder>,
    frame_budget: usize,
    is_alone: bool,
    progress: &mut OnProgress<'_>,
) -> Result<Run, TrainError> {
    input.check()?;
    let recorded = recorded_of(input, MAX_RECORDED);
    let (trained, held_out) = input.split();
    let plan = RecordingPlan::new(input, recorded.len(), &trained);
    let mut learner = learner_of(input, model)?;
    let rows_per_step = 2 * input.recipe.settings.batch.min(trained.len());
    let every = learner.record_every(recorded.len(), rows_per_step, input.recipe.steps);
    let last_stride = plan.last_stride(every, frame_budget);
    let n_vectors = plan.n_vectors(last_stride, if last_stride > every { FINE_FRAMES } else { 0 });
    let pieces = Pieces::new(plan.dims, n_vectors);
    let n_frames = (plan.steps / last_stride).max(plan.steps.min(FINE_FRAMES)) + 2;
    let frames = Recorder::new([n_frames, recorded.len(), plan.dims], every, frame_budget, pieces);
    let mut session = Session {
        input,
        sampler: Sampler::new(input.recipe.seed, input.phrases.len(), &trained),
        every,
        last_stride,
        frames: frames.map_err(|error| no_memory(&error))?,
        losses: Vec::with_capacity(input.recipe.steps + 1),
        recorded: &recorded,
        pool: None,
        lookouts: Lookouts::default(),
    };
    let is_shared = rows_per_step * input.recipe.dims >= SHARED_FROM || rows_per_step * learner.cost() >= PRODUCT_SHARED_FROM;
    session.lookouts = Lookouts::new(is_alone && is_shared);
    let stopped = session.run(&mut *learner, progress)?;
    let Session { frames, losses, .. } = session;
    let weights = if stopped.is_none_or(Stopped::keeps_model) { learner.weights()? } else { None };
    let mut run = Run {
        recipe: input.recipe.clone(),
        phrases: recorded.phrases(&input.phrases),
        pairs: recorded.pairs(&trained).into(),
        held_out: recorded.pairs(&held_out).into(),
        n_phrases: input.phrases.len(),
        n_pairs: trained.len(),
        space: space_of(input, model),
        other_model: other_model(input, model).cloned(),
        frames: frames.finish(),
        losses,
        measures: Vec::new(),
        stopped,
        weights: weights.map(Arc::from),
    };
    if !run.pairs.is_empty() {
        run.losses.push(run.forces_of(run.last_step(), &[]).loss);
    }
    Ok(run)
}

/// What the recording of a run that takes all its steps will hold, at most.
struct RecordingPlan {
    steps: usize,
    dims: usize,
    n_recorded: usize,
    /// Phrases that a step moves at most.
    n_moved: usize,
}

impl RecordingPlan {
    fn new(input: &TrainInput, n_recorded: usize, trained: &[PairRows]) -> Self {
        let columns = Columns::of(trained);
        let has_negatives = trained.iter().any(|pair| pair.negative.is_some());
        let n_moved = input.recipe.all_settings().map(|settings| {
            let seeks_one = settings.negatives == Negatives::Hard || needs_one_negative(settings, columns);
            settings.batch.min(trained.len()) * if has_negatives || seeks_one { 3 } else { 2 }
        });
        let n_moved = n_moved.max().filter(|_| input.recipe.learner.moves_only_batch()).unwrap_or(n_recorded);
        Self { steps: input.recipe.steps, dims: input.recipe.dims, n_recorded, n_moved }
    }

    /// Vectors in the frames of every `stride`-th step, and in `n_more` frames of single steps.
    fn n_vectors(&self, stride: usize, n_more: usize) -> usize {
        let moved = |steps: usize| self.n_recorded.min(steps.saturating_mul(self.n_moved));
        self.n_recorded + self.steps.div_ceil(stride) * moved(stride) + n_more * moved(1)
    }

    /// Every how many steps frames remain, recorded at every `every`-th one and thinned to `budget` bytes.
    fn last_stride(&self, every: usize, budget: usize) -> usize {
        let mut stride = every;
        let n_bytes = |stride: usize| {
            let n_places = (self.steps / stride + 1) * self.n_recorded;
            bytes_of(self.n_vectors(stride, 0), self.dims, n_places)
        };
        while stride < self.steps && n_bytes(stride) > budget {
            stride *= 2;
        }
        stride
    }
}

/// Frames after which a run that will be thinned in any case is thinned already: what is not written need not be
/// dropped, and a run that ends early still has half as many.
const FINE_FRAMES: usize = 128;

/// A training under way.
struct Session<'a> {
    input: &'a TrainInput,
    sampler: Sampler<'a>,
    /// Every how many steps the learner is asked for a frame and for vectors to seek negatives among.
    every: usize,
    /// Every how many steps frames will be left in the end.
    last_stride: usize,
    frames: Recorder,
    losses: Vec<f32>,
    recorded: &'a Recorded,
    /// Where hardest negatives are sought, if the settings ask for them.
    pool: Option<Pool>,
    /// Other cores that look for parts of the steps.
    lookouts: Lookouts,
}

impl Session<'_> {
    fn run(&mut self, learner: &mut dyn Learner, progress: &mut OnProgress<'_>) -> Result<Option<Stopped>, TrainError> {
        let (steps, every) = (self.input.recipe.steps, self.every);
        self.record(learner, 0, false, progress)?;
        for step in 0..steps {
            self.lookouts.call();
            let is_last = step + 1 == steps;
            let outcome = self.take(learner, step, is_last, progress);
            let loss = match outcome {
                Ok(Taken { loss, is_finite: true, .. }) => loss,
                Ok(_) => return Ok(Some(self.end(learner, step, every, Stopped::NotFinite)?)),
                Err(TrainError::Cancelled) => return Ok(Some(self.end(learner, step, every, Stopped::Cancelled)?)),
                Err(error) => return Err(error),
            };
            self.losses.push(loss);
            let report = Progress { done: step + 1, total: steps, unit: "steps" };
            let stopped = match progress(report).is_break() {
                true => Some(Stopped::Cancelled),
                false => self.is_on_plateau().then_some(Stopped::Plateau),
            };
            if let Some(stopped) = stopped.filter(|_| !is_last) {
                return Ok(Some(self.end(learner, step + 1, every, stopped)?));
            }
        }
        Ok(None)
    }

    /// Takes the step after `step` and records it if its turn has come.
    fn take(
        &mut self,
        learner: &mut dyn Learner,
        step: usize,
        is_last: bool,
        progress: &mut OnProgress<'_>,
    ) -> Result<Taken, TrainError> {
        let recipe = &self.input.recipe;
        let settings = recipe.settings_at(step);
        let chosen = self.sampler.choose(step, settings);
        self.seek_pool(learner, step, settings, &chosen, progress)?;
        let batch = self.sampler.assemble(&chosen, step as u64, settings, self.pool.as_ref());
        let taken = take_step(learner, &batch, settings, recipe.learning_rate_at(step), progress)?;
        if taken.is_finite {
            self.note_moved(&taken.rows);
            self.record(learner, step + 1, is_last, progress)?;
        }
        Ok(taken)
    }

    /// Takes note that an update for `rows` moved them, or with some learners everything.
    fn note_moved(&mut self, rows: &[u32]) {
        match self.input.recipe.learner.moves_only_batch() {
            true => self.frames.note_moved(Some(&self.recorded.places(rows))),
            false => self.frames.note_moved(None),
        }
    }

    /// Records `step` if its turn has come.
    fn record(
        &mut self,
        learner: &dyn Learner,
        step: usize,
        is_last: bool,
        progress: &mut OnProgress<'_>,
    ) -> Result<(), TrainError> {
        if self.frames.wants(step, is_last) {
            let values = learner.embed(self.recorded.rows(), progress)?;
            self.frames.record(step, &values, is_last).map_err(|error| no_memory(&error))?;
            if self.frames.stride() < self.last_stride && self.frames.len() > FINE_FRAMES {
                self.frames.thin(is_last);
            }
        }
        Ok(())
    }

    /// Ends a run early after `step`, the last one whose parameters are good.
    ///
    /// A learner that is slow to ask keeps the frames that it has, so that the answer is quick.
    fn end(&mut self, learner: &dyn Learner, step: usize, every: usize, why: Stopped) -> Result<Stopped, TrainError> {
        if every == 1 && why != Stopped::NotFinite {
            self.record(learner, step, true, &mut progress::ignore)?;
        }
        self.losses.truncate(self.frames.last_step().unwrap_or(0));
        Ok(why)
    }

    /// Has the vectors ready among which hardest negatives of `chosen` are sought, if `settings` ask for them: those of the
    /// recorded phrases. Anchors that are not among these only seek there.
    fn seek_pool(
        &mut self,
        learner: &dyn Learner,
        step: usize,
        settings: &Settings,
        chosen: &[PairRows],
        progress: &mut OnProgress<'_>,
    ) -> Result<(), TrainError> {
        if settings.negatives != Negatives::Hard {
            self.pool = None;
            return Ok(());
        }
        let pool = match self.pool.take().filter(|_| !step.is_multiple_of(self.every)) {
            Some(pool) => pool,
            None => Pool::new(&learner.embed(self.recorded.rows(), progress)?, learner.dims(), self.recorded.rows()),
        };
        let pool = self.pool.insert(pool);
        let strangers = pool.strangers(chosen);
        if !strangers.is_empty() {
            let values = learner.embed(Some(&strangers), progress)?;
            pool.admit(strangers, &values);
        }
        Ok(())
    }

    /// Whether the last steps were no better, by a thousandth, than as many before them.
    fn is_on_plateau(&self) -> bool {
        let patience = self.input.recipe.patience;
        if patience == 0 || self.losses.len() < 2 * patience {
            return false;
        }
        let (before, last) = self.losses[self.losses.len() - 2 * patience..].split_at(patience);
        let mean = |losses: &[f32]| losses.iter().map(|loss| f64::from(*loss)).sum::<f64>() / losses.len() as f64;
        mean(last) >= mean(before) * (1.0 - 1e-3)
    }
}

fn learner_of(input: &TrainInput, model: Option<&dyn Encoder>) -> Result<Box<dyn Learner>, TrainError> {
    let recipe = &input.recipe;
    let needed = || model.ok_or(TrainError::NoModel(recipe.learner));
    Ok(match recipe.learner {
        LearnerKind::Vectors => Box::new(VectorsLearner::new(start_values(input), recipe.dims)),
        LearnerKind::Tokens => {
            let model = needed()?;
            let table = model.tokens().ok_or_else(|| unfit(recipe.learner, model, "token vectors"))?;
            Box::new(tokens_learner(input, table)?)
        }
        LearnerKind::Adapter => {
            let frozen = input.model_vectors.as_ref().ok_or(TrainError::NoModel(recipe.learner))?;
            Box::new(AdapterLearner::new(frozen.values().to_vec(), frozen.dims(), recipe.dims))
        }
        LearnerKind::Transformer => {
            let model = needed()?;
            let trainable = model.trainable().ok_or_else(|| unfit(recipe.learner, model, "layers that can learn"))?;
            Box::new(transformer_learner(input, trainable)?)
        }
    })
}

fn unfit(learner: LearnerKind, model: &dyn Encoder, needs: &'static str) -> TrainError {
    TrainError::UnfitModel { learner: learner.name(), needs, model: model.name().to_owned() }
}

/// Where free vectors of all phrases begin, row after row.
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
        _ => {
            let mut values = vec![0.0; input.phrases.len() * dims];
            let rows = values.par_chunks_exact_mut(dims).zip(input.phrases.par_iter());
            rows.for_each(|(row, phrase)| row.copy_from_slice(&random_vector(input.recipe.seed, phrase, dims)));
            values
        }
    }
}

fn no_memory(error: &std::io::Error) -> TrainError {
    TrainError::Compute(format!(
        "no memory for the recording ({error}); train fewer phrases, fewer dimensions or close other programs"
    ))
}

fn model_failed(error: &ModelError) -> TrainError {
    TrainError::Compute(error.to_string())
}

fn token_ids(input: &TrainInput, ids: impl Fn(&str) -> Result<Vec<u32>, ModelError> + Sync) -> Result<Vec<Vec<u32>>, TrainError> {
    input.phrases.par_iter().map(|phrase| ids(phrase).map_err(|error| model_failed(&error))).collect()
}

fn tokens_learner(input: &TrainInput, table: &dyn TokenTable) -> Result<TokensLearner, TrainError> {
    let recipe = &input.recipe;
    let ids = token_ids(input, |phrase| table.token_ids(phrase))?;
    if recipe.start == Start::Random {
        return Ok(TokensLearner::new(&ids, recipe.dims, |token| TokensLearner::random_start(recipe.seed, token, recipe.dims)));
    }
    let model_dims = table.dims();
    if recipe.dims != model_dims {
        let (expected, got) = (recipe.dims.to_string(), format!("token vectors in {model_dims}"));
        return Err(TrainError::NoModelVectors { n_phrases: input.phrases.len(), expected, got });
    }
    let word_vectors = |token: u32| table.token_vectors(&[token]).map(|rows| rows.into_iter().next().unwrap_or_default());
    // As long as random ones on average, so that one learning rate fits both; no cosine changes.
    let start = |token: u32| {
        let vector = word_vectors(token).unwrap_or_else(|_| vec![0.0; model_dims]);
        vector.iter().map(|x| x / TYPICAL_WORD_NUMBER).collect()
    };
    Ok(TokensLearner::new(&ids, recipe.dims, start))
}

/// Root mean square of the numbers of a BERT's word embeddings.
const TYPICAL_WORD_NUMBER: f32 = 0.05;

fn transformer_learner(input: &TrainInput, model: &dyn Trainable) -> Result<TransformerLearner, TrainError> {
    let recipe = &input.recipe;
    let first = match recipe.start {
        Start::Model => FirstWeights::Model,
        Start::Random => FirstWeights::Random(recipe.seed),
    };
    let learning = model.learning(first, recipe.layers, recipe.words).map_err(|error| model_failed(&error))?;
    if learning.dims() != recipe.dims {
        let (expected, got) = (recipe.dims.to_string(), format!("a model of {}", learning.dims()));
        return Err(TrainError::NoModelVectors { n_phrases: input.phrases.len(), expected, got });
    }
    Ok(TransformerLearner::new(learning, token_ids(input, |phrase| model.token_ids(phrase))?))
}

/// The space of the model that a run is trained on; `None` if its learner needs none.
fn base_of<'a>(input: &'a TrainInput, model: Option<&'a dyn Encoder>) -> Option<&'a SpaceId> {
    input.model_vectors.as_ref().map(Vectors::space).or(model.map(Encoder::space))
}

/// The same, of another model than the built-in one, where it has a part in the run.
fn other_model<'a>(input: &'a TrainInput, model: Option<&'a dyn Encoder>) -> Option<&'a SpaceId> {
    let has_part = input.recipe.learner != LearnerKind::Vectors || input.recipe.start == Start::Model;
    base_of(input, model).filter(|space| has_part && !model::is_embedded(space))
}

/// The identity of a run: its start, and everything that decides what training does to it.
fn space_of(input: &TrainInput, model: Option<&dyn Encoder>) -> SpaceId {
    let recipe = &input.recipe;
    let base = base_of(input, model);
    let mut hash = Sha256::new();
    hash.update(format!("{} {} {} {}", recipe.learner.name(), recipe.start.name(), recipe.seed, recipe.dims));
    // From random numbers the built-in model's architecture and tokens go without saying.
    if recipe.start == Start::Model || other_model(input, model).is_some() {
        hash.update(base.map(SpaceId::to_string).unwrap_or_default());
    }
    for phrase in input.phrases.iter() {
        hash.update(phrase.as_bytes());
        hash.update([0]);
    }
    let revision = short_hex(&hash.clone().finalize());
    hash.update(serde_json::to_string(recipe).unwrap_or_default());
    for pair in input.pairs.iter() {
        hash.update(pair.anchor.to_le_bytes());
        hash.update(pair.positive.to_le_bytes());
        hash.update(pair.negative.unwrap_or(u32::MAX).to_le_bytes());
        hash.update(pair.score.map_or(-1.0, Score::value).to_le_bytes());
    }
    let model_name = base.filter(|_| recipe.start == Start::Model).map(|space| space.model.as_str());
    let from = model_name.map(|name| format!(" from {name}")).unwrap_or_default();
    let (name, pooling) = match recipe.learner {
        LearnerKind::Vectors => ("free vectors", "none"),
        LearnerKind::Tokens => ("token vectors", "mean"),
        LearnerKind::Adapter => ("adapter", base.map_or("none", |space| &space.pooling)),
        LearnerKind::Transformer => ("transformer", base.map_or("none", |space| &space.pooling)),
    };
    SpaceId {
        model: format!("{name}{from}"),
        revision,
        training: Some(Training { recipe: short_hex(&hash.finalize()), step: 0 }),
        dims: recipe.dims,
        pooling: pooling.to_owned(),
        normalised: recipe.shows_unit_vectors(),
        prompt: String::new(),
    }
}

fn short_hex(hash: &[u8]) -> String {
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
