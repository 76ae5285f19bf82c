//! A lesson that is being made: the project as it was when that began, and a step for each thing that was done since.
//!
//! Which commands become steps is `playground/drafting.rs`; the window writes the words.

use std::sync::Arc;

use super::super::views::Tab;
use super::live::Sentence;
use super::prediction::{Guess, Prediction, Right};
use super::step::{Awaited, CommandName, Part, Reveal, StateName, Step, Target};
use super::{Deed, Lesson};
use crate::data::BuiltinSet;
use crate::train::Recipe;

/// What can be done with a draft.
#[derive(Debug, Clone, PartialEq)]
pub enum DraftCommand {
    /// Begin one of the project as it is now; if there is one, go on with it.
    Begin,
    /// Let these be its words and steps.
    Write(DraftText),
    /// Listen no more; what there is stays.
    Rest,
    /// Give it as a lesson.
    Try,
    /// Write it into this file.
    Save(std::path::PathBuf),
    /// Put it away for good.
    Drop,
}

/// A lesson that is being made.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Draft {
    /// What its learners begin with.
    pub(in crate::playground) ground: Arc<Ground>,
    /// Words and steps.
    pub(in crate::playground) text: DraftText,
    /// Whether what is done becomes a step.
    #[serde(skip)]
    pub(in crate::playground) listens: bool,
    /// Things that were done and can't be a part of a lesson.
    #[serde(default)]
    pub(in crate::playground) left_out: Vec<String>,
}

/// What a draft begins with.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(in crate::playground) struct Ground {
    pub(in crate::playground) set: BuiltinSet,
    pub(in crate::playground) recipe: Recipe,
    pub(in crate::playground) tab: Tab,
}

/// What is written of a draft.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct DraftText {
    /// Title on the screen.
    pub title: String,
    /// What it is about, in a sentence.
    pub about: String,
    /// Its steps.
    pub steps: Vec<DraftStep>,
}

/// A step of a draft.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct DraftStep {
    /// What is done, if anything is.
    pub deed: Option<Deed>,
    /// Whether the lesson does it, and not the learner.
    pub by_lesson: bool,
    /// What is said.
    pub say: String,
    /// What is asked before it is done.
    pub question: String,
    /// Answers, a line each; the right one begins with `*`.
    pub choices: String,
    /// What is said when it is done.
    pub reveal: String,
    /// What an instructor may say.
    pub notes: String,
}

impl Draft {
    /// Its words and steps.
    pub fn text(&self) -> &DraftText {
        &self.text
    }

    /// Whether what is done becomes a step.
    pub fn listens(&self) -> bool {
        self.listens
    }

    /// Things that were done and can't be a part of a lesson.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Phrases that its learners begin with.
    pub fn n_phrases(&self) -> usize {
        self.ground.set.phrases().count()
    }

    /// What `text` is called in the lesson: itself, or `#1`, `#2`, … where its learners type something of their own there.
    pub(in crate::playground) fn name_of(&self, text: &str, typed: impl Iterator<Item = Arc<str>>) -> String {
        let is_own = self.ground.set.phrases().any(|phrase| phrase == text);
        let place = typed.into_iter().position(|other| *other == *text).filter(|_| !is_own);
        place.map_or_else(|| text.to_owned(), |place| format!("#{}", place + 1))
    }

    /// The lesson, if it is one.
    ///
    /// # Errors
    /// The first thing that is wrong, with its step: a sentence without a full stop.
    pub fn lesson(&self) -> Result<Lesson, String> {
        let Self { ground, text, .. } = self;
        let title = text.title.trim();
        if title.is_empty() {
            return Err("a lesson needs a title".to_owned());
        }
        let steps = steps_of(&text.steps)?;
        if steps.is_empty() {
            return Err("a lesson needs a step: do something, or add one that says something".to_owned());
        }
        let name = file_name(title);
        let tab = if plays_first(&text.steps) { Tab::Train } else { ground.tab };
        let mut lesson = Lesson::of_set(name, title.to_owned(), ground.set.clone(), ground.recipe.clone(), Some(tab), steps);
        lesson.about = text.about.trim().to_owned();
        Ok(lesson)
    }
}

impl DraftStep {
    /// The step in which a learner does `deed`, or, where she can't be waited for, the lesson; with the words that are usual.
    pub fn of(deed: Deed) -> Self {
        let by_lesson = awaited(&deed).is_none();
        let say = if by_lesson { String::new() } else { usual_words(&deed) };
        Self { deed: Some(deed), by_lesson, say, ..Self::default() }
    }

    /// Whether a learner can be waited for to do it.
    pub fn can_be_awaited(&self) -> bool {
        self.deed.as_ref().is_some_and(|deed| awaited(deed).is_some())
    }

    /// What is done, in a few words.
    pub fn deed_words(&self) -> String {
        self.deed.as_ref().map_or_else(|| "Says something".to_owned(), done_words)
    }

