//! Compare seeds: runs of one recipe as small maps that play in step, and what they agree on.

use std::sync::Arc;

use eframe::egui::{self, Rect, RichText, Sense, Ui, pos2};

use super::{EXPORT_SIZE, TabView};
use crate::choice::Choice;
use crate::compare::{Comparison, Layout, MAX_RUNS, Turning, Unsteady};
use crate::data::{excerpt, one_line};
use crate::drawing::{Film, Ink};
use crate::playground::views::{SeedsCommand, Tab};
use crate::playground::{Act, Panel, PhraseId, Shown};
use crate::scene::{ComparisonPoster, panel_grid, panel_view, spoken_panel};
use crate::ui::context::Ctx;
use crate::ui::pieces::agreement::agreement_ui;
use crate::ui::pieces::placeholder::placeholder_ui;
use crate::ui::pieces::small_map::{paint_panel, phrase_at};
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{cut_label, heading, inked, paint_text, strong_text};

/// What stands here while the work goes on, and before it was asked for.
const EMPTY: [&str; 2] = [
    "The runs appear here when all of them are trained.",
    "Train the same pairs from several seeds: the same clusters form, in other places.",
];

/// How near to a phrase the pointer counts as on it, in points.
const REACH: f32 = 9.0;
/// Seconds that turning the runs takes on the screen.
const TURN_SECONDS: f64 = 0.9;
/// Height of a panel's title.
const TITLE_HEIGHT: f32 = 18.0;

/// What the view remembers from frame to frame.
pub(super) struct SeedsView {
    n_runs: usize,
    hovered: Option<PhraseId>,
    /// The turning that was shown last, and since when the one before it has been on its way.
    shown: Turning,
    before: Turning,
    since: f64,
}

impl Default for SeedsView {
    fn default() -> Self {
        let turning = Turning::default();
        Self { n_runs: 4, hovered: None, shown: turning, before: turning, since: f64::NEG_INFINITY }
    }
}

impl TabView for SeedsView {
    fn tab(&self) -> Tab {
        Tab::Seeds
    }

    fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        self.runs_ui(ctx, ui);
        let seeds = &ctx.playground.views().seeds;
        let (Some(comparison), Some(layout)) = (seeds.comparison().cloned(), seeds.layout().cloned()) else {
            return placeholder_ui(ctx, ui, EMPTY);
        };
        self.switches_ui(ctx, ui, &comparison, &layout);
        remarks_ui(ctx, ui, &comparison);
        self.panels_ui(ctx, ui, comparison.runs.len());
    }

    fn height_below(&self) -> Option<f32> {
        Some(178.0)
    }

    fn below_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        numbers_ui(ctx, ui);
    }

    fn picture_to_export(&self, ctx: &mut Ctx<'_>) -> Result<Arc<dyn Film>, String> {
        let state = &ctx.playground.views().seeds;
        let comparison = state.comparison().cloned().ok_or("There are no runs from several seeds yet: train them first.")?;
        let (shown, turning) = (ctx.playground.shown(), state.turning());
        let names: Vec<String> = (0..comparison.runs.len()).map(|index| comparison.name(index)).collect();
        let model = comparison.runs.first().map_or("", |run| &run.space.model);
        let title = format!(
            "{} · {model} · {} · step {} of {} · {}",
            Tab::Seeds.label(),
            names.join(", "),
            ctx.playground.step(),
            comparison.last_step(),
            turning.label()
        );
        Ok(Arc::new(ComparisonPoster {
            panels: (0..comparison.runs.len()).filter_map(|index| state.panel(&shown, index, turning)).collect(),
            groups: shown.document.group_names(),
            agreement: comparison.agreement.clone(),
            title,
            explanation: turning.sentence(),
            size: EXPORT_SIZE,
        }))
    }
}

