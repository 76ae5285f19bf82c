//! Several files of a folder that belong together: read as they were at one moment, and replaced in one step.
//!
//! The folder may hold anything else, which is not touched. Where one file differs, renaming it is the step. Where
//! several do, both versions are first put into a folder of their own inside; each name becomes a link that leads
//! there by way of one link, `current`, and turning that from `old` to `new` is the step. After it the new files take
//! the places of their links. Whoever is killed on the way leaves names that lead to the old files or to the new
//! ones, and the next write tidies up. A reader who opens files one after the other has to look whether they are
//! still the same; [`read_together`] does.
//!
//! Where there are no symbolic links (FAT, Windows without the right to make them) the files are renamed one after
//! the other: each is whole at every moment, but a crash between two of them mixes the versions.

use std::fs::{File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::target::{fill, flush_folder, follow, missing, parent_of, replace};
use super::{FileError, temporary};

/// A file of a folder: its name, which may be in a sub-folder, and what it is to hold; `None`: it is not to be there.
pub type Part<'a> = (&'a str, Option<&'a [u8]>);

/// By what a folder is known to be one that may be written into.
#[derive(Debug, Clone, Copy)]
pub struct FolderKind {
    /// The file that each such folder has.
    pub mark: &'static str,
    /// Sub-folders that are written into.
    pub sub_folders: &'static [&'static str],
}

/// Where both versions are while several files change at once.
const STAGE: &str = ".embedding-playground-model";
/// The link in it that says which version is in force.
const CURRENT: &str = "current";
const OLD: &str = "old";
const NEW: &str = "new";

/// How often files are read again that changed while they were read.
const MAX_READS: usize = 20;

/// The files called `names` in `folder`, all as they were at one moment; `None` for one that is not there.
///
/// # Errors
/// If a file can't be read, is a link that leads out of the folder, or if somebody writes all the time.
pub fn read_together(folder: &Path, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>, FileError> {
    let failed = |path: PathBuf| move |cause| FileError::Read { path, cause };
    let roots = roots_of(folder).map_err(failed(folder.to_owned()))?;
    let stamps = || names.iter().map(|name| stamp(&folder.join(name))).collect::<Vec<_>>();
    let read = |name: &&str| read_inside(&roots, &folder.join(name)).map_err(failed(folder.join(name)));
    for _ in 0..MAX_READS {
        let before = stamps();
        let contents = names.iter().map(read).collect::<Result<_, _>>();
        // The same file may have moved from the stage into its place between asking where it is and reading it.
        let has_moved = matches!(&contents, Err(FileError::Read { cause, .. }) if cause.kind() == io::ErrorKind::NotFound);
        if before == stamps() && !has_moved {
            return contents;
        }
    }
    let cause = io::Error::other("expected files that stay as they are while they are read, got changing ones; try again later");
    Err(failed(folder.to_owned())(cause))
}

/// What changes when another file takes the place of the one at `path`.
fn stamp(path: &Path) -> Option<(u64, Option<SystemTime>, u64)> {
    let about = path.metadata().ok()?;
    Some((about.len(), about.modified().ok(), inode(&about)))
}

#[cfg(unix)]
fn inode(about: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(about)
}

#[cfg(not(unix))]
fn inode(_about: &Metadata) -> u64 {
    0
}

/// The folders that links may lead to: the folder itself or, in the cache of the Hugging Face hub, the model's own, where
/// a snapshot is nothing but links into `blobs` beside it, and the `blobs` that all models there share.
fn roots_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let root = std::fs::canonicalize(folder)?;
    let snapshots = root.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "snapshots"));
    let model = snapshots.and_then(Path::parent).filter(|model| model.join("blobs").is_dir());
    Ok(match model {
        None => vec![root],
        Some(model) => vec![model.to_owned(), parent_of(model).join("blobs")],
    })
}

fn read_inside(roots: &[PathBuf], path: &Path) -> io::Result<Option<Vec<u8>>> {
    if !path.is_file() {
        return Ok(None);
    }
    let place = std::fs::canonicalize(path)?;
    if !roots.iter().any(|root| place.starts_with(root)) {
        let got = format!("expected a file of the folder, got a link to {}; copy that file into the folder", place.display());
        return Err(io::Error::other(got));
    }
    std::fs::read(place).map(Some)
}

/// Whether [`write_folder`] can write to `path`, before there is anything to write.
///
/// # Errors
/// A folder of another kind, a file of that name, a missing parent, no right to write: as of the writing itself.
pub fn check_folder(path: &Path, kind: FolderKind) -> Result<(), FileError> {
    let check = || {
        let (place, about) = follow(path)?;
        match about {
            None => temporary::folder_in(parent_of(&place)).map(drop).map_err(|cause| missing(&place, cause)),
            Some(_) => {
                check_kind(&place, kind)?;
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
pub fn write_folder(path: &Path, parts: &[Part<'_>], kind: FolderKind) -> Result<(), FileError> {
    let write = || match follow(path)? {
        (place, None) => new_folder(&place, parts).map_err(|cause| missing(&place, cause)),
        (place, Some(_)) => write_into(&place, parts, kind),
    };
    write().map_err(|cause| FileError::Write { path: path.to_owned(), cause })
}

fn check_kind(folder: &Path, kind: FolderKind) -> io::Result<()> {
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
    let (mut new, _at_work) = temporary::folder_in(parent)?;
    write_parts(new.path(), parts, |_| None)?;
    std::fs::rename(new.path(), path)?;
    // It has its name: there is nothing left to remove.
    new.disable_cleanup(true);
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

fn write_into(folder: &Path, parts: &[Part<'_>], kind: FolderKind) -> io::Result<()> {
    let _at_work = lock(folder)?;
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
