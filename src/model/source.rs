//! Which model: a name that can be typed, saved in a file and opened.
//!
//! All that is said of a source stands in this file, one arm each; what opens it is in a file of its own. Opened
//! models are kept by [`Library`](super::Library).

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use super::folder::{self, Stamp};
use super::opening;
use super::server::{self, AddressError, ServerAddress};
use super::static_tokens::StaticTokens;
use super::{Encoder, Hub, HubError, HubId, ModelError, ModelSettings};
use crate::data::excerpt;
use crate::files;
use crate::progress::OnProgress;

/// Where a model comes from. As text, on the command line and in files: `embedded`, `folder:PATH`, `hub:OWNER/NAME` with
/// `@REVISION` if one is meant, `random:SEED`, `tokens`, the address of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Source {
    /// The model compiled into the program: all-MiniLM-L6-v2, 384 dimensions.
    #[default]
    Embedded,
    /// A model folder in the layout that sentence-transformers saves.
    Folder(PathBuf),
    /// A repository of the Hugging Face Hub, or what is in the cache of it.
    Hub(HubId),
    /// The architecture of the embedded model with random weights of a seed.
    Random(u64),
    /// The mean of the embedded model's token vectors, before any layer.
    Tokens,
    /// A model on an embedding server.
    Server(ServerAddress),
}

/// Opens the model from which some are made.
pub(super) type OpenBase<'a> = dyn FnMut(&mut OnProgress<'_>) -> Result<Arc<dyn Encoder>, ModelError> + 'a;

/// The seed of random weights where none is given.
const USUAL_SEED: u64 = 1;

/// Text that names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, got {:?}", excerpt(got, 200))]
pub struct SourceTextError {
    expected: String,
    got: String,
}

impl Source {
    /// The forms in which a source can be typed.
    pub const FORMS: [&'static str; 6] =
        ["all-MiniLM-L6-v2", "random[:SEED]", "tokens", "OWNER/NAME[@REVISION]", "FOLDER", "http(s)://HOST[:PORT][/v1][#MODEL]"];

    /// The same, as a list in a sentence.
    pub fn forms() -> String {
        Self::FORMS.join(", ")
    }

    /// What it is called, for people.
    pub fn name(&self) -> String {
        match self {
            Self::Embedded => "all-MiniLM-L6-v2".to_owned(),
            Self::Folder(path) => {
                path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
            }
            Self::Hub(id) => id.to_string(),
            Self::Random(seed) => format!("random weights {seed}"),
            Self::Tokens => "token model".to_owned(),
            Self::Server(address) => address.name(),
        }
    }

    /// Whether it is always there, whatever the machine has.
    pub fn is_built_in(&self) -> bool {
        match self {
            Self::Embedded | Self::Random(_) | Self::Tokens => true,
            Self::Folder(_) | Self::Hub(_) | Self::Server(_) => false,
        }
    }

    /// Where it runs, and so where phrases go, in a few words.
    pub fn place(&self) -> String {
        match self {
            Self::Embedded | Self::Random(_) | Self::Tokens => "built in".to_owned(),
            Self::Folder(_) | Self::Hub(_) => "on this machine".to_owned(),
            Self::Server(address) if address.is_here() => "a server on this machine".to_owned(),
            Self::Server(address) => format!("phrases are sent to {}", address.host()),
        }
    }

    /// Opens it; `base` opens the embedded model, from which some are made.
    pub(super) fn load(
        &self,
        settings: &ModelSettings,
        base: &mut OpenBase<'_>,
        progress: &mut OnProgress<'_>,
    ) -> Result<Arc<dyn Encoder>, ModelError> {
        match self {
            Self::Embedded => opening::open_embedded(settings),
            Self::Folder(path) => opening::open(path, &self.name(), settings),
            Self::Hub(id) => opening::open(&cached(id)?, id.name(), settings),
            Self::Random(seed) => {
                let base = base(progress)?;
                let trainable = base.trainable();
                let missing = || ModelError::Lacks { model: base.name().to_owned(), what: "weights that can be replaced" };
                trainable.ok_or_else(missing)?.with_random_weights(*seed)
            }
            Self::Tokens => Ok(Arc::new(StaticTokens::of(base(progress)?, settings)?)),
            Self::Server(address) => server::open(address, settings, progress),
        }
    }

    /// Whether a model that was trained from this one can be saved to `folder`: to be asked before there is anything to save.
    ///
    /// # Errors
    /// Those of the saving itself; if it is the folder that this model is read from.
    pub fn check_save(&self, folder: &Path) -> Result<(), ModelError> {
        match self {
            Self::Folder(read) if files::place_of(read) == files::place_of(folder) => {
                Err(ModelError::SavedOver { folder: folder.to_owned() })
            }
            _ => folder::check_save(folder),
        }
    }

    /// The files that it may be read from; none where it is compiled in.
    pub fn files(&self) -> Vec<PathBuf> {
        let files = |path: &Path| folder::names_in(path).iter().map(|name| path.join(name)).collect();
        match self {
            Self::Folder(path) => files(path),
            Self::Hub(id) => cached(id).map(|path| files(&path)).unwrap_or_default(),
            Self::Embedded | Self::Random(_) | Self::Tokens | Self::Server(_) => Vec::new(),
        }
    }

    /// What tells whether it has changed since it was opened; always the same where nothing can change.
    pub(super) fn stamp(&self) -> Stamp {
        match self {
            Self::Folder(path) => folder::stamp(path),
            Self::Hub(id) => cached(id).map(|path| folder::stamp(&path)).unwrap_or_default(),
            Self::Server(address) => server::stamp(address),
            Self::Embedded | Self::Random(_) | Self::Tokens => Stamp::default(),
        }
    }
}

/// The folder in the cache of what is whole there.
fn cached(id: &HubId) -> Result<PathBuf, HubError> {
    let hub = Hub::from_environment();
    let missing = || HubError::NotHere { id: id.to_string(), cache: hub.cache().to_owned() };
    Ok(hub.cached(id).ok_or_else(missing)?.folder)
}

/// What [`FromStr`] reads. A path that is no text loses what is none.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => write!(f, "embedded"),
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::Hub(id) => write!(f, "hub:{id}"),
            Self::Random(seed) => write!(f, "random:{seed}"),
            Self::Tokens => write!(f, "tokens"),
            Self::Server(address) => write!(f, "{address}"),
        }
    }
}