impl SeedsView {
    /// How many runs, and the button that trains them.
    fn runs_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.label(inked(ui, "Runs", Ink::Weak)).on_hover_text("How many times to train, each time from the next seed.");
            ui.add(egui::DragValue::new(&mut self.n_runs).range(2..=MAX_RUNS).speed(0.05)).accessible_name("Runs");
            let label = format!("Train from {} seeds", self.n_runs);
            let hint = "The same recipe from consecutive seeds, beginning with the one above. What else is on the screen stays.";
            if ui.button(label).on_hover_text(hint).clicked() {
                ctx.send(SeedsCommand::Compare(self.n_runs));
            }
            if ctx.playground.view_is_outdated() {
                ui.label(inked(ui, "The recipe or the pairs have changed since: train again.", Ink::PushWords));
            }
        });
    }

    /// How the runs are put side by side.
    fn switches_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, comparison: &Comparison, layout: &Layout) {
        ui.horizontal(|ui| {
            let turning = ctx.playground.views().seeds.turning();
            for option in Turning::ALL {
                if ui.selectable_label(turning == *option, option.label()).on_hover_text(option.sentence()).clicked() {
                    ctx.send(SeedsCommand::SetTurning(*option));
                }
            }
            ui.add_space(8.0);
            reference_ui(ctx, ui, comparison, layout);
            hold_ui(ctx, ui, layout);
        });
        let turning = ctx.playground.views().seeds.turning();
        if turning != self.shown {
            (self.before, self.shown) = (self.shown, turning);
            self.since = ui.input(|input| input.time);
        }
    }

    /// How far the change of the turning is, 0..=1; asks for the next frame while it goes on.
    fn share_turned(&self, ui: &Ui) -> f64 {
        let share = ((ui.input(|input| input.time) - self.since) / TURN_SECONDS).clamp(0.0, 1.0);
        if share < 1.0 {
            ui.ctx().request_repaint();
        }
        share * share * (3.0 - 2.0 * share)
    }

    fn panels_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, n_panels: usize) {
        let (share, shown) = (self.share_turned(ui), ctx.playground.shown());
        let rect = ui.available_rect_before_wrap();
        let mut pointed = None;
        for (index, [left, top, right, bottom]) in
            panel_grid(n_panels, [rect.left(), rect.top(), rect.right(), rect.bottom()], 8.0).into_iter().enumerate()
        {
            let area = Rect::from_min_max(pos2(left, top), pos2(right, bottom));
            if let Some(panel) = self.panel(ctx, &shown, index, share) {
                let trails = if self.shown == Turning::Aligned { share } else { 1.0 - share };
                pointed = pointed.or(self.panel_ui(ctx, ui, index, &panel, area, trails as f32));
            }
        }
        ui.allocate_rect(rect, Sense::hover());
        if self.hovered != pointed {
            self.hovered = pointed;
            ui.ctx().request_repaint();
        }
    }

    /// Panel `index`, perhaps on its way from one turning to another.
    fn panel(&self, ctx: &Ctx<'_>, shown: &Shown<'_>, index: usize, share: f64) -> Option<Panel> {
        let to = ctx.playground.views().seeds.panel(shown, index, self.shown)?;
        if share >= 1.0 {
            return Some(to);
        }
        let mut between = ctx.playground.views().seeds.panel(shown, index, self.before)?.towards(&to, share);
        if self.shown == Turning::Aligned {
            between.origins = to.origins;
        }
        Some(between)
    }

    /// Draws one panel and returns the phrase that the pointer is on.
    fn panel_ui(&self, ctx: &mut Ctx<'_>, ui: &mut Ui, index: usize, panel: &Panel, area: Rect, trails: f32) -> Option<PhraseId> {
        let response = ui.interact(area, ui.scope_id().with(("panel", index)), Sense::click());
        describe(ctx, &response, &panel.title, (state_of(ctx), self.shown.name()), || {
            spoken_panel(panel, &ctx.playground.document().group_names())
        });
        paint_text(ui, area.left_top() + egui::vec2(2.0, 8.0), egui::Align2::LEFT_CENTER, &panel.title, 12.0, Ink::Weak);
        let map = Rect::from_min_max(area.left_top() + egui::vec2(0.0, TITLE_HEIGHT), area.right_bottom());
        let view = panel_view(panel, [map.left(), map.top(), map.right(), map.bottom()]);
        paint_panel(ctx, ui, panel, &view, self.hovered, trails);
        let border = if panel.is_reference { Ink::Accent } else { Ink::Line };
        ui.painter().rect_stroke(map, 4.0, egui::Stroke::new(1.0, theme::ink(ui, border)), egui::StrokeKind::Inside);
        let pointed = response.hover_pos().and_then(|at| phrase_at(&panel.picture, &view, at, REACH));
        if response.clicked() {
            ctx.send(Act::Select(pointed));
        }
        if let Some(id) = pointed {
            let words = excerpt(ctx.playground.document().text(id), 200);
            response.on_hover_ui_at_pointer(|ui| phrase_hint_ui(ctx, ui, id, &words));
        }
        pointed
    }
}

/// The phrase, and how steady it is from run to run.
fn phrase_hint_ui(ctx: &Ctx<'_>, ui: &mut Ui, id: PhraseId, words: &str) {
    ui.set_max_width(300.0);
    ui.label(strong_text(ui, words));
    let Some(comparison) = ctx.playground.views().seeds.comparison() else { return };
    let text = ctx.playground.document().text(id);
    let place = comparison.phrases.iter().position(|phrase| &**phrase == text);
    if let Some(kept) = place.and_then(|place| comparison.agreement.steadiness.get(place)) {
        let sentence = format!("keeps {:.0} % of its neighbours from run to run, in all dimensions", kept * 100.0);
        ui.label(inked(ui, sentence, Ink::Weak).small());
    }
}

