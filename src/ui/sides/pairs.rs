//! The list of pairs, as sentences: "roses pulls flowers, pushes lion", or "rain with drizzle, score 0.8".

use eframe::egui::{self, Frame, Margin, Panel, RichText, ScrollArea, Stroke, Ui};

use crate::data::{capital, one_line};
use crate::drawing::Ink;
use crate::playground::views::Tab;
use crate::playground::{Act, Awaited, Edit, Pair, Step};
use crate::train::{Negatives, Recipe};
use crate::ui::context::{Ask, Ctx};
use crate::ui::pieces::places::take_place;
use crate::ui::pieces::right_to_left::in_sight;
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{Icon, WhyNot, cut_label, heading, icon_button, inked, strong_text};

/// Height of one pair with its frame.
const CARD_HEIGHT: f32 = 72.0;

/// The room of the list, below the phrases: its own share of the height.
pub(in crate::ui) fn pairs_place(ui: &mut Ui) -> egui::Rect {
    let height = (ui.available_height() * 0.36).clamp(120.0, 320.0);
    let frame = Frame::new().inner_margin(Margin { top: 8, ..Margin::ZERO });
    let panel = Panel::bottom("pairs").frame(frame).default_size(height).resizable(true).size_range(80.0..=600.0);
    panel.show(ui, take_place).inner
}

/// Draws the list.
pub(in crate::ui) fn pairs_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    heading_ui(ctx, ui);
    let pairs = ctx.playground.document().pairs.clone();
    let scroll = ScrollArea::vertical().id_salt("pairs").auto_shrink([false, false]);
    scroll.show_rows(ui, CARD_HEIGHT, pairs.len(), |ui, range| {
        for index in range {
            if let Some(pair) = pairs.get(index) {
                pair_ui(ctx, ui, index, pair);
            }
        }
    });
}

fn heading_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    ui.horizontal(|ui| {
        let n_pairs = ctx.playground.document().pairs.len();
        heading(ui, &format!("Pairs · {n_pairs}")).on_hover_text(
            "An anchor pulls its positive and pushes its negatives. Drag from phrase to phrase on the map to make one.",
        );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let can_pair = ctx.playground.document().phrases.len() > 1;
            let response = ui.add_enabled(can_pair, egui::Button::new("New pair…"));
            if response.why_not("A pair needs two phrases: type some first.").clicked() {
                ctx.ask(Ask::Pair);
            }
        });
    });
    let needs_pairs = matches!(ctx.playground.views().tab, Tab::Train | Tab::Seeds | Tab::Dimensions);
    let has_none = ctx.playground.document().pairs.is_empty();
    if !needs_pairs && has_none {
        ui.label(inked(ui, "Pairs are for training; what is shown here needs none.", Ink::Weak));
    } else if has_none && makes_pairs(ctx) {
        ui.label(inked(ui, "None yet: training begins with the first pair.", Ink::Weak));
    } else if let Some(problem) = ctx.playground.problem() {
        // What a lesson is about to make is not missing yet.
        let ink = if makes_pairs(ctx) { Ink::Weak } else { Ink::PushWords };
        let only_pulls = makes_pairs(ctx) && ctx.playground.document().pairs.len() == 1;
        let words = if only_pulls { ONLY_PULLS.to_owned() } else { format!("{}.", capital(problem)) };
        ui.label(inked(ui, words, ink));
    }
}

const ONLY_PULLS: &str = "Training begins as soon as there is something to push, too.";

/// Whether a lesson is given whose learner makes the pairs.
fn makes_pairs(ctx: &Ctx<'_>) -> bool {
    let makes = |step: &Step| matches!(step.wait_for, Some(Awaited::Pair(_) | Awaited::Negative(_)));
    ctx.playground.lesson().is_some_and(|lesson| lesson.steps.iter().any(makes))
}

fn pair_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, index: usize, pair: &Pair) {
    let border = Stroke::new(1.0, theme::ink(ui, Ink::Line));
    let frame = Frame::new()
        .stroke(border)
        .corner_radius(8)
        .inner_margin(Margin::symmetric(10, 6))
        .outer_margin(Margin { bottom: 2, ..Margin::ZERO });
    frame.show(ui, |ui| {
        ui.set_height(CARD_HEIGHT - 18.0);
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 1.0;
        let document = ctx.playground.document();
        let (anchor, positive) = (one_line(document.text(pair.anchor)), one_line(document.text(pair.positive)));
        let negative = pair.negative.map(|id| one_line(document.text(id)));
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if icon_button(ui, Icon::Close, &format!("Remove pair {}", index + 1), 16.0, false).clicked() {
                    ctx.send(Edit::RemovePair(index));
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let name = strong_text(ui, in_sight(&anchor));
                    if ui.add(egui::Label::new(name).truncate().sense(egui::Sense::click())).clicked() {
                        ctx.send(Act::Select(Some(pair.anchor)));
                    }
                });
            });
        });
        if let Some(score) = pair.score {
            role_ui(ui, "with", &positive, Ink::Text);
            let rounded = (f64::from(score.value()) * 1000.0).round() / 1000.0;
            role_ui(ui, "score", &rounded.to_string(), Ink::Text);
            return;
        }
        role_ui(ui, "pulls", &positive, Ink::Pull);
        match pushed_words(&document.recipe, document.pairs.len(), negative.as_deref()) {
            Ok(pushed) => role_ui(ui, "pushes", pushed, Ink::PushWords),
            Err(why) => _ = cut_label(ui, inked(ui, why, Ink::Weak)).on_hover_text(why),
        }
    });
}

/// What a pair with this negative pushes, among `n_pairs`; or why nothing.
fn pushed_words<'a>(recipe: &Recipe, n_pairs: usize, negative: Option<&'a str>) -> Result<&'a str, &'static str> {
    let settings = &recipe.settings;
    let is_of_batch = !settings.loss.is_triplet() && !settings.loss.reads_scores();
    match negative {
        _ if settings.loss.reads_scores() && settings.negatives == Negatives::None => Err("pushes nothing: no negatives"),
        Some(negative) => Ok(negative),
        None if n_pairs < 2 && is_of_batch => Err("pushes nothing yet: one pair alone"),
        None if is_of_batch => Ok("the other pairs of its batch"),
        None if settings.negatives == Negatives::Hard => Ok("what is nearest and not its positive"),
        None => Ok("a phrase drawn at each step"),
    }
}

fn role_ui(ui: &mut Ui, verb: &str, phrase: &str, ink: Ink) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(RichText::new(verb).font(theme::strong(13.0)).color(theme::ink(ui, ink)));
        cut_label(ui, RichText::new(in_sight(phrase)));
    });
}