/// Reads what `Display` writes, and what people type: the model's own name, `random` alone, the bare path of a folder,
/// the bare `OWNER/NAME` of a repository where no folder is called so.
impl FromStr for Source {
    type Err = SourceTextError;

    fn from_str(text: &str) -> Result<Self, SourceTextError> {
        if ServerAddress::is_meant_by(text) {
            let refused = |error: AddressError| SourceTextError { expected: error.expected.to_owned(), got: error.got };
            return text.parse().map(Self::Server).map_err(refused);
        }
        let (tag, rest) = text.split_once(':').map_or((text, None), |(tag, rest)| (tag, Some(rest)));
        match (tag, rest) {
            ("", None) => Err(SourceTextError { expected: format!("a model ({})", Self::forms()), got: text.to_owned() }),
            ("embedded" | "all-MiniLM-L6-v2" | "sentence-transformers/all-MiniLM-L6-v2", None) => Ok(Self::Embedded),
            ("folder", Some(path)) => Ok(Self::Folder(path.into())),
            ("hub", Some(id)) => id.parse().map(Self::Hub).map_err(|_| SourceTextError {
                expected: "a repository, OWNER/NAME or OWNER/NAME@REVISION, after hub:".to_owned(),
                got: id.to_owned(),
            }),
            ("random", None) => Ok(Self::Random(USUAL_SEED)),
            ("random", Some(seed)) => seed.parse().map(Self::Random).map_err(|_| SourceTextError {
                expected: "a whole number, the seed, after random:".to_owned(),
                got: seed.to_owned(),
            }),
            ("tokens", None) => Ok(Self::Tokens),
            _ => Ok(match text.parse::<HubId>() {
                Ok(id) if id.has_owner() && !Path::new(text).exists() => Self::Hub(id),
                _ => Self::Folder(text.into()),
            }),
        }
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

impl TryFrom<String> for Source {
    type Error = SourceTextError;

    fn try_from(text: String) -> Result<Self, SourceTextError> {
        text.parse()
    }
}
