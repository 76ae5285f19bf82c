//! What `sentence_bert_config.json` and files of its kind say of a transformer: how many tokens it reads. What else they
//! may say has to be as usual.
//!
//! sentence-transformers hands most of what stands there to transformers, where any of it may change every vector: what is
//! not understood here is refused. Where the file is, is told in `blueprint.rs`.

use serde_json::{Map, Value};

use super::ModelError;
use super::small_json::bad;

/// The file that says a transformer's limit, with its name.
pub(super) type Limits = (String, Map<String, Value>);

/// Objects whose entries are handed on: to what makes the model, its configuration, and the tokenizer.
const HANDED_ON: [&str; 7] =
    ["model_args", "model_kwargs", "config_args", "config_kwargs", "tokenizer_args", "tokenizer_kwargs", "processor_kwargs"];

/// Of these, those of the tokenizer, where its limit may stand.
const OF_TOKENIZER: [&str; 2] = ["tokenizer_args", "processor_kwargs"];

/// What is handed on and changes no vector: where files are from, and how numbers are kept and multiplied.
const HARMLESS: [&str; 17] = [
    "add_pooling_layer",
    "attn_implementation",
    "cache_dir",
    "code_revision",
    "device_map",
    "dtype",
    "local_files_only",
    "low_cpu_mem_usage",
    "padding",
    "revision",
    "return_tensors",
    "token",
    "torch_dtype",
    "trust_remote_code",
    "unpad_inputs",
    "use_fast",
    "use_safetensors",
];

/// The number that the file of limits says, in any of the places where it may stand.
pub(super) fn said_limit((file, limits): &Limits) -> Result<Option<usize>, ModelError> {
    const EXPECTED: &str = "a whole number of tokens as max_seq_length";
    let inner = |outer: &str, key: &str| limits.get(outer)?.get(key);
    let text = limits.get("processing_kwargs").and_then(|kwargs| kwargs.get("text")?.get("max_length"));
    let of_tokenizer = || OF_TOKENIZER.iter().rev().find_map(|outer| inner(outer, "model_max_length"));
    match text.or_else(of_tokenizer).or_else(|| limits.get("max_seq_length")).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => value.as_u64().map(|n| Some(n as usize)).ok_or_else(|| bad(file, EXPECTED, value)),
    }
}

/// Checks that all else in the file is as usual.
///
/// # Errors
/// If something in it would give other vectors than it does here, or may.
pub(super) fn check_limits((file, limits): &Limits) -> Result<(), ModelError> {
    let usual = [("transformer_task", "feature-extraction"), ("module_output_name", "token_embeddings")];
    for (key, value) in usual {
        if let Some(other) = said(limits, key).filter(|other| **other != *value) {
            return Err(unusual(file, key, other));
        }
    }
    if let Some(other) = said(limits, "tokenizer_name_or_path") {
        return Err(unusual(file, "tokenizer_name_or_path", other));
    }
    if let Some(config) = said(limits, "modality_config") {
        let text = config.get("text");
        let is = |key: &str, value: &str| text.and_then(|text| text.get(key)).is_none_or(|other| other == value);
        if text.is_none() || !is("method", "forward") || !is("method_output_name", "last_hidden_state") {
            return Err(unusual(file, "modality_config", config));
        }
    }
    for outer in HANDED_ON {
        let known = if OF_TOKENIZER.contains(&outer) { &["model_max_length"][..] } else { &[] };
        check_entries(file, outer, said(limits, outer), known)?;
    }
    let processing = said(limits, "processing_kwargs").and_then(Value::as_object);
    for (modality, entries) in processing.into_iter().flatten() {
        let is_cut = |value: &Value| value.is_null() || *value == true || value == "longest_first";
        let cuts = entries.get("truncation").is_none_or(is_cut);
        match modality.as_str() {
            "text" if cuts => check_entries(file, "processing_kwargs.text", Some(entries), &["max_length", "truncation"])?,
            "text" => return Err(unusual(file, "truncation", &entries["truncation"])),
            "common" => check_entries(file, "processing_kwargs.common", Some(entries), &[])?,
            // Those of pictures and sounds.
            _ => {}
        }
    }
    Ok(())
}

