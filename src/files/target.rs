//! What a path to write to is: a file to be replaced, or something to write into; and writing it.
//!
//! A link stays and what it leads to is replaced. Devices, pipes and files that are open already are written into.
//! Of several names of one file (hard links) only the one that was given gets the new content, as the others may be
//! meant as copies; access lists and other extended attributes are not carried over.

use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{FileError, temporary};

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

enum Target {
    /// A file, there or not yet, with all links followed.
    File(PathBuf, Option<Metadata>),
    /// A device or a pipe.
    Device(PathBuf),
    /// A file that this process has open, by its name among those.
    Descriptor(PathBuf),
    /// Standard output or standard error: through the library, so that the place in the file is kept.
    Standard(Box<dyn Write>),
}

/// Whether [`write_atomically`] can write to `path`, before there is anything to write.
///
/// # Errors
/// A missing or closed folder, a read-only file, a folder of that name, a circle of links: as of the writing itself.
pub fn check_target(path: &Path) -> Result<(), FileError> {
    let check = |target| match target {
        // Trying is the only answer that counts quotas, access lists and how the disk is mounted.
        Target::File(path, _) => {
            temporary::sweep(parent_of(&path));
            let file = temporary::file_in(parent_of(&path), true).map_err(|cause| missing(&path, cause))?;
            // A disk that is full takes names, and no bytes.
            file.as_file().write_all(b"?").and_then(|()| file.as_file().sync_data())
        }
        // A pipe would wait for its reader, who may come later.
        Target::Device(path) if !is_pipe(&path) => OpenOptions::new().append(true).open(path).map(drop),
        Target::Device(_) | Target::Descriptor(_) | Target::Standard(_) => Ok(()),
    };
    target_of(path).and_then(check).map_err(|cause| FileError::Write { path: path.to_owned(), cause })
}

/// Whether [`write_atomically`] replaces a file at `path` that holds something; devices, pipes and files that are open
/// are written into.
pub fn replaces(path: &Path) -> bool {
    matches!(target_of(path), Ok(Target::File(_, Some(about))) if about.len() > 0)
}

/// Replaces the file at `path` by `bytes`, all or nothing; into a device, a pipe or an open file they are written.
///
/// The bytes go to a new file in the same folder, are flushed to the disk, and then take the name; a full disk, a
/// read-only folder or a crash in between leaves the old file whole. Owner and permissions stay; a new file has those
/// that are usual for the user.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let stream = |result: io::Result<()>| result.map_err(|cause| FileError::Stream { path: path.to_owned(), cause });
    let write = |cause| FileError::Write { path: path.to_owned(), cause };
    match target_of(path).map_err(write)? {
        Target::File(place, old) => replace(&place, old.as_ref(), bytes).map_err(|cause| missing(&place, cause)).map_err(write),
        Target::Device(place) | Target::Descriptor(place) => {
            // Opened again, an open file would begin at its start.
            stream(OpenOptions::new().append(true).open(place).and_then(|mut file| file.write_all(bytes)))
        }
        Target::Standard(mut out) => stream(out.write_all(bytes).and_then(|()| out.flush())),
    }
}

/// Puts a file with `bytes` in the place of `old` (`None`: of nothing, or of what is no file), in one step.
pub(super) fn replace(path: &Path, old: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
    let folder = parent_of(path);
    temporary::sweep(folder);
    let mut file = temporary::file_in(folder, old.is_some())?;
    fill(file.as_file_mut(), old, bytes)?;
    file.persist(path)?;
    flush_folder(folder);
    Ok(())
}

/// Writes `bytes` into the new `file`, down to the disk, and gives it the owner and the permissions of `old`.
pub(super) fn fill(file: &mut File, old: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    if let Some(old) = old {
        keep_owner(file, old)?;
    }
    file.sync_all()
}

/// Names in a folder are on the disk only when the folder is; not every file system can say that it is.
pub(super) fn flush_folder(folder: &Path) {
    File::open(folder).and_then(|folder| folder.sync_all()).unwrap_or_default();
}

