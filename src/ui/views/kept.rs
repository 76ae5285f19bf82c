//! The runs that are kept: their names, their settings, and what can be done with each.

use std::collections::BTreeMap;

use eframe::egui::{self, TextEdit, Ui, Window};

use crate::compare::Seeds;
use crate::drawing::Ink;
use crate::playground::Act;
use crate::playground::views::{KeptId, KeptRun, SeedsCommand};
use crate::ui::context::{Ask, Ctx};
use crate::ui::pieces::settings::settings_ui;
use crate::ui::pieces::widgets::{WhyNot, inked};

/// Width of the window.
const WIDTH: f32 = 460.0;
/// Height of its list, from which on it is scrolled.
const HEIGHT: f32 = 360.0;

/// The window, and the names that are being typed in it.
#[derive(Default)]
pub(super) struct KeptWindow {
    is_open: bool,
    names: BTreeMap<KeptId, String>,
}

impl KeptWindow {
    /// The button that opens it, with how many there are.
    pub(super) fn button_ui(&mut self, ctx: &Ctx<'_>, ui: &mut Ui) {
        let label = match ctx.playground.views().seeds.kept().len() {
            0 => "Kept runs…".to_owned(),
            n => format!("Kept runs ({n})…"),
        };
        let hint = "Keep runs while others are trained, and compare with them or with their recipes.";
        if ui.button(label).on_hover_text(hint).clicked() {
            self.is_open = !self.is_open;
        }
    }

    /// The window; `seeds` are those that are typed, if they are any.
    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui, seeds: Option<&Seeds>) {
        let mut is_open = self.is_open;
        Window::new("Kept runs").open(&mut is_open).default_pos([300.0, 230.0]).default_width(WIDTH).resizable(false).show(
            ui.ctx(),
            |ui| {
                ui.set_width(WIDTH);
                keep_ui(ctx, ui);
                let kept = ctx.playground.views().seeds.kept();
                if kept.is_empty() {
                    ui.label(inked(ui, "None is kept. Kept runs stay until they are dropped or the program ends.", Ink::Weak));
                }
                egui::ScrollArea::vertical().max_height(HEIGHT).show(ui, |ui| {
                    for run in kept {
                        ui.separator();
                        self.run_ui(ctx, ui, run, seeds);
                    }
                });
                all_ui(ctx, ui);
            },
        );
        self.is_open = is_open;
    }

    fn run_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, kept: &KeptRun, seeds: Option<&Seeds>) {
        let id = kept.id;
        let mut name = self.names.get(&id).cloned().unwrap_or_else(|| kept.name.clone());
        ui.horizontal(|ui| {
            let field = ui.add(TextEdit::singleline(&mut name).desired_width(180.0));
            let field = field.accessible_name(format!("Name of the kept run {}", kept.name));
            if field.lost_focus() {
                self.names.remove(&id);
                if name != kept.name {
                    ctx.send(SeedsCommand::Rename(id, name.clone()));
                }
            } else if field.changed() {
                self.names.insert(id, name.clone());
            }
            let run = &kept.run;
            let words = format!("seed {} · {} steps · {} phrases", run.recipe.seed, run.last_step(), run.phrases.len());
            ui.label(inked(ui, words, Ink::Weak));
        });
        ui.horizontal_wrapped(|ui| {
            if ui.button("Compare with the run").on_hover_text("The run of the map and this one, as they are.").clicked() {
                ctx.send(SeedsCommand::CompareRuns(vec![id]));
            }
            let hint = "Train the recipe on the right and the one of this run from the seeds above, and compare all of them.";
            let recipes = ui.add_enabled(seeds.is_some(), egui::Button::new("Compare the recipes")).on_hover_text(hint);
            let recipes = recipes.why_not("The seeds above can't be read: mend them first.");
            if let (true, Some(seeds)) = (recipes.clicked(), seeds) {
                ctx.send(SeedsCommand::CompareRecipes(seeds.clone(), id));
            }
            if ui.button("Use its recipe").on_hover_text("Undo brings yours back.").clicked() {
                ctx.send(Act::TakeKeptRecipe(id));
            }
            if ui.button("Save…").on_hover_text("As a run file, which can be opened again.").clicked() {
                ctx.ask(Ask::RunPath(id));
            }
            if ui.button("Drop").on_hover_text("Keep it no longer; save it first if you want it again.").clicked() {
                ctx.send(SeedsCommand::Forget(id));
            }
        });
        egui::CollapsingHeader::new("Settings")
            .id_salt(("settings of a kept run", id))
            .show(ui, |ui| settings_ui(ui, &kept.run.recipe));
    }
}

/// What there is to be kept.
fn keep_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    ui.horizontal_wrapped(|ui| {
        ui.label(inked(ui, "Keep", Ink::Weak));
        let of_map = ui.add_enabled(ctx.playground.run().is_some(), egui::Button::new("the run of the map"));
        if of_map.why_not("There is no run yet: make pairs, and it trains.").clicked() {
            ctx.send(SeedsCommand::KeepTrained);
        }
        let Some(comparison) = ctx.playground.views().seeds.comparison().cloned() else { return };
        for index in 0..comparison.runs.len() {
            if ui.button(comparison.name(index)).on_hover_text("Keep this one of the runs that are compared.").clicked() {
                ctx.send(SeedsCommand::Keep(index));
            }
        }
    });
}

/// All of them at once.
fn all_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let kept = ctx.playground.views().seeds.kept();
    if kept.len() > 1 {
        ui.separator();
        let all: Vec<KeptId> = kept.iter().map(|run| run.id).collect();
        if ui.button("Compare the run with all of them").clicked() {
            ctx.send(SeedsCommand::CompareRuns(all));
        }
    }
}
