//! Requests to one server: with its key, with patience, and again where that may help.
//!
//! What is asked and what answers mean is not known here.

use std::time::Duration;

use super::address::ServerAddress;
use super::error::ServerError;
use super::key::{ApiKey, KeyChoice, KeyOrigin};
use super::protocol::said;
use crate::model::http::{Http, HttpError, Request, pause, without_secrets};
use crate::progress::OnProgress;

/// Bytes that an answer may have: more than 64 vectors of 65 536 numbers as text.
const MAX_ANSWER: usize = 256 << 20;

/// The variable with the seconds of silence that are borne.
const TIMEOUT: &str = "EMBEDDING_TIMEOUT";

/// How long is waited, and how often tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Silence that is borne: a server may load its model first, or work through a batch on a slow machine.
    pub silence: Duration,
    /// The pause before the second try where the server names none; each further one is twice as long.
    pub pause: Duration,
    /// Further tries of a server that is busy or cuts connections.
    pub tries: u32,
    /// The longest pause that a server may ask for.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = |seconds| Duration::from_secs(seconds);
        Self { silence: seconds(120), pause: Duration::from_millis(500), tries: 4, longest_pause: seconds(60) }
    }
}

fn seconds_of(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|seconds| *seconds > 0)
}

impl Patience {
    /// The usual one, with the time-out that the environment asks for.
    pub(super) fn of_environment() -> Self {
        let usual = Self::default();
        let asked = std::env::var(TIMEOUT).ok().and_then(|text| seconds_of(&text));
        Self { silence: asked.map_or(usual.silence, Duration::from_secs), ..usual }
    }

    /// That the environment asks for what is no time-out, if it does.
    pub(super) fn remark() -> Option<String> {
        let text = std::env::var(TIMEOUT).ok().filter(|text| !text.trim().is_empty() && seconds_of(text).is_none())?;
        let usual = Self::default().silence.as_secs();
        Some(format!(
            "{TIMEOUT} is not heeded: expected a number of seconds from 1 on, got {text:?}; silence is borne for {usual} s"
        ))
    }
}

/// An answer, whole.
pub(super) struct Whole {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Whether it came only after further tries: another server may have come up in between.
    pub(super) is_late: bool,
    /// Seconds that the server wants to be left alone.
    retry_after: Option<u64>,
}

/// Whoever speaks with a server.
pub(super) struct Client {
    http: Http,
    server: String,
    key: Option<(ApiKey, KeyOrigin)>,
    /// What to do where no key goes.
    advice: String,
    patience: Patience,
}

impl Client {
    pub(super) fn new(address: &ServerAddress, choice: KeyChoice, patience: Patience) -> Self {
        let KeyChoice { key, advice, remark: _ } = choice;
        Self { http: Http::new(patience.silence), server: address.url().to_owned(), key, advice, patience }
    }

    /// What the server is called in messages.
    pub(super) fn server(&self) -> String {
        self.server.clone()
    }

    /// Gets `url`, which lies below the address that was given: the key goes with it. Tried once.
    pub(super) fn get(&self, url: &str, progress: &mut OnProgress<'_>) -> Result<Whole, ServerError> {
        self.judged(self.once(&self.with_key(Request::get(url)), progress).map_err(|error| self.failed(error))?)
    }

    /// Gets `url`, which may be another's on the same host: without the key. Tried once.
    pub(super) fn get_without_key(&self, url: &str, progress: &mut OnProgress<'_>) -> Result<Whole, ServerError> {
        self.judged(self.once(&Request::get(url), progress).map_err(|error| self.failed(error))?)
    }

