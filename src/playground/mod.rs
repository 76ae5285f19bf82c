//! The application without pixels: a document, commands on it, and what the worker found out.
//!
//! [`Playground::apply`] and [`Playground::absorb`] are the only ways to change anything; both are
//! pure state changes that may order work. The window reads `&Playground` and sends [`Command`]s.
//! A bug report is a list of commands, and so is a test. No egui and no files here, but for the
//! format of a project in `file.rs`.
//!
//! The parts come first and know nothing of the whole; `playground.rs` puts them together, and the files after it
//! say what becomes of commands and news.

mod batch;
mod charts;
mod command;
mod document;
mod embedded;
mod export;
pub mod file;
mod found_models;
mod grip;
mod history;
mod import;
mod lesson;
mod live;
mod notice;
mod panel;
mod picture;
mod playhead;
mod recorded;
mod run_key;
mod sight;
mod tasks;
pub mod views;
mod wanted;
mod whereabouts;
mod why;
mod words;

#[expect(clippy::module_inception, reason = "the whole is called what its folder is called")]
mod playground;

mod absorb;
mod act;
mod asked;
mod choosing;
mod drafting;
mod edit;
mod exporting;
mod hand;
mod left_lesson;
mod nearness;
mod opening;
mod plan;
mod session;
mod show;
mod teaching;
mod told;

pub use batch::{BatchRow, Candidate, PairLine, ShownBatch};
pub use charts::{Chart, Charts};
pub use command::{Act, Command, Edit};
pub use document::{Document, Group, GroupId, Pair, Phrase, PhraseId};
pub use embedded::EmbedFailure;
pub use export::{Export, Exported};
pub use found_models::{FailedFetch, FoundModels, LookedAt, ModelUse};
pub use lesson::{
    Answer, Awaited, Claim, CommandName, Course, CourseMemory, Deed, Draft, DraftCommand, DraftStep, DraftText, Given, Guess,
    LeftLesson, Lesson, LessonCommand, LessonError, Live, LiveName, Moment, Part, Prediction, Progressed, Reveal, Right,
    Sentence, StateName, Step, Target, Truth, Value, lesson, lessons, verdict,
};
pub use notice::Notice;
pub use panel::{Panel, Shown};
pub use picture::{Force, Picture, Place, forces_on_map};
pub use playground::{OpenedRun, Playground};
pub use playhead::{Arrows, Stage};
pub use recorded::EarlierRun;
pub use show::{BatchKey, ForcesKey, PictureKey};
pub use tasks::Activity;
pub use whereabouts::{Session, Whereabouts};
pub use why::{Said, Why};
pub use words::{Word, words};
