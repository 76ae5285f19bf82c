//! Where the axes of charts have their marks: at round numbers, as near each other as their labels allow.
//!
//! `egui_plot`'s own marks are powers of ten, which leaves the axis of 10 000 steps with one label.

use eframe::egui::Rangef;
use egui_plot::{GridInput, GridMark};

/// Between which distances of marks in points their labels beside each other appear.
pub(in crate::ui) const SPACING_ALONG: Rangef = Rangef { min: 40.0, max: 55.0 };
/// Between which distances labels above each other appear.
pub(in crate::ui) const SPACING_UPWARDS: Rangef = Rangef { min: 12.0, max: 18.0 };
/// Least distance of labels beside each other, in least distances of marks (8 points).
const ROOM_ALONG: f64 = 7.0;
/// Least distance of labels above each other.
const ROOM_UPWARDS: f64 = 2.5;

/// Marks of a horizontal axis.
pub(in crate::ui) fn along(input: GridInput) -> Vec<GridMark> {
    marks_along(&input, 0.0)
}

/// Marks of a horizontal axis of counts: whole numbers.
pub(in crate::ui) fn counts_along(input: GridInput) -> Vec<GridMark> {
    marks_along(&input, 1.0)
}

/// Marks of a vertical axis, whose labels need less room.
pub(in crate::ui) fn upwards(input: GridInput) -> Vec<GridMark> {
    marks_upwards(&input, 0.0)
}

/// Marks of a vertical axis of counts.
pub(in crate::ui) fn counts_upwards(input: GridInput) -> Vec<GridMark> {
    marks_upwards(&input, 1.0)
}

/// Marks of a vertical axis of common logarithms: 1, 2 and 5 times each power of ten, powers alone where there is
/// no room for these, and round exponents where not even two of these are in range.
pub(in crate::ui) fn upwards_log(input: GridInput) -> Vec<GridMark> {
    if ROOM_UPWARDS * input.base_step_size > 2.0_f64.log10() {
        return marks_upwards(&input, 1.0);
    }
    let (from, to) = input.bounds;
    let marks: Vec<GridMark> = marks_in(from.floor(), to, 1.0)
        .into_iter()
        .flat_map(|power| [1.0, 2.0, 5.0_f64].map(|times| GridMark { value: power.value + times.log10(), ..power }))
        .filter(|mark| (from..=to).contains(&mark.value))
        .collect();
    if marks.len() < 2 { marks_upwards(&input, 0.0) } else { marks }
}

fn marks_along(input: &GridInput, least_step: f64) -> Vec<GridMark> {
    // Half a label, which the right end of the chart would cut off.
    let margin = ROOM_ALONG / 3.0 * input.base_step_size;
    marks_in(input.bounds.0, input.bounds.1 - margin, round_step(ROOM_ALONG * input.base_step_size).max(least_step))
}

fn marks_upwards(input: &GridInput, least_step: f64) -> Vec<GridMark> {
    marks_in(input.bounds.0, input.bounds.1, round_step(ROOM_UPWARDS * input.base_step_size).max(least_step))
}

/// The least of 1, 2 and 5 times a power of ten that is no less than `least`.
fn round_step(least: f64) -> f64 {
    let power = 10.0_f64.powf(least.max(f64::MIN_POSITIVE).log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= least).unwrap_or(10.0 * power)
}

/// The number at a mark with as many decimals as the step between marks has, if there is room for them.
pub(in crate::ui) fn label(mark: &GridMark) -> String {
    const MOST_DECIMALS: f64 = 4.0;
    // Adding 0 makes a zero of a negative zero.
    let value = (mark.value / mark.step_size).round() * mark.step_size + 0.0;
    match -mark.step_size.log10().floor() {
        decimals if decimals > MOST_DECIMALS && value != 0.0 => format!("{value:.1e}"),
        decimals => format!("{value:.0$}", decimals.clamp(0.0, MOST_DECIMALS) as usize),
    }
}

/// The number whose common logarithm a mark has, to two digits or as many as tell it from the next mark.
pub(in crate::ui) fn label_log(mark: &GridMark) -> String {
    let share_to_next = 10.0_f64.powf(mark.step_size.abs()) - 1.0;
    let n_digits = (1.0 - share_to_next.log10()).ceil().clamp(2.0, 9.0) as usize;
    let rounded: f64 = format!("{:.*e}", n_digits - 1, 10.0_f64.powf(mark.value)).parse().unwrap_or(f64::NAN);
    if (1e-3..1e5).contains(&rounded) { rounded.to_string() } else { format!("{rounded:e}") }
}

/// Multiples of `step` in `from..=to`.
fn marks_in(from: f64, to: f64, step: f64) -> Vec<GridMark> {
    /// More than there is room for: a range that is no range makes no endless list.
    const MOST: i64 = 1000;
    let [first, last] = [(from / step).ceil() as i64, (to / step).floor() as i64];
    let last = last.min(first.saturating_add(MOST));
    (first..=last).map(|number| GridMark { value: number as f64 * step, step_size: step }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(marks: Vec<GridMark>) -> Vec<f64> {
        marks.into_iter().map(|mark| (mark.value * 1e6).round() / 1e6).collect()
    }

    #[test]
    fn marks_are_round_and_never_nearer_than_their_labels_need() {
        let input = |from, to, pixels: f64| GridInput { bounds: (from, to), base_step_size: 8.0 * (to - from) / pixels };
        assert_eq!(values(along(input(0.0, 10_000.0, 250.0))), [0.0, 5000.0]);
        assert_eq!(values(along(input(0.0, 230.0, 250.0))), [0.0, 100.0, 200.0]);
        assert_eq!(values(counts_along(input(0.0, 3.5, 900.0))), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(values(upwards(input(-0.2, 0.8, 100.0))), [-0.2, 0.0, 0.2, 0.4, 0.6, 0.8]);
        assert_eq!(values(upwards_log(input(-3.0, 3.0, 100.0))), [-2.0, 0.0, 2.0]);
        assert_eq!(upwards_log(input(-0.7, 0.5, 100.0)).len(), 4, "0.2, 0.5, 1 and 2");
        let shown = values(upwards_log(input(0.0, 0.8, 100.0))).into_iter().map(|log| 10.0_f64.powf(log).round());
        assert_eq!(shown.collect::<Vec<_>>(), [1.0, 2.0, 5.0]);
        assert_eq!(values(upwards_log(input(0.08, 0.28, 100.0))), [0.1, 0.15, 0.2, 0.25]);
        assert!(along(GridInput { bounds: (0.0, f64::INFINITY), base_step_size: 1.0 }).len() <= 1001);
    }

    #[test]
    fn a_label_has_the_decimals_of_its_step() {
        let label_of = |value, step_size| label(&GridMark { value, step_size });
        assert_eq!(
            [label_of(0.5, 0.5), label_of(3.0 * 0.1, 0.1), label_of(-0.0, 1.0), label_of(5000.0, 5000.0), label_of(12e-7, 2e-7)],
            ["0.5", "0.3", "0", "5000", "1.2e-6"]
        );
        let log_of = |value: f64| label_log(&GridMark { value: value.log10(), step_size: 1.0 });
        assert_eq!([log_of(2.0), log_of(0.05), log_of(1.26), log_of(1e-7), log_of(2e6)], ["2", "0.05", "1.3", "1e-7", "2e6"]);
    }
}
