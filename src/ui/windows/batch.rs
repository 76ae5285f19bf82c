//! One batch under the magnifying glass: embed, evaluate, update, with its real numbers.
//!
//! Shown while stepping in two phases. The arrows of the forces are the map's.

use eframe::egui::{self, Align2, Color32, Rect, Sense, Ui, Window, pos2, vec2};

use crate::choice::Choice;
use crate::data::{excerpt, one_line};
use crate::drawing::Ink;
use crate::playground::Stage;
use crate::train::{BatchView, Run};
use crate::ui::context::Ctx;
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{inked, paint_text, two_digits};

/// Anchors of a batch that are drawn, and candidates for each.
const MAX_ANCHORS: usize = 6;
const MAX_CANDIDATES: usize = 8;
/// Width of a cell, in points: room for a cosine with its sign.
const CELL: f32 = 36.0;
/// Width of the names beside a matrix.
const NAMES: f32 = 108.0;

pub(in crate::ui) fn batch_window_ui(ctx: &mut Ctx<'_>, ui: &Ui) {
    if !ctx.playground.is_two_phase() || ctx.playground.is_playing() || ctx.playground.shows_model() {
        return;
    }
    let Some(run) = ctx.playground.run().filter(|run| !run.pairs.is_empty()).cloned() else { return };
    let view = run.batch_view(ctx.playground.step());
    let room = ui.ctx().content_rect();
    Window::new("This batch")
        // Over the lists, so that the forces on the map stay in sight.
        .default_pos(pos2(room.left() + 8.0, room.top() + 160.0))
        .resizable(false)
        .show(ui.ctx(), |ui| batch_ui(ctx, ui, &run, &view));
}

fn batch_ui(ctx: &Ctx<'_>, ui: &mut Ui, run: &Run, view: &BatchView) {
    ui.spacing_mut().interact_size.y = 16.0;
    let stage = ctx.playground.stage();
    let grid = Grid::of(view);
    stage_line(ui, stage == Stage::Initialise, "Embed", &grid.sentence(view));
    matrix_ui(ctx, ui, run, view, grid, &view.cosines, Scale::Cosine);
    ui.add_space(2.0);
    match &view.shares {
        Some(shares) => {
            let text = format!("divided by {}, softmax: which candidate each anchor picks", view.settings.temperature);
            stage_line(ui, stage == Stage::Evaluate, "Evaluate", &text);
            matrix_ui(ctx, ui, run, view, grid, shares, Scale::Share);
            let text = format!("loss {:.3}", view.loss);
            stage_line(ui, true, &text, "minus the logarithm of the framed shares, on average");
        }
        None => {
            stage_line(ui, stage == Stage::Evaluate, "Evaluate", view.settings.loss.sentence());
            stage_line(ui, true, &format!("loss {:.3}", view.loss), "of this batch");
        }
    }
    ui.add_space(2.0);
    let text = match stage {
        Stage::Evaluate => "the arrows are minus the gradient. “One step” applies them.",
        _ => "“One step” shows the forces, once more applies them.",
    };
    stage_line(ui, stage == Stage::Update, "Update", text);
}

/// Which candidates stand beside each anchor: all that a ranking loss ranks, or else the anchor's own, which are all
/// that other losses look at.
#[derive(Debug, Clone, Copy)]
struct Grid {
    is_ranked: bool,
    has_scores: bool,
    /// Anchors of the batch.
    b: usize,
    /// Anchors and candidates that are drawn.
    rows: usize,
    columns: usize,
    hides_some: bool,
}

impl Grid {
    fn of(view: &BatchView) -> Self {
        let (b, c) = (view.batch.anchors.len(), view.batch.candidates.len());
        let is_ranked = view.settings.loss.ranks();
        let all = if is_ranked { c } else { c.div_ceil(b.max(1)) };
        let (rows, columns) = (b.min(MAX_ANCHORS), all.min(MAX_CANDIDATES));
        let has_scores = !view.batch.scores.is_empty();
        Self { is_ranked, has_scores, b, rows, columns, hides_some: b > rows || all > columns }
    }

    /// The number of the candidate at (`row`, `column`).
    fn candidate(self, row: usize, column: usize) -> usize {
        if self.is_ranked { column } else { row + column * self.b }
    }

    fn heading(self, column: usize) -> String {
        match column {
            _ if self.is_ranked && column < self.b => format!("{}", column + 1),
            _ if self.is_ranked => format!("n{}", column - self.b + 1),
            0 if self.has_scores => "cosine".to_owned(),
            0 => "positive".to_owned(),
            _ => "negative".to_owned(),
        }
    }

    fn cell_width(self) -> f32 {
        if self.is_ranked { CELL } else { 2.0 * CELL }
    }

    /// Width of all columns; scores stand in one of their own.
    fn width(self) -> f32 {
        (self.columns + usize::from(self.has_scores)) as f32 * self.cell_width()
    }

