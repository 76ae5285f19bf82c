//! What a view beside the map may read of the rest, and the few things it may change.

use crate::playground::document::{Document, Phrase};
use crate::playground::embedded::Embedded;
use crate::playground::notice::Notice;
use crate::playground::playhead::Playhead;
use crate::playground::recorded::Recorded;
use crate::playground::run_key::RunKey;
use crate::playground::tasks::Tasks;
use crate::playground::wanted::Wanted;
use crate::train::{LearnerKind, TrainInput};

/// The rest of the playground, as a view has it.
pub(in crate::playground) struct ViewContext<'a> {
    pub(in crate::playground) document: &'a Document,
    pub(in crate::playground) recorded: &'a Recorded,
    pub(in crate::playground) embedded: &'a Embedded,
    pub(in crate::playground) wanted: &'a mut Wanted,
    pub(in crate::playground) playhead: &'a mut Playhead,
    pub(in crate::playground) tasks: &'a mut Tasks,
    pub(in crate::playground) notice: &'a mut Option<Notice>,
    /// Whether all phrases are being embedded.
    pub(in crate::playground) embeds_all: bool,
}

impl ViewContext<'_> {
    pub(super) fn tell(&mut self, text: impl Into<String>, is_error: bool) {
        *self.notice = Some(Notice::new(text, is_error));
    }

    /// What the document would train now, as an input for several runs; says why where it is nothing.
    pub(super) fn several_runs(&mut self) -> Option<(TrainInput, RunKey)> {
        let wanted = self.wanted.several_runs(self.document, self.embedded);
        wanted.inspect_err(|why| self.tell(format!("Nothing to compare: {why}."), true)).ok()
    }

    /// Whether several runs of the recipe may begin without being asked for: a transformer takes long.
    pub(super) fn trains_quickly(&self) -> bool {
        let is_short = self.document.recipe.learner != LearnerKind::Transformer;
        is_short && self.wanted.problem().is_none() && self.recorded.run.is_some()
    }

    pub(super) fn shown_phrases(&self) -> Vec<&Phrase> {
        self.wanted.shown_phrases(self.document)
    }
}
