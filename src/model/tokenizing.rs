//! Phrases to token ids: the tokenizer, the prompt before each phrase, and the limit.
//!
//! How a tokenizer is made of its files is told in `tokenizer_files.rs`; where these are, in `blueprint.rs`.

use std::borrow::Cow;
use std::io::BufWriter;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokenizers::models::ModelWrapper;
use tokenizers::normalizers::utils::Lowercase;
use tokenizers::normalizers::{NormalizerWrapper, Sequence};
use tokenizers::{PostProcessor, Tokenizer, TruncationDirection, TruncationParams};

use super::pieces::Writing;
use super::shorten::shorten;
use super::tokenizer_files::{
    Style, TOKENIZER, TOKENIZER_CONFIG, Wanted, add_further, add_listed, bad, build_around, by_library, read,
};
use super::{ModelError, Piece, TokenRole};
use crate::memory::Need;

/// Tokens that stand for letters which are in no other.
const UNKNOWN: [&str; 2] = ["[UNK]", "<unk>"];

/// Phrases to token ids.
#[derive(Clone)]
pub(super) struct Tokenizing {
    tokenizer: Arc<Tokenizer>,
    prompt: String,
    n_skipped: usize,
    file: String,
}

impl Tokenizing {
    /// Builds it; adds to `remarks` what its files contradict each other in.
    pub(super) fn build(wanted: &Wanted<'_>, remarks: &mut Vec<String>) -> Result<Self, ModelError> {
        let file = format!("{}{TOKENIZER}", wanted.folder);
        let class = wanted.config.0.get("tokenizer_class").and_then(Value::as_str);
        let style = class.map_or(wanted.style, Style::of_class);
        let mut tokenizer = read(wanted, style, &file)?;
        let was_left = tokenizer.get_truncation().is_some_and(|truncation| truncation.direction == TruncationDirection::Left);
        let was_lowering = lowers(&tokenizer);
        add_listed(&mut tokenizer, style, wanted)?;
        by_library(|| add_further(&mut tokenizer, wanted.config)).map_err(|error| bad(&file, &error))?;
        by_library(|| build_around(&mut tokenizer, style, wanted.config)).map_err(|error| bad(&file, &error))?;
        if let Some((was, is)) = was_lowering.zip(lowers(&tokenizer)).filter(|(was, is)| was != is && wanted.files.json.is_some())
        {
            remarks.push(lowering_remark(was, is));
        }
        if wanted.lowers {
            lower_first(&mut tokenizer).map_err(|error| bad(&file, &error))?;
        }
        let direction = match wanted.config.truncates_left().unwrap_or(was_left) {
            true => TruncationDirection::Left,
            false => TruncationDirection::Right,
        };
        tokenizer.with_padding(None);
        let own = tokenizer.get_truncation().map(|truncation| truncation.max_length);
        // Only transformers have a limit of their own; else what the tokenizer's file says holds.
        let limit = wanted.limit.or(own);
        let truncation = limit.map(|max_length| TruncationParams { max_length, direction, ..Default::default() });
        check_limit(wanted, &tokenizer)?;
        tokenizer.with_truncation(truncation).map_err(|error| bad(&file, &error))?;
        remarks.extend(shared_ids(&tokenizer).map(|text| format!("{file}: {text}")));
        let mut tokenizing = Self { tokenizer: Arc::new(tokenizer), prompt: wanted.prompt.to_owned(), n_skipped: 0, file };
        if wanted.skips_prompt && !wanted.prompt.is_empty() {
            tokenizing.n_skipped = tokenizing.prompt_tokens()?;
        }
        Ok(tokenizing)
    }

    /// The text before each phrase.
    pub(super) fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Tokens at the start of each phrase that are not pooled.
    pub(super) fn n_skipped(&self) -> usize {
        self.n_skipped
    }

    /// Tokens that it gives at most, special ones included.
    pub(super) fn limit(&self) -> Option<usize> {
        self.tokenizer.get_truncation().map(|truncation| truncation.max_length)
    }

    /// Letters of its tokens, the median.
    pub(super) fn median_letters(&self) -> usize {
        let mut lengths: Vec<usize> = self.tokenizer.get_vocab(true).keys().map(|token| token.chars().count()).collect();
        lengths.sort_unstable();
        let (low, high) = (lengths.get((lengths.len().max(1) - 1) / 2), lengths.get(lengths.len() / 2));
        low.zip(high).map_or(0, |(low, high)| (low + high) / 2)
    }

