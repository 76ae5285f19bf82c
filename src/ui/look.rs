//! Taste: how the window is looked at, and which models were used. Kept between starts, never in a project.

use super::tally::Tally;
use crate::choice::choice;
use crate::drawing::Theme;
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

choice! {
    /// A sheet of the Help menu.
    pub enum Help {
        Keys { name: "keys", label: "Keys", sentence: "Every key, and what can be done with the mouse." },
        Words { name: "words", label: "Words", sentence: "Every term on the screen in a sentence, with its formula where it has one." },
        About { name: "about", label: "About", sentence: "The version, the built-in model, and the licences of what comes with the program." },
    }
}

/// Sizes of labels that can be used, in points; those that are offered lie between.
const LABEL_SIZES: std::ops::RangeInclusive<f32> = 6.0..=48.0;

/// Zooms at which a window can be opened and read.
pub(super) const USABLE_ZOOM: std::ops::RangeInclusive<f32> = 0.2..=5.0;

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
    /// The colours; `None`: light or dark as the system has it.
    pub theme: Option<Theme>,
    /// The zoom that comes back when presenting ends; kept, because the program may end before.
    pub(super) zoom_before: Option<f32>,
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
    /// Whether everything is shown to a class: full screen and large.
    #[serde(skip)]
    pub presenting: bool,
    /// Hands that were counted while presenting.
    #[serde(skip)]
    pub tally: Tally,
    /// Whether the speaker's notes have their window while presenting.
    #[serde(skip)]
    pub(super) notes: bool,
    /// The sheet of the Help menu that is open.
    #[serde(skip)]
    pub(super) help: Option<Help>,
}

impl Look {
    /// Letters of labels as shown now: a projector wants larger ones, beside all else that is larger.
    pub fn shown_label_size(&self) -> f32 {
        if self.presenting { self.label_size.max(15.0) } else { self.label_size }
    }

    /// What can be used of a stored look, and whether anything could not.
    pub(super) fn usable(self) -> (Self, bool) {
        let fits = LABEL_SIZES.contains(&self.label_size);
        let label_size = if fits { self.label_size } else { Self::default().label_size };
        let zoom_before = self.zoom_before.filter(|zoom| USABLE_ZOOM.contains(zoom));
        (Self { label_size, zoom_before, ..self }, !fits)
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
            theme: None,
            zoom_before: None,
            recent_models: RecentModels::default(),
            sought: String::new(),
            wants_to_type: false,
            pair_graph: false,
            presenting: false,
            tally: Tally::default(),
            notes: false,
            help: None,
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
