//! A small map of a comparison: where its phrases are, and where they are in the reference.

use std::collections::BTreeMap;

use super::document::{Document, Phrase, PhraseId};
use super::picture::Picture;

/// One of several small maps.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What is shown.
    pub title: String,
    /// Whether the others are turned onto it.
    pub is_reference: bool,
    /// Its phrases. All panels of a comparison have the same bounds.
    pub picture: Picture,
    /// Where the reference has each phrase, once the run is turned onto it.
    pub origins: BTreeMap<PhraseId, [f64; 2]>,
}

/// What any picture is made from: the phrases that are shown, and where the playhead is.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    /// Groups of the phrases.
    pub document: &'a Document,
    /// All phrases, or of a large set the recorded part.
    pub phrases: Vec<&'a Phrase>,
    /// Steps, with the fraction towards the next one.
    pub position: f64,
}

impl Panel {
    /// A panel that is no reference, alone on its axes: its bounds are the square around 0 that holds `bounds`.
    pub(super) fn alone(title: String, mut picture: Picture, bounds: [f64; 4]) -> Self {
        let reach = bounds.into_iter().map(f64::abs).fold(1e-9, f64::max);
        picture.bounds = [-reach, -reach, reach, reach];
        Self { title, is_reference: false, picture, origins: BTreeMap::new() }
    }

    /// This panel on its way to `other`, `share` of the way: what a change of the turning shows.
    #[must_use]
    pub fn towards(mut self, other: &Self, share: f64) -> Self {
        let between = |a: [f64; 2], b: [f64; 2]| [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
        for place in &mut self.picture.places {
            if let Some(there) = other.picture.place(place.phrase) {
                place.at = between(place.at, there.at);
            }
            place.trail.clear();
        }
        self
    }
}
