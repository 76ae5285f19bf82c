//! The application without pixels: a document, commands on it, and what the worker found out.
//!
//! [`Playground::apply`] and [`Playground::absorb`] are the only ways to change anything; both are
//! pure state changes that may ask for work. The window reads `&Playground` and sends [`Command`]s.
//! A bug report is a list of commands, and so is a test. No egui and no files here, but for the
//! format of a project in `file.rs`.

mod absorb;
mod beside;
mod command;
mod document;
mod edit;
pub mod file;
mod history;
mod import;
mod lesson;
mod panels;
mod picture;
mod plan;
mod state;

pub use beside::{ModelChoice, ModelsState, SeedsState, SweepState, Tab};
pub use command::Command;
pub use document::{Document, Group, GroupId, Pair, Phrase, PhraseId};
pub use lesson::{Awaited, CommandName, Lesson, LessonError, Part, StateName, Step, lesson, lessons};
pub use panels::{Panel, seed_panel};
pub use picture::{Force, Picture, Place, forces_on_map};
pub use state::{Activity, EarlierRun, Notice, Playground, Stage};
