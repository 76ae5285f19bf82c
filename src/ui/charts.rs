//! How it goes: loss, a measure of choice, and the numbers of the step shown. Dragging scrubs the run.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::{self, CursorIcon, Rangef, Sense, Ui, vec2};
use egui_plot::{AxisHints, Bar, BarChart, HoverPosition, Line, LineStyle, Plot, PlotPoints, PlotResponse, PlotUi, VLine};

use super::widgets::{heading, inked, strong_text, two_digits};
use super::{Ctx, theme, ticks};
use crate::playground::{Command, EarlierRun};
use crate::scene::Ink;
use crate::space::{HISTOGRAM_BINS, Pairwise, trustworthiness, unit_rows};
use crate::train::{Choice, Measure, Measures, Run, RunMap};

/// Width of the column of numbers.
const NUMBERS_WIDTH: f32 = 172.0;

/// Steps of a curve that are drawn, evenly spread: more than there are pixels for.
const MAX_POINTS: usize = 2000;

/// Space between columns.
const GAP: f32 = 20.0;

/// Phrases up to which the numbers of the map itself follow while it plays.
const QUICK_PHRASES: usize = 100;

/// What the second chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) enum Chart {
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
            "Alignment, uniformity",
            "Are positives near, and is everything spread out (Wang and Isola 2020)? Both should fall.",
        ),
        (Self::Rank, "rank", "Effective rank", "How many dimensions are in use (RankMe): collapse shows here."),
    ];
}

/// A curve of a chart: what it shows, its colour, whether it is broken.
type Curve = (Measure, Ink, bool);

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

    fn curves(self, run: &Run) -> Vec<Curve> {
        let has_held_out = !run.held_out.is_empty();
        match self {
            Self::Cosines => vec![(Measure::PositiveCosine, Ink::Pull, false), (Measure::NegativeCosine, Ink::Push, true)],
            Self::Histogram => Vec::new(),
            Self::Triplets if has_held_out => {
                vec![(Measure::Triplets, Ink::Accent, false), (Measure::HeldOutTriplets, Ink::Text, true)]
            }
            Self::Triplets => vec![(Measure::Triplets, Ink::Accent, false)],
            Self::Ranks => vec![
                (Measure::RecallAt1, Ink::Accent, false),
                (Measure::RecallAt5, Ink::Weak, false),
                (Measure::ReciprocalRank, Ink::Text, true),
            ],
            Self::Spread => vec![(Measure::Alignment, Ink::Accent, false), (Measure::Uniformity, Ink::Text, true)],
            Self::Rank => vec![(Measure::EffectiveRank, Ink::Accent, false)],
        }
    }
}

/// Numbers about the map of one frame, which take a moment to compute.
struct MapQuality {
    key: (Arc<Run>, Arc<RunMap>, usize, u64),
    silhouette: Option<f64>,
    trustworthiness: Option<f64>,
    continuity: Option<f64>,
}

/// The charts with what they remember from frame to frame.
#[derive(Default)]
pub(super) struct ChartsPanel {
    quality: Option<MapQuality>,
}

