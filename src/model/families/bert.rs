//! BERT (Devlin et al. 2019): its words are those in which all own families are told.

use serde_json::json;

use super::super::ModelError;
use super::super::tokenizer_files::Style;
use super::super::transformer::{Activation, Places, Sizes};
use super::config::{Config, Shape, eps};
use super::{Family, Kind, Own, refuse};

pub(super) const FAMILY: Family = Family {
    model_types: &["bert"],
    name: "BERT",
    style: Style::Bert,
    kind: Kind::Own(Own { sizes, name: |name| Some(name.to_owned()) }),
};

fn sizes(config: &Config) -> Result<Sizes, ModelError> {
    let shape = Shape::read(config, [768, 12, 12, 3072, 30522, 512])?;
    of_shape(config, &shape, 2, Places::From(0))
}

/// What BERT has in common with those that followed it: `n_types` where its files do not say.
pub(super) fn of_shape(config: &Config, shape: &Shape, n_types: usize, places: Places) -> Result<Sizes, ModelError> {
    refuse(config, "position_embedding_type", &[json!("absolute")], "absolute as position_embedding_type")?;
    // Of none there would be no vector to add; a family without kinds of token does not ask.
    let n_types = match n_types {
        0 => 0,
        usual => config.size("type_vocab_size", usual, 1..=65536, "a whole number from 1 to 65536 as type_vocab_size")?,
    };
    Ok(Sizes {
        width: shape.width,
        n_layers: shape.n_layers,
        n_heads: shape.n_heads,
        wide: shape.wide,
        n_words: shape.n_words,
        n_positions: shape.n_positions,
        n_types,
        places,
        activation: activation(config, "hidden_act")?,
        eps: eps(config, 1e-12)?,
        n_buckets: None,
    })
}

/// What stands between the halves of a feed-forward part.
pub(super) fn activation(config: &Config, key: &'static str) -> Result<Activation, ModelError> {
    let name = config.text(key)?.unwrap_or("gelu");
    Activation::named(name).ok_or_else(|| {
        config.bad("an activation that is known (gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu, silu, tanh)", name)
    })
}
