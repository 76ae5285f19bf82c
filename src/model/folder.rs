//! The files that make up a sentence-transformers model, compiled in or from a folder, and which architecture they are of.
//!
//! What they mean is read by the architecture: `sentence_encoder.rs`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::ModelError;
use crate::files::{self, FolderKind, Part};
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

/// The file of a model's weights in its folder.
pub(super) const WEIGHTS_FILE: &str = "model.safetensors";

const NEEDED: [&str; 3] = [WEIGHTS_FILE, "config.json", "tokenizer.json"];
const OPTIONAL: [&str; 3] = [MODULES, POOLING, LIMITS];
const MODULES: &str = "modules.json";
const POOLING: &str = "1_Pooling/config.json";
const LIMITS: &str = "sentence_bert_config.json";
const LICENSE: &str = "LICENSE";

/// Files that Python wants beside those that are read here.
const OTHERS: [&str; 5] =
    ["tokenizer_config.json", "special_tokens_map.json", "config_sentence_transformers.json", "vocab.txt", LICENSE];

/// All files that may belong to a model, by their names in its folder.
pub(super) fn file_names() -> impl Iterator<Item = &'static str> {
    NEEDED.into_iter().chain(OPTIONAL).chain(OTHERS)
}

/// The files that are read; where one has changed, the model has.
const READ: [&str; 6] = [WEIGHTS_FILE, "config.json", "tokenizer.json", MODULES, POOLING, LIMITS];

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

/// What is written is a model folder: `modules.json` says so, and one of its files is in a folder of its own.
const FOLDER: FolderKind = FolderKind { mark: MODULES, sub_folders: &["1_Pooling"] };

/// Whether a model can be saved to `folder`: to be asked before there is anything to save.
///
/// # Errors
/// Those of the saving itself.
pub fn check_save(folder: &Path) -> Result<(), ModelError> {
    Ok(files::check_folder(folder, FOLDER)?)
}

/// Writes a model to `folder`, all or nothing, in the layout that sentence-transformers loads: the tokenizer,
/// configuration, pooling and normalisation in `model`, and `weights` (a safetensors file). Whatever else is in the
/// folder stays as it is.
///
/// # Errors
/// If `folder` is there and holds something else than a model, or can't be written.
pub(super) fn save_model(model: &ModelFiles, weights: &[u8], folder: &Path) -> Result<(), ModelError> {
    let mut parts = model.to_save(folder);
    parts.push((WEIGHTS_FILE, Some(weights)));
    Ok(files::write_folder(folder, &parts, FOLDER)?)
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
        let names: Vec<&'static str> = file_names().collect();
        let mut contents: HashMap<&str, Vec<u8>> = HashMap::new();
        for (name, bytes) in names.iter().zip(files::read_together(folder, &names)?) {
            contents.extend(bytes.map(|bytes| (*name, bytes)));
        }
        let mut optional = |name: &str| -> Option<Bytes> { contents.remove(name).map(Cow::Owned) };
        let [weights, config, tokenizer] =
            NEEDED.map(|missing| optional(missing).ok_or_else(|| ModelError::NotAModel { folder: folder.to_owned(), missing }));
        let weights = weights?;
        let revision = Sha256::digest(&weights).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            name: folder.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned()),
            revision,
            config: config?,
            tokenizer: tokenizer?,
            modules: optional(MODULES),
            pooling: optional(POOLING),
            limits: optional(LIMITS),
            others: OTHERS.into_iter().filter_map(|name| Some((name, optional(name)?))).collect(),
            weights,
        })
    }

    /// The same without the weights, which are large.
    pub(super) fn without_weights(&self) -> Self {
        Self { weights: Cow::Borrowed(&[]), ..self.clone() }
    }

    /// The files of a model folder, but for the weights. One that another model had there and this one has not would be
    /// read as a part of this one, so it goes; a licence that is there is left alone, as it may be of more than the model.
    pub(super) fn to_save(&self, folder: &Path) -> Vec<Part<'_>> {
        let mut parts: Vec<Part<'_>> = vec![("config.json", Some(&*self.config)), ("tokenizer.json", Some(&*self.tokenizer))];
        parts.push((MODULES, Some(self.modules.as_deref().unwrap_or(BARE_MODULES))));
        parts.extend([(POOLING, self.pooling.as_deref()), (LIMITS, self.limits.as_deref())]);
        let other = |name: &str| self.others.iter().find(|(other, _)| *other == name).map(|(_, bytes)| &**bytes);
        let others = OTHERS.into_iter().filter(|name| *name != LICENSE || !files::is_there(&folder.join(name)));
        parts.extend(others.map(|name| (name, other(name))));
        parts
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