impl ChartsPanel {
    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let Some(run) = ctx.playground.run().cloned() else {
            ui.label(inked(ui, "The loss appears here once there are pairs to train on.", Ink::Weak));
            return;
        };
        let all = ui.available_rect_before_wrap();
        let width = ((all.width() - NUMBERS_WIDTH) / 2.0 - GAP).max(60.0);
        let column = |left: f32, width: f32| egui::Rect::from_min_size(all.min + vec2(left, 0.0), vec2(width, all.height()));
        let in_column = |ui: &mut Ui, rect: egui::Rect, draw: &mut dyn FnMut(&mut Ui)| {
            ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
                ui.set_clip_rect(rect.expand2(vec2(GAP / 2.0, 0.0)));
                draw(ui);
            });
        };
        in_column(ui, column(0.0, width), &mut |ui| loss_ui(ctx, ui, &run));
        in_column(ui, column(width + GAP, width), &mut |ui| chart_ui(ctx, ui, &run));
        in_column(ui, column(all.width() - NUMBERS_WIDTH, NUMBERS_WIDTH), &mut |ui| self.numbers_ui(ctx, ui, &run));
    }

    fn numbers_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Arc<Run>) {
        let index = run.frames.index_at(ctx.playground.step());
        let step = run.frames.steps().get(index).copied().unwrap_or(0);
        heading(ui, &format!("Step {step}"));
        let Some(measures) = run.measures_at(step).copied() else { return };
        self.follow(ctx, run, index);
        egui::ScrollArea::vertical().id_salt("numbers").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.spacing_mut().interact_size.y = 17.0;
            if let Some(loss) = run.losses.get(step) {
                number_ui(ui, "loss of the batch", &short(f64::from(*loss)), "The loss of this step's batch, before its update.");
            }
            if measures.step != step {
                let why =
                    "Measuring every step of a long run or a large set would take too long: these are the last before this one.";
                number_ui(ui, "measured at step", &measures.step.to_string(), why);
            }
            for (measure, _, name, explanation) in Measure::TABLE {
                if let Some(value) = measures.get(*measure) {
                    number_ui(ui, name, &shown_value(*measure, value), explanation);
                }
            }
            if let Some(quality) = &self.quality {
                quality_ui(ui, quality);
            }
            if run.frames.stride() > 1 {
                let stride = run.frames.stride();
                let why = "Long runs keep fewer frames, to stay in memory; a model that is slow to ask is asked less often.";
                number_ui(ui, "recorded", &format!("every {stride} steps"), why);
            }
        });
    }

    /// Computes the numbers of the map again if another frame is shown; for many phrases only at rest.
    fn follow(&mut self, ctx: &Ctx<'_>, run: &Arc<Run>, index: usize) {
        let Some(map) = ctx.playground.run_map().filter(|_| !ctx.playground.shows_model()) else {
            self.quality = None;
            return;
        };
        let revision = ctx.playground.revision();
        let is_same = self.quality.as_ref().is_some_and(|quality| {
            let key = &quality.key;
            Arc::ptr_eq(&key.0, run) && Arc::ptr_eq(&key.1, map) && (key.2, key.3) == (index, revision)
        });
        let is_moving = ctx.playground.is_playing() || ctx.egui_context().input(|input| input.pointer.any_down());
        if is_same || (run.phrases.len() > QUICK_PHRASES && is_moving) {
            return;
        }
        self.quality = MapQuality::of(ctx, run, map, index);
    }
}

impl MapQuality {
    fn of(ctx: &Ctx<'_>, run: &Arc<Run>, map: &Arc<RunMap>, index: usize) -> Option<Self> {
        /// Neighbours that are compared, if there are enough phrases.
        const NEIGHBOURS: usize = 5;
        let document = ctx.playground.document();
        let shown = ctx.playground.shown_phrases();
        let groups: HashMap<&str, Option<usize>> =
            shown.iter().map(|phrase| (&*phrase.text, document.group_index(phrase.group))).collect();
        let group = |text: &Arc<str>| groups.get(&**text).copied().flatten();
        let labels: Vec<Option<usize>> = run.phrases.iter().map(group).collect();
        let space = Pairwise::of(&unit_rows(&run.frames.raw(index), run.recipe.dims), run.recipe.dims);
        let on_map = Pairwise::of(&map.frame(index)?.values, 2);
        let k = NEIGHBOURS.min(run.phrases.len().saturating_sub(1) / 2);
        Some(Self {
            key: (run.clone(), map.clone(), index, ctx.playground.revision()),
            silhouette: space.silhouette(&labels),
            trustworthiness: trustworthiness(&space, &on_map, k),
            continuity: trustworthiness(&on_map, &space, k),
        })
    }
}

fn quality_ui(ui: &mut Ui, quality: &MapQuality) {
    let rows = [
        (
            "silhouette",
            quality.silhouette,
            "How tight and how far apart the groups are in the full space: 1 is clear, 0 is mixed (Rousseeuw 1987).",
        ),
        (
            "trustworthiness",
            quality.trustworthiness,
            "Whether neighbours on the map are neighbours in the space: 1 is always (Venna and Kaski 2001, 5 neighbours).",
        ),
        (
            "continuity",
            quality.continuity,
            "Whether neighbours in the space are neighbours on the map: 1 is always (Venna and Kaski 2001, 5 neighbours).",
        ),
    ];
    for (name, value, explanation) in rows {
        if let Some(value) = value {
            number_ui(ui, name, &two_digits(value), explanation);
        }
    }
}

