//! The map as shapes: grid, trails, forces, markers and labels of one [`Picture`].
//!
//! Pan and zoom come in as a [`View`]; what a click means is the window's business.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::line_shapes;
use super::{ALWAYS, LabelRequest, place_labels};
use crate::data::{excerpt, one_line};
use crate::drawing::{GroupStyle, Ink, Shape, group_ink, text_width};
use crate::playground::{Force, PairLine, PhraseId, Picture, Place};

/// How map coordinates become pixels: equal scales, y upwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Left, top, right, bottom of the map in pixels.
    pub area: [f32; 4],
    /// Map coordinates at the middle of the area.
    pub centre: [f64; 2],
    /// Pixels a unit of the map.
    pub scale: f64,
}

impl View {
    /// Shows `bounds` (left, bottom, right, top in map coordinates) with a margin of `margin` pixels.
    pub fn showing(bounds: [f64; 4], area: [f32; 4], margin: [f32; 2]) -> Self {
        let [left, bottom, right, top] = bounds;
        let room = |pixels: f32, margin: f32| f64::from((pixels - 2.0 * margin).max(20.0));
        let span = |a: f64, b: f64| (b - a).max(1e-9);
        let scale =
            (room(area[2] - area[0], margin[0]) / span(left, right)).min(room(area[3] - area[1], margin[1]) / span(bottom, top));
        Self { area, centre: [(left + right) / 2.0, (bottom + top) / 2.0], scale }
    }

    /// The pixel of a map coordinate.
    pub fn pixel(&self, at: [f64; 2]) -> [f32; 2] {
        let middle = [f64::from(self.area[0] + self.area[2]) / 2.0, f64::from(self.area[1] + self.area[3]) / 2.0];
        [(middle[0] + (at[0] - self.centre[0]) * self.scale) as f32, (middle[1] - (at[1] - self.centre[1]) * self.scale) as f32]
    }
}

impl View {
    /// The map coordinate of a pixel.
    pub fn place(&self, pixel: [f32; 2]) -> [f64; 2] {
        let middle = [f64::from(self.area[0] + self.area[2]) / 2.0, f64::from(self.area[1] + self.area[3]) / 2.0];
        let [x, y] = pixel.map(f64::from);
        [self.centre[0] + (x - middle[0]) / self.scale, self.centre[1] - (y - middle[1]) / self.scale]
    }
}

/// What is shown of a picture, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapLook<'a> {
    /// Forces to draw, strongest first.
    pub forces: &'a [Force],
    /// Pairs of the batch to draw as lines, the most telling first.
    pub lines: &'a [PairLine],
    /// The anchor whose lines have their cosine on them.
    pub numbered: Option<PhraseId>,
    /// A phrase with a ring.
    pub selected: Option<PhraseId>,
    /// A phrase whose label comes first.
    pub hovered: Option<PhraseId>,
    /// A phrase that is ringed by whoever draws the map, with a wide ring of [`POINTED_RADIUS`].
    pub pointed_at: Option<PhraseId>,
    /// Phrases that keep their labels in any case.
    pub named: &'a BTreeSet<PhraseId>,
    /// Phrases with a thin ring.
    pub marked: &'a BTreeSet<PhraseId>,
    /// Letters of labels, in pixels.
    pub label_size: f32,
    /// Whether to draw the way of the last steps.
    pub trails: bool,
    /// Candidate places that labels had before.
    pub labels_before: &'a BTreeMap<PhraseId, u8>,
}

/// Forces drawn at most: more of them hide the map.
const MAX_FORCES: usize = 40;

/// Of `forces`, which come strongest first, those that are drawn, and how many are left out: beyond the first 40, or too weak
/// for an arrow to be seen.
pub fn strongest(forces: &[Force]) -> (&[Force], usize) {
    let n_seen = forces.iter().take(MAX_FORCES).take_while(|force| arrow_reach(force) >= SHORTEST_ARROW).count();
    (&forces[..n_seen], forces.len() - n_seen)
}

