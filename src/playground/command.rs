//! Everything a user can do, as two lists: what changes the document, and what does not. What can be done with
//! the views beside the map stands in their own files.
//!
//! How an edit changes the document is in `edit.rs`, what an act does in `act.rs`; which key or menu sends it is
//! the window's.

use std::path::PathBuf;
use std::sync::Arc;

use super::charts::Charts;
use super::document::{GroupId, Pair, PhraseId};
use super::export::Export;
use super::found_models::ModelUse;
use super::lesson::{DraftCommand, Lesson, LessonCommand};
use super::playhead::Stage;
use super::views::{KeptId, Tab, ViewCommand};
use super::whereabouts::Session;
use super::why::Said;
use crate::compare::SearchSide;
use crate::data::{Meaning, Reading};
use crate::drawing::{Film, Motion, Theme};
use crate::jobs::Content;
use crate::memo::ByPlace;
use crate::model::{ModelChoice, Source};
use crate::train::{Axes, Failure, Recipe, RecipeLine, Settings, only_difference};

/// One action of the user.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Change the document: this goes into undo.
    Edit(Edit),
    /// Anything else.
    Act(Act),
    /// Something with a view beside the map.
    View(ViewCommand),
}

impl From<Edit> for Command {
    fn from(edit: Edit) -> Self {
        Self::Edit(edit)
    }
}

impl From<Act> for Command {
    fn from(act: Act) -> Self {
        Self::Act(act)
    }
}

impl<T: Into<ViewCommand>> From<T> for Command {
    fn from(command: T) -> Self {
        Self::View(command.into())
    }
}

/// A change of the document.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Add phrases, one or many; those already there are selected instead.
    AddPhrases(Vec<String>, Option<GroupId>),
    /// Give a phrase another text.
    EditPhrase(PhraseId, String),
    /// Remove a phrase and its pairs.
    RemovePhrase(PhraseId),
    /// Put a phrase into a group, or into none.
    SetGroup(PhraseId, Option<GroupId>),
    /// Put a phrase into a new group of this name.
    SetNewGroup(PhraseId, String),
    /// Give a group another name.
    RenameGroup(GroupId, String),
    /// Add a pair.
    AddPair(Pair),
    /// Make the second phrase a negative of the first.
    AddNegative(PhraseId, PhraseId),
    /// Remove the pair at this place in the list.
    RemovePair(usize),
    /// Change what starts a run again: seed, start, dimension, steps.
    SetRecipe(Recipe),
    /// Change settings from the step shown on; what was recorded after it is dropped.
    SetSettings(Settings),
    /// Move the vector of a phrase so that it lies at this place of the map, at the step shown; the run goes on from there.
    MoveByHand(PhraseId, [f64; 2]),
    /// Remove these phrases, with their pairs.
    RemovePhrases(Vec<PhraseId>),
    /// Put these phrases into the group of this name, which is made if there is none.
    GroupPhrases(Vec<PhraseId>, String),
    /// Let these be the groups of these phrases; groups that have no phrase any more go.
    Regroup(Vec<(String, Vec<PhraseId>)>),
    /// Take all phrases out of their groups.
    Ungroup,
    /// Let these be the pairs.
    SetPairs(Vec<Pair>),
    /// Embed the phrases with another model, from which learners begin too.
    SetModel(ModelChoice),
    /// Add phrases or pairs that were read.
    Add(Content),
    /// Take the next seed.
    NewSeed,
    /// Take a recipe as a whole, and the model that stands with it.
    TakeRecipe(Box<RecipeLine>),
    /// Change the recipe or the pairs so that training fails in a way worth seeing.
    Fail(Failure),
}

