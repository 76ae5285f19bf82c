//! The map of a run: which axes its frames are drawn on, and where every phrase is at every frame.
//!
//! The axes are chosen and named on the screen. They stand still, but for those that turn with the vectors.

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
        ThisStep {
            name: "this-step",
            label: "turning with the vectors",
            sentence: "Each step's own PCA, smoothed: a start at random looks random, and the groups come apart as they form. The axes turn slowly, so a little of the movement on the screen is theirs.",
        },
        WholeRun {
            name: "whole-run",
            label: "whole run",
            sentence: "PCA of all recorded steps together: movement on the screen is movement of vectors. These axes know how the run ends, so its start looks sorted already: even random vectors lie a little towards where they will go.",
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
        Axes::ThisStep => follow_steps(run, progress)?,
    };
    RunMap::on_each(run, axes, fitted)
}

fn fit_whole_run(run: &Run) -> Result<MapAxes, ProjectionError> {
    let frame = |index: usize| Cow::Owned(run.shown_values(&run.frames.raw(index)));
    fit_pca_of(&run.space, run.frames.len(), &frame, 2)
}

/// Numbers in the frames that are read side by side, between two reports of progress; at most so many frames.
const READ_NUMBERS: usize = 1_500_000;
const READ_TOGETHER: usize = 32;

/// Turns that axes take over a whole run, about: where fewer frames were recorded they take more at each of them.
const TURNS_OF_A_RUN: usize = 200;
/// Turns from one frame to the next, at most.
const MOST_TURNS: usize = 8;

/// The first step's own PCA, which then follows the vectors from frame to frame without a jump.
fn follow_steps(run: &Run, progress: &mut OnProgress<'_>) -> Result<Vec<Arc<MapAxes>>, ProjectionError> {
    let n_frames = run.frames.len();
    let mut all = vec![Arc::new(fit_pca(&run.shown(0), 2)?)];
    let n_turns = (TURNS_OF_A_RUN / n_frames.max(2).saturating_sub(1)).clamp(1, MOST_TURNS);
    let n_together = (READ_NUMBERS / (run.phrases.len() * run.recipe.dims).max(1)).clamp(2, READ_TOGETHER);
    while all.len() < n_frames {
        let together = all.len()..n_frames.min(all.len() + n_together);
        let read: Vec<Vectors> = together.into_par_iter().map(|index| run.shown(index)).collect();
        for vectors in read {
            let axes = all[all.len() - 1].following(&vectors, n_turns)?;
            all.push(Arc::new(axes));
        }
        // Cancelling keeps the last axes for the frames that follow.
        if progress(Progress { done: all.len(), total: n_frames, unit: "maps" }).is_break() {
            break;
        }
    }
    Ok(all)
}
