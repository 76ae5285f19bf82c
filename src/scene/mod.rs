//! What the map, a small map, a poster of each view and a run as a film look like, as shapes of a
//! [`Drawing`](crate::drawing::Drawing).
//!
//! Everything is in pixels; no egui, no files, no colours but by name.

mod chart;
mod columns;
mod dimensions;
mod film;
mod heat;
mod judged;
mod labels;
mod lesson;
mod lines;
mod map;
mod mixture;
mod models;
mod multiples;
mod nearness;
mod poster;
mod search;
mod shown;
mod similarity;
mod spoken;
mod spoken_shown;
mod words;

pub use columns::{ColumnData, HitData, mapped_column, search_columns};
pub use dimensions::{DimensionsPoster, SWEEP_CURVES, SweepCurve, sweep_panel_title};
pub use film::{ChosenSteps, RunFilm, StepChoice, StepError};
pub use judged::{SEARCH_MEASURES, measure_rows, measured_on, measures_of_column};
pub use labels::{ALWAYS, LabelRequest, PlacedLabel, place_labels};
pub use lesson::{LessonPoster, LessonWords, lesson_title, lesson_view};
pub use lines::{MAX_LINES, cosine_ink};
pub use map::{
    MapLabels, MapLook, MapShapes, POINTED_RADIUS, View, grid_shapes, map_shapes, nice_spacing, pixels_of, room_apart, strongest,
};
pub use mixture::{MixtureWords, impossible_sentence};
pub use models::ModelsPoster;
pub use multiples::{PanelLook, panel_grid, panel_shapes, panel_view};
pub use nearness::{nearness_sentence, strongest_words};
pub use poster::{ComparisonPoster, Poster, comparison_poster, poster, run_title, run_words};
pub use search::{PosterColumn, SearchPoster, search_map_shapes, search_map_words};
pub use shown::{OnMap, PictureLook, by_group, counted_sentence, shown_picture};
pub use similarity::{SPREAD_BINS, SimilarityPoster, spread_heights};
pub use spoken::{spoken_curves, spoken_histogram, spoken_losses, spoken_map, spoken_matrix, spoken_panel};
pub use spoken_shown::spoken_shown;
pub use words::{short, two_digits};
