//! Cosines as a square of squares.

use crate::drawing::{Ink, Shape};

/// Squares a side that a heat map has at most: more of them are too small to be seen.
const MAX_CELLS: usize = 100;

/// A square for each two phrases, or for each two blocks of them.
pub(super) struct Heat {
    cells: Vec<f32>,
    /// Squares a side.
    pub(super) n: usize,
    /// Phrases a block.
    pub(super) block: usize,
    /// Pixels a square: whole ones, as squares of others show seams.
    pub(super) pixels: f32,
}

impl Heat {
    /// Of n × n `cosines` with the phrases in `order`, in squares that fit into `side` pixels.
    pub(super) fn of(cosines: &[f32], order: &[usize], side: f32) -> Self {
        let block = order.len().div_ceil(MAX_CELLS.min(side as usize)).max(1);
        let blocks: Vec<&[usize]> = order.chunks(block).collect();
        let mean = |rows: &[usize], columns: &[usize]| {
            let sum: f32 =
                rows.iter().flat_map(|row| columns.iter().map(move |column| cosines[row * order.len() + column])).sum();
            sum / (rows.len() * columns.len()) as f32
        };
        let cells = blocks.iter().flat_map(|rows| blocks.iter().map(|columns| mean(rows, columns))).collect();
        Self { cells, n: blocks.len(), block, pixels: (side / blocks.len().max(1) as f32).floor().max(1.0) }
    }

    /// Pixels of all squares beside each other.
    pub(super) fn side(&self) -> f32 {
        self.pixels * self.n as f32
    }

    /// The more accent, the higher the cosine; the more of the ink of what is below 0, the lower.
    pub(super) fn shapes(&self, [left, top]: [f32; 2]) -> Vec<Shape> {
        let side = self.side();
        let mut shapes = vec![Shape::Rect { min: [left, top], max: [left + side, top + side], ink: Ink::Panel, opacity: 1.0 }];
        for (place, cosine) in self.cells.iter().enumerate() {
            let [x, y] = [left + self.pixels * (place % self.n) as f32, top + self.pixels * (place / self.n) as f32];
            let ink = if *cosine >= 0.0 { Ink::Accent } else { Ink::Below };
            let opacity = (cosine.abs().min(1.0) * 100.0).round() / 100.0;
            if opacity > 0.0 {
                shapes.push(Shape::Rect { min: [x, y], max: [x + self.pixels, y + self.pixels], ink, opacity });
            }
        }
        shapes
    }
}
