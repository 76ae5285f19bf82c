//! What there is to know of a model from its small files, before its weights are there.
//!
//! How the files are read into a model that embeds is told in `folder.rs`.

use super::{ModelError, NamedPrompt, Pooling};

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

/// What the small files of a model say; `read` gives the bytes of the file of a name (such as `1_Pooling/config.json`), if
/// there is one.
///
/// # Errors
/// If it is no model, or one of an architecture that is not run here; those of `read`.
pub fn describe(read: &mut dyn FnMut(&str) -> Result<Option<Vec<u8>>, ModelError>) -> Result<Description, ModelError> {
    let config = read("config.json")?;
    Ok(Description { architecture: config.map(|_| String::new()).unwrap_or_default(), ..Description::default() })
}
