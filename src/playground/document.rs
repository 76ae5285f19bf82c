//! What the user makes: phrases, groups, pairs and the recipe. This is what undo restores and a
//! project file keeps; vectors and runs are derived from it and are not here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::data::{BuiltinSet, GroupTexts, Grouping, PairSet, PairTexts, Score};
use crate::model::ModelChoice;
use crate::space::PairRows;
use crate::train::{Recipe, TrainInput, suggested_loss};

/// Names a phrase for as long as the document lives, through edits of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhraseId(pub u32);

/// Names a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// A phrase in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// Its name.
    pub id: PhraseId,
    /// Its text; no two phrases have the same.
    pub text: Arc<str>,
    /// The group it belongs to.
    pub group: Option<GroupId>,
}

/// A group of phrases: a colour and a shape on the map, by its place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name for the program.
    pub id: GroupId,
    /// Its name for people.
    pub name: Arc<str>,
}

/// A training pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The phrase that pulls and pushes.
    pub anchor: PhraseId,
    /// Pulled towards the anchor.
    pub positive: PhraseId,
    /// Pushed away from the anchor.
    pub negative: Option<PhraseId>,
    /// How much the two belong together, if the data says so.
    pub score: Option<Score>,
}

impl Pair {
    /// A positive pair with nothing else to it.
    pub fn of(anchor: PhraseId, positive: PhraseId) -> Self {
        Self { anchor, positive, negative: None, score: None }
    }

    /// A pair of a phrase with itself is none.
    pub(super) fn is_of_different_phrases(&self) -> bool {
        self.anchor != self.positive && ![Some(self.anchor), Some(self.positive)].contains(&self.negative)
    }
}

/// Everything the user makes. Lists are shared between the snapshots of undo.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// Phrases in the order of the list, which is that of their ids.
    pub phrases: Arc<Vec<Phrase>>,
    /// Groups in the order of the list.
    pub groups: Arc<Vec<Group>>,
    /// Pairs in the order of the list.
    pub pairs: Arc<Vec<Pair>>,
    /// The model that embeds the phrases and that learners begin from.
    pub model: ModelChoice,
    /// How to train.
    pub recipe: Recipe,
    next_id: u32,
}

/// From this number of phrases on an import begins with shorter vectors, so that they stay in memory, and
/// with larger batches, so that an epoch ends some time. Whoever imports says so.
pub(super) const MANY_PHRASES: usize = 100_000;
pub(super) const DIMS_OF_MANY: usize = 64;
pub(super) const BATCH_OF_MANY: usize = 256;

impl Document {
    /// The document of a built-in set.
    pub fn of_set(set: &BuiltinSet) -> Self {
        let mut document = Self::default();
        for GroupTexts { name, phrases } in &set.groups {
            let group = document.add_group(name);
            for phrase in phrases {
                document.add_phrase(phrase, Some(group));
            }
        }
        for phrase in &set.others {
            document.add_phrase(phrase, None);
        }
        document.add_pairs(&set.pairs);
        document
    }

    /// The document of a set of pairs.
    pub fn of_pairs(set: &PairSet) -> Self {
        let mut document = Self::default();
        let id = |row: u32| PhraseId(row + 1);
        let phrases = set.phrases.iter().zip(0..).map(|(text, row)| Phrase { id: id(row), text: text.clone(), group: None });
        document.phrases = Arc::new(phrases.collect());
        let pairs = set.pairs.iter().map(|pair| Pair {
            anchor: id(pair.anchor),
            positive: id(pair.positive),
            negative: pair.negative.map(id),
            score: pair.score,
        });
        document.pairs = Arc::new(pairs.collect());
        document.next_id = set.phrases.len() as u32;
        let recipe = &mut document.recipe;
        recipe.settings = recipe.settings.with_loss(suggested_loss(&set.pairs), recipe.learner);
        if set.phrases.len() > MANY_PHRASES {
            document.recipe.dims = DIMS_OF_MANY;
            document.recipe.settings.batch = BATCH_OF_MANY;
        }
        document
    }

    /// Adds phrases, each once; says how many were there already.
    pub fn add_phrases<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> usize {
        let mut known: HashSet<Arc<str>> = self.phrases.iter().map(|phrase| phrase.text.clone()).collect();
        let mut n_repeated = 0;
        for text in texts {
            if known.contains(text) {
                n_repeated += 1;
                continue;
            }
            self.push_phrase(text, None);
            known.insert(text.into());
        }
        n_repeated
    }

