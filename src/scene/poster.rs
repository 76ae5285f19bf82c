//! A map for a file or a slide: title, map, legend and axes, at any size.

use std::collections::BTreeMap;

use super::{Ink, MapLook, Scene, Shape, View, map_shapes, text_width};
use crate::playground::{Force, PhraseId, Picture};

/// What a poster shows around its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Poster<'a> {
    /// The map.
    pub picture: &'a Picture,
    /// Forces, strongest first.
    pub forces: &'a [Force],
    /// How many forces there are besides.
    pub n_more_forces: usize,
    /// A phrase with a ring.
    pub selected: Option<PhraseId>,
    /// What it is.
    pub title: String,
    /// Width and height in pixels.
    pub size: [f32; 2],
}

const MARGIN: f32 = 24.0;
const TITLE_SIZE: f32 = 16.0;
const TEXT_SIZE: f32 = 12.0;

/// The poster as shapes.
pub fn poster(content: &Poster<'_>) -> Scene {
    let [width, height] = content.size;
    let area = [MARGIN, MARGIN + 32.0, width - MARGIN, height - MARGIN - 28.0];
    // Room at the sides for labels of the outermost points.
    let margin = [(area[2] - area[0]) * 0.12, 36.0];
    let view = View::showing(content.picture.bounds, area, margin);
    let before = BTreeMap::new();
    let look = MapLook {
        forces: content.forces,
        selected: content.selected,
        hovered: None,
        label_size: 13.0,
        trails: true,
        labels_before: &before,
    };
    let map = map_shapes(content.picture, &view, &look, &mut |text, strong| text_width(text, 13.0, strong));
    let mut shapes = vec![Shape::Rect { min: [0.0, 0.0], max: content.size, ink: Ink::Ground, opacity: 1.0 }];
    shapes.extend(map.shapes);
    shapes.push(text([MARGIN, MARGIN + 6.0], &content.title, TITLE_SIZE, Ink::Text, true));
    shapes.extend(footer(content, map.n_hidden_labels, height - MARGIN));
    Scene { size: content.size, shapes }
}

fn text(at: [f32; 2], words: &str, size: f32, ink: Ink, strong: bool) -> Shape {
    Shape::Text { at, text: words.to_owned(), size, ink, strong, opacity: 1.0 }
}

/// The legend on the left, the axes on the right.
fn footer(content: &Poster<'_>, n_hidden_labels: usize, y: f32) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let mut x = MARGIN;
    let mut add = |words: &str, ink: Ink, strong: bool| {
        shapes.push(text([x, y], words, TEXT_SIZE, ink, strong));
        x += text_width(words, TEXT_SIZE, strong) + 14.0;
    };
    if !content.forces.is_empty() {
        add("— pulls", Ink::Pull, true);
        add("- - pushes", Ink::PushWords, true);
        add("longer and wider: stronger", Ink::Weak, false);
    }
    if content.n_more_forces > 0 {
        add(&format!("{} weaker forces not drawn", content.n_more_forces), Ink::Weak, false);
    }
    if n_hidden_labels > 0 {
        add(&format!("{n_hidden_labels} labels hidden"), Ink::Weak, false);
    }
    let axes = content.picture.axes_sentence();
    let left = content.size[0] - MARGIN - text_width(&axes, TEXT_SIZE, false);
    // Where both do not fit on one line, the axes go above the legend.
    let y = if left < x { y - 18.0 } else { y };
    shapes.push(text([left.max(MARGIN), y], &axes, TEXT_SIZE, Ink::Weak, false));
    shapes
}
