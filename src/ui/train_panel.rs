//! What learns: the form of the recipe. Every control edits a copy and sends the new value.

use eframe::egui::{self, DragValue, Slider, Ui};

use super::widgets::{choice_ui, heading, inked, row_ui};
use super::{Ctx, theme};
use crate::playground::Command;
use crate::scene::Ink;
use crate::train::{Axes, Choice, LossKind, Recipe, Settings};

/// Dimensions that are offered; any from 2 to 1024 can be typed.
const DIMS: [usize; 8] = [2, 3, 8, 32, 128, 256, 384, 768];
/// Learning rates that are offered, so that a class lands on the same values.
const LEARNING_RATES: [f64; 13] = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0];
/// Temperatures that are offered.
const TEMPERATURES: [f64; 10] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0];
/// Lengths of a run that are offered.
const STEPS: [usize; 8] = [20, 50, 100, 200, 500, 1000, 2000, 5000];

pub(super) fn train_panel_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    heading(ui, "What learns");
    ui.label(inked(ui, "One free vector per phrase: the forces move each one directly.", Ink::Weak));
    ui.add_space(4.0);
    structure_ui(ctx, ui);
    settings_ui(ctx, ui);
    let mut two_phase = ctx.playground.is_two_phase();
    if ui
        .checkbox(&mut two_phase, "Step in two phases")
        .on_hover_text("The first press shows the forces of the batch, the second applies them.")
        .changed()
    {
        ctx.send(Command::SetTwoPhase(two_phase));
    }
    ui.add_space(4.0);
}

/// What starts the run again.
fn structure_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let mut recipe = ctx.playground.document().recipe.clone();
    let before = recipe.clone();
    let start =
        row_ui(ui, "Start from", "Where the vectors are at step 0.", |ui| choice_ui(ui, "Start from", recipe.start, |_| true));
    recipe.start = start.unwrap_or(recipe.start);
    dims_ui(ui, &mut recipe);
    row_ui(ui, "Steps", "How many updates the run has.", |ui| {
        number_choice_ui(ui, "Steps", &mut recipe.steps, &STEPS, 1..=100_000);
    });
    if recipe != before {
        ctx.send(Command::SetRecipe(recipe));
    }
}

fn dims_ui(ui: &mut Ui, recipe: &mut Recipe) {
    row_ui(ui, "Dimensions", "Numbers a vector: more of them give every phrase more ways to go.", |ui| {
        number_choice_ui(ui, "Dimensions", &mut recipe.dims, &DIMS, 2..=1024);
    });
}

/// A typed number beside a menu of usual ones.
fn number_choice_ui(ui: &mut Ui, name: &str, value: &mut usize, offered: &[usize], range: std::ops::RangeInclusive<usize>) {
    let combo = egui::ComboBox::from_id_salt(name).selected_text("").width(18.0).show_ui(ui, |ui| {
        for option in offered {
            if ui.selectable_label(value == option, option.to_string()).clicked() {
                *value = *option;
            }
        }
    });
    combo.response.accessible_name(format!("Usual {}", name.to_lowercase()));
    let speed = (*value as f64 * 0.02).max(0.1);
    ui.add(DragValue::new(value).range(range).clamp_existing_to_range(false).speed(speed).update_while_editing(false))
        .accessible_name(name);
}

/// What may change while it runs: takes effect from the step shown on.
fn settings_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let mut settings = *ctx.playground.document().recipe.settings_at(ctx.playground.step());
    let before = settings;
    let loss = row_ui(ui, "Loss", "What the updates make smaller.", |ui| choice_ui(ui, "Loss", settings.loss, |_| true));
    settings.loss = loss.unwrap_or(settings.loss);
    loss_setting_ui(ui, &mut settings);
    let optimizer = row_ui(ui, "Optimizer", "How vectors follow the gradient.", |ui| {
        choice_ui(ui, "Optimizer", settings.optimizer, |_| true)
    });
    settings.optimizer = optimizer.unwrap_or(settings.optimizer);
    stepped_slider_ui(
        ui,
        "Learning rate",
        "Size of an update. It may change while the run goes on.",
        &mut settings.learning_rate,
        &LEARNING_RATES,
    );
    row_ui(ui, "Batch", "Pairs a step. Each anchor pushes the positives of the others.", |ui| {
        ui.label(inked(ui, "pairs", Ink::Weak));
        ui.add(
            DragValue::new(&mut settings.batch)
                .range(1..=256)
                .clamp_existing_to_range(false)
                .speed(0.1)
                .update_while_editing(false),
        )
        .accessible_name("Batch");
    });
    if settings != before {
        ctx.send(Command::SetSettings(settings));
    }
    if ctx.playground.step() > 0 {
        let (step, steps) = (ctx.playground.step(), ctx.playground.document().recipe.steps);
        let goes_on = if step >= steps { format!(" The run then goes on to step {}.", 2 * steps) } else { String::new() };
        let hint = format!("Changes take effect from step {step} on.{goes_on}");
        ui.label(inked(ui, hint, Ink::Weak));
    }
}

fn loss_setting_ui(ui: &mut Ui, settings: &mut Settings) {
    match settings.loss {
        LossKind::MultipleNegativesRanking => {
            let explanation = "Divides the cosines: low is strict and soon content, high keeps pulling.";
            stepped_slider_ui(ui, "Temperature", explanation, &mut settings.temperature, &TEMPERATURES);
        }
        LossKind::TripletCosine | LossKind::TripletEuclidean => {
            row_ui(ui, "Margin", "How much nearer the positive must be than the negative.", |ui| {
                ui.add(DragValue::new(&mut settings.margin).range(0.0..=100.0).clamp_existing_to_range(false).speed(0.02))
                    .accessible_name("Margin");
            });
        }
    }
}

/// A slider over a list of values, spaced evenly.
fn stepped_slider_ui(ui: &mut Ui, name: &str, explanation: &str, value: &mut f64, steps: &[f64]) {
    row_ui(ui, name, explanation, |ui| ui.label(super::widgets::strong_text(ui, value.to_string())));
    let nearest = |value: f64| {
        let distance = |step: &f64| (step.ln() - value.max(f64::MIN_POSITIVE).ln()).abs();
        (0..steps.len()).min_by(|a, b| distance(&steps[*a]).total_cmp(&distance(&steps[*b]))).unwrap_or(0)
    };
    let mut index = nearest(*value);
    let changed = ui.scope(|ui| {
        ui.spacing_mut().slider_width = ui.available_width() - 4.0;
        ui.visuals_mut().selection.bg_fill = theme::ink(ui, Ink::Accent);
        let slider = Slider::new(&mut index, 0..=steps.len().saturating_sub(1)).show_value(false);
        ui.add(slider).accessible_name(name).on_hover_text(explanation).changed()
    });
    if changed.inner {
        *value = steps.get(index).copied().unwrap_or(*value);
    }
}

/// The choice of axes, shown above the map.
pub(super) fn axes_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    if let Some(axes) = choice_ui(ui, "Axes", ctx.playground.axes(), |_| true) {
        ctx.send(Command::SetAxes(axes));
    }
    let explanation = Axes::TABLE.iter().find(|row| row.0 == ctx.playground.axes()).map_or("", |row| row.3);
    if ui.available_width() > 40.0 {
        ui.label(inked(ui, "Axes", Ink::Weak)).on_hover_text(explanation);
    }
}
