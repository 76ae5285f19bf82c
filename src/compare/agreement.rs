//! How much runs agree: every measure of every two of them, with mean, spread and a shuffled baseline.
//!
//! The measures themselves are in `space`; which vectors are compared is decided in `runs.rs` and `models.rs`.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::error::CompareError;
use crate::choice::{Choice, choice};
use crate::memory::Need;
use crate::space::{Structure, adjusted_rand, raw_distance};

/// Neighbours that are compared, if there are enough phrases.
const NEIGHBOURS: usize = 5;

/// Shuffled sets that the baseline is a mean over, at most.
const SHUFFLES: usize = 4;

/// Decides the shuffles of the baseline and the starts of k-means: the same runs, the same numbers.
const SEED: u64 = 1;

choice! {
    /// A measure of how much two sets of vectors agree.
    pub enum AgreementMeasure {
        RawDistance {
            name: "raw_distance",
            label: "distance as it is",
            sentence: "Distance of a typical phrase to itself in another run, number by number. 1.41 is what two random directions have. It says where the axes lie and nothing else.",
        },
        NeighbourOverlap {
            name: "knn_overlap",
            label: "common neighbours",
            sentence: "Share of the nearest neighbours, in all dimensions, that a phrase has in both runs.",
        },
        NeighbourJaccard {
            name: "knn_jaccard",
            label: "neighbours (Jaccard)",
            sentence: "Neighbours in both runs as a share of the neighbours in either.",
        },
        LinearCka {
            name: "linear_cka",
            label: "CKA",
            sentence: "Linear centred kernel alignment (Kornblith et al. 2019): 1 when both runs have the same inner products, whatever their axes.",
        },
        CosineCorrelation {
            name: "cosine_matrix_correlation",
            label: "cosines correlate",
            sentence: "Correlation of the cosines of all pairs of phrases: 1 when near in one run is near in the other.",
        },
        AdjustedRand {
            name: "adjusted_rand",
            label: "same clusters",
            sentence: "Adjusted Rand index (Hubert and Arabie 1985) of the clusters that k-means finds in each run: 1 the same, 0 chance.",
        },
        AdjustedRandGroups {
            name: "adjusted_rand_groups",
            label: "clusters are groups",
            sentence: "Adjusted Rand index of those clusters with the groups in the list, which training never saw.",
        },
        ProcrustesResidual {
            name: "procrustes_residual",
            label: "distance when turned",
            sentence: "Distance of a typical phrase to itself in another run after the best rotation and reflection (orthogonal Procrustes).",
        },
    }
}

impl AgreementMeasure {
    /// Whether another choice of axes changes it.
    pub fn depends_on_axes(self) -> bool {
        self == Self::RawDistance
    }

    fn place(self) -> usize {
        Self::ALL.iter().position(|measure| *measure == self).unwrap_or(0)
    }
}

/// What a measure is over all pairs of runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Mean over the pairs of runs.
    pub mean: f64,
    /// Standard deviation over them; 0 with one pair.
    pub spread: f64,
}

impl Level {
    fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let spread = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
        (!values.is_empty()).then_some(Self { mean, spread })
    }
}

type Values = [Option<f64>; AgreementMeasure::ALL.len()];

/// The agreement of some sets of vectors of the same phrases.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Agreement {
    /// Nearest neighbours that were compared.
    pub k: usize,
    levels: Vec<Option<Level>>,
    shuffled: Vec<Option<Level>>,
    /// Every two of the sets.
    pub pairs: Vec<Compared>,
    /// By set: how well its clusters are the groups; `None` where that has no meaning.
    pub with_groups: Vec<Option<f64>>,
    /// By phrase: mean share of neighbours that it keeps from run to run.
    pub steadiness: Vec<f64>,
}

/// Two of the sets, and what they agree on.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The two, by their places.
    pub sets: (usize, usize),
    values: Values,
}

