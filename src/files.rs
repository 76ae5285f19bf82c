//! Reading whole files and replacing them atomically: the one door to the file system.
//!
//! Nothing here knows a format. Errors name the path, and a failed write leaves what was there.

use std::io::Write;
use std::path::{Path, PathBuf};

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
}

/// All bytes of the file at `path`.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(|cause| FileError::Read { path: path.to_owned(), cause })
}

/// When a file was changed last, and its length in bytes.
pub type FileStamp = (std::time::SystemTime, u64);

/// The stamp of the file at `path`; `None` if there is none that can be looked at.
pub fn stamp(path: &Path) -> Option<FileStamp> {
    let about = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some((about.modified().ok()?, about.len()))
}

/// The file at `path` for reading bit by bit, and its length in bytes (0: nobody knows).
pub fn open(path: &Path) -> Result<(std::io::BufReader<std::fs::File>, u64), FileError> {
    let failed = |cause| FileError::Read { path: path.to_owned(), cause };
    let file = std::fs::File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    Ok((std::io::BufReader::with_capacity(1 << 16, file), length))
}

/// Replaces the file at `path` by `bytes`, all or nothing.
///
/// The bytes go to a new file in the same folder, are flushed to the disk, and then take the name;
/// a full disk, a read-only folder or a crash in between leaves the old file whole.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let attempt = || -> std::io::Result<()> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        keep_permissions(path, file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    attempt().map_err(|cause| FileError::Write { path: path.to_owned(), cause })
}

/// Writes a folder of files (names may have folders of their own), all or nothing.
///
/// The files go to a new folder beside it, which then takes its name. A folder that is there already is
/// replaced only if it holds the file `mark`, which says that it is of the same kind, or nothing.
pub fn write_folder_atomically(path: &Path, contents: &[(&str, &[u8])], mark: &str) -> Result<(), FileError> {
    let attempt = || -> std::io::Result<()> {
        let is_replaceable =
            path.join(mark).is_file() || std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
        if path.exists() && !is_replaceable {
            let message = "there is a folder or file of this name already, of another kind";
            return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, message));
        }
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let new = tempfile::Builder::new().prefix(".saving-").tempdir_in(parent)?;
        for (name, bytes) in contents {
            let file = new.path().join(name);
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = std::fs::File::create(file)?;
            file.write_all(bytes)?;
            file.sync_all()?;
        }
        make_readable(new.path())?;
        if path.exists() {
            let old = tempfile::Builder::new().prefix(".replaced-").tempdir_in(parent)?;
            std::fs::rename(path, old.path().join("old"))?;
        }
        std::fs::rename(new.keep(), path)
    };
    attempt().map_err(|cause| FileError::Write { path: path.to_owned(), cause })
}

/// A temporary folder is private to its owner; one that is kept is not.
#[cfg(unix)]
fn make_readable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_readable(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

/// A temporary file is private to its owner; give it the mode that the old file has, or the usual one.
#[cfg(unix)]
fn keep_permissions(path: &Path, new: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = match std::fs::metadata(path) {
        Ok(old) if old.permissions().readonly() => {
            return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "the file is read-only"));
        }
        Ok(old) => old.permissions().mode(),
        Err(_) => 0o644,
    };
    new.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn keep_permissions(_path: &Path, _new: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