/// Length of the arrow of a force, in pixels.
fn arrow_reach(force: &Force) -> f32 {
    LONGEST_ARROW * force.strength.sqrt().min(1.25)
}

/// The shapes of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapShapes {
    /// From back to front.
    pub shapes: Vec<Shape>,
    /// Labels of visible points that found no place.
    pub n_hidden_labels: usize,
    /// Where each label went.
    pub labels: MapLabels,
}

/// Where the labels of a map went.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MapLabels {
    /// The candidate place of each, to hand in next time.
    pub places: BTreeMap<PhraseId, u8>,
    /// The box of each, in pixels: left, top, right, bottom.
    pub boxes: BTreeMap<PhraseId, [f32; 4]>,
}

impl MapLabels {
    /// The phrase whose label is at this pixel.
    pub fn at(&self, pixel: [f32; 2]) -> Option<PhraseId> {
        self.boxes.iter().find(|(_, area)| is_inside(pixel, **area)).map(|(phrase, _)| *phrase)
    }
}

/// Radius of a phrase's mark.
const MARK_RADIUS: f32 = 5.5;
/// Radius of the ring around the selected one.
const RING_RADIUS: f32 = 10.5;
/// Radius of the ring around one that is pointed at.
pub const POINTED_RADIUS: f32 = 15.0;
/// Radius of the ring around a marked one.
const MARKED_RADIUS: f32 = 7.5;
/// The strongest force of step 0 is drawn this long, in pixels.
const LONGEST_ARROW: f32 = 64.0;
/// Shorter arrows than this say nothing.
const SHORTEST_ARROW: f32 = 5.0;

/// Turns `picture` into shapes; `measure` gives the width of a label.
pub fn map_shapes(picture: &Picture, view: &View, look: &MapLook<'_>, measure: &mut dyn FnMut(&str, bool) -> f32) -> MapShapes {
    let mut shapes = grid_shapes(view);
    let visible: Vec<(&Place, [f32; 2])> =
        pixels_of(picture, view).filter(|(place, at)| !place.is_random && is_inside(*at, view.area)).collect();
    if look.trails {
        shapes.extend(visible.iter().filter_map(|(place, _)| trail_shape(place, view)));
    }
    let pixels: BTreeMap<PhraseId, [f32; 2]> = visible.iter().map(|(place, at)| (place.phrase, *at)).collect();
    let (lines, numbers) = line_shapes(look.lines, &pixels, look.numbered, look.label_size, measure);
    shapes.extend(lines);
    shapes.extend(look.forces.iter().rev().flat_map(|force| arrow_shapes(force, &pixels)));
    for (place, at) in &visible {
        let opacity = if place.is_trained { 1.0 } else { 0.55 };
        shapes.push(Shape::Marker {
            at: *at,
            radius: MARK_RADIUS,
            style: GroupStyle::of(place.group),
            ink: group_ink(place.group),
            opacity,
        });
        if look.marked.contains(&place.phrase) {
            shapes.push(Shape::Ring { at: *at, radius: MARKED_RADIUS, ink: Ink::Accent });
        }
        if look.selected == Some(place.phrase) {
            shapes.push(Shape::Ring { at: *at, radius: RING_RADIUS, ink: Ink::Accent });
        }
    }
    let area = label_area(picture, view, apart_box(picture, view, measure));
    let (n_hidden_labels, labels) = label_shapes(&visible, look, measure, area, &mut shapes);
    shapes.extend(apart_shapes(picture, view, look, measure));
    shapes.extend(numbers);
    MapShapes { shapes, n_hidden_labels, labels }
}

/// Phrases that stand apart, with their names, at most.
const MAX_APART: usize = 8;
/// If there are more than that, only so many have their names, or they would cover the map: the newest.
const FEW_APART: usize = 2;
/// Room around them.
const APART_MARGIN: f32 = 12.0;
/// Size of their letters, in pixels, at most.
const APART_TEXT: f32 = 14.0;
/// What is said of them, `n` of which are named.
fn apart_words(n: usize, n_all: usize, keeps_pairs_back: bool) -> String {
    let which = if n_all > n { format!(" these {n} and {} more", n_all - n) } else { ":".to_owned() };
    match keeps_pairs_back {
        true => format!("In no pair that is trained:{}", which.trim_end_matches(':')),
        false => format!("In no pair: free vectors know nothing of{which}"),
    }
}