    /// One more than the largest id there is.
    pub(super) fn n_ids(&self) -> usize {
        self.tokenizer.get_vocab(true).values().max().map_or(0, |largest| *largest as usize + 1)
    }

    /// What the prompt and `phrase` become between the special tokens, cut at the limit.
    pub(super) fn ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError> {
        Ok(self.encode(&self.with_prompt(phrase), true)?.get_ids().to_vec())
    }

    /// What `phrase` alone becomes, without prompt and special tokens, cut at the limit.
    pub(super) fn plain_ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError> {
        Ok(self.encode(phrase, false)?.get_ids().to_vec())
    }

    /// The same with the prompt.
    pub(super) fn prompted_ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError> {
        Ok(self.encode(&self.with_prompt(phrase), false)?.get_ids().to_vec())
    }

    /// The tokens of [`Self::ids`] with their ids, as people read them.
    pub(super) fn tokens(&self, phrase: &str) -> Result<Vec<(u32, Piece)>, ModelError> {
        self.read(&self.with_prompt(phrase), self.prompt.len(), true)
    }

    /// The tokens of [`Self::plain_ids`], likewise.
    pub(super) fn plain_tokens(&self, phrase: &str) -> Result<Vec<(u32, Piece)>, ModelError> {
        self.read(phrase, 0, false)
    }

    /// The tokens of [`Self::prompted_ids`], likewise.
    pub(super) fn prompted_tokens(&self, phrase: &str) -> Result<Vec<(u32, Piece)>, ModelError> {
        self.read(&self.with_prompt(phrase), self.prompt.len(), false)
    }

    /// The tokens of `text`, whose first bytes are those of a prompt.
    fn read(&self, text: &str, prompt_bytes: usize, with_special: bool) -> Result<Vec<(u32, Piece)>, ModelError> {
        let text = self.shortened(text)?;
        let encoding = by_library(|| self.tokenizer.encode(&*text, with_special)).map_err(|error| self.failed(&error))?;
        let writing = Writing::of(&self.tokenizer);
        let is_special: Vec<bool> = encoding.get_special_tokens_mask().iter().map(|mask| *mask == 1).collect();
        let first = is_special.iter().position(|is_special| !is_special);
        let places = encoding.get_ids().iter().zip(encoding.get_tokens()).zip(encoding.get_offsets());
        let tokens = places.enumerate().map(|(place, ((id, piece), (start, end)))| {
            let surface = text.get(*start..*end).unwrap_or_default().trim();
            let (role, text) = match () {
                () if is_special[place] => (TokenRole::Special, piece.clone()),
                () if *end <= prompt_bytes => (TokenRole::Prompt, writing.readable(piece, Some(place) == first)),
                () if UNKNOWN.contains(&piece.as_str()) => (TokenRole::Phrase, format!("{piece} {surface}")),
                () => (TokenRole::Phrase, writing.readable(piece, Some(place) == first)),
            };
            (*id, Piece { text, role })
        });
        Ok(tokens.collect())
    }

    /// Whether something of the prompt and `phrase` is cut off.
    pub(super) fn cuts(&self, phrase: &str) -> bool {
        // Nothing has to be read to know that nothing is left out.
        if self.limit().is_none() {
            return false;
        }
        self.encode(&self.with_prompt(phrase), true).is_ok_and(|encoding| !encoding.get_overflowing().is_empty())
    }

    /// The id of the token that stands for what is in no other.
    pub(super) fn unknown(&self) -> Option<u32> {
        let token = match self.tokenizer.get_model() {
            ModelWrapper::WordPiece(model) => model.unk_token.clone(),
            ModelWrapper::WordLevel(model) => model.unk_token.clone(),
            ModelWrapper::BPE(model) => model.unk_token.clone()?,
            ModelWrapper::Unigram(model) => {
                let id = serde_json::to_value(model).ok()?.get("unk_id")?.as_u64()?;
                return Some(id as u32);
            }
        };
        self.tokenizer.token_to_id(&token)
    }

