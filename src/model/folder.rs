//! The files of a model, compiled in or in a folder: opened as one, and saved again.
//!
//! What the small ones mean is read in `blueprint.rs`; what the weights are, in `weights.rs`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use super::blueprint::{Blueprint, LIMITS, MODULES};
use super::identity::EMBEDDED_NAME;
use super::tokenizer_files::{ADDED, MERGES, TOKENIZER, TOKENIZER_CONFIG, TokenizerFiles, VOCABULARY, VOCABULARY_JSON};
use super::weights::WeightFiles;
use super::{ModelError, ModelSettings};
use crate::files::{self, FileError, FolderKind, OpenFile, Part};

pub(super) type Bytes = Cow<'static, [u8]>;

/// The file of a model's weights in its folder.
pub(super) const WEIGHTS_FILE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
const PICKLE: &str = "pytorch_model.bin";
const PICKLE_INDEX: &str = "pytorch_model.bin.index.json";

const LICENSE: &str = "LICENSE";
const POOLING: &str = "1_Pooling/config.json";

/// Files beside the tokenizer's that Python wants.
const BESIDE: [&str; 2] = ["special_tokens_map.json", ADDED];

/// The tokenizer's files.
const TOKENIZER_FILES: [&str; 4] = [TOKENIZER, VOCABULARY, VOCABULARY_JSON, MERGES];

/// Files of these names in a model's folder belong to the model.
const ROOT: [&str; 4] = ["config.json", MODULES, "config_sentence_transformers.json", POOLING];

/// All files that may belong to a model, by their names in its folder; those in folders of modules stand for others.
pub(super) fn file_names() -> impl Iterator<Item = &'static str> {
    let weights = [WEIGHTS_FILE, INDEX, PICKLE, PICKLE_INDEX];
    ROOT.into_iter().chain(weights).chain(TOKENIZER_FILES).chain([TOKENIZER_CONFIG]).chain(BESIDE).chain(LIMITS).chain([LICENSE])
}

/// By file: when it was changed last and its length in bytes; `None` where there is none. Another stamp, another model.
pub(super) type Stamp = Vec<Option<files::FileStamp>>;

/// The stamp of the model in `folder`, as it is now.
pub(super) fn stamp(folder: &Path) -> Stamp {
    names_in(folder).iter().map(|name| files::stamp(&folder.join(name))).collect()
}

/// The names of all files that were read of the model in `folder`, or may be.
pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let listed = |name: &str| files::read(&folder.join(name)).ok();
    let modules = listed(MODULES).and_then(|bytes| Blueprint::folders(&bytes).ok()).unwrap_or_default();
    let mut names: Vec<String> = file_names().map(str::to_owned).collect();
    for module in modules.iter().map(String::as_str).chain([""]) {
        let own =
            ["config.json", WEIGHTS_FILE, PICKLE, TOKENIZER, TOKENIZER_CONFIG].into_iter().chain(TOKENIZER_FILES).chain(LIMITS);
        names.extend(own.map(|name| format!("{module}{name}")));
        let indices = [INDEX, PICKLE_INDEX].map(|name| format!("{module}{name}"));
        let shards = indices.iter().filter_map(|index| shards(index, &listed(index)?).ok()).flatten();
        names.extend(shards.map(|name| format!("{module}{name}")));
    }
    names.sort();
    names.dedup();
    names
}

/// The files of a model, from wherever they are.
pub(super) struct ModelFiles {
    /// What it is called.
    pub(super) name: String,
    pub(super) blueprint: Blueprint,
    pub(super) tokenizer: TokenizerFiles,
    /// Of the first module.
    pub(super) weights: WeightFiles,
    /// Of the later modules that have some, by their folders.
    pub(super) later: BTreeMap<String, WeightFiles>,
    pub(super) saved: Saved,
}

/// The small files of a model, and how it embeds: what a trained copy is saved with.
#[derive(Clone, Default)]
pub(super) struct Saved {
    files: Vec<(String, Bytes)>,
    /// The folder of the first module, which ends in a slash unless it is the model's own.
    pub(super) folder: String,
}

macro_rules! asset {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../assets/models/all-MiniLM-L6-v2/", $name)).as_slice())
    };
}

/// The small files of the compiled-in model.
const EMBEDDED: [(&str, &[u8]); 9] = [
    asset!("config.json"),
    asset!("tokenizer.json"),
    asset!("modules.json"),
    asset!("1_Pooling/config.json"),
    asset!("sentence_bert_config.json"),
    asset!("tokenizer_config.json"),
    asset!("special_tokens_map.json"),
    asset!("config_sentence_transformers.json"),
    asset!("LICENSE"),
];

