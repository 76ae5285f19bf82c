//! How it goes: loss, a measure of choice, and the numbers of the step shown. Dragging scrubs the run.

use std::sync::Arc;

use eframe::egui::{self, CursorIcon, Sense, Ui, vec2};
use egui_plot::{BarChart, HoverPosition, Line, LineStyle, PlotPoints, PlotResponse, PlotUi, VLine};

use super::numbers::{Numbers, shown_value};
use crate::choice::Choice;
use crate::drawing::Ink;
use crate::playground::{Act, Chart, Charts, EarlierRun, Part};
use crate::scene::{spoken_curves, spoken_histogram, spoken_losses};
use crate::train::{Measure, Measures, Run};
use crate::ui::context::Ctx;
use crate::ui::pieces::plots::{cosine_bars, still_plot};
use crate::ui::pieces::pointing::{asks_measure, point_out};
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::widgets::{heading, inked, short};
use crate::ui::pieces::{theme, ticks};

/// Width of the column of numbers, and of two beside each other where one is not high enough.
const NUMBERS_WIDTH: f32 = 172.0;
const TWO_COLUMNS_WIDTH: f32 = 308.0;
/// Width of the panel from which two columns leave the charts their room.
const ROOM_FOR_TWO: f32 = 640.0;
/// Width of a chart from which its menu may be as wide as its longest word.
const ROOM_FOR_MENU: f32 = 250.0;

/// Steps of a curve that are drawn, evenly spread: more than there are pixels for.
const MAX_POINTS: usize = 2000;

/// Space between columns.
const GAP: f32 = 20.0;

/// A curve of a chart: what it shows, its colour, whether it is broken.
type Curve = (Measure, Ink, bool);

/// The curves that `chart` has of `run`.
fn curves_of(chart: Chart, run: &Run) -> Vec<Curve> {
    let has_held_out = !run.held_out.is_empty();
    match chart {
        Chart::Cosines => vec![(Measure::PositiveCosine, Ink::Pull, false), (Measure::NegativeCosine, Ink::Push, true)],
        Chart::Histogram => Vec::new(),
        Chart::Triplets if has_held_out => {
            vec![(Measure::Triplets, Ink::Accent, false), (Measure::HeldOutTriplets, Ink::Text, true)]
        }
        Chart::Triplets => vec![(Measure::Triplets, Ink::Accent, false)],
        Chart::Ranks => vec![
            (Measure::RecallAt1, Ink::Accent, false),
            (Measure::RecallAt5, Ink::Weak, false),
            (Measure::ReciprocalRank, Ink::Text, true),
        ],
        Chart::Spread => vec![(Measure::Alignment, Ink::Accent, false), (Measure::Uniformity, Ink::Text, true)],
        Chart::Rank => vec![(Measure::EffectiveRank, Ink::Accent, false)],
    }
}

/// The charts, and the numbers beside them.
#[derive(Default)]
pub(super) struct ChartsPanel {
    numbers: Numbers,
}

