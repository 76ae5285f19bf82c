//! A search as a picture: the columns of hits, how well judged questions are answered, and where the query lies among the
//! passages, with a line to each of its hits.

use std::sync::Arc;

use super::View;
use super::poster::{MARGIN, TEXT_SIZE, ground, title};
use super::words::{broken, fitted, text, two_digits};
use crate::compare::{SearchIndex, WayHits};
use crate::drawing::{Drawing, Film, GroupStyle, Ink, Mark, Shape};
use crate::space::Coordinates;

/// Passages that are drawn at most: of more, evenly spread ones, and the hits.
const MAX_POINTS: usize = 3_000;

/// Hits that have their rank beside them.
const NAMED_HITS: usize = 3;

/// Radius of a passage.
const DOT: f32 = 2.5;
/// Radius of a hit.
const HIT: f32 = 4.5;
/// Radius of the query.
const RING: f32 = 8.0;
/// From one line of words to the next.
const LINE: f32 = 17.0;

/// Where the query and its hits lie among the passages of `index`, within `area` (left, top, right, bottom in pixels); none
/// where these have no map.
pub fn search_map_shapes(index: &SearchIndex, found: &WayHits, area: [f32; 4]) -> Vec<Shape> {
    let Some((_, places)) = &index.map else { return Vec::new() };
    let view = View::showing(bounds(places, found.query_at), area, [18.0, 14.0]);
    let place = |passage: usize| places.points().nth(passage).map(|point| view.pixel([point[0], point[1]]));
    let step = index.collection.passages.len().div_ceil(MAX_POINTS).max(1);
    let dot = |at: [f32; 2], radius: f32, ink: Ink, opacity: f32| Shape::Marker {
        at,
        radius,
        style: GroupStyle { mark: Mark::Circle, is_outline: false },
        ink,
        opacity,
    };
    let all = places.points().step_by(step).map(|point| dot(view.pixel([point[0], point[1]]), DOT, Ink::Weak, 0.55));
    let mut shapes: Vec<Shape> = all.collect();
    let query = found.query_at.map(|at| view.pixel(at));
    let hits: Vec<(usize, [f32; 2])> = found.hits.iter().filter_map(|hit| Some((hit.rank, place(hit.passage)?))).collect();
    if let Some(query) = query {
        let line = |(_, at): &(usize, [f32; 2])| Shape::Path {
            points: vec![query, *at],
            width: 1.0,
            ink: Ink::Weak,
            opacity: 0.8,
            dashed: false,
        };
        shapes.extend(hits.iter().map(line));
    }
    shapes.extend(hits.iter().map(|(_, at)| dot(*at, HIT, Ink::Accent, 1.0)));
    // More of them would cover each other.
    let named = hits.iter().take(NAMED_HITS);
    shapes.extend(named.map(|(rank, [x, y])| text([x + 6.0, y - 7.0], rank.to_string(), 11.0, Ink::Text, true)));
    if let Some([x, y]) = query {
        shapes.push(Shape::Ring { at: [x, y], radius: RING, ink: Ink::Accent });
        shapes.push(text([x - 3.0, y], "?", TEXT_SIZE, Ink::Text, true));
    }
    shapes
}

/// What is said below it: what the axes are, and what is not drawn.
pub fn search_map_words(index: &SearchIndex) -> String {
    let Some((axes, _)) = &index.map else { return "These passages have no map.".to_owned() };
    let n = index.collection.passages.len();
    let step = n.div_ceil(MAX_POINTS).max(1);
    let drawn = if step > 1 { format!(" · one of {step} of {n} passages is drawn, and every hit") } else { String::new() };
    let share = |axis: usize| axes.shares().get(axis).map_or(0.0, |share| share * 100.0);
    format!(
        "PCA of all passages in {} · keeps {:.0} % + {:.0} %{drawn}",
        index.space().map_or("", |space| &space.model),
        share(0),
        share(1)
    )
}

fn bounds(places: &Coordinates, query: Option<[f64; 2]>) -> [f64; 4] {
    let all = places.points().map(|point| [point[0], point[1]]).chain(query);
    all.fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |[left, bottom, right, top], [x, y]| {
        [left.min(x), bottom.min(y), right.max(x), top.max(y)]
    })
}

/// A column of hits.
#[derive(Debug, Clone, PartialEq)]
pub struct PosterColumn {
    /// What ranks.
    pub title: String,
    /// A few words more.
    pub note: String,
    /// A line for each hit: its rank and what moved, its text, and its number.
    pub hits: Vec<(String, String, String)>,
}

