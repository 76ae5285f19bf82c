//! Many phrases as one textured mesh: a quad for each that is in sight, its group's mark out of an atlas.
//!
//! Where marks cover each other they are drawn translucent, so that dense places are darker. A mesh is made again only when
//! the phrases, the camera or the colours change.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::epaint::Vertex;
use eframe::egui::{self, Color32, ColorImage, Mesh, Painter, Pos2, TextureHandle, TextureOptions, Ui, pos2, vec2};

use super::theme;
use crate::drawing::{GroupStyle, Ink, Mark, N_GROUP_COLOURS, Theme, group_ink, mark_corners};
use crate::memo::{ByPlace, Memo};
use crate::playground::{PhraseId, Picture};
use crate::scene::View;

/// Phrases from which on they are drawn in this way.
pub(in crate::ui) const CLOUD_FROM: usize = 400;

/// Pixels of one mark in the atlas, and how much of them its radius takes.
const CELL: usize = 32;
const CELL_RADIUS: f32 = 12.0;
/// Samples across a pixel of the atlas, in each direction.
const SAMPLES: usize = 4;
/// Styles in the atlas: the mark of no group, then filled and outlined ones.
const N_STYLES: usize = 1 + 2 * N_GROUP_COLOURS;

/// What a mesh depends on.
#[derive(Debug, Clone, PartialEq)]
struct Key {
    picture: ByPlace<Picture>,
    area: [f32; 4],
    centre: [f64; 2],
    scale: f64,
    theme: Theme,
    lit: ByPlace<BTreeSet<PhraseId>>,
}

/// The atlas and the mesh that was drawn last.
#[derive(Default)]
pub struct Cloud {
    atlas: Option<TextureHandle>,
    mesh: Memo<Key, Arc<Mesh>>,
}

impl Cloud {
    /// Paints the phrases of `picture`; where some are lit the others step back.
    pub fn paint(&mut self, ui: &Ui, painter: &Painter, picture: &Arc<Picture>, view: &View, lit: &Arc<BTreeSet<PhraseId>>) {
        let atlas = self.atlas.get_or_insert_with(|| ui.ctx().load_texture("marks", atlas_image(), TextureOptions::LINEAR)).id();
        let View { area, centre, scale } = *view;
        let key =
            Key { picture: ByPlace(picture.clone()), area, centre, scale, theme: theme::theme(ui), lit: ByPlace(lit.clone()) };
        let mesh = self.mesh.get(key, || Arc::new(mesh_of(ui, picture, view, lit, atlas))).clone();
        painter.add(egui::Shape::Mesh(mesh));
    }
}

/// Marks get smaller and more translucent the more there are: radius in points, and opacity.
fn mark_size(n: usize) -> (f32, f32) {
    let tens = (n.max(1) as f32 / CLOUD_FROM as f32).log10().clamp(0.0, 2.4);
    (4.5 - 1.1 * tens, 0.85 - 0.2 * tens)
}

fn mesh_of(ui: &Ui, picture: &Picture, view: &View, lit: &BTreeSet<PhraseId>, atlas: egui::TextureId) -> Mesh {
    /// Opacity of those that step back, as a share.
    const BACK: f32 = 0.35;
    let (radius, opacity) = mark_size(picture.places.len());
    let back = if lit.is_empty() { 1.0 } else { BACK };
    let accent = theme::ink(ui, Ink::Accent);
    let colours: Vec<Color32> =
        (0..N_STYLES).map(|style| theme::ink(ui, group_ink(style.checked_sub(1))).gamma_multiply(opacity * back)).collect();
    let half = radius * CELL as f32 / 2.0 / CELL_RADIUS;
    let [left, top, right, bottom] = view.area;
    let mut mesh = Mesh::with_texture(atlas);
    mesh.vertices.reserve(picture.places.len() * 4);
    mesh.indices.reserve(picture.places.len() * 6);
    for place in &picture.places {
        let [x, y] = view.pixel(place.at);
        if x < left - half || x > right + half || y < top - half || y > bottom + half {
            continue;
        }
        let style = style_of(place.group);
        if !lit.contains(&place.phrase) {
            add_quad(&mut mesh, pos2(x, y), half, style, colours[style]);
        }
    }
    // Those that are lit lie above the others.
    for place in picture.places.iter().filter(|place| lit.contains(&place.phrase)) {
        let [x, y] = view.pixel(place.at);
        add_quad(&mut mesh, pos2(x, y), half * 1.3, style_of(place.group), accent);
    }
    mesh
}

