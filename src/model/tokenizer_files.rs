//! A tokenizer from the files of its model, as `transformers` builds it.
//!
//! `transformers` 5 takes from `tokenizer.json` of some kinds only the vocabulary, and builds the steps around it anew from
//! `tokenizer_config.json`; so does this. Prompts, limits and token ids are in `tokenizing.rs`.

use std::borrow::Cow;

use serde_json::Value;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::{BertNormalizer, NormalizerWrapper};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{AddedToken, AddedVocabulary, Tokenizer};

use super::ModelError;
use crate::guarded::guarded;

/// The file that holds a whole tokenizer.
pub(super) const TOKENIZER: &str = "tokenizer.json";
/// The file that says how it is to be built.
pub(super) const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
/// The vocabulary of older models: a token a line.
pub(super) const VOCABULARY: &str = "vocab.txt";
/// The vocabulary of older models that join pieces.
pub(super) const VOCABULARY_JSON: &str = "vocab.json";
/// Tokens beside such a vocabulary.
pub(super) const ADDED: &str = "added_tokens.json";
/// Which pieces they join.
pub(super) const MERGES: &str = "merges.txt";

/// How the steps around a vocabulary are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// WordPiece between `[CLS]` and `[SEP]`.
    Bert,
    /// WordPiece between `<s>` and `</s>`.
    Mpnet,
    /// Joined bytes between `<s>` and `</s>`.
    Roberta,
    /// Unigrams between `<s>` and `</s>`.
    XlmRoberta,
    /// All that there is to know stands in `tokenizer.json`.
    AsItIs,
}

impl Style {
    /// The one that the class of a tokenizer has, if it is built anew.
    pub(super) fn of_class(class: &str) -> Self {
        match class.strip_suffix("Fast").unwrap_or(class) {
            "BertTokenizer" | "DistilBertTokenizer" => Self::Bert,
            "MPNetTokenizer" => Self::Mpnet,
            "RobertaTokenizer" => Self::Roberta,
            "XLMRobertaTokenizer" => Self::XlmRoberta,
            _ => Self::AsItIs,
        }
    }

    /// The special tokens before and after a phrase where the files do not name them, and the unknown one.
    fn special(self) -> [&'static str; 3] {
        match self {
            Self::Bert => ["[CLS]", "[SEP]", "[UNK]"],
            Self::Mpnet => ["<s>", "</s>", "[UNK]"],
            Self::Roberta | Self::XlmRoberta | Self::AsItIs => ["<s>", "</s>", "<unk>"],
        }
    }
}

/// The bytes of a tokenizer's files.
#[derive(Clone, Default)]
pub(super) struct TokenizerFiles {
    pub(super) json: Option<Cow<'static, [u8]>>,
    pub(super) vocabulary: Option<Cow<'static, [u8]>>,
    pub(super) vocabulary_json: Option<Cow<'static, [u8]>>,
    pub(super) merges: Option<Cow<'static, [u8]>>,
    /// Tokens beside those of a vocabulary of its own, by name.
    pub(super) added: Option<Cow<'static, [u8]>>,
}

/// What `tokenizer_config.json` says.
#[derive(Debug, Clone, Default)]
pub(super) struct TokenizerConfig(pub(super) serde_json::Map<String, Value>);

impl TokenizerConfig {
    fn flag(&self, key: &str) -> Option<bool> {
        self.0.get(key).and_then(Value::as_bool)
    }

    /// A special token, as a text or as an object with its content.
    fn token(&self, key: &str) -> Option<&str> {
        let value = self.0.get(key)?;
        value.as_str().or_else(|| value.get("content")?.as_str())
    }

    /// Tokens at most, if it is a number that any model could have.
    pub(super) fn limit(&self) -> Option<usize> {
        // Older files call it otherwise.
        let said = self.0.get("model_max_length").or_else(|| self.0.get("max_len"));
        said.and_then(Value::as_f64).filter(|limit| (0.0..1e9).contains(limit)).map(|n| n as usize)
    }

