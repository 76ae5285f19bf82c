//! Everything a user can do, as one list.
//!
//! How a command changes the state is in `edit.rs`; which key or menu sends it is the window's.

use std::path::PathBuf;

use super::{GroupId, ModelChoice, Pair, PhraseId, Tab};
use crate::compare::Turning;
use crate::train::{Axes, Failure, Recipe, Settings, only_difference};

/// One action of the user.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
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
    /// Take the next seed.
    NewSeed,
    /// Change the recipe or the pairs so that training fails in a way worth seeing.
    Fail(Failure),
    /// Draw the map on other axes.
    SetAxes(Axes),
    /// Fit the model's map again, to all phrases there are now.
    RefitModelMap,
    /// Select a phrase, or nothing.
    Select(Option<PhraseId>),
    /// Play if paused, pause if playing.
    TogglePlay,
    /// Take one step; with two phases, the first press shows the forces and the second applies them.
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
    /// End runs after so many seconds; 0: never. Runs that are there stay as they are.
    SetMaxSeconds(f64),
    /// Show the map, or a view beside it.
    ShowTab(Tab),
    /// Train this many runs from consecutive seeds, and compare them.
    CompareSeeds(usize),
    /// Put the compared runs side by side in this way.
    SetTurning(Turning),
    /// Turn the compared runs onto this one.
    SetReference(usize),
    /// Turn them so that these phrases lie still; none: all phrases count the same.
    Hold(Vec<PhraseId>),
    /// Compare two models.
    CompareModels(Box<[ModelChoice; 2]>),
    /// Train at several dimensions.
    Sweep,
    /// Stop what the worker is at; what is recorded is kept.
    Cancel,
    /// Undo the last change of the document.
    Undo,
    /// Take an undo back.
    Redo,
    /// Start a new, empty project.
    New,
    /// Open a lesson by name.
    OpenLesson(&'static str),
    /// Open a project, phrases or pairs.
    Open(PathBuf),
    /// Open pairs whose scores are to be divided by 5.
    OpenScaled(PathBuf),
    /// Save the trained model as a folder.
    SaveModel(PathBuf),
    /// Save to the file the project came from.
    Save,
    /// Save to this file.
    SaveAs(PathBuf),
    /// Write bytes that are not the project, such as a picture.
    Export(PathBuf, std::sync::Arc<[u8]>),
    /// Tell the user of something that failed outside of the state.
    Report(String),
    /// Put the notice away.
    DismissNotice,
}

impl Command {
    /// Consecutive commands with the same key are one entry of undo: a slider that is dragged. The key is
    /// the one value that changes, so that two different sliders stay two entries.
    pub(super) fn merge_key(&self, recipe: &Recipe, step: usize) -> Option<String> {
        match self {
            Self::SetSettings(new) => only_difference(new, recipe.settings_at(step)),
            Self::SetRecipe(new) => only_difference(new, recipe),
            _ => None,
        }
    }
}
