//! The transformer encoder of BERT (Devlin et al. 2019) and its kin in candle, with every weight's name in sight.
//!
//! Why not candle-transformers: its layer norm and softmax have no backward pass, so it embeds but can't be trained,
//! silently. Here the layers of `layer.rs` do both; those of `forward.rs` only embed, faster. Phrases lie end to end instead of being padded to the longest. What the
//! kin differ in is told by `families/` as [`Sizes`] and names of tensors; pooling is not here.

mod activation;
mod embeddings;
mod forward;
mod fused;
mod layer;
mod relative;
mod trainable;

use std::sync::{Arc, Mutex, OnceLock};

use candle_core::{DType, Device, Result, Tensor, Var};

pub(super) use self::activation::Activation;
use self::embeddings::{EmbeddingGradients, Embeddings, LearningEmbeddings, Tokens};
use self::forward::PackedLayers;
pub(super) use self::layer::NormOp;
use self::layer::{Layer, LayerGradients, Pass, TENSORS, Training};
pub(super) use self::relative::{Relative, RelativeGradients};
use super::ModelError;
use super::stored::Stored;
use super::weights::StoredTensors;
use crate::memory::Need;

/// What a transformer is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sizes {
    /// Numbers of a token's vector.
    pub(super) width: usize,
    pub(super) n_layers: usize,
    pub(super) n_heads: usize,
    /// Numbers between the halves of a feed-forward part.
    pub(super) wide: usize,
    /// Tokens that have vectors.
    pub(super) n_words: usize,
    /// Places that have vectors.
    pub(super) n_positions: usize,
    /// Kinds of token; 0: none.
    pub(super) n_types: usize,
    /// Where a phrase's places begin.
    pub(super) places: Places,
    pub(super) activation: Activation,
    /// Added to a variance.
    pub(super) eps: f32,
    /// Buckets of distances with a bias, which all layers share; `None`: there is no such bias.
    pub(super) n_buckets: Option<usize>,
}

/// Where the places of a phrase's tokens begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    /// The first token has this place.
    From(u32),
    /// The first token has the place behind that of this token, the padding, which counts for nothing where it is met.
    Behind(u32),
}

impl Sizes {
    /// Tokens of a phrase that have places.
    pub(super) fn n_places(&self) -> usize {
        let first = match self.places {
            Places::From(first) => first,
            Places::Behind(padding) => padding + 1,
        };
        self.n_positions.saturating_sub(first as usize)
    }
}

impl Places {
    fn of(self, ids: &[u32]) -> Vec<u32> {
        match self {
            Self::From(first) => (first..).take(ids.len()).collect(),
            // As `transformers` counts them: a padding token stays at its own place.
            Self::Behind(padding) => {
                let mut last = padding;
                ids.iter()
                    .map(|id| {
                        if *id == padding {
                            padding
                        } else {
                            last += 1;
                            last
                        }
                    })
                    .collect()
            }
        }
    }
}

/// Token ids in, one vector per token out.
pub(super) struct Transformer {
    embeddings: Arc<Embeddings>,
    sizes: Sizes,
    relative: Option<Arc<Relative>>,
    layers: Vec<StoredLayer>,
    weights: Weights,
    /// The layers as they are passed without gradients, made when they are first needed, if the weights stay as they are.
    packed: OnceLock<Ready>,
    /// Whether weights that learn are packed for each such pass: found out at the first, and so for all.
    packs: OnceLock<bool>,
}

/// The tensors of one layer as the model's file has them, in the order of [`TENSORS`].
struct StoredLayer(Vec<Stored>);

/// Whether the weights of a transformer change while it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weights {
    /// They stay as they are.
    Fixed,
    /// They learn.
    Learning,
}

/// Layers made ready for passes without gradients; none, where that is not worth it.
#[derive(Clone, Default)]
pub(super) struct Ready(Option<Arc<PackedLayers>>);

/// Tokens, of all phrases that a run records, from which packing weights that change after each step saves more than it
/// takes. Where fewer are, recorded vectors and those of the trained model differ in their last digits.
const PACKED_FROM: usize = 2048;

/// Where a backward pass adds the gradients on tensors; `None` for what does not learn.
#[derive(Default)]
pub(super) struct Gradients {
    pub(super) embeddings: Option<Arc<EmbeddingGradients>>,
    pub(super) layers: Vec<Option<Arc<LayerGradients>>>,
    pub(super) relative: Option<Arc<RelativeGradients>>,
}