    fn new_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    /// The phrase called `id`.
    pub fn phrase(&self, id: PhraseId) -> Option<&Phrase> {
        self.phrases.get(self.row(id)?)
    }

    /// Place of a phrase in the list.
    pub fn row(&self, id: PhraseId) -> Option<usize> {
        self.phrases.binary_search_by_key(&id, |phrase| phrase.id).ok()
    }

    /// The text of a phrase; empty if it is gone.
    pub fn text(&self, id: PhraseId) -> &str {
        self.phrase(id).map_or("", |phrase| &phrase.text)
    }

    /// The phrase with this text.
    pub fn phrase_with_text(&self, text: &str) -> Option<&Phrase> {
        self.phrases.iter().find(|phrase| &*phrase.text == text)
    }

    /// Place of a group in the list: decides its colour and shape.
    pub fn group_index(&self, group: Option<GroupId>) -> Option<usize> {
        let group = group?;
        self.groups.iter().position(|other| other.id == group)
    }

    /// Names of the groups, in the order of the list.
    pub fn group_names(&self) -> Vec<Arc<str>> {
        self.groups.iter().map(|group| group.name.clone()).collect()
    }

    /// The groups, and the phrases in them.
    pub fn grouping(&self) -> Grouping {
        let group_of = |phrase: &Phrase| Some((phrase.text.clone(), self.group_index(phrase.group)?));
        Grouping { names: self.group_names(), by_phrase: self.phrases.iter().filter_map(group_of).collect() }
    }

    /// Adds a phrase; the existing one if there is one with this text.
    pub fn add_phrase(&mut self, text: &str, group: Option<GroupId>) -> PhraseId {
        if let Some(phrase) = self.phrase_with_text(text) {
            return phrase.id;
        }
        self.push_phrase(text, group)
    }

    /// Adds a phrase that is known to be new.
    pub(super) fn push_phrase(&mut self, text: &str, group: Option<GroupId>) -> PhraseId {
        let id = PhraseId(self.new_id());
        Arc::make_mut(&mut self.phrases).push(Phrase { id, text: text.into(), group });
        id
    }

    /// Adds a group; the existing one if there is one with this name.
    pub fn add_group(&mut self, name: &str) -> GroupId {
        if let Some(group) = self.groups.iter().find(|group| &*group.name == name) {
            return group.id;
        }
        self.push_group(name)
    }

    /// Adds a group that is known to be new.
    pub(super) fn push_group(&mut self, name: &str) -> GroupId {
        let id = GroupId(self.new_id());
        Arc::make_mut(&mut self.groups).push(Group { id, name: name.into() });
        id
    }

    /// Adds pairs by text, with the phrases they name where these are new.
    pub fn add_pairs(&mut self, pairs: &[PairTexts]) {
        for pair in pairs {
            let pair = Pair {
                anchor: self.add_phrase(&pair.anchor, None),
                positive: self.add_phrase(&pair.positive, None),
                negative: pair.negative.as_ref().map(|text| self.add_phrase(text, None)),
                score: pair.score,
            };
            self.add_pair(pair);
        }
    }

    /// Adds a pair unless it is there; a pair of a phrase with itself is none. Says whether it was added.
    pub fn add_pair(&mut self, pair: Pair) -> bool {
        let is_new = pair.is_of_different_phrases() && !self.pairs.contains(&pair);
        if is_new {
            Arc::make_mut(&mut self.pairs).push(pair);
        }
        is_new
    }

    /// Adds the pairs that are not there yet; says how many those were.
    pub(super) fn add_new_pairs(&mut self, pairs: impl Iterator<Item = Pair>) -> usize {
        let mut known: HashSet<Pair> = self.pairs.iter().copied().collect();
        let new: Vec<Pair> = pairs.filter(|pair| pair.is_of_different_phrases() && known.insert(*pair)).collect();
        let n_new = new.len();
        if n_new > 0 {
            Arc::make_mut(&mut self.pairs).extend(new);
        }
        n_new
    }

    /// Makes `negative` the negative of `anchor`: in its first pair that has none, or in a copy of its first pair.
    ///
    /// Says whether the anchor had a pair to take it; one that has it already stays as it is.
    pub fn add_negative(&mut self, anchor: PhraseId, negative: PhraseId) -> bool {
        if self.has_negative(anchor, negative) {
            return true;
        }
        let of_anchor = |pair: &&Pair| pair.anchor == anchor && pair.positive != negative && anchor != negative;
        let Some(first) = self.pairs.iter().find(of_anchor).copied() else { return false };
        let pairs = Arc::make_mut(&mut self.pairs);
        match pairs.iter_mut().find(|pair| pair.anchor == anchor && pair.positive != negative && pair.negative.is_none()) {
            Some(pair) => pair.negative = Some(negative),
            None => pairs.push(Pair { negative: Some(negative), ..first }),
        }
        true
    }

