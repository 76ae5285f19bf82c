//! What the map shows of the state: its picture, the vectors behind it, the forces on it.

use super::batch::{ShownBatch, Source};
use super::picture::forces_among;
use super::views::Tab;
use super::{Force, PhraseId, Picture, Playground};
use crate::memo::ByPlace;
use crate::space::{MapAxes, Vectors, cosine_of, normalised_rows};
use crate::train::{Axes, Held, LearnerKind, Run, RunMap, Start, random_vector};

/// What the picture of the map depends on; the same key, the same picture.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureKey {
    revision: u64,
    position: f64,
    shows_model: bool,
    n_embedded: usize,
    run: Option<ByPlace<Run>>,
    run_map: Option<ByPlace<RunMap>>,
    model_map: Option<ByPlace<MapAxes>>,
    /// Whether all phrases are shown as the model sees them, and how.
    explored: Option<u64>,
    held: Option<Held>,
}

/// What the forces on the map depend on: as a picture, but for the way between two steps.
#[derive(Debug, Clone, PartialEq)]
pub struct ForcesKey {
    revision: u64,
    step: usize,
    run: Option<ByPlace<Run>>,
    run_map: Option<ByPlace<RunMap>>,
    held: Option<Held>,
}

/// What the batch on the map depends on beside its forces.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchKey {
    forces: ForcesKey,
    wished: [Option<PhraseId>; 3],
    shows_all: bool,
}

impl Playground {
    /// Whether the map shows the model's own vectors, which do not move.
    ///
    /// A run that starts elsewhere shares no space with the model, so it can't be drawn on its map.
    pub fn shows_model(&self) -> bool {
        self.explores() || self.axes() == Axes::Model && self.run().is_none_or(|run| !run.recipe.starts_on_the_model_map())
    }

    /// Whether the map is that of all phrases as the model sees them.
    pub fn explores(&self) -> bool {
        self.views.tab == Tab::Explore
    }

    /// The key of what the map shows now.
    pub fn picture_key(&self) -> PictureKey {
        PictureKey {
            revision: self.revision(),
            position: self.position(),
            shows_model: self.shows_model(),
            n_embedded: self.embedded.len(),
            run: self.run().cloned().map(ByPlace),
            run_map: self.run_map().cloned().map(ByPlace),
            model_map: self.model_map().cloned().map(ByPlace),
            explored: self.explores().then(|| self.views.explore.version()),
            held: self.held().cloned(),
        }
    }

    /// The key of the forces on the map now.
    pub fn forces_key(&self) -> ForcesKey {
        let run = self.run().filter(|_| !self.shows_model()).cloned().map(ByPlace);
        let (run_map, held) = (self.run_map().cloned().map(ByPlace), self.held().cloned());
        ForcesKey { revision: self.revision(), step: self.step(), run, run_map, held }
    }

    /// What the map shows now; `None` until there is something.
    pub fn picture(&self) -> Option<Picture> {
        if self.explores() {
            return self.views.explore.picture(&self.document, &self.embedded);
        }
        if self.shows_model() {
            let vector_of = |text: &str| self.model_vector(text).map(<[f32]>::to_vec);
            return Some(Picture::of_model(self.document(), &self.shown_phrases(), self.model_map()?, &vector_of));
        }
        let run = self.run()?;
        let map = self.run_map()?;
        let start_of = |text: &str| self.start_of(run, text);
        let mut picture = Picture::of_run(self.document(), &self.shown_phrases(), run, map, self.position(), &start_of)?;
        if let Some(grip) = &self.hand.grip {
            picture.carry(run, map, grip.phrase, &grip.held);
        }
        Some(picture)
    }

