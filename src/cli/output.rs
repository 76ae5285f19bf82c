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
    let started = Instant::now();
    let mut shown = started;
    let is_terminal = std::io::stderr().is_terminal();
    move |progress| {
        let is_last = progress.done == progress.total;
        if is_terminal && progress != Progress::HEARTBEAT && (shown.elapsed() > Duration::from_millis(100) || is_last) {
            shown = Instant::now();
            let rate = progress.done as f32 / started.elapsed().as_secs_f32().max(1e-6);
            let end = if is_last { "\n" } else { "" };
            let line = format!("\r{} of {} {} · {rate:.0} a second{end}", progress.done, progress.total, progress.unit);
            std::io::stderr().write_all(line.as_bytes()).unwrap_or_default();
        }
        ControlFlow::Continue(())
    }
}
