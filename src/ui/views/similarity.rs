//! Similarity: the cosine of every phrase with every other as a picture, how all of them spread, and why two are near.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::{
    self, Align2, Color32, ColorImage, DragValue, EventFilter, Key, Pos2, Rect, Response, ScrollArea, Sense, TextureHandle,
    TextureOptions, Ui, pos2, vec2,
};
use egui_plot::{Bar, BarChart, VLine};

use super::TabView;
use crate::choice::Choice;
use crate::data::{excerpt, one_line};
use crate::drawing::{Ink, Theme, group_ink};
use crate::memo::{ByPlace, Memo};
use crate::playground::views::{SimilarityCommand, SimilarityOrder, Tab};
use crate::playground::{Act, Phrase, PhraseId, Said};
use crate::scene::{SPREAD_BINS, counted_sentence, spoken_matrix, spread_heights};
use crate::space::{MAX_ROWS, Similarity};
use crate::ui::context::Ctx;
use crate::ui::pieces::heat::{heat_colour, scale_ui};
use crate::ui::pieces::placeholder::placeholder_ui;
use crate::ui::pieces::plots::still_plot;
use crate::ui::pieces::right_to_left::in_sight;
use crate::ui::pieces::small_map::frame_ui;
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::theme;
use crate::ui::pieces::why::why_ui;
use crate::ui::pieces::widgets::{choice_ui, cut_label, heading, inked, paint_text, two_digits};

/// What stands here while the phrases are being compared, and where there are none.
const EMPTY: [&str; 2] = [
    "The matrix appears here when all phrases have their vectors.",
    "Type two phrases or more on the left: their cosines are shown here, each with each.",
];

/// Width of what stands beside the matrix.
const SIDE: f32 = 272.0;
/// Height of the histogram.
const SPREAD_HEIGHT: f32 = 120.0;
/// Cells from this height on have names.
const NAMED_CELL: f32 = 9.0;
/// Room for names.
const NAMES: f32 = 150.0;
/// Thickness of the strips of groups.
const GROUP_STRIP: f32 = 5.0;

/// What the texture depends on: the matrix, the order of the phrases, the ends of the scale, and the theme.
type TextureKey = (ByPlace<Similarity>, ByPlace<Vec<usize>>, [f32; 2], Theme);

/// Rows of the matrix in the order shown, and the groups of all of them.
#[derive(Clone, Default)]
struct Shown {
    rows: Arc<Vec<usize>>,
    groups: Arc<Vec<Option<usize>>>,
}

/// The matrix, and what is remembered of it from frame to frame.
#[derive(Default)]
pub(super) struct SimilarityView {
    shown: Memo<(ByPlace<Similarity>, SimilarityOrder, u64), Shown>,
    texture: Memo<TextureKey, TextureHandle>,
    /// Whether colours go from the lowest to the highest cosine instead of from -1 to 1.
    is_stretched: bool,
}

impl TabView for SimilarityView {
    fn tab(&self) -> Tab {
        Tab::Similarity
    }

    /// Nothing of the recipe: it is the model that is looked at.
    fn needs_recipe(&self) -> bool {
        false
    }

    fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        self.settings_ui(ctx, ui);
        let found = ctx.playground.views().similarity.found().cloned().filter(|found| !found.phrases.is_empty());
        let Some(found) = found else { return placeholder_ui(ctx, ui, EMPTY) };
        let rect = ui.available_rect_before_wrap();
        ui.allocate_rect(rect, Sense::hover());
        let split = rect.right() - SIDE;
        let left = Rect::from_min_max(rect.min, pos2(split - 16.0, rect.bottom()));
        let right = Rect::from_min_max(pos2(split, rect.top()), rect.max);
        ui.scope_builder(egui::UiBuilder::new().max_rect(left), |ui| self.matrix_ui(ctx, ui, &found, left));
        ui.scope_builder(egui::UiBuilder::new().max_rect(right), |ui| side_ui(ctx, ui, &found));
    }
}