/// What is said in place of the charts, where they are not shown.
pub(super) fn hidden_charts(ctx: &Ctx<'_>) -> Option<&'static str> {
    if ctx.playground.run()?.last_step() == 0 {
        return Some("The curves come with the first run.");
    }
    if asks_measure(ctx.playground) && ctx.playground.step() >= ctx.playground.last_step() {
        return Some("The curves come with the answer: they end in it.");
    }
    // A class reads either from the last row, not both.
    let is_docked = ctx.look.presenting && ctx.playground.shows_batch();
    is_docked.then_some("The curves come back when the batch numbers are closed.")
}

impl ChartsPanel {
    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let Some(run) = ctx.playground.run().cloned() else {
            let words = match ctx.playground.document().pairs.is_empty() {
                true => "The loss appears here once there are pairs to train on.",
                false => "The loss appears here as soon as there is a run.",
            };
            ui.label(inked(ui, words, Ink::Weak));
            return;
        };
        if let Some(words) = hidden_charts(ctx) {
            ui.label(inked(ui, words, Ink::Weak));
            return;
        }
        let all = ui.available_rect_before_wrap();
        let n_columns = if all.width() >= ROOM_FOR_TWO && !self.numbers.fit(all.height()) { 2 } else { 1 };
        let numbers_width = if n_columns == 2 { TWO_COLUMNS_WIDTH } else { NUMBERS_WIDTH };
        let width = ((all.width() - numbers_width) / 2.0 - GAP).max(60.0);
        let column = |left: f32, width: f32| egui::Rect::from_min_size(all.min + vec2(left, 0.0), vec2(width, all.height()));
        let in_column = |ui: &mut Ui, rect: egui::Rect, draw: &mut dyn FnMut(&mut Ui)| {
            ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
                ui.set_clip_rect(rect.expand2(vec2(GAP / 2.0, 0.0)));
                draw(ui);
            });
        };
        in_column(ui, column(0.0, width), &mut |ui| loss_ui(ctx, ui, &run));
        in_column(ui, column(width + GAP, width), &mut |ui| chart_ui(ctx, ui, &run));
        in_column(ui, column(all.width() - numbers_width, numbers_width), &mut |ui| self.numbers.ui(ctx, ui, &run, n_columns));
    }
}

/// Room for the check box beside the heading of the loss.
const CHECK_BOX: f32 = 44.0;

fn loss_heading_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Run) {
    const HELD_OUT: &str = "- - held out";
    const EARLIER: &str = "earlier runs";
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let end = ui.max_rect().right() - CHECK_BOX;
        let (is_held_out, has_earlier) = (!run.held_out.is_empty(), ctx.playground.earlier_runs().next().is_some());
        let whole = [("Loss of each batch ", true), (HELD_OUT, is_held_out), (EARLIER, has_earlier)];
        let whole: String = whole.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| *name).collect();
        heading(ui, if fits(ui, &whole, end) { "Loss of each batch" } else { "Batch loss" })
            .on_hover_text("What training makes smaller. It jumps because every step sees other pairs.");
        if is_held_out && fits(ui, HELD_OUT, end) {
            ui.label(inked(ui, HELD_OUT, Ink::Text).small()).on_hover_text(Measure::HeldOutLoss.sentence());
        }
        if has_earlier && fits(ui, EARLIER, end) {
            ui.label(inked(ui, EARLIER, Ink::Weak).small()).on_hover_text(
                "The thin grey curves are the last runs before this one, five at most; of much longer ones, the beginning.",
            );
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let mut charts = ctx.playground.charts();
            let log = ui.checkbox(&mut charts.log_loss, "log");
            if log.on_hover_text("A logarithmic axis: small losses can be told apart.").changed() {
                ctx.send(Act::SetCharts(charts));
            }
        });
    });
}

/// Whether small `text` fits between the cursor and `end`. Narrow columns name what they have room for.
fn fits(ui: &Ui, text: &str, end: f32) -> bool {
    let font = egui::TextStyle::Small.resolve(ui.style());
    ui.cursor().left() + ui.painter().layout_no_wrap(text.to_owned(), font, egui::Color32::PLACEHOLDER).size().x <= end
}

