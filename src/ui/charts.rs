//! How it goes: loss, cosines of pairs, and the numbers of the step shown. Dragging scrubs the run.

use eframe::egui::{self, CursorIcon, Sense, Ui, vec2};
use egui_plot::{HoverPosition, Line, Plot, PlotPoints, PlotResponse, PlotUi, VLine};

use super::widgets::{heading, inked, strong_text};
use super::{Ctx, theme};
use crate::playground::Command;
use crate::scene::Ink;
use crate::train::{Measures, Run};

/// Width of the column of numbers.
const NUMBERS_WIDTH: f32 = 160.0;

/// Steps of a loss curve that are drawn, evenly spread: more than there are pixels for.
const MAX_POINTS: usize = 2000;

/// Space between columns.
const GAP: f32 = 20.0;

pub(super) fn charts_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let Some(run) = ctx.playground.run().cloned() else {
        ui.label(inked(ui, "The loss appears here once there are pairs to train on.", Ink::Weak));
        return;
    };
    let all = ui.available_rect_before_wrap();
    let width = ((all.width() - NUMBERS_WIDTH) / 2.0 - GAP).max(60.0);
    let column = |left: f32, width: f32| egui::Rect::from_min_size(all.min + vec2(left, 0.0), vec2(width, all.height()));
    let mut in_column = |rect: egui::Rect, draw: fn(&mut Ctx<'_>, &mut Ui, &Run)| {
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| draw(ctx, ui, &run));
    };
    in_column(column(0.0, width), loss_ui);
    in_column(column(width + GAP, width), cosines_ui);
    in_column(column(all.width() - NUMBERS_WIDTH, NUMBERS_WIDTH), numbers_ui);
}

fn loss_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Run) {
    heading(ui, "Loss of each step's batch")
        .on_hover_text("What training makes smaller. It jumps because every step sees other pairs.");
    let every = run.losses.len().div_ceil(MAX_POINTS).max(1);
    let points = run.losses.iter().enumerate().step_by(every).map(|(step, loss)| [step as f64, f64::from(*loss)]).collect();
    let accent = theme::ink(ui, Ink::Accent);
    let read = |step: usize| run.losses.get(step).map(|loss| format!("step {step}\nloss {loss:.3}"));
    run_chart_ui(ctx, ui, "loss", run, read, move |plot| plot.line(line("loss", points).color(accent).width(2.0)));
}

fn cosines_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Run) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        heading(ui, "Cosine").on_hover_text("Means over all pairs, in the full space: 1 is the same direction, 0 a right angle.");
        ui.label(inked(ui, "positives", Ink::Pull).small());
        ui.label(inked(ui, "negatives", Ink::PushWords).small());
    });
    let series = |value: fn(&Measures) -> Option<f64>| {
        run.measures.iter().filter_map(|measures| Some([measures.step as f64, value(measures)?])).collect()
    };
    let (positive, negative) = (series(|measures| measures.positive_cosine), series(|measures| measures.negative_cosine));
    let (pull, push) = (theme::ink(ui, Ink::Pull), theme::ink(ui, Ink::Push));
    run_chart_ui(
        ctx,
        ui,
        "cosines",
        run,
        |step| cosines_at(run, step),
        move |plot| {
            plot.line(line("positives", positive).color(pull).width(2.0));
            plot.line(line("negatives", negative).color(push).width(2.0));
        },
    );
}

/// Both means of the step, as text.
fn cosines_at(run: &Run, step: usize) -> Option<String> {
    let measures = run.measures_at(step.min(run.last_step()))?;
    let (positive, negative) = (two_digits(measures.positive_cosine?), two_digits(measures.negative_cosine?));
    Some(format!("step {}\npositives {positive}\nnegatives {negative}", measures.step))
}

fn line(name: &str, points: Vec<[f64; 2]>) -> Line<'static> {
    Line::new(name, PlotPoints::from(points))
}

/// A chart over the steps of a run with a line at the step shown; hovering reads the values, dragging scrubs.
fn run_chart_ui<'a>(
    ctx: &mut Ctx<'_>,
    ui: &mut Ui,
    name: &'static str,
    run: &'a Run,
    read: impl Fn(usize) -> Option<String> + 'a,
    draw: impl FnOnce(&mut PlotUi<'a>) + 'a,
) {
    let (position, cursor) = (ctx.playground.position(), theme::ink(ui, Ink::Text));
    let plot = Plot::new(name)
        .height(ui.available_height())
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .show_grid([false, true])
        .show_axes([true, true])
        .sense(Sense::click_and_drag())
        .set_margin_fraction(vec2(0.0, 0.08))
        .include_x(0.0)
        .include_x(run.last_step().max(1) as f64)
        .include_y(0.0)
        .label_formatter(move |hover| read(step_at(hover)))
        .show_crosshair(false)
        .show(ui, move |plot| {
            draw(plot);
            plot.vline(VLine::new("step", position).color(cursor).width(1.5));
        });
    scrub(ctx, &plot);
}

/// The step under the pointer, wherever in the chart it is.
fn step_at(hover: &HoverPosition<'_>) -> usize {
    let (HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position }) = hover;
    position.x.round().max(0.0) as usize
}

fn scrub(ctx: &mut Ctx<'_>, plot: &PlotResponse<()>) {
    let response = plot.response.clone().on_hover_cursor(CursorIcon::ResizeHorizontal);
    if let Some(pointer) = response.interact_pointer_pos() {
        let step = plot.transform.value_from_position(pointer).x.round().max(0.0) as usize;
        if step != ctx.playground.step() || ctx.playground.is_playing() {
            ctx.send(Command::Seek(step));
        }
    }
}

fn numbers_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Run) {
    let index = run.frames.index_at(ctx.playground.step());
    let step = run.frames.steps().get(index).copied().unwrap_or(0);
    heading(ui, &format!("Step {step}"));
    let Some(measures) = run.measures_at(step) else { return };
    let number = |value: Option<f64>| value.map_or("–".to_owned(), two_digits);
    let loss = run.losses.get(step).map(|loss| f64::from(*loss));
    number_ui(ui, "loss", &number(loss), "The loss of this step's batch, before its update.");
    let share = measures.triplet_accuracy.map_or("–".to_owned(), |share| format!("{:.0} %", share * 100.0));
    number_ui(
        ui,
        "triplets right",
        &share,
        "Share of anchors, positives and negatives where the positive is nearer than the negative.",
    );
    number_ui(
        ui,
        "positive cosine",
        &number(measures.positive_cosine),
        "Mean cosine of anchors and positives; 1 is the same direction.",
    );
    number_ui(ui, "negative cosine", &number(measures.negative_cosine), "Mean cosine of anchors and negatives.");
    if run.frames.stride() > 1 {
        let stride = run.frames.stride();
        number_ui(ui, "recorded", &format!("every {stride} steps"), "Long runs keep fewer frames, to stay in memory.");
    }
}

/// Two digits after the point, and no minus before a zero.
fn two_digits(value: f64) -> String {
    format!("{:.2}", if value.abs() < 0.005 { 0.0 } else { value })
}

fn number_ui(ui: &mut Ui, name: &str, value: &str, explanation: &str) {
    ui.horizontal(|ui| {
        ui.label(name).on_hover_text(explanation);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| ui.label(strong_text(ui, value)));
    });
}
