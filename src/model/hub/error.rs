//! What can go wrong with the Hub, and the way out of each.

use std::path::PathBuf;
use std::time::Duration;

use crate::data::excerpt;
use crate::files::{self, FileError};
use crate::model::http::HttpError;
use crate::model::without_secrets;

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
    /// It, or somebody on the way, does not want to.
    #[error(
        "expected {what}, got a refusal (status 403){said}: a proxy, an account that is blocked, or a token without the \
         right to it; look at HTTPS_PROXY and HF_TOKEN, set HF_ENDPOINT to a mirror, or name a folder instead"
    )]
    Refused {
        /// What was asked for.
        what: String,
        /// Why, in its own words; nothing if it did not say.
        said: String,
    },
    /// The token is none that can be sent.
    #[error("expected letters, digits and signs without spaces as the token in {place}, got {got}; set it anew")]
    BadToken {
        /// The variable or the file that it is from.
        place: String,
        /// What is wrong with it, without showing it.
        got: String,
    },
    /// A file that is read before the weights come is as large as such.
    #[error(
        "expected at most {limit} bytes of {file}, which is read before anything large is fetched, got {got}; choose another repository"
    )]
    TooLarge {
        /// The file in the repository.
        file: String,
        /// Bytes that it has at most.
        limit: u64,
        /// Those that it has.
        got: u64,
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
    #[error("expected {what}, got {}; is {endpoint} a Hub? set HF_ENDPOINT to one, or name a folder instead", excerpt(got, 400))]
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
    /// It is to be opened, which fetches nothing.
    #[error(
        "expected a whole {id} on this machine, got none in {}; choose it again in the list of models, which tells how much \
         there is to fetch, or fetch it (models fetch {id})", cache.display()
    )]
    NotHere {
        /// What was asked for.
        id: String,
        /// The cache that was looked through.
        cache: PathBuf,
    },
    /// Nothing of it is in the cache.
    #[error("no {id} in {}: models list says what is there", cache.display())]
    NotInCache {
        /// What was asked for.
        id: String,
        /// The cache that was looked through.
        cache: PathBuf,
    },
    /// Somebody fetches it at this moment.
    #[error("{id} is being fetched by another process ({blob}): wait for it or end it, then remove it")]
    InUse {
        /// What was to be removed.
        id: String,
        /// The hash of the file that is held.
        blob: String,
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

/// An address as it may be shown: without a user, a password, and what follows a question mark.
pub(super) fn shown(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, rest)) if !url.contains("://") => format!("…@{rest}"),
        _ => without_secrets(url),
    }
}

fn asks_for(wait: Option<Duration>) -> String {
    wait.map(|wait| format!(" (it asks to wait {} s)", wait.as_secs())).unwrap_or_default()
}

impl HubError {
    pub(super) fn exchange(what: &str, cause: HttpError) -> Self {
        match cause {
            HttpError::Cancelled => Self::Cancelled,
            HttpError::Address { url, cause } => {
                Self::Exchange { what: what.to_owned(), cause: HttpError::Address { url: shown(&url), cause } }
            }
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
            | Self::Refused { .. }
            | Self::BadToken { .. }
            | Self::TooLarge { .. }
            | Self::InUse { .. }
            | Self::Status { .. }
            | Self::Html { .. }
            | Self::NotAHub { .. }
            | Self::WrongBytes { .. }
            | Self::WrongSize { .. }
            | Self::NoWeights { .. }
            | Self::NotHere { .. }
            | Self::NotInCache { .. }
            | Self::DiskFull { .. }
            | Self::File(_)
            | Self::Cancelled => false,
        }
    }
}
