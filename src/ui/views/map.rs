//! The map of the run: shows the picture, pans and zooms it, hovers, selects, and makes pairs by dragging.
//!
//! The shapes come from `scene`, the camera from `pieces`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eframe::egui::{self, Align, Align2, Layout, Pos2, Response, RichText, Sense, Stroke, Ui, UiBuilder, pos2, vec2};
use egui_plot::PlotBounds;

use super::TabView;
use super::anchors::{anchors_ui, cosine_legend_ui};
use super::batch::{batch_ui, dock_width};
use super::charts::{ChartsPanel, hidden_charts};
use super::stages::stages_ui;
use crate::choice::Choice;
use crate::data::excerpt;
use crate::drawing::Ink;
use crate::playground::views::Tab;
use crate::playground::{Act, Answer, Edit, Force, LessonCommand, Pair, PairLine, Part, PhraseId, Picture, ShownBatch};
use crate::scene::{MapLabels, MapLook, OnMap, View, map_shapes, pixels_of, room_apart, spoken_map, strongest};
use crate::train::Axes;
use crate::ui::context::{Ask, Ctx};
use crate::ui::pieces::camera::{CAMERA_HINT, camera_ui, roomy};
use crate::ui::pieces::pointing::{asks_place, paint_guess, phrase_pointed_at, place_answered, ring_phrase, ringed};
use crate::ui::pieces::right_to_left::{in_sight, lines_label, sentence_in_sight};
use crate::ui::pieces::small_map::phrase_at;
use crate::ui::pieces::spoken::{describe, state_of};
use crate::ui::pieces::why::asks_why;
use crate::ui::pieces::widgets::{WhyNot, choice_ui, hidden_labels, inked, not_embedded, paint_text, strong_text};
use crate::ui::pieces::{canvas, theme};

/// How near to a phrase the pointer counts as on it, in points.
const REACH: f32 = 12.0;

/// What the map remembers from frame to frame.
#[derive(Default)]
pub(super) struct MapView {
    /// What the camera was set for; another run or other axes show everything again.
    shown: Option<(Axes, [f64; 4], usize)>,
    /// The size that the camera was set for, and whether it was moved since.
    fitted: egui::Vec2,
    is_moved: bool,
    labels: MapLabels,
    n_hidden_labels: usize,
    /// The phrase a pair is being dragged from.
    dragged: Option<PhraseId>,
    /// Where a phrase was carried to last.
    carried: Option<[f64; 2]>,
    /// The phrase whose mark or label the pointer is on, and whether it is the mark.
    hovered: Option<PhraseId>,
    is_on_mark: bool,
    /// Where each phrase was painted last.
    pixels: BTreeMap<PhraseId, [f32; 2]>,
    charts: ChartsPanel,
}

/// What is drawn beside the phrases.
struct Drawn<'a> {
    forces: &'a [Force],
    lines: &'a [PairLine],
    /// The anchor whose lines have numbers.
    numbered: Option<PhraseId>,
}

impl TabView for MapView {
    fn tab(&self) -> Tab {
        Tab::Train
    }

    fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        above_map_ui(ctx, ui);
        let on_map = OnMap::of(ctx.playground, ctx.look.forces);
        let is_docked = ctx.playground.shows_batch();
        let needs_batch = is_docked || on_map != OnMap::Nothing;
        // While pairs are looked at, the one that is pointed at is.
        let hovered = self.hovered.filter(|_| is_docked || on_map == OnMap::Lines);
        let batch = if needs_batch { ctx.batch(hovered) } else { None };
        // However low the window is.
        let footer = FOOTER_HEIGHT + if batch.is_some() { BATCH_HEIGHT } else { 0.0 };
        let full = ui.available_size();
        let area = vec2(full.x, (full.y - footer).max(0.0));
        let Some(picture) = ctx.picture() else { return empty_ui(ctx, ui, area) };
        let (rect, _) = ui.allocate_exact_size(area, Sense::hover());
        let docked = batch.as_deref().filter(|_| is_docked);
        let dock = docked.map_or(0.0, |_| dock_width(ctx).min(full.x / 2.0));
        let (map, beside) = rect.split_left_right_at_x(rect.right() - dock);
        ui.scope_builder(UiBuilder::new().max_rect(map), |ui| self.batch_map_ui(ctx, ui, &picture, batch.as_deref(), on_map));
        if let Some(batch) = docked {
            let inner = beside.with_min_x(beside.left() + 12.0);
            ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| batch_ui(ctx, ui, batch));
        }
        ui.advance_cursor_after_rect(rect);
        if let Some(batch) = &batch {
            anchors_ui(ctx, ui, batch, on_map);
        }
        self.footer_ui(ctx, ui, &picture, on_map);
    }

    fn height_below(&self, ctx: &Ctx<'_>) -> Option<f32> {
        Some(if hidden_charts(ctx).is_some() { CHARTS_IN_WORDS } else { 164.0 })
    }

    fn below_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        self.charts.ui(ctx, ui);
    }

    fn phrase_on_screen(&self, phrase: PhraseId) -> Option<[f32; 2]> {
        self.pixels.get(&phrase).copied()
    }

    fn label_on_screen(&self, phrase: PhraseId) -> Option<[f32; 4]> {
        self.labels.boxes.get(&phrase).copied()
    }
}