    fn with_prompt<'a>(&self, phrase: &'a str) -> Cow<'a, str> {
        if self.prompt.is_empty() { Cow::Borrowed(phrase) } else { Cow::Owned(format!("{}{phrase}", self.prompt)) }
    }

    fn encode(&self, text: &str, with_special: bool) -> Result<tokenizers::Encoding, ModelError> {
        let text = self.shortened(text)?;
        by_library(|| self.tokenizer.encode_fast(&*text, with_special)).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &tokenizers::Error) -> ModelError {
        ModelError::Part { file: self.file.clone(), expected: "a tokenizer that takes any text", got: error.to_string() }
    }

    /// As much of `text` as has any effect, with the memory for its tokens.
    fn shortened<'a>(&self, text: &'a str) -> Result<Cow<'a, str>, ModelError> {
        /// Bytes that the library takes for each of a text, about.
        const PER_BYTE: usize = 256;
        let text = match self.tokenizer.get_truncation().filter(|cut| cut.direction == TruncationDirection::Right) {
            Some(cut) => by_library(|| shorten(&self.tokenizer, text, cut.max_length)).map_err(|error| self.failed(&error))?,
            // Whatever is left out at the end is what would be kept.
            None => Cow::Borrowed(text),
        };
        Need::of("reading one long phrase", "leave it out or cut it").and("its tokens", &[text.len(), PER_BYTE]).ask()?;
        Ok(text)
    }

    /// As many as `sentence_transformers` leaves out: those of the prompt alone, but for a special one at its end.
    fn prompt_tokens(&self) -> Result<usize, ModelError> {
        let encoding = self.encode(&self.prompt, true)?;
        let ids = encoding.get_ids();
        let special = self.tokenizer.get_added_tokens_decoder();
        let ends_special = ids.last().and_then(|id| special.get(id)).is_some_and(|token| token.special);
        Ok(ids.len() - usize::from(ends_special))
    }

    /// What it does to phrases, as bytes that differ where it does.
    pub(super) fn digest(&self) -> Result<[u8; 32], ModelError> {
        let mut hash = BufWriter::new(Sha256::new());
        serde_json::to_writer(&mut hash, &*self.tokenizer).map_err(|error| bad(&self.file, &error.into()))?;
        let mut hash = hash.into_inner().map_err(|error| bad(&self.file, &error.into()))?;
        hash.update(format!("{:?}", self.n_skipped));
        Ok(hash.finalize().into())
    }
}

/// Whether its own step makes lower case; `None` where it has no such step.
fn lowers(tokenizer: &Tokenizer) -> Option<bool> {
    match tokenizer.get_normalizer()? {
        NormalizerWrapper::BertNormalizer(bert) => Some(bert.lowercase),
        _ => None,
    }
}

fn lowering_remark(was: bool, is: bool) -> String {
    let words = |lowers: bool| if lowers { "lower case" } else { "as they are" };
    format!("{TOKENIZER} takes letters {}, {TOKENIZER_CONFIG} {}: the second holds, as in Python", words(was), words(is))
}

/// Lower case before all other steps, unless there is such a step already.
fn lower_first(tokenizer: &mut Tokenizer) -> tokenizers::Result<()> {
    let old = tokenizer.get_normalizer().cloned();
    let steps: Vec<NormalizerWrapper> = match &old {
        Some(NormalizerWrapper::Lowercase(_)) => return Ok(()),
        Some(NormalizerWrapper::Sequence(steps))
            if steps.as_ref().iter().any(|s| matches!(s, NormalizerWrapper::Lowercase(_))) =>
        {
            return Ok(());
        }
        old => std::iter::once(Lowercase.into()).chain(old.clone()).collect(),
    };
    tokenizer.with_normalizer(Some(Sequence::new(steps))).map(drop)
}

/// What to say where two tokens have one id, and so one vector.
fn shared_ids(tokenizer: &Tokenizer) -> Option<String> {
    let vocabulary = tokenizer.get_vocab(true);
    let mut ids: Vec<u32> = vocabulary.values().copied().collect();
    ids.sort_unstable();
    let id = ids.windows(2).find(|pair| pair[0] == pair[1])?[0];
    let mut names: Vec<&String> = vocabulary.iter().filter(|(_, of)| **of == id).map(|(name, _)| name).collect();
    names.sort();
    Some(format!("tokens that share an id are one to the model, the first of them {names:?} ({id})"))
}

/// Checks that there is room for a token beside the special ones.
fn check_limit(wanted: &Wanted<'_>, tokenizer: &Tokenizer) -> Result<(), ModelError> {
    let n_special = tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
    match wanted.limit.filter(|limit| *limit <= n_special) {
        None => Ok(()),
        Some(limit) => Err(ModelError::Part {
            file: wanted.limit_from.0.clone(),
            expected: "a limit with room for a token or more",
            got: format!("{limit} as {}, which leaves no room beside {n_special} special tokens", wanted.limit_from.1),
        }),
    }
}
