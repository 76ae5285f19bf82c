//! An order in which like stands beside like: average linkage, and the leaves of its tree.
//!
//! Average linkage (Sokal and Michener 1958) by chains of nearest neighbours (Murtagh 1983), which makes the same tree as
//! joining the two nearest clusters again and again does, in n² steps. Each join is laid with those ends together that are
//! most alike.

/// A tree of clusters, as far as it is of use.
#[derive(Debug, Clone, PartialEq)]
pub struct Linkage {
    /// Rows, so that every cluster of the tree stands together.
    pub order: Vec<usize>,
    /// Distances (1 - cosine, the mean over all pairs between two clusters) at which clusters were joined, rising.
    pub heights: Vec<f64>,
}

/// Joins rows by their `cosines`, n × n; of equal ones the earlier.
pub fn average_linkage(cosines: &[f32], n: usize) -> Linkage {
    let mut forest = Forest::of(cosines, n);
    let mut heights = Vec::with_capacity(n.saturating_sub(1));
    let mut chain: Vec<usize> = Vec::new();
    while forest.n_left > 1 {
        let Some(last) = chain.last().copied().or_else(|| forest.first_left()) else { break };
        if chain.is_empty() {
            chain.push(last);
        }
        let before = chain.len().checked_sub(2).and_then(|place| chain.get(place)).copied();
        let Some((nearest, distance)) = forest.nearest(last, before) else { break };
        if Some(nearest) == before {
            chain.truncate(chain.len() - 2);
            heights.push(distance);
            forest.join(nearest.min(last), nearest.max(last), cosines);
        } else {
            chain.push(nearest);
        }
    }
    heights.sort_by(f64::total_cmp);
    Linkage { order: forest.members.into_iter().flatten().collect(), heights }
}

/// Clusters that are left, each under the number of its first row.
struct Forest {
    n: usize,
    n_left: usize,
    /// Between clusters, n × n.
    distances: Vec<f64>,
    /// In their order; empty where a cluster was joined to another.
    members: Vec<Vec<usize>>,
}

impl Forest {
    fn of(cosines: &[f32], n: usize) -> Self {
        let distances = cosines.iter().map(|cosine| 1.0 - f64::from(*cosine)).collect();
        Self { n, n_left: n, distances, members: (0..n).map(|row| vec![row]).collect() }
    }

    fn first_left(&self) -> Option<usize> {
        self.members.iter().position(|members| !members.is_empty())
    }

    fn distance(&self, a: usize, b: usize) -> f64 {
        self.distances[a * self.n + b]
    }

    /// The nearest cluster to `of`; of equal ones `before`, so that a chain ends, else the first.
    fn nearest(&self, of: usize, before: Option<usize>) -> Option<(usize, f64)> {
        let mut best = before.map(|before| (before, self.distance(of, before)));
        for other in (0..self.n).filter(|other| *other != of && !self.members[*other].is_empty()) {
            let distance = self.distance(of, other);
            if best.is_none_or(|(_, least)| distance < least) {
                best = Some((other, distance));
            }
        }
        best
    }

    /// Joins `b` to `a`; the distances to the others are the means over all members.
    fn join(&mut self, a: usize, b: usize, cosines: &[f32]) {
        let (left, right) = (std::mem::take(&mut self.members[a]), std::mem::take(&mut self.members[b]));
        let (n_a, n_b) = (left.len() as f64, right.len() as f64);
        for other in (0..self.n).filter(|other| !self.members[*other].is_empty()) {
            let distance = (n_a * self.distance(a, other) + n_b * self.distance(b, other)) / (n_a + n_b);
            self.distances[a * self.n + other] = distance;
            self.distances[other * self.n + a] = distance;
        }
        self.members[a] = laid_together(left, right, &|a, b| cosines[a * self.n + b]);
        self.n_left -= 1;
    }
}

/// Both lists, one behind the other, each turned so that the two ends that meet are most alike.
fn laid_together(left: Vec<usize>, right: Vec<usize>, cosine: &dyn Fn(usize, usize) -> f32) -> Vec<usize> {
    let ends = |list: &[usize]| [list.first().copied().unwrap_or(0), list.last().copied().unwrap_or(0)];
    let ([first, last], [other_first, other_last]) = (ends(&left), ends(&right));
    let ways = [
        (cosine(last, other_first), false, false),
        (cosine(last, other_last), false, true),
        (cosine(first, other_first), true, false),
        (cosine(first, other_last), true, true),
    ];
    let best = ways.iter().fold(ways[0], |best, way| if way.0 > best.0 { *way } else { best });
    let turned = |mut list: Vec<usize>, is_turned: bool| {
        if is_turned {
            list.reverse();
        }
        list
    };
    let mut all = turned(left, best.1);
    all.extend(turned(right, best.2));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_and_equal_ones_have_an_order() {
        assert_eq!(average_linkage(&[], 0).order, Vec::<usize>::new());
        assert_eq!(average_linkage(&[1.0], 1), Linkage { order: vec![0], heights: Vec::new() });
        let equal = average_linkage(&[1.0; 25], 5);
        assert_eq!((equal.order.len(), equal.heights), (5, vec![0.0; 4]));
        assert_eq!(average_linkage(&[f32::NAN; 9], 3).order.len(), 3, "numbers that are none end too");
    }

    #[test]
    fn clusters_stand_together() {
        // 0, 2, 4 are one cluster, 1 and 3 another.
        let cosine = |a: usize, b: usize| match () {
            () if a == b => 1.0,
            () if a % 2 == b % 2 => 0.8 - 0.01 * a.abs_diff(b) as f32,
            () => 0.1,
        };
        let cosines: Vec<f32> = (0..25).map(|cell| cosine(cell / 5, cell % 5)).collect();
        let order = average_linkage(&cosines, 5).order;
        let turns = order.windows(2).filter(|pair| pair[0] % 2 != pair[1] % 2).count();
        assert_eq!(turns, 1, "{order:?}");
    }
}
