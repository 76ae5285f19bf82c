//! What goes into and comes out of work for the map of all phrases: rows of vectors, maps of who is near whom, clusters.

use std::sync::Arc;

use crate::space::{Coordinates, Fidelity, SpaceId};

/// Vectors, a row each, and the space that they are of.
pub type Rows = (Arc<SpaceId>, Vec<Arc<[f32]>>);

/// A map of who is near whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfolded {
    /// Where each vector lies.
    pub places: Coordinates,
    /// Epochs that were done, and that there are.
    pub epochs: [usize; 2],
    /// How faithful it is; `None`: too few vectors, or somebody cancelled.
    pub fidelity: Option<Fidelity>,
    /// What was done otherwise than asked, in sentences.
    pub notes: Vec<String>,
}

/// Groups that were found: the name of each, and its members by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundClusters {
    /// Largest first.
    pub groups: Vec<(String, Vec<usize>)>,
}
