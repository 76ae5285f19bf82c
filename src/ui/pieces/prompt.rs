//! The menu of what a model reads before each phrase: nothing, one of its own prompts, or a text of one's own.

use eframe::egui::{self, ComboBox, Id, Label, TextEdit, Ui};

use super::widgets::inked;
use crate::data::excerpt;
use crate::drawing::Ink;
use crate::model::NamedPrompt;

/// What a prompt is, wherever one can be chosen.
pub(in crate::ui) const WHAT_A_PROMPT_DOES: &str = "Some models were trained with a word before each text, such as “query: ”; without it their vectors are worse. The same prompt on both sides is another space than none.";

/// What there is to choose from.
pub(in crate::ui) struct Prompts<'a> {
    /// Those that the model was trained with.
    pub(in crate::ui) named: &'a [NamedPrompt],
    /// The one that is chosen: a name, a text, empty for none; `None`: as the model says.
    pub(in crate::ui) chosen: Option<&'a str>,
    /// The text that the model puts before phrases as it is now, if that is known.
    pub(in crate::ui) text: Option<&'a str>,
}

/// Draws the menu, and the field of a text of one's own where that was chosen; gives what was chosen in this frame.
pub(in crate::ui) fn prompt_ui(ui: &mut Ui, prompts: &Prompts<'_>, width: f32) -> Option<Option<String>> {
    let id = ui.make_persistent_id("own prompt");
    let typed = ui.data(|data| data.get_temp::<String>(id));
    let own = typed.or_else(|| prompts.own().map(str::to_owned));
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        ui.label(inked(ui, "Prompt", Ink::Weak)).on_hover_text(WHAT_A_PROMPT_DOES);
        chosen = menu_ui(ui, prompts, own.is_some(), width, id);
    });
    if chosen.is_some() {
        ui.data_mut(|data| data.remove_temp::<String>(id));
        return chosen;
    }
    own_ui(ui, prompts, own?, id).map(Some)
}

fn menu_ui(ui: &mut Ui, prompts: &Prompts<'_>, is_own: bool, width: f32, id: Id) -> Option<Option<String>> {
    let mut chosen = None;
    let shown = if is_own { "own text".to_owned() } else { prompts.label() };
    let combo = ComboBox::from_id_salt("prompt").selected_text(shown).width(width).truncate().show_ui(ui, |ui| {
        ui.set_width(280.0);
        if prompts.text.is_none() && ui.selectable_label(prompts.chosen.is_none(), "as the model says").clicked() {
            chosen = Some(None);
        }
        if ui.selectable_label(prompts.is_none() && !is_own, "none").clicked() && !prompts.is_none() {
            chosen = Some(Some(String::new()));
        }
        for prompt in prompts.named.iter().filter(|prompt| !prompt.text.is_empty()) {
            let label = format!("{}: “{}”", prompt.name, excerpt(&prompt.text, 40));
            if ui.selectable_label(prompts.is(prompt) && !is_own, label).on_hover_text(&prompt.text).clicked() {
                chosen = Some(Some(prompt.name.clone()));
            }
        }
        if ui.selectable_label(is_own, "own text…").clicked() {
            ui.data_mut(|data| data.insert_temp(id, prompts.text.unwrap_or_default().to_owned()));
        }
        ui.separator();
        // The entries are as wide as the menu; a text is read from the left.
        ui.vertical(|ui| ui.add(Label::new(inked(ui, WHAT_A_PROMPT_DOES, Ink::Weak).small()).wrap()));
    });
    combo.response.accessible_name("Prompt").on_hover_text(prompts.hint());
    chosen
}

/// Enter or a click elsewhere takes the text.
fn own_ui(ui: &mut Ui, prompts: &Prompts<'_>, mut own: String, id: Id) -> Option<String> {
    let field = TextEdit::singleline(&mut own).hint_text("Text before each phrase").desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name("Text before each phrase").on_hover_text("Blanks at its end count.");
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, own.clone()));
    }
    if !response.lost_focus() || ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        return None;
    }
    ui.data_mut(|data| data.remove_temp::<String>(id));
    (prompts.chosen != Some(own.as_str())).then_some(own)
}

impl Prompts<'_> {
    /// Whether nothing stands before phrases.
    fn is_none(&self) -> bool {
        match (self.chosen, self.text) {
            (Some(chosen), _) => chosen.is_empty(),
            (None, Some(text)) => text.is_empty(),
            (None, None) => false,
        }
    }

    fn is(&self, prompt: &NamedPrompt) -> bool {
        match (self.chosen, self.text) {
            (Some(chosen), _) => chosen == prompt.name,
            (None, Some(text)) => !text.is_empty() && text == prompt.text,
            (None, None) => false,
        }
    }

    /// The text that is none of the model's own, if one is chosen.
    fn own(&self) -> Option<&str> {
        let is_named = |text: &&str| self.named.iter().any(|prompt| prompt.name == *text);
        self.chosen.filter(|text| !text.is_empty() && !is_named(text))
    }

    fn label(&self) -> String {
        match self.named.iter().find(|prompt| self.is(prompt)) {
            Some(prompt) => prompt.name.clone(),
            None if self.is_none() => "none".to_owned(),
            None => self.text.or(self.chosen).map_or_else(|| "as the model says".to_owned(), |text| format!("“{text}”")),
        }
    }

    fn hint(&self) -> String {
        match self.text.filter(|text| !text.is_empty()) {
            Some(text) => format!("“{}” is put before each phrase.", excerpt(text, 200)),
            None if self.is_none() => "Nothing is put before the phrases.".to_owned(),
            None => WHAT_A_PROMPT_DOES.to_owned(),
        }
    }
}
