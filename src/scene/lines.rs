//! The pairs of a batch on a map: a line from an anchor to each candidate, coloured by their cosine.
//!
//! Not by colour alone: positives are solid and thick, negatives thin and dashed, and the cosine stands on the lines of
//! the anchor that is looked at.

use std::collections::BTreeMap;

use super::words::two_digits;
use crate::drawing::{Ink, Shape};
use crate::playground::{PairLine, PhraseId};

/// Lines drawn at most: more of them hide the map.
pub const MAX_LINES: usize = 60;

/// The colour of a cosine, and how much of it: blue above 0, gold below, the stronger the further from it.
pub fn cosine_ink(cosine: f32) -> (Ink, f32) {
    (if cosine < 0.0 { Ink::Below } else { Ink::Accent }, 0.45 + 0.55 * cosine.abs().min(1.0))
}

/// `lines` between the phrases at `pixels`, and numbers of `size` on those of the anchor `numbered`, which lie above all
/// else.
pub(super) fn line_shapes(
    lines: &[PairLine],
    pixels: &BTreeMap<PhraseId, [f32; 2]>,
    numbered: Option<PhraseId>,
    size: f32,
    measure: &mut dyn FnMut(&str, bool) -> f32,
) -> (Vec<Shape>, Vec<Shape>) {
    let ends = |line: &PairLine| Some([*pixels.get(&line.anchor)?, *pixels.get(&line.candidate)?]);
    let drawn: Vec<(&PairLine, [[f32; 2]; 2])> =
        lines.iter().take(MAX_LINES).filter_map(|line| Some((line, ends(line)?))).collect();
    let shapes = drawn.iter().rev().map(|(line, ends)| line_shape(line, *ends)).collect();
    let (mut numbers, mut taken): (Vec<Shape>, Vec<[f32; 2]>) = (Vec::new(), Vec::new());
    for (line, [from, to]) in drawn.iter().filter(|(line, _)| numbered == Some(line.anchor)) {
        let at = [from[0] + NUMBER_AT * (to[0] - from[0]), from[1] + NUMBER_AT * (to[1] - from[1])];
        // Where numbers would lie on each other the nearer pair has hers; all stand beside the map.
        let is_free = |other: &[f32; 2]| (other[0] - at[0]).abs() > 2.6 * size || (other[1] - at[1]).abs() > 1.2 * size;
        if taken.iter().all(is_free) {
            taken.push(at);
            numbers.extend(number_shapes(line, at, size, measure));
        }
    }
    (shapes, numbers)
}

/// Where on a line its number stands, as a share of it.
const NUMBER_AT: f32 = 0.66;

fn line_shape(line: &PairLine, ends: [[f32; 2]; 2]) -> Shape {
    let (ink, opacity) = cosine_ink(line.cosine);
    let width = if line.is_positive { 3.0 } else { 1.2 };
    Shape::Path { points: ends.to_vec(), width, ink, opacity, dashed: !line.is_positive }
}

fn number_shapes(line: &PairLine, at: [f32; 2], size: f32, measure: &mut dyn FnMut(&str, bool) -> f32) -> [Shape; 2] {
    let text = two_digits(f64::from(line.cosine));
    let half = [measure(&text, line.is_positive) / 2.0 + 2.0, size * 0.62];
    let (min, max) = ([at[0] - half[0], at[1] - half[1]], [at[0] + half[0], at[1] + half[1]]);
    let words = Shape::Text { at: [min[0] + 2.0, at[1]], text, size, ink: Ink::Text, strong: line.is_positive, opacity: 1.0 };
    [Shape::Rect { min, max, ink: Ink::Ground, opacity: 0.85 }, words]
}
