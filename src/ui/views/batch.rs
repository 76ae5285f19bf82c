//! One batch under the magnifying glass, beside the map: an anchor with all of its candidates, as real numbers.

use eframe::egui::{self, Align2, Rect, RichText, Sense, Ui, pos2, vec2};

use crate::choice::Choice;
use crate::data::{excerpt, one_line};
use crate::drawing::Ink;
use crate::playground::{Act, BatchRow, Candidate, PhraseId, ShownBatch};
use crate::scene::cosine_ink;
use crate::train::Run;
use crate::ui::context::Ctx;
use crate::ui::pieces::right_to_left::{in_sight, sentence_in_sight};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{Icon, icon_button, inked, paint_text, two_digits};

/// Candidates of an anchor that are listed at most; of more, those that count most.
const MAX_LISTED: usize = 200;

/// Width of the numbers, as multiples of the letters' size.
const NUMBER_WIDTH: f32 = 4.2;

/// Size of letters: a class reads it from the last row.
fn letters(ctx: &Ctx<'_>) -> f32 {
    if ctx.look.presenting { 16.0 } else { 12.5 }
}

/// Width that it takes beside the map.
pub(super) fn dock_width(ctx: &Ctx<'_>) -> f32 {
    letters(ctx) * 23.0
}

pub(super) fn batch_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, batch: &ShownBatch) {
    let Some(run) = ctx.playground.run().cloned() else { return };
    let size = letters(ctx);
    ui.style_mut().override_font_id = Some(egui::FontId::proportional(size));
    ui.horizontal(|ui| {
        ui.label(RichText::new("This batch").font(theme::strong(size + 1.0)));
        ui.label(inked(ui, format!("after step {}", batch.view.step), Ink::Weak));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Close this batch", size * 1.6, false).clicked() {
                ctx.send(Act::ShowBatch(false));
            }
        });
    });
    ui.label(inked(ui, sentence(batch), Ink::Weak));
    ui.label(RichText::new(format!("loss {:.3}", batch.view.loss)).font(theme::strong(size)).color(theme::ink(ui, Ink::Accent)));
    let Some(anchor) = batch.anchor else { return };
    anchor_ui(ctx, ui, batch, anchor);
    let shown = ctx.playground.shown_phrases();
    let rows = batch.rows_of(anchor, &shown, &run);
    egui::ScrollArea::vertical().id_salt("batch rows").auto_shrink([false, true]).show(ui, |ui| {
        for row in &rows {
            row_ui(ctx, ui, batch, &run, row);
        }
    });
}

/// What is compared, in words.
fn sentence(batch: &ShownBatch) -> String {
    let (b, c) = (batch.view.batch.anchors.len(), batch.view.batch.candidates.len());
    let settings = &batch.view.settings;
    let pairs = if b == 1 { "pair" } else { "pairs" };
    match settings.loss.ranks() {
        true => format!(
            "{b} {pairs}: each anchor is compared with {c} candidates. Cosine, divided by {}, softmax: the share with which it picks each one.",
            settings.temperature
        ),
        false => format!("{b} {pairs}. {}", settings.loss.sentence()),
    }
}

/// The anchor whose row is shown, and the way to the others.
fn anchor_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, batch: &ShownBatch, anchor: PhraseId) {
    let document = ctx.playground.document();
    let name = |id: PhraseId| in_sight(&excerpt(&one_line(document.text(id)), 40)).into_owned();
    let mut chosen = None;
    let combo = egui::ComboBox::from_id_salt("anchor of batch").selected_text(name(anchor)).width(ui.available_width() - 8.0);
    let combo = combo.truncate().show_ui(ui, |ui| {
        for id in &batch.anchors {
            if ui.selectable_label(*id == anchor, name(*id)).clicked() {
                chosen = Some(*id);
            }
        }
    });
    let explanation = "An anchor of this batch: point at one on the map, select it, or choose it here.";
    combo.response.accessible_name("Anchor of the batch").on_hover_text(explanation);
    if let Some(id) = chosen {
        ctx.send(Act::Select(Some(id)));
    }
}

