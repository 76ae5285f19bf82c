//! Clusters in the full space, and what they are about: their most typical member, and words that are theirs.

use std::collections::{BTreeMap, BTreeSet};

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::KMeans;
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::axes::check_finite;
use super::{Coordinates, ProjectionError, Vectors, fit_pca, normalised_rows};
use crate::numbers::wide_dot;

/// Restarts of k-means; the tightest result counts.
const N_RUNS: usize = 4;

/// Directions in which clusters are sought, at most.
const MAX_DIRECTIONS: usize = 24;

/// Letters that a word has at least, where it is written in letters.
const LEAST_LETTERS: usize = 2;

/// A way to put vectors into clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// By vector: its cluster.
    pub labels: Vec<usize>,
    /// By cluster: its vector that is nearest to the mean of its unit vectors by cosine. Largest cluster first.
    pub typical: Vec<usize>,
    /// By cluster: how many vectors.
    pub sizes: Vec<usize>,
}

/// Clusters by direction: k-means (Lloyd 1982, from k-means++ starts drawn by `seed`) of the unit vectors in as many of their
/// principal components (Ding and He 2004). Numbered by size, the largest first; of equal ones that of the earlier vector.
/// Fewer than `n_clusters` where vectors are fewer, or equal.
///
/// # Errors
/// A number that is not finite; if the library gives up.
pub fn find_clusters(vectors: &Vectors, n_clusters: usize, seed: u64) -> Result<Clusters, ProjectionError> {
    check_finite(vectors.values(), vectors.dims())?;
    let unit = Vectors::new(vectors.space().clone(), normalised_rows(vectors.values(), vectors.dims()));
    let found = if n_clusters < 2 || vectors.is_empty() { vec![0; vectors.len()] } else { k_means(&unit, n_clusters, seed)? };
    Ok(described(&unit, &found))
}

fn k_means(unit: &Vectors, n_clusters: usize, seed: u64) -> Result<Vec<usize>, ProjectionError> {
    let axes = fit_pca(unit, n_clusters.min(MAX_DIRECTIONS).min(unit.dims()))?;
    let points = axes.project(unit)?;
    let n_clusters = n_clusters.min(n_places(&points, n_clusters));
    let failed = |got: String| ProjectionError::Failed { wanted: "clusters", got };
    let shape = (unit.len(), points.n_axes);
    let rows = Array2::from_shape_vec(shape, points.values).map_err(|error| failed(error.to_string()))?;
    let data = DatasetBase::from(rows);
    let params = KMeans::params_with_rng(n_clusters, ChaCha8Rng::seed_from_u64(seed)).n_runs(N_RUNS);
    let fitted = params.fit(&data).map_err(|error| failed(error.to_string()))?;
    Ok(fitted.predict(&data.records).to_vec())
}

/// How many different places there are, counted up to `most`: k-means cannot begin with more clusters.
fn n_places(points: &Coordinates, most: usize) -> usize {
    let mut places: BTreeSet<Vec<u64>> = BTreeSet::new();
    for point in points.points() {
        places.insert(point.iter().map(|x| (x + 0.0).to_bits()).collect());
        if places.len() == most {
            break;
        }
    }
    places.len()
}

/// The clusters in order of their size, with their most typical members.
fn described(unit: &Vectors, found: &[usize]) -> Clusters {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    found.iter().enumerate().for_each(|(row, cluster)| members.entry(*cluster).or_default().push(row));
    let mut members: Vec<Vec<usize>> = members.into_values().collect();
    members.sort_by_key(|rows| (std::cmp::Reverse(rows.len()), rows.first().copied()));
    let mut labels = vec![0; found.len()];
    members.iter().enumerate().for_each(|(cluster, rows)| rows.iter().for_each(|row| labels[*row] = cluster));
    let typical = members.iter().map(|rows| most_typical(unit, rows)).collect();
    Clusters { labels, typical, sizes: members.iter().map(Vec::len).collect() }
}

/// The one of `rows` that is nearest to their mean; of equally near ones the earliest.
fn most_typical(unit: &Vectors, rows: &[usize]) -> usize {
    let row = |index: usize| &unit.values()[index * unit.dims()..][..unit.dims()];
    let mut mean = vec![0.0_f64; unit.dims()];
    rows.iter().for_each(|index| mean.iter_mut().zip(row(*index)).for_each(|(sum, x)| *sum += f64::from(*x)));
    let cosines = rows.iter().map(|index| (wide_dot(row(*index), &mean), *index));
    let nearest = cosines.reduce(|best, other| if other.0 > best.0 { other } else { best });
    nearest.map_or(0, |(_, index)| index)
}

/// By cluster: up to `n_words` words that many of its phrases have and few of the others, the most telling first.
///
/// A word counts once a phrase, in small letters. It tells p ln(p / q), where p is the share of the cluster's phrases that
/// have it and q that of all phrases (its part in the Kullback-Leibler divergence); words of one phrase of several tell
/// nothing.
pub fn distinctive_words(phrases: &[impl AsRef<str>], labels: &[usize], n_words: usize) -> Vec<Vec<String>> {
    let n_clusters = labels.iter().max().map_or(0, |largest| largest + 1);
    let mut sizes = vec![0_usize; n_clusters];
    labels.iter().for_each(|label| sizes[*label] += 1);
    let mut counts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (phrase, label) in phrases.iter().zip(labels) {
        for word in words_of(phrase.as_ref()) {
            counts.entry(word).or_insert_with(|| vec![0; n_clusters])[*label] += 1;
        }
    }
    let n = labels.len() as f64;
    let telling = |label: usize| -> Vec<String> {
        let least = sizes[label].min(2);
        let told = |(word, counts): (&String, &Vec<usize>)| {
            let share = counts[label] as f64 / sizes[label] as f64;
            let of_all = counts.iter().sum::<usize>() as f64 / n;
            let tells = share * (share / of_all).ln();
            (counts[label] >= least && tells > 0.0).then(|| (tells, word.clone()))
        };
        let mut words: Vec<(f64, String)> = counts.iter().filter_map(told).collect();
        words.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        words.into_iter().take(n_words).map(|(_, word)| word).collect()
    };
    (0..n_clusters).map(telling).collect()
}

/// The words of a phrase, each once: letters and digits that follow each other, with the marks and apostrophes within them.
fn words_of(phrase: &str) -> BTreeSet<String> {
    let is_inside = |letter: char| letter.is_alphanumeric() || letter == '\'' || letter == '’';
    let parts = phrase.split(|letter: char| !is_inside(letter)).map(|word| word.trim_matches(['\'', '’']));
    let is_word = |word: &&str| word.chars().count() >= LEAST_LETTERS || !word.is_ascii();
    parts.filter(|word| !word.is_empty()).filter(is_word).map(str::to_lowercase).collect()
}
