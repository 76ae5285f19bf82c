//! Many phrases to vectors: in batches as large as the server takes, each answer checked.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::client::{Client, Whole};
use super::error::ServerError;
use super::fingerprint::{Fingerprint, PROBES};
use super::protocol::{Encoding, Fault, request, start_of, vectors};
use crate::progress::{OnProgress, Progress};

/// Phrases a request at the beginning: what most servers take.
const FIRST_SIZE: usize = 64;

/// Characters of a phrase by which it is told which one is meant.
const START: usize = 40;

/// Asks one model of a server for vectors.
pub(super) struct Batches {
    pub(super) client: Client,
    url: String,
    model: String,
    encoding: Encoding,
    /// Phrases a request; it only gets smaller.
    size: AtomicUsize,
}

/// Why there are no vectors.
pub(super) enum NoVectors {
    /// The server did not take the phrase at this place by itself.
    Refused(usize, Whole),
    /// Another model answers than the one that was asked for.
    Changed,
    /// Anything else.
    Failed(ServerError),
}

impl From<ServerError> for NoVectors {
    fn from(error: ServerError) -> Self {
        Self::Failed(error)
    }
}

impl Batches {
    /// `largest`: phrases a request that the server says it takes.
    pub(super) fn new(client: Client, model: &str, encoding: Encoding, largest: Option<usize>) -> Self {
        let url = format!("{}/embeddings", client.server());
        let size = largest.map_or(FIRST_SIZE, |largest| largest.clamp(1, FIRST_SIZE));
        Self { client, url, model: model.to_owned(), encoding, size: size.into() }
    }

    /// What the server calls its model.
    pub(super) fn model(&self) -> &str {
        &self.model
    }

    /// The same, with numbers asked for in another way.
    pub(super) fn with_encoding(self, encoding: Encoding) -> Self {
        Self { encoding, ..self }
    }

    /// The vectors of `texts`, n × the dimension that is given too. `known` is what the model answered at the connection:
    /// it has to answer so still where the server was away in between; `None`: it is not known yet.
    ///
    /// A batch that is refused as a whole (400, 413, 422, or a fault in the server) is halved, and later ones stay
    /// small; where a single text is refused it is the text's doing, and they do not.
    pub(super) fn embed(
        &self,
        texts: &[String],
        known: Option<&Fingerprint>,
        progress: &mut OnProgress<'_>,
    ) -> Result<(usize, Vec<f32>), NoVectors> {
        let before = self.size.load(Ordering::Relaxed);
        let (mut size, mut values, mut done) = (before, Vec::new(), 0);
        let mut dims = known.map(Fingerprint::dims);
        while done < texts.len() {
            let batch = &texts[done..texts.len().min(done + size)];
            let answer = self.client.post(&self.url, &request(&self.model, batch, self.encoding), progress)?;
            if let Some(known) = known.filter(|_| answer.is_late) {
                self.check(known, PROBES.len(), progress)?;
            }
            if !(200..300).contains(&answer.status) {
                if !is_about_the_batch(answer.status) {
                    return Err(self.status(&answer).into());
                }
                if batch.len() == 1 {
                    self.size.store(before, Ordering::Relaxed);
                    return Err(NoVectors::Refused(done, answer));
                }
                size = batch.len().div_ceil(2);
                continue;
            }
            let (got, rows) = vectors(&answer.body, batch.len()).map_err(|fault| self.fault(fault))?;
            self.check_dims(*dims.get_or_insert(got), got)?;
            values.extend(rows);
            done += batch.len();
            self.size.fetch_min(size, Ordering::Relaxed);
            let report = Progress { done, total: texts.len(), unit: "phrases" };
            if progress(report) == ControlFlow::Break(()) && done < texts.len() {
                return Err(ServerError::Cancelled.into());
            }
        }
        Ok((dims.unwrap_or_default(), values))
    }

    /// That the model answers as `known` to its first `n` short probes; else [`NoVectors::Changed`].
    pub(super) fn check(&self, known: &Fingerprint, n: usize, progress: &mut OnProgress<'_>) -> Result<(), NoVectors> {
        let answered = self.probe(n, progress)?;
        if answered.is_same(&known.of_first(n)) { Ok(()) } else { Err(NoVectors::Changed) }
    }

    /// What the model answers to the first `n` short probes.
    pub(super) fn probe(&self, n: usize, progress: &mut OnProgress<'_>) -> Result<Fingerprint, NoVectors> {
        let mut listener = |_| progress(Progress::HEARTBEAT);
        let probes: Vec<String> = PROBES.iter().take(n).map(|probe| (*probe).to_owned()).collect();
        let (dims, values) = self.embed(&probes, None, &mut listener)?;
        Ok(Fingerprint::new(dims, values))
    }

    fn check_dims(&self, dims: usize, got: usize) -> Result<(), ServerError> {
        let fault = || Fault { expected: format!("vectors of {dims} numbers"), got: format!("some of {got}") };
        if dims == got { Ok(()) } else { Err(self.fault(fault())) }
    }

    fn fault(&self, fault: Fault) -> ServerError {
        ServerError::Reply { server: self.client.server(), expected: fault.expected, got: fault.got }
    }

    /// A refusal as an error.
    pub(super) fn status(&self, answer: &Whole) -> ServerError {
        ServerError::Status { server: self.client.server(), status: answer.status, said: self.client.said(answer) }
    }

    /// The refusal of phrase number `index`, counted from 0, as an error.
    pub(super) fn refusal(&self, index: usize, phrase: &str, answer: &Whole) -> ServerError {
        ServerError::Phrase {
            server: self.client.server(),
            number: index + 1,
            start: start_of(phrase, START),
            status: answer.status,
            said: self.client.said(answer),
        }
    }
}

/// Whether a smaller batch may be taken where one was answered with `status`.
fn is_about_the_batch(status: u16) -> bool {
    matches!(status, 400 | 413 | 422 | 500)
}
