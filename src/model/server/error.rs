//! What can go wrong with a server, each as one sentence that names it and says what to do.

use crate::model::ModelError;
use crate::model::http::HttpError;

/// Why a server gave no vectors.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// There is no connection, or it broke.
    #[error("cannot reach {server}: {cause}; see whether the server runs, and whether the address is right")]
    Unreachable {
        /// Where requests go.
        server: String,
        /// What the system said.
        cause: String,
    },
    /// It was silent for too long.
    #[error("expected {server} to answer within {seconds} s, got nothing; try again, or set EMBEDDING_TIMEOUT to more seconds")]
    Silent {
        /// Where requests go.
        server: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// It refused.
    #[error("{server} answered {status}: {said}")]
    Status {
        /// Where requests go.
        server: String,
        /// The number of the answer.
        status: u16,
        /// Its own words.
        said: String,
    },
    /// It refused because of the key.
    #[error("{server} answered {status}: {said}; {advice}")]
    Key {
        /// Where requests go.
        server: String,
        /// 401 or 403.
        status: u16,
        /// Its own words.
        said: String,
        /// Which key was sent, and where another one would come from.
        advice: String,
    },
    /// It asks for a longer pause than anybody would sit through.
    #[error("{server} answered {status}: {said}; it asks to be left alone for {seconds} s: try again then")]
    Busy {
        /// Where requests go.
        server: String,
        /// 429 or 503.
        status: u16,
        /// Its own words.
        said: String,
        /// How long.
        seconds: u64,
    },
    /// It did not take one phrase by itself.
    #[error("{server} did not take phrase {number}, {start:?}: it answered {status}: {said}; shorten it or leave it out")]
    Phrase {
        /// Where requests go.
        server: String,
        /// Which one, from 1.
        number: usize,
        /// How it begins.
        start: String,
        /// The number of the answer.
        status: u16,
        /// Its own words.
        said: String,
    },
    /// It is somewhere else.
    #[error("{server} redirects to {to}; give that address if you trust it")]
    Redirect {
        /// Where requests go.
        server: String,
        /// Where it sends them.
        to: String,
    },
    /// What it sent is no answer to the question.
    #[error("expected {expected} from {server}, got {got}")]
    Reply {
        /// Where requests go.
        server: String,
        /// What should have come.
        expected: String,
        /// What came.
        got: String,
    },
    /// It has not the model that was named, or several and none was named.
    #[error("expected one of the models of {server} ({models}), got {asked}; name one: {server}#MODEL")]
    Model {
        /// Where requests go.
        server: String,
        /// Those that it has.
        models: String,
        /// The one that was asked for.
        asked: String,
    },
    /// It does not say which models it has, and none was named.
    #[error("expected the name of a model, as {server} does not say which it has; name it: {server}#MODEL")]
    NoModel {
        /// Where requests go.
        server: String,
    },
    /// Another model answers than at the connection.
    #[error(
        "{server} answers otherwise than before: another model under the name {model}; its vectors are of another space, embed all phrases again"
    )]
    Changed {
        /// Where requests go.
        server: String,
        /// What it is called.
        model: String,
    },
    /// There was no answer, or one that can't be read.
    #[error(transparent)]
    Http(HttpError),
    /// The key that is there can't be sent.
    #[error(transparent)]
    BadKey(#[from] super::key::KeyError),
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl ServerError {
    /// Whether the server may be another one when it is asked next; not where it refused a phrase, or was not asked.
    pub(super) fn is_of_the_connection(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Silent { .. }
            | Self::Status { .. }
            | Self::Key { .. }
            | Self::Busy { .. }
            | Self::Redirect { .. }
            | Self::Reply { .. }
            | Self::Changed { .. }
            | Self::Http(_) => true,
            Self::Phrase { .. } | Self::Model { .. } | Self::NoModel { .. } | Self::BadKey(_) | Self::Cancelled => false,
        }
    }
}

impl From<ServerError> for ModelError {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Cancelled => Self::Cancelled,
            error => Self::Server(error),
        }
    }
}