/// What a picture of a search shows.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchPoster {
    /// What it is, with the query.
    pub title: String,
    /// The rankings.
    pub columns: Vec<PosterColumn>,
    /// Measures: what is measured, and a number for each column.
    pub measures: Vec<(String, Vec<Option<f64>>)>,
    /// What was measured on, in words.
    pub measured_on: String,
    /// Where the query lies.
    pub map: Option<(Arc<SearchIndex>, WayHits)>,
    /// Width and height in pixels.
    pub size: [f32; 2],
}

/// Height of what stands below the columns.
const BELOW: f32 = 240.0;
/// Space between columns.
const GAP: f32 = 24.0;

impl Film for SearchPoster {
    fn size(&self) -> [f32; 2] {
        self.size
    }

    fn frame(&self, _index: usize) -> Drawing {
        let [width, height] = self.size;
        let mut shapes = vec![ground(self.size), title(&self.title, width)];
        let top = MARGIN + 40.0;
        let bottom = height - MARGIN - BELOW;
        let column_width = (width - 2.0 * MARGIN + GAP) / self.columns.len().max(1) as f32;
        for (index, column) in self.columns.iter().enumerate() {
            let left = MARGIN + index as f32 * column_width;
            shapes.extend(column.shapes([left, top, left + column_width - GAP, bottom]));
        }
        let middle = width / 2.0;
        shapes.extend(self.measures_shapes([MARGIN, bottom + 16.0, middle - GAP, height - MARGIN]));
        if let Some((index, found)) = &self.map {
            let area = [middle, bottom + 16.0, width - MARGIN, height - MARGIN - LINE];
            shapes.extend(search_map_shapes(index, found, area));
            let words = fitted(&search_map_words(index), 11.0, false, area[2] - area[0]);
            shapes.push(text([middle, height - MARGIN - 4.0], words, 11.0, Ink::Weak, false));
        }
        Drawing { size: self.size, shapes }
    }
}

impl SearchPoster {
    fn measures_shapes(&self, [left, top, right, _]: [f32; 4]) -> Vec<Shape> {
        if self.measures.is_empty() {
            return Vec::new();
        }
        let mut shapes = vec![text([left, top], self.measured_on.clone(), TEXT_SIZE, Ink::Weak, true)];
        let width = (right - left - 110.0) / self.columns.len().max(1) as f32;
        let x = |column: usize| left + 110.0 + column as f32 * width;
        for (index, column) in self.columns.iter().enumerate() {
            let words = fitted(&format!("{} {}", column.title, column.note), 11.0, false, width - 8.0);
            shapes.push(text([x(index), top + LINE * 1.3], words, 11.0, Ink::Weak, false));
        }
        for (row, (name, values)) in self.measures.iter().enumerate() {
            let y = top + LINE * (row as f32 + 2.6);
            shapes.push(text([left, y], name.clone(), TEXT_SIZE, Ink::Text, false));
            for (index, value) in values.iter().enumerate() {
                let words = value.map_or("–".to_owned(), two_digits);
                shapes.push(text([x(index), y], words, TEXT_SIZE, Ink::Text, true));
            }
        }
        shapes
    }
}

impl PosterColumn {
    /// As many hits as there is room for; how many are left out is said.
    fn shapes(&self, [left, top, right, bottom]: [f32; 4]) -> Vec<Shape> {
        const RANK: f32 = 42.0;
        let width = right - left;
        let mut shapes = vec![
            text([left, top], self.title.clone(), 13.0, Ink::Text, true),
            text([left, top + LINE], fitted(&self.note, 11.0, false, width), 11.0, Ink::Weak, false),
        ];
        let mut y = top + LINE * 2.4;
        for (place, (rank, words, number)) in self.hits.iter().enumerate() {
            let lines = broken(words, TEXT_SIZE, false, width - RANK - 44.0);
            if y + LINE * (lines.len().max(1) as f32 + 1.0) > bottom {
                let left_out = format!("and {} more", self.hits.len() - place);
                shapes.push(text([left + RANK, y], left_out, TEXT_SIZE, Ink::Weak, false));
                break;
            }
            shapes.push(text([left, y], rank.clone(), TEXT_SIZE, Ink::Weak, false));
            shapes.push(text([right - 40.0, y], number.clone(), TEXT_SIZE, Ink::Text, true));
            for line in lines {
                shapes.push(text([left + RANK, y], line, TEXT_SIZE, Ink::Text, false));
                y += LINE;
            }
            y += 5.0;
        }
        shapes
    }
}
