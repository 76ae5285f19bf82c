//! Lessons: what to load, how to train it, and what to say, ask, point at and do, one file each in `assets/lessons`, or
//! in a file of an instructor's own.
//!
//! Here they are read, checked and written. Giving one is `playground/teaching.rs`; the sets of phrases that come with
//! the program are `data`'s. The room is here because a lesson knows everything that the application has: a set, a
//! recipe, a tab.

mod course;
mod deed;
mod draft;
mod live;
mod prediction;
mod step;

use std::sync::{Arc, LazyLock};

pub use course::{Course, CourseMemory, Given, LeftLesson, LessonCommand, Progressed};
pub use deed::Deed;
pub(super) use draft::Ground;
pub use draft::{Draft, DraftCommand, DraftStep, DraftText};
pub use live::{Claim, Live, Mixed, Moment, Sentence, Value};
pub use prediction::{Answer, Guess, LiveName, Prediction, Right, Truth, verdict};
pub use step::{Awaited, CommandName, Part, Reveal, StateName, Step, Target};

use super::document::Document;
use super::playhead::SPEEDS;
use super::views::Tab;
use crate::data::{BuiltinSet, JudgedTexts, Taken, excerpt};
use crate::train::{Recipe, RecipeError};

/// Names and contents of files in `assets/lessons`.
macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../assets/lessons/", $name, ".json")))),+]
    };
}

/// The lessons, in the order of the course.
const FILES: &[(&str, &str)] =
    files!["job", "pairs", "many-pairs", "triplet", "roses", "dimensions", "meaning", "seeds", "two-models", "museum",];

/// What the file of a lesson says of itself.
const FORMAT: &str = "embedding-playground lesson";
const VERSION: u32 = 1;

/// A lesson.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// What `--lesson` takes; of those that come with the program the name of their file.
    pub name: String,
    /// Title on the screen.
    pub title: String,
    /// What it is about, in a sentence.
    pub about: String,
    /// Its phrases, groups and pairs.
    pub set: BuiltinSet,
    /// How they are trained.
    pub recipe: Recipe,
    /// The tab that it opens on; else that of the run.
    pub tab: Option<Tab>,
    /// Whether its groups are put away until a step shows them.
    pub hides_groups: bool,
    /// What is said and done.
    pub steps: Vec<Step>,
    /// Where its phrases come from, as its file says it.
    source: SetOfFile,
}

/// A lesson as its file has it.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct LessonFile {
    format: String,
    version: u32,
    name: String,
    title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    about: String,
    set: SetOfFile,
    #[serde(default, rename = "hides-groups", skip_serializing_if = "std::ops::Not::not")]
    hides_groups: bool,
    #[serde(default)]
    recipe: Recipe,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tab: Option<Tab>,
    steps: Vec<Step>,
}

/// Where the phrases come from: `{ "bundled": { "name": …, "pairs": … } }`, `{ "judged": { "name": … } }` or `{ "given": { "groups": …, "pairs": … } }`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum SetOfFile {
    /// One of the sets that come with the program, and which of its pairs.
    Bundled { name: String, pairs: Taken },
    /// The documents of a judged set, and its queries but for those that are held out.
    Judged { name: String },
    /// One that stands in the lesson.
    Given(BuiltinSet),
}

impl SetOfFile {
    fn read(&self) -> Result<BuiltinSet, String> {
        match self {
            Self::Bundled { name, pairs } => BuiltinSet::named(name, *pairs).map_err(|error| error.to_string()),
            Self::Judged { name } => {
                JudgedTexts::named(name).map(|judged| judged.training_set()).map_err(|error| error.to_string())
            }
            Self::Given(set) => Ok(set.clone()),
        }
    }
}

/// A lesson's file is not what it should be. The caller adds the file's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LessonError(String);

impl Lesson {
    /// A lesson of a set that stands in it.
    pub fn of_set(name: String, title: String, set: BuiltinSet, recipe: Recipe, tab: Option<Tab>, steps: Vec<Step>) -> Self {
        Self {
            name,
            title,
            about: String::new(),
            source: SetOfFile::Given(set.clone()),
            set,
            recipe,
            tab,
            hides_groups: false,
            steps,
        }
    }