const WORDS: &str = embeddings::TENSORS[0];
const POSITIONS: &str = embeddings::TENSORS[1];
const TYPES: &str = embeddings::TENSORS[2];
const NORM: [&str; 2] = [embeddings::TENSORS[3], embeddings::TENSORS[4]];
/// The bias of distances between tokens: buckets × heads.
pub(super) const RELATIVE: &str = "encoder.relative_attention_bias.weight";

impl Transformer {
    /// The names of the tensors that it is made of, in BERT's words.
    pub(super) fn names(sizes: &Sizes) -> Vec<String> {
        let outer = [WORDS, POSITIONS].into_iter().chain((sizes.n_types > 0).then_some(TYPES)).chain(NORM);
        let outer = outer.chain(sizes.n_buckets.map(|_| RELATIVE)).map(str::to_owned);
        let layers = (0..sizes.n_layers).flat_map(|layer| TENSORS.map(|name| format!("encoder.layer.{layer}.{name}")));
        outer.chain(layers).collect()
    }

    /// Takes the weights from `tensors`, under BERT's names; `file` is what they are from.
    ///
    /// # Errors
    /// If one is not there or of another shape.
    pub(super) fn load(
        sizes: &Sizes,
        tensors: &StoredTensors,
        file: &str,
        weights: Weights,
    ) -> std::result::Result<Self, ModelError> {
        let take = |name: &str, shape: &[usize]| take(tensors, name, shape, file);
        let full = |name: &str, shape: &[usize]| Ok::<_, ModelError>(take(name, shape)?.tensor()?);
        let width = sizes.width;
        let types = (sizes.n_types > 0).then(|| full(TYPES, &[sizes.n_types, width])?.get(0).map_err(ModelError::from));
        let relative =
            sizes.n_buckets.map(|n| Ok::<_, ModelError>(Arc::new(Relative::new(full(RELATIVE, &[n, sizes.n_heads])?))));
        let layer = |index| load_layer(sizes, index, &take);
        let embeddings = Embeddings {
            words: take(WORDS, &[sizes.n_words, width])?,
            positions: take(POSITIONS, &[sizes.n_positions, width])?,
            token_type: types.transpose()?,
            norm: [full(NORM[0], &[width])?, full(NORM[1], &[width])?],
            eps: sizes.eps,
        };
        Ok(Self {
            embeddings: Arc::new(embeddings),
            relative: relative.transpose()?,
            layers: (0..sizes.n_layers).map(layer).collect::<std::result::Result<_, _>>()?,
            weights,
            packed: OnceLock::new(),
            packs: OnceLock::new(),
            sizes: sizes.clone(),
        })
    }

