//! Taste: how the window is looked at, and which models were used. Kept between starts, never in a project.

use crate::choice::choice;
use crate::model::RecentModels;
use crate::train::Measure;

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
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
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
    /// Models that were used.
    pub recent_models: RecentModels,
    /// What is sought in the list of phrases.
    #[serde(skip)]
    pub sought: String,
    /// Whether the field for phrases is to have the keyboard.
    #[serde(skip)]
    pub(super) wants_to_type: bool,
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
            recent_models: RecentModels::default(),
            sought: String::new(),
            wants_to_type: false,
            pair_graph: false,
            presenting: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Look;

    #[test]
    fn a_look_that_can_not_be_used_is_reset_and_says_so() {
        for label_size in [f32::NAN, f32::INFINITY, -3.0, 0.0, 1e30] {
            let (look, was_reset) = Look { label_size, trails: false, ..Look::default() }.usable();
            assert!(was_reset && look == Look { trails: false, ..Look::default() }, "{label_size}");
        }
        assert_eq!(Look::default().usable(), (Look::default(), false));
    }
}
