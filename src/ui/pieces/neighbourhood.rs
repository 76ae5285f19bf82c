//! What is near a phrase: in the full space, and where the map is wrong about it.

use crate::data::excerpt;
use crate::playground::{Document, PhraseId, Picture, Playground};
use crate::space::{Coordinates, Neighbour, false_map_neighbours, nearest};

/// Neighbours that are listed.
const N_NEIGHBOURS: usize = 5;

/// What the inspector says of a phrase.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ui) struct Neighbourhood {
    /// Nearest first, with cosines in the full space.
    pub(in crate::ui) nearest: Vec<(PhraseId, f32)>,
    /// Near on the map but not in the space.
    pub(in crate::ui) false_ones: Vec<(PhraseId, f32)>,
    /// Numbers a vector.
    pub(in crate::ui) dims: usize,
    /// The space of the cosines.
    pub(in crate::ui) space: String,
}

/// A difference of cosines that nobody would call one.
const ALMOST: f32 = 0.05;

impl Neighbourhood {
    /// The neighbourhood of `phrase` in `picture`, which is what the map shows now.
    pub(in crate::ui) fn of(playground: &Playground, picture: &Picture, phrase: PhraseId) -> Option<Self> {
        if playground.explores() {
            return Self::explored(playground, picture, phrase);
        }
        let (ids, vectors) = playground.shown_vectors()?;
        let index = ids.iter().position(|id| *id == phrase)?;
        let places: Vec<f64> = ids.iter().filter_map(|id| picture.place(*id)).flat_map(|place| place.at).collect();
        let named = |found: Vec<Neighbour>| found.iter().map(|neighbour| (ids[neighbour.index], neighbour.cosine)).collect();
        let map = Coordinates { values: places, n_axes: 2 };
        let is_complete = map.points().len() == ids.len();
        Some(Self {
            nearest: named(nearest(&vectors, index, N_NEIGHBOURS)),
            false_ones: if is_complete { named(false_map_neighbours(&vectors, &map, index, N_NEIGHBOURS)) } else { Vec::new() },
            dims: vectors.dims(),
            space: vectors.space().to_string(),
        })
    }

    /// The same where the map shows all phrases, which may be a hundred thousand.
    fn explored(playground: &Playground, picture: &Picture, phrase: PhraseId) -> Option<Self> {
        let nearest = playground.explored_neighbours(phrase, N_NEIGHBOURS)?;
        let here = picture.place(phrase)?.at;
        let distance = |at: [f64; 2]| (at[0] - here[0]).powi(2) + (at[1] - here[1]).powi(2);
        let others = picture.places.iter().filter(|place| place.phrase != phrase);
        let mut near: Vec<(f64, PhraseId)> = others.map(|place| (distance(place.at), place.phrase)).collect();
        if near.len() > N_NEIGHBOURS {
            near.select_nth_unstable_by(N_NEIGHBOURS - 1, |a, b| a.0.total_cmp(&b.0));
            near.truncate(N_NEIGHBOURS);
        }
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        let is_true = |id: &PhraseId| nearest.iter().any(|(other, _)| other == id);
        let false_ones = near.iter().map(|(_, id)| *id).filter(|id| !is_true(id));
        let false_ones = false_ones.filter_map(|id| Some((id, playground.model_cosine(phrase, id)?))).collect();
        Some(Self { nearest, false_ones, dims: picture.space.dims, space: picture.space.to_string() })
    }

    /// The sentences on false neighbours.
    pub(in crate::ui) fn warnings(&self, document: &Document) -> Vec<String> {
        let least = self.nearest.last().map_or(1.0, |(_, cosine)| *cosine);
        let line = |(id, cosine): &(PhraseId, f32)| {
            format!("“{}” is near on the map but not in the space (cosine {cosine:.2}).", excerpt(document.text(*id), 40))
        };
        // What is almost as near as those that are listed is near.
        self.false_ones.iter().filter(|(_, cosine)| cosine + ALMOST < least).take(2).map(line).collect()
    }
}
