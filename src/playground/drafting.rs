//! Making a lesson by doing what it is to show: which commands become its steps, and what becomes of the draft.
//!
//! What a draft is, and how it becomes a lesson, is `lesson/draft.rs`.

use std::path::PathBuf;
use std::sync::Arc;

use super::document::Document;
use super::lesson::{Deed, Draft, DraftCommand, DraftStep, DraftText, Ground};
use super::tasks::Aim;
use super::views::{Documents, SearchCommand, SeedsCommand, ViewCommand};
use super::{Act, Command, Edit, Playground, Said};
use crate::data::{BuiltinSet, GroupTexts, PairTexts};
use crate::jobs::Work;
use crate::search::SearchMethod;
use crate::train::Recipe;

/// What a command is to a lesson.
enum Heard {
    /// Nothing: it changes nothing that a lesson shows.
    Nothing,
    /// Steps of it.
    Deeds(Vec<Deed>),
    /// It takes the last step back.
    TakenBack,
    /// Something that a lesson can't do.
    LeftOut(&'static str),
}

impl Playground {
    /// The lesson that is being made.
    pub fn draft(&self) -> Option<&Draft> {
        self.draft.as_ref()
    }

    pub(super) fn draft_command(&mut self, command: DraftCommand) {
        match command {
            DraftCommand::Begin => self.begin_draft(),
            DraftCommand::Write(text) => self.change_draft(|draft| draft.text = text),
            DraftCommand::Rest => self.change_draft(|draft| draft.listens = false),
            DraftCommand::Try => self.try_draft(),
            DraftCommand::Save(path) => self.save_draft(path),
            DraftCommand::Drop => self.draft = None,
        }
    }

    fn change_draft(&mut self, change: impl FnOnce(&mut Draft)) {
        if let Some(draft) = &mut self.draft {
            change(draft);
        }
    }

    fn begin_draft(&mut self) {
        if let Some(draft) = &mut self.draft {
            draft.listens = true;
            return;
        }
        let recipe = self.document.recipe.clone();
        let ground = Ground { set: set_of(&self.document), recipe, tab: self.views.tab };
        let text = DraftText { title: "My lesson".to_owned(), ..DraftText::default() };
        self.draft = Some(Draft { ground: Arc::new(ground), text, listens: true, left_out: Vec::new() });
    }

    fn try_draft(&mut self) {
        match self.draft.as_ref().map(Draft::lesson) {
            Some(Ok(lesson)) => {
                self.open_lesson(&Arc::new(lesson));
                // Where it ends, what is done next goes on from.
                self.change_draft(|draft| draft.listens = true);
            }
            Some(Err(why)) => self.tell(format!("It is no lesson yet: {why}."), true),
            None => {}
        }
    }

    fn save_draft(&mut self, path: PathBuf) {
        match self.draft.as_ref().map(Draft::lesson) {
            Some(Ok(lesson)) => self.tasks.start(Work::Save(path, lesson.to_json().into_bytes().into(), None), Aim::Nothing),
            Some(Err(why)) => self.tell(format!("The lesson is not saved: {why}."), true),
            None => {}
        }
    }

    /// Whether what is done now becomes a step: not while a lesson is given.
    pub fn is_drafting(&self) -> bool {
        self.draft.as_ref().is_some_and(|draft| draft.listens) && self.course.given().is_none()
    }

    /// Makes a step of what was done; `before` is the document as it was.
    pub(super) fn draft_hears(&mut self, command: &Command, before: &Document) {
        let heard = self.heard(command, before);
        // What took the place of the project is no step of its lesson.
        let Some(draft) = self.draft.as_mut().filter(|draft| draft.listens) else { return };
        match heard {
            Heard::Nothing => {}
            Heard::Deeds(deeds) => deeds.into_iter().for_each(|deed| add(&mut draft.text.steps, deed)),
            Heard::TakenBack => {
                draft.text.steps.pop();
            }
            Heard::LeftOut(what) => draft.left_out.push(what.to_owned()),
        }
    }

    fn heard(&self, command: &Command, before: &Document) -> Heard {
        match command {
            Command::Edit(edit) => self.heard_edit(edit, before),
            Command::Act(act) => self.heard_act(act),
            Command::View(view) => heard_view(view),
        }
    }

