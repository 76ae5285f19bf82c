//! Models without layers: a vector for each token, and a phrase is the mean of its tokens' (model2vec, and the module
//! StaticEmbedding of sentence-transformers).
//!
//! The mean of another model's token vectors is in `static_tokens.rs`.

use std::ops::ControlFlow;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::anatomy::{in_words, tokens_without};
use super::blueprint::Module;
use super::dense::{Step, run_steps, run_sums, steps_in_words};
use super::families::Config;
use super::folder::{ModelFiles, WEIGHTS_FILE};
use super::identity::{digest, name_and_revision, start_of};
use super::steps::steps_of;
use super::stored::on_numbers;
use super::tokenizing::Tokenizing;
use super::weights::{Tensors, check_finite, check_vectors, digest_of, named, widened};
use super::{Anatomy, Encoder, ModelError, NamedPrompt, Parts, Piece, TokenTable};
use crate::progress::{OnProgress, Progress};
use crate::space::{SpaceId, Vectors, normalised_rows};

/// Phrases between two reports.
const REPORT_EVERY: usize = 4096;

/// A vector for each token.
pub(super) struct StaticModel {
    text: Tokenizing,
    /// Rows × dims.
    rows: Tensor,
    /// The row of each token, where that is not its id.
    mapping: Option<Vec<u32>>,
    /// How much each token counts.
    weights: Option<Vec<f32>>,
    /// The token that stands for what is unknown, where it counts for nothing.
    unknown: Option<u32>,
    /// Letters of a phrase that are read at most, before its tokens are counted.
    most_letters: Option<usize>,
    /// Whether its own configuration asks for length 1.
    normalises: bool,
    steps: Vec<(String, Step)>,
    kept: Option<usize>,
    space: SpaceId,
    prompts: Vec<NamedPrompt>,
    remarks: Vec<String>,
}

impl StaticModel {
    /// The model in `files`; `config` is that of model2vec, if it is one.
    pub(super) fn open(
        files: &ModelFiles,
        config: Option<&Config>,
        text: Tokenizing,
        remarks: Vec<String>,
    ) -> Result<Self, ModelError> {
        let blueprint = &files.blueprint;
        let file = format!("{}{WEIGHTS_FILE}", blueprint.folder);
        let bad = |expected, got: String| ModelError::Part { file: file.clone(), expected, got };
        let tensors = widened(files.weights.load()?)?;
        check_finite(&file, named(&tensors))?;
        let rows = ["embedding.weight", "embeddings"].iter().find_map(|name| tensors.get(*name));
        let rows = rows.filter(|rows| rows.dims().len() == 2 && rows.elem_count() > 0).cloned();
        let rows = rows.ok_or_else(|| bad("a vector for each token (embedding.weight or embeddings)", "none".to_owned()))?;
        let numbers = |name: &str| tensors.get(name).map(|tensor| on_numbers(tensor, <[f32]>::to_vec)).transpose();
        let mapping = numbers("mapping")?;
        if let Some(row) = mapping.iter().flatten().find(|row| **row < 0.0) {
            return Err(bad("rows that are there as mapping", row.to_string()));
        }
        let mapping: Option<Vec<u32>> = mapping.map(|rows| rows.into_iter().map(|row| row as u32).collect());
        let weights = numbers("weights")?;
        let (n_rows, dims) = rows.dims2()?;
        let n_tokens = mapping.as_ref().map_or(n_rows, Vec::len);
        let n_weights = weights.as_ref().map_or(n_tokens, Vec::len);
        if text.n_ids() > n_tokens.min(n_weights) {
            let got = format!("{n_tokens} rows and {n_weights} weights for {}", text.n_ids());
            return Err(bad("a row (and a weight) for each token of the tokenizer", got));
        }
        if let Some(row) = mapping.iter().flatten().find(|row| **row as usize >= n_rows) {
            return Err(bad("rows that are there as mapping", format!("{row} of {n_rows}")));
        }
        let steps = steps_of(files, dims)?;
        let space = space_of(files, config, &text, &tensors, &steps, dims)?;
        let unknown = config.and_then(|_| text.unknown());
        let most_letters = config.and(text.limit()).map(|limit| limit.saturating_mul(text.median_letters()));
        Ok(Self {
            text,
            rows,
            mapping,
            weights,
            unknown,
            most_letters,
            normalises: config.is_some() && blueprint.normalises(),
            steps,
            kept: blueprint.kept,
            space,
            prompts: blueprint.prompts.clone(),
            remarks,
        })
    }

