//! The menus, drawn from the table of actions.

use eframe::egui::{self, Id, Ui};

use super::actions::{Action, SECTIONS};
use super::menu_keys::menu_keys;
use crate::choice::Choice;
use crate::drawing::{Ink, Theme};
use crate::playground::{Act, lessons};
use crate::ui::context::{Ask, Ctx, Pending};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::WhyNot;

/// Sizes of labels that are offered.
const LABEL_SIZES: [(&str, f32); 4] =
    [("Small labels", 11.0), ("Usual labels", 13.0), ("Large labels", 18.0), ("Huge labels", 24.0)];

/// The menus of the top bar; gives the id of the first one's button.
pub(in crate::ui) fn menus_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) -> Option<Id> {
    let mut menu_ui = |name: &str| {
        let menu = ui.menu_button(name, |ui| match name {
            "View" => view_menu_ui(ctx, ui),
            "Lessons" => lessons_menu_ui(ctx, ui),
            _ => section_ui(ctx, ui, name),
        });
        menu.response
    };
    let buttons = ["File", "Edit", "Run", "View", "Lessons", "Help"].map(&mut menu_ui);
    menu_keys(ui, &buttons);
    buttons.first().map(|button| button.id)
}

/// The entries of the section of this name.
fn section_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, name: &str) {
    let actions = SECTIONS.iter().filter(|section| section.name == name).flat_map(|section| section.actions);
    actions.for_each(|action| action_ui(ctx, ui, action));
}

fn action_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, action: &Action) {
    let mut button = egui::Button::new(action.label);
    if let Some(shortcut) = action.keys.first() {
        button = button.shortcut_text(ui.ctx().format_shortcut(shortcut));
    }
    let why_not = (action.why_not)(ctx);
    let response = ui.add_enabled(why_not.is_none(), button);
    if response.clicked() {
        (action.run)(ctx, 0);
        ui.close();
    }
    if let Some(why_not) = why_not {
        response.why_not(why_not);
    }
}

fn view_menu_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    with_edges(ui, |ui| shown_ui(ctx, ui));
    ui.separator();
    section_ui(ctx, ui, "View");
    ui.separator();
    if ui
        .button("Refit the model's map")
        .on_hover_text("Fit the axes of the model's map again, to all phrases there are now.")
        .clicked()
    {
        ctx.send(Act::RefitModelMap);
        ui.close();
    }
}

/// A menu takes the edges of all that is in it; boxes that are not ticked are seen by theirs.
fn with_edges(ui: &mut Ui, draw: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        let edge = egui::Stroke::new(1.0, theme::ink(ui, Ink::Edge));
        ui.visuals_mut().widgets.inactive.bg_stroke = edge;
        draw(ui);
    });
}

/// What is shown, and how.
fn shown_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    ui.checkbox(&mut ctx.look.forces, "Forces").on_hover_text("Arrows show which way the loss moves each phrase.");
    ui.checkbox(&mut ctx.look.trails, "Trails").on_hover_text("Where each phrase was in the last 12 steps.");
    ui.checkbox(&mut ctx.look.pair_graph, "Pairs per phrase")
        .on_hover_text("How many phrases are in how many pairs, and which are in the most.");
    ui.separator();
    for (label, size) in LABEL_SIZES {
        if ui.radio(ctx.look.label_size == size, label).clicked() {
            ctx.look.label_size = size;
        }
    }
    ui.separator();
    themes_ui(ctx, ui);
}

/// The themes, each explained; nothing of it is told by colour alone.
fn themes_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let shown = theme::theme(ui);
    for option in Theme::ALL {
        if ui.radio(shown == *option, option.label()).on_hover_text(option.sentence()).clicked() {
            choose_theme(ctx, *option);
        }
    }
}

/// The theme from now on, kept between starts.
pub(super) fn choose_theme(ctx: &mut Ctx<'_>, theme: Theme) {
    ctx.look.theme = Some(theme);
    theme::choose_theme(ctx.egui_context(), theme);
}

fn lessons_menu_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let course = ctx.playground.course();
    for (place, lesson) in lessons().iter().enumerate() {
        // The mark is a word too, for who does not see it.
        let done = if course.was_done(&lesson.name) { " ✓" } else { "" };
        let button = ui.button(format!("{}  {}{done}", place + 1, lesson.title));
        let name = format!("{}{}", lesson.title, if done.is_empty() { "" } else { ", done" });
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        if button.on_hover_text(&lesson.about).clicked() {
            ctx.ask(Ask::Unsaved(Pending::Lesson(&lesson.name)));
            ui.close();
        }
    }
}
