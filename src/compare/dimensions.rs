//! One recipe at several dimensions: why vectors need room.

use std::sync::Arc;

use rayon::prelude::*;

use super::together::train_together;
use crate::model::Encoder;
use crate::progress::OnProgress;
use crate::space::fit_pca;
use crate::train::{Axes, LearnerKind, Measures, Recipe, Run, RunMap, Start, TrainError, TrainInput};

/// The dimensions that are tried.
pub const DIMENSIONS: [usize; 6] = [2, 3, 8, 32, 128, 384];

/// One run of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPoint {
    /// Numbers a vector.
    pub dims: usize,
    /// The run.
    pub run: Arc<Run>,
    /// Its last step on its own axes.
    pub map: Arc<RunMap>,
    /// Its measures at the last step.
    pub measures: Measures,
}

/// The same recipe at every dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// By dimension, rising.
    pub points: Vec<SweepPoint>,
}

impl Sweep {
    /// Why `recipe` can't be trained at any dimension; `None` if it can.
    pub fn obstacle(recipe: &Recipe) -> Option<&'static str> {
        match (recipe.learner, recipe.start) {
            (LearnerKind::Transformer, _) => {
                Some("a transformer has the dimensions that it was made with; choose another learner")
            }
            (LearnerKind::Vectors | LearnerKind::Tokens, Start::Model) => {
                Some("the model's vectors have the dimensions that they have; start from random ones, or choose an adapter")
            }
            _ => None,
        }
    }
}

/// Trains `input` at each of [`DIMENSIONS`], side by side.
///
/// # Errors
/// As [`crate::train::train`]; [`TrainError::Cancelled`] if `progress` answers `Break`.
pub fn train_dimensions(
    input: &TrainInput,
    model: Option<&dyn Encoder>,
    progress: &mut OnProgress<'_>,
) -> Result<Sweep, TrainError> {
    if let Some(why) = Sweep::obstacle(&input.recipe) {
        return Err(TrainError::Compute(why.to_owned()));
    }
    // The largest takes longest, so it goes first.
    let recipes: Vec<Recipe> = DIMENSIONS.iter().rev().map(|dims| Recipe { dims: *dims, ..input.recipe.clone() }).collect();
    let runs = train_together(input, &recipes, model, progress)?;
    let mut points: Vec<SweepPoint> = runs.into_par_iter().map(point_of).collect::<Result<_, TrainError>>()?;
    points.reverse();
    Ok(Sweep { points })
}

fn point_of(run: Run) -> Result<SweepPoint, TrainError> {
    let last = run.frames.len().saturating_sub(1);
    let failed = |error: crate::space::ProjectionError| TrainError::Compute(error.to_string());
    let axes = Arc::new(fit_pca(&run.shown(last), 2).map_err(failed)?);
    let map = RunMap::on(&run, Axes::LastStep, axes).map_err(failed)?;
    Ok(SweepPoint { dims: run.recipe.dims, measures: run.measures_of(last), run: Arc::new(run), map: Arc::new(map) })
}
