//! The map of a run: which axes its frames are drawn on, and where every phrase is at every frame.
//!
//! The axes are chosen, named on the screen, and never move by themselves.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;

use super::Run;
use crate::choice::{choice, named_in_files};
use crate::progress::{OnProgress, Progress};
use crate::space::{Coordinates, MapAxes, ProjectionError, Vectors, fit_pca, fit_pca_of, fit_random};

choice! {
    /// The frame of reference of a run's map.
    #[derive(Default)]
    pub enum Axes {
        #[default]
        WholeRun {
            name: "whole-run",
            label: "whole run",
            sentence: "PCA of all recorded steps together: movement on the screen is movement of vectors.",
        },
        FirstStep {
            name: "first-step",
            label: "first step",
            sentence: "PCA of the vectors as they began.",
        },
        LastStep {
            name: "last-step",
            label: "last step",
            sentence: "PCA of the vectors as they ended: the clusters at their clearest.",
        },
        ThisStep {
            name: "this-step",
            label: "this step",
            sentence: "PCA of each step by itself, turned towards the step before: the axes move too.",
        },
        Random {
            name: "random",
            label: "random directions",
            sentence: "A random projection instead of PCA: what the map would be without choosing its axes.",
        },
        Model {
            name: "model",
            label: "the model's map",
            sentence: "PCA of the model's own vectors: where a trained model puts your phrases.",
        },
    }
}

named_in_files!(Axes);

/// Positions of all phrases at all frames of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunMap {
    axes: Axes,
    /// One entry, or one per frame where axes are refitted.
    fitted: Vec<Arc<MapAxes>>,
    /// Two coordinates a phrase, per frame.
    frames: Vec<Coordinates>,
}

impl RunMap {
    /// Every frame of `run` on axes that were fitted somewhere; `axes` is what they are called.
    ///
    /// # Errors
    /// If the axes are of another space than the run.
    pub fn on(run: &Run, axes: Axes, fitted: Arc<MapAxes>) -> Result<Self, ProjectionError> {
        Self::on_each(run, axes, vec![fitted])
    }

    fn on_each(run: &Run, axes: Axes, fitted: Vec<Arc<MapAxes>>) -> Result<Self, ProjectionError> {
        let mut map = Self { axes, fitted, frames: Vec::new() };
        let positions = |index: usize| map.fitted(index).map(|fitted| fitted.project(&run.shown(index)));
        map.frames = (0..run.frames.len()).into_par_iter().filter_map(positions).collect::<Result<_, _>>()?;
        Ok(map)
    }

    /// This map, each of its axes mirrored where that brings phrases nearer to where `before` has them at its end: an axis
    /// has no side of its own. `rows` are the rows of a phrase here and there.
    #[must_use]
    pub fn mirrored_towards(mut self, before: &Self, rows: &[[usize; 2]]) -> Self {
        let (Some(here), Some(there)) = (self.frames.last(), before.frames.last()) else { return self };
        let at = |frame: &Coordinates, row: usize, axis: usize| frame.values.get(2 * row + axis).copied().unwrap_or(0.0);
        let flips = [0, 1].map(|axis| {
            let products = rows.iter().map(|[row, other]| at(here, *row, axis) * at(there, *other, axis));
            products.sum::<f64>() < 0.0
        });
        if flips.contains(&true) {
            self.fitted = self.fitted.iter().map(|fitted| Arc::new(MapAxes::clone(fitted).mirrored(&flips))).collect();
            let signs = flips.map(|is_flipped| if is_flipped { -1.0 } else { 1.0 });
            let values = self.frames.iter_mut().flat_map(|frame| frame.values.iter_mut().enumerate());
            values.for_each(|(place, value)| *value *= signs[place % 2]);
        }
        self
    }

    /// Which axes were asked for.
    pub fn axes(&self) -> Axes {
        self.axes
    }

    /// The axes that frame `index` is drawn on.
    pub fn fitted(&self, index: usize) -> Option<&Arc<MapAxes>> {
        self.fitted.get(index).or_else(|| self.fitted.last())
    }