fn reference_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, comparison: &Comparison, layout: &Layout) {
    let combo = egui::ComboBox::from_id_salt("reference").selected_text(comparison.name(layout.reference)).width(90.0);
    let combo = combo.show_ui(ui, |ui| {
        for index in 0..comparison.runs.len() {
            if ui.selectable_label(index == layout.reference, comparison.name(index)).clicked() {
                ctx.send(SeedsCommand::SetReference(index));
            }
        }
    });
    combo.response.accessible_name("Reference").on_hover_text("The run that the others are mirrored and turned onto.");
    ui.label(inked(ui, "is the reference", Ink::Weak));
}

/// Which phrases the runs are turned by.
fn hold_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, layout: &Layout) {
    let label = match layout.held.len() {
        0 => "Hold still…".to_owned(),
        1 => "1 held still".to_owned(),
        n => format!("{n} held still"),
    };
    let document = ctx.playground.document();
    let selected = ctx.playground.selected().and_then(|id| document.phrase(id));
    let held = |text: &str| layout.held.contains(text);
    let ids_held: Vec<PhraseId> = document.phrases.iter().filter(|phrase| held(&phrase.text)).map(|phrase| phrase.id).collect();
    let menu = ui.menu_button(label, |ui| {
        if let Some(phrase) = selected {
            if ui.button("The selected phrase too").clicked() {
                ctx.send(SeedsCommand::Hold(ids_held.iter().copied().chain([phrase.id]).collect()));
                ui.close();
            }
            let group: Vec<PhraseId> = document
                .phrases
                .iter()
                .filter(|other| other.group.is_some() && other.group == phrase.group)
                .map(|other| other.id)
                .collect();
            if ui.add_enabled(!group.is_empty(), egui::Button::new("Its whole group too")).clicked() {
                ctx.send(SeedsCommand::Hold(ids_held.iter().copied().chain(group).collect()));
                ui.close();
            }
        } else {
            ui.label(inked(ui, "Select a phrase first, to hold it still.", Ink::Weak));
        }
        if ui.add_enabled(!ids_held.is_empty(), egui::Button::new("None: all count the same")).clicked() {
            ctx.send(SeedsCommand::Hold(Vec::new()));
            ui.close();
        }
    });
    let hint = "Turn the runs so that these phrases lie where the reference has them; what the others do is then seen beside them. They decide the turn, all others only what those leave open.";
    menu.response.on_hover_text(hint);
}

fn remarks_ui(ctx: &Ctx<'_>, ui: &mut Ui, comparison: &Comparison) {
    let explanation = ctx.playground.views().seeds.turning().sentence();
    let stride = comparison.runs.iter().map(|run| run.frames.stride()).max().unwrap_or(1);
    let thinned = if stride > 1 { format!(" Recorded every {stride} steps.") } else { String::new() };
    let remarks = comparison.remarks.join(" ");
    ui.add(egui::Label::new(inked(ui, format!("{explanation}{thinned} {remarks}"), Ink::Weak).small()).truncate());
}

/// Below the maps: the measures, and the phrases that agree least.
fn numbers_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let Some(comparison) = ctx.playground.views().seeds.comparison().cloned() else {
        ui.label(inked(ui, "How much the runs agree appears here once they are trained.", Ink::Weak));
        return;
    };
    ui.horizontal_top(|ui| {
        let width = ui.available_width();
        agreement_ui(ui, &comparison.agreement, (width * 0.2).min(240.0), (width * 0.47).min(330.0));
        ui.vertical(|ui| {
            ui.set_width(ui.available_width());
            heading(ui, "Phrases that agree least").on_hover_text(
                "Those that keep the fewest of their neighbours from run to run, and what one can see of the reason.",
            );
            egui::ScrollArea::vertical().id_salt("unsteady").auto_shrink([false, false]).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                comparison.unsteady.iter().for_each(|phrase| unsteady_ui(ctx, ui, phrase));
            });
        });
    });
}

fn unsteady_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, phrase: &Unsteady) {
    let text = format!("{:.0} %  {}", phrase.kept * 100.0, one_line(&phrase.phrase));
    let response = cut_label(ui, RichText::new(text)).interact(Sense::click()).on_hover_text(&phrase.reason);
    if response.clicked() {
        let id = ctx.playground.document().phrase_with_text(&phrase.phrase).map(|phrase| phrase.id);
        ctx.send(Act::Select(id));
    }
    cut_label(ui, inked(ui, format!("        {}", phrase.reason), Ink::Weak).small());
}
