//! ModernBERT (Warner et al. 2024), run by candle-transformers: it embeds and does not learn here.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::modernbert::{self, ModernBert};
use serde_json::{Value, json};

use super::super::ModelError;
use super::super::identity::digest;
use super::super::tokenizer_files::Style;
use super::super::weights::{Tensors, digest_of, named};
use super::config::{Config, EPS, Shape};
use super::{Body, Family, Kind, Opened, Other, OtherSizes, refuse};

pub(super) const FAMILY: Family = Family {
    model_types: &["modernbert"],
    name: "ModernBERT",
    style: Style::AsItIs,
    kind: Kind::Other(Other { sizes, anchor: WORDS, open }),
};

/// Fills up phrases; no token looks at it, so that any will do.
const PADDING: u32 = 0;

const WORDS: &str = "embeddings.tok_embeddings.weight";

struct Model {
    words: Tensor,
    model: ModernBert,
    digest: [u8; 32],
    /// Held while a long phrase is computed.
    one_by_one: Mutex<()>,
}

fn shape(config: &Config) -> Result<Shape, ModelError> {
    Shape::read(config, [768, 22, 12, 1152, 50368, 8192])
}

fn sizes(config: &Config) -> Result<OtherSizes, ModelError> {
    // All that can be refused is, before anything is fetched or loaded.
    check(config)?;
    let Shape { width, n_layers, n_words, n_positions, .. } = shape(config)?;
    period(config, n_layers)?;
    thetas(config)?;
    Ok(OtherSizes { width, n_words, n_places: n_positions })
}

/// Older files say the two angles as numbers, newer ones by kind of attention.
fn theta(config: &Config, key: &'static str, kind: &str, usual: f64) -> Result<f64, ModelError> {
    const EXPECTED: &str = "a number from 1 as rope_theta";
    let parameters = config.value("rope_parameters").and_then(|kinds| kinds.get(kind));
    let says = |key: &str, usual: &[Value]| parameters.and_then(|kind| kind.get(key)).filter(|value| !usual.contains(value));
    // Scaled angles are other vectors.
    let scaled =
        says("rope_type", &[json!("default"), Value::Null]).or(says("partial_rotary_factor", &[json!(1.0), Value::Null]));
    if let Some(scaled) = scaled {
        return Err(config.bad("angles that are not scaled (rope_type default) as rope_parameters", scaled));
    }
    let newer = parameters.and_then(|kind| kind.get("rope_theta"));
    let Some(value) = newer.or(config.value(key)) else { return Ok(usual) };
    value.as_f64().filter(|theta| (1.0..=1e12).contains(theta)).ok_or_else(|| config.bad(EXPECTED, value))
}

/// The angles of layers that look at all tokens and of those that look at the next ones.
fn thetas(config: &Config) -> Result<[f64; 2], ModelError> {
    let global = theta(config, "global_rope_theta", "full_attention", 160_000.0)?;
    Ok([global, theta(config, "local_rope_theta", "sliding_attention", 10_000.0)?])
}

/// Of how many layers one looks at all tokens, from the first on: older files say the number, newer ones list the layers.
fn period(config: &Config, n_layers: usize) -> Result<usize, ModelError> {
    const EXPECTED: &str = "layer_types of which every n-th, from the first on, is full_attention";
    let Some(types) = config.value("layer_types").and_then(Value::as_array) else {
        const NUMBER: &str = "a whole number from 1 to 1024 as global_attn_every_n_layers";
        return config.size("global_attn_every_n_layers", 3, 1..=1024, NUMBER);
    };
    let full: Vec<bool> = types.iter().map(|kind| kind == "full_attention").collect();
    let period = full.iter().skip(1).position(|is_full| *is_full).map_or(n_layers.max(1), |place| place + 1);
    let fits = full.len() == n_layers && full.iter().enumerate().all(|(layer, is_full)| *is_full == layer.is_multiple_of(period));
    if fits { Ok(period) } else { Err(config.bad(EXPECTED, Value::from(types.clone()))) }
}

