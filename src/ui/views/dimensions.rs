//! Dimensions: one recipe with 2 to 384 numbers a vector, as curves against the dimension and small maps.

use eframe::egui::{self, Rect, Sense, Ui, pos2, vec2};
use egui_plot::{Line, PlotPoints, Points};

use super::TabView;
use crate::compare::{DIMENSIONS, Sweep};
use crate::drawing::{Ink, text_width};
use crate::playground::views::{DimensionsCommand, Tab};
use crate::scene::{SWEEP_CURVES, SweepCurve, panel_grid, panel_view, spoken_panel, sweep_panel_title};
use crate::ui::context::Ctx;
use crate::ui::pieces::placeholder::placeholder_ui;
use crate::ui::pieces::plots::still_plot;
use crate::ui::pieces::pointing::asks;
use crate::ui::pieces::small_map::{frame_ui, paint_panel};
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{WhyNot, heading, inked, paint_text, short};

/// What stands here while the work goes on, and before it was asked for.
const EMPTY: [&str; 2] = [
    "The runs appear here when all of them are trained.",
    "Train the same pairs with 2, 3, 8, 32, 128 and 384 numbers a vector, and look at the loss.",
];

/// Height of the curves.
const CURVES_HEIGHT: f32 = 190.0;
/// The same where a sentence stands in for them.
const CURVES_IN_WORDS: f32 = 20.0;

/// Runs at several dimensions; nothing is remembered from frame to frame.
#[derive(Default)]
pub(super) struct DimensionsView;

impl TabView for DimensionsView {
    fn tab(&self) -> Tab {
        Tab::Dimensions
    }

    fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        button_ui(ctx, ui);
        let Some(sweep) = ctx.playground.views().dimensions.sweep().cloned() else { return placeholder_ui(ctx, ui, EMPTY) };
        let rect = ui.available_rect_before_wrap();
        ui.allocate_rect(rect, Sense::hover());
        let height = if asks(ctx.playground) { CURVES_IN_WORDS } else { CURVES_HEIGHT };
        let curves = Rect::from_min_size(rect.min, vec2(rect.width(), height));
        curves_ui(ctx, ui, &sweep, curves);
        let maps = Rect::from_min_max(pos2(rect.left(), curves.bottom() + 8.0), rect.max);
        maps_ui(ctx, ui, &sweep, maps);
    }
}

fn button_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    ui.horizontal(|ui| {
        let names: Vec<String> = DIMENSIONS.iter().map(usize::to_string).collect();
        let obstacle = Sweep::obstacle(&ctx.playground.document().recipe);
        let button = ui.add_enabled(obstacle.is_none(), egui::Button::new(format!("Train at {} dimensions", names.join(", "))));
        let button = button.on_hover_text("The recipe on the right, but for its dimension, once at each of these.");
        if button.why_not(obstacle.unwrap_or_default()).clicked() {
            ctx.send(DimensionsCommand::Train);
        }
        if let Some(why) = obstacle {
            ui.label(inked(ui, format!("Not with this recipe: {why}."), Ink::Weak));
        } else if let Some(standing) = ctx.playground.view_standing() {
            ui.label(inked(ui, standing, Ink::PushWords));
        }
    });
    let sentence =
        "Every vector is pulled and pushed many ways at once: the more numbers it has, the more of them it can follow.";
    ui.label(inked(ui, sentence, Ink::Weak).small());
}

fn curves_ui(ctx: &Ctx<'_>, ui: &mut Ui, sweep: &Sweep, rect: Rect) {
    if asks(ctx.playground) {
        let words = inked(ui, "The curves come after your guess: they know the answer.", Ink::Weak);
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| ui.label(words));
        return;
    }
    let width = (rect.width() - 24.0) / SWEEP_CURVES.len() as f32;
    for (index, curve) in SWEEP_CURVES.iter().enumerate() {
        let at = rect.min + vec2(index as f32 * (width + 12.0), 0.0);
        let area = Rect::from_min_size(at, vec2(width, rect.height()));
        ui.scope_builder(egui::UiBuilder::new().max_rect(area), |ui| curve_ui(ctx, ui, sweep, curve));
    }
}

fn curve_ui(ctx: &Ctx<'_>, ui: &mut Ui, sweep: &Sweep, curve: &SweepCurve) {
    heading(ui, curve.name).on_hover_text(curve.sentence);
    let (name, places) = (curve.name, curve.points(sweep));
    let accent = theme::ink(ui, Ink::Accent);
    let mut plot = still_plot(name, ui)
        .include_y(0.0)
        .include_x(0.7)
        .include_x(9.0)
        .x_grid_spacer(|_| {
            let mark = |dims: &usize| egui_plot::GridMark { value: (*dims as f64).log2(), step_size: 8.0 };
            DIMENSIONS.iter().map(mark).collect()
        })
        .x_axis_formatter(|mark, _| format!("{:.0}", mark.value.exp2()))
        .label_formatter(move |hover| {
            let (egui_plot::HoverPosition::NearDataPoint { position, .. } | egui_plot::HoverPosition::Elsewhere { position }) =
                hover;
            Some(format!("{:.0} dimensions\n{}", position.x.exp2(), short(position.y)))
        });
    if let Some(top) = curve.top {
        plot = plot.include_y(top);
    }
    let points = places.clone();
    let plot = plot.show(ui, |plot| {
        plot.line(Line::new(name, PlotPoints::from(places.clone())).color(accent).width(2.0));
        plot.points(Points::new(name, PlotPoints::from(places)).color(accent).radius(4.0));
    });
    describe(ctx, &plot.response, &format!("Chart of {name} by dimension"), (state_of(ctx), name), || {
        let of = |[log, value]: &[f64; 2]| format!("{} with {:.0} dimensions", short(*value), log.exp2());
        points.iter().map(of).collect::<Vec<_>>().join(", ")
    });
}

fn maps_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, sweep: &Sweep, rect: Rect) {
    let shown = ctx.playground.shown();
    let grid = panel_grid(sweep.points.len(), [rect.left(), rect.top(), rect.right(), rect.bottom()], 8.0);
    for (index, ([left, top, right, bottom], point)) in grid.into_iter().zip(&sweep.points).enumerate() {
        let area = Rect::from_min_max(pos2(left, top), pos2(right, bottom));
        let Some(panel) = ctx.playground.views().dimensions.panel(&shown, index) else { continue };
        let title = sweep_panel_title(&panel, point);
        title_ui(ui, area.left_top() + vec2(2.0, 8.0), area.width(), &title);
        let map = Rect::from_min_max(area.left_top() + vec2(0.0, 18.0), area.right_bottom());
        let response = ui.interact(map, ui.scope_id().with(("dimension", index)), Sense::hover());
        describe(ctx, &response, &title, state_of(ctx), || spoken_panel(&panel, &ctx.playground.document().group_names()));
        let view = panel_view(&panel, [map.left(), map.top(), map.right(), map.bottom()]);
        paint_panel(ctx, ui, &panel, &view, None, 0.0);
        frame_ui(ui, map);
        response.on_hover_text(format!("{title}. Last step of the run with {} numbers a vector, on its own axes.", point.dims));
    }
}

/// The title of a small map; of one that is too narrow for all of it, the dimension.
fn title_ui(ui: &Ui, at: egui::Pos2, width: f32, title: &str) {
    const SIZE: f32 = 12.0;
    let short = title.split(" · ").next().unwrap_or(title);
    let shown = if text_width(title, SIZE, false) <= width { title } else { short };
    paint_text(ui, at, egui::Align2::LEFT_CENTER, shown, SIZE, Ink::Weak);
}