    /// What is read of a phrase, before its tokens are counted.
    fn cut<'a>(&self, phrase: &'a str) -> &'a str {
        let end = self.most_letters.and_then(|most| phrase.char_indices().nth(most)).map_or(phrase.len(), |(end, _)| end);
        &phrase[..end]
    }

    /// The ids of the tokens that count.
    fn ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError> {
        let mut ids = self.text.prompted_ids(self.cut(phrase))?;
        ids.retain(|id| Some(*id) != self.unknown);
        Ok(ids)
    }

    /// How much a token counts, beside the mean.
    fn weight(&self, id: u32) -> f32 {
        self.weights.as_ref().map_or(1.0, |weights| weights[id as usize])
    }

    /// The vectors of token sequences.
    fn embed_ids(&self, sequences: &[Vec<u32>]) -> Result<Vec<f32>, ModelError> {
        let dims = TokenTable::dims(self);
        let mut values = vec![0.0; sequences.len() * dims];
        on_numbers(&self.rows, |table| {
            sequences.iter().zip(values.chunks_mut(dims)).for_each(|(ids, out)| self.mean(table, ids, out));
        })?;
        self.finish(values)
    }

    /// What follows the mean.
    fn finish(&self, values: Vec<f32>) -> Result<Vec<f32>, ModelError> {
        let dims = TokenTable::dims(self);
        let values = if self.normalises { normalised_rows(&values, dims) } else { values };
        self.after(values, dims)
    }

    /// What the modules behind it make of `values`, rows of `dims` numbers.
    fn after(&self, values: Vec<f32>, dims: usize) -> Result<Vec<f32>, ModelError> {
        if self.steps.is_empty() && self.kept.is_none() || values.is_empty() {
            return Ok(values);
        }
        let n_rows = values.len() / dims;
        let rows = Tensor::from_vec(values, (n_rows, dims), &Device::Cpu)?;
        Ok(run_steps(rows, &self.steps, self.kept)?.flatten_all()?.to_vec1()?)
    }

    fn row_of(&self, id: u32) -> usize {
        self.mapping.as_ref().map_or(id, |mapping| mapping[id as usize]) as usize
    }

    /// Adds the mean of the rows of `ids` to `out`, which is zeros.
    fn mean(&self, table: &[f32], ids: &[u32], out: &mut [f32]) {
        for id in ids {
            let row = &table[self.row_of(*id) * out.len()..][..out.len()];
            let weight = self.weight(*id);
            out.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
        }
        let share = 1.0 / ids.len().max(1) as f32;
        out.iter_mut().for_each(|x| *x *= share);
    }
}

fn space_of(
    files: &ModelFiles,
    config: Option<&Config>,
    text: &Tokenizing,
    tensors: &Tensors,
    steps: &[(String, Step)],
    dims: usize,
) -> Result<SpaceId, ModelError> {
    let tensors = std::iter::once(tensors).chain(steps.iter().filter_map(|(_, step)| step.tensors()));
    let digests = tensors.map(|tensors| digest_of(named(tensors)));
    let weights = start_of(&digest(&[&digests.collect::<Result<Vec<_>, _>>()?.concat()]));
    let modules: Vec<String> = files.blueprint.modules.iter().map(Module::describe).collect();
    let kind = format!("static {} {:?} {modules:?} {:?}", config.is_some(), files.blueprint.limit, files.blueprint.kept);
    let dims = steps.iter().fold(dims, |width, (_, step)| step.width(width));
    let dims = files.blueprint.kept.map_or(dims, |kept| kept.min(dims));
    let (model, revision) = name_and_revision(&files.name, &weights, &[&text.digest()?, kind.as_bytes()]);
    Ok(SpaceId {
        model,
        revision,
        training: None,
        dims,
        pooling: "mean".to_owned(),
        normalised: files.blueprint.normalises(),
        prompt: text.prompt().to_owned(),
    })
}

