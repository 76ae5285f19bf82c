//! The numbers in a model's configuration, bounded before anything is made of them.
//!
//! A file that somebody else wrote may say anything; what no model has is refused here, by the name of its key.

use std::ops::RangeInclusive;

use candle_transformers::models::bert::Config;
use serde_json::Value;
use tokenizers::{PostProcessor, Tokenizer};

use super::ModelError;

/// Keys of `config.json` and the whole numbers that they may have; far more than any model of today has.
const SIZES: [(&str, RangeInclusive<u64>, &str); 7] = [
    ("hidden_size", 1..=1 << 16, "a whole number from 1 to 65536 as hidden_size"),
    ("num_hidden_layers", 1..=1024, "a whole number from 1 to 1024 as num_hidden_layers"),
    ("num_attention_heads", 1..=1024, "a whole number from 1 to 1024 as num_attention_heads"),
    ("intermediate_size", 1..=1 << 20, "a whole number from 1 to 1048576 as intermediate_size"),
    ("max_position_embeddings", 1..=1 << 20, "a whole number from 1 to 1048576 as max_position_embeddings"),
    ("type_vocab_size", 1..=1 << 16, "a whole number from 1 to 65536 as type_vocab_size"),
    ("vocab_size", 1..=1 << 24, "a whole number from 1 to 16777216 as vocab_size"),
];

fn bad(file: &str, expected: &'static str, got: impl ToString) -> ModelError {
    ModelError::Part { file: file.to_owned(), expected, got: got.to_string() }
}

/// Checks the numbers in the bytes of `config.json`. What is missing is the reader's affair.
pub(super) fn check_sizes(file: &str, bytes: &[u8]) -> Result<(), ModelError> {
    let json: Value = serde_json::from_slice(bytes).map_err(|error| bad(file, "the configuration of a BERT model", error))?;
    for (key, range, expected) in &SIZES {
        let Some(value) = json.get(key) else { continue };
        if !value.as_u64().is_some_and(|number| range.contains(&number)) {
            return Err(bad(file, expected, value));
        }
    }
    let is_small = |value: &Value| value.as_f64().is_some_and(|eps| (0.0..=1.0).contains(&eps));
    match json.get("layer_norm_eps").filter(|value| !is_small(value)) {
        Some(value) => Err(bad(file, "a number from 0 to 1 as layer_norm_eps", value)),
        None => Ok(()),
    }
}

/// Checks that the heads share the width evenly.
pub(super) fn check_heads(file: &str, config: &Config) -> Result<(), ModelError> {
    let (width, heads) = (config.hidden_size, config.num_attention_heads);
    if heads != 0 && width.is_multiple_of(heads) {
        return Ok(());
    }
    let got = format!("{heads} where hidden_size is {width}");
    Err(bad(file, "a divisor of hidden_size as num_attention_heads", got))
}

/// Checks that there is room for a token beside the special ones in `limit`, which `key` in `file` gives.
pub(super) fn check_limit(file: &str, expected: &'static str, limit: usize, tokenizer: &Tokenizer) -> Result<(), ModelError> {
    let n_special = tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
    if limit > n_special {
        return Ok(());
    }
    Err(bad(file, expected, format!("{limit}, which leaves no room beside {n_special} special tokens")))
}

/// Checks that the model has a vector for every token of its tokenizer.
pub(super) fn check_vocabulary(file: &str, config: &Config, tokenizer: &Tokenizer) -> Result<(), ModelError> {
    let n_ids = tokenizer.get_vocab(true).values().max().map_or(0, |largest| *largest as usize + 1);
    if n_ids <= config.vocab_size {
        return Ok(());
    }
    let got = format!("{} where tokenizer.json has {n_ids}", config.vocab_size);
    Err(bad(file, "as many tokens as the tokenizer has, or more, as vocab_size", got))
}
