//! Training: a batch, a step, a frame, again.
//!
//! What a step does is in `step.rs`; what is recorded and what is read of it in `run/`; what may be asked for is checked
//! in `input.rs`.

use std::sync::Arc;

use super::batch::{Pool, Sampler};
use super::input::{MAX_RECORDED, TrainError, TrainInput};
use super::learner::{Learner, learner_of};
use super::recipe::{LearnerKind, Negatives, Settings};
use super::run::{Derived, Recorded, Recorder, RecordingPlan, Run, Stopped, other_model, recorded_of, space_of};
use super::step::{Taken, take_step};
use crate::memory::{Need, NoMemory};
use crate::model::Encoder;
use crate::numbers::{KeptAwake, PRODUCT_SHARED_FROM};
use crate::progress::{self, OnProgress, Progress};
use crate::space::PairRows;

/// Bytes of frames that a run keeps before its recording is thinned, unless it has to share memory with others.
const FRAME_BUDGET_BYTES: usize = 96 << 20;

/// Numbers in the vectors of a batch from which another core looks for parts of its products.
const AWAKE_FROM: usize = 20_000;

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
    ask_for_memory(input, recorded.len(), frame_budget)?;
    let (trained, held_out) = input.split();
    let mut learner = learner_of(input, model)?;
    let rows_per_step = 2 * input.recipe.settings.batch.min(trained.len());
    let every = learner.record_every(recorded.len(), rows_per_step, input.recipe.steps);
    let plan = RecordingPlan::new(input, &trained, recorded.len(), every, frame_budget);
    let is_shared = rows_per_step * input.recipe.dims >= AWAKE_FROM || rows_per_step * learner.cost() >= PRODUCT_SHARED_FROM;
    let mut session = Session {
        input,
        sampler: Sampler::new(input.recipe.seed, input.phrases.len(), &trained),
        every,
        frames: Recorder::new(&plan).map_err(|error| no_memory(&error))?,
        losses: Vec::with_capacity(input.recipe.steps + 1),
        recorded: &recorded,
        pool: None,
        cores: KeptAwake::new(is_alone && is_shared),
    };
    let stopped = session.run(&mut *learner, progress)?;
    let Session { frames, losses, .. } = session;
    // What was stopped between two frames is not what the last of them shows.
    let is_as_recorded = stopped.is_none() || (every == 1 && stopped.is_some_and(Stopped::keeps_model));
    let learned = if is_as_recorded { learner.learned() } else { None };
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
        learned,
        weights: weights.map(Arc::from),
        derived: Derived::default(),
    };
    if !run.pairs.is_empty() {
        run.losses.push(run.forces_of(run.last_step(), &[]).loss);
    }
    Ok(run)
}

/// Asks for what a training takes beside its input: what learns, the batches, the recording, the losses.
fn ask_for_memory(input: &TrainInput, n_recorded: usize, frame_budget: usize) -> Result<(), NoMemory> {
    const WAY_OUT: &str = "train fewer phrases, fewer dimensions, fewer steps or smaller batches";
    let recipe = &input.recipe;
    let (dims, n_pairs) = (recipe.dims, input.pairs.len());
    let batch = recipe.all_settings().map(|settings| settings.batch).max().unwrap_or(1).min(n_pairs.max(1));
    // Every number that learns has two moments of the optimizer beside it.
    let need = Need::of("this training", WAY_OUT);
    let need = match recipe.learner {
        LearnerKind::Vectors => need.and("free vectors with their optimizer", &[input.phrases.len(), dims, 3 * size_of::<f32>()]),
        LearnerKind::Adapter => {
            let frozen = input.model_vectors.as_ref().map_or(0, |vectors| vectors.values().len());
            need.and("the model's vectors", &[frozen, size_of::<f32>()])
        }
        LearnerKind::Tokens | LearnerKind::Transformer => {
            need.and("tokens of phrases", &[input.phrases.len(), TOKENS, size_of::<u32>()])
        }
    };
    // Of each recorded vector there is at least one, of each further one at most what the budget holds.
    let frames = (recipe.steps + 1).saturating_mul(n_recorded).saturating_mul(dims * size_of::<f32>() + size_of::<u32>());
    need.and("recorded frames", &[frames.min(frame_budget).max(n_recorded * dims * size_of::<f32>())])
        // Cosines, what is left out, shares and couplings of every anchor with every candidate.
        .and("a batch, each with each", &[batch, 2 * batch, 4 * size_of::<f32>()])
        .and("pairs in their parts and orders", &[n_pairs, 3 * size_of::<PairRows>()])
        .and("which phrases belong together", &[n_pairs, KNOWN])
        .and("losses", &[recipe.steps + 1, size_of::<f32>()])
        .ask()
}

/// Tokens of a phrase, about.
const TOKENS: usize = 16;

/// Bytes of what is known of a pair, either way round, while it is sorted.
const KNOWN: usize = 2 * (size_of::<(u32, u32)>() + size_of::<u32>());

/// A training under way.
struct Session<'a> {
    input: &'a TrainInput,
    sampler: Sampler<'a>,
    /// Every how many steps the learner is asked for a frame and for vectors to seek negatives among.
    every: usize,
    frames: Recorder,
    losses: Vec<f32>,
    recorded: &'a Recorded,
    /// Where hardest negatives are sought, if the settings ask for them.
    pool: Option<Pool>,
    /// Other cores that look for parts of the steps.
    cores: KeptAwake,
}

impl Session<'_> {
    fn run(&mut self, learner: &mut dyn Learner, progress: &mut OnProgress<'_>) -> Result<Option<Stopped>, TrainError> {
        let (steps, every) = (self.input.recipe.steps, self.every);
        self.move_by_hand(learner, 0);
        self.record(learner, 0, false, progress)?;
        for step in 0..steps {
            self.cores.call();
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
            self.move_by_hand(learner, step + 1);
            self.record(learner, step + 1, is_last, progress)?;
        }
        Ok(taken)
    }

    /// Moves what the recipe moves at `step`, before its vectors are recorded.
    fn move_by_hand(&mut self, learner: &mut dyn Learner, step: usize) {
        let input = self.input;
        for moved in input.recipe.moves.iter().filter(|moved| moved.at_step == step) {
            if let Some(row) = input.phrases.iter().position(|phrase| *phrase == moved.phrase) {
                learner.displace(row as u32, &moved.by);
                self.note_moved(&[row as u32]);
            }
        }
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
        let outside = pool.anchors_outside(chosen);
        if !outside.is_empty() {
            let values = learner.embed(Some(&outside), progress)?;
            pool.set_outside(outside, &values);
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

fn no_memory(error: &std::io::Error) -> TrainError {
    TrainError::Compute(format!(
        "no memory for the recording ({error}); train fewer phrases, fewer dimensions or close other programs"
    ))
}