    /// What it says in another form than any tokenizer does: what was expected, the key, what is there.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str, &Value)> {
        let said = |key: &'static str| Some((key, self.0.get(key).filter(|value| !value.is_null())?));
        let of_kind = |expected: &'static str, keys: &[&'static str], fits: &dyn Fn(&Value) -> bool| {
            let found = keys.iter().filter_map(|key| said(key)).find(|(_, value)| !fits(value));
            found.map(|(key, value)| (expected, key, value))
        };
        let is_token = |value: &Value| value.is_string() || value.get("content").is_some_and(Value::is_string);
        let is_side = |value: &Value| value == "left" || value == "right";
        of_kind(
            "true or false",
            &["do_lower_case", "strip_accents", "tokenize_chinese_chars", "add_prefix_space"],
            &Value::is_boolean,
        )
        .or_else(|| of_kind("a token", &["cls_token", "sep_token", "unk_token", "pad_token", "mask_token"], &is_token))
        .or_else(|| of_kind("left or right", &["truncation_side"], &is_side))
        .or_else(|| {
            of_kind("a number above 0", &["model_max_length", "max_len"], &|value| value.as_f64().is_some_and(|n| n > 0.0))
        })
        .or_else(|| of_kind("a text", &["tokenizer_class"], &Value::is_string))
    }

    pub(super) fn truncates_left(&self) -> Option<bool> {
        self.0.get("truncation_side").and_then(Value::as_str).map(|side| side == "left")
    }
}

/// What a tokenizer is to be.
pub(super) struct Wanted<'a> {
    /// The folder of its files, for errors.
    pub(super) folder: &'a str,
    pub(super) files: &'a TokenizerFiles,
    pub(super) config: &'a TokenizerConfig,
    /// How it is built where its files do not name a class.
    pub(super) style: Style,
    /// Whether phrases become lower case before all else (`sentence_bert_config.json`).
    pub(super) lowers: bool,
    /// Tokens that it gives at most, special ones included.
    pub(super) limit: Option<usize>,
    /// The file that says so, and the key there.
    pub(super) limit_from: &'a (String, &'static str),
    /// The text before each phrase.
    pub(super) prompt: &'a str,
    /// Whether its tokens are left out of the pooling.
    pub(super) skips_prompt: bool,
}

/// What the library does with what is in a file, which it may not survive.
pub(super) fn by_library<R>(call: impl FnOnce() -> tokenizers::Result<R>) -> tokenizers::Result<R> {
    guarded(call).unwrap_or_else(|fault| Err(fault.into()))
}

pub(super) fn bad(file: &str, error: &tokenizers::Error) -> ModelError {
    ModelError::Part { file: file.to_owned(), expected: "a tokenizer", got: error.to_string() }
}

/// The tokenizer as its files have it, before the steps around it are built anew.
pub(super) fn read(wanted: &Wanted<'_>, style: Style, file: &str) -> Result<Tokenizer, ModelError> {
    let TokenizerFiles { json, vocabulary, vocabulary_json, merges, added } = wanted.files;
    if let Some(json) = json {
        let tokenizer = by_library(|| Tokenizer::from_bytes(json)).map_err(|error| bad(file, &error))?;
        return check_kinds(json, &tokenizer, file).map(|()| tokenizer);
    }
    let mut tokenizer = match (style, vocabulary, vocabulary_json.as_ref().zip(merges.as_ref())) {
        (Style::Bert | Style::Mpnet, Some(vocabulary), _) => of_lines(vocabulary, style, wanted)?,
        (Style::Roberta, _, Some((vocabulary, merges))) => of_merges(vocabulary, merges, style, wanted)?,
        _ => return Err(ModelError::Part {
            file: file.to_owned(),
            expected: "a tokenizer (tokenizer.json, or the vocab.txt or vocab.json and merges.txt of an older model)",
            got: "none that can be read here; save the model again with transformers 4.30 or later, which writes tokenizer.json"
                .to_owned(),
        }),
    };
    add_named(&mut tokenizer, added.as_deref(), wanted)?;
    Ok(tokenizer)
}

