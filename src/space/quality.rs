//! Numbers that describe a whole set of vectors: alignment, uniformity, effective rank, silhouette, and
//! how faithful a map is.
//!
//! All take rows of f64 as they are; whoever wants directions passes unit vectors. Measures of training
//! pairs are in `measures.rs`.

use faer::Side;

use crate::numbers::{as_matrix, product_alone};

/// Added to the shares of RankMe, as its authors do.
const RANKME_EPSILON: f64 = 1e-7;

/// Mean squared distance of the two of each of `pairs` (Wang and Isola 2020, α = 2): 0 is perfect.
pub fn alignment(values: &[f64], dims: usize, pairs: &[(usize, usize)]) -> Option<f64> {
    let row = |index: usize| &values[index * dims..(index + 1) * dims];
    let squared = |(a, b): &(usize, usize)| row(*a).iter().zip(row(*b)).map(|(x, y)| (x - y) * (x - y)).sum::<f64>();
    (!pairs.is_empty()).then(|| pairs.iter().map(squared).sum::<f64>() / pairs.len() as f64)
}

/// Inner products and squared distances of all rows with each other, computed once.
#[derive(Debug, Clone)]
pub struct Pairwise {
    n: usize,
    /// n × n inner products.
    products: Vec<f64>,
    dims: usize,
    /// d × d inner products of the columns, where that is the smaller matrix.
    columns: Option<Vec<f64>>,
}

impl Pairwise {
    /// Of `values`, rows of `dims` numbers.
    pub fn of(values: &[f64], dims: usize) -> Self {
        let n = values.len() / dims;
        let x = as_matrix(values, dims);
        let columns = (dims < n).then(|| product_alone(x.transpose(), x));
        Self { n, products: product_alone(x, x.transpose()), dims, columns }
    }

    fn squared_distance(&self, a: usize, b: usize) -> f64 {
        let at = |i: usize, j: usize| self.products[i * self.n + j];
        (at(a, a) + at(b, b) - 2.0 * at(a, b)).max(0.0)
    }

    /// Logarithm of the mean of exp(-2 d²) over all pairs of rows (Wang and Isola 2020, t = 2): lower is
    /// more spread out; 0 means all in one place.
    pub fn uniformity(&self) -> Option<f64> {
        let pairs = (0..self.n).flat_map(|a| (a + 1..self.n).map(move |b| (a, b)));
        let sum: f64 = pairs.map(|(a, b)| (-2.0 * self.squared_distance(a, b)).exp()).sum();
        let n_pairs = self.n * self.n.saturating_sub(1) / 2;
        (n_pairs > 0).then(|| (sum / n_pairs as f64).ln())
    }

    /// RankMe (Garrido et al. 2023): e to the entropy of the singular values as shares of their sum; how many
    /// dimensions are in use. 1 when all rows lie on one line through 0.
    pub fn effective_rank(&self) -> Option<f64> {
        let (side, matrix) = match &self.columns {
            Some(columns) => (self.dims, columns),
            None => (self.n, &self.products),
        };
        let eigenvalues = as_matrix(matrix, side).self_adjoint_eigenvalues(Side::Lower).ok()?;
        let singular: Vec<f64> = eigenvalues.into_iter().map(|value| value.max(0.0).sqrt()).collect();
        let sum: f64 = singular.iter().sum();
        if sum <= 0.0 {
            return None;
        }
        let entropy: f64 = singular.iter().map(|s| s / sum + RANKME_EPSILON).map(|p| -p * p.ln()).sum();
        Some(entropy.exp())
    }

    /// As [`silhouette`], by Euclidean distance.
    pub fn silhouette(&self, labels: &[Option<usize>]) -> Option<f64> {
        let labels = &labels[..labels.len().min(self.n)];
        silhouette(labels, |a, b| self.squared_distance(a, b).sqrt())
    }

    /// By row: all others, nearest first.
    fn orders(&self) -> Vec<Vec<usize>> {
        let order = |row: usize| {
            let mut others: Vec<usize> = (0..self.n).filter(|other| *other != row).collect();
            others.sort_by(|a, b| self.squared_distance(row, *a).total_cmp(&self.squared_distance(row, *b)));
            others
        };
        (0..self.n).map(order).collect()
    }
}

/// Mean silhouette by `distance` between two rows (Rousseeuw 1987): 1 when groups are tight and far apart, 0 when they
/// overlap, below 0 when most rows lie nearer to another group. Rows without a label have no part, a row alone in its group
/// counts 0; `None` unless there are two groups.
pub fn silhouette(labels: &[Option<usize>], distance: impl Fn(usize, usize) -> f64) -> Option<f64> {
    let labelled: Vec<(usize, usize)> = labels.iter().enumerate().filter_map(|(row, label)| Some((row, (*label)?))).collect();
    let n_groups = labelled.iter().map(|(_, label)| label + 1).max()?;
    let mut sizes = vec![0_usize; n_groups];
    labelled.iter().for_each(|(_, label)| sizes[*label] += 1);
    if sizes.iter().filter(|size| **size > 0).count() < 2 {
        return None;
    }
    let of_row = |(row, own): &(usize, usize)| {
        let mut sums = vec![0.0; sizes.len()];
        labelled.iter().for_each(|(other, label)| sums[*label] += distance(*row, *other));
        silhouette_of(*own, &sums, &sizes)
    };
    Some(labelled.iter().map(of_row).sum::<f64>() / labelled.len() as f64)
}

/// Of a row of group `own`, from the sum of its distances to each group.
fn silhouette_of(own: usize, sums: &[f64], sizes: &[usize]) -> f64 {
    if sizes[own] < 2 {
        return 0.0;
    }
    let inside = sums[own] / (sizes[own] - 1) as f64;
    let others = sums.iter().zip(sizes).enumerate().filter(|(label, (_, size))| *label != own && **size > 0);
    let nearest = others.map(|(_, (sum, size))| sum / *size as f64).fold(f64::INFINITY, f64::min);
    let larger = inside.max(nearest);
    if larger > 0.0 { (nearest - inside) / larger } else { 0.0 }
}

/// How far the `k` neighbours on a map are from being neighbours in the space (Venna and Kaski 2001): 1 is
/// faithful. With the two swapped it is the continuity. `None` unless there are more than 2 k rows.
pub fn trustworthiness(space: &Pairwise, map: &Pairwise, k: usize) -> Option<f64> {
    let n = space.n;
    if k == 0 || n != map.n || 2 * k >= n {
        return None;
    }
    let (in_space, on_map) = (space.orders(), map.orders());
    let mut intruders = 0;
    for (space_order, map_order) in in_space.iter().zip(&on_map) {
        let mut ranks = vec![0; n];
        space_order.iter().enumerate().for_each(|(rank, row)| ranks[*row] = rank + 1);
        intruders += map_order.iter().take(k).map(|row| ranks[*row].saturating_sub(k)).sum::<usize>();
    }
    let worst = (n * k * (2 * n - 3 * k - 1)) as f64;
    Some(1.0 - 2.0 * intruders as f64 / worst)
}

/// Place of the best relevant item, counted from 1, when items are put in order of their scores; of equal
/// scores the others come first, so that "all the same" is no success. `None` if nothing is relevant.
pub fn first_relevant_rank(items: impl Iterator<Item = (f64, bool)> + Clone) -> Option<usize> {
    let best = items.clone().filter(|(_, relevant)| *relevant).map(|(score, _)| score).reduce(f64::max)?;
    Some(1 + items.filter(|(score, relevant)| !relevant && *score >= best).count())
}