    fn name(&self, id: super::PhraseId) -> String {
        let typed = self.typed_in_draft();
        let text = self.document.text(id);
        self.draft.as_ref().map_or_else(|| text.to_owned(), |draft| draft.name_of(text, typed.into_iter()))
    }

    /// Phrases that are not among those the draft begins with, in their order.
    fn typed_in_draft(&self) -> Vec<Arc<str>> {
        let Some(draft) = &self.draft else { return Vec::new() };
        let own: std::collections::HashSet<&str> = draft.ground.set.phrases().collect();
        self.document.phrases.iter().filter(|phrase| !own.contains(&*phrase.text)).map(|phrase| phrase.text.clone()).collect()
    }

    fn heard_edit(&self, edit: &Edit, before: &Document) -> Heard {
        if *before == self.document {
            return Heard::Nothing;
        }
        if let Some(deed) = self.recipe_deed(edit, before) {
            return Heard::Deeds(vec![deed]);
        }
        let names = |ids: [super::PhraseId; 2]| ids.map(|id| self.name(id));
        Heard::Deeds(match edit {
            Edit::AddPhrases(texts, _) => texts.iter().map(|text| Deed::Type(text.trim().to_owned())).collect(),
            Edit::AddPair(pair) => {
                let pulls = Deed::Pair(names([pair.anchor, pair.positive]));
                let pushes = pair.negative.map(|negative| Deed::Negative(names([pair.anchor, negative])));
                std::iter::once(pulls).chain(pushes).collect()
            }
            Edit::AddNegative(anchor, negative) => vec![Deed::Negative(names([*anchor, *negative]))],
            Edit::SetPairs(pairs) if pairs.is_empty() => vec![Deed::NoPairs],
            Edit::EditPhrase(..) | Edit::RemovePhrase(_) | Edit::RemovePhrases(_) => {
                return Heard::LeftOut("a phrase that was changed or removed");
            }
            Edit::SetGroup(..)
            | Edit::SetNewGroup(..)
            | Edit::RenameGroup(..)
            | Edit::GroupPhrases(..)
            | Edit::Regroup(_)
            | Edit::Ungroup => return Heard::LeftOut("a change of groups"),
            Edit::RemovePair(_) | Edit::SetPairs(_) | Edit::Fail(_) => {
                return Heard::LeftOut("pairs that were changed or removed");
            }
            Edit::SetModel(_) | Edit::TakeRecipe(_) => return Heard::LeftOut("another model"),
            Edit::Add(_) => return Heard::LeftOut("phrases or pairs of a file"),
            Edit::MoveByHand(phrase, at) => match self.nearest_on_map(*phrase, *at) {
                Some(other) => vec![Deed::Move(names([*phrase, other]))],
                None => return Heard::LeftOut("a move by hand"),
            },
            Edit::NewSeed | Edit::SetRecipe(_) | Edit::SetSettings(_) => return Heard::Nothing,
        })
    }

    /// What an edit is that changes nothing but the recipe.
    fn recipe_deed(&self, edit: &Edit, before: &Document) -> Option<Deed> {
        if !only_recipe_differs(before, &self.document) || matches!(edit, Edit::MoveByHand(..)) {
            return None;
        }
        let changes = || Deed::Recipe(recipe_difference(&before.recipe, &self.document.recipe));
        Some(if matches!(edit, Edit::NewSeed) { Deed::NewSeed } else { changes() })
    }

    /// The phrase beside which `phrase` was let go, at a place of the map.
    fn nearest_on_map(&self, phrase: super::PhraseId, at: [f64; 2]) -> Option<super::PhraseId> {
        let picture = self.picture()?;
        let others = picture.places.iter().filter(|place| place.phrase != phrase && !place.is_random);
        let distance = |place: &&super::Place| (place.at[0] - at[0]).hypot(place.at[1] - at[1]);
        others.min_by(|a, b| distance(a).total_cmp(&distance(b))).map(|place| place.phrase)
    }