impl SimilarityView {
    /// The order, how many are shown, and what is left out.
    fn settings_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let state = &ctx.playground.views().similarity;
        let (order, n_rows, n_phrases) = (state.order(), state.n_rows(), ctx.playground.document().phrases.len());
        let failure = state.failure().map(str::to_owned);
        let found = state.found().cloned();
        ui.horizontal(|ui| {
            ui.label(inked(ui, "Phrases", Ink::Weak));
            if let Some(order) = choice_ui(ui, "Order of the phrases", order, |_| true) {
                ctx.send(SimilarityCommand::SetOrder(order));
            }
            if n_phrases > n_rows.min(100) {
                let mut wanted = n_rows;
                let range = 2..=MAX_ROWS;
                ui.label(inked(ui, "at most", Ink::Weak));
                let field = ui.add(DragValue::new(&mut wanted).range(range).speed(5.0)).accessible_name("Phrases shown at most");
                field.on_hover_text(format!("How many phrases have a row in the matrix, up to {MAX_ROWS}; of more, evenly spread ones."));
                if wanted != n_rows {
                    ctx.send(SimilarityCommand::SetRows(wanted));
                }
            }
            ui.checkbox(&mut self.is_stretched, "Stretch colours").on_hover_text(
                "Colours from the lowest to the highest cosine there is, instead of from -1 to 1: for models whose cosines are all alike.",
            );
        });
        if let Some(found) = &found {
            let is_current = ctx.playground.similarity_is_current();
            let late = if is_current || failure.is_some() { "" } else { " · not yet with the last changes" };
            ui.label(inked(ui, format!("{}{late}", counted_sentence(found, n_phrases)), Ink::Weak).small());
        }
        if let Some(why) = failure {
            ui.horizontal(|ui| {
                ui.label(inked(ui, why, Ink::PushWords));
                if ui.button("Try again").clicked() {
                    ctx.send(SimilarityCommand::TryAgain);
                }
            });
        }
    }

    fn matrix_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, found: &Arc<Similarity>, area: Rect) {
        let (playground, order) = (ctx.playground, ctx.playground.views().similarity.order());
        let key = (ByPlace(found.clone()), order, playground.revision());
        let (state, document) = (&playground.views().similarity, playground.document());
        let make = || Shown { rows: state.rows(document).into(), groups: state.groups(document).into() };
        let shown = self.shown.get(key, make).clone();
        let ends = self.ends(found);
        let [low, middle, high] = [ends[0], (ends[0] + ends[1]) / 2.0, ends[1]].map(|end| two_digits(f64::from(end)));
        ui.horizontal(|ui| {
            scale_ui(ui, 200.0, [&low, &middle, &high]);
            let hint = "cosine; point at a cell for its phrases, click it to see why";
            cut_label(ui, inked(ui, hint, Ink::Weak).small()).on_hover_text(hint);
        });
        let top = ui.cursor().top() + 4.0;
        let matrix = Matrix::within(Rect::from_min_max(pos2(area.left(), top), area.max), found, shown.clone());
        let texture = self.texture.get((ByPlace(found.clone()), ByPlace(shown.rows), ends, theme::theme(ui)), || {
            let image = matrix.image(ui, ends);
            ui.ctx().load_texture("similarity", image, TextureOptions::NEAREST)
        });
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture.id(), matrix.rect, whole, Color32::WHITE);
        frame_ui(ui, matrix.rect);
        matrix.names_ui(ctx, ui);
        matrix.pointer_ui(ctx, ui);
    }

    /// The cosines at the ends of the scale.
    fn ends(&self, found: &Similarity) -> [f32; 2] {
        let range = found.spread.range().filter(|[low, high]| self.is_stretched && high > low);
        range.unwrap_or([-1.0, 1.0])
    }
}

/// The cells on the screen.
struct Matrix<'a> {
    found: &'a Similarity,
    shown: Shown,
    rect: Rect,
    cell: f32,
    /// Whether there is room for names on its left.
    has_names: bool,
}

