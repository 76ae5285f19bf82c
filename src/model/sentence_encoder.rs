//! A transformer with its tokenizer, pooling and normalisation: phrases to vectors.
//!
//! Follows `sentence_transformers`: the length limit is that of `sentence_bert_config.json`, not the
//! one in `tokenizer.json`. Weights that learn are made in `bert/trainable.rs`.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use rayon::prelude::*;
use tokenizers::{Tokenizer, TruncationParams};

use super::bert::Gradients;
use super::folder::ModelFiles;
use super::shorten::shorten;
use super::{Bert, Encoder, ModelError, TokenTable, Trainable, bounds};
use crate::progress::{OnProgress, Progress};
use crate::space::{SpaceId, Vectors};

/// Tokens a batch, at most (but one phrase at least): bounds memory, and stays in the cache.
const BATCH_TOKENS: usize = 512;

const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";

/// How token vectors become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pooling {
    Mean,
    Cls,
    Max,
}

/// A sentence-transformers model: tokenizer, BERT, pooling, perhaps normalisation.
pub(super) struct SentenceEncoder {
    tokenizer: Arc<Tokenizer>,
    pub(super) config: Config,
    pub(super) bert: Bert,
    /// What `bert` is made of, by name.
    pub(super) weights: Weights,
    pooling: Pooling,
    normalises: bool,
    space: SpaceId,
    /// The files, but for the weights: what a trained copy is saved with.
    pub(super) files: Arc<ModelFiles>,
}

/// Weights by their names in the model's file.
pub(super) type Weights = HashMap<String, Tensor>;

impl SentenceEncoder {
    pub(super) fn from_files(files: &ModelFiles) -> Result<Self, ModelError> {
        bounds::check_sizes(CONFIG, &files.config)?;
        let config: Config = parse(CONFIG, "the configuration of a BERT model", &files.config)?;
        // Other models have weights of the same names and another meaning.
        if let Some(other) = config.model_type.as_deref().filter(|name| *name != "bert") {
            return Err(ModelError::Part { file: CONFIG.to_owned(), expected: "the model type bert", got: other.to_owned() });
        }
        bounds::check_heads(CONFIG, &config)?;
        let tokenizer = read_tokenizer(files, &config)?;
        let pooling = read_pooling(files)?;
        let normalises = read_modules(files)?;
        let weights = candle_core::safetensors::load_buffer(&files.weights, &Device::Cpu)?;
        let wide = |(name, tensor): (String, Tensor)| Ok((name, tensor.to_dtype(DType::F32)?));
        let weights: Weights = weights.into_iter().map(wide).collect::<candle_core::Result<_>>()?;
        Ok(Self {
            tokenizer: Arc::new(tokenizer),
            bert: load_bert(&config, &weights)?,
            weights,
            pooling,
            normalises,
            files: Arc::new(files.without_weights()),
            space: SpaceId {
                model: files.name.clone(),
                revision: files.revision.clone(),
                training: None,
                dims: config.hidden_size,
                pooling: pooling.name().to_owned(),
                normalised: normalises,
                prompt: String::new(),
            },
            config,
        })
    }

    /// The same tokenizer, pooling and normalisation around other weights, which are called `revision`.
    pub(super) fn with_weights(&self, weights: Weights, revision: String) -> Result<Self, ModelError> {
        Ok(Self {
            tokenizer: self.tokenizer.clone(),
            bert: load_bert(&self.config, &weights)?,
            weights,
            config: self.config.clone(),
            pooling: self.pooling,
            normalises: self.normalises,
            space: SpaceId { revision, ..self.space.clone() },
            files: self.files.clone(),
        })
    }

    /// Token ids of `phrase`, perhaps with the special ones, cut at the model's limit.
    pub(super) fn ids(&self, phrase: &str, with_special: bool) -> Result<Vec<u32>, ModelError> {
        let failed = |error: tokenizers::Error| ModelError::Part {
            file: TOKENIZER.to_owned(),
            expected: "a tokenizer that takes any text",
            got: error.to_string(),
        };
        let limit = self.tokenizer.get_truncation().map_or(usize::MAX, |truncation| truncation.max_length);
        let phrase = shorten(&self.tokenizer, phrase, limit).map_err(failed)?;
        let encoding = self.tokenizer.encode_fast(&*phrase, with_special).map_err(failed)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Pooled (and normalised) vectors of token sequences: n × width.
    fn forward(&self, sequences: &[&[u32]]) -> Result<Tensor, ModelError> {
        self.run(sequences, &[])
    }

    /// The same; a later backward pass adds to `gradients`.
    pub(super) fn run(&self, sequences: &[&[u32]], gradients: &Gradients) -> Result<Tensor, ModelError> {
        let tokens = self.bert.run(sequences, gradients)?;
        let pooled = pool(&tokens, sequences, self.pooling)?;
        Ok(if self.normalises { normalise(&pooled)? } else { pooled })
    }

    /// Vectors of token sequences, row after row, in their order.
    ///
    /// Sequences are sorted by length, so that batches are even, and the vectors put back in order.
    pub(super) fn embed_tokens(&self, tokens: &[&[u32]], progress: &mut OnProgress<'_>) -> Result<Vec<f32>, ModelError> {
        let width = self.space.dims;
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_by_key(|index| tokens[*index].len());
        let mut values = vec![0.0; tokens.len() * width];
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            // As many batches at a time as there are cores: each is computed on one.
            let mut batches = Vec::new();
            while !rest.is_empty() && batches.len() < rayon::current_num_threads() {
                let (batch, later) = rest.split_at(batch_len(rest, tokens));
                batches.push(batch);
                rest = later;
            }
            let vectors: Vec<Vec<f32>> = batches
                .par_iter()
                .map(|batch| {
                    let sequences: Vec<&[u32]> = batch.iter().map(|index| tokens[*index]).collect();
                    Ok(self.forward(&sequences)?.flatten_all()?.to_vec1::<f32>()?)
                })
                .collect::<Result<_, ModelError>>()?;
            let rows = vectors.iter().flat_map(|vectors| vectors.chunks_exact(width));
            for (index, row) in batches.into_iter().flatten().zip(rows) {
                values[index * width..(index + 1) * width].copy_from_slice(row);
            }
            let report = Progress { done: tokens.len() - rest.len(), total: tokens.len(), unit: "phrases" };
            if progress(report) == ControlFlow::Break(()) && !rest.is_empty() {
                return Err(ModelError::Cancelled);
            }
        }
        Ok(values)
    }
}

