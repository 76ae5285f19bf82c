//! The cosines of all phrases with all as a picture: the matrix with names, the spread of all pairs, and the pair that is
//! asked about.

use std::sync::Arc;

use super::chart::Axes;
use super::heat::Heat;
use super::poster::{MARGIN, TEXT_SIZE, ground, title};
use super::words::{broken, fitted, text};
use crate::drawing::{Drawing, Film, Ink, Shape, group_ink, text_width};
use crate::space::{CosineSpread, Similarity};

/// Bars of the spread between -1 and 1.
pub const SPREAD_BINS: usize = 64;

/// The share of pairs in each bar.
pub fn spread_heights(spread: &CosineSpread) -> Vec<f64> {
    let total = spread.n_pairs().max(1) as f64;
    spread.histogram(SPREAD_BINS).iter().map(|count| *count as f64 / total).collect()
}

/// What a picture of all phrases with all shows.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarityPoster {
    /// The matrix, and the spread.
    pub found: Arc<Similarity>,
    /// Its rows in the order shown.
    pub rows: Vec<usize>,
    /// Places of the groups of its phrases in the list of groups.
    pub groups: Vec<Option<usize>>,
    /// What it is.
    pub title: String,
    /// What is shown and counted.
    pub counted: String,
    /// Two phrases, and their cosine.
    pub marked: Option<([Arc<str>; 2], f32)>,
    /// Where that stands among all.
    pub standing: Option<String>,
    /// Width and height in pixels.
    pub size: [f32; 2],
}

/// Room for names.
const NAMES: f32 = 210.0;
/// Width of what stands beside the matrix.
const SIDE: f32 = 380.0;
/// Squares from this size on have names.
const NAMED: f32 = 9.0;
/// Height of the spread.
const SPREAD_HEIGHT: f32 = 190.0;
/// From one line of words to the next.
const LINE: f32 = 18.0;

impl Film for SimilarityPoster {
    fn size(&self) -> [f32; 2] {
        self.size
    }

    fn frame(&self, _index: usize) -> Drawing {
        let [width, height] = self.size;
        let top = MARGIN + 40.0;
        let side = (width - 2.0 * MARGIN - NAMES - SIDE).min(height - top - MARGIN - 24.0);
        let heat = Heat::of(&self.found.cosines, &self.rows, side.max(60.0));
        let corner = [MARGIN + NAMES, top];
        let mut shapes = vec![ground(self.size), title(&self.title, width)];
        shapes.extend(heat.shapes(corner));
        shapes.extend(self.names(&heat, corner));
        shapes.push(text([MARGIN, height - MARGIN], self.legend(&heat), TEXT_SIZE, Ink::Weak, false));
        shapes.extend(self.side_shapes([width - MARGIN - SIDE + 24.0, width - MARGIN], top));
        Drawing { size: self.size, shapes }
    }
}

impl SimilarityPoster {
    fn legend(&self, heat: &Heat) -> String {
        let blocks =
            if heat.block > 1 { format!(" · a square: the mean of {0} × {0} phrases", heat.block) } else { String::new() };
        format!("blue: cosine above 0, gold: below, the stronger the farther; {}{blocks}", self.counted)
    }

    /// The group of each row as a strip, and its name where a square is as high as one.
    fn names(&self, heat: &Heat, [left, top]: [f32; 2]) -> Vec<Shape> {
        let mut shapes = Vec::new();
        let pixel = heat.pixels / heat.block as f32;
        for (place, row) in self.rows.iter().enumerate() {
            let y = top + pixel * place as f32;
            if let Some(group) = self.groups.get(*row).copied().flatten() {
                let strip = ([left - 6.0, y], [left - 2.0, y + pixel]);
                shapes.push(Shape::Rect { min: strip.0, max: strip.1, ink: group_ink(Some(group)), opacity: 1.0 });
            }
            if heat.block == 1
                && heat.pixels >= NAMED
                && let Some(phrase) = self.found.phrases.get(*row)
            {
                let size = heat.pixels.min(TEXT_SIZE);
                let words = fitted(&crate::data::one_line(phrase), size, false, NAMES - 12.0);
                let at = [left - 10.0 - text_width(&words, size, false), y + heat.pixels / 2.0];
                shapes.push(text(at, words, size, Ink::Text, false));
            }
        }
        shapes
    }

    /// The spread, and the pair.
    fn side_shapes(&self, [left, right]: [f32; 2], top: f32) -> Vec<Shape> {
        let heights = spread_heights(&self.found.spread);
        let highest = heights.iter().copied().fold(1e-9, f64::max);
        let axes = Axes {
            area: [left, top + 24.0, right, top + 24.0 + SPREAD_HEIGHT],
            x: [-1.0, 1.0],
            y: [0.0, 1.08 * highest],
            marks: [-1.0, -0.5, 0.0, 0.5, 1.0].map(|value: f64| (value, value.to_string())).into(),
        };
        let mut shapes = vec![text([left, top + 6.0], "Cosines of all pairs", TEXT_SIZE, Ink::Weak, true)];
        shapes.extend(axes.shapes());
        shapes.extend(axes.bars(&heights));
        let Some((texts, cosine)) = &self.marked else { return shapes };
        shapes.push(Shape::Path {
            points: [0.0, 1.08 * highest].map(|y| axes.pixel([f64::from(*cosine), y])).into(),
            width: 2.0,
            ink: Ink::Text,
            opacity: 1.0,
            dashed: false,
        });
        let mut y = top + 24.0 + SPREAD_HEIGHT + 24.0;
        let said = [(texts[0].to_string(), true), (texts[1].to_string(), true), (format!("{cosine:.2}"), true)];
        for (words, strong) in said.into_iter().chain(self.standing.clone().map(|standing| (standing, false))) {
            for line in broken(&words, TEXT_SIZE, strong, right - left).into_iter().take(4) {
                shapes.push(text([left, y], line, TEXT_SIZE, Ink::Text, strong));
                y += LINE;
            }
        }
        shapes
    }
}
