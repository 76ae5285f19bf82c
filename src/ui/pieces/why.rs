//! Why two phrases are near: their cosine, what their tokens have to do with it, and how tokens become a vector.
//!
//! It shows what the playground was asked about, or any answer that it is handed: it knows no panel.

use eframe::egui::{Align, CollapsingHeader, Label, Layout, Response, RichText, Role, Ui, WidgetInfo, vec2};

use super::heat::scale_ui;
use super::pointing::point_out;
use super::right_to_left::{in_sight, lines_label};
use super::strips::{STRIP_HEIGHT, strip_ui, usual_end};
use super::theme;
use super::token_heat::{left_out_ui, token_heat_ui};
use super::widgets::{Icon, heading, icon_button, inked, strong_text};
use crate::compare::SearchSide;
use crate::data::{capital, excerpt, one_line};
use crate::drawing::Ink;
use crate::model::{Answer, Attribution, Parts, TokenRole};
use crate::playground::views::Tab;
use crate::playground::{Act, Part, Said};
use crate::scene::strongest_words;
use crate::ui::context::Ctx;

/// A link that asks why two are near, the second found for the first by a side of a search if one is given; `name` is what
/// a screen reader says.
pub(in crate::ui) fn why_link(ctx: &mut Ctx<'_>, ui: &mut Ui, name: &str, sides: [Said; 2], found_by: Option<SearchSide>) {
    let link = ui.link(RichText::new("why?").small());
    if found_by.is_some() {
        point_out(ctx, ui, Part::Why, link.rect);
    }
    link.widget_info(|| WidgetInfo::labeled(Role::Link, true, name));
    if link.on_hover_text("Shows which tokens of the two bring them together, and which apart.").clicked() {
        ctx.send(Act::AskWhy(sides, found_by));
    }
}

/// Whether a click now asks about the selected phrase and the one that is clicked: Ctrl (or Command) or Shift is held.
pub(in crate::ui) fn asks_why(ui: &Ui) -> bool {
    ui.input(|input| input.modifiers.command || input.modifiers.shift)
}

/// What the playground was asked about; nothing if nobody asks.
pub(in crate::ui) fn why_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let playground = ctx.playground;
    let Some(texts) = playground.why().texts(playground.document()) else { return };
    ui.horizontal(|ui| {
        heading(ui, "How near are these two, and why?");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Put the answer away", 16.0, false).clicked() {
                ctx.send(Act::CloseWhy);
            }
        });
    });
    match playground.why().found() {
        Some(Ok(found)) => {
            // The pairs of phrases are those of the model: a cosine of another space stands nowhere among them.
            let is_of_model = playground.model_space() == Some(found.vectors.space());
            let standing = playground.standing_of(found.cosine).filter(|_| is_of_model).map(|standing| standing.sentence());
            if playground.views().tab == Tab::Train && !playground.shows_model() {
                ui.label(inked(ui, "As the model itself sees them: vectors of the run are not taken apart.", Ink::Weak).small());
            }
            attribution_ui(ui, found, standing.as_deref());
        }
        Some(Err(why)) => {
            texts.iter().for_each(|text| phrase_ui(ui, text));
            ui.label(inked(ui, why, Ink::PushWords));
            if ui.button("Try again").clicked()
                && let Some(sides) = playground.why().asked().cloned()
            {
                ctx.send(Act::AskWhy(sides, playground.why().found_by().cloned()));
            }
        }
        None => {
            texts.iter().for_each(|text| phrase_ui(ui, text));
            ui.label(inked(ui, "The model is looking at them…", Ink::Weak));
        }
    }
}

/// An answer, with a sentence on where its cosine stands among others.
pub(in crate::ui) fn attribution_ui(ui: &mut Ui, found: &Attribution, standing: Option<&str>) {
    found.texts.iter().for_each(|text| phrase_ui(ui, text));
    let cosine = ui.label(RichText::new(format!("{:.2}", found.cosine)).size(22.0).color(theme::ink(ui, Ink::Text)));
    cosine.on_hover_text(format!("The cosine {:.4} in the space {}", found.cosine, found.vectors.space()));
    if let Some(standing) = standing {
        ui.label(inked(ui, standing, Ink::Weak).small());
    }
    ui.label(inked(ui, format!("by {}", found.vectors.space().model), Ink::Weak).small());
    answer_ui(ui, found);
    if let Some(parts) = &found.parts {
        CollapsingHeader::new("Phrase → tokens → vector").id_salt("tokens of the two").show(ui, |ui| {
            for (side, parts) in parts.iter().enumerate() {
                ui.push_id(side, |ui| tokens_ui(ui, found, side, parts));
            }
        });
    }
}

fn phrase_ui(ui: &mut Ui, text: &str) {
    lines_label(ui, &excerpt(&one_line(text), 160), theme::strong(13.0), Ink::Text).on_hover_text(in_sight(&excerpt(text, 2000)));
}

