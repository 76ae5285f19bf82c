//! Places labels next to points so that none lies on another label or on a point.
//!
//! Greedy, most important first, over a fixed list of candidate places: of equally important ones all that can touch
//! their points come before any that has to stand off. Those that stand off need a leader line, which crosses no other and
//! goes under no label. What finds no place is not drawn, and the caller says how many; only of the most important ones each
//! has its label, on the marks of others if there is no other way.

/// A label that wants a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelRequest {
    /// The point it belongs to, in pixels.
    pub point: [f32; 2],
    /// Width and height of the text in pixels.
    pub size: [f32; 2],
    /// Radius in pixels that the mark of the point takes, with its ring.
    pub radius: f32,
    /// Larger is placed earlier.
    pub importance: u8,
    /// The candidate it had before, to keep it from jumping.
    pub before: Option<u8>,
}

/// Where a label went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedLabel {
    /// Left end of the text, at half its height.
    pub at: [f32; 2],
    /// Where a leader line from the point ends, if the label is too far away to do without.
    pub leader: Option<[f32; 2]>,
    /// Which candidate it took.
    pub candidate: u8,
}

/// Space between a mark and its label.
const GAP: f32 = 3.0;
/// Distances of the rings of far candidates, in heights of a label.
const RINGS: [f32; 5] = [1.3, 2.1, 3.0, 4.2, 5.6];
/// Far candidates a ring.
const RING_PLACES: usize = 12;
/// Candidates that touch the point.
pub(super) const NEAR_PLACES: usize = 8;
/// Candidates in all.
const N_CANDIDATES: usize = NEAR_PLACES + RINGS.len() * RING_PLACES;

/// From this importance on a label is placed in any case.
pub const ALWAYS: u8 = 4;

/// An axis-parallel box: left, top, right, bottom.
type Box4 = [f32; 4];

/// A place within `area` (left, top, right, bottom) for every request that finds one. A request of no width only
/// keeps its point free.
pub fn place_labels(requests: &[LabelRequest], area: Box4) -> Vec<Option<PlacedLabel>> {
    let mut taken = Grid::default();
    for request in requests {
        let ([x, y], r) = (request.point, request.radius);
        taken.add([x - r, y - r, x + r, y + r]);
    }
    let mut order: Vec<usize> = (0..requests.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(requests[*index].importance));
    let mut placed = vec![None; requests.len()];
    let mut lines = Lines::default();
    for equals in order.chunk_by(|a, b| requests[*a].importance == requests[*b].importance) {
        for reach in [0..NEAR_PLACES, NEAR_PLACES..N_CANDIDATES] {
            for &index in equals {
                let request = &requests[index];
                if request.size[0] <= 0.0 || placed[index].is_some() {
                    continue;
                }
                let before = request.before.filter(|before| reach.contains(&usize::from(*before)));
                let mut spots = before
                    .into_iter()
                    .chain(reach.clone().map(|candidate| candidate as u8))
                    .map(|candidate| Spot::of(request, candidate));
                let is_free =
                    |spot: &Spot| is_within(&spot.place, area) && taken.is_free(&spot.place) && lines.are_clear_of(spot);
                if let Some(spot) = spots.find(is_free) {
                    taken.add(spot.place);
                    placed[index] = Some(spot.label());
                    lines.add(spot);
                }
            }
        }
        for &index in equals {
            let request = &requests[index];
            if request.importance >= ALWAYS && request.size[0] > 0.0 && placed[index].is_none() {
                let spot = lines.least_bad(request, area);
                taken.add(spot.place);
                placed[index] = Some(spot.label());
                lines.add(spot);
            }
        }
    }
    placed
}

/// A line from a point to its label.
type Leader = [[f32; 2]; 2];

/// A candidate place of a label.
struct Spot {
    point: [f32; 2],
    place: Box4,
    leader: Option<Leader>,
    candidate: u8,
}

impl Spot {
    fn of(request: &LabelRequest, candidate: u8) -> Self {
        let place = candidate_box(request, candidate);
        let leader = leader_end(request, candidate, &place).map(|end| [request.point, end]);
        Self { point: request.point, place, leader, candidate }
    }

    fn label(&self) -> PlacedLabel {
        let [left, top, _, bottom] = self.place;
        let leader = self.leader.map(|[_, end]| end);
        PlacedLabel { at: [left + 2.0, (top + bottom) / 2.0], leader, candidate: self.candidate }
    }
}

/// Labels that are placed, and the leader lines among them.
#[derive(Default)]
struct Lines {
    leaders: Vec<Leader>,
    /// With the points that they belong to.
    labels: Vec<([f32; 2], Box4)>,
}

impl Lines {
    fn add(&mut self, spot: Spot) {
        self.leaders.extend(spot.leader);
        self.labels.push((spot.point, spot.place));
    }