impl Compared {
    /// The value of `measure`; `None` where it has no meaning.
    pub fn value(&self, measure: AgreementMeasure) -> Option<f64> {
        self.values[measure.place()]
    }
}

/// One set of vectors to compare: unit rows and their dimension.
pub(super) type UnitRows<'a> = (&'a [f64], usize);

struct Inside<'a> {
    rows: UnitRows<'a>,
    structure: Structure,
    clusters: Vec<Option<usize>>,
}

impl<'a> Inside<'a> {
    fn of(rows: UnitRows<'a>, k: usize, n_clusters: usize) -> Result<Self, CompareError> {
        let structure = Structure::of(rows.0, rows.1, k)?;
        let clusters = structure.clusters(n_clusters, SEED)?.into_iter().map(Some).collect();
        Ok(Self { rows, structure, clusters })
    }
}

impl Agreement {
    /// Of `sets`, each with a row for every phrase; `groups` are those of the list, as far as phrases have one.
    pub(super) fn of(sets: &[UnitRows<'_>], groups: &[Option<usize>]) -> Result<Self, CompareError> {
        let n = groups.len();
        let k = NEIGHBOURS.min(n.saturating_sub(1) / 2).max(1);
        let n_clusters = clusters_to_seek(groups);
        let dims = sets.iter().map(|(_, dims)| *dims).max().unwrap_or(0);
        // Products and cosines of each set, one of them shuffled at a time on every core.
        let n_sets = sets.len() + rayon::current_num_threads().min(SHUFFLES);
        Need::of("this comparison", "compare fewer phrases or fewer runs")
            .and("cosines of all phrases with all", &[n_sets, n, n, 2 * size_of::<f64>()])
            .and("unit vectors", &[n_sets, n, dims, 2 * size_of::<f64>()])
            .ask()?;
        let sets: Vec<Inside<'_>> = sets.par_iter().map(|rows| Inside::of(*rows, k, n_clusters)).collect::<Result<_, _>>()?;
        let twos: Vec<(usize, usize)> = (0..sets.len()).flat_map(|a| (a + 1..sets.len()).map(move |b| (a, b))).collect();
        let values: Vec<Values> = twos.par_iter().map(|(a, b)| values_of(&sets[*a], &sets[*b])).collect::<Result<_, _>>()?;
        let mut levels = levels_of(&values);
        let has_groups = groups.iter().flatten().collect::<std::collections::BTreeSet<_>>().len() > 1;
        let with_groups = sets.iter().map(|set| adjusted_rand(&set.clusters, groups).filter(|_| has_groups));
        let with_groups: Vec<Option<f64>> = with_groups.collect();
        let known: Vec<f64> = with_groups.iter().copied().flatten().collect();
        levels[AgreementMeasure::AdjustedRandGroups.place()] = Level::of(&known);
        let shuffled = shuffled_values(&sets, groups)?;
        let steadiness = steadiness_of(&sets, &twos, n);
        let pairs = twos.into_iter().zip(values).map(|(sets, values)| Compared { sets, values }).collect();
        Ok(Self { k, levels, shuffled: levels_of(&shuffled), pairs, with_groups, steadiness })
    }

    /// The level of `measure`; `None` where it has no meaning, as a distance of sets of other dimensions.
    pub fn level(&self, measure: AgreementMeasure) -> Option<Level> {
        self.levels.get(measure.place()).copied().flatten()
    }

    /// The same over only those two sets that `counts`, by their places.
    pub fn level_among(&self, measure: AgreementMeasure, counts: &dyn Fn(usize, usize) -> bool) -> Option<Level> {
        let pairs: Vec<&Compared> = self.pairs.iter().filter(|pair| counts(pair.sets.0, pair.sets.1)).collect();
        if measure == AgreementMeasure::AdjustedRandGroups {
            let sets: std::collections::BTreeSet<usize> = pairs.iter().flat_map(|pair| [pair.sets.0, pair.sets.1]).collect();
            let values = sets.into_iter().filter_map(|set| self.with_groups.get(set).copied().flatten());
            return Level::of(&values.collect::<Vec<_>>());
        }
        Level::of(&pairs.into_iter().filter_map(|pair| pair.value(measure)).collect::<Vec<_>>())
    }

    /// The same where the phrases of one of the two sets are shuffled: what chance would give.
    pub fn shuffled(&self, measure: AgreementMeasure) -> Option<Level> {
        self.shuffled.get(measure.place()).copied().flatten()
    }
}

/// As many clusters as there are groups; without groups about the root of half the phrases.
fn clusters_to_seek(groups: &[Option<usize>]) -> usize {
    let known: std::collections::BTreeSet<usize> = groups.iter().copied().flatten().collect();
    match known.len() {
        0 | 1 => ((groups.len() as f64 / 2.0).sqrt().round() as usize).max(2),
        n => n,
    }
}

fn values_of(left: &Inside<'_>, right: &Inside<'_>) -> Result<Values, CompareError> {
    let root = (left.structure.len() as f64).sqrt();
    let is_of_one_dimension = left.rows.1 == right.rows.1;
    let mut values = Values::default();
    let mut note = |measure: AgreementMeasure, value: Option<f64>| values[measure.place()] = value;
    let (a, b) = (&left.structure, &right.structure);
    note(AgreementMeasure::RawDistance, is_of_one_dimension.then(|| raw_distance(left.rows.0, right.rows.0) / root));
    note(AgreementMeasure::NeighbourOverlap, a.neighbour_overlap(b));
    note(AgreementMeasure::NeighbourJaccard, a.neighbour_jaccard(b));
    note(AgreementMeasure::LinearCka, a.linear_cka(b));
    note(AgreementMeasure::CosineCorrelation, a.cosine_correlation(b));
    note(AgreementMeasure::AdjustedRand, adjusted_rand(&left.clusters, &right.clusters));
    note(AgreementMeasure::ProcrustesResidual, Some(a.procrustes_residual(b)? / root));
    Ok(values)
}

fn levels_of(values: &[Values]) -> Vec<Option<Level>> {
    let of = |place: usize| Level::of(&values.iter().filter_map(|values| values[place]).collect::<Vec<_>>());
    (0..AgreementMeasure::ALL.len()).map(of).collect()
}

/// The first sets, each with the next one, whose phrases are shuffled.
fn shuffled_values(sets: &[Inside<'_>], groups: &[Option<usize>]) -> Result<Vec<Values>, CompareError> {
    let one = |index: usize| -> Result<Values, CompareError> {
        let (left, right) = (&sets[index], &sets[(index + 1) % sets.len()]);
        let mut order: Vec<usize> = (0..right.structure.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED + index as u64));
        let dims = right.rows.1;
        let rows: Vec<f64> = order.iter().flat_map(|row| &right.rows.0[row * dims..][..dims]).copied().collect();
        let shuffled = Inside {
            rows: (&rows, dims),
            structure: right.structure.reordered(&order),
            clusters: order.iter().map(|row| right.clusters[*row]).collect(),
        };
        let mut values = values_of(left, &shuffled)?;
        values[AgreementMeasure::AdjustedRandGroups.place()] = adjusted_rand(&shuffled.clusters, groups);
        Ok(values)
    };
    let n_shuffles = if sets.len() < 2 { 0 } else { sets.len().min(SHUFFLES) };
    (0..n_shuffles).into_par_iter().map(one).collect()
}

fn steadiness_of(sets: &[Inside<'_>], twos: &[(usize, usize)], n: usize) -> Vec<f64> {
    let mut sums = vec![0.0; n];
    for (a, b) in twos {
        let jaccards = sets[*a].structure.neighbour_jaccards(&sets[*b].structure);
        sums.iter_mut().zip(jaccards).for_each(|(sum, share)| *sum += share);
    }
    sums.into_iter().map(|sum| sum / twos.len().max(1) as f64).collect()
}
