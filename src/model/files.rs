//! The files that make up a sentence-transformers model, compiled in or from a folder.
//!
//! What they mean is read in `sentence_encoder.rs`.

use std::borrow::Cow;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::ModelError;
use crate::files;

type Bytes = Cow<'static, [u8]>;

/// Start of the SHA-256 of the compiled-in weights; a test compares it with the file.
const EMBEDDED_REVISION: &str = "5ba0032a";

/// The bytes of a model's files.
pub(super) struct ModelFiles {
    pub(super) name: String,
    /// Start of the SHA-256 of the weights.
    pub(super) revision: String,
    /// Architecture (`config.json`).
    pub(super) config: Bytes,
    /// `tokenizer.json`.
    pub(super) tokenizer: Bytes,
    /// `modules.json`: what follows the transformer. Absent in a bare transformer.
    pub(super) modules: Option<Bytes>,
    /// `1_Pooling/config.json`.
    pub(super) pooling: Option<Bytes>,
    /// `sentence_bert_config.json`: the length limit.
    pub(super) limits: Option<Bytes>,
    /// `model.safetensors`.
    pub(super) weights: Bytes,
}

macro_rules! asset {
    ($name:literal) => {
        Cow::Borrowed(include_bytes!(concat!("../../assets/models/all-MiniLM-L6-v2/", $name)).as_slice())
    };
}

impl ModelFiles {
    pub(super) fn embedded() -> Self {
        Self {
            name: "sentence-transformers/all-MiniLM-L6-v2".to_owned(),
            revision: EMBEDDED_REVISION.to_owned(),
            config: asset!("config.json"),
            tokenizer: asset!("tokenizer.json"),
            modules: Some(asset!("modules.json")),
            pooling: Some(asset!("1_Pooling/config.json")),
            limits: Some(asset!("sentence_bert_config.json")),
            weights: asset!("model.safetensors"),
        }
    }

    pub(super) fn read_folder(folder: &Path) -> Result<Self, ModelError> {
        let needed = |missing: &'static str| -> Result<Bytes, ModelError> {
            let path = folder.join(missing);
            if !path.is_file() {
                return Err(ModelError::NotAModel { folder: folder.to_owned(), missing });
            }
            Ok(Cow::Owned(files::read(&path)?))
        };
        let optional = |name: &str| -> Result<Option<Bytes>, ModelError> {
            let path = folder.join(name);
            if path.is_file() { Ok(Some(Cow::Owned(files::read(&path)?))) } else { Ok(None) }
        };
        let weights = needed("model.safetensors")?;
        let revision = Sha256::digest(&weights).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            name: folder.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned()),
            revision,
            config: needed("config.json")?,
            tokenizer: needed("tokenizer.json")?,
            modules: optional("modules.json")?,
            pooling: optional("1_Pooling/config.json")?,
            limits: optional("sentence_bert_config.json")?,
            weights,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_revision_is_the_hash_of_the_weights() {
        let hash = Sha256::digest(&ModelFiles::embedded().weights);
        let hex: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, EMBEDDED_REVISION);
    }
}
