//! How well a search answers judged questions, as rows of numbers and in words.

use crate::playground::views::{SearchColumn, SearchState};
use crate::search::{MEASURED_K, SearchMeasures};

/// The measures of a ranking, and what each is.
pub const SEARCH_MEASURES: [(&str, &str); 3] = [
    (
        "nDCG",
        "How near the ranking comes to the best one there could be: 1 if all right passages come first, ranks further down count less.",
    ),
    ("MRR", "One over the rank of the first right passage, on average; 0 where it is not among the first ten."),
    ("recall", "The share of the right passages that are among the first ten."),
];

/// The measures of a column, of the questions that are measured.
pub fn measures_of_column(state: &SearchState, column: &SearchColumn, is_all: bool) -> Option<SearchMeasures> {
    if column.unavailable.is_some() {
        return None;
    }
    let measures = state.index_of(&column.side)?.measures_of(column.method)?;
    Some(if is_all { measures.clone() } else { measures.of(state.held_out().iter().copied()) })
}

/// What is measured, and a number for each column; none where nothing was judged.
pub fn measure_rows(state: &SearchState, is_all: bool) -> Vec<(String, Vec<Option<f64>>)> {
    if state.judged().is_none() {
        return Vec::new();
    }
    let columns: Vec<Option<SearchMeasures>> =
        state.columns().iter().map(|column| measures_of_column(state, column, is_all)).collect();
    let of = [SearchMeasures::ndcg, SearchMeasures::mrr, SearchMeasures::recall];
    let row = |(index, (name, _)): (usize, &(&str, &str))| {
        let values = columns.iter().map(|measures| measures.as_ref().and_then(of[index])).collect();
        (format!("{name}@{MEASURED_K}"), values)
    };
    SEARCH_MEASURES.iter().enumerate().map(row).collect()
}

/// What was measured on, in words.
pub fn measured_on(state: &SearchState, is_all: bool) -> Option<String> {
    let n = state.judged()?.queries.len();
    Some(match is_all {
        true => format!("Judged on all {n} questions"),
        false => format!("Judged on {} questions that training never saw", state.held_out().len()),
    })
}
