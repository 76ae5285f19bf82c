//! Several files of a folder that belong together, opened as they were at one moment.
//!
//! Whoever replaces them meanwhile does so by new files (`folder.rs`), which those that are open do not notice. What is
//! in them is the reader's affair.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::FileError;

/// How often files are opened again that changed meanwhile.
const MAX_TRIES: usize = 20;

/// Bytes of a file that is read whole, at most.
const MOST: usize = 1 << 30;

/// A file that is open for reading.
#[derive(Debug)]
pub struct OpenFile {
    /// Where it was found.
    pub path: PathBuf,
    file: File,
    length: u64,
    /// What it was like when it was opened.
    opened_as: Stamp,
}

impl OpenFile {
    fn new(path: &Path, file: File) -> io::Result<Self> {
        let opened_as = stamp_of(&file.metadata()?);
        Ok(Self { path: path.to_owned(), file, length: opened_as.0, opened_as })
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All of it, as often as anybody likes.
    ///
    /// # Errors
    /// If it can't be read, or is larger than a gigabyte.
    pub fn read(&self) -> Result<Vec<u8>, FileError> {
        let most = usize::try_from(self.length).ok().filter(|length| *length <= MOST);
        let Some(length) = most else {
            let got = format!("expected at most {MOST} bytes, got {}", self.length);
            return Err(self.failed(io::Error::new(io::ErrorKind::FileTooLarge, got)));
        };
        let mut bytes = vec![0; length];
        self.read_at(0, &mut bytes)?;
        Ok(bytes)
    }

    /// Fills `bytes` with what stands from `offset` on. Several threads may do so at once.
    ///
    /// # Errors
    /// If it ends before, or can't be read.
    pub fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<(), FileError> {
        read_exact_at(&self.file, offset, bytes).map_err(|cause| self.failed(cause))
    }

    /// Whether nobody has written into it since it was opened; one that took its place does not count.
    pub fn is_as_opened(&self) -> bool {
        self.stamp() == Some(self.opened_as)
    }

    /// The stamp of the file that is open, wherever its name leads by now.
    fn stamp(&self) -> Option<Stamp> {
        self.file.metadata().ok().map(|about| stamp_of(&about))
    }

    fn failed(&self, cause: io::Error) -> FileError {
        FileError::Read { path: self.path.clone(), cause }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut offset: u64, mut bytes: &mut [u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (bytes, offset) = (&mut bytes[n..], offset + n as u64);
    }
    Ok(())
}

/// The file at `path`, for reading from any place; `None` for what is no file of a known length, such as a pipe.
///
/// # Errors
/// If it can't be opened.
pub fn open_at(path: &Path) -> Result<Option<OpenFile>, FileError> {
    let failed = |cause| FileError::Read { path: path.to_owned(), cause };
    // A pipe that is opened and left again would be gone for whoever reads it.
    if !path.metadata().map_err(failed)?.is_file() {
        return Ok(None);
    }
    OpenFile::new(path, File::open(path).map_err(failed)?).map(Some).map_err(failed)
}

/// The files called `names` in `folder`, all as they were at one moment; `None` for one that is not there.
///
/// # Errors
/// If a file can't be opened, is a link that leads out of the folder, or if somebody writes all the time.
pub fn open_together(folder: &Path, names: &[&str]) -> Result<Vec<Option<OpenFile>>, FileError> {
    let failed = |path: PathBuf| move |cause| FileError::Read { path, cause };
    let roots = roots_of(folder).map_err(failed(folder.to_owned()))?;
    let stamps = || names.iter().map(|name| stamp(&folder.join(name))).collect::<Vec<_>>();
    let open = |name: &&str| open_inside(&roots, &folder.join(name)).map_err(failed(folder.join(name)));
    for _ in 0..MAX_TRIES {
        let before = stamps();
        let opened = names.iter().map(open).collect::<Result<Vec<_>, _>>();
        // The same file may have moved from the stage into its place between asking where it is and opening it.
        let has_moved = matches!(&opened, Err(FileError::Read { cause, .. }) if cause.kind() == io::ErrorKind::NotFound);
        // A file may have been another for a moment and be as it was again: what is open counts.
        let are_those = |files: &Vec<Option<OpenFile>>| {
            files.iter().map(|file| file.as_ref().and_then(OpenFile::stamp)).eq(before.iter().copied())
        };
        if before == stamps() && !has_moved && opened.as_ref().map_or(true, are_those) {
            return opened;
        }
    }
    let cause = io::Error::other("expected files that stay as they are while they are read, got changing ones; try again later");
    Err(failed(folder.to_owned())(cause))
}

/// What changes when another file takes the place of one: length, time and number.
type Stamp = (u64, Option<SystemTime>, u64);

fn stamp(path: &Path) -> Option<Stamp> {
    path.metadata().ok().filter(Metadata::is_file).map(|about| stamp_of(&about))
}

fn stamp_of(about: &Metadata) -> Stamp {
    (about.len(), about.modified().ok(), inode(about))
}

#[cfg(unix)]
fn inode(about: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(about)
}

#[cfg(not(unix))]
fn inode(_about: &Metadata) -> u64 {
    0
}

/// The folders that links may lead to: the folder itself and, in the cache of the Hugging Face Hub, where a snapshot is
/// nothing but links, the `blobs` of the model and those that all models share.
fn roots_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let root = std::fs::canonicalize(folder)?;
    let snapshots = root.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "snapshots"));
    let model = snapshots.and_then(Path::parent).filter(|model| model.join("blobs").is_dir());
    let shared = model.and_then(Path::parent).map(|cache| cache.join("blobs")).filter(|shared| shared.is_dir());
    let own = model.map_or_else(|| root.clone(), Path::to_owned);
    Ok([Some(own), shared].into_iter().flatten().collect())
}

fn open_inside(roots: &[PathBuf], path: &Path) -> io::Result<Option<OpenFile>> {
    if !path.is_file() {
        return Ok(None);
    }
    let place = std::fs::canonicalize(path)?;
    if !roots.iter().any(|root| place.starts_with(root)) {
        let got = format!("expected a file of the folder, got a link to {}; copy that file into the folder", place.display());
        return Err(io::Error::other(got));
    }
    OpenFile::new(path, File::open(place)?).map(Some)
}