/// Bytes of the compiled-in model.
pub fn embedded_bytes() -> u64 {
    let small: usize = EMBEDDED.iter().map(|(_, bytes)| bytes.len()).sum();
    (small + asset!("model.safetensors").1.len()) as u64
}

impl ModelFiles {
    pub(super) fn embedded(settings: &ModelSettings) -> Result<Self, ModelError> {
        let find = |name: &str| EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, bytes)| Cow::Borrowed(*bytes));
        let blueprint = Blueprint::read(EMBEDDED_NAME, &mut |name| Ok(find(name)), settings)?;
        let mut saved = Saved::of(&blueprint);
        saved.add(TOKENIZER_FILES.iter().chain(&BESIDE).chain(&[LICENSE]), &find);
        Ok(Self {
            name: EMBEDDED_NAME.to_owned(),
            tokenizer: TokenizerFiles { json: find(TOKENIZER), ..TokenizerFiles::default() },
            weights: WeightFiles::Embedded(asset!("model.safetensors").1),
            later: BTreeMap::new(),
            blueprint,
            saved,
        })
    }

    /// All as it was at one moment: what the small files name is opened with them, and they are read again from there.
    pub(super) fn read_folder(folder: &Path, name: &str, settings: &ModelSettings) -> Result<Self, ModelError> {
        let mut names: Vec<String> = Vec::new();
        let mut read = |file: &str| {
            names.push(file.to_owned());
            read_small(folder, file)
        };
        let first = Blueprint::read(name, &mut read, settings).map_err(|error| no_model(error, folder))?;
        let folders: Vec<String> = std::iter::once(first.folder.clone()).chain(first.weight_folders()).collect();
        let of_first = |file: &str| format!("{}{file}", first.folder);
        names.extend(TOKENIZER_FILES.iter().chain(&BESIDE).map(|file| of_first(file)));
        names.push(LICENSE.to_owned());
        let mut weights = Vec::new();
        for module in &folders {
            weights.push(weight_names(folder, module)?);
        }
        names.extend(weights.iter().flatten().cloned());
        names.sort();
        names.dedup();
        let as_text: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut opened: BTreeMap<String, OpenFile> = names
            .iter()
            .cloned()
            .zip(files::open_together(folder, &as_text)?)
            .filter_map(|(name, file)| Some((name, file?)))
            .collect();
        let small = |name: &str| opened.get(name).map(|file| file.read().map(Cow::Owned)).transpose();
        let blueprint = Blueprint::read(name, &mut |name| Ok(small(name)?), settings)?;
        let mut saved = Saved::of(&blueprint);
        let mut tokenizer: BTreeMap<&str, Bytes> = BTreeMap::new();
        for file in TOKENIZER_FILES.into_iter().chain(BESIDE) {
            tokenizer.extend(small(&of_first(file))?.map(|bytes| (file, bytes)));
        }
        let license = small(LICENSE)?;
        saved.add(TOKENIZER_FILES.iter().chain(&BESIDE), &|name| tokenizer.get(name).cloned());
        saved.add(&[LICENSE], &|_| license.clone());
        let mut weights = folders.iter().cloned().zip(weights);
        let mut take = |(module, names): (String, Vec<String>)| Ok((module, take_weights(folder, names, &mut opened)?));
        let first_weights = weights.next().map(&mut take).transpose()?.map(|(_, weights)| weights);
        let missing = || ModelError::Missing { file: of_first(WEIGHTS_FILE) };
        Ok(Self {
            name: name.to_owned(),
            tokenizer: TokenizerFiles {
                json: tokenizer.remove(TOKENIZER),
                vocabulary: tokenizer.remove(VOCABULARY),
                vocabulary_json: tokenizer.remove(VOCABULARY_JSON),
                merges: tokenizer.remove(MERGES),
                added: tokenizer.remove(ADDED),
            },
            weights: first_weights.ok_or_else(missing)?,
            later: weights.map(take).collect::<Result<_, ModelError>>()?,
            blueprint,
            saved,
        })
    }
}

/// What lacks its first file is no model at all.
fn no_model(error: ModelError, folder: &Path) -> ModelError {
    match error {
        ModelError::Missing { file } => ModelError::NotAModel { folder: folder.to_owned(), missing: file },
        error => error,
    }
}

fn read_small(folder: &Path, name: &str) -> Result<Option<Bytes>, ModelError> {
    let file = files::open_together(folder, &[name])?.into_iter().next().flatten();
    Ok(file.map(|file| file.read().map(Cow::Owned)).transpose()?)
}

