//! Models on embedding servers that speak OpenAI's interface: text-embeddings-inference, vLLM, Ollama, infinity,
//! llama.cpp.
//!
//! `address.rs` says where, `key.rs` with which key and `known.rs` what was typed; `protocol.rs` knows what is said,
//! `client.rs` says it, `batches.rs` does so for many phrases. `fingerprint.rs` tells models apart whatever they are
//! called, and `served.rs` makes an encoder of it all.

mod address;
mod batches;
mod client;
mod error;
mod fingerprint;
mod key;
mod known;
pub(super) mod protocol;
mod served;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use address::{AddressError, ServerAddress};
pub use client::Patience;
pub use error::ServerError;
pub use key::{ApiKey, KeyError};
pub use known::set_typed_key;
pub use served::ServedModel;

use super::folder::Stamp;
use super::{Encoder, ModelError, ModelSettings};
use crate::files;
use crate::progress::OnProgress;

/// The model at `address` as an encoder.
pub(super) fn open(
    address: &ServerAddress,
    settings: &ModelSettings,
    progress: &mut OnProgress<'_>,
) -> Result<Arc<dyn Encoder>, ModelError> {
    let lacks = |what| ModelError::Lacks { model: address.to_string(), what };
    match settings {
        ModelSettings { pooling: Some(_), .. } => return Err(lacks("a pooling that can be chosen")),
        ModelSettings { limit: Some(_), .. } => return Err(lacks("a limit that can be chosen")),
        ModelSettings { prompt: _, pooling: None, limit: None } => {}
    }
    let folder = files::cache_folder();
    let model =
        ServedModel::connect(address, settings.prompt.as_deref(), folder.as_deref(), Patience::of_environment(), progress)?;
    Ok(Arc::new(model))
}

/// Another one than before where the server has to be connected to again: after a change there, or with another key.
pub(super) fn stamp(address: &ServerAddress) -> Stamp {
    let n_changes = known::n_changes(address);
    if n_changes == 0 { Stamp::default() } else { vec![Some((SystemTime::UNIX_EPOCH + Duration::from_secs(n_changes), 0))] }
}
