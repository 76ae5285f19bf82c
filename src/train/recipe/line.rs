//! A recipe as one line of text, to be copied, mailed and pasted: `embedding-playground recipe: {"version":1,…}`.
//!
//! What stands in it is what project files say of a recipe and its model; what of it is new is told by `listing.rs`.

use super::{Recipe, RecipeError};
use crate::data::excerpt;
use crate::model::{ModelChoice, ModelSettings, Source};

/// What the line begins with.
const MARK: &str = "embedding-playground recipe:";
const VERSION: u64 = 1;
/// Letters of a wrong line that its error repeats.
const SHOWN: usize = 60;

/// A recipe, and the model where one has a part in its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct RecipeLine {
    /// How to train.
    pub recipe: Recipe,
    /// On which model; `None`: whichever there is.
    pub model: Option<ModelChoice>,
}

/// Why a line is no recipe.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecipeLineError {
    /// It does not begin as one.
    #[error("expected a line that begins with {MARK:?}, as Copy recipe makes it, got {0:?}")]
    Mark(String),
    /// What follows is not what it should be.
    #[error("character {character}: expected a recipe as Copy recipe makes it, got {why}")]
    Form {
        /// Where in the line, counted from 1.
        character: usize,
        /// What stands there.
        why: String,
    },
    /// A later program wrote it.
    #[error("expected a recipe of version {VERSION} or older, got version {0}; update Embedding Playground to read it")]
    Newer(u64),
    /// A value is out of range.
    #[error("in the recipe: {0}")]
    Recipe(#[from] RecipeError),
}

/// Only what tells versions apart.
#[derive(serde::Deserialize)]
struct Head {
    version: u64,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<Source>,
    #[serde(default, skip_serializing_if = "ModelSettings::are_usual")]
    model_settings: ModelSettings,
    recipe: Recipe,
}

impl RecipeLine {
    /// `recipe`, with `model` where its runs depend on one.
    pub fn of(recipe: &Recipe, model: &ModelChoice) -> Self {
        Self { recipe: recipe.clone(), model: recipe.uses_model().then(|| model.clone()) }
    }

    /// Whether `text` is meant as one, be it damaged.
    pub fn is_meant(text: &str) -> bool {
        text.trim_start().starts_with(MARK)
    }

    /// The line, without a line break.
    pub fn text(&self) -> String {
        let (model, settings) = self.model.clone().map(|choice| (choice.source, choice.settings)).unzip();
        let model_settings = settings.unwrap_or_default();
        let written = Written { version: VERSION, model, model_settings, recipe: self.recipe.clone() };
        // These structs have no map keys that are not strings: it does not fail.
        format!("{MARK} {}", serde_json::to_string(&written).unwrap_or_default())
    }

    /// The recipe in `text`.
    ///
    /// # Errors
    /// If it is none, is of a later version, or asks for something that can't be done.
    pub fn read(text: &str) -> Result<Self, RecipeLineError> {
        let begins = text.find(MARK).filter(|_| Self::is_meant(text)).map(|at| at + MARK.len());
        let Some(begins) = begins else { return Err(RecipeLineError::Mark(excerpt(text, SHOWN))) };
        let json = &text[begins..];
        let wrong = |error: serde_json::Error| form_error(text, begins, &error);
        let Head { version } = serde_json::from_str(json).map_err(wrong)?;
        if version > VERSION {
            return Err(RecipeLineError::Newer(version));
        }
        let Written { model, model_settings: settings, recipe, .. } = serde_json::from_str(json).map_err(wrong)?;
        recipe.check()?;
        Ok(Self { recipe, model: model.map(|source| ModelChoice { source, settings }) })
    }
}

/// What a parser of JSON says, with the place in the whole text.
fn form_error(text: &str, begins: usize, error: &serde_json::Error) -> RecipeLineError {
    let said = error.to_string();
    let why = said.rsplit_once(" at line ").map_or(said.as_str(), |(why, _)| why);
    let earlier_lines: usize = text[begins..].split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // The parser counts bytes; people count letters.
    let byte = (begins + earlier_lines + error.column()).min(text.len());
    let character = text.char_indices().take_while(|(at, _)| *at < byte).count().max(1);
    RecipeLineError::Form { character, why: excerpt(why, 300) }
}

#[cfg(test)]
mod tests {
    use super::{RecipeLine, RecipeLineError};
    use crate::choice::Choice;
    use crate::model::{ModelChoice, ModelSettings, Source};
    use crate::train::{Change, Failure, LearnerKind, Recipe, Settings};

    #[test]
    fn every_recipe_comes_back_from_its_line() {
        let model = ModelChoice { source: Source::Random(3), settings: ModelSettings { limit: Some(9), ..Default::default() } };
        let change = Change { from_step: 40, settings: Settings { learning_rate: 0.3, ..Settings::default() } };
        let base = Recipe { changes: vec![change], holdout: 0.2, ..Recipe::default() };
        let usual = LearnerKind::ALL.iter().map(|learner| Recipe::of_learner(*learner));
        let failing = Failure::ALL.iter().map(|failure| failure.spoil(&base));
        for recipe in usual.chain(failing).chain([base.clone()]) {
            let line = RecipeLine::of(&recipe, &model);
            let text = line.text();
            assert!(!text.contains('\n') && RecipeLine::is_meant(&text), "{text}");
            assert_eq!(line.model.is_some(), recipe.uses_model());
            assert_eq!(RecipeLine::read(&format!("  {text}\n")).expect("a recipe"), line);
        }
    }

    #[test]
    fn a_wrong_line_is_refused_with_the_place_and_what_was_expected() {
        let text = RecipeLine::of(&Recipe::default(), &ModelChoice::default()).text();
        let error = |text: &str| RecipeLine::read(text).expect_err("no recipe").to_string();
        assert!(matches!(RecipeLine::read("He could smell the roses"), Err(RecipeLineError::Mark(_))));
        let named = error(&text.replace("\"vectors\"", "\"vektors\""));
        assert!(named.contains("vectors, tokens") && named.contains("vektors") && named.contains("character "), "{named}");
        let unknown = error(&text.replace("\"dims\"", "\"dim\""));
        assert!(unknown.contains("dim") && unknown.contains("character "), "{unknown}");
        let range = error(&text.replace("\"dims\":384", "\"dims\":1"));
        assert!(range.contains("expected a whole number from 2 to 1024 as dimension, got 1"), "{range}");
        assert_eq!(error(&text.replace("\"version\":1", "\"version\":2")), RecipeLineError::Newer(2).to_string());
        let cut = error(&text[..text.len() - 20]);
        assert!(cut.contains(&format!("character {}", text.len() - 20)), "{cut} of {}", text.len());
    }
}
