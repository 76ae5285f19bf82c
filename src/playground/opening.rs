//! Opening and saving: how another document takes the place of this one, and what becomes of files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batch::BatchLook;
use super::document::{BATCH_OF_MANY, DIMS_OF_MANY, MANY_PHRASES};
use super::grip::Hand;
use super::import::{Brought, add, document_of};
use super::lesson::Lesson;
use super::playground::{OpenedRun, Origin};
use super::playhead::Playhead;
use super::tasks::Aim;
use super::views::{KeptId, Tab};
use super::{Document, Edit, Playground, file};
use crate::data::{Given, Meaning, Reading};
use crate::files::print_of;
use crate::jobs::{Content, Look, Offer, Work};
use crate::train::{Axes, LearnerKind, RecipeLine, Run, write_run};

impl Playground {
    /// What the worker still does for the old document is of no use to this one, but for its vectors.
    pub(super) fn replace_document(&mut self, document: Document, view: file::View, path: Option<PathBuf>) {
        self.document = document;
        self.history.begin_anew();
        self.origin = Origin { path, print: None };
        self.changed_meanwhile = None;
        self.course.given = None;
        self.draft.iter_mut().for_each(|draft| draft.listens = false);
        (self.selected, self.notice, self.offered) = (None, None, None);
        self.why.close();
        self.tasks.leave_document();
        self.recorded.begin_anew(view.axes);
        self.embedded.begin_anew();
        self.views.begin_anew();
        self.playhead.stop_at(view.step);
        self.hand = Hand::default();
        self.batch_look = BatchLook { is_open: self.playhead.is_two_phase, ..BatchLook::default() };
    }

    pub(super) fn begin_project(&mut self) {
        self.replace_document(Document::default(), file::View::default(), None);
        self.views.tab = Tab::Explore;
    }

    pub(super) fn open_lesson(&mut self, lesson: &Arc<Lesson>) {
        let document = lesson.document();
        let first = document.pairs.first().map(|pair| pair.anchor);
        let kept = self.keep_lesson();
        self.replace_document(document, file::View::default(), None);
        // Every lesson begins in the same way, whatever the one before it had set.
        (self.playhead, self.batch_look) = (Playhead::default(), BatchLook::default());
        self.selected = first;
        self.views.tab = lesson.tab.unwrap_or(Tab::Train);
        self.give(lesson);
        if let Some(title) = kept.filter(|title| *title != lesson.title) {
            self.tell(format!("What you made in “{title}” is kept: choose that lesson again, and go on there."), false);
        }
    }

    pub(super) fn open(&mut self, path: PathBuf) {
        (self.offered, self.changed_meanwhile) = (None, None);
        self.tasks.start(Work::Open(path), Aim::Nothing);
    }

    /// Text from the clipboard that is a table.
    pub(super) fn open_text(&mut self, text: &str) {
        match Given::new(PASTED, text.as_bytes().to_vec()) {
            Ok(given) => {
                let offer = Offer { path: None, given, reading: Reading::default(), meaning: None };
                self.tasks.start(Work::Look(Box::new(offer)), Aim::Nothing);
            }
            Err(why) => self.tell(why.to_string(), true),
        }
    }

    /// Looks at what is offered again, as it is to be read now.
    pub(super) fn read_again(&mut self, reading: Reading, meaning: Option<Meaning>) {
        if let Some(look) = &self.offered {
            let offer = Offer { reading, meaning, ..look.offer.clone() };
            self.tasks.start(Work::Look(Box::new(offer)), Aim::Nothing);
        }
    }

    /// A recipe that somebody copied; a wrong one changes nothing.
    pub(super) fn paste_recipe(&mut self, text: &str) {
        match RecipeLine::read(text) {
            Ok(line) => self.edit_undoably(Edit::TakeRecipe(Box::new(line))),
            Err(why) => self.tell(format!("The recipe is not taken: {why}."), true),
        }
    }

    pub(super) fn take_opened_run(&mut self, path: PathBuf, run: Arc<Run>) {
        self.opened_run = Some(OpenedRun { path, run });
    }

    /// Takes the recipe of a run that is kept.
    pub(super) fn take_kept_recipe(&mut self, id: KeptId) {
        if let Some(kept) = self.views.seeds.kept_run(id) {
            let line = RecipeLine { recipe: kept.run.recipe.clone(), model: None };
            self.edit_undoably(Edit::TakeRecipe(Box::new(line)));
        }
    }

    /// Writes a run that is kept as a run file.
    pub(super) fn save_kept(&mut self, id: KeptId, path: PathBuf) {
        let Some(kept) = self.views.seeds.kept_run(id) else { return };
        match write_run(&kept.run) {
            Ok(bytes) => self.tasks.start(Work::Save(path, bytes.into(), None), Aim::Nothing),
            Err(why) => self.tell(why.to_string(), true),
        }
    }

    /// The sheet stays open: the sentence says what was changed.
    pub(super) fn take_recipe_of_run(&mut self) {
        if let Some(opened) = &self.opened_run {
            let line = RecipeLine { recipe: opened.run.recipe.clone(), model: None };
            self.edit_undoably(Edit::TakeRecipe(Box::new(line)));
        }
    }

    pub(super) fn keep_opened_run(&mut self) {
        if let Some(opened) = self.opened_run.take() {
            match self.views.seeds.keep(&opened.name(), opened.run) {
                Ok(name) => self.tell(format!("Kept as “{name}”: Seeds compares it with other runs."), false),
                Err(why) => self.tell(why, true),
            }
        }
    }