/// Height of the panel below where a sentence stands in for the charts.
const CHARTS_IN_WORDS: f32 = 36.0;
/// Height of the two lines below the map, and of the one on the batch.
const FOOTER_HEIGHT: f32 = 44.0;
const BATCH_HEIGHT: f32 = 24.0;

impl MapView {
    /// The map, with what of the batch is on it.
    fn batch_map_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, picture: &Picture, batch: Option<&ShownBatch>, on_map: OnMap) {
        let forces = batch.filter(|_| on_map == OnMap::Forces).map_or(&[][..], |batch| strongest(&batch.forces).0);
        let lines = batch.filter(|_| on_map == OnMap::Lines).map_or(&[][..], |batch| &batch.lines);
        let drawn = Drawn { forces, lines, numbered: batch.and_then(|batch| batch.anchor) };
        let size = ui.available_size();
        self.map_ui(ctx, ui, picture, &drawn, size);
    }

    fn map_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, picture: &Picture, drawn: &Drawn<'_>, size: egui::Vec2) {
        let wanted = self.camera_for(ctx, picture, size);
        let is_pairing = self.dragged.is_some() || self.is_on_mark || self.is_pressed_on_phrase(ui);
        let (response, view) = camera_ui(ui, "map", size, wanted, !is_pairing);
        let is_zoomed = response.contains_pointer() && ui.input(|input| input.smooth_scroll_delta.y != 0.0);
        self.is_moved |= is_zoomed || response.dragged() && !is_pairing;
        describe(ctx, &response, &format!("Map of {} phrases", picture.places.len()), state_of(ctx), || {
            let groups = ctx.playground.document().group_names();
            spoken_map(picture, &groups, ctx.playground.selected(), drawn.forces)
        });
        self.pixels = pixels_of(picture, &view).map(|(place, at)| (place.phrase, at)).collect();
        self.paint(ctx, ui, picture, drawn, &view);
        self.point_out(ctx, ui, picture, &view);
        self.pointer(ctx, ui, &response, picture, &view);
    }

    /// Whether the pointer went down on a phrase: whoever is quick drags before it was seen to hover there.
    fn is_pressed_on_phrase(&self, ui: &Ui) -> bool {
        let pressed = ui.input(|input| input.pointer.press_origin());
        pressed.is_some_and(|at| self.pixels.values().any(|[x, y]| pos2(*x, *y).distance(at) <= REACH))
    }

    /// The phrase that a lesson points at, and the place where its learner expects one.
    fn point_out(&self, ctx: &Ctx<'_>, ui: &Ui, picture: &Picture, view: &View) {
        if let Some([x, y]) = phrase_pointed_at(ctx.playground).and_then(|id| self.pixels.get(&id)) {
            ring_phrase(ui, pos2(*x, *y));
        }
        // A guess is one of the run's map; the model's is another.
        if let Some(at) = place_answered(ctx.playground).filter(|_| picture.step.is_some()) {
            let [x, y] = view.pixel(at);
            paint_guess(ui, pos2(x, y));
        }
    }

    /// The camera moves only when another run, other axes or the user ask for it, or the map has another size.
    fn camera_for(&mut self, ctx: &Ctx<'_>, picture: &Picture, size: egui::Vec2) -> Option<PlotBounds> {
        // On the model's map a new phrase must not move the camera; a run has fixed bounds.
        let key = match picture.step {
            Some(_) => (ctx.playground.axes(), picture.bounds, picture.places.iter().filter(|place| place.is_random).count()),
            None => (ctx.playground.axes(), [0.0; 4], ctx.playground.model_map().map_or(0, |axes| Arc::as_ptr(axes) as usize)),
        };
        let is_resized = (self.fitted - size).abs().max_elem() > 1.0 && !self.is_moved;
        if self.shown == Some(key) && !is_resized {
            return None;
        }
        (self.shown, self.fitted, self.is_moved) = (Some(key), size, false);
        self.labels = MapLabels::default();
        Some(room_beside(roomy(picture.bounds), room_apart(picture, [size.x, size.y])))
    }

    fn paint(&mut self, ctx: &Ctx<'_>, ui: &Ui, picture: &Picture, drawn: &Drawn<'_>, view: &View) {
        let look = MapLook {
            pointed_at: phrase_pointed_at(ctx.playground),
            named: &ctx.playground.asked_phrases(),
            forces: drawn.forces,
            lines: drawn.lines,
            numbered: drawn.numbered,
            selected: ctx.playground.selected(),
            hovered: self.hovered,
            marked: &BTreeSet::new(),
            label_size: ctx.look.shown_label_size(),
            trails: ctx.look.trails,
            labels_before: &self.labels.places,
        };
        let size = ctx.look.shown_label_size();
        let mut measure = |text: &str, strong: bool| {
            let font = if strong { theme::strong(size) } else { egui::FontId::proportional(size) };
            ui.painter().layout_no_wrap(text.to_owned(), font, theme::ink(ui, Ink::Text)).size().x
        };
        let map = map_shapes(picture, view, &look, &mut measure);
        self.n_hidden_labels = map.n_hidden_labels;
        self.labels = map.labels;
        let [left, top, right, bottom] = view.area;
        let clip = egui::Rect::from_min_max(pos2(left, top), pos2(right, bottom));
        canvas::paint_shapes(&ui.painter().with_clip_rect(clip), theme::palette(ui), &map.shapes);
    }

    fn pointer(&mut self, ctx: &mut Ctx<'_>, ui: &Ui, response: &Response, picture: &Picture, view: &View) {
        let on_mark = response.hover_pos().and_then(|pointer| phrase_at(picture, view, pointer, REACH));
        self.is_on_mark = on_mark.is_some();
        self.hovered = on_mark.or_else(|| self.labels.at(response.hover_pos()?.into()));
        if let Some(id) = self.hovered.filter(|_| self.dragged.is_none()) {
            hover_ui(ctx, response, id);
        }
        if response.clicked()
            && asks_place(ctx.playground)
            && picture.step.is_some()
            && let Some(pointer) = response.interact_pointer_pos()
        {
            let at = view.place([pointer.x, pointer.y]);
            ctx.send(Act::Lesson(LessonCommand::Answer(Answer::Place(at))));
        } else if response.double_clicked() {
            self.shown = None;
        } else if let Some(other) = self.hovered.filter(|_| response.clicked() && asks_why(ui)) {
            ctx.send(Act::AskWhySelected(other));
        } else if response.clicked() {
            ctx.send(Act::Select(self.hovered.filter(|id| ctx.playground.selected() != Some(*id))));
        }
        if response.drag_started() {
            let pressed = ui.input(|input| input.pointer.press_origin());
            self.dragged = pressed.and_then(|at| phrase_at(picture, view, at, REACH));
        }
        match ctx.playground.uses_hand() {
            true => self.carry_ui(ctx, ui, response, view),
            false => self.drag_ui(ctx, ui, response, picture, view),
        }
    }

    /// With the hand a phrase is carried along; let go, it stays there, and the run goes on.
    fn carry_ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui, response: &Response, view: &View) {
        let Some(phrase) = self.dragged else { return };
        let pointer = ui.input(|input| input.pointer.latest_pos());
        let Some(at) = pointer.map(|pointer| view.place([pointer.x, pointer.y])) else { return };
        if ui.input(|input| input.key_pressed(egui::Key::Escape)) {
            self.dragged = None;
            ctx.send(Act::PutBack);
        } else if response.drag_stopped() || !ui.input(|input| input.pointer.any_down()) {
            self.dragged = None;
            ctx.send(Edit::MoveByHand(phrase, at));
        } else if self.carried != Some(at) {
            ctx.send(Act::Hold(phrase, at));
        }
        self.carried = self.dragged.map(|_| at);
    }

    /// Dragging from one phrase to another makes a pair; with Alt, a negative.
    fn drag_ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui, response: &Response, picture: &Picture, view: &View) {
        let Some(from) = self.dragged else { return };
        let pushes = ui.input(|input| input.modifiers.alt);
        let target = ui.input(|input| input.pointer.latest_pos());
        let under = |at: Pos2| phrase_at(picture, view, at, REACH).or_else(|| self.labels.at(at.into()));
        let over = target.and_then(under).filter(|id| *id != from);
        if let (Some([x, y]), Some(to)) = (self.pixels.get(&from).copied(), target) {
            let ink = if pushes { Ink::PushWords } else { Ink::Pull };
            ui.painter().line_segment([pos2(x, y), to], Stroke::new(2.0, theme::ink(ui, ink)));
            let verb = if pushes { "pushes" } else { "pulls" };
            let object = over.map_or("… drop on a phrase".to_owned(), |id| {
                in_sight(&excerpt(ctx.playground.document().text(id), 30)).into_owned()
            });
            paint_hint(ui, to + vec2(14.0, 14.0), &format!("{verb} {object}"), ink);
        }
        if response.drag_stopped() || !ui.input(|input| input.pointer.any_down()) {
            self.dragged = None;
            match over {
                Some(other) if pushes => ctx.send(Edit::AddNegative(from, other)),
                Some(other) => ctx.send(Edit::AddPair(Pair { anchor: from, positive: other, negative: None, score: None })),
                None => {}
            }
        }
    }

    /// The legend, what is left out, and the axes in words.
    fn footer_ui(&self, ctx: &mut Ctx<'_>, ui: &mut Ui, picture: &Picture, on_map: OnMap) {
        ui.horizontal(|ui| {
            if picture.places.iter().any(|place| place.is_random) {
                untaught_ui(ctx, ui);
            }
            if ctx.playground.is_training_anew() && ctx.playground.last_step() > 0 {
                ui.label(strong_text(ui, "still the run before: another is being trained"));
            }
            match on_map {
                OnMap::Nothing => {}
                OnMap::Forces => forces_legend_ui(ui),
                OnMap::Lines => cosine_legend_ui(ui),
            }
            if let Some(moved) = ctx.playground.moved_by_hand() {
                ui.label(strong_text(ui, moved)).on_hover_text("It is a part of the recipe; Undo takes it back.");
            }
            if self.n_hidden_labels > 0 {
                let why = "There was no room for them. Zoom in, or make labels smaller in the View menu.";
                ui.label(inked(ui, hidden_labels(self.n_hidden_labels), Ink::Weak).small()).on_hover_text(why);
            }
            let n_missing = ctx.playground.document().phrases.len() - picture.places.len();
            // Of a large set, the sentence on the axes says which part is shown.
            if n_missing > 0 && !ctx.playground.run().is_some_and(|run| run.is_subset()) {
                ui.label(inked(ui, not_embedded(n_missing), Ink::Weak).small());
            }
            // A class has no mouse.
            if !ctx.look.presenting {
                ui.add(egui::Label::new(inked(ui, CAMERA_HINT, Ink::Weak).small()).truncate());
            }
        });
        let why = format!("An axis of a map is the direction along which the vectors vary most. Space: {}", picture.space);
        ui.add(egui::Label::new(inked(ui, picture.axes_sentence(), Ink::Weak).small()).truncate()).on_hover_text(why);
    }
}

