//! The table of all that menus and keys do: what it is called, which keys it has, why it can't be done now.
//!
//! Menus are drawn from it (`menu.rs`), keys are handled from it (`keys.rs`), and the sheet of all keys is made of it
//! (`windows/help.rs`). A few keys that egui or a picture handles by itself stand in [`BESIDE`], for that sheet.

use eframe::egui::{Key, KeyboardShortcut, Modifiers, ViewportCommand, gui_zoom};

use crate::playground::{Act, DraftCommand, Edit, ModelUse};
use crate::ui::context::{Ask, Ctx, FocusMove, Pending};
use crate::ui::look::{Help, WantedEdit};
use crate::ui::presenting;

/// Something that a menu or a key does.
pub(in crate::ui) struct Action {
    /// What a menu calls it.
    pub(in crate::ui) label: &'static str,
    /// Keys that do it, any of them; the first one stands in the menu.
    pub(in crate::ui) keys: &'static [KeyboardShortcut],
    /// Why it can't be done now.
    pub(super) why_not: fn(&Ctx<'_>) -> Option<&'static str>,
    /// Does it; by which of its keys, where it has several.
    pub(super) run: fn(&mut Ctx<'_>, usize),
}

/// Actions that stand together, in a menu or in the sheet of keys.
pub(in crate::ui) struct Section {
    /// The name of the menu, or what the keys are for.
    pub(in crate::ui) name: &'static str,
    /// Its actions, in order.
    pub(in crate::ui) actions: &'static [Action],
    /// Whether its keys are handled.
    pub(super) is_on: fn(&Ctx<'_>) -> bool,
}

/// All sections; the menus come first.
pub(in crate::ui) const SECTIONS: &[Section] = &[
    Section { name: "File", actions: FILE, is_on: |_| true },
    Section { name: "Edit", actions: EDIT, is_on: |_| true },
    Section { name: "Run", actions: RUN, is_on: |_| true },
    Section { name: "View", actions: VIEW, is_on: |_| true },
    Section { name: "Help", actions: HELP, is_on: |_| true },
    Section { name: "Getting about", actions: ABOUT, is_on: |_| true },
    Section { name: "While presenting", actions: PRESENTING, is_on: |ctx| ctx.look.presenting },
];

/// Keys and gestures that controls and pictures handle by themselves.
pub(in crate::ui) const BESIDE: &[(&str, &str)] = &[
    ("Tab, Shift+Tab", "The next control, or the one before: from left to right, panel by panel"),
    ("Space or Enter", "Press the control that has the ring; in the field for phrases Enter adds"),
    (
        "Arrow keys",
        "Down opens a menu that has the ring, Left and Right go to the one beside it; on the matrix of cosines from cell to cell; on a slider or number up and down",
    ),
    ("Alt", "Pressed and let go alone, it opens the menus as F10 does"),
    ("Wheel on a map", "Zoom at the pointer; dragging pans, a double-click fits"),
    ("Drag from phrase to phrase", "Make a pair; with Alt a negative"),
    ("Drag on a chart", "Go to a step"),
    ("Ctrl-click or Shift-click on a phrase", "Why it is near the selected one"),
    ("Double-click in the list", "Edit a phrase, rename a group"),
];

const fn key(modifiers: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(modifiers, key)
}

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const NONE: Modifiers = Modifiers::NONE;

/// Nothing stands in its way.
const fn always(_: &Ctx<'_>) -> Option<&'static str> {
    None
}

/// Nothing is selected that it could be done to.
fn none_selected(ctx: &Ctx<'_>) -> Option<&'static str> {
    ctx.playground.selected().is_none().then_some("No phrase is selected: click one in the list or on the map.")
}

/// An action that can always be done.
const fn free(label: &'static str, keys: &'static [KeyboardShortcut], run: fn(&mut Ctx<'_>, usize)) -> Action {
    Action { label, keys, why_not: always, run }
}

const FILE: &[Action] = &[
    free("New project", &[key(CTRL, Key::N)], |ctx, _| ctx.ask(Ask::Unsaved(Pending::New))),
    free("Open…", &[key(CTRL, Key::O)], |ctx, _| ctx.ask(Ask::Unsaved(Pending::Open))),
    free("Save", &[key(CTRL, Key::S)], |ctx, _| save(ctx)),
    free("Save as…", &[key(CTRL_SHIFT, Key::S)], |ctx, _| ctx.ask(Ask::SavePath)),
    Action {
        label: "Save as lesson…",
        keys: &[],
        why_not: |ctx| {
            let has_none = ctx.playground.draft().is_none() && ctx.playground.document().phrases.is_empty();
            has_none.then_some("A lesson begins with phrases: type some first.")
        },
        run: |ctx, _| ctx.send(Act::Draft(DraftCommand::Begin)),
    },
    // Where there is nothing to draw yet, the dialog says so.
    free("Export picture…", &[key(CTRL, Key::E)], |ctx, _| ctx.ask(Ask::PicturePath)),
    free("Export…", &[key(CTRL_SHIFT, Key::E)], |ctx, _| ctx.ask(Ask::Export(None))),
    free("Export run as animation…", &[], |ctx, _| ctx.ask(Ask::FilmPath)),
    Action {
        label: "Save trained model…",
        keys: &[],
        why_not: |ctx| {
            let has_weights = ctx.playground.run().is_some_and(|run| run.weights.is_some());
            (!has_weights).then_some(
                "Only a transformer that was trained to the end is a model of its own: choose it as the learner, and let it train.",
            )
        },
        run: |ctx, _| ctx.ask(Ask::ModelPath),
    },
    free("Quit", &[key(CTRL, Key::Q)], |ctx, _| ctx.close_window()),
];

const EDIT: &[Action] = &[
    Action {
        label: "Undo",
        keys: &[key(CTRL, Key::Z)],
        why_not: |ctx| (!ctx.playground.can_undo()).then_some("Nothing was changed yet."),
        run: |ctx, _| ctx.send(Act::Undo),
    },
    Action {
        label: "Redo",
        keys: &[key(CTRL_SHIFT, Key::Z), key(CTRL, Key::Y)],
        why_not: |ctx| (!ctx.playground.can_redo()).then_some("Nothing was undone that could come back."),
        run: |ctx, _| ctx.send(Act::Redo),
    },
    free("Type a phrase", &[key(CTRL, Key::T)], |ctx, _| ctx.look.wants_to_type = true),
    Action {
        label: "New pair…",
        keys: &[key(CTRL, Key::P)],
        why_not: |ctx| (ctx.playground.document().phrases.len() < 2).then_some("A pair needs two phrases: type some first."),
        run: |ctx, _| ctx.ask(Ask::Pair),
    },
    // Ctrl+C copies the selected phrase, and Ctrl+V pastes a recipe too: neither takes a shortcut of its own.
    free("Copy recipe", &[], |ctx, _| copy_recipe(ctx)),
    free("Paste recipe", &[], |ctx, _| paste_recipe(ctx)),
    free("Choose model…", &[key(CTRL, Key::M)], |ctx, _| ctx.ask(Ask::Model(ModelUse::Document))),
    Action {
        label: "Edit selected phrase",
        keys: &[key(NONE, Key::F2)],
        why_not: none_selected,
        run: |ctx, _| ctx.look.wants_edit = Some(WantedEdit::Text),
    },
    Action {
        label: "Put it into a group…",
        keys: &[key(CTRL, Key::G)],
        why_not: none_selected,
        run: |ctx, _| ctx.look.wants_edit = Some(WantedEdit::Group),
    },
    Action {
        label: "Rename its group…",
        keys: &[],
        why_not: |ctx| {
            let document = ctx.playground.document();
            let group = ctx.playground.selected().and_then(|id| document.phrase(id)?.group);
            group.is_none().then_some("No phrase of a group is selected.")
        },
        run: |ctx, _| ctx.look.wants_edit = Some(WantedEdit::GroupName),
    },
    Action {
        label: "Remove selected phrase",
        keys: &[key(NONE, Key::Delete)],
        why_not: none_selected,
        run: |ctx, _| remove_selected(ctx),
    },
];

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
    ctx.egui_context().send_viewport_cmd(ViewportCommand::RequestPaste);
}

const RUN: &[Action] = &[
    free("Play or pause", &[key(NONE, Key::Space)], |ctx, _| ctx.send(Act::TogglePlay)),
    free("One step", &[key(NONE, Key::ArrowRight)], |ctx, _| ctx.send(Act::Step)),
    free("One step back", &[key(NONE, Key::ArrowLeft)], |ctx, _| ctx.send(Act::StepBack)),
    free("To the start", &[key(NONE, Key::Home)], |ctx, _| ctx.send(Act::Rewind)),
    free("To the end", &[key(NONE, Key::End)], |ctx, _| ctx.send(Act::Seek(usize::MAX))),
    Action {
        label: "Move phrases by hand",
        keys: &[key(NONE, Key::H)],
        why_not: |ctx| {
            let is_free = ctx.playground.why_no_hand().is_none();
            (!is_free).then_some("Only free vectors of a run can be moved by hand; the button Hand says what is in the way.")
        },
        run: |ctx, _| ctx.send(Act::UseHand(!ctx.playground.uses_hand())),
    },
    free("New seed", &[key(NONE, Key::N)], |ctx, _| ctx.send(Edit::NewSeed)),
];

const VIEW: &[Action] = &[
    free("Larger", &[gui_zoom::kb_shortcuts::ZOOM_IN, gui_zoom::kb_shortcuts::ZOOM_IN_SECONDARY], |ctx, _| {
        zoom_by(ctx, 0.1);
    }),
    free("Smaller", &[gui_zoom::kb_shortcuts::ZOOM_OUT], |ctx, _| {
        zoom_by(ctx, -0.1);
    }),
    free("Usual size", &[gui_zoom::kb_shortcuts::ZOOM_RESET], |ctx, _| ctx.egui_context().set_zoom_factor(1.0)),
    free("Present, or stop presenting", &[key(NONE, Key::F5)], |ctx, _| presenting::toggle(ctx)),
    Action {
        label: "Speaker's notes",
        keys: &[key(NONE, Key::F8)],
        why_not: |ctx| (!ctx.look.presenting).then_some("Notes are for presenting: press F5 first."),
        run: |ctx, _| ctx.look.notes = !ctx.look.notes,
    },
];

/// Zooms beyond which letters can't be read, or the window has no room for what is in it.
const LEGIBLE: std::ops::RangeInclusive<f32> = 0.6..=2.5;

fn zoom_by(ctx: &Ctx<'_>, change: f32) {
    let egui = ctx.egui_context();
    let zoom = ((egui.zoom_factor() + change) * 10.0).round() / 10.0;
    egui.set_zoom_factor(zoom.clamp(*LEGIBLE.start(), *LEGIBLE.end()));
}

const HELP: &[Action] = &[
    free("Keys", &[key(NONE, Key::F1)], |ctx, _| ctx.look.help = Some(Help::Keys)),
    free("Words", &[key(Modifiers::SHIFT, Key::F1)], |ctx, _| ctx.look.help = Some(Help::Words)),
    free("About", &[], |ctx, _| ctx.look.help = Some(Help::About)),
    free("Open the folder of logs", &[], |ctx, _| super::log_folder::open(ctx)),
];

const ABOUT: &[Action] = &[
    free("The next panel", &[key(NONE, Key::F6)], |ctx, _| ctx.move_focus(FocusMove::Panel { forward: true })),
    free("The panel before", &[key(Modifiers::SHIFT, Key::F6)], |ctx, _| ctx.move_focus(FocusMove::Panel { forward: false })),
    free("The menus", &[key(NONE, Key::F10)], |ctx, _| ctx.move_focus(FocusMove::Menus)),
    free("Close what is on top", &[key(NONE, Key::Escape)], |ctx, _| close_top(ctx)),
];

const PRESENTING: &[Action] = &[
    free("The next page, after a lesson the next lesson", &[key(NONE, Key::PageDown)], |ctx, _| presenting::turn_page(ctx, true)),
    free("The page before", &[key(NONE, Key::PageUp)], |ctx, _| presenting::turn_page(ctx, false)),
    free(
        "Count a hand for this choice",
        &[
            key(NONE, Key::Num1),
            key(NONE, Key::Num2),
            key(NONE, Key::Num3),
            key(NONE, Key::Num4),
            key(NONE, Key::Num5),
            key(NONE, Key::Num6),
            key(NONE, Key::Num7),
            key(NONE, Key::Num8),
            key(NONE, Key::Num9),
        ],
        |ctx, choice| ctx.look.tally.count(choice),
    ),
    Action {
        label: "Take the last hand back",
        keys: &[key(NONE, Key::Backspace)],
        why_not: |ctx| ctx.look.tally.is_empty().then_some("No hand was counted."),
        run: |ctx, _| ctx.look.tally.take_back(),
    },
    Action {
        label: "Take all hands back",
        keys: &[key(Modifiers::SHIFT, Key::Backspace)],
        why_not: |ctx| ctx.look.tally.is_empty().then_some("No hand was counted."),
        run: |ctx, _| ctx.look.tally.clear(),
    },
];

fn save(ctx: &mut Ctx<'_>) {
    match ctx.playground.path() {
        Some(_) => ctx.send(Act::Save),
        None => ctx.ask(Ask::SavePath),
    }
}

fn remove_selected(ctx: &mut Ctx<'_>) {
    if let Some(phrase) = ctx.playground.selected() {
        ctx.send(Edit::RemovePhrase(phrase));
    }
}

/// Closes the uppermost of what lies over the rest; presenting is below all. Menus and dialogs close themselves.
fn close_top(ctx: &mut Ctx<'_>) {
    if ctx.look.help.is_some() {
        ctx.look.help = None;
    } else if ctx.look.pair_graph {
        ctx.look.pair_graph = false;
    } else if ctx.playground.why().asked().is_some() {
        ctx.send(Act::CloseWhy);
    } else if ctx.look.presenting {
        presenting::toggle(ctx);
    } else if ctx.playground.notice().is_some() {
        ctx.send(Act::DismissNotice);
    }
}