/// Where what is written to `path` ends up, with all links followed: two paths with the same place are one file.
pub fn place_of(path: &Path) -> PathBuf {
    let place = follow(path).map_or_else(|_| path.to_owned(), |(place, _)| place);
    match (parent_of(&place).canonicalize(), place.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => std::path::absolute(&place).unwrap_or(place).components().collect(),
    }
}

/// The folder that `path` is in.
pub(super) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The place that `path` leads to and what is there, the last part of a path being followed if it is a link.
pub(super) fn follow(path: &Path) -> io::Result<(PathBuf, Option<Metadata>)> {
    let mut place = path.to_owned();
    for _ in 0..MAX_LINKS {
        match place.symlink_metadata() {
            Ok(about) if about.is_symlink() && !is_descriptor(&place) => {
                place = parent_of(&place).join(std::fs::read_link(&place)?);
            }
            Ok(about) => return Ok((place, Some(about))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((place, None)),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("expected links that lead to a file, got links in a circle"))
}

fn target_of(path: &Path) -> io::Result<Target> {
    let is_folder = || io::Error::new(io::ErrorKind::IsADirectory, "expected the name of a file, got that of a folder");
    let (place, about) = follow(path)?;
    match about {
        None if place.file_name().is_none() || ends_in_separator(&place) => Err(is_folder()),
        None => Ok(Target::File(place, None)),
        Some(about) if about.is_symlink() => Ok(descriptor(place)),
        Some(about) if about.is_dir() => Err(is_folder()),
        Some(about) if about.is_file() && about.permissions().readonly() => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"))
        }
        Some(about) if about.is_file() => Ok(Target::File(place, Some(about))),
        Some(about) if is_socket(&about) => Err(io::Error::other("expected a file, a device or a pipe, got a socket")),
        Some(_) => Ok(Target::Device(place)),
    }
}

fn ends_in_separator(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().last().is_some_and(|last| std::path::is_separator(char::from(*last)))
}

/// Whether `link` is the name of an open file of a process (`/proc/PROCESS/fd/NUMBER`): what it says it leads to may
/// have no name any more.
fn is_descriptor(link: &Path) -> bool {
    let folder = std::fs::canonicalize(parent_of(link)).unwrap_or_default();
    folder.starts_with("/proc") && folder.file_name() == Some(OsStr::new("fd"))
}

fn descriptor(place: PathBuf) -> Target {
    let folder = std::fs::canonicalize(parent_of(&place)).unwrap_or_default();
    let is_own = folder.starts_with(Path::new("/proc").join(std::process::id().to_string()));
    match place.file_name().and_then(OsStr::to_str) {
        Some("1") if is_own => Target::Standard(Box::new(io::stdout())),
        Some("2") if is_own => Target::Standard(Box::new(io::stderr())),
        _ => Target::Descriptor(place),
    }
}

/// Says of a new file at `path` that was not found what that means: its folder is not there, or takes no files, as those
/// that the system itself makes up.
pub(super) fn missing(path: &Path, cause: io::Error) -> io::Error {
    if cause.kind() != io::ErrorKind::NotFound {
        return cause;
    }
    let folder = parent_of(path);
    let got = match folder.is_dir() {
        true => format!("the folder {} takes no new files", folder.display()),
        false => format!("there is no folder {}", folder.display()),
    };
    io::Error::new(io::ErrorKind::NotFound, got)
}

#[cfg(unix)]
fn is_socket(about: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_socket(&about.file_type())
}

#[cfg(not(unix))]
fn is_socket(_about: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| std::os::unix::fs::FileTypeExt::is_fifo(&about.file_type()))
}

#[cfg(not(unix))]
fn is_pipe(_path: &Path) -> bool {
    false
}

/// Gives `new` the owner, group and mode of `old`. Who may not give files away keeps it as his own; then what the
/// group was allowed, which is another group now, is what everybody was.
#[cfg(unix)]
fn keep_owner(new: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let about = new.metadata()?;
    if about.uid() != old.uid() {
        fchown(new, Some(old.uid()), None).unwrap_or_default();
    }
    let keeps_group = about.gid() == old.gid() || fchown(new, None, Some(old.gid())).is_ok();
    let mode = old.mode() & 0o777;
    let mode = if keeps_group { mode } else { (mode & !0o070) | (((mode & 0o007) << 3) & mode) };
    new.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn keep_owner(_new: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
}
