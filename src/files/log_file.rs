//! The log: what went wrong and when the program was started, in two files of bounded size.
//!
//! It can be lost without harm, so it lies in the cache folder. Where it can't be written there is nobody to tell.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{FileError, cache_folder, make_own_folder};

/// Bytes after which a file is set aside for a new one.
const MOST_BYTES: u64 = 256 * 1024;

/// The file that is written, and the one before it.
const NAMES: [&str; 2] = ["log.txt", "log-before.txt"];

/// The folder of the log, which need not be there. `None` if there is no cache folder.
pub fn log_folder() -> Option<PathBuf> {
    Some(cache_folder()?.join("logs"))
}

/// A log that grows.
#[derive(Debug)]
pub struct LogFile {
    folder: PathBuf,
    file: File,
    n_bytes: u64,
    most_bytes: u64,
}

impl LogFile {
    /// The log in `folder`, which is made.
    ///
    /// # Errors
    /// If it can't be written there.
    pub fn in_folder(folder: &Path) -> Result<Self, FileError> {
        Self::bounded(folder, MOST_BYTES)
    }

    fn bounded(folder: &Path, most_bytes: u64) -> Result<Self, FileError> {
        make_own_folder(folder)?;
        let file = opened(folder)?;
        let n_bytes = file.metadata().map_or(0, |about| about.len());
        Ok(Self { folder: folder.to_owned(), file, n_bytes, most_bytes })
    }

    /// Adds a line with the time (UTC) before it; control characters in it are the caller's to replace.
    pub fn add(&mut self, line: &str) {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let line = format!("{} {line}\n", utc(seconds));
        if self.n_bytes > 0 && self.n_bytes + line.len() as u64 > self.most_bytes && !self.begin_anew() {
            return;
        }
        if self.file.write_all(line.as_bytes()).is_ok() {
            self.n_bytes += line.len() as u64;
        }
    }

    /// The file becomes the one before; whether a new one could be begun.
    fn begin_anew(&mut self) -> bool {
        let [now, before] = NAMES.map(|name| self.folder.join(name));
        let begun = std::fs::rename(now, before).is_ok().then(|| opened(&self.folder).ok()).flatten();
        let Some(file) = begun else { return false };
        (self.file, self.n_bytes) = (file, 0);
        true
    }
}

fn opened(folder: &Path) -> Result<File, FileError> {
    let path = folder.join(NAMES[0]);
    OpenOptions::new().create(true).append(true).open(&path).map_err(|cause| FileError::Write { path, cause })
}

/// "2026-11-26 23:55:42Z" for seconds since the beginning of 1970 (days to dates: Howard Hinnant's `civil_from_days`).
pub fn utc(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates() {
        assert_eq!(utc(0), "1970-01-01 00:00:00Z");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00Z");
        assert_eq!(utc(1_764_201_342), "2025-11-26 23:55:42Z");
    }

    #[test]
    fn a_log_keeps_two_files_and_no_more_than_their_size() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("logs");
        let mut log = LogFile::bounded(&path, 200).expect("a log");
        (0..50).for_each(|line| log.add(&format!("line {line}")));
        let mut names: Vec<_> = std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        assert_eq!(names, ["log-before.txt", "log.txt"]);
        let text = |name: &str| std::fs::read_to_string(path.join(name)).expect("a file");
        assert!(NAMES.iter().all(|name| text(name).len() <= 200));
        assert!(text("log.txt").contains("line 49") && !text("log-before.txt").contains("line 0\n"));
        drop(log);
        let mut log = LogFile::bounded(&path, 2000).expect("the same log");
        log.add("again");
        assert!(text("log.txt").ends_with("again\n") && text("log.txt").lines().count() > 1, "it goes on");
    }

    #[test]
    fn a_folder_that_can_not_be_made_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "in the way").expect("a file");
        assert!(LogFile::in_folder(&path.join("logs")).is_err());
    }
}
