//! The selected phrase: its neighbours in the full space, and where the map is wrong about it.

use eframe::egui::{RichText, Ui};

use super::widgets::{cut_label, group_mark, heading, inked, share_bar, strong_text};
use super::{Ctx, theme};
use crate::data::{excerpt, one_line};
use crate::playground::{Document, PhraseId, Playground};
use crate::scene::Ink;
use crate::space::{Coordinates, Neighbour, false_map_neighbours, nearest};

/// Neighbours that are listed.
const N_NEIGHBOURS: usize = 5;

/// What the inspector says of a phrase.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Neighbourhood {
    /// Nearest first, with cosines in the full space.
    pub(super) nearest: Vec<(PhraseId, f32)>,
    /// Near on the map but not in the space.
    pub(super) false_ones: Vec<(PhraseId, f32)>,
    /// Numbers a vector.
    pub(super) dims: usize,
    /// The space of the cosines.
    pub(super) space: String,
}

impl Neighbourhood {
    /// The neighbourhood of `phrase` in what the map shows now.
    pub(super) fn of(playground: &Playground, phrase: PhraseId) -> Option<Self> {
        let (ids, vectors) = playground.shown_vectors()?;
        let index = ids.iter().position(|id| *id == phrase)?;
        let picture = playground.picture()?;
        let places: Vec<f64> = ids.iter().filter_map(|id| picture.place(*id)).flat_map(|place| place.at).collect();
        let named = |found: Vec<Neighbour>| found.iter().map(|neighbour| (ids[neighbour.index], neighbour.cosine)).collect();
        let map = Coordinates { values: places, n_axes: 2 };
        let is_complete = map.points().len() == ids.len();
        Some(Self {
            nearest: named(nearest(&vectors, index, N_NEIGHBOURS)),
            false_ones: if is_complete { named(false_map_neighbours(&vectors, &map, index, N_NEIGHBOURS)) } else { Vec::new() },
            dims: vectors.dims(),
            space: vectors.space().to_string(),
        })
    }

    /// The sentences on false neighbours.
    pub(super) fn warnings(&self, document: &Document) -> Vec<String> {
        let line = |(id, cosine): &(PhraseId, f32)| {
            format!("“{}” is near on the map but not in the space (cosine {cosine:.2}).", excerpt(document.text(*id), 40))
        };
        self.false_ones.iter().take(2).map(line).collect()
    }
}

pub(super) fn inspector_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    heading(ui, "Selected");
    let Some(phrase) = ctx.playground.selected() else {
        ui.label(inked(ui, "Click a phrase in the list or on the map to see what is near it.", Ink::Weak));
        return;
    };
    let document = ctx.playground.document();
    ui.label(strong_text(ui, excerpt(document.text(phrase), 200)));
    ui.label(inked(ui, in_pairs(document.pairs_of(phrase)), Ink::Weak));
    let Some(neighbourhood) = Neighbourhood::of(ctx.playground, phrase) else {
        ui.label(inked(ui, "Its vector is not there yet.", Ink::Weak));
        return;
    };
    let nearest = format!("nearest in all {} dimensions", neighbourhood.dims);
    ui.label(inked(ui, nearest, Ink::Weak)).on_hover_text(format!("Cosines in the space {}", neighbourhood.space));
    for (id, cosine) in &neighbourhood.nearest {
        neighbour_ui(ui, document, *id, *cosine);
    }
    for warning in neighbourhood.warnings(document) {
        ui.label(inked(ui, warning, Ink::Weak));
    }
}

fn in_pairs(n_pairs: usize) -> String {
    match n_pairs {
        0 => "in no pair: it stays where it begins".to_owned(),
        1 => "in 1 pair".to_owned(),
        n => format!("in {n} pairs"),
    }
}

fn neighbour_ui(ui: &mut Ui, document: &Document, id: PhraseId, cosine: f32) {
    ui.horizontal(|ui| {
        group_mark(ui, document.phrase(id).and_then(|phrase| document.group_index(phrase.group)));
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            ui.label(format!("{cosine:.2}"));
            ui.with_layout(eframe::egui::Layout::left_to_right(eframe::egui::Align::Center), |ui| {
                cut_label(ui, RichText::new(one_line(document.text(id))))
            });
        });
    });
    let accent = theme::ink(ui, Ink::Accent);
    share_bar(ui, cosine, accent);
}