    /// The lesson in `text`, the content of its file.
    ///
    /// # Errors
    /// If it is no lesson with a name, a title, a set, a recipe in range, and something to say in every step.
    pub fn read(text: &str) -> Result<Self, LessonError> {
        if text.trim().is_empty() {
            return Err(LessonError("expected a lesson, got an empty file".to_owned()));
        }
        let file: LessonFile = serde_json::from_str(text)
            .map_err(|error| LessonError(format!("expected a lesson, as JSON: {}", excerpt(&error.to_string(), 400))))?;
        let LessonFile { format, version, name, title, about, set: source, hides_groups, recipe, tab, steps } = file;
        if format != FORMAT {
            return Err(LessonError(format!("expected a lesson with \"format\": {FORMAT:?}, got {:?}", excerpt(&format, 60))));
        }
        if version > VERSION {
            let why =
                format!("expected a lesson of version {VERSION}, got version {version}; update Embedding Playground to open it");
            return Err(LessonError(why));
        }
        let set = source.read().map_err(LessonError)?;
        recipe.check().map_err(|error: RecipeError| LessonError(format!("in the recipe: {error}")))?;
        let lesson = Self { name, title, about, set, recipe, tab, hides_groups, steps, source };
        match lesson.fault() {
            Some(why) => Err(LessonError(why)),
            None => Ok(lesson),
        }
    }

    /// Whether `text` says of itself that it is a lesson.
    pub fn is_one(text: &[u8]) -> bool {
        #[derive(serde::Deserialize)]
        struct Head {
            format: String,
        }
        match serde_json::from_slice::<Head>(text) {
            Ok(head) => head.format == FORMAT,
            // What is damaged is taken at its word.
            Err(_) => text.windows(FORMAT.len()).any(|part| part == FORMAT.as_bytes()),
        }
    }

    /// It as its file has it.
    pub fn to_json(&self) -> String {
        let file = LessonFile {
            format: FORMAT.to_owned(),
            version: VERSION,
            name: self.name.clone(),
            title: self.title.clone(),
            about: self.about.clone(),
            set: self.source.clone(),
            hides_groups: self.hides_groups,
            recipe: self.recipe.clone(),
            tab: self.tab,
            steps: self.steps.clone(),
        };
        // Only maps with keys that are no strings can't be written, and there are none.
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    /// What is wrong with its texts.
    fn fault(&self) -> Option<String> {
        if self.name.trim().is_empty() || self.title.trim().is_empty() {
            return Some("expected a name and a title, got an empty one".to_owned());
        }
        if self.steps.is_empty() {
            return Some("expected at least one step, got none; begin with { \"say\": … }".to_owned());
        }
        let at = |is_wrong: &dyn Fn(&Step) -> bool| Some(self.steps.iter().position(is_wrong)? + 1);
        if let Some(number) = at(&|step| step.say.is_empty()) {
            return Some(format!("expected something to say, got an empty text in step {number}"));
        }
        let number = at(&|step| step.deeds().any(|deed| matches!(deed, Deed::Speed(speed) if !SPEEDS.contains(speed))))?;
        let (least, most) = (SPEEDS.start(), SPEEDS.end());
        Some(format!("expected a speed from {least} to {most}, got another one in step {number}"))
    }

    /// The document that it opens.
    pub fn document(&self) -> Document {
        let mut document = Document::of_set(&self.set);
        if self.hides_groups {
            document.ungroup();
        }
        document.recipe = self.recipe.clone();
        document
    }

    /// Its phrases with these of the pairs of its set.
    pub fn set_with(&self, taken: Taken) -> Option<BuiltinSet> {
        match &self.source {
            SetOfFile::Bundled { name, .. } => BuiltinSet::named(name, taken).ok(),
            SetOfFile::Judged { .. } => Some(self.set.clone()),
            SetOfFile::Given(set) => Some(set.clone().taking(taken)),
        }
    }
}

/// All lessons that come with the program, in the order of the course.
pub fn lessons() -> &'static [Arc<Lesson>] {
    /// Read once. One that is damaged, which a test rules out, is missing rather than the end of the program.
    static LESSONS: LazyLock<Vec<Arc<Lesson>>> = LazyLock::new(|| {
        let read = |(file, text): &(&str, &str)| match Lesson::read(text) {
            Ok(lesson) if lesson.name == *file => Some(Arc::new(lesson)),
            Ok(lesson) => {
                log::error!("assets/lessons/{file}.json: expected the file's name as its name, got {:?}", lesson.name);
                None
            }
            Err(error) => {
                log::error!("assets/lessons/{file}.json: {error}");
                None
            }
        };
        FILES.iter().filter_map(read).collect()
    });
    &LESSONS
}

/// The lesson called `name`, of those that come with the program.
pub fn lesson(name: &str) -> Option<&'static Arc<Lesson>> {
    lessons().iter().find(|lesson| lesson.name == name)
}