/// Where the phrases of a picture are drawn: at their places, but for those whose places mean nothing. They stand apart, in
/// the lower left corner; where there are many, only the newest are drawn.
pub fn pixels_of<'a>(picture: &'a Picture, view: &View) -> impl Iterator<Item = (&'a Place, [f32; 2])> {
    let view = *view;
    let [left, top, _, bottom] = view.area;
    let n_random = n_apart(picture);
    let n_drawn = n_named(n_random, bottom - top);
    let mut n_behind = n_random;
    let pixel = move |place: &'a Place| {
        if !place.is_random {
            return Some((place, view.pixel(place.at)));
        }
        let row = n_behind;
        n_behind -= 1;
        let at = [left + APART_MARGIN + MARK_RADIUS, bottom - APART_MARGIN - APART_LINE_HEIGHT * (row as f32 - 0.5)];
        (row <= n_drawn).then_some((place, at))
    };
    picture.places.iter().filter_map(pixel)
}

/// Height of a line of those that stand apart, in pixels.
const APART_LINE_HEIGHT: f32 = 20.0;

/// How many of `n` of them are named on a map of this height, in pixels: all, or of too many only the newest.
fn n_named(n: usize, height: f32) -> usize {
    let lines = (height - APART_MARGIN) / APART_LINE_HEIGHT - 1.5;
    let most = (lines.max(1.0) as usize).min(MAX_APART);
    if n > most { most.min(FEW_APART) } else { n }
}

/// Shares of a map of `size`, in pixels, that those that stand apart take: of its width where they stand beside the
/// others, of its height where they stand below them. They stand beside in a low map, which has no height to give away.
pub fn room_apart(picture: &Picture, [width, height]: [f32; 2]) -> [f32; 2] {
    let n_all = n_apart(picture);
    let n = n_named(n_all, height);
    if n == 0 {
        return [0.0, 0.0];
    }
    let taken = (APART_MARGIN + APART_LINE_HEIGHT * (n as f32 + 1.1)) / height.max(1.0);
    // The sentence is wider than most phrases.
    let wide = text_width(&apart_words(n, n_all, picture.keeps_pairs_back), APART_TEXT, false) + 2.0 * APART_MARGIN;
    if taken > 0.3 { [(wide / width.max(1.0)).min(0.6), 0.0] } else { [0.0, taken] }
}

/// Where there is room for labels of others, beside or above the box of those that stand apart.
fn label_area(picture: &Picture, view: &View, apart: Option<[f32; 4]>) -> [f32; 4] {
    let [left, top, right, bottom] = view.area;
    let [on_left, _] = room_apart(picture, [right - left, bottom - top]);
    match apart {
        Some([_, _, end, _]) if on_left > 0.0 => [end, top, right, bottom],
        Some([_, begin, ..]) => [left, top, right, begin],
        None => view.area,
    }
}

/// The ground of those that stand apart: left, top, right, bottom.
fn apart_box(picture: &Picture, view: &View, measure: &mut dyn FnMut(&str, bool) -> f32) -> Option<[f32; 4]> {
    let apart: Vec<(&Place, [f32; 2])> = pixels_of(picture, view).filter(|(place, _)| place.is_random).collect();
    let ((_, [_, top]), (_, [_, bottom])) = (apart.first()?, apart.last()?);
    let words = measure(&apart_words(apart.len(), n_apart(picture), picture.keeps_pairs_back), true);
    let widest = apart.iter().fold(words, |widest, (place, _)| widest.max(measure(&label_text(&place.text), true) + 26.0));
    let left = view.area[0] + APART_MARGIN;
    Some([left - 6.0, top - 1.6 * APART_LINE_HEIGHT, left + widest + 8.0, bottom + 0.6 * APART_LINE_HEIGHT])
}

