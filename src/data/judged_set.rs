//! The judged sets that come with the program: passages, questions in other words, and which passage answers which.

use super::{BuiltinSet, Document, GroupTexts, Judgement, PairTexts, SetError};

/// Names and contents of the files of judged sets in `assets/sets`.
const FILES: &[(&str, &str)] = &[("museum", include_str!("../../assets/sets/museum.json"))];

/// The group of the queries that are trained on.
const QUERIES: &str = "Questions";

/// Documents and judged queries.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgedTexts {
    documents: Vec<DocumentText>,
    queries: Vec<QueryText>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentText {
    topic: String,
    id: String,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryText {
    id: String,
    text: String,
    passages: Vec<String>,
    #[serde(default)]
    held_out: bool,
}

impl JudgedTexts {
    /// The judged set called `name`.
    ///
    /// # Errors
    /// If there is none of this name; a test sees to it that those there are can be read.
    pub fn named(name: &str) -> Result<Self, SetError> {
        let known = || FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let file = FILES.iter().find(|(known, _)| *known == name);
        let (_, text) = file.ok_or_else(|| SetError::Unknown { known: known(), name: name.to_owned() })?;
        serde_json::from_str(text).map_err(|error| SetError::Damaged { name: name.to_owned(), got: error.to_string() })
    }

    /// Its documents.
    pub fn documents(&self) -> Vec<Document> {
        let document = |found: &DocumentText| Document { id: found.id.clone(), title: None, text: found.text.clone() };
        self.documents.iter().map(document).collect()
    }

    /// Its queries; with `held_out`, only those that training never sees.
    pub fn queries(&self, held_out: bool) -> Vec<Document> {
        let query = |found: &QueryText| Document { id: found.id.clone(), title: None, text: found.text.clone() };
        self.queries.iter().filter(|found| found.held_out || !held_out).map(query).collect()
    }

    /// Its judgements, of these queries.
    pub fn judgements(&self, held_out: bool) -> Vec<Judgement> {
        let queries = self.queries.iter().filter(|found| found.held_out || !held_out);
        let judged = queries.flat_map(|found| found.passages.iter().map(move |passage| (&found.id, passage)));
        judged.map(|(query, document)| Judgement { query: query.clone(), document: document.clone(), grade: 1.0 }).collect()
    }

    /// What is trained on: the documents by topic, and each query that is not held out as the anchor of its passages.
    pub fn training_set(&self) -> BuiltinSet {
        let mut groups: Vec<GroupTexts> = Vec::new();
        for document in &self.documents {
            match groups.iter_mut().find(|group| group.name == document.topic) {
                Some(group) => group.phrases.push(document.text.clone()),
                None => groups.push(GroupTexts { name: document.topic.clone(), phrases: vec![document.text.clone()] }),
            }
        }
        let trained = || self.queries.iter().filter(|query| !query.held_out);
        groups.push(GroupTexts { name: QUERIES.to_owned(), phrases: trained().map(|query| query.text.clone()).collect() });
        let text_of = |id: &String| self.documents.iter().find(|document| document.id == *id).map(|found| found.text.clone());
        let pairs = trained().flat_map(|query| query.passages.iter().filter_map(text_of).map(|text| (query.text.clone(), text)));
        let pair = |(anchor, positive)| PairTexts { anchor, positive, negative: None, score: None };
        BuiltinSet { groups, others: Vec::new(), pairs: pairs.map(pair).collect() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{FILES, JudgedTexts};

    #[test]
    fn every_judged_set_names_only_what_is_there_and_holds_some_queries_out() {
        for (name, _) in FILES {
            let set = JudgedTexts::named(name).expect("a set");
            let ids: BTreeSet<String> = set.documents().into_iter().map(|document| document.id).collect();
            assert_eq!(ids.len(), set.documents().len(), "{name}: every id once");
            let queries: BTreeSet<String> = set.queries(false).into_iter().map(|query| query.id).collect();
            assert_eq!(queries.len(), set.queries(false).len(), "{name}: every id once");
            let judgements = set.judgements(false);
            assert!(judgements.iter().all(|judgement| ids.contains(&judgement.document)), "{name}");
            assert_eq!(judgements.iter().map(|judgement| &judgement.query).collect::<BTreeSet<_>>().len(), queries.len());
            let (held_out, training) = (set.queries(true), set.training_set());
            assert!(!held_out.is_empty() && held_out.len() < queries.len(), "{name}");
            let is_seen = |text: &str| training.pairs.iter().any(|pair| pair.anchor == text || pair.positive == text);
            assert!(held_out.iter().all(|query| !is_seen(&query.text)), "{name}: training never sees them");
            assert_eq!(training.pairs.len(), judgements.len() - set.judgements(true).len(), "{name}");
        }
    }

    #[test]
    fn an_unknown_judged_set_is_told_which_there_are() {
        let error = JudgedTexts::named("roses").expect_err("no set").to_string();
        assert!(error.contains("roses") && error.contains("museum"), "{error}");
    }
}
