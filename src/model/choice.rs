//! Which model, and how it is to embed.
//!
//! Where models come from stands in `source.rs`, how they may be told to embed in `settings.rs`.

use std::fmt;

use super::{ModelSettings, Source};

/// A model as somebody chose it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelChoice {
    /// Where it comes from.
    pub source: Source,
    /// How it is to embed.
    pub settings: ModelSettings,
}

impl ModelChoice {
    /// What it is called, for people.
    pub fn name(&self) -> String {
        let words = self.settings.to_string();
        if words.is_empty() { self.source.name() } else { format!("{} ({words})", self.source.name()) }
    }
}

/// Where it comes from, and how it is to embed.
impl fmt::Display for ModelChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.settings.to_string();
        if words.is_empty() { self.source.fmt(f) } else { write!(f, "{} ({words})", self.source) }
    }
}

impl From<Source> for ModelChoice {
    fn from(source: Source) -> Self {
        Self { source, settings: ModelSettings::default() }
    }
}
