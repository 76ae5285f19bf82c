//! The pair graph: how many pairs each phrase is in. Training data is this graph, and phrases that
//! stand in many pairs are pulled and pushed many ways at once.

use std::sync::Arc;

use eframe::egui::{Ui, Window, vec2};
use egui_plot::{Bar, BarChart};

use super::charts::still_plot;
use super::widgets::{cut_label, inked, strong_text};
use super::{Ctx, theme, ticks};
use crate::data::one_line;
use crate::playground::{Command, Pair, Phrase, PhraseId};
use crate::scene::Ink;

/// Phrases that are listed.
const LISTED: usize = 12;
/// From this number of pairs on phrases are counted together.
const MAX_DEGREE: usize = 20;

/// What is counted, until the pairs or the phrases change.
#[derive(Default)]
pub(super) struct PairGraph {
    pairs: Arc<Vec<Pair>>,
    phrases: Arc<Vec<Phrase>>,
    /// Phrases by the number of their pairs, from 0 to the most there are; number `MAX_DEGREE` counts all that have more.
    histogram: Vec<usize>,
    /// Phrases with the most pairs, and how many.
    most: Vec<(PhraseId, usize)>,
}

impl PairGraph {
    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui) {
        let mut is_open = ctx.look.pair_graph;
        if !is_open {
            return;
        }
        self.count(ctx);
        Window::new("Pair graph").default_pos([270.0, 110.0]).open(&mut is_open).default_width(340.0).resizable(false).show(
            ui.ctx(),
            |ui| {
                let (n_pairs, n_phrases) = (ctx.playground.document().pairs.len(), ctx.playground.document().phrases.len());
                ui.label(inked(
                    ui,
                    format!("{n_pairs} pairs of {n_phrases} phrases: how many phrases are in how many pairs"),
                    Ink::Weak,
                ));
                self.histogram_ui(ui);
                ui.label(strong_text(ui, "In the most pairs"));
                self.list_ui(ctx, ui);
            },
        );
        ctx.look.pair_graph = is_open;
    }

    fn count(&mut self, ctx: &Ctx<'_>) {
        let document = ctx.playground.document();
        let is_same = Arc::ptr_eq(&self.pairs, &document.pairs) && Arc::ptr_eq(&self.phrases, &document.phrases);
        if is_same && !self.histogram.is_empty() {
            return;
        }
        let mut degrees = vec![0_usize; document.phrases.len()];
        for pair in document.pairs.iter() {
            for id in [Some(pair.anchor), Some(pair.positive), pair.negative].into_iter().flatten() {
                if let Some(degree) = document.row(id).and_then(|row| degrees.get_mut(row)) {
                    *degree += 1;
                }
            }
        }
        let most = degrees.iter().max().map_or(0, |most| (*most).min(MAX_DEGREE));
        self.histogram = vec![0; most + 1];
        degrees.iter().for_each(|degree| self.histogram[(*degree).min(MAX_DEGREE)] += 1);
        let mut order: Vec<usize> = (0..degrees.len()).collect();
        order.sort_by_key(|row| std::cmp::Reverse(degrees[*row]));
        self.most = order.into_iter().take(LISTED).map(|row| (document.phrases[row].id, degrees[row])).collect();
        (self.pairs, self.phrases) = (document.pairs.clone(), document.phrases.clone());
    }

    fn histogram_ui(&self, ui: &mut Ui) {
        let bar = |(degree, count): (usize, &usize)| {
            let more = if degree == MAX_DEGREE { " or more" } else { "" };
            Bar::new(degree as f64, *count as f64).width(0.9).name(format!("{count} phrases in {degree}{more} pairs"))
        };
        let bars: Vec<Bar> = self.histogram.iter().enumerate().map(bar).collect();
        let accent = theme::ink(ui, Ink::Accent);
        still_plot("degrees", ui)
            .height(130.0)
            .x_grid_spacer(ticks::counts_along)
            .y_grid_spacer(ticks::counts_upwards)
            .set_margin_fraction(vec2(0.02, 0.08))
            .label_formatter(|_| None)
            .show(ui, |plot| plot.bar_chart(BarChart::new("phrases", bars).color(accent)));
    }

    fn list_ui(&self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        for (id, degree) in &self.most {
            ui.horizontal(|ui| {
                ui.label(strong_text(ui, format!("{degree:>3}")));
                let text = one_line(ctx.playground.document().text(*id));
                let label = cut_label(ui, inked(ui, text, Ink::Text)).interact(eframe::egui::Sense::click());
                if label.on_hover_text("Click to select it.").clicked() {
                    ctx.send(Command::Select(Some(*id)));
                }
            });
        }
    }
}
