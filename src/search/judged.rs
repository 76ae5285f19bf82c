//! Queries with the documents that people judged to answer them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::data::{Document, Judgement};

/// A query and what was judged of it.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedQuery {
    /// What judgements call it.
    pub id: String,
    /// Its text.
    pub text: Arc<str>,
    /// The grades of documents, by their places: 0 not at all, the more the better.
    pub grades: BTreeMap<usize, f64>,
    /// The grades of documents that are not among those searched: they count for what could have been found.
    pub missing: Vec<f64>,
}

impl JudgedQuery {
    /// All grades, of documents that are there or not.
    pub fn all_grades(&self) -> impl Iterator<Item = f64> {
        self.grades.values().chain(&self.missing).copied()
    }

    /// Whether the document at `place` was judged to answer it.
    pub fn is_answered_by(&self, place: usize) -> bool {
        self.grades.get(&place).is_some_and(|grade| *grade > 0.0)
    }
}

/// Judged queries, and what is to be said of how they go together with the documents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JudgedSet {
    /// Those that were judged, in their order.
    pub queries: Vec<JudgedQuery>,
    /// What was left out, counted: a sentence each, without a full stop.
    pub remarks: Vec<String>,
}

impl JudgedSet {
    /// `judgements` of `queries` on documents that are called `ids`.
    pub fn new(queries: &[Document], judgements: &[Judgement], ids: &[String]) -> Self {
        let (documents, n_twins) = places_of(ids.iter().map(String::as_str));
        let (places, n_repeated) = places_of(queries.iter().map(|query| query.id.as_str()));
        let mut set = Self::default();
        let mut judged: BTreeMap<usize, (BTreeMap<&str, f64>, usize)> = BTreeMap::new();
        let mut n_unknown = 0;
        for judgement in judgements {
            let Some(query) = places.get(judgement.query.as_str()) else {
                n_unknown += 1;
                continue;
            };
            let (grades, n_again) = judged.entry(*query).or_default();
            // As evaluation programs do it: what is said last counts.
            *n_again += usize::from(grades.insert(&judgement.document, judgement.grade).is_some());
        }
        let (mut n_missing, mut n_again) = (0, 0);
        for (place, (grades, again)) in &judged {
            let query = &queries[*place];
            let mut found = JudgedQuery {
                id: query.id.clone(),
                text: query.text.as_str().into(),
                grades: BTreeMap::new(),
                missing: Vec::new(),
            };
            for (document, grade) in grades {
                match documents.get(document) {
                    Some(place) => _ = found.grades.insert(*place, *grade),
                    None => found.missing.push(*grade),
                }
            }
            n_missing += found.missing.len();
            n_again += again;
            set.queries.push(found);
        }
        let n_unjudged = places.len() - judged.len();
        set.say(n_repeated, |n| format!("{n} left out, as an earlier one has the same id"), "query", "queries");
        set.say(n_unjudged, |n| format!("{n} without a judgement: not measured"), "query", "queries");
        set.say(n_unknown, |n| format!("{n} of queries that are not there: left out"), "judgement", "judgements");
        let missing = |n| format!("{n} of documents that are not there: they count as not found");
        set.say(n_missing, missing, "judgement", "judgements");
        set.say(n_again, |n| format!("{n} given again: the last one counts"), "judgement", "judgements");
        set.say(n_twins, |n| format!("{n} with the id of an earlier one: judgements mean the first"), "document", "documents");
        set
    }

    fn say(&mut self, n: usize, what: impl FnOnce(String) -> String, one: &str, many: &str) {
        if n > 0 {
            self.remarks.push(what(format!("{n} {}", if n == 1 { one } else { many })));
        }
    }

    /// The texts of all queries.
    pub fn texts(&self) -> Vec<&str> {
        self.queries.iter().map(|query| &*query.text).collect()
    }
}

/// The first place of each id, and how many come again.
fn places_of<'i>(ids: impl Iterator<Item = &'i str>) -> (HashMap<&'i str, usize>, usize) {
    let (mut places, mut n_repeated) = (HashMap::new(), 0);
    for (place, id) in ids.enumerate() {
        if places.contains_key(id) {
            n_repeated += 1;
        } else {
            places.insert(id, place);
        }
    }
    (places, n_repeated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(id: &str) -> Document {
        Document { id: id.to_owned(), title: None, text: format!("text of {id}") }
    }

    fn judgement(query: &str, document: &str, grade: f64) -> Judgement {
        Judgement { query: query.to_owned(), document: document.to_owned(), grade }
    }

    #[test]
    fn all_that_does_not_fit_together_is_counted_and_said() {
        let queries = [document("q1"), document("q2"), document("q1")];
        let judgements =
            [judgement("q1", "a", 1.0), judgement("q1", "a", 2.0), judgement("q1", "gone", 1.0), judgement("q9", "a", 1.0)];
        let set = JudgedSet::new(&queries, &judgements, &["a".to_owned(), "b".to_owned(), "a".to_owned()]);
        assert_eq!(set.queries.len(), 1);
        assert_eq!(set.queries[0].grades, BTreeMap::from([(0, 2.0)]));
        assert_eq!(set.queries[0].missing, [1.0]);
        let said = [
            "1 query left out, as an earlier one has the same id",
            "1 query without a judgement: not measured",
            "1 judgement of queries that are not there: left out",
            "1 judgement of documents that are not there: they count as not found",
            "1 judgement given again: the last one counts",
            "1 document with the id of an earlier one: judgements mean the first",
        ];
        assert_eq!(set.remarks, said);
    }
}
