//! Compare models: two models on the same phrases, each on a map of its own, and the guard between them.
//!
//! What comes of ignoring the guard is in `mixture.rs`.

use eframe::egui::{self, DragValue, Rect, RichText, Sense, Ui, pos2, vec2};

use super::TabView;
use super::mixture::MixtureView;
use crate::compare::ModelComparison;
use crate::data::{capital, excerpt, one_line};
use crate::drawing::Ink;
use crate::model::{ModelChoice, Source};
use crate::playground::views::{ModelsCommand, SideChoice, Tab};
use crate::playground::{Act, ModelUse, Panel, PhraseId};
use crate::scene::{PictureLook, panel_view, spoken_panel};
use crate::ui::context::{Ask, Ctx};
use crate::ui::look::Look;
use crate::ui::pieces::agreement::agreement_ui;
use crate::ui::pieces::placeholder::placeholder_ui;
use crate::ui::pieces::right_to_left::in_sight;
use crate::ui::pieces::small_map::{paint_panel, phrase_at};
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::widgets::{cut_label, heading, inked, paint_text};

/// What stands here while the work goes on, and before it was asked for.
const EMPTY: [&str; 2] = [
    "The two models appear here once they have embedded the phrases.",
    "Choose two models and compare them on the phrases of the list.",
];

/// Width of the column of numbers.
const NUMBERS_WIDTH: f32 = 320.0;
/// Height of the table below the maps.
const MOVED_HEIGHT: f32 = 190.0;

/// How near to a phrase the pointer counts as on it, in points.
const REACH: f32 = 9.0;

/// What the view remembers from frame to frame.
#[derive(Default)]
pub(super) struct ModelsView {
    hovered: Option<PhraseId>,
    /// Whether what comes of mixing them is shown instead of the maps.
    anyway: bool,
    mixture: MixtureView,
}

impl TabView for ModelsView {
    fn tab(&self) -> Tab {
        Tab::Models
    }

    /// Two models need the room, and nothing of the recipe.
    fn needs_recipe(&self) -> bool {
        false
    }

    fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        self.choices_ui(ctx, ui);
        let Some(comparison) = ctx.playground.views().models.comparison().cloned() else { return placeholder_ui(ctx, ui, EMPTY) };
        if let Some(standing) = ctx.playground.view_standing() {
            ui.add(egui::Label::new(inked(ui, standing, Ink::PushWords)).wrap());
        }
        let rect = ui.available_rect_before_wrap();
        ui.allocate_rect(rect, Sense::hover());
        let split = rect.right() - NUMBERS_WIDTH;
        let left = Rect::from_min_max(rect.min, pos2(split - 14.0, rect.bottom()));
        let right = Rect::from_min_max(pos2(split, rect.top()), rect.max);
        ui.scope_builder(egui::UiBuilder::new().max_rect(right), |ui| {
            self.guard_ui(ctx, ui, &comparison);
            ui.add_space(8.0);
            agreement_ui(ui, &comparison.agreement, NUMBERS_WIDTH, NUMBERS_WIDTH);
        });
        ui.scope_builder(egui::UiBuilder::new().max_rect(left), |ui| {
            if self.anyway {
                self.mixture.ui(ctx, ui, &comparison);
            } else {
                self.maps_ui(ctx, ui, &comparison);
            }
        });
    }

    fn look_to_export(&self, look: &Look) -> PictureLook {
        PictureLook { mixes: self.anyway, forces: look.forces, ..PictureLook::default() }
    }
}

impl ModelsView {
    /// Which two, and the button that compares them.
    fn choices_ui(&self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        list_models_once(ctx);
        ui.horizontal(|ui| {
            for (side, name) in ["First model", "Second model"].into_iter().enumerate() {
                side_ui(ctx, ui, name, side);
                ui.label(inked(ui, if side == 0 { "and" } else { "" }, Ink::Weak));
            }
            if ui.button("Compare").on_hover_text("Embed the phrases of the list with both, each in its own space.").clicked() {
                ctx.send(ModelsCommand::CompareChosen);
            }
        });
    }

