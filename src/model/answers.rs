//! What servers and the Hub answer, read from its bytes alone: the same readings as over a connection, for whoever has an
//! answer and no connection.

use std::path::PathBuf;
use std::time::Duration;

use super::hub::{self, HubEnvironment, HubError, RepositoryFile};
use super::server::protocol;

/// Something is wrong with an answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It is not what was asked for.
    #[error("expected {expected}, got {got}")]
    Other {
        /// What was asked for.
        expected: String,
        /// What came.
        got: String,
    },
    /// The Hub's.
    #[error(transparent)]
    Hub(#[from] HubError),
}

/// The vectors in a server's answer to `n` phrases, `n` × the dimension that is also given.
///
/// # Errors
/// If they are not as many, not of one dimension, not numbered as the phrases are, or hold what is no finite number.
pub fn vectors(body: &[u8], n: usize) -> Result<(usize, Vec<f32>), AnswerError> {
    protocol::vectors(body, n).map_err(|fault| AnswerError::Other { expected: fault.expected, got: fault.got })
}

/// A server's own words in a refusal.
pub fn refusal(body: &[u8]) -> String {
    protocol::said(body, &str::to_owned)
}

/// The names of the models in a server's list; none where it is something else.
pub fn models(body: &[u8]) -> Vec<String> {
    protocol::models(body).into_iter().map(|model| model.id).collect()
}

/// The model that a server says it runs, with the tokens that it takes at most, if it says so.
pub fn running(body: &[u8]) -> Option<(String, usize)> {
    protocol::info(body).map(|info| (info.model_id, info.max_input_length))
}

/// The commit of a repository, as the Hub describes it.
///
/// # Errors
/// If that is no description of a repository.
pub fn commit(body: &[u8]) -> Result<String, AnswerError> {
    Ok(hub::description_of(&environment(), body)?)
}

/// The files of a repository, as the Hub lists them.
///
/// # Errors
/// If that is no list of files, or one of them has a name that leads out of a folder, no size or no hash.
pub fn files(body: &[u8]) -> Result<Vec<RepositoryFile>, AnswerError> {
    Ok(hub::files_of(&environment(), body)?)
}

/// Which of `files` a model needs whose `modules.json` is `modules`.
pub fn needed<'f>(files: &'f [RepositoryFile], modules: &[u8]) -> Vec<&'f RepositoryFile> {
    hub::needed_of(files, modules)
}

/// Where the page after `url` is, by the `Link` header of its answer.
///
/// # Errors
/// If it is not the Hub's own.
pub fn next_page(url: &str, link: &str) -> Result<Option<String>, AnswerError> {
    Ok(hub::page_after(&environment(), url, link)?)
}

/// Nobody is asked in it; errors name its endpoint.
fn environment() -> HubEnvironment {
    HubEnvironment {
        cache: PathBuf::new(),
        token: None,
        endpoint: "https://huggingface.co".to_owned(),
        is_offline: true,
        patience: Duration::ZERO,
        backoff: Duration::ZERO,
    }
}