    /// Whether no leader goes under the label of `spot`, and its own crosses no other and no label, but for those of the very
    /// same point: they lie around it.
    fn are_clear_of(&self, spot: &Spot) -> bool {
        let is_under = |leader: &Leader| crosses_box(leader, &spot.place);
        let is_crossed = |own: &Leader| {
            let is_hidden = |(point, label): &([f32; 2], Box4)| *point != spot.point && crosses_box(own, label);
            self.leaders.iter().any(|other| cross(own, other)) || self.labels.iter().any(is_hidden)
        };
        !self.leaders.iter().any(is_under) && !spot.leader.as_ref().is_some_and(is_crossed)
    }

    /// A place for a label that has to have one: over marks, but if that can be, over no other label.
    fn least_bad(&self, request: &LabelRequest, area: Box4) -> Spot {
        let spots = || (0..N_CANDIDATES as u8).map(|candidate| Spot::of(request, candidate));
        let is_clear =
            |spot: &Spot| is_within(&spot.place, area) && !self.labels.iter().any(|(_, label)| overlap(label, &spot.place));
        let inside = || spots().find(|spot| is_within(&spot.place, area));
        spots().find(is_clear).or_else(inside).unwrap_or_else(|| Spot::of(request, 0))
    }
}

fn overlap(a: &Box4, b: &Box4) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Whether two lines cross; lines that begin at one point do not.
fn cross([a, b]: &Leader, [c, d]: &Leader) -> bool {
    let side = |p: &[f32; 2], q: &[f32; 2], r: &[f32; 2]| (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

/// Whether a line goes through a box.
fn crosses_box(line: &Leader, [left, top, right, bottom]: &Box4) -> bool {
    let is_inside = |[x, y]: &[f32; 2]| x > left && x < right && y > top && y < bottom;
    let diagonals = [[[*left, *top], [*right, *bottom]], [[*left, *bottom], [*right, *top]]];
    line.iter().any(is_inside) || diagonals.iter().any(|diagonal| cross(line, diagonal))
}

fn is_within(spot: &Box4, area: Box4) -> bool {
    spot[0] >= area[0] && spot[1] >= area[1] && spot[2] <= area[2] && spot[3] <= area[3]
}

/// The box of the label at a candidate place: first right, left, above, below, the corners, then rings.
fn candidate_box(request: &LabelRequest, candidate: u8) -> Box4 {
    let [w, h] = [request.size[0] + 4.0, request.size[1]];
    let [x, y] = request.point;
    let gap = request.radius + GAP;
    let corner = gap * 0.75;
    let beside = |dx: f32, dy: f32| [x + dx, y + dy, x + dx + w, y + dy + h];
    match candidate as usize {
        0 => beside(gap, -h / 2.0),
        1 => beside(-gap - w, -h / 2.0),
        2 => beside(-w / 2.0, -gap - h),
        3 => beside(-w / 2.0, gap),
        4 => beside(corner, -corner - h),
        5 => beside(corner, corner),
        6 => beside(-corner - w, -corner - h),
        7 => beside(-corner - w, corner),
        far => {
            let (ring, place) = ((far - NEAR_PLACES) / RING_PLACES, (far - NEAR_PLACES) % RING_PLACES);
            let reach = RINGS[ring.min(RINGS.len() - 1)] * h;
            // From the right, alternately up and down, so that labels stay on the side they read from.
            let turn = place.div_ceil(2) as f32 * if place % 2 == 0 { 1.0 } else { -1.0 };
            let angle = turn * std::f32::consts::TAU / RING_PLACES as f32;
            let (dx, dy) = (angle.cos() * (reach + gap), angle.sin() * reach);
            let left = if angle.cos() < -0.1 {
                dx - w
            } else if angle.cos() > 0.1 {
                dx
            } else {
                dx - w / 2.0
            };
            beside(left, dy - h / 2.0)
        }
    }
}

/// The nearest place on the label's border, for labels that do not touch their point.
fn leader_end(request: &LabelRequest, candidate: u8, spot: &Box4) -> Option<[f32; 2]> {
    (candidate as usize >= NEAR_PLACES)
        .then(|| [request.point[0].clamp(spot[0], spot[2]), request.point[1].clamp(spot[1] + 2.0, spot[3] - 2.0)])
}

/// Boxes by the cells they touch, so that a new one is compared with its surroundings only.
#[derive(Default)]
struct Grid {
    cells: std::collections::BTreeMap<(i32, i32), Vec<Box4>>,
}

impl Grid {
    const CELL: [f32; 2] = [96.0, 24.0];

    fn cells_of(spot: &Box4) -> impl Iterator<Item = (i32, i32)> + use<> {
        let cell = |value: f32, size: f32| (value / size).floor() as i32;
        let (left, right) = (cell(spot[0], Self::CELL[0]), cell(spot[2], Self::CELL[0]));
        let (top, bottom) = (cell(spot[1], Self::CELL[1]), cell(spot[3], Self::CELL[1]));
        (top..=bottom).flat_map(move |y| (left..=right).map(move |x| (x, y)))
    }

    fn add(&mut self, spot: Box4) {
        for cell in Self::cells_of(&spot) {
            self.cells.entry(cell).or_default().push(spot);
        }
    }

    fn is_free(&self, spot: &Box4) -> bool {
        Self::cells_of(spot).filter_map(|cell| self.cells.get(&cell)).flatten().all(|other| !overlap(spot, other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placed_labels_never_overlap_and_stay_inside() {
        let area = [0.0, 0.0, 700.0, 500.0];
        let spread = |index: usize| [(index * 7919 % 640) as f32 + 30.0, (index * 104_729 % 460) as f32 + 20.0];
        let request = |index: usize| LabelRequest {
            point: spread(index),
            size: [60.0 + (index % 7) as f32 * 15.0, 16.0],
            radius: 6.0,
            importance: 0,
            before: None,
        };
        let requests: Vec<LabelRequest> = (0..150).map(request).collect();
        let placed = place_labels(&requests, area);
        let boxes: Vec<Box4> = placed
            .iter()
            .zip(&requests)
            .filter_map(|(label, request)| Some(candidate_box(request, label.as_ref()?.candidate)))
            .collect();
        assert!(boxes.len() > 60, "only {} of 150 found a place", boxes.len());
        for (index, a) in boxes.iter().enumerate() {
            assert!(is_within(a, area));
            for b in &boxes[index + 1..] {
                assert!(a[0] >= b[2] || b[0] >= a[2] || a[1] >= b[3] || b[1] >= a[3], "{a:?} and {b:?} overlap");
            }
        }
    }

    #[test]
    fn leader_lines_do_not_cross() {
        let spread = |index: usize| [(index * 7919 % 140) as f32 + 230.0, (index * 104_729 % 110) as f32 + 150.0];
        let request = |index: usize| LabelRequest {
            point: spread(index),
            size: [60.0 + (index % 7) as f32 * 15.0, 16.0],
            radius: 6.0,
            importance: index.is_multiple_of(3).into(),
            before: None,
        };
        let requests: Vec<LabelRequest> = (0..60).map(request).collect();
        let placed = place_labels(&requests, [0.0, 0.0, 700.0, 500.0]);
        let spots: Vec<Spot> = placed
            .iter()
            .zip(&requests)
            .filter_map(|(label, request)| Some(Spot::of(request, label.as_ref()?.candidate)))
            .collect();
        let leaders: Vec<&Leader> = spots.iter().filter_map(|spot| spot.leader.as_ref()).collect();
        assert!(leaders.len() > 8, "only {} leader lines", leaders.len());
        for (index, leader) in leaders.iter().enumerate() {
            assert!(leaders[index + 1..].iter().all(|other| !cross(leader, other)), "{leader:?} is crossed");
            let is_other = |spot: &&Spot| spot.leader.as_ref() != Some(*leader) && spot.point != leader[0];
            assert!(!spots.iter().filter(is_other).any(|spot| crosses_box(leader, &spot.place)), "{leader:?} goes under a label");
        }
    }

    #[test]
    fn what_is_asked_about_has_its_label_however_crowded_it_is() {
        let at = |index: usize| [(index % 60) as f32 * 10.0 + 5.0, (index / 60) as f32 * 10.0 + 5.0];
        let request = |index: usize| LabelRequest {
            point: at(index),
            size: [90.0, 16.0],
            radius: 6.0,
            importance: if [1000, 1003, 1100].contains(&index) { ALWAYS } else { 0 },
            before: None,
        };
        let requests: Vec<LabelRequest> = (0..2400).map(request).collect();
        let area = [0.0, 0.0, 600.0, 400.0];
        let placed = place_labels(&requests, area);
        let boxes = [1000, 1003, 1100].map(|index| {
            let label = placed[index].expect("it has its label");
            candidate_box(&requests[index], label.candidate)
        });
        assert!(boxes.iter().all(|place| is_within(place, area)));
        assert!(!overlap(&boxes[0], &boxes[1]) && !overlap(&boxes[0], &boxes[2]) && !overlap(&boxes[1], &boxes[2]));
        assert!(placed.iter().flatten().count() < 30, "there is no room for the others");
    }

    /// A label that stood off comes back to its point as soon as there is room.
    #[test]
    fn a_label_that_stood_off_comes_back() {
        let request = LabelRequest { point: [300.0, 200.0], size: [80.0, 16.0], radius: 6.0, importance: 0, before: Some(20) };
        let placed = place_labels(&[request], [0.0, 0.0, 600.0, 400.0]);
        assert!(placed[0].is_some_and(|label| label.leader.is_none()));
    }

    #[test]
    fn a_crowd_of_labels_at_one_point_uses_leader_lines() {
        let request = LabelRequest { point: [300.0, 200.0], size: [80.0, 16.0], radius: 6.0, importance: 0, before: None };
        let placed = place_labels(&[request; 20], [0.0, 0.0, 600.0, 400.0]);
        let leaders = placed.iter().flatten().filter(|label| label.leader.is_some()).count();
        assert!(leaders >= 4, "{leaders} leader lines");
    }
}
