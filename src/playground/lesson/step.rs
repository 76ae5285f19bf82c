//! What a lesson does, step by step: the vocabulary of its file.
//!
//! Here is what a step says; carrying one out is `playground/teaching.rs`, drawing it the window's work.

use super::super::views::Tab;
use super::deed::Deed;
use super::live::{Claim, Sentence};
use super::prediction::Prediction;
use crate::choice::{choice, named_in_files};

/// One step: what is said, then what is asked, then what the learner does, then what came of it.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// What the lesson does before it says anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<Deed>,
    /// What is said, in at most two sentences.
    pub say: Sentence,
    /// What is pointed at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point_at: Option<Target>,
    /// What is asked before it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predict: Option<Prediction>,
    /// What the learner is to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_for: Option<Awaited>,
    /// What is shown then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reveal: Option<Reveal>,
    /// What an instructor may say, for her eyes only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

impl Step {
    /// Its texts without their values, what is told at its end only if that `is_revealed`.
    pub fn text(&self, is_revealed: bool) -> String {
        let question = self.predict.as_ref().map(|prediction| &prediction.question);
        let told = self.reveal.as_ref().filter(|_| is_revealed).map(|reveal| &reveal.say);
        [Some(&self.say), question, told].into_iter().flatten().map(|sentence| sentence.words() + "\n").collect()
    }

    /// All that the lesson does in it.
    pub(super) fn deeds(&self) -> impl Iterator<Item = &Deed> {
        self.first.iter().chain(self.reveal.iter().flat_map(|reveal| &reveal.first))
    }

    /// Whether something is told or answered after what it says first.
    pub fn has_more(&self) -> bool {
        self.predict.is_some() || self.reveal.is_some()
    }
}

/// What is shown once a step's question is answered and its act is done.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reveal {
    /// What the lesson does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<Deed>,
    /// What is said, in at most two sentences.
    #[serde(default, skip_serializing_if = "Sentence::is_empty")]
    pub say: Sentence,
    /// What it says of numbers; where that does not hold (another seed, other phrases), the learner is told so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Claim>,
}

/// What can be pointed at: `{ "part": … }` or `{ "phrase": … }`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A part of the window.
    Part(Part),
    /// A phrase on the map.
    Phrase(String),
}

/// What a lesson may wait for. In a file: an object with its kind as the one key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Awaited {
    /// The user does something.
    Command(CommandName),
    /// Something is so, whoever did it.
    State(StateName),
    /// A tab is shown.
    Tab(Tab),
    /// A phrase is typed; this is one that may be.
    Phrase(String),
    /// These two are a pair.
    Pair([String; 2]),
    /// The second is a negative of the first.
    Negative([String; 2]),
    /// This phrase is selected.
    Selected(String),
    /// Somebody asks why two are near; these may be.
    Why([String; 2]),
    /// Something is searched for; this may be.
    Asked(String),
    /// Somebody asks why a hit is near the query; the one of this rank by meaning may be.
    Hit(usize),
    /// This tab is shown, and has what it compares.
    Compared(Tab),
    /// The run is at this step or behind it.
    Step(usize),
    /// The first is carried to the second by hand, and what came of it was seen: the last step is shown.
    Moved([String; 2]),
}

choice! {
    /// A part of the window that has a name. The label is what the window and screen readers call it.
    pub enum Part {
        Play { name: "play", label: "Play", sentence: "The button that plays the run." },
        OneStep { name: "one-step", label: "One step", sentence: "The button that takes one step." },
        Rewind { name: "rewind", label: "Back to step 0", sentence: "The button that goes back to the beginning." },
        Hand { name: "hand", label: "Hand", sentence: "The button that lets phrases be moved on the map." },
        Seed { name: "seed", label: "Seed", sentence: "The seed that decides where everything begins." },
        NewSeed { name: "new-seed", label: "New seed", sentence: "The button that trains again from other random places." },
        Phrase { name: "phrase", label: "Type a phrase", sentence: "The field in which phrases are typed." },
        Learner { name: "learner", label: "Learner", sentence: "The menu of what learns." },
        Start { name: "start", label: "Start from", sentence: "The menu of where what learns begins." },
        Loss { name: "loss", label: "Loss", sentence: "The menu of what is minimised." },
        Temperature { name: "temperature", label: "Temperature", sentence: "The slider of the temperature." },
        LearningRate { name: "learning-rate", label: "Learning rate", sentence: "The slider of the learning rate." },
        Axes { name: "axes", label: "Axes", sentence: "The menu of the axes that the map is drawn on." },
        Chart { name: "chart", label: "Chart", sentence: "The menu of what the second chart shows." },
        Failures { name: "failures", label: "Fail on purpose…", sentence: "The menu of ways to go wrong." },
        Why { name: "why", label: "How near are these two, and why?", sentence: "The answer to how near two phrases are, and why." },
        Query { name: "query", label: "Query", sentence: "The field in which a question is typed." },
        Explore { name: "explore", label: "Explore", sentence: "The tab of all phrases as the model sees them." },
        Train { name: "train", label: "Train", sentence: "The tab of the run." },
        CompareSeeds { name: "compare-seeds", label: "Seeds", sentence: "The tab of runs from several seeds." },
        CompareModels { name: "compare-models", label: "Models", sentence: "The tab of two models." },
        Dimensions { name: "dimensions", label: "Dimensions", sentence: "The tab of runs at several dimensions." },
        Search { name: "search", label: "Search", sentence: "The tab of a question and its passages." },
    }
}

choice! {
    /// Something that the user does.
    pub enum CommandName {
        Play { name: "play", label: "play", sentence: "The run is played." },
        Step { name: "step", label: "step", sentence: "One step is taken." },
        NewSeed { name: "new-seed", label: "new seed", sentence: "Another seed is taken." },
        Select { name: "select", label: "select", sentence: "A phrase is selected." },
        AddPair { name: "add-pair", label: "add a pair", sentence: "Two phrases become a pair." },
        ChangeRecipe { name: "change-recipe", label: "change the recipe", sentence: "A value of the recipe is changed." },
        Fail { name: "fail", label: "fail", sentence: "A way to fail is chosen." },
    }
}

choice! {
    /// Something that can be so.
    pub enum StateName {
        Trained { name: "trained", label: "trained", sentence: "The run that the recipe asks for is there." },
        AtTheEnd { name: "at-the-end", label: "at the end", sentence: "The last step of that run is shown." },
        AtTheStart { name: "at-the-start", label: "at the start", sentence: "Step 0 is shown." },
        Found { name: "found", label: "found", sentence: "The query that is typed is answered in every column." },
    }
}

named_in_files!(Part, CommandName, StateName);
