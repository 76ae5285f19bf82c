//! Below the map: which of the batch's anchors is looked at, how much of the batch that is, and the way to the others.

use eframe::egui::{Color32, Rect, Sense, Ui, pos2, vec2};

use crate::data::{excerpt, one_line};
use crate::drawing::Ink;
use crate::playground::{Act, ShownBatch};
use crate::scene::{MAX_LINES, OnMap, cosine_ink, strongest};
use crate::ui::context::Ctx;
use crate::ui::pieces::right_to_left::in_sight;
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{WhyNot, inked, paint_text, strong_text};

pub(super) fn anchors_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, batch: &ShownBatch, on_map: OnMap) {
    let n = batch.anchors.len();
    ui.horizontal(|ui| {
        if batch.shows_all {
            ui.label(strong_text(ui, format!("All {n} anchors of this batch")));
        } else {
            turn_ui(ctx, ui, n);
            let name = batch.anchor.map_or("", |id| ctx.playground.document().text(id));
            ui.label(strong_text(ui, format!("“{}”", in_sight(&excerpt(&one_line(name), 34)))));
            let words = if n == 1 { "the only anchor".to_owned() } else { format!("1 of {n} anchors") };
            ui.label(inked(ui, words, Ink::Weak));
        }
        ui.label(inked(ui, counted(batch, on_map), Ink::Weak));
        let (words, explanation) = match batch.shows_all {
            true => {
                ("One anchor at a time".to_owned(), "The selected phrase, if it is an anchor of this batch; else the strongest.")
            }
            false => (format!("Show all {n} anchors"), "The strongest forces, or the nearest pairs, of the whole batch."),
        };
        if n > 1 && ui.small_button(words).on_hover_text(explanation).clicked() {
            ctx.send(Act::ShowAllAnchors(!batch.shows_all));
        }
    });
}

fn turn_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, n: usize) {
    for (words, name, is_next) in [("<", "Previous anchor", false), (">", "Next anchor", true)] {
        let button = ui.add_enabled(n > 1, eframe::egui::Button::new(words).small());
        let button = button.accessible_name(name).on_hover_text(name).why_not("This batch has one anchor.");
        if button.clicked() {
            ctx.send(Act::TurnAnchor { is_next });
        }
    }
}

/// How much of the batch is drawn.
fn counted(batch: &ShownBatch, on_map: OnMap) -> String {
    match on_map {
        OnMap::Nothing => String::new(),
        OnMap::Forces => match strongest(&batch.forces).0.len() {
            0 => format!("{} forces, too weak to be drawn", batch.n_forces),
            n => format!("{n} of {} forces", batch.n_forces),
        },
        OnMap::Lines => format!("{} of {} cosines drawn", batch.lines.len().min(MAX_LINES), batch.n_lines),
    }
}

/// The scale of the colours of lines.
pub(super) fn cosine_legend_ui(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(150.0, 16.0), Sense::hover());
    let bar = Rect::from_min_max(pos2(rect.left() + 22.0, rect.top() + 4.0), pos2(rect.right() - 16.0, rect.bottom() - 4.0));
    const PARTS: usize = 24;
    for part in 0..PARTS {
        let share = |part: usize| part as f32 / PARTS as f32;
        let at = |share: f32| bar.left() + share * bar.width();
        let (ink, opacity) = cosine_ink(2.0 * (share(part) + share(part + 1)) / 2.0 - 1.0);
        let part = Rect::from_min_max(pos2(at(share(part)), bar.top()), pos2(at(share(part + 1)), bar.bottom()));
        let colour: Color32 = theme::ink(ui, ink).gamma_multiply(opacity);
        ui.painter().rect_filled(part, 0.0, colour);
    }
    let align = eframe::egui::Align2::LEFT_CENTER;
    paint_text(ui, pos2(rect.left(), rect.center().y), align, "–1", 11.0, Ink::Weak);
    paint_text(ui, pos2(bar.right() + 4.0, rect.center().y), align, "1", 11.0, Ink::Weak);
    ui.label(inked(ui, "cosine · solid: a pair · dashed: a negative", Ink::Weak).small());
}
