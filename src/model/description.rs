//! What there is to know of a model from its small files, before its weights are there.
//!
//! What the files mean is told in `blueprint.rs`.

use std::borrow::Cow;

use super::blueprint::{Blueprint, First};
use super::families::Kind;
use super::{ModelError, ModelSettings, NamedPrompt, Pooling};

/// What a model's small files say.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Description {
    /// The architecture, as its files call it.
    pub architecture: String,
    /// Numbers a vector.
    pub dims: Option<usize>,
    /// Tokens of a phrase that it reads at most; `None`: all, or its files do not say.
    pub limit: Option<usize>,
    /// How token vectors become one.
    pub pooling: Option<Pooling>,
    /// Whether vectors have length 1.
    pub normalised: bool,
    /// Whether its own weights can learn here.
    pub can_learn: bool,
    /// The prompts that it was trained with.
    pub prompts: Vec<NamedPrompt>,
    /// The one that is put before every phrase where nobody says otherwise.
    pub default_prompt: Option<String>,
    /// What was guessed, a sentence each.
    pub remarks: Vec<String>,
}

/// The bytes of the file of a name, if there is one.
pub type ReadSmall<'a> = dyn FnMut(&str) -> Result<Option<Vec<u8>>, ModelError> + 'a;

/// What the small files of the model called `name` say; `read` gives the bytes of the file of a name (such as
/// `1_Pooling/config.json`), if there is one.
///
/// # Errors
/// If it is no model, or one of an architecture that is not run here; those of `read`.
pub fn describe(name: &str, read: &mut ReadSmall<'_>) -> Result<Description, ModelError> {
    let mut read = |name: &str| Ok(read(name)?.map(Cow::Owned));
    let blueprint = Blueprint::read(name, &mut read, &ModelSettings::default())?;
    let (architecture, can_learn) = match &blueprint.first {
        First::Transformer { family, .. } => (family.name, matches!(family.kind, Kind::Own(_))),
        First::Static { .. } => ("static", false),
    };
    Ok(Description {
        architecture: architecture.to_owned(),
        dims: blueprint.dims(),
        limit: blueprint.limit,
        pooling: Some(blueprint.pooling()),
        normalised: blueprint.normalises(),
        can_learn,
        prompts: blueprint.prompts,
        default_prompt: blueprint.default_prompt,
        remarks: blueprint.remarks,
    })
}
