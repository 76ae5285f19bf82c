//! The model's card: which model embeds the phrases, what it reads of them, how far its opening or download is, and what
//! went wrong.
//!
//! Another model is chosen in a window of its own (`ui/windows/model_picker/`).

use eframe::egui::{Align, Button, DragValue, Frame, Label, Layout, Margin, Response, Role, Stroke, Ui, WidgetInfo};

use crate::data::{capital, excerpt};
use crate::drawing::Ink;
use crate::model::{ModelChoice, Source};
use crate::playground::{Act, Edit, EmbedFailure, ModelUse};
use crate::space::SpaceId;
use crate::ui::context::{Ask, Ctx};
use crate::ui::pieces::prompt::{Prompts, prompt_ui};
use crate::ui::pieces::theme;
use crate::ui::pieces::transfer::transfer_ui;
use crate::ui::pieces::widgets::{inked, strong_text};

/// Phrases that are listed where those that are cut are counted.
const LISTED_CUTS: usize = 12;

/// The model of the document.
pub(in crate::ui) fn model_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let choice = ctx.playground.document().model.clone();
    if ctx.playground.model_space().is_some() {
        ctx.look.recent_models.note(&choice.source);
    }
    let line = Stroke::new(1.0, ui.visuals().window_stroke.color);
    let card = Frame::new().stroke(line).corner_radius(8).inner_margin(Margin::symmetric(10, 8));
    let shown = card.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        name_ui(ctx, ui, &choice);
        facts_ui(ctx, ui, &choice);
        ui.push_id(&choice.source, |ui| model_prompt_ui(ctx, ui, &choice));
        cuts_ui(ctx, ui);
        remarks_ui(ctx, ui);
        opening_ui(ctx, ui);
        fetching_ui(ctx, ui);
    });
    shown.response.accessible_name("Model");
    ui.add_space(4.0);
}

/// Its name with what tells one state of it from another, and the way to another model.
fn name_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, choice: &ModelChoice) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let change = ui.add(Button::new(inked(ui, "Change…", Ink::Accent)).frame(false));
            if change.accessible_name("Change model…").on_hover_text("Choose another model.").clicked() {
                ctx.ask(Ask::Model(ModelUse::Document));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let name = ui.add(Label::new(strong_text(ui, short_name(&choice.source))).truncate());
                name.on_hover_text(full_name(ctx.playground.model_space(), choice));
            });
        });
    });
}

/// The last part of the name of a repository: the owner stands in what the pointer shows.
fn short_name(source: &Source) -> String {
    match source {
        Source::Hub(id) => id.name().rsplit('/').next().unwrap_or_default().to_owned(),
        Source::Embedded | Source::Folder(_) | Source::Random(_) | Source::Tokens | Source::Server(_) => source.name(),
    }
}

/// All that decides its vectors.
fn full_name(space: Option<&SpaceId>, choice: &ModelChoice) -> String {
    let Some(space) = space else { return choice.to_string() };
    let length = if space.normalised { "of length 1" } else { "of any length" };
    let prompt = if space.prompt.is_empty() { "no prompt".to_owned() } else { format!("prompt “{}”", space.prompt) };
    format!("{choice}\nPooling {}, vectors {length}, {prompt}.\nIts space: {space}", space.pooling)
}

/// What it gives, what it reads, and where phrases go.
fn facts_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, choice: &ModelChoice) {
    let place = choice.source.place();
    let words = match ctx.playground.model_space() {
        Some(space) => {
            let limit = ctx.playground.model_facts().and_then(|facts| facts.limit);
            let limit = limit.map_or(String::new(), |limit| format!(" · {limit} tokens"));
            format!("@{} · {} dimensions{limit} · {place}", space.revision, space.dims)
        }
        None => place,
    };
    let hint = full_name(ctx.playground.model_space(), choice);
    ui.add(Label::new(inked(ui, words, Ink::Weak).small()).wrap()).on_hover_text(hint);
    if let Source::Random(seed) = choice.source {
        seed_ui(ctx, ui, choice, seed);
    }
}

fn seed_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, choice: &ModelChoice, seed: u64) {
    let mut new = seed;
    ui.horizontal(|ui| {
        ui.label(inked(ui, "Seed", Ink::Weak));
        let drag = DragValue::new(&mut new).speed(0.05).update_while_editing(false);
        ui.add(drag).accessible_name("Seed of the model").on_hover_text("The seed of its random weights.");
    });
    if new != seed {
        ctx.send(Edit::SetModel(ModelChoice { source: Source::Random(new), ..choice.clone() }));
    }
}

/// What it reads before each phrase, where there is something to choose.
fn model_prompt_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, choice: &ModelChoice) {
    let Some((space, facts)) = ctx.playground.model_space().zip(ctx.playground.model_facts()) else { return };
    let is_offered = !facts.prompts.is_empty() || choice.settings.prompt.is_some() || !space.prompt.is_empty();
    if !is_offered {
        return;
    }
    let prompts = Prompts { named: &facts.prompts, chosen: choice.settings.prompt.as_deref(), text: Some(space.prompt.as_str()) };
    let width = (ui.available_width() - 60.0).clamp(60.0, 150.0);
    if let Some(prompt) = prompt_ui(ui, &prompts, width) {
        let mut choice = choice.clone();
        choice.settings.prompt = prompt;
        ctx.send(Edit::SetModel(choice));
    }
}