impl Encoder for SentenceEncoder {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn embed(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ModelError> {
        let tokens: Vec<Vec<u32>> = phrases.iter().map(|phrase| self.ids(phrase, true)).collect::<Result<_, _>>()?;
        let sequences: Vec<&[u32]> = tokens.iter().map(Vec::as_slice).collect();
        Ok(Vectors::new(self.space.clone(), self.embed_tokens(&sequences, progress)?))
    }

    fn limit(&self) -> Option<usize> {
        self.tokenizer.get_truncation().map(|truncation| truncation.max_length)
    }

    fn tokens(&self) -> Option<&dyn TokenTable> {
        Some(self)
    }

    fn trainable(&self) -> Option<&dyn Trainable> {
        Some(self)
    }
}

impl TokenTable for SentenceEncoder {
    fn token_ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError> {
        self.ids(phrase, false)
    }

    fn n_tokens(&self) -> usize {
        self.bert.n_words()
    }

    fn dims(&self) -> usize {
        self.space.dims
    }

    fn token_vectors(&self, ids: &[u32]) -> Result<Vec<Vec<f32>>, ModelError> {
        Ok(self.bert.word_vectors(ids)?)
    }
}

/// A copy of the tensors shares their memory.
fn load_bert(config: &Config, weights: &Weights) -> candle_core::Result<Bert> {
    Bert::load(config, VarBuilder::from_tensors(weights.clone(), DType::F32, &Device::Cpu))
}

/// How many of the next sequences fit into one batch; at least one.
fn batch_len(rest: &[usize], tokens: &[&[u32]]) -> usize {
    let mut n_tokens = 0;
    let fits = |index: &&usize| {
        n_tokens += tokens[**index].len();
        n_tokens <= BATCH_TOKENS
    };
    rest.iter().take_while(fits).count().max(1)
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

/// `tokens` is tokens × width, all of the first sequence, then all of the second; one row for each.
fn pool(tokens: &Tensor, sequences: &[&[u32]], pooling: Pooling) -> candle_core::Result<Tensor> {
    let n_tokens = tokens.dim(0)?;
    let starts = sequences.iter().scan(0, |next, ids| {
        let start = *next;
        *next += ids.len();
        Some(start)
    });
    match pooling {
        Pooling::Cls => {
            let starts: Vec<u32> = starts.map(|start| start as u32).collect();
            tokens.index_select(&Tensor::new(starts, tokens.device())?, 0)
        }
        Pooling::Mean => {
            let mut shares = vec![0.0_f32; sequences.len() * n_tokens];
            for ((start, ids), row) in starts.zip(sequences).zip(shares.chunks_exact_mut(n_tokens.max(1))) {
                row[start..start + ids.len()].fill(1.0 / ids.len().max(1) as f32);
            }
            Tensor::from_vec(shares, (sequences.len(), n_tokens), tokens.device())?.matmul(tokens)
        }
        Pooling::Max => {
            let rows = starts.zip(sequences).map(|(start, ids)| tokens.narrow(0, start, ids.len())?.max_keepdim(0));
            Tensor::cat(&rows.collect::<candle_core::Result<Vec<_>>>()?, 0)
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

/// How many tokens the model takes, and what to say of where that stands if it is too few.
fn read_limit(files: &ModelFiles, config: &Config) -> Result<(usize, &'static str, &'static str), ModelError> {
    const FILE: &str = "sentence_bert_config.json";
    #[derive(serde::Deserialize)]
    struct Limits {
        max_seq_length: Option<usize>,
    }
    let limits: Option<Limits> = match &files.limits {
        Some(bytes) => Some(parse(FILE, "a whole number of tokens as max_seq_length", bytes)?),
        None => None,
    };
    let positions = config.max_position_embeddings;
    Ok(match limits.and_then(|limits| limits.max_seq_length) {
        Some(limit) if limit <= positions => (limit, FILE, "room for a token or more as max_seq_length"),
        _ => (positions, CONFIG, "room for a token or more as max_position_embeddings"),
    })
}

fn read_tokenizer(files: &ModelFiles, config: &Config) -> Result<Tokenizer, ModelError> {
    let bad = |error: tokenizers::Error| ModelError::Part {
        file: TOKENIZER.to_owned(),
        expected: "a tokenizer",
        got: error.to_string(),
    };
    let mut tokenizer = Tokenizer::from_bytes(&files.tokenizer).map_err(bad)?;
    bounds::check_vocabulary(CONFIG, config, &tokenizer)?;
    let (max_length, file, expected) = read_limit(files, config)?;
    bounds::check_limit(file, expected, max_length, &tokenizer)?;
    // The file asks for 128 tokens and pads everything to that; neither is what the model was made for.
    tokenizer.with_padding(None);
    tokenizer.with_truncation(Some(TruncationParams { max_length, ..Default::default() })).map_err(bad)?;
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
