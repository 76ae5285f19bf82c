//! The cache that is shared with Python: `models--OWNER--NAME` with `blobs` by hash, `snapshots` of links to them by
//! commit, and `refs` with the commit of each branch.
//!
//! Names are `hf-hub`'s. A blob may itself be a link into a store that repositories share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hf_hub::{Cache, CacheRepo, Repo, RepoType};

use super::error::HubError;
use super::id::{HubId, MAIN, is_commit};
use super::listing::RepositoryFile;
use super::needed::{module_folders, needed};
use crate::files::{self, FileError, Growing, Lock};
use crate::model::http::pause;
use crate::progress::OnProgress;

/// How often it is looked whether a lock is free.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// After so many looks it is said that somebody is waited for.
const SAID_AFTER: u32 = 20;

/// The list of modules of a model.
pub(super) const MODULES: &str = "modules.json";

/// The folder of the cache, and where things are in it.
pub(super) struct Store {
    cache: Cache,
}

/// A whole model in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its folder.
    pub folder: PathBuf,
    /// Which commit it is of.
    pub commit: String,
}

/// A snapshot in the cache, whole or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    /// The repository.
    pub id: HubId,
    /// Its commit.
    pub commit: String,
    /// Branches and tags that were at that commit when they were looked at last.
    pub revisions: Vec<String>,
    /// Bytes of its files.
    pub bytes: u64,
    /// Whether all that a model needs is there.
    pub is_whole: bool,
    /// Its folder.
    pub folder: PathBuf,
}

impl Cached {
    /// The name under which this snapshot is the one that is opened: that of the repository alone where `main` is at it.
    pub fn name(&self) -> HubId {
        let is_main = self.revisions.iter().any(|revision| revision == MAIN);
        let revision = if is_main { MAIN } else { self.revisions.first().unwrap_or(&self.commit) };
        self.id.at(revision)
    }
}

/// What was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The folder that has gone.
    pub folder: PathBuf,
    /// Bytes of the files that have gone with it.
    pub bytes: u64,
    /// Files that other repositories share, whose bytes stay.
    pub shared_files: usize,
}

