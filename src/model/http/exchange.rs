//! A request sent and its answer read over one line, with the listener asked in every slice of waiting.

use std::time::Duration;

use ureq::http::{HeaderMap, Method, Request as Head, Uri};
use ureq_proto::client::{Call, RecvResponseResult, SendRequestResult, state};

use super::line::{Came, Line, SLICE, USER_AGENT, failure};
use super::{HttpError, Request, heed};
use crate::progress::OnProgress;

/// Bytes of a request that are handed over at once.
const PIECE: usize = 16 * 1024;

/// Bytes that the head of an answer may take.
const MAX_HEAD: usize = 64 * 1024;

/// The answer to a request: its head, and its body for reading bit by bit.
pub struct Answer {
    /// The status, such as 200.
    pub status: u16,
    headers: HeaderMap,
    /// None where no body follows.
    body: Option<Call<state::RecvBody>>,
    line: Patient,
}

/// A line with the silence that is borne on it.
struct Patient {
    line: Line,
    patience: Duration,
}

impl Patient {
    /// Waits until bytes come or the connection ends: then `false`.
    fn wait(&mut self, progress: &mut OnProgress<'_>) -> Result<bool, HttpError> {
        self.slice_by_slice(progress, |line| match line.wait()? {
            Came::Bytes => Ok(Some(true)),
            Came::End => Ok(Some(false)),
            Came::Nothing => Ok(None),
        })
    }

    /// Hands over `amount` bytes of the output buffer and waits until they have gone.
    fn transmit(&mut self, amount: usize, progress: &mut OnProgress<'_>) -> Result<(), HttpError> {
        self.line.transmit(amount)?;
        loop {
            let (_, is_done) = self.slice_by_slice(progress, |line| {
                let (has_moved, is_done) = line.flush()?;
                Ok((has_moved || is_done).then_some((has_moved, is_done)))
            })?;
            if is_done {
                return Ok(());
            }
        }
    }

    /// What `try_once`, which takes a slice, has to show in the end.
    fn slice_by_slice<T>(
        &mut self,
        progress: &mut OnProgress<'_>,
        mut try_once: impl FnMut(&mut Line) -> Result<Option<T>, HttpError>,
    ) -> Result<T, HttpError> {
        let mut silence = Duration::ZERO;
        loop {
            if let Some(found) = try_once(&mut self.line)? {
                return Ok(found);
            }
            heed(progress)?;
            silence += SLICE;
            if silence >= self.patience {
                return Err(HttpError::Silent { host: self.line.host.clone(), patience: self.patience });
            }
        }
    }

    fn cut(&self) -> HttpError {
        HttpError::Cut { host: self.line.host.clone() }
    }

    /// For the errors of the protocol.
    fn not_http(&self) -> impl Fn(ureq_proto::Error) -> HttpError + use<> {
        let host = self.line.host.clone();
        move |error| failure(&host, error.into())
    }
}

/// Sends `request` over `line` and reads the head of the answer.
pub(super) fn send(
    line: Line,
    uri: Uri,
    request: &Request<'_>,
    patience: Duration,
    progress: &mut OnProgress<'_>,
) -> Result<Answer, HttpError> {
    let mut line = Patient { line, patience };
    let head = head_of(uri, request)?;
    let mut call = Call::new(head).map_err(line.not_http())?.proceed();
    while !call.can_proceed() {
        let amount = call.write(line.line.buffers().output()).map_err(line.not_http())?;
        line.transmit(amount, progress)?;
    }
    let call = match call.proceed().map_err(line.not_http())? {
        Some(SendRequestResult::SendBody(call)) => send_body(call, request.body.unwrap_or_default(), &mut line, progress)?,
        Some(SendRequestResult::RecvResponse(call)) => call,
        // Only asked for by a header that is not sent.
        Some(SendRequestResult::Await100(_)) | None => return Err(line.cut()),
    };
    receive(call, line, progress)
}

