//! The camera of a map: the wheel zooms at the pointer, dragging pans. egui_plot keeps where it looks.
//!
//! What a click, a double-click or a drag from a phrase means is the view's business.

use eframe::egui::{Response, Sense, Ui, Vec2};
use egui_plot::{Plot, PlotBounds, PlotTransform};

use crate::scene::View;

/// What is said of it in a corner of every map.
pub(in crate::ui) const CAMERA_HINT: &str = "wheel zooms, drag pans, double-click fits";

/// How much one notch of the wheel (50 points) zooms: e to this power.
const ZOOM_A_NOTCH: f32 = 0.2;

/// Draws the ground of a map of `size` that is called `name`; it looks at `wanted` from now on, if that is given.
pub(in crate::ui) fn camera_ui(ui: &mut Ui, name: &str, size: Vec2, wanted: Option<PlotBounds>, pans: bool) -> (Response, View) {
    let wheel = ui.input(|input| input.smooth_scroll_delta.y);
    let plot = Plot::new(name)
        .width(size.x)
        .height(size.y)
        .data_aspect(1.0)
        .show_axes(false)
        .show_grid(false)
        .show_background(false)
        .allow_drag(pans)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_x(false)
        .show_y(false)
        .sense(Sense::click_and_drag())
        .label_formatter(|_| None)
        .show(ui, |plot| {
            if let Some(bounds) = wanted {
                plot.set_plot_bounds(bounds);
            } else if wheel != 0.0 && plot.response().contains_pointer() {
                plot.zoom_bounds_around_hovered(Vec2::splat((wheel * ZOOM_A_NOTCH / 50.0).exp()));
            }
        });
    let view = view_of(&plot.transform);
    (plot.response, view)
}

/// What the plot's camera shows, as a view of the scene.
fn view_of(transform: &PlotTransform) -> View {
    let (frame, bounds) = (transform.frame(), transform.bounds());
    let centre = bounds.center();
    View {
        area: [frame.left(), frame.top(), frame.right(), frame.bottom()],
        centre: [centre.x, centre.y],
        scale: f64::from(frame.width()) / bounds.width().max(1e-12),
    }
}

/// Bounds with room for labels around the outermost points.
pub(in crate::ui) fn roomy([left, bottom, right, top]: [f64; 4]) -> PlotBounds {
    let (w, h) = ((right - left).max(1e-6), (top - bottom).max(1e-6));
    PlotBounds::from_min_max([left - 0.16 * w, bottom - 0.1 * h], [right + 0.16 * w, top + 0.1 * h])
}
