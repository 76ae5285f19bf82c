//! Runs held against runs, models against models, dimensions against dimensions, rankings against rankings.
//!
//! Two spaces never meet in a cosine here. What they agree on is measured inside each of them
//! ([`crate::space::Structure`]); where one is drawn on the axes of another, it is turned onto it first
//! ([`crate::space::Turn`]). What happens to those who do it anyway is shown by [`Mixture`], which is
//! the one place that computes a cosine across spaces, and says so.

mod agreement;
mod dimensions;
mod error;
mod explaining;
mod layout;
mod mixture;
mod models;
mod reasons;
mod runs;
mod searches;
mod seeds;
mod tables;
mod together;

pub use agreement::{Agreement, AgreementMeasure, Compared, Level};
pub use dimensions::{DIMENSIONS, Sweep, SweepPoint, train_dimensions};
pub use error::{CompareError, MAX_RUNS};
pub use explaining::{ComparedBy, explain};
pub use layout::{Layout, Turning, lay_out};
pub use mixture::{Fitted, Mixture};
pub use models::{ModelComparison, Moved, Side, Subject, SubjectError, compare_models, subject_vectors};
pub use reasons::Unsteady;
pub use runs::{Among, Comparison, compare_named_runs, compare_runs};
pub use searches::{SearchIndex, SearchSide, SearchWay, SideError, WayHits, answer};
pub use seeds::{Seeds, SeedsError};
pub use together::{train_each, train_seeds};
