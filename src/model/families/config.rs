//! `config.json`, whose numbers are bounded before anything is made of them.
//!
//! A file that somebody else wrote may say anything; what no model has is refused here, by the name of its key. What a
//! key that is left out stands for is the families' affair.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::super::ModelError;

/// A configuration as it was read.
#[derive(Debug, Clone)]
pub(in crate::model) struct Config {
    /// The file, for errors.
    pub(in crate::model) file: String,
    values: Map<String, Value>,
}

impl Config {
    pub(in crate::model) fn read(file: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        let bad = |got: String| ModelError::Part { file: file.to_owned(), expected: "the configuration of a model", got };
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(values)) => Ok(Self { file: file.to_owned(), values }),
            Ok(_) => Err(bad("JSON of another kind".to_owned())),
            Err(error) => Err(bad(error.to_string())),
        }
    }

    /// That `expected` was, for what was got instead.
    pub(in crate::model) fn bad(&self, expected: &'static str, got: impl ToString) -> ModelError {
        ModelError::Part { file: self.file.clone(), expected, got: got.to_string() }
    }

    /// What `key` says, if it is there and not null.
    pub(in crate::model) fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key).filter(|value| !value.is_null())
    }

    /// The text that `key` says.
    pub(in crate::model) fn text(&self, key: &'static str) -> Result<Option<&str>, ModelError> {
        let text = |value: &'_ Value| value.as_str().is_none().then(|| self.bad("a text", format!("{value} as {key}")));
        match self.value(key) {
            Some(value) => text(value).map_or(Ok(value.as_str()), Err),
            None => Ok(None),
        }
    }

    /// The whole number that `key` says; `usual` where it says none.
    pub(super) fn size(
        &self,
        key: &str,
        usual: usize,
        range: RangeInclusive<u64>,
        expected: &'static str,
    ) -> Result<usize, ModelError> {
        match self.value(key) {
            None => Ok(usual),
            Some(value) => {
                let number = value.as_u64().filter(|number| range.contains(number));
                number.map(|number| number as usize).ok_or_else(|| self.bad(expected, value))
            }
        }
    }

    /// The number that `key` says; `usual` where it says none.
    pub(super) fn number(
        &self,
        key: &str,
        usual: f64,
        range: RangeInclusive<f64>,
        expected: &'static str,
    ) -> Result<f64, ModelError> {
        match self.value(key) {
            None => Ok(usual),
            Some(value) => value.as_f64().filter(|number| range.contains(number)).ok_or_else(|| self.bad(expected, value)),
        }
    }
}

/// The whole numbers that all transformers have, under the keys of one family; far more than any model of today has.
pub(super) struct Shape {
    pub(super) width: usize,
    pub(super) n_layers: usize,
    pub(super) n_heads: usize,
    pub(super) wide: usize,
    pub(super) n_words: usize,
    pub(super) n_positions: usize,
}

/// The usual values of a [`Shape`], in its order.
pub(super) type Usual = [usize; 6];

macro_rules! sized {
    ($config:ident, $key:literal, $usual:expr, $most:literal) => {
        $config.size($key, $usual, 1..=$most, concat!("a whole number from 1 to ", $most, " as ", $key))?
    };
}

impl Shape {
    /// Under the keys that BERT has.
    pub(super) fn read(config: &Config, usual: Usual) -> Result<Self, ModelError> {
        let [width, n_layers, n_heads, wide, n_words, n_positions] = usual;
        Self {
            width: sized!(config, "hidden_size", width, 65536),
            n_layers: sized!(config, "num_hidden_layers", n_layers, 1024),
            n_heads: sized!(config, "num_attention_heads", n_heads, 1024),
            wide: sized!(config, "intermediate_size", wide, 1048576),
            n_words: sized!(config, "vocab_size", n_words, 16777216),
            n_positions: sized!(config, "max_position_embeddings", n_positions, 1048576),
        }
        .checked(config, "a divisor of hidden_size as num_attention_heads", "hidden_size")
    }

    /// Under the keys that DistilBERT has.
    pub(super) fn read_short(config: &Config, usual: Usual) -> Result<Self, ModelError> {
        let [width, n_layers, n_heads, wide, n_words, n_positions] = usual;
        Self {
            width: sized!(config, "dim", width, 65536),
            n_layers: sized!(config, "n_layers", n_layers, 1024),
            n_heads: sized!(config, "n_heads", n_heads, 1024),
            wide: sized!(config, "hidden_dim", wide, 1048576),
            n_words: sized!(config, "vocab_size", n_words, 16777216),
            n_positions: sized!(config, "max_position_embeddings", n_positions, 1048576),
        }
        .checked(config, "a divisor of dim as n_heads", "dim")
    }

    /// The heads share the width evenly.
    fn checked(self, config: &Config, expected: &'static str, key: &str) -> Result<Self, ModelError> {
        match self.width.is_multiple_of(self.n_heads) {
            true => Ok(self),
            false => Err(config.bad(expected, format!("{} where {key} is {}", self.n_heads, self.width))),
        }
    }
}

/// What may be added to a variance: with less, a row of equal numbers is divided by nothing.
pub(super) const EPS: RangeInclusive<f64> = 1e-30..=1.0;

/// The small number that is added to a variance.
pub(super) fn eps(config: &Config, usual: f64) -> Result<f32, ModelError> {
    Ok(config.number("layer_norm_eps", usual, EPS, "a number from 1e-30 to 1 as layer_norm_eps")? as f32)
}

/// Kinds of number in which transformers are saved.
const KINDS: [&str; 5] = ["float32", "float16", "bfloat16", "float64", "auto"];

/// Refuses what no transformer that is run here has, whatever its family: a decoder, packed numbers, heads cut out.
pub(super) fn check_whole(config: &Config) -> Result<(), ModelError> {
    let is_encoder = |value: &Value| *value == Value::Bool(false);
    for key in ["is_decoder", "add_cross_attention"] {
        if let Some(value) = config.value(key).filter(|value| !is_encoder(value)) {
            return Err(config.bad("an encoder, without is_decoder and add_cross_attention", format!("{value} as {key}")));
        }
    }
    if let Some(value) = config.value("quantization_config") {
        return Err(config.bad("numbers that are not packed (no quantization_config)", value));
    }
    let is_nothing = |value: &Value| value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    if let Some(value) = config.value("pruned_heads").filter(|value| !is_nothing(value)) {
        return Err(config.bad("all heads (no pruned_heads)", value));
    }
    for key in ["dtype", "torch_dtype"] {
        let kind = |value: &Value| value.as_str().is_some_and(|kind| KINDS.contains(&kind.trim_start_matches("torch.")));
        if let Some(value) = config.value(key).filter(|value| !kind(value)) {
            return Err(config.bad("float32, float16, bfloat16, float64 or auto as dtype", format!("{value} as {key}")));
        }
    }
    Ok(())
}