    /// The sentence of the guard, and what can be done instead.
    fn guard_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, comparison: &ModelComparison) {
        let Some(refusal) = &comparison.refusal else {
            self.anyway = false;
            ui.label(inked(ui, "Both are the same space: their vectors may be compared with each other.", Ink::Weak));
            return;
        };
        heading(ui, "No cosine across the two");
        let words = format!("They are two spaces: {}. {}", refusal.reason(), capital(refusal.remedy()));
        ui.label(inked(ui, format!("{words}."), Ink::PushWords)).on_hover_text(refusal.to_string());
        ui.horizontal_wrapped(|ui| {
            let label = if self.anyway { "Back to what is valid" } else { "What if you did it anyway?" };
            if ui.button(label).on_hover_text("See what comes of cosines across the two.").clicked() {
                self.anyway = !self.anyway;
            }
            if let Some(step) = newer_step(ctx.playground.views().models.choices())
                && ui
                    .button(format!("Re-embed at step {step}"))
                    .on_hover_text("Give both sides the vectors of the same step.")
                    .clicked()
            {
                ctx.send(ModelsCommand::Compare(Box::new([SideChoice::Run(step), SideChoice::Run(step)])));
            }
        });
        for remark in &comparison.remarks {
            ui.label(inked(ui, remark, Ink::Weak).small());
        }
    }

    fn maps_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, comparison: &ModelComparison) {
        let rect = ui.available_rect_before_wrap();
        let width = (rect.width() - 10.0) / 2.0;
        let height = (rect.height() - MOVED_HEIGHT).max(120.0);
        let (mut pointed, shown) = (None, ctx.playground.shown());
        for side in 0..2 {
            let Some(panel) = ctx.playground.views().models.panel(&shown, side) else { continue };
            let area = Rect::from_min_size(rect.min + vec2(side as f32 * (width + 10.0), 0.0), vec2(width, height));
            let space = comparison.sides[side].vectors.space().to_string();
            pointed = pointed.or(self.map_ui(ctx, ui, side, &panel, area, &space));
        }
        if self.hovered != pointed {
            self.hovered = pointed;
            ui.ctx().request_repaint();
        }
        let below = Rect::from_min_max(pos2(rect.left(), rect.top() + height + 8.0), rect.max);
        ui.scope_builder(egui::UiBuilder::new().max_rect(below), |ui| moved_ui(ctx, ui, comparison));
    }

    fn map_ui(&self, ctx: &mut Ctx<'_>, ui: &mut Ui, side: usize, panel: &Panel, area: Rect, space: &str) -> Option<PhraseId> {
        let response = ui.interact(area, ui.scope_id().with(("model", side)), Sense::click());
        describe(ctx, &response, &panel.title, (state_of(ctx), space), || {
            spoken_panel(panel, &ctx.playground.document().group_names())
        });
        let at = area.left_top() + vec2(2.0, 9.0);
        paint_text(ui, at, egui::Align2::LEFT_CENTER, &excerpt(&panel.title, 46), 13.0, Ink::Text);
        let words = Rect::from_min_size(area.left_top() + vec2(2.0, 18.0), vec2(area.width() - 4.0, 16.0));
        let label = egui::Label::new(inked(ui, space, Ink::Weak).size(11.0)).truncate();
        let under_the_title = egui::UiBuilder::new().max_rect(words);
        ui.scope_builder(under_the_title, |ui| ui.add(label).on_hover_text(format!("Its space: {space}")));
        let map = Rect::from_min_max(area.left_top() + vec2(0.0, 36.0), area.right_bottom());
        let view = panel_view(panel, [map.left(), map.top(), map.right(), map.bottom()]);
        paint_panel(ctx, ui, panel, &view, self.hovered, 0.0);
        let pointed = response.hover_pos().and_then(|at| phrase_at(&panel.picture, &view, at, REACH));
        if response.clicked() {
            ctx.send(Act::Select(pointed));
        }
        if let Some(id) = pointed {
            let words = excerpt(ctx.playground.document().text(id), 200);
            response.on_hover_text_at_pointer(in_sight(&words));
        }
        pointed
    }
}

/// The later of two steps of one run, if that is what was compared.
fn newer_step(choices: Option<&[SideChoice; 2]>) -> Option<usize> {
    match choices? {
        [SideChoice::Run(a), SideChoice::Run(b)] if a != b => Some(*a.max(b)),
        _ => None,
    }
}

/// The menus offer what is on this machine: it is looked for when they are first shown.
fn list_models_once(ctx: &mut Ctx<'_>) {
    if ctx.playground.found_models().here().is_none() && !ctx.playground.is_listing_models() {
        let used = ctx.models_used();
        ctx.send(Act::ListModels(used));
    }
}

