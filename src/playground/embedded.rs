//! The model's vectors of phrases, and the map that is fitted to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::Phrase;
use crate::space::{MapAxes, SpaceId, Vectors};

/// What a model made of phrases so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Embedded {
    pub(super) space: Option<Arc<SpaceId>>,
    vectors: BTreeMap<Arc<str>, Arc<[f32]>>,
    pub(super) map: Option<Arc<MapAxes>>,
    /// Phrases that `map` was fitted to, as far as that matters.
    pub(super) map_phrases: usize,
    pub(super) has_failed: bool,
    pub(super) map_has_failed: bool,
}

impl Embedded {
    pub(super) fn vector(&self, phrase: &str) -> Option<&[f32]> {
        self.vectors.get(phrase).map(|vector| &**vector)
    }

    /// How many phrases have vectors.
    pub(super) fn len(&self) -> usize {
        self.vectors.len()
    }

    /// The vectors of `phrases`, in their order, once they are all there.
    pub(super) fn vectors_of(&self, phrases: &[&Phrase]) -> Option<Vectors> {
        let space = self.space.clone()?;
        let rows: Option<Vec<&Arc<[f32]>>> = phrases.iter().map(|phrase| self.vectors.get(&phrase.text)).collect();
        let values: Vec<f32> = rows?.into_iter().flat_map(|row| row.iter().copied()).collect();
        (!values.is_empty()).then(|| Vectors::new(space, values))
    }

    pub(super) fn take(&mut self, phrases: &[Arc<str>], vectors: &Vectors) {
        self.space = Some(Arc::new(vectors.space().clone()));
        self.vectors.extend(phrases.iter().cloned().zip(vectors.rows().map(Arc::from)));
    }

    /// Another document: its vectors may be among those that are there, its map is not.
    pub(super) fn begin_anew(&mut self) {
        self.map = None;
        self.try_again();
    }

    /// Other phrases, another try.
    pub(super) fn try_again(&mut self) {
        (self.has_failed, self.map_has_failed) = (false, false);
    }
}
