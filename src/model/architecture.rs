//! From the files of a model to an encoder: the tokenizer, the layers of its family, and what follows them.
//!
//! Which families there are is told in `families/`.

use std::sync::Arc;

use super::blueprint::{Blueprint, First, Module};
use super::families::{Config, Family, Kind};
use super::folder::ModelFiles;
use super::identity::{EMBEDDED_REVISION, name_and_revision, start_of};
use super::named::{Named, prefix_of};
use super::sentence_encoder::{After, Layers, OwnLayers, SentenceEncoder};
use super::static_model::StaticModel;
use super::steps::steps_of;
use super::tokenizer_files::{Style, Wanted};
use super::tokenizing::Tokenizing;
use super::transformer::{Transformer, Weights};
use super::weights::{StoredTensors, WeightFiles, check_finite, digest_of, named, widened};
use super::{Encoder, ModelError};
use crate::space::SpaceId;

/// The encoder that `files` are the files of.
pub(super) fn encoder_of(mut files: ModelFiles) -> Result<Arc<dyn Encoder>, ModelError> {
    let mut remarks = std::mem::take(&mut files.blueprint.remarks);
    let text = tokenizing(&files, &mut remarks)?;
    match &files.blueprint.first {
        First::Static { config } => Ok(Arc::new(StaticModel::open(&files, config.as_ref(), text, remarks)?)),
        First::Transformer { family, config, sizes } => {
            check_vocabulary(config, sizes[1], &text)?;
            let layers = layers_of(family, config, &files)?;
            remarks.extend(left_out(&layers));
            let after = after(&files, sizes[0])?;
            let weights = weights_digest(&files, &layers, &after)?;
            let rest = [&text.digest()?[..], rest_of(&files.blueprint, family, config).as_bytes()].map(<[u8]>::to_vec);
            let rest: Vec<&[u8]> = rest.iter().map(Vec::as_slice).collect();
            let (model, revision) = name_and_revision(&files.name, &weights, &rest);
            let space = SpaceId {
                model,
                revision,
                training: None,
                dims: after.dims(sizes[0]),
                pooling: after.pooling.to_string(),
                normalised: files.blueprint.normalises(),
                prompt: text.prompt().to_owned(),
            };
            let (prompts, saved) = (files.blueprint.prompts, Arc::new(files.saved));
            Ok(Arc::new(SentenceEncoder { text, layers, after, space, prompts, remarks, saved }))
        }
    }
}

fn tokenizing(files: &ModelFiles, remarks: &mut Vec<String>) -> Result<Tokenizing, ModelError> {
    let blueprint = &files.blueprint;
    let style = match &blueprint.first {
        First::Transformer { family, .. } => family.style,
        First::Static { .. } => Style::AsItIs,
    };
    let wanted = Wanted {
        folder: &blueprint.folder,
        files: &files.tokenizer,
        config: &blueprint.tokenizer,
        style,
        lowers: blueprint.lowers,
        limit: blueprint.limit,
        limit_from: &blueprint.limit_from,
        prompt: &blueprint.prompt,
        skips_prompt: !blueprint.pools_prompt,
    };
    Tokenizing::build(&wanted, remarks)
}

/// Checks that the model has a vector for every token of its tokenizer.
fn check_vocabulary(config: &Config, n_words: usize, text: &Tokenizing) -> Result<(), ModelError> {
    let n_ids = text.n_ids();
    if n_ids <= n_words {
        return Ok(());
    }
    let got = format!("{n_words} where the tokenizer has {n_ids}");
    Err(config.bad("as many tokens as the tokenizer has, or more, as vocab_size", got))
}

/// Loads the weights of a family, of which those that it is made of are finite.
fn layers_of(family: &Family, config: &Config, files: &ModelFiles) -> Result<Layers, ModelError> {
    let file = format!("{}{}", files.blueprint.folder, super::folder::WEIGHTS_FILE);
    let tensors = files.weights.load()?;
    match &family.kind {
        Kind::Own(own) => {
            let sizes = (own.sizes)(config)?;
            let weights = Named::of(tensors, &Transformer::names(&sizes), own.name, &file)?;
            // What is compiled in is known by its digest, and most of its table of tokens is never read.
            if !matches!(files.weights, WeightFiles::Embedded(_)) {
                check_finite(&file, named(&weights.used))?;
            }
            let transformer = Transformer::load(&sizes, &weights.used, &file, Weights::Fixed)?;
            Ok(Layers::Own(Box::new(OwnLayers { sizes, transformer, weights, file })))
        }
        Kind::Other(other) => {
            let prefix = prefix_of(&tensors, other.anchor);
            let tensors: StoredTensors =
                tensors.into_iter().filter_map(|(name, tensor)| Some((name.strip_prefix(&prefix)?.to_owned(), tensor))).collect();
            check_finite(&file, named(&tensors))?;
            Ok(Layers::Other((other.open)(config, widened(tensors)?)?))
        }
    }
}

/// What to say of weights of layers that `config.json` does not tell of.
fn left_out(layers: &Layers) -> Option<String> {
    let Layers::Own(own) = layers else { return None };
    let first = own.weights.of_other_layers().next()?;
    let n = own.weights.of_other_layers().count();
    Some(format!(
        "{n} tensors of {} are left out, as config.json tells of {} layers; the first is {first}",
        own.file, own.sizes.n_layers
    ))
}

/// What follows the layers, whose tokens have `width` numbers.
fn after(files: &ModelFiles, width: usize) -> Result<After, ModelError> {
    let pooling = files.blueprint.pooling();
    let steps = steps_of(files, width * pooling.n_modes())?;
    Ok(After { pooling, steps, kept: files.blueprint.kept })
}

/// The start of the digest of all numbers that make vectors.
fn weights_digest(files: &ModelFiles, layers: &Layers, after: &After) -> Result<String, ModelError> {
    if let WeightFiles::Embedded(_) = files.weights {
        return Ok(EMBEDDED_REVISION.to_owned());
    }
    let of_layers = match layers {
        Layers::Own(own) => digest_of(named(&own.weights.used))?,
        Layers::Other(body) => body.digest()?,
    };
    let mut all = of_layers.to_vec();
    for (_, step) in &after.steps {
        if let Some(tensors) = step.tensors() {
            all.extend(digest_of(named(tensors))?);
        }
    }
    // Without further modules it is the transformer's own, so that a copy with other modules is seen to be one.
    if all.len() == of_layers.len() { Ok(start_of(&of_layers)) } else { Ok(start_of(&super::identity::digest(&[&all]))) }
}

/// What else changes vectors, as text: sizes, modules, what is kept.
fn rest_of(blueprint: &Blueprint, family: &Family, config: &Config) -> String {
    let sizes = match &family.kind {
        Kind::Own(own) => format!("{:?}", (own.sizes)(config)),
        Kind::Other(_) => String::new(),
    };
    let modules: Vec<String> = blueprint.modules.iter().map(Module::describe).collect();
    format!("{} {sizes} {modules:?} {:?}", family.name, blueprint.kept)
}
