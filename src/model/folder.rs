//! The files that make up a sentence-transformers model, compiled in or from a folder, and which architecture they are of.
//!
//! What they mean is read by the architecture: `sentence_encoder.rs`.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::sentence_encoder::SentenceEncoder;
use super::{Encoder, ModelError};
use crate::files;
use crate::space::SpaceId;

type Bytes = Cow<'static, [u8]>;

/// The name of the compiled-in model.
const EMBEDDED_NAME: &str = "sentence-transformers/all-MiniLM-L6-v2";

/// Start of the SHA-256 of the compiled-in weights; a test compares it with the file.
const EMBEDDED_REVISION: &str = "5ba0032a";

/// The bytes of a model's files.
#[derive(Clone)]
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
    /// `tokenizer_config.json`, `special_tokens_map.json` and the like: not read here, but saved again.
    pub(super) others: Vec<(&'static str, Bytes)>,
    /// `model.safetensors`.
    pub(super) weights: Bytes,
}

/// Files that Python wants beside those that are read here.
const OTHERS: [&str; 5] =
    ["tokenizer_config.json", "special_tokens_map.json", "config_sentence_transformers.json", "vocab.txt", "LICENSE"];

/// The files that are read; where one has changed, the model has.
const READ: [&str; 6] =
    ["model.safetensors", "config.json", "tokenizer.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json"];

/// By file: when it was changed last and its length in bytes; `None` where there is none. Another stamp, another model.
pub(super) type Stamp = Vec<Option<files::FileStamp>>;

/// The stamp of the model in `folder`, as it is now.
pub(super) fn stamp(folder: &Path) -> Stamp {
    READ.iter().map(|name| files::stamp(&folder.join(name))).collect()
}

/// Whether `space` is that of the model compiled into the program.
pub fn is_embedded(space: &SpaceId) -> bool {
    space.model == EMBEDDED_NAME && space.revision == EMBEDDED_REVISION && space.training.is_none()
}

/// The encoder that `files` are the files of: one arm for each architecture, chosen by what `config.json` and
/// `modules.json` say. There is one, and it says what it expects where they say something else.
pub(super) fn encoder_of(files: &ModelFiles) -> Result<Arc<dyn Encoder>, ModelError> {
    Ok(Arc::new(SentenceEncoder::from_files(files)?))
}

/// What a bare transformer is, said in the words of sentence-transformers: mean pooling, nothing after it.
const BARE_MODULES: &[u8] = br#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
 {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]"#;

macro_rules! asset {
    ($name:literal) => {
        Cow::Borrowed(include_bytes!(concat!("../../assets/models/all-MiniLM-L6-v2/", $name)).as_slice())
    };
}

impl ModelFiles {
    pub(super) fn embedded() -> Self {
        Self {
            name: EMBEDDED_NAME.to_owned(),
            revision: EMBEDDED_REVISION.to_owned(),
            config: asset!("config.json"),
            tokenizer: asset!("tokenizer.json"),
            modules: Some(asset!("modules.json")),
            pooling: Some(asset!("1_Pooling/config.json")),
            limits: Some(asset!("sentence_bert_config.json")),
            others: vec![
                ("tokenizer_config.json", asset!("tokenizer_config.json")),
                ("special_tokens_map.json", asset!("special_tokens_map.json")),
                ("config_sentence_transformers.json", asset!("config_sentence_transformers.json")),
                ("LICENSE", asset!("LICENSE")),
            ],
            weights: asset!("model.safetensors"),
        }
    }

    pub(super) fn read_folder(folder: &Path) -> Result<Self, ModelError> {
        if !folder.is_dir() {
            return Err(ModelError::NotThere { folder: folder.to_owned() });
        }
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
        let other = |name: &'static str| Ok(optional(name)?.map(|bytes| (name, bytes)));
        let others: Vec<Option<_>> = OTHERS.into_iter().map(other).collect::<Result<_, ModelError>>()?;
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
            others: others.into_iter().flatten().collect(),
            weights,
        })
    }

    /// The same without the weights, which are large.
    pub(super) fn without_weights(&self) -> Self {
        Self { weights: Cow::Borrowed(&[]), ..self.clone() }
    }

    /// Names and bytes of a model folder, but for the weights.
    pub(super) fn to_save(&self) -> Vec<(&str, &[u8])> {
        let mut contents: Vec<(&str, &[u8])> = vec![("config.json", &*self.config), ("tokenizer.json", &*self.tokenizer)];
        contents.push(("modules.json", self.modules.as_deref().unwrap_or(BARE_MODULES)));
        let optional = [("1_Pooling/config.json", &self.pooling), ("sentence_bert_config.json", &self.limits)];
        contents.extend(optional.into_iter().filter_map(|(name, bytes)| Some((name, bytes.as_deref()?))));
        contents.extend(self.others.iter().map(|(name, bytes)| (*name, &**bytes)));
        contents
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
