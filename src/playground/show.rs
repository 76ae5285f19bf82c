//! What the map shows of the state: its picture, the vectors behind it, the forces on it.

use super::{Force, PhraseId, Picture, Playground, forces_on_map};
use crate::memo::ByPlace;
use crate::space::{MapAxes, Vectors, normalised_rows};
use crate::train::{Axes, LearnerKind, Run, RunMap, Start, random_vector};

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
}

/// What the forces on the map depend on: as a picture, but for the way between two steps.
#[derive(Debug, Clone, PartialEq)]
pub struct ForcesKey {
    revision: u64,
    step: usize,
    run: Option<ByPlace<Run>>,
    run_map: Option<ByPlace<RunMap>>,
}

impl Playground {
    /// Whether the map shows the model's own vectors, which do not move.
    ///
    /// A run that starts elsewhere shares no space with the model, so it can't be drawn on its map.
    pub fn shows_model(&self) -> bool {
        self.axes() == Axes::Model && self.run().is_none_or(|run| !run.starts_on_the_model_map())
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
        }
    }

    /// The key of the forces on the map now.
    pub fn forces_key(&self) -> ForcesKey {
        let run = self.run().filter(|_| !self.shows_model()).cloned().map(ByPlace);
        ForcesKey { revision: self.revision(), step: self.step(), run, run_map: self.run_map().cloned().map(ByPlace) }
    }

    /// What the map shows now; `None` until there is something.
    pub fn picture(&self) -> Option<Picture> {
        if self.shows_model() {
            let vector_of = |text: &str| self.model_vector(text).map(<[f32]>::to_vec);
            return Some(Picture::of_model(self.document(), &self.shown_phrases(), self.model_map()?, &vector_of));
        }
        let run = self.run()?;
        Picture::of_run(self.document(), &self.shown_phrases(), run, self.run_map()?, self.position(), &|text| {
            self.start_of(run, text)
        })
    }

    /// Where a phrase that the run does not know would begin. Only free vectors stay there: what a model
    /// makes of a phrase later can't be known before it is asked.
    fn start_of(&self, run: &Run, text: &str) -> Option<Vec<f32>> {
        if run.recipe.learner != LearnerKind::Vectors {
            return None;
        }
        match run.recipe.start {
            Start::Random => Some(random_vector(run.recipe.seed, text, run.recipe.dims)),
            Start::Model => {
                let length = (run.recipe.dims as f32).sqrt();
                let unit = normalised_rows(self.model_vector(text)?, run.recipe.dims);
                Some(unit.iter().map(|x| x * length).collect())
            }
        }
    }

    /// The vectors behind the picture, with the phrase of each row: what cosines are computed from.
    pub fn shown_vectors(&self) -> Option<(Vec<PhraseId>, Vectors)> {
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
            (false, Some(run), Some(map)) if !run.pairs.is_empty() => forces_on_map(&self.shown_phrases(), run, map, self.step()),
            _ => Vec::new(),
        }
    }
}
