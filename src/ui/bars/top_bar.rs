//! The top bar: menus, transport, seed, theme, presenting.

use eframe::egui::{self, DragValue, Id, RichText, Ui};

use super::menu;
use crate::choice::Choice;
use crate::data::capital;
use crate::drawing::{Ink, Theme};
use crate::playground::{Act, Edit, Part};
use crate::ui::context::Ctx;
use crate::ui::pieces::pointing::point_out;
use crate::ui::pieces::spoken::say_live;
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{Icon, WhyNot, icon_button, inked};
use crate::ui::presenting;

/// Paces that are offered, as multiples of the usual 20 steps a second.
const SPEEDS: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0];

/// Width of the transport, which stands in the middle.
const TRANSPORT_WIDTH: f32 = 385.0;

/// From this width of the window on there is room for the program's name.
const ROOMY: f32 = 1180.0;

/// Gives the id of the first menu's button.
pub(in crate::ui) fn top_bar_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) -> Option<Id> {
    ui.set_height(38.0);
    let bar = ui.horizontal_centered(|ui| {
        let width = ui.ctx().content_rect().width();
        if width >= ROOMY {
            ui.label(RichText::new("Embedding Playground").font(theme::strong(14.0)));
            ui.add_space(6.0);
        }
        let first_menu = ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            ui.visuals_mut().button_frame = false;
            menu::menus_ui(ctx, ui)
        });
        let to_middle = (width - TRANSPORT_WIDTH) / 2.0 - ui.min_rect().width() - 16.0;
        ui.add_space(to_middle.max(8.0));
        transport_ui(ctx, ui);
        at_the_end(ui, |ui| corner_ui(ctx, ui));
        first_menu.inner
    });
    bar.inner
}

fn transport_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let rewind = icon_button(ui, Icon::Rewind, "Back to step 0", 30.0, false);
    point_out(ctx, ui, Part::Rewind, rewind.rect);
    if rewind.clicked() {
        ctx.send(Act::Rewind);
    }
    let (icon, name) = if ctx.playground.is_playing() { (Icon::Pause, "Pause") } else { (Icon::Play, "Play") };
    let play = icon_button(ui, icon, name, 38.0, true);
    point_out(ctx, ui, Part::Play, play.rect);
    if play.clicked() {
        ctx.send(Act::TogglePlay);
    }
    let step = icon_button(ui, Icon::Step, "One step", 30.0, false);
    point_out(ctx, ui, Part::OneStep, step.rect);
    if step.clicked() {
        ctx.send(Act::Step);
    }
    counter_ui(ctx, ui);
    speed_ui(ctx, ui);
    hand_ui(ctx, ui);
}

/// The step that is shown; without a run, that there is none.
fn counter_ui(ctx: &Ctx<'_>, ui: &mut Ui) {
    let (step, last) = (ctx.playground.step(), ctx.playground.last_step());
    if last == 0 && (ctx.playground.problem().is_some() || ctx.playground.run().is_none()) {
        let why = ctx.playground.problem().map_or_else(|| "It is being recorded.".to_owned(), |why| format!("{}.", capital(why)));
        ui.label(inked(ui, "no run yet", Ink::Weak)).on_hover_text(why);
        return;
    }
    let counter = ui.label(RichText::new(format!("{step:04}")).font(theme::strong(20.0)));
    say_live(ui, &counter, !ctx.playground.is_playing());
    counter.on_hover_text("The step shown: how many times the vectors were updated.");
    ui.label(inked(ui, format!("/ {last} steps"), Ink::Weak));
}

/// Moves phrases by hand, where that can be.
fn hand_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let (is_on, why_not) = (ctx.playground.uses_hand(), ctx.playground.why_no_hand());
    let button = ui.add_enabled(why_not.is_none(), egui::Button::selectable(is_on, "Hand"));
    point_out(ctx, ui, Part::Hand, button.rect);
    let button =
        button.on_hover_text("Take a phrase on the map and move its vector (H); let go, and the run goes on from there.");
    if button.why_not(why_not.unwrap_or_default()).clicked() {
        ctx.send(Act::UseHand(!is_on));
    }
}

fn speed_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let current = ctx.playground.speed();
    let combo = egui::ComboBox::from_id_salt("speed").selected_text(format!("{current}×")).width(44.0).show_ui(ui, |ui| {
        for speed in SPEEDS {
            if ui.selectable_label(speed == current, format!("{speed}×")).clicked() {
                ctx.send(Act::SetSpeed(speed));
            }
        }
    });
    combo.response.accessible_name("Speed").on_hover_text("Pace of playing: 1× is 20 steps a second.");
}

/// Draws at the right end of a row, from left to right, as the keyboard goes: as wide as it was in the last frame.
fn at_the_end(ui: &mut Ui, draw: impl FnOnce(&mut Ui)) {
    let id = Id::unique("width of the corner");
    let before = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(320.0);
    ui.add_space((ui.available_width() - before - ui.spacing().item_spacing.x).max(0.0));
    let width = ui.horizontal_centered(draw).response.rect.width();
    if (width - before).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, width));
        ui.ctx().request_repaint();
    }
}

fn corner_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    seed_ui(ctx, ui);
    let shown = theme::theme(ui);
    let name = format!("Light, dark or high contrast (now: {})", shown.label().to_lowercase());
    if icon_button(ui, Icon::Contrast, &name, 28.0, false).clicked() {
        let next = Theme::ALL.iter().cycle().skip_while(|theme| **theme != shown).nth(1);
        menu::choose_theme(ctx, next.copied().unwrap_or_default());
    }
    let label = if ctx.look.presenting { "Stop presenting" } else { "Present" };
    if ui.button(label).on_hover_text("Full screen and large, for a class (F5; Esc leaves).").clicked() {
        presenting::toggle(ctx);
    }
}

fn seed_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    ui.label(inked(ui, "Seed", Ink::Weak));
    let mut recipe = ctx.playground.document().recipe.clone();
    let response = ui.add(DragValue::new(&mut recipe.seed).speed(0.2));
    let response = response
        .accessible_name("Seed")
        .on_hover_text("Decides the random places and the order of the pairs: the same seed, the same run.");
    point_out(ctx, ui, Part::Seed, response.rect);
    if response.changed() {
        ctx.send(Edit::SetRecipe(recipe));
    }
    let again = ui.button("New seed").on_hover_text("Train again from other random places (N).");
    point_out(ctx, ui, Part::NewSeed, again.rect);
    if again.clicked() {
        ctx.send(Edit::NewSeed);
    }
}
