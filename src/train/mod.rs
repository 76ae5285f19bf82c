//! Contrastive training: pairs in, a recorded run out.
//!
//! `recipe` and data → `batch` → `loss` (value, gradient, forces) → `step` (update of the `learner`) → the next frame of
//! the `run`; `trainer` goes round this circle. A run is decided by its recipe and data alone: no clock, no thread, no
//! hash-map order has a say in it.

mod batch;
mod input;
mod learned;
mod learner;
pub mod loss;
mod recipe;
mod run;
mod step;
mod timed;
mod trained_model;
mod trainer;
mod verdict;

pub use batch::{Batch, Columns, Pool, Sampler, batches_per_epoch, suggested_loss};
pub use input::{MAX_RECORDED, TrainError, TrainInput};
pub use learned::Learned;
pub use learner::{
    Adapter as AdapterLearner, Learner, Optimizer, OptimizerState, Tokens as TokensLearner, Transformer as TransformerLearner,
    Vectors as VectorsLearner, random_vector,
};
pub use recipe::{
    Change, Failure, LearnerKind, Listed, LossKind, Move, Negatives, OptimizerKind, Recipe, RecipeError, RecipeLine,
    RecipeLineError, Schedule, Settings, Start, Subset, only_difference,
};
pub use run::{
    Axes, BatchForces, BatchView, Frames, Held, Measure, Measures, Run, RunFileError, RunMap, Stopped, Weighted, bounds_of,
    curves_table, is_run, is_run_file, map_run, read_run, subset_rows, write_run,
};
pub use timed::train_until;
pub use trained_model::{TrainedModel, TrainedModelError};
pub use trainer::{train, train_within};
pub use verdict::Verdict;