fn forces_legend_ui(ui: &mut Ui) {
    ui.label(RichText::new("— pulls").font(theme::strong(12.0)).color(theme::ink(ui, Ink::Pull)));
    ui.label(RichText::new("- - pushes").font(theme::strong(12.0)).color(theme::ink(ui, Ink::PushWords)));
    ui.label(inked(ui, "longer: stronger", Ink::Weak).small());
}

/// Bounds with room for the phrases that stand apart in the lower corner: shares of the map's width and height that they
/// take on the left or below.
fn room_beside(bounds: PlotBounds, [on_left, below]: [f32; 2]) -> PlotBounds {
    let widened = |length: f64, share: f32| length * f64::from(share / (1.0 - share));
    let [left, bottom] = bounds.min();
    let min = [left - widened(bounds.width(), on_left), bottom - widened(bounds.height(), below)];
    PlotBounds::from_min_max(min, bounds.max())
}

/// What to do about phrases whose places mean nothing.
fn untaught_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let explanation = "Each phrase has a vector of its own here, random at first; a phrase in no pair, or only in pairs that are kept back to test with, is never moved, so its place means nothing.";
    ui.label(inked(ui, "in the corner: in no pair", Ink::Weak).small()).on_hover_text(explanation);
    if ui.small_button("See in Explore").on_hover_text("Where the model sees them.").clicked() {
        ctx.send(Act::ShowTab(Tab::Explore));
    }
    if ui.small_button("Make a pair…").on_hover_text("A pair teaches both of its phrases.").clicked() {
        ctx.ask(Ask::Pair);
    }
}

