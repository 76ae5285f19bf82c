//! Which pairs are trained on, and which of them with which negatives are in the batch of a step.

mod columns;
mod pool;
mod sampler;
mod split;

pub use columns::{Columns, suggested_loss};
pub(super) use columns::{have_one_score, needs_one_negative};
pub use pool::Pool;
pub use sampler::{Batch, Sampler, batches_per_epoch};
pub(super) use split::{held_out_count, split};
