//! DistilBERT (Sanh et al. 2019): BERT without token types, under names of its own.

use serde_json::json;

use super::super::ModelError;
use super::super::tokenizer_files::Style;
use super::super::transformer::{Places, Sizes};
use super::bert::activation;
use super::config::{Config, Shape};
use super::{Family, Kind, Own, refuse};

pub(super) const FAMILY: Family =
    Family { model_types: &["distilbert"], name: "DistilBERT", style: Style::Bert, kind: Kind::Own(Own { sizes, name }) };

fn sizes(config: &Config) -> Result<Sizes, ModelError> {
    refuse(config, "sinusoidal_pos_embds", &[json!(false), json!(true)], "true or false as sinusoidal_pos_embds")?;
    let Shape { width, n_layers, n_heads, wide, n_words, n_positions } =
        Shape::read_short(config, [768, 6, 12, 3072, 30522, 512])?;
    Ok(Sizes {
        width,
        n_layers,
        n_heads,
        wide,
        n_words,
        n_positions,
        n_types: 0,
        places: Places::From(0),
        activation: activation(config, "activation")?,
        eps: 1e-12,
        n_buckets: None,
    })
}

fn name(name: &str) -> Option<String> {
    let Some(rest) = name.strip_prefix("transformer.layer.") else { return Some(name.to_owned()) };
    let (layer, rest) = rest.split_once('.')?;
    let names = [
        ("attention.q_lin.", "attention.self.query."),
        ("attention.k_lin.", "attention.self.key."),
        ("attention.v_lin.", "attention.self.value."),
        ("attention.out_lin.", "attention.output.dense."),
        ("sa_layer_norm.", "attention.output.LayerNorm."),
        ("ffn.lin1.", "intermediate.dense."),
        ("ffn.lin2.", "output.dense."),
        ("output_layer_norm.", "output.LayerNorm."),
    ];
    let (own, bert) = names.iter().find(|(own, _)| rest.starts_with(own))?;
    Some(format!("encoder.layer.{layer}.{bert}{}", &rest[own.len()..]))
}
