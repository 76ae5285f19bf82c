//! A sentence encoder whose weights can change, and saving the result.
//!
//! Which weights learn, their gradients and their values as plain slices: the loss and the update rule
//! are `train`'s.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Storage, Tensor, Var};
use rayon::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::layer::{LayerGradients, TENSORS};
use crate::model::folder::{WEIGHTS_FILE, save_model};
use crate::model::sentence_encoder::{SentenceEncoder, Weights};
use crate::model::{Encoder, FirstWeights, LANES, LearningModel, ModelError, Trainable, Trained, random};
use crate::progress::OnProgress;

/// Spread of random weights, as BERT was initialised.
const RANDOM_SPREAD: f32 = 0.02;

/// A sentence encoder some of whose weights learn.
struct TrainableEncoder {
    encoder: SentenceEncoder,
    /// What learns, by name.
    trained: Vec<TrainedTensor>,
    lanes: Vec<Lane>,
}

struct TrainedTensor {
    name: String,
    var: Var,
    /// The layer it belongs to and its place there; embeddings belong to none.
    place: Option<(usize, usize)>,
}

impl TrainedTensor {
    fn describe(&self) -> Trained<'_> {
        Trained {
            name: &self.name,
            len: self.var.elem_count(),
            is_bias_or_norm: self.name.ends_with(".bias") || self.name.contains("LayerNorm"),
        }
    }
}

/// Where the backward passes of one lane add up their gradients.
struct Lane {
    /// By layer; `None` for one that does not learn.
    layers: Vec<Option<Arc<LayerGradients>>>,
    /// By trained tensor; empty where a layer has it.
    others: Mutex<Vec<Vec<f32>>>,
}

impl Lane {
    fn new(trained: &[TrainedTensor], n_layers: usize) -> Self {
        let zeros = |tensor: &TrainedTensor| vec![0.0; tensor.var.elem_count()];
        let others = trained.iter().map(|tensor| if tensor.place.is_none() { zeros(tensor) } else { Vec::new() });
        let layer = |layer: usize| {
            let mut tensors: Vec<(usize, Vec<f32>)> = trained
                .iter()
                .filter_map(|t| t.place.filter(|place| place.0 == layer).map(|place| (place.1, zeros(t))))
                .collect();
            tensors.sort_by_key(|(place, _)| *place);
            let tensors: Vec<Vec<f32>> = tensors.into_iter().map(|(_, zeros)| zeros).collect();
            (!tensors.is_empty()).then(|| Arc::new(Mutex::new(tensors)))
        };
        Self { layers: (0..n_layers).map(layer).collect(), others: Mutex::new(others.collect()) }
    }

    /// Adds the gradients on `tensor` to `sum` and sets them back to 0.
    fn take(&self, index: usize, tensor: &TrainedTensor, sum: &mut [f32]) {
        let mut take = |values: &mut [f32]| {
            sum.iter_mut().zip(values).for_each(|(sum, g)| {
                *sum += *g;
                *g = 0.0;
            });
        };
        match tensor.place.and_then(|(layer, place)| Some((self.layers[layer].as_ref()?, place))) {
            Some((layer, place)) => take(&mut layer.lock().unwrap_or_else(PoisonError::into_inner)[place]),
            None => take(&mut self.others.lock().unwrap_or_else(PoisonError::into_inner)[index]),
        }
    }
}

impl TrainableEncoder {
    fn new(model: &SentenceEncoder, first: FirstWeights, layers: usize, words: bool) -> Result<Self, ModelError> {
        let mut weights = Weights::with_capacity(model.weights.len());
        let mut trained = Vec::new();
        for (name, tensor) in &model.weights {
            let start = match first {
                FirstWeights::Model => tensor.clone(),
                FirstWeights::Random(seed) => random_weight(name, tensor, seed)?,
            };
            let tensor = if learns(name, layers, words, model.config.num_hidden_layers) {
                let var = Var::from_tensor(&start)?;
                trained.push(TrainedTensor { name: name.clone(), var: var.clone(), place: place_of(name) });
                var.into_inner()
            } else {
                start
            };
            weights.insert(name.clone(), tensor);
        }
        trained.sort_by(|a, b| a.name.cmp(&b.name));
        let lanes = (0..LANES).map(|_| Lane::new(&trained, model.config.num_hidden_layers)).collect();
        let revision = model.space().revision.clone();
        Ok(Self { encoder: model.with_weights(weights, revision)?, trained, lanes })
    }
}

