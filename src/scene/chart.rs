//! Small charts in pictures: a curve of a few points, or bars, with round marks on the upright axis.

use super::nice_spacing;
use super::words::text;
use crate::drawing::{GroupStyle, Ink, Shape, text_width};

/// Letters of the marks.
const MARK_SIZE: f32 = 11.0;
/// Room for the marks of the upright axis.
const LEFT: f32 = 38.0;
/// Room for those of the other.
const BOTTOM: f32 = 20.0;
/// Pixels between marks of the upright axis, at least.
const APART: f64 = 30.0;
/// Least that `nice_spacing` keeps apart.
const APART_ON_MAPS: f64 = 70.0;

/// What a chart is drawn over.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axes {
    /// Left, top, right, bottom of all of it, in pixels.
    pub(super) area: [f32; 4],
    /// Left and right end.
    pub(super) x: [f64; 2],
    /// Lower and upper end.
    pub(super) y: [f64; 2],
    /// Marks of the horizontal axis, with their words.
    pub(super) marks: Vec<(f64, String)>,
}

impl Axes {
    /// The pixel of a point.
    pub(super) fn pixel(&self, [x, y]: [f64; 2]) -> [f32; 2] {
        let [left, top, right, bottom] = self.inner();
        let share = |value: f64, [from, to]: [f64; 2]| ((value - from) / (to - from).max(1e-12)) as f32;
        [left + share(x, self.x) * (right - left), bottom - share(y, self.y) * (bottom - top)]
    }

    fn inner(&self) -> [f32; 4] {
        let [left, top, right, bottom] = self.area;
        [left + LEFT, top, right - 8.0, bottom - BOTTOM]
    }

    /// Lines and words behind what is drawn.
    pub(super) fn shapes(&self) -> Vec<Shape> {
        let [left, _, right, bottom] = self.inner();
        let mut shapes = Vec::new();
        for (value, words) in upright_marks(self.y, bottom - self.inner()[1]) {
            let y = self.pixel([self.x[0], value])[1].round() + 0.5;
            shapes.push(Shape::Path {
                points: vec![[left, y], [right, y]],
                width: 1.0,
                ink: Ink::Line,
                opacity: 1.0,
                dashed: false,
            });
            let at = [left - 6.0 - text_width(&words, MARK_SIZE, false), y];
            shapes.push(text(at, words, MARK_SIZE, Ink::Weak, false));
        }
        for (value, words) in &self.marks {
            let x = self.pixel([*value, 0.0])[0] - text_width(words, MARK_SIZE, false) / 2.0;
            shapes.push(text([x, bottom + 12.0], words.as_str(), MARK_SIZE, Ink::Weak, false));
        }
        shapes
    }

    /// A curve through `points`, each with its dot.
    pub(super) fn curve(&self, points: &[[f64; 2]]) -> Vec<Shape> {
        let points: Vec<[f32; 2]> = points.iter().map(|point| self.pixel(*point)).collect();
        let dot = |at: &[f32; 2]| {
            let style = GroupStyle::of(Some(0));
            Shape::Marker { at: *at, radius: 4.0, style, ink: Ink::Accent, opacity: 1.0 }
        };
        let dots: Vec<Shape> = points.iter().map(dot).collect();
        let line = Shape::Path { points, width: 2.0, ink: Ink::Accent, opacity: 1.0, dashed: false };
        [line].into_iter().chain(dots).collect()
    }

    /// Bars of one width that fill the axis from left to right.
    pub(super) fn bars(&self, heights: &[f64]) -> Vec<Shape> {
        let width = (self.x[1] - self.x[0]) / heights.len().max(1) as f64;
        let bar = |(index, height): (usize, &f64)| {
            let left = self.x[0] + (index as f64 + 0.05) * width;
            let (min, max) = (self.pixel([left, *height]), self.pixel([left + 0.9 * width, 0.0]));
            Shape::Rect { min, max, ink: Ink::Accent, opacity: 0.6 }
        };
        heights.iter().enumerate().filter(|(_, height)| **height > 0.0).map(bar).collect()
    }
}

/// Round values between the ends of an axis of `pixels`, with their words.
fn upright_marks([from, to]: [f64; 2], pixels: f32) -> Vec<(f64, String)> {
    let scale = f64::from(pixels) / (to - from).max(1e-12);
    let step = nice_spacing(scale * APART_ON_MAPS / APART);
    let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    let [first, last] = [(from / step).ceil() as i64, (to / step + 1e-9).floor() as i64];
    (first..=last).map(|number| number as f64 * step).map(|value| (value, format!("{value:.decimals$}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_apart() {
        let words = |ends: [f64; 2], pixels| upright_marks(ends, pixels).into_iter().map(|(_, words)| words).collect::<Vec<_>>();
        assert_eq!(words([0.0, 1.0], 150.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(words([0.0, 34.0], 100.0), ["0", "20"]);
        assert_eq!(words([0.0, 0.034], 100.0), ["0.00", "0.02"]);
        assert_eq!(words([0.0, 0.000_034], 100.0), ["0.00000", "0.00002"]);
    }

    #[test]
    fn points_lie_within_the_axes() {
        let axes = Axes { area: [10.0, 20.0, 210.0, 120.0], x: [0.0, 4.0], y: [0.0, 1.0], marks: Vec::new() };
        assert_eq!(axes.pixel([0.0, 0.0]), [48.0, 100.0]);
        assert_eq!(axes.pixel([4.0, 1.0]), [202.0, 20.0]);
        assert_eq!(axes.bars(&[0.0, 0.5]).len(), 1, "nothing is no bar");
    }
}
