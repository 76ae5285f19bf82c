//! Search: a query, and its ranked passages beside each other: by words, by meaning, by both; before and after training;
//! under two models.
//!
//! The columns of hits are in `columns.rs`, what stands beside them in `side.rs`, what stands below in `numbers.rs`.

mod columns;
mod numbers;
mod side;

use eframe::egui::{self, Rect, Sense, TextEdit, Ui, pos2, vec2};

use super::TabView;
use crate::drawing::Ink;
use crate::model::{ModelChoice, Source};
use crate::playground::Part;
use crate::playground::views::{Beside, Documents, SearchCommand, SearchState, Tab};
use crate::scene::{PictureLook, mapped_column, measure_rows, search_columns};
use crate::ui::context::Ctx;
use crate::ui::look::Look;
use crate::ui::pieces::pointing::point_out;
use crate::ui::pieces::right_to_left::reading_order_ui;
use crate::ui::pieces::widgets::{choice_ui, inked};

/// Height of the measures and the map below the columns.
const BELOW: f32 = 196.0;
/// A lower window has only the columns.
const ROOM_FOR_BELOW: f32 = 400.0;
/// Space between columns.
const GAP: f32 = 12.0;

/// What the view remembers from frame to frame.
#[derive(Default)]
pub(super) struct SearchView {
    /// Whether all judged questions are measured, or only those that training never sees.
    measures_all: bool,
    /// The column whose hits the map shows, if somebody chose one.
    mapped: Option<usize>,
    /// The frame in which it was drawn last.
    last_frame: u64,
}

impl TabView for SearchView {
    fn tab(&self) -> Tab {
        Tab::Search
    }

    /// A question is asked of a model: nothing of the recipe.
    fn needs_recipe(&self) -> bool {
        false
    }

    fn has_side(&self) -> bool {
        true
    }

    fn side_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        side::side_ui(ctx, ui);
    }

    fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        // Whoever comes here wants to ask: letters must not be taken for shortcuts.
        let frame = ui.ctx().cumulative_frame_nr();
        let is_new = frame > self.last_frame + 1;
        self.last_frame = frame;
        query_ui(ctx, ui, is_new);
        beside_ui(ctx, ui);
        let rect = ui.available_rect_before_wrap();
        ui.allocate_rect(rect, Sense::hover());
        let state = &ctx.playground.views().search;
        let has_below = state.answered().is_some() || state.judged().is_some();
        let below = if has_below && rect.height() > ROOM_FOR_BELOW { BELOW } else { 0.0 };
        let above = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - below));
        self.columns_ui(ctx, ui, above);
        if below > 0.0 {
            let area = Rect::from_min_max(pos2(rect.left(), rect.bottom() - below + GAP), rect.max);
            self.below_columns_ui(ctx, ui, area);
        }
    }

    fn look_to_export(&self, _look: &Look) -> PictureLook {
        PictureLook { measures_all: self.measures_all, mapped: self.mapped, ..PictureLook::default() }
    }
}

impl SearchView {
    fn columns_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, area: Rect) {
        let state = &ctx.playground.views().search;
        if let Some(sentence) = empty_sentence(state) {
            let middle = Rect::from_center_size(area.center(), vec2(area.width() * 0.9, 44.0));
            ui.put(middle, egui::Label::new(inked(ui, sentence, Ink::Weak).size(15.0)).wrap().halign(egui::Align::Center));
            return;
        }
        let all = search_columns(state);
        let width = (area.width() + GAP) / all.len().max(1) as f32;
        for (place, column) in all.iter().enumerate() {
            let left = area.left() + place as f32 * width;
            let rect = Rect::from_min_size(pos2(left, area.top()), vec2(width - GAP, area.height()));
            let is_mapped = mapped_column(state, self.mapped) == Some(place);
            ui.scope_builder(egui::UiBuilder::new().max_rect(rect).id_salt(("column", place)), |ui| {
                if columns::column_ui(ctx, ui, column, is_mapped) {
                    self.mapped = Some(place);
                }
            });
        }
    }

    fn below_columns_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, area: Rect) {
        let state = &ctx.playground.views().search;
        let has_measures = !measure_rows(state, self.measures_all).is_empty();
        let split = if has_measures { area.left() + area.width() * 0.52 } else { area.left() };
        if has_measures {
            let left = Rect::from_min_max(area.min, pos2(split - GAP, area.bottom()));
            ui.scope_builder(egui::UiBuilder::new().max_rect(left), |ui| numbers::measures_ui(ctx, ui, &mut self.measures_all));
        }
        let right = Rect::from_min_max(pos2(split, area.top()), area.max);
        let mapped = mapped_column(state, self.mapped);
        ui.scope_builder(egui::UiBuilder::new().max_rect(right), |ui| numbers::map_ui(ctx, ui, mapped));
    }
}

