//! What a run is made from, and whether it can be made: recipe and data together.
//!
//! It is decided here for the command line, the window and training alike. What the columns of the data ask of a loss
//! is in `batch/columns.rs`.

use std::sync::Arc;

use super::batch::{Columns, have_one_score, needs_one_negative, split, suggested_loss};
use super::recipe::{LearnerKind, LossKind, Negatives, Recipe, RecipeError, Settings};
use crate::choice::Choice;
use crate::memory::NoMemory;
use crate::space::{KnownPositives, PairRows, Vectors};

/// Phrases up to which every one of a set is recorded; of larger sets a subset is.
pub const MAX_RECORDED: usize = 1000;

/// What a run is made from: data and recipe.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainInput {
    /// All phrases, each once.
    pub phrases: Arc<[Arc<str>]>,
    /// Pairs as rows of `phrases`.
    pub pairs: Arc<[PairRows]>,
    /// Everything else that decides the run.
    pub recipe: Recipe,
    /// The model's vectors of all phrases; needed if free vectors start there, and by an adapter.
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
    #[error(
        "nothing is pushed away yet: expected a negative or a second pair, got one pair that only pulls; give it a negative or add a second pair"
    )]
    NothingToPush,
    /// A triplet loss finds no negative for an anchor.
    #[error("expected a negative for {anchor:?}, but every other phrase is its positive; add a phrase or name a negative")]
    NoNegative {
        /// The anchor.
        anchor: String,
    },
    /// The loss can't be used with these pairs.
    #[error("the loss {loss} can't be used: {why}; {suggested} fits")]
    Misfit {
        /// Its label.
        loss: &'static str,
        /// What it would need.
        why: String,
        /// The label of one that can be used.
        suggested: &'static str,
    },
    /// Everything would be held out.
    #[error("expected pairs left to train on, got {n_pairs} of which {held_out} are held out; hold out fewer")]
    AllHeldOut {
        /// Pairs there are.
        n_pairs: usize,
        /// Pairs held out.
        held_out: usize,
    },
    /// The recipe needs the model's vectors but they do not fit.
    #[error(
        "expected the model's vectors of {n_phrases} phrases in {expected} dimensions to start from, got {got}; choose the dimension of the model or a random start"
    )]
    NoModelVectors {
        /// Phrases there are.
        n_phrases: usize,
        /// The dimensions that would do.
        expected: String,
        /// What was given.
        got: String,
    },
    /// The learner is a model or reads its tokens, and there is none.
    #[error("expected a language model for the learner {0:?}, got none")]
    NoModel(LearnerKind),
    /// The model can't do what the learner needs.
    #[error("expected a model with {needs} for the learner {learner}, got {model}; choose another model or another learner")]
    UnfitModel {
        /// Name of the learner.
        learner: &'static str,
        /// What it needs.
        needs: &'static str,
        /// What the model is called.
        model: String,
    },
    /// It would need more memory than there is.
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
    /// A computation of the model failed.
    #[error("the model failed: {0}")]
    Compute(String),
    /// Somebody cancelled before the first step.
    #[error("cancelled")]
    Cancelled,
}

impl TrainInput {
    /// Checks recipe and data together. A run of no steps needs nothing to learn: it shows where phrases begin.
    pub fn check(&self) -> Result<(), TrainError> {
        self.recipe.check()?;
        self.check_model_vectors()?;
        if self.recipe.steps == 0 {
            return Ok(());
        }
        if self.pairs.is_empty() {
            return Err(TrainError::NoPairs);
        }
        self.check_rows()?;
        let held_out = self.recipe.n_held_out(self.pairs.len());
        if held_out >= self.pairs.len() {
            return Err(TrainError::AllHeldOut { n_pairs: self.pairs.len(), held_out });
        }
        self.recipe.all_settings().try_for_each(|settings| self.check_loss(settings))
    }

    fn check_rows(&self) -> Result<(), TrainError> {
        let n_phrases = self.phrases.len();
        for pair in self.pairs.iter() {
            let rows = [Some(pair.anchor), Some(pair.positive), pair.negative];
            if let Some(row) = rows.into_iter().flatten().find(|row| *row as usize >= n_phrases) {
                return Err(TrainError::UnknownRow { row: row as usize + 1, n_phrases });
            }
        }
        Ok(())
    }

    /// Whether the loss can learn from these pairs.
    fn check_loss(&self, settings: &Settings) -> Result<(), TrainError> {
        let columns = Columns::of(&self.pairs);
        let loss = settings.loss;
        let suggested = suggested_loss(&self.pairs).label();
        let misfit = |why: String| TrainError::Misfit { loss: loss.label(), why, suggested };
        if let Some(why) = columns.misfit(loss) {
            return Err(misfit(why.to_owned()));
        }
        if settings.negatives == Negatives::None && !loss.reads_scores() {
            let why = "without negatives it has nothing to compare".to_owned();
            return Err(TrainError::Misfit { loss: loss.label(), why, suggested: LossKind::CosineSimilarity.label() });
        }
        let n_trained = self.recipe.n_trained(self.pairs.len());
        let has_negative = self.pairs.iter().any(|pair| pair.negative.is_some()) || settings.negatives == Negatives::Hard;
        if loss.ranks() && n_trained == 1 && !has_negative {
            return Err(TrainError::NothingToPush);
        }
        if loss == LossKind::Cosent && columns != Columns::Pairs && have_one_score(&self.pairs) {
            return Err(misfit("it needs pairs of different scores, but all have the same".to_owned()));
        }
        if needs_one_negative(settings, columns) && settings.negatives == Negatives::Drawn {
            self.check_negatives()?;
        }
        Ok(())
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

    /// How many pairs have no negative and get one at every step: drawn at random, or sought among the nearest.
    pub fn n_drawn_negatives(&self) -> usize {
        let lacks = self.pairs.iter().filter(|pair| pair.negative.is_none()).count();
        if self.draws_negatives() { lacks } else { 0 }
    }

    /// Whether negatives are drawn from all phrases, so that every phrase has a part in the run.
    pub fn draws_negatives(&self) -> bool {
        let columns = Columns::of(&self.pairs);
        let draws = self.recipe.all_settings().any(|settings| {
            settings.negatives == Negatives::Hard
                || (needs_one_negative(settings, columns) && self.pairs.iter().any(|pair| pair.negative.is_none()))
        });
        self.recipe.steps > 0 && draws
    }

    /// Free vectors that start from the model need vectors of their dimension, an adapter of no fewer.
    fn check_model_vectors(&self) -> Result<(), TrainError> {
        let (n_phrases, dims) = (self.phrases.len(), self.recipe.dims);
        if !self.recipe.needs_vectors() {
            return Ok(());
        }
        let adapts = self.recipe.learner == LearnerKind::Adapter;
        let expected = if adapts { format!("at least {dims}") } else { dims.to_string() };
        match &self.model_vectors {
            Some(vectors) if vectors.len() == n_phrases && (vectors.dims() == dims || adapts && vectors.dims() > dims) => Ok(()),
            Some(vectors) => {
                Err(TrainError::NoModelVectors { n_phrases, expected, got: format!("{} in {}", vectors.len(), vectors.dims()) })
            }
            None => Err(TrainError::NoModelVectors { n_phrases, expected, got: "none".to_owned() }),
        }
    }

    /// The pairs to train on and those held out, each in the order of the list; the seed decides which.
    pub(super) fn split(&self) -> (Vec<PairRows>, Vec<PairRows>) {
        split(&self.pairs, self.recipe.n_held_out(self.pairs.len()), self.recipe.seed)
    }
}
