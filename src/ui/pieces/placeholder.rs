//! A sentence where a view has nothing to show yet.

use eframe::egui::{Align2, Sense, Ui};

use super::widgets::paint_text;
use crate::drawing::Ink;
use crate::ui::context::Ctx;

/// The first sentence while something is being worked on, else the second.
pub(in crate::ui) fn placeholder_ui(ctx: &Ctx<'_>, ui: &mut Ui, [working, idle]: [&str; 2]) {
    let rect = ui.available_rect_before_wrap();
    ui.allocate_rect(rect, Sense::hover());
    let text = if ctx.playground.activity().is_some() { working } else { idle };
    paint_text(ui, rect.center(), Align2::CENTER_CENTER, text, 15.0, Ink::Weak);
}
