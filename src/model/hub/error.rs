//! What can go wrong with the Hub, and the way out of each.

use std::path::PathBuf;
use std::time::Duration;

use crate::files::{self, FileError};
use crate::model::http::HttpError;

/// Why something did not come from the Hub, or is not in its cache.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Nothing may be asked of the net, and it is not here.
    #[error(
        "expected a whole {id} in {}, as HF_HUB_OFFLINE is set, got none; fetch it where there is a net \
         (models fetch {id}), or name a folder instead", cache.display()
    )]
    Offline {
        /// What was asked for.
        id: String,
        /// The cache that was looked through.
        cache: PathBuf,
    },
    /// There is none, or none that may be seen.
    #[error("no repository {id} at {endpoint} that may be seen: look at its name; {hint}")]
    NoRepository {
        /// What was asked for.
        id: String,
        /// Where.
        endpoint: String,
        /// What to do if it is private.
        hint: &'static str,
    },
    /// The repository has no such branch, tag or commit.
    #[error("no revision {revision:?} of {id}: expected a branch, a tag or a commit of it; leave it out for main")]
    NoRevision {
        /// The repository.
        id: String,
        /// What was asked for.
        revision: String,
    },
    /// Its owners want to be asked first.
    #[error("{id} is gated: accept its conditions on {page}, then give a token of that account (HF_TOKEN, or hf auth login)")]
    Gated {
        /// The repository.
        id: String,
        /// Where the conditions are.
        page: String,
    },
    /// Too many requests, or a server that fails; what it said last after several tries.
    #[error("expected {what}, got status {status} after several tries{}; try again later, or set HF_ENDPOINT to a mirror", asks_for(*wait))]
    Busy {
        /// What was asked for.
        what: String,
        /// 429 or 5xx.
        status: u16,
        /// How long it asks to be left alone.
        wait: Option<Duration>,
    },
    /// Any other status.
    #[error("expected {what}, got status {status}; set HF_ENDPOINT to a mirror, or name a folder instead")]
    Status {
        /// What was asked for.
        what: String,
        /// The status.
        status: u16,
    },
    /// A page for people.
    #[error(
        "expected {what}, got a page in HTML, as logins and proxies send; open {endpoint} in a browser, set HF_ENDPOINT \
         to a mirror, or name a folder instead"
    )]
    Html {
        /// What was asked for.
        what: String,
        /// Where.
        endpoint: String,
    },
    /// An answer that is not what the Hub says.
    #[error("expected {what}, got {got}; is {endpoint} a Hub? set HF_ENDPOINT to one, or name a folder instead")]
    NotAHub {
        /// What was asked for.
        what: String,
        /// What came.
        got: String,
        /// Where.
        endpoint: String,
    },
    /// Other bytes than the Hub has.
    #[error(
        "wrong bytes in {file}: expected the hash {expected}, got {got}; they were thrown away: try again, or set \
         HF_ENDPOINT to another mirror"
    )]
    WrongBytes {
        /// The file in the repository.
        file: String,
        /// Its hash there.
        expected: String,
        /// The hash of what came.
        got: String,
    },
    /// More or fewer bytes than the Hub has.
    #[error("expected {expected} bytes of {file}, got {got}; try again, or set HF_ENDPOINT to another mirror")]
    WrongSize {
        /// The file in the repository.
        file: String,
        /// Its bytes there.
        expected: u64,
        /// Those that came.
        got: u64,
    },
    /// Nothing in it that can be run.
    #[error("expected weights in {id} (model.safetensors or pytorch_model.bin), got {has}; choose another repository")]
    NoWeights {
        /// The repository.
        id: String,
        /// What it has in their place.
        has: String,
    },
    /// Nothing of it is in the cache.
    #[error("no {id} in {}: models list says what is there", cache.display())]
    NotInCache {
        /// What was asked for.
        id: String,
        /// The cache that was looked through.
        cache: PathBuf,
    },
    /// The disk has no room.
    #[error(
        "expected room for {bytes} bytes in {}, got a full disk; make room (models list, models remove), or set \
         HF_HUB_CACHE to another place; what has come stays and is gone on with", folder.display()
    )]
    DiskFull {
        /// Bytes of the file that has no room.
        bytes: u64,
        /// Where.
        folder: PathBuf,
    },
    /// A file of the cache can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The exchange failed.
    #[error("{what}: {cause}; try again (what has come is gone on with), set HF_ENDPOINT to a mirror, or name a folder instead")]
    Exchange {
        /// What was asked for.
        what: String,
        /// What failed.
        cause: HttpError,
    },
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
}

fn asks_for(wait: Option<Duration>) -> String {
    wait.map(|wait| format!(" (it asks to wait {} s)", wait.as_secs())).unwrap_or_default()
}

impl HubError {
    pub(super) fn exchange(what: &str, cause: HttpError) -> Self {
        match cause {
            HttpError::Cancelled => Self::Cancelled,
            cause => Self::Exchange { what: what.to_owned(), cause },
        }
    }

    /// Of writing `bytes` into a file.
    pub(super) fn writing(error: FileError, bytes: u64) -> Self {
        match error {
            FileError::Write { path, cause } if files::is_full(&cause) => {
                Self::DiskFull { bytes, folder: path.parent().map_or_else(|| path.clone(), ToOwned::to_owned) }
            }
            error => Self::File(error),
        }
    }

    /// Whether nobody was there.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Exchange { cause: HttpError::Unreachable { .. }, .. })
    }

    /// Whether the same may succeed a little later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Exchange { cause, .. } => cause.may_pass(),
            Self::Offline { .. }
            | Self::NoRepository { .. }
            | Self::NoRevision { .. }
            | Self::Gated { .. }
            | Self::Status { .. }
            | Self::Html { .. }
            | Self::NotAHub { .. }
            | Self::WrongBytes { .. }
            | Self::WrongSize { .. }
            | Self::NoWeights { .. }
            | Self::NotInCache { .. }
            | Self::DiskFull { .. }
            | Self::File(_)
            | Self::Cancelled => false,
        }
    }
}
