//! One recipe at several dimensions as a picture: curves against the dimension, and a small map of each run.

use std::sync::Arc;

use super::chart::Axes;
use super::poster::{MARGIN, TEXT_SIZE, ground, title};
use super::words::text;
use super::{PanelLook, panel_grid, panel_shapes, panel_view};
use crate::compare::{DIMENSIONS, Sweep, SweepPoint};
use crate::drawing::{Drawing, Film, Ink, Shape, text_width};
use crate::playground::Panel;

/// A measure against the dimension.
#[derive(Debug, Clone, Copy)]
pub struct SweepCurve {
    /// What it is called.
    pub name: &'static str,
    /// What it tells.
    pub sentence: &'static str,
    /// Its value for one run.
    pub value: fn(&SweepPoint) -> Option<f64>,
    /// The top of its axis, if that is fixed.
    pub top: Option<f64>,
}

/// The measures that are shown of runs at several dimensions.
pub const SWEEP_CURVES: [SweepCurve; 3] = [
    SweepCurve {
        name: "Loss at the end",
        sentence: "The loss of all pairs trained on, at the last step: lower is better.",
        value: |point| Some(point.measures.loss),
        top: None,
    },
    SweepCurve {
        name: "Triplets right",
        sentence: "Share of anchors, positives and negatives where the positive is nearer than the negative.",
        value: |point| point.measures.trained.triplet_accuracy(),
        top: Some(1.0),
    },
    SweepCurve {
        name: "recall@1",
        sentence: "Share of anchors whose nearest phrase of all is their positive; of held-out pairs, if there are any.",
        value: |point| point.measures.judged().recall_at_1(),
        top: Some(1.0),
    },
];

impl SweepCurve {
    /// Its points: the logarithm of the dimension to base 2, and the value.
    pub fn points(&self, sweep: &Sweep) -> Vec<[f64; 2]> {
        let point = |point: &SweepPoint| Some([(point.dims as f64).log2(), (self.value)(point)?]);
        sweep.points.iter().filter_map(point).filter(|[_, value]| value.is_finite()).collect()
    }
}

/// What the map of one of the runs is called, with what its axes keep, and where it ended if that was early.
pub fn sweep_panel_title(panel: &Panel, point: &SweepPoint) -> String {
    let kept: f64 = panel.picture.shares.iter().flatten().sum::<f64>() * 100.0;
    let last = point.run.last_step();
    let ended = if last < point.run.recipe.steps { format!(" · ended at step {last}") } else { String::new() };
    format!("{} · axes keep {kept:.0} %{ended}", panel.title)
}

/// What a picture of runs at several dimensions shows.
#[derive(Debug, Clone, PartialEq)]
pub struct DimensionsPoster {
    /// The runs.
    pub sweep: Arc<Sweep>,
    /// Their maps.
    pub panels: Vec<Panel>,
    /// Names of the groups, in the order of the list.
    pub groups: Vec<Arc<str>>,
    /// What it is.
    pub title: String,
    /// Width and height in pixels.
    pub size: [f32; 2],
}

/// Share of the height that the curves take.
const CURVES: f32 = 0.3;
/// Space between charts and between maps.
const GAP: f32 = 16.0;

impl Film for DimensionsPoster {
    fn size(&self) -> [f32; 2] {
        self.size
    }

    fn frame(&self, _index: usize) -> Drawing {
        let [width, height] = self.size;
        let mut shapes = vec![ground(self.size), title(&self.title, width)];
        let top = MARGIN + 36.0;
        let middle = top + (height - top) * CURVES;
        let chart_width = (width - 2.0 * MARGIN - 2.0 * GAP) / SWEEP_CURVES.len() as f32;
        for (index, curve) in SWEEP_CURVES.iter().enumerate() {
            let left = MARGIN + index as f32 * (chart_width + GAP);
            shapes.extend(self.curve_shapes(curve, [left, top, left + chart_width, middle]));
        }
        let words = "numbers a vector, on a logarithmic axis; each map on its own axes, at the last step";
        shapes.push(text([MARGIN, middle + 14.0], words, TEXT_SIZE, Ink::Weak, false));
        shapes.extend(self.maps([MARGIN, middle + 30.0, width - MARGIN, height - MARGIN]));
        Drawing { size: self.size, shapes }
    }
}

impl DimensionsPoster {
    fn curve_shapes(&self, curve: &SweepCurve, [left, top, right, bottom]: [f32; 4]) -> Vec<Shape> {
        let points = curve.points(&self.sweep);
        let highest = curve.top.unwrap_or_else(|| points.iter().map(|[_, value]| *value).fold(1e-9, f64::max));
        let mark = |dims: &usize| ((*dims as f64).log2(), dims.to_string());
        let axes = Axes {
            area: [left, top + 24.0, right, bottom],
            x: [0.7, 9.0],
            y: [0.0, highest * 1.08],
            marks: DIMENSIONS.iter().map(mark).collect(),
        };
        let mut shapes = vec![text([left, top + 6.0], curve.name, TEXT_SIZE, Ink::Weak, true)];
        shapes.extend(axes.shapes());
        shapes.extend(axes.curve(&points));
        shapes
    }

    fn maps(&self, area: [f32; 4]) -> Vec<Shape> {
        let look = PanelLook { selected: None, hovered: None, groups: &self.groups, label_size: TEXT_SIZE, trails: 0.0 };
        let grid = panel_grid(self.panels.len(), area, GAP);
        let mut shapes = Vec::new();
        for ((panel, point), [left, top, right, bottom]) in self.panels.iter().zip(&self.sweep.points).zip(grid) {
            shapes.push(text([left, top + 8.0], sweep_panel_title(panel, point), TEXT_SIZE, Ink::Weak, false));
            let view = panel_view(panel, [left, top + 20.0, right, bottom]);
            shapes.extend(panel_shapes(panel, &view, &look, &mut |words, strong| text_width(words, TEXT_SIZE, strong)));
        }
        shapes
    }
}
