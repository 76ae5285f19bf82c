//! x
pub mod data;
pub mod files;
pub mod model;
pub mod progress;
pub mod space;
pub mod train;
pub mod jobs;
pub mod playground;
pub mod scene;
pub mod cli;
#[cfg(feature = "gui")]
pub mod ui;