/// How many phrases it reads only in part, and which.
fn cuts_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let cut = ctx.cut_phrases();
    if cut.is_empty() {
        return;
    }
    let (n, at) = (cut.len(), cut_at(ctx));
    let words = if n == 1 { format!("1 phrase is {at}") } else { format!("{n} phrases are {at}") };
    let mut listed: Vec<String> = cut.iter().take(LISTED_CUTS).map(|text| format!("• {}", excerpt(text, 60))).collect();
    if n > LISTED_CUTS {
        listed.push(format!("and {} more", n - LISTED_CUTS));
    }
    let hint = format!(
        "What stands after that changes nothing in their vectors: split them, or choose a model that reads more.\n{}",
        listed.join("\n")
    );
    wrapped(ui, &words, Ink::PushWords).on_hover_text(hint);
}

/// Where the model stops reading, as the end of a sentence.
pub(super) fn cut_at(ctx: &Ctx<'_>) -> String {
    let limit = ctx.playground.model_facts().and_then(|facts| facts.limit);
    limit.map_or_else(|| "cut".to_owned(), |limit| format!("cut at {limit} tokens"))
}

/// What one should know of it.
fn remarks_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let place = ctx.playground.document().model.source.place();
    let Some(facts) = ctx.playground.model_facts() else { return };
    // Where phrases go stands above already.
    let remarks: Vec<&String> = facts.remarks.iter().filter(|remark| **remark != place).collect();
    match remarks.as_slice() {
        [] => {}
        [only] => {
            let words = format!("Note: {}.", excerpt(only, 110));
            wrapped(ui, &words, Ink::Weak).on_hover_text(format!("{only}."));
        }
        several => {
            let lines: Vec<String> = several.iter().map(|remark| format!("• {remark}.")).collect();
            wrapped(ui, &format!("{} notes on this model", several.len()), Ink::Weak).on_hover_text(lines.join("\n"));
        }
    }
}

fn wrapped(ui: &mut Ui, words: &str, ink: Ink) -> Response {
    ui.add(Label::new(inked(ui, words, ink).small()).wrap())
}

/// How far its opening is, or why it is not open.
fn opening_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    if let Some(activity) = ctx.playground.opening_model() {
        transfer_ui(ui, &activity, "opening");
        if ui.button("Cancel").on_hover_text("Don't open it now.").clicked() {
            ctx.send(Act::Cancel);
        }
        return;
    }
    let Some(failure) = ctx.playground.model_failure() else { return };
    let (words, ink) = match failure {
        EmbedFailure::Stopped => ("Embedding was stopped.", Ink::Weak),
        EmbedFailure::Failed(why) => (why.as_str(), Ink::PushWords),
    };
    wrapped(ui, &excerpt(words, 240), ink).on_hover_text(words);
    let is_of_hub = matches!(ctx.playground.document().model.source, Source::Hub(_));
    ui.horizontal(|ui| {
        if ui.button("Try again").on_hover_text("Embed the phrases that have no vectors yet.").clicked() {
            ctx.send(Act::TryModelAgain);
        }
        let is_missing = is_of_hub && ctx.playground.model_space().is_none();
        if is_missing && ui.button("Download…").on_hover_text("See what it is and how large, then download it.").clicked() {
            ctx.ask(Ask::Model(ModelUse::Document));
        }
    });
}

/// The model that is on its way onto this machine, be it this one or the next; or why it did not come.
fn fetching_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    if let Some((coming, activity)) = ctx.playground.fetching() {
        ui.separator();
        ui.add(Label::new(strong_text(ui, coming.source.name())).truncate());
        transfer_ui(ui, &activity, "downloading");
        let hint = "What has come stays for the next time.";
        if ui.button("Cancel").on_hover_text(hint).accessible_name("Cancel the download").clicked() {
            ctx.send(Act::StopFetch);
        }
        return;
    }
    let Some(failed) = ctx.playground.found_models().failed_fetch().cloned() else { return };
    ui.separator();
    let words = format!("{} did not come: {}", failed.choice.source.name(), failed.why);
    wrapped(ui, &excerpt(&words, 240), Ink::PushWords).on_hover_text(&words);
    ui.horizontal(|ui| {
        if ui.button("Try again").on_hover_text("What has come already is kept.").clicked() {
            let purpose = failed.purpose.unwrap_or(ModelUse::Document);
            ctx.send(Act::FetchModel(Box::new(failed.choice.clone()), purpose));
        }
        if ui.button("Put away").on_hover_text("The model stays as it is.").clicked() {
            ctx.send(Act::ForgetFailedFetch);
        }
    });
}

/// The mark of a phrase that the model reads only in part, in a row of the list.
pub(super) fn cut_mark_ui(ctx: &Ctx<'_>, ui: &mut Ui) {
    let at = cut_at(ctx);
    let mark = ui.add(Label::new(inked(ui, "cut", Ink::PushWords).font(theme::strong(11.0))).selectable(false));
    mark.widget_info(|| WidgetInfo::labeled(Role::Image, true, at.as_str()));
    mark.on_hover_text(format!("{} of this phrase: what stands after that changes nothing in its vector.", capital(&at)));
}
