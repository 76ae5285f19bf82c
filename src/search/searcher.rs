//! A collection that can be searched in every way, and what is to be said of each hit.

use super::exact::ExactIndex;
use super::passages::Collection;
use super::ranking::{Scored, best, best_of, fused, ranks, scored};
use super::words::WordIndex;
use crate::choice::choice;
use crate::memory::{Need, NoMemory};
use crate::space::{SpaceMismatch, Vectors};

choice! {
    /// What a query and a passage have in common where one finds the other.
    #[derive(Default)]
    pub enum SearchMethod {
        #[default]
        Meaning { name: "meaning", label: "Meaning", sentence: "Ranks passages by the cosine of their vector with that of the query." },
        Words { name: "words", label: "Words", sentence: "Ranks passages by the words that they share with the query, rare words first (BM25)." },
        Both { name: "both", label: "Both", sentence: "Adds 1 / (60 + rank) over the rankings by words and by meaning (reciprocal-rank fusion)." },
    }
}

impl SearchMethod {
    /// Whether it needs vectors.
    pub fn needs_vectors(self) -> bool {
        self != Self::Words
    }
}

/// Why a search can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// The query is of another space than the passages.
    #[error(transparent)]
    Spaces(#[from] SpaceMismatch),
    /// Meaning was asked for without vectors.
    #[error("expected vectors of the passages and of the query to search by meaning, got none; embed them, or search by words")]
    NoVectors,
}

/// A passage that a query found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its place among the passages.
    pub passage: usize,
    /// 1 for the best.
    pub rank: usize,
    /// What the method ranks by: a cosine, a BM25 score, or a sum of reciprocal ranks.
    pub score: f64,
    /// Its cosine with the query, where there are vectors.
    pub cosine: Option<f32>,
    /// The share of all other passages whose cosine with the query is lower: cosines alone say little, as with some models
    /// every one is above 0.7.
    pub above: Option<f64>,
    /// Its rank by words, where these had a part in the search and it shares one.
    pub words_rank: Option<usize>,
    /// Its rank by meaning, where that had a part in the search.
    pub meaning_rank: Option<usize>,
}

/// Bytes of an index of words for each byte of text, about: a word that is found again takes eight, a new one a hundred.
const INDEX_A_BYTE: usize = 4;

/// A collection that can be searched.
#[derive(Debug, Clone, PartialEq)]
pub struct Searcher {
    words: WordIndex,
    meaning: Option<ExactIndex>,
}

impl Searcher {
    /// A searcher of `collection`, by meaning too if there are vectors of its passages.
    ///
    /// # Errors
    /// If its words need more memory than there is.
    pub fn new(collection: &Collection, meaning: Option<ExactIndex>) -> Result<Self, NoMemory> {
        let n_bytes: usize = collection.texts().map(str::len).sum();
        Need::of("this search", "search fewer documents").and("an index of their words", &[n_bytes, INDEX_A_BYTE]).ask()?;
        Ok(Self { words: WordIndex::new(collection.texts()), meaning })
    }

    /// The vectors of the passages, if there are any.
    pub fn vectors(&self) -> Option<&Vectors> {
        self.meaning.as_ref().map(ExactIndex::vectors)
    }

    /// Its words.
    pub fn words(&self) -> &WordIndex {
        &self.words
    }

    /// The `k` best passages for `query`, whose vector is number `index` of `vectors`.
    ///
    /// # Errors
    /// If the vector is of another space than those of the passages, or is needed and not there.
    pub fn search(
        &self,
        method: SearchMethod,
        query: &str,
        vectors: Option<(&Vectors, usize)>,
        k: usize,
    ) -> Result<Vec<Hit>, SearchError> {
        let cosines = self.cosines(vectors)?;
        if cosines.is_none() && method.needs_vectors() {
            return Err(SearchError::NoVectors);
        }
        let n = self.words.len();
        let words = || self.words.scores(query);
        let meaning = || cosines.as_deref().map(scored).unwrap_or_default();
        let hits = match method {
            SearchMethod::Words => by_words(best(words(), k)),
            SearchMethod::Meaning => by_meaning(best_of(cosines.as_deref().unwrap_or_default(), k)),
            SearchMethod::Both => by_both(&best(words(), n), &best(meaning(), n), n, k),
        };
        Ok(ranked(hits, cosines.as_deref()))
    }

    fn cosines(&self, vectors: Option<(&Vectors, usize)>) -> Result<Option<Vec<f32>>, SearchError> {
        let (Some(index), Some((queries, query))) = (&self.meaning, vectors) else { return Ok(None) };
        Ok(Some(index.cosines(queries, query)?))
    }
}

/// What a method found, with its ranks in the two rankings as far as they are known.
struct Found {
    scored: Scored,
    words_rank: Option<usize>,
    meaning_rank: Option<usize>,
}

fn by_words(scored: Vec<Scored>) -> Vec<Found> {
    let found = |(index, scored)| Found { scored, words_rank: Some(index + 1), meaning_rank: None };
    scored.into_iter().enumerate().map(found).collect()
}

fn by_meaning(scored: Vec<Scored>) -> Vec<Found> {
    let found = |(index, scored)| Found { scored, words_rank: None, meaning_rank: Some(index + 1) };
    scored.into_iter().enumerate().map(found).collect()
}

fn by_both(words: &[Scored], meaning: &[Scored], n: usize, k: usize) -> Vec<Found> {
    let (by_words, by_meaning) = (ranks(words, n), ranks(meaning, n));
    let found = |scored: Scored| Found { scored, words_rank: by_words[scored.passage], meaning_rank: by_meaning[scored.passage] };
    best(fused(&[&by_words, &by_meaning]), k).into_iter().map(found).collect()
}

fn ranked(found: Vec<Found>, cosines: Option<&[f32]>) -> Vec<Hit> {
    let hit = |(index, Found { scored, words_rank, meaning_rank }): (usize, Found)| {
        let cosine = cosines.and_then(|cosines| cosines.get(scored.passage)).copied();
        let above = cosines.zip(cosine).and_then(|(cosines, cosine)| share_below(cosines, cosine));
        Hit { passage: scored.passage, rank: index + 1, score: scored.score, cosine, above, words_rank, meaning_rank }
    };
    found.into_iter().enumerate().map(hit).collect()
}

/// The share of the other cosines that are lower; `None` where there are no others.
fn share_below(cosines: &[f32], cosine: f32) -> Option<f64> {
    let n_below = cosines.iter().filter(|other| **other < cosine).count();
    (cosines.len() > 1).then(|| n_below as f64 / (cosines.len() - 1) as f64)
}