/// What stands under `key`, if that is not null.
fn said<'l>(limits: &'l Map<String, Value>, key: &str) -> Option<&'l Value> {
    limits.get(key).filter(|value| !value.is_null())
}

fn check_entries(file: &str, outer: &str, entries: Option<&Value>, known: &[&str]) -> Result<(), ModelError> {
    let Some(entries) = entries else { return Ok(()) };
    let Some(entries) = entries.as_object() else { return Err(unusual(file, outer, entries)) };
    let is_fine = |key: &str| known.contains(&key) || HARMLESS.contains(&key);
    match entries.iter().find(|(key, value)| !value.is_null() && !is_fine(key)) {
        Some((key, value)) => Err(unusual(file, &format!("{key} in {outer}"), value)),
        None => Ok(()),
    }
}

fn unusual(file: &str, key: &str, got: &Value) -> ModelError {
    const EXPECTED: &str = "nothing beside the limit that changes vectors (write it into the model's own files)";
    bad(file, EXPECTED, format!("{got} as {key}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(limits: Value) -> Result<(), String> {
        let limits = limits.as_object().expect("an object").clone();
        check_limits(&("sentence_bert_config.json".to_owned(), limits)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_usual_passes() {
        for limits in [
            json!({"max_seq_length": 64, "do_lower_case": true}),
            json!({"transformer_task": "feature-extraction", "module_output_name": "token_embeddings",
                   "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}}}),
            json!({"tokenizer_args": {"model_max_length": 9, "use_fast": true}, "model_args": {"torch_dtype": "float16"}}),
            json!({"processing_kwargs": {"text": {"max_length": 9, "truncation": true}, "images": {"size": 3}}}),
            json!({"config_args": null, "processor_kwargs": {"strip_accents": null}}),
        ] {
            assert_eq!(checked(limits.clone()), Ok(()), "{limits}");
        }
    }

    #[test]
    fn what_may_change_vectors_is_refused_by_its_name() {
        for (limits, key) in [
            (json!({"tokenizer_args": {"do_lower_case": false}}), "do_lower_case in tokenizer_args"),
            (json!({"processor_kwargs": {"strip_accents": false}}), "strip_accents in processor_kwargs"),
            (json!({"tokenizer_kwargs": {"truncation_side": "left"}}), "truncation_side in tokenizer_kwargs"),
            (json!({"config_args": {"num_hidden_layers": 1}}), "num_hidden_layers in config_args"),
            (json!({"config_kwargs": {"layer_norm_eps": 0.1}}), "layer_norm_eps in config_kwargs"),
            (json!({"model_args": {"model_max_length": 4}}), "model_max_length in model_args"),
            (
                json!({"processing_kwargs": {"text": {"add_special_tokens": false}}}),
                "add_special_tokens in processing_kwargs.text",
            ),
            (json!({"processing_kwargs": {"text": {"truncation": false}}}), "truncation"),
            (json!({"processing_kwargs": {"common": {"max_length": 7}}}), "max_length in processing_kwargs.common"),
            (json!({"transformer_task": "fill-mask"}), "transformer_task"),
            (json!({"tokenizer_name_or_path": "elsewhere"}), "tokenizer_name_or_path"),
            (json!({"module_output_name": "logits"}), "module_output_name"),
            (json!({"modality_config": {"text": {"method": "get_text_features"}}}), "modality_config"),
            (json!({"config_args": 7}), "config_args"),
        ] {
            let error = checked(limits.clone()).expect_err("something unusual");
            assert!(error.contains(&format!("as {key}")) && error.contains("sentence_bert_config.json"), "{limits}: {error}");
        }
    }
}
