//! t-SNE (van der Maaten and Hinton 2008), its repulsion by a tree (van der Maaten 2014), with the settings of
//! scikit-learn: start from principal components, 250 epochs of exaggeration by 12, 1000 in all, a step by size
//! (Belkina et al. 2019).

use rayon::prelude::*;

use super::graph::Graph;
use super::near::Near;
use super::tree::{Place, Tree, apart};

/// Epochs in all.
pub(super) const N_EPOCHS: usize = 1000;

/// Epochs in which attraction is exaggerated, so that clusters form.
const N_EXAGGERATED: usize = 250;

/// How much it is exaggerated.
const EXAGGERATION: f64 = 12.0;

/// Share of the last step that is kept: while attraction is exaggerated, and after.
const MOMENTUM: [f64; 2] = [0.5, 0.8];

/// Spread of the start along its first axis.
const START_SPREAD: f64 = 1e-4;

/// The least factor that a step is scaled by.
const LEAST_GAIN: f64 = 0.01;

/// Halvings in which the width of a neighbourhood is sought.
const N_HALVINGS: usize = 100;

/// How near the logarithm of the perplexity has to be.
const ENTROPY_TOLERANCE: f64 = 1e-5;

/// Neighbours that are looked at: the others weigh nothing.
pub(super) fn n_near(perplexity: f64) -> usize {
    (3.0 * perplexity).ceil() as usize + 1
}

#[derive(Debug, Clone)]
pub(super) struct Tsne {
    graph: Graph,
    pub(super) places: Vec<Place>,
    steps: Vec<Place>,
    gains: Vec<Place>,
    rate: f64,
}

impl Tsne {
    /// At `start`, which is scaled.
    pub(super) fn new(near: &Near, perplexity: f64, mut start: Vec<Place>) -> Self {
        let n = start.len();
        let weights: Vec<f64> = (0..n).into_par_iter().flat_map_iter(|row| conditional(near.of_row(row).1, perplexity)).collect();
        let graph = Graph::of(near, &weights, |mine, theirs| (mine + theirs) / (2 * n) as f64);
        let spread = (start.iter().map(|place| place[0] * place[0]).sum::<f64>() / n as f64).sqrt();
        start.iter_mut().flatten().for_each(|x| *x *= START_SPREAD / spread);
        let rate = (n as f64 / EXAGGERATION / 4.0).max(50.0);
        Self { graph, places: start, steps: vec![[0.0; 3]; n], gains: vec![[1.0; 3]; n], rate }
    }

    /// One step against the gradient of the Kullback-Leibler divergence.
    pub(super) fn step(&mut self, epoch: usize) {
        let is_early = epoch < N_EXAGGERATED;
        let exaggeration = if is_early { EXAGGERATION } else { 1.0 };
        let momentum = MOMENTUM[usize::from(!is_early)];
        let tree = Tree::of(&self.places);
        let felt = |point: &u32| {
            let place = self.places[*point as usize];
            (self.attraction(*point as usize), tree.repulsion(place))
        };
        let felt: Vec<(Place, (Place, f64))> = tree.order().par_iter().with_min_len(64).map(felt).collect();
        let q_sum: f64 = felt.iter().map(|(_, (_, q_sum))| q_sum).sum();
        for (point, (attraction, (repulsion, _))) in tree.order().iter().zip(felt) {
            let point = *point as usize;
            for axis in 0..3 {
                let gradient = 4.0 * (exaggeration * attraction[axis] - repulsion[axis] / q_sum);
                let (step, gain) = (&mut self.steps[point][axis], &mut self.gains[point][axis]);
                *gain = if *step * gradient < 0.0 { *gain + 0.2 } else { (*gain * 0.8).max(LEAST_GAIN) };
                *step = momentum * *step - self.rate * *gain * gradient;
                self.places[point][axis] += *step;
            }
        }
        centre(&mut self.places);
    }

    fn attraction(&self, point: usize) -> Place {
        let mut force = [0.0; 3];
        for (other, p) in self.graph.edges(point) {
            let (difference, squared) = apart(self.places[point], self.places[other]);
            let weight = p / (1.0 + squared);
            (0..3).for_each(|axis| force[axis] += weight * difference[axis]);
        }
        force
    }
}

/// Moves the mean to the origin.
fn centre(places: &mut [Place]) {
    for axis in 0..3 {
        let mean = places.iter().map(|place| place[axis]).sum::<f64>() / places.len() as f64;
        places.iter_mut().for_each(|place| place[axis] -= mean);
    }
}

/// Probabilities that a row picks each of its neighbours at these distances, Gaussian, as wide as makes their entropy the
/// logarithm of the perplexity; they add up to 1.
fn conditional(distances: &[f64], perplexity: f64) -> Vec<f64> {
    let nearest = distances.first().map_or(0.0, |distance| distance * distance);
    let squares: Vec<f64> = distances.iter().map(|distance| distance * distance - nearest).collect();
    let (mut precision, mut least, mut most) = (1.0, 0.0, f64::INFINITY);
    let mut weights = Vec::new();
    for _ in 0..N_HALVINGS {
        weights = squares.iter().map(|squared| (-squared * precision).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let mean_square = weights.iter().zip(&squares).map(|(weight, squared)| weight * squared).sum::<f64>() / sum;
        weights.iter_mut().for_each(|weight| *weight /= sum);
        let too_wide = sum.ln() + precision * mean_square - perplexity.ln();
        if too_wide.abs() <= ENTROPY_TOLERANCE {
            break;
        }
        if too_wide > 0.0 {
            least = precision;
            precision = if most.is_finite() { (precision + most) / 2.0 } else { precision * 2.0 };
        } else {
            most = precision;
            precision = (precision + least) / 2.0;
        }
    }
    weights
}