fn loss_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Arc<Run>) {
    loss_heading_ui(ctx, ui, run);
    let log = ctx.playground.charts().log_loss;
    let mut lines: Vec<Line<'static>> = Vec::new();
    let pale = theme::ink(ui, Ink::Edge);
    let earlier: Vec<&EarlierRun> = ctx.playground.earlier_runs().collect();
    // A run that went wild must not flatten the curve of this one.
    let highest = 1.2 * run.losses.iter().copied().filter(|loss| loss.is_finite()).fold(0.0, f32::max);
    for earlier in earlier.into_iter().rev() {
        let losses: Vec<f32> = earlier.losses.iter().take(steps_beside(run) + 1).map(|loss| loss.min(highest)).collect();
        lines.push(line("earlier run", loss_points(&losses, log)).color(pale).width(1.0));
    }
    let until = ctx.playground.last_step_of_curves();
    let played = &run.losses[..run.losses.len().min(until + 1)];
    lines.push(line("loss", loss_points(played, log)).color(theme::ink(ui, Ink::Accent)).width(2.0));
    if !run.held_out.is_empty() {
        let points = curve_points(measures_until(run, until), Measure::HeldOutLoss)
            .into_iter()
            .map(|[x, y]| [x, scaled(y, log)])
            .collect();
        let text = theme::ink(ui, Ink::Text);
        lines.push(line("held out", points).color(text).width(1.5).style(LineStyle::dashed_dense()));
    }
    let read = move |step: usize| {
        let loss = run.losses.get(step).filter(|_| step <= until)?;
        let held_out = run.measures_at(step).and_then(|measures| measures.held_out_loss);
        let held_out = held_out.map_or(String::new(), |loss| format!("\nheld out {}", short(loss)));
        Some(format!("step {step}\nloss {}{held_out}", short(f64::from(*loss))))
    };
    let axis = ChartAxis { log, from_zero: !log, reach: reach_of(loss_points(&run.losses, log)) };
    run_chart_ui(ctx, ui, "loss", run, axis, read, move |plot| lines.into_iter().for_each(|line| plot.line(line)));
}

/// The last step that is drawn of an earlier run beside `run`: one that is much longer must not squeeze this one's curve.
fn steps_beside(run: &Run) -> usize {
    2 * run.last_step().max(1)
}

/// Losses against their step, thinned to what a screen can show. A plot has no place for what is not finite: the last
/// loss of a run that ended beyond all bounds may be that.
fn loss_points(losses: &[f32], log: bool) -> Vec<[f64; 2]> {
    let every = losses.len().div_ceil(MAX_POINTS).max(1);
    let shown = losses.iter().enumerate().step_by(every).filter(|(_, loss)| loss.is_finite());
    shown.map(|(step, loss)| [step as f64, scaled(f64::from(*loss), log)]).collect()
}

/// A value as it is drawn; a loss of 0 has no logarithm and is drawn at the bottom.
fn scaled(value: f64, log: bool) -> f64 {
    const SMALLEST: f64 = 1e-8;
    if log { value.max(SMALLEST).log10() } else { value }
}

fn curve_points(measures: &[Measures], measure: Measure) -> Vec<[f64; 2]> {
    let value = |measures: &Measures| measures.get(measure).filter(|value| value.is_finite());
    measures.iter().filter_map(|measures| Some([measures.step as f64, value(measures)?])).collect()
}

/// Those of the measures of `run` that are of the steps to `until`.
fn measures_until(run: &Run, until: usize) -> &[Measures] {
    &run.measures[..run.measures.partition_point(|measures| measures.step <= until)]
}

fn chart_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Arc<Run>) {
    let charts = ctx.playground.charts();
    let chart = charts.second;
    let end = ui.max_rect().right();
    // The legend beside it is read, its menu only chosen from.
    let menu = if ui.max_rect().width() >= ROOM_FOR_MENU { 128.0 } else { 84.0 };
    let mut on_chart = Vec::new();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let combo = egui::ComboBox::from_id_salt("chart").selected_text(chart.label()).width(menu).truncate().show_ui(ui, |ui| {
            for option in Chart::ALL {
                if ui.selectable_label(chart == *option, option.label()).on_hover_text(option.sentence()).clicked() {
                    ctx.send(Act::SetCharts(Charts { second: *option, ..charts }));
                }
            }
        });
        point_out(ctx, ui, Part::Chart, combo.response.rect);
        combo.response.accessible_name("Chart").on_hover_text(chart.sentence());
        if chart == Chart::Histogram {
            ui.label(inked(ui, "filled: positives", Ink::Pull).small());
            ui.label(inked(ui, "outlined: negatives", Ink::PushWords).small());
        }
        for (measure, ink, is_broken) in curves_of(chart, run) {
            let words = if ink == Ink::Push { Ink::PushWords } else { ink };
            let mark = if is_broken { "- - " } else { "– " };
            // Hovering the chart names everything.
            let name = format!("{mark}{}", short_name(measure));
            if fits(ui, &name, end) {
                ui.label(inked(ui, name, words).small()).on_hover_text(measure.sentence());
            } else {
                on_chart.push((name, words));
            }
        }
    });
    if chart == Chart::Histogram {
        cosine_histogram_ui(ctx, ui, run)
    } else {
        curves_ui(ctx, ui, run, chart)
    }
    names_on_chart(ui, &on_chart);
}

