//! Several files of a folder that belong together, replaced in one step.
//!
//! The folder may hold anything else, which is not touched. Where one file differs, renaming it is the step. Where
//! several do, both versions are first put into a folder of their own inside; each name becomes a link that leads
//! there by way of one link, `current`, and turning that from `old` to `new` is the step. After it the new files take
//! the places of their links. Whoever is killed on the way leaves names that lead to the old files or to the new
//! ones, and the next write tidies up. A reader who opens files one after the other has to look whether they are
//! still the same; `together.rs` does.
//!
//! Where there are no symbolic links (FAT, Windows without the right to make them) the files are renamed one after
//! the other: each is whole at every moment, but a crash between two of them mixes the versions.

use std::fs::{File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::target::{fill, flush_folder, follow, missing, parent_of, replace};
use super::{FileError, temporary};

/// A file of a folder: its name, which may be in a sub-folder, and what it is to hold; `None`: it is not to be there.
pub type Part<'a> = (&'a str, Option<&'a [u8]>);

/// By what a folder is known to be one that may be written into.
#[derive(Debug, Clone, Copy)]
pub struct FolderKind<'a> {
    /// The file that each such folder has.
    pub mark: &'static str,
    /// Sub-folders that are written into.
    pub sub_folders: &'a [&'a str],
}

/// Where both versions are while several files change at once.
const STAGE: &str = ".embedding-playground-model";
/// The link in it that says which version is in force.
const CURRENT: &str = "current";
const OLD: &str = "old";
const NEW: &str = "new";

/// Whether [`write_folder`] can write to `path`, before there is anything to write.
///
/// # Errors
/// A folder of another kind, a file of that name, a missing parent, no right to write: as of the writing itself.
pub fn check_folder(path: &Path, kind: FolderKind<'_>) -> Result<(), FileError> {
    let check = || {
        let (place, about) = follow(path)?;
        match about {
            None => {
                temporary::sweep(parent_of(&place));
                temporary::folder_in(parent_of(&place)).map(drop).map_err(|cause| missing(&place, cause))
            }
            Some(_) => {
                check_kind(&place, kind)?;
                temporary::sweep(&place);
                temporary::file_in(&place, true).map(drop)
            }
        }
    };
    check().map_err(|cause| FileError::Write { path: path.to_owned(), cause })
}

/// Writes the files `parts` into the folder `path`, all or nothing; whatever else is in it stays as it is.
///
/// A folder that is not there appears whole, if the one it is to be in is there. One that is there is written into
/// only if it is of this `kind` or empty. A part that is a link is replaced by a file; what it led to stays.
pub fn write_folder(path: &Path, parts: &[Part<'_>], kind: FolderKind<'_>) -> Result<(), FileError> {
    let write = || match follow(path)? {
        (place, None) => new_folder(&place, parts).map_err(|cause| missing(&place, cause)),
        (place, Some(_)) => write_into(&place, parts, kind),
    };
    write().map_err(|cause| FileError::Write { path: path.to_owned(), cause })
}

fn check_kind(folder: &Path, kind: FolderKind<'_>) -> io::Result<()> {
    let refused = |message: &str| Err(io::Error::new(io::ErrorKind::AlreadyExists, message.to_owned()));
    if !folder.is_dir() {
        return refused("expected a folder or nothing of this name, got a file");
    }
    let is_of_kind = folder.join(kind.mark).is_file() || folder.join(STAGE).is_dir();
    if !is_of_kind && std::fs::read_dir(folder)?.flatten().any(|entry| !is_temporary(&entry.file_name())) {
        return refused("there is a folder of this name already, of another kind");
    }
    for sub in kind.sub_folders {
        if folder.join(sub).symlink_metadata().is_ok_and(|about| !about.is_dir()) {
            return refused(&format!("expected {sub} in it to be a folder, got a file or a link"));
        }
    }
    Ok(())
}

fn is_temporary(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| temporary::process_of(name).is_some())
}

fn new_folder(path: &Path, parts: &[Part<'_>]) -> io::Result<()> {
    let parent = parent_of(path);
    temporary::sweep(parent);
    let new = temporary::folder_in(parent)?;
    write_parts(new.path(), parts, |_| None)?;
    new.become_folder(path)?;
    flush_folder(parent);
    Ok(())
}

/// Writes the files that are to be there under `folder`; `old` gives what a file is to take its permissions from.
fn write_parts(folder: &Path, parts: &[Part<'_>], old: impl Fn(&str) -> Option<Metadata>) -> io::Result<()> {
    for (name, bytes) in parts {
        let (path, Some(bytes)) = (folder.join(name), bytes) else { continue };
        std::fs::create_dir_all(parent_of(&path))?;
        fill(&mut File::create_new(&path)?, old(name).as_ref(), bytes)?;
        flush_folder(parent_of(&path));
    }
    flush_folder(folder);
    Ok(())
}

fn write_into(folder: &Path, parts: &[Part<'_>], kind: FolderKind<'_>) -> io::Result<()> {
    let _at_work = lock(folder)?;
    // What is half done only this can end.
    let _busy = temporary::Busy::begin();
    check_kind(folder, kind)?;
    settle(folder)?;
    // Again, as what was left of an earlier write no longer speaks for it.
    check_kind(folder, kind)?;
    temporary::sweep(folder);
    let mut changed = Vec::new();
    for part in parts {
        if differs(folder, part)? {
            changed.push(*part);
        }
    }
    match changed.as_slice() {
        [] => Ok(()),
        [part] => replace_part(folder, part),
        parts => replace_together(folder, parts),
    }
}

/// Nobody else writes into `folder` while the lock is held; where the file system knows no locks, nobody is asked.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let Ok(handle) = File::open(folder) else { return Ok(None) };
    match handle.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::Error::new(io::ErrorKind::ResourceBusy, "somebody else is writing into it")),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(handle)),
    }
}

