//! A run as a model: it embeds phrases that it never saw, in its own space, with what it has learned.

use std::sync::Arc;

use super::learned::Learned;
use super::learner::{Adapter, Tokens, token_start};
use super::recipe::{LearnerKind, Recipe};
use super::run::Run;
use crate::choice::Choice;
use crate::model::{self, Anatomy, Encoder, ModelError, Parts, Piece, TokenTable};
use crate::progress::OnProgress;
use crate::space::{SpaceId, SpaceMismatch, Vectors, normalised_rows};

/// A run at its last step, as a model.
pub struct TrainedModel {
    /// What is below that which was learned; the trained model itself where that is a transformer.
    base: Arc<dyn Encoder>,
    /// `None` for a transformer.
    learned: Option<Learned>,
    recipe: Recipe,
    space: SpaceId,
}

/// Why a run can't embed other phrases than its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainedModelError {
    /// Free vectors know only their own phrases.
    #[error(
        "expected a run of tokens or an adapter, got one of free vectors, which know no phrase but their own; train another learner"
    )]
    FreeVectors,
    /// Its parameters are not in the run.
    #[error("expected a run that keeps what it has learned, got one of {0} without; {1}")]
    NotKept(&'static str, &'static str),
    /// The trained weights make no model.
    #[error("expected the weights of a model in the run, got other ones: {0}")]
    Weights(String),
    /// It was trained on another model.
    #[error("expected the model that the run was trained on: {0}")]
    OtherModel(#[from] SpaceMismatch),
    /// It was trained on the built-in model.
    #[error("expected the built-in model, which the run was trained on, got {0}")]
    NotBuiltIn(String),
}

impl TrainedModel {
    /// `run` at its last step, on top of `base`, the model that it was trained on.
    ///
    /// # Errors
    /// If the run does not know how to embed other phrases, or was trained on another model.
    pub fn new(run: &Run, base: Arc<dyn Encoder>) -> Result<Self, TrainedModelError> {
        match &run.other_model {
            Some(space) => space.check_same(base.space())?,
            None if model::is_embedded(base.space()) => {}
            None => return Err(TrainedModelError::NotBuiltIn(base.space().to_string())),
        }
        let learned = run.learned.clone();
        let base = match (&learned, &run.weights) {
            (Some(_), _) => base,
            (None, Some(weights)) => {
                let trainable = base.trainable().ok_or_else(|| not_kept(run.recipe.learner))?;
                trainable.with_trained_weights(weights).map_err(|error| TrainedModelError::Weights(error.to_string()))?
            }
            (None, None) => return Err(not_kept(run.recipe.learner)),
        };
        Ok(Self { base, learned, recipe: run.recipe.clone(), space: run.space.at_step(run.last_step()) })
    }

    fn token_table(&self) -> Result<&dyn TokenTable, ModelError> {
        let lacks = || ModelError::Lacks { model: self.base.name().to_owned(), what: "token vectors" };
        self.base.tokens().ok_or_else(lacks)
    }

    /// Token vectors that were learned; those of other tokens, where they would have begun.
    fn token_vectors<'a>(
        &'a self,
        table: &'a dyn TokenTable,
        (ids, vectors): (&'a [u32], &'a [f32]),
    ) -> impl Fn(u32) -> Vec<f32> + 'a {
        let (dims, start) = (self.recipe.dims, token_start(&self.recipe, table));
        move |token| match ids.binary_search(&token) {
            Ok(place) => vectors[place * dims..][..dims].to_vec(),
            Err(_) => start(token),
        }
    }

    /// Vectors of phrases that have these tokens.
    fn of_tokens(&self, learned: (&[u32], &[f32]), tokens: &[Vec<u32>]) -> Result<Vec<f32>, ModelError> {
        Ok(Tokens::new(tokens, self.recipe.dims, self.token_vectors(self.token_table()?, learned)).units())
    }

    fn base_anatomy(&self) -> Result<&dyn Anatomy, ModelError> {
        let lacks = || ModelError::Lacks { model: self.base.name().to_owned(), what: "vectors of tokens that it shows" };
        self.base.anatomy().ok_or_else(lacks)
    }
}

