//! What the map shows at one moment: places, trails and forces in map coordinates.
//!
//! No pixels and no colours: `scene` turns a [`Picture`] into shapes, for the window and for files.

use std::sync::Arc;

use super::document::{Document, Phrase, PhraseId};
use crate::choice::Choice;
use crate::numbers::{length_in_turn, wide_length};
use crate::space::{Coordinates, MapAxes, SpaceId};
use crate::train::{Axes, Held, LearnerKind, Run, RunMap, Start, bounds_of};

/// Steps that a trail reaches back.
const TRAIL_STEPS: usize = 12;

/// A phrase on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Which phrase.
    pub phrase: PhraseId,
    /// Its text.
    pub text: Arc<str>,
    /// Place of its group in the list: colour and shape.
    pub group: Option<usize>,
    /// Where it is, in map coordinates.
    pub at: [f64; 2],
    /// Where it was in the last steps, oldest first; ends at `at`.
    pub trail: Vec<[f64; 2]>,
    /// Whether it stands in a pair that was trained on; others stay where they begin, or move with what they
    /// share with those.
    pub is_trained: bool,
    /// Whether its place means nothing: it is random, and nothing has taught it.
    pub is_random: bool,
}

/// A force on a phrase, projected to the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Force {
    /// The phrase it moves.
    pub on: PhraseId,
    /// The phrase it comes from.
    pub from: PhraseId,
    /// Pull or push.
    pub pulls: bool,
    /// Where it points, in map coordinates.
    pub direction: [f64; 2],
    /// Its strength in the full space, as a share of the strongest force of step 0.
    pub strength: f32,
}

/// Everything the map shows at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Phrases that have a place, in the order of the list.
    pub places: Vec<Place>,
    /// Share of the total variance that each axis keeps; `None`: the map has no directions.
    pub shares: Option<[f64; 2]>,
    /// The axes in words.
    pub caption: String,
    /// The space of the vectors shown.
    pub space: SpaceId,
    /// Left, bottom, right, top of all that the map will show over time.
    pub bounds: [f64; 4],
    /// The step shown, if a run is.
    pub step: Option<usize>,
    /// Whether the run keeps pairs back to test with, whose phrases it does not teach.
    pub keeps_pairs_back: bool,
}

impl Picture {
    /// The phrases `shown` in the frame of `run` at `position` (a step and a fraction towards the next), on
    /// the axes of `map`; `outsiders` gives the vectors of phrases that the run does not know.
    pub fn of_run(
        document: &Document,
        shown: &[&Phrase],
        run: &Run,
        map: &RunMap,
        position: f64,
        outsiders: &dyn Fn(&str) -> Option<Vec<f32>>,
    ) -> Option<Self> {
        let step = position.floor() as usize;
        let index = run.frames.index_at(step);
        let axes = map.fitted(index)?;
        let trained = trained_rows(run);
        let begins_at_random = run.recipe.learner == LearnerKind::Vectors && run.recipe.start == Start::Random;
        let axes_of_now = AxesOfNow::of(run, axes);
        let places = shown.iter().filter_map(|phrase| {
            let row = run.row_of(&phrase.text);
            let (at, trail) = match row {
                Some(row) => (place_between(run, map, index, position, row)?, trail_of(run, map, index, row, &axes_of_now)),
                None => {
                    let vector = outsiders(&phrase.text)?;
                    (point(axes.position(&run.shown_values(&vector)))?, Vec::new())
                }
            };
            let trail = trail.into_iter().chain([at]).collect();
            let is_trained = row.is_some_and(|row| trained[row]);
            Some(Place {
                phrase: phrase.id,
                text: phrase.text.clone(),
                group: document.group_index(phrase.group),
                at,
                trail,
                is_trained,
                is_random: begins_at_random && !is_trained,
            })
        });
        Some(Self {
            places: places.collect(),
            shares: Some(two(&axes.shares())),
            caption: caption_of_run(run, map),
            space: run.space.at_step(run.frames.steps().get(index).copied().unwrap_or(0)),
            bounds: map.bounds(),
            step: Some(step),
            keeps_pairs_back: !run.held_out.is_empty(),
        })
    }

