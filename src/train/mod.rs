//! Contrastive training: pairs in, a recorded run out.
//!
//! pairs → **batch** (`sampler`) → **loss** (value, gradient, forces) → **update** of what learns
//! (`learner`, `optimizer`) → the next frame of the **run**. A run is decided by its recipe and data
//! alone: no clock, no thread, no hash-map order has a say in it.

mod choices;
mod cores;
mod failures;
mod frames;
mod input;
mod learner;
pub mod loss;
mod maps;
mod measured;
mod optimizer;
mod pages;
mod params;
mod real;
mod recording;
mod run;
mod sampler;
mod step;
mod subset;
mod trainer;

pub use choices::{Choice, LearnerKind, LossKind, Negatives, OptimizerKind, Schedule, Start, Subset};
pub use failures::Failure;
pub use frames::Frames;
pub use input::{Columns, MAX_RECORDED, TrainError, TrainInput, suggested_loss};
pub use learner::{
    Adapter as AdapterLearner, Learner, Tokens as TokensLearner, Transformer as TransformerLearner, Vectors as VectorsLearner,
    random_vector,
};
pub use maps::{Axes, RunMap, bounds_of, map_run};
pub use measured::{Measure, Measures, curves_csv};
pub use optimizer::{Optimizer, OptimizerState};
pub use params::{Change, Recipe, RecipeError, Settings};
pub use real::Real;
pub use recording::{RunFileError, read_run, write_run};
pub use run::{BatchForces, BatchView, Run, Stopped, Weighted};
pub use sampler::{Batch, Pool, Sampler, batches_per_epoch};
pub use subset::subset_rows;
pub use trainer::{train, train_within};
