//! A transformer with its tokenizer, pooling and normalisation: phrases to vectors.
//!
//! Follows `sentence_transformers`: the length limit is that of `sentence_bert_config.json`, not the
//! one in `tokenizer.json`; batches are padded to their own longest phrase.

use std::ops::ControlFlow;

use candle_core::{D, DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use tokenizers::{Tokenizer, TruncationParams};

use super::files::ModelFiles;
use super::{Bert, Encoder, ModelError, Pass};
use crate::progress::{OnProgress, Progress};
use crate::space::{SpaceId, Vectors};

/// Phrases a batch, at most.
const BATCH_PHRASES: usize = 32;

/// Tokens a batch, padding included, at most: bounds memory with long texts.
const BATCH_TOKENS: usize = 4096;

/// How token vectors become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pooling {
    Mean,
    Cls,
    Max,
}

/// A sentence-transformers model: tokenizer, BERT, pooling, perhaps normalisation.
pub struct SentenceEncoder {
    tokenizer: Tokenizer,
    bert: Bert,
    pooling: Pooling,
    normalises: bool,
    pad_id: u32,
    space: SpaceId,
}

impl SentenceEncoder {
    pub(super) fn from_files(files: &ModelFiles) -> Result<Self, ModelError> {
        let config: Config = parse("config.json", "the configuration of a BERT model", &files.config)?;
        // Other models have weights of the same names and another meaning.
        if let Some(other) = config.model_type.as_deref().filter(|name| *name != "bert") {
            return Err(ModelError::Part {
                file: "config.json".to_owned(),
                expected: "the model type bert",
                got: other.to_owned(),
            });
        }
        let max_tokens = read_limit(files, &config)?;
        let pooling = read_pooling(files)?;
        let normalises = read_modules(files)?;
        let weights = VarBuilder::from_slice_safetensors(&files.weights, DType::F32, &Device::Cpu)?;
        Ok(Self {
            tokenizer: read_tokenizer(files, max_tokens)?,
            bert: Bert::load(&config, weights)?,
            pooling,
            normalises,
            pad_id: config.pad_token_id as u32,
            space: SpaceId {
                model: files.name.clone(),
                revision: files.revision.clone(),
                training: None,
                dims: config.hidden_size,
                pooling: pooling.name().to_owned(),
                normalised: normalises,
                prompt: String::new(),
            },
        })
    }

    /// Token ids of `phrase` with the special ones, cut at the model's limit.
    pub fn token_ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError> {
        let encoding = self.tokenizer.encode_fast(phrase, true).map_err(|error| ModelError::Part {
            file: "tokenizer.json".to_owned(),
            expected: "a tokenizer that takes any text",
            got: error.to_string(),
        })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The transformer itself.
    pub fn bert(&self) -> &Bert {
        &self.bert
    }

    /// Pooled (and normalised) vectors of token sequences: n × width.
    pub fn forward(&self, sequences: &[&[u32]], pass: Pass) -> Result<Tensor, ModelError> {
        let length = sequences.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let (mut ids, mut mask) = (Vec::new(), Vec::new());
        for sequence in sequences {
            let padding = length - sequence.len();
            ids.extend(sequence.iter().copied().chain(std::iter::repeat_n(self.pad_id, padding)));
            mask.extend(std::iter::repeat_n(1_f32, sequence.len()).chain(std::iter::repeat_n(0.0, padding)));
        }
        let shape = (sequences.len(), length);
        let ids = Tensor::from_vec(ids, shape, &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?;
        let tokens = self.bert.forward(&ids, &mask, pass)?;
        let pooled = pool(&tokens, &mask, self.pooling)?;
        Ok(if self.normalises { normalise(&pooled)? } else { pooled })
    }
}

impl Encoder for SentenceEncoder {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    /// Phrases are sorted by length, so that little is padded, and the vectors put back in order.
    fn encode(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ModelError> {
        let width = self.space.dims;
        let tokens: Vec<Vec<u32>> = phrases.iter().map(|phrase| self.token_ids(phrase)).collect::<Result<_, _>>()?;
        let mut order: Vec<usize> = (0..phrases.len()).collect();
        order.sort_by_key(|index| tokens[*index].len());
        let mut values = vec![0.0; phrases.len() * width];
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(batch_len(rest, &tokens));
            let sequences: Vec<&[u32]> = batch.iter().map(|index| tokens[*index].as_slice()).collect();
            let rows = self.forward(&sequences, Pass::Inference)?.flatten_all()?.to_vec1::<f32>()?;
            for (index, row) in batch.iter().zip(rows.chunks_exact(width)) {
                values[index * width..(index + 1) * width].copy_from_slice(row);
            }
            rest = later;
            let report = Progress { done: phrases.len() - rest.len(), total: phrases.len(), unit: "phrases" };
            if progress(report) == ControlFlow::Break(()) && !rest.is_empty() {
                return Err(ModelError::Cancelled);
            }
        }
        Ok(Vectors::new(self.space.clone(), values))
    }
}

/// How many of the next phrases (sorted by length) fit into one batch; at least one.
fn batch_len(rest: &[usize], tokens: &[Vec<u32>]) -> usize {
    let fits = |count: usize| count * tokens[rest[count - 1]].len() <= BATCH_TOKENS;
    (1..=rest.len().min(BATCH_PHRASES)).rev().find(|count| fits(*count)).unwrap_or(1)
}

impl Pooling {
    fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Cls => "cls",
            Self::Max => "max",
        }
    }
}

