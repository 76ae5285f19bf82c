//! Which phrases are known to belong together, so that neither is taken for a negative of the other.
//!
//! What is measured with that is in `measures.rs`; which pairs are trained on is told by `train`.

use hashbrown::HashMap;

use crate::data::PairRows;
use crate::numbers::every_row;

/// Rows up to which [`KnownPositives`] keeps a bit for every two of them (2 MiB at most).
const MAX_BIT_ROWS: usize = 4096;

/// Which phrases are known to be positives of which: in any pair together, either way round.
///
/// Asked for every two phrases of every batch, so small sets have a table of bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPositives {
    /// For each row where its part of `others` begins, and the end of the last one.
    starts: Vec<u32>,
    /// Row after row: the rows known to be positive with it, rising.
    others: Vec<u32>,
    /// Row × row: what [`KnownPositives::excludes`] answers; empty for large sets.
    bits: Vec<u64>,
}

impl KnownPositives {
    /// What `pairs` say of `n_rows` rows.
    pub fn of(pairs: &[PairRows], n_rows: usize) -> Self {
        let both_ways = |pair: &PairRows| [(pair.anchor, pair.positive), (pair.positive, pair.anchor)];
        let mut known: Vec<(u32, u32)> = pairs.iter().filter(|pair| pair.is_positive()).flat_map(both_ways).collect();
        known.retain(|(row, _)| (*row as usize) < n_rows);
        known.sort_unstable();
        known.dedup();
        let mut starts = vec![0; n_rows + 1];
        known.iter().for_each(|(row, _)| starts[*row as usize + 1] += 1);
        for row in 0..n_rows {
            starts[row + 1] += starts[row];
        }
        let mut known = Self { starts, others: known.into_iter().map(|(_, other)| other).collect(), bits: Vec::new() };
        if n_rows <= MAX_BIT_ROWS {
            known.bits = known.table(n_rows);
        }
        known
    }

    fn n_rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The rows known to be positive with `row`, rising.
    fn with(&self, row: u32) -> &[u32] {
        match self.starts.get(row as usize..row as usize + 2) {
            Some(&[from, to]) => &self.others[from as usize..to as usize],
            _ => &[],
        }
    }

    fn table(&self, n_rows: usize) -> Vec<u64> {
        let mut bits = vec![0; (n_rows * n_rows).div_ceil(64)];
        for row in 0..n_rows as u32 {
            for other in self.with(row).iter().chain([&row]) {
                let place = row as usize * n_rows + *other as usize;
                bits[place / 64] |= 1 << (place % 64);
            }
        }
        bits
    }

    /// What [`KnownPositives::excludes`] says of every anchor with every candidate: anchors × candidates.
    pub fn mask(&self, anchors: &[u32], candidates: &[u32]) -> Vec<bool> {
        let places = Places::of(candidates, self.n_rows());
        let mut mask = vec![false; anchors.len() * candidates.len()];
        every_row(&mut mask, candidates.len().max(1), |number, mask| {
            let anchor = &anchors[number];
            for row in self.with(*anchor).iter().chain([anchor]) {
                places.of_row(*row).for_each(|place| mask[place] = true);
            }
        });
        mask
    }

    /// Whether `other` may not count as a negative of `row`: it is the row itself or a known positive of it.
    pub fn excludes(&self, row: u32, other: u32) -> bool {
        let place = row as usize * self.n_rows() + other as usize;
        if let Some(word) = self.bits.get(place / 64) {
            return word >> (place % 64) & 1 == 1;
        }
        row == other || self.with(row).binary_search(&other).is_ok()
    }
}

/// Where rows stand in a list, each perhaps more than once.
struct Places {
    firsts: Firsts,
    /// For each place the next one of the same row, or [`NOWHERE`].
    next: Vec<u32>,
}

/// The first place of each row.
enum Firsts {
    /// By row, [`NOWHERE`] for one that is not in the list.
    All(Vec<u32>),
    /// Of those in the list.
    Some(HashMap<u32, u32>),
}

