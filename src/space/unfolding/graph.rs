//! A weighted graph without directions: what t-SNE and UMAP make of who is near whom.

use super::near::Near;

/// By row: the rows it is joined to, rising, with the weights of the edges. Every edge stands in both of its rows.
#[derive(Debug, Clone)]
pub(super) struct Graph {
    starts: Vec<usize>,
    others: Vec<u32>,
    weights: Vec<f64>,
}

impl Graph {
    /// Of neighbours that weigh `weights` as seen from their row: `joined` makes one weight of the two of an edge, of which
    /// one is 0 where only one of the rows has the other among its nearest.
    pub(super) fn of(near: &Near, weights: &[f64], joined: impl Fn(f64, f64) -> f64) -> Self {
        let n = near.others.len() / near.k.max(1);
        let mut seen_by: Vec<Vec<(u32, f64)>> = vec![Vec::new(); n];
        for (place, (other, weight)) in near.others.iter().zip(weights).enumerate() {
            seen_by[*other as usize].push(((place / near.k) as u32, *weight));
        }
        let mut graph = Self { starts: vec![0], others: Vec::new(), weights: Vec::new() };
        for (row, seen_by) in seen_by.iter().enumerate() {
            let (others, _) = near.of_row(row);
            let mut sees: Vec<(u32, f64)> = others.iter().copied().zip(weights[row * near.k..].iter().copied()).collect();
            sees.sort_unstable_by_key(|(other, _)| *other);
            graph.add_row(&sees, seen_by, &joined);
        }
        graph
    }

    /// Merges two rising lists into the next row.
    fn add_row(&mut self, sees: &[(u32, f64)], seen_by: &[(u32, f64)], joined: impl Fn(f64, f64) -> f64) {
        let (mut left, mut right) = (sees.iter().peekable(), seen_by.iter().peekable());
        while let Some(other) = left.peek().into_iter().chain(right.peek()).map(|(other, _)| *other).min() {
            let mine = left.next_if(|(row, _)| *row == other).map_or(0.0, |(_, weight)| *weight);
            let theirs = right.next_if(|(row, _)| *row == other).map_or(0.0, |(_, weight)| *weight);
            self.others.push(other);
            self.weights.push(joined(mine, theirs));
        }
        self.starts.push(self.others.len());
    }

    /// How many rows.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The edges of `row`.
    pub(super) fn edges(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[row]..self.starts[row + 1];
        self.others[range.clone()].iter().map(|other| *other as usize).zip(self.weights[range].iter().copied())
    }

    /// All weights, each edge's twice.
    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }
}
