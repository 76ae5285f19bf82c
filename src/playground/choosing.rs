//! Choosing a model: asking about one, fetching it, and using it once it is here.
//!
//! What was found out is kept in `found_models.rs`; how another model changes the document is in `edit.rs`.

use super::found_models::{FailedFetch, ModelUse};
use super::tasks::Aim;
use super::views::{ModelsCommand, SideChoice};
use super::{Edit, Playground};
use crate::jobs::{Task, Work};
use crate::model::{ModelChoice, Source};

impl Playground {
    pub(super) fn look_at_model(&mut self, source: Source) {
        self.found_models.forget_look();
        self.tasks.start(Work::DescribeModel(source.clone()), Aim::Look(source));
    }

    pub(super) fn drop_model_look(&mut self) {
        self.found_models.forget_look();
        self.tasks.drop_task(Task::DescribeModel);
    }

    /// Of two that are fetched one after the other the later one is wanted.
    pub(super) fn fetch_model(&mut self, choice: ModelChoice, purpose: ModelUse) {
        self.found_models.begin_fetch();
        let before = self.model_for(purpose);
        self.tasks.start(Work::FetchModel(choice.clone()), Aim::Fetch { choice, purpose: Some(purpose), before });
    }

    fn model_for(&self, purpose: ModelUse) -> Option<ModelChoice> {
        match purpose {
            ModelUse::Document => Some(self.document.model.clone()),
            ModelUse::Side(side) => self.views.models.side(side).and_then(SideChoice::model).cloned(),
        }
    }

    /// Uses a model that has come, unless somebody has chosen another one in the meantime.
    pub(super) fn take_fetched(&mut self, aim: Aim, choice: ModelChoice) {
        let Aim::Fetch { purpose, before, .. } = aim else { return };
        let name = choice.name();
        self.found_models.take_fetched(choice.clone());
        match purpose.filter(|purpose| self.model_for(*purpose) == before) {
            // It may be the one that was chosen when it was not here yet.
            Some(ModelUse::Document) if self.document.model == choice => self.embedded.try_again(),
            Some(ModelUse::Document) => self.edit_undoably(Edit::SetModel(choice)),
            Some(ModelUse::Side(side)) => {
                let (views, mut context) = self.split();
                let command = ModelsCommand::Choose(side, SideChoice::Model(choice));
                views.carry_out(command.into(), &mut context);
            }
            None => {}
        }
        self.tell(format!("{name} is on this machine now."), false);
    }

    /// What could not be found out or fetched is said where it was asked for.
    pub(super) fn take_model_failure(&mut self, aim: Aim, why: String) {
        match aim {
            Aim::Look(source) => self.found_models.take_refusal(source, why),
            Aim::Fetch { choice, purpose, .. } => self.found_models.take_failed_fetch(FailedFetch { choice, purpose, why }),
            Aim::Nothing | Aim::Run(_) | Aim::Axes(_) | Aim::Revision(..) => {}
        }
    }
}