impl<'a> Matrix<'a> {
    /// As large as there is room for, with names on its left where a cell is high enough for one.
    fn within(area: Rect, found: &'a Similarity, shown: Shown) -> Self {
        let n = shown.rows.len().max(1) as f32;
        let room = |names: f32| (area.width() - names).min(area.height() - GROUP_STRIP - 2.0).max(40.0);
        let has_names = room(NAMES) / n >= NAMED_CELL;
        let left = if has_names { NAMES } else { GROUP_STRIP + 3.0 };
        // However few they are, a cell is no poster.
        let side = room(left).min(n * 64.0);
        let rect = Rect::from_min_size(area.min + vec2(left, GROUP_STRIP + 2.0), vec2(side, side));
        Self { found, shown, rect, cell: side / n, has_names }
    }

    fn n(&self) -> usize {
        self.shown.rows.len()
    }

    fn cosine(&self, [row, column]: [usize; 2]) -> f32 {
        let n = self.found.phrases.len();
        let cell = self.shown.rows.get(row).zip(self.shown.rows.get(column)).map(|(row, column)| row * n + column);
        cell.and_then(|cell| self.found.cosines.get(cell)).copied().unwrap_or(0.0)
    }

    fn text(&self, place: usize) -> Arc<str> {
        self.shown.rows.get(place).and_then(|row| self.found.phrases.get(*row)).cloned().unwrap_or_else(|| "".into())
    }

    fn spoken(&self) -> String {
        let texts: Vec<Arc<str>> = (0..self.n()).map(|place| self.text(place)).collect();
        let names: Vec<&str> = texts.iter().map(|text| &**text).collect();
        spoken_matrix(&names, &|row, column| self.cosine([row, column]))
    }

    fn image(&self, ui: &Ui, [low, high]: [f32; 2]) -> ColorImage {
        let n = self.n();
        let share = |cosine: f32| 2.0 * (cosine - low) / (high - low).max(1e-6) - 1.0;
        let cells = (0..n).flat_map(|row| (0..n).map(move |column| [row, column]));
        ColorImage::new([n, n], cells.map(|places| heat_colour(ui, share(self.cosine(places)))).collect())
    }

    fn cell_rect(&self, [row, column]: [usize; 2]) -> Rect {
        Rect::from_min_size(self.rect.min + vec2(column as f32, row as f32) * self.cell, vec2(self.cell, self.cell))
    }

    fn cell_at(&self, pointer: Pos2) -> Option<[usize; 2]> {
        let offset = (pointer - self.rect.min) / self.cell;
        let places = [offset.y.max(0.0) as usize, offset.x.max(0.0) as usize];
        (self.rect.contains(pointer) && places.iter().all(|place| *place < self.n())).then_some(places)
    }

    /// The groups of rows and columns as strips, and names where there is room.
    fn names_ui(&self, ctx: &Ctx<'_>, ui: &Ui) {
        let group = |place: usize| self.shown.groups.get(*self.shown.rows.get(place)?).copied().flatten();
        let has_groups = !ctx.playground.document().groups.is_empty();
        for (Range { start, end }, group) in runs_of((0..self.n()).map(group).collect()) {
            let colour = theme::ink(ui, group_ink(group));
            let (from, to) = (start as f32 * self.cell, end as f32 * self.cell - 1.0);
            let (left, top) = (self.rect.left(), self.rect.top());
            if has_groups {
                let beside = Rect::from_min_max(pos2(left - GROUP_STRIP - 1.0, top + from), pos2(left - 1.0, top + to));
                let above = Rect::from_min_max(pos2(left + from, top - GROUP_STRIP - 1.0), pos2(left + to, top - 1.0));
                ui.painter().rect_filled(beside, 1.0, colour);
                ui.painter().rect_filled(above, 1.0, colour);
            }
        }
        if !self.has_names {
            return;
        }
        let (font, colour) = (egui::FontId::proportional((self.cell - 1.0).min(12.0)), theme::ink(ui, Ink::Text));
        let right = self.rect.left() - GROUP_STRIP - 6.0;
        for place in 0..self.n() {
            let words = in_sight(&excerpt(&one_line(&self.text(place)), 60)).into_owned();
            let mut job = egui::text::LayoutJob::simple_singleline(words, font.clone(), colour);
            job.wrap = egui::text::TextWrapping::truncate_at_width(NAMES - GROUP_STRIP - 8.0);
            let galley = ui.painter().layout_job(job);
            let at = pos2(right - galley.size().x, self.cell_rect([place, 0]).center().y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, colour);
        }
    }

