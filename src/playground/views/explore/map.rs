//! What the map of all phrases shows: their places on the chosen components, the axes in words, and who is near whom.

use std::sync::Arc;

use super::{ExploreState, Fitted};
use crate::playground::document::{Document, Phrase, PhraseId};
use crate::playground::embedded::Embedded;
use crate::playground::picture::{Picture, Place};
use crate::space::{Coordinates, N_COMPONENTS, Neighbour, nearest_of};
use crate::train::bounds_of;

impl ExploreState {
    /// The phrases that are shown and have their vectors, in the order of the list.
    pub(in crate::playground) fn shown<'a>(
        &'a self,
        document: &'a Document,
        embedded: &'a Embedded,
    ) -> impl Iterator<Item = (&'a Phrase, &'a Arc<[f32]>)> + Clone {
        let rows = document.phrases.iter().zip(embedded.rows());
        rows.filter_map(|(phrase, row)| Some((phrase, row.as_ref()?))).filter(|(phrase, _)| self.shows(phrase.id))
    }

    /// How many phrases are to be shown, whether they have their vectors or not.
    pub(in crate::playground) fn n_shown(&self, document: &Document) -> usize {
        self.isolated.as_ref().map_or(document.phrases.len(), |isolated| isolated.len())
    }

    /// What the map shows; `None` until there are axes.
    pub(in crate::playground) fn picture(&self, document: &Document, embedded: &Embedded) -> Option<Picture> {
        let fitted = self.fitted.as_ref().filter(|fitted| embedded.space().is_some_and(|space| fitted.key.space == **space))?;
        let mut places: Vec<(f64, Place)> = Vec::new();
        let mut reach = 0.0_f64;
        for (phrase, vector) in self.shown(document, embedded) {
            let at = match &self.unfolded {
                Some(map) => map.place(phrase.id, vector).map(|[x, y]| [x, y, 0.0]),
                None => Some(self.place(fitted, phrase.id, vector)),
            };
            let Some(at) = at else { continue };
            reach = reach.max(at.iter().map(|x| x * x).sum::<f64>().sqrt());
            let [across, up, near] = if self.unfolded.is_some() { at } else { self.seen(at) };
            let place = Place {
                phrase: phrase.id,
                text: phrase.text.clone(),
                group: document.group_index(phrase.group),
                at: [across, up],
                trail: Vec::new(),
                is_trained: true,
                is_random: false,
            };
            places.push((near, place));
        }
        if self.depth.is_some() && self.unfolded.is_none() {
            places.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let places: Vec<Place> = places.into_iter().map(|(_, place)| place).collect();
        let all = Coordinates { values: places.iter().flat_map(|place| place.at).collect(), n_axes: 2 };
        // Turning the cloud must not move the camera.
        let bounds = if self.depth.is_some() && self.unfolded.is_none() {
            [-reach, -reach, reach, reach]
        } else {
            bounds_of(std::iter::once(&all))
        };
        let shares = fitted.components.axes().shares();
        Some(Picture {
            bounds,
            shares: self
                .unfolded
                .is_none()
                .then(|| self.components.map(|component| shares.get(component).copied().unwrap_or(0.0))),
            caption: match &self.unfolded {
                Some(map) => map.caption(self.method),
                None => self.caption(fitted, places.len()),
            },
            space: fitted.key.space.clone(),
            places,
            step: None,
            keeps_pairs_back: false,
        })
    }

    /// Across, up and towards the eye on the chosen components, before the cloud is turned.
    pub(super) fn place(&self, fitted: &Fitted, phrase: PhraseId, vector: &Arc<[f32]>) -> [f64; 3] {
        let row = fitted.ids.binary_search(&phrase).ok().filter(|row| Arc::ptr_eq(&fitted.rows[*row], vector));
        let place = row.and_then(|row| fitted.components.place(row));
        // What came after the axes were fitted has its place on them all the same.
        let fresh = place.is_none().then(|| fitted.components.place_of(vector));
        let place = place.or(fresh.as_ref().map(<[f32; N_COMPONENTS]>::as_slice)).unwrap_or(&[]);
        let component = |index: usize| place.get(index).copied().map_or(0.0, f64::from);
        let [across, up] = self.turn.apply(self.components.map(component));
        [across, up, self.depth.map_or(0.0, component)]
    }

    /// The same as it is seen when the cloud is turned: about the upright axis, then about the one across.
    fn seen(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let [yaw, pitch] = self.turned.map(f64::to_radians);
        let (across, near) = (x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin());
        [across, y * pitch.cos() - near * pitch.sin(), y * pitch.sin() + near * pitch.cos()]
    }

    fn caption(&self, fitted: &Fitted, n_shown: usize) -> String {
        let n_fitted = fitted.ids.len();
        let of = match &self.isolated {
            Some(_) if fitted.key.isolated.is_some() => format!("the {n_fitted} phrases shown alone"),
            _ if n_fitted == n_shown || fitted.key.isolated.is_some() => format!("all {n_fitted} phrases"),
            _ => format!("{n_fitted} phrases"),
        };
        let [across, up] = self.components.map(|component| component + 1);
        let turn = self.turn_in_words();
        let depth = match self.depth {
            Some(depth) => {
                let share = fitted.components.axes().shares().get(depth).copied().unwrap_or(0.0);
                format!(", {} as depth (keeps {:.0} %)", depth + 1, share * 100.0)
            }
            None => String::new(),
        };
        let held = if self.is_held { ", held" } else { "" };
        format!("PCA of {of}{held} · components {across} × {up}{depth}{turn}")
    }

    /// Nothing is turned without being said.
    fn turn_in_words(&self) -> String {
        let degrees = self.turn.degrees().round();
        match (degrees.abs() >= 1.0, self.turn.mirrors()) {
            (false, false) => String::new(),
            (true, false) => format!(", turned by {degrees:.0}° to stay where they were"),
            (_, true) => ", mirrored to stay where they were".to_owned(),
        }
    }

    /// The `k` phrases nearest to `phrase` by cosine in all dimensions, among those shown.
    pub(in crate::playground) fn nearest(
        &self,
        document: &Document,
        embedded: &Embedded,
        phrase: PhraseId,
        k: usize,
    ) -> Option<Vec<(PhraseId, f32)>> {
        let query = embedded.vector(document.text(phrase))?;
        let shown: Vec<(PhraseId, &[f32])> = self
            .shown(document, embedded)
            .filter(|(other, _)| other.id != phrase)
            .map(|(other, row)| (other.id, &**row))
            .collect();
        let found = nearest_of(query, shown.iter().map(|(_, row)| *row).enumerate(), k);
        Some(found.into_iter().map(|Neighbour { index, cosine }| (shown[index].0, cosine)).collect())
    }
}
