//! Explore: all phrases as the chosen model sees them, on a map that can be zoomed, turned and marked.
//!
//! What is derived for it is in `playground/views/explore/`; what stands beside it is in `side.rs`.

mod labels;
mod marking;
mod motion;
mod side;

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{self, Align, Align2, Layout, Response, Sense, Ui, vec2};

use self::marking::{Marking, Tool};
use self::motion::Motion;
use super::TabView;
use crate::choice::Choice;
use crate::data::excerpt;
use crate::drawing::Ink;
use crate::memo::{ByPlace, Memo};
use crate::playground::views::{ExploreCommand, Tab};
use crate::playground::{Act, EmbedFailure, Phrase, PhraseId, Picture};
use crate::scene::{MapLabels, MapLook, View, grid_shapes, map_shapes, spoken_map};
use crate::ui::context::Ctx;
use crate::ui::pieces::camera::{CAMERA_HINT, camera_ui};
use crate::ui::pieces::cloud::{CLOUD_FROM, Cloud};
use crate::ui::pieces::pointing::{phrase_pointed_at, ring_phrase};
use crate::ui::pieces::right_to_left::{in_sight, lines_label, sentence_in_sight};
use crate::ui::pieces::small_map::phrase_at;
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::why::asks_why;
use crate::ui::pieces::widgets::{hidden_labels, inked, not_embedded, paint_text};
use crate::ui::pieces::{canvas, theme};

/// How near to a phrase the pointer counts as on it, in points.
const REACH: f32 = 12.0;
/// Height of the lines below the map.
const FOOTER_HEIGHT: f32 = 44.0;
/// Degrees that a point of dragging turns the cloud.
const DEGREES_A_POINT: f64 = 0.4;
/// Phrases up to which those nearest to one are looked for while it is only pointed at.
const HOVER_SEARCHES: usize = 20_000;

/// What is sought in the list, and in which.
type FoundKey = (ByPlace<Vec<Phrase>>, String);

/// The map of all phrases.
#[derive(Default)]
pub(super) struct ExploreView {
    cloud: Cloud,
    motion: Motion,
    marking: Marking,
    side: side::Side,
    hovered: Option<PhraseId>,
    labels: MapLabels,
    n_hidden_labels: usize,
    n_labels: usize,
    found: Memo<FoundKey, Arc<BTreeSet<PhraseId>>>,
    lit: Memo<[ByPlace<BTreeSet<PhraseId>>; 2], Arc<BTreeSet<PhraseId>>>,
    /// What was painted last.
    painted: Option<(Arc<Picture>, View)>,
}

impl TabView for ExploreView {
    fn tab(&self) -> Tab {
        Tab::Explore
    }

    fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        self.above_ui(ctx, ui);
        let area = vec2(ui.available_width(), (ui.available_height() - FOOTER_HEIGHT).max(0.0));
        match ctx.picture() {
            Some(picture) => {
                self.map_ui(ctx, ui, &picture, area);
                self.footer_ui(ctx, ui, &picture);
            }
            None => empty_ui(ctx, ui, area),
        }
    }

    fn has_side(&self) -> bool {
        true
    }

    fn side_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        self.side.ui(ctx, ui);
    }

    fn phrase_on_screen(&self, phrase: PhraseId) -> Option<[f32; 2]> {
        let (picture, view) = self.painted.as_ref()?;
        Some(view.pixel(picture.place(phrase)?.at))
    }

    fn label_on_screen(&self, phrase: PhraseId) -> Option<[f32; 4]> {
        self.labels.boxes.get(&phrase).copied()
    }
}

