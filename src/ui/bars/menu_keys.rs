//! The menus by keyboard, as menu bars are: Down opens the one that has the ring, Left and Right go to the one beside it,
//! Escape closes it and leaves the ring on its name.
//!
//! Up and Down between the entries of a menu, and Enter, are egui's.

use eframe::egui::{Context, EventFilter, Id, Key, LayerId, Order, Popup, Response, Ui};

use crate::ui::focus::enter_layer;

/// What is remembered from frame to frame.
#[derive(Debug, Clone, Copy, Default)]
struct Menus {
    /// The menu that was open when the last frame ended.
    open: Option<usize>,
    /// The menu whose first entry is to have the ring, once it is drawn.
    entered: Option<usize>,
}

/// Handles the keys of the menus with these `buttons`, from left to right.
pub(super) fn menu_keys(ui: &Ui, buttons: &[Response]) {
    let ctx = ui.ctx();
    let id = Id::unique("keys of the menus");
    let mut menus: Menus = ctx.data(|data| data.get_temp(id)).unwrap_or_default();
    let open = buttons.iter().position(|button| Popup::is_id_open(ctx, popup_of(button)));
    let focused = buttons.iter().position(Response::has_focus);
    let pressed = |key: Key| ui.input(|input| input.key_pressed(key));
    if let Some(button) = focused.and_then(|place| buttons.get(place)) {
        // Down is no way to what lies below the bar.
        let vertical_arrows = true;
        ctx.memory_mut(|memory| {
            memory.set_focus_lock_filter(button.id, EventFilter { vertical_arrows, ..EventFilter::default() });
        });
        if pressed(Key::ArrowDown) {
            menus.entered = focused;
        }
    }
    let beside = match (open, pressed(Key::ArrowRight), pressed(Key::ArrowLeft)) {
        (Some(place), true, false) => Some((place + 1) % buttons.len().max(1)),
        (Some(place), false, true) => Some((place + buttons.len() - 1) % buttons.len().max(1)),
        _ => None,
    };
    menus.entered = beside.or(menus.entered);
    if let Some(button) = menus.open.filter(|_| open.is_none() && pressed(Key::Escape)).and_then(|place| buttons.get(place)) {
        button.request_focus();
    }
    menus.open = open;
    if let Some(button) = menus.entered.and_then(|place| buttons.get(place)) {
        let is_entered = enter(ctx, button);
        menus.entered = menus.entered.filter(|_| !is_entered);
    }
    ctx.data_mut(|data| data.insert_temp(id, menus));
}

fn popup_of(button: &Response) -> Id {
    Popup::default_response_id(button)
}

/// Opens the menu of `button` and gives the ring to its first entry; whether that is there yet.
fn enter(ctx: &Context, button: &Response) -> bool {
    let popup = popup_of(button);
    if !Popup::is_id_open(ctx, popup) {
        Popup::open_id(ctx, popup);
        ctx.request_repaint();
        return false;
    }
    // What has no entries yet is looked at again.
    ctx.request_repaint();
    enter_layer(ctx, LayerId::new(Order::Foreground, popup))
}
