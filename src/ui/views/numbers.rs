//! The numbers of the step shown: its loss, its measures, and how good the map of it is.
//!
//! The curves beside them are in `charts.rs`.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::{self, Ui};

use crate::choice::Choice;
use crate::memo::{ByPlace, Memo};
use crate::space::{Pairwise, trustworthiness, unit_rows};
use crate::train::{Measure, Run, RunMap};
use crate::ui::context::Ctx;
use crate::ui::pieces::widgets::{heading, short, strong_text, two_digits};

/// Phrases up to which the numbers of the map itself follow while it plays.
const QUICK_PHRASES: usize = 100;

/// Numbers about the map of one frame, which take a moment to compute.
struct MapQuality {
    silhouette: Option<f64>,
    trustworthiness: Option<f64>,
    continuity: Option<f64>,
}

/// What the quality of a map depends on: run, map, frame and revision.
type QualityKey = (ByPlace<Run>, ByPlace<RunMap>, usize, u64);

/// Height of a line.
const LINE: f32 = 18.0;
/// The same where they are many.
const LEAST_LINE: f32 = 15.0;

/// A number of the step shown.
struct Row {
    name: &'static str,
    value: String,
    explanation: &'static str,
}

/// The column of numbers with what it remembers from frame to frame.
#[derive(Default)]
pub(super) struct Numbers {
    quality: Memo<QualityKey, Option<MapQuality>>,
    /// How many there were last.
    n_rows: usize,
}

impl Numbers {
    /// Whether one column of this height has room for all of them.
    pub(super) fn fit(&self, height: f32) -> bool {
        (self.n_rows + 1) as f32 * LINE <= height
    }

    /// The numbers of the step shown, in columns.
    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, run: &Arc<Run>, n_columns: usize) {
        let index = run.frames.index_at(ctx.playground.step());
        let step = run.frames.steps().get(index).copied().unwrap_or(0);
        heading(ui, &format!("Step {step}"));
        self.follow(ctx, run, index);
        let rows = self.rows(run, step);
        self.n_rows = rows.len();
        egui::ScrollArea::vertical().id_salt("numbers").auto_shrink([false, false]).show(ui, |ui| {
            let per_column = rows.len().div_ceil(n_columns).max(1);
            // A little closer, rather than the last one below the edge.
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.spacing_mut().interact_size.y = (ui.available_height() / per_column as f32).clamp(LEAST_LINE, LINE);
            ui.columns(n_columns, |columns| {
                for (column, rows) in columns.iter_mut().zip(rows.chunks(per_column)) {
                    rows.iter().for_each(|row| number_ui(column, row));
                }
            });
        });
    }

    fn rows(&self, run: &Run, step: usize) -> Vec<Row> {
        let Some(measures) = run.measures_at(step).copied() else { return Vec::new() };
        let row = |name, value, explanation| Row { name, value, explanation };
        let loss = run.losses.get(step).map(|loss| short(f64::from(*loss)));
        let loss = loss.map(|loss| row("loss of the batch", loss, "The loss of this step's batch, before its update."));
        let before = "Measuring every step of a long run or a large set would take too long: these are the last before this one.";
        let measured = (measures.step != step).then(|| row("measured at step", measures.step.to_string(), before));
        let of =
            |measure: &Measure| Some(row(measure.label(), shown_value(*measure, measures.get(*measure)?), measure.sentence()));
        let quality = self.quality.last().and_then(Option::as_ref).map(quality_rows).unwrap_or_default();
        let stride = run.frames.stride();
        let why = "Long runs keep fewer frames, to stay in memory; a model that is slow to ask is asked less often.";
        let recorded = (stride > 1).then(|| row("recorded", format!("every {stride} steps"), why));
        loss.into_iter().chain(measured).chain(Measure::ALL.iter().filter_map(of)).chain(quality).chain(recorded).collect()
    }

    /// Computes the numbers of the map again if another frame is shown; for many phrases only at rest.
    fn follow(&mut self, ctx: &Ctx<'_>, run: &Arc<Run>, index: usize) {
        let Some(map) = ctx.playground.run_map().filter(|_| !ctx.playground.shows_model()) else {
            return self.quality.clear();
        };
        let key = (ByPlace(run.clone()), ByPlace(map.clone()), index, ctx.playground.revision());
        let is_moving = ctx.playground.is_playing() || ctx.egui_context().input(|input| input.pointer.any_down());
        if run.phrases.len() <= QUICK_PHRASES || !is_moving {
            self.quality.get(key, || MapQuality::of(ctx, run, map, index));
        }
    }
}

impl MapQuality {
    fn of(ctx: &Ctx<'_>, run: &Run, map: &RunMap, index: usize) -> Option<Self> {
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
            silhouette: space.silhouette(&labels),
            trustworthiness: trustworthiness(&space, &on_map, k),
            continuity: trustworthiness(&on_map, &space, k),
        })
    }
}

fn quality_rows(quality: &MapQuality) -> Vec<Row> {
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
    let row = |(name, value, explanation): (&'static str, Option<f64>, &'static str)| {
        Some(Row { name, value: two_digits(value?), explanation })
    };
    rows.into_iter().filter_map(row).collect()
}

/// A measure as text: shares in percent.
pub(super) fn shown_value(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Triplets | Measure::HeldOutTriplets | Measure::RecallAt1 | Measure::RecallAt5 => {
            format!("{:.0} %", value * 100.0)
        }
        Measure::EffectiveRank => format!("{value:.1}"),
        Measure::Loss | Measure::HeldOutLoss => short(value),
        _ => two_digits(value),
    }
}

fn number_ui(ui: &mut Ui, row: &Row) {
    ui.horizontal(|ui| {
        ui.label(row.name).on_hover_text(row.explanation);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| ui.label(strong_text(ui, &row.value)));
    });
}
