//! A column of hits as the window draws it; what is said of each hit is in `scene`.

use eframe::egui::text::LayoutJob;
use eframe::egui::{self, Align, Frame, Label, Layout, Margin, RichText, ScrollArea, Sense, Stroke, TextFormat, Ui};

use crate::data::{excerpt, one_line};
use crate::drawing::Ink;
use crate::playground::{Act, Said};
use crate::scene::{ColumnData, HitData};
use crate::search::{SearchMethod, matched_words};
use crate::ui::context::Ctx;
use crate::ui::pieces::right_to_left::{in_sight, lines_in_sight};
use crate::ui::pieces::theme;
use crate::ui::pieces::why::why_link;
use crate::ui::pieces::widgets::{WhyNot, card, inked, share_bar, strong_text, two_digits};

/// Characters of a passage that are shown; all of it stands in the tooltip.
const SHOWN: usize = 240;

/// Width of the number of a hit.
const NUMBER_WIDTH: f32 = 34.0;

/// Draws a column; says whether somebody wants its hits on the map.
pub(super) fn column_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, column: &ColumnData, is_mapped: bool) -> bool {
    let mut is_chosen = false;
    card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        ui.horizontal_wrapped(|ui| {
            ui.label(strong_text(ui, column.title.as_str()));
            ui.label(inked(ui, column.note.as_str(), Ink::Weak));
        });
        if let Some(instead) = &column.instead {
            ui.label(inked(ui, instead.as_str(), Ink::Weak));
            return;
        }
        if column.method == SearchMethod::Meaning {
            let label = if is_mapped { "on the map below" } else { "show on the map" };
            let link = ui.add_enabled(!is_mapped, egui::Link::new(RichText::new(label).small()));
            let link = link.why_not("The map below shows the hits of this column already.");
            is_chosen = link.on_hover_text("The map below shows the hits of one column.").clicked();
        }
        let scroll = ScrollArea::vertical().auto_shrink([false, false]);
        scroll.show(ui, |ui| column.hits.iter().for_each(|hit| hit_ui(ctx, ui, column, hit)));
    });
    is_chosen
}

fn hit_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, column: &ColumnData, hit: &HitData) {
    let stroke = if hit.is_right { Stroke::new(1.5, theme::ink(ui, Ink::Group(2))) } else { Stroke::NONE };
    let frame = Frame::new().stroke(stroke).corner_radius(6).inner_margin(Margin::symmetric(5, 3));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let width = ui.available_width() - NUMBER_WIDTH;
            ui.vertical(|ui| {
                ui.set_width(width);
                text_ui(ctx, ui, column, hit);
            });
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| number_ui(ui, column.method, hit));
        });
        share_bar(ui, hit.share, theme::ink(ui, Ink::Accent));
        standing_ui(ctx, ui, column, hit);
    });
}

/// Below a hit: how it moved, whether it is right, where it stands.
fn standing_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, column: &ColumnData, hit: &HitData) {
    let has_words = !(hit.name.is_empty() && hit.standing.is_empty()) || hit.moved.is_some() || hit.is_right;
    if !has_words && column.method != SearchMethod::Meaning {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().interact_size.y = 14.0;
        if let Some(moved) = &hit.moved {
            moved_ui(ui, moved);
        }
        if hit.is_right {
            ui.label(inked(ui, "right answer", Ink::Group(2)).small());
        }
        for words in [&hit.name, &hit.standing].into_iter().filter(|words| !words.is_empty()) {
            ui.label(inked(ui, words.as_str(), Ink::Weak).small());
        }
        if let Some([asked, found]) = &hit.pair {
            let words = strong_text(ui, format!("{asked} × {found}")).small().background_color(theme::wash(ui));
            ui.label(words).on_hover_text("The token of the query and that of the passage that add most to the cosine.");
        }
        if column.method == SearchMethod::Meaning {
            let name = format!("Why is {} near the query?", excerpt(&one_line(&hit.text), 60));
            why_link(ctx, ui, &name, [Said::Text(column.query.clone()), Said::Text(hit.text.clone())], Some(column.side.clone()));
        }
    });
}

fn moved_ui(ui: &mut Ui, moved: &str) {
    let ink = match moved.chars().next() {
        Some('▲') => Ink::Group(2),
        Some('▼') => Ink::PushWords,
        _ => Ink::Weak,
    };
    ui.label(inked(ui, moved, ink).small()).on_hover_text("How many ranks it moved from the column it is compared with.");
}

fn number_ui(ui: &mut Ui, method: SearchMethod, hit: &HitData) {
    let (words, explanation) = match (method, hit.cosine) {
        (SearchMethod::Words, _) => (format!("{:.1}", hit.score), "BM25: the sum over the words it shares, rare ones more."),
        (SearchMethod::Meaning | SearchMethod::Both, Some(cosine)) => {
            (two_digits(f64::from(cosine)), "The cosine of its vector with that of the query.")
        }
        (SearchMethod::Meaning | SearchMethod::Both, None) => return,
    };
    ui.label(strong_text(ui, words)).on_hover_text(explanation);
}

/// Width of a rank with the space behind it, about, in points.
const RANK_WIDTH: f32 = 24.0;

/// The passage, with the words it shares with the query marked; a click selects it where it is a phrase.
fn text_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, column: &ColumnData, hit: &HitData) {
    let shown = excerpt(&hit.text, SHOWN);
    // The rank stands before it.
    let room = ui.available_width() - RANK_WIDTH;
    let seen = lines_in_sight(ui, &shown, egui::FontId::proportional(13.0), room);
    let label = Label::new(marked_text(ui, hit.rank, &column.query, &seen)).wrap().sense(Sense::click());
    let response = ui.add(label);
    let name = format!("{} {}. {}", column.title, hit.rank, one_line(&hit.text));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name.as_str()));
    let response = if shown.len() < hit.text.len() { response.on_hover_text(in_sight(&hit.text)) } else { response };
    let is_meant = response.clicked() || response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if response.has_focus() {
        let rect = response.rect.expand(2.0);
        ui.painter().rect_stroke(rect, 4.0, Stroke::new(1.0, theme::ink(ui, Ink::Accent)), egui::StrokeKind::Outside);
    }
    if is_meant && let Some(phrase) = ctx.playground.document().phrase_with_text(&hit.text) {
        ctx.send(Act::Select(Some(phrase.id)));
    }
}

/// The rank and the text, with the words marked that the query has too.
fn marked_text(ui: &Ui, rank: usize, query: &str, text: &str) -> LayoutJob {
    let font = egui::FontId::proportional(13.0);
    let plain = TextFormat::simple(font, theme::ink(ui, Ink::Text));
    let marked = TextFormat { font_id: theme::strong(13.0), background: theme::wash(ui), ..plain.clone() };
    let mut job = LayoutJob::default();
    let weak = TextFormat { color: theme::ink(ui, Ink::Weak), ..plain.clone() };
    job.append(&format!("{rank}  "), 0.0, weak);
    let mut from = 0;
    for range in matched_words(query, text) {
        job.append(&text[from..range.start], 0.0, plain.clone());
        job.append(&text[range.clone()], 0.0, marked.clone());
        from = range.end;
    }
    job.append(&text[from..], 0.0, plain);
    job
}
