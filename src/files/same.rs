//! Whether two names are of one file, whatever links there are between them; and whether a file still holds what it held.

use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use super::target::place_of;

/// Whether the two are one file: by links, by hard links, or, where there is none yet, by the place that they name.
pub fn is_same(left: &Path, right: &Path) -> bool {
    match (left.metadata(), right.metadata()) {
        // A device or a pipe holds nothing that could be lost.
        (Ok(about), Ok(other)) => {
            about.is_file() && other.is_file() && (is_one(&about, &other) || place_of(left) == place_of(right))
        }
        (Err(_), Err(_)) => place_of(left) == place_of(right),
        _ => false,
    }
}

/// What tells one content of a file from another: the same bytes give the same number in this build of the program.
pub fn print_of(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Whether there is a file at `path` that holds something else than what had this [`print_of`].
pub fn differs_from(path: &Path, print: u64) -> bool {
    super::read(path).is_ok_and(|bytes| print_of(&bytes) != print)
}

/// Whether `path` is the file that standard input is read from.
#[cfg(unix)]
pub fn is_standard_input(path: &Path) -> bool {
    use std::os::fd::AsFd;
    let about = std::io::stdin().as_fd().try_clone_to_owned().and_then(|input| std::fs::File::from(input).metadata());
    about.is_ok_and(|about| about.is_file() && path.metadata().is_ok_and(|other| is_one(&about, &other)))
}

/// Whether `path` is the file that standard input is read from: nobody can tell.
#[cfg(not(unix))]
pub fn is_standard_input(_path: &Path) -> bool {
    false
}

#[cfg(unix)]
fn is_one(left: &Metadata, right: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (left.dev(), left.ino()) == (right.dev(), right.ino())
}

#[cfg(not(unix))]
fn is_one(_left: &Metadata, _right: &Metadata) -> bool {
    false
}
