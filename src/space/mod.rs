//! Vectors, the space they live in, and what can be asked of them.
//!
//! Pure: no files, no models, no threads. Numbers of two spaces never meet here: whatever takes two
//! sets of vectors checks their [`SpaceId`] first and refuses with a [`SpaceMismatch`].

mod agreement;
mod align;
mod axes;
mod carrying;
mod chunks;
mod clusters;
mod components;
mod fidelity;
mod fit;
mod following;
mod known;
mod leading;
mod linkage;
mod measures;
mod neighbours;
mod pca;
mod quality;
mod sharpened;
mod similarity;
mod singular;
mod tables;
mod turning;
mod unfolding;
mod vectors;

pub use crate::data::PairRows;
pub use agreement::{Structure, adjusted_rand, raw_distance};
pub use align::Turn;
pub use axes::{Coordinates, MapAxes, Method, ProjectionError, fit_random};
pub use clusters::{Clusters, distinctive_words, find_clusters};
pub use components::{Components, N_COMPONENTS, PlaneTurn};
pub use fidelity::{FIDELITY_NEIGHBOURS, Fidelity};
pub use known::KnownPositives;
pub use linkage::{Linkage, average_linkage};
pub use measures::{HISTOGRAM_BINS, PairMeasures, histogram_bin, pair_measures};
pub use neighbours::{Neighbour, false_map_neighbours, nearest, nearest_in, nearest_of};
pub use pca::{fit_pca, fit_pca_of};
pub use quality::{Pairwise, alignment, first_relevant_rank, silhouette, trustworthiness};
pub use similarity::{CosineSpread, MAX_COMPARED, MAX_ROWS, Similarity, evenly_spread, similarity};
pub use tables::{MAX_SIMILARITY, coordinates_table, neighbours_table, similarity_table, vectors_table};
pub use unfolding::{Unfolding, UnfoldingSettings};
pub(crate) use vectors::cosine_of;
pub use vectors::{SpaceId, SpaceMismatch, SpaceTextError, Training, Vectors, normalised_rows, scale_to_unit, unit_rows};
