//! The project file: JSON, versioned, written by hand-made structs so that the program's own types
//! may change while old files still open.
//!
//! Here is only the format, bytes in and bytes out; `files` touches the disk. A version, once
//! released, is never edited: a new one gets its own struct and a `From` of the one before it. From version 2 on the
//! recipe stands here as it stands in lessons and runs: that form is `train`'s, and grows by settings whose default is
//! what was before them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::document::{Document, Pair};
use crate::choice::EXPECTED;
use crate::data::{Score, excerpt};
use crate::model::{ModelChoice, ModelSettings, Source};
use crate::train::{Axes, Change, LearnerKind, LossKind, OptimizerKind, Recipe, RecipeError, Settings, Start};

const FORMAT: &str = "embedding-playground project";
const VERSION: u32 = 4;

/// The end of a project file's name.
pub const ENDING: &str = "json";

/// Why a project file can't be opened. The caller adds the file's name.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProjectError {
    /// Not JSON, or a field is missing, unknown or of the wrong type.
    #[error("line {line}: expected {expected}, got {got}")]
    Json {
        /// Counted from 1.
        line: usize,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        got: String,
    },
    /// Another kind of JSON.
    #[error("expected a project file with \"format\": {FORMAT:?}, got other JSON; open the file it was saved as")]
    Format,
    /// Written by a later program.
    #[error("expected a project of version {VERSION} or older, got version {0}; update Embedding Playground to open it")]
    Newer(u64),
    /// A pair names a phrase that is not in the list.
    #[error("line {line}: expected pairs of phrases in the list, got {phrase:?} as {role}; add the phrase or mend the pair")]
    UnknownPhrase {
        /// Where the name stands, counted from 1.
        line: usize,
        /// The name.
        phrase: String,
        /// What it is in the pair.
        role: &'static str,
    },
    /// Two phrases have the same text.
    #[error("line {line}: expected every phrase once, got {phrase:?} again; remove one")]
    DuplicatePhrase {
        /// Where the second one stands, counted from 1.
        line: usize,
        /// The text.
        phrase: String,
    },
    /// A phrase is in a group that is not in the list.
    #[error("expected the groups of the list, got {group:?} for {phrase:?}")]
    UnknownGroup {
        /// The name.
        group: String,
        /// The phrase.
        phrase: String,
    },
    /// A name that is none of a vocabulary.
    #[error("line {line}: {why}")]
    Choice {
        /// Where it stands, counted from 1.
        line: usize,
        /// The names there are, and the one that stands there.
        why: String,
    },
    /// A pair that is no pair.
    #[error("line {line}: expected every pair once and of different phrases, got {anchor:?} and {positive:?}; remove the pair")]
    NoPair {
        /// Where its anchor stands first, counted from 1.
        line: usize,
        /// Its anchor.
        anchor: String,
        /// Its positive.
        positive: String,
    },
    /// A value of the recipe is out of range.
    #[error("in the recipe: {0}")]
    Recipe(RecipeError),
}

/// What a project file holds beside the document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct View {
    /// Axes of the map.
    pub axes: Axes,
    /// The step shown.
    pub step: usize,
}

