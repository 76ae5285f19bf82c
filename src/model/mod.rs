//! Phrases in, vectors of a named space out.
//!
//! [`Encoder`] is the only seam: the window, the command line and training know no other. The models
//! are the one compiled in ([`embedded`]) and folders in the layout of sentence-transformers
//! ([`open_folder`]).

mod bert;
mod bounds;
mod files;
mod fused;
mod layer;
mod sentence_encoder;
mod shorten;
mod trainable;

use std::path::{Path, PathBuf};

pub use bert::Bert;
pub use sentence_encoder::SentenceEncoder;
pub use trainable::{FirstWeights, LANES, TrainableEncoder, Trained, check_save, save_folder, with_random_weights};

use crate::files::FileError;
use crate::progress::OnProgress;
use crate::space::{SpaceId, Vectors};

/// The file of a model's weights in its folder.
const WEIGHTS_FILE: &str = "model.safetensors";

/// Something that turns phrases into vectors.
pub trait Encoder {
    /// The space of its vectors.
    fn space(&self) -> &SpaceId;

    /// Vectors of `phrases`, in their order; `Break` from `progress` gives [`ModelError::Cancelled`].
    fn encode(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ModelError>;
}

/// Why a model can't be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file of the model can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file of the model is not what it should be.
    #[error("expected {expected} in {file}, got {got}")]
    Part {
        /// The file within the model.
        file: String,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        got: String,
    },
    /// The folder is no model.
    #[error("expected a sentence-transformers model folder, but {} has no {missing}", folder.display())]
    NotAModel {
        /// The folder.
        folder: PathBuf,
        /// The file it lacks.
        missing: &'static str,
    },
    /// A computation failed.
    #[error("cannot embed the phrases")]
    Compute(#[from] candle_core::Error),
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// The model compiled into the program: all-MiniLM-L6-v2, 384 dimensions.
pub fn embedded() -> Result<SentenceEncoder, ModelError> {
    SentenceEncoder::from_files(&files::ModelFiles::embedded())
}

/// The model in `folder`, in the layout that sentence-transformers saves.
pub fn open_folder(folder: &Path) -> Result<SentenceEncoder, ModelError> {
    SentenceEncoder::from_files(&files::ModelFiles::read_folder(folder)?)
}