fn answer_ui(ui: &mut Ui, found: &Attribution) {
    match &found.answer {
        Answer::Unknown(why) => {
            ui.label(inked(ui, format!("{}.", capital(why)), Ink::Weak));
        }
        Answer::Cells(_) => {
            let sentence = format!("Share of each two tokens: the cells add up to {:.2}", found.cosine);
            ui.label(inked(ui, sentence, Ink::Weak).small()).on_hover_text(
                "Both vectors are sums of what their tokens add, so their cosine is a sum too: one part for each token of the first with each of the second.",
            );
            token_heat_ui(ui, found);
            strongest_ui(ui, found);
        }
        Answer::LeftOut(_) => {
            ui.label(inked(ui, "Leave one out: how much higher the cosine is than without each token", Ink::Weak).small())
                .on_hover_text(
                    "This model's vectors are no sum of what their tokens add, so the cosine can't be split among them. Instead each token is left out once. These changes add up to nothing.",
                );
            left_out_ui(ui, found);
        }
    }
}

/// The strongest pairs by name, and what tokens add that are in neither phrase.
fn strongest_ui(ui: &mut Ui, found: &Attribution) {
    let named = strongest_words(found);
    if !named.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.label(inked(ui, "adding most, of two words:", Ink::Weak));
            ui.label(strong_text(ui, named.join(", ")));
        });
    }
    let of_others = found.share_of_others();
    if of_others.abs() >= 0.005 {
        let words = format!("{of_others:.2} of it with tokens that are in neither phrase, such as [CLS] and [SEP]");
        ui.label(inked(ui, words, Ink::Weak).small())
            .on_hover_text("The tokenizer puts them around each phrase; their vectors read the whole of it.");
    }
}

/// A phrase as its tokens, their vectors as strips, and the one they become.
fn tokens_ui(ui: &mut Ui, found: &Attribution, side: usize, parts: &Parts) {
    phrase_ui(ui, &found.texts[side]);
    if parts.n_joined > 0 {
        let words =
            format!("{} of {} tokens are taken together as the last", parts.n_joined, parts.tokens.len() - 1 + parts.n_joined);
        ui.label(inked(ui, words, Ink::Weak).small());
    }
    let width = ui.available_width();
    let names = (width * 0.34).min(110.0);
    let strip = (width - names - 8.0).max(20.0);
    let pooled = found.vectors.get(side).unwrap_or(&[]);
    let [end, pooled_end] = [usual_end(&parts.vectors), usual_end(pooled)];
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = STRIP_HEIGHT;
        for (place, token) in parts.tokens.iter().enumerate() {
            ui.horizontal(|ui| {
                token_ui(ui, parts, place, names);
                strip_ui(ui, &token.text, parts.vector(place), end, strip);
            });
        }
        ui.label(inked(ui, format!("{}:", parts.arithmetic), Ink::Weak).small());
        ui.horizontal(|ui| {
            name_ui(ui, strong_text(ui, "vector").small(), names);
            strip_ui(ui, "the phrase's vector", pooled, pooled_end, strip);
        });
    });
    let [low, high] = [-1.0, 1.0].map(|sign| format!("{:.2}", sign * end));
    scale_ui(ui, width.min(200.0), [&low, "0", &high]);
    let words = format!("numbers of tokens, stronger ones as at the ends; colours of the vector end at ± {pooled_end:.2}");
    ui.label(inked(ui, words, Ink::Weak).small());
}

/// A name in a column of `width`, cut where it does not fit.
fn name_ui(ui: &mut Ui, text: RichText, width: f32) -> Response {
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(vec2(width, STRIP_HEIGHT), layout, |ui| {
        ui.set_min_width(width);
        ui.add(Label::new(text).truncate())
    })
    .inner
}

/// A token's piece, and what there is to say of it.
fn token_ui(ui: &mut Ui, parts: &Parts, place: usize, width: f32) {
    let Some(token) = parts.tokens.get(place) else { return };
    let (ink, role) = match token.role {
        TokenRole::Phrase => (Ink::Text, "a token of the phrase"),
        TokenRole::Prompt => (Ink::Weak, "a token of the prompt that stands before each phrase"),
        TokenRole::Special => (Ink::Weak, "a special token, put around each phrase"),
        TokenRole::Rest => (Ink::Weak, "several tokens of the phrase, taken together"),
    };
    let weights: Vec<String> =
        parts.weights.iter().filter_map(|way| way.get(place)).map(|weight| format!("{weight:.3}")).collect();
    let counts = if weights.is_empty() { String::new() } else { format!("; it counts {}", weights.join(" and ")) };
    name_ui(ui, inked(ui, &token.text, ink).small(), width).on_hover_text(format!("{}: {role}{counts}", token.text));
}
