//! Writing what a verb found, and saying how far it is.
//!
//! All printing goes through here, as `println!` and `eprintln!` panic where a stream is full or closed; what is meant
//! for people is shown as `terminal` shows it, data goes out as it is.

use std::io::{ErrorKind, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::files;
use crate::progress::Progress;
pub(super) use crate::terminal::say;
use crate::terminal::shown;

const NO_STDOUT: &str = "cannot write to standard output";

/// Prints the one message of a failure.
pub fn report_failure(error: &anyhow::Error) {
    say(&format!("error: {error:#}"));
}

/// Prints what the parser of arguments has to say: help, the version, or what is wrong. Returns the exit code.
pub fn report_usage(error: &clap::Error) -> u8 {
    match error.print().and_then(|()| std::io::stdout().flush()) {
        Err(cause) if !error.use_stderr() && cause.kind() != ErrorKind::BrokenPipe => {
            report_failure(&anyhow::Error::from(cause).context(NO_STDOUT));
            1
        }
        _ => u8::try_from(error.exit_code()).unwrap_or(2),
    }
}

/// Says on stderr what a user would not expect, though it is no failure.
pub(super) fn note(text: &str) {
    say(&format!("note: {text}"));
}

/// Prints one JSON object on stdout.
pub(super) fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print_text(&(serde_json::to_string(value)? + "\n"))
}

/// Prints lines for people on stdout.
pub(super) fn print_lines(text: &str) -> anyhow::Result<()> {
    print_text(&shown(text))
}

/// Prints data on stdout, as it is; a reader that has gone (`| head`) is no failure.
pub(super) fn print_text(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    // What is left in the buffer would be lost in silence when the program ends.
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context(NO_STDOUT),
        _ => Ok(()),
    }
}

/// Whether what a verb will find can be written to `path`: to be asked before the work.
pub(super) fn check_target(path: &Path) -> anyhow::Result<()> {
    Ok(files::check_target(path)?)
}

/// Writes to a file, all or nothing, or to stdout where none is named.
pub(super) fn write_bytes(path: Option<&Path>, bytes: &[u8]) -> anyhow::Result<()> {
    match path {
        Some(path) => Ok(files::write_atomically(path, bytes)?),
        None => print_bytes(bytes),
    }
}

/// A listener that keeps one line on stderr up to date; silent where stderr is a file.
pub(super) fn progress_line() -> impl FnMut(Progress) -> ControlFlow<()> {
    let is_terminal = std::io::stderr().is_terminal();
    let mut line = ProgressLine::default();
    move |progress| {
        if is_terminal && let Some(text) = line.heard(progress, Instant::now()) {
            std::io::stderr().write_all(text.as_bytes()).unwrap_or_default();
        }
        ControlFlow::Continue(())
    }
}

/// What a line of progress has to remember: of the work that has this total and unit, where and when it was met first,
/// and when it was shown last.
#[derive(Default)]
struct ProgressLine {
    first: Option<(Progress, Instant)>,
    shown: Option<Instant>,
    is_ended: bool,
}

impl ProgressLine {
    /// What is to be written, if it is time.
    fn heard(&mut self, progress: Progress, now: Instant) -> Option<String> {
        if progress == Progress::HEARTBEAT {
            return None;
        }
        let is_same = |(first, _): &(Progress, Instant)| (first.total, first.unit) == (progress.total, progress.unit);
        let (first, since) = match self.first.filter(is_same) {
            Some(first) => first,
            None => {
                (self.shown, self.is_ended) = (None, false);
                *self.first.insert((progress, now))
            }
        };
        let is_last = progress.done == progress.total;
        let is_time = self.shown.is_none_or(|shown| now - shown > Duration::from_millis(100));
        if self.is_ended || !(is_last || is_time) {
            return None;
        }
        (self.shown, self.is_ended) = (Some(now), is_last);
        let end = if is_last { "\n" } else { "" };
        Some(format!("\r{}\x1b[K{end}", words(progress, first.done, now - since)))
    }
}

/// How far it is, how fast, and how long it takes yet; bytes are counted in millions.
fn words(progress: Progress, first_done: usize, taken: Duration) -> String {
    let Progress { done, total, unit } = progress;
    let rate = done.saturating_sub(first_done) as f64 / taken.as_secs_f64().max(1e-6);
    let Some(kind) = unit.strip_prefix("bytes") else { return format!("{done} of {total} {unit} · {rate:.0} a second") };
    let (done, total) = (done as f64 / 1e6, total as f64 / 1e6);
    let rate = rate / 1e6;
    // Of the first moments nothing can be foretold.
    let left = if rate > 0.0 && taken > Duration::from_millis(500) && done < total {
        format!(" · {} left", time((total - done) / rate))
    } else {
        String::new()
    };
    format!("{done:.1} of {total:.1} MB{kind} · {rate:.1} MB a second{left}")
}

fn time(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    if seconds < 100 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_with_their_rate_and_the_time_left() {
        let bytes = |done, unit| Progress { done, total: 90_900_000, unit };
        let words = |progress, seconds| words(progress, 10_000_000, Duration::from_secs(seconds));
        assert_eq!(words(bytes(30_000_000, "bytes"), 10), "30.0 of 90.9 MB · 2.0 MB a second · 31 s left");
        assert_eq!(words(bytes(11_000_000, "bytes"), 10), "11.0 of 90.9 MB · 0.1 MB a second · 14 min left");
        assert_eq!(words(bytes(90_900_000, "bytes checked"), 1), "90.9 of 90.9 MB checked · 80.9 MB a second");
        assert_eq!(words(Progress { done: 30, total: 40, unit: "steps" }, 1), "30 of 40 steps · 0 a second");
    }

    #[test]
    fn a_line_ends_once_and_each_step_has_its_own() {
        let now = Instant::now();
        let mut line = ProgressLine::default();
        let mut heard = |done, unit, after| {
            line.heard(Progress { done, total: 10, unit }, now + Duration::from_millis(after)).map(|text| text.ends_with('\n'))
        };
        assert_eq!(heard(1, "bytes", 0), Some(false));
        assert_eq!(heard(2, "bytes", 50), None);
        assert_eq!(heard(3, "bytes", 200), Some(false));
        assert_eq!(heard(10, "bytes", 210), Some(true));
        assert_eq!(heard(10, "bytes", 400), None);
        assert_eq!(heard(10, "bytes checked", 410), Some(true));
    }
}