fn head_of(uri: Uri, request: &Request<'_>) -> Result<Head<()>, HttpError> {
    let method = if request.body.is_some() { Method::POST } else { Method::GET };
    // As it is: sizes and hashes are those of the bytes that travel.
    let usual = [("user-agent", USER_AGENT), ("accept-encoding", "identity"), ("connection", "close"), ("accept", "*/*")];
    let mut head = Head::builder().method(method).uri(uri);
    for (name, value) in usual {
        head = head.header(name, value);
    }
    if let Some(body) = request.body {
        head = head.header("content-length", body.len());
    }
    for (name, value) in &request.headers {
        head = head.header(*name, value);
    }
    let failed = |error: ureq::http::Error| HttpError::address(request.url, &error);
    head.body(()).map_err(failed)
}

fn send_body(
    mut call: Call<state::SendBody>,
    body: &[u8],
    line: &mut Patient,
    progress: &mut OnProgress<'_>,
) -> Result<Call<state::RecvResponse>, HttpError> {
    for piece in body.chunks(PIECE) {
        let mut left = piece;
        while !left.is_empty() {
            let (n_read, n_written) = call.write(left, line.line.buffers().output()).map_err(line.not_http())?;
            left = &left[n_read..];
            line.transmit(n_written, progress)?;
        }
        heed(progress)?;
    }
    call.proceed().ok_or_else(|| line.cut())
}

fn receive(mut call: Call<state::RecvResponse>, mut line: Patient, progress: &mut OnProgress<'_>) -> Result<Answer, HttpError> {
    let head = loop {
        let has_more = line.wait(progress)?;
        let buffers = line.line.buffers();
        let (n_used, head) = match call.try_response(buffers.input(), false) {
            Ok(found) => found,
            Err(error) => return Err(line.not_http()(error)),
        };
        let is_too_long = buffers.input().len() - n_used > MAX_HEAD;
        buffers.input_consume(n_used);
        match head {
            Some(head) => break head,
            None if is_too_long => return Err(HttpError::TooLong { host: line.line.host.clone(), limit: MAX_HEAD }),
            None if has_more => {}
            None => return Err(line.cut()),
        }
    };
    let body = match call.proceed() {
        Some(RecvResponseResult::RecvBody(body)) => Some(body),
        Some(RecvResponseResult::Redirect(_) | RecvResponseResult::Cleanup(_)) | None => None,
    };
    let (head, ()) = head.into_parts();
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body, line })
}

impl Answer {
    /// The header of that name, which is lower case, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How many bytes follow, if that was said.
    pub fn length(&self) -> Option<u64> {
        self.header("content-length")?.trim().parse().ok()
    }

    /// Reads what comes next into `buffer`; 0 at the end.
    ///
    /// # Errors
    /// If the end does not come where it was said to be, or nothing comes; [`HttpError::Cancelled`]. `progress` gets
    /// heartbeats, and those only while nothing comes.
    pub fn read(&mut self, buffer: &mut [u8], progress: &mut OnProgress<'_>) -> Result<usize, HttpError> {
        let Some(body) = &mut self.body else { return Ok(0) };
        loop {
            // Without a length only the end of the connection is the end.
            let is_open_ended = body.body_mode() == ureq_proto::BodyMode::CloseDelimited;
            if body.can_proceed() && !is_open_ended {
                return Ok(0);
            }
            let mut has_more = true;
            if !self.line.line.buffers().can_use_input() {
                has_more = self.line.wait(progress)?;
            }
            let buffers = self.line.line.buffers();
            let found = body.read(buffers.input(), buffer);
            let (n_used, n_found) = found.map_err(self.line.not_http())?;
            self.line.line.buffers().input_consume(n_used);
            if n_found > 0 {
                return Ok(n_found);
            }
            if !has_more && n_used == 0 {
                return if is_open_ended { Ok(0) } else { Err(self.line.cut()) };
            }
        }
    }

    /// The rest of the answer.
    ///
    /// # Errors
    /// As those of [`Answer::read`]; [`HttpError::TooLong`] if there are more than `limit` bytes.
    pub fn read_all(&mut self, limit: usize, progress: &mut OnProgress<'_>) -> Result<Vec<u8>, HttpError> {
        let mut bytes = Vec::new();
        let mut piece = vec![0; PIECE];
        loop {
            let n = self.read(&mut piece, progress)?;
            if n == 0 {
                return Ok(bytes);
            }
            bytes.extend(&piece[..n]);
            if bytes.len() > limit {
                return Err(HttpError::TooLong { host: self.line.line.host.clone(), limit });
            }
            heed(progress)?;
        }
    }
}
