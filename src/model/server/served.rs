//! A model on a server as an [`Encoder`]: connecting, and embedding as long as the same model answers.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::address::ServerAddress;
use super::batches::{Batches, NoVectors};
use super::client::{Client, Patience};
use super::error::ServerError;
use super::fingerprint::{Fingerprint, PROBES, identify, long_probe};
use super::protocol::{Encoding, Info, ListedModel, info, models};
use super::{key, known};
use crate::model::sentence_config::unnamed_remark;
use crate::model::{Encoder, ModelError, NamedPrompt, known_prompts};
use crate::progress::{OnProgress, Progress};
use crate::space::{SpaceId, Vectors};

/// A model on a server.
pub struct ServedModel {
    address: ServerAddress,
    batches: Batches,
    space: SpaceId,
    prompts: Vec<NamedPrompt>,
    limit: Option<usize>,
    remarks: Vec<String>,
    fingerprint: Fingerprint,
    /// Something went wrong since the fingerprint was seen: another model may answer now.
    is_in_doubt: AtomicBool,
}

/// Which model of a server, and what the server says of it.
struct Chosen {
    model: String,
    /// Tokens that it takes, and whether it cuts what is longer, if that is known.
    limit: Option<(usize, bool)>,
    largest_batch: Option<usize>,
    remark: Option<String>,
}

impl ServedModel {
    /// Connects to a server: which model it has, how it answers, and whether it answers as before. `prompt`, or
    /// that of this name, is put before every phrase; what servers answer is kept in `folder` (`None`: nowhere).
    ///
    /// # Errors
    /// If the server is not there, has not the model, or does not embed with it; [`ServerError::Cancelled`].
    pub fn connect(
        address: &ServerAddress,
        prompt: Option<&str>,
        folder: Option<&Path>,
        patience: Patience,
        progress: &mut OnProgress<'_>,
    ) -> Result<Self, ServerError> {
        let choice = key::key_for(address, known::typed_key(address))?;
        let key_remark = choice.remark.clone();
        let client = Client::new(address, choice, patience);
        let chosen = choose(&client, address, progress)?;
        let batches = Batches::new(client, &chosen.model, Encoding::Base64, chosen.largest_batch);
        let (batches, mut fingerprint) = probe_either_way(batches, progress)?;
        if chosen.limit.is_none() {
            fingerprint = with_long_probe(&batches, fingerprint, progress)?;
        }
        let identity = identify(folder, address.url(), &chosen.model, &fingerprint);
        let leaves = (!address.is_here()).then(|| format!("phrases are sent to {}", address.host()));
        // Servers put nothing before phrases.
        let prompts = known_prompts::of_name(&chosen.model).unwrap_or_default();
        let hint = (prompt.is_none() && !prompts.is_empty()).then(|| known_prompts::remark(&prompts));
        let named = prompts.iter().find(|known| Some(known.name.as_str()) == prompt).map(|known| known.text.clone());
        let is_odd = |text: &&str| named.is_none() && !text.is_empty() && !text.ends_with(char::is_whitespace);
        let unnamed = prompt.filter(is_odd).map(|text| unnamed_remark(text, &prompts));
        let first = [leaves, key_remark, Patience::remark(), chosen.remark, limit_remark(chosen.limit), hint, unnamed];
        Ok(Self {
            address: address.clone(),
            batches,
            space: SpaceId {
                model: chosen.model,
                revision: revision(identity.id, chosen.limit),
                training: None,
                dims: fingerprint.dims(),
                pooling: "none".to_owned(),
                normalised: fingerprint.has_unit_length(),
                prompt: named.unwrap_or_else(|| prompt.unwrap_or_default().to_owned()),
            },
            prompts,
            limit: chosen.limit.map(|(limit, _)| limit),
            remarks: first.into_iter().flatten().chain(identity.remarks).collect(),
            fingerprint,
            is_in_doubt: AtomicBool::new(false),
        })
    }

