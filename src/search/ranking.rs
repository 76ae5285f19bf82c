//! From scores to ranks: the best of many, and two rankings made one.

use crate::numbers::{largest, widest};

/// A passage with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Its place among the passages.
    pub passage: usize,
    /// The more, the better.
    pub score: f64,
}

/// What is added to every rank in a fusion, so that the first few do not decide alone (Cormack, Clarke and Büttcher, 2009).
pub const FUSION_K: usize = 60;

/// The `k` best of `scored`, best first; equal ones in the order of their passages.
pub fn best(mut scored: Vec<Scored>, k: usize) -> Vec<Scored> {
    let order = |a: &Scored, b: &Scored| b.score.total_cmp(&a.score).then(a.passage.cmp(&b.passage));
    if k < scored.len() {
        scored.select_nth_unstable_by(k, order);
        scored.truncate(k);
    }
    scored.sort_unstable_by(order);
    scored
}

/// Scores that are looked through together.
const SCORES_A_PART: usize = 64;

/// The `k` best of `scores`, which are those of all passages in their order and finite; as [`best`] of all of them.
pub fn best_of(scores: &[f32], k: usize) -> Vec<Scored> {
    let mut best_of_parts = vec![0.0; scores.len().div_ceil(SCORES_A_PART)];
    widest(
        #[inline(always)]
        || {
            for (best, part) in best_of_parts.iter_mut().zip(scores.chunks(SCORES_A_PART)) {
                *best = largest(part, f32::MIN);
            }
        },
    );
    if k == 0 || k > best_of_parts.len() {
        return best(scored(scores), k);
    }
    // As many parts have one that is as good, so all that are among the best are.
    let (_, least, _) = best_of_parts.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a));
    let candidates = scores.iter().enumerate().filter(|(_, score)| **score >= *least);
    best(candidates.map(|(passage, score)| Scored { passage, score: f64::from(*score) }).collect(), k)
}

/// All of `scores`, which are those of all passages in their order.
pub fn scored(scores: &[f32]) -> Vec<Scored> {
    scores.iter().enumerate().map(|(passage, score)| Scored { passage, score: f64::from(*score) }).collect()
}

/// The rank, from 1, of each of `n` passages in a whole ranking; `None` for those that are not in it.
pub fn ranks(ranking: &[Scored], n: usize) -> Vec<Option<usize>> {
    let mut ranks = vec![None; n];
    for (index, scored) in ranking.iter().enumerate() {
        if let Some(rank) = ranks.get_mut(scored.passage) {
            *rank = Some(index + 1);
        }
    }
    ranks
}

/// Reciprocal-rank fusion of rankings of the same passages: the sum of 1 / (60 + rank) over those that a passage is in.
pub fn fused(rankings: &[&[Option<usize>]]) -> Vec<Scored> {
    let n = rankings.iter().map(|ranks| ranks.len()).max().unwrap_or(0);
    let share = |ranks: &&[Option<usize>], passage: usize| {
        ranks.get(passage).copied().flatten().map(|rank| 1.0 / (FUSION_K + rank) as f64)
    };
    let sum = |passage: usize| rankings.iter().filter_map(|ranks| share(ranks, passage)).reduce(|a, b| a + b);
    (0..n).filter_map(|passage| Some(Scored { passage, score: sum(passage)? })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_keep_the_order_of_the_passages_wherever_the_list_is_cut() {
        let scores = [0.5, 0.9, 0.5, 0.9, 0.1, 0.5];
        let order = |k| best(scored(&scores), k).iter().map(|scored| scored.passage).collect::<Vec<_>>();
        let all = [1, 3, 0, 2, 5, 4];
        for k in 0..8 {
            assert_eq!(order(k), all[..k.min(6)], "the first {k}");
        }
    }

    #[test]
    fn the_best_of_many_are_those_of_a_whole_ranking() {
        let scores: Vec<f32> = (0..1000).map(|passage: usize| ((passage * 7919 % 211) as f32 - 150.0) / 61.0).collect();
        for k in [0, 1, 5, 9, 15, 16, 17, 400, 1000, 2000] {
            assert_eq!(best_of(&scores, k), best(scored(&scores), k), "the first {k}");
        }
        assert_eq!(best_of(&[], 3), []);
    }

    #[test]
    fn a_fusion_adds_reciprocal_ranks_and_knows_who_is_in_one_ranking_only() {
        let (words, meaning) = ([Some(1), None, None], [Some(3), Some(1), None]);
        let both = fused(&[&words, &meaning]);
        assert_eq!(both.len(), 2);
        assert_eq!(both[0].score, 1.0 / 61.0 + 1.0 / 63.0);
        assert_eq!(both[1], Scored { passage: 1, score: 1.0 / 61.0 });
    }
}
