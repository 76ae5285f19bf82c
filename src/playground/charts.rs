//! Which charts stand below the map, and how their axes lie.
//!
//! It is here and not the window's taste alone because a way to fail chooses a chart, and undo brings the one before back.

use crate::choice::choice;
use crate::train::{Failure, Measure};

choice! {
    /// What the second chart shows.
    #[derive(Default, serde::Serialize, serde::Deserialize)]
    pub enum Chart {
        #[default]
        Cosines {
            name: "cosines",
            label: "Cosine",
            sentence: "Means over all pairs, in the full space: 1 is the same direction, 0 a right angle.",
        },
        Histogram {
            name: "histogram",
            label: "Cosine histogram",
            sentence: "How many positives and negatives have which cosine at the step shown: the two should part.",
        },
        Triplets {
            name: "triplets",
            label: "Triplets right",
            sentence: "Share of anchors, positives and negatives where the positive is nearer than the negative.",
        },
        Ranks {
            name: "ranks",
            label: "Recall and rank",
            sentence: "Where the positive stands among all phrases, by nearness to its anchor.",
        },
        Spread {
            name: "spread",
            label: "Spread",
            sentence: "Are positives near, and is everything spread out (Wang and Isola 2020)? Both should fall.",
        },
        Rank {
            name: "rank",
            label: "Effective rank",
            sentence: "How many dimensions are in use (RankMe): collapse shows here.",
        },
    }
}

impl Chart {
    /// The chart that has `measure` among its curves.
    pub fn showing(measure: Measure) -> Self {
        match measure {
            Measure::Triplets | Measure::HeldOutTriplets => Self::Triplets,
            Measure::RecallAt1 | Measure::RecallAt5 | Measure::ReciprocalRank => Self::Ranks,
            Measure::Alignment | Measure::Uniformity => Self::Spread,
            Measure::EffectiveRank => Self::Rank,
            Measure::PositiveCosine | Measure::NegativeCosine | Measure::Loss | Measure::HeldOutLoss => Self::Cosines,
        }
    }
}

/// The charts that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charts {
    /// What the second chart shows.
    pub second: Chart,
    /// Whether the axis of the loss is logarithmic.
    pub log_loss: bool,
}

impl Charts {
    /// Those that expose `failure`. A loss that grows without bounds is a wall on an even axis.
    pub(super) fn exposing(self, failure: Failure) -> Self {
        let log_loss = self.log_loss || failure == Failure::LearningRateLarge;
        Self { second: Chart::showing(failure.exposed_by()), log_loss }
    }
}
