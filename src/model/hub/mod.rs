//! Models of the Hugging Face Hub: looked at, fetched, and kept in the cache that is shared with Python.
//!
//! Nothing is believed that is not checked: the Hub names a commit and the hashes of its files, and a file gets its name
//! in the cache when its hash, made of what is on the disk, is that one. Refused is what can be refused before anything
//! large has come. Names and layout of the cache are those of `huggingface_hub`; its locks are heeded.

mod cache;
mod client;
mod environment;
mod error;
mod id;
mod listing;
mod needed;
mod repository;
mod transfer;

use std::path::Path;

pub use cache::{Cached, Interrupted, Removed, Snapshot};
pub use environment::{HubEnvironment, Token};
pub use error::HubError;
pub use id::{HubId, HubIdError};
pub use listing::RepositoryFile;
pub use repository::{LeftOut, Repository};

use super::ModelError;
use crate::progress::OnProgress;
use cache::Store;
use client::Client;

/// The Hub and its cache.
pub struct Hub {
    client: Client,
    store: Store,
}

/// What a fetch did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// What is in the cache now.
    pub snapshot: Snapshot,
    /// Bytes of all its files.
    pub bytes: u64,
    /// Bytes that came over the net for it; the rest was there.
    pub came: u64,
    /// What was left out.
    pub left_out: LeftOut,
}

/// Looks at a repository whose small files can be read, and refuses it before its weights are fetched.
pub type Check<'a> = dyn FnMut(&Repository<'_>, &mut OnProgress<'_>) -> Result<(), ModelError> + 'a;

impl Hub {
    /// The one that the environment names.
    pub fn from_environment() -> Self {
        Self::new(HubEnvironment::read())
    }

    /// The one of `environment`.
    pub fn new(environment: HubEnvironment) -> Self {
        Self { store: Store::new(environment.cache.clone()), client: Client::new(environment) }
    }

    /// The folder of the cache.
    pub fn cache(&self) -> &Path {
        self.store.path()
    }

    /// Where the Hub is, to be shown: without what is secret in the address.
    pub fn endpoint(&self) -> &str {
        &self.client.shown
    }

    /// Whether that is another place than huggingface.co.
    pub fn is_mirror(&self) -> bool {
        self.client.environment.is_mirror()
    }

    /// Whether nothing may be asked of the net.
    pub fn is_offline(&self) -> bool {
        self.client.environment.is_offline
    }

    /// What the repository holds.
    ///
    /// # Errors
    /// If it is not there or not to be seen, and where nothing may be asked of the net.
    pub fn look(&self, id: &HubId, progress: &mut OnProgress<'_>) -> Result<Repository<'_>, HubError> {
        if self.is_offline() {
            return Err(self.offline(id));
        }
        Repository::look(&self.client, &self.store, id, progress)
    }

    fn offline(&self, id: &HubId) -> HubError {
        HubError::Offline { id: id.to_string(), cache: self.cache().to_owned() }
    }

    /// Fetches what the repository holds now and a model needs, if it is one that is run here and `check` lets it; what is there already is checked
    /// and stays. `progress` gets bytes that have come, and then bytes that are checked.
    ///
    /// # Errors
    /// Those of [`Hub::look`], [`Repository::describe`] and of `check`; if a file does not come or is not what the Hub has,
    /// or the disk is full. What has come of a file stays for the next time. [`ModelError::Cancelled`].
    pub fn fetch(&self, id: &HubId, check: &mut Check<'_>, progress: &mut OnProgress<'_>) -> Result<Fetched, ModelError> {
        let repository = self.look(id, progress)?;
        repository.describe(progress)?;
        check(&repository, progress)?;
        repository.fetch_needed(progress)?;
        let commit = repository.commit().to_owned();
        self.store.refer(id, &commit).map_err(HubError::from)?;
        Ok(Fetched {
            snapshot: Snapshot { folder: self.store.snapshot(id, &commit), commit },
            bytes: repository.needed_bytes(),
            came: repository.came(),
            left_out: repository.left_out(),
        })
    }

    /// The model in the cache, without asking the net; where it is not whole it is fetched, if `check` lets it.
    ///
    /// # Errors
    /// Those of [`Hub::fetch`].
    pub fn obtain(&self, id: &HubId, check: &mut Check<'_>, progress: &mut OnProgress<'_>) -> Result<Snapshot, ModelError> {
        match self.cached(id) {
            Some(snapshot) => Ok(snapshot),
            None => Ok(self.fetch(id, check, progress)?.snapshot),
        }
    }

    /// The model in the cache, if all of it is there, whoever put it there; the net is not asked.
    pub fn cached(&self, id: &HubId) -> Option<Snapshot> {
        self.store.cached(id)
    }

    /// All models in the cache, whole or not.
    pub fn list(&self) -> Vec<Cached> {
        self.store.list()
    }

    /// What has come of files that are not whole yet, by repository.
    pub fn interrupted(&self) -> Vec<Interrupted> {
        self.store.interrupted()
    }

    /// Removes all revisions of a repository from the cache, and nothing else.
    ///
    /// # Errors
    /// If there is none of this name, somebody is fetching it, or a file can't be removed.
    pub fn remove(&self, id: &HubId) -> Result<Removed, HubError> {
        self.store.remove(id)
    }
}

/// The commit in a description of a repository, read as from `environment`.
pub(super) fn description_of(environment: &HubEnvironment, body: &[u8]) -> Result<String, HubError> {
    listing::read_description(&Client::new(environment.clone()), body)
}

/// The files in a list of them, likewise.
pub(super) fn files_of(environment: &HubEnvironment, body: &[u8]) -> Result<Vec<RepositoryFile>, HubError> {
    listing::read_files(&Client::new(environment.clone()), body)
}

/// The address of the page after `url`, likewise.
pub(super) fn page_after(environment: &HubEnvironment, url: &str, link: &str) -> Result<Option<String>, HubError> {
    Client::new(environment.clone()).page_after("the list of files of a repository", url, link)
}

/// Which of `files` a model of these modules needs: first the small ones, then weights.
pub(super) fn needed_of<'f>(files: &'f [RepositoryFile], modules: &[u8]) -> Vec<&'f RepositoryFile> {
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let needed = needed::needed(&paths, &needed::modules_in(modules));
    needed.small.iter().chain(&needed.weights).filter_map(|place| files.get(*place)).collect()
}

impl From<HubError> for ModelError {
    fn from(error: HubError) -> Self {
        match error {
            HubError::Cancelled => Self::Cancelled,
            error => Self::Hub(error),
        }
    }
}