/// Each step is of the kind that its file calls it: where a kind is not known, the library takes the step for any other whose
/// values are there.
fn check_kinds(json: &[u8], tokenizer: &Tokenizer, file: &str) -> Result<(), ModelError> {
    let failed = |got: String| ModelError::Part { file: file.to_owned(), expected: "steps of known kinds", got };
    let said: Steps = serde_json::from_slice(json).map_err(|error| failed(error.to_string()))?;
    let steps = [
        ("normalizer", said.normalizer, tokenizer.get_normalizer().map(serde_json::to_value)),
        ("pre_tokenizer", said.pre_tokenizer, tokenizer.get_pre_tokenizer().map(serde_json::to_value)),
        ("post_processor", said.post_processor, tokenizer.get_post_processor().map(serde_json::to_value)),
    ];
    for (step, said, read) in steps {
        let read = read.transpose().map_err(|error| failed(error.to_string()))?;
        if let Some([said, read]) = said.zip(read).and_then(|(said, read)| other_kind(&said, &read)) {
            return Err(failed(format!("{said} as {step}, which would be read as {read}")));
        }
    }
    Ok(())
}

/// The steps around the model of a tokenizer, which has all its words.
#[derive(serde::Deserialize)]
struct Steps {
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    post_processor: Option<Value>,
}

/// The kind of a step, or of one within it, beside the other kind that it was read as. Older files name no kinds.
fn other_kind(said: &Value, read: &Value) -> Option<[String; 2]> {
    let [own, taken] = [said, read].map(|step| step.get("type").and_then(Value::as_str));
    if let Some((own, taken)) = own.zip(taken).filter(|(own, taken)| own != taken) {
        return Some([own.to_owned(), taken.to_owned()]);
    }
    let inner = |key: &&str| Some((said.get(*key)?.as_array()?, read.get(*key)?.as_array()?));
    let steps = ["normalizers", "pretokenizers", "processors"].iter().filter_map(inner);
    steps.flat_map(|(said, read)| said.iter().zip(read)).find_map(|(said, read)| other_kind(said, read))
}

/// Tokens that stand in a file of their own beside an older vocabulary, whose ids they go on from.
fn add_named(tokenizer: &mut Tokenizer, added: Option<&[u8]>, wanted: &Wanted<'_>) -> Result<(), ModelError> {
    let Some(added) = added else { return Ok(()) };
    let file = format!("{}{ADDED}", wanted.folder);
    let failed = |got: String| ModelError::Part { file: file.clone(), expected: "ids of tokens by name", got };
    let ids: std::collections::HashMap<String, u32> = serde_json::from_slice(added).map_err(|error| failed(error.to_string()))?;
    let mut ids: Vec<(String, u32)> = ids.into_iter().collect();
    ids.sort_by_key(|(_, id)| *id);
    let tokens: Vec<AddedToken> = ids.iter().map(|(name, _)| AddedToken::from(name.as_str(), false)).collect();
    by_library(|| tokenizer.add_tokens(tokens)).map_err(|error| bad(&file, &error))?;
    match ids.iter().find(|(name, id)| tokenizer.token_to_id(name) != Some(*id)) {
        None => Ok(()),
        Some((name, id)) => Err(failed(format!("{id} for {name:?}, which does not follow the vocabulary"))),
    }
}

fn of_lines(bytes: &[u8], style: Style, wanted: &Wanted<'_>) -> Result<Tokenizer, ModelError> {
    let file = format!("{}{VOCABULARY}", wanted.folder);
    let text = std::str::from_utf8(bytes).map_err(|error| bad(&file, &error.to_string().into()))?;
    let lines = text.lines().map(str::trim_end);
    let vocabulary: Vec<(String, u32)> = lines.zip(0..).map(|(token, id)| (token.to_owned(), id)).collect();
    let unknown = wanted.config.token("unk_token").unwrap_or(style.special()[2]);
    let model =
        WordPiece::builder().vocab(vocabulary.into_iter().collect::<ahash::AHashMap<_, _>>()).unk_token(unknown.to_owned());
    let mut tokenizer = Tokenizer::new(by_library(|| model.build()).map_err(|error| bad(&file, &error))?);
    by_library(|| add_special(&mut tokenizer, style, wanted.config)).map_err(|error| bad(&file, &error))?;
    Ok(tokenizer)
}

