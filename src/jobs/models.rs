//! What the worker finds out of models: what one that was opened says of itself, what one is before it is opened, and which
//! are on this machine.

use std::path::Path;
use std::sync::Arc;

use crate::files;
use crate::model::{
    self, Cached, Description, Encoder, Hub, HubId, Library, ModelChoice, ModelError, NamedPrompt, Repository, Source,
};
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
    /// Bytes of it on this machine; 0: none, or it is compiled in.
    pub n_bytes_here: u64,
    /// Bytes that have to be fetched before it can be used; `None`: it can be used as it is.
    pub n_bytes_to_fetch: Option<u64>,
    /// The commit, of a repository of the Hub.
    pub commit: Option<String>,
    /// Its licence, where it is stated.
    pub licence: Option<String>,
    /// What one should know before it is used, a sentence each, without a full stop.
    pub warnings: Vec<String>,
}

impl ModelLook {
    /// Looks at the model of `source`: on the disk where it is there, else at the Hub.
    ///
    /// # Errors
    /// If it is not there, or none that can be used here.
    pub(super) fn at(source: Source, library: &Library, progress: &mut OnProgress<'_>) -> Result<Self, ModelError> {
        match &source {
            Source::Folder(folder) => Self::in_folder(source.clone(), folder),
            Source::Hub(id) => Self::of_repository(id, progress),
            Source::Embedded | Source::Random(_) | Source::Tokens | Source::Server(_) => {
                Self::of_opened(source, library, progress)
            }
        }
    }

    fn of(source: Source, description: Description) -> Self {
        Self { source, description, n_bytes_here: 0, n_bytes_to_fetch: None, commit: None, licence: None, warnings: Vec::new() }
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

    fn in_folder(source: Source, folder: &Path) -> Result<Self, ModelError> {
        if !folder.is_dir() {
            return Err(ModelError::NotThere { folder: folder.to_owned() });
        }
        let description = model::describe(&source.name(), &mut |name| read_if_there(&folder.join(name)))?;
        Ok(Self { n_bytes_here: bytes_of(&source), ..Self::of(source, description) })
    }

    /// The one in the cache is the one that would be used; else what the Hub has.
    fn of_repository(id: &HubId, progress: &mut OnProgress<'_>) -> Result<Self, ModelError> {
        let hub = Hub::from_environment();
        let source = Source::Hub(id.clone());
        if let Some(snapshot) = hub.cached(id) {
            return Ok(Self { commit: Some(snapshot.commit), ..Self::in_folder(source, &snapshot.folder)? });
        }
        let repository = hub.look(id, progress)?;
        let mut description = repository.describe(progress)?;
        description.remarks.extend(hub.is_mirror().then(|| format!("it comes from {}, a mirror of the Hub", hub.endpoint())));
        let (needed, missing) = (repository.needed_bytes(), repository.missing_bytes());
        Ok(Self {
            n_bytes_here: needed.saturating_sub(missing),
            n_bytes_to_fetch: Some(missing),
            commit: Some(repository.commit().to_owned()),
            licence: repository.licence().map(str::to_owned),
            warnings: warnings_of(&repository),
            ..Self::of(source, description)
        })
    }
}

fn warnings_of(repository: &Repository<'_>) -> Vec<String> {
    let gated =
        "it is gated: its conditions have to be accepted on its page first, and HF_TOKEN has to hold a token of that account";
    let no_licence = "its licence is not said: look at its page before you use it for more than a try";
    let gated = repository.is_gated().then_some(gated);
    let no_licence = repository.licence().is_none().then_some(no_licence);
    [gated, no_licence].into_iter().flatten().map(str::to_owned).collect()
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, ModelError> {
    if path.is_file() { Ok(Some(files::read(path)?)) } else { Ok(None) }
}

/// A model that can be used without fetching anything.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelHere {
    /// Where it is.
    pub source: Source,
    /// Its bytes on the disk; 0 for what is compiled in or elsewhere.
    pub n_bytes: u64,
    /// Start of its commit, of a repository of the Hub.
    pub commit: Option<String>,
    /// What is wrong with it: gone since it was used, or not whole.
    pub problem: Option<String>,
}

/// The built-in model, those in the cache shared with Python, and those of `used` that are elsewhere.
pub(super) fn models_here(used: &[Source]) -> Vec<ModelHere> {
    let built_in = ModelHere { source: Source::Embedded, n_bytes: model::embedded_bytes(), commit: None, problem: None };
    let hub = Hub::from_environment();
    let mut here: Vec<ModelHere> = std::iter::once(built_in).chain(hub.list().into_iter().map(cached_here)).collect();
    // What was used stands first, the latest before the others.
    for source in used.iter().rev() {
        match here.iter().position(|model| model.source == *source) {
            Some(place) => here[1..=place.max(1)].rotate_right(1),
            None => here.insert(1, used_here(source)),
        }
    }
    here
}

/// Characters of a commit that tell it from others.
const SHORT_COMMIT: usize = 8;

fn cached_here(cached: Cached) -> ModelHere {
    ModelHere {
        source: Source::Hub(cached.name()),
        n_bytes: cached.bytes,
        commit: cached.commit.get(..SHORT_COMMIT).map(str::to_owned),
        problem: (!cached.is_whole).then(|| "not whole, or no model for phrases".to_owned()),
    }
}

fn used_here(source: &Source) -> ModelHere {
    ModelHere { source: source.clone(), n_bytes: bytes_of(source), commit: None, problem: problem_of(source) }
}

fn problem_of(source: &Source) -> Option<String> {
    match source {
        Source::Folder(folder) if !folder.is_dir() => Some("the folder is gone".to_owned()),
        // Those that are there were listed before.
        Source::Hub(_) => Some("not on this machine any more".to_owned()),
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
pub(super) fn fetch(source: &Source, progress: &mut OnProgress<'_>) -> Result<(), ModelError> {
    match source {
        Source::Hub(id) => Hub::from_environment().fetch(id, &mut |_, _| Ok(()), progress).map(drop),
        Source::Embedded | Source::Folder(_) | Source::Random(_) | Source::Tokens | Source::Server(_) => Ok(()),
    }
}
