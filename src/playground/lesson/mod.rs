//! Lessons: what to load, how to train it, and what to say and point at, one file each in `assets/lessons`.
//!
//! Here they are read and checked. Opening one is a command (`opening.rs`); the sets of phrases that come with the program
//! are `data`'s. The room is here because a lesson knows everything that the application has: a set, a recipe, a tab.

mod step;

use std::sync::LazyLock;

pub use step::{Awaited, CommandName, Part, StateName, Step};

use super::document::Document;
use super::views::Tab;
use crate::data::{BuiltinSet, JudgedTexts, Taken};
use crate::train::{Recipe, RecipeError};

/// Names and contents of files in `assets/lessons`.
macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../assets/lessons/", $name, ".json")))),+]
    };
}

/// The lessons, in the order of the course.
const FILES: &[(&str, &str)] = files!["triplet", "roses", "many-pairs", "from-the-model", "museum"];

/// A lesson.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// What `--lesson` takes, and the name of its file.
    pub name: String,
    /// Title on the screen.
    pub title: String,
    /// Its phrases, groups and pairs.
    pub set: BuiltinSet,
    /// How they are trained.
    pub recipe: Recipe,
    /// The tab that it opens on; else the one that is shown stays.
    pub tab: Option<Tab>,
    /// What is said and done; the first one says what to do and what to look at.
    pub steps: Vec<Step>,
}

/// A lesson as its file has it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct LessonFile {
    name: String,
    title: String,
    set: SetOfFile,
    #[serde(default)]
    recipe: Recipe,
    tab: Option<Tab>,
    steps: Vec<Step>,
}

/// Where the phrases come from: `{ "bundled": { "name": …, "pairs": … } }`, `{ "judged": { "name": … } }` or `{ "given": { "groups": …, "pairs": … } }`.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum SetOfFile {
    /// One of the sets that come with the program, and which of its pairs.
    Bundled { name: String, pairs: Taken },
    /// The documents of a judged set, and its queries but for those that are held out.
    Judged { name: String },
    /// One that stands in the lesson.
    Given(BuiltinSet),
}

/// A lesson's file is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("assets/lessons/{file}.json: {why}")]
pub struct LessonError {
    file: String,
    why: String,
}

impl Lesson {
    /// The lesson in `text`, the content of the file `assets/lessons/FILE.json`.
    ///
    /// # Errors
    /// If it is no lesson of this name with a title, a set, a recipe in range, and a text to begin with.
    pub fn read(file: &str, text: &str) -> Result<Self, LessonError> {
        let wrong = |why: String| LessonError { file: file.to_owned(), why };
        let LessonFile { name, title, set, recipe, tab, steps } =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let set = match set {
            SetOfFile::Bundled { name, pairs } => BuiltinSet::named(&name, pairs).map_err(|error| wrong(error.to_string()))?,
            SetOfFile::Judged { name } => JudgedTexts::named(&name).map_err(|error| wrong(error.to_string()))?.training_set(),
            SetOfFile::Given(set) => set,
        };
        recipe.check().map_err(|error: RecipeError| wrong(format!("in the recipe: {error}")))?;
        let lesson = Self { name, title, set, recipe, tab, steps };
        match lesson.fault(file) {
            Some(why) => Err(wrong(why)),
            None => Ok(lesson),
        }
    }

    /// What is wrong with the texts of a lesson from `file`.
    fn fault(&self, file: &str) -> Option<String> {
        let is_empty = |step: &Step| matches!(step, Step::Say(text) if text.trim().is_empty());
        if self.name != file {
            return Some(format!("expected the file's name {file:?} as its name, got {:?}", self.name));
        }
        if self.title.trim().is_empty() {
            return Some("expected a title, got an empty one".to_owned());
        }
        if !matches!(self.steps.first(), Some(Step::Say(_))) {
            return Some("expected a first step that says something, got none; begin with { \"say\": … }".to_owned());
        }
        let number = self.steps.iter().position(is_empty)?;
        Some(format!("expected something to say, got an empty text in step {}", number + 1))
    }

    /// The document that it opens.
    pub fn document(&self) -> Document {
        let mut document = Document::of_set(&self.set);
        document.recipe = self.recipe.clone();
        document
    }

    /// What to do and what to look at, in a few sentences.
    pub fn text(&self) -> &str {
        match self.steps.first() {
            Some(Step::Say(text)) => text,
            _ => "",
        }
    }
}

/// All lessons, in the order of the course.
pub fn lessons() -> &'static [Lesson] {
    /// Read once. One that is damaged, which a test rules out, is missing rather than the end of the program.
    static LESSONS: LazyLock<Vec<Lesson>> = LazyLock::new(|| {
        let read = |(file, text): &(&str, &str)| Lesson::read(file, text).inspect_err(|error| log::error!("{error}")).ok();
        FILES.iter().filter_map(read).collect()
    });
    &LESSONS
}

/// The lesson called `name`.
pub fn lesson(name: &str) -> Option<&'static Lesson> {
    lessons().iter().find(|lesson| lesson.name == name)
}
