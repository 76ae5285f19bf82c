//! How similar two phrases are said to be: a label or a score of a pair.

use std::cmp::Ordering;

/// A number from 0 (nothing in common) to 1 (the same); a label is one of the two.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct Score(f32);

impl Score {
    /// `value` as a score; `None` outside of 0..=1.
    pub fn new(value: f32) -> Option<Self> {
        // Without the sign of a negative zero.
        (0.0..=1.0).contains(&value).then_some(Self(value.abs()))
    }

    /// The number, 0..=1.
    pub fn value(self) -> f32 {
        self.0
    }

    /// Whether it is 0 or 1.
    pub fn is_label(self) -> bool {
        self.0 == 0.0 || self.0 == 1.0
    }
}

impl TryFrom<f32> for Score {
    type Error = String;

    fn try_from(value: f32) -> Result<Self, String> {
        Self::new(value).ok_or_else(|| format!("expected a score from 0 to 1, got {value}"))
    }
}

impl From<Score> for f32 {
    fn from(score: Score) -> Self {
        score.0
    }
}

impl std::hash::Hash for Score {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

// A score is never NaN, so its order is total.
impl Eq for Score {}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