    /// Whether `negative` is one of `anchor` already.
    pub fn has_negative(&self, anchor: PhraseId, negative: PhraseId) -> bool {
        self.pairs.iter().any(|pair| pair.anchor == anchor && pair.negative == Some(negative))
    }

    /// Removes phrases and the pairs they stand in as anchor or positive; as negatives they are taken out of them, and of pairs
    /// that are the same then one stays. Gives how many such pairs went.
    pub fn remove_phrases(&mut self, ids: &HashSet<PhraseId>) -> usize {
        Arc::make_mut(&mut self.phrases).retain(|phrase| !ids.contains(&phrase.id));
        let is_gone = |id: &PhraseId| ids.contains(id);
        let touches =
            |pair: &Pair| is_gone(&pair.anchor) || is_gone(&pair.positive) || pair.negative.is_some_and(|id| is_gone(&id));
        let mut n_same = 0;
        if self.pairs.iter().any(touches) {
            let pairs = Arc::make_mut(&mut self.pairs);
            pairs.retain(|pair| !is_gone(&pair.anchor) && !is_gone(&pair.positive));
            pairs.iter_mut().for_each(|pair| pair.negative = pair.negative.filter(|id| !is_gone(id)));
            let (mut seen, n_before) = (HashSet::new(), pairs.len());
            pairs.retain(|pair| seen.insert(*pair));
            n_same = n_before - pairs.len();
        }
        n_same
    }

    /// Puts phrases into new groups of these names; groups that have no phrase any more go. A name that is there already
    /// gets a number behind it.
    pub fn regroup(&mut self, groups: Vec<(String, Vec<PhraseId>)>) {
        let mut group_of: HashMap<PhraseId, GroupId> = HashMap::new();
        let moved: HashSet<PhraseId> = groups.iter().flat_map(|(_, members)| members.iter().copied()).collect();
        let stays = |phrase: &&Phrase| !moved.contains(&phrase.id);
        let kept: HashSet<GroupId> = self.phrases.iter().filter(stays).filter_map(|phrase| phrase.group).collect();
        let n_before = self.groups.len();
        for (name, members) in groups.into_iter().filter(|(_, members)| !members.is_empty()) {
            // Those that are left without phrases go, and with them their names.
            let there = self.groups[..n_before].iter().filter(|group| kept.contains(&group.id)).chain(&self.groups[n_before..]);
            let is_new = |name: &str| there.clone().all(|group| &*group.name != name);
            let numbered = (2..).map(|number| format!("{name} {number}"));
            let free = std::iter::once(name.clone()).chain(numbered).find(|name| is_new(name)).unwrap_or(name);
            let group = self.push_group(&free);
            group_of.extend(members.into_iter().map(|member| (member, group)));
        }
        for phrase in Arc::make_mut(&mut self.phrases) {
            phrase.group = group_of.get(&phrase.id).copied().or(phrase.group);
        }
        let used: HashSet<GroupId> = self.phrases.iter().filter_map(|phrase| phrase.group).collect();
        Arc::make_mut(&mut self.groups).retain(|group| used.contains(&group.id));
    }

    /// Takes all phrases out of their groups, which go.
    pub fn ungroup(&mut self) {
        Arc::make_mut(&mut self.phrases).iter_mut().for_each(|phrase| phrase.group = None);
        self.groups = Arc::default();
    }

    /// How many pairs a phrase stands in.
    pub fn pairs_of(&self, id: PhraseId) -> usize {
        self.pairs.iter().filter(|pair| pair.anchor == id || pair.positive == id || pair.negative == Some(id)).count()
    }

    /// What training needs, but for the model's vectors.
    pub fn train_input(&self) -> TrainInput {
        let row = |id: PhraseId| self.row(id).map(|row| row as u32);
        let rows = |pair: &Pair| {
            let negative = match pair.negative {
                Some(id) => Some(row(id)?),
                None => None,
            };
            Some(PairRows { anchor: row(pair.anchor)?, positive: row(pair.positive)?, negative, score: pair.score })
        };
        TrainInput {
            phrases: self.phrases.iter().map(|phrase| phrase.text.clone()).collect(),
            pairs: self.pairs.iter().filter_map(rows).collect(),
            recipe: self.recipe.clone(),
            model_vectors: None,
        }
    }
}
