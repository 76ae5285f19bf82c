//! A sentence encoder whose weights can change, and saving the result.
//!
//! Which weights learn, their gradients and their values as plain slices: the loss and the update rule
//! are `train`'s.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, DType, Device, InplaceOp1, Layout, Tensor, Var};
use rayon::prelude::*;

use super::embeddings;
use super::layer::TENSORS;
use super::{Gradients, RELATIVE, WORDS, Weights};
use crate::memory::Need;
use crate::model::sentence_encoder::{After, SentenceEncoder};
use crate::model::stored::{Stored, on_numbers};
use crate::model::weights::{StoredTensors, Tensors, named, safetensors_tensors, to_safetensors};
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
    /// In the model's file, behind the folder of its module.
    name: String,
    var: Var,
    place: Place,
    is_bias_or_norm: bool,
}

/// Where the gradients on a tensor are added up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// With the embeddings, at a place there.
    Embeddings(usize),
    /// In a layer, at a place there.
    Layer(usize, usize),
    /// With the bias that all layers share.
    Relative,
    /// In candle's graph.
    Graph,
}

impl TrainedTensor {
    /// The tensor that BERT calls `name`, which begins as `start`.
    fn of_layers(name: &str, in_file: &str, start: &Tensor) -> Result<Self, ModelError> {
        Ok(Self {
            name: in_file.to_owned(),
            var: Var::from_tensor(start)?,
            place: place_of(name),
            is_bias_or_norm: name.ends_with(".bias") || name.contains("LayerNorm"),
        })
    }

    fn describe(&self) -> Trained<'_> {
        Trained { name: &self.name, len: self.var.elem_count(), is_bias_or_norm: self.is_bias_or_norm }
    }
}

/// Where the backward passes of one lane add up their gradients.
struct Lane {
    gradients: Gradients,
    /// By trained tensor; empty where another has it.
    others: Mutex<Vec<Vec<f32>>>,
}

impl Lane {
    fn new(trained: &[TrainedTensor], n_layers: usize) -> Self {
        let zeros = |tensor: &TrainedTensor| vec![0.0; tensor.var.elem_count()];
        let others = trained.iter().map(|tensor| if tensor.place == Place::Graph { zeros(tensor) } else { Vec::new() });
        let layer = |layer: usize| {
            let mut tensors: Vec<(usize, Vec<f32>)> = trained
                .iter()
                .filter_map(|tensor| match tensor.place {
                    Place::Layer(of, place) if of == layer => Some((place, zeros(tensor))),
                    Place::Embeddings(_) | Place::Layer(..) | Place::Relative | Place::Graph => None,
                })
                .collect();
            tensors.sort_by_key(|(place, _)| *place);
            let tensors: Vec<Vec<f32>> = tensors.into_iter().map(|(_, zeros)| zeros).collect();
            (!tensors.is_empty()).then(|| Arc::new(Mutex::new(tensors)))
        };
        let relative = trained.iter().find(|tensor| tensor.place == Place::Relative);
        let of_embeddings = |place: usize| {
            let tensor = trained.iter().find(|tensor| tensor.place == Place::Embeddings(place));
            tensor.map(zeros).unwrap_or_default()
        };
        let embeddings: Vec<Vec<f32>> = (0..embeddings::TENSORS.len()).map(of_embeddings).collect();
        let gradients = Gradients {
            embeddings: embeddings.iter().any(|zeros| !zeros.is_empty()).then(|| Arc::new(Mutex::new(embeddings))),
            layers: (0..n_layers).map(layer).collect(),
            relative: relative.map(|tensor| Arc::new(Mutex::new(zeros(tensor)))),
        };
        Self { gradients, others: Mutex::new(others.collect()) }
    }

    /// Adds the gradients on `tensor` to `sum` and sets them back to 0.
    fn take(&self, index: usize, tensor: &TrainedTensor, sum: &mut [f32]) {
        let mut take = |values: &mut [f32]| {
            sum.iter_mut().zip(values).for_each(|(sum, g)| {
                *sum += *g;
                *g = 0.0;
            });
        };
        let gradients = &self.gradients;
        match tensor.place {
            Place::Embeddings(place) => {
                if let Some(embeddings) = &gradients.embeddings {
                    take(&mut embeddings.lock().unwrap_or_else(PoisonError::into_inner)[place]);
                }
            }
            Place::Layer(layer, place) => {
                if let Some(layer) = gradients.layers.get(layer).and_then(Option::as_ref) {
                    take(&mut layer.lock().unwrap_or_else(PoisonError::into_inner)[place]);
                }
            }
            Place::Relative => {
                if let Some(relative) = &gradients.relative {
                    take(&mut relative.lock().unwrap_or_else(PoisonError::into_inner));
                }
            }
            Place::Graph => take(&mut self.others.lock().unwrap_or_else(PoisonError::into_inner)[index]),
        }
    }
}