/// The names of the files with the weights of the module in `module`: one whole file, shards, or what PyTorch pickled.
fn weight_names(folder: &Path, module: &str) -> Result<Vec<String>, ModelError> {
    let is_there = |name: &str| folder.join(name).is_file();
    let at = |name: &str| format!("{module}{name}");
    for (whole, index) in [(WEIGHTS_FILE, INDEX), (PICKLE, PICKLE_INDEX)] {
        if is_there(&at(whole)) {
            return Ok(vec![at(whole)]);
        }
        if let Some(bytes) = read_small(folder, &at(index))? {
            return shards(&at(index), &bytes).map(|names| names.iter().map(|name| at(name)).collect());
        }
    }
    Err(ModelError::Missing { file: at(WEIGHTS_FILE) })
}

/// The files that an index of shards names.
fn shards(file: &str, bytes: &[u8]) -> Result<Vec<String>, ModelError> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let bad = |got: String| ModelError::Part { file: file.to_owned(), expected: "an index of shards (weight_map)", got };
    let index: Index = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
    let mut names: Vec<String> = index.weight_map.into_values().collect();
    names.sort();
    names.dedup();
    match names.iter().find(|name| name.contains(['/', '\\']) || name.starts_with("..")) {
        Some(outside) => Err(bad(format!("{outside:?}, which is no name of a file beside it"))),
        None if names.is_empty() => Err(bad("no shards".to_owned())),
        None => Ok(names),
    }
}

fn take_weights(folder: &Path, names: Vec<String>, opened: &mut BTreeMap<String, OpenFile>) -> Result<WeightFiles, ModelError> {
    if names.iter().all(|name| name.ends_with(".safetensors")) {
        let take = |name: String| opened.remove(&name).ok_or(ModelError::Missing { file: name });
        return Ok(WeightFiles::Safetensors(names.into_iter().map(take).collect::<Result<_, _>>()?));
    }
    match names.iter().find(|name| !opened.contains_key(*name)) {
        Some(missing) => Err(ModelError::Missing { file: missing.clone() }),
        None => Ok(WeightFiles::Pickled(names.iter().map(|name| folder.join(name)).collect())),
    }
}

/// By what a model folder is known that may be written into.
const MARK: &str = MODULES;

/// Whether a model can be saved to `folder`.
pub(super) fn check_save(folder: &Path) -> Result<(), ModelError> {
    Ok(files::check_folder(folder, FolderKind { mark: MARK, sub_folders: &[] })?)
}

impl Saved {
    fn of(blueprint: &Blueprint) -> Self {
        Self { files: blueprint.to_save(), folder: blueprint.folder.clone() }
    }

    fn add<'a>(&mut self, names: impl IntoIterator<Item = &'a &'static str>, find: &dyn Fn(&str) -> Option<Bytes>) {
        for name in names {
            let place = if *name == LICENSE { LICENSE.to_owned() } else { format!("{}{name}", self.folder) };
            self.files.extend(find(name).map(|bytes| (place, bytes)));
        }
    }

    /// Writes a model to `folder`, all or nothing, in the layout that sentence-transformers loads: these files, and
    /// `weights` (safetensors files by the folders of their modules). Whatever else is in the folder stays as it is.
    ///
    /// # Errors
    /// If `folder` is there and holds something else than a model, or can't be written.
    pub(super) fn write(&self, weights: &[(String, Vec<u8>)], folder: &Path) -> Result<(), FileError> {
        let names: Vec<String> = weights.iter().map(|(module, _)| format!("{module}{WEIGHTS_FILE}")).collect();
        let mut parts: Vec<Part<'_>> =
            names.iter().zip(weights).map(|(name, (_, bytes))| (name.as_str(), Some(&**bytes))).collect();
        let keeps = |name: &str| name == LICENSE && files::is_there(&folder.join(name));
        let own = self.files.iter().filter(|(name, _)| !keeps(name));
        parts.extend(own.map(|(name, bytes)| (name.as_str(), Some(&**bytes))));
        // A file that another model had there would be read as a part of this one, so it goes. A licence may be of more
        // than the model.
        let stale: Vec<&str> = file_names()
            .filter(|name| *name != LICENSE && !parts.iter().any(|(part, _)| part == name) && files::is_there(&folder.join(name)))
            .collect();
        parts.extend(stale.iter().map(|name| (*name, None)));
        let sub_folders: Vec<&str> = parts.iter().filter_map(|(name, _)| Some(name.rsplit_once('/')?.0)).collect();
        files::write_folder(folder, &parts, FolderKind { mark: MARK, sub_folders: &sub_folders })
    }
}
