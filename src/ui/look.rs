//! Taste: how the window is looked at, and which models were used. Kept between starts, never in a project.

use super::tally::Tally;
use crate::choice::choice;
use crate::drawing::Theme;
use crate::model::RecentModels;
use crate::playground::{Chart, Charts};

choice! {
    /// A sheet of the Help menu.
    pub enum Help {
        Keys { name: "keys", label: "Keys", sentence: "Every key, and what can be done with the mouse." },
        Words { name: "words", label: "Words", sentence: "Every term on the screen in a sentence, with its formula where it has one." },
        About { name: "about", label: "About", sentence: "The version, the built-in model, and the licences of what comes with the program." },
    }
}

/// What of the selected phrase can be edited in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WantedEdit {
    /// Its text.
    Text,
    /// Which group it is in.
    Group,
    /// The name of that group.
    GroupName,
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
    /// What the second chart showed when this was stored; while the window is open the playground knows.
    pub(super) chart: Chart,
    /// Whether the axis of the loss was logarithmic then.
    pub(super) log_loss: bool,
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
    /// Whether what is pasted next is to be a recipe, whatever it is.
    #[serde(skip)]
    pub(super) wants_recipe: bool,
    /// Whether the pairs per phrase are shown.
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
    /// What of the selected phrase is to be edited in the list.
    #[serde(skip)]
    pub(super) wants_edit: Option<WantedEdit>,
    /// The word that is looked up there next.
    #[serde(skip)]
    pub(super) word: Option<&'static str>,
}

impl Look {
    /// The charts as they were stored.
    pub(super) fn charts(&self) -> Charts {
        Charts { second: self.chart, log_loss: self.log_loss }
    }

    /// The same with `charts` to be stored.
    pub(super) fn with_charts(self, charts: Charts) -> Self {
        Self { chart: charts.second, log_loss: charts.log_loss, ..self }
    }

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
            wants_recipe: false,
            pair_graph: false,
            presenting: false,
            tally: Tally::default(),
            notes: false,
            help: None,
            wants_edit: None,
            word: None,
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
