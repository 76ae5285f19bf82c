//! How a model is to embed where its files don't say or one wants it otherwise: prompt, pooling, limit.

use eframe::egui::{CollapsingHeader, ComboBox, DragValue, Grid, Ui};

use crate::choice::Choice;
use crate::drawing::Ink;
use crate::model::{ModelSettings, NamedPrompt, PoolingMode};
use crate::ui::pieces::prompt::{Prompts, prompt_ui};
use crate::ui::pieces::widgets::inked;

/// What the limit begins with where somebody sets one: that of most models.
const USUAL_LIMIT: usize = 512;

/// Tokens that a limit can be; one of the phrase's own beside the special ones is the least.
const LIMITS: std::ops::RangeInclusive<usize> = 3..=131_072;

/// What these are for.
const HINT: &str = "For repositories that don't say. Another setting than the model was trained with makes its vectors worse, and another space.";

/// What can be set of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SettingKinds {
    None,
    /// Pooling and limit are the server's own.
    Prompt,
    All,
}

/// Draws them; `prompts` are those of the model, once known.
pub(super) fn settings_ui(ui: &mut Ui, settings: &mut ModelSettings, prompts: &[NamedPrompt], kinds: SettingKinds) {
    let usual = if kinds == SettingKinds::All { "Prompt, pooling, limit: as the model says" } else { "Prompt: none" };
    let title = if settings.are_usual() { usual.to_owned() } else { format!("Set: {settings}") };
    let header = CollapsingHeader::new(title).id_salt("model settings").show(ui, |ui| {
        ui.label(inked(ui, HINT, Ink::Weak).small());
        let shown = Prompts { named: prompts, chosen: settings.prompt.as_deref(), text: None };
        if let Some(prompt) = prompt_ui(ui, &shown, 180.0) {
            settings.prompt = prompt;
        }
        if kinds != SettingKinds::All {
            return;
        }
        Grid::new("pooling and limit").num_columns(2).spacing([12.0, 4.0]).show(ui, |ui| {
            pooling_ui(ui, settings);
            ui.end_row();
            limit_ui(ui, settings);
            ui.end_row();
        });
    });
    header.header_response.on_hover_text(HINT);
}

fn pooling_ui(ui: &mut Ui, settings: &mut ModelSettings) {
    ui.label(inked(ui, "Pooling", Ink::Weak)).on_hover_text("How the vectors of a phrase's tokens become one.");
    let shown = settings.pooling.as_ref().map_or_else(|| "as the model says".to_owned(), ToString::to_string);
    let combo = ComboBox::from_id_salt("pooling").selected_text(shown).width(180.0).show_ui(ui, |ui| {
        if ui.selectable_label(settings.pooling.is_none(), "as the model says").clicked() {
            settings.pooling = None;
        }
        for mode in PoolingMode::ALL {
            let pooling = mode.name().parse().ok();
            if ui.selectable_label(settings.pooling == pooling, mode.label()).on_hover_text(mode.sentence()).clicked() {
                settings.pooling = pooling;
            }
        }
    });
    combo.response.accessible_name("Pooling");
}

fn limit_ui(ui: &mut Ui, settings: &mut ModelSettings) {
    ui.label(inked(ui, "Limit", Ink::Weak)).on_hover_text("Tokens of a phrase that are read at most, special ones included.");
    ui.horizontal(|ui| {
        let mut is_set = settings.limit.is_some();
        if ui.checkbox(&mut is_set, "at most").on_hover_text("Else as many as the model says.").changed() {
            settings.limit = is_set.then_some(USUAL_LIMIT);
        }
        if let Some(limit) = &mut settings.limit {
            ui.add(DragValue::new(limit).range(LIMITS).speed(1.0)).accessible_name("Limit in tokens");
            ui.label(inked(ui, "tokens", Ink::Weak));
        }
    });
}
