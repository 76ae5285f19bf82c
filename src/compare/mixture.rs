//! What comes of a cosine across two models: the demonstration of why it is refused, and what works instead.
//!
//! The only place where numbers of two spaces are multiplied. What is computed here is shown as nonsense and
//! used for nothing.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::agreement::UnitRows;
use super::error::CompareError;
use crate::numbers::dot;
use crate::space::{HISTOGRAM_BINS, Structure, Turn, histogram_bin, scale_to_unit};

/// Decides which phrases a rotation is fitted on.
const SEED: u64 = 1;

/// What mixing two spaces would give.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// n × n cosines of each phrase with each, both from the first model.
    pub same: Vec<f32>,
    /// n × n: the phrase of the row from the first model, that of the column from the second. `None` where the
    /// dimensions differ: then there is nothing to multiply.
    pub cross: Option<Vec<f32>>,
    /// How many cosines of different phrases fall into each part of -1..=1, within the first model.
    pub same_histogram: [u32; HISTOGRAM_BINS],
    /// The same across the models.
    pub cross_histogram: [u32; HISTOGRAM_BINS],
    /// Share of phrases whose nearest across the models is themselves, and what chance would give.
    pub recall_at_1: Option<f64>,
    /// Mean cosine across the models of a phrase with itself: 1 if the models were one.
    pub own_cosine: Option<f64>,
    /// A query whose best hit across the models is wrong and looks right.
    pub wrong_hit: Option<WrongHit>,
    /// A rotation fitted on half of the phrases, tried on the rest; `None` with too few phrases.
    pub fitted: Option<Fitted>,
}

/// A wrong answer that nothing warns of. All are places among the phrases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WrongHit {
    /// What was asked, embedded by the first model.
    pub query: usize,
    /// The best hit among the vectors of the second.
    pub hit: usize,
    /// Their cosine across the models.
    pub cosine: f64,
    /// The best hit when both are of the first model.
    pub right_hit: usize,
    /// Its cosine.
    pub right_cosine: f64,
}

/// How well a fitted rotation carries vectors from one space to the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// Phrases that it was fitted on.
    pub n_fitted: usize,
    /// Phrases that it was tried on.
    pub n_tried: usize,
    /// Share of those tried whose nearest among them is themselves.
    pub recall_at_1: f64,
    /// Mean cosine with themselves.
    pub own_cosine: f64,
    /// The recall that chance would give.
    pub chance: f64,
}

impl Mixture {
    /// Of two sets of unit rows of the same phrases.
    pub(super) fn of(sets: &[UnitRows<'_>; 2], structures: &[Structure; 2]) -> Result<Self, CompareError> {
        let n = structures[0].len();
        let same: Vec<f32> =
            (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).map(|(a, b)| structures[0].cosine(a, b) as f32).collect();
        let cross = (sets[0].1 == sets[1].1).then(|| cosines(sets[0].0, sets[1].0, sets[0].1));
        Ok(Self {
            same_histogram: histogram(&same, n),
            cross_histogram: cross.as_ref().map_or([0; HISTOGRAM_BINS], |cross| histogram(cross, n)),
            recall_at_1: cross.as_ref().map(|cross| recall_at_1(cross, n)),
            own_cosine: cross.as_ref().map(|cross| mean_own(cross, n)),
            wrong_hit: cross.as_ref().and_then(|cross| wrong_hit(&same, cross, &structures[0])),
            fitted: fitted(sets, n)?,
            same,
            cross,
        })
    }
}

/// Cosines of unit rows: rows of `left` × rows of `right`.
fn cosines(left: &[f64], right: &[f64], dims: usize) -> Vec<f32> {
    left.chunks_exact(dims).flat_map(|a| right.chunks_exact(dims).map(move |b| dot(a, b) as f32)).collect()
}

fn histogram(cosines: &[f32], n: usize) -> [u32; HISTOGRAM_BINS] {
    let mut counts = [0; HISTOGRAM_BINS];
    let others = cosines.iter().enumerate().filter(|(place, _)| place / n != place % n);
    others.for_each(|(_, cosine)| counts[histogram_bin(*cosine)] += 1);
    counts
}

fn best_in_row(row: &[f32], except: Option<usize>) -> Option<usize> {
    let others = (0..row.len()).filter(|column| Some(*column) != except);
    others.max_by(|a, b| row[*a].total_cmp(&row[*b]).then(b.cmp(a)))
}

fn recall_at_1(cosines: &[f32], n: usize) -> f64 {
    let right = cosines.chunks_exact(n).enumerate().filter(|(own, row)| best_in_row(row, None) == Some(*own)).count();
    right as f64 / n.max(1) as f64
}

fn mean_own(cosines: &[f32], n: usize) -> f64 {
    (0..n).map(|own| f64::from(cosines[own * n + own])).sum::<f64>() / n.max(1) as f64
}

/// The query whose wrong hit has the highest cosine, so that it looks most like an answer.
fn wrong_hit(same: &[f32], cross: &[f32], first: &Structure) -> Option<WrongHit> {
    let n = first.len();
    let candidate = |query: usize| {
        let row = &cross[query * n..][..n];
        let hit = best_in_row(row, None)?;
        let is_wrong = hit != query && first.neighbours()[query].binary_search(&(hit as u32)).is_err();
        let right_hit = best_in_row(&same[query * n..][..n], Some(query))?;
        let [cosine, right_cosine] = [row[hit], same[query * n + right_hit]].map(f64::from);
        is_wrong.then_some(WrongHit { query, hit, cosine, right_hit, right_cosine })
    };
    (0..n).filter_map(candidate).max_by(|a, b| a.cosine.total_cmp(&b.cosine).then(b.query.cmp(&a.query)))
}

/// Orthogonal Procrustes on one half of the phrases, tried on the other.
fn fitted(sets: &[UnitRows<'_>; 2], n: usize) -> Result<Option<Fitted>, CompareError> {
    const LEAST: usize = 6;
    if n < LEAST {
        return Ok(None);
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
    let (fit, try_on) = order.split_at(n / 2);
    let pick = |set: &UnitRows<'_>, rows: &[usize]| -> Vec<f64> {
        rows.iter().flat_map(|row| &set.0[row * set.1..][..set.1]).copied().collect()
    };
    let [from, to] = [sets[0].1, sets[1].1];
    let turn = Turn::onto((&pick(&sets[0], fit), from), (&pick(&sets[1], fit), to), None)?;
    let mut turned = turn.apply(&pick(&sets[0], try_on), from);
    scale_to_unit(&mut turned, to);
    let cosines = cosines(&turned, &pick(&sets[1], try_on), to);
    let n_tried = try_on.len();
    Ok(Some(Fitted {
        n_fitted: fit.len(),
        n_tried,
        recall_at_1: recall_at_1(&cosines, n_tried),
        own_cosine: mean_own(&cosines, n_tried),
        chance: 1.0 / n_tried as f64,
    }))
}
