//! Compare seeds: runs of one recipe as small maps that play in step, and what they agree on.

use eframe::egui::{self, Rect, RichText, Sense, Ui, pos2};

use super::TabView;
use super::kept::KeptWindow;
use crate::choice::Choice;
use crate::compare::{Among, Comparison, Layout, Seeds, SeedsError, Turning, Unsteady};
use crate::data::{excerpt, one_line};
use crate::drawing::Ink;
use crate::playground::views::{SeedsCommand, Tab};
use crate::playground::{Act, Exported, Panel, PhraseId, Shown};
use crate::scene::{panel_grid, panel_view, spoken_panel};
use crate::ui::context::{Ask, Ctx};
use crate::ui::pieces::agreement::levels_ui;
use crate::ui::pieces::placeholder::placeholder_ui;
use crate::ui::pieces::pointing::asks;
use crate::ui::pieces::small_map::{paint_panel, phrase_at};
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{WhyNot, choice_ui, cut_label, heading, inked, paint_text, strong_text};

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

/// Seeds that are offered from the start, from that of the recipe on.
const USUAL_SEEDS: usize = 4;
/// Height of the numbers below the maps.
const NUMBERS_HEIGHT: f32 = 196.0;
/// The same where a sentence stands in for them.
const NUMBERS_IN_WORDS: f32 = 36.0;

/// What the view remembers from frame to frame.
pub(super) struct SeedsView {
    /// The seeds as they are typed; until somebody does, those that follow that of the recipe.
    seeds: Option<String>,
    kept: KeptWindow,
    among: Among,
    hovered: Option<PhraseId>,
    /// The turning that was shown last, and since when the one before it has been on its way.
    shown: Turning,
    before: Turning,
    since: f64,
}

impl Default for SeedsView {
    fn default() -> Self {
        let turning = Turning::default();
        Self {
            seeds: None,
            kept: KeptWindow::default(),
            among: Among::default(),
            hovered: None,
            shown: turning,
            before: turning,
            since: f64::NEG_INFINITY,
        }
    }
}

impl TabView for SeedsView {
    fn tab(&self) -> Tab {
        Tab::Seeds
    }

    fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let chosen = self.runs_ui(ctx, ui);
        self.kept.ui(ctx, ui, chosen.ok().as_ref());
        let seeds = &ctx.playground.views().seeds;
        let (Some(comparison), Some(layout)) = (seeds.comparison().cloned(), seeds.layout().cloned()) else {
            return placeholder_ui(ctx, ui, EMPTY);
        };
        self.switches_ui(ctx, ui, &comparison, &layout);
        remarks_ui(ctx, ui, &comparison);
        self.panels_ui(ctx, ui, comparison.runs.len());
    }

    fn height_below(&self, ctx: &Ctx<'_>) -> Option<f32> {
        Some(if asks(ctx.playground) { NUMBERS_IN_WORDS } else { NUMBERS_HEIGHT })
    }

    fn below_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        self.numbers_ui(ctx, ui);
    }
}

impl SeedsView {
    /// Which seeds, and the button that trains from them; the seeds, or why there are none.
    fn runs_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) -> Result<Seeds, SeedsError> {
        let usual = || Seeds::from_first(ctx.playground.document().recipe.seed, USUAL_SEEDS).to_string();
        let mut text = self.seeds.clone().unwrap_or_else(usual);
        let seeds: Result<Seeds, SeedsError> = ui
            .horizontal(|ui| {
                let explanation = "A list such as 1,2,5 or a range such as 1-9: each seed is one run.";
                ui.label(inked(ui, "Seeds", Ink::Weak)).on_hover_text(explanation);
                let field = ui.add(egui::TextEdit::singleline(&mut text).desired_width(86.0));
                let field = field.accessible_name("Seeds to train from").on_hover_text(explanation);
                if field.changed() {
                    self.seeds = Some(text.clone());
                }
                let seeds: Result<Seeds, SeedsError> = text.parse();
                train_ui(ctx, ui, &seeds);
                self.kept.button_ui(ctx, ui);
                export_ui(ctx, ui);
                seeds
            })
            .inner;
        if let Err(why) = &seeds {
            ui.label(inked(ui, format!("These seeds can't be trained from: {why}."), Ink::PushWords));
        }
        if let Some(standing) = ctx.playground.view_standing().or_else(|| other_seeds(ctx, seeds.as_ref().ok()?)) {
            ui.add(egui::Label::new(inked(ui, standing, Ink::PushWords)).wrap());
        }
        seeds
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

/// Which seeds are shown, where those that are typed are others.
fn other_seeds(ctx: &Ctx<'_>, typed: &Seeds) -> Option<String> {
    let comparison = ctx.playground.views().seeds.comparison().filter(|comparison| comparison.is_of_one_recipe())?;
    let shown: Vec<u64> = comparison.runs.iter().map(|run| run.recipe.seed).collect();
    let names: Vec<String> = shown.iter().map(u64::to_string).collect();
    (typed.all() != shown).then(|| format!("Shown are the seeds {}; train to see {typed}.", names.join(", ")))
}

/// The button that trains from the seeds that are typed.
fn train_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, seeds: &Result<Seeds, SeedsError>) {
    let label = seeds.as_ref().map_or("Train".to_owned(), |seeds| format!("Train from {} seeds", seeds.all().len()));
    let hint = "The recipe on the right, from each of these seeds. What else is on the screen stays.";
    let button = ui.add_enabled(seeds.is_ok(), egui::Button::new(label)).on_hover_text(hint);
    let why_not = seeds.as_ref().err().map(ToString::to_string).unwrap_or_default();
    if let (true, Ok(seeds)) = (button.why_not(why_not).clicked(), seeds) {
        ctx.send(SeedsCommand::Compare(seeds.clone()));
    }
}