/// Words beside the pointer, on a ground of their own: they may lie on labels.
fn paint_hint(ui: &Ui, at: Pos2, words: &str, ink: Ink) {
    let galley = ui.painter().layout_no_wrap(words.to_owned(), theme::strong(13.0), theme::ink(ui, ink));
    let frame = egui::Rect::from_min_size(at, galley.size()).expand2(vec2(8.0, 4.0));
    let border = Stroke::new(1.0, theme::ink(ui, Ink::Line));
    ui.painter().rect(frame, 6.0, theme::ink(ui, Ink::Panel), border, egui::StrokeKind::Inside);
    ui.painter().galley(at, galley, egui::Color32::PLACEHOLDER);
}

fn hover_ui(ctx: &mut Ctx<'_>, response: &Response, id: PhraseId) {
    let Some(neighbourhood) = ctx.neighbourhood_of_hovered(id) else { return };
    let document = ctx.playground.document();
    response.clone().on_hover_ui_at_pointer(|ui| {
        ui.set_max_width(320.0);
        lines_label(ui, &excerpt(document.text(id), 200), theme::strong(13.0), Ink::Text);
        ui.label(inked(ui, format!("nearest in all {} dimensions, by cosine", neighbourhood.dims), Ink::Weak).small());
        for (other, cosine) in neighbourhood.nearest.iter().take(4) {
            ui.label(format!("{cosine:.2}  {}", in_sight(&excerpt(document.text(*other), 44))));
        }
        for warning in neighbourhood.warnings(document) {
            ui.label(inked(ui, sentence_in_sight(&warning), Ink::Weak).small());
        }
    });
}

