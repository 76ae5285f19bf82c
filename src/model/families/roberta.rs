//! RoBERTa (Liu et al. 2019), XLM-RoBERTa (Conneau et al. 2020) and CamemBERT (Martin et al. 2020): BERT whose places begin
//! behind that of the padding token.

use super::super::ModelError;
use super::super::tokenizer_files::Style;
use super::super::transformer::{Places, Sizes};
use super::bert::of_shape;
use super::config::{Config, Shape};
use super::{Family, Kind, Own};

const KIND: Kind = Kind::Own(Own { sizes, name: |name| Some(name.to_owned()) });

pub(super) const ROBERTA: Family = Family { model_types: &["roberta"], name: "RoBERTa", style: Style::Roberta, kind: KIND };

pub(super) const XLM_ROBERTA: Family =
    Family { model_types: &["xlm-roberta"], name: "XLM-RoBERTa", style: Style::XlmRoberta, kind: KIND };

pub(super) const CAMEMBERT: Family = Family { model_types: &["camembert"], name: "CamemBERT", style: Style::AsItIs, kind: KIND };

/// Where the padding token stands if `config.json` does not say.
const PADDING: usize = 1;

fn sizes(config: &Config) -> Result<Sizes, ModelError> {
    let n_words = if config.text("model_type")? == Some("roberta") { 50265 } else { 30522 };
    let shape = Shape::read(config, [768, 12, 12, 3072, n_words, 512])?;
    of_shape(config, &shape, 2, behind_padding(config, &shape)?)
}

/// Places from behind that of the padding token on.
fn behind_padding(config: &Config, shape: &Shape) -> Result<Places, ModelError> {
    const EXPECTED: &str = "a whole number below vocab_size and max_position_embeddings - 1 as pad_token_id";
    let most = shape.n_words.min(shape.n_positions.saturating_sub(1)).saturating_sub(1);
    let padding = config.size("pad_token_id", PADDING, 0..=most as u64, EXPECTED)?;
    if padding > most {
        return Err(config.bad(EXPECTED, padding));
    }
    Ok(Places::Behind(padding as u32))
}
