//! Menus and shortcuts: one table of actions feeds both.

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers, Ui};

use crate::playground::{Act, Edit, ModelUse, lessons};
use crate::ui::context::{Ask, Ctx, Pending};

/// One entry of a menu.
struct Action {
    label: &'static str,
    shortcut: Option<KeyboardShortcut>,
    is_enabled: fn(&mut Ctx<'_>) -> bool,
    run: fn(&mut Ctx<'_>),
}

const fn ctrl(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::COMMAND, key))
}

const fn ctrl_shift(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key))
}

const fn plain(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::NONE, key))
}

fn always(_: &mut Ctx<'_>) -> bool {
    true
}

const FILE: &[Action] = &[
    Action { label: "New project", shortcut: ctrl(Key::N), is_enabled: always, run: |ctx| ctx.ask(Ask::Unsaved(Pending::New)) },
    Action { label: "Open…", shortcut: ctrl(Key::O), is_enabled: always, run: |ctx| ctx.ask(Ask::Unsaved(Pending::Open)) },
    Action { label: "Save", shortcut: ctrl(Key::S), is_enabled: always, run: save },
    Action { label: "Save as…", shortcut: ctrl_shift(Key::S), is_enabled: always, run: |ctx| ctx.ask(Ask::SavePath) },
    Action {
        label: "Export picture…",
        shortcut: ctrl(Key::E),
        // Where there is nothing to draw yet, the dialog says so.
        is_enabled: always,
        run: |ctx| ctx.ask(Ask::PicturePath),
    },
    Action { label: "Export…", shortcut: ctrl_shift(Key::E), is_enabled: always, run: |ctx| ctx.ask(Ask::Export(None)) },
    Action { label: "Export run as animation…", shortcut: None, is_enabled: always, run: |ctx| ctx.ask(Ask::FilmPath) },
    Action {
        label: "Save trained model…",
        shortcut: None,
        is_enabled: |ctx| ctx.playground.run().is_some_and(|run| run.weights.is_some()),
        run: |ctx| ctx.ask(Ask::ModelPath),
    },
    Action { label: "Quit", shortcut: ctrl(Key::Q), is_enabled: always, run: |ctx| ctx.close_window() },
];

const EDIT: &[Action] = &[
    Action {
        label: "Redo",
        shortcut: ctrl_shift(Key::Z),
        is_enabled: |ctx| ctx.playground.can_redo(),
        run: |ctx| ctx.send(Act::Redo),
    },
    Action { label: "Undo", shortcut: ctrl(Key::Z), is_enabled: |ctx| ctx.playground.can_undo(), run: |ctx| ctx.send(Act::Undo) },
    Action { label: "Type a phrase", shortcut: ctrl(Key::T), is_enabled: always, run: |ctx| ctx.look.wants_to_type = true },
    Action {
        label: "New pair…",
        shortcut: ctrl(Key::P),
        is_enabled: |ctx| ctx.playground.document().phrases.len() > 1,
        run: |ctx| ctx.ask(Ask::Pair),
    },
    Action {
        label: "Choose model…",
        shortcut: ctrl(Key::M),
        is_enabled: always,
        run: |ctx| ctx.ask(Ask::Model(ModelUse::Document)),
    },
    // Ctrl+C copies the selected phrase, and Ctrl+V pastes a recipe too: neither takes a shortcut of its own.
    Action { label: "Copy recipe", shortcut: None, is_enabled: always, run: copy_recipe },
    Action { label: "Paste recipe", shortcut: None, is_enabled: always, run: paste_recipe },
    Action {
        label: "Remove selected phrase",
        shortcut: plain(Key::Delete),
        is_enabled: |ctx| ctx.playground.selected().is_some(),
        run: remove_selected,
    },
];

const RUN: &[Action] = &[
    Action { label: "Play or pause", shortcut: plain(Key::Space), is_enabled: always, run: |ctx| ctx.send(Act::TogglePlay) },
    Action { label: "One step", shortcut: plain(Key::ArrowRight), is_enabled: always, run: |ctx| ctx.send(Act::Step) },
    Action { label: "One step back", shortcut: plain(Key::ArrowLeft), is_enabled: always, run: |ctx| ctx.send(Act::StepBack) },
    Action { label: "To the start", shortcut: plain(Key::Home), is_enabled: always, run: |ctx| ctx.send(Act::Rewind) },
    Action { label: "To the end", shortcut: plain(Key::End), is_enabled: always, run: |ctx| ctx.send(Act::Seek(usize::MAX)) },
    Action {
        label: "Move phrases by hand",
        shortcut: plain(Key::H),
        is_enabled: |ctx| ctx.playground.why_no_hand().is_none(),
        run: |ctx| ctx.send(Act::UseHand(!ctx.playground.uses_hand())),
    },
    Action { label: "New seed", shortcut: plain(Key::N), is_enabled: always, run: |ctx| ctx.send(Edit::NewSeed) },
];