    /// Where a phrase that the run does not know would begin. Only free vectors stay there: what a model
    /// makes of a phrase later can't be known before it is asked.
    fn start_of(&self, run: &Run, text: &str) -> Option<Vec<f32>> {
        if run.recipe.learner != LearnerKind::Vectors {
            return None;
        }
        match run.recipe.start {
            Start::Random => Some(random_vector(run.recipe.seed, text, run.recipe.dims)),
            Start::Model if self.recorded.key.as_ref().is_none_or(|key| key.model.as_ref() != Some(&self.document.model)) => None,
            Start::Model => {
                let length = (run.recipe.dims as f32).sqrt();
                let unit = normalised_rows(self.model_vector(text)?, run.recipe.dims);
                Some(unit.iter().map(|x| x * length).collect())
            }
        }
    }

    /// The `k` phrases that the model finds nearest to `phrase` among those that the map of all shows.
    pub fn explored_neighbours(&self, phrase: PhraseId, k: usize) -> Option<Vec<(PhraseId, f32)>> {
        self.views.explore.nearest(&self.document, &self.embedded, phrase, k)
    }

    /// The cosine that the model gives two phrases, once both are embedded.
    pub fn model_cosine(&self, phrase: PhraseId, other: PhraseId) -> Option<f32> {
        let vector = |id| self.embedded.vector(self.document.text(id));
        Some(cosine_of(vector(phrase)?, vector(other)?))
    }

    /// The vectors behind the picture, with the phrase of each row: what cosines are computed from.
    pub fn shown_vectors(&self) -> Option<(Vec<PhraseId>, Vectors)> {
        if self.explores() {
            let (ids, rows): (Vec<PhraseId>, Vec<_>) =
                self.views.explore.shown(&self.document, &self.embedded).map(|(phrase, row)| (phrase.id, row)).unzip();
            let values: Vec<f32> = rows.into_iter().flat_map(|row| row.iter().copied()).collect();
            return Some((ids, Vectors::new(self.embedded.space()?.clone(), values)));
        }
        let phrases = self.shown_phrases();
        if self.shows_model() {
            return Some((phrases.iter().map(|phrase| phrase.id).collect(), self.embedded.vectors_of(&phrases)?));
        }
        let run = self.run()?;
        let shown = run.shown(run.frames.index_at(self.step()));
        let (mut ids, mut values) = (Vec::new(), Vec::new());
        for phrase in &phrases {
            let row = match run.row_of(&phrase.text) {
                Some(row) => shown.get(row).map(<[f32]>::to_vec),
                None => self.start_of(run, &phrase.text).map(|vector| run.shown_values(&vector)),
            };
            if let Some(row) = row {
                ids.push(phrase.id);
                values.extend(row);
            }
        }
        Some((ids, Vectors::new(shown.space().clone(), values)))
    }

    /// The forces of the batch that follows the step shown, strongest first; none on the model's map.
    pub fn forces(&self) -> Vec<Force> {
        match (self.shows_model(), self.run(), self.run_map()) {
            (false, Some(run), Some(map)) if !run.pairs.is_empty() => {
                forces_among(&self.shown_phrases(), run, map, self.step(), (None, self.held()))
            }
            _ => Vec::new(),
        }
    }

    /// The key of the batch on the map now, while `hovered` is pointed at.
    pub fn batch_key(&self, hovered: Option<PhraseId>) -> BatchKey {
        let wished = [hovered, self.batch_look.chosen, self.selected];
        BatchKey { forces: self.forces_key(), wished, shows_all: self.batch_look.shows_all }
    }

    /// The batch that follows the step shown, seen from the anchor that is pointed at, gone to, selected or strongest; none
    /// on the model's map.
    pub fn shown_batch(&self, hovered: Option<PhraseId>) -> Option<ShownBatch> {
        let (run, map) = (self.run().filter(|run| !run.pairs.is_empty())?, self.run_map()?);
        if self.shows_model() {
            return None;
        }
        let source = Source { shown: &self.shown_phrases(), run, map, step: self.step(), held: self.held() };
        let BatchKey { wished, shows_all, .. } = self.batch_key(hovered);
        Some(ShownBatch::of(&source, shows_all, &wished, &self.forces()))
    }
}
