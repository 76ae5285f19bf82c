//! x
pub mod cli;
pub mod data;
pub mod files;
pub mod jobs;
pub mod model;
pub mod playground;
pub mod progress;
pub mod scene;
pub mod space;
pub mod train;
#[cfg(feature = "gui")]
pub mod ui;
