//! Training pairs as a table, as they are read again.

use std::sync::Arc;

use super::table::{Cells, Table};
use crate::data::PairRows;

/// A row for every pair of `phrases`; negatives and scores are columns if there are any.
pub fn pairs_table(phrases: &[Arc<str>], pairs: &[PairRows]) -> Table {
    let text = |row: u32| phrases.get(row as usize).cloned();
    let texts = |of: &dyn Fn(&PairRows) -> Option<Arc<str>>| Cells::Texts(pairs.iter().map(of).collect());
    let table =
        Table::default().with("anchor", texts(&|pair| text(pair.anchor))).with("positive", texts(&|pair| text(pair.positive)));
    let negatives = pairs.iter().any(|pair| pair.negative.is_some());
    let table = if negatives { table.with("negative", texts(&|pair| text(pair.negative?))) } else { table };
    if pairs.iter().all(|pair| pair.score.is_none()) {
        return table;
    }
    table.with("score", Cells::Singles(pairs.iter().map(|pair| Some(pair.score?.value())).collect()))
}