/// The four stages on the left, the choice of axes on the right.
fn above_map_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.set_height(28.0);
        if !ctx.playground.shows_model() {
            stages_ui(ctx, ui);
            show_batch_ui(ctx, ui);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            axes_ui(ctx, ui);
        });
    });
    if ctx.playground.shows_model() {
        ui.label(inked(
            ui,
            "The model's own vectors: they do not move, and no run is shown here. Choose other axes to see the run.",
            Ink::Weak,
        ));
    }
}

/// The numbers of the batch, for whoever has closed them.
fn show_batch_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let is_open = ctx.playground.shows_batch();
    let has_pairs = ctx.playground.run().is_some_and(|run| !run.pairs.is_empty());
    let button = ui.add_enabled(has_pairs, egui::Button::selectable(is_open, "Batch numbers"));
    let button = button.on_hover_text("The real numbers of the batch beside the map: its cosines, shares and loss.");
    if button.why_not("Without pairs there is no batch; make a pair first.").clicked() {
        ctx.send(Act::ShowBatch(!is_open));
    }
}

fn empty_ui(ctx: &Ctx<'_>, ui: &mut Ui, area: egui::Vec2) {
    let text = if ctx.playground.document().phrases.is_empty() {
        "Type a phrase on the left, open a file, or choose a lesson."
    } else if ctx.playground.shows_model() {
        "The model is being loaded…"
    } else {
        "The phrases are being placed…"
    };
    let (rect, _) = ui.allocate_exact_size(area, Sense::hover());
    paint_text(ui, rect.center(), Align2::CENTER_CENTER, text, 15.0, Ink::Weak);
}

/// The choice of axes, shown above the map.
fn axes_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let chosen = ringed(ctx, ui, Part::Axes, |ui| choice_ui(ui, "Axes", ctx.playground.axes(), |_| true));
    if let Some(axes) = chosen {
        ctx.send(Act::SetAxes(axes));
    }
    let explanation = ctx.playground.axes().sentence();
    if ui.available_width() > 40.0 {
        ui.label(inked(ui, "Axes", Ink::Weak)).on_hover_text(explanation);
    }
}
