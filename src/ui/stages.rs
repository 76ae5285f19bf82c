//! One batch under the magnifying glass: embed, evaluate, update, with its real numbers.
//!
//! Shown while stepping in two phases. The arrows of the forces are the map's.

use eframe::egui::{self, Align2, Color32, FontId, Rect, Sense, Ui, Window, pos2, vec2};

use super::widgets::{inked, paint_text, two_digits};
use super::{Ctx, theme};
use crate::data::{excerpt, one_line};
use crate::playground::Stage;
use crate::scene::Ink;
use crate::train::{BatchView, Choice, Run};

/// Anchors of a batch that are drawn, and candidates for each.
const MAX_ANCHORS: usize = 6;
const MAX_CANDIDATES: usize = 8;
/// Side of a cell, in points.
const CELL: f32 = 30.0;
/// Width of the names beside a matrix.
const NAMES: f32 = 96.0;

pub(super) fn stages_ui(ctx: &mut Ctx<'_>, ui: &Ui) {
    if !ctx.playground.is_two_phase() || ctx.playground.is_playing() || ctx.playground.shows_model() {
        return;
    }
    let Some(run) = ctx.playground.run().filter(|run| !run.pairs.is_empty()).cloned() else { return };
    let view = run.batch_view(ctx.playground.step());
    let room = ui.ctx().content_rect();
    Window::new("This batch")
        .default_pos(pos2(room.left() + 258.0, room.bottom() - 576.0))
        .resizable(false)
        .show(ui.ctx(), |ui| batch_ui(ctx, ui, &run, &view));
}

fn batch_ui(ctx: &Ctx<'_>, ui: &mut Ui, run: &Run, view: &BatchView) {
    ui.spacing_mut().interact_size.y = 16.0;
    let stage = ctx.playground.stage();
    let (b, c) = (view.batch.anchors.len(), view.batch.candidates.len());
    let shown = if b > MAX_ANCHORS || c > MAX_CANDIDATES { " (the first are shown)" } else { "" };
    let text = format!("{b} anchors, {c} candidates{shown}: the cosine of each two");
    stage_line(ui, stage == Stage::Initialise, "1 Embed", &text);
    matrix_ui(ui, run, view, &view.cosines, Scale::Cosine);
    ui.add_space(2.0);
    match &view.shares {
        Some(shares) => {
            let text = format!("divided by {}, softmax: which candidate each anchor picks", view.settings.temperature);
            stage_line(ui, stage == Stage::Evaluate, "2 Evaluate", &text);
            matrix_ui(ui, run, view, shares, Scale::Share);
            let text = format!("loss {:.3}", view.loss);
            stage_line(ui, true, &text, "minus the logarithm of the framed shares, on average");
        }
        None => {
            stage_line(ui, stage == Stage::Evaluate, "2 Evaluate", view.settings.loss.explanation());
            stage_line(ui, true, &format!("loss {:.3}", view.loss), "of this batch");
        }
    }
    ui.add_space(2.0);
    let text = match stage {
        Stage::Evaluate => "the arrows are minus the gradient. “One step” applies them.",
        _ => "“One step” shows the forces, once more applies them.",
    };
    stage_line(ui, stage == Stage::Update, "3 Update", text);
}

fn stage_line(ui: &mut Ui, is_on: bool, name: &str, text: &str) {
    ui.set_max_width(NAMES + MAX_CANDIDATES as f32 * CELL + 8.0);
    ui.horizontal_wrapped(|ui| {
        ui.label(inked(ui, name, if is_on { Ink::Accent } else { Ink::Text }).strong());
        ui.label(inked(ui, text, Ink::Weak));
    });
}

/// What the numbers of a matrix are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// From -1 to 1: push to pull.
    Cosine,
    /// From 0 to 1.
    Share,
}

/// A row for each anchor, a column for each candidate; the own positive is framed.
fn matrix_ui(ui: &mut Ui, run: &Run, view: &BatchView, values: &[f32], scale: Scale) {
    let (b, c) = (view.batch.anchors.len().min(MAX_ANCHORS), view.batch.candidates.len().min(MAX_CANDIDATES));
    let width = view.batch.candidates.len();
    let height = 18.0;
    let (rect, response) = ui.allocate_exact_size(vec2(NAMES + CELL * c as f32, height * b as f32), Sense::hover());
    let name = |row: u32| run.phrases.get(row as usize).map_or("", |phrase| &**phrase);
    let cell = |anchor: usize, candidate: usize| {
        let at = rect.min + vec2(NAMES + CELL * candidate as f32, height * anchor as f32);
        Rect::from_min_size(at, vec2(CELL - 1.0, height - 1.0))
    };
    let is_out = |anchor: usize, candidate: usize| {
        candidate != anchor && view.batch.excluded.get(anchor * width + candidate).copied().unwrap_or(false)
    };
    for anchor in 0..b {
        let text = excerpt(&one_line(name(view.batch.anchors[anchor])), 15);
        paint_text(ui, pos2(rect.left(), cell(anchor, 0).center().y), Align2::LEFT_CENTER, &text, 11.0, Ink::Text);
        for candidate in 0..c {
            let (value, at) = (values[anchor * width + candidate], cell(anchor, candidate));
            let text = if is_out(anchor, candidate) { "–".to_owned() } else { two_digits(f64::from(value)) };
            ui.painter().rect_filled(at, 3.0, cell_colour(ui, value, scale, is_out(anchor, candidate)));
            let font = FontId::proportional(11.0);
            ui.painter().text(at.center(), Align2::CENTER_CENTER, text, font, theme::ink(ui, Ink::Text));
            if anchor == candidate {
                let stroke = egui::Stroke::new(1.5, theme::ink(ui, Ink::Accent));
                ui.painter().rect_stroke(at, 3.0, stroke, egui::StrokeKind::Inside);
            }
        }
    }
    let under =
        |pointer: egui::Pos2| (0..b).flat_map(|a| (0..c).map(move |k| (a, k))).find(|(a, k)| cell(*a, *k).contains(pointer));
    if let Some((anchor, candidate)) = response.hover_pos().and_then(under) {
        let (from, to) = (name(view.batch.anchors[anchor]), name(view.batch.candidates[candidate]));
        let value = values[anchor * width + candidate];
        let why = if is_out(anchor, candidate) { "\nleft out: it is known to belong to the anchor" } else { "" };
        response.on_hover_text(format!("{}\n{}\n{value:.3}{why}", excerpt(from, 60), excerpt(to, 60)));
    }
}

/// Colours mean pull and push here too: near is pull's, far is push's.
fn cell_colour(ui: &Ui, value: f32, scale: Scale, is_out: bool) -> Color32 {
    let ink = match scale {
        _ if is_out => return Color32::TRANSPARENT,
        Scale::Cosine if value < 0.0 => Ink::Push,
        Scale::Cosine => Ink::Pull,
        Scale::Share => Ink::Accent,
    };
    theme::ink(ui, ink).gamma_multiply(value.abs().min(1.0) * 0.45)
}
