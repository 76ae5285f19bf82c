//! Which architecture a model is of, by what its files say.
//!
//! Adding one is an arm here, beside the file or folder that implements it.

use std::sync::Arc;

use super::folder::ModelFiles;
use super::sentence_encoder::SentenceEncoder;
use super::{Encoder, ModelError, ModelSettings};

/// The encoder that `files` are the files of: one arm for each architecture, chosen by what `config.json` and
/// `modules.json` say. There is one, and it says what it expects where they say something else.
pub(super) fn encoder_of(files: &ModelFiles, _settings: &ModelSettings) -> Result<Arc<dyn Encoder>, ModelError> {
    Ok(Arc::new(SentenceEncoder::from_files(files)?))
}
