//! The run that the document asks for, and what is wrong with it.
//!
//! What is derived from the lists of the document is kept until they change: a list may have a million entries.

use std::sync::Arc;

use super::document::{Document, Pair, Phrase};
use super::embedded::Embedded;
use super::run_key::{KeyPair, RunKey, key_pairs_of};
use crate::space::PairRows;
use crate::train::{Columns, MAX_RECORDED, Recipe, Subset, TrainInput, subset_rows};

/// What is derived from the lists of a document.
#[derive(Debug, Clone)]
struct Prepared {
    phrase_list: Arc<Vec<Phrase>>,
    pair_list: Arc<Vec<Pair>>,
    input: TrainInput,
    key_pairs: Arc<[KeyPair]>,
    /// How `shown` was chosen.
    choice: (Subset, u64),
    /// Rows of the phrases that are shown of a large set.
    shown: Option<Arc<[u32]>>,
}

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    prepared: Option<Prepared>,
    /// The last input that was checked, and what is wrong with it.
    checked: Option<(RunKey, Option<String>)>,
    problem: Option<String>,
}

impl Wanted {
    /// Brings what is derived from the lists of the document up to date; nothing to do if they are the same.
    pub(super) fn prepare(&mut self, document: &Document) {
        let recipe = &document.recipe;
        let choice = (recipe.subset, recipe.seed);
        let is_same = |old: &&mut Prepared| {
            Arc::ptr_eq(&old.phrase_list, &document.phrases) && Arc::ptr_eq(&old.pair_list, &document.pairs)
        };
        let subset = |pairs: &[PairRows]| -> Option<Arc<[u32]>> {
            let n_phrases = document.phrases.len();
            (n_phrases > MAX_RECORDED).then(|| subset_rows(pairs, n_phrases, choice.0, choice.1, MAX_RECORDED).into())
        };
        match self.prepared.as_mut().filter(is_same) {
            Some(prepared) if prepared.choice == choice || prepared.shown.is_none() => {}
            Some(prepared) => (prepared.choice, prepared.shown) = (choice, subset(&prepared.input.pairs)),
            None => {
                let input = document.train_input();
                self.prepared = Some(Prepared {
                    phrase_list: document.phrases.clone(),
                    pair_list: document.pairs.clone(),
                    key_pairs: key_pairs_of(&input),
                    shown: subset(&input.pairs),
                    choice,
                    input,
                });
            }
        }
    }

    /// The phrases that the map shows: all, or of a large set the recorded part.
    pub(super) fn shown_phrases<'a>(&self, document: &'a Document) -> Vec<&'a Phrase> {
        match self.prepared.as_ref().and_then(|prepared| prepared.shown.as_ref()) {
            Some(rows) => rows.iter().filter_map(|row| document.phrases.get(*row as usize)).collect(),
            None => document.phrases.iter().collect(),
        }
    }

    /// What the pairs have beside their phrases.
    /// Phrases and pairs as they are trained on.
    pub(super) fn input(&self) -> Option<&TrainInput> {
        self.prepared.as_ref().map(|prepared| &prepared.input)
    }

    pub(super) fn columns(&self) -> Columns {
        self.prepared.as_ref().map_or(Columns::Pairs, |prepared| Columns::of(&prepared.input.pairs))
    }

    /// Why the document can't be trained as it is.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The run that the document asks for, if it can be made now; notes the problem where it can't be.
    pub(super) fn run(&mut self, document: &Document, embedded: &Embedded) -> Option<(TrainInput, RunKey)> {
        self.problem = None;
        if document.phrases.is_empty() {
            return None;
        }
        let prepared = self.prepared.as_ref()?;
        let mut input = TrainInput { recipe: document.recipe.clone(), ..prepared.input.clone() };
        let pairs = prepared.key_pairs.clone();
        if input.recipe.needs_vectors() {
            input.model_vectors = Some(embedded.vectors_of(&document.phrases.iter().collect::<Vec<_>>())?);
        }
        let key = RunKey::of(&input, &document.model, pairs.clone());
        // Checking a large set takes a while, and most commands change nothing that matters to it.
        if self.checked.as_ref().is_none_or(|(checked, _)| *checked != key) {
            self.checked = Some((key.clone(), input.check().err().map(|error| error.to_string())));
        }
        self.problem = self.checked.as_ref().and_then(|(_, problem)| problem.clone());
        if self.problem.is_none() {
            return Some((input, key));
        }
        // Nothing can be learned, but every phrase still has its place at step 0.
        input.recipe = Recipe { steps: 0, warmup: 0, ..input.recipe };
        input.check().ok()?;
        let key = RunKey::of(&input, &document.model, pairs);
        Some((input, key))
    }

    /// The same as an input for several runs, or why there is none.
    pub(super) fn several_runs(&mut self, document: &Document, embedded: &Embedded) -> Result<(TrainInput, RunKey), String> {
        let wanted = self.run(document, embedded);
        match (&self.problem, wanted) {
            (Some(problem), _) => Err(problem.clone()),
            (None, Some((input, key))) if input.recipe.steps > 0 => Ok((input, key)),
            (None, None) if document.recipe.needs_vectors() => {
                Err("the model's vectors are not there yet; try again in a moment".to_owned())
            }
            (None, _) => Err("expected pairs to train on, got none; make a pair of two phrases first".to_owned()),
        }
    }

    /// Whether the document asks for something else than `key`, but for what `without` takes away: that in which
    /// several runs differ.
    pub(super) fn differs_from(&self, key: &RunKey, without: fn(&Recipe) -> Recipe) -> bool {
        let Some((now, _)) = &self.checked else { return false };
        without(&key.recipe) != without(&now.recipe)
            || key.model != now.model
            || key.pairs != now.pairs
            || key.phrases != now.phrases
    }
}
