//! Below the columns: how well they answer judged questions, and where the query lies among the passages.

use eframe::egui::{self, Grid, Rect, RichText, Sense, Ui, pos2};

use crate::choice::Choice;
use crate::drawing::Ink;
use crate::playground::views::{SearchColumn, SearchCommand, SearchState};
use crate::scene::{SEARCH_MEASURES, measure_rows, measured_on, measures_of_column, search_map_shapes, search_map_words};
use crate::search::changed;
use crate::ui::context::Ctx;
use crate::ui::pieces::pointing::asks;
use crate::ui::pieces::widgets::{card, cut_label, heading, inked, strong_text, two_digits};
use crate::ui::pieces::{canvas, theme};

/// A card for something of its own.
fn card_ui(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        add(ui);
    });
}

/// The table of measures; `is_all` is whether all questions are measured.
pub(super) fn measures_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, is_all: &mut bool) {
    let state = &ctx.playground.views().search;
    let title = measured_on(state, *is_all).unwrap_or_default();
    let rows = measure_rows(state, *is_all);
    card_ui(ui, |ui| {
        if asks(ctx.playground) {
            ui.label(inked(ui, "The numbers come after your guess: they know the answer.", Ink::Weak));
            return;
        }
        ui.horizontal_wrapped(|ui| {
            heading(ui, &title);
            let label = if *is_all { "only those never trained on" } else { "all questions" };
            if ui.link(RichText::new(label).small()).on_hover_text("What is measured on.").clicked() {
                *is_all = !*is_all;
            }
        });
        let width = (ui.available_width() - 90.0) / state.columns().len().max(1) as f32;
        Grid::new("search measures").num_columns(state.columns().len() + 1).min_col_width(30.0).spacing([8.0, 2.0]).show(
            ui,
            |ui| {
                ui.label("");
                for column in state.columns() {
                    let words = format!("{} {}", column.title, column.note);
                    ui.scope(|ui| {
                        ui.set_max_width(width);
                        cut_label(ui, inked(ui, &words, Ink::Weak).small()).on_hover_text(&words);
                    });
                }
                ui.end_row();
                for ((name, values), (_, explanation)) in rows.iter().zip(SEARCH_MEASURES) {
                    ui.label(name).on_hover_text(explanation);
                    for value in values {
                        ui.label(strong_text(ui, value.map_or("–".to_owned(), two_digits)));
                    }
                    ui.end_row();
                }
            },
        );
        changed_ui(ctx, ui, *is_all);
    });
}

/// How many questions the compared column answers better, and which it answers worse: a click asks one.
fn changed_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, is_all: bool) {
    let state = &ctx.playground.views().search;
    let compared = state.columns().iter().find_map(|column| Some((column, state.columns().get(column.against?)?)));
    let Some((after, before)) = compared else { return };
    let (Some(judged), Some(new), Some(old)) =
        (state.judged(), measures_of_column(state, after, is_all), measures_of_column(state, before, is_all))
    else {
        return;
    };
    let places: Vec<usize> = if is_all { (0..judged.queries.len()).collect() } else { state.held_out().to_vec() };
    let changed = changed(&old, &new);
    ui.horizontal_wrapped(|ui| {
        ui.label(inked(ui, format!("{} better, {} worse", changed.better.len(), changed.worse.len()), Ink::Weak));
        for query in changed.worse.iter().filter_map(|place| judged.queries.get(*places.get(*place)?)) {
            if ui.link(RichText::new(&*query.text).small()).on_hover_text("Ask it: it is answered worse.").clicked() {
                ctx.send(SearchCommand::Ask(query.text.to_string()));
            }
        }
    });
}

/// Where the query lies, in the space of column `mapped`.
pub(super) fn map_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, mapped: Option<usize>) {
    let state = &ctx.playground.views().search;
    let found = mapped.and_then(|place| {
        let column = state.columns().get(place)?;
        Some((state.index_of(&column.side)?, state.found(place)?))
    });
    card_ui(ui, |ui| {
        heading(ui, "Where the question lies");
        let Some((index, found)) = found else { return };
        let words = search_map_words(index);
        let area = ui.available_rect_before_wrap();
        let response = ui.allocate_rect(area, Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Map of the query and its hits"));
        let map = Rect::from_min_max(area.min, pos2(area.right(), area.bottom() - 16.0));
        let shapes = search_map_shapes(index, found, [map.left(), map.top(), map.right(), map.bottom()]);
        canvas::paint_shapes(&ui.painter().with_clip_rect(map), theme::palette(ui), &shapes);
        let line = Rect::from_min_max(pos2(area.left(), area.bottom() - 15.0), area.max);
        ui.scope_builder(egui::UiBuilder::new().max_rect(line), |ui| {
            cut_label(ui, inked(ui, words.as_str(), Ink::Weak).size(11.0)).on_hover_text(words);
        });
    });
}

/// The rank of the first right passage by the first and by the last column that can tell, for each judged question.
pub(super) fn ranks_of(state: &SearchState, query: usize) -> Option<[Option<usize>; 2]> {
    let of = |column: &SearchColumn| Some(state.index_of(&column.side)?.measures_of(column.method)?.queries.get(query)?.rank);
    let [before, after] = match state.columns().iter().position(|column| column.against.is_some()) {
        Some(after) => [state.columns()[after].against?, after],
        None => [0, 1],
    };
    Some([of(state.columns().get(before)?)?, of(state.columns().get(after)?)?])
}

/// What the two ranks are of, in words.
pub(super) fn ranks_words(state: &SearchState) -> String {
    let is_compared = state.columns().iter().any(|column| column.against.is_some());
    let what = match (is_compared, state.beside()) {
        (true, beside) => beside.label(),
        (false, _) => "by words → by meaning",
    };
    format!("Rank of the right passage, {what}")
}