fn of_merges(vocabulary: &[u8], merges: &[u8], style: Style, wanted: &Wanted<'_>) -> Result<Tokenizer, ModelError> {
    let (names, file) = (format!("{}{VOCABULARY_JSON}", wanted.folder), format!("{}{MERGES}", wanted.folder));
    let failed = |file: &str, got: String| ModelError::Part { file: file.to_owned(), expected: "a vocabulary", got };
    let ids: std::collections::HashMap<String, u32> =
        serde_json::from_slice(vocabulary).map_err(|error| failed(&names, error.to_string()))?;
    let text = std::str::from_utf8(merges).map_err(|error| failed(&file, error.to_string()))?;
    let lines = text.lines().filter(|line| !line.starts_with("#version") && !line.trim().is_empty());
    let pair = |line: &str| line.split_once(' ').map(|(left, right)| (left.to_owned(), right.trim_end().to_owned()));
    let pairs: Option<Vec<(String, String)>> = lines.map(pair).collect();
    let pairs = pairs.ok_or_else(|| failed(&file, "a line without two pieces".to_owned()))?;
    let model = BPE::builder().vocab_and_merges(ids.into_iter().collect::<ahash::AHashMap<_, _>>(), pairs);
    let model = by_library(|| model.build());
    let mut tokenizer = Tokenizer::new(model.map_err(|error| bad(&file, &error))?);
    by_library(|| add_special(&mut tokenizer, style, wanted.config)).map_err(|error| bad(&file, &error))?;
    Ok(tokenizer)
}

/// Tokens that are found in a text before all else, where the vocabulary has them.
fn add_special(tokenizer: &mut Tokenizer, style: Style, config: &TokenizerConfig) -> tokenizers::Result<()> {
    let [cls, sep, unknown] = style.special();
    let (padding, mask) = if style == Style::Bert { ("[PAD]", "[MASK]") } else { ("<pad>", "<mask>") };
    let keys = [("cls_token", cls), ("sep_token", sep), ("unk_token", unknown), ("pad_token", padding), ("mask_token", mask)];
    let names = keys.map(|(key, usual)| config.token(key).unwrap_or(usual).to_owned());
    let known = names.into_iter().filter(|name| tokenizer.token_to_id(name).is_some());
    // The mask of MPNet takes the blank before it along.
    let tokens = known.map(|name| AddedToken::from(name.as_str(), true).lstrip(style == Style::Mpnet && name == mask));
    let tokens: Vec<AddedToken> = tokens.collect();
    tokenizer.add_special_tokens(tokens).map(drop)
}

/// The tokens that `tokenizer_config.json` lists by their ids: where the steps are built anew they take the place of those
/// in `tokenizer.json`, as in Python.
pub(super) fn add_listed(tokenizer: &mut Tokenizer, style: Style, wanted: &Wanted<'_>) -> Result<(), ModelError> {
    #[derive(serde::Deserialize)]
    struct Listed {
        content: String,
        #[serde(default)]
        lstrip: bool,
        #[serde(default)]
        rstrip: bool,
        #[serde(default)]
        single_word: bool,
        #[serde(default)]
        normalized: bool,
        #[serde(default)]
        special: bool,
    }
    let file = format!("{}{TOKENIZER_CONFIG}", wanted.folder);
    let failed = |got: String| ModelError::Part { file: file.clone(), expected: "tokens by id as added_tokens_decoder", got };
    let Some(listed) = wanted.config.0.get("added_tokens_decoder").filter(|_| style != Style::AsItIs) else { return Ok(()) };
    let listed: std::collections::HashMap<u32, Listed> =
        serde_json::from_value(listed.clone()).map_err(|error| failed(error.to_string()))?;
    let mut listed: Vec<(u32, Listed)> = listed.into_iter().collect();
    listed.sort_by_key(|(id, _)| *id);
    tokenizer.with_added_vocabulary(AddedVocabulary::new());
    for (id, token) in listed {
        let added = AddedToken::from(token.content.clone(), token.special)
            .lstrip(token.lstrip)
            .rstrip(token.rstrip)
            .single_word(token.single_word)
            .normalized(token.normalized);
        let add = || if token.special { tokenizer.add_special_tokens([added]) } else { tokenizer.add_tokens([added]) };
        let added = by_library(add);
        added.map_err(|error| bad(&file, &error))?;
        if tokenizer.token_to_id(&token.content) != Some(id) {
            return Err(failed(format!("{id} for {:?}, which does not follow the vocabulary", token.content)));
        }
    }
    Ok(())
}

