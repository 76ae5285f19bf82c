//! What was found out of models that are not chosen (yet): which are on this machine, what one is that was asked about, and
//! why one could not be fetched.
//!
//! What becomes of the answers is in `choosing.rs`.

use std::sync::Arc;

use crate::jobs::{ModelHere, ModelLook};
use crate::model::{ModelChoice, Source};

/// What a model is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelUse {
    /// It embeds the phrases of the document.
    Document,
    /// It is the first or the second (0, 1) of two that are compared.
    Side(usize),
}

/// A model that was asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct LookedAt {
    /// Where it comes from.
    pub source: Source,
    /// What it is, or why nobody knows.
    pub look: Result<Arc<ModelLook>, String>,
}

/// A model that could not be fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedFetch {
    /// The model.
    pub choice: ModelChoice,
    /// What it was for, if anybody waited for it.
    pub purpose: Option<ModelUse>,
    /// Why, and what to do.
    pub why: String,
}

/// What was found out of models that are not chosen.
#[derive(Debug, Clone, Default)]
pub struct FoundModels {
    here: Option<Arc<[ModelHere]>>,
    looked_at: Option<LookedAt>,
    failed_fetch: Option<FailedFetch>,
    fetched: Option<ModelChoice>,
}

impl FoundModels {
    /// The models on this machine, once they were looked for.
    pub fn here(&self) -> Option<&Arc<[ModelHere]>> {
        self.here.as_ref()
    }

    /// The model that was asked about last.
    pub fn looked_at(&self) -> Option<&LookedAt> {
        self.looked_at.as_ref()
    }

    /// The model that could not be fetched at the last try.
    pub fn failed_fetch(&self) -> Option<&FailedFetch> {
        self.failed_fetch.as_ref()
    }

    /// The model that was fetched last.
    pub fn fetched(&self) -> Option<&ModelChoice> {
        self.fetched.as_ref()
    }

    pub(super) fn take_list(&mut self, here: Arc<[ModelHere]>) {
        self.here = Some(here);
    }

    pub(super) fn take_look(&mut self, look: ModelLook) {
        self.looked_at = Some(LookedAt { source: look.source.clone(), look: Ok(Arc::new(look)) });
    }

    pub(super) fn take_refusal(&mut self, source: Source, why: String) {
        self.looked_at = Some(LookedAt { source, look: Err(why) });
    }

    pub(super) fn take_failed_fetch(&mut self, failed: FailedFetch) {
        self.failed_fetch = Some(failed);
    }

    /// What was found out of it before it was here is asked again.
    pub(super) fn take_fetched(&mut self, choice: ModelChoice) {
        self.looked_at = None;
        self.fetched = Some(choice);
    }

    /// What was found out of a model before is asked again.
    pub(super) fn forget_look(&mut self) {
        self.looked_at = None;
    }

    /// A new try.
    pub(super) fn begin_fetch(&mut self) {
        (self.failed_fetch, self.fetched) = (None, None);
    }

    /// That a model did not come was read.
    pub(super) fn forget_failure(&mut self) {
        self.failed_fetch = None;
    }
}