/// `tokens` is n × length × width, `mask` n × length; padding has no part in the result.
fn pool(tokens: &Tensor, mask: &Tensor, pooling: Pooling) -> candle_core::Result<Tensor> {
    let mask = mask.unsqueeze(D::Minus1)?;
    match pooling {
        Pooling::Cls => tokens.narrow(1, 0, 1)?.squeeze(1),
        Pooling::Mean => {
            let counts = mask.sum(1)?.clamp(1e-9, f64::INFINITY)?;
            tokens.broadcast_mul(&mask)?.sum(1)?.broadcast_div(&counts)
        }
        Pooling::Max => {
            let hidden = ((1.0 - mask)? * -1e9)?;
            tokens.broadcast_add(&hidden)?.max(1)
        }
    }
}

/// Rows scaled to length 1, with PyTorch's guard against a length of 0.
fn normalise(rows: &Tensor) -> candle_core::Result<Tensor> {
    let lengths = (rows.sqr()?.sum_keepdim(1)? + 1e-24)?.sqrt()?;
    rows.broadcast_div(&lengths)
}

fn parse<T: serde::de::DeserializeOwned>(file: &str, expected: &'static str, bytes: &[u8]) -> Result<T, ModelError> {
    serde_json::from_slice(bytes).map_err(|error| ModelError::Part { file: file.to_owned(), expected, got: error.to_string() })
}

fn read_limit(files: &ModelFiles, config: &Config) -> Result<usize, ModelError> {
    #[derive(serde::Deserialize)]
    struct Limits {
        max_seq_length: Option<usize>,
    }
    let limits: Option<Limits> = match &files.limits {
        Some(bytes) => Some(parse("sentence_bert_config.json", "max_seq_length", bytes)?),
        None => None,
    };
    let limit = limits.and_then(|limits| limits.max_seq_length).unwrap_or(config.max_position_embeddings);
    Ok(limit.min(config.max_position_embeddings))
}

fn read_tokenizer(files: &ModelFiles, max_tokens: usize) -> Result<Tokenizer, ModelError> {
    let bad = |error: tokenizers::Error| ModelError::Part {
        file: "tokenizer.json".to_owned(),
        expected: "a tokenizer",
        got: error.to_string(),
    };
    let mut tokenizer = Tokenizer::from_bytes(&files.tokenizer).map_err(bad)?;
    // The file asks for 128 tokens and pads everything to that; neither is what the model was made for.
    tokenizer.with_padding(None);
    tokenizer.with_truncation(Some(TruncationParams { max_length: max_tokens, ..Default::default() })).map_err(bad)?;
    Ok(tokenizer)
}

fn read_pooling(files: &ModelFiles) -> Result<Pooling, ModelError> {
    const FILE: &str = "1_Pooling/config.json";
    #[derive(serde::Deserialize)]
    struct PoolingJson {
        #[serde(default)]
        pooling_mode_cls_token: bool,
        #[serde(default)]
        pooling_mode_mean_tokens: bool,
        #[serde(default)]
        pooling_mode_max_tokens: bool,
    }
    let Some(bytes) = &files.pooling else { return Ok(Pooling::Mean) };
    let modes: PoolingJson = parse(FILE, "pooling modes", bytes)?;
    match (modes.pooling_mode_mean_tokens, modes.pooling_mode_cls_token, modes.pooling_mode_max_tokens) {
        (true, false, false) => Ok(Pooling::Mean),
        (false, true, false) => Ok(Pooling::Cls),
        (false, false, true) => Ok(Pooling::Max),
        _ => Err(ModelError::Part {
            file: FILE.to_owned(),
            expected: "exactly one of mean, cls and max",
            got: "another choice".to_owned(),
        }),
    }
}

/// Whether the modules after the transformer normalise; one that is not known is an error, not skipped.
fn read_modules(files: &ModelFiles) -> Result<bool, ModelError> {
    #[derive(serde::Deserialize)]
    struct ModuleJson {
        r#type: String,
    }
    let Some(bytes) = &files.modules else { return Ok(false) };
    let modules: Vec<ModuleJson> = parse("modules.json", "a list of modules", bytes)?;
    let mut normalises = false;
    for module in &modules {
        match module.r#type.rsplit('.').next() {
            Some("Transformer" | "Pooling") => {}
            Some("Normalize") => normalises = true,
            _ => {
                return Err(ModelError::Part {
                    file: "modules.json".to_owned(),
                    expected: "the modules Transformer, Pooling and Normalize",
                    got: module.r#type.clone(),
                });
            }
        }
    }
    Ok(normalises)
}
