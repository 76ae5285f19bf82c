//! Beside the hits: which documents are searched, and the judged questions with the rank of their right passage.

use eframe::egui::{self, Align, DragValue, Layout, Ui};

use super::numbers::{ranks_of, ranks_words};
use crate::drawing::Ink;
use crate::playground::views::{Documents, SearchCommand, SearchState};
use crate::search::Splitting;
use crate::ui::context::{Ask, Ctx};
use crate::ui::pieces::right_to_left::in_sight;
use crate::ui::pieces::widgets::{heading, inked, row_ui};

pub(super) fn side_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    documents_ui(ctx, ui);
    judged_ui(ctx, ui);
}

fn documents_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let state = &ctx.playground.views().search;
    heading(ui, "Documents");
    let choices = [
        (Documents::Phrases, "Phrases of the project", "Every phrase of the list is a passage."),
        (Documents::BuiltIn, "A museum's leaflet", "60 passages and 24 judged questions that come with the program."),
    ];
    for (documents, label, explanation) in choices {
        if ui.radio(*state.documents() == documents, label).on_hover_text(explanation).clicked() {
            ctx.send(SearchCommand::SearchIn(documents));
        }
    }
    if let Documents::File(path) = state.documents() {
        let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
        ui.radio(true, name).on_hover_text(path.display().to_string());
    }
    if ui.button("Open documents…").on_hover_text("Search a file of texts, a table, or Markdown.").clicked() {
        ctx.ask(Ask::DocumentsPath);
    }
    if matches!(state.documents(), Documents::File(_)) {
        splitting_ui(ctx, ui);
    }
    if let Some(collection) = state.collection().filter(|_| *state.documents() != Documents::Phrases) {
        ui.label(inked(ui, collection.summary(), Ink::Weak).small());
    }
    for remark in state.remarks() {
        ui.label(inked(ui, remark, Ink::Weak).small());
    }
}

fn splitting_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let splitting = ctx.playground.views().search.splitting();
    let mut next = splitting;
    let words = "Longer documents are split at the ends of sentences; 0: none is.";
    row_ui(ui, "Words a passage", words, |ui| {
        ui.add(DragValue::new(&mut next.words).range(0..=1000)).accessible_name("Words a passage");
    });
    row_ui(ui, "Sentences shared", "Sentences at the end of a passage that begin the next one too.", |ui| {
        ui.add(DragValue::new(&mut next.overlap).range(0..=10)).accessible_name("Sentences shared");
    });
    if next != splitting {
        let Splitting { words, overlap } = next;
        ctx.send(SearchCommand::Split(Splitting { words, overlap }));
    }
}

fn judged_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let state = &ctx.playground.views().search;
    let Some(judged) = state.judged() else { return };
    ui.separator();
    heading(ui, &format!("Judged questions · {}", judged.queries.len()));
    ui.label(inked(ui, ranks_words(state), Ink::Weak).small());
    let held_out = state.held_out();
    let others: Vec<usize> = (0..judged.queries.len()).filter(|place| !held_out.contains(place)).collect();
    for (title, places) in [("never trained on", held_out), ("trained on in the lesson", &others[..])] {
        if !places.is_empty() {
            ui.label(inked(ui, format!("{title} · {}", places.len()), Ink::Weak).small());
        }
        places.iter().for_each(|place| question_ui(ctx, ui, state, *place));
    }
}

/// A question: a click asks it.
fn question_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, state: &SearchState, place: usize) {
    let Some(query) = state.judged().and_then(|judged| judged.queries.get(place)) else { return };
    let is_asked = state.judged_query() == Some(place);
    let ranks = ranks_of(state, place);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some([before, after]) = ranks {
                let (words, ink) = change_words(before, after);
                ui.label(inked(ui, words, ink).small());
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = egui::Button::selectable(is_asked, in_sight(&query.text)).truncate();
                if ui.add(label).on_hover_text(&*query.text).clicked() {
                    ctx.send(SearchCommand::Ask(query.text.to_string()));
                }
            });
        });
    });
}

/// "3 → 1", with a mark that says which way it went.
fn change_words(before: Option<usize>, after: Option<usize>) -> (String, Ink) {
    let rank = |rank: Option<usize>| rank.map_or("none".to_owned(), |rank| rank.to_string());
    let place = |rank: Option<usize>| rank.unwrap_or(usize::MAX);
    let (mark, ink) = match place(after).cmp(&place(before)) {
        std::cmp::Ordering::Less => ("▲ ", Ink::Group(2)),
        std::cmp::Ordering::Greater => ("▼ ", Ink::PushWords),
        std::cmp::Ordering::Equal => ("", Ink::Weak),
    };
    (format!("{mark}{} → {}", rank(before), rank(after)), ink)
}