/// What one side can be: the document's model, those on this machine, what needs no files, the run.
fn options(ctx: &Ctx<'_>, last_step: usize) -> Vec<SideChoice> {
    let own = ctx.playground.document().model.clone();
    let here = ctx.playground.found_models().here().map_or(&[] as &[_], |here| here);
    let here = here.iter().filter(|model| model.problem.is_none()).map(|model| model.source.clone());
    let built_in = [Source::Embedded, Source::Random(1), Source::Tokens];
    let mut models = vec![own];
    for source in here.chain(built_in) {
        if !models.iter().any(|model| model.settings.are_usual() && is_alike(&model.source, &source)) {
            models.push(source.into());
        }
    }
    let models = models.into_iter().map(SideChoice::Model);
    models.chain([SideChoice::Run(last_step)]).collect()
}

/// Whether the two are one entry: random weights are, whatever their seed.
fn is_alike(left: &Source, right: &Source) -> bool {
    left == right || matches!((left, right), (Source::Random(_), Source::Random(_)))
}

/// The menu of one side, with what belongs to what is chosen there.
fn side_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, name: &str, side: usize) {
    let Some(chosen) = ctx.playground.views().models.side(side).cloned() else { return };
    let last = ctx.playground.run().map_or(0, |run| run.last_step());
    let mut next = chosen.clone();
    let combo = egui::ComboBox::from_id_salt(name).selected_text(label_of(&chosen)).width(170.0).truncate().show_ui(ui, |ui| {
        ui.set_max_width(320.0);
        for option in options(ctx, last) {
            let label = egui::Button::selectable(label_of(&option) == label_of(&chosen), label_of(&option)).truncate();
            if ui.add(label).on_hover_text(explanation_of(&option)).clicked() {
                next = option;
            }
        }
        ui.separator();
        let other = ui.button("Another model…").on_hover_text("From the Hub, a folder or a server, and with its settings.");
        if other.clicked() {
            ctx.ask(Ask::Model(ModelUse::Side(side)));
        }
    });
    combo.response.accessible_name(name).on_hover_text(explanation_of(&chosen));
    match &mut next {
        SideChoice::Model(ModelChoice { source: Source::Random(seed), .. }) => {
            ui.label(inked(ui, "seed", Ink::Weak));
            ui.add(DragValue::new(seed).speed(0.1)).accessible_name(format!("Seed of the {}", name.to_lowercase()));
        }
        SideChoice::Run(step) => {
            ui.add(DragValue::new(step).range(0..=last)).accessible_name(format!("Step of the {}", name.to_lowercase()));
        }
        // There is nothing to set here.
        SideChoice::Model(_) => {}
    }
    if next != chosen {
        ctx.send(ModelsCommand::Choose(side, next));
    }
}

fn label_of(choice: &SideChoice) -> String {
    match choice {
        SideChoice::Model(ModelChoice { source: Source::Random(_), .. }) => "random weights".to_owned(),
        SideChoice::Model(choice) => choice.name(),
        SideChoice::Run(_) => "the run, at step".to_owned(),
    }
}

fn explanation_of(choice: &SideChoice) -> String {
    match choice {
        SideChoice::Model(choice) => format!("{choice} · {}", choice.source.place()),
        SideChoice::Run(_) => "The run of the map, at any step.".to_owned(),
    }
}

/// A table of the phrases whose neighbours the two see differently.
fn moved_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, comparison: &ModelComparison) {
    heading(ui, "Phrases that change neighbours most").on_hover_text(
        "Those that keep the fewest of their nearest phrases from one model to the other; with the nearest in each.",
    );
    let width = (ui.available_width() - 80.0) / 3.0;
    let scroll = egui::ScrollArea::vertical().id_salt("moved").auto_shrink([false, false]);
    scroll.show(ui, |ui| {
        let grid = egui::Grid::new("moved phrases").num_columns(4).spacing([8.0, 1.0]).min_row_height(17.0).max_col_width(width);
        grid.show(ui, |ui| {
            ["keeps", "phrase", "nearest in the first", "nearest in the second"].into_iter().for_each(|title| {
                ui.label(inked(ui, title, Ink::Weak).small());
            });
            ui.end_row();
            for moved in &comparison.moved {
                ui.label(format!("{:.0} %", moved.kept * 100.0));
                for phrase in [moved.phrase, moved.nearest[0], moved.nearest[1]] {
                    let text = &comparison.phrases[phrase];
                    let label = cut_label(ui, RichText::new(one_line(text))).interact(Sense::click());
                    if label.on_hover_text(&**text).clicked() {
                        let id = ctx.playground.document().phrase_with_text(text).map(|phrase| phrase.id);
                        ctx.send(Act::Select(id));
                    }
                }
                ui.end_row();
            }
        });
    });
}
