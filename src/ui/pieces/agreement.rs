//! What two or more sets of vectors agree on, as two columns of numbers beside what chance would give.

use eframe::egui::{Align, Layout, Ui};

use super::widgets::{heading, inked, strong_text};
use crate::choice::Choice;
use crate::compare::{Agreement, AgreementMeasure, Level};
use crate::drawing::Ink;

/// Width below which a measure takes two lines.
const NARROW: f32 = 190.0;
/// Width from which what chance would give stands beside a measure.
const ROOMY: f32 = 290.0;

/// What depends on the axes and what does not, in two named columns of these widths.
pub(in crate::ui) fn agreement_ui(ui: &mut Ui, agreement: &Agreement, left: f32, right: f32) {
    levels_ui(ui, agreement, &|measure| agreement.level(measure), [left, right]);
}

/// The same with other levels than those of all sets; `widths` are those of the columns.
pub(in crate::ui) fn levels_ui(
    ui: &mut Ui,
    agreement: &Agreement,
    level_of: &dyn Fn(AgreementMeasure) -> Option<Level>,
    [left, right]: [f32; 2],
) {
    let column = |ui: &mut Ui, title: &str, explanation: &str, depends: bool, width: f32| {
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.spacing_mut().interact_size.y = 17.0;
            heading(ui, title).on_hover_text(explanation);
            for measure in AgreementMeasure::ALL.iter().filter(|measure| measure.depends_on_axes() == depends) {
                if let Some(level) = level_of(*measure) {
                    level_ui(ui, measure.label(), measure.sentence(), level, agreement.shuffled(*measure));
                }
            }
        });
    };
    column(ui, "Depends on the axes", "Another choice of axes changes this number, though no cosine changes.", true, left);
    column(
        ui,
        "Does not depend on them",
        "Measured within each set of vectors, in all dimensions: no rotation and no choice of axes changes these numbers.",
        false,
        right,
    );
}

/// A measure: its mean and spread, and what chance would give.
fn level_ui(ui: &mut Ui, label: &str, explanation: &str, level: Level, chance: Option<Level>) {
    let words = chance.map(|chance| format!("chance {:.2}", near_zero(chance.mean)));
    let hint = match &words {
        Some(words) => format!("{explanation}\n{words}: the same where the phrases of one of the two are shuffled."),
        None => explanation.to_owned(),
    };
    // A narrow column has the name on a line of its own, or no room for what chance would give: hovering says it.
    let width = ui.available_width();
    let is_narrow = width < NARROW;
    if is_narrow {
        ui.label(label).on_hover_text(&hint);
    }
    ui.horizontal(|ui| {
        if !is_narrow {
            ui.label(label).on_hover_text(&hint);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(words) = words.filter(|_| width >= ROOMY || is_narrow && width >= ROOMY / 2.0) {
                ui.label(inked(ui, words, Ink::Weak).small()).on_hover_text(&hint);
            }
            let spread = if level.spread >= 0.005 { format!(" ± {:.2}", level.spread) } else { String::new() };
            ui.label(strong_text(ui, format!("{:.2}{spread}", near_zero(level.mean)))).on_hover_text(&hint);
        });
    });
}

/// No minus before a zero.
fn near_zero(value: f64) -> f64 {
    if value.abs() < 0.005 { 0.0 } else { value }
}
