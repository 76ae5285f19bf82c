//! From a folder, or from what is compiled in, to an encoder.
//!
//! How files are read is told in `folder.rs`; what is made of them, in `architecture.rs`.

use std::path::Path;
use std::sync::Arc;

use super::architecture::encoder_of;
use super::folder::ModelFiles;
use super::{Encoder, ModelError, ModelSettings};

/// The model in `folder`, called `name`, as `settings` say.
///
/// # Errors
/// If it is not there, no model, or one that is not run here; with the path of the file.
pub(super) fn open(folder: &Path, name: &str, settings: &ModelSettings) -> Result<Arc<dyn Encoder>, ModelError> {
    if !folder.is_dir() {
        return Err(ModelError::NotThere { folder: folder.to_owned() });
    }
    let opened = ModelFiles::read_folder(folder, name, settings).and_then(|files| encoder_of(files));
    opened.map_err(|error| error.within(folder))
}

/// The compiled-in model, as `settings` say.
pub(super) fn open_embedded(settings: &ModelSettings) -> Result<Arc<dyn Encoder>, ModelError> {
    encoder_of(ModelFiles::embedded(settings)?)
}