impl LearningModel for TrainableEncoder {
    fn trained(&self) -> Vec<Trained<'_>> {
        self.trained.iter().map(TrainedTensor::describe).collect()
    }

    fn dims(&self) -> usize {
        self.encoder.space().dims
    }

    fn forward(&self, sequences: &[&[u32]], lane: usize) -> Result<Tensor, ModelError> {
        self.encoder.run(sequences, &self.lanes[lane].layers)
    }

    fn embed_tokens(&self, tokens: &[&[u32]], progress: &mut OnProgress<'_>) -> Result<Vec<f32>, ModelError> {
        self.encoder.embed_tokens(tokens, progress)
    }

    fn backward(&self, vectors: &Tensor, on_vectors: &[f32], lane: usize) -> Result<(), ModelError> {
        let upstream = Tensor::from_slice(on_vectors, vectors.shape(), &Device::Cpu)?;
        let store = (vectors * upstream)?.sum_all()?.backward()?;
        let mut others = self.lanes[lane].others.lock().unwrap_or_else(PoisonError::into_inner);
        for (tensor, sum) in self.trained.iter().zip(others.iter_mut()).filter(|(tensor, _)| tensor.place.is_none()) {
            if let Some(gradient) = store.get(&tensor.var) {
                add_to(sum, gradient)?;
            }
        }
        Ok(())
    }

    fn take_gradients(&self, sums: &mut [Vec<f32>]) {
        self.trained.par_iter().zip(sums).enumerate().for_each(|(index, (tensor, sum))| {
            sum.fill(0.0);
            // In the order of the lanes, so that the order of summation is fixed.
            self.lanes.iter().for_each(|lane| lane.take(index, tensor, sum));
        });
    }

    fn change(&self, index: usize, change: &(dyn Fn(&mut [f32]) + Sync)) -> Result<(), ModelError> {
        match self.trained.get(index) {
            Some(tensor) => Ok(tensor.var.inplace_op1(&InPlace(change))?),
            None => Ok(()),
        }
    }

    fn to_safetensors(&self) -> Result<Vec<u8>, ModelError> {
        let mut names: Vec<&String> = self.encoder.weights.keys().collect();
        names.sort();
        let mut bytes: Vec<(&str, Vec<usize>, Vec<u8>)> = Vec::with_capacity(names.len());
        for name in names {
            let tensor = &self.encoder.weights[name];
            let values = tensor.flatten_all()?.to_vec1::<f32>()?;
            bytes.push((name, tensor.dims().to_vec(), values.iter().flat_map(|x| x.to_le_bytes()).collect()));
        }
        let failed = |error: &dyn std::fmt::Display| ModelError::Part {
            file: WEIGHTS_FILE.to_owned(),
            expected: "weights that can be written",
            got: error.to_string(),
        };
        let views = bytes.iter().map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)));
        let views: Vec<_> = views.collect::<Result<_, safetensors::SafeTensorError>>().map_err(|error| failed(&error))?;
        // What transformers writes and looks for.
        let metadata = std::collections::HashMap::from([("format".to_owned(), "pt".to_owned())]);
        safetensors::serialize(views, Some(metadata)).map_err(|error| failed(&error))
    }
}

/// Whether the tensor called `name` learns.
fn learns(name: &str, layers: usize, words: bool, n_layers: usize) -> bool {
    let name = name.strip_prefix("bert.").unwrap_or(name);
    if name.starts_with("embeddings.word_embeddings.") {
        return words;
    }
    let layer = name.strip_prefix("encoder.layer.").and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    match layer {
        Some(layer) => layers == 0 || layer + layers >= n_layers,
        // A pooler or a head has no part in the vectors of phrases; positions may be stored as numbers.
        None => layers == 0 && name.starts_with("embeddings.") && !name.ends_with("position_ids"),
    }
}

impl Trainable for SentenceEncoder {
    fn token_ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError> {
        self.ids(phrase, true)
    }

    fn learning(&self, first: FirstWeights, layers: usize, words: bool) -> Result<Box<dyn LearningModel>, ModelError> {
        Ok(Box::new(TrainableEncoder::new(self, first, layers, words)?))
    }

    fn with_random_weights(&self, seed: u64) -> Result<Arc<dyn Encoder>, ModelError> {
        let random = |(name, tensor): (&String, &Tensor)| Ok((name.clone(), random_weight(name, tensor, seed)?));
        let weights: Weights = self.weights.iter().map(random).collect::<Result<_, ModelError>>()?;
        Ok(Arc::new(self.with_weights(weights, format!("random-{seed}"))?))
    }

    fn save(&self, weights: &[u8], folder: &Path) -> Result<(), ModelError> {
        save_model(&self.files, weights, folder)
    }
}

fn random_weight(name: &str, like: &Tensor, seed: u64) -> Result<Tensor, ModelError> {
    Ok(match name {
        _ if name.ends_with("LayerNorm.weight") => like.ones_like()?,
        _ if name.ends_with(".bias") => like.zeros_like()?,
        _ => {
            let values: Vec<f32> = random::normal(seed, name, like.elem_count()).into_iter().map(|x| x * RANDOM_SPREAD).collect();
            Tensor::from_vec(values, like.shape(), like.device())?
        }
    })
}

struct InPlace<'a>(&'a (dyn Fn(&mut [f32]) + Sync));

impl InplaceOp1 for InPlace<'_> {
    fn name(&self) -> &'static str {
        "update"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        match (storage, layout.contiguous_offsets()) {
            (CpuStorage::F32(values), Some((from, to))) => (self.0)(&mut values[from..to]),
            _ => candle_core::bail!("expected contiguous numbers of 32 bits"),
        }
        Ok(())
    }
}

/// The layer of the tensor called `name` and its place there.
fn place_of(name: &str) -> Option<(usize, usize)> {
    let (layer, tensor) = name.strip_prefix("bert.").unwrap_or(name).strip_prefix("encoder.layer.")?.split_once('.')?;
    Some((layer.parse().ok()?, TENSORS.iter().position(|known| *known == tensor)?))
}

/// Adds the numbers of `tensor` to `sum`, which has as many.
fn add_to(sum: &mut [f32], tensor: &Tensor) -> Result<(), ModelError> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match (&*storage, layout.contiguous_offsets()) {
        (Storage::Cpu(CpuStorage::F32(values)), Some((from, to))) => {
            sum.iter_mut().zip(&values[from..to]).for_each(|(sum, g)| *sum += g);
            Ok(())
        }
        _ => Err(candle_core::Error::Msg("expected contiguous numbers of 32 bits".to_owned()).into()),
    }
}
