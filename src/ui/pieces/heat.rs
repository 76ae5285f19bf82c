//! The scale of heat maps: accent above zero, another colour below, nothing at zero.

use eframe::egui::{self, Align2, Color32, Rect, Sense, Ui, pos2, vec2};

use super::theme;
use super::widgets::paint_text;
use crate::drawing::Ink;

/// Height of the bar of a scale.
const BAR_HEIGHT: f32 = 8.0;

/// Parts that a scale is painted in.
const PARTS: usize = 48;

/// The colour of a share of the scale, -1..=1.
pub(in crate::ui) fn heat_colour(ui: &Ui, share: f32) -> Color32 {
    let [ground, above, below] = [Ink::Panel, Ink::Accent, Ink::Below].map(|ink| theme::ink(ui, ink));
    let share = if share.is_nan() { 0.0 } else { share.clamp(-1.0, 1.0) };
    ground.lerp_to_gamma(if share < 0.0 { below } else { above }, share.abs())
}

/// The ink of words on that colour: the one that stands out more.
pub(in crate::ui) fn ink_on_heat(ui: &Ui, share: f32) -> Ink {
    let ground = brightness(heat_colour(ui, share));
    let distance = |ink: Ink| (brightness(theme::ink(ui, ink)) - ground).abs();
    if distance(Ink::Panel) > distance(Ink::Text) { Ink::Panel } else { Ink::Text }
}

/// How bright a colour is to the eye (Rec. 709), 0..=255.
fn brightness(colour: Color32) -> f32 {
    let [r, g, b, _] = colour.to_array().map(f32::from);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// The scale, with words at its two ends and its middle.
pub(in crate::ui) fn scale_ui(ui: &mut Ui, width: f32, [low, middle, high]: [&str; 3]) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, BAR_HEIGHT + 16.0), Sense::hover());
    let name = format!("Scale from {low} by {middle} to {high}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name.as_str()));
    let bar = Rect::from_min_size(rect.min, vec2(width, BAR_HEIGHT));
    let part_width = width / PARTS as f32;
    for part in 0..PARTS {
        let share = 2.0 * (part as f32 + 0.5) / PARTS as f32 - 1.0;
        let at = pos2(bar.left() + part as f32 * part_width, bar.top());
        // A little wider than its share, so that no seam shows.
        let rect = Rect::from_min_size(at, vec2(part_width + 0.5, BAR_HEIGHT));
        ui.painter().rect_filled(rect.intersect(bar), 0.0, heat_colour(ui, share));
    }
    ui.painter().rect_stroke(bar, 0.0, (1.0, theme::ink(ui, Ink::Line)), egui::StrokeKind::Inside);
    let y = bar.bottom() + 8.0;
    for (x, align, words) in [
        (bar.left(), Align2::LEFT_CENTER, low),
        (bar.center().x, Align2::CENTER_CENTER, middle),
        (bar.right(), Align2::RIGHT_CENTER, high),
    ] {
        paint_text(ui, pos2(x, y), align, words, 11.0, Ink::Weak);
    }
}
