//! One exchange over HTTP/1.1 at a time: a request out, an answer in, for the Hub and for embedding servers.
//!
//! Names, proxies and TLS are `ureq`'s, and the grammar of HTTP is `ureq-proto`'s; waiting is done here (`line.rs`,
//! `exchange.rs`), in slices of a tenth of a second, between which the listener is asked whether to stop: no clock, and no thread but the
//! one in which a connection is made, which the system gives no slices of. An answer may take as long as it likes as a whole, and only silence ends it. Nothing is judged here: every
//! status is an answer, a redirect too, and nothing is tried twice.

mod exchange;
mod line;
mod place;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ureq::http::Uri;

pub use exchange::Answer;
pub use place::{host_of, is_this_machine, without_secrets};

use crate::progress::{OnProgress, Progress};

/// What is sent.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Where to, with scheme, host and path.
    pub url: &'a str,
    /// Headers beside those of HTTP itself, by lower-case names.
    pub headers: Vec<(&'static str, String)>,
    /// What is posted; `None`: something is got.
    pub body: Option<&'a [u8]>,
}

impl<'a> Request<'a> {
    /// Gets `url`.
    pub fn get(url: &'a str) -> Self {
        Self { url, headers: Vec::new(), body: None }
    }

    /// Posts `json` to `url`.
    pub fn post_json(url: &'a str, json: &'a [u8]) -> Self {
        Self { url, headers: vec![("content-type", "application/json".to_owned())], body: Some(json) }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Why there is no answer, or not all of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address can't be one.
    #[error("expected an address such as https://host/path, got {url:?}: {cause}")]
    Address {
        /// What was given, with what may be secret hidden.
        url: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Nobody is there, or nobody by that name.
    #[error("cannot reach {host}: {cause}; look whether this machine is connected and needs a proxy (HTTPS_PROXY)")]
    Unreachable {
        /// Who should be there.
        host: String,
        /// What the system said.
        cause: String,
    },
    /// The other side can't show who it is.
    #[error("cannot trust {host}: {cause}; where a proxy looks into connections, its certificate belongs to those of the system")]
    Untrusted {
        /// Who should be there.
        host: String,
        /// What is wrong with its certificate.
        cause: String,
    },
    /// The other side went silent.
    #[error("expected an answer from {host}, got nothing for {} seconds", patience.as_secs_f32())]
    Silent {
        /// Who went silent.
        host: String,
        /// How long was waited.
        patience: Duration,
    },
    /// The connection ended before the answer did.
    #[error("expected all of the answer from {host}, got a connection that ended before it")]
    Cut {
        /// Who should have gone on.
        host: String,
    },
    /// The answer is no HTTP.
    #[error("expected an answer in HTTP from {host}, got another one: {cause}")]
    NotHttp {
        /// Who answered.
        host: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The answer is longer than the asker takes.
    #[error("expected at most {limit} bytes from {host}, got more")]
    TooLong {
        /// Who answered.
        host: String,
        /// How many bytes were taken.
        limit: usize,
    },
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl HttpError {
    /// That `url` can't be an address; a password or a signature in it is not repeated.
    fn address(url: &str, cause: &dyn std::fmt::Display) -> Self {
        Self::Address { url: without_secrets(url), cause: without_secrets(&cause.to_string()) }
    }

    /// Whether the same request may succeed a little later. Whoever can't be reached at all is not waited for.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Silent { .. } | Self::Cut { .. } => true,
            Self::Unreachable { .. }
            | Self::Address { .. }
            | Self::Untrusted { .. }
            | Self::NotHttp { .. }
            | Self::TooLong { .. }
            | Self::Cancelled => false,
        }
    }
}

/// How long silence is borne by default.
pub const USUAL_PATIENCE: Duration = Duration::from_secs(30);

/// Makes exchanges: with the certificates of the system, through the proxies of the environment.
///
/// A name is looked up within five seconds, an address of it tried for one second at most at a time, and who is there
/// greeted (TLS, proxy) within ten. Whoever cancels does not wait for that: what was begun of it ends by itself. Hosts of this machine are never asked for through a proxy. Each exchange has a connection of its own.
pub struct Http {
    connector: Arc<line::LineConnector>,
    patience: Duration,
}

impl Http {
    /// With the patience to wait that long for the next byte.
    pub fn new(patience: Duration) -> Self {
        Self { connector: Arc::default(), patience }
    }

    /// Sends `request` and gives the head of the answer; what follows is read from it.
    ///
    /// # Errors
    /// If no answer comes; [`HttpError::Cancelled`] after `progress`, which gets heartbeats only, has answered `Break`:
    /// within a fifth of a second. A status that says no is no error.
    pub fn send(&self, request: &Request<'_>, progress: &mut OnProgress<'_>) -> Result<Answer, HttpError> {
        let uri: Uri =
            request.url.parse().map_err(|error: ureq::http::uri::InvalidUri| HttpError::address(request.url, &error))?;
        let line = self.connected(&uri, progress)?;
        exchange::send(line, uri, request, self.patience, progress)
    }
}

impl Http {
    /// A connection, made beside this thread: looking up a name, dialling and greeting wait as long as they like.
    fn connected(&self, uri: &Uri, progress: &mut OnProgress<'_>) -> Result<line::Line, HttpError> {
        let host = uri.host().unwrap_or_default();
        let failed = |cause: String| HttpError::Unreachable { host: host.to_owned(), cause };
        let (connector, address, is_given_up) = (self.connector.clone(), uri.clone(), Arc::<AtomicBool>::default());
        let made: Arc<Mutex<Option<Result<line::Line, HttpError>>>> = Arc::default();
        let (ends, place, waiting) = (is_given_up.clone(), made.clone(), std::thread::current());
        let make = move || {
            let heed = &mut |_| if ends.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            let line = connector.connect(&address, heed);
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
            waiting.unpark();
        };
        let maker = std::thread::Builder::new().name("connecting".to_owned()).spawn(make);
        let maker = maker.map_err(|error| failed(error.to_string()))?;
        loop {
            let is_over = maker.is_finished();
            if let Some(line) = made.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return line;
            }
            if is_over {
                return Err(failed("the connection broke off".to_owned()));
            }
            std::thread::park_timeout(line::SLICE);
            heed(progress).inspect_err(|_| is_given_up.store(true, Ordering::Relaxed))?;
        }
    }
}

/// Lets `duration` pass, without a clock: a sleep in slices, ended early by `progress`.
///
/// # Errors
/// [`HttpError::Cancelled`] if `progress` answers `Break`.
pub fn pause(duration: Duration, progress: &mut OnProgress<'_>) -> Result<(), HttpError> {
    let mut left = duration;
    loop {
        heed(progress)?;
        let slice = left.min(line::SLICE);
        if slice.is_zero() {
            return Ok(());
        }
        std::thread::sleep(slice);
        left -= slice;
    }
}

/// Asks the listener whether to stop.
fn heed(progress: &mut OnProgress<'_>) -> Result<(), HttpError> {
    if progress(Progress::HEARTBEAT).is_break() { Err(HttpError::Cancelled) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;
    use crate::progress::ignore;

    /// A server that takes one connection, reads the head of a request and lets `serve` do the rest.
    fn serving(serve: impl FnOnce(TcpStream, String) + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/path", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("a head");
                head.push(byte[0]);
            }
            serve(stream, String::from_utf8(head).expect("text"));
        });
        url
    }

    fn answering(text: &'static str) -> String {
        serving(move |mut stream, _| stream.write_all(text.as_bytes()).expect("sent"))
    }

    fn got(url: &str) -> Result<(u16, Vec<u8>), HttpError> {
        let mut answer = Http::new(Duration::from_millis(400)).send(&Request::get(url), &mut ignore)?;
        let body = answer.read_all(1000, &mut ignore)?;
        Ok((answer.status, body))
    }

    #[test]
    fn answers_come_as_they_are() {
        for (text, status, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, "hello"),
            ("HTTP/1.0 200 OK\r\n\r\nhello", 200, "hello"),
            ("HTTP/1.1 302 Found\r\nLocation: http://nobody/\r\nContent-Length: 0\r\n\r\n", 302, ""),
            ("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", 404, "no"),
            ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        ] {
            assert_eq!(got(&answering(text)), Ok((status, body.into())), "{text}");
        }
    }

    #[test]
    fn faults_are_told_apart() {
        let host = || "127.0.0.1".to_owned();
        let cut = answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
        assert_eq!(got(&cut), Err(HttpError::Cut { host: host() }));
        assert_eq!(got(&answering("")), Err(HttpError::Cut { host: host() }));
        let long: String = format!("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n{}", "x".repeat(1001));
        let long = serving(move |mut stream, _| stream.write_all(long.as_bytes()).expect("sent"));
        assert_eq!(got(&long), Err(HttpError::TooLong { host: host(), limit: 1000 }));
        assert!(matches!(got(&answering("SSH-2.0-OpenSSH\r\n\r\n")), Err(HttpError::NotHttp { .. })));
        assert!(matches!(got("http://127.0.0.1:1/"), Err(HttpError::Unreachable { .. })));
        assert!(matches!(got("roses are red"), Err(HttpError::Address { .. })));
        assert!(matches!(got("/roses"), Err(HttpError::Address { .. })));
        assert!(matches!(got("ftp://127.0.0.1/"), Err(HttpError::Address { .. })));
        for url in
            ["ftp://me:secret@127.0.0.1/x", "http://me:secret@ho st/x?sign=secret", "http://127.0.0.1:99999999/x?sign=secret"]
        {
            let message = got(url).expect_err(url).to_string();
            assert!(message.contains("expected an address") && !message.contains("secret"), "{message}");
        }
        // TLS with someone who hangs up.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("https://{}/", listener.local_addr().expect("an address"));
        std::thread::spawn(move || drop(listener.accept()));
        assert_eq!(got(&url), Err(HttpError::Cut { host: host() }));
    }

    #[test]
    fn silence_ends_after_the_patience_and_a_cancel_at_once() {
        let silent = || serving(|stream, _| drop((std::thread::sleep(Duration::from_secs(3)), stream)));
        assert!(matches!(got(&silent()), Err(HttpError::Silent { .. })));
        let half = serving(|mut stream, _| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello").expect("sent");
            std::thread::sleep(Duration::from_secs(3));
        });
        assert!(matches!(got(&half), Err(HttpError::Silent { .. })));
        let mut n_asked = 0;
        let mut stop = |_| {
            n_asked += 1;
            if n_asked > 6 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let started = std::time::SystemTime::now();
        let answer = Http::new(Duration::from_secs(30)).send(&Request::get(&silent()), &mut stop);
        assert!(matches!(answer, Err(HttpError::Cancelled)));
        assert!(started.elapsed().is_ok_and(|time| time < Duration::from_secs(2)));
    }

    #[test]
    fn a_long_body_goes_out_whole_to_a_slow_reader() {
        let body: Vec<u8> = (0..20_000_000_u32).map(|index| (index % 251) as u8).collect();
        let n = body.len();
        let url = serving(move |mut stream, head| {
            assert!(head.starts_with("POST /path HTTP/1.1\r\n") && head.contains("authorization: Bearer x\r\n"), "{head}");
            assert!(head.contains("user-agent: embedding-playground/") && head.contains("content-length: 20000000"), "{head}");
            std::thread::sleep(Duration::from_millis(300));
            let mut got = vec![0; n];
            stream.read_exact(&mut got).expect("the body");
            let is_same = got.iter().enumerate().all(|(index, byte)| *byte == (index % 251) as u8);
            let text = format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{is_same}");
            stream.write_all(text.as_bytes()).expect("sent");
        });
        let request = Request::post_json(&url, &body).with("authorization", "Bearer x");
        let mut answer = Http::new(Duration::from_secs(5)).send(&request, &mut ignore).expect("an answer");
        assert_eq!(answer.read_all(10, &mut ignore).expect("a body"), b"true");
    }

    #[test]
    fn a_cancel_is_heard_while_a_host_does_not_greet() {
        // It takes the connection and says nothing, for which ten seconds are borne.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("https://{}/path", listener.local_addr().expect("an address"));
        let request = Request { url: &url, headers: Vec::new(), body: None };
        let mut n_asked = 0;
        let stop = &mut |_| {
            n_asked += 1;
            if n_asked == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let answer = Http::new(Duration::from_secs(60)).send(&request, stop);
        // After the ten seconds it would be another error.
        assert!(matches!(answer, Err(HttpError::Cancelled)));
    }
}
