//! Temporary files and folders beside what they will become, and removing those of writers that were killed.
//!
//! A name says whose it is: `.embedding-playground-PROCESS-RANDOM`. The writer holds a lock on it as long as it lives.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use tempfile::{Builder, NamedTempFile, TempDir};

/// How names begin that belong to this program.
pub(super) const PREFIX: &str = ".embedding-playground-";

/// What is older was left behind, whatever its process is doing now: no write takes as long.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// A new file in `folder`, removed unless it is kept. `is_private`: for its owner only, until its permissions are
/// set; else as open to others as new files are.
pub(super) fn file_in(folder: &Path, is_private: bool) -> io::Result<NamedTempFile> {
    let mode = if is_private { 0o600 } else { 0o666 };
    let prefix = prefix();
    let file = with_mode(Builder::new().prefix(&prefix), mode).tempfile_in(folder)?;
    lock(file.as_file());
    Ok(file)
}

/// A new folder in `parent`, removed unless it is kept, and the lock that says that somebody is at work in it.
pub(super) fn folder_in(parent: &Path) -> io::Result<(TempDir, Option<File>)> {
    let prefix = prefix();
    let folder = with_mode(Builder::new().prefix(&prefix), 0o777).tempdir_in(parent)?;
    let handle = File::open(folder.path()).ok();
    handle.iter().for_each(lock);
    Ok((folder, handle))
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
        // Not of what a link leads to.
        let Ok(about) = entry.path().symlink_metadata() else { continue };
        let is_old = about.modified().ok().and_then(|time| time.elapsed().ok()).is_some_and(|age| age > MAX_AGE);
        if about.is_symlink() || !(is_old || is_gone(process, &entry.path())) {
            continue;
        }
        let remove = if about.is_dir() { std::fs::remove_dir_all } else { std::fs::remove_file::<std::path::PathBuf> };
        remove(entry.path()).unwrap_or_default();
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
        Err(TryLockError::Error(_)) => process != std::process::id() && !is_alive(process),
    }
}

/// Where the system does not say which processes there are, all of them live.
fn is_alive(process: u32) -> bool {
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
        assert!(link.exists() && at_work.path().exists());
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
