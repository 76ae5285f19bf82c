//! A repository looked at: what it holds and what of it a model needs, before any of it is here.

use std::cell::Cell;

use super::cache::{MODULES, Store};
use super::client::Client;
use super::error::HubError;
use super::id::HubId;
use super::listing::{Listing, RepositoryFile, list};
use super::needed::{Needed, module_folders, needed, other_forms};
use super::transfer::{Tally, Transfer};
use crate::files;
use crate::model::{Description, ModelError, describe};
use crate::progress::OnProgress;

/// A file that is read before the weights are there has at most this many bytes.
const MAX_SMALL: u64 = 64 << 20;

/// A repository at a commit, with the reader of its small files.
pub struct Repository<'h> {
    client: &'h Client,
    store: &'h Store,
    /// What was asked for.
    pub id: HubId,
    listing: Listing,
    needed: Needed,
    came: Cell<u64>,
}

/// What is not fetched, as a model does not need it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct LeftOut {
    /// How many files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl<'h> Repository<'h> {
    pub(super) fn look(
        client: &'h Client,
        store: &'h Store,
        id: &HubId,
        progress: &mut OnProgress<'_>,
    ) -> Result<Self, HubError> {
        let listing = list(client, id, progress)?;
        let mut repository = Self { client, store, id: id.clone(), listing, needed: Needed::default(), came: Cell::default() };
        let modules = repository.read(MODULES, progress)?.map(|bytes| module_folders(&bytes)).unwrap_or_default();
        repository.needed = needed(&repository.paths(), &modules);
        Ok(repository)
    }

    fn paths(&self) -> Vec<&str> {
        self.listing.files.iter().map(|file| file.path.as_str()).collect()
    }

    /// The number of the commit.
    pub fn commit(&self) -> &str {
        &self.listing.commit
    }

    /// What its authors say of its licence, in the Hub's short names.
    pub fn licence(&self) -> Option<&str> {
        self.listing.licence.as_deref()
    }

    /// Whether its conditions have to be accepted before it can be fetched.
    pub fn is_gated(&self) -> bool {
        self.listing.is_gated
    }

    /// All files.
    pub fn files(&self) -> &[RepositoryFile] {
        &self.listing.files
    }

    fn at<'r>(&'r self, places: &'r [usize]) -> impl Iterator<Item = &'r RepositoryFile> {
        places.iter().map(|place| &self.listing.files[*place])
    }

    /// The files that a model needs, the small ones first.
    pub fn needed(&self) -> impl Iterator<Item = &RepositoryFile> {
        self.at(&self.needed.small).chain(self.at(&self.needed.weights))
    }

    /// Bytes of the files that a model needs.
    pub fn needed_bytes(&self) -> u64 {
        self.needed().map(|file| file.size).sum()
    }

    /// Bytes of those that are not in the cache.
    pub fn missing_bytes(&self) -> u64 {
        let is_missing = |file: &&RepositoryFile| self.store.place(&self.id, self.commit(), file).is_none();
        self.needed().filter(is_missing).map(|file| file.size).sum()
    }

    /// What is not fetched.
    pub fn left_out(&self) -> LeftOut {
        let all: u64 = self.files().iter().map(|file| file.size).sum();
        let n_needed = self.needed.small.len() + self.needed.weights.len();
        LeftOut { files: self.files().len() - n_needed, bytes: all - self.needed_bytes() }
    }

    /// The bytes of the small file `name`, which is fetched into the cache; `None` where there is none.
    ///
    /// # Errors
    /// If it can't be had, is not what the Hub has, or has more than 64 MB.
    pub fn read(&self, name: &str, progress: &mut OnProgress<'_>) -> Result<Option<Vec<u8>>, HubError> {
        let Some(file) = self.listing.files.iter().find(|file| file.path == name) else { return Ok(None) };
        if file.size > MAX_SMALL {
            return Err(HubError::WrongSize { file: name.to_owned(), expected: MAX_SMALL, got: file.size });
        }
        self.obtain(&[file], &mut Tally::coming(0), false, progress)?;
        let place = self.store.place(&self.id, self.commit(), file);
        Ok(place.map(|place| files::read(&place)).transpose()?)
    }

    /// What its small files say of the model.
    ///
    /// # Errors
    /// If there are no weights; those of [`describe`] and of [`Repository::read`].
    pub fn describe(&self, progress: &mut OnProgress<'_>) -> Result<Description, ModelError> {
        self.check_weights()?;
        describe(self.id.name(), &mut |name| Ok(self.read(name, progress)?))
    }

    fn obtain(
        &self,
        files: &[&RepositoryFile],
        tally: &mut Tally,
        shows_checks: bool,
        progress: &mut OnProgress<'_>,
    ) -> Result<(), HubError> {
        let transfer = Transfer { client: self.client, store: self.store, id: &self.id, commit: self.commit(), shows_checks };
        let before = tally.came;
        let outcome = transfer.obtain(files, tally, progress);
        self.came.set(self.came.get() + tally.came - before);
        outcome
    }

    /// Bytes that have come over the net for its files.
    pub(super) fn came(&self) -> u64 {
        self.came.get()
    }

    /// That there are weights.
    fn check_weights(&self) -> Result<(), HubError> {
        if self.needed.weights.is_empty() {
            let has = other_forms(&self.paths());
            return Err(HubError::NoWeights { id: self.id.to_string(), has });
        }
        Ok(())
    }

    /// Fetches what a model needs, the small files first: where there are weights, there is all that belongs to them.
    pub(super) fn fetch_needed(&self, progress: &mut OnProgress<'_>) -> Result<(), HubError> {
        let mut tally = Tally::coming(self.needed_bytes());
        let small: Vec<&RepositoryFile> = self.at(&self.needed.small).collect();
        let weights: Vec<&RepositoryFile> = self.at(&self.needed.weights).collect();
        self.obtain(&small, &mut tally, false, progress)?;
        self.obtain(&weights, &mut tally, true, progress)
    }
}
