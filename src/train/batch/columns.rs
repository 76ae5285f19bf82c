//! What the columns of the data say beside the phrases, and which losses fit them.

use std::fmt;

use super::super::recipe::{LossKind, Negatives, Settings};
use crate::data::Score;
use crate::space::PairRows;

/// What the columns of the data say beside the phrases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Anchor and positive, perhaps a negative.
    Pairs,
    /// Two sentences and a label of 0 or 1.
    Labels,
    /// Two sentences and a score from 0 to 1.
    Scores,
}

impl Columns {
    /// What `scores` of pairs are; pairs without one count as positives.
    pub fn of(pairs: &[PairRows]) -> Self {
        let scores = || pairs.iter().filter_map(|pair| pair.score);
        match () {
            () if scores().next().is_none() => Self::Pairs,
            () if scores().all(Score::is_label) => Self::Labels,
            () => Self::Scores,
        }
    }

    /// The loss that is usual for such data.
    pub fn suggested(self) -> LossKind {
        match self {
            Self::Pairs => LossKind::MultipleNegativesRanking,
            Self::Labels => LossKind::ContrastiveCosine,
            Self::Scores => LossKind::Cosent,
        }
    }

    /// Why `loss` can't be used with such data; `None` if it can.
    pub fn misfit(self, loss: LossKind) -> Option<&'static str> {
        match (self, loss) {
            (Self::Labels | Self::Scores, loss) if !loss.reads_scores() => {
                Some("it needs positives, but these pairs have labels or scores, and some do not belong together")
            }
            (Self::Scores, LossKind::ContrastiveCosine) => {
                Some("it needs labels of 0 or 1, but these pairs have scores in between")
            }
            _ => None,
        }
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pairs => "anchors and positives",
            Self::Labels => "pairs with labels",
            Self::Scores => "pairs with scores",
        })
    }
}

/// The loss that is usual for `pairs`.
pub fn suggested_loss(pairs: &[PairRows]) -> LossKind {
    match Columns::of(pairs) {
        // There is no order to learn.
        Columns::Scores if have_one_score(pairs) => LossKind::CosineSimilarity,
        columns => columns.suggested(),
    }
}

/// Whether all pairs have the same score, or none has one.
pub(crate) fn have_one_score(pairs: &[PairRows]) -> bool {
    pairs.windows(2).all(|two| two[0].score == two[1].score)
}

/// Whether every anchor is given exactly one negative: for losses of triplets, and for losses of labels
/// where the data has none (a positive counts as 1, its negative as 0).
pub(crate) fn needs_one_negative(settings: &Settings, columns: Columns) -> bool {
    let loss = settings.loss;
    loss.is_triplet() || (loss.reads_scores() && columns == Columns::Pairs && settings.negatives != Negatives::None)
}