impl ExploreView {
    /// What dragging does, and what is to be said before anything is looked at.
    fn above_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.set_height(28.0);
            for tool in Tool::ALL {
                let is_on = self.marking.tool == *tool;
                if ui.selectable_label(is_on, tool.label()).on_hover_text(tool.sentence()).clicked() {
                    self.marking.tool = *tool;
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Fit").on_hover_text("Show all phrases again (double-click on the map).").clicked() {
                    self.motion.fit();
                }
                hold_ui(ctx, ui);
            });
        });
        ask_for_all_ui(ctx, ui);
    }

    fn map_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, target: &Arc<Picture>, size: egui::Vec2) {
        let explore = &ctx.playground.views().explore;
        let has_depth = explore.depth().is_some() && explore.method().has_directions();
        self.motion.resize(size);
        let (picture, wanted) = self.motion.towards(ui, target, !has_depth);
        let marks = self.marking.marks(ui);
        let (response, view) = camera_ui(ui, "explore", size, wanted, !marks && !has_depth);
        let state = (state_of(ctx), explore.version(), picture.places.len());
        describe(ctx, &response, &format!("Map of {} phrases", picture.places.len()), state, || {
            let groups = ctx.playground.document().group_names();
            spoken_map(&picture, &groups, ctx.playground.selected(), &[])
        });
        let moved =
            response.dragged() && !marks || response.contains_pointer() && ui.input(|input| input.smooth_scroll_delta.y != 0.0);
        self.motion.is_free |= moved && !has_depth;
        let lit = self.lit(ctx);
        self.paint(ctx, ui, &picture, &view, &lit);
        self.pointer(ctx, ui, &response, &picture, &view);
        if has_depth && response.dragged() && !marks {
            let by = response.drag_delta();
            ctx.send(ExploreCommand::TurnBy([f64::from(by.x), f64::from(by.y)].map(|points| points * DEGREES_A_POINT)));
        }
        self.painted = Some((picture, view));
    }

    /// Phrases that stand out: those marked, and those with what is sought in the list.
    fn lit(&mut self, ctx: &Ctx<'_>) -> Arc<BTreeSet<PhraseId>> {
        let marked = ctx.playground.views().explore.marked().clone();
        let found = self.found(ctx);
        match (marked.is_empty(), found.is_empty()) {
            (_, true) => marked,
            (true, false) => found,
            // The same as long as both are: the cloud is made again for another set.
            (false, false) => {
                let key = [&marked, &found].map(|phrases| ByPlace(phrases.clone()));
                self.lit.get(key, || Arc::new(marked.union(&found).copied().collect())).clone()
            }
        }
    }

    fn found(&mut self, ctx: &Ctx<'_>) -> Arc<BTreeSet<PhraseId>> {
        let document = ctx.playground.document();
        let sought = ctx.look.sought.trim().to_lowercase();
        let seek = || -> Arc<BTreeSet<PhraseId>> {
            let has = |phrase: &&Phrase| !sought.is_empty() && phrase.text.to_lowercase().contains(&sought);
            Arc::new(document.phrases.iter().filter(has).map(|phrase| phrase.id).collect())
        };
        self.found.get((ByPlace(document.phrases.clone()), sought.clone()), seek).clone()
    }

    fn paint(&mut self, ctx: &mut Ctx<'_>, ui: &Ui, picture: &Arc<Picture>, view: &View, lit: &Arc<BTreeSet<PhraseId>>) {
        if let Some(place) = phrase_pointed_at(ctx.playground).and_then(|id| picture.place(id)) {
            let [x, y] = view.pixel(place.at);
            ring_phrase(ui, egui::pos2(x, y));
        }
        let [left, top, right, bottom] = view.area;
        let painter = ui.painter().with_clip_rect(egui::Rect::from_min_max(egui::pos2(left, top), egui::pos2(right, bottom)));
        if picture.places.len() < CLOUD_FROM {
            return self.paint_few(ctx, ui, &painter, picture, view, lit);
        }
        self.labels = MapLabels::default();
        canvas::paint_shapes(&painter, theme::palette(ui), &grid_shapes(view));
        self.cloud.paint(ui, &painter, picture, view, lit);
        self.ring(ctx, ui, &painter, picture, view);
        self.n_labels = labels::paint_labels(ctx, ui, &painter, (picture, view), self.hovered, lit);
    }

    fn ring(&self, ctx: &Ctx<'_>, ui: &Ui, painter: &egui::Painter, picture: &Picture, view: &View) {
        if let Some(place) = ctx.playground.selected().and_then(|id| picture.place(id)) {
            let [x, y] = view.pixel(place.at);
            painter.circle_stroke(egui::pos2(x, y), 9.0, egui::Stroke::new(2.0, theme::ink(ui, Ink::Accent)));
        }
    }

    fn paint_few(
        &mut self,
        ctx: &Ctx<'_>,
        ui: &Ui,
        painter: &egui::Painter,
        picture: &Picture,
        view: &View,
        lit: &BTreeSet<PhraseId>,
    ) {
        let size = ctx.look.shown_label_size();
        let look = MapLook {
            pointed_at: phrase_pointed_at(ctx.playground),
            named: &ctx.playground.asked_phrases(),
            forces: &[],
            lines: &[],
            numbered: None,
            selected: ctx.playground.selected(),
            hovered: self.hovered,
            marked: lit,
            label_size: size,
            trails: false,
            labels_before: &self.labels.places,
        };
        let mut measure = |text: &str, strong: bool| {
            let font = if strong { theme::strong(size) } else { egui::FontId::proportional(size) };
            painter.layout_no_wrap(text.to_owned(), font, theme::ink(ui, Ink::Text)).size().x
        };
        let map = map_shapes(picture, view, &look, &mut measure);
        (self.n_hidden_labels, self.labels) = (map.n_hidden_labels, map.labels);
        canvas::paint_shapes(painter, theme::palette(ui), &map.shapes);
    }

    fn pointer(&mut self, ctx: &mut Ctx<'_>, ui: &Ui, response: &Response, picture: &Picture, view: &View) {
        let on_mark = |pointer| phrase_at(picture, view, pointer, REACH).or_else(|| self.labels.at(pointer.into()));
        self.hovered = response.hover_pos().and_then(on_mark);
        self.marking.ui(ctx, ui, response, picture, view);
        if let Some(id) = self.hovered.filter(|_| !response.dragged()) {
            hover_ui(ctx, response, id, picture.places.len());
        }
        if response.double_clicked() {
            self.motion.fit();
        } else if response.clicked() {
            match self.hovered {
                Some(id) if asks_why(ui) => ctx.send(Act::AskWhySelected(id)),
                hovered => ctx.send(Act::Select(hovered.filter(|id| ctx.playground.selected() != Some(*id)))),
            }
        }
    }

    /// What is left out, how the map is used, and the axes in words.
    fn footer_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, picture: &Picture) {
        let explore = &ctx.playground.views().explore;
        let (n_all, n_shown) = (ctx.playground.document().phrases.len(), picture.places.len());
        let hint = if explore.depth().is_some() { "wheel zooms, drag turns, double-click fits" } else { CAMERA_HINT };
        // A class has no mouse.
        let mut words = if ctx.look.presenting { Vec::new() } else { vec![format!("{hint}, Shift-drag marks")] };
        if explore.isolated().is_some() {
            words.push(format!("{n_shown} of {n_all} phrases shown"));
        } else if n_shown < n_all {
            let n_missing = ctx.playground.n_not_embedded();
            if n_missing > 0 {
                words.push(not_embedded(n_missing));
            }
            if n_all - n_shown > n_missing {
                words.push(format!("{} newer phrases are not on this map: Again makes it of all", n_all - n_shown - n_missing));
            }
        }
        if n_shown >= CLOUD_FROM {
            words.push(format!("{} of {n_shown} labels: nearest, marked, groups, one of each region", self.n_labels));
        } else if self.n_hidden_labels > 0 {
            words.push(hidden_labels(self.n_hidden_labels));
        }
        if !ctx.look.sought.trim().is_empty() {
            words.push(format!("{} have “{}”", self.found(ctx).len(), excerpt(ctx.look.sought.trim(), 20)));
        }
        ui.add(egui::Label::new(inked(ui, words.join(" · "), Ink::Weak).small()).truncate());
        let why = format!("An axis of a map is the direction along which the vectors vary most. Space: {}", picture.space);
        ui.add(egui::Label::new(inked(ui, picture.axes_sentence(), Ink::Weak).small()).truncate()).on_hover_text(why);
    }
}