/// Its place in the atlas.
fn style_of(group: Option<usize>) -> usize {
    group.map_or(0, |group| 1 + group % (N_STYLES - 1))
}

fn add_quad(mesh: &mut Mesh, at: Pos2, half: f32, style: usize, color: Color32) {
    let (u0, u1) = (style as f32 / N_STYLES as f32, (style + 1) as f32 / N_STYLES as f32);
    let first = mesh.vertices.len() as u32;
    let corner = |dx: f32, dy: f32, u: f32, v: f32| Vertex { pos: at + vec2(dx, dy), uv: pos2(u, v), color };
    mesh.vertices.extend([
        corner(-half, -half, u0, 0.0),
        corner(half, -half, u1, 0.0),
        corner(half, half, u1, 1.0),
        corner(-half, half, u0, 1.0),
    ]);
    mesh.indices.extend([0, 1, 2, 0, 2, 3].map(|index| first + index));
}

/// The marks of all styles side by side, white, to be coloured by the vertices.
fn atlas_image() -> ColorImage {
    let width = CELL * N_STYLES;
    let mut pixels = vec![Color32::TRANSPARENT; width * CELL];
    for style in 0..N_STYLES {
        let look = GroupStyle::of(style.checked_sub(1));
        let corners = mark_corners(look.mark);
        for y in 0..CELL {
            for x in 0..CELL {
                let share = coverage(look, &corners, x, y);
                pixels[y * width + style * CELL + x] = Color32::from_white_alpha((share * 255.0).round() as u8);
            }
        }
    }
    ColorImage::new([width, CELL], pixels)
}

/// How much of a pixel of the atlas a mark covers, 0..=1.
fn coverage(look: GroupStyle, corners: &[[f32; 2]], x: usize, y: usize) -> f32 {
    /// Inner edge of an outline, as a share of the mark.
    const INNER: f32 = 0.66;
    let at = |pixel: usize, sample: usize| {
        let offset = (sample as f32 + 0.5) / SAMPLES as f32;
        (pixel as f32 + offset - CELL as f32 / 2.0) / CELL_RADIUS
    };
    let is_inside = |x: f32, y: f32| match look.mark {
        Mark::Circle => x * x + y * y <= 1.0,
        _ => is_in_polygon(corners, x, y),
    };
    let covers = |x: f32, y: f32| is_inside(x, y) && !(look.is_outline && is_inside(x / INNER, y / INNER));
    let hits = (0..SAMPLES * SAMPLES).filter(|k| covers(at(x, k % SAMPLES), at(y, k / SAMPLES))).count();
    hits as f32 / (SAMPLES * SAMPLES) as f32
}

/// Whether a ray from the point crosses the border an odd number of times.
pub(in crate::ui) fn is_in_polygon(corners: &[[f32; 2]], x: f32, y: f32) -> bool {
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    let crosses =
        |(a, b): &(&[f32; 2], &[f32; 2])| (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0];
    edges.filter(crosses).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_in_a_polygon_or_not() {
        let bent = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]];
        assert!(is_in_polygon(&bent, 1.0, 1.0) && is_in_polygon(&bent, 3.5, 2.0));
        assert!(!is_in_polygon(&bent, 2.0, 3.0) && !is_in_polygon(&bent, -1.0, 1.0));
    }

    #[test]
    fn every_style_has_ink_in_the_atlas_and_room_around_it() {
        let image = atlas_image();
        for style in 0..N_STYLES {
            let alpha = |x: usize, y: usize| image.pixels[y * image.size[0] + style * CELL + x].a();
            let n_inked = (0..CELL * CELL).filter(|k| alpha(k % CELL, k / CELL) > 128).count();
            assert!((60..700).contains(&n_inked), "style {style}: {n_inked}");
            assert!((0..CELL).all(|k| alpha(0, k) == 0 && alpha(CELL - 1, k) == 0), "style {style} touches its neighbours");
        }
    }
}
