//! MPNet (Song et al. 2020): places behind the padding token, no token types, and one relative bias that all layers share.

use super::super::ModelError;
use super::super::tokenizer_files::Style;
use super::super::transformer::{Places, Sizes};
use super::bert::of_shape;
use super::config::{Config, Shape};
use super::{Family, Kind, Own};

pub(super) const FAMILY: Family =
    Family { model_types: &["mpnet"], name: "MPNet", style: Style::Mpnet, kind: Kind::Own(Own { sizes, name }) };

/// Where the padding token stands, whatever `config.json` says.
const PADDING: u32 = 1;

fn sizes(config: &Config) -> Result<Sizes, ModelError> {
    let shape = Shape::read(config, [768, 12, 12, 3072, 30527, 512])?;
    let sizes = of_shape(config, &shape, 0, Places::Behind(PADDING))?;
    const BUCKETS: &str = "a whole number from 32 to 1024 as relative_attention_num_buckets";
    let n_buckets = config.size("relative_attention_num_buckets", 32, 32..=1024, BUCKETS)?;
    Ok(Sizes { n_types: 0, n_buckets: Some(n_buckets), ..sizes })
}

fn name(name: &str) -> Option<String> {
    let inner = [("q", "self.query"), ("k", "self.key"), ("v", "self.value"), ("o", "output.dense")];
    let found = inner.iter().find_map(|(own, bert)| {
        let (before, after) = name.split_once(&format!(".attention.attn.{own}."))?;
        Some(format!("{before}.attention.{bert}.{after}"))
    });
    Some(found.unwrap_or_else(|| name.replace(".attention.LayerNorm.", ".attention.output.LayerNorm.")))
}
