//! The BERT encoder (Devlin et al. 2019) in candle, with every weight's name in sight.
//!
//! Why not candle-transformers' `BertModel`: its layer norm and softmax have no backward pass, so it
//! embeds but can't be trained, silently. Here [`Pass::Training`] takes the differentiable forms and
//! [`Pass::Inference`] the fused ones; a test compares both with `BertModel`. Pooling is not here.

use candle_core::{D, DType, Result, Tensor};
use candle_nn::{Embedding, Linear, Module, VarBuilder, embedding, linear, ops};
use candle_transformers::models::bert::{Config, HiddenAct};

/// Whether gradients are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Fused layer norm and softmax: faster, but the graph is cut there.
    Inference,
    /// Forms that candle can differentiate.
    Training,
}

/// Token ids in, one vector per token out.
pub struct Bert {
    words: Embedding,
    positions: Embedding,
    token_types: Embedding,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attention_out: Linear,
    attention_norm: Norm,
    widen: Linear,
    narrow: Linear,
    out_norm: Norm,
    n_heads: usize,
    activation: HiddenAct,
}

struct Norm {
    weight: Tensor,
    bias: Tensor,
    eps: f32,
}

impl Bert {
    /// Takes the weights from `weights`, under the names of Hugging Face's `BertModel`.
    pub fn load(config: &Config, weights: VarBuilder<'_>) -> Result<Self> {
        // Checkpoints of models with a head have everything one level down.
        let weights = if weights.contains_tensor("embeddings.word_embeddings.weight") { weights } else { weights.pp("bert") };
        let (width, e) = (config.hidden_size, weights.pp("embeddings"));
        let layers = weights.pp("encoder.layer");
        Ok(Self {
            words: embedding(config.vocab_size, width, e.pp("word_embeddings"))?,
            positions: embedding(config.max_position_embeddings, width, e.pp("position_embeddings"))?,
            token_types: embedding(config.type_vocab_size, width, e.pp("token_type_embeddings"))?,
            norm: Norm::load(config, e.pp("LayerNorm"))?,
            layers: (0..config.num_hidden_layers).map(|index| Layer::load(config, layers.pp(index))).collect::<Result<_>>()?,
        })
    }

    /// `token_ids` and `mask` (1 for a token, 0 for padding) are n × length; the result is n × length × width.
    pub fn forward(&self, token_ids: &Tensor, mask: &Tensor, pass: Pass) -> Result<Tensor> {
        let (_n, length) = token_ids.dims2()?;
        let positions = Tensor::arange(0, length as u32, token_ids.device())?;
        let x = self.words.forward(token_ids)?;
        let x = x.broadcast_add(&self.positions.forward(&positions)?)?;
        let x = x.broadcast_add(&self.token_types.forward(&positions.zeros_like()?)?)?;
        let mut x = self.norm.forward(&x, pass)?;
        let bias = attention_bias(mask)?;
        for layer in &self.layers {
            x = layer.forward(&x, &bias, pass)?;
        }
        Ok(x)
    }
}

/// 0 where a token may be attended to and a very negative number where it is padding: n × 1 × 1 × length.
fn attention_bias(mask: &Tensor) -> Result<Tensor> {
    let padding = (1.0 - mask.to_dtype(DType::F32)?)?;
    (padding * f64::from(f32::MIN))?.unsqueeze(1)?.unsqueeze(1)
}

impl Layer {
    fn load(config: &Config, weights: VarBuilder<'_>) -> Result<Self> {
        let (width, wide) = (config.hidden_size, config.intermediate_size);
        let attention = weights.pp("attention");
        Ok(Self {
            query: linear(width, width, attention.pp("self.query"))?,
            key: linear(width, width, attention.pp("self.key"))?,
            value: linear(width, width, attention.pp("self.value"))?,
            attention_out: linear(width, width, attention.pp("output.dense"))?,
            attention_norm: Norm::load(config, attention.pp("output.LayerNorm"))?,
            widen: linear(width, wide, weights.pp("intermediate.dense"))?,
            narrow: linear(wide, width, weights.pp("output.dense"))?,
            out_norm: Norm::load(config, weights.pp("output.LayerNorm"))?,
            n_heads: config.num_attention_heads,
            activation: config.hidden_act,
        })
    }

    fn forward(&self, x: &Tensor, bias: &Tensor, pass: Pass) -> Result<Tensor> {
        let attended = self.attention_out.forward(&self.attend(x, bias, pass)?)?;
        let x = self.attention_norm.forward(&(attended + x)?, pass)?;
        let wide = self.widen.forward(&x)?;
        let wide = match self.activation {
            HiddenAct::Gelu => wide.gelu_erf()?,
            HiddenAct::GeluApproximate => wide.gelu()?,
            HiddenAct::Relu => wide.relu()?,
        };
        self.out_norm.forward(&(self.narrow.forward(&wide)? + &x)?, pass)
    }

    /// Multi-head attention; each head is width / n_heads numbers wide.
    fn attend(&self, x: &Tensor, bias: &Tensor, pass: Pass) -> Result<Tensor> {
        let (n, length, width) = x.dims3()?;
        let head_width = width / self.n_heads;
        let split = |x: Tensor| x.reshape((n, length, self.n_heads, head_width))?.transpose(1, 2)?.contiguous();
        let query = (split(self.query.forward(x)?)? * (1.0 / (head_width as f64).sqrt()))?;
        let (key, value) = (split(self.key.forward(x)?)?, split(self.value.forward(x)?)?);
        let scores = query.matmul(&key.t()?)?.broadcast_add(bias)?;
        let shares = match pass {
            Pass::Inference => ops::softmax_last_dim(&scores)?,
            Pass::Training => ops::softmax(&scores, D::Minus1)?,
        };
        shares.matmul(&value)?.transpose(1, 2)?.reshape((n, length, width))
    }
}

impl Norm {
    fn load(config: &Config, weights: VarBuilder<'_>) -> Result<Self> {
        let width = config.hidden_size;
        Ok(Self { weight: weights.get(width, "weight")?, bias: weights.get(width, "bias")?, eps: config.layer_norm_eps as f32 })
    }

    fn forward(&self, x: &Tensor, pass: Pass) -> Result<Tensor> {
        match pass {
            Pass::Inference => ops::layer_norm(&x.contiguous()?, &self.weight, &self.bias, self.eps),
            Pass::Training => ops::layer_norm_slow(x, &self.weight, &self.bias, self.eps),
        }
    }
}