fn not_kept(learner: LearnerKind) -> TrainedModelError {
    match learner {
        LearnerKind::Vectors => TrainedModelError::FreeVectors,
        LearnerKind::Transformer => TrainedModelError::NotKept(
            learner.name(),
            "save the trained model as a folder (`train --save-model FOLDER`) and name that as the model",
        ),
        LearnerKind::Tokens | LearnerKind::Adapter => {
            TrainedModelError::NotKept(learner.name(), "an older version wrote it, or it was stopped early; train it again")
        }
    }
}

impl Encoder for TrainedModel {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn embed(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ModelError> {
        let raw = match &self.learned {
            None => self.base.embed(phrases, progress)?.values().to_vec(),
            Some(Learned::Map(change)) => {
                let base = self.base.embed(phrases, progress)?;
                Adapter::mapped(base.values(), (base.dims(), self.recipe.dims), change)
            }
            Some(Learned::Tokens { ids, vectors }) => {
                let table = self.token_table()?;
                let tokens = phrases.iter().map(|phrase| table.token_ids(phrase)).collect::<Result<Vec<_>, _>>()?;
                self.of_tokens((ids, vectors), &tokens)?
            }
        };
        let shown = if self.recipe.shows_unit_vectors() { normalised_rows(&raw, self.recipe.dims) } else { raw };
        Ok(Vectors::new(self.space.clone(), shown))
    }

    fn limit(&self) -> Option<usize> {
        match self.learned {
            None | Some(Learned::Map(_)) => self.base.limit(),
            Some(Learned::Tokens { .. }) => None,
        }
    }

    fn cuts(&self, phrase: &str) -> bool {
        !matches!(self.learned, Some(Learned::Tokens { .. })) && self.base.cuts(phrase)
    }

    fn anatomy(&self) -> Option<&dyn Anatomy> {
        let is_shown = matches!(self.learned, Some(Learned::Tokens { .. })) || self.base.anatomy().is_some();
        is_shown.then_some(self)
    }
}

/// What was learned keeps sums sums: token vectors are averaged, and an adapter maps what tokens add as it maps their sum.
impl Anatomy for TrainedModel {
    fn parts(&self, phrase: &str) -> Result<Parts, ModelError> {
        match &self.learned {
            None => self.base_anatomy()?.parts(phrase),
            Some(Learned::Map(change)) => {
                let dims = (self.base.dims(), self.recipe.dims);
                let mapped = |shares: Vec<f32>| Adapter::mapped(&shares, dims, change);
                Ok(self.base_anatomy()?.parts(phrase)?.followed_by(mapped, "mapped by what the adapter has learned"))
            }
            Some(Learned::Tokens { ids, vectors }) => {
                let table = self.token_table()?;
                let vector = self.token_vectors(table, (ids, vectors));
                let (read, tokens): (Vec<u32>, Vec<Piece>) = table.read(phrase)?.into_iter().unzip();
                let vectors = read.into_iter().flat_map(vector).collect();
                Ok(Parts::of_mean((tokens, vectors), self.recipe.dims, ["scaled to length 1".to_owned()]))
            }
        }
    }

    fn without(&self, phrase: &str, left_out: &[usize], progress: &mut OnProgress<'_>) -> Result<Vec<f32>, ModelError> {
        match &self.learned {
            None => self.base_anatomy()?.without(phrase, left_out, progress),
            Some(Learned::Map(change)) => {
                let rows = self.base_anatomy()?.without(phrase, left_out, progress)?;
                Ok(Adapter::mapped(&rows, (self.base.dims(), self.recipe.dims), change))
            }
            Some(Learned::Tokens { ids, vectors }) => {
                let tokens = self.token_table()?.token_ids(phrase)?;
                let rest = |place: &usize| model::tokens_without(&tokens, *place);
                self.of_tokens((ids, vectors), &left_out.iter().map(rest).collect::<Vec<_>>())
            }
        }
    }
}
