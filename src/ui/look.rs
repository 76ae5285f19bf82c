//! Taste: how the window is looked at. Kept between starts, never in a project.

use crate::train::{Choice, Measure};

/// What the second chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Chart {
    /// Mean cosines against step.
    #[default]
    Cosines,
    /// How many cosines there are of each size, at the step shown.
    Histogram,
    /// Share of triplets that are right.
    Triplets,
    /// Recall and reciprocal rank.
    Ranks,
    /// Alignment and uniformity.
    Spread,
    /// Dimensions in use.
    Rank,
}

impl Choice for Chart {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (
            Self::Cosines,
            "cosines",
            "Cosine",
            "Means over all pairs, in the full space: 1 is the same direction, 0 a right angle.",
        ),
        (
            Self::Histogram,
            "histogram",
            "Cosine histogram",
            "How many positives and negatives have which cosine at the step shown: the two should part.",
        ),
        (
            Self::Triplets,
            "triplets",
            "Triplets right",
            "Share of anchors, positives and negatives where the positive is nearer than the negative.",
        ),
        (Self::Ranks, "ranks", "Recall and rank", "Where the positive stands among all phrases, by nearness to its anchor."),
        (
            Self::Spread,
            "spread",
            "Spread",
            "Are positives near, and is everything spread out (Wang and Isola 2020)? Both should fall.",
        ),
        (Self::Rank, "rank", "Effective rank", "How many dimensions are in use (RankMe): collapse shows here."),
    ];
}

impl Chart {
    /// The chart that has `measure` among its curves.
    pub(super) fn showing(measure: Measure) -> Self {
        match measure {
            Measure::Triplets | Measure::HeldOutTriplets => Self::Triplets,
            Measure::RecallAt1 | Measure::RecallAt5 | Measure::ReciprocalRank => Self::Ranks,
            Measure::Alignment | Measure::Uniformity => Self::Spread,
            Measure::EffectiveRank => Self::Rank,
            Measure::PositiveCosine | Measure::NegativeCosine | Measure::Loss | Measure::HeldOutLoss => Self::Cosines,
        }
    }
}

/// Sizes of labels that can be used, in points; those that are offered lie between.
const LABEL_SIZES: std::ops::RangeInclusive<f32> = 6.0..=48.0;

/// Taste.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Look {
    /// Letters of labels on the map, in points.
    pub label_size: f32,
    /// Whether the map shows forces.
    pub forces: bool,
    /// Whether the map shows the way of the last steps.
    pub trails: bool,
    /// What the second chart shows.
    pub(super) chart: Chart,
    /// Whether the axis of the loss is logarithmic.
    pub log_loss: bool,
    /// Whether the pair graph is shown.
    #[serde(skip)]
    pub pair_graph: bool,
    /// Whether only the map is shown, large.
    #[serde(skip)]
    pub presenting: bool,
}

impl Look {
    /// Letters of labels as shown now: a projector wants large ones.
    pub fn shown_label_size(&self) -> f32 {
        if self.presenting { self.label_size.max(18.0) } else { self.label_size }
    }

    /// What can be used of a stored look, and whether anything could not.
    pub(super) fn usable(self) -> (Self, bool) {
        let fits = LABEL_SIZES.contains(&self.label_size);
        let label_size = if fits { self.label_size } else { Self::default().label_size };
        (Self { label_size, ..self }, !fits)
    }
}

impl Default for Look {
    fn default() -> Self {
        Self {
            label_size: 13.0,
            forces: true,
            trails: true,
            chart: Chart::default(),
            log_loss: false,
            pair_graph: false,
            presenting: false,
        }
    }
}
