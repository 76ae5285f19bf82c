//! The program's cache folder: where it is, what is in it, and making room there.
//!
//! All in it can be made again; nobody else's files are touched.

use std::ffi::OsString;
use std::fs::{File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::FileError;

/// The variable that says where it is; empty: nowhere.
const OWN: &str = "EMBEDDING_PLAYGROUND_CACHE";

/// The name of the folder among those of other programs.
const NAME: &str = "embedding-playground";

/// The program's cache folder, which need not be there: what EMBEDDING_PLAYGROUND_CACHE names, else the program's among
/// the caches of the user (XDG_CACHE_HOME, ~/.cache, ~/Library/Caches, %LOCALAPPDATA%). `None` if there is no such place.
pub fn cache_folder() -> Option<PathBuf> {
    folder_by(&|name| std::env::var_os(name))
}

fn folder_by(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(own) = variable(OWN) {
        return (!own.is_empty()).then(|| own.into());
    }
    // A relative one is to be ignored, says the XDG base directory specification.
    let set = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let of_system = || match std::env::consts::OS {
        "windows" => set("LOCALAPPDATA"),
        "macos" => Some(set("HOME")?.join("Library/Caches")),
        _ => Some(set("HOME")?.join(".cache")),
    };
    Some(set("XDG_CACHE_HOME").or_else(of_system)?.join(NAME))
}

/// Makes the folder at `path` with those above it, where they are not there: for the user alone.
///
/// # Errors
/// If it can't be made.
pub fn make_own_folder(path: &Path) -> Result<(), FileError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|cause| FileError::Write { path: path.to_owned(), cause })
}

/// A file of a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheFile {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes in it.
    pub bytes: u64,
    /// When it was used last.
    pub used: SystemTime,
}

/// The files in `folder` whose names end in `.ending`, the one that was not used the longest first.
pub fn cache_files(folder: &Path, ending: &str) -> Vec<CacheFile> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<CacheFile> = entries
        .filter(|entry| entry.path().extension().is_some_and(|found| found == ending))
        .filter_map(|entry| {
            let about = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some(CacheFile { path: entry.path(), bytes: about.len(), used: about.modified().ok()? })
        })
        .collect();
    files.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
    files
}

/// Says that the file at `path` was used now. Where that can't be said it goes a little earlier.
pub(super) fn mark_used(file: &File) {
    file.set_times(FileTimes::new().set_modified(SystemTime::now())).unwrap_or_default();
}

/// Removes the file at `path`.
///
/// # Errors
/// If it is there and can't be removed.
pub fn remove(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(FileError::Write { path: path.to_owned(), cause }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_folder_is_where_the_environment_says() {
        let home = ("HOME", "/home/me");
        for (variables, expected) in [
            (vec![home], Some("/home/me/.cache/embedding-playground")),
            (vec![home, ("XDG_CACHE_HOME", "/c")], Some("/c/embedding-playground")),
            (vec![home, ("XDG_CACHE_HOME", "c")], Some("/home/me/.cache/embedding-playground")),
            (vec![home, ("XDG_CACHE_HOME", "/c"), (OWN, "/mine")], Some("/mine")),
            (vec![home, (OWN, "")], None),
            (vec![], None),
            (vec![("HOME", "")], None),
        ] {
            let found = folder_by(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()));
            assert_eq!(found.as_deref(), expected.map(Path::new), "{variables:?}");
        }
    }
}
