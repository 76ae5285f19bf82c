//! Losses in closed form: value, gradient on every vector, and that gradient split by pair.
//!
//! Every loss here is a function of similarities (cosines or distances) between the anchors and the
//! candidates of a batch, so it only has to say its value and its **couplings**: the derivative of
//! the value with respect to each similarity. This file turns couplings into gradients and into
//! forces, once for all losses; hence the arrows on the map are the gradient and nothing else.
//!
//! The anchors are the batch's left side; the candidates are its positives followed by its negatives.
//! Losses of pairs take candidate k together with anchor k modulo b. Names and definitions follow `sentence_transformers.losses`.

mod ranking;
mod scored;
mod triplet;

pub use ranking::{multiple_negatives_ranking, multiple_negatives_ranking_symmetric};
pub use scored::{contrastive_cosine, cosent, cosine_similarity};
pub use triplet::{triplet_cosine, triplet_euclidean};

use super::recipe::{LossKind, Settings};
use crate::numbers::{Real, as_matrix, both, dot, length, product, widest};

/// Below this length a vector has no direction: it neither pulls nor is pulled by cosine.
const MIN_LENGTH: f64 = 1e-12;

/// The loss that `settings` name, of one batch.
pub(super) fn evaluate(vectors: &BatchVectors<'_, f32>, settings: &Settings) -> Evaluation<f32> {
    let scale = 1.0 / settings.temperature;
    match settings.loss {
        LossKind::MultipleNegativesRanking => multiple_negatives_ranking(vectors, scale),
        LossKind::MultipleNegativesRankingSymmetric => multiple_negatives_ranking_symmetric(vectors, scale),
        LossKind::TripletCosine => triplet_cosine(vectors, settings.margin),
        LossKind::TripletEuclidean => triplet_euclidean(vectors, settings.margin),
        LossKind::ContrastiveCosine => contrastive_cosine(vectors, settings.margin),
        LossKind::Cosent => cosent(vectors, scale),
        LossKind::CosineSimilarity => cosine_similarity(vectors),
    }
}

/// The vectors of a batch, row-major, `dims` numbers a row.
#[derive(Debug, Clone, Copy)]
pub struct BatchVectors<'a, T> {
    /// Numbers a vector.
    pub dims: usize,
    /// b × dims.
    pub anchors: &'a [T],
    /// c × dims: the b positives, then the given negatives.
    pub candidates: &'a [T],
    /// b × c: `true` where a candidate may not count as negative of an anchor because it is a known
    /// positive of it (or the anchor itself). Empty: nothing is left out.
    pub excluded: &'a [bool],
    /// c: label or score, 0..=1, of candidate k with its anchor. Empty: positives 1, negatives 0.
    pub scores: &'a [T],
}

impl<'a, T: Real> BatchVectors<'a, T> {
    fn n_anchors(&self) -> usize {
        self.anchors.len() / self.dims
    }

    fn n_candidates(&self) -> usize {
        self.candidates.len() / self.dims
    }

    /// The score of candidate `index` with the anchor it belongs to.
    fn score(&self, index: usize) -> T {
        let unlabelled = if index < self.n_anchors() { T::ONE } else { T::ZERO };
        self.scores.get(index).copied().unwrap_or(unlabelled)
    }

    fn anchor(&self, index: usize) -> &'a [T] {
        &self.anchors[index * self.dims..][..self.dims]
    }

    fn candidate(&self, index: usize) -> &'a [T] {
        &self.candidates[index * self.dims..][..self.dims]
    }
}

/// How two vectors are compared by a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Similarity {
    /// Cosine: more is nearer.
    Cosine,
    /// Euclidean distance: less is nearer.
    Distance,
}

/// The derivative of the loss with respect to one similarity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coupling<T> {
    /// Anchor, by its place in the batch.
    pub anchor: usize,
    /// Candidate, by its place in the batch.
    pub candidate: usize,
    /// d loss / d similarity.
    pub weight: T,
}

/// What a loss says of a batch.
#[derive(Debug, Clone)]
pub struct Evaluation<T> {
    /// The loss, a mean over the anchors (for CoSENT a sum over pairs of pairs).
    pub value: T,
    similarity: Similarity,
    couplings: Couplings<T>,
}

