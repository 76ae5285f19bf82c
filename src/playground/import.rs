//! What data that was read becomes: a document, or more of the one that is there.
//!
//! How it is read is in `data`; what is shown of it before is in `opening.rs`.

use std::collections::HashMap;
use std::sync::Arc;

use super::document::{Document, GroupId, Pair, PhraseId};
use crate::data::{PairSet, PhraseRows};
use crate::jobs::Content;

/// How many things an import has brought, and how many of its phrases were there already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Brought {
    pub(super) phrases: usize,
    pub(super) pairs: usize,
    pub(super) known: usize,
}

/// The document of `content`, and the number of its phrases that are there twice.
pub(super) fn document_of(content: &Content) -> (Document, Brought) {
    match content {
        Content::Pairs(set) => {
            let document = Document::of_pairs(set);
            let brought = Brought { phrases: document.phrases.len(), pairs: document.pairs.len(), known: 0 };
            (document, brought)
        }
        Content::Phrases(rows) => {
            let mut document = Document::default();
            let brought = add_phrases(&mut document, rows);
            (document, brought)
        }
    }
}

/// Adds `content` to `document`; what is there already stays as it is.
pub(super) fn add(document: &mut Document, content: &Content) -> Brought {
    match content {
        Content::Pairs(set) => add_pairs(document, set),
        Content::Phrases(rows) => add_phrases(document, rows),
    }
}

fn known_phrases(document: &Document) -> HashMap<Arc<str>, PhraseId> {
    document.phrases.iter().map(|phrase| (phrase.text.clone(), phrase.id)).collect()
}

fn add_phrases(document: &mut Document, rows: &PhraseRows) -> Brought {
    let mut known = known_phrases(document);
    let mut groups: HashMap<Arc<str>, GroupId> = document.groups.iter().map(|group| (group.name.clone(), group.id)).collect();
    let mut brought = Brought::default();
    for (index, phrase) in rows.phrases.iter().enumerate() {
        let text = phrase.trim();
        if text.is_empty() {
            continue;
        }
        if known.contains_key(text) {
            brought.known += 1;
            continue;
        }
        let name = rows.groups.get(index).cloned().flatten();
        let group = name.map(|name| *groups.entry(name.as_str().into()).or_insert_with_key(|name| document.push_group(name)));
        known.insert(text.into(), document.push_phrase(text, group));
        brought.phrases += 1;
    }
    brought
}

fn add_pairs(document: &mut Document, set: &PairSet) -> Brought {
    let mut known = known_phrases(document);
    let mut brought = Brought::default();
    let mut id_of = |text: &Arc<str>, document: &mut Document| match known.get(text) {
        Some(id) => {
            brought.known += 1;
            *id
        }
        None => {
            brought.phrases += 1;
            let id = document.push_phrase(text, None);
            known.insert(text.clone(), id);
            id
        }
    };
    let ids: Vec<PhraseId> = set.phrases.iter().map(|text| id_of(text, document)).collect();
    let id = |row: u32| ids[row as usize];
    let pairs = set.pairs.iter().map(|pair| Pair {
        anchor: id(pair.anchor),
        positive: id(pair.positive),
        negative: pair.negative.map(id),
        score: pair.score,
    });
    brought.pairs = document.add_new_pairs(pairs);
    brought
}
