//! What a lesson does, step by step: the vocabulary of its file.
//!
//! Here is what a step says; carrying one out is the window's work.

use crate::choice::{choice, named_in_files};

/// One step. In a file it is an object with its kind as the one key, such as `{ "say": "Press play." }`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Say this.
    Say(String),
    /// Point at a part of the window.
    PointAt(Part),
    /// Go on once this has happened.
    WaitFor(Awaited),
    /// Show a part of the window that was hidden until now.
    Reveal(Part),
}

/// What a lesson may wait for: `{ "command": … }` or `{ "state": … }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Awaited {
    /// The user does something.
    Command(CommandName),
    /// Something is so, whoever did it.
    State(StateName),
}

choice! {
    /// A part of the window that has a name. The label is what the window and screen readers call it.
    pub enum Part {
        Play { name: "play", label: "Play", sentence: "The button that plays the run." },
        OneStep { name: "one-step", label: "One step", sentence: "The button that takes one step." },
        Rewind { name: "rewind", label: "Back to step 0", sentence: "The button that goes back to the beginning." },
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
        CompareSeeds { name: "compare-seeds", label: "Seeds", sentence: "The tab of runs from several seeds." },
        CompareModels { name: "compare-models", label: "Models", sentence: "The tab of two models." },
    }
}

choice! {
    /// Something that the user does.
    pub enum CommandName {
        Play { name: "play", label: "play", sentence: "The run is played." },
        Step { name: "step", label: "step", sentence: "One step is taken." },
        NewSeed { name: "new-seed", label: "new seed", sentence: "Another seed is taken." },
        Select { name: "select", label: "select", sentence: "A phrase is selected." },
        AddPhrase { name: "add-phrase", label: "add a phrase", sentence: "A phrase is typed." },
        AddPair { name: "add-pair", label: "add a pair", sentence: "Two phrases become a pair." },
        ChangeRecipe { name: "change-recipe", label: "change the recipe", sentence: "A value of the recipe is changed." },
        Fail { name: "fail", label: "fail", sentence: "A way to fail is chosen." },
        ShowTab { name: "show-tab", label: "show a tab", sentence: "Another tab is shown." },
    }
}

choice! {
    /// Something that can be so.
    pub enum StateName {
        Trained { name: "trained", label: "trained", sentence: "The run that the recipe asks for is there." },
        AtTheEnd { name: "at-the-end", label: "at the end", sentence: "The last step is shown." },
        AtTheStart { name: "at-the-start", label: "at the start", sentence: "Step 0 is shown." },
        Compared { name: "compared", label: "compared", sentence: "The tab that is shown has what it compares." },
    }
}

named_in_files!(Part, CommandName, StateName);
