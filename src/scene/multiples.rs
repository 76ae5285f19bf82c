//! Several small maps side by side: one panel each, all on one scale.
//!
//! A small map has no room for the words of every phrase: it names its groups where they have formed, and
//! the phrases that are pointed at.

use std::collections::BTreeMap;

use super::{LabelRequest, View, place_labels};
use crate::data::{excerpt, one_line};
use crate::drawing::{GroupStyle, Ink, Shape, group_ink};
use crate::playground::{Panel, PhraseId, Place};

/// What is shown of a panel beside its points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PanelLook<'a> {
    /// A phrase with a ring, in all panels.
    pub selected: Option<PhraseId>,
    /// A phrase that is pointed at in any panel.
    pub hovered: Option<PhraseId>,
    /// Names of the groups, in the order of the list.
    pub groups: &'a [std::sync::Arc<str>],
    /// Letters of labels, in pixels.
    pub label_size: f32,
    /// How much of the way from the reference is drawn, 0..=1.
    pub trails: f32,
}

const MARK_RADIUS: f32 = 4.0;
const RING_RADIUS: f32 = 8.0;
/// Margin around the points of a panel, in pixels.
const MARGIN: [f32; 2] = [22.0, 16.0];
/// A group is named once its phrases lie this near to their middle, as a share of the panel's reach.
const FORMED: f64 = 0.22;
/// A way from the reference that is at least this long, in pixels, is named.
const NAMED_TRAIL: f32 = 14.0;

/// How the coordinates of a panel become pixels of `area`.
pub fn panel_view(panel: &Panel, area: [f32; 4]) -> View {
    View::showing(panel.picture.bounds, area, MARGIN)
}

/// The shapes of one panel, from back to front; `measure` gives the width of a label.
pub fn panel_shapes(panel: &Panel, view: &View, look: &PanelLook<'_>, measure: &mut dyn FnMut(&str, bool) -> f32) -> Vec<Shape> {
    let [left, top, right, bottom] = view.area;
    let mut shapes = vec![Shape::Rect { min: [left, top], max: [right, bottom], ink: Ink::Panel, opacity: 1.0 }];
    shapes.extend(cross(view));
    let trails = trails_of(panel, view, look.trails);
    shapes.extend(trails.iter().map(Trail::shape));
    for place in &panel.picture.places {
        let at = view.pixel(place.at);
        let opacity = if place.is_trained { 1.0 } else { 0.55 };
        shapes.push(Shape::Marker {
            at,
            radius: MARK_RADIUS,
            style: GroupStyle::of(place.group),
            ink: group_ink(place.group),
            opacity,
        });
        if look.selected == Some(place.phrase) || look.hovered == Some(place.phrase) {
            shapes.push(Shape::Ring { at, radius: RING_RADIUS, ink: Ink::Accent });
        }
    }
    let words = words_of(panel, view, look, &trails);
    shapes.extend(group_label_shapes(&words, panel, view, look.label_size, measure));
    shapes
}

/// The axes through 0.
fn cross(view: &View) -> [Shape; 2] {
    let [x, y] = view.pixel([0.0, 0.0]);
    let [left, top, right, bottom] = view.area;
    let line = |points| Shape::Path { points, width: 1.0, ink: Ink::Line, opacity: 0.8, dashed: false };
    [line(vec![[x, top], [x, bottom]]), line(vec![[left, y], [right, y]])]
}

/// The way from a phrase's place in the reference to its place here.
struct Trail {
    phrase: PhraseId,
    from: [f32; 2],
    to: [f32; 2],
    ink: Ink,
}

impl Trail {
    fn length(&self) -> f32 {
        (self.to[0] - self.from[0]).hypot(self.to[1] - self.from[1])
    }

    fn shape(&self) -> Shape {
        Shape::Path { points: vec![self.from, self.to], width: 1.5, ink: self.ink, opacity: 0.55, dashed: false }
    }
}

fn trails_of(panel: &Panel, view: &View, share: f32) -> Vec<Trail> {
    let trail = |place: &Place| {
        let (from, to) = (view.pixel(*panel.origins.get(&place.phrase)?), view.pixel(place.at));
        let from = [to[0] + share * (from[0] - to[0]), to[1] + share * (from[1] - to[1])];
        let trail = Trail { phrase: place.phrase, from, to, ink: group_ink(place.group) };
        (trail.length() > 1.0).then_some(trail)
    };
    panel.picture.places.iter().filter_map(trail).collect()
}

/// Something to write into a panel.
struct Words {
    at: [f32; 2],
    text: String,
    ink: Ink,
    strong: bool,
    importance: u8,
}