    /// Points, clicks and keys: the pair under the pointer, and the one that is asked about.
    fn pointer_ui(&self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let response = ui.interact(self.rect, ui.scope_id().with("matrix"), Sense::click());
        let asked = self.asked(ctx);
        let name = self.sentence(asked);
        let order = ctx.playground.views().similarity.order();
        let state = (state_of(ctx), order.name(), std::ptr::from_ref(self.found) as usize);
        describe(ctx, &response, &name, state, || self.spoken());
        if let Some(places) = asked {
            let outline = self.cell_rect(places).expand(((7.0 - self.cell) / 2.0).max(0.5));
            ui.painter().rect_stroke(outline, 1.0, (2.0, theme::ink(ui, Ink::Text)), egui::StrokeKind::Outside);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(
                self.rect.expand(GROUP_STRIP + 3.0),
                2.0,
                (1.5, theme::ink(ui, Ink::Accent)),
                egui::StrokeKind::Outside,
            );
            if let Some(places) = self.moved(ui, &response, asked) {
                self.ask(ctx, places);
            }
        }
        let Some(places) = response.hover_pos().and_then(|pointer| self.cell_at(pointer)) else { return };
        if response.clicked() {
            response.request_focus();
            self.ask(ctx, places);
        }
        ui.painter().rect_stroke(self.cell_rect(places), 0.0, (1.0, theme::ink(ui, Ink::Text)), egui::StrokeKind::Outside);
        let [row, column] = places.map(|place| in_sight(&excerpt(&one_line(&self.text(place)), 80)).into_owned());
        let standing = ctx
            .playground
            .standing_of(self.cosine(places))
            .map_or(String::new(), |standing| format!("\n{}", standing.sentence()));
        let standing = if places[0] == places[1] { "\na phrase with itself".to_owned() } else { standing };
        response.on_hover_text_at_pointer(format!("{:.3}\n{row}\n{column}{standing}", self.cosine(places)));
    }

    /// Where the pair that is asked about is.
    fn asked(&self, ctx: &Ctx<'_>) -> Option<[usize; 2]> {
        let texts = ctx.playground.why().texts(ctx.playground.document())?;
        let place = |text: &str| {
            self.shown.rows.iter().position(|row| self.found.phrases.get(*row).is_some_and(|phrase| **phrase == *text))
        };
        Some([place(&texts[0])?, place(&texts[1])?])
    }

    fn sentence(&self, asked: Option<[usize; 2]>) -> String {
        let n = self.n();
        let chosen = asked.map_or("none chosen".to_owned(), |places| {
            let [row, column] = places.map(|place| excerpt(&one_line(&self.text(place)), 80));
            format!("chosen: {row} with {column}, {:.2}", self.cosine(places))
        });
        format!("Cosines of {n} phrases with each other; {chosen}. Arrow keys move, the inspector beside tells why")
    }

    /// Where an arrow key leads from the chosen cell, if one is pressed.
    fn moved(&self, ui: &Ui, response: &Response, from: Option<[usize; 2]>) -> Option<[usize; 2]> {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        let step = |less, more| i64::from(pressed(more)) - i64::from(pressed(less));
        let steps = [step(Key::ArrowUp, Key::ArrowDown), step(Key::ArrowLeft, Key::ArrowRight)];
        if steps == [0, 0] {
            return None;
        }
        let Some(from) = from else { return (self.n() > 1).then_some([0, 1]) };
        let last = self.n().saturating_sub(1) as i64;
        Some([0, 1].map(|side| (from[side] as i64 + steps[side]).clamp(0, last) as usize))
    }

