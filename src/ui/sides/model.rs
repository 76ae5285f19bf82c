//! Which model embeds the phrases: a plain choice above them.

use eframe::egui::{self, DragValue, Ui};

use crate::drawing::Ink;
use crate::jobs::Task;
use crate::model::Source;
use crate::playground::Edit;
use crate::ui::context::{Ask, Ctx};
use crate::ui::pieces::widgets::{heading, inked};

/// Width of the menu.
const MENU_WIDTH: f32 = 150.0;

/// The model by name, a menu of all kinds there are, and what belongs to the one that is chosen.
pub(in crate::ui) fn model_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let model = ctx.playground.document().model.clone();
    ui.horizontal(|ui| {
        heading(ui, "Model");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            menu_ui(ctx, ui, &model.source);
            if let Source::Random(seed) = model.source {
                seed_ui(ctx, ui, seed);
            }
        });
    });
    let words = ctx.playground.model_space().map(|space| format!("{} dimensions · {}", space.dims, space.revision));
    let is_opening = ctx.playground.activity().is_some_and(|activity| activity.task == Task::Embed);
    let words = words.unwrap_or_else(|| if is_opening { "being opened…" } else { "not opened" }.to_owned());
    let label = egui::Label::new(inked(ui, words, Ink::Weak).small()).truncate();
    let hint = ctx
        .playground
        .model_space()
        .map_or_else(|| model.source.to_string(), |space| format!("{}\nIts space: {space}", model.source));
    ui.add(label).on_hover_text(hint);
}

fn menu_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, model: &Source) {
    let combo =
        egui::ComboBox::from_id_salt("model").selected_text(model.name()).width(MENU_WIDTH).truncate().show_ui(ui, |ui| {
            for kind in Source::KINDS.iter().filter(|kind| !kind.needs_net) {
                let is_chosen = model.is_of_kind(kind);
                if !ui.selectable_label(is_chosen, kind.label).on_hover_text(kind.explanation).clicked() {
                    continue;
                }
                match (kind.first)() {
                    Source::Folder(_) => ctx.ask(Ask::ModelFolder),
                    // Choosing its kind again keeps the seed.
                    _ if is_chosen => {}
                    source => ctx.send(Edit::SetModel(source.into())),
                }
            }
        });
    let hint = "The model that embeds the phrases: the model's map, neighbours, and what learners begin from are its own.";
    combo.response.accessible_name("Model").on_hover_text(hint);
}

fn seed_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, seed: u64) {
    let mut new = seed;
    let drag = DragValue::new(&mut new).speed(0.05).update_while_editing(false);
    ui.add(drag).accessible_name("Seed of the model").on_hover_text("The seed of its random weights.");
    if new != seed {
        ctx.send(Edit::SetModel(Source::Random(new).into()));
    }
}
