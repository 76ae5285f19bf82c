//! What the worker finds out of models: what one that was opened says of itself, what one is before it is opened, and which
//! are on this machine.

use std::path::Path;
use std::sync::Arc;

use crate::files;
use crate::model::{self, Description, Encoder, Library, ModelChoice, ModelError, NamedPrompt, Source};
use crate::progress::OnProgress;
use crate::space::Vectors;

/// Phrases as a model embedded them.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// The model.
    pub choice: ModelChoice,
    /// The phrases.
    pub phrases: Vec<Arc<str>>,
    /// Their vectors, in the same order.
    pub vectors: Vectors,
    /// Those of the phrases that the model reads only in part.
    pub cut: Vec<Arc<str>>,
    /// What the model says of itself.
    pub facts: ModelFacts,
}

/// What an opened model says of itself, beside its space.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelFacts {
    /// Tokens of a phrase that it reads at most, special ones included; `None`: all, or nobody knows.
    pub limit: Option<usize>,
    /// The prompts that it was trained with.
    pub prompts: Vec<NamedPrompt>,
    /// What one should know of it, a sentence each, without a full stop.
    pub remarks: Vec<String>,
}

impl ModelFacts {
    pub(super) fn of(model: &dyn Encoder) -> Self {
        Self { limit: model.limit(), prompts: model.prompts().to_vec(), remarks: model.remarks().to_vec() }
    }
}

/// What a model is, found out before it is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelLook {
    /// Where it comes from.
    pub source: Source,
    /// What its small files say.
    pub description: Description,
    /// Bytes of it on this machine; 0: none.
    pub n_bytes_here: u64,
    /// Bytes that would be fetched before it can be used.
    pub n_bytes_to_fetch: u64,
    /// Its licence, where it is stated.
    pub licence: Option<String>,
    /// What one should know before it is used, a sentence each, without a full stop.
    pub warnings: Vec<String>,
}

impl ModelLook {
    /// Looks at the model of `source`.
    ///
    /// # Errors
    /// If it is not there, or none that can be used here.
    pub(super) fn at(source: Source, library: &Library, progress: &mut OnProgress<'_>) -> Result<Self, ModelError> {
        match &source {
            Source::Folder(folder) => Self::in_folder(source.clone(), folder),
            Source::Embedded | Source::Random(_) | Source::Tokens | Source::Server(_) => {
                Self::of_opened(source, library, progress)
            }
        }
    }

    /// What it says itself: it costs little to open, or nobody else could say.
    fn of_opened(source: Source, library: &Library, progress: &mut OnProgress<'_>) -> Result<Self, ModelError> {
        let model = library.open(&source.clone().into(), progress)?;
        let space = model.space();
        let description = Description {
            dims: Some(space.dims),
            limit: model.limit(),
            pooling: space.pooling.parse().ok(),
            normalised: space.normalised,
            can_learn: model.trainable().is_some(),
            prompts: model.prompts().to_vec(),
            remarks: model.remarks().to_vec(),
            ..Description::default()
        };
        Ok(Self::of(source, description))
    }

    fn of(source: Source, description: Description) -> Self {
        Self { source, description, n_bytes_here: 0, n_bytes_to_fetch: 0, licence: None, warnings: Vec::new() }
    }

    fn in_folder(source: Source, folder: &Path) -> Result<Self, ModelError> {
        if !folder.is_dir() {
            return Err(ModelError::NotThere { folder: folder.to_owned() });
        }
        let description = model::describe(&source.name(), &mut |name| read_if_there(&folder.join(name)))?;
        Ok(Self { n_bytes_here: bytes_of(&source), ..Self::of(source, description) })
    }
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, ModelError> {
    if path.is_file() { Ok(Some(files::read(path)?)) } else { Ok(None) }
}

/// A model that can be used without a network.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelHere {
    /// Where it is.
    pub source: Source,
    /// Its bytes on the disk; 0 for what is compiled in.
    pub n_bytes: u64,
    /// What is wrong with it: gone since it was used, or not whole.
    pub problem: Option<String>,
}

/// The models on this machine: the built-in one, and those of `used` that are read from the disk or from a server.
pub(super) fn models_here(used: &[Source]) -> Vec<ModelHere> {
    let built_in = ModelHere { source: Source::Embedded, n_bytes: 0, problem: None };
    let others = used.iter().filter(|source| **source != Source::Embedded).map(|source| ModelHere {
        n_bytes: bytes_of(source),
        problem: problem_of(source),
        source: source.clone(),
    });
    std::iter::once(built_in).chain(others).collect()
}

fn problem_of(source: &Source) -> Option<String> {
    match source {
        Source::Folder(folder) if !folder.is_dir() => Some("the folder is gone".to_owned()),
        Source::Folder(_) | Source::Embedded | Source::Random(_) | Source::Tokens | Source::Server(_) => None,
    }
}

/// Bytes of the files that the model of `source` is read from.
fn bytes_of(source: &Source) -> u64 {
    let lengths = source.files().into_iter().filter_map(|path| Some(files::stamp(&path)?.1));
    lengths.sum()
}

/// Brings the model of `source` onto this machine.
///
/// # Errors
/// If it can't be fetched; [`ModelError::Cancelled`] if `progress` answers `Break`.
pub(super) fn fetch(source: &Source, _progress: &mut OnProgress<'_>) -> Result<(), ModelError> {
    match source {
        Source::Embedded | Source::Folder(_) | Source::Random(_) | Source::Tokens | Source::Server(_) => Ok(()),
    }
}