    fn ask(&self, ctx: &mut Ctx<'_>, places: [usize; 2]) {
        let document = ctx.playground.document();
        let id = |place: usize| document.phrase_with_text(&self.text(place)).map(|phrase: &Phrase| phrase.id);
        let Some((row, column)) = id(places[0]).zip(id(places[1])) else { return };
        let sides: [PhraseId; 2] = [row, column];
        ctx.send(Act::Select(Some(row)));
        ctx.send(Act::AskWhy(sides.map(Said::Phrase), None));
    }
}

/// Places in a row that have the same group.
fn runs_of(groups: Vec<Option<usize>>) -> Vec<(Range<usize>, Option<usize>)> {
    let mut start = 0;
    let run = |part: &[Option<usize>]| {
        let range = start..start + part.len();
        start = range.end;
        (range, part.first().copied().flatten())
    };
    groups.chunk_by(|a, b| a == b).map(run).collect()
}

/// How the cosines spread, and the pair that is asked about.
fn side_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, found: &Similarity) {
    ScrollArea::vertical().id_salt("similarity side").auto_shrink([false, false]).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 10.0);
        heading(ui, "Cosines of all pairs").on_hover_text("How many pairs of two different phrases have which cosine.");
        let marked = ctx.playground.why().found().and_then(Result::ok).map(|pair| pair.cosine);
        ui.allocate_ui(vec2(ui.available_width(), SPREAD_HEIGHT), |ui| spread_ui(ctx, ui, found, marked));
        ui.add_space(8.0);
        match ctx.playground.why().asked() {
            Some(_) => why_ui(ctx, ui),
            None => {
                ui.label(inked(ui, "Click a cell of the matrix to see why its two phrases are near.", Ink::Weak));
            }
        }
    });
}

fn spread_ui(ctx: &Ctx<'_>, ui: &mut Ui, found: &Similarity, marked: Option<f32>) {
    if found.spread.n_pairs() == 0 {
        ui.label(inked(ui, "One phrase makes no pair.", Ink::Weak));
        return;
    }
    let accent = theme::ink(ui, Ink::Accent).gamma_multiply(0.6);
    let text = theme::ink(ui, Ink::Text);
    let heights = spread_heights(&found.spread);
    let width = 2.0 / SPREAD_BINS as f64;
    let bar = |(bin, height): (usize, &f64)| Bar::new(-1.0 + (bin as f64 + 0.5) * width, *height).width(width * 0.9);
    let bars: Vec<Bar> = heights.iter().enumerate().filter(|(_, height)| **height > 0.0).map(bar).collect();
    let [low, high] = found.spread.range().unwrap_or([-1.0, 1.0]).map(f64::from);
    let plot = still_plot("cosines of all pairs", ui).include_x(low.min(0.0)).include_x(high.max(1.0)).include_y(0.0);
    let plot = plot.label_formatter(|_| None).show(ui, |plot| {
        plot.bar_chart(BarChart::new("cosines", bars).color(accent).allow_hover(false));
        if let Some(cosine) = marked {
            plot.vline(VLine::new("the two", f64::from(cosine)).color(text).width(2.0).allow_hover(false));
        }
    });
    describe(ctx, &plot.response, "Cosines of all pairs", (state_of(ctx), std::ptr::from_ref(found) as usize), || {
        format!("Histogram of {} cosines, from {low:.2} to {high:.2}.", found.spread.n_pairs())
    });
    if let Some(cosine) = marked {
        paint_text(
            ui,
            ui.min_rect().right_top() + vec2(-4.0, 8.0),
            Align2::RIGHT_CENTER,
            &format!("line: {cosine:.2}"),
            11.0,
            Ink::Text,
        );
    }
}