    /// The model's own vectors on the model's map.
    pub fn of_model(
        document: &Document,
        shown: &[&Phrase],
        axes: &MapAxes,
        vector_of: &dyn Fn(&str) -> Option<Vec<f32>>,
    ) -> Self {
        let place = |phrase: &&Phrase| {
            let at = point(axes.position(&vector_of(&phrase.text)?))?;
            let group = document.group_index(phrase.group);
            Some(Place {
                phrase: phrase.id,
                text: phrase.text.clone(),
                group,
                at,
                trail: Vec::new(),
                is_trained: true,
                is_random: false,
            })
        };
        let places: Vec<Place> = shown.iter().filter_map(place).collect();
        let all = Coordinates { values: places.iter().flat_map(|place| place.at).collect(), n_axes: 2 };
        Self {
            bounds: bounds_of(std::iter::once(&all)),
            places,
            shares: Some(two(&axes.shares())),
            caption: format!("PCA of the vectors of {}", axes.space().model),
            space: axes.space().clone(),
            step: None,
            keeps_pairs_back: false,
        }
    }

    /// Draws `phrase` where it is held.
    pub(super) fn carry(&mut self, run: &Run, map: &RunMap, phrase: PhraseId, held: &Held) {
        let axes = self.step.and_then(|step| map.fitted(run.frames.index_at(step)));
        let at = axes.and_then(|axes| point(axes.position(&run.shown_values(&held.vector))));
        if let (Some(at), Some(place)) = (at, self.places.iter_mut().find(|place| place.phrase == phrase)) {
            place.at = at;
            place.trail.push(at);
        }
    }

    /// The place of a phrase, if it has one.
    pub fn place(&self, phrase: PhraseId) -> Option<&Place> {
        self.places.iter().find(|place| place.phrase == phrase)
    }

    /// The axes in words and what they keep: "PCA of the whole run · keep 31 % + 22 % of the variance".
    pub fn axes_sentence(&self) -> String {
        match self.shares.map(|shares| shares.map(percent)) {
            Some([x, y]) => format!("Axes: {} · keep {x} + {y} of the variance", self.caption),
            None => self.caption.clone(),
        }
    }
}

/// A share in words; below 1 % with a digit after the point, so that little is not nothing.
fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.01 { format!("{:.1} %", share * 100.0) } else { format!("{:.0} %", share * 100.0) }
}

/// By row: whether a phrase stands in a pair that was trained on.
fn trained_rows(run: &Run) -> Vec<bool> {
    let mut trained = vec![false; run.phrases.len()];
    let rows = run.pairs.iter().flat_map(|pair| [Some(pair.anchor), Some(pair.positive), pair.negative]);
    rows.flatten().for_each(|row| trained[row as usize] = true);
    trained
}

fn point(mut coordinates: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    Some([coordinates.next()?, coordinates.next()?])
}

fn two(shares: &[f64]) -> [f64; 2] {
    [shares.first().copied().unwrap_or(0.0), shares.get(1).copied().unwrap_or(0.0)]
}

fn coordinates(map: &RunMap, index: usize, row: usize) -> Option<[f64; 2]> {
    let at = map.frame(index)?.values.get(2 * row..2 * row + 2)?;
    Some([at[0], at[1]])
}

/// Between two recorded frames a phrase is drawn on the straight line from one place to the next.
fn place_between(run: &Run, map: &RunMap, index: usize, position: f64, row: usize) -> Option<[f64; 2]> {
    let here = coordinates(map, index, row)?;
    let steps = run.frames.steps();
    let (Some(next), Some(from), Some(to)) = (coordinates(map, index + 1, row), steps.get(index), steps.get(index + 1)) else {
        return Some(here);
    };
    let t = ((position - *from as f64) / (to - from) as f64).clamp(0.0, 1.0);
    Some([here[0] + t * (next[0] - here[0]), here[1] + t * (next[1] - here[1])])
}

/// The way of the last steps on the axes of now: where axes turn, a place that was drawn on others is no part of it.
fn trail_of(run: &Run, map: &RunMap, index: usize, row: usize, axes: &AxesOfNow<'_>) -> Vec<[f64; 2]> {
    let steps = run.frames.steps();
    let oldest = run.frames.index_at(steps.get(index).copied().unwrap_or(0).saturating_sub(TRAIL_STEPS));
    let frames = oldest..=index;
    match map.axes() {
        Axes::ThisStep => frames.filter_map(|frame| axes.place(run.frames.vector(frame, row))).collect(),
        _ => frames.filter_map(|frame| coordinates(map, frame, row)).collect(),
    }
}