/// What stands in place of the columns.
fn empty_sentence(state: &SearchState) -> Option<String> {
    let collection = match state.collection() {
        Some(collection) => collection,
        None if state.has_failed() => return Some("The documents could not be opened.".to_owned()),
        None => return Some("The documents are being opened…".to_owned()),
    };
    if collection.passages.is_empty() {
        return Some("Type phrases on the left, or choose other documents on the right: these are searched.".to_owned());
    }
    state.query().trim().is_empty().then(|| match state.judged() {
        Some(_) => "Type a question, or choose one of the judged ones on the right.".to_owned(),
        None => format!("Type a question: {} are searched as you type.", passages_words(state)),
    })
}

fn passages_words(state: &SearchState) -> String {
    let n = state.collection().map_or(0, |collection| collection.passages.len());
    let thing = match state.documents() {
        Documents::Phrases => "phrase",
        Documents::BuiltIn | Documents::File(_) => "passage",
    };
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

/// The field of the query: what is typed is searched at once.
fn query_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, is_new: bool) {
    let state = &ctx.playground.views().search;
    let mut query = state.query().to_owned();
    let words = passages_words(state);
    let typed = query.clone();
    ui.horizontal(|ui| {
        let width = ui.available_width() - 110.0;
        let field = TextEdit::singleline(&mut query).hint_text("Ask a question…").margin(vec2(10.0, 7.0)).desired_width(width);
        let response = ui.add(field).accessible_name("Query");
        point_out(ctx, ui, Part::Query, response.rect);
        if is_new {
            response.request_focus();
        }
        if response.changed() {
            ctx.send(SearchCommand::Ask(query));
        }
        ui.label(inked(ui, words, Ink::Weak));
    });
    reading_order_ui(ui, &typed);
}

/// What stands beside each other; for two models, which is the second.
fn beside_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let state = &ctx.playground.views().search;
    ui.horizontal(|ui| {
        ui.label(inked(ui, "Beside each other", Ink::Weak));
        if let Some(beside) = choice_ui(ui, "Beside each other", state.beside(), |_| true) {
            ctx.send(SearchCommand::Compare(beside));
        }
        match state.beside() {
            Beside::Methods | Beside::Training => {}
            Beside::Models => second_ui(ctx, ui),
        }
        if state.has_failed() && ui.button("Try again").on_hover_text("Try again what failed or was stopped.").clicked() {
            ctx.send(SearchCommand::TryAgain);
        }
    });
}

fn second_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let second = ctx.playground.views().search.second().clone();
    let mut next = second.clone();
    let combo = egui::ComboBox::from_id_salt("second model").selected_text(second.name()).width(170.0).truncate();
    let shown = combo.show_ui(ui, |ui| {
        for option in models(ctx) {
            if ui.selectable_label(option == second, option.name()).clicked() {
                next = option;
            }
        }
    });
    shown.response.accessible_name("Second model").on_hover_text(second.to_string());
    if next != second {
        ctx.send(SearchCommand::SetSecond(next));
    }
}

/// The models on this machine, and those that need no files.
fn models(ctx: &Ctx<'_>) -> Vec<ModelChoice> {
    let here = ctx.playground.found_models().here().map_or(&[] as &[_], |here| here);
    let here = here.iter().filter(|model| model.problem.is_none()).map(|model| model.source.clone());
    let mut models: Vec<ModelChoice> = Vec::new();
    for source in [Source::Embedded, Source::Random(1), Source::Tokens].into_iter().chain(here) {
        if !models.iter().any(|model| model.source == source) {
            models.push(source.into());
        }
    }
    models
}
