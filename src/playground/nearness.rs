//! Why two phrases are near, and all phrases with all: what work follows from what is asked, and what came of it.

use std::sync::Arc;

use super::tasks::Aim;
use super::views::{SimilarityKey, Standing, Tab};
use super::why::{Said, Why};
use super::{Phrase, PhraseId, Playground};
use crate::jobs::{Task, Work};
use crate::memo::ByPlace;
use crate::space::{MAX_COMPARED, SpaceId, evenly_spread};

impl Playground {
    /// Why two phrases are near, if somebody asks.
    pub fn why(&self) -> &Why {
        &self.why
    }

    /// Whether that is being found out.
    pub fn is_explaining(&self) -> bool {
        self.tasks.is_running(Task::Explain)
    }

    /// Whether all phrases are being compared with all.
    pub fn is_comparing_phrases(&self) -> bool {
        self.tasks.is_running(Task::Similarity)
    }

    /// Where a cosine of the document's model stands among those of all pairs of phrases; `None` until that is known.
    pub fn standing_of(&self, cosine: f32) -> Option<Standing> {
        let n_phrases = self.document.phrases.len();
        self.views.similarity.standing(cosine, n_phrases).filter(|_| self.similarity_is_current())
    }

    /// Selecting another phrase than the two puts the answer away.
    pub(super) fn select(&mut self, id: Option<PhraseId>) {
        let id = id.filter(|id| self.document.phrase(*id).is_some());
        self.selected = id;
        // What is selected is looked at, if it is an anchor.
        self.batch_look.chosen = None;
        if !id.is_some_and(|id| self.why.is_about(id)) {
            self.why.close();
        }
    }

    pub(super) fn ask_why_selected(&mut self, other: PhraseId) {
        match self.selected {
            Some(selected) if selected != other => self.why.ask([Said::Phrase(selected), Said::Phrase(other)], None),
            Some(_) | None => self.select(Some(other)),
        }
    }

    pub(super) fn plan_why(&mut self) {
        match self.why.next_work(&self.document) {
            Some((by, texts)) => self.tasks.start(Work::Explain(Box::new(by), texts), Aim::Nothing),
            None if self.why.asked().is_none() => self.tasks.drop_task(Task::Explain),
            None => {}
        }
    }

    /// Only where somebody looks: on the tab, or at where a cosine stands among the others.
    pub(super) fn plan_similarity(&mut self) {
        if self.views.tab != Tab::Similarity && self.why.asked().is_none() {
            return;
        }
        if self.document.phrases.is_empty() {
            self.views.similarity.forget();
        }
        let Some(key) = self.similarity_key() else { return };
        if self.views.similarity.is_of(&key) {
            return;
        }
        let phrases = self.compared_phrases();
        let Some(vectors) = self.embedded.vectors_of(&phrases) else { return };
        let texts: Arc<[Arc<str>]> = phrases.iter().map(|phrase| phrase.text.clone()).collect();
        let n_rows = key.n_rows;
        if self.views.similarity.expects(key) {
            self.tasks.start(Work::Similarity(texts, vectors, n_rows), Aim::Nothing);
        }
    }

    fn similarity_key(&self) -> Option<SimilarityKey> {
        Some(SimilarityKey {
            phrases: ByPlace(self.document.phrases.clone()),
            model: self.document.model.clone(),
            space: SpaceId::clone(self.embedded.space()?),
            n_rows: self.views.similarity.n_rows(),
        })
    }

    /// Whether the matrix is of the phrases, and by the model, that there are now.
    pub fn similarity_is_current(&self) -> bool {
        self.similarity_key().is_some_and(|key| self.views.similarity.has(&key))
    }

    /// Of the phrases whose vectors are asked for, as many as can be compared each with each.
    fn compared_phrases(&self) -> Vec<&Phrase> {
        let phrases = if self.embeds_all() { self.document.phrases.iter().collect() } else { self.shown_phrases() };
        let places = evenly_spread(phrases.len(), MAX_COMPARED);
        places.into_iter().filter_map(|place| phrases.get(place).copied()).collect()
    }

    /// Nothing came of it; `None`: somebody cancelled. It is said where it was asked for.
    pub(super) fn note_nearness_failure(&mut self, task: Task, why: Option<String>) {
        let why = why.unwrap_or_else(|| "Cancelled.".to_owned());
        if task == Task::Explain { self.why.fail(why) } else { self.views.similarity.fail(why) }
    }
}
