//! A small map beside others, and what is pointed at on any map.

use eframe::egui::{FontId, Pos2, Rect, Stroke, StrokeKind, Ui, pos2};

use super::{canvas, theme};
use crate::drawing::Ink;
use crate::playground::{Panel, PhraseId, Picture};
use crate::scene::{PanelLook, View, panel_shapes, pixels_of};
use crate::ui::context::Ctx;

/// Paints one small map; `trails` is how much of the way from the reference is drawn.
pub(in crate::ui) fn paint_panel(ctx: &Ctx<'_>, ui: &Ui, panel: &Panel, view: &View, hovered: Option<PhraseId>, trails: f32) {
    let groups = ctx.playground.document().group_names();
    let size = if ctx.look.presenting { 15.0 } else { 12.0 };
    let look = PanelLook { selected: ctx.playground.selected(), hovered, groups: &groups, label_size: size, trails };
    let mut measure = |text: &str, strong: bool| {
        let font = if strong { theme::strong(size) } else { FontId::proportional(size) };
        ui.painter().layout_no_wrap(text.to_owned(), font, theme::ink(ui, Ink::Text)).size().x
    };
    let shapes = panel_shapes(panel, view, &look, &mut measure);
    let [left, top, right, bottom] = view.area;
    let clip = Rect::from_min_max(pos2(left, top), pos2(right, bottom));
    canvas::paint_shapes(&ui.painter().with_clip_rect(clip), theme::palette(ui), &shapes);
}

/// The phrase within `reach` points of the pointer; the nearest one where there are several.
pub(in crate::ui) fn phrase_at(picture: &Picture, view: &View, pointer: Pos2, reach: f32) -> Option<PhraseId> {
    let nearest = pixels_of(picture, view)
        .map(|(place, [x, y])| (place.phrase, pos2(x, y).distance(pointer)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    nearest.filter(|(_, distance)| *distance <= reach).map(|(phrase, _)| phrase)
}

/// A thin frame around a picture.
pub(in crate::ui) fn frame_ui(ui: &Ui, rect: Rect) {
    ui.painter().rect_stroke(rect, 4.0, Stroke::new(1.0, theme::ink(ui, Ink::Line)), StrokeKind::Inside);
}