/// What candle does not do.
fn check(config: &Config) -> Result<(), ModelError> {
    for (key, expected) in
        [("attention_bias", "false as attention_bias"), ("mlp_bias", "false as mlp_bias"), ("norm_bias", "false as norm_bias")]
    {
        refuse(config, key, &[json!(false)], expected)?;
    }
    refuse(config, "rope_scaling", &[], "no rope_scaling")?;
    refuse(config, "partial_rotary_factor", &[json!(1.0), json!(1)], "1 as partial_rotary_factor")?;
    refuse(config, "hidden_activation", &[json!("gelu")], "gelu as hidden_activation")
}

fn open(config: &Config, tensors: Tensors) -> Opened {
    let Shape { width, n_layers, n_heads, wide, n_words, n_positions } = shape(config)?;
    let [global, local] = thetas(config)?;
    let settings = modernbert::Config {
        vocab_size: n_words,
        hidden_size: width,
        num_hidden_layers: n_layers,
        num_attention_heads: n_heads,
        intermediate_size: wide,
        max_position_embeddings: n_positions,
        layer_norm_eps: config.number("norm_eps", 1e-5, EPS, "a number from 1e-30 to 1 as norm_eps")?,
        pad_token_id: PADDING,
        global_attn_every_n_layers: period(config, n_layers)?,
        global_rope_theta: global,
        local_attention: config.size(
            "local_attention",
            128,
            1..=1 << 20,
            "a whole number from 1 to 1048576 as local_attention",
        )?,
        local_rope_theta: local,
        classifier_config: None,
    };
    let words = tensors.get(WORDS).cloned().ok_or_else(|| config.bad("weights with token vectors", format!("no {WORDS}")))?;
    let numbers = digest_of(named(&tensors))?;
    let digest = digest(&[&numbers, format!("{settings:?}").as_bytes()]);
    // candle looks for everything one level down.
    let prefixed = tensors.into_iter().map(|(name, tensor)| (format!("model.{name}"), tensor)).collect();
    let model = ModernBert::load(VarBuilder::from_tensors(prefixed, DType::F32, &Device::Cpu), &settings)?;
    Ok(Arc::new(Model { words, model, digest, one_by_one: Mutex::new(()) }))
}

impl Model {
    fn states(&self, sequences: &[&[u32]]) -> candle_core::Result<Tensor> {
        let longest = sequences.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let (mut ids, mut mask) = (Vec::new(), Vec::new());
        for sequence in sequences {
            let n_padding = longest - sequence.len();
            ids.extend(sequence.iter().copied().chain(std::iter::repeat_n(PADDING, n_padding)));
            mask.extend(std::iter::repeat_n(1_u32, sequence.len()).chain(std::iter::repeat_n(0, n_padding)));
        }
        let shape = (sequences.len(), longest);
        let (ids, mask) = (Tensor::from_vec(ids, shape, &Device::Cpu)?, Tensor::from_vec(mask, shape, &Device::Cpu)?);
        let states = self.model.forward(&ids, &mask)?;
        let rows = sequences.iter().enumerate().map(|(index, ids)| states.get(index)?.narrow(0, 0, ids.len()));
        Tensor::cat(&rows.collect::<candle_core::Result<Vec<_>>>()?, 0)
    }
}

/// From so many tokens on phrases are computed one at a time.
const LONG: usize = 1024;

impl Body for Model {
    /// Phrases are padded to the longest, as candle wants them, and laid end to end again.
    fn forward(&self, sequences: &[&[u32]]) -> candle_core::Result<Tensor> {
        let longest = sequences.iter().map(|ids| ids.len()).max().unwrap_or(0);
        // The square of a long phrase is large: of such only one is computed at a time.
        let _alone = (longest > LONG).then(|| self.one_by_one.lock().unwrap_or_else(PoisonError::into_inner));
        self.states(sequences)
    }

    fn words(&self) -> &Tensor {
        &self.words
    }

    fn digest(&self) -> Result<[u8; 32], ModelError> {
        Ok(self.digest)
    }
}