fn loss_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Arc<Run>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        // Narrow columns name what they have room for, beside the check box.
        let end = ui.max_rect().right() - 44.0;
        let has_room = |ui: &Ui, name: &str| ui.cursor().left() + 6.2 * name.len() as f32 <= end;
        let (is_held_out, has_earlier) = (!run.held_out.is_empty(), ctx.playground.earlier_runs().next().is_some());
        let names = [
            "Loss of each batch",
            if is_held_out { "- - held out " } else { "" },
            if has_earlier { "earlier runs " } else { "" },
        ];
        heading(ui, if has_room(ui, &names.concat()) { names[0] } else { "Batch loss" })
            .on_hover_text("What training makes smaller. It jumps because every step sees other pairs.");
        if is_held_out && has_room(ui, "- - held out") {
            ui.label(inked(ui, "- - held out", Ink::Text).small()).on_hover_text(Measure::HeldOutLoss.explanation());
        }
        if has_earlier && has_room(ui, "earlier runs") {
            ui.label(inked(ui, "earlier runs", Ink::Weak).small()).on_hover_text(
                "The pale curves are the last runs before this one, five at most; of much longer ones, the beginning.",
            );
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.checkbox(&mut ctx.look.log_loss, "log").on_hover_text("A logarithmic axis: small losses can be told apart.");
        });
    });
    let log = ctx.look.log_loss;
    let mut lines: Vec<Line<'static>> = Vec::new();
    let pale = theme::ink(ui, Ink::Line);
    let earlier: Vec<&EarlierRun> = ctx.playground.earlier_runs().collect();
    // A run that went wild must not flatten the curve of this one.
    let highest = 1.2 * run.losses.iter().copied().filter(|loss| loss.is_finite()).fold(0.0, f32::max);
    for earlier in earlier.into_iter().rev() {
        let losses: Vec<f32> = earlier.losses.iter().take(steps_beside(run) + 1).map(|loss| loss.min(highest)).collect();
        lines.push(line("earlier run", loss_points(&losses, log)).color(pale).width(1.5));
    }
    lines.push(line("loss", loss_points(&run.losses, log)).color(theme::ink(ui, Ink::Accent)).width(2.0));
    if !run.held_out.is_empty() {
        let points = curve_points(&run.measures, Measure::HeldOutLoss).into_iter().map(|[x, y]| [x, scaled(y, log)]).collect();
        let text = theme::ink(ui, Ink::Text);
        lines.push(line("held out", points).color(text).width(1.5).style(LineStyle::dashed_dense()));
    }
    let read = |step: usize| {
        let loss = run.losses.get(step)?;
        let held_out = run.measures_at(step).and_then(|measures| measures.held_out_loss);
        let held_out = held_out.map_or(String::new(), |loss| format!("\nheld out {}", short(loss)));
        Some(format!("step {step}\nloss {}{held_out}", short(f64::from(*loss))))
    };
    let axis = ChartAxis { log, from_zero: !log };
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

fn chart_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Arc<Run>) {
    let chart = ctx.look.chart;
    let width = ui.max_rect().width();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let combo =
            egui::ComboBox::from_id_salt("chart").selected_text(chart.label()).width(128.0).truncate().show_ui(ui, |ui| {
                for (option, _, label, explanation) in Chart::TABLE {
                    ui.selectable_value(&mut ctx.look.chart, *option, *label).on_hover_text(*explanation);
                }
            });
        combo.response.accessible_name("Chart").on_hover_text(chart.explanation());
        if chart == Chart::Histogram {
            ui.label(inked(ui, "positives", Ink::Pull).small());
            ui.label(inked(ui, "negatives", Ink::PushWords).small());
        }
        for (measure, ink, is_broken) in &chart.curves(run) {
            let (ink, is_broken) = (*ink, *is_broken);
            let words = if ink == Ink::Push { Ink::PushWords } else { ink };
            let mark = if is_broken { "- - " } else { "– " };
            // Narrow columns name what they have room for; hovering the chart names everything.
            let name = short_name(*measure);
            if ui.cursor().left() + 5.5 * (name.len() + mark.len()) as f32 <= ui.max_rect().left() + width {
                let label = ui.label(inked(ui, format!("{mark}{name}"), words).small());
                label.on_hover_text(measure.explanation());
            }
        }
    });
    match chart {
        Chart::Histogram => histogram_ui(ctx, ui, run),
        _ => curves_ui(ctx, ui, run, chart),
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
    let curves = chart.curves(run);
    let earlier: Vec<_> = ctx.playground.earlier_runs().map(|earlier| earlier.measures.clone()).collect();
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (measure, ..) in &curves {
        for measures in earlier.iter().rev() {
            let n_drawn = measures.partition_point(|measures| measures.step <= steps_beside(run));
            lines.push(
                line("earlier run", curve_points(&measures[..n_drawn], *measure)).color(theme::ink(ui, Ink::Line)).width(1.5),
            );
        }
    }
    for (measure, ink, is_broken) in &curves {
        let style = if *is_broken { LineStyle::dashed_dense() } else { LineStyle::Solid };
        let curve = line(measure.label(), curve_points(&run.measures, *measure));
        lines.push(curve.color(theme::ink(ui, *ink)).width(2.0).style(style));
    }
    let read = move |step: usize| {
        let measures = run.measures_at(step.min(run.last_step()))?;
        let value =
            |(measure, ..): &Curve| Some(format!("{} {}", measure.label(), shown_value(*measure, measures.get(*measure)?)));
        let values: Vec<String> = curves.iter().filter_map(value).collect();
        Some(format!("step {}\n{}", measures.step, values.join("\n")))
    };
    let axis = ChartAxis { log: false, from_zero: true };
    run_chart_ui(ctx, ui, chart.name(), run, axis, read, move |plot| lines.into_iter().for_each(|line| plot.line(line)));
}

