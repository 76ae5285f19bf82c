//! How the map goes from one picture to the next: phrases glide, and the camera follows unless somebody moved it.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{Ui, Vec2};
use egui_plot::PlotBounds;

use crate::playground::{PhraseId, Picture};
use crate::ui::pieces::camera::roomy;
use crate::ui::pieces::cloud::CLOUD_FROM;

/// Seconds that a phrase takes to its new place.
const GLIDE: f64 = 0.35;

/// The picture that is shown, on its way to the one that is wanted.
#[derive(Default)]
pub(super) struct Motion {
    target: Option<Arc<Picture>>,
    /// Where phrases were shown when the target was set, and when that was.
    from: BTreeMap<PhraseId, [f64; 2]>,
    from_bounds: Option<[f64; 4]>,
    began: f64,
    shown: Option<Arc<Picture>>,
    /// Somebody moved the camera: it stays.
    pub(super) is_free: bool,
    fits: bool,
    size: Vec2,
}

impl Motion {
    /// The map is of this size now: another one shows everything again.
    pub(super) fn resize(&mut self, size: Vec2) {
        self.fits |= (self.size - size).abs().max_elem() > 1.0;
        self.size = size;
    }

    /// Shows everything again.
    pub(super) fn fit(&mut self) {
        (self.is_free, self.fits) = (false, true);
    }

    /// What is shown now of `target`, to which phrases glide or jump, and where the camera is to look, if it is to be moved.
    pub(super) fn towards(&mut self, ui: &Ui, target: &Arc<Picture>, glides: bool) -> (Arc<Picture>, Option<PlotBounds>) {
        let now = ui.input(|input| input.time);
        if self.target.as_ref().is_none_or(|old| !Arc::ptr_eq(old, target)) {
            self.turn_to(target, now, glides);
        }
        let share = if self.from.is_empty() { 1.0 } else { ((now - self.began) / GLIDE).clamp(0.0, 1.0) };
        let eased = share * share * (3.0 - 2.0 * share);
        if share < 1.0 {
            ui.ctx().request_repaint();
            self.shown = Some(Arc::new(self.between(target, eased)));
        } else if !self.from.is_empty() || self.shown.is_none() {
            self.from.clear();
            (self.shown, self.fits) = (Some(target.clone()), true);
        }
        let shown = self.shown.clone().unwrap_or_else(|| target.clone());
        let moves = !self.is_free && (share < 1.0 || std::mem::take(&mut self.fits));
        (shown, moves.then(|| roomy(self.bounds(target, eased))))
    }

    /// Of many phrases none glides: they jump, and so they do if all of them are others.
    fn turn_to(&mut self, target: &Arc<Picture>, now: f64, glides: bool) {
        let before = self.shown.take();
        self.from_bounds = before.as_ref().map(|before| before.bounds);
        self.from.clear();
        let is_known = before.as_ref().is_some_and(|before| {
            let first = target.places.first().map(|place| place.phrase);
            before.space == target.space && first.is_some_and(|first| before.place(first).is_some())
        });
        if !is_known {
            self.is_free = false;
        }
        if let Some(before) =
            before.filter(|before| glides && is_known && before.places.len().max(target.places.len()) < CLOUD_FROM)
        {
            self.from = before.places.iter().map(|place| (place.phrase, place.at)).collect();
        }
        (self.target, self.began, self.fits) = (Some(target.clone()), now, true);
    }

    fn between(&self, target: &Picture, share: f64) -> Picture {
        let mut picture = target.clone();
        for place in &mut picture.places {
            if let Some(from) = self.from.get(&place.phrase) {
                place.at = [0, 1].map(|axis| from[axis] + share * (place.at[axis] - from[axis]));
            }
        }
        picture
    }

    fn bounds(&self, target: &Picture, share: f64) -> [f64; 4] {
        let from = self.from_bounds.unwrap_or(target.bounds);
        [0, 1, 2, 3].map(|side| from[side] + share * (target.bounds[side] - from[side]))
    }
}