/// Axes on which many vectors of a run are drawn, as they are shown.
struct AxesOfNow<'a> {
    axes: &'a MapAxes,
    /// Where the vector of zeros lies.
    origin: [f64; 2],
    shows_unit: bool,
}

impl<'a> AxesOfNow<'a> {
    fn of(run: &Run, axes: &'a MapAxes) -> Self {
        let zeros = vec![0.0_f32; run.recipe.dims];
        let origin = point(axes.position(&zeros)).unwrap_or_default();
        Self { axes, origin, shows_unit: run.recipe.shows_unit_vectors() }
    }

    /// The place of a vector as it is recorded; without a copy of it, because trails are made of many.
    fn place(&self, raw: &[f32]) -> Option<[f64; 2]> {
        let [x, y] = point(self.axes.direction(raw))?;
        let length = if self.shows_unit { wide_length(raw) } else { 1.0 };
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        Some([self.origin[0] + x * scale, self.origin[1] + y * scale])
    }
}

fn caption_of_run(run: &Run, map: &RunMap) -> String {
    let axes = match map.axes() {
        Axes::WholeRun => "PCA of the whole run, which knows its end: the start looks sorted already".to_owned(),
        Axes::ThisStep => "PCA of each step, smoothed: axes turn with the vectors".to_owned(),
        Axes::FirstStep if run.recipe.starts_on_the_model_map() => "PCA of the first step, the model's map".to_owned(),
        Axes::Random => "random directions".to_owned(),
        Axes::Model => "PCA of the model's vectors, where this run starts".to_owned(),
        Axes::FirstStep | Axes::LastStep => format!("PCA of the {}", map.axes().label()),
    };
    if !run.is_subset() {
        return axes;
    }
    // Never a silent sample.
    format!("{axes} · {} of {} phrases, {}", run.phrases.len(), run.n_phrases, run.recipe.subset.label())
}

/// All forces of the batch that follows `step` on and from phrases `shown`, projected, strongest first.
pub fn forces_on_map(shown: &[&Phrase], run: &Run, map: &RunMap, step: usize) -> Vec<Force> {
    forces_among(shown, run, map, step, (None, None))
}

/// The same, but of one anchor with its candidates, if a row is given; with one vector where it is held, if it is.
pub(super) fn forces_among(
    shown: &[&Phrase],
    run: &Run,
    map: &RunMap,
    step: usize,
    (anchor, held): (Option<u32>, Option<&Held>),
) -> Vec<Force> {
    let Some(axes) = map.fitted(run.frames.index_at(step)) else { return Vec::new() };
    let mut ids: Vec<Option<PhraseId>> = vec![None; run.phrases.len()];
    for phrase in shown {
        run.row_of(&phrase.text).into_iter().for_each(|row| ids[row] = Some(phrase.id));
    }
    let mut raw = run.frames.raw(run.frames.index_at(step));
    let dims = run.recipe.dims;
    held.iter().for_each(|held| raw[held.row as usize * dims..][..dims].copy_from_slice(&held.vector));
    let mut forces: Vec<Force> = Vec::new();
    for force in run.forces_among(step, anchor, held).forces {
        let scale = shown_scale(run, &raw[force.on as usize * dims..][..dims]);
        let moved: Vec<f32> = force.force.iter().map(|x| x * scale).collect();
        let ends = ids[force.on as usize].zip(ids[force.from as usize]);
        if let (Some((on, from)), Some(direction)) = (ends, point(axes.direction(&moved))) {
            let strength = force.length() / run.strongest_force();
            forces.push(Force { on, from, pulls: force.pulls, direction, strength });
        }
    }
    forces.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    forces
}

/// Where unit vectors are shown, a small movement of a vector moves its picture by one over its length.
fn shown_scale(run: &Run, vector: &[f32]) -> f32 {
    let length = length_in_turn(vector);
    if run.recipe.shows_unit_vectors() && length > 0.0 { 1.0 / length } else { 1.0 }
}
