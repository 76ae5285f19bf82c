//! Opening and saving: how another document takes the place of this one, and what becomes of files.

use std::path::PathBuf;

use super::document::{BATCH_OF_MANY, DIMS_OF_MANY, MANY_PHRASES};
use super::import::{Opened, document_of};
use super::playground::Origin;
use super::tasks::Aim;
use super::{Document, Playground, file};
use crate::data::lesson;
use crate::jobs::{Content, Work};
use crate::train::LearnerKind;

impl Playground {
    /// What the worker still does for the old document is of no use to this one, but for its vectors.
    pub(super) fn replace_document(&mut self, document: Document, view: file::View, path: Option<PathBuf>) {
        self.document = document;
        self.history.begin_anew();
        self.origin = Origin { path, lesson: None };
        (self.selected, self.notice) = (None, None);
        self.tasks.leave_document();
        self.recorded.begin_anew(view.axes);
        self.embedded.begin_anew();
        self.views.begin_anew();
        self.playhead.stop_at(view.step);
    }

    pub(super) fn open_lesson(&mut self, name: &'static str) {
        let Some(lesson) = lesson(name) else { return };
        let document = Document::of_lesson(lesson);
        let first = document.pairs.first().map(|pair| pair.anchor);
        self.replace_document(document, file::View::default(), None);
        self.selected = first;
        self.origin.lesson = Some(lesson.name);
        self.tell(lesson.text, false);
    }

    /// Scores of pairs are divided by `score_max`.
    pub(super) fn open(&mut self, path: PathBuf, score_max: f32) {
        if self.wants_scale().is_some() {
            self.notice = None;
        }
        self.tasks.start(Work::Open(path, score_max), Aim::Nothing);
    }

    pub(super) fn take_file(&mut self, path: PathBuf, content: &Content) {
        match document_of(content) {
            Ok(Opened::Project(document, view)) => self.replace_document(*document, view, Some(path)),
            Ok(Opened::Import { document, n_left_out, remark }) => {
                let sentence = import_sentence(&document, n_left_out, remark.as_deref());
                self.replace_document(*document, file::View::default(), None);
                // An import is not yet a project in a file.
                self.history.mark_unsaved();
                self.tell(sentence, false);
            }
            Err(why) => self.tell(format!("{}: {why}", path.display()), true),
        }
    }

    pub(super) fn save_to_origin(&mut self) {
        if let Some(path) = self.origin.path.clone() {
            self.save(path);
        }
    }

    pub(super) fn save(&mut self, path: PathBuf) {
        let view = file::View { axes: self.axes(), step: self.step() };
        let bytes = file::write(&self.document, &view);
        self.tasks.start(Work::Save(path, bytes.into()), Aim::Revision(self.revision()));
    }

    pub(super) fn save_model(&mut self, folder: PathBuf) {
        match self.run().map(|run| run.weights.clone()) {
            Some(Some(weights)) => self.tasks.start(Work::SaveModel(folder, weights), Aim::Nothing),
            Some(None) if self.document.recipe.learner != LearnerKind::Transformer => {
                self.tell("Only a transformer is a model that can be saved; choose it as what learns.", true);
            }
            Some(None) | None => self.tell("There is no trained model yet; let a transformer train to the end first.", true),
        }
    }

    pub(super) fn note_written(&mut self, aim: &Aim, path: PathBuf) {
        self.tell(format!("Saved {}.", path.display()), false);
        if let Aim::Revision(revision) = aim {
            self.history.mark_saved(*revision);
            self.origin.path = Some(path);
        }
    }
}

/// What was opened, and what was left out or decided on the way.
fn import_sentence(document: &Document, n_left_out: usize, remark: Option<&str>) -> String {
    let (n_phrases, n_pairs) = (document.phrases.len(), document.pairs.len());
    let twice = if n_left_out > 0 { format!("; {n_left_out} empty or repeated ones are left out") } else { String::new() };
    let many = match n_phrases > MANY_PHRASES {
        true => format!(" With so many, vectors begin with {DIMS_OF_MANY} dimensions and batches with {BATCH_OF_MANY} pairs."),
        false => String::new(),
    };
    let remark = remark.map(|remark| format!(" Note: {remark}.")).unwrap_or_default();
    format!("Opened {n_phrases} phrases and {n_pairs} pairs{twice}.{many}{remark}")
}