/// Only what tells files apart.
#[derive(serde::Deserialize)]
struct Head {
    format: Option<String>,
    version: Option<u64>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectV1 {
    format: String,
    #[expect(dead_code, reason = "read before, by which this struct was chosen")]
    version: u32,
    groups: Vec<String>,
    phrases: Vec<PhraseV1>,
    pairs: Vec<PairV1>,
    recipe: RecipeV1,
    view: ViewV1,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectV2 {
    format: String,
    #[expect(dead_code, reason = "read before, by which this struct was chosen")]
    version: u32,
    groups: Vec<String>,
    phrases: Vec<PhraseV1>,
    pairs: Vec<PairV2>,
    recipe: Recipe,
    view: ViewV1,
}

/// Version 3 added the model.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectV3 {
    format: String,
    #[expect(dead_code, reason = "read before, by which this struct was chosen")]
    version: u32,
    model: Source,
    groups: Vec<String>,
    phrases: Vec<PhraseV1>,
    pairs: Vec<PairV2>,
    recipe: Recipe,
    view: ViewV1,
}

/// Version 4 added how the model embeds.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectV4 {
    format: String,
    version: u32,
    model: Source,
    #[serde(default, skip_serializing_if = "ModelSettings::are_usual")]
    model_settings: ModelSettings,
    groups: Vec<String>,
    phrases: Vec<PhraseV1>,
    pairs: Vec<PairV2>,
    recipe: Recipe,
    view: ViewV1,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ViewV1 {
    axes: Axes,
    step: usize,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeV1 {
    seed: u64,
    learner: LearnerKind,
    start: Start,
    dims: usize,
    steps: usize,
    settings: SettingsV1,
    changes: Vec<ChangeV1>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeV1 {
    from_step: usize,
    settings: SettingsV1,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsV1 {
    loss: LossKind,
    temperature: f64,
    margin: f64,
    optimizer: OptimizerKind,
    learning_rate: f64,
    batch: usize,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseV1 {
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PairV1 {
    anchor: String,
    positive: String,
    #[serde(default)]
    negative: Option<String>,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PairV2 {
    anchor: String,
    positive: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    negative: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    score: Option<Score>,
}

impl From<ProjectV1> for ProjectV2 {
    fn from(old: ProjectV1) -> Self {
        let ProjectV1 { format, groups, phrases, pairs, recipe, view, version: _ } = old;
        let pair = |pair: PairV1| PairV2 { anchor: pair.anchor, positive: pair.positive, negative: pair.negative, score: None };
        let pairs = pairs.into_iter().map(pair).collect();
        Self { format, version: 2, groups, phrases, pairs, recipe: recipe.into(), view }
    }
}

/// The built-in model was the only one.
impl From<ProjectV2> for ProjectV3 {
    fn from(old: ProjectV2) -> Self {
        let ProjectV2 { format, groups, phrases, pairs, recipe, view, version: _ } = old;
        Self { format, version: 3, model: Source::Embedded, groups, phrases, pairs, recipe, view }
    }
}

/// Every model embedded as its files say.
impl From<ProjectV3> for ProjectV4 {
    fn from(old: ProjectV3) -> Self {
        let ProjectV3 { format, model, groups, phrases, pairs, recipe, view, version: _ } = old;
        let model_settings = ModelSettings::default();
        Self { format, version: VERSION, model, model_settings, groups, phrases, pairs, recipe, view }
    }
}

/// What version 2 added did not exist: a constant rate, nothing held out, given or drawn negatives.
impl From<RecipeV1> for Recipe {
    fn from(old: RecipeV1) -> Self {
        let change = |change: ChangeV1| Change { from_step: change.from_step, settings: change.settings.into() };
        Self {
            seed: old.seed,
            learner: old.learner,
            start: old.start,
            dims: old.dims,
            steps: old.steps,
            settings: old.settings.into(),
            changes: old.changes.into_iter().map(change).collect(),
            ..Self::default()
        }
    }
}

impl From<SettingsV1> for Settings {
    fn from(old: SettingsV1) -> Self {
        Self {
            loss: old.loss,
            temperature: old.temperature,
            margin: old.margin,
            optimizer: old.optimizer,
            learning_rate: old.learning_rate,
            batch: old.batch,
            ..Self::default()
        }
    }
}

/// The bytes of a project file.
pub fn write(document: &Document, view: &View) -> Vec<u8> {
    let text = |id| document.text(id).to_owned();
    let group_name =
        |group| document.group_index(group).and_then(|index| document.groups.get(index)).map(|group| group.name.to_string());
    let project = ProjectV4 {
        format: FORMAT.to_owned(),
        version: VERSION,
        model: document.model.source.clone(),
        model_settings: document.model.settings.clone(),
        groups: document.groups.iter().map(|group| group.name.to_string()).collect(),
        phrases: document
            .phrases
            .iter()
            .map(|phrase| PhraseV1 { text: phrase.text.to_string(), group: group_name(phrase.group) })
            .collect(),
        pairs: document
            .pairs
            .iter()
            .map(|pair: &Pair| PairV2 {
                anchor: text(pair.anchor),
                positive: text(pair.positive),
                negative: pair.negative.map(text),
                score: pair.score,
            })
            .collect(),
        recipe: document.recipe.clone(),
        view: ViewV1 { axes: view.axes, step: view.step },
    };
    let mut bytes = serde_json::to_vec_pretty(&project).expect("these structs have no map keys that are not strings");
    bytes.push(b'\n');
    bytes
}

/// The document and view in `bytes`.
pub fn read(bytes: &[u8]) -> Result<(Document, View), ProjectError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let head: Head = serde_json::from_slice(bytes).map_err(json_error)?;
    if head.format.as_deref() != Some(FORMAT) {
        return Err(ProjectError::Format);
    }
    let project: ProjectV4 = match head.version {
        Some(1) => {
            let first = ProjectV2::from(serde_json::from_slice::<ProjectV1>(bytes).map_err(json_error)?);
            ProjectV3::from(first).into()
        }
        Some(2) => ProjectV3::from(serde_json::from_slice::<ProjectV2>(bytes).map_err(json_error)?).into(),
        Some(3) => serde_json::from_slice::<ProjectV3>(bytes).map_err(json_error)?.into(),
        Some(version) if version == u64::from(VERSION) => serde_json::from_slice(bytes).map_err(json_error)?,
        Some(newer) if newer > u64::from(VERSION) => return Err(ProjectError::Newer(newer)),
        _ => return Err(ProjectError::Format),
    };
    project.recipe.check().map_err(ProjectError::Recipe)?;
    if project.view.step > Recipe::MAX_STEPS {
        let got = project.view.step.to_string();
        return Err(ProjectError::Recipe(RecipeError { what: "step of the view", expected: "at most 1000000", got }));
    }
    let view = View { axes: project.view.axes, step: project.view.step };
    Ok((document_of(project, bytes)?, view))
}

/// What a parser of JSON says, with the line first. A name that is none of a vocabulary speaks for itself.
fn json_error(error: serde_json::Error) -> ProjectError {
    let (line, text) = (error.line(), error.to_string());
    match text.rsplit_once(" at line ").filter(|(why, _)| why.starts_with(EXPECTED)) {
        Some((why, _)) => ProjectError::Choice { line, why: why.to_owned() },
        None => ProjectError::Json { line, expected: "a project file as this program writes it", got: excerpt(&text, 160) },
    }
}

fn document_of(project: ProjectV4, bytes: &[u8]) -> Result<Document, ProjectError> {
    let mut document = Document::default();
    document.recipe = project.recipe;
    document.model = ModelChoice { source: project.model, settings: project.model_settings };
    let groups: Vec<_> = project.groups.iter().map(|name| document.add_group(name)).collect();
    let mut ids = HashMap::with_capacity(project.phrases.len());
    for phrase in &project.phrases {
        let find = |name: &String| {
            let known = project.groups.iter().position(|group| group == name).and_then(|index| groups.get(index).copied());
            known.ok_or_else(|| ProjectError::UnknownGroup { group: excerpt(name, 60), phrase: excerpt(&phrase.text, 60) })
        };
        let group = phrase.group.as_ref().map(find).transpose()?;
        if ids.contains_key(&*phrase.text) {
            let line = line_of(bytes, &phrase.text, 1);
            return Err(ProjectError::DuplicatePhrase { line, phrase: excerpt(&phrase.text, 60) });
        }
        ids.insert(&*phrase.text, document.push_phrase(&phrase.text, group));
    }
    let mut seen = HashSet::with_capacity(project.pairs.len());
    let mut pairs = Vec::with_capacity(project.pairs.len());
    for pair in &project.pairs {
        let id = |text: &str, role| {
            ids.get(text).copied().ok_or_else(|| ProjectError::UnknownPhrase {
                line: line_of(bytes, text, 0),
                phrase: excerpt(text, 60),
                role,
            })
        };
        let read = Pair {
            anchor: id(&pair.anchor, "anchor")?,
            positive: id(&pair.positive, "positive")?,
            negative: pair.negative.as_deref().map(|text| id(text, "negative")).transpose()?,
            score: pair.score,
        };
        if !read.is_of_different_phrases() || !seen.insert(read) {
            let (anchor, positive) = (excerpt(&pair.anchor, 60), excerpt(&pair.positive, 60));
            return Err(ProjectError::NoPair { line: line_of(bytes, &pair.anchor, 1), anchor, positive });
        }
        pairs.push(read);
    }
    document.pairs = Arc::new(pairs);
    Ok(document)
}

/// The line on which `text` stands as a JSON string, after `skip` earlier places; 1 if it was written in another way.
fn line_of(bytes: &[u8], text: &str, skip: usize) -> usize {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let source = String::from_utf8_lossy(bytes);
    let place = source.match_indices(&quoted).nth(skip).map_or(0, |(place, _)| place);
    1 + source.as_bytes().iter().take(place).filter(|byte| **byte == b'\n').count()
}
