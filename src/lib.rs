//! x
pub mod data;
pub mod files;
pub mod model;
pub mod progress;
pub mod space;
pub mod train;