    fn sentence(self, view: &BatchView) -> String {
        let (b, c) = (self.b, view.batch.candidates.len());
        let shown = if self.hides_some { " (the first are shown)" } else { "" };
        match self {
            Self { is_ranked: true, .. } => {
                format!(
                    "{b} anchors, {c} candidates{shown}: the cosine of each two. Column 1 is the positive of anchor 1, and so on; “–” belongs to the anchor too and is left out."
                )
            }
            Self { has_scores: true, .. } => format!("{b} pairs{shown}: the cosine of each, and its score"),
            _ => format!("{b} anchors{shown}: the cosine with the own positive and negative, all that this loss looks at"),
        }
    }
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

/// Height of a row.
const ROW: f32 = 18.0;

/// A row for each anchor, a column for each of its candidates; the own positive is framed.
fn matrix_ui(ctx: &Ctx<'_>, ui: &mut Ui, run: &Run, view: &BatchView, grid: Grid, values: &[f32], scale: Scale) {
    let (batch, width) = (&view.batch, view.batch.candidates.len());
    let size = vec2(NAMES + grid.width(), ROW * (grid.rows + 1) as f32);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let what = if scale == Scale::Cosine { "cosines" } else { "shares" };
    describe(ctx, &response, &format!("Matrix of {what} of this batch"), (state_of(ctx), what), || {
        spoken(run, view, grid, values, what)
    });
    let name = |row: u32| run.phrases.get(row as usize).map_or("", |phrase| &**phrase);
    let cell = |row: usize, column: usize| {
        let at = rect.min + vec2(NAMES + grid.cell_width() * column as f32, ROW * (row + 1) as f32);
        Rect::from_min_size(at, vec2(grid.cell_width() - 2.0, ROW - 2.0))
    };
    let is_out =
        |row: usize, candidate: usize| candidate != row && batch.excluded.get(row * width + candidate).copied().unwrap_or(false);
    headings_ui(ui, grid, cell(0, 0).min - vec2(0.0, ROW));
    for row in 0..grid.rows {
        let number = if grid.is_ranked { format!("{} ", row + 1) } else { String::new() };
        let text = format!("{number}{}", excerpt(&one_line(name(batch.anchors[row])), 15));
        paint_text(ui, pos2(rect.left(), cell(row, 0).center().y), Align2::LEFT_CENTER, &text, 11.0, Ink::Text);
        for column in 0..grid.columns {
            let candidate = grid.candidate(row, column);
            let Some(value) = values.get(row * width + candidate).filter(|_| candidate < width) else { continue };
            let is_out = grid.is_ranked && is_out(row, candidate);
            let text = if is_out { "–".to_owned() } else { two_digits(f64::from(*value)) };
            ui.painter().rect_filled(cell(row, column), 3.0, cell_colour(ui, *value, scale, is_out));
            paint_text(ui, cell(row, column).center(), Align2::CENTER_CENTER, &text, 11.0, Ink::Text);
            if candidate == row {
                let stroke = egui::Stroke::new(1.5, theme::ink(ui, Ink::Accent));
                ui.painter().rect_stroke(cell(row, column), 3.0, stroke, egui::StrokeKind::Outside);
            }
        }
        if let Some(score) = batch.scores.get(row) {
            let text = two_digits(f64::from(*score));
            paint_text(ui, cell(row, grid.columns).center(), Align2::CENTER_CENTER, &text, 11.0, Ink::Text);
        }
    }
    let places = (0..grid.rows).flat_map(|row| (0..grid.columns).map(move |column| (row, column)));
    let under = |pointer: egui::Pos2| places.clone().find(|(row, column)| cell(*row, *column).contains(pointer));
    if let Some((row, column)) = response.hover_pos().and_then(under) {
        let candidate = grid.candidate(row, column);
        let (Some(to), Some(value)) = (batch.candidates.get(candidate), values.get(row * width + candidate)) else { return };
        let why = if grid.is_ranked && is_out(row, candidate) { "\nleft out: it is known to belong to the anchor" } else { "" };
        let (from, to) = (excerpt(name(batch.anchors[row]), 60), excerpt(name(*to), 60));
        response.on_hover_text(format!("{from}\n{to}\n{value:.3}{why}"));
    }
}

/// Each anchor with its own positive, for whoever does not see the matrix.
fn spoken(run: &Run, view: &BatchView, grid: Grid, values: &[f32], what: &str) -> String {
    let width = view.batch.candidates.len();
    let name = |row: Option<&u32>| row.and_then(|row| run.phrases.get(*row as usize)).map_or("", |phrase| &**phrase);
    let own = (0..grid.rows).filter_map(|row| {
        let value = values.get(row * width + row)?;
        let (anchor, positive) = (name(view.batch.anchors.get(row)), name(view.batch.candidates.get(row)));
        Some(format!("“{}” and its positive “{}”: {value:.2}", excerpt(anchor, 40), excerpt(positive, 40)))
    });
    format!("{what} of {} anchors and {width} candidates. {}.", grid.b, own.collect::<Vec<_>>().join("; "))
}

/// Names of the columns, from `corner` on.
fn headings_ui(ui: &Ui, grid: Grid, corner: egui::Pos2) {
    let score = grid.has_scores.then(|| "score".to_owned());
    for (column, heading) in (0..grid.columns).map(|column| grid.heading(column)).chain(score).enumerate() {
        let at = corner + vec2(grid.cell_width() * (column as f32 + 0.5) - 1.0, ROW / 2.0);
        paint_text(ui, at, Align2::CENTER_CENTER, &heading, 11.0, Ink::Weak);
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