/// An anchor's candidates: name, cosine, share.
fn row_ui(ctx: &Ctx<'_>, ui: &mut Ui, batch: &ShownBatch, run: &Run, row: &BatchRow) {
    let size = letters(ctx);
    let shares = batch.view.shares.is_some();
    let mut listed: Vec<&Candidate> = row.candidates.iter().collect();
    if listed.len() > MAX_LISTED {
        listed[1..].sort_by(|a, b| b.cosine.total_cmp(&a.cosine));
        listed.truncate(MAX_LISTED);
    }
    line_ui(ui, size, "", ["cosine", if shares { "share" } else { "score" }].map(str::to_owned), Ink::Weak, None);
    for candidate in &listed {
        candidate_ui(ui, size, run, candidate);
    }
    if listed.len() < row.candidates.len() {
        let n = row.candidates.len() - listed.len();
        ui.label(inked(ui, format!("{n} more, further away"), Ink::Weak));
    }
    if let Some(loss) = row.loss {
        ui.label(inked(ui, format!("its part of the loss: –ln of the share of its positive = {loss:.3}"), Ink::Weak));
    }
    if row.candidates.iter().any(|candidate| candidate.is_left_out) {
        ui.label(inked(ui, "“–”: known to belong to the anchor too, so it is left out.", Ink::Weak));
    }
    ui.add_space(size * 0.5);
}

fn candidate_ui(ui: &mut Ui, size: f32, run: &Run, candidate: &Candidate) {
    let name = run.phrases.get(candidate.row as usize).map_or("", |phrase| &**phrase);
    let number = |value: Option<f32>| value.map_or(String::new(), |value| two_digits(f64::from(value)));
    let second = if candidate.is_left_out { "–".to_owned() } else { number(candidate.share.or(candidate.score)) };
    let first = if candidate.is_left_out { "–".to_owned() } else { number(Some(candidate.cosine)) };
    let ink = if candidate.is_left_out { Ink::Weak } else { Ink::Text };
    let mark = if candidate.is_positive { "+ " } else { "" };
    let line = line_ui(ui, size, &format!("{mark}{}", one_line(name)), [first, second], ink, Some(candidate));
    let kind = if candidate.is_positive { "its positive" } else { "a negative" };
    line.on_hover_text(format!("{}\n{kind} · cosine {:.3}", excerpt(name, 200), candidate.cosine));
}

/// A line: a name that is cut where it must be, and two numbers.
fn line_ui(ui: &mut Ui, size: f32, name: &str, numbers: [String; 2], ink: Ink, candidate: Option<&Candidate>) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size * 1.5), Sense::hover());
    response.widget_info(|| {
        let said = format!("{name} {} {}", numbers[0], numbers[1]);
        egui::WidgetInfo::labeled(egui::Role::Label, true, said.trim())
    });
    let column = |place: f32| rect.right() - size * NUMBER_WIDTH * place;
    if let Some(candidate) = candidate.filter(|candidate| !candidate.is_left_out) {
        let (ink, opacity) = cosine_ink(candidate.cosine);
        let cell = Rect::from_min_max(pos2(column(2.0) + 4.0, rect.top() + 1.0), pos2(column(1.0), rect.bottom() - 1.0));
        ui.painter().rect_filled(cell, 3.0, theme::ink(ui, ink).gamma_multiply(0.45 * opacity));
        let bar = Rect::from_min_max(pos2(column(1.0) + 4.0, rect.top() + 1.0), pos2(rect.right(), rect.bottom() - 1.0));
        let share = candidate.share.unwrap_or(0.0).clamp(0.0, 1.0);
        let filled = Rect::from_min_size(bar.min, vec2(bar.width() * share, bar.height()));
        ui.painter().rect_filled(filled, 3.0, theme::ink(ui, Ink::Accent).gamma_multiply(0.3));
        if candidate.is_positive {
            let stroke = egui::Stroke::new(1.5, theme::ink(ui, Ink::Accent));
            ui.painter().rect_stroke(rect.expand2(vec2(0.0, -0.5)), 3.0, stroke, egui::StrokeKind::Inside);
        }
    }
    let words = Rect::from_min_max(rect.min + vec2(4.0, 0.0), pos2(column(2.0), rect.bottom()));
    let painter = ui.painter().with_clip_rect(words.intersect(ui.clip_rect()));
    painter.text(
        words.left_center(),
        Align2::LEFT_CENTER,
        sentence_in_sight(name),
        egui::FontId::proportional(size),
        theme::ink(ui, ink),
    );
    let at = |place: f32| pos2(column(place) - 6.0, rect.center().y);
    paint_text(ui, at(1.0), Align2::RIGHT_CENTER, &numbers[0], size, ink);
    paint_text(ui, at(0.0), Align2::RIGHT_CENTER, &numbers[1], size, ink);
    response
}
