//! Which phrases agree least from run to run, and what one can see of the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::data::excerpt;
use crate::space::PairRows;
use crate::train::Run;

/// A phrase whose neighbours change from run to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsteady {
    /// Its text.
    pub phrase: Arc<str>,
    /// Mean share of its neighbours that it keeps from one run to another, 0..=1.
    pub kept: f64,
    /// What one can see of the reason.
    pub reason: String,
}

/// What pairs say of one phrase.
#[derive(Default)]
struct Ties {
    n_pairs: usize,
    pulled_by: BTreeSet<u32>,
    pushed_by: BTreeSet<u32>,
}

/// The `most` phrases of `phrases` that keep the fewest neighbours (`steadiness`, by phrase), with reasons read
/// from the pairs of `run` and the groups of all phrases.
pub(super) fn least_steady(
    run: &Run,
    phrases: &[Arc<str>],
    steadiness: &[f64],
    groups: &[Option<usize>],
    group_names: &[Arc<str>],
    most: usize,
) -> Vec<Unsteady> {
    let row_of = |text: &str| run.row_of(text).map(|row| row as u32);
    let group_of: BTreeMap<u32, usize> =
        phrases.iter().zip(groups).filter_map(|(text, group)| Some((row_of(text)?, (*group)?))).collect();
    let ties = ties_of(&run.pairs, run.phrases.len());
    let mut order: Vec<usize> = (0..phrases.len()).filter(|index| steadiness[*index] < 1.0).collect();
    order.sort_by(|a, b| steadiness[*a].total_cmp(&steadiness[*b]).then(a.cmp(b)));
    let unsteady = |index: usize| {
        let row = row_of(&phrases[index]);
        let reason = row.map_or_else(String::new, |row| reason_of(run, row, &ties, &group_of, group_names));
        Unsteady { phrase: phrases[index].clone(), kept: steadiness[index], reason }
    };
    order.into_iter().take(most).map(unsteady).collect()
}

fn ties_of(pairs: &[PairRows], n_rows: usize) -> Vec<Ties> {
    let mut ties: Vec<Ties> = (0..n_rows).map(|_| Ties::default()).collect();
    for pair in pairs {
        for (row, other) in [(pair.anchor, pair.positive), (pair.positive, pair.anchor)] {
            let ties = &mut ties[row as usize];
            ties.n_pairs += 1;
            if pair.is_positive() {
                ties.pulled_by.insert(other)
            } else {
                ties.pushed_by.insert(other)
            };
        }
        if let Some(negative) = pair.negative {
            ties[pair.anchor as usize].pushed_by.insert(negative);
            ties[negative as usize].pushed_by.insert(pair.anchor);
        }
    }
    ties
}

/// The most telling of: no pair, pulls that contradict each other, few pairs.
fn reason_of(run: &Run, row: u32, ties: &[Ties], group_of: &BTreeMap<u32, usize>, group_names: &[Arc<str>]) -> String {
    let own = &ties[row as usize];
    if own.n_pairs == 0 {
        return "in no pair".to_owned();
    }
    if let Some(both) = own.pulled_by.intersection(&own.pushed_by).next() {
        return format!("pulled to and pushed from “{}”", excerpt(&run.phrases[*both as usize], 30));
    }
    let pulled_to: BTreeSet<usize> =
        own.pulled_by.iter().chain([&row]).filter_map(|other| group_of.get(other)).copied().collect();
    if pulled_to.len() > 1 {
        let names = pulled_to.iter().filter_map(|group| group_names.get(*group)).map(|name| excerpt(name, 20));
        return format!("pulled between {}", names.collect::<Vec<_>>().join(" and "));
    }
    let mut counts: Vec<usize> = ties.iter().map(|ties| ties.n_pairs).collect();
    counts.sort_unstable();
    let usual = counts[counts.len() / 2];
    match own.n_pairs {
        1 => "in one pair only".to_owned(),
        few if few < usual => format!("in {few} pairs, others in {usual}"),
        n => format!("in {n} pairs, none contradicts"),
    }
}