#[derive(Debug, Clone)]
enum Couplings<T> {
    /// Every anchor with every candidate.
    Dense(DenseCouplings<T>),
    /// Only these.
    Sparse(Vec<Coupling<T>>),
}

/// What the ranking loss has at hand anyway, kept so that its gradient is three matrix products.
#[derive(Debug, Clone)]
struct DenseCouplings<T> {
    /// b × c: d loss / d cosine.
    weights: Vec<T>,
    /// b × c.
    cosines: Vec<T>,
    anchors: Units<T>,
    candidates: Units<T>,
}

/// Gradients of the loss, in the layout of [`BatchVectors`].
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients<T> {
    /// b × dims.
    pub anchors: Vec<T>,
    /// c × dims.
    pub candidates: Vec<T>,
}

/// Which vector of a batch a force acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The anchor of the coupling.
    Anchor,
    /// The candidate of the coupling.
    Candidate,
}

impl<T: Real> Evaluation<T> {
    /// Gradient of the value with respect to every vector of `batch`, which must be the one evaluated.
    pub fn gradients(&self, batch: &BatchVectors<'_, T>) -> Gradients<T> {
        match &self.couplings {
            Couplings::Dense(dense) => dense_gradients(dense, batch.dims),
            Couplings::Sparse(list) => sparse_gradients(list, self.similarity, batch),
        }
    }

    /// All couplings whose weight is not zero, by anchor and then by candidate.
    pub fn couplings(&self) -> Vec<Coupling<T>> {
        match &self.couplings {
            Couplings::Sparse(list) => list.clone(),
            Couplings::Dense(dense) => {
                let columns = dense.candidates.lengths.len();
                let all = dense.weights.iter().enumerate().map(|(index, weight)| Coupling {
                    anchor: index / columns,
                    candidate: index % columns,
                    weight: *weight,
                });
                all.filter(|coupling| coupling.weight != T::ZERO).collect()
            }
        }
    }

    /// Whether a coupling makes its two vectors approach each other as the loss falls.
    pub fn pulls(&self, coupling: &Coupling<T>) -> bool {
        match self.similarity {
            Similarity::Cosine => coupling.weight < T::ZERO,
            Similarity::Distance => coupling.weight > T::ZERO,
        }
    }

    /// The force of one coupling on one of its vectors: minus its term of the gradient, `dims` numbers.
    pub fn force(&self, coupling: &Coupling<T>, side: Side, batch: &BatchVectors<'_, T>) -> Vec<T> {
        let (anchor, candidate) = (batch.anchor(coupling.anchor), batch.candidate(coupling.candidate));
        let (on, from) = match side {
            Side::Anchor => (anchor, candidate),
            Side::Candidate => (candidate, anchor),
        };
        let mut force = vec![T::ZERO; batch.dims];
        add_term(&mut force, self.similarity, -coupling.weight, on, from);
        force
    }
}

/// Adds `scale` times the derivative of the similarity of `on` and `from` with respect to `on`.
fn add_term<T: Real>(sum: &mut [T], similarity: Similarity, scale: T, on: &[T], from: &[T]) {
    match similarity {
        Similarity::Cosine => {
            let (length, other) = (length(on), length(from));
            let min = T::from_f64(MIN_LENGTH);
            if length < min || other < min {
                return;
            }
            let cosine = dot(on, from) / (length * other);
            let (along, across) = (scale / (length * other), scale * cosine / (length * length));
            let terms = sum.iter_mut().zip(on.iter().zip(from));
            terms.for_each(|(sum, (x, y))| *sum += along * *y - across * *x);
        }
        Similarity::Distance => {
            let squares: T = on.iter().zip(from).map(|(x, y)| (*x - *y) * (*x - *y)).sum();
            let distance = squares.sqrt();
            if distance > T::ZERO {
                let scale = scale / distance;
                sum.iter_mut().zip(on.iter().zip(from)).for_each(|(sum, (x, y))| *sum += scale * (*x - *y));
            }
        }
    }
}

