//! What a model is, told before it is chosen: family, dimension, limit, pooling, prompts, licence, size, and what to beware of.

use eframe::egui::{Grid, Label, Ui};

use crate::data::excerpt;
use crate::drawing::Ink;
use crate::jobs::ModelLook;
use crate::ui::pieces::transfer::bytes;
use crate::ui::pieces::widgets::inked;

/// Characters of a prompt that are shown.
const SHOWN_CHARACTERS: usize = 50;

/// Draws it.
pub(super) fn about_ui(ui: &mut Ui, look: &ModelLook) {
    Grid::new("about the model").num_columns(2).spacing([12.0, 3.0]).show(ui, |ui| {
        for (name, value) in lines_of(look) {
            ui.label(inked(ui, name, Ink::Weak));
            ui.add(Label::new(value).wrap());
            ui.end_row();
        }
    });
    let warnings = look.warnings.iter().map(|words| (words, Ink::PushWords));
    for (words, ink) in warnings.chain(look.description.remarks.iter().map(|words| (words, Ink::Weak))) {
        ui.add(Label::new(inked(ui, format!("• {words}."), ink)).wrap());
    }
}

/// What is known, by name.
fn lines_of(look: &ModelLook) -> Vec<(&'static str, String)> {
    let about = &look.description;
    let not_said = || "not said".to_owned();
    let learns = if about.can_learn { ", can be fine-tuned here" } else { ", not to be fine-tuned here" };
    let length = if about.normalised { ", vectors of length 1" } else { "" };
    let family = (!about.architecture.is_empty()).then(|| ("Family", format!("{}{learns}", about.architecture)));
    let prompts = (!about.prompts.is_empty()).then(|| ("Prompts", prompts_of(look)));
    let lines = [
        family.or_else(|| about.can_learn.then(|| ("Learning", "can be fine-tuned here".to_owned()))),
        Some(("Dimension", about.dims.map_or_else(not_said, |dims| dims.to_string()))),
        Some(("Limit", about.limit.map_or_else(not_said, |limit| format!("{limit} tokens a phrase; the rest is cut off")))),
        Some(("Pooling", about.pooling.as_ref().map_or_else(not_said, |pooling| format!("{pooling}{length}")))),
        prompts,
        look.commit.as_ref().map(|commit| ("Commit", commit.chars().take(12).collect())),
        look.licence.clone().map(|licence| ("Licence", licence)),
        size_of(look).map(|size| ("Size", size)),
    ];
    lines.into_iter().flatten().collect()
}

/// The prompts by name, with the one that is used where nobody says otherwise.
fn prompts_of(look: &ModelLook) -> String {
    let about = &look.description;
    let prompts: Vec<String> = about
        .prompts
        .iter()
        .map(|prompt| {
            let usual = if about.default_prompt.as_ref() == Some(&prompt.name) { " (the usual one)" } else { "" };
            format!("{} “{}”{usual}", prompt.name, excerpt(&prompt.text, SHOWN_CHARACTERS))
        })
        .collect();
    prompts.join(" · ")
}

fn size_of(look: &ModelLook) -> Option<String> {
    match (look.n_bytes_here, look.n_bytes_to_fetch) {
        (0, None) => None,
        (here, None) => Some(format!("{} on this machine", bytes(here))),
        // The small files that were looked at are not worth a word.
        (here, Some(more)) if here < more / 50 => Some(format!("{} to download", bytes(more))),
        (here, Some(more)) => Some(format!("{} to download; {} are here already", bytes(more), bytes(here))),
    }
}