impl Encoder for StaticModel {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn embed(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ModelError> {
        let dims = TokenTable::dims(self);
        let mut values = vec![0.0; phrases.len() * dims];
        let mut done = 0;
        for (part, out) in phrases.chunks(REPORT_EVERY).zip(values.chunks_mut(REPORT_EVERY * dims)) {
            on_numbers(&self.rows, |table| {
                part.par_iter().zip(out.par_chunks_mut(dims)).try_for_each(|(phrase, out)| {
                    self.mean(table, &self.ids(phrase)?, out);
                    Ok::<_, ModelError>(())
                })
            })??;
            done += part.len();
            let report = Progress { done, total: phrases.len(), unit: "phrases" };
            if progress(report) == ControlFlow::Break(()) && done < phrases.len() {
                return Err(ModelError::Cancelled);
            }
        }
        let values = self.finish(values)?;
        check_vectors(WEIGHTS_FILE, &values)?;
        Ok(Vectors::new(self.space.clone(), values))
    }

    fn limit(&self) -> Option<usize> {
        self.text.limit()
    }

    fn cuts(&self, phrase: &str) -> bool {
        self.most_letters.is_some_and(|most| phrase.chars().nth(most).is_some()) || self.text.cuts(phrase)
    }

    fn prompts(&self) -> &[NamedPrompt] {
        &self.prompts
    }

    fn remarks(&self) -> &[String] {
        &self.remarks
    }

    fn tokens(&self) -> Option<&dyn TokenTable> {
        Some(self)
    }

    fn anatomy(&self) -> Option<&dyn Anatomy> {
        Some(self)
    }
}

impl Anatomy for StaticModel {
    fn parts(&self, phrase: &str) -> Result<Parts, ModelError> {
        let mut read = self.text.prompted_tokens(self.cut(phrase))?;
        read.retain(|(id, _)| Some(*id) != self.unknown);
        let (ids, tokens): (Vec<u32>, Vec<Piece>) = read.into_iter().unzip();
        let (n, width) = (ids.len(), TokenTable::dims(self));
        let vectors = self.token_vectors(&ids)?.concat();
        let weights: Vec<f32> = ids.iter().map(|id| self.weight(*id) / n as f32).collect();
        let rows = vectors.chunks_exact(width).zip(&weights).flat_map(|(row, weight)| row.iter().map(move |x| x * weight));
        let shares = match n {
            0 => Some(Vec::new()),
            _ => run_sums(Tensor::from_iter(rows, &Device::Cpu)?.reshape((n, width))?, &self.steps, self.kept)?
                .map(|rows| rows.flatten_all()?.to_vec1())
                .transpose()?,
        };
        let weighted = if self.weights.is_some() { ", each times the weight of its token" } else { "" };
        let pooled = format!("mean of {n} token vectors{weighted}");
        let unit = self.normalises.then(|| Step::Normalize.in_words());
        let arithmetic = in_words(pooled, unit.into_iter().chain(steps_in_words(&self.steps, self.kept)));
        Ok(Parts { tokens, vectors, width, weights: vec![weights], shares, arithmetic, n_joined: 0 })
    }

    fn without(&self, phrase: &str, left_out: &[usize], _progress: &mut OnProgress<'_>) -> Result<Vec<f32>, ModelError> {
        let ids = self.ids(phrase)?;
        let sequences: Vec<Vec<u32>> = left_out.iter().map(|place| tokens_without(&ids, *place)).collect();
        self.embed_ids(&sequences)
    }
}

impl TokenTable for StaticModel {
    fn token_ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError> {
        self.text.plain_ids(phrase)
    }

    fn read(&self, phrase: &str) -> Result<Vec<(u32, Piece)>, ModelError> {
        self.text.plain_tokens(phrase)
    }

    fn n_tokens(&self) -> usize {
        self.mapping.as_ref().map_or(self.rows.dims().first().copied().unwrap_or(0), Vec::len)
    }

    fn dims(&self) -> usize {
        self.rows.dims().last().copied().unwrap_or(0)
    }

    fn token_vectors(&self, ids: &[u32]) -> Result<Vec<Vec<f32>>, ModelError> {
        let dims = TokenTable::dims(self);
        let row = |table: &[f32], id: &u32| table[self.row_of(*id) * dims..][..dims].to_vec();
        Ok(on_numbers(&self.rows, |table| ids.iter().map(|id| row(table, id)).collect())?)
    }
}