fn hold_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let mut is_held = ctx.playground.views().explore.is_held();
    let explanation = "The axes stay as they are when phrases come or go. Otherwise they are fitted to all phrases again, and turned so that the map stays as it was as far as it can.";
    if ui.checkbox(&mut is_held, "Hold the axes").on_hover_text(explanation).changed() {
        ctx.send(ExploreCommand::Hold(is_held));
    }
}

/// So many phrases are not embedded without a word.
fn ask_for_all_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let n = ctx.playground.document().phrases.len();
    if ctx.playground.views().explore.embeds(n) {
        return;
    }
    let dims = ctx.playground.model_space().map_or(384, |space| space.dims);
    let gigabytes = (n * dims * size_of::<f32>()) as f64 / 1e9;
    ui.horizontal_wrapped(|ui| {
        let words = format!("Only the phrases of the run are embedded. All {n} take {gigabytes:.1} GB of memory, and time: a thousand a second or so with the built-in model.");
        ui.label(inked(ui, words, Ink::Weak));
        if ui.button(format!("Embed all {n}")).clicked() {
            ctx.send(ExploreCommand::EmbedAll);
        }
    });
}

fn hover_ui(ctx: &mut Ctx<'_>, response: &Response, id: PhraseId, n_shown: usize) {
    let neighbourhood = if n_shown <= HOVER_SEARCHES { ctx.neighbourhood_of_hovered(id) } else { None };
    let document = ctx.playground.document();
    response.clone().on_hover_ui_at_pointer(|ui| {
        ui.set_max_width(320.0);
        lines_label(ui, &excerpt(document.text(id), 200), theme::strong(13.0), Ink::Text);
        let Some(neighbourhood) = neighbourhood else {
            ui.label(inked(ui, "Click to see what is near it.", Ink::Weak).small());
            return;
        };
        ui.label(inked(ui, format!("nearest in all {} dimensions, by cosine", neighbourhood.dims), Ink::Weak).small());
        for (other, cosine) in neighbourhood.nearest.iter().take(4) {
            ui.label(format!("{cosine:.2}  {}", in_sight(&excerpt(document.text(*other), 44))));
        }
        for warning in neighbourhood.warnings(document) {
            ui.label(inked(ui, sentence_in_sight(&warning), Ink::Weak).small());
        }
    });
}

fn empty_ui(ctx: &Ctx<'_>, ui: &mut Ui, area: egui::Vec2) {
    let text = match ctx.playground.model_failure() {
        _ if ctx.playground.document().phrases.is_empty() => {
            "Type a phrase on the left, open a file, or choose a lesson.".to_owned()
        }
        Some(EmbedFailure::Stopped) => "Embedding was stopped; the model's card on the left goes on with it.".to_owned(),
        Some(EmbedFailure::Failed(_)) => "The model gives no vectors; its card on the left says why.".to_owned(),
        None if ctx.playground.model_space().is_none() => "The model is being loaded…".to_owned(),
        None => "The phrases are being embedded…".to_owned(),
    };
    let (rect, _) = ui.allocate_exact_size(area, Sense::hover());
    paint_text(ui, rect.center(), Align2::CENTER_CENTER, &text, 15.0, Ink::Weak);
}
