//! The command line: one file per verb, the same engine as the window, no threads of its own.
//!
//! What a verb finds goes to stdout (with `--json`: one object and nothing else), messages and
//! progress go to stderr. Errors are returned; `main` prints them.

mod choice;
mod compare;
mod compare_models;
mod embed;
mod fetching;
mod film;
mod handout;
mod input;
mod lessons;
mod model;
mod models;
mod output;
mod papers;
mod project;
mod reading;
mod recipe;
mod render;
mod replacing;
mod search;
mod search_report;
mod tables;
mod teaching;
mod train;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use output::{report_failure, report_usage};

use crate::memory::{self, Bytes};
use crate::model::without_secrets;
use crate::terminal::shown_line;
use crate::train::{RecipeError, RecipeLineError};
use crate::version::version;

/// See how embedding models learn: your phrases, a real model, real contrastive training, on a map.
///
/// Without a verb it opens the window, on FILE if one is given.
#[derive(Debug, Parser)]
#[command(name = "embedding-playground", version = version(), about, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do; without one, the window opens.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Memory that one operation may take, such as 500MB or 4GB; else what is free.
    #[arg(long, global = true, value_name = "SIZE")]
    pub memory: Option<Bytes>,
    /// How the window opens.
    #[command(flatten)]
    pub window: WindowArguments,
}

impl Arguments {
    /// Those that the program was started with.
    ///
    /// # Errors
    /// What the parser has to say: help, the version, or what is wrong, with control characters shown, and no password of an address.
    pub fn read() -> Result<Self, clap::Error> {
        let shown = || std::env::args_os().map(|argument| shown_line(&without_secrets(&argument.to_string_lossy())).into_owned());
        // Read again, so that what the message quotes can be seen and its colours stay.
        Self::try_parse().map_err(|error| Self::try_parse_from(shown()).err().unwrap_or(error))
    }

    /// Allows the memory that the option says, else the environment.
    ///
    /// # Errors
    /// If the environment says something else than a size.
    pub fn allow_memory(&self) -> Result<(), UsageError> {
        let of_environment = || match std::env::var_os(memory::VARIABLE).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => text.to_string_lossy().parse().map(Some),
        };
        let said = match self.memory {
            Some(said) => Some(said),
            None => of_environment().map_err(|error| UsageError::Options(format!("{error} as {}", memory::VARIABLE)))?,
        };
        said.into_iter().for_each(memory::allow);
        Ok(())
    }
}

/// How the window opens.
#[derive(Debug, Clone, Default, Args)]
pub struct WindowArguments {
    /// A project, phrases or pairs to open.
    pub file: Option<PathBuf>,
    /// How to draw: wgpu, glow, or auto (wgpu, and glow where that fails).
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = ["auto", "wgpu", "glow"])]
    pub renderer: String,
    /// Close again after the first frame and say how long it took: a test of the machine.
    #[arg(long)]
    pub exit_after_first_frame: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Turn phrases into vectors.
    Embed(embed::EmbedArguments),
    /// Draw vectors on a few axes: coordinates and the share of variance they keep.
    Project(project::ProjectArguments),
    /// Train on pairs and record the run.
    Train(Box<train::TrainArguments>),
    /// Compare runs: what they agree on whatever their axes.
    Compare(Box<compare::CompareArguments>),
    /// Compare two models on the same phrases, each in its own space.
    CompareModels(compare_models::CompareModelsArguments),
    /// Draw a lesson, a project, pairs or a run as a picture (.svg or .png), or a run as a moving one (.gif or .apng).
    Render(Box<render::RenderArguments>),
    /// Find passages of documents by meaning, by words or by both; or measure how well judged queries are answered.
    Search(Box<search::SearchArguments>),
    /// See, fetch and remove models: list, info, fetch, remove.
    Models(models::ModelsArguments),
    /// List the lessons, or write them as a page to print.
    Lessons(lessons::LessonsArguments),
    /// Write the manual pages and the completions for shells into a folder.
    #[command(hide = true)]
    Papers(papers::PapersArguments),
}

/// Wrong usage that the parser of arguments can't see.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// A setting of the recipe is out of range.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// What should be a whole recipe is none.
    #[error(transparent)]
    RecipeLine(#[from] RecipeLineError),
    /// Options that do not go together, or not with what was given.
    #[error("{0}")]
    Options(String),
}

/// Carries out a verb.
pub fn dispatch(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Embed(arguments) => embed::run(&arguments),
        Verb::Project(arguments) => project::run(&arguments),
        Verb::Train(arguments) => train::run(&arguments),
        Verb::Compare(arguments) => compare::run(&arguments),
        Verb::CompareModels(arguments) => compare_models::run(&arguments),
        Verb::Render(arguments) => render::run(&arguments),
        Verb::Search(arguments) => search::run(&arguments),
        Verb::Models(arguments) => models::run(&arguments),
        Verb::Lessons(arguments) => lessons::run(&arguments),
        Verb::Papers(arguments) => papers::run(&arguments),
    }
}