fn n_apart(picture: &Picture) -> usize {
    picture.places.iter().filter(|place| place.is_random).count()
}

/// Hollow marks with their names under a sentence, on a ground of their own.
fn apart_shapes(picture: &Picture, view: &View, look: &MapLook<'_>, measure: &mut dyn FnMut(&str, bool) -> f32) -> Vec<Shape> {
    let apart: Vec<(&Place, [f32; 2])> = pixels_of(picture, view).filter(|(place, _)| place.is_random).collect();
    let Some(([left, top, right, bottom], (_, first))) = apart_box(picture, view, measure).zip(apart.first()) else {
        return Vec::new();
    };
    let words = apart_words(apart.len(), n_apart(picture), picture.keeps_pairs_back);
    let text = |at, text, ink, strong| Shape::Text { at, text, size: look.label_size.min(APART_TEXT), ink, strong, opacity: 1.0 };
    let mut shapes = vec![Shape::Rect { min: [left, top], max: [right, bottom], ink: Ink::Ground, opacity: 0.92 }];
    shapes.push(text([view.area[0] + APART_MARGIN, first[1] - 1.2 * APART_LINE_HEIGHT], words, Ink::Weak, false));
    for (place, at) in &apart {
        let style = GroupStyle { is_outline: true, ..GroupStyle::of(place.group) };
        shapes.push(Shape::Marker { at: *at, radius: MARK_RADIUS, style, ink: group_ink(place.group), opacity: 1.0 });
        if look.selected == Some(place.phrase) {
            shapes.push(Shape::Ring { at: *at, radius: RING_RADIUS, ink: Ink::Accent });
        }
        let stands_out = look.selected == Some(place.phrase) || look.hovered == Some(place.phrase);
        let beside = if look.pointed_at == Some(place.phrase) { POINTED_RADIUS + 5.0 } else { 14.0 };
        shapes.push(text([at[0] + beside, at[1]], label_text(&place.text), Ink::Text, stands_out));
    }
    shapes
}

fn is_inside(at: [f32; 2], area: [f32; 4]) -> bool {
    at[0] >= area[0] && at[0] <= area[2] && at[1] >= area[1] && at[1] <= area[3]
}

/// Distance of grid lines in map units: 1, 2 or 5 times a power of ten, at least 70 pixels.
pub fn nice_spacing(scale: f64) -> f64 {
    let least = 70.0 / scale;
    let power = 10.0_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|spacing| *spacing >= least).unwrap_or(10.0 * power)
}

/// Thin lines at round numbers of the map.
pub fn grid_shapes(view: &View) -> Vec<Shape> {
    let [left, top, right, bottom] = view.area;
    let spacing = nice_spacing(view.scale);
    let lines = |middle: f64, pixels: f32| {
        let half = f64::from(pixels) / 2.0 / view.scale;
        let (first, last) = (((middle - half) / spacing).ceil() as i64, ((middle + half) / spacing).floor() as i64);
        (first..=last.min(first + 200)).map(move |k| k as f64 * spacing)
    };
    let line = |points| Shape::Path { points, width: 1.0, ink: Ink::Line, opacity: 0.7, dashed: false };
    let vertical = lines(view.centre[0], right - left)
        .map(|x| view.pixel([x, 0.0])[0].round() + 0.5)
        .map(|x| line(vec![[x, top], [x, bottom]]));
    let horizontal = lines(view.centre[1], bottom - top)
        .map(|y| view.pixel([0.0, y])[1].round() + 0.5)
        .map(|y| line(vec![[left, y], [right, y]]));
    vertical.chain(horizontal).collect()
}

fn trail_shape(place: &Place, view: &View) -> Option<Shape> {
    let points: Vec<[f32; 2]> = place.trail.iter().map(|at| view.pixel(*at)).collect();
    (points.len() > 1).then(|| Shape::Path { points, width: 1.5, ink: group_ink(place.group), opacity: 0.35, dashed: false })
}