    fn step(&self, first: Vec<Deed>) -> Result<Step, String> {
        let sentence = |text: &str| Sentence::try_from(text.trim().to_owned());
        let deed = self.deed.as_ref().filter(|_| !self.by_lesson);
        let reveal = sentence(&self.reveal)?;
        Ok(Step {
            first,
            say: sentence(&self.say)?,
            point_at: deed.and_then(pointed),
            predict: self.prediction()?,
            wait_for: deed.and_then(awaited),
            reveal: (!reveal.is_empty()).then(|| Reveal { say: reveal, ..Reveal::default() }),
            notes: self.notes.trim().to_owned(),
        })
    }

    fn prediction(&self) -> Result<Option<Prediction>, String> {
        let question = Sentence::try_from(self.question.trim().to_owned())?;
        let lines: Vec<&str> = self.choices.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if question.is_empty() {
            return if lines.is_empty() { Ok(None) } else { Err("its answers need a question".to_owned()) };
        }
        let right: Vec<usize> = (0..lines.len()).filter(|place| lines[*place].starts_with('*')).collect();
        let (2..=9, [right]) = (lines.len(), right.as_slice()) else {
            let got = format!("{} answers with {} marked", lines.len(), right.len());
            return Err(format!("a question needs 2 to 9 answers, a line each, and the right one marked by *; got {got}"));
        };
        let choice = |line: &&str| Sentence::try_from(line.trim_start_matches('*').trim().to_owned());
        let choices = lines.iter().map(choice).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Prediction { question, guess: Guess::Choice(choices, Right::Number(right + 1)) }))
    }
}

/// The steps of a lesson: what the lesson does without a word comes first in the step that follows.
fn steps_of(drafts: &[DraftStep]) -> Result<Vec<Step>, String> {
    let (mut steps, mut first) = (Vec::new(), Vec::new());
    for (place, draft) in drafts.iter().enumerate() {
        if draft.by_lesson {
            first.extend(draft.deed.clone());
        }
        if draft.say.trim().is_empty() {
            match draft.by_lesson {
                true => continue,
                false => return Err(format!("step {}: expected something to say, got an empty text", place + 1)),
            }
        }
        let step = draft.step(std::mem::take(&mut first)).map_err(|why| format!("step {}: {why}", place + 1))?;
        steps.push(step);
    }
    match first.is_empty() {
        true => Ok(steps),
        false => Err("what the lesson does last is never told: say something there, or add a step that does".to_owned()),
    }
}