impl TrainableEncoder {
    fn new(model: &SentenceEncoder, first: FirstWeights, layers: usize, words: bool) -> Result<Self, ModelError> {
        let own = model.own()?;
        let n_layers = own.sizes.n_layers;
        let learning = own.weights.used.iter().filter(|(name, _)| learns(name, layers, words, n_layers));
        let copied = own.weights.used.values().map(Stored::bytes_of_copy).sum();
        ask_for_memory(learning.map(|(_, tensor)| tensor.elem_count()).sum(), own.transformer.n_packed(), copied)?;
        let (mut used, mut trained) = (StoredTensors::new(), Vec::new());
        for (name, tensor) in &own.weights.used {
            let in_file = own.weights.in_file(name);
            let start = match first {
                FirstWeights::Model => tensor.clone(),
                FirstWeights::Random(seed) => random_weight(name, in_file, tensor, seed)?.into(),
            };
            // What each step computes with is widened once; of token vectors it needs only some rows.
            let kept = if learns(name, layers, words, n_layers) {
                let learner = TrainedTensor::of_layers(name, in_file, &start.tensor()?)?;
                let tensor = learner.var.as_tensor().clone();
                trained.push(learner);
                tensor.into()
            } else if name == WORDS {
                start
            } else {
                start.tensor()?.into()
            };
            used.insert(name.clone(), kept);
        }
        // What follows the layers learns where all of them do.
        let after = if layers == 0 { learning_steps(&model.after, &mut trained)? } else { model.after.clone() };
        trained.sort_by(|a, b| a.name.cmp(&b.name));
        let lanes = (0..LANES).map(|_| Lane::new(&trained, n_layers)).collect();
        let revision = model.space().revision.clone();
        Ok(Self { encoder: model.with_weights(own.weights.with_used(used), after, revision, Weights::Learning)?, trained, lanes })
    }
}

/// Asks for what `n` weights take that learn: a copy of each, a gradient of each lane and their sum, and two moments; for
/// `n_packed` once more, as products read them while vectors are recorded; and for the bytes of those that are `copied`.
fn ask_for_memory(n: usize, n_packed: usize, copied: usize) -> Result<(), ModelError> {
    let need = Need::of("fine-tuning this model", "let fewer layers learn, or take a smaller model");
    let need = need.and("weights that learn, with gradients and moments", &[n, LANES + 4, size_of::<f32>()]);
    let need = need.and("weights in numbers of 32 bits", &[copied]);
    Ok(need.and("weights as products read them", &[n_packed, size_of::<f32>()]).ask()?)
}

/// `after` with steps whose numbers are among `trained`.
fn learning_steps(after: &After, trained: &mut Vec<TrainedTensor>) -> Result<After, ModelError> {
    let mut steps = Vec::with_capacity(after.steps.len());
    for (folder, step) in &after.steps {
        let mut tensors = Tensors::new();
        for (name, tensor) in step.tensors().into_iter().flatten() {
            let var = Var::from_tensor(tensor)?;
            tensors.insert(name.clone(), var.as_tensor().clone());
            let is_bias_or_norm = name.ends_with(".bias") || name.starts_with("norm.");
            trained.push(TrainedTensor { name: format!("{folder}{name}"), var, place: Place::Graph, is_bias_or_norm });
        }
        steps.push((folder.clone(), step.with_tensors(tensors)));
    }
    Ok(After { steps, ..after.clone() })
}

impl LearningModel for TrainableEncoder {
    fn trained(&self) -> Vec<Trained<'_>> {
        self.trained.iter().map(TrainedTensor::describe).collect()
    }

    fn dims(&self) -> usize {
        self.encoder.space().dims
    }

    fn forward(&self, sequences: &[&[u32]], lane: usize) -> Result<Tensor, ModelError> {
        self.encoder.run(sequences, &self.lanes[lane].gradients)
    }

    fn embed_tokens(&self, tokens: &[&[u32]], progress: &mut OnProgress<'_>) -> Result<Vec<f32>, ModelError> {
        self.encoder.embed_tokens(tokens, progress)
    }

    fn backward(&self, vectors: &Tensor, on_vectors: &[f32], lane: usize) -> Result<(), ModelError> {
        let upstream = Tensor::from_slice(on_vectors, vectors.shape(), &Device::Cpu)?;
        let store = (vectors * upstream)?.sum_all()?.backward()?;
        let mut others = self.lanes[lane].others.lock().unwrap_or_else(PoisonError::into_inner);
        for (tensor, sum) in self.trained.iter().zip(others.iter_mut()).filter(|(tensor, _)| tensor.place == Place::Graph) {
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
        let own = self.encoder.own()?;
        let steps = self.encoder.after.steps.iter().flat_map(|(folder, step)| {
            step.tensors().into_iter().flatten().map(move |(name, tensor)| (format!("{folder}{name}"), tensor.clone()))
        });
        let steps: Tensors = steps.collect();
        to_safetensors(own.weights.all().chain(named(&steps)))
    }
}

