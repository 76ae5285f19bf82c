//! The small files of a trained copy: as they were read, and what was not in them or was asked for otherwise.
//!
//! How they get into a folder is told in `folder.rs`.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::blueprint::{Blueprint, CONFIG, First, LIMITS, MODULES};
use super::folder::Bytes;
use super::pooling::Pooling;
use super::pooling_config::FLAGS;
use super::sentence_config::SENTENCE_CONFIG;

/// What a bare transformer is, said in the words of sentence-transformers.
const BARE_MODULES: &str = r#"[
  {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
  {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
]
"#;

/// Where the pooling of a bare transformer is put.
const POOLING_FOLDER: &str = "1_Pooling/";

impl Blueprint {
    /// The small files that a copy of this model is saved with: Python then reads what this program did.
    pub(super) fn to_save(&self) -> Vec<(String, Bytes)> {
        let mut files = self.files.clone();
        let First::Transformer { sizes: [width, ..], .. } = &self.first else { return files };
        let name = format!("{}{CONFIG}", self.folder);
        let mut config = object(&files, &name);
        if config.remove("torch_dtype").is_some() | config.remove("dtype").is_some() {
            // The weights are saved as they learned, whatever kind of number they were once.
            config.insert("dtype".to_owned(), json!("float32"));
            set(&mut files, &name, pretty(&Value::Object(config)));
        }
        if self.is_bare {
            set(&mut files, MODULES, BARE_MODULES.into());
        }
        if self.is_bare || self.asked.pooling.is_some() {
            let folder = self.pooling_folder.as_deref().unwrap_or(POOLING_FOLDER);
            set(&mut files, &format!("{folder}config.json"), pretty(&pooling_json(&self.pooling(), *width, self.pools_prompt)));
        }
        if self.is_bare || self.asked.limit.is_some() {
            let name = format!("{}{}", self.folder, LIMITS[0]);
            let mut limits = if self.is_bare { Map::new() } else { object(&files, &name) };
            // It holds before all else.
            limits.retain(|key, _| !["processing_kwargs", "processor_kwargs", "tokenizer_args"].contains(&key.as_str()));
            limits.insert("max_seq_length".to_owned(), json!(self.limit));
            limits.entry("do_lower_case").or_insert(json!(self.lowers));
            set(&mut files, &name, pretty(&Value::Object(limits)));
        }
        if self.asked.prompt.is_some() {
            let config = self.with_prompt(object(&files, SENTENCE_CONFIG));
            set(&mut files, SENTENCE_CONFIG, pretty(&Value::Object(config)));
        }
        files
    }

    /// `config_sentence_transformers.json` with the prompt that was asked for as the one of every phrase.
    fn with_prompt(&self, mut config: Map<String, Value>) -> Map<String, Value> {
        const OWN: &str = "trained";
        let name = self.prompts.iter().find(|prompt| prompt.text == self.prompt).map_or(OWN, |prompt| &prompt.name);
        let mut prompts: Map<String, Value> =
            self.prompts.iter().map(|prompt| (prompt.name.clone(), json!(prompt.text))).collect();
        prompts.insert(name.to_owned(), json!(self.prompt));
        config.insert("prompts".to_owned(), Value::Object(prompts));
        config.insert("default_prompt_name".to_owned(), json!(name));
        config
    }
}

fn object(files: &[(String, Bytes)], name: &str) -> Map<String, Value> {
    let bytes = files.iter().find(|(known, _)| known == name).map(|(_, bytes)| &**bytes);
    bytes.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn set(files: &mut Vec<(String, Bytes)>, name: &str, text: String) {
    files.retain(|(known, _)| known != name);
    files.push((name.to_owned(), Cow::Owned(text.into_bytes())));
}

/// In the words that old and new versions read, unless only the new ones can say the order.
fn pooling_json(pooling: &Pooling, width: usize, pools_prompt: bool) -> Value {
    let modes = pooling.modes();
    let in_order: Vec<_> = FLAGS.iter().filter(|(_, mode)| modes.contains(mode)).map(|(_, mode)| *mode).collect();
    let mut config = Map::new();
    config.insert("include_prompt".to_owned(), json!(pools_prompt));
    if in_order == modes {
        config.insert("word_embedding_dimension".to_owned(), json!(width));
        config.extend(FLAGS.iter().map(|(flag, mode)| ((*flag).to_owned(), json!(modes.contains(mode)))));
    } else {
        config.insert("embedding_dimension".to_owned(), json!(width));
        config.insert("pooling_mode".to_owned(), json!(modes));
    }
    Value::Object(config)
}
