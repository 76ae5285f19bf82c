//! How well rankings answer judged queries: nDCG, reciprocal rank, recall; and which queries got better or worse.
//!
//! As trec_eval measures them: the gain of a document is its grade (not 2 to the power of it), its discount
//! log₂(rank + 1), and the ideal ranking is that of all judged documents, be they among those searched or not.

use std::ops::ControlFlow;

use super::judged::{JudgedQuery, JudgedSet};
use super::passages::Collection;
use super::searcher::{SearchError, SearchMethod, Searcher};
use crate::progress::{OnProgress, Progress};
use crate::space::Vectors;

/// Ranks that nDCG and the reciprocal rank look at.
pub const MEASURED_K: usize = 10;

/// How well a ranking answers one query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueryMeasures {
    /// Discounted cumulative gain of the first ten, of the ideal one; 0 where nothing could be gained.
    pub ndcg: f64,
    /// One over the rank of the first right document; 0 if it is not among the first ten.
    pub reciprocal_rank: f64,
    /// The share of the right documents that are among the first k.
    pub recall: f64,
    /// The rank of the first right document, however far down; `None` where none was found.
    pub rank: Option<usize>,
}

/// How well a method answers judged queries.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchMeasures {
    /// By query, in their order.
    pub queries: Vec<QueryMeasures>,
    /// Documents that recall looks at.
    pub k: usize,
}

impl SearchMeasures {
    /// Mean nDCG@10; `None` without queries, as with the others.
    pub fn ndcg(&self) -> Option<f64> {
        self.mean(|query| query.ndcg)
    }

    /// Mean reciprocal rank within the first ten.
    pub fn mrr(&self) -> Option<f64> {
        self.mean(|query| query.reciprocal_rank)
    }

    /// Mean recall@k.
    pub fn recall(&self) -> Option<f64> {
        self.mean(|query| query.recall)
    }

    fn mean(&self, of: impl Fn(&QueryMeasures) -> f64) -> Option<f64> {
        let sum: f64 = self.queries.iter().map(of).sum();
        (!self.queries.is_empty()).then(|| sum / self.queries.len() as f64)
    }

    /// The same of some of the queries.
    pub fn of(&self, queries: impl IntoIterator<Item = usize>) -> Self {
        let queries = queries.into_iter().filter_map(|query| self.queries.get(query).copied()).collect();
        Self { queries, k: self.k }
    }
}

/// Measures `ranking`, documents by their places, each once and the best first.
pub fn measures_of(query: &JudgedQuery, ranking: &[usize], k: usize) -> QueryMeasures {
    let discounted = |grades: &mut dyn Iterator<Item = f64>| -> f64 {
        let gains = grades.take(MEASURED_K).enumerate();
        // From 0: an empty sum of the standard library is -0.
        gains.fold(0.0, |sum, (index, grade)| sum + grade.max(0.0) / (index as f64 + 2.0).log2())
    };
    let mut ideal: Vec<f64> = query.all_grades().collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let possible = discounted(&mut ideal.iter().copied());
    let gained = discounted(&mut ranking.iter().map(|place| query.grades.get(place).copied().unwrap_or(0.0)));
    let n_right = ideal.iter().filter(|grade| **grade > 0.0).count();
    let n_found = ranking.iter().take(k).filter(|place| query.is_answered_by(**place)).count();
    let rank = ranking.iter().position(|place| query.is_answered_by(*place)).map(|index| index + 1);
    QueryMeasures {
        ndcg: if possible > 0.0 { gained / possible } else { 0.0 },
        reciprocal_rank: rank.filter(|rank| *rank <= MEASURED_K).map_or(0.0, |rank| 1.0 / rank as f64),
        recall: if n_right > 0 { n_found as f64 / n_right as f64 } else { 0.0 },
        rank,
    }
}

/// Searches for every query of `set`, whose vectors are the rows of `queries`, and measures what comes of it. A document
/// stands where the first of its passages does.
///
/// # Errors
/// As [`Searcher::search`]. `None` if `progress` answers `Break`.
pub fn judge(
    searcher: &Searcher,
    collection: &Collection,
    set: &JudgedSet,
    (method, k): (SearchMethod, usize),
    queries: Option<&Vectors>,
    progress: &mut OnProgress<'_>,
) -> Result<Option<SearchMeasures>, SearchError> {
    let mut measured = Vec::with_capacity(set.queries.len());
    for (index, query) in set.queries.iter().enumerate() {
        let vector = queries.map(|queries| (queries, index));
        let hits = searcher.search(method, &query.text, vector, collection.passages.len())?;
        let documents = documents_of(hits.iter().map(|hit| hit.passage), collection);
        measured.push(measures_of(query, &documents, k));
        let report = Progress { done: index + 1, total: set.queries.len(), unit: "queries" };
        if progress(report) == ControlFlow::Break(()) {
            return Ok(None);
        }
    }
    Ok(Some(SearchMeasures { queries: measured, k }))
}

/// The documents of `passages`, each at the place of its first.
fn documents_of(passages: impl Iterator<Item = usize>, collection: &Collection) -> Vec<usize> {
    let mut is_there = vec![false; collection.ids.len()];
    let documents = passages.filter_map(|passage| Some(collection.passages.get(passage)?.document));
    documents.filter(|document| !std::mem::replace(&mut is_there[*document], true)).collect()
}

/// The queries that another ranking answers better, and those that it answers worse, by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Answered better.
    pub better: Vec<usize>,
    /// Answered worse.
    pub worse: Vec<usize>,
}

/// What changed from `before` to `after`, which are of the same queries: nDCG@10, or where it is the same, the rank of the first
/// right document.
pub fn changed(before: &SearchMeasures, after: &SearchMeasures) -> Changed {
    let mut changed = Changed::default();
    let place = |measures: &QueryMeasures| measures.rank.unwrap_or(usize::MAX);
    for (index, (before, after)) in before.queries.iter().zip(&after.queries).enumerate() {
        let is_better = after.ndcg.total_cmp(&before.ndcg).then(place(before).cmp(&place(after)));
        match is_better {
            std::cmp::Ordering::Greater => changed.better.push(index),
            std::cmp::Ordering::Less => changed.worse.push(index),
            std::cmp::Ordering::Equal => {}
        }
    }
    changed
}
