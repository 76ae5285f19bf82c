//! Search by words: BM25 over the words of passages.
//!
//! Words are those of Unicode's text segmentation in lower case, without stems and without a list of words to leave out, so
//! that what matched can be seen. The score of a passage is Σ idf · tf (k₁ + 1) / (tf + k₁ (1 − b + b · length / mean length))
//! over the words of the query, with idf = ln(1 + (N − n + ½) / (n + ½)): Robertson and Zaragoza, 2009, with the idf that is
//! never negative.

use std::collections::HashMap;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::ranking::Scored;

/// How fast a word that is repeated counts less.
const K1: f64 = 1.2;

/// How much longer passages count less.
const B: f64 = 0.75;

/// The words of passages, ready to be searched.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WordIndex {
    /// The place of each word in `postings`.
    places: HashMap<String, usize>,
    /// By word: the passages that have it, in their order, and how often.
    postings: Vec<Vec<Posting>>,
    /// Of each passage: k₁ (1 − b + b · length / mean length).
    norms: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Posting {
    passage: u32,
    count: u32,
}

impl WordIndex {
    /// An index of `texts`.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut index = Self::default();
        let lengths: Vec<usize> = texts.into_iter().enumerate().map(|(passage, text)| index.add(passage as u32, text)).collect();
        let mean = lengths.iter().sum::<usize>() as f64 / lengths.len().max(1) as f64;
        let share = |length: usize| if mean > 0.0 { length as f64 / mean } else { 0.0 };
        index.norms = lengths.into_iter().map(|length| K1 * (1.0 - B + B * share(length))).collect();
        index
    }

    /// Counts the words of a passage, which comes after all others; says how many it has.
    fn add(&mut self, passage: u32, text: &str) -> usize {
        let mut n_words = 0;
        for word in words(text) {
            n_words += 1;
            let place = *self.places.entry(word).or_insert(self.postings.len());
            if place == self.postings.len() {
                self.postings.push(Vec::new());
            }
            match self.postings[place].last_mut().filter(|posting| posting.passage == passage) {
                Some(posting) => posting.count += 1,
                None => self.postings[place].push(Posting { passage, count: 1 }),
            }
        }
        n_words
    }

    /// How many passages there are.
    pub fn len(&self) -> usize {
        self.norms.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.norms.is_empty()
    }

    /// The passages that have a word of `query`, in their order, with their scores. A word that the query repeats counts as
    /// often.
    pub fn scores(&self, query: &str) -> Vec<Scored> {
        let mut sums = vec![0.0; self.len()];
        for word in words(query) {
            let Some(postings) = self.places.get(&word).map(|place| &self.postings[*place]) else { continue };
            let (n, all) = (postings.len() as f64, self.len() as f64);
            let idf = (1.0 + (all - n + 0.5) / (n + 0.5)).ln();
            for posting in postings {
                let (passage, count) = (posting.passage as usize, f64::from(posting.count));
                sums[passage] += idf * count * (K1 + 1.0) / (count + self.norms[passage]);
            }
        }
        let found = sums.into_iter().enumerate().filter(|(_, score)| *score > 0.0);
        found.map(|(passage, score)| Scored { passage, score }).collect()
    }

    /// The words of `query` that are in no passage, each once, in their order.
    pub fn unknown_words(&self, query: &str) -> Vec<String> {
        let mut unknown = Vec::new();
        for word in words(query) {
            if !self.places.contains_key(&word) && !unknown.contains(&word) {
                unknown.push(word);
            }
        }
        unknown
    }
}

/// The words of `text` in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.unicode_words().map(str::to_lowercase)
}

/// Where in `text` the words of `query` stand, as ranges of bytes.
pub fn matched_words(query: &str, text: &str) -> Vec<Range<usize>> {
    let asked: Vec<String> = words(query).collect();
    let found = text.unicode_word_indices().filter(|(_, word)| asked.contains(&word.to_lowercase()));
    found.map(|(start, word)| start..start + word.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case_and_script_and_marked_where_they_stand() {
        let index = WordIndex::new(["The Lift is beside the door.", "Ein Aufzug fährt.", "電梯在門口旁邊"]);
        let found = |query: &str| index.scores(query).iter().map(|scored| scored.passage).collect::<Vec<_>>();
        assert_eq!(found("LIFT"), [0]);
        assert_eq!(found("FÄHRT der Aufzug?"), [1]);
        assert_eq!(found("門"), [2]);
        assert_eq!(found("stairs ?!"), Vec::<usize>::new());
        assert_eq!(index.unknown_words("no lift no stairs"), ["no", "stairs"]);
        assert_eq!(matched_words("the lift", "The Lift is the best"), [0..3, 4..8, 12..15]);
    }

    #[test]
    fn a_query_or_passages_of_nothing_find_nothing() {
        assert!(WordIndex::new([]).scores("lift").is_empty());
        assert!(WordIndex::new(["", "  "]).scores("lift").is_empty());
        assert!(WordIndex::new(["a lift"]).scores("").is_empty());
    }
}
