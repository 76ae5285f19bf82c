//! Vectors and what is asked of all of them at once, as tables for files.

use std::cmp::Reverse;
use std::sync::Arc;

use rayon::prelude::*;

use super::{Coordinates, SpaceId, Vectors, unit_rows};
use crate::data::{Cells, Column, Rows, Table, Values};
use crate::memory::{Need, NoMemory};
use crate::numbers::{as_matrix, product};
use crate::progress::{OnProgress, Progress};

/// At most so many phrases are in a matrix of cosines: 25 million numbers.
pub const MAX_SIMILARITY: usize = 5000;

/// Rows whose cosines are computed together, and are in memory at once.
const ROWS_AT_ONCE: usize = 128;

/// Phrases with their vectors.
pub fn vectors_table(phrases: &[Arc<str>], vectors: &Vectors) -> Table {
    let table = named(phrases, Some(vectors.space()));
    table.with_vectors(vectors.dims(), Values::Single(vectors.shared_values()))
}

/// Phrases, where there are any, with their places on some axes; `space` is that of the vectors that were drawn.
pub fn coordinates_table(phrases: &[Arc<str>], places: &Coordinates, space: &SpaceId) -> Table {
    let space = (!space.is_unknown()).then(|| format!("map of {space}"));
    let table = named(phrases, None).of_space(space);
    table.with_vectors(places.n_axes, Values::Double(places.values.as_slice().into()))
}

/// The `k` nearest of every phrase by cosine in the full space, nearest first; of equal ones the earlier. `None` if
/// somebody cancelled.
pub fn neighbours_table(phrases: &[Arc<str>], vectors: &Vectors, k: usize, progress: &mut OnProgress<'_>) -> Option<Table> {
    let k = k.min(vectors.len().saturating_sub(1));
    let mut found: Vec<(usize, f32)> = Vec::with_capacity(vectors.len() * k);
    every_cosine(vectors, progress, &mut |first, cosines| {
        let rows = cosines.par_chunks(vectors.len()).enumerate();
        let nearest: Vec<Vec<(usize, f32)>> = rows.map(|(row, cosines)| nearest_of(cosines, first + row, k)).collect();
        found.extend(nearest.into_iter().flatten());
    })?;
    let repeated = phrases.iter().flat_map(|phrase| std::iter::repeat_n(phrase.clone(), k));
    let table = Table::default().of_space(Some(vectors.space().to_string())).with_phrases(repeated);
    let ranks = (0..phrases.len()).flat_map(|_| 1..=k as i64).collect();
    let neighbours = Cells::texts(found.iter().map(|(other, _)| phrases[*other].clone()));
    let cosines = Cells::Singles(found.iter().map(|(_, cosine)| Some(*cosine)).collect());
    Some(table.with("rank", Cells::Integers(ranks)).with("neighbour", neighbours).with("cosine", cosines))
}

/// The cosines of every phrase with every other, under the names of the phrases. `None` if somebody cancelled.
///
/// # Errors
/// If that is more than there is memory for.
pub fn similarity_table(
    phrases: &[Arc<str>],
    vectors: &Vectors,
    progress: &mut OnProgress<'_>,
) -> Result<Option<Table>, NoMemory> {
    let n = vectors.len();
    Need::of("this table", "export fewer phrases, or each with its neighbours only")
        .and("cosines of all phrases with all, as numbers and as text", &[n, n, size_of::<f32>() + CELL])
        .and("unit vectors", &[n, vectors.dims(), size_of::<f64>()])
        .ask()?;
    Ok(every_cosine_table(phrases, vectors, progress))
}

/// Bytes of a cosine as text, about.
const CELL: usize = 12;

fn every_cosine_table(phrases: &[Arc<str>], vectors: &Vectors, progress: &mut OnProgress<'_>) -> Option<Table> {
    let mut values: Vec<f32> = Vec::with_capacity(vectors.len() * vectors.len());
    every_cosine(vectors, progress, &mut |_, cosines| values.extend_from_slice(cosines))?;
    let rows = Rows { dims: vectors.len(), values: Values::Single(values.into()), names: Some(phrases.to_vec()) };
    let mut table = named(phrases, Some(vectors.space()));
    table.columns.push(Column { name: "similarity", cells: Cells::Vectors(rows) });
    Some(table)
}

fn named(phrases: &[Arc<str>], space: Option<&SpaceId>) -> Table {
    let table = Table::default().of_space(space.map(ToString::to_string));
    if phrases.is_empty() { table } else { table.with_phrases(phrases.iter().cloned()) }
}

/// Hands out the cosines of some rows with all rows, and the number of the first of these rows, until all had their turn.
/// Sums are in f64.
pub(super) fn every_cosine(vectors: &Vectors, progress: &mut OnProgress<'_>, take: &mut dyn FnMut(usize, &[f32])) -> Option<()> {
    let (n, dims) = (vectors.len(), vectors.dims());
    let unit = unit_rows(vectors.values(), dims);
    for (index, block) in unit.chunks(ROWS_AT_ONCE * dims).enumerate() {
        let cosines: Vec<f64> = product(as_matrix(block, dims), as_matrix(&unit, dims).transpose());
        let cosines: Vec<f32> = cosines.into_iter().map(|cosine| cosine as f32).collect();
        let first = index * ROWS_AT_ONCE;
        take(first, &cosines);
        let done = (first + ROWS_AT_ONCE).min(n);
        if progress(Progress { done, total: n, unit: "phrases" }).is_break() {
            return None;
        }
    }
    Some(())
}

/// The `k` rows of the largest `cosines`, but for row `own`.
fn nearest_of(cosines: &[f32], own: usize, k: usize) -> Vec<(usize, f32)> {
    // The bits of a number, turned so that they are in its order.
    let rank = |cosine: f32| {
        let bits = cosine.to_bits();
        if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
    };
    let mut others: Vec<(Reverse<u32>, usize)> =
        cosines.iter().enumerate().filter(|(row, _)| *row != own).map(|(row, cosine)| (Reverse(rank(*cosine)), row)).collect();
    if k < others.len() {
        others.select_nth_unstable(k);
        others.truncate(k);
    }
    others.sort_unstable();
    others.into_iter().map(|(_, row)| (row, cosines[row])).collect()
}
