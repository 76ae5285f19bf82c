//! What the map, a small map, a poster of each view and a run as a film look like, as shapes of a
//! [`Drawing`](crate::drawing::Drawing).
//!
//! Everything is in pixels; no egui, no files, no colours but by name.

mod chart;
mod dimensions;
mod film;
mod heat;
mod labels;
mod lines;
mod map;
mod mixture;
mod models;
mod multiples;
mod poster;
mod search;
mod similarity;
mod spoken;
mod words;

pub use dimensions::{DimensionsPoster, SWEEP_CURVES, SweepCurve, sweep_panel_title};
pub use film::{ChosenSteps, RunFilm, StepChoice, StepError};
pub use labels::{ALWAYS, LabelRequest, PlacedLabel, place_labels};
pub use lines::{MAX_LINES, cosine_ink};
pub use map::{MapLook, MapShapes, View, grid_shapes, map_shapes, nice_spacing, pixels_of, strongest};
pub use mixture::{MixtureWords, impossible_sentence};
pub use models::ModelsPoster;
pub use multiples::{PanelLook, panel_grid, panel_shapes, panel_view};
pub use poster::{ComparisonPoster, Poster, comparison_poster, poster, run_title, run_words};
pub use search::{PosterColumn, SearchPoster, search_map_shapes, search_map_words};
pub use similarity::{SPREAD_BINS, SimilarityPoster, spread_heights};
pub use spoken::{spoken_curves, spoken_histogram, spoken_losses, spoken_map, spoken_matrix, spoken_panel};
pub use words::{short, two_digits};
