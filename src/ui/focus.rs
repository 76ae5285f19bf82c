//! Where the keyboard is: the panels that F6 goes between, and the ring around what has it.
//!
//! egui shows by colour alone which control has the keyboard, and for those that are painted by hand not at all: the ring
//! here is the same for all of them.

use eframe::egui::{self, Context, CornerRadius, Id, LayerId, Rect, Sense, Stroke, StrokeKind, Ui, vec2};

use super::context::FocusMove;
use super::pieces::theme;
use crate::drawing::Ink;

/// The panels of a frame, in the order of reading.
#[derive(Default)]
pub(super) struct Focus {
    panels: Vec<(Id, Rect)>,
    menus: Option<Id>,
    /// Whether something had the keyboard when the last frame ended.
    had_any: bool,
}

impl Focus {
    /// Begins a frame.
    pub(super) fn begin(&mut self) {
        self.panels.clear();
    }

    /// Whether something had the keyboard when the last frame ended.
    pub(super) fn had_any(&self) -> bool {
        self.had_any
    }

    /// The panel that `ui` is all of begins here; screen readers call it `name`.
    pub(super) fn panel(&mut self, ui: &Ui, name: &str) {
        let (id, rect) = (Id::unique(("panel", name)), ui.max_rect());
        // A point of it, so that arrow keys, which go to what is nearest, do not find whole panels.
        let corner = Rect::from_min_size(rect.min, vec2(1.0, 1.0));
        let response = ui.interact(corner, id, Sense::focusable_noninteractive());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Region, true, name));
        self.panels.push((id, rect));
    }

    /// The button of the first menu.
    pub(super) fn menus(&mut self, first: Option<Id>) {
        self.menus = first;
    }

    /// Gives the keyboard to what was asked for, and paints the ring around what has it.
    pub(super) fn end(&mut self, ui: &Ui, wish: Option<FocusMove>) {
        let target = match wish {
            Some(FocusMove::Panel { forward }) => self.panel_beside(ui.ctx(), forward),
            Some(FocusMove::Menus) => self.menus,
            None => None,
        };
        if let Some(id) = target {
            ui.memory_mut(|memory| memory.request_focus(id));
            ui.ctx().request_repaint();
        }
        enter_modal(ui.ctx());
        let focused = ui.memory(egui::Memory::focused);
        self.had_any = focused.is_some();
        if let Some(rect) = focused.and_then(|id| self.rect_of(ui.ctx(), id)) {
            paint_ring(ui, rect);
        }
    }

    /// The panel after or before the one that has the keyboard.
    fn panel_beside(&self, ctx: &Context, forward: bool) -> Option<Id> {
        let n = self.panels.len();
        let place = match self.place_of_focus(ctx) {
            Some(place) if forward => place + 1,
            Some(place) => place + n - 1,
            None if forward => 0,
            None => n.checked_sub(1)?,
        };
        self.panels.get(place % n.max(1)).map(|(id, _)| *id)
    }

    fn place_of_focus(&self, ctx: &Context) -> Option<usize> {
        let focused = ctx.memory(egui::Memory::focused)?;
        let itself = self.panels.iter().position(|(id, _)| *id == focused);
        let around = || {
            let centre = rect_on_screen(ctx, focused)?.center();
            self.panels.iter().position(|(_, rect)| rect.contains(centre))
        };
        itself.or_else(around)
    }

    fn rect_of(&self, ctx: &Context, id: Id) -> Option<Rect> {
        let panel = self.panels.iter().find(|(panel, _)| *panel == id).map(|(_, rect)| rect.shrink(1.0));
        panel.or_else(|| rect_on_screen(ctx, id)).filter(Rect::is_positive)
    }
}

/// Gives the keyboard to the first control of a window that asks, unless that or what is over it has it already.
fn enter_modal(ctx: &Context) {
    let Some(layer) = ctx.memory(egui::Memory::top_modal_layer) else { return };
    // A list that was opened from it has its own.
    if egui::Popup::is_any_open(ctx) {
        return;
    }
    let widget = |id: Id| ctx.viewport(|viewport| viewport.this_pass.widgets.get(id).map(|widget| widget.layer_id));
    let has_it = |id: Id| widget(id).is_some_and(|layer| ctx.memory(|memory| memory.allows_interaction(layer)));
    if ctx.memory(egui::Memory::focused).is_some_and(has_it) {
        return;
    }
    enter_layer(ctx, layer);
}

/// Gives the keyboard to the first control of `layer`, and says whether it has one.
pub(super) fn enter_layer(ctx: &Context, layer: LayerId) -> bool {
    let first = ctx.viewport(|viewport| {
        let mut widgets = viewport.this_pass.widgets.get_layer(layer);
        widgets.find(|widget| widget.enabled && widget.sense.is_focusable()).map(|widget| widget.id)
    });
    if let Some(first) = first {
        ctx.memory_mut(|memory| memory.request_focus(first));
        ctx.request_repaint();
    }
    first.is_some()
}

/// Where a widget was drawn in this frame. Its response is not asked for: that takes the keyboard from a field that got it
/// by the click of this very frame.
fn rect_on_screen(ctx: &Context, id: Id) -> Option<Rect> {
    ctx.viewport(|viewport| viewport.this_pass.widgets.get(id).map(|widget| widget.interact_rect))
}

/// A line of the accent, parted from what it is around.
fn paint_ring(ui: &Ui, rect: Rect) {
    let painter = ui.ctx().debug_painter();
    let around = rect.expand(2.0).intersect(ui.ctx().content_rect().shrink(1.0));
    let corner = CornerRadius::same(6);
    painter.rect_stroke(around, corner, Stroke::new(4.0, theme::ink(ui, Ink::Panel)), StrokeKind::Middle);
    painter.rect_stroke(around, corner, Stroke::new(2.0, theme::ink(ui, Ink::Accent)), StrokeKind::Middle);
}
