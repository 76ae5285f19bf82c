//! Repulsion between all points in n log n: far points count together, as one where they are on average (Barnes and Hut
//! 1986; for t-SNE van der Maaten 2014).
//!
//! Places have three numbers; a flat map's third is 0, and its tree has the four children that lie in its plane. The
//! tree depends on the places alone, so no sum depends on how many cores there are.

/// Largest width of a cell, as a share of its distance, at which it counts as one point: as in scikit-learn. It must stay below
/// 1 / √3, so that no cell that a point is in counts as one for this point.
const ANGLE: f64 = 0.5;

/// Points up to which a cell is not divided.
const LEAF: usize = 8;

/// Points up to which all are felt one by one, for nothing is gained by cells.
const FEW: usize = 256;

/// Halvings of the space along each axis.
const LEVELS: u32 = 21;

/// A place on the map.
pub(super) type Place = [f64; 3];

/// Points in one another's neighbourhood, as the sum of them that others feel.
struct Cell {
    /// Where its points are on average.
    centre: Place,
    n_points: f64,
    /// Square of the longest side of the box around its points.
    squared_width: f64,
    /// The cell that follows when this one is not looked into.
    next: usize,
    /// The points of a cell that is not divided, by their places in the order of the tree; else none.
    points: std::ops::Range<usize>,
}

/// Points, and cells of them in the order of a walk from the whole into its parts.
pub(super) struct Tree {
    /// The points in the order of the tree.
    order: Vec<u32>,
    places: Vec<Place>,
    cells: Vec<Cell>,
}

/// The sum and the corners of some places.
#[derive(Clone, Copy)]
struct Gathered {
    sum: Place,
    least: Place,
    most: Place,
}

impl Gathered {
    const NONE: Self = Self { sum: [0.0; 3], least: [f64::INFINITY; 3], most: [f64::NEG_INFINITY; 3] };

    fn of(place: Place) -> Self {
        Self { sum: place, least: place, most: place }
    }

    fn and(self, other: Self) -> Self {
        let each = |combine: fn(f64, f64) -> f64, a: Place, b: Place| [0, 1, 2].map(|axis| combine(a[axis], b[axis]));
        Self {
            sum: each(|x, y| x + y, self.sum, other.sum),
            least: each(f64::min, self.least, other.least),
            most: each(f64::max, self.most, other.most),
        }
    }

    /// The longest side of the box.
    fn width(&self) -> f64 {
        (0..3).map(|axis| self.most[axis] - self.least[axis]).fold(0.0, f64::max)
    }
}

impl Tree {
    /// Of some places.
    pub(super) fn of(places: &[Place]) -> Self {
        let all = places.iter().map(|place| Gathered::of(*place)).fold(Gathered::NONE, Gathered::and);
        let scale = f64::from((1_u32 << LEVELS) - 1) / all.width().max(f64::MIN_POSITIVE);
        let key = |place: &Place| {
            let spread = |axis: usize| spread_out(((place[axis] - all.least[axis]) * scale) as u64) << axis;
            spread(0) | spread(1) | spread(2)
        };
        let mut keyed: Vec<(u64, u32)> = places.iter().map(key).zip(0..).collect();
        keyed.sort_unstable();
        let order: Vec<u32> = keyed.iter().map(|(_, point)| *point).collect();
        let sorted = order.iter().map(|point| places[*point as usize]).collect();
        let mut tree = Self { order, places: sorted, cells: Vec::with_capacity(places.len()) };
        let keys: Vec<u64> = keyed.into_iter().map(|(key, _)| key).collect();
        if !keys.is_empty() {
            tree.add(&keys, 0..keys.len(), LEVELS);
        }
        tree
    }

    /// The points in an order in which neighbours follow each other.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// Adds the cell of some points in order, which share all bits of their keys above `level`, and its parts.
    fn add(&mut self, keys: &[u64], points: std::ops::Range<usize>, level: u32) -> Gathered {
        let number = self.cells.len();
        let n_points = points.len();
        self.cells.push(Cell { centre: [0.0; 3], n_points: n_points as f64, squared_width: 0.0, next: 0, points: 0..0 });
        let gathered = if n_points <= LEAF || level == 0 || self.places.len() <= FEW {
            self.cells[number].points = points.clone();
            self.places[points].iter().map(|place| Gathered::of(*place)).fold(Gathered::NONE, Gathered::and)
        } else {
            self.add_parts(keys, points, level - 1)
        };
        let next = self.cells.len();
        let cell = &mut self.cells[number];
        cell.centre = gathered.sum.map(|sum| sum / n_points as f64);
        cell.squared_width = gathered.width().powi(2);
        cell.next = next;
        gathered
    }

