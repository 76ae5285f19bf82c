//! What models made of phrases: their vectors, and the map that is fitted to them. Each model has its own; none ever
//! meets those of another.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::document::Phrase;
use crate::jobs::{Embedding, ModelFacts};
use crate::model::ModelChoice;
use crate::space::{MapAxes, SpaceId, Vectors};

/// Models whose vectors are kept: to undo a choice takes no time.
const KEPT_MODELS: usize = 4;

/// What one model made of phrases so far.
#[derive(Debug, Clone, Default)]
struct OfModel {
    choice: ModelChoice,
    space: Option<Arc<SpaceId>>,
    facts: Option<Arc<ModelFacts>>,
    /// Phrases that the model reads only in part.
    cut: BTreeSet<Arc<str>>,
    vectors: HashMap<Arc<str>, Arc<[f32]>>,
    map: Option<Arc<MapAxes>>,
    /// Phrases that `map` was fitted to, as far as that matters.
    map_phrases: usize,
}

/// One model's vectors of a list of phrases, by their places in it: a list may have a hundred thousand, and nothing may
/// look for each of them at every change.
#[derive(Debug, Clone, Default)]
struct Aligned {
    list: Arc<Vec<Phrase>>,
    row_of: HashMap<Arc<str>, usize>,
    rows: Vec<Option<Arc<[f32]>>>,
    n_missing: usize,
}

impl Aligned {
    fn of(list: &Arc<Vec<Phrase>>, vectors: &HashMap<Arc<str>, Arc<[f32]>>) -> Self {
        let rows: Vec<_> = list.iter().map(|phrase| vectors.get(&phrase.text).cloned()).collect();
        let row_of = list.iter().enumerate().map(|(row, phrase)| (phrase.text.clone(), row)).collect();
        Self { list: list.clone(), row_of, n_missing: rows.iter().filter(|row| row.is_none()).count(), rows }
    }

    fn take(&mut self, phrase: &str, vector: &Arc<[f32]>) {
        let Some(row) = self.row_of.get(phrase).and_then(|row| self.rows.get_mut(*row)) else { return };
        if row.replace(vector.clone()).is_none() {
            self.n_missing -= 1;
        }
    }
}

/// What the document's model made of phrases, and what those before it made.
#[derive(Debug, Clone, Default)]
pub(super) struct Embedded {
    current: OfModel,
    /// Latest first.
    others: Vec<OfModel>,
    /// The current model's vectors of the phrases of the document.
    aligned: Aligned,
    /// Why the model gave no vectors at the last try.
    pub(super) failure: Option<EmbedFailure>,
    pub(super) map_has_failed: bool,
    /// The model was just chosen, and how many numbers its vectors have is not known yet: the recipe follows them.
    pub(super) is_followed: bool,
}

/// Why a model gives no vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbedFailure {
    /// Somebody pressed *Cancel*.
    Stopped,
    /// It failed; the sentence says why and what to do.
    Failed(String),
}

impl Embedded {
    /// The document has this model; says whether it is another than before.
    pub(super) fn turn_to(&mut self, choice: &ModelChoice) -> bool {
        if self.current.choice == *choice {
            return false;
        }
        let kept = self.others.iter().position(|other| other.choice == *choice).map(|index| self.others.remove(index));
        let next = kept.unwrap_or_else(|| OfModel { choice: choice.clone(), ..OfModel::default() });
        self.others.insert(0, std::mem::replace(&mut self.current, next));
        self.others.truncate(KEPT_MODELS - 1);
        self.align_anew();
        self.try_again();
        true
    }

    /// The document has these phrases; nothing to do if they are the same.
    pub(super) fn align(&mut self, list: &Arc<Vec<Phrase>>) {
        if !Arc::ptr_eq(&self.aligned.list, list) {
            self.aligned = Aligned::of(list, &self.current.vectors);
        }
    }

    fn align_anew(&mut self) {
        self.aligned = Aligned::of(&self.aligned.list.clone(), &self.current.vectors);
    }

    /// Vectors of the phrases of the document in their order, each once it is there.
    pub(super) fn rows(&self) -> &[Option<Arc<[f32]>>] {
        &self.aligned.rows
    }

    /// How many phrases of the document have no vector yet.
    pub(super) fn n_missing(&self) -> usize {
        self.aligned.n_missing
    }

