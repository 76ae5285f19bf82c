//! The one test binary: engine, state, window and command line against what they promise.

mod data_files;
mod engine;
mod reference;
mod support;
