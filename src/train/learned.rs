//! What a run has learned that gives a vector to any phrase, not only to its own.

use std::sync::Arc;

/// The parameters of what learned, as they were after the last step of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Learned {
    /// Of an adapter: what its map adds to the identity, row-major, a row for each number of its vectors.
    Map(Arc<[f32]>),
    /// Of token vectors: the tokens that its phrases have, rising, and the vector of each, row after row.
    Tokens {
        /// Token ids.
        ids: Arc<[u32]>,
        /// As many rows.
        vectors: Arc<[f32]>,
    },
}

impl Learned {
    /// Whether its numbers are finite and as many as vectors of `dims` numbers need.
    pub(super) fn fits(&self, dims: usize) -> bool {
        let (numbers, is_whole) = match self {
            Self::Map(map) => (map, !map.is_empty() && map.len().is_multiple_of(dims) && map.len() / dims >= dims),
            Self::Tokens { ids, vectors } => {
                (vectors, ids.is_sorted_by(|a, b| a < b) && ids.len().checked_mul(dims) == Some(vectors.len()))
            }
        };
        is_whole && numbers.iter().all(|number| number.is_finite())
    }
}