/// Whether the tensor called `name` learns.
fn learns(name: &str, layers: usize, words: bool, n_layers: usize) -> bool {
    if name.starts_with("embeddings.word_embeddings.") {
        return words;
    }
    let layer = name.strip_prefix("encoder.layer.").and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    match layer {
        Some(layer) => layers == 0 || layer + layers >= n_layers,
        None => layers == 0,
    }
}

impl Trainable for SentenceEncoder {
    fn token_ids(&self, phrase: &str) -> Result<Vec<u32>, ModelError> {
        self.text.ids(phrase)
    }

    fn learning(&self, first: FirstWeights, layers: usize, words: bool) -> Result<Box<dyn LearningModel>, ModelError> {
        Ok(Box::new(TrainableEncoder::new(self, first, layers, words)?))
    }

    fn with_random_weights(&self, seed: u64) -> Result<Arc<dyn Encoder>, ModelError> {
        let weights = &self.own()?.weights;
        let random = |(name, tensor): (&String, &Stored)| {
            Ok((name.clone(), random_weight(name, weights.in_file(name), tensor, seed)?.into()))
        };
        let used: StoredTensors = weights.used.iter().map(random).collect::<Result<_, ModelError>>()?;
        Ok(Arc::new(self.with_weights(weights.with_used(used), self.after.clone(), format!("random-{seed}"), Weights::Fixed)?))
    }

    fn with_trained_weights(&self, weights: &[u8]) -> Result<Arc<dyn Encoder>, ModelError> {
        let trained = safetensors_tensors(weights)?;
        let of = |name: String, old: Stored| trained.get(&name).cloned().unwrap_or(old);
        let own = &self.own()?.weights;
        let used: StoredTensors =
            own.used.iter().map(|(name, old)| (name.clone(), of(own.in_file(name).to_owned(), old.clone()))).collect();
        let steps = self.after.steps.iter().map(|(folder, step)| {
            let Some(tensors) = step.tensors() else { return Ok((folder.clone(), step.clone())) };
            let of =
                |(name, old): (&String, &Tensor)| Ok((name.clone(), of(format!("{folder}{name}"), old.clone().into()).tensor()?));
            let tensors: Tensors = tensors.iter().map(of).collect::<Result<_, ModelError>>()?;
            Ok((folder.clone(), step.with_tensors(tensors)))
        });
        let after = After { steps: steps.collect::<Result<_, ModelError>>()?, ..self.after.clone() };
        Ok(Arc::new(self.with_weights(own.with_used(used), after, self.space.revision.clone(), Weights::Fixed)?))
    }

    fn save(&self, weights: &[u8], folder: &Path) -> Result<(), ModelError> {
        let mut left = safetensors_tensors(weights)?;
        let steps = self.after.steps.iter().filter(|(_, step)| step.tensors().is_some());
        let mut files = Vec::new();
        for (module, _) in steps {
            let own: StoredTensors =
                left.iter().filter_map(|(name, tensor)| Some((name.strip_prefix(module)?.to_owned(), tensor.clone()))).collect();
            left.retain(|name, _| !name.starts_with(module));
            files.push((module.clone(), to_safetensors(named(&own))?));
        }
        files.push((self.saved.folder.clone(), to_safetensors(named(&left))?));
        Ok(self.saved.write(&files, folder)?)
    }
}

/// The numbers that the tensor called `name`, or `in_file` in its file, begins with.
fn random_weight(name: &str, in_file: &str, like: &Stored, seed: u64) -> Result<Tensor, ModelError> {
    Ok(match name {
        _ if name.ends_with("LayerNorm.weight") => Tensor::ones(like.dims(), DType::F32, &Device::Cpu)?,
        _ if name.ends_with(".bias") => Tensor::zeros(like.dims(), DType::F32, &Device::Cpu)?,
        _ => {
            let values: Vec<f32> =
                random::normal(seed, in_file, like.elem_count()).into_iter().map(|x| x * RANDOM_SPREAD).collect();
            Tensor::from_vec(values, like.dims(), &Device::Cpu)?
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

/// Where the gradients on the tensor that BERT calls `name` are added up.
fn place_of(name: &str) -> Place {
    let in_layer = || {
        let (layer, tensor) = name.strip_prefix("encoder.layer.")?.split_once('.')?;
        Some(Place::Layer(layer.parse().ok()?, TENSORS.iter().position(|known| *known == tensor)?))
    };
    let in_embeddings = || Some(Place::Embeddings(embeddings::TENSORS.iter().position(|known| *known == name)?));
    if name == RELATIVE { Place::Relative } else { in_layer().or_else(in_embeddings).unwrap_or(Place::Graph) }
}

/// Adds the numbers of `tensor` to `sum`, which has as many.
fn add_to(sum: &mut [f32], tensor: &Tensor) -> Result<(), ModelError> {
    Ok(on_numbers(&tensor.contiguous()?, |numbers| sum.iter_mut().zip(numbers).for_each(|(sum, g)| *sum += g))?)
}
