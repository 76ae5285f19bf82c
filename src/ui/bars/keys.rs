//! Keys: carries out the actions of the table whose keys were pressed, unless they belong to something else.

use eframe::egui::{Event, Key, KeyboardShortcut, Popup, Ui};

use super::actions::{Action, SECTIONS, Section};
use crate::ui::context::Ctx;

/// Carries out actions whose keys were pressed. `had_focus`: a control had the keyboard in the frame before, so that
/// Escape has only taken that away.
pub(in crate::ui) fn shortcuts(ctx: &mut Ctx<'_>, ui: &Ui, had_focus: bool) {
    // A shortcut also answers to its keys with Shift, so those that want Shift are looked for first.
    for wants_shift in [true, false] {
        for section in SECTIONS {
            for action in section.actions {
                if let Some(place) = pressed(ctx, ui, section, action, wants_shift, had_focus)
                    && (action.why_not)(ctx).is_none()
                {
                    (action.run)(ctx, place);
                }
            }
        }
    }
}

/// The place of the key of `action` that was pressed and is free for it; the press is taken.
fn pressed(ctx: &Ctx<'_>, ui: &Ui, section: &Section, action: &Action, wants_shift: bool, had_focus: bool) -> Option<usize> {
    if !(section.is_on)(ctx) {
        return None;
    }
    action.keys.iter().position(|shortcut| {
        let is_looked_for = shortcut.modifiers.shift == wants_shift;
        is_looked_for && is_free(ctx, ui, shortcut, had_focus) && ui.input_mut(|input| input.consume_shortcut(shortcut))
    })
}

/// Whether a key is not that of a text field, a menu or a control.
fn is_free(ctx: &Ctx<'_>, ui: &Ui, shortcut: &KeyboardShortcut, had_focus: bool) -> bool {
    match shortcut.logical_key {
        // Keys are those of the window that asks; what is behind it waits.
        _ if ui.memory(|memory| memory.top_modal_layer().is_some()) => false,
        _ if shortcut.modifiers.command => true,
        Key::Escape => !had_focus && !Popup::is_any_open(ui.ctx()),
        Key::F1 | Key::F2 | Key::F5 | Key::F6 | Key::F8 | Key::F10 => true,
        // A remote turns pages, whatever has the ring; no field here has pages of its own.
        Key::PageDown | Key::PageUp if ctx.look.presenting => true,
        // Letters and arrows belong to what has the keyboard.
        _ => !ui.ctx().egui_wants_keyboard_input() && !Popup::is_any_open(ui.ctx()),
    }
}

/// Tells whether Alt was pressed and let go with nothing in between.
#[derive(Debug, Default)]
pub(in crate::ui) struct AltAlone {
    is_down_alone: bool,
    was_down: bool,
}

impl AltAlone {
    /// Looks at the input of this frame.
    pub(in crate::ui) fn was_tapped(&mut self, ui: &Ui) -> bool {
        let (is_down, has_more) = ui.input(|input| {
            let has_more = input.events.iter().any(|event| {
                matches!(event, Event::Key { .. } | Event::Text(_) | Event::PointerButton { .. } | Event::MouseWheel { .. })
            });
            (input.modifiers.alt && !input.modifiers.command && !input.modifiers.shift, has_more)
        });
        let begins = is_down && !self.was_down;
        let was_tapped = !is_down && self.was_down && self.is_down_alone && !has_more;
        self.is_down_alone = is_down && !has_more && (begins || self.is_down_alone);
        self.was_down = is_down;
        // A window that loses the keyboard (Alt+Tab) was not tapped.
        was_tapped && ui.input(|input| input.focused)
    }
}
