//! Measures of learning, for every recorded frame of a run.
//!
//! On unit vectors in the full space; the map has no part in them.

use rayon::prelude::*;

use super::Run;
use crate::choice::{Choice, choice};
use crate::space::{KnownPositives, PairMeasures, PairRows, Pairwise, alignment, pair_measures, unit_rows};

/// At most this many frames of a run are measured for the charts, evenly spread: all of a run of 200 steps.
const MEASURED_FRAMES: usize = 201;

/// Numbers that the measuring of a whole run may look at: fewer frames of larger sets.
const MEASURED_NUMBERS: usize = 40_000_000_000;

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

choice! {
    /// A measure that is one number, for charts and files.
    #[derive(Hash)]
    pub enum Measure {
        Loss {
            name: "loss",
            label: "loss of all pairs",
            sentence: "The loss of all pairs trained on: what training makes smaller.",
        },
        HeldOutLoss {
            name: "heldout_loss",
            label: "held-out loss",
            sentence: "The loss of pairs that training never saw: when it rises while the other falls, pairs are learned by heart. Fewer pairs than a batch have fewer negatives, and so a lower loss: compare how it goes, not how high it is.",
        },
        Triplets {
            name: "triplet_accuracy",
            label: "triplets right",
            sentence: "Share of anchors, positives and negatives where the positive is nearer than the negative (Schroff et al. 2015). Of pairs with scores, those of 0.5 and more count as positives.",
        },
        HeldOutTriplets {
            name: "heldout_triplet_accuracy",
            label: "held-out triplets",
            sentence: "The same on pairs that training never saw.",
        },
        RecallAt1 {
            name: "recall_at_1",
            label: "recall@1",
            sentence: "Share of anchors whose nearest phrase of all is their positive; of held-out pairs, if there are any.",
        },
        RecallAt5 {
            name: "recall_at_5",
            label: "recall@5",
            sentence: "Share of anchors whose positive is among the five nearest phrases; of held-out pairs, if there are any.",
        },
        ReciprocalRank {
            name: "mrr",
            label: "reciprocal rank",
            sentence: "Mean of one over the place of the positive in the list of nearest phrases (MRR): 1 is always first, 0.5 second.",
        },
        PositiveCosine {
            name: "positive_cosine",
            label: "positive cosine",
            sentence: "Mean cosine of anchors and positives in the full space; 1 is the same direction.",
        },
        NegativeCosine {
            name: "negative_cosine",
            label: "negative cosine",
            sentence: "Mean cosine of anchors and negatives in the full space; 0 is a right angle.",
        },
        Alignment {
            name: "alignment",
            label: "alignment",
            sentence: "Mean squared distance of positives: 0 is perfect (Wang and Isola 2020).",
        },
        Uniformity {
            name: "uniformity",
            label: "uniformity",
            sentence: "How evenly all phrases spread over the sphere: lower is more even, 0 is all in one place (Wang and Isola 2020).",
        },
        EffectiveRank {
            name: "rankme",
            label: "effective rank",
            sentence: "How many dimensions are in use (RankMe, Garrido et al. 2023): when it falls to a few, the vectors collapse.",
        },
    }
}

impl Measures {
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

impl Run {
    /// Measures of frame `index`.
    pub fn measures_of(&self, index: usize) -> Measures {
        self.measures_with(index, &self.known_positives())
    }

    fn measures_with(&self, index: usize, known: &KnownPositives) -> Measures {
        let (raw, dims) = (self.frames.raw(index), self.recipe.dims);
        let of = |pairs: &[PairRows]| pair_measures(&raw, dims, pairs, known);
        let unit = unit_rows(&raw, dims);
        let pairwise = Pairwise::of(&unit, dims);
        let positives: Vec<(usize, usize)> = self
            .pairs
            .iter()
            .filter(|pair| pair.is_positive())
            .map(|pair| (pair.anchor as usize, pair.positive as usize))
            .collect();
        Measures {
            step: self.frames.steps().get(index).copied().unwrap_or(0),
            loss: self.whole_loss(index),
            trained: of(&self.pairs),
            held_out_loss: self.held_out_loss(index),
            held_out: (!self.held_out.is_empty()).then(|| of(&self.held_out)),
            alignment: alignment(&unit, dims, &positives),
            uniformity: pairwise.uniformity(),
            effective_rank: pairwise.effective_rank(),
        }
    }

    /// Fills `measures` from the frames, on all cores.
    pub fn measure(&mut self) {
        let (n, dims) = (self.phrases.len(), self.recipe.dims);
        let per_frame = n * n * dims + n.min(dims).pow(3) * 10;
        let most = (MEASURED_NUMBERS / per_frame.max(1)).clamp(8, MEASURED_FRAMES);
        let every = self.frames.len().div_ceil(most).max(1);
        let mut indices: Vec<usize> = (0..self.frames.len()).step_by(every).collect();
        let last = self.frames.len().saturating_sub(1);
        if indices.last() != Some(&last) {
            indices.push(last);
        }
        let known = self.known_positives();
        self.measures = indices.into_par_iter().map(|index| self.measures_with(index, &known)).collect();
    }
}

/// The curves of a run as comma-separated values: a row for every step with the loss of its batch, and
/// the measures of those steps that were measured.
pub fn curves_csv(run: &Run) -> String {
    let names: Vec<&str> = Measure::ALL.iter().map(|measure| measure.name()).collect();
    let mut csv = format!("step,batch_loss,{}\n", names.join(","));
    for (step, loss) in run.losses.iter().enumerate() {
        let measures = run.measures_at(step).filter(|measures| measures.step == step);
        let cell = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let cells = Measure::ALL.iter().map(|measure| cell(measures.and_then(|measures| measures.get(*measure))));
        let cells: Vec<String> = cells.collect();
        csv.push_str(&format!("{step},{loss},{}\n", cells.join(",")));
    }
    csv
}
