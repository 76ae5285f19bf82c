//! The one test binary: engine, state, window and command line against what they promise.

mod any_model;
mod anything;
mod asking_memory;
#[cfg(feature = "gui")]
mod class;
mod cli;
mod commands;
mod comparing;
mod comparing_seeds;
mod course;
mod damaged_models;
mod data_files;
mod drafting;
#[cfg(feature = "gui")]
mod drafting_window;
#[cfg(unix)]
mod ending;
mod engine;
#[cfg(feature = "gui")]
mod exploring;
mod exports;
mod failing;
mod fuzzed;
mod hand;
mod hand_in_lesson;
#[cfg(feature = "gui")]
mod hand_window;
mod handout;
mod high_contrast;
mod hub;
mod hub_server;
#[cfg(feature = "gui")]
mod importing;
#[cfg(feature = "gui")]
mod keyboard_window;
mod learners;
mod leaving_lessons;
#[cfg(feature = "gui")]
mod lesson_quiet_window;
mod lessons;
#[cfg(feature = "gui")]
mod lessons_window;
mod long_texts;
mod model_choosing;
mod model_folders;
#[cfg(feature = "gui")]
mod model_picker;
mod models;
mod moving_pictures;
mod nearness;
#[cfg(feature = "gui")]
mod nearness_window;
mod numbers;
mod odd_runs;
mod outputs;
#[cfg(feature = "gui")]
mod presenting;
mod project_file;
mod projections;
mod recipes;
mod reference;
mod run_files;
mod saving;
mod searching;
#[cfg(feature = "gui")]
mod searching_window;
mod security;
#[cfg(feature = "gui")]
mod seeds_window;
mod server;
#[cfg(feature = "gui")]
mod sessions;
#[cfg(feature = "gui")]
mod settings_file;
mod stages;
#[cfg(feature = "gui")]
mod stages_window;
mod support;
#[cfg(feature = "gui")]
mod tab_pictures;
mod tidy;
#[cfg(unix)]
mod trials;
mod turning_axes;
#[cfg(feature = "gui")]
mod ui;
mod vector_cache;
mod whole_folders;
mod wide_pca;
mod writing;
