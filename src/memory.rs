//! Memory is asked for before it is taken: what an operation will need is a sum of sizes, and what this machine has not is
//! refused with that sum and the way out. A system that has no memory left ends the program, window and all.
//!
//! Each operation computes its own [`Need`], where its sizes are known; how much there may be is decided here alone.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// What may be set in place of the option.
pub const VARIABLE: &str = "EMBEDDING_PLAYGROUND_MEMORY";

/// What an operation gets where the machine does not say what it has free.
const WHERE_UNKNOWN: u64 = 8 << 30;

/// Operations that need less are not refused unless the user says so: the program itself holds as much.
const ALWAYS: u64 = 16 << 20;

/// What the user allows one operation; 0: nothing was said.
static ALLOWED: AtomicU64 = AtomicU64::new(0);

/// A number of bytes, as people write it: `500MB`, `1.5 GB`, `2GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// What is no number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected memory from 1MB to 1000TB such as 500MB or 1.5GB, got {:?}", .0.chars().take(60).collect::<String>())]
pub struct NoBytes(String);

/// Units in the order in which they are looked for, the longer name of two with one ending first.
const UNITS: [(&str, f64); 8] = [
    ("kib", 1024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
    ("tib", 1_099_511_627_776.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
];

impl FromStr for Bytes {
    type Err = NoBytes;

    fn from_str(text: &str) -> Result<Self, NoBytes> {
        let bad = || NoBytes(text.to_owned());
        let lower = text.trim().to_ascii_lowercase();
        let found = UNITS.iter().find_map(|(unit, size)| Some((lower.strip_suffix(unit)?, *size)));
        let (number, unit) = found.ok_or_else(bad)?;
        let number = number.trim();
        let is_plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let bytes = number.parse::<f64>().ok().filter(|_| is_plain).map(|number| number * unit);
        bytes.filter(|bytes| (1e6..=1e15).contains(bytes)).map(|bytes| Self(bytes as u64)).ok_or_else(bad)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as f64;
        match bytes {
            _ if bytes >= 1e12 => write!(f, "{:.1} TB", bytes / 1e12),
            _ if bytes >= 1e9 => write!(f, "{:.1} GB", bytes / 1e9),
            _ => write!(f, "{:.0} MB", (bytes / 1e6).ceil()),
        }
    }
}

/// What one operation may need at most, from now on, in place of what is free.
pub fn allow(bytes: Bytes) {
    ALLOWED.store(bytes.0, Ordering::Relaxed);
}

/// The bytes that one operation that needs `sum` may take now, and whether the user said so.
fn allowed(sum: u64) -> (u64, bool) {
    match ALLOWED.load(Ordering::Relaxed) {
        // Of little nobody has to ask the system.
        0 if sum <= ALWAYS => (ALWAYS, false),
        0 => (crate::files::free_memory().unwrap_or(WHERE_UNKNOWN), false),
        said => (said, true),
    }
}

/// More memory than there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} needs {sum} of memory ({parts}), but {}; {way_out}", available(*.there_is, *.is_said))]
pub struct NoMemory {
    what: &'static str,
    sum: Bytes,
    parts: String,
    there_is: Bytes,
    is_said: bool,
    way_out: &'static str,
}

fn available(there_is: Bytes, is_said: bool) -> String {
    match is_said {
        true => format!("--memory (or {VARIABLE}) allows {there_is}"),
        false => format!("{there_is} are free (--memory SIZE allows more)"),
    }
}

/// What an operation will need, part by part.
#[derive(Debug, Clone)]
pub struct Need {
    what: &'static str,
    way_out: &'static str,
    parts: Vec<(String, u128)>,
}

impl Need {
    /// Of `what`, such as "this training"; `way_out` says what a user can do to need less.
    pub fn of(what: &'static str, way_out: &'static str) -> Self {
        Self { what, way_out, parts: Vec::new() }
    }

    /// The same and a part that is the product of `sizes`, of which one is the bytes of each.
    #[must_use]
    pub fn and(mut self, part: impl Into<String>, sizes: &[usize]) -> Self {
        let bytes = sizes.iter().fold(1_u128, |product, size| product.saturating_mul(*size as u128));
        self.parts.push((part.into(), bytes));
        self
    }

    /// All parts together, in bytes.
    pub fn sum(&self) -> u64 {
        let sum = self.parts.iter().fold(0_u128, |sum, (_, bytes)| sum.saturating_add(*bytes));
        u64::try_from(sum).unwrap_or(u64::MAX)
    }

    /// Asks for it.
    ///
    /// # Errors
    /// If it is more than there is, with the sum and its parts from the largest on.
    pub fn ask(&self) -> Result<(), NoMemory> {
        self.ask_beside(0)
    }

    /// Asks for it where `n_taken` bytes of it are taken already.
    ///
    /// # Errors
    /// As [`Need::ask`].
    pub fn ask_beside(&self, n_taken: usize) -> Result<(), NoMemory> {
        let sum = self.sum();
        let (there_is, is_said) = allowed(sum);
        // What is free is what there was less what is taken.
        let there_is = if is_said { there_is } else { there_is.saturating_add(n_taken as u64) };
        if sum <= there_is {
            return Ok(());
        }
        let mut parts: Vec<&(String, u128)> = self.parts.iter().filter(|(_, bytes)| *bytes > 0).collect();
        parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        let told = |(part, bytes): &&(String, u128)| format!("{part}: {}", Bytes(u64::try_from(*bytes).unwrap_or(u64::MAX)));
        Err(NoMemory {
            what: self.what,
            sum: Bytes(sum),
            parts: parts.iter().map(told).collect::<Vec<_>>().join(", "),
            there_is: Bytes(there_is),
            is_said,
            way_out: self.way_out,
        })
    }
}

/// Asks for a file that is read whole: its bytes, and what they say.
///
/// # Errors
/// If that is more than there is.
pub fn ask_for_file(path: &Path) -> Result<(), NoMemory> {
    let length = crate::files::stamp(path).map_or(0, |(_, length)| usize::try_from(length).unwrap_or(usize::MAX));
    Need::of("reading this file", "read a part of it").and(path.display().to_string(), &[length, 2]).ask()
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Need};

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [("500MB", 500_000_000), ("1.5 gb", 1_500_000_000), ("2GiB", 2 << 30), (" 1tb ", 1_000_000_000_000)]
        {
            assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
        }
        for text in ["", "MB", "500", "-1GB", "1e3GB", "0MB", "0.5MB", "nanGB", "infGB", "2000TB", "1.2.3GB", "5 G B", "+1GB"] {
            assert!(text.parse::<Bytes>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_overflows_is_a_sum_all_the_same() {
        let need = Need::of("it", "ask for less").and("a", &[usize::MAX, usize::MAX]).and("b", &[7]);
        assert_eq!(need.sum(), u64::MAX);
        let refusal = need.ask().expect_err("more than any machine has").to_string();
        assert!(refusal.starts_with("it needs ") && refusal.ends_with("ask for less") && refusal.contains("a: "), "{refusal}");
        assert_eq!(Need::of("it", "").and("a", &[3, 4]).ask(), Ok(()));
    }
}
