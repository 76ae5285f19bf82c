//! A column of hits of a search, in words: what the window and pictures show of each hit.

use std::sync::Arc;

use crate::compare::{SearchSide, WayHits};
use crate::playground::views::{Documents, SearchColumn, SearchState};
use crate::search::{Hit, SearchMethod};

/// What a column shows.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnData {
    /// What ranks.
    pub title: String,
    /// A few words more.
    pub note: String,
    /// How its hits are found.
    pub method: SearchMethod,
    /// Whose vectors they are found by.
    pub side: SearchSide,
    /// What stands in place of hits.
    pub instead: Option<String>,
    /// Its hits, best first.
    pub hits: Vec<HitData>,
    /// The query that they answer.
    pub query: Arc<str>,
}

/// What is shown of a hit.
#[derive(Debug, Clone, PartialEq)]
pub struct HitData {
    /// From 1.
    pub rank: usize,
    /// How far it moved, where it is compared.
    pub moved: Option<String>,
    /// The passage.
    pub text: Arc<str>,
    /// By what the column ranks.
    pub score: f64,
    /// How near its vector is to that of the query.
    pub cosine: Option<f32>,
    /// What its document is called, where that is not plain.
    pub name: String,
    /// Length of its bar.
    pub share: f32,
    /// Where it stands, in words.
    pub standing: String,
    /// The tokens of the query and of it that make them near most of all.
    pub pair: Option<[String; 2]>,
    /// Whether people judged it to answer the query.
    pub is_right: bool,
}

/// All columns, as they are now.
pub fn search_columns(state: &SearchState) -> Vec<ColumnData> {
    state.columns().iter().enumerate().map(|(place, column)| ColumnData::new(state, place, column)).collect()
}

impl ColumnData {
    fn new(state: &SearchState, place: usize, column: &SearchColumn) -> Self {
        let found = state.found(place);
        let hits = found.map_or(Vec::new(), |found| hits_of(state, column, found));
        let instead = match (column.unavailable.as_deref(), state.failure_of(&column.side), found) {
            (Some(why), ..) => Some(why.to_owned()),
            (None, Some(why), _) => Some(format!("No vectors: {why}")),
            (None, None, None) => Some("Embedding…".to_owned()),
            (None, None, Some(found)) if found.hits.is_empty() => Some("No passage shares a word with it: not found.".to_owned()),
            (None, None, Some(_)) => None,
        };
        let query = state.answered().unwrap_or_default().into();
        Self {
            title: column.title.clone(),
            note: column.note.clone(),
            method: column.method,
            side: column.side.clone(),
            instead,
            hits,
            query,
        }
    }
}

fn hits_of(state: &SearchState, column: &SearchColumn, found: &WayHits) -> Vec<HitData> {
    let Some(collection) = state.collection() else { return Vec::new() };
    // Phrases are called by their text alone.
    let has_names = *state.documents() != Documents::Phrases;
    let best = found.hits.first().map_or(1.0, |hit| hit.score).max(1e-9);
    let judged = state.judged_query().and_then(|query| state.judged()?.queries.get(query));
    let data = |(index, hit): (usize, &Hit)| {
        let passage = collection.passages.get(hit.passage)?;
        Some(HitData {
            rank: hit.rank,
            moved: column.against.and_then(|_| found.ranks_against.get(index)).map(|before| moved(*before, hit.rank)),
            text: passage.text.clone(),
            score: hit.score,
            cosine: hit.cosine,
            name: if has_names { collection.name(hit.passage) } else { String::new() },
            share: match column.method {
                SearchMethod::Meaning => hit.cosine.unwrap_or(0.0),
                SearchMethod::Words | SearchMethod::Both => (hit.score / best) as f32,
            },
            standing: standing(column.method, hit),
            pair: found.pairs.get(index).cloned().flatten(),
            is_right: judged.is_some_and(|judged| judged.is_answered_by(passage.document)),
        })
    };
    found.hits.iter().enumerate().filter_map(data).collect()
}

/// How far a hit has moved, as a mark and a number.
fn moved(before: Option<usize>, rank: usize) -> String {
    match before {
        None => "new".to_owned(),
        Some(before) if before > rank => format!("▲{}", before - rank),
        Some(before) if before < rank => format!("▼{}", rank - before),
        Some(_) => "–".to_owned(),
    }
}

fn standing(method: SearchMethod, hit: &Hit) -> String {
    let above = hit.above.map_or(String::new(), |above| format!("higher than {:.0} % of all", (above * 100.0).floor()));
    let rank = |name: &str, rank: Option<usize>| rank.map_or(format!("not by {name}"), |rank| format!("{name} {rank}"));
    match method {
        SearchMethod::Words => String::new(),
        SearchMethod::Meaning => above,
        SearchMethod::Both => format!("{} · {}", rank("words", hit.words_rank), rank("meaning", hit.meaning_rank)),
    }
}

/// The column that the map of a search is of: `chosen`, else the last one that goes by meaning.
pub fn mapped_column(state: &SearchState, chosen: Option<usize>) -> Option<usize> {
    let columns = state.columns();
    let is_by_meaning = |place: &usize| columns[*place].method == SearchMethod::Meaning && state.found(*place).is_some();
    chosen.filter(|place| *place < columns.len()).or_else(|| (0..columns.len()).rev().find(is_by_meaning))
}
