//! Plots that stay where they are, and the bars of histograms in them.

use eframe::egui::{Rangef, Ui, vec2};
use egui_plot::{AxisHints, Bar, Plot};

use super::ticks;
use crate::space::HISTOGRAM_BINS;

/// A plot that stays where it is.
pub(in crate::ui) fn still_plot(name: &str, ui: &Ui) -> Plot<'static> {
    Plot::new(name.to_owned())
        .width(ui.max_rect().width())
        .height(ui.available_height())
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .show_grid([false, true])
        .show_axes([true, true])
        .x_grid_spacer(ticks::along)
        .y_grid_spacer(ticks::upwards)
        .custom_x_axes(vec![labelled(AxisHints::new_x(), ticks::SPACING_ALONG)])
        .custom_y_axes(vec![labelled(AxisHints::new_y(), ticks::SPACING_UPWARDS)])
        .set_margin_fraction(vec2(0.0, 0.08))
        .show_crosshair(false)
}

fn labelled(axis: AxisHints<'static>, spacing: Rangef) -> AxisHints<'static> {
    axis.formatter(|mark, _| ticks::label(&mark)).label_spacing(spacing)
}

/// A bar for each range of cosines, as high as its share of all.
pub(in crate::ui) fn cosine_bars(counts: &[u32; HISTOGRAM_BINS]) -> Vec<Bar> {
    let total = f64::from(counts.iter().sum::<u32>().max(1));
    let width = 2.0 / HISTOGRAM_BINS as f64;
    let centre = |bin: usize| -1.0 + (bin as f64 + 0.5) * width;
    counts.iter().enumerate().map(|(bin, count)| Bar::new(centre(bin), f64::from(*count) / total).width(width * 0.9)).collect()
}
