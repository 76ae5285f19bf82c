//! "What if you did it anyway": cosines across two models as a picture, beside those within one.

use std::sync::Arc;

use eframe::egui::{self, Color32, ColorImage, Rect, TextureHandle, TextureOptions, Ui, pos2, vec2};
use egui_plot::BarChart;

use crate::compare::ModelComparison;
use crate::data::excerpt;
use crate::drawing::{Ink, Theme};
use crate::memo::{ByPlace, Memo};
use crate::scene::{MixtureWords, by_group, impossible_sentence, spoken_histogram};
use crate::space::HISTOGRAM_BINS;
use crate::ui::context::Ctx;
use crate::ui::pieces::heat::{heat_colour, scale_ui};
use crate::ui::pieces::plots::{cosine_bars, still_plot};
use crate::ui::pieces::small_map::frame_ui;
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{heading, inked, paint_text, strong_text};

/// Height of the histograms.
const HISTOGRAM_HEIGHT: f32 = 110.0;

/// Height of the scale below a heat map.
const SCALE_HEIGHT: f32 = 26.0;

/// What the cells of a heat map are, for those who point at them or can't see them.
struct Cells<'a> {
    title: &'a str,
    cosines: &'a [f32],
    /// Rows and columns in the order of the picture.
    order: &'a [usize],
    comparison: &'a ModelComparison,
    /// Whether a row is of the first model and a column of the second.
    is_across: bool,
}

impl Cells<'_> {
    fn ui(&self, ui: &Ui, heat: Rect) {
        let n = self.order.len();
        let response = ui.interact(heat, ui.scope_id().with(self.title), egui::Sense::hover());
        let name = format!("{}: the cosines of {n} phrases with {n}, in the order of their groups", self.title);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name.as_str()));
        let Some(at) = response.hover_pos().map(|pointer| (pointer - heat.min) / heat.size() * n as f32) else { return };
        let phrase = |place: f32| self.order.get(place.max(0.0) as usize).copied();
        let (Some(row), Some(column)) = (phrase(at.y), phrase(at.x)) else { return };
        let Some(cosine) = self.cosines.get(row * n + column) else { return };
        let text = |phrase: usize, side: usize| {
            let of = if self.is_across { format!(" ({})", self.comparison.sides[side].subject) } else { String::new() };
            format!("{}{of}", self.comparison.phrases.get(phrase).map_or(String::new(), |text| excerpt(text, 60)))
        };
        response.on_hover_text_at_pointer(format!("{cosine:.3}\n{}\n{}", text(row, 0), text(column, 1)));
    }
}

/// The heat maps as textures, until another comparison or theme is shown.
#[derive(Default)]
pub(super) struct MixtureView {
    /// By what was compared, and the theme.
    heat: Memo<(ByPlace<ModelComparison>, Theme), Vec<TextureHandle>>,
}