fn words_of(panel: &Panel, view: &View, look: &PanelLook<'_>, trails: &[Trail]) -> Vec<Words> {
    let named = |id: PhraseId, importance: u8, strong: bool| {
        let place = panel.picture.place(id)?;
        let text = excerpt(&one_line(&place.text), 26);
        Some(Words { at: view.pixel(place.at), text, ink: Ink::Text, strong, importance })
    };
    let longest = trails.iter().filter(|trail| trail.length() >= NAMED_TRAIL).max_by(|a, b| a.length().total_cmp(&b.length()));
    let mut words: Vec<Words> = look.hovered.and_then(|id| named(id, 3, true)).into_iter().collect();
    let selected = look.selected.filter(|id| look.hovered != Some(*id));
    words.extend(selected.and_then(|id| named(id, 2, true)));
    words.extend(
        longest
            .filter(|trail| ![look.hovered, look.selected].contains(&Some(trail.phrase)))
            .and_then(|trail| named(trail.phrase, 1, false)),
    );
    words.extend(group_words(panel, view, look.groups));
    words
}

/// The names of the groups that have formed, at their middles.
fn group_words(panel: &Panel, view: &View, names: &[std::sync::Arc<str>]) -> Vec<Words> {
    let mut members: BTreeMap<usize, Vec<[f64; 2]>> = BTreeMap::new();
    for place in &panel.picture.places {
        if let Some(group) = place.group {
            members.entry(group).or_default().push(place.at);
        }
    }
    let reach = panel.picture.bounds[2] - panel.picture.bounds[0];
    let word = |(group, places): (usize, Vec<[f64; 2]>)| {
        let n = places.len() as f64;
        let middle = places.iter().fold([0.0, 0.0], |sum, at| [sum[0] + at[0] / n, sum[1] + at[1] / n]);
        let spread = places.iter().map(|at| (at[0] - middle[0]).hypot(at[1] - middle[1])).sum::<f64>() / n;
        let text = excerpt(names.get(group)?, 18);
        let has_formed = places.len() > 1 && spread < FORMED * reach / 2.0;
        has_formed.then(|| Words { at: view.pixel(middle), text, ink: group_ink(Some(group)), strong: true, importance: 1 })
    };
    members.into_iter().filter_map(word).collect()
}

fn group_label_shapes(
    words: &[Words],
    panel: &Panel,
    view: &View,
    size: f32,
    measure: &mut dyn FnMut(&str, bool) -> f32,
) -> Vec<Shape> {
    let request = |words: &Words| LabelRequest {
        point: words.at,
        size: [measure(&words.text, words.strong), size * 1.3],
        radius: RING_RADIUS - 1.0,
        importance: words.importance,
        before: None,
    };
    let mut requests: Vec<LabelRequest> = words.iter().map(request).collect();
    // Marks ask for no words, but words keep off them.
    let mark = |place: &Place| LabelRequest {
        point: view.pixel(place.at),
        size: [0.0, 0.0],
        radius: MARK_RADIUS,
        importance: 0,
        before: None,
    };
    requests.extend(panel.picture.places.iter().map(mark));
    let mut shapes = Vec::new();
    for ((words, request), label) in words.iter().zip(&requests).zip(place_labels(&requests, view.area)) {
        let Some(label) = label else { continue };
        if let Some(end) = label.leader {
            shapes.push(Shape::Path { points: vec![words.at, end], width: 1.0, ink: Ink::Weak, opacity: 0.6, dashed: false });
        }
        let half = size * 0.62;
        let right = label.at[0] + request.size[0] + 2.0;
        shapes.push(Shape::Rect {
            min: [label.at[0] - 2.0, label.at[1] - half],
            max: [right, label.at[1] + half],
            ink: Ink::Panel,
            opacity: 0.75,
        });
        shapes.push(Shape::Text {
            at: label.at,
            text: words.text.clone(),
            size,
            ink: words.ink,
            strong: words.strong,
            opacity: 1.0,
        });
    }
    shapes
}

/// Where `n` panels go in `area`: left, top, right, bottom of each, row by row, as square as can be.
pub fn panel_grid(n: usize, area: [f32; 4], gap: f32) -> Vec<[f32; 4]> {
    let [width, height] = [area[2] - area[0], area[3] - area[1]];
    let side = |columns: usize| {
        let rows = n.div_ceil(columns.max(1)).max(1);
        let cell = [(width - gap * (columns - 1) as f32) / columns as f32, (height - gap * (rows - 1) as f32) / rows as f32];
        // Empty places at the end look unfinished.
        let filled = n as f32 / (rows * columns) as f32;
        (cell[0].min(cell[1]) * filled * filled, cell)
    };
    let columns = (1..=n.max(1)).max_by(|a, b| side(*a).0.total_cmp(&side(*b).0).then(b.cmp(a))).unwrap_or(1);
    let (_, cell) = side(columns);
    let place = |index: usize| {
        let at = [area[0] + (index % columns) as f32 * (cell[0] + gap), area[1] + (index / columns) as f32 * (cell[1] + gap)];
        [at[0], at[1], at[0] + cell[0], at[1] + cell[1]]
    };
    (0..n).map(place).collect()
}
