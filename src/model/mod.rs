//! Phrases in, vectors of a named space out.
//!
//! A [`Source`] says which model, a [`Library`] opens it and keeps it, and everybody speaks to what it gives: an
//! [`Encoder`], with the tokens or the weights that some models have besides. What a model is to be stands in its files
//! (`blueprint.rs`); the architectures are known here alone, one file each in `families/`. What comes over the net comes
//! through `http/`: models of the Hub by `hub/`, vectors of servers by `server/`; what these and others gave is kept by
//! `vector_cache.rs`.

mod anatomy;
pub mod answers;
mod architecture;
mod attribution;
mod blueprint;
mod choice;
mod dense;
mod description;
mod encoder;
mod families;
mod folder;
mod http;
mod hub;
mod identity;
mod known_prompts;
mod library;
mod named;
mod opening;
mod pickle;
mod pieces;
mod pooling;
mod pooling_config;
mod random;
mod recent;
mod said_limits;
mod saving;
mod sentence_anatomy;
mod sentence_config;
mod sentence_encoder;
mod server;
mod settings;
mod shorten;
mod small_json;
mod source;
mod static_model;
mod static_tokens;
mod steps;
mod stored;
mod tokenizer_files;
mod tokenizing;
mod transformer;
mod vector_cache;
mod weights;

use std::path::{Path, PathBuf};

pub use anatomy::{Anatomy, Parts, Piece, TokenRole, tokens_without};
pub use attribution::{Answer, Attribution, MAX_LEFT_OUT, MAX_TOKENS_SHOWN, TokenPair, attribute, strongest_pair};
pub use choice::ModelChoice;
pub use description::{Description, ReadSmall, describe};
pub use encoder::{Encoder, FirstWeights, LANES, LearningModel, NamedPrompt, TokenTable, Trainable, Trained};
pub use folder::embedded_bytes;
pub use http::{HttpError, without_secrets};
pub use hub::{
    Cached, Check, Fetched, Hub, HubEnvironment, HubError, HubId, HubIdError, Interrupted, LeftOut, Removed, Repository,
    RepositoryFile, Snapshot, Token,
};
pub use identity::{EMBEDDED_SHA256, is_embedded};
pub use library::Library;
pub use pooling::{Pooling, PoolingMode};
pub use recent::RecentModels;
pub use server::{AddressError, ApiKey, KeyError, Patience, ServedModel, ServerAddress, ServerError, set_typed_key};
pub use settings::ModelSettings;
pub use source::{Source, SourceTextError};
pub use vector_cache::{VectorCache, embed_through};

use crate::data::excerpt;
use crate::files::FileError;
use crate::memory::NoMemory;

/// Characters of what a file says, and of names that it gives, that messages repeat at most.
const LONGEST_GOT: usize = 400;
const LONGEST_NAME: usize = 600;

/// Why a model can't be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file of the model can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It did not come from the Hub, or is not in its cache.
    #[error(transparent)]
    Hub(HubError),
    /// A file of the model is not what it should be.
    #[error("expected {expected} in {}, got {}", excerpt(file, LONGEST_NAME), excerpt(got, LONGEST_GOT))]
    Part {
        /// The file within the model.
        file: String,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        got: String,
    },
    /// There is nothing of this name.
    #[error("no model {:?}: expected {}; choose one that is there", folder.display().to_string(), Source::forms())]
    NotThere {
        /// Where a folder was looked for.
        folder: PathBuf,
    },
    /// The model has not what it is asked for.
    #[error("expected a model with {what}, but {model} has none; choose another model")]
    Lacks {
        /// What it is called.
        model: String,
        /// What it should have.
        what: &'static str,
    },
    /// The folder is no model.
    #[error("expected a sentence-transformers model folder, but {} has no {}", folder.display(), excerpt(missing, LONGEST_NAME))]
    NotAModel {
        /// The folder.
        folder: PathBuf,
        /// The file it lacks.
        missing: String,
    },
    /// The model would take the place of the one that it is trained from.
    #[error("expected another folder than that of the model that is trained, got {}; choose another folder", folder.display())]
    SavedOver {
        /// The folder.
        folder: PathBuf,
    },
    /// A part of the model is not there.
    #[error("expected the file {}, got none; fetch or copy the model again", excerpt(file, LONGEST_NAME))]
    Missing {
        /// The file.
        file: String,
    },
    /// The architecture is not run here.
    #[error(
        "expected a model of a family that is run here ({run}), got {:?} as model_type in {file}{why}; choose another model",
        excerpt(name, 60)
    )]
    Architecture {
        /// The file that says so.
        file: String,
        /// What it says.
        name: String,
        /// Why it is not run, behind a colon, if that is known.
        why: String,
        /// Those that are.
        run: String,
    },
    /// A server gave no vectors.
    #[error(transparent)]
    Server(ServerError),
    /// It would need more memory than there is.
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
    /// A computation failed.
    #[error("cannot embed the phrases: {0}")]
    Compute(String),
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl From<candle_core::Error> for ModelError {
    /// What candle says without the calls that led there, which it adds where backtraces are switched on.
    fn from(error: candle_core::Error) -> Self {
        Self::Compute(error.to_string().lines().next().unwrap_or_default().to_owned())
    }
}

impl ModelError {
    /// The same with the files that it names where they are: in `folder`.
    fn within(self, folder: &Path) -> Self {
        let within = |file: String| match Path::new(&file).starts_with(folder) {
            true => file,
            false => folder.join(file).display().to_string(),
        };
        match self {
            Self::Part { file, expected, got } => Self::Part { file: within(file), expected, got },
            Self::Missing { file } => Self::Missing { file: within(file) },
            Self::Architecture { file, name, why, run } => Self::Architecture { file: within(file), name, why, run },
            error => error,
        }
    }
}