    fn with_key<'a>(&self, request: Request<'a>) -> Request<'a> {
        match &self.key {
            Some((key, _)) => request.with("authorization", key.authorization()),
            None => request,
        }
    }

    /// Posts `json` to `url`, which is one of this server, again and again while it is busy.
    ///
    /// # Errors
    /// If no answer comes, if it is a redirect, if it asks for another key, or if the server stays busy. A status that
    /// says something else is an answer.
    pub(super) fn post(&self, url: &str, json: &[u8], progress: &mut OnProgress<'_>) -> Result<Whole, ServerError> {
        let mut left = self.patience.tries;
        let mut wait = self.patience.pause;
        loop {
            let outcome = self.once(&self.with_key(Request::post_json(url, json)), progress);
            let outcome = outcome.map(|answer| Whole { is_late: left < self.patience.tries, ..answer });
            let (again, asked) = match &outcome {
                Ok(answer) => (may_pass(answer.status).min(left), answer.retry_after.map(Duration::from_secs)),
                Err(HttpError::Cut { .. }) => (left, None),
                Err(_) => (0, None),
            };
            if again == 0 {
                return self.judged(outcome.map_err(|error| self.failed(error))?);
            }
            if let (Ok(answer), Some(asked)) = (&outcome, asked.filter(|asked| *asked > self.patience.longest_pause)) {
                return Err(self.busy(answer, asked));
            }
            pause(asked.unwrap_or(wait), progress).map_err(|error| self.failed(error))?;
            left = again - 1;
            wait *= 2;
        }
    }

    fn once(&self, request: &Request<'_>, progress: &mut OnProgress<'_>) -> Result<Whole, HttpError> {
        let mut answer = self.http.send(request, progress)?;
        if let Some(to) = answer.header("location").filter(|_| is_redirect(answer.status)) {
            return Ok(Whole {
                status: answer.status,
                body: without_secrets(to).into_bytes(),
                is_late: false,
                retry_after: None,
            });
        }
        let retry_after = answer.header("retry-after").and_then(|text| text.trim().parse().ok());
        let body = answer.read_all(MAX_ANSWER, progress)?;
        Ok(Whole { status: answer.status, body, is_late: false, retry_after })
    }

    /// `answer`, unless it sends somewhere else or asks for a key: nothing is followed, so that neither key nor phrases
    /// go where nobody sent them.
    fn judged(&self, answer: Whole) -> Result<Whole, ServerError> {
        let (server, status) = (self.server(), answer.status);
        if is_redirect(status) {
            return Err(ServerError::Redirect { server, to: self.said(&answer) });
        }
        if !matches!(status, 401 | 403) {
            return Ok(answer);
        }
        let advice = match &self.key {
            Some((_, origin)) => format!("{origin} was sent: see whether it is the one of this server"),
            None => format!("no key was sent: {}", self.advice),
        };
        Err(ServerError::Key { server, status, said: self.said(&answer), advice })
    }

    fn busy(&self, answer: &Whole, asked: Duration) -> ServerError {
        ServerError::Busy { server: self.server(), status: answer.status, said: self.said(answer), seconds: asked.as_secs() }
    }

    /// The server's own words, without the key if it repeats that.
    pub(super) fn said(&self, answer: &Whole) -> String {
        said(&answer.body, &|words| self.key.as_ref().map_or_else(|| words.to_owned(), |(key, _)| key.hidden_in(words)))
    }

    fn failed(&self, error: HttpError) -> ServerError {
        let server = self.server();
        match error {
            HttpError::Cancelled => ServerError::Cancelled,
            HttpError::Silent { .. } => ServerError::Silent { server, seconds: self.patience.silence.as_secs() },
            HttpError::Unreachable { cause, .. } => ServerError::Unreachable { server, cause },
            HttpError::Cut { .. } => {
                let got = "a connection that ended before it".to_owned();
                ServerError::Reply { server, expected: "a whole answer".to_owned(), got }
            }
            error @ (HttpError::Address { .. }
            | HttpError::Untrusted { .. }
            | HttpError::NotHttp { .. }
            | HttpError::TooLong { .. }) => ServerError::Http(error),
        }
    }
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// How many further tries `status` deserves at most. What broke in a server may be due to what it was asked.
fn may_pass(status: u16) -> u32 {
    match status {
        429 | 502..=504 => u32::MAX,
        500..=599 => 1,
        _ => 0,
    }
}
