//! Writing what a verb found, and saying how far it is.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::files;
use crate::progress::Progress;

/// Prints the one message of a failure.
pub fn report_failure(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}

/// Says on stderr what a user would not expect, though it is no failure.
pub(super) fn note(text: &str) {
    eprintln!("note: {text}");
}

/// Prints one JSON object on stdout.
pub(super) fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print_text(&(serde_json::to_string(value)? + "\n"))
}

/// Prints text on stdout; a reader that has gone (`| head`) is no failure.
pub(super) fn print_text(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("cannot write to standard output"),
        _ => Ok(()),
    }
}

/// Writes to a file, all or nothing, or to stdout where none is named.
pub(super) fn write_bytes(path: Option<&Path>, bytes: &[u8]) -> anyhow::Result<()> {
    match path {
        Some(path) => Ok(files::write_atomically(path, bytes)?),
        None => print_text(&String::from_utf8_lossy(bytes)),
    }
}

/// A listener that keeps one line on stderr up to date; silent where stderr is a file.
pub(super) fn progress_line() -> impl FnMut(Progress) -> ControlFlow<()> {
    let started = Instant::now();
    let mut shown = started;
    let is_terminal = std::io::stderr().is_terminal();
    move |progress| {
        let is_last = progress.done == progress.total;
        if is_terminal && progress != Progress::HEARTBEAT && (shown.elapsed() > Duration::from_millis(100) || is_last) {
            shown = Instant::now();
            let rate = progress.done as f32 / started.elapsed().as_secs_f32().max(1e-6);
            let end = if is_last { "\n" } else { "" };
            eprint!("\r{} of {} {} · {rate:.0} a second{end}", progress.done, progress.total, progress.unit);
        }
        ControlFlow::Continue(())
    }
}