    fn heard_act(&self, act: &Act) -> Heard {
        let deed = match act {
            Act::ShowTab(tab) => Deed::Tab(*tab),
            Act::SetAxes(axes) => Deed::Axes(*axes),
            Act::SetTwoPhase(is_on) => Deed::TwoPhase(*is_on),
            Act::UseHand(is_on) => Deed::Hand(*is_on),
            Act::Select(Some(id)) => Deed::Select(self.name(*id)),
            Act::AskWhySelected(_) | Act::AskWhy(..) => return self.heard_why(),
            Act::TogglePlay if self.is_playing() => Deed::Play,
            Act::Step => Deed::OneStep,
            Act::Seek(_) | Act::Rewind if self.run().is_none() => return Heard::Nothing,
            Act::Rewind | Act::Seek(0) => Deed::Start,
            Act::Seek(step) if *step >= self.last_step() => Deed::End,
            Act::Seek(step) => Deed::Step(*step),
            Act::Undo => return Heard::TakenBack,
            Act::Redo => return Heard::LeftOut("taking an undo back"),
            Act::SetCharts(_) => return Heard::LeftOut("another chart"),
            Act::GoToStage(_) | Act::ShowAllAnchors(_) | Act::TurnAnchor { .. } | Act::ShowBatch(_) => {
                return Heard::LeftOut("a look at the batch");
            }
            Act::StepBack => return Heard::LeftOut("a step back"),
            // What they take is an edit of its own, but none that was heard.
            Act::PasteRecipe(_) | Act::TakeRecipeOfRun | Act::TakeKeptRecipe(_) => return Heard::LeftOut("a recipe as a whole"),
            Act::Import { .. } => return Heard::LeftOut("phrases or pairs of a file"),
            Act::RefitModelMap => return Heard::LeftOut("axes that were fitted again"),
            // None of these changes what a lesson shows, or what they open ends the draft's listening.
            Act::Select(None)
            | Act::CloseWhy
            | Act::TogglePlay
            | Act::Advance(_)
            | Act::SetSpeed(_)
            | Act::Hold(..)
            | Act::PutBack
            | Act::SetMaxSeconds(_)
            | Act::Cancel
            | Act::ListModels(_)
            | Act::LookAtModel(_)
            | Act::DropModelLook
            | Act::FetchModel(..)
            | Act::StopFetch
            | Act::ForgetFailedFetch
            | Act::TryModelAgain
            | Act::New
            | Act::OpenLesson(_)
            | Act::GiveLesson(_)
            | Act::Lesson(_)
            | Act::Draft(_)
            | Act::Open(_)
            | Act::OpenText(_)
            | Act::SaveKept(..)
            | Act::KeepOpenedRun
            | Act::CloseRun
            | Act::ReadAgain(..)
            | Act::DropOffer
            | Act::SaveModel(_)
            | Act::Save
            | Act::SaveOver
            | Act::SaveAs(_)
            | Act::LeaveChanged
            | Act::Recover(_)
            | Act::ExportTable(_)
            | Act::ExportPicture(..)
            | Act::ExportFilm(..)
            | Act::Report(_)
            | Act::Tell(_)
            | Act::DismissNotice => return Heard::Nothing,
        };
        Heard::Deeds(vec![deed])
    }

    /// Two phrases by their names, or a query and a hit by its rank.
    fn heard_why(&self) -> Heard {
        let Some([first, second]) = self.why.asked() else { return Heard::Nothing };
        match (first, second) {
            (Said::Phrase(first), Said::Phrase(second)) => {
                Heard::Deeds(vec![Deed::Why([*first, *second].map(|id| self.name(id)))])
            }
            (_, Said::Text(passage)) => match self.rank_by_meaning(passage) {
                Some(rank) => Heard::Deeds(vec![Deed::WhyHit(rank)]),
                None => Heard::LeftOut("why two texts are near that are no phrases"),
            },
            (Said::Text(_), Said::Phrase(_)) => Heard::LeftOut("why two texts are near that are no phrases"),
        }
    }

