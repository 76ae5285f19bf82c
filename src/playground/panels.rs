//! One run of a comparison as a picture: where its phrases are, and where they are in the reference.

use std::collections::BTreeMap;

use super::{Document, Phrase, PhraseId, Picture, Playground};
use crate::compare::{Comparison, Layout, Turning};
use crate::train::bounds_of;

/// One of several small maps.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What the run is called.
    pub title: String,
    /// Whether the others are turned onto it.
    pub is_reference: bool,
    /// Its phrases. All panels of a comparison have the same bounds.
    pub picture: Picture,
    /// Where the reference has each phrase, once the run is turned onto it.
    pub origins: BTreeMap<PhraseId, [f64; 2]>,
}

/// Run `index` of `comparison` at `position` (a step and a fraction towards the next).
pub fn seed_panel(
    document: &Document,
    shown: &[&Phrase],
    (comparison, layout): (&Comparison, &Layout),
    index: usize,
    turning: Turning,
    position: f64,
) -> Option<Panel> {
    let picture_of = |index: usize| {
        let (run, map) = (comparison.runs.get(index)?, layout.map(index, turning)?);
        let position = position.min(run.last_step() as f64);
        Picture::of_run(document, shown, run, map, position, &|_| None)
    };
    let mut picture = picture_of(index)?;
    picture.bounds = [-layout.reach, -layout.reach, layout.reach, layout.reach];
    let is_reference = index == layout.reference;
    let origins = match turning {
        Turning::Aligned if !is_reference => {
            picture_of(layout.reference)?.places.into_iter().map(|place| (place.phrase, place.at)).collect()
        }
        _ => BTreeMap::new(),
    };
    let mark = if is_reference { " · reference" } else { "" };
    Some(Panel { title: format!("{}{mark}", comparison.name(index)), is_reference, picture, origins })
}

impl Panel {
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

impl Playground {
    /// Run `index` of those that are compared, at the step shown; `None` until there is one.
    pub fn seed_panel(&self, index: usize, turning: Turning) -> Option<Panel> {
        let (comparison, layout) = (self.seeds().comparison()?, self.seeds().layout()?);
        seed_panel(self.document(), &self.shown_phrases(), (comparison, layout), index, turning, self.position())
    }

    /// The map of one of the two models that are compared.
    pub fn model_panel(&self, side: usize) -> Option<Panel> {
        let comparison = self.models().comparison()?;
        let (shown, axes, places) = (comparison.sides.get(side)?, comparison.axes.get(side)?, comparison.places.get(side)?);
        let rows: BTreeMap<&str, usize> = comparison.phrases.iter().enumerate().map(|(row, text)| (&**text, row)).collect();
        let vector_of = |text: &str| shown.vectors.get(*rows.get(text)?).map(<[f32]>::to_vec);
        let mut picture = Picture::of_model(self.document(), &self.shown_phrases(), axes, &vector_of);
        picture.bounds = square(bounds_of(std::iter::once(places)));
        Some(Panel { title: shown.subject.to_string(), is_reference: false, picture, origins: BTreeMap::new() })
    }

    /// The map of the run at the `index`-th of several dimensions, at its last step.
    pub fn dimension_panel(&self, index: usize) -> Option<Panel> {
        let point = self.dimensions().sweep()?.points.get(index)?;
        let (run, last) = (&point.run, point.run.last_step());
        let mut picture = Picture::of_run(self.document(), &self.shown_phrases(), run, &point.map, last as f64, &|_| None)?;
        picture.bounds = square(bounds_of(point.map.frame(run.frames.len().saturating_sub(1)).into_iter()));
        Some(Panel { title: format!("d = {}", point.dims), is_reference: false, picture, origins: BTreeMap::new() })
    }
}

/// The square around 0 that holds `bounds`.
fn square(bounds: [f64; 4]) -> [f64; 4] {
    let reach = bounds.into_iter().map(f64::abs).fold(1e-9, f64::max);
    [-reach, -reach, reach, reach]
}
