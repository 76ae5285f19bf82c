//! Pairs per phrase: how many phrases are in how many pairs. Training data is this graph, and phrases that
//! stand in many pairs are pulled and pushed many ways at once.

use eframe::egui::{Ui, Window, vec2};
use egui_plot::{Bar, BarChart};

use crate::data::one_line;
use crate::drawing::Ink;
use crate::memo::{ByPlace, Memo};
use crate::playground::{Act, Document, Pair, Phrase, PhraseId};
use crate::ui::context::Ctx;
use crate::ui::pieces::plots::still_plot;
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::widgets::{cut_label, inked, strong_text};
use crate::ui::pieces::{theme, ticks};

/// Phrases that are listed.
const LISTED: usize = 12;
/// From this number of pairs on phrases are counted together.
const MAX_DEGREE: usize = 20;

/// What is counted.
#[derive(Debug, Clone)]
struct Degrees {
    /// Phrases by the number of their pairs, from 0 to the most there are; number `MAX_DEGREE` counts all that have more.
    histogram: Vec<usize>,
    /// Phrases with the most pairs, and how many.
    most: Vec<(PhraseId, usize)>,
}

/// What the degrees depend on: pairs and phrases.
type DegreesKey = (ByPlace<Vec<Pair>>, ByPlace<Vec<Phrase>>);

/// The window, with what was counted.
#[derive(Default)]
pub(in crate::ui) struct PairGraph {
    degrees: Memo<DegreesKey, Degrees>,
}

impl PairGraph {
    pub(in crate::ui) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui) {
        let mut is_open = ctx.look.pair_graph;
        if !is_open {
            return;
        }
        let document = ctx.playground.document();
        let key = (ByPlace(document.pairs.clone()), ByPlace(document.phrases.clone()));
        let degrees = self.degrees.get(key, || Degrees::of(document));
        Window::new("Pairs per phrase")
            .default_pos([270.0, 110.0])
            .open(&mut is_open)
            .default_width(340.0)
            .resizable(false)
            .show(ui.ctx(), |ui| {
                let (n_pairs, n_phrases) = (document.pairs.len(), document.phrases.len());
                ui.label(inked(
                    ui,
                    format!("{n_pairs} pairs of {n_phrases} phrases: how many phrases are in how many pairs"),
                    Ink::Weak,
                ));
                degrees.bars_ui(ctx, ui);
                ui.label(strong_text(ui, "In the most pairs"));
                degrees.list_ui(ctx, ui);
            });
        ctx.look.pair_graph = is_open;
    }
}

impl Degrees {
    fn of(document: &Document) -> Self {
        let mut degrees = vec![0_usize; document.phrases.len()];
        for pair in document.pairs.iter() {
            for id in [Some(pair.anchor), Some(pair.positive), pair.negative].into_iter().flatten() {
                if let Some(degree) = document.row(id).and_then(|row| degrees.get_mut(row)) {
                    *degree += 1;
                }
            }
        }
        let most = degrees.iter().max().map_or(0, |most| (*most).min(MAX_DEGREE));
        let mut histogram = vec![0; most + 1];
        degrees.iter().for_each(|degree| histogram[(*degree).min(MAX_DEGREE)] += 1);
        let mut order: Vec<usize> = (0..degrees.len()).collect();
        order.sort_by_key(|row| std::cmp::Reverse(degrees[*row]));
        let most = order.into_iter().take(LISTED).map(|row| (document.phrases[row].id, degrees[row])).collect();
        Self { histogram, most }
    }

    fn bars_ui(&self, ctx: &Ctx<'_>, ui: &mut Ui) {
        let bar = |(degree, count): (usize, &usize)| {
            let more = if degree == MAX_DEGREE { " or more" } else { "" };
            Bar::new(degree as f64, *count as f64).width(0.9).name(format!("{count} phrases in {degree}{more} pairs"))
        };
        let bars: Vec<Bar> = self.histogram.iter().enumerate().map(bar).collect();
        let accent = theme::ink(ui, Ink::Accent);
        let plot = still_plot("degrees", ui)
            .height(130.0)
            .x_grid_spacer(ticks::counts_along)
            .y_grid_spacer(ticks::counts_upwards)
            .set_margin_fraction(vec2(0.02, 0.08))
            .label_formatter(|_| None)
            .show(ui, |plot| plot.bar_chart(BarChart::new("phrases", bars).color(accent)));
        describe(ctx, &plot.response, "Chart of pairs a phrase", state_of(ctx), || {
            let of = |(degree, count): (usize, &usize)| format!("{count} phrases in {degree} pairs");
            self.histogram.iter().enumerate().filter(|(_, count)| **count > 0).map(of).collect::<Vec<_>>().join(", ")
        });
    }

    fn list_ui(&self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        for (id, degree) in &self.most {
            ui.horizontal(|ui| {
                ui.label(strong_text(ui, format!("{degree:>3}")));
                let text = one_line(ctx.playground.document().text(*id));
                let label = cut_label(ui, inked(ui, text, Ink::Text)).interact(eframe::egui::Sense::click());
                if label.on_hover_text("Click to select it.").clicked() {
                    ctx.send(Act::Select(Some(*id)));
                }
            });
        }
    }
}
