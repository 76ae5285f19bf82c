//! UMAP (McInnes, Healy and Melville 2018), as umap-learn does it: the fuzzy union of neighbourhoods, laid out by drawing
//! edges and, for each, five points to keep away from. Start from principal components; least distance 0.1.
//!
//! Edges are worked through one after the other, because each sees what the one before has moved.

use rand::RngCore;
use rand_chacha::ChaCha8Rng;

use super::graph::Graph;
use super::near::Near;
use super::tree::{Place, apart};

/// Of 1 / (1 + a d^2b), which is as near as can be to 1 up to a distance of 0.1 and falls off with e^-d beyond.
const A: f64 = 1.576_943_460_3;
const B: f64 = 0.895_060_878_0;

/// Points to keep away from, drawn for each edge.
const N_NEGATIVES: f64 = 5.0;

/// Furthest that one point pulls or pushes along an axis.
const REACH: f64 = 4.0;

/// Largest number in the start.
const START_SIZE: f64 = 10.0;

/// Least width of a neighbourhood, as a share of the mean distance in it.
const LEAST_WIDTH: f64 = 1e-3;

/// Halvings in which the width of a neighbourhood is sought.
const N_HALVINGS: usize = 64;

/// How near the sum of weights has to be.
const SUM_TOLERANCE: f64 = 1e-5;

/// Vectors up to which more epochs are made.
const FEW: usize = 10_000;

/// Epochs in all for `n` vectors.
pub(super) fn n_epochs(n: usize) -> usize {
    if n <= FEW { 500 } else { 200 }
}

/// An edge and when it is drawn.
#[derive(Debug, Clone)]
struct Edge {
    from: u32,
    to: u32,
    /// Epochs from one draw to the next.
    pace: f64,
    /// When it is drawn next.
    due: f64,
    /// When a point to keep away from is drawn next.
    negative_due: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Umap {
    edges: Vec<Edge>,
    pub(super) places: Vec<Place>,
    n_epochs: usize,
    draws: ChaCha8Rng,
}

impl Umap {
    /// At `start`, which is scaled.
    pub(super) fn new(near: &Near, mut start: Vec<Place>, draws: ChaCha8Rng) -> Self {
        let n_epochs = n_epochs(start.len());
        let all = near.distances.iter().sum::<f64>() / near.distances.len() as f64;
        let weights: Vec<f64> = (0..start.len()).flat_map(|row| memberships(near.of_row(row).1, all)).collect();
        let graph = Graph::of(near, &weights, |mine, theirs| mine + theirs - mine * theirs);
        let largest = start.iter().flatten().fold(0.0_f64, |most, x| most.max(x.abs()));
        start.iter_mut().flatten().for_each(|x| *x *= START_SIZE / largest);
        Self { edges: edges_of(&graph, n_epochs), places: start, n_epochs, draws }
    }

    /// Draws the edges that are due.
    pub(super) fn step(&mut self, epoch: usize) {
        let rate = 1.0 - epoch as f64 / self.n_epochs as f64;
        let now = epoch as f64;
        for edge in &mut self.edges {
            if edge.due > now {
                continue;
            }
            edge.due += edge.pace;
            let [from, to] = [edge.from as usize, edge.to as usize];
            pull(&mut self.places, from, to, rate);
            let negative_pace = edge.pace / N_NEGATIVES;
            let n_negatives = ((now - edge.negative_due) / negative_pace).max(0.0) as usize;
            for _ in 0..n_negatives {
                let other = (u64::from(self.draws.next_u32()) * self.places.len() as u64) >> 32;
                push(&mut self.places, from, other as usize, rate);
            }
            edge.negative_due += n_negatives as f64 * negative_pace;
        }
    }
}

/// Edges in the order of their rows, the strongest drawn in every epoch; those too weak to be drawn once are left out.
fn edges_of(graph: &Graph, n_epochs: usize) -> Vec<Edge> {
    let strongest = graph.weights().iter().copied().fold(0.0, f64::max);
    let of_row = |row: usize| graph.edges(row).map(move |(other, weight)| (row, other, strongest / weight));
    let drawn = (0..graph.len()).flat_map(of_row).filter(|(_, _, pace)| *pace <= n_epochs as f64);
    let edge = |(from, to, pace): (usize, usize, f64)| Edge {
        from: from as u32,
        to: to as u32,
        pace,
        due: pace,
        negative_due: pace / N_NEGATIVES,
    };
    drawn.map(edge).collect()
}

fn pull(places: &mut [Place], from: usize, to: usize, rate: f64) {
    let (difference, squared) = apart(places[from], places[to]);
    if squared > 0.0 {
        let power = squared.powf(B);
        let strength = -2.0 * A * B * power / squared / (A * power + 1.0);
        for axis in 0..3 {
            let step = rate * (strength * difference[axis]).clamp(-REACH, REACH);
            places[from][axis] += step;
            places[to][axis] -= step;
        }
    }
}

fn push(places: &mut [Place], from: usize, other: usize, rate: f64) {
    let (difference, squared) = apart(places[from], places[other]);
    if squared > 0.0 {
        let strength = 2.0 * B / ((0.001 + squared) * (A * squared.powf(B) + 1.0));
        (0..3).for_each(|axis| places[from][axis] += rate * (strength * difference[axis]).clamp(-REACH, REACH));
    }
}

/// How much each neighbour at these distances belongs to a row: 1 for the nearest that is not in the same place, falling off
/// so that all of them and the row itself add up to the logarithm of their number. `all` is the mean distance of all rows.
fn memberships(distances: &[f64], all: f64) -> Vec<f64> {
    let nearest = distances.iter().copied().find(|distance| *distance > 0.0).unwrap_or(0.0);
    let wanted = ((distances.len() + 1) as f64).log2();
    let weight = |distance: f64, width: f64| {
        let beyond = distance - nearest;
        if beyond > 0.0 { (-beyond / width).exp() } else { 1.0 }
    };
    let (mut width, mut least, mut most) = (1.0, 0.0, f64::INFINITY);
    for _ in 0..N_HALVINGS {
        let sum: f64 = distances.iter().map(|distance| weight(*distance, width)).sum();
        if (sum - wanted).abs() < SUM_TOLERANCE {
            break;
        }
        if sum > wanted {
            most = width;
            width = (least + most) / 2.0;
        } else {
            least = width;
            width = if most.is_finite() { (least + most) / 2.0 } else { width * 2.0 };
        }
    }
    let mean = distances.iter().sum::<f64>() / (distances.len() + 1) as f64;
    let width = width.max(LEAST_WIDTH * if nearest > 0.0 { mean } else { all });
    distances.iter().map(|distance| weight(*distance, width)).collect()
}