fn save(ctx: &mut Ctx<'_>) {
    match ctx.playground.path() {
        Some(_) => ctx.send(Act::Save),
        None => ctx.ask(Ask::SavePath),
    }
}

/// Puts the whole setting into the clipboard, as one line of text.
pub(in crate::ui) fn copy_recipe(ctx: &mut Ctx<'_>) {
    ctx.egui_context().copy_text(ctx.playground.recipe_line());
    ctx.send(Act::Tell(
        "The recipe is in the clipboard, as one line of text: paste it here or in another window, or give it to train --recipe."
            .to_owned(),
    ));
}

fn paste_recipe(ctx: &mut Ctx<'_>) {
    ctx.look.wants_recipe = true;
    ctx.egui_context().send_viewport_cmd(egui::ViewportCommand::RequestPaste);
}

fn remove_selected(ctx: &mut Ctx<'_>) {
    if let Some(phrase) = ctx.playground.selected() {
        ctx.send(Edit::RemovePhrase(phrase));
    }
}

/// The menus of the top bar.
pub(in crate::ui) fn menus_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    for (name, actions) in [("File", FILE), ("Edit", EDIT), ("Run", RUN)] {
        ui.menu_button(name, |ui| actions.iter().for_each(|action| action_ui(ctx, ui, action)));
    }
    ui.menu_button("View", |ui| view_menu_ui(ctx, ui));
    ui.menu_button("Lessons", |ui| lessons_menu_ui(ctx, ui));
}

fn action_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, action: &Action) {
    let mut button = egui::Button::new(action.label);
    if let Some(shortcut) = &action.shortcut {
        button = button.shortcut_text(ui.ctx().format_shortcut(shortcut));
    }
    let is_enabled = (action.is_enabled)(ctx);
    if ui.add_enabled(is_enabled, button).clicked() {
        (action.run)(ctx);
        ui.close();
    }
}

fn view_menu_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    ui.checkbox(&mut ctx.look.forces, "Forces").on_hover_text("Arrows show which way the loss moves each phrase.");
    ui.checkbox(&mut ctx.look.trails, "Trails").on_hover_text("Where each phrase was in the last 12 steps.");
    ui.checkbox(&mut ctx.look.pair_graph, "Pairs per phrase")
        .on_hover_text("How many phrases are in how many pairs, and which are in the most.");
    ui.separator();
    for (label, size) in [("Small labels", 11.0), ("Usual labels", 13.0), ("Large labels", 18.0), ("Huge labels", 24.0)] {
        if ui.radio(ctx.look.label_size == size, label).clicked() {
            ctx.look.label_size = size;
        }
    }
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

fn lessons_menu_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    for lesson in lessons() {
        if ui.button(&lesson.title).on_hover_text(&lesson.about).clicked() {
            ctx.ask(Ask::Unsaved(Pending::Lesson(&lesson.name)));
            ui.close();
        }
    }
}

/// Carries out actions whose keys were pressed, unless somebody types.
pub(in crate::ui) fn shortcuts(ctx: &mut Ctx<'_>, ui: &Ui) {
    let is_typing = ui.ctx().egui_wants_keyboard_input();
    // A shortcut also answers to its keys with Shift, so those that want Shift are looked for first.
    for wants_shift in [true, false] {
        for action in FILE.iter().chain(EDIT).chain(RUN) {
            let Some(shortcut) = action.shortcut.filter(|shortcut| shortcut.modifiers.shift == wants_shift) else { continue };
            // Letters and arrows belong to the text field while somebody types.
            let is_free = !is_typing || shortcut.modifiers.command;
            if is_free && ui.input_mut(|input| input.consume_shortcut(&shortcut)) && (action.is_enabled)(ctx) {
                (action.run)(ctx);
            }
        }
    }
}