/// The root of the strength sets length and width, so that weak pushes beside a strong pull can be seen.
fn arrow_shapes(force: &Force, pixels: &BTreeMap<PhraseId, [f32; 2]>) -> Vec<Shape> {
    let Some(from) = pixels.get(&force.on) else { return Vec::new() };
    let length = force.direction[0].hypot(force.direction[1]);
    if length <= f64::EPSILON {
        return Vec::new();
    }
    let along = [(force.direction[0] / length) as f32, (-force.direction[1] / length) as f32];
    let reach = arrow_reach(force);
    let point = |distance: f32| [from[0] + along[0] * distance, from[1] + along[1] * distance];
    let (start, tip, head) =
        (point(MARK_RADIUS + 2.0), point(MARK_RADIUS + 2.0 + reach), 4.0 + 4.0 * force.strength.sqrt().min(1.0));
    let ink = if force.pulls { Ink::Pull } else { Ink::Push };
    let width = 1.0 + 1.8 * force.strength.sqrt().min(1.0);
    let neck = [tip[0] - along[0] * head * 0.8, tip[1] - along[1] * head * 0.8];
    vec![
        Shape::Path { points: vec![start, neck], width, ink, opacity: 0.9, dashed: !force.pulls },
        Shape::Head { tip, along, size: head, ink },
    ]
}

fn label_shapes(
    visible: &[(&Place, [f32; 2])],
    look: &MapLook<'_>,
    measure: &mut dyn FnMut(&str, bool) -> f32,
    area: [f32; 4],
    shapes: &mut Vec<Shape>,
) -> (usize, MapLabels) {
    let stands_out = |phrase: PhraseId| look.selected == Some(phrase) || look.hovered == Some(phrase);
    let texts: Vec<String> = visible.iter().map(|(place, _)| label_text(&place.text)).collect();
    let request = |((place, point), text): (&(&Place, [f32; 2]), &String)| LabelRequest {
        point: *point,
        size: [measure(text, stands_out(place.phrase)), look.label_size * 1.35],
        radius: match Some(place.phrase) {
            phrase if phrase == look.pointed_at => POINTED_RADIUS + 1.0,
            phrase if phrase == look.selected => RING_RADIUS + 1.0,
            _ => MARK_RADIUS + 0.5,
        },
        importance: match place.phrase {
            phrase if look.named.contains(&phrase) => ALWAYS,
            phrase if stands_out(phrase) => 2,
            _ => u8::from(place.is_trained),
        },
        before: look.labels_before.get(&place.phrase).copied(),
    };
    let requests: Vec<LabelRequest> = visible.iter().zip(&texts).map(request).collect();
    let placed = place_labels(&requests, area);
    let mut labels = MapLabels::default();
    for (((place, point), text), label) in visible.iter().zip(texts).zip(&placed) {
        let Some(label) = label else { continue };
        labels.places.insert(place.phrase, label.candidate);
        if let Some(end) = label.leader {
            shapes.push(Shape::Path { points: vec![*point, end], width: 1.0, ink: Ink::Weak, opacity: 0.6, dashed: false });
        }
        // Arrows may pass behind a label but must not make it unreadable.
        let (left, half) = (label.at[0] - 2.0, look.label_size * 0.62);
        let right = left + measure(&text, stands_out(place.phrase)) + 4.0;
        let (top, bottom) = (label.at[1] - half, label.at[1] + half);
        labels.boxes.insert(place.phrase, [left, top, right, bottom]);
        shapes.push(Shape::Rect { min: [left, top], max: [right, bottom], ink: Ink::Ground, opacity: 0.72 });
        let opacity = if place.is_trained || stands_out(place.phrase) { 1.0 } else { 0.7 };
        shapes.push(Shape::Text {
            at: label.at,
            text,
            size: look.label_size,
            ink: Ink::Text,
            strong: stands_out(place.phrase),
            opacity,
        });
    }
    (placed.iter().filter(|label| label.is_none()).count(), labels)
}

/// One line of at most 42 letters; the whole phrase stands in the list and the inspector.
fn label_text(phrase: &str) -> String {
    excerpt(&one_line(phrase), 42)
}