/// The picture and the numbers of the comparison as files.
fn export_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let has_runs = ctx.playground.views().seeds.comparison().is_some();
    ui.add_enabled_ui(has_runs, |ui| {
        let why_not = "There are no runs yet: train them first.";
        let picture = ui.button("Picture…").on_hover_text("The maps and the numbers below them as a picture (Ctrl+E).");
        if picture.why_not(why_not).clicked() {
            ctx.ask(Ask::PicturePath);
        }
        let numbers = ui.button("Numbers…").on_hover_text("Every measure of every two runs at the step shown, as a table.");
        if numbers.why_not(why_not).clicked() {
            ctx.ask(Ask::Export(Some(Exported::Agreement)));
        }
    });
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
            let whole = ui.add_enabled(!group.is_empty(), egui::Button::new("Its whole group too"));
            if whole.why_not("The selected phrase is in no group.").clicked() {
                ctx.send(SeedsCommand::Hold(ids_held.iter().copied().chain(group).collect()));
                ui.close();
            }
        } else {
            ui.label(inked(ui, "Select a phrase first, to hold it still.", Ink::Weak));
        }
        let none = ui.add_enabled(!ids_held.is_empty(), egui::Button::new("None: all count the same"));
        if none.why_not("No phrase is held still: all count the same already.").clicked() {
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

impl SeedsView {
    /// Below the maps: the measures, and the phrases that agree least.
    fn numbers_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let Some(comparison) = ctx.playground.views().seeds.comparison().cloned() else {
            ui.label(inked(ui, "How much the runs agree appears here once they are trained.", Ink::Weak));
            return;
        };
        if asks(ctx.playground) {
            ui.label(inked(ui, "The numbers come after your guess: they know the answer.", Ink::Weak));
            return;
        }
        self.step_ui(ctx, ui, &comparison);
        let among = if comparison.is_of_one_recipe() { Among::All } else { self.among };
        ui.horizontal_top(|ui| {
            let (width, height) = (ui.available_width(), ui.available_height());
            let widths = [(width * 0.2).min(240.0), (width * 0.47).min(330.0)];
            ui.allocate_ui(egui::vec2(widths[0] + widths[1] + 24.0, height), |ui| {
                // All rows can be reached, however low the window is.
                let scroll = egui::ScrollArea::vertical().id_salt("agreement").auto_shrink([false, false]);
                scroll.show(ui, |ui| {
                    ui.horizontal_top(|ui| {
                        levels_ui(ui, &comparison.agreement, &|measure| comparison.level(measure, among), widths);
                    });
                });
            });
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

    /// Of which step the numbers are, and of which runs.
    fn step_ui(&mut self, ctx: &Ctx<'_>, ui: &mut Ui, comparison: &Comparison) {
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.y = 17.0;
            let (shown, n) = (ctx.playground.step(), comparison.runs.len());
            let coming = if shown == comparison.step { String::new() } else { format!("; those of step {shown} are coming") };
            let words = format!("{n} runs at step {} of {}{coming}", comparison.step, comparison.last_step());
            ui.label(strong_text(ui, words)).on_hover_text(
                "The numbers follow the step that is shown; a run that ended before it counts with its last step.",
            );
            if !comparison.is_of_one_recipe() {
                ui.label(inked(ui, "· two runs count that are", Ink::Weak));
                self.among = choice_ui(ui, "Which runs count", self.among, |_| true).unwrap_or(self.among);
            }
        });
    }
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