/// Shares of positives and negatives by cosine, at the step shown.
fn histogram_ui(ctx: &Ctx<'_>, ui: &mut Ui, run: &Run) {
    let Some(measures) = run.measures_at(ctx.playground.step()) else { return };
    let width = 2.0 / HISTOGRAM_BINS as f64;
    let bars = |counts: &[u32; HISTOGRAM_BINS]| -> Vec<Bar> {
        let total = f64::from(counts.iter().sum::<u32>().max(1));
        let centre = |bin: usize| -1.0 + (bin as f64 + 0.5) * width;
        counts
            .iter()
            .enumerate()
            .map(|(bin, count)| Bar::new(centre(bin), f64::from(*count) / total).width(width * 0.9))
            .collect()
    };
    let (positives, negatives) = (bars(&measures.trained.positive_histogram), bars(&measures.trained.negative_histogram));
    let (pull, push) = (theme::ink(ui, Ink::Pull), theme::ink(ui, Ink::Push));
    still_plot("histogram", ui).include_x(-1.0).include_x(1.0).label_formatter(|_| None).show(ui, |plot| {
        plot.bar_chart(BarChart::new("negatives", negatives).color(push.gamma_multiply(0.6)).allow_hover(false));
        plot.bar_chart(BarChart::new("positives", positives).color(pull.gamma_multiply(0.6)).allow_hover(false));
    });
}

fn line(name: &str, points: Vec<[f64; 2]>) -> Line<'static> {
    Line::new(name, PlotPoints::from(points))
}

/// A plot that stays where it is.
pub(super) fn still_plot(name: &str, ui: &Ui) -> Plot<'static> {
    Plot::new(name.to_owned())
        .width(ui.max_rect().width())
        .height(ui.available_height())
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .show_grid([false, true])
        .show_axes([true, true])
        .x_grid_spacer(ticks::along)
        .y_grid_spacer(ticks::upwards)
        .custom_x_axes(vec![labelled(AxisHints::new_x(), ticks::SPACING_ALONG)])
        .custom_y_axes(vec![labelled(AxisHints::new_y(), ticks::SPACING_UPWARDS)])
        .set_margin_fraction(vec2(0.0, 0.08))
        .show_crosshair(false)
}

fn labelled(axis: AxisHints<'static>, spacing: Rangef) -> AxisHints<'static> {
    axis.formatter(|mark, _| ticks::label(&mark)).label_spacing(spacing)
}

/// How the values of a chart lie on its vertical axis.
#[derive(Debug, Clone, Copy)]
struct ChartAxis {
    log: bool,
    from_zero: bool,
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
    let mut plot = still_plot(name, ui)
        .sense(Sense::click_and_drag())
        .include_x(0.0)
        .include_x(run.last_step().max(1) as f64)
        .label_formatter(move |hover| read(step_at(hover)));
    if axis.from_zero {
        plot = plot.include_y(0.0);
    }
    if axis.log {
        plot = plot.y_grid_spacer(ticks::upwards_log).y_axis_formatter(|mark, _| ticks::label_log(&mark));
    }
    let plot = plot.show(ui, move |plot| {
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

/// A measure as text: shares in percent.
fn shown_value(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Triplets | Measure::HeldOutTriplets | Measure::RecallAt1 | Measure::RecallAt5 => {
            format!("{:.0} %", value * 100.0)
        }
        Measure::EffectiveRank => format!("{value:.1}"),
        Measure::Loss | Measure::HeldOutLoss => short(value),
        _ => two_digits(value),
    }
}

/// A few telling digits, however large or small.
pub(super) fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-3..1e5).contains(&size) => format!("{value:.0e}"),
        size if size < 100.0 => format!("{value:.3}"),
        _ => format!("{value:.0}"),
    }
}

fn number_ui(ui: &mut Ui, name: &str, value: &str, explanation: &str) {
    ui.horizontal(|ui| {
        ui.label(name).on_hover_text(explanation);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| ui.label(strong_text(ui, value)));
    });
}
