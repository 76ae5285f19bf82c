//! The top bar: menus, transport, seed, theme, presenting.

use eframe::egui::{self, Align, DragValue, Layout, RichText, Ui};

use super::menu;
use crate::drawing::Ink;
use crate::playground::{Act, Edit};
use crate::ui::context::Ctx;
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{Icon, icon_button, inked};

/// Paces that are offered, as multiples of the usual 20 steps a second.
const SPEEDS: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0];

/// Width of the transport, which stands in the middle.
const TRANSPORT_WIDTH: f32 = 385.0;

/// From this width of the window on there is room for the program's name.
const ROOMY: f32 = 1180.0;

pub(in crate::ui) fn top_bar_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    ui.set_height(38.0);
    ui.horizontal_centered(|ui| {
        let width = ui.ctx().content_rect().width();
        if width >= ROOMY {
            ui.label(RichText::new("Embedding Playground").font(theme::strong(14.0)));
            ui.add_space(6.0);
        }
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = 14.0;
            ui.visuals_mut().button_frame = false;
            menu::menus_ui(ctx, ui);
        });
        let to_middle = (width - TRANSPORT_WIDTH) / 2.0 - ui.min_rect().width() - 16.0;
        ui.add_space(to_middle.max(8.0));
        transport_ui(ctx, ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| corner_ui(ctx, ui));
    });
}

fn transport_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    if icon_button(ui, Icon::Rewind, "Back to step 0", 30.0, false).clicked() {
        ctx.send(Act::Rewind);
    }
    let (icon, name) = if ctx.playground.is_playing() { (Icon::Pause, "Pause") } else { (Icon::Play, "Play") };
    if icon_button(ui, icon, name, 38.0, true).clicked() {
        ctx.send(Act::TogglePlay);
    }
    if icon_button(ui, Icon::Step, "One step", 30.0, false).clicked() {
        ctx.send(Act::Step);
    }
    let (step, last) = (ctx.playground.step(), ctx.playground.last_step());
    ui.label(RichText::new(format!("{step:04}")).font(theme::strong(20.0)))
        .on_hover_text("The step shown: how many times the vectors were updated.");
    ui.label(inked(ui, format!("/ {last} steps"), Ink::Weak));
    speed_ui(ctx, ui);
    hand_ui(ctx, ui);
}

/// Moves phrases by hand, where that can be.
fn hand_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let (is_on, why_not) = (ctx.playground.uses_hand(), ctx.playground.why_no_hand());
    let button = ui.add_enabled(why_not.is_none(), egui::Button::selectable(is_on, "Hand"));
    let button =
        button.on_hover_text("Take a phrase on the map and move its vector (H); let go, and the run goes on from there.");
    if button.on_disabled_hover_text(why_not.unwrap_or_default()).clicked() {
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

/// From the right edge inwards.
fn corner_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let label = if ctx.look.presenting { "Stop presenting" } else { "Present" };
    if ui.button(label).on_hover_text("Only the map, with large labels, for a projector.").clicked() {
        ctx.look.presenting = !ctx.look.presenting;
    }
    if icon_button(ui, Icon::Contrast, "Light or dark", 28.0, false).clicked() {
        let next = if ui.visuals().dark_mode { egui::Theme::Light } else { egui::Theme::Dark };
        ui.ctx().set_theme(next);
    }
    seed_ui(ctx, ui);
}

fn seed_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    if ui.button("New seed").on_hover_text("Train again from other random places (N).").clicked() {
        ctx.send(Edit::NewSeed);
    }
    let mut recipe = ctx.playground.document().recipe.clone();
    let response = ui.add(DragValue::new(&mut recipe.seed).speed(0.2));
    let response = response
        .accessible_name("Seed")
        .on_hover_text("Decides the random places and the order of the pairs: the same seed, the same run.");
    if response.changed() {
        ctx.send(Edit::SetRecipe(recipe));
    }
    ui.label(inked(ui, "Seed", Ink::Weak));
}
