//! How much two sets of vectors of the same things agree, measured inside each set.
//!
//! Everything but [`raw_distance`] is computed from inner products within each set, which no rotation,
//! reflection or choice of axes changes. So sets of two spaces may be compared by these measures: not
//! one cosine across the two is formed. Turning one set onto the other for a picture is `align.rs`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use faer::{Mat, MatRef, Side};
use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::KMeans;
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::ProjectionError;
use crate::numbers::{as_matrix, dot, times};

/// Restarts of k-means; the tightest result counts.
const KMEANS_RUNS: usize = 6;

/// Directions that are kept for seeking clusters, k of which lie in the k strongest (Ding and He 2004).
const LEADING: usize = 24;

/// What a set of unit vectors looks like from inside.
#[derive(Debug, Clone)]
pub struct Structure {
    n: usize,
    k: usize,
    /// n × n cosines.
    cosines: Vec<f64>,
    /// By row: its `k` nearest others, rising.
    neighbours: Vec<Vec<u32>>,
    /// n × n: the cosines with their row and column means taken off.
    centred: Vec<f64>,
    /// Rows with the same inner products in as few numbers as can be: n × `width`.
    compact: Vec<f64>,
    width: usize,
    /// The rows in their [`LEADING`] strongest directions.
    leading: Mat<f64>,
}

impl Structure {
    /// Of `unit`, rows of `dims` numbers and of length 1 (or 0), with the `k` nearest neighbours of each.
    ///
    /// # Errors
    /// If a number is not finite.
    pub fn of(unit: &[f64], dims: usize, k: usize) -> Result<Self, ProjectionError> {
        let n = unit.len() / dims;
        let x = as_matrix(unit, dims);
        let products = times(x, x.transpose());
        let cosines: Vec<f64> = (0..n).flat_map(|row| (0..n).map(move |column| (row, column))).map(|at| products[at]).collect();
        let (compact, width, leading) = if n < dims {
            let eigen = eigen_of(products.as_ref())?;
            (root(&eigen), n, leading_rows(&eigen))
        } else {
            let eigen = eigen_of(times(x.transpose(), x).as_ref())?;
            (unit.to_vec(), dims, times(x, leading_columns(&eigen)))
        };
        let neighbours = (0..n).map(|row| nearest_rows(&cosines[row * n..][..n], row, k)).collect();
        Ok(Self { n, k: k.min(n.saturating_sub(1)), centred: centred(&cosines, n), cosines, neighbours, compact, width, leading })
    }

    /// How many vectors.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The `k` nearest others of each row by cosine, each list rising; of equal cosines the earlier row.
    pub fn neighbours(&self) -> &[Vec<u32>] {
        &self.neighbours
    }

    /// Cosine of two rows.
    pub fn cosine(&self, row: usize, other: usize) -> f64 {
        self.cosines[row * self.n + other]
    }

    /// The same vectors in another order: row r is row `order[r]` of this.
    #[must_use]
    pub fn reordered(&self, order: &[usize]) -> Self {
        let square = |matrix: &[f64]| -> Vec<f64> {
            order.iter().flat_map(|row| order.iter().map(move |column| matrix[row * self.n + column])).collect()
        };
        let mut place = vec![0_u32; self.n];
        order.iter().zip(0..).for_each(|(row, new)| place[*row] = new);
        let moved = |list: &Vec<u32>| {
            let mut list: Vec<u32> = list.iter().map(|row| place[*row as usize]).collect();
            list.sort_unstable();
            list
        };
        Self {
            cosines: square(&self.cosines),
            centred: square(&self.centred),
            neighbours: order.iter().map(|row| moved(&self.neighbours[*row])).collect(),
            compact: order.iter().flat_map(|row| &self.compact[row * self.width..][..self.width]).copied().collect(),
            leading: Mat::from_fn(self.n, self.leading.ncols(), |row, column| self.leading[(order[row], column)]),
            ..*self
        }
    }

    /// By row: the share of its neighbours that it has in `other` too, of all that it has in either (Jaccard).
    pub fn neighbour_jaccards(&self, other: &Self) -> Vec<f64> {
        let jaccard = |(mine, theirs): (&Vec<u32>, &Vec<u32>)| {
            let shared = n_shared(mine, theirs);
            let all = mine.len() + theirs.len() - shared;
            if all == 0 { 1.0 } else { shared as f64 / all as f64 }
        };
        self.neighbours.iter().zip(&other.neighbours).map(jaccard).collect()
    }