    /// Vectors of all tokens of `sequences`, one sequence after the other: tokens × width. A later backward pass adds to
    /// `gradients`.
    pub(super) fn run(&self, sequences: &[&[u32]], gradients: &Gradients) -> Result<Tensor> {
        let lengths: Arc<[usize]> = sequences.iter().map(|ids| ids.len()).collect();
        let tokens = self.tokens(sequences);
        let n_layers = self.layers.len();
        // Where the graph begins: below that nothing learns.
        let first = match gradients.embeddings {
            Some(_) => 0,
            None => gradients.layers.iter().position(Option::is_some).unwrap_or(n_layers),
        };
        let training = |index: usize| match gradients.layers.get(index).and_then(Option::as_ref) {
            Some(gradients) => Training::Learns(gradients.clone()),
            None if index < first => Training::No,
            None => Training::Passes,
        };
        let pass = |range: std::ops::Range<usize>| -> Result<Pass<'_>> {
            let layers = range.map(|index| Ok((Arc::new(self.layer(index)?), training(index)))).collect::<Result<_>>()?;
            let (relative, on_relative) = (self.relative.as_ref(), gradients.relative.as_ref());
            Ok(Pass { layers, lengths: &lengths, relative, on_relative })
        };
        if let Some(gradients) = &gradients.embeddings {
            let (embeddings, gradients) = (self.embeddings.clone(), gradients.clone());
            let learning = LearningEmbeddings { embeddings, tokens, gradients, sums: Mutex::new(None) };
            return pass(0..n_layers)?.run(Var::zeros(1, DType::F32, &Device::Cpu)?.as_tensor(), Some(learning));
        }
        let shape = (tokens.ids.len(), self.sizes.width);
        let x = Tensor::from_vec(self.embeddings.rows(&tokens)?, shape, &Device::Cpu)?;
        let x = pass(0..first)?.run(&x, None)?;
        if first == n_layers { Ok(x) } else { pass(first..n_layers)?.run(Var::from_tensor(&x)?.as_tensor(), None) }
    }

    /// Makes ready to pass so many tokens without gradients, with the weights as they are now.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub(super) fn ready(&self, n_tokens: usize) -> std::result::Result<Ready, ModelError> {
        let pack = || PackedLayers::new(self.layers.len(), |index| self.layer(index)).map(|layers| Ready(Some(Arc::new(layers))));
        match (self.weights, self.packed.get()) {
            // Whoever trains has asked for the memory.
            (Weights::Learning, _) => match self.packs.get_or_init(|| n_tokens >= PACKED_FROM) {
                true => Ok(pack()?),
                false => Ok(Ready::default()),
            },
            (Weights::Fixed, Some(ready)) => Ok(ready.clone()),
            (Weights::Fixed, None) => {
                let need = Need::of("embedding with this model", "choose a smaller model");
                need.and("its weights as products read them", &[self.n_packed(), size_of::<f32>()]).ask()?;
                // Where two get here at once, both pack, and the first one's is kept: neither waits for the other.
                let ready = pack()?;
                Ok(self.packed.get_or_init(|| ready).clone())
            }
        }
    }

    /// Numbers that are packed.
    fn n_packed(&self) -> usize {
        self.layers.iter().flat_map(|layer| &layer.0).map(Stored::elem_count).sum()
    }

    /// As [`Transformer::run`] without gradients; the products on several cores if `is_shared`.
    pub(super) fn vectors(&self, sequences: &[&[u32]], ready: &Ready, is_shared: bool) -> Result<Tensor> {
        let Some(packed) = &ready.0 else { return self.run(sequences, &Gradients::default()) };
        let x = self.embeddings.rows(&self.tokens(sequences))?;
        let lengths: Vec<usize> = sequences.iter().map(|ids| ids.len()).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let bias = self.relative.as_ref().map(|relative| relative.spread(longest)).transpose()?;
        let n_tokens = lengths.iter().sum::<usize>();
        let rows = packed.run(x, lengths, bias, is_shared);
        Tensor::from_vec(rows, (n_tokens, self.sizes.width), &Device::Cpu)
    }

    /// Of all tokens of `sequences`, one sequence after the other.
    fn tokens(&self, sequences: &[&[u32]]) -> Tokens {
        let ids = sequences.iter().flat_map(|ids| ids.iter().copied()).collect();
        Tokens { ids, places: sequences.iter().flat_map(|ids| self.sizes.places.of(ids)).collect() }
    }

    /// One layer in numbers of 32 bits.
    fn layer(&self, index: usize) -> Result<Layer> {
        let Sizes { n_heads, activation, eps, .. } = self.sizes;
        let tensors = self.layers.get(index).into_iter().flat_map(|layer| &layer.0).map(Stored::tensor).collect::<Result<_>>()?;
        Ok(Layer { tensors, n_heads, activation, eps })
    }

    /// The vectors of all tokens before any layer: words × width.
    pub(super) fn words(&self) -> &Stored {
        &self.embeddings.words
    }
}

/// The tensor called `name`, which has to be of this shape.
fn take(tensors: &StoredTensors, name: &str, shape: &[usize], file: &str) -> std::result::Result<Stored, ModelError> {
    let bad = |got: String| ModelError::Part {
        file: file.to_owned(),
        expected: "the weights that config.json tells of",
        got: format!("{got} where {name} is to have {shape:?}"),
    };
    let tensor = tensors.get(name).ok_or_else(|| bad("none".to_owned()))?;
    if tensor.dims() != shape {
        return Err(bad(format!("{:?}", tensor.dims())));
    }
    Ok(tensor.clone())
}

/// The tensor of a name, which has to be of this shape.
type Take<'a> = dyn Fn(&str, &[usize]) -> std::result::Result<Stored, ModelError> + 'a;

fn load_layer(sizes: &Sizes, index: usize, take: &Take<'_>) -> std::result::Result<StoredLayer, ModelError> {
    let (width, wide) = (sizes.width, sizes.wide);
    let load = |name: &&str| {
        let full = format!("encoder.layer.{index}.{name}");
        match *name {
            "intermediate.dense.weight" => take(&full, &[wide, width]),
            "intermediate.dense.bias" => take(&full, &[wide]),
            "output.dense.weight" => take(&full, &[width, wide]),
            name if name.ends_with("weight") && !name.contains("LayerNorm") => take(&full, &[width, width]),
            _ => take(&full, &[width]),
        }
    };
    TENSORS.iter().map(load).collect::<std::result::Result<_, _>>().map(StoredLayer)
}
