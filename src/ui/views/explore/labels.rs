//! Labels among many phrases: of the one pointed at, the selected one and its nearest, those that are marked or found, of
//! groups, and of one phrase in each region. A map of few phrases labels all of them, and does not come here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eframe::egui::{FontId, Painter, Ui};

use crate::data::{excerpt, one_line};
use crate::drawing::{Ink, Shape};
use crate::playground::{PhraseId, Picture, Place};
use crate::scene::{ALWAYS, LabelRequest, View, place_labels};
use crate::ui::context::Ctx;
use crate::ui::pieces::{canvas, theme};

/// Of marked phrases so many have their labels.
const MAX_MARKED: usize = 40;
/// Letters of a label.
const MAX_LETTERS: usize = 42;

/// What is to be labelled.
struct Wanted {
    at: [f32; 2],
    text: String,
    importance: u8,
    strong: bool,
}

/// Regions across and down, of each of which one phrase is labelled.
const REGIONS: [usize; 2] = [5, 7];

/// Paints the labels; returns how many there are.
pub(super) fn paint_labels(
    ctx: &mut Ctx<'_>,
    ui: &Ui,
    painter: &Painter,
    (picture, view): (&Picture, &View),
    hovered: Option<PhraseId>,
    lit: &BTreeSet<PhraseId>,
) -> usize {
    let size = ctx.look.shown_label_size();
    let mut wanted = wanted_phrases(ctx, picture, view, hovered, lit);
    wanted.extend(group_names(ctx, picture, view));
    wanted.extend(one_of_each_region(picture, view));
    let measure = |wanted: &Wanted| {
        let font = if wanted.strong { theme::strong(size) } else { FontId::proportional(size) };
        painter.layout_no_wrap(wanted.text.clone(), font, theme::ink(ui, Ink::Text)).size().x
    };
    let widths: Vec<f32> = wanted.iter().map(measure).collect();
    let request = |(wanted, width): (&Wanted, &f32)| LabelRequest {
        point: wanted.at,
        size: [*width, size * 1.35],
        radius: 5.0,
        importance: wanted.importance,
        before: None,
    };
    let requests: Vec<LabelRequest> = wanted.iter().zip(&widths).map(request).collect();
    let (mut shapes, mut n_labels) = (Vec::new(), 0);
    for ((wanted, width), label) in wanted.iter().zip(&widths).zip(place_labels(&requests, view.area)) {
        // What is only an example is not worth a line across the map.
        let Some(label) = label.filter(|label| wanted.importance > 0 || label.leader.is_none()) else { continue };
        n_labels += 1;
        if let Some(end) = label.leader {
            let points = vec![wanted.at, end];
            shapes.push(Shape::Path { points, width: 1.0, ink: Ink::Weak, opacity: 0.6, dashed: false });
        }
        let [left, middle] = label.at;
        let (min, max) = ([left - 2.0, middle - size * 0.62], [left + width + 2.0, middle + size * 0.62]);
        shapes.push(Shape::Rect { min, max, ink: Ink::Ground, opacity: 0.8 });
        let text = wanted.text.clone();
        shapes.push(Shape::Text { at: label.at, text, size, ink: Ink::Text, strong: wanted.strong, opacity: 1.0 });
    }
    canvas::paint_shapes(painter, theme::palette(ui), &shapes);
    n_labels
}

fn wanted_phrases(
    ctx: &mut Ctx<'_>,
    picture: &Picture,
    view: &View,
    hovered: Option<PhraseId>,
    lit: &BTreeSet<PhraseId>,
) -> Vec<Wanted> {
    let selected = ctx.playground.selected();
    let mut importance: BTreeMap<PhraseId, u8> = lit.iter().take(MAX_MARKED).map(|id| (*id, 1)).collect();
    let neighbourhood = selected.and_then(|id| ctx.neighbourhood_of_selected(id));
    importance.extend(neighbourhood.iter().flat_map(|of| &of.nearest).map(|(id, _)| (*id, 3)));
    importance.extend(selected.into_iter().chain(hovered).map(|id| (id, ALWAYS)));
    importance.extend(ctx.playground.asked_phrases().into_iter().map(|id| (id, ALWAYS)));
    let label = |place: &Place| {
        let importance = *importance.get(&place.phrase)?;
        let text = excerpt(&one_line(&place.text), MAX_LETTERS);
        Some(Wanted { at: view.pixel(place.at), text, importance, strong: importance == ALWAYS })
    };
    picture.places.iter().filter_map(label).filter(|wanted| is_in_sight(wanted.at, view)).collect()
}

/// The name of each group where its phrases are, in the middle of those in sight.
fn group_names(ctx: &Ctx<'_>, picture: &Picture, view: &View) -> Vec<Wanted> {
    let names = ctx.playground.document().group_names();
    let mut sums = vec![([0.0_f64; 2], 0_u32); names.len()];
    for place in &picture.places {
        let at = view.pixel(place.at);
        if let Some((sum, n)) = place.group.and_then(|group| sums.get_mut(group)).filter(|_| is_in_sight(at, view)) {
            *sum = [sum[0] + f64::from(at[0]), sum[1] + f64::from(at[1])];
            *n += 1;
        }
    }
    let middle = |(name, (sum, n)): (&Arc<str>, &([f64; 2], u32))| {
        let at = [0, 1].map(|axis| (sum[axis] / f64::from(*n)) as f32);
        (*n > 0).then(|| Wanted { at, text: excerpt(name, MAX_LETTERS), importance: 2, strong: true })
    };
    names.iter().zip(&sums).filter_map(middle).collect()
}

/// The phrase nearest to the middle of each region of the screen: an example of what lies there.
fn one_of_each_region(picture: &Picture, view: &View) -> Vec<Wanted> {
    let [left, top, right, bottom] = view.area;
    let size = [(right - left) / REGIONS[0] as f32, (bottom - top) / REGIONS[1] as f32];
    let mut best: Vec<Option<(f32, &Place)>> = vec![None; REGIONS[0] * REGIONS[1]];
    for place in &picture.places {
        let at = view.pixel(place.at);
        if !is_in_sight(at, view) {
            continue;
        }
        let cell = [(at[0] - left) / size[0], (at[1] - top) / size[1]];
        let column_row = [0, 1].map(|axis| (cell[axis] as usize).min(REGIONS[axis] - 1));
        let off = [0, 1].map(|axis| (cell[axis] - column_row[axis] as f32 - 0.5) * size[axis]);
        let distance = off[0] * off[0] + off[1] * off[1];
        let slot = &mut best[column_row[1] * REGIONS[0] + column_row[0]];
        if slot.is_none_or(|(nearest, _)| distance < nearest) {
            *slot = Some((distance, place));
        }
    }
    let label = |(_, place): (f32, &Place)| {
        let text = excerpt(&one_line(&place.text), MAX_LETTERS);
        Wanted { at: view.pixel(place.at), text, importance: 0, strong: false }
    };
    best.into_iter().flatten().map(label).collect()
}

fn is_in_sight([x, y]: [f32; 2], view: &View) -> bool {
    let [left, top, right, bottom] = view.area;
    x >= left && x <= right && y >= top && y <= bottom
}
