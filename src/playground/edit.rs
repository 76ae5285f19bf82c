//! Edits: how the user's changes get into the document.
//!
//! Nothing is trained or embedded here; that follows from the state (see `plan.rs`).

use std::collections::HashSet;
use std::sync::Arc;

use super::notice::{About, Failing, Notice};
use super::views::Tab;
use super::{Edit, GroupId, Pair, Phrase, PhraseId, Playground};
use crate::data;
use crate::model::ModelChoice;
use crate::train::{Failure, Recipe, RecipeLine, Settings};

impl Playground {
    /// Makes a change of the document, which is not in undo yet.
    pub(super) fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::AddPhrases(texts, group) => self.add_phrases(&texts, group),
            Edit::EditPhrase(id, text) => self.edit_phrase(id, &text),
            Edit::RemovePhrase(id) => self.remove_phrases(vec![id]),
            Edit::RemovePhrases(ids) => self.remove_phrases(ids),
            Edit::GroupPhrases(ids, name) => self.group_phrases(ids, &name),
            Edit::Regroup(groups) => self.document.regroup(groups),
            Edit::Ungroup => self.document.ungroup(),
            Edit::SetPairs(pairs) => self.document.pairs = Arc::new(pairs),
            Edit::SetGroup(id, group) => self.set_group(id, group),
            Edit::SetNewGroup(id, name) => self.set_new_group(id, &name),
            Edit::RenameGroup(id, name) => self.rename_group(id, &name),
            Edit::AddPair(pair) => self.add_pair(pair),
            Edit::AddNegative(anchor, negative) => self.add_negative(anchor, negative),
            Edit::RemovePair(index) => self.remove_pair(index),
            Edit::SetRecipe(recipe) => self.set_recipe(recipe),
            Edit::SetSettings(settings) => self.set_settings(settings),
            Edit::MoveByHand(phrase, at) => self.move_by_hand(phrase, at),
            Edit::SetModel(choice) => self.set_model(choice),
            Edit::Add(content) => self.add_content(&content),
            Edit::NewSeed => self.new_seed(),
            Edit::TakeRecipe(line) => self.take_recipe(*line),
            Edit::Fail(failure) => self.fail(failure),
        }
    }

    /// Says why an edit was not carried out, until the next one.
    pub(super) fn refuse(&mut self, why: impl Into<String>) {
        self.notice = Some(Notice::new(why, true).about(About::Refused));
    }

    fn add_phrases(&mut self, texts: &[String], group: Option<GroupId>) {
        for text in texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
            if self.document.phrase_with_text(text).is_some() {
                // Until the next edit.
                let why = format!("“{}” is already in the list.", data::excerpt(text, 60));
                self.notice = Some(Notice::new(why, false).about(About::Refused));
            }
            self.selected = Some(self.document.add_phrase(text, group));
        }
    }

    fn edit_phrase(&mut self, id: PhraseId, text: &str) {
        let text = text.trim();
        match self.document.phrase_with_text(text) {
            Some(other) if other.id != id => {
                self.refuse(format!("“{}” is already in the list; the phrase keeps its text.", data::excerpt(text, 60)));
            }
            _ if text.is_empty() => self.refuse("A phrase needs some text; it keeps the one it had."),
            _ => self.change_phrase(id, |phrase| phrase.text = text.into()),
        }
    }

    fn change_phrase(&mut self, id: PhraseId, change: impl FnOnce(&mut Phrase)) {
        if let Some(phrase) = Arc::make_mut(&mut self.document.phrases).iter_mut().find(|phrase| phrase.id == id) {
            change(phrase);
        }
    }

    fn remove_phrases(&mut self, ids: Vec<PhraseId>) {
        match self.document.remove_phrases(&ids.into_iter().collect()) {
            0 => {}
            1 => self.tell("Without that negative two pairs were the same: one of them stays.", false),
            n => self.tell(format!("Without those negatives {n} pairs were the same as others: these went."), false),
        }
    }

    fn set_group(&mut self, id: PhraseId, group: Option<GroupId>) {
        // A group that went meanwhile is none.
        let group = group.filter(|id| self.document.groups.iter().any(|group| group.id == *id));
        self.change_phrase(id, |phrase| phrase.group = group);
    }

    fn set_new_group(&mut self, id: PhraseId, name: &str) {
        let name = name.trim();
        if !name.is_empty() {
            let group = self.document.add_group(name);
            self.set_group(id, Some(group));
        }
    }

    fn group_phrases(&mut self, ids: Vec<PhraseId>, name: &str) {
        let name = name.trim();
        if name.is_empty() || ids.is_empty() {
            return;
        }
        let there = self.document.groups.iter().find(|group| &*group.name == name).map(|group| group.id);
        let group = there.unwrap_or_else(|| self.document.add_group(name));
        let ids: HashSet<PhraseId> = ids.into_iter().collect();
        let moved = Arc::make_mut(&mut self.document.phrases).iter_mut().filter(|phrase| ids.contains(&phrase.id));
        moved.for_each(|phrase| phrase.group = Some(group));
    }

    fn rename_group(&mut self, id: GroupId, name: &str) {
        let name = name.trim();
        if self.document.groups.iter().any(|group| group.id != id && &*group.name == name) {
            self.refuse(format!("There is a group “{name}” already; this one keeps its name."));
            return;
        }
        if let Some(group) = Arc::make_mut(&mut self.document.groups).iter_mut().find(|group| group.id == id && !name.is_empty())
        {
            group.name = name.into();
        }
    }

    fn add_pair(&mut self, pair: Pair) {
        let ends = [Some(pair.anchor), Some(pair.positive), pair.negative];
        if ends.into_iter().flatten().any(|id| self.document.phrase(id).is_none()) {
            self.refuse("A pair is of phrases in the list; one of these is not there any more.");
        } else if !self.document.add_pair(pair) {
            self.tell("That pair is already there.", false);
        }
    }

    fn add_negative(&mut self, anchor: PhraseId, negative: PhraseId) {
        let is_there = self.document.phrase(negative).is_some();
        if self.document.has_negative(anchor, negative) {
            self.tell("That negative is already there.", false);
        } else if !is_there || !self.document.add_negative(anchor, negative) {
            self.refuse("A negative belongs to a pair: first give this anchor a positive (drag without Alt).");
        }
    }

    fn remove_pair(&mut self, index: usize) {
        if index < self.document.pairs.len() {
            Arc::make_mut(&mut self.document.pairs).remove(index);
        }
    }

    /// New settings from the step shown on. At the end of the run they let it go on as long again.
    fn set_settings(&mut self, settings: Settings) {
        let (step, steps) = (self.step(), self.document.recipe.steps);
        self.document.recipe = self.document.recipe.with_settings_from(step, settings);
        if step > 0 && step >= steps {
            self.document.recipe.steps = (step + steps).min(Recipe::MAX_STEPS);
        }
        self.forget_failure();
    }

    /// A recipe of another structure begins at step 0, so later changes of settings are dropped; another
    /// length keeps those that it still reaches.
    fn set_recipe(&mut self, mut recipe: Recipe) {
        let before = &self.document.recipe;
        let only_longer = Recipe { steps: before.steps, ..recipe.clone() } == *before;
        let steps = recipe.steps;
        // Another learner begins with its usual dimension, which need not be this model's.
        let model_dims = self.embedded.dims_of(&self.document.model).filter(|_| recipe.learner != before.learner);
        recipe.dims = model_dims.filter(|dims| !recipe.fits_model(*dims)).unwrap_or(recipe.dims);
        recipe.changes.retain(|change| only_longer && change.from_step < steps);
        recipe.moves.retain(|moved| only_longer && moved.at_step <= steps);
        self.document.recipe = recipe;
        self.forget_failure();
    }

    /// What was said of a failure on purpose is not true of another recipe.
    pub(super) fn forget_failure(&mut self) {
        self.notice = self.notice.take().filter(|notice| notice.failing().is_none());
    }

    /// Where learners need the model's dimension, the recipe takes it: now, or once the model was opened.
    fn set_model(&mut self, choice: ModelChoice) {
        let dims = self.embedded.dims_of(&choice);
        if let Some(dims) = dims.filter(|dims| !self.document.recipe.fits_model(*dims)) {
            self.document.recipe.dims = dims;
        }
        self.embedded.is_followed = dims.is_none() && choice != self.document.model;
        self.document.model = choice;
    }

    fn new_seed(&mut self) {
        let mut recipe = self.document.recipe.clone();
        recipe.seed = recipe.seed.wrapping_add(1);
        self.set_recipe(recipe);
    }

    /// A recipe that comes from outside is taken as it is, later changes of its settings too.
    fn take_recipe(&mut self, line: RecipeLine) {
        let mut changed = self.document.recipe.differences(&line.recipe);
        if let Some(choice) = line.model.filter(|choice| *choice != self.document.model) {
            changed.push(format!("model {} → {choice}", self.document.model));
            (self.document.model, self.embedded.is_followed) = (choice, false);
        }
        self.document.recipe = line.recipe;
        self.forget_failure();
        let text = match changed.is_empty() {
            true => "That recipe is the one that is here already.".to_owned(),
            false => format!("Taken from the recipe: {}. (Undo takes it all back.)", changed.join(", ")),
        };
        self.tell(text, false);
    }

    /// Training that fails on purpose, on the chart and the axes that expose it, with the sentence that says what to look at.
    fn fail(&mut self, failure: Failure) {
        let wrong = if failure == Failure::WrongPair { self.wrong_pair() } else { None };
        if failure == Failure::WrongPair && wrong.is_none() {
            self.refuse("A mislabelled pair needs phrases of two groups, or of two pairs; add some first.");
            return;
        }
        self.set_recipe(failure.spoil(&self.document.recipe));
        if let Some(pair) = wrong {
            self.selected = Some(pair.anchor);
            self.document.add_pair(pair);
        }
        self.charts = self.charts.exposing(failure);
        self.recorded.axes = failure.seen_on();
        self.show_tab(Tab::Train);
        let text = |id: PhraseId| -> Arc<str> { self.document.text(id).into() };
        let wrong = wrong.map(|pair| [text(pair.anchor), text(pair.positive)]);
        self.notice = Some(Failing { failure, wrong }.notice(None));
    }

    /// A pair of the first anchor and a phrase of another group, or else one it shares no pair with.
    fn wrong_pair(&self) -> Option<Pair> {
        let first = self.document.pairs.first().copied()?;
        let group_of = |id: PhraseId| self.document.phrase(id).and_then(|phrase| phrase.group);
        let own = group_of(first.anchor);
        let pairs = &self.document.pairs;
        let shares_a_pair = |id: PhraseId| pairs.iter().any(|pair| pair.anchor == first.anchor && pair.positive == id);
        let is_wrong = |id: &PhraseId| *id != first.anchor && !shares_a_pair(*id) && (own.is_none() || group_of(*id) != own);
        let mut ends = pairs.iter().flat_map(|pair| [Some(pair.positive), Some(pair.anchor), pair.negative]).flatten();
        let positive = ends.find(is_wrong)?;
        Some(Pair { anchor: first.anchor, positive, negative: None, score: None })
    }

    /// What was moved by hand is moved no more once its phrase is gone, or is another.
    pub(super) fn forget_moves(&mut self) {
        let document = &self.document;
        let is_gone = |phrase: &Arc<str>| document.phrase_with_text(phrase).is_none();
        let Some(first) = document.recipe.moves.iter().map(|moved| &moved.phrase).find(|phrase| is_gone(phrase)).cloned() else {
            return;
        };
        let mut recipe = document.recipe.clone();
        recipe.moves.retain(|moved| !is_gone(&moved.phrase));
        self.document.recipe = recipe;
        self.tell(
            format!("“{}” was moved by hand; without it the run is as if it had not been.", data::excerpt(&first, 60)),
            false,
        );
    }

    /// A selection of a phrase that is gone is none.
    pub(super) fn forget_dangling(&mut self) {
        if self.selected.is_some_and(|id| self.document.phrase(id).is_none()) {
            self.selected = None;
        }
        self.why.forget_dangling(&self.document);
    }
}
