//! Maps of who is near whom in place of components, and clusters: what is asked of the worker, and what came of it.

use std::sync::Arc;

use super::ExploreState;
use crate::choice::Choice;
use crate::jobs::{FoundClusters, Rows, Task, Unfolded, Work};
use crate::playground::document::{Document, PhraseId};
use crate::playground::embedded::Embedded;
use crate::playground::tasks::Aim;
use crate::playground::views::ViewContext;
use crate::playground::{Edit, Playground};
use crate::space::{Coordinates, Fidelity, Method};

/// A map of who is near whom, perhaps in the making.
#[derive(Debug, Clone)]
pub struct UnfoldedMap {
    /// In ascending order.
    ids: Vec<PhraseId>,
    rows: Vec<Arc<[f32]>>,
    places: Vec<[f64; 2]>,
    epochs: [usize; 2],
    is_done: bool,
    fidelity: Option<Fidelity>,
    notes: Vec<String>,
    seed: u64,
}

impl UnfoldedMap {
    /// Where a phrase lies; `None` if it came, or got another vector, after the map was begun.
    pub(super) fn place(&self, phrase: PhraseId, vector: &Arc<[f32]>) -> Option<[f64; 2]> {
        let row = self.ids.binary_search(&phrase).ok().filter(|row| Arc::ptr_eq(&self.rows[*row], vector))?;
        self.places.get(row).copied()
    }

    /// Phrases on it.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// What could not be done as asked, in sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How faithful it is, once that is known.
    pub fn fidelity(&self) -> Option<&Fidelity> {
        self.fidelity.as_ref()
    }

    /// "t-SNE of 42 phrases, 500 of 500 epochs, trustworthiness 0.97, continuity 0.95".
    pub(super) fn caption(&self, method: Method) -> String {
        let [done, all] = self.epochs;
        let epochs = match (self.is_done, all) {
            (_, 0) => String::new(),
            (true, _) if done < all => format!(", stopped after {done} of {all} epochs"),
            (true, _) => format!(", {all} epochs"),
            (false, _) => format!(", {done} of {all} epochs"),
        };
        let seed = if method == Method::Umap { format!(", seed {}", self.seed) } else { String::new() };
        let faithful = self.fidelity.map_or(String::new(), |of| {
            let part = if of.n_rows < of.n { format!(" by {} of them", of.n_rows) } else { String::new() };
            let (trust, continuity, k) = (of.trustworthiness, of.continuity, of.k);
            format!(" · trustworthiness {trust:.2}, continuity {continuity:.2} ({k} neighbours{part})")
        });
        let caution = method.caution().map_or(String::new(), |_| " · distances mean little".to_owned());
        format!("{} of {} phrases{seed}{epochs}{faithful}{caution}", method.label(), self.len())
    }
}

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
}

impl Playground {
    /// Clusters that were found are the groups from now on, until Undo.
    pub(in crate::playground) fn take_clusters(&mut self, found: FoundClusters) {
        let ids = std::mem::take(&mut self.views.explore.clustered);
        let members = |rows: Vec<usize>| rows.into_iter().filter_map(|row| ids.get(row).copied()).collect();
        let groups: Vec<(String, Vec<PhraseId>)> = found.groups.into_iter().map(|(name, rows)| (name, members(rows))).collect();
        let (n, seed) = (groups.len(), self.document.recipe.seed);
        self.edit_undoably(Edit::Regroup(groups));
        let text = format!(
            "{n} clusters found by k-means in all dimensions (seed {seed}), called by the words that set them apart. They are the groups now: double-click one in the list to rename it; Undo brings the old ones back."
        );
        self.tell(text, false);
    }
}
