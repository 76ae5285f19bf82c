//! Room that a panel takes before it is drawn, so that what is read first can be drawn first: the keyboard goes through
//! controls in the order in which they are drawn.

use eframe::egui::{Rect, Ui, UiBuilder};

/// All the room of `ui`, to be drawn into later.
pub(in crate::ui) fn take_place(ui: &mut Ui) -> Rect {
    let place = ui.max_rect();
    ui.advance_cursor_after_rect(place);
    place
}

/// Draws into a place that was taken before.
pub(in crate::ui) fn in_place(ui: &mut Ui, place: Rect, salt: &str, draw: impl FnOnce(&mut Ui)) {
    ui.scope_builder(UiBuilder::new().max_rect(place).id_salt(salt), |ui| {
        // Rings and edges reach a little beyond.
        ui.set_clip_rect(place.expand(4.0));
        draw(ui);
    });
}
