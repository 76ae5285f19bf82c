//! Seeds as somebody types them: a list, a range, or both.

use std::fmt;
use std::str::FromStr;

use super::error::MAX_RUNS;

/// The seeds of runs that are compared: each once, 2 to [`MAX_RUNS`] of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeds(Vec<u64>);

/// Why a text names no seeds to compare.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeedsError {
    /// There is none, or something that is no seed.
    #[error("expected seeds such as 1,2,5 or 1-9, got {0:?}")]
    Text(String),
    /// A range that falls.
    #[error("expected a range that rises, such as {1}-{0}, got {0}-{1}")]
    Falling(u64, u64),
    /// One stands twice: the same seed is the same run.
    #[error("expected every seed once, got {0} twice")]
    Twice(u64),
    /// Too few or too many.
    #[error("expected 2 to {MAX_RUNS} seeds, got {0}")]
    Count(u64),
}

impl Seeds {
    /// `n` seeds from `first` on.
    pub fn from_first(first: u64, n: usize) -> Self {
        Self((0..n.clamp(2, MAX_RUNS) as u64).map(|index| first.wrapping_add(index)).collect())
    }

    /// The seeds, in the order in which they were named.
    pub fn all(&self) -> &[u64] {
        &self.0
    }
}

impl TryFrom<Vec<u64>> for Seeds {
    type Error = SeedsError;

    fn try_from(seeds: Vec<u64>) -> Result<Self, SeedsError> {
        let twice = seeds.iter().enumerate().find(|(index, seed)| seeds[..*index].contains(seed));
        match twice {
            Some((_, seed)) => Err(SeedsError::Twice(*seed)),
            None if (2..=MAX_RUNS).contains(&seeds.len()) => Ok(Self(seeds)),
            None => Err(SeedsError::Count(seeds.len() as u64)),
        }
    }
}

impl FromStr for Seeds {
    type Err = SeedsError;

    fn from_str(text: &str) -> Result<Self, SeedsError> {
        let wrong = || SeedsError::Text(text.trim().chars().take(40).collect());
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
        let mut seeds = Vec::new();
        for part in text.split([',', ';']).map(str::trim) {
            let (first, last) = match part.split_once(['-', '–']) {
                Some((first, last)) => (number(first)?, number(last)?),
                None => (number(part)?, number(part)?),
            };
            if first > last {
                return Err(SeedsError::Falling(first, last));
            }
            // A range of a million is counted, not made.
            let n = (last - first).saturating_add(1);
            if n > MAX_RUNS as u64 {
                return Err(SeedsError::Count(n.saturating_add(seeds.len() as u64)));
            }
            seeds.extend(first..=last);
        }
        seeds.try_into()
    }
}

/// As it can be typed: a range where they follow each other.
impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let follow = self.0.windows(2).all(|two| two[0].checked_add(1) == Some(two[1]));
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) if follow && self.0.len() > 2 => write!(f, "{first}-{last}"),
            _ => f.write_str(&self.0.iter().map(u64::to_string).collect::<Vec<_>>().join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Seeds, SeedsError};

    #[test]
    fn lists_and_ranges_are_read_and_written() {
        for (text, seeds, written) in [
            ("1,2,5", vec![1, 2, 5], "1,2,5"),
            ("1-9", (1..=9).collect(), "1-9"),
            (" 3 - 5 , 9", vec![3, 4, 5, 9], "3,4,5,9"),
            ("4;5;6", vec![4, 5, 6], "4-6"),
            ("2,1", vec![2, 1], "2,1"),
        ] {
            let read: Seeds = text.parse().expect("seeds");
            assert_eq!((read.all().to_vec(), read.to_string()), (seeds, written.to_owned()), "{text}");
        }
        assert_eq!(Seeds::from_first(7, 4).to_string(), "7-10");
        assert_eq!(Seeds::from_first(u64::MAX, 2).all(), [u64::MAX, 0]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text: &str| text.parse::<Seeds>().expect_err("no seeds");
        for text in ["", "a", "1,", "1,,2", "1-", "-1", "1.5,2", "1-2-3"] {
            assert_eq!(error(text), SeedsError::Text(text.to_owned()), "{text}");
        }
        assert_eq!(error("9-1").to_string(), "expected a range that rises, such as 1-9, got 9-1");
        assert_eq!(error("1,2,1"), SeedsError::Twice(1));
        assert_eq!(error("5"), SeedsError::Count(1));
        assert_eq!(error("1-10"), SeedsError::Count(10));
        assert_eq!(error("0-18446744073709551615").to_string(), "expected 2 to 9 seeds, got 18446744073709551615");
    }
}