    /// Mean share of the `k` nearest neighbours that the two sets have in common.
    pub fn neighbour_overlap(&self, other: &Self) -> Option<f64> {
        let shared: usize = self.neighbours.iter().zip(&other.neighbours).map(|(mine, theirs)| n_shared(mine, theirs)).sum();
        (self.n > 0 && self.k > 0).then(|| shared as f64 / (self.n * self.k) as f64)
    }

    /// Mean over rows of [`Structure::neighbour_jaccards`].
    pub fn neighbour_jaccard(&self, other: &Self) -> Option<f64> {
        (self.n > 0 && self.k > 0).then(|| self.neighbour_jaccards(other).iter().sum::<f64>() / self.n as f64)
    }

    /// Linear centred kernel alignment (Kornblith et al. 2019): 1 when the two have the same inner products but
    /// for a factor, 0 when these have nothing in common. `None` where one of the sets is all in one place.
    pub fn linear_cka(&self, other: &Self) -> Option<f64> {
        let lengths = (dot(&self.centred, &self.centred) * dot(&other.centred, &other.centred)).sqrt();
        (lengths > 0.0).then(|| dot(&self.centred, &other.centred) / lengths)
    }

    /// Pearson correlation of the cosines of all pairs of rows: 1 when near in one is near in the other.
    /// `None` with fewer than three rows, or where all cosines are equal.
    pub fn cosine_correlation(&self, other: &Self) -> Option<f64> {
        let upper = |matrix: &Self| -> Vec<f64> {
            let all: Vec<f64> = (0..self.n).flat_map(|row| matrix.cosines[row * self.n..][row + 1..self.n].to_vec()).collect();
            let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
            all.into_iter().map(|value| value - mean).collect()
        };
        let (mine, theirs) = (upper(self), upper(other));
        let lengths = (dot(&mine, &mine) * dot(&theirs, &theirs)).sqrt();
        (mine.len() > 1 && lengths > 0.0).then(|| dot(&mine, &theirs) / lengths)
    }

    /// What is left between the two sets after the best rotation or reflection: the root of the sum of squared
    /// distances (Frobenius norm). Divided by the root of the number of rows it is the distance of a typical row.
    ///
    /// # Errors
    /// If the decomposition fails.
    pub fn procrustes_residual(&self, other: &Self) -> Result<f64, ProjectionError> {
        let mine = as_matrix(&self.compact, self.width);
        let theirs = as_matrix(&other.compact, other.width);
        // Singular values as roots of eigenvalues take a third of the time; only those too small to matter lose digits.
        let product = times(mine.transpose(), theirs);
        let squared = times(product.transpose(), product.as_ref());
        let eigenvalues = squared.self_adjoint_eigenvalues(Side::Lower).map_err(|error| failed(format!("{error:?}")))?;
        let singular = eigenvalues.into_iter().map(|value| value.max(0.0).sqrt());
        let squares = dot(&self.compact, &self.compact) + dot(&other.compact, &other.compact);
        Ok((squares - 2.0 * singular.sum::<f64>()).max(0.0).sqrt())
    }

    /// Clusters by k-means (Lloyd 1982, from k-means++ starts drawn by `seed`) in as many of the strongest directions: the
    /// cluster of each row.
    ///
    /// # Errors
    /// If the library gives up.
    pub fn clusters(&self, n_clusters: usize, seed: u64) -> Result<Vec<usize>, ProjectionError> {
        if n_clusters < 2 || n_clusters >= self.n {
            return Ok((0..self.n).map(|row| if n_clusters < 2 { 0 } else { row }).collect());
        }
        // The strongest directions come last.
        let n_directions = n_clusters.min(self.leading.ncols());
        let first = self.leading.ncols() - n_directions;
        let rows = Array2::from_shape_fn((self.n, n_directions), |(row, column)| self.leading[(row, first + column)]);
        let data = DatasetBase::from(rows);
        let params = KMeans::params_with_rng(n_clusters, ChaCha8Rng::seed_from_u64(seed)).n_runs(KMEANS_RUNS);
        let fitted = params.fit(&data).map_err(|error| failed(error.to_string()))?;
        Ok(fitted.predict(&data.records).to_vec())
    }
}

/// Distance of two sets number by number: the root of the sum of squared distances of their rows. It depends
/// on the axes of each set; only after one was turned onto the other does it say anything about them.
pub fn raw_distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