impl MixtureView {
    pub(super) fn ui(&mut self, ctx: &Ctx<'_>, ui: &mut Ui, comparison: &Arc<ModelComparison>) {
        let order = by_group(ctx.playground.document(), comparison);
        let heat_maps = self.heat_maps(ctx, ui, comparison);
        let mixture = &comparison.mixture;
        let words_height = 104.0;
        let rect = ui.available_rect_before_wrap();
        let width = (rect.width() - 16.0) / 2.0;
        let side = width.min(rect.height() - HISTOGRAM_HEIGHT - SCALE_HEIGHT - words_height - 40.0).max(60.0);
        let [first, second] = [0, 1].map(|side| excerpt(&comparison.sides[side].subject.to_string(), 24));
        let titles = [format!("Within {first}"), format!("Across {first} and {second}")];
        let cosines = [Some(&mixture.same), mixture.cross.as_ref()];
        let counts = [&mixture.same_histogram, &mixture.cross_histogram];
        for (index, (title, counts)) in titles.iter().zip(counts).enumerate() {
            let at = rect.min + vec2(index as f32 * (width + 16.0), 0.0);
            paint_text(ui, at + vec2(0.0, 9.0), egui::Align2::LEFT_CENTER, title, 13.0, Ink::Text);
            let heat = Rect::from_min_size(at + vec2(0.0, 20.0), vec2(side, side));
            match heat_maps.get(index) {
                Some(texture) => {
                    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                    ui.painter().image(texture.id(), heat, whole, Color32::WHITE);
                    frame_ui(ui, heat);
                    let response = ui.interact(heat, ui.scope_id().with(("heat", index)), egui::Sense::hover());
                    describe(ctx, &response, &format!("Cosines {}", title.to_lowercase()), (state_of(ctx), title), || {
                        spoken_histogram(title, counts)
                    });
                    if let Some(cosines) = cosines[index] {
                        let cells = Cells { title, cosines, order: &order, comparison, is_across: index == 1 };
                        cells.ui(ui, heat);
                    }
                    let scale = Rect::from_min_size(heat.left_bottom() + vec2(0.0, 4.0), vec2(side.min(200.0), SCALE_HEIGHT));
                    ui.scope_builder(egui::UiBuilder::new().max_rect(scale), |ui| scale_ui(ui, scale.width(), ["-1", "0", "1"]));
                    let below =
                        Rect::from_min_size(heat.left_bottom() + vec2(0.0, 6.0 + SCALE_HEIGHT), vec2(width, HISTOGRAM_HEIGHT));
                    cosines_ui(ui, title, counts, below);
                }
                None => impossible_ui(ui, comparison, heat),
            }
        }
        let words = Rect::from_min_max(
            pos2(rect.left(), rect.top() + 20.0 + side + 6.0 + SCALE_HEIGHT + HISTOGRAM_HEIGHT + 6.0),
            rect.max,
        );
        ui.scope_builder(egui::UiBuilder::new().max_rect(words), |ui| words_ui(ui, comparison));
    }

    fn heat_maps(&mut self, ctx: &Ctx<'_>, ui: &Ui, comparison: &Arc<ModelComparison>) -> &[TextureHandle] {
        self.heat.get((ByPlace(comparison.clone()), theme::theme(ui)), || {
            let order = by_group(ctx.playground.document(), comparison);
            let cosines = [Some(&comparison.mixture.same), comparison.mixture.cross.as_ref()];
            let image = |cosines: &Vec<f32>| heat_image(ui, cosines, &order);
            let textures = cosines.into_iter().flatten().map(image);
            textures.map(|image| ui.ctx().load_texture("cosines", image, TextureOptions::NEAREST)).collect()
        })
    }
}

/// A pixel for each two phrases, in the colours of the scale.
fn heat_image(ui: &Ui, cosines: &[f32], order: &[usize]) -> ColorImage {
    let n = order.len();
    let pixels =
        order.iter().flat_map(|row| order.iter().map(move |column| heat_colour(ui, cosines[row * n + column]))).collect();
    ColorImage::new([n, n], pixels)
}

fn cosines_ui(ui: &mut Ui, name: &str, counts: &[u32; HISTOGRAM_BINS], rect: Rect) {
    let accent = theme::ink(ui, Ink::Accent).gamma_multiply(0.6);
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
        ui.label(inked(ui, "cosines of different phrases, how many of each size", Ink::Weak).small());
        let plot = still_plot(name, ui).include_x(-1.0).include_x(1.0).include_y(0.0).label_formatter(|_| None);
        plot.show(ui, |plot| plot.bar_chart(BarChart::new("cosines", cosine_bars(counts)).color(accent).allow_hover(false)));
    });
}

/// Why there is no cosine of two dimensions.
fn impossible_ui(ui: &mut Ui, comparison: &ModelComparison, rect: Rect) {
    frame_ui(ui, rect);
    let label = egui::Label::new(impossible_sentence(comparison)).wrap();
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect.shrink(16.0)), |ui| ui.add(label));
}

/// What it means, and what works instead.
fn words_ui(ui: &mut Ui, comparison: &ModelComparison) {
    let words = MixtureWords::of(comparison);
    if let Some(sentence) = words.found {
        ui.label(sentence);
    }
    if let Some([hit, right_hit]) = words.wrong {
        ui.label(strong_text(ui, hit));
        ui.label(inked(ui, right_hit, Ink::Weak));
    }
    if let Some(sentence) = words.instead {
        heading(ui, "What works instead").on_hover_text("Orthogonal Procrustes on phrases that both models embedded.");
        ui.label(sentence);
    }
}
