//! Temporary files, folders and links beside what they will become, and removing those of writers that were killed.
//!
//! A name says whose it is: `.embedding-playground-PROCESS-RANDOM`. The writer holds a lock on it as long as it lives.
//! What there is of this process is noted, so that it can be removed when the process ends in the midst of writing.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tempfile::{Builder, NamedTempFile, TempDir};

/// How names begin that belong to this program.
pub(super) const PREFIX: &str = ".embedding-playground-";

/// What is older was left behind, whatever its process is doing now: no write takes as long.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Temporary paths of this process that are there now.
static THERE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// How many writers are at something that only they can bring to its end.
static N_BUSY: AtomicUsize = AtomicUsize::new(0);

fn there() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    THERE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary path that is noted as long as this lives.
struct Noted(PathBuf);

impl Drop for Noted {
    fn drop(&mut self) {
        there().remove(&self.0);
    }
}

/// A temporary file: removed with this, unless it gets another name.
pub(super) struct TemporaryFile {
    file: NamedTempFile,
    _noted: Noted,
}

impl TemporaryFile {
    pub(super) fn as_file(&self) -> &File {
        self.file.as_file()
    }

    pub(super) fn as_file_mut(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Takes the place of what is at `path`.
    pub(super) fn persist(self, path: &Path) -> io::Result<()> {
        self.file.persist(path).map(drop).map_err(|error| error.error)
    }
}

/// A temporary folder: removed with this, unless it was given another name.
pub(super) struct TemporaryFolder {
    folder: TempDir,
    /// Says to others that somebody is at work in it.
    _at_work: Option<File>,
    _noted: Noted,
}

impl TemporaryFolder {
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives it the name `path`.
    pub(super) fn become_folder(mut self, path: &Path) -> io::Result<()> {
        std::fs::rename(self.path(), path)?;
        self.folder.disable_cleanup(true);
        Ok(())
    }
}

/// A new file in `folder`, removed unless it is kept. `is_private`: for its owner only, until its permissions are
/// set; else as open to others as new files are.
pub(super) fn file_in(folder: &Path, is_private: bool) -> io::Result<TemporaryFile> {
    let (mode, prefix) = (if is_private { 0o600 } else { 0o666 }, prefix());
    // Made and noted in one step, for whoever removes what there is.
    let mut there = there();
    let file = with_mode(Builder::new().prefix(&prefix), mode).tempfile_in(folder)?;
    there.insert(file.path().to_owned());
    drop(there);
    lock(file.as_file());
    Ok(TemporaryFile { _noted: Noted(file.path().to_owned()), file })
}

/// A new folder in `parent`, removed unless it is kept.
pub(super) fn folder_in(parent: &Path) -> io::Result<TemporaryFolder> {
    let prefix = prefix();
    let mut there = there();
    let folder = with_mode(Builder::new().prefix(&prefix), 0o777).tempdir_in(parent)?;
    there.insert(folder.path().to_owned());
    drop(there);
    let at_work = File::open(folder.path()).ok();
    at_work.iter().for_each(lock);
    Ok(TemporaryFolder { _noted: Noted(folder.path().to_owned()), folder, _at_work: at_work })
}

/// Makes something in `folder` at a temporary path, which `make` is given and which is to become something else soon.
pub(super) fn made_in(folder: &Path, make: impl FnMut(&Path) -> io::Result<()>) -> io::Result<tempfile::TempPath> {
    Ok(Builder::new().prefix(&prefix()).make_in(folder, make)?.into_temp_path())
}

/// As long as this lives, somebody is at something that only he can bring to its end.
pub(super) struct Busy(());

impl Busy {
    pub(super) fn begin() -> Self {
        N_BUSY.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        N_BUSY.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Before the process ends: lets whoever is busy come to the end, for a while, and removes what this process has made
/// and not kept. From then on nobody makes anything any more, but waits for ever.
#[cfg(unix)]
pub(super) fn remove_all(patience: Duration) {
    let since = std::time::Instant::now();
    while N_BUSY.load(Ordering::SeqCst) > 0 && since.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(2));
    }
    let there = there();
    there.iter().for_each(|path| remove_for_good(path));
    std::mem::forget(there);
}

/// Somebody may still be writing into a folder: once it is gone he finds it no more.
#[cfg(unix)]
fn remove_for_good(path: &Path) {
    for _ in 0..100 {
        let Ok(about) = path.symlink_metadata() else { return };
        remove(path, &about);
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn remove(path: &Path, about: &std::fs::Metadata) {
    let remove = if about.is_dir() { std::fs::remove_dir_all } else { std::fs::remove_file::<&Path> };
    remove(path).unwrap_or_default();
}

fn prefix() -> String {
    format!("{PREFIX}{}-", std::process::id())
}

/// Some file systems know no locks: then the number of the process alone says whether it lives.
fn lock(file: &File) {
    file.try_lock().unwrap_or_default();
}

/// The system takes from `mode` what the user's umask says.
#[cfg(unix)]
fn with_mode<'a, 'p>(builder: &'a mut Builder<'p, 'p>, mode: u32) -> &'a mut Builder<'p, 'p> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn with_mode<'a, 'p>(builder: &'a mut Builder<'p, 'p>, _mode: u32) -> &'a mut Builder<'p, 'p> {
    builder
}

/// Removes from `folder` the temporary files and folders of processes that are gone, and nothing else.
///
/// What can't be removed stays for the next time: it hinders nobody.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Some(process) = entry.file_name().to_str().and_then(process_of) else { continue };
        let path = entry.path();
        // Of the link itself, not of what it leads to.
        let Ok(about) = path.symlink_metadata() else { continue };
        let is_old = about.modified().ok().and_then(|time| time.elapsed().ok()).is_some_and(|age| age > MAX_AGE);
        let is_left = || if about.is_symlink() { is_anothers_that_is_gone(process) } else { is_gone(process, &path) };
        if is_old || is_left() {
            remove(&path, &about);
        }
    }
}

/// The process that a temporary name is of; `None` for other names.
pub(super) fn process_of(name: &str) -> Option<u32> {
    let (process, random) = name.strip_prefix(PREFIX)?.split_once('-')?;
    let is_random = random.len() == 6 && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
    process.parse().ok().filter(|_| is_random)
}

/// Whether nobody writes at `path` any more. This process counts as gone too where the lock is free: in a container
/// the one that was killed had the same number.
fn is_gone(process: u32, path: &Path) -> bool {
    match File::open(path).map_err(TryLockError::Error).and_then(|file| file.try_lock()) {
        Ok(()) => process == std::process::id() || !is_alive(process),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => is_anothers_that_is_gone(process),
    }
}

fn is_anothers_that_is_gone(process: u32) -> bool {
    process != std::process::id() && !is_alive(process)
}

/// Where the system does not say which processes there are, all of them live.
pub(super) fn is_alive(process: u32) -> bool {
    !Path::new("/proc/self").exists() || Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No process has this number: Linux counts to 2^22.
    const NOBODY: u32 = u32::MAX - 1;

    #[test]
    #[cfg(target_os = "linux")]
    fn only_what_a_writer_left_behind_is_swept() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let left = [format!("{PREFIX}{NOBODY}-abc123"), format!("{PREFIX}{}-abc123", std::process::id())];
        let kept = [
            format!("{PREFIX}{NOBODY}-abc"),
            format!("{PREFIX}1-abc123"),
            format!("{PREFIX}notes"),
            format!("{PREFIX}{NOBODY}"),
            "run.safetensors".to_owned(),
        ];
        left.iter().chain(&kept).for_each(|name| std::fs::write(at(name), "x").expect("a file"));
        let folder_left = at(&format!("{PREFIX}{NOBODY}-folder"));
        std::fs::create_dir_all(folder_left.join("1_Pooling")).expect("a folder");
        let link = at(&format!("{PREFIX}{NOBODY}-thelnk"));
        std::os::unix::fs::symlink("run.safetensors", &link).expect("a link");
        let at_work = file_in(folder.path(), false).expect("a file");
        sweep(folder.path());
        assert!(left.iter().all(|name| !at(name).exists()), "a writer's that is gone");
        assert!(!folder_left.exists());
        assert!(kept.iter().all(|name| at(name).exists()), "of a living process, or not of a writer");
        assert!(link.symlink_metadata().is_err() && at("run.safetensors").exists(), "the link, not what it leads to");
        assert!(at_work.file.path().exists());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_older_than_a_day_is_swept_whoever_lives() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("{PREFIX}1-abc123"));
        let file = File::create(&path).expect("a file");
        let long_ago = std::time::SystemTime::now() - 2 * MAX_AGE;
        file.set_times(std::fs::FileTimes::new().set_modified(long_ago)).expect("times");
        sweep(folder.path());
        assert!(!path.exists());
    }
}