impl Store {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { cache: Cache::new(folder) }
    }

    pub(super) fn path(&self) -> &Path {
        self.cache.path()
    }

    fn repo(&self, id: &HubId) -> CacheRepo {
        self.cache.repo(Repo::with_revision(id.name().to_owned(), RepoType::Model, id.wanted().to_owned()))
    }

    pub(super) fn folder(&self, id: &HubId) -> PathBuf {
        self.path().join(Repo::model(id.name().to_owned()).folder_name())
    }

    pub(super) fn snapshot(&self, id: &HubId, commit: &str) -> PathBuf {
        self.repo(id).pointer_path(commit)
    }

    pub(super) fn blob(&self, id: &HubId, file: &RepositoryFile) -> PathBuf {
        self.folder(id).join("blobs").join(file.hash.text())
    }

    fn locks(&self, id: &HubId) -> PathBuf {
        self.path().join(".locks").join(Repo::model(id.name().to_owned()).folder_name())
    }

    /// The part of `file` that has come; to be opened by the holder of its lock alone.
    pub(super) fn growing(&self, id: &HubId, file: &RepositoryFile) -> Result<Growing, FileError> {
        Growing::open(&self.blob(id, file).with_added_extension("incomplete"))
    }

    /// Where `file` is, if it is there with its length: as a blob or, where there are no links, in the snapshot.
    pub(super) fn place(&self, id: &HubId, commit: &str, file: &RepositoryFile) -> Option<PathBuf> {
        let places = [self.blob(id, file), self.snapshot(id, commit).join(&file.path)];
        places.into_iter().find(|place| files::stamp(place).is_some_and(|(_, length)| length == file.size))
    }

    /// Waits until nobody else fetches `file`; Python takes the same locks.
    pub(super) fn lock(&self, id: &HubId, file: &RepositoryFile, progress: &mut OnProgress<'_>) -> Result<Lock, HubError> {
        let path = self.locks(id).join(format!("{}.lock", file.hash.text()));
        for n_looked in 0_u32.. {
            if let Some(lock) = files::try_lock(&path)? {
                return Ok(lock);
            }
            if n_looked == SAID_AFTER {
                log::warn!("waiting for another process that fetches {} of {id}", file.path);
            }
            pause(LOCK_PAUSE, progress).map_err(|_| HubError::Cancelled)?;
        }
        Err(HubError::Cancelled)
    }

    /// Gives `file`, whose blob is there, its name in the snapshot.
    pub(super) fn link(&self, id: &HubId, commit: &str, file: &RepositoryFile) -> Result<(), FileError> {
        let up = "../".repeat(2 + file.path.split('/').count() - 1);
        let target = format!("{up}blobs/{}", file.hash.text());
        files::link(Path::new(&target), &self.snapshot(id, commit).join(&file.path))
    }

    fn reference(&self, id: &HubId, revision: &str) -> PathBuf {
        self.folder(id).join("refs").join(revision)
    }

    /// Writes down at which commit the wanted revision is.
    pub(super) fn refer(&self, id: &HubId, commit: &str) -> Result<(), FileError> {
        let revision = id.wanted();
        if revision == commit || self.commit(id).as_deref() == Some(commit) {
            return Ok(());
        }
        let path = self.reference(id, revision);
        if let Some(folder) = path.parent() {
            files::make_folder(folder)?;
        }
        files::write_atomically(&path, commit.as_bytes())
    }

    /// The commit of the wanted revision, as it was when it was looked at last.
    pub(super) fn commit(&self, id: &HubId) -> Option<String> {
        let revision = id.wanted();
        let text = || files::read(&self.reference(id, revision)).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let commit = if is_commit(revision) { Some(revision.to_owned()) } else { text() };
        commit.map(|commit| commit.trim().to_owned()).filter(|commit| is_commit(commit))
    }

    /// The model in the cache, if it is whole.
    pub(super) fn cached(&self, id: &HubId) -> Option<Snapshot> {
        let commit = self.commit(id)?;
        let folder = self.snapshot(id, &commit);
        self.is_whole(id, &commit, &files::files_under(&folder)).then_some(Snapshot { folder, commit })
    }

    /// All snapshots of models.
    pub(super) fn list(&self) -> Vec<Cached> {
        let names = files::names_in(self.path()).into_iter();
        let ids = names.filter_map(|name| name.strip_prefix("models--")?.replace("--", "/").parse().ok());
        ids.flat_map(|id: HubId| self.snapshots(&id)).collect()
    }

    fn snapshots(&self, id: &HubId) -> Vec<Cached> {
        let references = self.folder(id).join("refs");
        let revisions: Vec<(String, Vec<u8>)> = files::files_under(&references)
            .into_iter()
            .filter_map(|(name, _)| files::read(&references.join(&name)).ok().map(|commit| (name, commit)))
            .collect();
        let commits = files::names_in(&self.folder(id).join("snapshots")).into_iter().filter(|name| is_commit(name));
        let cached = commits.map(|commit| {
            let is_at = |(name, at): &(String, Vec<u8>)| (at.trim_ascii() == commit.as_bytes()).then(|| name.clone());
            let folder = self.snapshot(id, &commit);
            let found = files::files_under(&folder);
            Cached {
                id: id.clone(),
                revisions: revisions.iter().filter_map(is_at).collect(),
                bytes: found.iter().map(|(_, length)| length).sum(),
                is_whole: self.is_whole(id, &commit, &found),
                commit,
                folder,
            }
        });
        cached.collect()
    }

    /// Whether `found`, the files of a snapshot, are all that a model needs. Python's list of what the commit holds, where
    /// it left one, says what else belongs to it.
    fn is_whole(&self, id: &HubId, commit: &str, found: &[(String, u64)]) -> bool {
        #[derive(serde::Deserialize)]
        struct Tree {
            files: BTreeMap<String, serde_json::Value>,
        }
        let folder = self.snapshot(id, commit);
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        let tree = files::read(&self.folder(id).join("trees").join(format!("{commit}.json"))).ok();
        let tree: Option<Tree> = tree.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let is_all = |tree: Tree| {
            let listed: Vec<&str> = tree.files.keys().map(String::as_str).collect();
            let needed = needed(&listed, &modules_of(&folder, &paths));
            needed.small.iter().all(|place| paths.contains(&listed[*place]))
        };
        is_model(&folder, &paths) && tree.is_none_or(is_all)
    }

    /// Removes the repository, all revisions of it, and nothing else.
    pub(super) fn remove(&self, id: &HubId) -> Result<Removed, HubError> {
        let folder = self.folder(id);
        let is_repository = ["snapshots", "blobs", "refs"].iter().any(|part| folder.join(part).is_dir());
        if !is_repository || folder.is_symlink() {
            return Err(HubError::NotInCache { id: id.to_string(), cache: self.path().to_owned() });
        }
        let blobs = folder.join("blobs");
        let shared_files = files::names_in(&blobs).iter().filter(|name| blobs.join(name).is_symlink()).count();
        let bytes = files::bytes_under(&folder);
        files::remove_folder(&folder)?;
        let locks = self.locks(id);
        if locks.is_dir() && !locks.is_symlink() {
            files::remove_folder(&locks)?;
        }
        Ok(Removed { folder, bytes, shared_files })
    }
}

/// Whether `paths`, the files in `folder`, are those of a model: weights, what describes each module, and something to cut
/// texts with.
fn is_model(folder: &Path, paths: &[&str]) -> bool {
    const CUTTERS: [&str; 6] =
        ["tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model"];
    let modules = modules_of(folder, paths);
    let needed = needed(paths, &modules);
    let names = needed.small.iter().map(|place| paths[*place].rsplit('/').next().unwrap_or_default());
    let is_cut = names.into_iter().any(|name| CUTTERS.contains(&name));
    // Normalising has nothing to say.
    let is_described = |module: &String| {
        module.is_empty() || module.contains("Normalize") || paths.iter().any(|path| path.starts_with(&format!("{module}/")))
    };
    let is_named = paths.contains(&"config.json") || paths.contains(&MODULES);
    !needed.weights.is_empty() && is_named && is_cut && modules.iter().all(is_described)
}

fn modules_of(folder: &Path, paths: &[&str]) -> Vec<String> {
    let list = if paths.contains(&MODULES) { files::read(&folder.join(MODULES)).unwrap_or_default() } else { Vec::new() };
    module_folders(&list)
}