    fn rank_by_meaning(&self, passage: &str) -> Option<usize> {
        let search = &self.views.search;
        let place = search.columns().iter().position(|column| column.method == SearchMethod::Meaning)?;
        let collection = search.collection()?;
        let is_it = |hit: &&crate::search::Hit| collection.passages.get(hit.passage).is_some_and(|found| *found.text == *passage);
        Some(search.found(place)?.hits.iter().find(is_it)?.rank)
    }
}

fn heard_view(command: &ViewCommand) -> Heard {
    let command = match command {
        ViewCommand::Search(command) => command,
        ViewCommand::Seeds(SeedsCommand::SetTurning(turning)) => return Heard::Deeds(vec![Deed::Turning(*turning)]),
        ViewCommand::Explore(_)
        | ViewCommand::Seeds(_)
        | ViewCommand::Models(_)
        | ViewCommand::Dimensions(_)
        | ViewCommand::Similarity(_) => return Heard::LeftOut("a setting of a view"),
    };
    Heard::Deeds(vec![match command {
        SearchCommand::Ask(query) if query.trim().is_empty() => return Heard::Nothing,
        SearchCommand::Ask(query) => Deed::Ask(query.clone()),
        SearchCommand::SearchIn(Documents::Phrases) => Deed::SearchPhrases,
        SearchCommand::SearchIn(Documents::BuiltIn) => Deed::SearchBuiltIn,
        SearchCommand::Compare(beside) => Deed::Beside(*beside),
        SearchCommand::SearchIn(Documents::File(_)) => return Heard::LeftOut("documents of a file"),
        SearchCommand::Split(_) | SearchCommand::SetSecond(_) => return Heard::LeftOut("a setting of the search"),
        SearchCommand::TryAgain => return Heard::Nothing,
    }])
}

/// Adds a step; what is dragged or typed letter by letter is one.
fn add(steps: &mut Vec<DraftStep>, deed: Deed) {
    let is_same_drag = steps.last().and_then(|step| step.deed.as_ref()).is_some_and(|last| match (last, &deed) {
        (Deed::Ask(_), Deed::Ask(_)) | (Deed::Select(_), Deed::Select(_)) | (Deed::Tab(_), Deed::Tab(_)) => true,
        (Deed::Step(_) | Deed::End | Deed::Start, Deed::Step(_) | Deed::End) => true,
        (last, deed) => last == deed && !matches!(deed, Deed::OneStep | Deed::NewSeed),
    });
    if is_same_drag {
        steps.pop();
    }
    match (steps.last_mut().and_then(|step| step.deed.as_mut()), deed) {
        (Some(Deed::Recipe(last)), Deed::Recipe(now)) => merge(last, now),
        (_, deed) => steps.push(DraftStep::of(deed)),
    }
}

/// Later values take the place of earlier ones.
fn merge(last: &mut serde_json::Map<String, serde_json::Value>, now: serde_json::Map<String, serde_json::Value>) {
    for (name, value) in now {
        match (last.get_mut(&name), value) {
            (Some(serde_json::Value::Object(last)), serde_json::Value::Object(now)) => merge(last, now),
            (_, value) => {
                last.insert(name, value);
            }
        }
    }
}

fn only_recipe_differs(before: &Document, now: &Document) -> bool {
    let mut trained_alike = before.clone();
    trained_alike.recipe = now.recipe.clone();
    trained_alike == *now
}

/// The values of `now` that `before` has otherwise, as the file of a recipe has them; in `settings` too.
fn recipe_difference(before: &Recipe, now: &Recipe) -> serde_json::Map<String, serde_json::Value> {
    let object = |recipe: &Recipe| match serde_json::to_value(recipe) {
        Ok(serde_json::Value::Object(object)) => object,
        _ => serde_json::Map::new(),
    };
    difference(&object(before), &object(now))
}

fn difference(
    before: &serde_json::Map<String, serde_json::Value>,
    now: &serde_json::Map<String, serde_json::Value>,
) -> serde_json::Map<String, serde_json::Value> {
    let changed = |(name, value): (&String, &serde_json::Value)| match (before.get(name), value) {
        (Some(old), new) if old == new => None,
        (Some(serde_json::Value::Object(old)), serde_json::Value::Object(new)) => {
            Some((name.clone(), serde_json::Value::Object(difference(old, new))))
        }
        (_, new) => Some((name.clone(), new.clone())),
    };
    now.iter().filter_map(changed).collect()
}

/// The phrases, groups and pairs of a document.
fn set_of(document: &Document) -> BuiltinSet {
    let texts = |of: Option<super::GroupId>| {
        document.phrases.iter().filter(move |phrase| phrase.group == of).map(|phrase| phrase.text.to_string())
    };
    let group = |group: &super::Group| GroupTexts { name: group.name.to_string(), phrases: texts(Some(group.id)).collect() };
    let text = |id: super::PhraseId| document.text(id).to_owned();
    let pair = |pair: &super::Pair| PairTexts {
        anchor: text(pair.anchor),
        positive: text(pair.positive),
        negative: pair.negative.map(text),
        score: pair.score,
    };
    BuiltinSet {
        groups: document.groups.iter().map(group).collect(),
        others: texts(None).collect(),
        pairs: document.pairs.iter().map(pair).collect(),
    }
}