/// Whether the file in `folder` is another one than it is to be. A link is never what it is to be.
fn differs(folder: &Path, (name, bytes): &Part<'_>) -> io::Result<bool> {
    let path = folder.join(name);
    let about = match path.symlink_metadata() {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(bytes.is_some()),
        Err(error) => return Err(error),
    };
    let Some(bytes) = bytes else { return Ok(true) };
    if about.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, format!("expected {name} in it to be a file, got a folder")));
    }
    Ok(!about.is_file() || about.len() != bytes.len() as u64 || std::fs::read(path)? != **bytes)
}

/// What a file that takes the place of `path` takes its owner and permissions from.
fn old_file(path: &Path) -> Option<Metadata> {
    path.symlink_metadata().ok().filter(Metadata::is_file)
}

fn replace_part(folder: &Path, (name, bytes): &Part<'_>) -> io::Result<()> {
    let path = folder.join(name);
    let Some(bytes) = bytes else { return std::fs::remove_file(path) };
    std::fs::create_dir_all(parent_of(&path))?;
    replace(&path, old_file(&path).as_ref(), bytes)
}

fn replace_together(folder: &Path, parts: &[Part<'_>]) -> io::Result<()> {
    let staged = stage(folder, parts).and_then(|()| turn(folder, NEW));
    // Whichever version is in force by now.
    settle(folder)?;
    match staged {
        Err(error) if [io::ErrorKind::Unsupported, io::ErrorKind::PermissionDenied].contains(&error.kind()) => {
            parts.iter().try_for_each(|part| replace_part(folder, part))
        }
        staged => staged,
    }
}

/// Puts both versions into the stage, and makes each name a link to the one in force: the old one.
fn stage(folder: &Path, parts: &[Part<'_>]) -> io::Result<()> {
    let stage = folder.join(STAGE);
    std::fs::create_dir(&stage)?;
    write_parts(&stage.join(NEW), parts, |name| old_file(&folder.join(name)))?;
    for (name, _) in parts {
        let (path, kept) = (folder.join(name), stage.join(OLD).join(name));
        std::fs::create_dir_all(parent_of(&kept))?;
        std::fs::create_dir_all(parent_of(&path))?;
        keep(&path, &kept)?;
    }
    turn(folder, OLD)?;
    for (name, _) in parts {
        link_in_place_of(&folder.join(name), &by_way_of_current(name), &stage.join("link"))?;
    }
    flush_folder(folder);
    Ok(())
}

/// Makes `version` the one in force.
fn turn(folder: &Path, version: &str) -> io::Result<()> {
    let stage = folder.join(STAGE);
    link_in_place_of(&stage.join(CURRENT), Path::new(version), &stage.join("link"))?;
    flush_folder(&stage);
    Ok(())
}

/// The file at `path`, if there is one, under the name `kept` too; of a link, one to the same place.
fn keep(path: &Path, kept: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(about) if about.is_symlink() => {
            let target = std::path::absolute(parent_of(path))?.join(std::fs::read_link(path)?);
            symlink(&target, kept)
        }
        Ok(_) => std::fs::hard_link(path, kept).or_else(|_| std::fs::copy(path, kept).map(drop)),
    }
}

/// What the link at `name` says while several files change: relative, so that the folder can be moved.
fn by_way_of_current(name: &str) -> PathBuf {
    let mut up: PathBuf = Path::new(name).components().skip(1).map(|_| "..").collect();
    up.extend([STAGE, CURRENT, name]);
    up
}

fn link_in_place_of(path: &Path, target: &Path, by_way_of: &Path) -> io::Result<()> {
    symlink(target, by_way_of)?;
    std::fs::rename(by_way_of, path)
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Ends what a write began, here or in a process that was killed: the files of the version in force take the places
/// of the links to them, and the stage goes.
fn settle(folder: &Path) -> io::Result<()> {
    let stage = folder.join(STAGE);
    if !stage.symlink_metadata().is_ok_and(|about| about.is_dir()) {
        return Ok(());
    }
    // Without this link no name leads here yet.
    if let Ok(version) = std::fs::read_link(stage.join(CURRENT)) {
        let version = stage.join(if version == Path::new(NEW) { NEW } else { OLD });
        for name in names_under(&stage.join(OLD))?.into_iter().chain(names_under(&stage.join(NEW))?) {
            settle_name(folder, &version, &name)?;
        }
        flush_folder(folder);
    }
    std::fs::remove_dir_all(stage)
}

fn settle_name(folder: &Path, version: &Path, name: &str) -> io::Result<()> {
    let (path, whole) = (folder.join(name), version.join(name));
    if !std::fs::read_link(&path).is_ok_and(|target| target == by_way_of_current(name)) {
        return Ok(());
    }
    if whole.symlink_metadata().is_ok() {
        return std::fs::rename(whole, path);
    }
    std::fs::remove_file(&path)?;
    if parent_of(&path) != folder {
        // A sub-folder that was made for it, unless something is in it.
        std::fs::remove_dir(parent_of(&path)).unwrap_or_default();
    }
    Ok(())
}

/// Names of the files in `folder` and its sub-folders.
fn names_under(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            names.extend(names_under(&entry.path())?.into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            names.push(name);
        }
    }
    Ok(names)
}
