//! A folder of files, one for each process that is at work, and those that processes have left which are gone.
//!
//! Beside each file lies another that its process holds a lock on as long as it lives, as a file that is replaced takes
//! its lock with it. Where the file system knows no locks, the number of the process in the name says whether it lives.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{FileError, make_own_folder, read, remove, temporary, write_atomically};

const ENDING: &str = "json";
const LOCK: &str = "lock";

/// A file that is this process's alone. Its name is given free when this is dropped and nothing was written.
#[derive(Debug)]
pub struct OwnFile {
    path: PathBuf,
    lock: File,
}

impl OwnFile {
    /// A new name in `folder`, which is made; there is no file yet.
    ///
    /// # Errors
    /// If nothing can be written there.
    pub fn new(folder: &Path) -> Result<Self, FileError> {
        make_own_folder(folder)?;
        temporary::sweep(folder);
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let path = folder.join(format!("{}-{nanos}.{ENDING}", std::process::id()));
        let failed = |cause| FileError::Write { path: path.clone(), cause };
        let lock = OpenOptions::new().append(true).create_new(true).open(path.with_extension(LOCK)).map_err(failed)?;
        lock.try_lock().unwrap_or_default();
        Ok(Self { path, lock })
    }

    /// The files in `folder` whose processes are gone, from now on this one's; the one written last first.
    pub fn left_in(folder: &Path) -> Vec<Self> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let locks = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|found| found == LOCK));
        let free = locks.filter_map(|path| Some(Self { lock: free_lock(&path)?, path: path.with_extension(ENDING) }));
        // Of one that was never written the name is given free here.
        let mut left: Vec<Self> = free.filter(|file| file.path.is_file()).collect();
        left.sort_by_cached_key(|file| std::cmp::Reverse(file.path.metadata().and_then(|about| about.modified()).ok()));
        left
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn read(&self) -> Result<Vec<u8>, FileError> {
        read(&self.path)
    }

    /// Replaces what is in it, all or nothing.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self, bytes: &[u8]) -> Result<(), FileError> {
        write_atomically(&self.path, bytes)
    }

    /// Removes it.
    ///
    /// # Errors
    /// If it can't be removed.
    pub fn remove(self) -> Result<(), FileError> {
        remove(&self.path)
    }
}

impl Drop for OwnFile {
    fn drop(&mut self) {
        if !self.path.exists() {
            std::fs::remove_file(self.path.with_extension(LOCK)).unwrap_or_default();
        }
        self.lock.unlock().unwrap_or_default();
    }
}

/// The lock at `path`, if nobody who lives holds it.
fn free_lock(path: &Path) -> Option<File> {
    let file = OpenOptions::new().append(true).open(path).ok()?;
    match file.try_lock() {
        Ok(()) => Some(file),
        Err(TryLockError::WouldBlock) => None,
        Err(TryLockError::Error(_)) => is_of_nobody(path).ok()?.then_some(file),
    }
}

fn is_of_nobody(path: &Path) -> io::Result<bool> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let process: Option<u32> = name.split_once('-').and_then(|(process, _)| process.parse().ok());
    process.map(|process| process != std::process::id() && !temporary::is_alive(process)).ok_or(io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_those_who_are_gone_are_left_and_each_for_one_finder() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("deeper");
        let (old, alive) = (OwnFile::new(&place).expect("a file"), OwnFile::new(&place).expect("another"));
        old.write(b"old").expect("written");
        alive.write(b"alive").expect("written");
        assert!(OwnFile::left_in(&place).is_empty());
        drop(old);
        let left = OwnFile::left_in(&place);
        assert_eq!(left.iter().map(|file| file.read().expect("read")).collect::<Vec<_>>(), [b"old"]);
        assert!(OwnFile::left_in(&place).is_empty(), "somebody has it");
        drop(left);
        let mut again = OwnFile::left_in(&place);
        again.remove(0).remove().expect("removed");
        assert!(OwnFile::left_in(&place).is_empty());
        drop((again, alive, OwnFile::new(&place).expect("one that is never written")));
        assert_eq!(super::super::names_in(&place).len(), 2, "the file of the one that lived, and its lock");
    }
}
