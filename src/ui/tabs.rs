//! The views in the middle of the window: which one is shown, and what the worker is at.

use eframe::egui::{Align, Align2, Layout, Sense, Ui};

use super::widgets::{heading, inked, paint_text, strong_text};
use super::{Ctx, map_panel};
use crate::choice::Choice;
use crate::compare::{Agreement, AgreementMeasure, Level};
use crate::playground::{Command, Tab};
use crate::scene::Ink;

/// Width below which a measure takes two lines.
const NARROW: f32 = 190.0;
/// Width from which what chance would give stands beside a measure.
const ROOMY: f32 = 290.0;

/// The tabs on the left, long work on the right; below them what there is to tell.
pub(super) fn tabs_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.set_height(26.0);
        for tab in Tab::ALL {
            let is_shown = ctx.playground.tab() == *tab;
            if ui.selectable_label(is_shown, tab.label()).on_hover_text(tab.sentence()).clicked() && !is_shown {
                ctx.send(Command::ShowTab(*tab));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| map_panel::activity_ui(ctx, ui));
    });
    map_panel::notice_ui(ctx, ui);
}

/// A sentence where a view has nothing to show: the first while it is being worked on, else the second.
pub(super) fn empty_ui(ctx: &Ctx<'_>, ui: &mut Ui, [working, idle]: [&str; 2]) {
    let rect = ui.available_rect_before_wrap();
    ui.allocate_rect(rect, Sense::hover());
    let text = if ctx.playground.activity().is_some() { working } else { idle };
    paint_text(ui, rect.center(), Align2::CENTER_CENTER, text, 15.0, Ink::Weak);
}

/// What depends on the axes and what does not, in two named columns of these widths.
pub(super) fn agreement_ui(ui: &mut Ui, agreement: &Agreement, left: f32, right: f32) {
    let column = |ui: &mut Ui, title: &str, explanation: &str, depends: bool, width: f32| {
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.spacing_mut().interact_size.y = 17.0;
            heading(ui, title).on_hover_text(explanation);
            for measure in AgreementMeasure::ALL.iter().filter(|measure| measure.depends_on_axes() == depends) {
                if let Some(level) = agreement.level(*measure) {
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
