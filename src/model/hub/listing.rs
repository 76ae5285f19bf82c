//! What the Hub says of a repository: its commit, its licence, and its files with their sizes and hashes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::client::{Client, escaped};
use super::error::HubError;
use super::id::{HubId, is_commit};
use crate::data::excerpt;
use crate::progress::OnProgress;

/// Files and folders that a repository has at most; the Hub lists a thousand a page.
const MAX_ENTRIES: usize = 100_000;

/// Pages of a list of files that are read.
const MAX_PAGES: usize = 1000;

/// Bytes of a file at most: a petabyte, a thousand times what the largest have.
const MAX_SIZE: u64 = 1 << 50;

/// A repository at a commit, as the Hub describes it.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    pub(super) commit: String,
    pub(super) licence: Option<String>,
    pub(super) is_gated: bool,
    /// In the order of the Hub.
    pub(super) files: Vec<RepositoryFile>,
}

/// A file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFile {
    /// Its path in the repository, with `/` between.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its hash.
    pub(super) hash: FileHash,
}

/// The hash by which the Hub knows a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileHash {
    /// SHA-256 of the bytes: of large files.
    Sha256(String),
    /// What git calls it: SHA-1 of `blob`, the length and the bytes.
    Git(String),
}

impl FileHash {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Sha256(text) | Self::Git(text) => text,
        }
    }
}

#[derive(serde::Deserialize)]
struct Info {
    sha: String,
    #[serde(default)]
    gated: Value,
    #[serde(default)]
    tags: Vec<Value>,
}

#[derive(serde::Deserialize)]
struct Entry {
    r#type: String,
    path: String,
    size: Option<u64>,
    #[serde(default)]
    oid: String,
    lfs: Option<Lfs>,
}

#[derive(serde::Deserialize)]
struct Lfs {
    oid: String,
    size: u64,
}

/// Asks the Hub for all of it.
pub(super) fn list(client: &Client, id: &HubId, progress: &mut OnProgress<'_>) -> Result<Listing, HubError> {
    let what = format!("what the Hub says of {id}");
    let url = client.api(id, &format!("revision/{}", escaped(id.wanted())));
    let (info, _): (Info, _) = client.json(id, &what, &url, progress)?;
    let listing = described(info).map_err(|got| client.not_a_hub(&what, got))?;
    let files = files(client, id, &listing.commit, progress)?;
    Ok(Listing { files, ..listing })
}

/// What there is to say of a repository but for its files.
fn described(info: Info) -> Result<Listing, String> {
    if !is_commit(&info.sha) {
        return Err(format!("a commit called {:?}", excerpt(&info.sha, 60)));
    }
    let licence = info.tags.iter().find_map(|tag| tag.as_str()?.strip_prefix("license:").map(str::to_owned));
    let is_gated = info.gated.as_str().is_some() || info.gated.as_bool() == Some(true);
    Ok(Listing { commit: info.sha, licence, is_gated, files: Vec::new() })
}

/// The commit in the description of a repository.
pub(super) fn read_description(client: &Client, body: &[u8]) -> Result<String, HubError> {
    const WHAT: &str = "what the Hub says of a repository";
    described(client.read_json(WHAT, None, body)?).map(|listing| listing.commit).map_err(|got| client.not_a_hub(WHAT, got))
}

/// The files of one page of the list.
pub(super) fn read_files(client: &Client, body: &[u8]) -> Result<Vec<RepositoryFile>, HubError> {
    const WHAT: &str = "the list of files of a repository";
    files_among(client.read_json(WHAT, None, body)?).map_err(|got| client.not_a_hub(WHAT, got))
}

/// The files among `entries`.
fn files_among(entries: Vec<Entry>) -> Result<Vec<RepositoryFile>, String> {
    entries.into_iter().filter(|entry| entry.r#type == "file").map(checked).collect()
}

fn files(client: &Client, id: &HubId, commit: &str, progress: &mut OnProgress<'_>) -> Result<Vec<RepositoryFile>, HubError> {
    let what = format!("the list of files of {id}");
    let (mut files, mut n_entries, mut seen) = (Vec::new(), 0, BTreeSet::new());
    let mut url = client.api(id, &format!("tree/{commit}?recursive=true"));
    for _ in 0..MAX_PAGES {
        let (entries, next): (Vec<Entry>, _) = client.json(id, &what, &url, progress)?;
        n_entries += entries.len();
        if n_entries > MAX_ENTRIES {
            return Err(client.not_a_hub(&what, format!("more than {MAX_ENTRIES} entries")));
        }
        files.extend(files_among(entries).map_err(|got| client.not_a_hub(&what, got))?);
        let Some(next) = next else { return Ok(files) };
        seen.insert(std::mem::replace(&mut url, next));
        if seen.contains(&url) {
            return Err(client.not_a_hub(&what, "pages that lead in a circle".to_owned()));
        }
    }
    Err(client.not_a_hub(&what, format!("more than {MAX_PAGES} pages")))
}

/// An entry as a file, if its name and its hash are such as can stand in paths.
fn checked(entry: Entry) -> Result<RepositoryFile, String> {
    let Entry { path, size, oid, lfs, .. } = entry;
    if !is_safe(&path) {
        return Err(format!("a file called {path:?}"));
    }
    let is_hex = |text: &str, n: usize| text.len() == n && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (size, hash) = match lfs {
        Some(lfs) => (lfs.size, is_hex(&lfs.oid, 64).then(|| FileHash::Sha256(lfs.oid.to_ascii_lowercase()))),
        None => {
            (size.ok_or_else(|| format!("no size of {path}"))?, is_hex(&oid, 40).then(|| FileHash::Git(oid.to_ascii_lowercase())))
        }
    };
    let hash = hash.ok_or_else(|| format!("no hash of {path}"))?;
    if size > MAX_SIZE {
        return Err(format!("{size} bytes as the size of {path}"));
    }
    Ok(RepositoryFile { path, size, hash })
}

/// Whether `path` stays within the folder that it is taken from, on every system.
fn is_safe(path: &str) -> bool {
    let is_odd = |letter: char| letter.is_control() || "\\:*?\"<>|".contains(letter);
    !path.contains(is_odd) && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for path in ["config.json", "1_Pooling/config.json", "a b/ä.txt", ".gitattributes"] {
            assert!(is_safe(path), "{path}");
        }
        for path in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "C:\\x", "a\\b", "x\0", "./x"] {
            assert!(!is_safe(path), "{path}");
        }
    }
}
