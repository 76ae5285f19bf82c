//! The architectures that are run here: one file and one row each.
//!
//! An own family says how its configuration and its tensors are to be read as those of one transformer
//! (`transformer/`), forwards and backwards. Any other brings a [`Body`] of its own and only embeds.

mod bert;
mod config;
mod distilbert;
mod modern_bert;
mod mpnet;
mod roberta;

use std::sync::Arc;

use candle_core::Tensor;
use serde_json::Value;

pub(super) use config::Config;

use super::ModelError;
use super::tokenizer_files::Style;
use super::transformer::Sizes;
use super::weights::Tensors;

/// One architecture.
pub(super) struct Family {
    /// What `model_type` says in `config.json`.
    pub(super) model_types: &'static [&'static str],
    /// What people call it.
    pub(super) name: &'static str,
    /// How its tokenizer is built from a vocabulary, where the files do not say all.
    pub(super) style: Style,
    /// What it is made of.
    pub(super) kind: Kind,
}

/// What a family is made of.
pub(super) enum Kind {
    /// The transformer that learns here.
    Own(Own),
    /// Something that only embeds.
    Other(Other),
}

/// How a family's files are read as those of the own transformer.
pub(super) struct Own {
    /// Its sizes, from `config.json`.
    pub(super) sizes: fn(&Config) -> Result<Sizes, ModelError>,
    /// The name of a tensor in BERT's words, from the family's own without its prefix.
    pub(super) name: fn(&str) -> Option<String>,
}

/// How something that only embeds is opened.
pub(super) struct Other {
    /// Its sizes, from `config.json`.
    pub(super) sizes: fn(&Config) -> Result<OtherSizes, ModelError>,
    /// The tensor by which the names are found: whatever stands before it stands before all.
    pub(super) anchor: &'static str,
    /// Opens it.
    pub(super) open: fn(&Config, Tensors) -> Opened,
}

/// What only embeds, once it is open.
pub(super) type Opened = Result<Arc<dyn Body>, ModelError>;

/// What must be known of a model before it is opened.
pub(super) struct OtherSizes {
    /// Numbers of a token's vector.
    pub(super) width: usize,
    /// Tokens that it has vectors of.
    pub(super) n_words: usize,
    /// Tokens of a phrase that it has places for.
    pub(super) n_places: usize,
}

/// Token ids to vectors of tokens.
pub(super) trait Body: Send + Sync {
    /// Vectors of all tokens of `sequences`, one sequence after the other: tokens × width.
    fn forward(&self, sequences: &[&[u32]]) -> candle_core::Result<Tensor>;

    /// The vectors of all tokens before any layer: words × width.
    fn words(&self) -> &Tensor;

    /// What identifies its numbers and its sizes.
    fn digest(&self) -> Result<[u8; 32], ModelError>;
}

/// All architectures that are run, in the order of their use.
const FAMILIES: [&Family; 7] = [
    &bert::FAMILY,
    &roberta::XLM_ROBERTA,
    &roberta::ROBERTA,
    &mpnet::FAMILY,
    &distilbert::FAMILY,
    &roberta::CAMEMBERT,
    &modern_bert::FAMILY,
];

/// Architectures that are met often, and why they are not run.
const REFUSED: [(&str, &str); 9] = [
    ("nomic_bert", "its layers are of another kind"),
    ("new", "it runs code of its own, which is not run here"),
    ("jina_bert", "it runs code of its own, which is not run here"),
    ("qwen3", "it is a generator of text with billions of numbers"),
    ("gemma3_text", "it is a generator of text made to read both ways"),
    ("eurobert", "its layers are of another kind"),
    ("t5", "it has two halves, of which the first would be run"),
    ("deberta-v2", "its attention is of another kind"),
    ("clip", "it is made of a part for pictures and one for texts"),
];

/// The family of a model whose `config.json` this is.
///
/// # Errors
/// If it is of none that is run here, which says which are, or says what none of them has.
pub(super) fn family_of(config: &Config) -> Result<&'static Family, ModelError> {
    config::check_whole(config)?;
    let model_type = config.text("model_type")?.ok_or_else(|| config.bad("the name of an architecture as model_type", "none"))?;
    FAMILIES.into_iter().find(|family| family.model_types.contains(&model_type)).ok_or_else(|| {
        let why = REFUSED.iter().find(|(name, _)| *name == model_type).map_or(String::new(), |(_, why)| format!(": {why}"));
        ModelError::Architecture { file: config.file.clone(), name: model_type.to_owned(), why, run: names() }
    })
}

/// The families that are run, as a list in a sentence.
pub(super) fn names() -> String {
    FAMILIES.map(|family| family.name).join(", ")
}

/// Refuses values of `config.json` that change what a model does and are not done here.
fn refuse(config: &Config, key: &str, usual: &[Value], expected: &'static str) -> Result<(), ModelError> {
    match config.value(key).filter(|value| !usual.contains(value)) {
        Some(value) => Err(config.bad(expected, value)),
        None => Ok(()),
    }
}
