//! How a model is to embed where that is not as its files say.
//!
//! What the settings do is the encoders' affair.

use std::fmt;

use super::pooling::Pooling;

/// How a model is to embed. What is `None` is as its files say.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// The text before each phrase: the name of one of the model's prompts, else the text itself; empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// How token vectors become one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pooling: Option<Pooling>,
    /// Tokens of a phrase that are read at most, special ones included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl ModelSettings {
    /// Whether all is as the model's files say.
    pub fn are_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Takes what `other` has to say.
    pub fn follow(&mut self, other: Self) {
        let Self { prompt, pooling, limit } = other;
        self.prompt = prompt.or(self.prompt.take());
        self.pooling = pooling.or(self.pooling.take());
        self.limit = limit.or(self.limit);
    }
}

/// What is not as the model's files say, in words; nothing where all is.
impl fmt::Display for ModelSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prompt = self.prompt.as_ref().map(|prompt| match prompt.as_str() {
            "" => "no prompt".to_owned(),
            prompt => format!("prompt {prompt:?}"),
        });
        let pooling = self.pooling.as_ref().map(|pooling| format!("pooling {pooling}"));
        let limit = self.limit.map(|limit| format!("at most {limit} tokens"));
        let words: Vec<String> = [prompt, pooling, limit].into_iter().flatten().collect();
        f.write_str(&words.join(", "))
    }
}
