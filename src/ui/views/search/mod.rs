//! Search: a query, and its ranked passages beside each other: by words, by meaning, by both; before and after training;
//! under two models.
//!
//! The columns of hits are in `columns.rs`, what stands beside them in `side.rs`, what stands below in `numbers.rs`.

mod columns;
mod numbers;
mod side;

use std::sync::Arc;

use eframe::egui::{self, Rect, Sense, TextEdit, Ui, pos2, vec2};

use super::{EXPORT_SIZE, TabView};
use crate::choice::Choice;
use crate::data::{excerpt, one_line};
use crate::drawing::{Film, Ink};
use crate::model::{ModelChoice, Source};
use crate::playground::Part;
use crate::playground::views::{Beside, Documents, SearchCommand, SearchState, Tab};
use crate::scene::{PosterColumn, SearchPoster, two_digits};
use crate::search::SearchMethod;
use crate::ui::context::Ctx;
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

    fn picture_to_export(&self, ctx: &mut Ctx<'_>) -> Result<Arc<dyn Film>, String> {
        let state = &ctx.playground.views().search;
        let query = state.answered().ok_or("Nothing was searched yet: type a question first.")?;
        let all = columns::all(state);
        let map = self.mapped_column(state).and_then(|place| {
            let column = state.columns().get(place)?;
            Some((state.index_of(&column.side)?.clone(), state.found(place)?.clone()))
        });
        Ok(Arc::new(SearchPoster {
            title: format!("{} · {:?}", Tab::Search.label(), excerpt(&one_line(query), 80)),
            columns: all.iter().map(poster_column).collect(),
            measures: numbers::rows(state, self.measures_all),
            measured_on: numbers::measured_on(state, self.measures_all).unwrap_or_default(),
            map,
            size: EXPORT_SIZE,
        }))
    }
}

fn poster_column(column: &columns::ColumnData) -> PosterColumn {
    let hit = |hit: &columns::HitData| {
        let number = match column.method {
            SearchMethod::Words => format!("{:.1}", hit.score),
            SearchMethod::Meaning | SearchMethod::Both => {
                hit.cosine.map_or(String::new(), |cosine| two_digits(f64::from(cosine)))
            }
        };
        (format!("{} {}", hit.rank, hit.moved.as_deref().unwrap_or_default()), one_line(&hit.text), number)
    };
    PosterColumn { title: column.title.clone(), note: column.note.clone(), hits: column.hits.iter().map(hit).collect() }
}

impl SearchView {
    /// The column that the map is of: the one that was chosen, else the last one that goes by meaning.
    fn mapped_column(&self, state: &SearchState) -> Option<usize> {
        let columns = state.columns();
        let by_meaning = || {
            (0..columns.len())
                .rev()
                .find(|place| columns[*place].method == SearchMethod::Meaning && state.found(*place).is_some())
        };
        self.mapped.filter(|place| *place < columns.len()).or_else(by_meaning)
    }

    fn columns_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, area: Rect) {
        let state = &ctx.playground.views().search;
        if let Some(sentence) = empty_sentence(state) {
            let middle = Rect::from_center_size(area.center(), vec2(area.width() * 0.9, 44.0));
            ui.put(middle, egui::Label::new(inked(ui, sentence, Ink::Weak).size(15.0)).wrap().halign(egui::Align::Center));
            return;
        }
        let all = columns::all(state);
        let width = (area.width() + GAP) / all.len().max(1) as f32;
        for (place, column) in all.iter().enumerate() {
            let left = area.left() + place as f32 * width;
            let rect = Rect::from_min_size(pos2(left, area.top()), vec2(width - GAP, area.height()));
            let is_mapped = self.mapped_column(state) == Some(place);
            ui.scope_builder(egui::UiBuilder::new().max_rect(rect).id_salt(("column", place)), |ui| {
                if columns::column_ui(ctx, ui, column, is_mapped) {
                    self.mapped = Some(place);
                }
            });
        }
    }

    fn below_columns_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, area: Rect) {
        let state = &ctx.playground.views().search;
        let has_measures = !numbers::rows(state, self.measures_all).is_empty();
        let split = if has_measures { area.left() + area.width() * 0.52 } else { area.left() };
        if has_measures {
            let left = Rect::from_min_max(area.min, pos2(split - GAP, area.bottom()));
            ui.scope_builder(egui::UiBuilder::new().max_rect(left), |ui| numbers::measures_ui(ctx, ui, &mut self.measures_all));
        }
        let right = Rect::from_min_max(pos2(split, area.top()), area.max);
        let mapped = self.mapped_column(state);
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
