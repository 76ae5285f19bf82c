//! Contrastive training: pairs in, a recorded run out.
//!
//! pairs → **batch** (`sampler`) → **loss** (value, gradient, forces) → **update** of what learns
//! (`learner`, `optimizer`) → the next frame of the **run**. A run is decided by its recipe and data
//! alone: no clock, no thread, no hash-map order has a say in it.

mod frames;
mod learner;
pub mod loss;
mod maps;
mod optimizer;
mod params;
mod real;
mod recording;
mod run;
mod sampler;

pub use frames::Frames;
pub use learner::{Learner, Vectors as VectorsLearner, random_vector};
pub use maps::{Axes, RunMap, bounds_of, map_run};
pub use optimizer::{Optimizer, OptimizerState};
pub use params::{Change, Choice, LearnerKind, LossKind, OptimizerKind, Recipe, RecipeError, Settings, Start};
pub use real::Real;
pub use recording::{RunFileError, read_run, write_run};
pub use run::{BatchForces, Measures, Run, Stopped, TrainError, TrainInput, Weighted, train};
pub use sampler::{Batch, Sampler};
