//! The BERT encoder (Devlin et al. 2019) in candle, with every weight's name in sight.
//!
//! Why not candle-transformers' `BertModel`: its layer norm and softmax have no backward pass, so it
//! embeds but can't be trained, silently. Here the layers of `layer.rs` do both. Phrases lie end to end
//! instead of being padded to the longest. A test compares with `BertModel`. Pooling is not here.

mod fused;
mod layer;
mod trainable;

use std::sync::Arc;

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{Embedding, Module, VarBuilder, embedding};
use candle_transformers::models::bert::{Config, HiddenAct};

use self::fused::Activation;
use self::layer::{Layer, LayerGradients, NormOp, TENSORS};

/// Token ids in, one vector per token out.
pub struct Bert {
    words: Embedding,
    positions: Embedding,
    token_types: Embedding,
    norm: [Tensor; 2],
    eps: f32,
    layers: Vec<Arc<Layer>>,
}

/// Where a backward pass adds the gradients on a layer's tensors; `None` for a layer that does not learn.
pub(super) type Gradients = [Option<Arc<LayerGradients>>];

impl Bert {
    /// Takes the weights from `weights`, under the names of Hugging Face's `BertModel`.
    pub fn load(config: &Config, weights: VarBuilder<'_>) -> Result<Self> {
        // Checkpoints of models with a head have everything one level down.
        let weights = if weights.contains_tensor("embeddings.word_embeddings.weight") { weights } else { weights.pp("bert") };
        let (width, e) = (config.hidden_size, weights.pp("embeddings"));
        let layers = weights.pp("encoder.layer");
        let load = |index: usize| Ok(Arc::new(load_layer(config, &layers.pp(index))?));
        Ok(Self {
            words: embedding(config.vocab_size, width, e.pp("word_embeddings"))?,
            positions: embedding(config.max_position_embeddings, width, e.pp("position_embeddings"))?,
            token_types: embedding(config.type_vocab_size, width, e.pp("token_type_embeddings"))?,
            norm: [e.get(width, "LayerNorm.weight")?, e.get(width, "LayerNorm.bias")?],
            eps: config.layer_norm_eps as f32,
            layers: (0..config.num_hidden_layers).map(load).collect::<Result<_>>()?,
        })
    }

    /// Vectors of all tokens of `sequences`, one sequence after the other: tokens × width.
    pub fn forward(&self, sequences: &[&[u32]]) -> Result<Tensor> {
        self.run(sequences, &[])
    }

    /// The same; a later backward pass adds to `gradients`, which has an entry for each layer or none.
    pub(super) fn run(&self, sequences: &[&[u32]], gradients: &Gradients) -> Result<Tensor> {
        let lengths: Arc<[usize]> = sequences.iter().map(|ids| ids.len()).collect();
        let mut x = self.embeddings(sequences, &lengths)?;
        for (index, layer) in self.layers.iter().enumerate() {
            let gradients = gradients.get(index).and_then(Option::as_ref);
            // Below the first layer that learns nothing does, so the graph has to begin here.
            if gradients.is_some() && !x.track_op() {
                x = Var::from_tensor(&x)?.into_inner();
            }
            x = layer.forward(&x, &lengths, gradients)?;
        }
        Ok(x)
    }

    fn embeddings(&self, sequences: &[&[u32]], lengths: &[usize]) -> Result<Tensor> {
        let ids: Vec<u32> = sequences.iter().flat_map(|ids| ids.iter().copied()).collect();
        let places: Vec<u32> = lengths.iter().flat_map(|length| 0..*length as u32).collect();
        let n_tokens = ids.len();
        let (ids, places) = (Tensor::from_vec(ids, n_tokens, &Device::Cpu)?, Tensor::from_vec(places, n_tokens, &Device::Cpu)?);
        let x = (self.words.forward(&ids)? + self.positions.forward(&places)?)?;
        let x = (x + self.token_types.forward(&places.zeros_like()?)?)?;
        let [weight, bias] = &self.norm;
        x.apply_op3(weight, bias, NormOp { eps: self.eps })
    }

    /// Tokens that it has vectors of.
    pub fn n_words(&self) -> usize {
        self.words.embeddings().dims().first().copied().unwrap_or(0)
    }

    /// The vectors of `token_ids` before any layer: what the model knows of a token by itself.
    pub fn word_vectors(&self, token_ids: &[u32]) -> Result<Vec<Vec<f32>>> {
        let ids = Tensor::from_slice(token_ids, token_ids.len(), &Device::Cpu)?;
        self.words.forward(&ids)?.to_vec2()
    }
}

fn load_layer(config: &Config, weights: &VarBuilder<'_>) -> Result<Layer> {
    let (width, wide) = (config.hidden_size, config.intermediate_size);
    let load = |name: &&str| match *name {
        "intermediate.dense.weight" => weights.get((wide, width), name),
        "intermediate.dense.bias" => weights.get(wide, name),
        "output.dense.weight" => weights.get((width, wide), name),
        name if name.ends_with("weight") && !name.contains("LayerNorm") => weights.get((width, width), name),
        name => weights.get(width, name),
    };
    Ok(Layer {
        tensors: TENSORS.iter().map(load).collect::<Result<_>>()?,
        n_heads: config.num_attention_heads,
        activation: match config.hidden_act {
            HiddenAct::Gelu => Activation::Gelu,
            HiddenAct::GeluApproximate => Activation::GeluTanh,
            HiddenAct::Relu => Activation::Relu,
        },
        eps: config.layer_norm_eps as f32,
    })
}