/// No place.
const NOWHERE: u32 = u32::MAX;

impl Places {
    /// Of `list`, whose rows are mostly below `n_rows`.
    fn of(list: &[u32], n_rows: usize) -> Self {
        /// Rows for each place up to which setting a number for every row is less work than seeking.
        const ROWS_PER_PLACE: usize = 64;
        let all = list.iter().fold(n_rows, |n, row| n.max(*row as usize + 1));
        let mut firsts = match all <= ROWS_PER_PLACE * list.len() {
            true => Firsts::All(vec![NOWHERE; all]),
            false => Firsts::Some(HashMap::with_capacity(list.len())),
        };
        let mut next = vec![NOWHERE; list.len()];
        for (place, row) in list.iter().enumerate().rev() {
            let place_of = match &mut firsts {
                Firsts::All(firsts) => &mut firsts[*row as usize],
                Firsts::Some(firsts) => firsts.entry(*row).or_insert(NOWHERE),
            };
            next[place] = std::mem::replace(place_of, place as u32);
        }
        Self { firsts, next }
    }

    /// Those of `row`, rising.
    fn of_row(&self, row: u32) -> impl Iterator<Item = usize> {
        let first = match &self.firsts {
            Firsts::All(firsts) => firsts.get(row as usize),
            Firsts::Some(firsts) => firsts.get(&row),
        };
        std::iter::successors(first.map(|place| *place as usize), |place| self.next.get(*place).map(|next| *next as usize))
            .take_while(|place| *place < self.next.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(n_rows: u32) -> Vec<PairRows> {
        let pair = |k: u32| PairRows { anchor: k % n_rows, positive: (k * 7 + 1) % n_rows, negative: None, score: None };
        (0..3 * n_rows).map(pair).collect()
    }

    #[test]
    fn a_mask_says_what_each_two_rows_do() {
        for n_rows in [5, 40, 5000] {
            let known = KnownPositives::of(&pairs(n_rows), n_rows as usize);
            // Some stand there twice, and one is of no known row.
            let anchors: Vec<u32> = (0..9).map(|k| k * 11 % n_rows).chain([n_rows + 3]).collect();
            let candidates: Vec<u32> = (0..12).map(|k| (k * 78 + 1) % n_rows).chain([1, n_rows + 3]).collect();
            let mask = known.mask(&anchors, &candidates);
            let expected: Vec<bool> = anchors
                .iter()
                .flat_map(|anchor| candidates.iter().map(|candidate| known.excludes(*anchor, *candidate)))
                .collect();
            // Only pairs of rows that there are can be asked of the table of bits.
            let is_known =
                |place: usize| anchors[place / candidates.len()] < n_rows && candidates[place % candidates.len()] < n_rows;
            for place in (0..mask.len()).filter(|place| is_known(*place)) {
                assert_eq!(mask[place], expected[place], "{n_rows} rows, place {place}");
            }
            assert!(mask.iter().any(|is_out| *is_out) && mask.last() == Some(&true), "{n_rows} rows");
        }
    }

    #[test]
    fn a_row_is_known_to_be_positive_with_what_it_is_in_a_pair_with() {
        let of = |anchor, positive, score: Option<f32>| PairRows {
            anchor,
            positive,
            negative: None,
            score: score.map(|score| crate::data::Score::new(score).expect("a score")),
        };
        for n_rows in [6, 5000] {
            let known = KnownPositives::of(&[of(0, 3, None), of(3, 4, None), of(1, 2, Some(0.0))], n_rows);
            assert!([(0, 3), (3, 0), (3, 4), (4, 3), (5, 5)].iter().all(|(row, other)| known.excludes(*row, *other)));
            assert!([(0, 4), (1, 2), (5, 0)].iter().all(|(row, other)| !known.excludes(*row, *other)));
        }
    }
}
