//! Why a comparison can't be made, and within what bounds it can.

use crate::memory::NoMemory;
use crate::space::ProjectionError;

/// Runs that are compared at most: as many as there is room to draw.
pub const MAX_RUNS: usize = 9;

/// Fewer shared phrases have no neighbours to compare.
pub(super) const MIN_SHARED: usize = 3;

/// Why runs or models can't be compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CompareError {
    /// Too few or too many.
    #[error("expected 2 to {MAX_RUNS} runs to compare, got {0}")]
    Count(usize),
    /// They have too little in common.
    #[error("expected at least {MIN_SHARED} phrases that all of them share, got {shared}; train them on the same pairs")]
    Shared {
        /// Phrases that all share.
        shared: usize,
    },
    /// It would need more memory than there is.
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
    /// A number is not finite, or the numerical library gave up.
    #[error(transparent)]
    Numbers(#[from] ProjectionError),
}