/// Names of curves for which there is no room above the chart: on it, where their curves leave room between them.
fn names_on_chart(ui: &Ui, names: &[(String, Ink)]) {
    const LINE: f32 = 15.0;
    for (row, (name, ink)) in names.iter().enumerate() {
        let at = ui.min_rect().right_center() + vec2(-8.0, LINE * row as f32 - LINE);
        let galley = ui.painter().layout_no_wrap(name.clone(), egui::FontId::proportional(11.0), theme::ink(ui, *ink));
        let rect = egui::Align2::RIGHT_CENTER.anchor_size(at, galley.size());
        ui.painter().rect_filled(rect.expand(2.0), 2.0, theme::ink(ui, Ink::Ground).gamma_multiply(0.85));
        ui.painter().galley(rect.min, galley, egui::Color32::PLACEHOLDER);
    }
}

/// A name for a legend, beside a menu that says the rest.
fn short_name(measure: Measure) -> &'static str {
    match measure {
        Measure::RecallAt1 => "@1",
        Measure::RecallAt5 => "@5",
        Measure::ReciprocalRank => "rank",
        Measure::Alignment => "align.",
        Measure::Uniformity => "uniform.",
        _ => measure.label().trim_end_matches(" cosine"),
    }
}

fn curves_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Arc<Run>, chart: Chart) {
    let curves = curves_of(chart, run);
    let earlier: Vec<_> = ctx.playground.earlier_runs().map(|earlier| earlier.measures.clone()).collect();
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (measure, ..) in &curves {
        for measures in earlier.iter().rev() {
            let n_drawn = measures.partition_point(|measures| measures.step <= steps_beside(run));
            lines.push(
                line("earlier run", curve_points(&measures[..n_drawn], *measure)).color(theme::ink(ui, Ink::Edge)).width(1.0),
            );
        }
    }
    let until = ctx.playground.last_step_of_curves();
    for (measure, ink, is_broken) in &curves {
        let style = if *is_broken { LineStyle::dashed_dense() } else { LineStyle::Solid };
        let curve = line(measure.label(), curve_points(measures_until(run, until), *measure));
        lines.push(curve.color(theme::ink(ui, *ink)).width(2.0).style(style));
    }
    let shown: Vec<Measure> = curves.iter().map(|(measure, ..)| *measure).collect();
    let read = move |step: usize| {
        let measures = run.measures_at(step.min(until))?;
        let value =
            |(measure, ..): &Curve| Some(format!("{} {}", measure.label(), shown_value(*measure, measures.get(*measure)?)));
        let values: Vec<String> = curves.iter().filter_map(value).collect();
        Some(format!("step {}\n{}", measures.step, values.join("\n")))
    };
    let whole = shown.into_iter().flat_map(|measure| curve_points(&run.measures, measure));
    let axis = ChartAxis { log: false, from_zero: true, reach: reach_of(whole) };
    run_chart_ui(ctx, ui, chart.name(), run, axis, read, move |plot| lines.into_iter().for_each(|line| plot.line(line)));
}

