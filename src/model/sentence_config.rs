//! What `config_sentence_transformers.json` says: prompts, and how many numbers of a vector are kept.
//!
//! What else a model is to be is told in `blueprint.rs`.

use serde_json::{Map, Value};

use super::small_json::bad;
use super::{ModelError, ModelSettings, NamedPrompt, known_prompts};

pub(super) const SENTENCE_CONFIG: &str = "config_sentence_transformers.json";

/// The prompts, and the name of the one that is put before every phrase where nobody says otherwise.
pub(super) fn prompts_of(
    name: &str,
    sentence: &Map<String, Value>,
    remarks: &mut Vec<String>,
) -> Result<(Vec<NamedPrompt>, Option<String>), ModelError> {
    const PROMPTS: &str = "an object of texts as prompts";
    let mut prompts = Vec::new();
    match sentence.get("prompts").filter(|prompts| !prompts.is_null()) {
        Some(Value::Object(texts)) => {
            for (name, text) in texts {
                let text = if text.is_null() { Some("") } else { text.as_str() };
                let text = text.ok_or_else(|| bad(SENTENCE_CONFIG, PROMPTS, &texts[name]))?.to_owned();
                prompts.push(NamedPrompt { name: name.clone(), text });
            }
        }
        Some(other) => return Err(bad(SENTENCE_CONFIG, PROMPTS, other)),
        None => {}
    }
    const DEFAULT: &str = "one of its prompts as default_prompt_name";
    let default = match sentence.get("default_prompt_name").filter(|name| !name.is_null()) {
        None => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(other) => return Err(bad(SENTENCE_CONFIG, DEFAULT, other)),
    };
    // These two are always there, if only as nothing.
    let is_there = |name: &String| ["query", "document"].contains(&&**name) || prompts.iter().any(|prompt| prompt.name == *name);
    if let Some(name) = default.as_ref().filter(|name| !is_there(name)) {
        return Err(bad(SENTENCE_CONFIG, DEFAULT, format!("{name:?}")));
    }
    // It is one of the file's own: what stands only on a page is never put before phrases by itself.
    let default = default.filter(|name| prompts.iter().any(|prompt| prompt.name == *name && !prompt.text.is_empty()));
    // Those that are empty say nothing; some models have theirs only on their page.
    if let Some(known) = known_prompts::of_name(name).filter(|_| prompts.iter().all(|prompt| prompt.text.is_empty())) {
        remarks.push(known_prompts::remark(&known));
        prompts = known;
    }
    Ok((prompts, default))
}

/// The text of the prompt of that name, else the text that was given as one, else that of the default.
pub(super) fn chosen_prompt(
    prompts: &[NamedPrompt],
    default: Option<&str>,
    settings: &ModelSettings,
    remarks: &mut Vec<String>,
) -> String {
    let named = |name: &str| prompts.iter().find(|prompt| prompt.name == name).map(|prompt| prompt.text.clone());
    match settings.prompt.as_deref() {
        Some(asked) => named(asked).unwrap_or_else(|| {
            if !asked.is_empty() && !asked.ends_with(char::is_whitespace) {
                remarks.push(unnamed_remark(asked, prompts));
            }
            asked.to_owned()
        }),
        None => default.and_then(named).unwrap_or_default(),
    }
}

/// What to say of a prompt that is none of the model's by its name.
pub(super) fn unnamed_remark(asked: &str, prompts: &[NamedPrompt]) -> String {
    let names: Vec<&str> = prompts.iter().map(|prompt| prompt.name.as_str()).collect();
    let names = if names.is_empty() { "no prompts".to_owned() } else { format!("the prompts {}", names.join(", ")) };
    format!("{asked:?} stands before each phrase as a text: the model has {names}")
}

/// Numbers of a vector that are kept, if not all.
pub(super) fn kept_of(sentence: &Map<String, Value>) -> Result<Option<usize>, ModelError> {
    match sentence.get("truncate_dim").filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => {
            let kept = value.as_u64().filter(|kept| *kept > 0);
            kept.map(|kept| Some(kept as usize))
                .ok_or_else(|| bad(SENTENCE_CONFIG, "a whole number from 1 as truncate_dim", value))
        }
    }
}
