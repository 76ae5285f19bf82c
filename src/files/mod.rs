//! Reading files, replacing them atomically, and keeping a folder of files whole: the one door to the file system.
//!
//! Nothing here knows a format. Errors name the path, and a failed write leaves what was there. What a path to write
//! to is, is found in `target.rs`; whether two are one file, in `same.rs`; folders that are written as one are in
//! `folder.rs`, and read as one in `together.rs`; files that grow and belong to a store of many in `store.rs`; those of which each process has one in `own_file.rs`; what can be
//! made again is in the folder of `cache.rs`, in files of records (`records.rs`); temporary files in `temporary.rs`; what the system says of memory in `machine.rs`; the log in `log_file.rs`; how the process ends by
//! a signal in `ending.rs`.

mod cache;
mod ending;
mod folder;
mod log_file;
mod machine;
mod own_file;
mod records;
mod same;
mod store;
mod target;
mod temporary;
mod together;

use std::io::Read;
use std::path::{Path, PathBuf};

pub use cache::{CacheFile, cache_files, cache_folder, make_own_folder, remove};
pub use ending::end_cleanly_on_signals;
pub use folder::{FolderKind, Part, check_folder, write_folder};
pub use log_file::{LogFile, log_folder, utc};
pub use machine::free_memory;
pub use own_file::OwnFile;
pub use records::{RecordFile, Records};
pub use same::{differs_from, is_same, is_standard_input, print_of};
pub use store::{
    Growing, Lock, bytes_under, files_under, is_full, link, make_folder, names_in, remove_file, remove_folder, try_lock,
};
pub use target::{check_target, place_of, replaces, write_atomically};
pub use together::{OpenFile, open_at, open_together};

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Reading failed.
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// Writing failed; the file at `path` is as it was.
    #[error("cannot write {}: {cause}; what was there is unchanged, choose another place or make room", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// Writing into a device, a pipe or an open file failed; a part may have gone through.
    #[error("cannot write into {}: {cause}", path.display())]
    Stream {
        /// What was to be written into.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
}

/// All bytes of the file at `path`.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(|cause| FileError::Read { path: path.to_owned(), cause })
}

/// The file at `path` for reading bit by bit, and its length in bytes (0: nobody knows).
pub fn open(path: &Path) -> Result<(std::io::BufReader<std::fs::File>, u64), FileError> {
    let failed = |cause| FileError::Read { path: path.to_owned(), cause };
    let file = std::fs::File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    Ok((std::io::BufReader::with_capacity(1 << 16, file), length))
}

/// At most `n` bytes from the start of the file at `path`.
pub fn head(path: &Path, n: usize) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(n as u64).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|cause| FileError::Read { path: path.to_owned(), cause })
}

/// When a file was changed last, and its length in bytes.
pub type FileStamp = (std::time::SystemTime, u64);

/// The stamp of the file at `path`; `None` if there is none that can be looked at.
pub fn stamp(path: &Path) -> Option<FileStamp> {
    let about = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some((about.modified().ok()?, about.len()))
}

/// Removes what writers that were killed have left in the folder at `path`.
pub fn tidy_up(path: &Path) {
    temporary::sweep(path);
}

/// Renames the file at `path` so that nobody reads it any more, and nothing in it is lost; gives its new name.
///
/// # Errors
/// If it can't be renamed.
pub fn set_aside(path: &Path) -> Result<PathBuf, FileError> {
    let names = std::iter::once("unusable".to_owned()).chain((2..).map(|number| format!("unusable{number}")));
    let Some(aside) = names.map(|name| path.with_added_extension(name)).find(|aside| !is_there(aside)) else {
        return Ok(path.to_owned());
    };
    std::fs::rename(path, &aside).map_err(|cause| FileError::Write { path: path.to_owned(), cause })?;
    Ok(aside)
}

/// Whether there is anything called `path`, be it a link that leads nowhere.
pub fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