    /// So many phrases of the document that have no vector yet, newest first.
    pub(super) fn newest_missing(&self, n: usize) -> Vec<Arc<str>> {
        if self.aligned.n_missing == 0 {
            return Vec::new();
        }
        let missing = self.aligned.list.iter().zip(&self.aligned.rows).rev().filter(|(_, row)| row.is_none());
        missing.take(n).map(|(phrase, _)| phrase.text.clone()).collect()
    }

    /// How many numbers the vectors of `choice` have, once known.
    pub(super) fn dims_of(&self, choice: &ModelChoice) -> Option<usize> {
        let of_model = std::iter::once(&self.current).chain(&self.others).find(|of_model| of_model.choice == *choice)?;
        Some(of_model.space.as_ref()?.dims)
    }

    pub(super) fn space(&self) -> Option<&Arc<SpaceId>> {
        self.current.space.as_ref()
    }

    pub(super) fn vector(&self, phrase: &str) -> Option<&[f32]> {
        self.current.vectors.get(phrase).map(|vector| &**vector)
    }

    /// What the model says of itself, once it was opened.
    pub(super) fn facts(&self) -> Option<&ModelFacts> {
        self.current.facts.as_deref()
    }

    /// Phrases that the model reads only in part, of those that it has embedded.
    pub(super) fn cut(&self) -> &BTreeSet<Arc<str>> {
        &self.current.cut
    }

    /// How many phrases have vectors, of whatever document.
    pub(super) fn len(&self) -> usize {
        self.current.vectors.len()
    }

    /// The vectors of `phrases`, in their order, once they are all there.
    pub(super) fn vectors_of(&self, phrases: &[&Phrase]) -> Option<Vectors> {
        let space = self.current.space.clone()?;
        let rows: Option<Vec<&Arc<[f32]>>> = phrases.iter().map(|phrase| self.current.vectors.get(&phrase.text)).collect();
        let values: Vec<f32> = rows?.into_iter().flat_map(|row| row.iter().copied()).collect();
        (!values.is_empty()).then(|| Vectors::new(space, values))
    }

    /// Takes what a model made of phrases. A folder that holds another model than before has none of the old vectors
    /// any more.
    pub(super) fn take(&mut self, new: Embedding) {
        let is_current = self.current.choice == new.choice;
        let all = std::iter::once(&mut self.current).chain(&mut self.others);
        let Some(of_model) = all.into_iter().find(|of_model| of_model.choice == new.choice) else { return };
        let is_another = of_model.space.as_deref().is_some_and(|space| space != new.vectors.space());
        if is_another {
            *of_model = OfModel { choice: new.choice, ..OfModel::default() };
        }
        of_model.space.get_or_insert_with(|| Arc::new(new.vectors.space().clone()));
        of_model.facts = Some(Arc::new(new.facts));
        of_model.cut.extend(new.cut);
        for (phrase, row) in new.phrases.into_iter().zip(new.vectors.rows()) {
            let vector: Arc<[f32]> = row.into();
            if is_current {
                self.aligned.take(&phrase, &vector);
            }
            of_model.vectors.insert(phrase, vector);
        }
        if is_current && is_another {
            self.align_anew();
        }
    }

    pub(super) fn map(&self) -> Option<&Arc<MapAxes>> {
        self.current.map.as_ref()
    }

    /// Whether the map was fitted to enough of `n_phrases`.
    pub(super) fn is_map_of(&self, n_phrases: usize) -> bool {
        self.current.map.is_some() && self.current.map_phrases >= n_phrases
    }

    /// A map is going to be fitted to so many phrases, as far as that matters.
    pub(super) fn expect_map(&mut self, n_phrases: usize) {
        self.current.map_phrases = n_phrases;
    }

    pub(super) fn take_map(&mut self, map: Arc<MapAxes>) {
        self.current.map = Some(map);
    }

    /// The map is to be fitted again.
    pub(super) fn forget_map(&mut self) {
        self.current.map = None;
    }

    /// Another document: its vectors may be among those that are there, its map is not.
    pub(super) fn begin_anew(&mut self) {
        self.others.iter_mut().for_each(|other| other.map = None);
        self.forget_map();
        self.is_followed = false;
        self.try_again();
    }

    /// Other phrases, another try.
    pub(super) fn try_again(&mut self) {
        (self.failure, self.map_has_failed) = (None, false);
    }
}
