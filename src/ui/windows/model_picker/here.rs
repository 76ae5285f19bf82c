//! The models on this machine, as a list that can be searched.

use eframe::egui::{Align, Key, Label, Layout, RichText, Role, ScrollArea, Sense, TextEdit, Ui, UiBuilder, WidgetInfo, vec2};

use crate::drawing::Ink;
use crate::jobs::ModelHere;
use crate::model::Source;
use crate::playground::Act;
use crate::ui::context::Ctx;
use crate::ui::pieces::theme;
use crate::ui::pieces::transfer::bytes;
use crate::ui::pieces::widgets::{inked, strong_text};

const ROW_HEIGHT: f32 = 24.0;

/// Which one is chosen in the list, and what is sought there.
#[derive(Debug, Default)]
pub(super) struct HereSection {
    sought: String,
    pub(super) chosen: Option<Source>,
}

impl HereSection {
    pub(super) fn on(chosen: Source) -> Self {
        Self { chosen: Some(chosen), ..Self::default() }
    }

    /// Draws the list; says whether the chosen one is to be used at once.
    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, takes_focus: bool) -> bool {
        let field = TextEdit::singleline(&mut self.sought).hint_text("Find a model").desired_width(f32::INFINITY);
        let response = ui.add(field).accessible_name("Find a model");
        if takes_focus {
            response.request_focus();
        }
        let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let Some(all) = ctx.playground.found_models().here().cloned() else {
            ui.label(inked(ui, "Looking for models…", Ink::Weak));
            return false;
        };
        let found: Vec<&ModelHere> = all.iter().filter(|model| self.fits(model)).collect();
        self.move_with_keys(ui, &found);
        if found.is_empty() {
            ui.label(inked(ui, "No model here is called so; the Hub may have one.", Ink::Weak));
        }
        let mut is_used = is_entered && found.iter().any(|model| Some(&model.source) == self.chosen.as_ref());
        let list = ScrollArea::vertical().id_salt("models here").max_height(170.0).auto_shrink([false, true]);
        list.show_rows(ui, ROW_HEIGHT, found.len(), |ui, range| {
            for model in found.get(range).unwrap_or(&[]) {
                is_used |= self.row_ui(ctx, ui, model);
            }
        });
        is_used
    }

    fn fits(&self, model: &ModelHere) -> bool {
        let sought = self.sought.trim().to_lowercase();
        model.source.to_string().to_lowercase().contains(&sought) || model.source.name().to_lowercase().contains(&sought)
    }

    /// The arrows go from one to the next, also while a name is typed.
    fn move_with_keys(&mut self, ui: &Ui, found: &[&ModelHere]) {
        let (down, up) = ui.input(|input| (input.key_pressed(Key::ArrowDown), input.key_pressed(Key::ArrowUp)));
        let place = found.iter().position(|model| Some(&model.source) == self.chosen.as_ref());
        let next = match (place, down, up) {
            (_, false, false) => return,
            (None, ..) => 0,
            (Some(place), true, _) => place + 1,
            (Some(place), ..) => place.saturating_sub(1),
        };
        if let Some(model) = found.get(next) {
            self.chosen = Some(model.source.clone());
        }
    }

    /// Its name, where it is and how large; says whether it is to be used at once.
    fn row_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, model: &ModelHere) -> bool {
        let is_chosen = self.chosen.as_ref() == Some(&model.source);
        let name = model.source.name();
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_chosen, name.as_str()));
        if is_chosen || response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, 4.0, theme::wash(ui));
        }
        let inside = UiBuilder::new().max_rect(rect.shrink2(vec2(8.0, 0.0))).layout(Layout::right_to_left(Align::Center));
        ui.scope_builder(inside, |ui| {
            size_ui(ctx, ui, model);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = if is_chosen { strong_text(ui, name) } else { RichText::new(name) };
                ui.add(Label::new(text).truncate().selectable(false));
                ui.add(Label::new(inked(ui, place_of(model), Ink::Weak).small()).truncate().selectable(false));
            });
        });
        if response.clicked() {
            self.chosen = Some(model.source.clone());
        }
        let is_used = response.double_clicked();
        response.on_hover_text(model.source.to_string());
        is_used
    }
}

/// Where it is, or what is wrong with it.
fn place_of(model: &ModelHere) -> String {
    match (&model.problem, &model.source) {
        (Some(problem), _) => problem.clone(),
        (None, Source::Folder(path)) => path.display().to_string(),
        (None, Source::Hub(_)) => format!("downloaded · {}", model.commit.as_deref().unwrap_or_default()),
        (None, source) => source.place(),
    }
}

/// How much room it takes; one that is gone can be taken off the list.
fn size_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, model: &ModelHere) {
    let is_remembered = ctx.look.recent_models.all().contains(&model.source);
    if model.problem.is_some() && is_remembered {
        let forget = ui.small_button("Forget").on_hover_text("Take it off this list; nothing is deleted.");
        if forget.clicked() {
            ctx.look.recent_models.forget(&model.source);
            let used = ctx.models_used();
            ctx.send(Act::ListModels(used));
        }
    } else if model.n_bytes > 0 {
        ui.label(inked(ui, bytes(model.n_bytes), Ink::Weak).small());
    }
}