    /// Vectors of `phrases`.
    fn vectors(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ServerError> {
        if phrases.is_empty() {
            return Ok(Vectors::new(self.space.clone(), Vec::new()));
        }
        self.check_fingerprint(progress)?;
        let texts: Vec<String> = phrases.iter().map(|phrase| format!("{}{phrase}", self.space.prompt)).collect();
        let (_, values) = self.batches.embed(&texts, Some(&self.fingerprint), progress).map_err(|failed| match failed {
            NoVectors::Refused(index, answer) => self.batches.refusal(index, phrases[index], &answer),
            failed => self.failure(failed),
        })?;
        Ok(Vectors::new(self.space.clone(), values))
    }

    /// That the model is still the one of the connection, by one probe, or by all where something went wrong.
    fn check_fingerprint(&self, progress: &mut OnProgress<'_>) -> Result<(), ServerError> {
        let n = if self.is_in_doubt.load(Ordering::Relaxed) { PROBES.len() } else { 1 };
        self.batches.check(&self.fingerprint, n, progress).map_err(|failed| self.failure(failed))?;
        self.is_in_doubt.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Why there are no vectors. If the model is another one, whoever asks for it next connects again.
    fn failure(&self, failed: NoVectors) -> ServerError {
        if matches!(failed, NoVectors::Changed) {
            known::note_change(&self.address);
        }
        or_status(&self.batches, failed)
    }
}

impl Encoder for ServedModel {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn embed(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ModelError> {
        let vectors = self.vectors(phrases, progress);
        if vectors.as_ref().is_err_and(ServerError::is_of_the_connection) {
            self.is_in_doubt.store(true, Ordering::Relaxed);
        }
        Ok(vectors?)
    }

    fn limit(&self) -> Option<usize> {
        self.limit
    }

    fn prompts(&self) -> &[NamedPrompt] {
        &self.prompts
    }

    fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

/// The fingerprint, with numbers asked for as base64, or as lists where that is refused.
fn probe_either_way(batches: Batches, progress: &mut OnProgress<'_>) -> Result<(Batches, Fingerprint), ServerError> {
    match batches.probe(PROBES.len(), progress) {
        Ok(fingerprint) => return Ok((batches, fingerprint)),
        Err(NoVectors::Failed(ServerError::Status { status: 415 | 501, .. }) | NoVectors::Refused(..)) => {}
        Err(failed) => return Err(or_status(&batches, failed)),
    }
    let batches = batches.with_encoding(Encoding::Floats);
    let probed = batches.probe(PROBES.len(), progress);
    let fingerprint = probed.map_err(|failed| or_status(&batches, failed))?;
    Ok((batches, fingerprint))
}

/// `print` with what a server that tells no limit answers to a long text; as it is where that is refused: then nothing
/// is cut.
fn with_long_probe(batches: &Batches, print: Fingerprint, progress: &mut OnProgress<'_>) -> Result<Fingerprint, ServerError> {
    let mut listener = |_| progress(Progress::HEARTBEAT);
    match batches.embed(&[long_probe()], Some(&print), &mut listener) {
        Ok((_, row)) => Ok(print.with_long(&row)),
        Err(NoVectors::Refused(..)) => Ok(print),
        Err(failed) => Err(or_status(batches, failed)),
    }
}

/// What tells the space of a model: which one answers, and where it cuts, if the server says so.
fn revision(id: String, limit: Option<(usize, bool)>) -> String {
    limit.map_or(id.clone(), |(limit, _)| format!("{id}.max{limit}"))
}

/// That even the probes are refused is not their fault.
fn or_status(batches: &Batches, failed: NoVectors) -> ServerError {
    match failed {
        NoVectors::Changed => ServerError::Changed { server: batches.client.server(), model: batches.model().to_owned() },
        NoVectors::Refused(_, answer) => batches.status(&answer),
        NoVectors::Failed(error) => error,
    }
}

/// The model that is named, if the server has it; the only one, if none is named.
fn choose(client: &Client, address: &ServerAddress, progress: &mut OnProgress<'_>) -> Result<Chosen, ServerError> {
    let list = listed(client, address, progress)?;
    let info = said_of_itself(client, address, progress)?;
    let (model, remark) = match (&address.model, list.as_slice(), &info) {
        (Some(model), [], _) => (model.clone(), None),
        (Some(model), list, _) => (named(client, model, list)?, None),
        (None, [only], _) => (only.id.clone(), Some(format!("the server's only model is taken: {}", only.id))),
        (None, [], Some(info)) => (info.model_id.clone(), Some(format!("the server's only model is taken: {}", info.model_id))),
        (None, [], None) => return Err(ServerError::NoModel { server: client.server() }),
        (None, list, _) => return Err(not_among(client, "none", list)),
    };
    let told = list.iter().find(|listed| listed.id == model).and_then(|listed| listed.max_model_len);
    let limit = info.as_ref().map(|info| (info.max_input_length, info.auto_truncate)).or(told.map(|limit| (limit, false)));
    Ok(Chosen { model, limit, largest_batch: info.and_then(|info| info.max_client_batch_size), remark })
}

/// The name of `model` in `list`; Ollama's names end in a tag that may be left out.
fn named(client: &Client, model: &str, list: &[ListedModel]) -> Result<String, ServerError> {
    let with_tag = format!("{model}:latest");
    let found = list.iter().find(|listed| listed.id == model).or_else(|| list.iter().find(|listed| listed.id == with_tag));
    found.map(|listed| listed.id.clone()).ok_or_else(|| not_among(client, model, list))
}

fn not_among(client: &Client, asked: &str, list: &[ListedModel]) -> ServerError {
    let models = list.iter().map(|listed| listed.id.as_str()).collect::<Vec<_>>().join(", ");
    ServerError::Model { server: client.server(), models, asked: asked.to_owned() }
}

/// The models that the server says it has; none where it says nothing.
fn listed(client: &Client, address: &ServerAddress, progress: &mut OnProgress<'_>) -> Result<Vec<ListedModel>, ServerError> {
    let answer = client.get(&format!("{}/models", address.url()), progress)?;
    Ok(if answer.status == 200 { models(&answer.body) } else { Vec::new() })
}

/// What text-embeddings-inference says of itself; others have nothing there, and whatever goes wrong is no matter.
fn said_of_itself(client: &Client, address: &ServerAddress, progress: &mut OnProgress<'_>) -> Result<Option<Info>, ServerError> {
    match client.get_without_key(&format!("{}/info", address.root()), progress) {
        Ok(answer) if answer.status == 200 => Ok(info(&answer.body)),
        Err(ServerError::Cancelled) => Err(ServerError::Cancelled),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// What to say of texts that are too long.
fn limit_remark(limit: Option<(usize, bool)>) -> Option<String> {
    match limit {
        None => Some("a server may cut long texts without saying so; its limit is not known".to_owned()),
        Some((limit, true)) => Some(format!("the server cuts texts of more than {limit} tokens without saying so")),
        Some((_, false)) => None,
    }
}