    fn add_parts(&mut self, keys: &[u64], points: std::ops::Range<usize>, level: u32) -> Gathered {
        let mut gathered = Gathered::NONE;
        let mut start = points.start;
        while start < points.end {
            let part = keys[start] >> (3 * level);
            let end = start + keys[start..points.end].partition_point(|key| key >> (3 * level) == part);
            gathered = gathered.and(self.add(keys, start..end, level));
            start = end;
        }
        gathered
    }

    /// With q = 1 / (1 + d²): the sum of q² times the difference, and the sum of q, over all points but the one at
    /// `place`.
    pub(super) fn repulsion(&self, place: Place) -> (Place, f64) {
        let (mut force, mut q_sum) = ([0.0; 3], -1.0);
        let mut feel = |other: &Place, n_points: f64| {
            let (difference, squared) = apart(place, *other);
            let q = 1.0 / (1.0 + squared);
            q_sum += n_points * q;
            (0..3).for_each(|axis| force[axis] += n_points * q * q * difference[axis]);
        };
        let mut number = 0;
        while let Some(cell) = self.cells.get(number) {
            let is_one = cell.squared_width <= ANGLE * ANGLE * apart(place, cell.centre).1;
            // Points in one place are one, wherever it is.
            if is_one || cell.squared_width == 0.0 {
                feel(&cell.centre, cell.n_points);
                number = cell.next;
            } else if cell.points.is_empty() {
                number += 1;
            } else {
                self.places[cell.points.clone()].iter().for_each(|other| feel(other, 1.0));
                number = cell.next;
            }
        }
        (force, q_sum)
    }
}

/// The difference of two places and its square.
#[inline(always)]
pub(super) fn apart(place: Place, other: Place) -> (Place, f64) {
    let difference = [place[0] - other[0], place[1] - other[1], place[2] - other[2]];
    (difference, difference.iter().map(|x| x * x).sum())
}

/// The lowest 21 bits with two zeros after each (Morton 1966).
fn spread_out(bits: u64) -> u64 {
    let bits = bits & 0x1f_ffff;
    let bits = (bits | bits << 32) & 0x001f_0000_0000_ffff;
    let bits = (bits | bits << 16) & 0x001f_0000_ff00_00ff;
    let bits = (bits | bits << 8) & 0x100f_00f0_0f00_f00f;
    let bits = (bits | bits << 4) & 0x10c3_0c30_c30c_30c3;
    (bits | bits << 2) & 0x1249_2492_4924_9249
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scattered(n: usize, is_flat: bool) -> Vec<Place> {
        let number = |place: usize| (place * 7919 % 1009) as f64 / 50.0 - 10.0;
        (0..n)
            .map(|point| [number(3 * point), number(3 * point + 1), if is_flat { 0.0 } else { number(3 * point + 2) }])
            .collect()
    }

    /// All sums one by one.
    fn exact(places: &[Place], own: usize) -> (Place, f64) {
        let mut force = [0.0; 3];
        let mut q_sum = 0.0;
        for (_, other) in places.iter().enumerate().filter(|(other, _)| *other != own) {
            let (difference, squared) = apart(places[own], *other);
            let q = 1.0 / (1.0 + squared);
            q_sum += q;
            (0..3).for_each(|axis| force[axis] += q * q * difference[axis]);
        }
        (force, q_sum)
    }

    #[test]
    fn what_is_far_counts_together_and_little_is_lost() {
        for (n, is_flat) in [(1, true), (2, false), (LEAF, true), (LEAF, false), (700, true), (700, false)] {
            let places = scattered(n, is_flat);
            let tree = Tree::of(&places);
            let share = if n <= LEAF { 1e-12 } else { 0.05 };
            for own in 0..n {
                let ((force, q_sum), (exact_force, exact_sum)) = (tree.repulsion(places[own]), exact(&places, own));
                assert!((q_sum - exact_sum).abs() <= share * exact_sum, "{n}: {q_sum} for {exact_sum}");
                let (_, wrong) = apart(force, exact_force);
                assert!(wrong.sqrt() <= share * exact_sum, "{n}: {force:?} for {exact_force:?}");
            }
        }
    }

    #[test]
    fn points_in_one_place_and_places_that_are_no_numbers_end() {
        let (force, q_sum) = Tree::of(&[[1.0, 2.0, 0.0]; 1000]).repulsion([1.0, 2.0, 0.0]);
        assert_eq!((force, q_sum), ([0.0; 3], 999.0));
        assert_eq!(Tree::of(&[]).order().len(), 0);
        assert!(Tree::of(&[[f64::NAN; 3], [1.0; 3]]).repulsion([1.0; 3]).1.is_nan());
    }
}