/// Agreement of two ways to put things into clusters, corrected for chance (Hubert and Arabie 1985): 1 the same,
/// 0 what chance would give. Things without a label in either have no part. `None` with fewer than two things.
pub fn adjusted_rand(left: &[Option<usize>], right: &[Option<usize>]) -> Option<f64> {
    let both: Vec<(usize, usize)> = left.iter().zip(right).filter_map(|(a, b)| Some(((*a)?, (*b)?))).collect();
    let twos = |count: usize| (count * count.saturating_sub(1)) as f64 / 2.0;
    let count = |keys: &mut dyn Iterator<Item = (usize, usize)>| -> f64 {
        let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        keys.for_each(|key| *counts.entry(key).or_default() += 1);
        counts.into_values().map(twos).sum()
    };
    let together = count(&mut both.iter().copied());
    let (in_left, in_right) = (count(&mut both.iter().map(|key| (key.0, 0))), count(&mut both.iter().map(|key| (key.1, 0))));
    let all = twos(both.len());
    if all == 0.0 {
        return None;
    }
    let (expected, most) = (in_left * in_right / all, (in_left + in_right) / 2.0);
    Some(if most == expected { 1.0 } else { (together - expected) / (most - expected) })
}

/// Rows times their weights.
pub(super) fn weighted_rows(rows: &[f64], dims: usize, weights: &[f64]) -> Vec<f64> {
    rows.chunks_exact(dims).zip(weights).flat_map(|(row, weight)| row.iter().map(move |x| x * weight)).collect()
}

fn failed(got: String) -> ProjectionError {
    ProjectionError::Failed { wanted: "measures of agreement", got }
}

/// Eigenvalues, rising, and their vectors.
type Eigen = (Vec<f64>, Mat<f64>);

fn eigen_of(products: MatRef<'_, f64>) -> Result<Eigen, ProjectionError> {
    let eigen = products.self_adjoint_eigen(Side::Lower).map_err(|error| failed(format!("{error:?}")))?;
    Ok((eigen.S().column_vector().iter().copied().collect(), eigen.U().to_owned()))
}

/// The symmetric matrix whose square has this decomposition: rows with these inner products.
fn root((values, vectors): &Eigen) -> Vec<f64> {
    let n = values.len();
    let scaled = Mat::from_fn(n, n, |row, column| vectors[(row, column)] * values[column].max(0.0).sqrt());
    let root = times(scaled.as_ref(), vectors.transpose());
    (0..n).flat_map(|row| (0..n).map(move |column| (row, column))).map(|at| root[at]).collect()
}

/// The strongest directions.
fn leading_columns((values, vectors): &Eigen) -> MatRef<'_, f64> {
    vectors.subcols(values.len().saturating_sub(LEADING), values.len().min(LEADING))
}

/// The rows of the root in its strongest directions only.
fn leading_rows(eigen: &Eigen) -> Mat<f64> {
    let (values, columns) = (&eigen.0, leading_columns(eigen));
    let first = values.len() - columns.ncols();
    Mat::from_fn(columns.nrows(), columns.ncols(), |row, column| columns[(row, column)] * values[first + column].max(0.0).sqrt())
}

fn centred(matrix: &[f64], n: usize) -> Vec<f64> {
    let means: Vec<f64> = matrix.chunks_exact(n.max(1)).map(|row| row.iter().sum::<f64>() / n as f64).collect();
    let mean = means.iter().sum::<f64>() / n.max(1) as f64;
    let rows = matrix.chunks_exact(n.max(1)).zip(&means);
    rows.flat_map(|(row, own)| row.iter().zip(&means).map(move |(x, column)| x - own - column + mean)).collect()
}

fn nearest_rows(cosines: &[f64], own: usize, k: usize) -> Vec<u32> {
    let mut others: Vec<u32> = (0..cosines.len() as u32).filter(|row| *row as usize != own).collect();
    let nearer = |a: &u32, b: &u32| -> Ordering { cosines[*b as usize].total_cmp(&cosines[*a as usize]).then(a.cmp(b)) };
    if k < others.len() {
        others.select_nth_unstable_by(k, nearer);
        others.truncate(k);
    }
    others.sort_unstable();
    others
}

/// Numbers that stand in both of two rising lists.
fn n_shared(left: &[u32], right: &[u32]) -> usize {
    left.iter().filter(|row| right.binary_search(row).is_ok()).count()
}
