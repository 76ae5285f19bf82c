//! Measures of learning: what is asked of one recorded frame of a run.
//!
//! On unit vectors in the full space; the map has no part in them. Which frames are measured is in `curves.rs`.

use super::super::recipe::Choice;
use crate::space::{KnownPositives, PairMeasures, PairRows, Pairwise, alignment, pair_measures, unit_rows};

/// Measures of one recorded step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// The step measured.
    pub step: usize,
    /// Loss of all pairs trained on.
    pub loss: f64,
    /// Of the pairs trained on.
    pub trained: PairMeasures,
    /// Loss of the pairs held out.
    pub held_out_loss: Option<f64>,
    /// Of the pairs held out, if there are any.
    pub held_out: Option<PairMeasures>,
    /// Mean squared distance of anchors and positives.
    pub alignment: Option<f64>,
    /// How evenly all phrases are spread over the sphere.
    pub uniformity: Option<f64>,
    /// Dimensions in use.
    pub effective_rank: Option<f64>,
}

/// A measure that is one number, for charts and files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Loss of all pairs trained on.
    Loss,
    /// Loss of the pairs held out.
    HeldOutLoss,
    /// Share of triplets that are right, of pairs trained on.
    Triplets,
    /// Share of triplets that are right, of pairs held out.
    HeldOutTriplets,
    /// Share of pairs whose positive is nearest.
    RecallAt1,
    /// Share of pairs whose positive is among the five nearest.
    RecallAt5,
    /// Mean of one over the rank of the positive.
    ReciprocalRank,
    /// Mean cosine of positives.
    PositiveCosine,
    /// Mean cosine of negatives.
    NegativeCosine,
    /// Mean squared distance of positives.
    Alignment,
    /// Logarithm of the mean Gaussian potential of all pairs.
    Uniformity,
    /// Dimensions in use.
    EffectiveRank,
}

impl Choice for Measure {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (Self::Loss, "loss", "loss of all pairs", "The loss of all pairs trained on: what training makes smaller."),
        (
            Self::HeldOutLoss,
            "heldout_loss",
            "held-out loss",
            "The loss of pairs that training never saw: when it rises while the other falls, pairs are learned by heart. Fewer pairs than a batch have fewer negatives, and so a lower loss: compare how it goes, not how high it is.",
        ),
        (
            Self::Triplets,
            "triplet_accuracy",
            "triplets right",
            "Share of anchors, positives and negatives where the positive is nearer than the negative (Schroff et al. 2015). Of pairs with scores, those of 0.5 and more count as positives.",
        ),
        (Self::HeldOutTriplets, "heldout_triplet_accuracy", "held-out triplets", "The same on pairs that training never saw."),
        (
            Self::RecallAt1,
            "recall_at_1",
            "recall@1",
            "Share of anchors whose nearest phrase of all is their positive; of held-out pairs, if there are any.",
        ),
        (
            Self::RecallAt5,
            "recall_at_5",
            "recall@5",
            "Share of anchors whose positive is among the five nearest phrases; of held-out pairs, if there are any.",
        ),
        (
            Self::ReciprocalRank,
            "mrr",
            "reciprocal rank",
            "Mean of one over the place of the positive in the list of nearest phrases (MRR): 1 is always first, 0.5 second.",
        ),
        (
            Self::PositiveCosine,
            "positive_cosine",
            "positive cosine",
            "Mean cosine of anchors and positives in the full space; 1 is the same direction.",
        ),
        (
            Self::NegativeCosine,
            "negative_cosine",
            "negative cosine",
            "Mean cosine of anchors and negatives in the full space; 0 is a right angle.",
        ),
        (Self::Alignment, "alignment", "alignment", "Mean squared distance of positives: 0 is perfect (Wang and Isola 2020)."),
        (
            Self::Uniformity,
            "uniformity",
            "uniformity",
            "How evenly all phrases spread over the sphere: lower is more even, 0 is all in one place (Wang and Isola 2020).",
        ),
        (
            Self::EffectiveRank,
            "rankme",
            "effective rank",
            "How many dimensions are in use (RankMe, Garrido et al. 2023): when it falls to a few, the vectors collapse.",
        ),
    ];
}

/// A recorded frame and what it is measured on.
pub(super) struct MeasuredFrame<'a> {
    pub(super) step: usize,
    /// Its vectors, row after row.
    pub(super) raw: &'a [f32],
    pub(super) dims: usize,
    pub(super) trained: &'a [PairRows],
    pub(super) held_out: &'a [PairRows],
    /// What is known to belong together, held out or not.
    pub(super) known: &'a KnownPositives,
    pub(super) loss: f64,
    pub(super) held_out_loss: Option<f64>,
}

impl Measures {
    pub(super) fn of(frame: &MeasuredFrame<'_>) -> Self {
        let of = |pairs: &[PairRows]| pair_measures(frame.raw, frame.dims, pairs, frame.known);
        let unit = unit_rows(frame.raw, frame.dims);
        let pairwise = Pairwise::of(&unit, frame.dims);
        let belong = frame.trained.iter().filter(|pair| pair.is_positive());
        let positives: Vec<(usize, usize)> = belong.map(|pair| (pair.anchor as usize, pair.positive as usize)).collect();
        Self {
            step: frame.step,
            loss: frame.loss,
            trained: of(frame.trained),
            held_out_loss: frame.held_out_loss,
            held_out: (!frame.held_out.is_empty()).then(|| of(frame.held_out)),
            alignment: alignment(&unit, frame.dims, &positives),
            uniformity: pairwise.uniformity(),
            effective_rank: pairwise.effective_rank(),
        }
    }

    /// One of them; `None` where it has no meaning, such as a measure of held-out pairs without any.
    pub fn get(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Loss => Some(self.loss),
            Measure::HeldOutLoss => self.held_out_loss,
            Measure::Triplets => self.trained.triplet_accuracy(),
            Measure::HeldOutTriplets => self.held_out.and_then(|pairs| pairs.triplet_accuracy()),
            Measure::RecallAt1 => self.judged().recall_at_1(),
            Measure::RecallAt5 => self.judged().recall_at_5(),
            Measure::ReciprocalRank => self.judged().mean_reciprocal_rank(),
            Measure::PositiveCosine => self.trained.positive_cosine_mean(),
            Measure::NegativeCosine => self.trained.negative_cosine_mean(),
            Measure::Alignment => self.alignment,
            Measure::Uniformity => self.uniformity,
            Measure::EffectiveRank => self.effective_rank,
        }
    }

    /// Of the pairs held out, or where none are, of those trained on.
    pub fn judged(&self) -> &PairMeasures {
        self.held_out.as_ref().unwrap_or(&self.trained)
    }
}
