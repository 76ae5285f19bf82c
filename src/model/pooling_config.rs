//! What the file of a pooling says, in the words of today or in older ones.
//!
//! What poolings compute is in `pooling.rs`.

use serde_json::{Map, Value};

use super::ModelError;
use super::pooling::{Pooling, PoolingMode};
use super::small_json::{bad, flag};

/// The flags of older files, in the order in which they are joined.
pub(super) const FLAGS: [(&str, PoolingMode); 6] = [
    ("pooling_mode_cls_token", PoolingMode::Cls),
    ("pooling_mode_max_tokens", PoolingMode::Max),
    ("pooling_mode_mean_tokens", PoolingMode::Mean),
    ("pooling_mode_mean_sqrt_len_tokens", PoolingMode::MeanSqrtLen),
    ("pooling_mode_weightedmean_tokens", PoolingMode::WeightedMean),
    ("pooling_mode_lasttoken", PoolingMode::LastToken),
];

/// What a pooling's file says, in the words of today or in older ones.
pub(super) fn pooling_of(file: &str, config: &Map<String, Value>) -> Result<Pooling, ModelError> {
    const KEYS: &str = "the keys of a pooling (pooling_mode, embedding_dimension, include_prompt, or the flags of older files)";
    let known = ["pooling_mode", "embedding_dimension", "word_embedding_dimension", "include_prompt"];
    let is_known = |key: &str| known.contains(&key) || FLAGS.iter().any(|(flag, _)| *flag == key);
    if let Some(key) = config.keys().find(|key| !is_known(key)) {
        return Err(bad(file, KEYS, format!("{key:?}")));
    }
    said_width(file, config)?;
    for (key, _) in FLAGS {
        flag(file, config, key)?;
    }
    const MODES: &str = "pooling modes (cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken)";
    let mode = |value: &Value| {
        let name = value.as_str().ok_or_else(|| bad(file, MODES, value))?;
        crate::choice::Choice::parse(name).map_err(|_| bad(file, MODES, format!("{name:?}")))
    };
    let modes: Vec<PoolingMode> = match config.get("pooling_mode") {
        Some(Value::Array(modes)) => modes.iter().map(mode).collect::<Result<_, _>>()?,
        Some(name) => vec![mode(name)?],
        None => FLAGS.iter().filter(|(flag, _)| config.get(*flag) == Some(&Value::Bool(true))).map(|(_, mode)| *mode).collect(),
    };
    match config.contains_key("pooling_mode") {
        true => Pooling::of(modes).ok_or_else(|| bad(file, MODES, "none")),
        // All flags off is what the mean was written as once.
        false => Ok(Pooling::of(modes).unwrap_or_else(Pooling::mean)),
    }
}

/// The numbers of a token's vector that a pooling's file says.
pub(super) fn said_width(file: &str, config: &Map<String, Value>) -> Result<usize, ModelError> {
    const EXPECTED: &str = "a whole number from 1 to 1048576 as embedding_dimension";
    let value = ["embedding_dimension", "word_embedding_dimension"].iter().find_map(|key| config.get(*key));
    let value = value.ok_or_else(|| bad(file, EXPECTED, "none"))?;
    let width = value.as_u64().filter(|width| (1..=1 << 20).contains(width));
    width.map(|width| width as usize).ok_or_else(|| bad(file, EXPECTED, value))
}
