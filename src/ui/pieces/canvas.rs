//! Paints the shapes of a scene with egui.

use eframe::egui::epaint::{PathShape, PathStroke};
use eframe::egui::{Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, pos2};

use super::right_to_left::in_sight;
use super::theme;
use crate::drawing::{GroupStyle, Mark, Palette, Shape as SceneShape, head_corners, mark_corners};

/// Paints `shapes`, whose pixels are points of the window.
pub fn paint_shapes(painter: &Painter, palette: &Palette, shapes: &[SceneShape]) {
    let mut out = Vec::with_capacity(shapes.len() * 2);
    shapes.iter().for_each(|shape| add_shape(painter, palette, shape, &mut out));
    painter.extend(out);
}

fn point([x, y]: [f32; 2]) -> Pos2 {
    pos2(x, y)
}

fn add_shape(painter: &Painter, palette: &Palette, shape: &SceneShape, out: &mut Vec<Shape>) {
    let colour = |ink, opacity: f32| theme::colour(palette.value(ink)).gamma_multiply(opacity);
    match shape {
        SceneShape::Rect { min, max, ink, opacity } => {
            out.push(Shape::rect_filled(Rect::from_min_max(point(*min), point(*max)), 3.0, colour(*ink, *opacity)));
        }
        SceneShape::Path { points, width, ink, opacity, dashed } => {
            let (points, stroke) =
                (points.iter().copied().map(point).collect::<Vec<_>>(), Stroke::new(*width, colour(*ink, *opacity)));
            match (dashed, points.as_slice()) {
                (true, points) => out.extend(Shape::dashed_line(points, stroke, 5.0, 4.0)),
                (false, [a, b]) => out.push(Shape::line_segment([*a, *b], stroke)),
                (false, _) => out.push(Shape::line(points, stroke)),
            }
        }
        SceneShape::Head { tip, along, size, ink } => {
            let corners = head_corners(*tip, *along, *size).map(point).to_vec();
            out.push(Shape::convex_polygon(corners, colour(*ink, 1.0), Stroke::NONE));
        }
        SceneShape::Marker { at, radius, style, ink, opacity } => {
            out.extend(marker(point(*at), *radius, *style, colour(*ink, *opacity)))
        }
        SceneShape::Ring { at, radius, ink } => {
            out.push(Shape::circle_stroke(point(*at), *radius, Stroke::new(2.0, colour(*ink, 1.0))))
        }
        SceneShape::Text { at, text, size, ink, strong, opacity } => {
            let font = if *strong { theme::strong(*size) } else { FontId::proportional(*size) };
            let galley = painter.layout_no_wrap(in_sight(text).into_owned(), font, colour(*ink, *opacity));
            let corner = pos2(at[0], at[1] - galley.size().y / 2.0);
            out.push(Shape::galley(corner, galley, Color32::PLACEHOLDER));
        }
    }
}

fn marker(at: Pos2, radius: f32, style: GroupStyle, colour: Color32) -> Vec<Shape> {
    let (fill, stroke) = if style.is_outline { (Color32::TRANSPARENT, Stroke::new(1.8, colour)) } else { (colour, Stroke::NONE) };
    let corners =
        |list: &[[f32; 2]]| list.iter().map(|[x, y]| at + eframe::egui::vec2(x * radius, y * radius)).collect::<Vec<Pos2>>();
    match style.mark {
        Mark::Circle if style.is_outline => vec![Shape::circle_stroke(at, radius, stroke)],
        Mark::Circle => vec![Shape::circle_filled(at, radius, fill)],
        // A plus is not convex, which is all that egui fills: two bars instead.
        Mark::Plus if !style.is_outline => {
            let bar =
                |w: f32, h: f32| Shape::rect_filled(Rect::from_center_size(at, eframe::egui::vec2(w, h) * radius), 0.0, fill);
            vec![bar(2.2, 0.84), bar(0.84, 2.2)]
        }
        mark => {
            let stroke = PathStroke::from(stroke);
            vec![Shape::Path(PathShape { points: corners(&mark_corners(mark)), closed: true, fill, stroke })]
        }
    }
}
