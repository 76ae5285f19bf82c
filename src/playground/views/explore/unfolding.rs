//! Asking for maps of who is near whom in place of components, and for clusters; taking what came of it. What such a map
//! is stands in `unfolded.rs`.

use std::sync::Arc;

use super::ExploreState;
use super::unfolded::UnfoldedMap;
use crate::jobs::{Rows, Task, Unfolded, Work};
use crate::playground::document::{Document, PhraseId};
use crate::playground::embedded::Embedded;
use crate::playground::tasks::Aim;
use crate::playground::views::ViewContext;
use crate::space::{Coordinates, Method};

impl ExploreState {
    /// How the map is made.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The map of who is near whom, if one is shown.
    pub fn unfolded(&self) -> Option<&UnfoldedMap> {
        self.unfolded.as_deref()
    }

    /// Makes a map in this way; one on components is there at once.
    pub(super) fn set_method(&mut self, method: Method, context: &mut ViewContext<'_>) {
        self.method = method;
        self.unfolded = None;
        context.tasks.drop_task(Task::Unfold);
        if method.has_directions() {
            return;
        }
        let Some((ids, rows)) = self.rows_shown(context.document, context.embedded) else {
            self.method = Method::Pca;
            return context.tell("No phrase has its vector yet; try again in a moment.", false);
        };
        // It begins where the phrases are shown now.
        let seed = context.document.recipe.seed;
        let places = self.places_of(&ids, &rows.1);
        let map = UnfoldedMap {
            rows: rows.1.clone(),
            ids,
            places,
            epochs: [0, 0],
            is_done: false,
            fidelity: None,
            notes: Vec::new(),
            seed,
        };
        self.unfolded = Some(Box::new(map));
        context.tasks.start(Work::Unfold(rows, method, 2, seed), Aim::Nothing);
    }

    fn rows_shown(&self, document: &Document, embedded: &Embedded) -> Option<(Vec<PhraseId>, Rows)> {
        let shown = self.shown(document, embedded).map(|(phrase, row)| (phrase.id, row.clone()));
        let (ids, rows): (Vec<PhraseId>, Vec<Arc<[f32]>>) = shown.unzip();
        let space = embedded.space()?.clone();
        (!ids.is_empty()).then_some((ids, (space, rows)))
    }

    fn places_of(&self, ids: &[PhraseId], rows: &[Arc<[f32]>]) -> Vec<[f64; 2]> {
        let Some(fitted) = &self.fitted else { return vec![[0.0; 2]; ids.len()] };
        ids.iter().zip(rows).map(|(id, row)| self.place(fitted, *id, row)).map(|[x, y, _]| [x, y]).collect()
    }

    /// Takes the places of a map in the making.
    pub(in crate::playground) fn take_places(&mut self, places: &Coordinates, epochs: [usize; 2]) {
        if let Some(map) = &mut self.unfolded {
            map.places = places.points().map(|point| [point[0], point[1]]).collect();
            map.epochs = epochs;
            self.version += 1;
        }
    }

    /// Takes a map that is done, or that somebody stopped.
    pub(in crate::playground) fn take_unfolded(&mut self, made: Unfolded) {
        self.take_places(&made.places, made.epochs);
        if let Some(map) = &mut self.unfolded {
            (map.is_done, map.fidelity, map.notes) = (true, made.fidelity, made.notes);
        }
    }

    /// There is no such map: back to components.
    pub(in crate::playground) fn leave_unfolding(&mut self) {
        (self.method, self.unfolded) = (Method::Pca, None);
        self.version += 1;
    }

    /// Seeks so many clusters of the phrases that are shown.
    pub(super) fn find_clusters(&mut self, k: usize, context: &mut ViewContext<'_>) {
        let Some((ids, rows)) = self.rows_shown(context.document, context.embedded) else {
            return context.tell("No phrase has its vector yet; try again in a moment.", false);
        };
        let texts = ids.iter().map(|id| Arc::from(context.document.text(*id))).collect();
        let work = Work::FindClusters(rows, texts, k, context.document.recipe.seed);
        self.clustered = ids;
        context.tasks.start(work, Aim::Nothing);
    }

    /// The phrases of which clusters were sought last.
    pub(in crate::playground) fn take_clustered(&mut self) -> Vec<PhraseId> {
        std::mem::take(&mut self.clustered)
    }
}
