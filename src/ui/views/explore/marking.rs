//! Marking many phrases at once: by drawing around them, or by a box over them.
//!
//! What is done with those that are marked stands in `side.rs`.

use eframe::egui::{Pos2, Rect, Response, Shape, Stroke, Ui, pos2};

use crate::choice::choice;
use crate::drawing::Ink;
use crate::playground::views::ExploreCommand;
use crate::playground::{PhraseId, Picture};
use crate::scene::View;
use crate::ui::context::Ctx;
use crate::ui::pieces::cloud::is_in_polygon;
use crate::ui::pieces::theme;

choice! {
    /// What dragging on the map does.
    #[derive(Default)]
    pub(super) enum Tool {
        #[default]
        Move {
            name: "move",
            label: "Move",
            sentence: "Dragging pans the map; with depth it turns the cloud. With Shift it marks.",
        },
        Lasso {
            name: "lasso",
            label: "Lasso",
            sentence: "Draw around phrases to mark them; with Ctrl they are marked as well as those before.",
        },
        Box {
            name: "box",
            label: "Box",
            sentence: "Drag a box over phrases to mark them; with Ctrl they are marked as well as those before.",
        },
    }
}

/// Corners closer than this to the one before, in points, are not kept.
const CORNER_DISTANCE: f32 = 3.0;

/// What is being drawn around phrases.
#[derive(Debug, Default)]
pub(super) struct Marking {
    pub(super) tool: Tool,
    corners: Vec<Pos2>,
}

impl Marking {
    /// Whether dragging marks now.
    pub(super) fn marks(&self, ui: &Ui) -> bool {
        self.tool != Tool::Move || !self.corners.is_empty() || ui.input(|input| input.modifiers.shift)
    }

    /// Follows the pointer; at the end of a drag the phrases inside are marked.
    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui, response: &Response, picture: &Picture, view: &View) {
        if response.drag_started() && self.marks(ui) {
            self.corners = ui.input(|input| input.pointer.press_origin()).into_iter().collect();
        }
        if self.corners.is_empty() {
            return;
        }
        if let Some(at) = response.interact_pointer_pos()
            && self.corners.last().is_none_or(|last| last.distance(at) >= CORNER_DISTANCE)
        {
            self.corners.push(at);
        }
        let outline = self.outline();
        let accent = theme::ink(ui, Ink::Accent);
        ui.painter().add(Shape::closed_line(outline.clone(), Stroke::new(1.5, accent)));
        if response.drag_stopped() || !ui.input(|input| input.pointer.any_down()) {
            let inside = phrases_in(picture, view, &outline);
            let is_more = ui.input(|input| input.modifiers.command);
            ctx.send(if is_more { ExploreCommand::MarkMore(inside) } else { ExploreCommand::Mark(inside) });
            self.corners.clear();
        }
    }

    /// A box has its first and its last corner.
    fn outline(&self) -> Vec<Pos2> {
        match (self.tool, self.corners.first(), self.corners.last()) {
            (Tool::Box, Some(first), Some(last)) => {
                let rect = Rect::from_two_pos(*first, *last);
                vec![rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()]
            }
            _ => self.corners.clone(),
        }
    }
}

fn phrases_in(picture: &Picture, view: &View, outline: &[Pos2]) -> Vec<PhraseId> {
    let corners: Vec<[f32; 2]> = outline.iter().map(|at| [at.x, at.y]).collect();
    let bounds = Rect::from_points(outline);
    let is_inside = |[x, y]: [f32; 2]| bounds.contains(pos2(x, y)) && is_in_polygon(&corners, x, y);
    picture.places.iter().filter(|place| is_inside(view.pixel(place.at))).map(|place| place.phrase).collect()
}