    /// Positions at frame `index`.
    pub fn frame(&self, index: usize) -> Option<&Coordinates> {
        self.frames.get(index)
    }

    /// Smallest and largest coordinate that any phrase has at any frame: (left, bottom, right, top).
    pub fn bounds(&self) -> [f64; 4] {
        bounds_of(self.frames.iter())
    }
}

/// Smallest and largest coordinates of some points: (left, bottom, right, top); a unit square if none.
pub fn bounds_of<'a>(frames: impl Iterator<Item = &'a Coordinates>) -> [f64; 4] {
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for point in frames.flat_map(|frame| frame.values.chunks_exact(2)) {
        bounds = [bounds[0].min(point[0]), bounds[1].min(point[1]), bounds[2].max(point[0]), bounds[3].max(point[1])];
    }
    if bounds[0] <= bounds[2] { bounds } else { [-1.0, -1.0, 1.0, 1.0] }
}

/// Draws every frame of `run` on `axes`.
///
/// [`Axes::Model`] means the first step here: a run that starts from the model's vectors has them
/// there. A run that starts elsewhere shares no space with the model and must not be drawn on its map;
/// the caller shows the model's own vectors instead.
pub fn map_run(run: &Run, axes: Axes, progress: &mut OnProgress<'_>) -> Result<RunMap, ProjectionError> {
    let fitted = match axes {
        Axes::WholeRun => vec![Arc::new(fit_whole_run(run)?)],
        Axes::FirstStep | Axes::Model => vec![Arc::new(fit_pca(&run.shown(0), 2)?)],
        Axes::LastStep => vec![Arc::new(fit_pca(&run.shown(run.frames.len() - 1), 2)?)],
        Axes::Random => vec![Arc::new(fit_random(&run.shown(run.frames.len() - 1), 2, run.recipe.seed)?)],
        Axes::ThisStep => fit_every_step(run, progress)?,
    };
    RunMap::on_each(run, axes, fitted)
}

fn fit_whole_run(run: &Run) -> Result<MapAxes, ProjectionError> {
    let frame = |index: usize| Cow::Owned(run.shown_values(&run.frames.raw(index)));
    fit_pca_of(&run.space, run.frames.len(), &frame, 2)
}

/// Numbers in the frames whose axes are fitted side by side, between two reports of progress; at most so many frames.
const FITTED_NUMBERS: usize = 1_500_000;
const FITTED_TOGETHER: usize = 32;

/// Each step's own PCA, turned so that the phrases lie as near as can be to where they just were.
fn fit_every_step(run: &Run, progress: &mut OnProgress<'_>) -> Result<Vec<Arc<MapAxes>>, ProjectionError> {
    let n_frames = run.frames.len();
    let mut all: Vec<Arc<MapAxes>> = Vec::with_capacity(n_frames);
    let mut before: Option<Coordinates> = None;
    let n_together = (FITTED_NUMBERS / (run.phrases.len() * run.recipe.dims).max(1)).clamp(2, FITTED_TOGETHER);
    while all.len() < n_frames {
        let together = all.len()..n_frames.min(all.len() + n_together);
        let fitted: Vec<(Vectors, MapAxes)> =
            together.into_par_iter().map(|index| fit_step(run, index)).collect::<Result<_, _>>()?;
        for (vectors, mut axes) in fitted {
            if let Some(before) = &before {
                let here = axes.project(&vectors)?;
                axes = axes.turned_towards(&here.values, &before.values);
            }
            before = Some(axes.project(&vectors)?);
            all.push(Arc::new(axes));
        }
        // Cancelling keeps the last axes for the frames that follow.
        if progress(Progress { done: all.len(), total: n_frames, unit: "maps" }).is_break() {
            break;
        }
    }
    Ok(all)
}

fn fit_step(run: &Run, index: usize) -> Result<(Vectors, MapAxes), ProjectionError> {
    let vectors = run.shown(index);
    let axes = fit_pca(&vectors, 2)?;
    Ok((vectors, axes))
}
