//! How far something is that comes over a network: a bar, and beside it how much, how fast and how long still.

use eframe::egui::{self, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use super::theme;
use super::widgets::inked;
use crate::drawing::Ink;
use crate::playground::Activity;
use crate::progress::{BYTES, Progress};

/// Draws it; `what` says what is going on before anything is known.
pub(in crate::ui) fn transfer_ui(ui: &mut Ui, activity: &Activity, what: &str) {
    let words = words_of(activity, what);
    match activity.progress.filter(|progress| progress.total > 0) {
        Some(progress) => bar_ui(ui, progress.share(), &words),
        None => {
            ui.add(egui::Spinner::new().size(14.0));
        }
    }
    ui.add(egui::Label::new(inked(ui, words, Ink::Weak).small()).wrap());
}

fn bar_ui(ui: &mut Ui, share: f32, words: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, words));
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), rect.height()));
    ui.painter().rect_filled(rect, 3.0, theme::ink(ui, Ink::Line));
    ui.painter().rect_filled(filled, 3.0, theme::ink(ui, Ink::Accent));
}

/// Such as "downloading: 34 of 91 MB · 3.1 MB/s · 18 s left".
fn words_of(activity: &Activity, what: &str) -> String {
    let Some(progress) = activity.progress.filter(|progress| progress.total > 0) else { return format!("{what}…") };
    let Progress { done, total, unit } = progress;
    let rate = f64::from(activity.per_second);
    let left =
        if rate > 0.0 { format!(" · {} left", duration((total.saturating_sub(done)) as f64 / rate)) } else { String::new() };
    if !is_bytes(unit) {
        return format!("{what}: {done} of {total} {unit}{left}");
    }
    // A step of its own is called by its own name.
    let what = if unit == BYTES { what } else { "checking" };
    format!("{what}: {} of {} · {}/s{left}", bytes(done as u64), bytes(total as u64), bytes(rate as u64))
}

fn is_bytes(unit: &str) -> bool {
    unit.starts_with(BYTES)
}

/// So many bytes in three digits at most.
pub(in crate::ui) fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let mut amount = n as f64 / 1000.0;
    let mut unit = 0;
    while amount >= 999.5 && unit + 1 < UNITS.len() {
        (amount, unit) = (amount / 1000.0, unit + 1);
    }
    let digits = usize::from(amount < 9.95);
    format!("{amount:.digits$} {}", UNITS[unit])
}

/// A time in one unit or two.
pub(in crate::ui) fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (hours, minutes) => format!("{hours} h {} min", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, duration, words_of};
    use crate::jobs::Task;
    use crate::playground::Activity;
    use crate::progress::{BYTES, Progress};

    #[test]
    fn amounts_have_three_digits_at_most() {
        for (n, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_960, "10 kB"),
            (999_400, "999 kB"),
            (999_600, "1.0 MB"),
            (90_900_000, "91 MB"),
        ] {
            assert_eq!(bytes(n), text, "{n}");
        }
        for (seconds, text) in [(0.2, "0 s"), (59.4, "59 s"), (61.0, "1 min 1 s"), (7260.0, "2 h 1 min")] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn how_far_it_is_says_how_much_how_fast_and_how_long() {
        let activity = |done, unit, per_second| Activity {
            task: Task::FetchModel,
            progress: Some(Progress { done, total: 91_000_000, unit }),
            per_second,
        };
        let words = words_of(&activity(34_000_000, BYTES, 3_000_000.0), "downloading");
        assert_eq!(words, "downloading: 34 MB of 91 MB · 3.0 MB/s · 19 s left");
        assert_eq!(words_of(&activity(0, BYTES, 0.0), "downloading"), "downloading: 0 B of 91 MB · 0 B/s");
        assert!(words_of(&activity(91_000_000, "bytes checked", 1e9), "downloading").starts_with("checking: 91 MB of 91 MB"));
    }
}
