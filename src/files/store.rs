//! Files that come bit by bit and belong to a store of many: grown, locked, linked, listed, measured, removed.
//!
//! The store's layout is its owner's affair. Nothing is ever written through a link: a name gets its new file by
//! renaming.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::target::{flush_folder, parent_of};
use super::{FileError, temporary};

fn failed(path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |cause| FileError::Write { path, cause }
}

/// A file that grows at its end, over several lives of the process if need be, until it is whole.
#[derive(Debug)]
pub struct Growing {
    file: File,
    path: PathBuf,
    length: u64,
    is_new: bool,
    /// Bytes that the disk was asked for.
    reserved: u64,
}

impl Growing {
    /// The file at `path`, with what is in it already; its folder is made.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let open = || {
            std::fs::create_dir_all(parent_of(path))?;
            // What a link leads to may belong to others.
            if path.symlink_metadata().is_ok_and(|about| !about.is_file()) {
                std::fs::remove_file(path)?;
            }
            let file = OpenOptions::new().append(true).create(true).open(path)?;
            let length = file.metadata()?.len();
            Ok(Self { file, path: path.to_owned(), length, is_new: length == 0, reserved: 0 })
        };
        open().map_err(failed(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are in it.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether all that is in it was added through this value.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Adds `bytes`. Where they do not all fit, those that did stay and count.
    pub fn append(&mut self, mut bytes: &[u8]) -> Result<(), FileError> {
        while !bytes.is_empty() {
            match self.file.write(bytes) {
                Ok(0) => return Err(failed(&self.path)(ErrorKind::WriteZero.into())),
                Ok(n) => {
                    self.length += n as u64;
                    bytes = &bytes[n..];
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&self.path)(error)),
            }
        }
        Ok(())
    }

    /// Empties it.
    pub fn start_over(&mut self) -> Result<(), FileError> {
        self.file.set_len(0).map_err(failed(&self.path))?;
        (self.length, self.is_new) = (0, true);
        Ok(())
    }

    /// Asks the disk for room for `length` bytes in all, where the system can be asked; elsewhere writing will tell. What
    /// has not been filled is given back when this is dropped.
    pub fn reserve(&mut self, length: u64) -> Result<(), FileError> {
        // Even where there is not enough, some of it may be taken.
        self.reserved = length;
        reserve(&self.file, length).map_err(failed(&self.path))
    }

    /// Puts it in the place of `target`, on the disk before it has the name.
    pub fn become_file(self, target: &Path) -> Result<(), FileError> {
        let put = || {
            self.file.sync_all()?;
            std::fs::rename(&self.path, target)
        };
        put().map_err(failed(target))?;
        flush_folder(parent_of(target));
        Ok(())
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        if self.reserved > self.length
            && let Err(error) = self.file.set_len(self.length)
        {
            log::warn!("room for {} that is not needed is not given back: {error}", self.path.display());
        }
    }
}

#[cfg(target_os = "linux")]
fn reserve(file: &File, length: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, length) {
        // Not every file system can.
        Err(error) if !is_full(&error.into()) => Ok(()),
        asked => Ok(asked?),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_file: &File, _length: u64) -> io::Result<()> {
    Ok(())
}

/// Whether `error` says that there is no room left: on the disk, or within what the user may take of it.
pub fn is_full(error: &io::Error) -> bool {
    [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge].contains(&error.kind())
}

/// A lock that other processes heed; let go when dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The lock of the file at `path`, which is made; `None` while somebody else holds it. Where the file system knows no
/// locks, nobody is asked.
pub fn try_lock(path: &Path) -> Result<Option<Lock>, FileError> {
    let lock = || {
        std::fs::create_dir_all(parent_of(path))?;
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(Lock { _file: file })),
        }
    };
    lock().map_err(failed(path))
}

/// Makes `link` lead to `target`, which is seen from the folder of `link`; where there can be no links, it becomes a
/// copy. What was called `link` is replaced.
pub fn link(target: &Path, link: &Path) -> Result<(), FileError> {
    let folder = parent_of(link);
    let put = || {
        std::fs::create_dir_all(folder)?;
        if std::fs::read_link(link).is_ok_and(|old| old == target) {
            return Ok(());
        }
        temporary::sweep(folder);
        let make = |beside: &Path| symlink(target, beside).or_else(|_| std::fs::copy(folder.join(target), beside).map(drop));
        temporary::made_in(folder, make)?.persist(link).map_err(|error| error.error)
    };
    put().map_err(failed(link))
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}

#[cfg(not(any(unix, windows)))]
fn symlink(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Names of what is in `folder`, sorted; none if it can't be read.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Files in `folder` and its sub-folders by their names from it, with `/` between, and their lengths in bytes, links
/// being followed to files only; sorted. A link that leads nowhere is none.
pub fn files_under(folder: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for name in names_in(folder) {
        let path = folder.join(&name);
        let is_link = path.is_symlink();
        match path.metadata() {
            Ok(about) if about.is_file() => found.push((name, about.len())),
            Ok(about) if about.is_dir() && !is_link => {
                found.extend(files_under(&path).into_iter().map(|(inner, length)| (format!("{name}/{inner}"), length)));
            }
            _ => {}
        }
    }
    found
}

/// Bytes of the files in `folder` and its sub-folders that would go with it: not of what links lead to.
pub fn bytes_under(folder: &Path) -> u64 {
    let paths = names_in(folder).into_iter().map(|name| folder.join(name));
    let bytes = paths.filter_map(|path| path.symlink_metadata().ok().map(|about| (path, about)));
    bytes
        .map(|(path, about)| {
            if about.is_dir() {
                bytes_under(&path)
            } else if about.is_file() {
                about.len()
            } else {
                0
            }
        })
        .sum()
}

/// Removes the file or link at `path`; what it leads to stays.
pub fn remove_file(path: &Path) -> Result<(), FileError> {
    std::fs::remove_file(path).map_err(failed(path))
}

/// Removes the folder at `path` with all that is in it; what links in it lead to stays.
pub fn remove_folder(path: &Path) -> Result<(), FileError> {
    std::fs::remove_dir_all(path).map_err(failed(path))
}

/// Makes the folder at `path`, and those that it is in.
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    std::fs::create_dir_all(path).map_err(failed(path))
}