    pub(super) fn take_project(&mut self, path: PathBuf, bytes: &[u8]) {
        if Lesson::is_one(bytes) {
            return self.take_lesson(&path, bytes);
        }
        match file::read(bytes) {
            Ok((document, view)) => {
                self.replace_document(document, view, Some(path));
                self.origin.print = Some(print_of(bytes));
                self.show_what_there_is();
            }
            Err(why) => self.tell(format!("{}: {why}", path.display()), true),
        }
    }

    fn take_lesson(&mut self, path: &Path, bytes: &[u8]) {
        match Lesson::read(&String::from_utf8_lossy(bytes)) {
            Ok(lesson) => self.open_lesson(&Arc::new(lesson)),
            Err(why) => self.tell(format!("{}: {why}", path.display()), true),
        }
    }

    /// Data that was looked at is shown before it is taken, but for plain lines: there nothing was decided.
    pub(super) fn take_look(&mut self, look: Look) {
        let is_plain = look.offer.path.is_some()
            && look.offer.reading == Reading::default()
            && look.preview.as_ref().is_some_and(|preview| preview.separator == Some(b'\n'));
        match &look.content {
            Ok(content) if is_plain && content.remarks().is_empty() && !self.is_unsaved() => self.replace_by(content),
            _ => self.offered = Some(Arc::new(look)),
        }
    }

    /// Takes what is offered.
    pub(super) fn import(&mut self, is_added: bool) {
        let Some(look) = self.offered.take() else { return };
        match &look.content {
            Ok(content) if is_added => self.edit_undoably(Edit::Add(content.clone())),
            Ok(content) => self.replace_by(content),
            Err(why) => self.tell(why.to_string(), true),
        }
    }

    fn replace_by(&mut self, content: &Content) {
        let (document, brought) = document_of(content);
        let axes = if document.pairs.is_empty() { Axes::Model } else { Axes::default() };
        self.replace_document(document, file::View { axes, step: 0 }, None);
        self.show_what_there_is();
        let how = if axes == Axes::Model { " This is how the model sees them; make pairs to train." } else { "" };
        self.tell(import_sentence("Opened", brought, content) + how, false);
    }

    /// Pairs are there to be trained on; without any, the model is all that knows something of the phrases.
    fn show_what_there_is(&mut self) {
        self.views.tab = if self.document.pairs.is_empty() { Tab::Explore } else { Tab::Train };
    }

    /// The edit of an import that is added.
    pub(super) fn add_content(&mut self, content: &Content) {
        let brought = add(&mut self.document, content);
        self.tell(import_sentence("Added", brought, content), false);
    }

    pub(super) fn save_to_origin(&mut self) {
        if let Some(path) = self.origin.path.clone() {
            self.save(path);
        }
    }

    pub(super) fn save(&mut self, path: PathBuf) {
        let view = file::View { axes: self.axes(), step: self.step() };
        let bytes = file::write(&self.document, &view);
        let aim = Aim::Revision(self.revision(), print_of(&bytes));
        // Whoever names another file was asked about that one.
        let print = self.origin.print.filter(|_| self.origin.path.as_ref() == Some(&path));
        self.changed_meanwhile = None;
        self.tasks.start(Work::Save(path, bytes.into(), print), aim);
    }

    pub(super) fn save_over(&mut self) {
        self.origin.print = None;
        self.save_to_origin();
    }

    pub(super) fn save_model(&mut self, folder: PathBuf) {
        match self.run().map(|run| run.weights.clone()) {
            Some(Some(weights)) => self.tasks.start(Work::SaveModel(self.document.model.clone(), folder, weights), Aim::Nothing),
            Some(None) if self.document.recipe.learner != LearnerKind::Transformer => {
                self.tell("Only a transformer is a model that can be saved; choose it as what learns.", true);
            }
            Some(None) | None => self.tell("There is no trained model yet; let a transformer train to the end first.", true),
        }
    }

    pub(super) fn note_written(&mut self, aim: &Aim, path: PathBuf) {
        self.tell(format!("Saved {}.", whole(&path).display()), false);
        if let Aim::Revision(revision, print) = aim {
            self.history.mark_saved(*revision);
            self.origin = Origin { path: Some(path), print: Some(*print) };
        }
    }
}

/// The path with all its folders, for whoever looks for the file later.
pub(super) fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// What pasted text is called: its ending says that it is a table of a spreadsheet.
const PASTED: &str = "pasted.tsv";

/// What was opened or added, and what was left out or decided on the way.
fn import_sentence(verb: &str, brought: Brought, content: &Content) -> String {
    let Brought { phrases, pairs, known } = brought;
    let twice = match known {
        0 => String::new(),
        1 => "; 1 phrase was there already".to_owned(),
        n => format!("; {n} phrases were there already"),
    };
    let many = match phrases > MANY_PHRASES {
        true => format!(" With so many, vectors begin with {DIMS_OF_MANY} dimensions and batches with {BATCH_OF_MANY} pairs."),
        false => String::new(),
    };
    let remarks: Vec<&str> = content.remarks().iter().map(|remark| remark.text.as_str()).collect();
    let note = if remarks.is_empty() { String::new() } else { format!(" Note: {}.", remarks.join("; ")) };
    format!("{verb} {phrases} phrases and {pairs} pairs{twice}.{many}{note}")
}