/// Special tokens that only `tokenizer_config.json` names.
pub(super) fn add_further(tokenizer: &mut Tokenizer, config: &TokenizerConfig) -> tokenizers::Result<()> {
    let named = |key: &str| config.0.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let all = ["additional_special_tokens", "extra_special_tokens"].into_iter().flat_map(named);
    let text = |value: Value| value.as_str().or_else(|| value.get("content")?.as_str()).map(str::to_owned);
    let tokens = all.filter_map(text).filter(|name| !name.is_empty()).map(|name| AddedToken::from(name, true));
    let known: Vec<String> = tokenizer.get_added_tokens_decoder().values().map(|token| token.content.clone()).collect();
    let new: Vec<AddedToken> = tokens.filter(|token| !known.contains(&token.content)).collect();
    tokenizer.add_special_tokens(new).map(drop)
}

/// The steps before and after the vocabulary, as `transformers` builds them.
pub(super) fn build_around(tokenizer: &mut Tokenizer, style: Style, config: &TokenizerConfig) -> tokenizers::Result<()> {
    match style {
        Style::AsItIs => return Ok(()),
        Style::Bert | Style::Mpnet => {
            let chinese = config.flag("tokenize_chinese_chars").unwrap_or(true);
            let lower = config.flag("do_lower_case").unwrap_or(true);
            tokenizer.with_normalizer(Some(BertNormalizer::new(true, chinese, config.flag("strip_accents"), lower)))?;
            tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
        }
        Style::Roberta => {
            let prefix = config.flag("add_prefix_space").unwrap_or(false);
            tokenizer.with_normalizer(None::<NormalizerWrapper>)?;
            tokenizer.with_pre_tokenizer(Some(ByteLevel::new(prefix, true, true)));
        }
        Style::XlmRoberta => {
            let prefix = config.flag("add_prefix_space").unwrap_or(true);
            let scheme = if prefix { PrependScheme::Always } else { PrependScheme::Never };
            let steps: Vec<PreTokenizerWrapper> = vec![WhitespaceSplit.into(), Metaspace::new('▁', scheme, true).into()];
            let charsmap = tokenizer.get_normalizer().and_then(charsmap_of);
            tokenizer.with_normalizer(charsmap)?;
            tokenizer.with_pre_tokenizer(Some(tokenizers::pre_tokenizers::sequence::Sequence::new(steps)));
        }
    }
    let names = ["cls_token", "sep_token"].map(|key| config.token(key));
    let named = names.into_iter().zip(style.special()).map(|(name, usual)| {
        let name = name.unwrap_or(usual).to_owned();
        let missing = || format!("no token {name} to put around phrases, which {TOKENIZER_CONFIG} names or which is usual");
        let id = tokenizer.token_to_id(&name).ok_or_else(missing)?;
        Ok::<_, tokenizers::Error>((name, id))
    });
    let [cls, sep]: [(String, u32); 2] =
        named.collect::<Result<Vec<_>, _>>()?.try_into().map_err(|_| "two tokens around phrases")?;
    tokenizer.with_post_processor(Some(RobertaProcessing::new(sep, cls)));
    Ok(())
}

/// The table of characters among the steps of a normaliser.
fn charsmap_of(normalizer: &NormalizerWrapper) -> Option<NormalizerWrapper> {
    match normalizer {
        NormalizerWrapper::Precompiled(_) => Some(normalizer.clone()),
        NormalizerWrapper::Sequence(steps) => steps.as_ref().iter().find_map(charsmap_of),
        _ => None,
    }
}