/// What leaves the document alone, or replaces it together with its history.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Draw the map on other axes.
    SetAxes(Axes),
    /// Show these charts below the map.
    SetCharts(Charts),
    /// Fit the model's map again, to all phrases there are now.
    RefitModelMap,
    /// Select a phrase, or nothing.
    Select(Option<PhraseId>),
    /// Ask why these two are near: as phrases, or as a query and the passage that this side of a search found for it.
    AskWhy([Said; 2], Option<SearchSide>),
    /// Ask why the selected phrase and this one are near; with none selected, select this one.
    AskWhySelected(PhraseId),
    /// Put the answer away.
    CloseWhy,
    /// Play if paused, pause if playing.
    TogglePlay,
    /// Take one step; with two phases, the first press compares the pairs of the batch, the second shows the forces and then
    /// applies them.
    Step,
    /// Take one step back.
    StepBack,
    /// Go to a step.
    Seek(usize),
    /// Go to step 0 and stop.
    Rewind,
    /// Time has passed while playing, in seconds.
    Advance(f64),
    /// Steps a second while playing, as a multiple of the usual pace.
    SetSpeed(f64),
    /// Show forces before applying them.
    SetTwoPhase(bool),
    /// Take the run to a stage: to step 0, to the pairs of the batch, to its forces and the step that follows them, or on
    /// and on.
    GoToStage(Stage),
    /// Show all anchors of the batch, instead of one at a time.
    ShowAllAnchors(bool),
    /// Look at the next anchor of the batch, or at the one before.
    TurnAnchor {
        /// Whether it is the next.
        is_next: bool,
    },
    /// Show the numbers of the batch beside the map.
    ShowBatch(bool),
    /// Whether dragging a phrase on the map moves its vector, instead of making a pair.
    UseHand(bool),
    /// Hold a phrase at this place of the map: what would become of the loss and the forces is seen.
    Hold(PhraseId, [f64; 2]),
    /// Put what is held back.
    PutBack,
    /// End runs after so many seconds; 0: never. Runs that are there stay as they are.
    SetMaxSeconds(f64),
    /// Show the map, or a view beside it.
    ShowTab(Tab),
    /// Stop what the worker is at; what is recorded is kept. Errands go on.
    Cancel,
    /// Find out which models are on this machine; these were used before.
    ListModels(Vec<Source>),
    /// Find out what a model is before it is chosen.
    LookAtModel(Source),
    /// Nobody wants to know any more what that model is.
    DropModelLook,
    /// Bring a model onto this machine, and use it then.
    FetchModel(Box<ModelChoice>, ModelUse),
    /// Stop bringing a model onto this machine; what was fetched of it is kept for the next time.
    StopFetch,
    /// What is said of a model that did not come is read.
    ForgetFailedFetch,
    /// Try once more to embed with a model that failed or was stopped.
    TryModelAgain,
    /// Undo the last change of the document.
    Undo,
    /// Take an undo back.
    Redo,
    /// Start a new, empty project.
    New,
    /// Open a lesson by name.
    OpenLesson(&'static str),
    /// Open a lesson that is not of the course.
    GiveLesson(Arc<Lesson>),
    /// Something with the lesson that is given.
    Lesson(LessonCommand),
    /// Something with the lesson that is being made.
    Draft(DraftCommand),
    /// Open a project, or look at phrases or pairs.
    Open(PathBuf),
    /// Look at a table from the clipboard.
    OpenText(String),
    /// Take the recipe in a line of text.
    PasteRecipe(String),
    /// Take the recipe of the run that was opened.
    TakeRecipeOfRun,
    /// Take the recipe of a run that is kept.
    TakeKeptRecipe(KeptId),
    /// Write a run that is kept into this file.
    SaveKept(KeptId, PathBuf),
    /// Put the run that was opened with those that are kept.
    KeepOpenedRun,
    /// Put the run that was opened away.
    CloseRun,
    /// Look at the data that is offered again, read like this, as that.
    ReadAgain(Box<Reading>, Option<Meaning>),
    /// Take the data that is offered: add it to the document, or open it instead.
    Import {
        /// Whether it is added.
        is_added: bool,
    },
    /// Leave the data that is offered.
    DropOffer,
    /// Save the trained model as a folder.
    SaveModel(PathBuf),
    /// Save to the file the project came from.
    Save,
    /// Save to this file.
    SaveAs(PathBuf),
    /// Save to the file the project came from, whatever others have written into it.
    SaveOver,
    /// Leave the file that others have changed as it is, and the document unsaved.
    LeaveChanged,
    /// Go on with what a window that was not closed has left.
    Recover(Box<Session>),
    /// Write a table into a file.
    ExportTable(Export),
    /// Draw a picture into a file; a PNG has so many pixels for each of its own.
    ExportPicture(PathBuf, ByPlace<dyn Film>, Theme, f32),
    /// Draw a moving picture into a file.
    ExportFilm(PathBuf, ByPlace<dyn Film>, Theme, Motion),
    /// Tell the user of something that failed outside of the state.
    Report(String),
    /// Tell the user of something that went well outside of the state.
    Tell(String),
    /// Put the notice away.
    DismissNotice,
}

impl Edit {
    /// Consecutive edits with the same key are one entry of undo: a slider that is dragged. The key is
    /// the one value that changes, so that two different sliders stay two entries.
    pub(super) fn merge_key(&self, recipe: &Recipe, step: usize) -> Option<String> {
        match self {
            Self::SetSettings(new) => only_difference(new, recipe.settings_at(step)),
            Self::SetRecipe(new) => only_difference(new, recipe),
            Self::AddPhrases(..)
            | Self::EditPhrase(..)
            | Self::RemovePhrase(_)
            | Self::SetGroup(..)
            | Self::SetNewGroup(..)
            | Self::RenameGroup(..)
            | Self::RemovePhrases(_)
            | Self::GroupPhrases(..)
            | Self::Regroup(_)
            | Self::Ungroup
            | Self::SetPairs(_)
            | Self::AddPair(_)
            | Self::AddNegative(..)
            | Self::RemovePair(_)
            | Self::MoveByHand(..)
            | Self::SetModel(_)
            | Self::Add(_)
            | Self::NewSeed
            | Self::TakeRecipe(_)
            | Self::Fail(_) => None,
        }
    }
}