fn sparse_gradients<T: Real>(list: &[Coupling<T>], similarity: Similarity, batch: &BatchVectors<'_, T>) -> Gradients<T> {
    let dims = batch.dims;
    let mut gradients =
        Gradients { anchors: vec![T::ZERO; batch.anchors.len()], candidates: vec![T::ZERO; batch.candidates.len()] };
    for coupling in list {
        let (a, c) = (batch.anchor(coupling.anchor), batch.candidate(coupling.candidate));
        add_term(&mut gradients.anchors[coupling.anchor * dims..][..dims], similarity, coupling.weight, a, c);
        add_term(&mut gradients.candidates[coupling.candidate * dims..][..dims], similarity, coupling.weight, c, a);
    }
    gradients
}

/// Multiplications that are as much work as one number of what is shared by numbers.
const PRODUCTS_A_NUMBER: usize = 6;

/// With unit rows â, ĉ and weights w: the gradient on a is (w·ĉ - rowsum(w ∘ cos) â) / |a|; on c likewise.
fn dense_gradients<T: Real>(dense: &DenseCouplings<T>, dims: usize) -> Gradients<T> {
    let (units, others) = (&dense.anchors, &dense.candidates);
    let weights = as_matrix(&dense.weights, others.lengths.len());
    let on_anchors = || tangent(product(weights, as_matrix(&others.rows, dims)), units, &dense.row_sums(), dims);
    let on_candidates =
        || tangent(product(weights.transpose(), as_matrix(&units.rows, dims)), others, &dense.column_sums(), dims);
    let (anchors, candidates) = both(dense.weights.len() * dims / PRODUCTS_A_NUMBER, on_anchors, on_candidates);
    Gradients { anchors, candidates }
}

impl<T: Real> DenseCouplings<T> {
    fn rows(&self) -> impl Iterator<Item = (&[T], &[T])> {
        let c = self.candidates.lengths.len();
        self.weights.chunks_exact(c).zip(self.cosines.chunks_exact(c))
    }

    /// For each anchor: the sum of weight · cosine over the candidates.
    fn row_sums(&self) -> Vec<T> {
        widest(
            #[inline(always)]
            || self.rows().map(|(weights, cosines)| dot(weights, cosines)).collect(),
        )
    }

    /// For each candidate: the sum of weight · cosine over the anchors.
    fn column_sums(&self) -> Vec<T> {
        widest(
            #[inline(always)]
            || {
                let mut sums = vec![T::ZERO; self.candidates.lengths.len()];
                for (weights, cosines) in self.rows() {
                    let terms = weights.iter().zip(cosines).zip(&mut sums);
                    terms.for_each(|((weight, cosine), sum)| *sum += *weight * *cosine);
                }
                sums
            },
        )
    }
}

/// `gradients` on unit rows, without what is `along` each row, as gradients on the rows as long as they were.
fn tangent<T: Real>(mut gradients: Vec<T>, units: &Units<T>, along: &[T], dims: usize) -> Vec<T> {
    widest(
        #[inline(always)]
        || {
            let rows = gradients.chunks_exact_mut(dims).zip(units.rows.chunks_exact(dims));
            for ((row, unit), (length, along)) in rows.zip(units.lengths.iter().zip(along)) {
                let scale = if *length < T::from_f64(MIN_LENGTH) { T::ZERO } else { T::ONE / *length };
                row.iter_mut().zip(unit).for_each(|(g, u)| *g = (*g - *along * *u) * scale);
            }
        },
    );
    gradients
}

/// Rows scaled to length 1, and the lengths they had.
#[derive(Debug, Clone)]
struct Units<T> {
    rows: Vec<T>,
    lengths: Vec<T>,
}

impl<T: Real> Units<T> {
    fn of(values: &[T], dims: usize) -> Self {
        widest(
            #[inline(always)]
            || {
                let n = values.len() / dims;
                let mut units = Self { rows: Vec::with_capacity(values.len()), lengths: Vec::with_capacity(n) };
                for row in values.chunks_exact(dims) {
                    let length = length(row);
                    let scale = if length < T::from_f64(MIN_LENGTH) { T::ZERO } else { T::ONE / length };
                    units.rows.extend(row.iter().map(|x| *x * scale));
                    units.lengths.push(length);
                }
                units
            },
        )
    }
}