/// Shares of positives and negatives by cosine, at the step shown.
fn cosine_histogram_ui(ctx: &Ctx<'_>, ui: &mut Ui, run: &Run) {
    let Some(measures) = run.measures_at(ctx.playground.step()) else { return };
    let (positives, negatives) =
        (cosine_bars(&measures.trained.positive_histogram), cosine_bars(&measures.trained.negative_histogram));
    let (pull, push) = (theme::ink(ui, Ink::Pull), theme::ink(ui, Ink::Push));
    let plot = still_plot("histogram", ui).include_x(-1.0).include_x(1.0).label_formatter(|_| None).show(ui, |plot| {
        // Told by their outline too, not by colour alone.
        let outlined = negatives.into_iter().map(|bar| bar.fill(push.gamma_multiply(0.12)).stroke((1.2, push))).collect();
        plot.bar_chart(BarChart::new("negatives", outlined).allow_hover(false));
        plot.bar_chart(BarChart::new("positives", positives).color(pull.gamma_multiply(0.6)).allow_hover(false));
    });
    describe(ctx, &plot.response, "Cosine histogram of pairs", state_of(ctx), || {
        let of = &measures.trained;
        let [positives, negatives] = [("Positives", &of.positive_histogram), ("Negatives", &of.negative_histogram)]
            .map(|(name, counts)| spoken_histogram(name, counts));
        format!("{positives} {negatives}")
    });
}

fn line(name: &str, points: Vec<[f64; 2]>) -> Line<'static> {
    Line::new(name, PlotPoints::from(points))
}

/// How the values of a chart lie on its vertical axis.
#[derive(Debug, Clone, Copy)]
struct ChartAxis {
    log: bool,
    from_zero: bool,
    /// The least and the greatest value of the whole run, so that the axis stands still while a curve grows.
    reach: [f64; 2],
}

fn reach_of(points: impl IntoIterator<Item = [f64; 2]>) -> [f64; 2] {
    points.into_iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[least, most], [_, y]| [least.min(y), most.max(y)])
}

/// A chart over the steps of a run with a line at the step shown; hovering reads the values, dragging scrubs.
fn run_chart_ui<'a>(
    ctx: &mut Ctx<'_>,
    ui: &mut Ui,
    name: &str,
    run: &'a Run,
    axis: ChartAxis,
    read: impl Fn(usize) -> Option<String> + 'a,
    draw: impl FnOnce(&mut PlotUi<'a>) + 'a,
) {
    let (position, cursor) = (ctx.playground.position(), theme::ink(ui, Ink::Text));
    let until = ctx.playground.last_step_of_curves();
    let mut plot = still_plot(name, ui)
        .sense(Sense::click_and_drag())
        .include_x(0.0)
        .include_x(run.last_step().max(1) as f64)
        .label_formatter(move |hover| read(step_at(hover)));
    for y in axis.reach.into_iter().filter(|y| y.is_finite()).chain(axis.from_zero.then_some(0.0)) {
        plot = plot.include_y(y);
    }
    if axis.log {
        plot = plot.y_grid_spacer(ticks::upwards_log).y_axis_formatter(|mark, _| ticks::label_log(&mark));
    }
    let plot = plot.show(ui, move |plot| {
        draw(plot);
        plot.vline(VLine::new("step", position).color(cursor).width(1.5));
    });
    describe(ctx, &plot.response, &format!("Chart of {name}"), (state_of(ctx), name, until), || match chart_of(name) {
        Some(chart) => {
            let measures: Vec<Measure> = curves_of(chart, run).iter().map(|(measure, ..)| *measure).collect();
            spoken_curves(run, &measures, [ctx.playground.step(), until])
        }
        None => spoken_losses(run, [ctx.playground.step(), until]),
    });
    scrub(ctx, &plot);
}

/// The chart of this name; the loss is none of those to choose from.
fn chart_of(name: &str) -> Option<Chart> {
    Chart::ALL.iter().copied().find(|chart| chart.name() == name)
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
            ctx.send(Act::Seek(step));
        }
    }
}
