//! The selected phrase: its neighbours in the full space, and where the map is wrong about it.

use eframe::egui::{Align, FontId, Layout, Ui};

use crate::data::{excerpt, one_line};
use crate::drawing::Ink;
use crate::playground::views::Tab;
use crate::playground::{Act, Document, PhraseId, Said};
use crate::train::LearnerKind;
use crate::ui::context::{Ask, Ctx};
use crate::ui::pieces::pointing::asks;
use crate::ui::pieces::right_to_left::{lines_label, sentence_in_sight};
use crate::ui::pieces::theme;
use crate::ui::pieces::why::why_link;
use crate::ui::pieces::widgets::{group_mark, heading, inked, share_bar};

pub(in crate::ui) fn inspector_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    heading(ui, "Selected");
    let Some(phrase) = ctx.playground.selected() else {
        ui.label(inked(ui, "Click a phrase in the list or on the map to see what is near it.", Ink::Weak));
        return;
    };
    let document = ctx.playground.document();
    lines_label(ui, &excerpt(document.text(phrase), 200), theme::strong(13.0), Ink::Text);
    if asks(ctx.playground) {
        let asks_now = ctx.playground.lesson_step().is_some_and(|step| step.predict.is_some());
        let when = if asks_now { "with the answer" } else { "after this step" };
        ui.label(inked(ui, format!("What is near it is shown {when}."), Ink::Weak));
        return;
    }
    if is_untaught(ctx, phrase) {
        return untaught_ui(ctx, ui, phrase);
    }
    if !ctx.playground.explores() {
        let keeps_still = document.recipe.learner == LearnerKind::Vectors;
        ui.label(inked(ui, in_pairs(document.pairs_of(phrase), keeps_still), Ink::Weak));
    }
    let Some(neighbourhood) = ctx.neighbourhood_of_selected(phrase) else {
        ui.label(inked(ui, "Its vector is not there yet.", Ink::Weak));
        return;
    };
    let nearest = format!("nearest in all {} dimensions", neighbourhood.dims);
    ui.label(inked(ui, nearest, Ink::Weak)).on_hover_text(format!("Cosines in the space {}", neighbourhood.space));
    for (id, cosine) in &neighbourhood.nearest {
        neighbour_ui(ctx, ui, document, [phrase, *id], *cosine);
    }
    for warning in neighbourhood.warnings(document) {
        ui.label(inked(ui, sentence_in_sight(&warning), Ink::Weak));
    }
}

/// Whether its vector is random, and nothing has taught it.
fn is_untaught(ctx: &mut Ctx<'_>, phrase: PhraseId) -> bool {
    let picture = ctx.picture();
    picture.and_then(|picture| picture.place(phrase).map(|place| place.is_random)).unwrap_or(false)
}

/// Cosines of a random vector would mean nothing; those of the model do.
fn untaught_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, phrase: PhraseId) {
    let document = ctx.playground.document();
    let why = match document.pairs_of(phrase) {
        0 => "no pair moves it.",
        1 => "its pair is kept back to test with, and moves nothing.",
        _ => "its pairs are kept back to test with, and move nothing.",
    };
    ui.label(inked(ui, format!("Free vectors know nothing of it: its vector is random, and {why}"), Ink::Weak));
    if let Some(nearest) = ctx.playground.explored_neighbours(phrase, 3) {
        ui.label(inked(ui, "The model finds nearest:", Ink::Weak));
        nearest.iter().for_each(|(id, cosine)| neighbour_ui(ctx, ui, document, [phrase, *id], *cosine));
    }
    ui.horizontal_wrapped(|ui| {
        if ui.button("See it in Explore").clicked() {
            ctx.send(Act::ShowTab(Tab::Explore));
        }
        if ui.button("Make a pair of it…").clicked() {
            ctx.ask(Ask::Pair);
        }
    });
}

/// `keeps_still`: what is in no pair does, where nothing is shared between phrases.
fn in_pairs(n_pairs: usize, keeps_still: bool) -> String {
    match n_pairs {
        0 if keeps_still => "in no pair: it stays where it begins".to_owned(),
        0 => "in no pair: it moves with what the others teach".to_owned(),
        1 => "in 1 pair".to_owned(),
        n => format!("in {n} pairs"),
    }
}

/// The name has a line of its own, and below it how near it is: names are what is read.
fn neighbour_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, document: &Document, [selected, id]: [PhraseId; 2], cosine: f32) {
    let text = one_line(document.text(id));
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.horizontal(|ui| {
        group_mark(ui, document.phrase(id).and_then(|phrase| document.group_index(phrase.group)));
        lines_label(ui, &text, FontId::proportional(13.0), Ink::Text);
    });
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Why is “{}” near?", excerpt(&text, 60));
            why_link(ctx, ui, &name, [selected, id].map(Said::Phrase), None);
            ui.label(format!("{cosine:.2}"));
            let accent = theme::ink(ui, Ink::Accent);
            share_bar(ui, cosine, accent);
        });
    });
}
