//! Ending as the system asks (SIGHUP, SIGINT, SIGTERM): nothing temporary stays, and whoever waits learns of what it ended.
//!
//! Long work need not ask whether it should stop, and what waits for a disk or a network can't: a thread of its own hears
//! the signal, tidies up and ends the process. On systems without signals the process ends as it always did.

/// From now on the signals that end a process end this one after `before` was done and its temporary files are gone: by
/// the signal itself, so that a shell says 128 and its number (130 for Ctrl-C) and stops its script. A second signal ends
/// it at once. Signals that were ignored at the start (`nohup`) stay so.
///
/// # Errors
/// If the system gives no thread or takes no handler.
#[cfg(unix)]
pub fn end_cleanly_on_signals(before: impl Fn() + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag::register_conditional_default;
    use signal_hook::iterator::Signals;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    let heard: Vec<i32> = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal)).collect();
    let is_ending = Arc::new(AtomicBool::new(false));
    for signal in &heard {
        register_conditional_default(*signal, Arc::clone(&is_ending))?;
    }
    let mut signals = Signals::new(&heard)?;
    let listen = move || {
        let Some(signal) = signals.forever().next() else { return };
        is_ending.store(true, Ordering::SeqCst);
        before();
        super::temporary::remove_all(PATIENCE);
        end_by(signal);
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map(drop)
}

/// Without signals there is nothing to hear.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn end_cleanly_on_signals(_before: impl Fn() + Send + 'static) -> std::io::Result<()> {
    Ok(())
}

/// How long a folder whose files change together is waited for: it is whole at every moment, but would keep what was
/// prepared beside it.
#[cfg(unix)]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

#[cfg(unix)]
fn end_by(signal: i32) -> ! {
    // The first process of a container is not ended by signals that it does not handle.
    if std::process::id() != 1 {
        signal_hook::low_level::emulate_default_handler(signal).unwrap_or_default();
    }
    std::process::exit(128 + signal)
}

/// Whether whoever started this process wants it to ignore `signal`; where the system does not say, he does not.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignores(&status, signal)
}

/// Whether the mask in `status` (`SigIgn:` in `/proc/PROCESS/status`) has the bit of `signal`.
#[cfg(unix)]
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignores;

    #[test]
    fn a_signal_that_is_ignored_is_known_by_its_bit() {
        let status = "Name:\tx\nSigBlk:\t0000000000000004\nSigIgn:\t0000000000001001\n";
        assert!(ignores(status, 1) && ignores(status, 13));
        assert!(!ignores(status, 2) && !ignores(status, 3) && !ignores(status, 15));
        assert!(!ignores("", 1));
    }
}
