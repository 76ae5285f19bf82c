//! Vectors as strips of colour: a line for each number.

use eframe::egui::{self, Mesh, Rect, Response, Sense, Shape, Ui, pos2, vec2};

use super::heat::heat_colour;
use super::theme;
use crate::drawing::Ink;

/// Height of a strip.
pub(in crate::ui) const STRIP_HEIGHT: f32 = 12.0;

/// A strip of `vector`, whose colours end at ± `most`; where there are more numbers than pixels, each line is the number
/// farthest from zero of several.
pub(in crate::ui) fn strip_ui(ui: &mut Ui, name: &str, vector: &[f32], most: f32, width: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, STRIP_HEIGHT), Sense::hover());
    let words = format!("{name}: {} numbers as colours from -{most:.2} to {most:.2}", vector.len());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, words.as_str()));
    if !ui.is_rect_visible(rect) || vector.is_empty() {
        return response;
    }
    let lines = lines_of(vector, (width * ui.pixels_per_point()) as usize);
    let line_width = rect.width() / lines.len().max(1) as f32;
    let mut mesh = Mesh::default();
    for (index, value) in lines.iter().enumerate() {
        let left = rect.left() + index as f32 * line_width;
        let line = Rect::from_min_max(pos2(left, rect.top()), pos2(left + line_width, rect.bottom()));
        mesh.add_colored_rect(line, heat_colour(ui, value / most.max(f32::MIN_POSITIVE)));
    }
    ui.painter().add(Shape::mesh(mesh));
    ui.painter().rect_stroke(rect, 0.0, (1.0, theme::ink(ui, Ink::Line)), egui::StrokeKind::Outside);
    let Some(pointer) = response.hover_pos() else { return response };
    let share = ((pointer.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
    let place = ((share * vector.len() as f32) as usize).min(vector.len() - 1);
    let several = match vector.len().div_ceil(lines.len().max(1)) {
        1 => String::new(),
        n => format!("\neach line is the one farthest from 0 of up to {n} numbers"),
    };
    response.on_hover_text_at_pointer(format!(
        "{name}: number {} of {} is {:.3}{several}",
        place + 1,
        vector.len(),
        vector[place]
    ))
}

/// At most `most` values that stand for all.
fn lines_of(vector: &[f32], most: usize) -> Vec<f32> {
    let size = vector.len().div_ceil(most.max(1));
    vector
        .chunks(size.max(1))
        .map(|part| part.iter().fold(0.0, |far: f32, x| if x.abs() > far.abs() { *x } else { far }))
        .collect()
}

/// Where colours of `values` end: the size that 49 of 50 numbers stay below, so that single large ones do not make all
/// others pale.
pub(in crate::ui) fn usual_end(values: &[f32]) -> f32 {
    let mut sizes: Vec<f32> = values.iter().map(|x| x.abs()).collect();
    let place = (sizes.len() * 49 / 50).min(sizes.len().saturating_sub(1));
    if sizes.is_empty() { 0.0 } else { *sizes.select_nth_unstable_by(place, f32::total_cmp).1 }
}
