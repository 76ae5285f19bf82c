//! What every panel gets: the state to read, what is derived from it once a frame, and ways to ask for changes.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui;

use super::look::Look;
use super::pieces::neighbourhood::Neighbourhood;
use crate::memo::{ByPlace, Memo};
use crate::model::{ModelChoice, Source};
use crate::playground::views::KeptId;
use crate::playground::{BatchKey, Command, Exported, ModelUse, Phrase, PhraseId, Picture, PictureKey, Playground, ShownBatch};

/// What would lose unsaved changes, and so waits for an answer about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pending {
    New,
    Open,
    /// Open this file.
    File(PathBuf),
    /// Open the data that is offered.
    Import,
    Lesson(&'static str),
    /// Give the lesson that is being made.
    TryLesson,
    Close,
}

/// A dialog that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// Carry this out, once unsaved changes do not stand in the way.
    Unsaved(Pending),
    /// Where to save the project.
    SavePath,
    /// Where to export the picture.
    PicturePath,
    /// What numbers to export, and where to; these ones first, if they are named.
    Export(Option<Exported>),
    /// Where to save the lesson that is being made.
    LessonPath,
    /// Where to save a run that is kept.
    RunPath(KeptId),
    /// Where to export the run as a moving picture.
    FilmPath,
    /// Which documents to search.
    DocumentsPath,
    /// Where to save the trained model.
    ModelPath,
    /// Which model, for that.
    Model(ModelUse),
    /// Which phrases make a pair.
    Pair,
}

/// What is derived from the state for the screen, each made again only when what it is made from has changed.
#[derive(Default)]
pub(super) struct Seen {
    picture: Memo<PictureKey, Option<Arc<Picture>>>,
    batch: Memo<BatchKey, Option<Arc<ShownBatch>>>,
    selected: Memo<(PictureKey, PhraseId), Option<Arc<Neighbourhood>>>,
    hovered: Memo<(PictureKey, PhraseId), Option<Arc<Neighbourhood>>>,
    cut: Memo<CutKey, Arc<Vec<Arc<str>>>>,
}

/// What it depends on which phrases of the list are cut.
type CutKey = (ByPlace<Vec<Phrase>>, ModelChoice, usize);

/// What a frame asks for, carried out after it.
#[derive(Default)]
pub(super) struct Wishes {
    pub(super) commands: Vec<Command>,
    pub(super) asks: Vec<Ask>,
    pub(super) focus: Option<FocusMove>,
}

/// Where the keyboard is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FocusMove {
    /// To the panel after or before the one that has it.
    Panel {
        /// Whether to the one after.
        forward: bool,
    },
    /// To the menus.
    Menus,
}

/// What every panel gets.
pub struct Ctx<'a> {
    /// The state, for reading.
    pub playground: &'a Playground,
    /// Taste, which panels may change in place.
    pub look: &'a mut Look,
    seen: &'a mut Seen,
    wishes: &'a mut Wishes,
    egui: egui::Context,
}

impl<'a> Ctx<'a> {
    pub(super) fn new(
        playground: &'a Playground,
        look: &'a mut Look,
        seen: &'a mut Seen,
        wishes: &'a mut Wishes,
        egui: &egui::Context,
    ) -> Self {
        Self { playground, look, seen, wishes, egui: egui.clone() }
    }

    /// Asks for a change; it happens once this frame is drawn.
    pub fn send(&mut self, command: impl Into<Command>) {
        self.wishes.commands.push(command.into());
        // The frame is drawn once more with what comes of it; where egui does not do that, in the next one.
        self.egui.request_repaint();
    }

    /// Asks for a dialog; it opens in this frame.
    pub(super) fn ask(&mut self, ask: Ask) {
        self.wishes.asks.push(ask);
    }

    /// Asks for the keyboard to go there; it does at the end of this frame.
    pub(super) fn move_focus(&mut self, to: FocusMove) {
        self.wishes.focus = Some(to);
    }

    /// Where the keyboard was asked to go.
    pub(super) fn take_focus_move(&mut self) -> Option<FocusMove> {
        self.wishes.focus.take()
    }

    /// The dialogs that were asked for since the last time.
    pub(super) fn take_asks(&mut self) -> Vec<Ask> {
        std::mem::take(&mut self.wishes.asks)
    }

    /// The model of the document and those from outside of the program that were used before, each once.
    pub(super) fn models_used(&self) -> Vec<Source> {
        let own = &self.playground.document().model.source;
        let recent = self.look.recent_models.all().iter().filter(|source| *source != own);
        std::iter::once(own).chain(recent).filter(|source| !source.is_built_in()).cloned().collect()
    }

    /// For commands to the window itself.
    pub(super) fn egui_context(&self) -> &egui::Context {
        &self.egui
    }

    pub(super) fn close_window(&self) {
        self.egui.send_viewport_cmd(egui::ViewportCommand::Close);
    }

    /// What the map shows now; `None` until there is something.
    pub(super) fn picture(&mut self) -> Option<Arc<Picture>> {
        let playground = self.playground;
        self.seen.picture.get(playground.picture_key(), || playground.picture().map(Arc::new)).clone()
    }

    /// The batch that follows the step shown, seen from the anchor that is pointed at, if it is one.
    pub(super) fn batch(&mut self, hovered: Option<PhraseId>) -> Option<Arc<ShownBatch>> {
        let playground = self.playground;
        self.seen.batch.get(playground.batch_key(hovered), || playground.shown_batch(hovered).map(Arc::new)).clone()
    }

    /// The phrases of the list that the model reads only in part, in their order.
    pub(super) fn cut_phrases(&mut self) -> Arc<Vec<Arc<str>>> {
        let (document, cut) = (self.playground.document(), self.playground.cut_phrases());
        let key = (ByPlace(document.phrases.clone()), document.model.clone(), cut.len());
        let is_cut = |phrase: &&Phrase| cut.contains(&phrase.text);
        self.seen
            .cut
            .get(key, || Arc::new(document.phrases.iter().filter(is_cut).map(|phrase| phrase.text.clone()).collect()))
            .clone()
    }

    /// The neighbourhood of the selected phrase in what the map shows.
    pub(super) fn neighbourhood_of_selected(&mut self, phrase: PhraseId) -> Option<Arc<Neighbourhood>> {
        let (playground, picture) = (self.playground, self.picture()?);
        let make = || Neighbourhood::of(playground, &picture, phrase).map(Arc::new);
        self.seen.selected.get((playground.picture_key(), phrase), make).clone()
    }

    /// The same of the phrase that is pointed at.
    pub(super) fn neighbourhood_of_hovered(&mut self, phrase: PhraseId) -> Option<Arc<Neighbourhood>> {
        let (playground, picture) = (self.playground, self.picture()?);
        let make = || Neighbourhood::of(playground, &picture, phrase).map(Arc::new);
        self.seen.hovered.get((playground.picture_key(), phrase), make).clone()
    }
}
