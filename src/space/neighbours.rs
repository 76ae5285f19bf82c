//! Who is near whom in the full space, and where the map lies about it.
//!
//! Exact search over all vectors; no index is built.

use super::{Coordinates, SpaceMismatch, Vectors, cosine_of};

/// A vector near another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its index in the set.
    pub index: usize,
    /// Cosine with the vector asked about, in all dimensions.
    pub cosine: f32,
}

/// The `k` vectors nearest to vector `index` by cosine in the full space, nearest first.
///
/// Equal cosines keep the order of the set. The vector itself is left out.
pub fn nearest(vectors: &Vectors, index: usize, k: usize) -> Vec<Neighbour> {
    let Some(query) = vectors.get(index) else { return Vec::new() };
    nearest_but(query, vectors, Some(index), k)
}

/// The `k` vectors of `among` nearest to vector `index` of `queries`, nearest first: a search. None if there is
/// no such query.
///
/// # Errors
/// If the two sets are of two spaces.
pub fn nearest_in(queries: &Vectors, index: usize, among: &Vectors, k: usize) -> Result<Vec<Neighbour>, SpaceMismatch> {
    queries.space().check_same(among.space())?;
    Ok(queries.get(index).map_or(Vec::new(), |query| nearest_but(query, among, None, k)))
}

/// The `k` of `rows` nearest to `query` by cosine, nearest first, each with its number; those of the same space, which the
/// caller has checked.
pub fn nearest_of<'a>(query: &[f32], rows: impl Iterator<Item = (usize, &'a [f32])>, k: usize) -> Vec<Neighbour> {
    let mut best: Vec<Neighbour> = Vec::with_capacity(k + 1);
    for (index, row) in rows {
        let cosine = cosine_of(query, row);
        if best.len() < k || best.last().is_some_and(|last| cosine.total_cmp(&last.cosine).is_gt()) {
            let place = best.partition_point(|other| other.cosine.total_cmp(&cosine).is_ge());
            best.insert(place, Neighbour { index, cosine });
            best.truncate(k);
        }
    }
    best
}

fn nearest_but(query: &[f32], among: &Vectors, except: Option<usize>, k: usize) -> Vec<Neighbour> {
    nearest_of(query, among.rows().enumerate().filter(|(other, _)| Some(*other) != except), k)
}

/// Those among the `k` nearest on the map that are not among the `k` nearest in the full space.
pub fn false_map_neighbours(vectors: &Vectors, map: &Coordinates, index: usize, k: usize) -> Vec<Neighbour> {
    let truly: Vec<usize> = nearest(vectors, index, k).iter().map(|neighbour| neighbour.index).collect();
    let Some(here) = map.points().nth(index) else { return Vec::new() };
    let distance = |point: &[f64]| -> f64 { here.iter().zip(point).map(|(a, b)| (a - b) * (a - b)).sum() };
    let mut near: Vec<(usize, f64)> = map.points().map(distance).enumerate().filter(|(other, _)| *other != index).collect();
    near.sort_by(|a, b| a.1.total_cmp(&b.1));
    let query = vectors.get(index).unwrap_or(&[]);
    near.into_iter()
        .take(k)
        .filter(|(other, _)| !truly.contains(other))
        .filter_map(|(other, _)| Some(Neighbour { index: other, cosine: cosine_of(query, vectors.get(other)?) }))
        .collect()
}
