//! The options that choose a model and how it embeds, for all verbs that embed.

use clap::Args;

use super::input;
use crate::model::{ModelChoice, ModelSettings, Pooling, Source};

/// Which model, and how it embeds.
#[derive(Debug, Clone, Default, Args)]
pub struct ModelArguments {
    /// The model.
    #[arg(long, value_name = "MODEL", help = input::model_help())]
    pub model: Option<Source>,
    /// How it embeds.
    #[command(flatten)]
    pub settings: SettingArguments,
}

/// How a model embeds.
#[derive(Debug, Clone, Default, Args)]
pub struct SettingArguments {
    /// Text before each phrase: the name of one of the model's prompts, else the text itself; "" for none. Else the
    /// model's default prompt.
    #[arg(long, value_name = "NAME|TEXT")]
    pub prompt: Option<String>,
    /// How token vectors become one: cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken, or several with +
    /// between them; else as the model says.
    #[arg(long, value_name = "NAME")]
    pub pooling: Option<Pooling>,
    /// Tokens of a phrase that are read at most, special ones included; else as the model says.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: Option<u32>,
}

impl SettingArguments {
    /// The same as settings of a model.
    pub(super) fn settings(&self) -> ModelSettings {
        let Self { prompt, pooling, max_tokens } = self.clone();
        ModelSettings { prompt, pooling, limit: max_tokens.map(|limit| limit as usize) }
    }

    /// The model of `source` that embeds so.
    pub(super) fn choice(&self, source: Source) -> ModelChoice {
        ModelChoice { source, settings: self.settings() }
    }
}

impl ModelArguments {
    /// As if `choice` had been asked for.
    pub(super) fn of(choice: ModelChoice) -> Self {
        let ModelSettings { prompt, pooling, limit } = choice.settings;
        let max_tokens = limit.map(|limit| u32::try_from(limit).unwrap_or(u32::MAX));
        Self { model: Some(choice.source), settings: SettingArguments { prompt, pooling, max_tokens } }
    }

    /// The model that is asked for; the built-in one where none is.
    pub(super) fn choice(&self) -> ModelChoice {
        self.settings.choice(self.model.clone().unwrap_or_default())
    }

    /// Whether anything is asked for.
    pub(super) fn are_given(&self) -> bool {
        self.model.is_some() || !self.settings.settings().are_usual()
    }
}
