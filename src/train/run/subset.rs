//! Which phrases of a run are recorded: all of a small set, a chosen part of a large one.
//!
//! A frame of a hundred thousand phrases would be 150 MB. Training is on all of them in any case.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use rand::seq::SliceRandom;

use super::super::input::TrainInput;
use super::super::recipe::Subset;
use super::super::seed::{Purpose, generator};
use crate::space::PairRows;

/// The recorded phrases of a set.
pub(crate) enum Recorded {
    /// All, and how many.
    All(usize),
    /// These rows, rising.
    Some(Vec<u32>),
}

impl Recorded {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::All(n) => *n,
            Self::Some(rows) => rows.len(),
        }
    }

    /// The rows, unless they are all.
    pub(crate) fn rows(&self) -> Option<&[u32]> {
        match self {
            Self::All(_) => None,
            Self::Some(rows) => Some(rows),
        }
    }

    /// Where the phrases `rows`, which rise, are among the recorded ones; those that are not recorded are left out.
    pub(crate) fn places<'a>(&self, rows: &'a [u32]) -> Cow<'a, [u32]> {
        match self {
            Self::All(_) => Cow::Borrowed(rows),
            Self::Some(recorded) => {
                rows.iter().filter_map(|row| recorded.binary_search(row).ok()).map(|place| place as u32).collect()
            }
        }
    }

    pub(crate) fn phrases(&self, all: &Arc<[Arc<str>]>) -> Arc<[Arc<str>]> {
        match self {
            Self::All(_) => all.clone(),
            Self::Some(rows) => rows.iter().map(|row| all[*row as usize].clone()).collect(),
        }
    }

    /// The pairs among the recorded phrases, as rows of them; a negative that is not recorded is left out.
    pub(crate) fn pairs(&self, all: &[PairRows]) -> Vec<PairRows> {
        let Self::Some(rows) = self else { return all.to_vec() };
        let place = |row: u32| rows.binary_search(&row).ok().map(|place| place as u32);
        let among = |pair: &PairRows| {
            let (anchor, positive) = (place(pair.anchor)?, place(pair.positive)?);
            Some(PairRows { anchor, positive, negative: pair.negative.and_then(place), score: pair.score })
        };
        all.iter().filter_map(among).collect()
    }
}

/// At most `most` phrases of `input`: whole pairs, as its recipe chooses them.
pub(crate) fn recorded_of(input: &TrainInput, most: usize) -> Recorded {
    if input.phrases.len() <= most {
        return Recorded::All(input.phrases.len());
    }
    Recorded::Some(subset_rows(&input.pairs, input.phrases.len(), input.recipe.subset, input.recipe.seed, most))
}

/// Rows of at most `most` phrases, rising: those of pairs in the order that `subset` says.
pub fn subset_rows(pairs: &[PairRows], n_phrases: usize, subset: Subset, seed: u64, most: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..pairs.len() as u32).collect();
    match subset {
        Subset::First => {}
        Subset::Drawn => order.shuffle(&mut generator(seed, Purpose::Subset, 0)),
        Subset::MostPaired => {
            let mut degrees: HashMap<u32, u32> = HashMap::new();
            pairs.iter().flat_map(|pair| [pair.anchor, pair.positive]).for_each(|row| *degrees.entry(row).or_default() += 1);
            let degree = |pair: &PairRows| degrees[&pair.anchor].max(degrees[&pair.positive]);
            order.sort_by_key(|index| std::cmp::Reverse(degree(&pairs[*index as usize])));
        }
    }
    let mut is_chosen = vec![false; n_phrases];
    let mut n_chosen = 0;
    let in_order = order.iter().map(|index| &pairs[*index as usize]);
    // Phrases in no pair come last.
    let phrases = in_order.flat_map(|pair| [pair.anchor, pair.positive]).chain(0..n_phrases as u32);
    for row in phrases {
        if n_chosen >= most {
            break;
        }
        if let Some(chosen) = is_chosen.get_mut(row as usize).filter(|chosen| !**chosen) {
            *chosen = true;
            n_chosen += 1;
        }
    }
    (0..n_phrases as u32).filter(|row| is_chosen[*row as usize]).collect()
}