/// A name that a file can have.
fn file_name(title: &str) -> String {
    let mut name = String::new();
    for letter in title.to_lowercase().chars() {
        match letter.is_alphanumeric() {
            true => name.push(letter),
            false if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            false => {}
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { "lesson".to_owned() } else { name.to_owned() }
}

/// Whether the run is played before another tab is opened: then a lesson is to begin where it is seen.
fn plays_first(steps: &[DraftStep]) -> bool {
    let mut deeds = steps.iter().filter_map(|step| step.deed.as_ref());
    let told = deeds.find_map(|deed| match deed {
        Deed::Play | Deed::OneStep | Deed::Start | Deed::End | Deed::Step(_) | Deed::Move(_) => Some(true),
        Deed::Tab(_) => Some(false),
        _ => None,
    });
    told.unwrap_or(false)
}

/// What waits for a learner to do `deed`; `None` where nothing can.
fn awaited(deed: &Deed) -> Option<Awaited> {
    Some(match deed {
        Deed::Tab(tab @ (Tab::Seeds | Tab::Models | Tab::Dimensions)) => Awaited::Compared(*tab),
        Deed::Tab(tab) => Awaited::Tab(*tab),
        Deed::Start => Awaited::State(StateName::AtTheStart),
        Deed::End => Awaited::State(StateName::AtTheEnd),
        Deed::Step(step) => Awaited::Step(*step),
        Deed::Play => Awaited::Command(CommandName::Play),
        Deed::OneStep => Awaited::Command(CommandName::Step),
        Deed::NewSeed => Awaited::Command(CommandName::NewSeed),
        Deed::Type(text) => Awaited::Phrase(text.clone()),
        Deed::Pair(names) => Awaited::Pair(names.clone()),
        Deed::Negative(names) => Awaited::Negative(names.clone()),
        Deed::Select(name) => Awaited::Selected(name.clone()),
        Deed::Why(names) => Awaited::Why(names.clone()),
        Deed::Ask(query) => Awaited::Asked(query.clone()),
        Deed::WhyHit(rank) => Awaited::Hit(*rank),
        Deed::Move(names) => Awaited::Moved(names.clone()),
        Deed::Axes(_)
        | Deed::TwoPhase(_)
        | Deed::Hand(_)
        | Deed::Speed(_)
        | Deed::Pairs(_)
        | Deed::NoPairs
        | Deed::Recipe(_)
        | Deed::Learner(_)
        | Deed::Turning(_)
        | Deed::ShowGroups
        | Deed::SearchPhrases
        | Deed::SearchBuiltIn
        | Deed::Beside(_) => return None,
    })
}

/// What is pointed at while `deed` is waited for.
fn pointed(deed: &Deed) -> Option<Target> {
    let part = |part| Some(Target::Part(part));
    match deed {
        Deed::Tab(tab) => match tab {
            Tab::Explore => part(Part::Explore),
            Tab::Train => part(Part::Train),
            Tab::Seeds => part(Part::CompareSeeds),
            Tab::Models => part(Part::CompareModels),
            Tab::Dimensions => part(Part::Dimensions),
            Tab::Search => part(Part::Search),
            Tab::Similarity => None,
        },
        Deed::Start => part(Part::Rewind),
        Deed::Play | Deed::End => part(Part::Play),
        Deed::OneStep => part(Part::OneStep),
        Deed::NewSeed => part(Part::NewSeed),
        Deed::Type(_) => part(Part::Phrase),
        Deed::Ask(_) => part(Part::Query),
        Deed::WhyHit(_) => part(Part::Why),
        Deed::Move(_) => part(Part::Hand),
        Deed::Pair([name, _]) | Deed::Negative([name, _]) | Deed::Select(name) | Deed::Why([_, name]) => {
            Some(Target::Phrase(name.clone()))
        }
        _ => None,
    }
}

/// A phrase as a sentence of a lesson names it.
fn said(name: &str) -> String {
    if name.starts_with('#') { format!("“{{phrase: {name}}}”") } else { format!("“{name}”") }
}

/// What a learner is usually told.
fn usual_words(deed: &Deed) -> String {
    use crate::choice::Choice;
    match deed {
        Deed::Tab(tab) => format!("Open {}.", tab.label()),
        Deed::Start => "Go back to step 0.".to_owned(),
        Deed::End => "Let the run come to its last step.".to_owned(),
        Deed::Step(step) => format!("Let the run come to step {step}."),
        Deed::Play => "Press Play.".to_owned(),
        Deed::OneStep => "Take one step.".to_owned(),
        Deed::NewSeed => "Press New seed.".to_owned(),
        Deed::Type(text) => format!("Type a phrase of your own and press Enter, such as “{text}”."),
        Deed::Pair([a, b]) => format!("Make a pair: drag from {} to {} on the map.", said(a), said(b)),
        Deed::Negative([a, b]) => format!("Make a negative: hold Alt and drag from {} to {} on the map.", said(a), said(b)),
        Deed::Select(name) => format!("Select {}: click it on the map or in the list.", said(name)),
        Deed::Why([a, b]) => format!("Why is {} near {}? Hold Shift and click it.", said(b), said(a)),
        Deed::Ask(query) => format!("Ask: “{query}”"),
        Deed::WhyHit(rank) => format!("Press why? at hit {rank} by meaning."),
        Deed::Move([a, b]) => format!("Take the hand (H) and move {} beside {}; then let it go.", said(a), said(b)),
        _ => String::new(),
    }
}

/// What was done, in a few words.
fn done_words(deed: &Deed) -> String {
    use crate::choice::Choice;
    match deed {
        Deed::Tab(tab) => format!("Open {}", tab.label()),
        Deed::Axes(axes) => format!("Draw on the axes “{}”", axes.label()),
        Deed::Start => "Go to step 0".to_owned(),
        Deed::End => "Go to the last step".to_owned(),
        Deed::Step(step) => format!("Go to step {step}"),
        Deed::Play => "Play".to_owned(),
        Deed::OneStep => "Take one step".to_owned(),
        Deed::TwoPhase(true) => "Show forces before they are applied".to_owned(),
        Deed::TwoPhase(false) => "Apply forces at once".to_owned(),
        Deed::Type(text) => format!("Type “{text}”"),
        Deed::Pair([a, b]) => format!("Pair “{a}” with “{b}”"),
        Deed::Negative([a, b]) => format!("Make “{b}” a negative of “{a}”"),
        Deed::Pairs(taken) => format!("Take {}", taken.label()),
        Deed::NoPairs => "Remove all pairs".to_owned(),
        Deed::Select(name) => format!("Select “{name}”"),
        Deed::Why([a, b]) => format!("Ask why “{a}” and “{b}” are near"),
        Deed::Recipe(values) => {
            let text = serde_json::to_string(values).unwrap_or_default();
            format!("Change the recipe: {}", text.trim_matches(['{', '}']).replace('"', ""))
        }
        Deed::Learner(learner) => format!("Let {} learn", learner.label()),
        Deed::NewSeed => "Take a new seed".to_owned(),
        Deed::WhyHit(rank) => format!("Ask why hit {rank} is near"),
        Deed::Turning(turning) => format!("Show the runs {}", turning.label().to_lowercase()),
        Deed::ShowGroups => "Show the groups".to_owned(),
        Deed::SearchPhrases => "Search the phrases".to_owned(),
        Deed::SearchBuiltIn => "Search the leaflet of the museum".to_owned(),
        Deed::Beside(beside) => format!("Set beside each other: {}", beside.label()),
        Deed::Ask(query) => format!("Ask “{query}”"),
        Deed::Speed(speed) => format!("Play at {speed}×"),
        Deed::Hand(true) => "Take the hand".to_owned(),
        Deed::Hand(false) => "Put the hand away".to_owned(),
        Deed::Move([a, b]) => format!("Move “{a}” beside “{b}”"),
    }
}
