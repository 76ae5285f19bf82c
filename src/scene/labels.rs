//! Places labels next to points so that none lies on another label or on a point.
//!
//! Greedy, most important first, over a fixed list of candidate places; the farther ones need a
//! leader line. What finds no place is not drawn, and the caller says how many.

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
const RINGS: [f32; 5] = [1.7, 2.6, 3.6, 4.8, 6.2];
/// Far candidates a ring.
const RING_PLACES: usize = 12;
/// Candidates that touch the point.
pub(super) const NEAR_PLACES: usize = 8;
/// Candidates in all.
const N_CANDIDATES: usize = NEAR_PLACES + RINGS.len() * RING_PLACES;

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
    for index in order {
        let request = &requests[index];
        if request.size[0] <= 0.0 {
            continue;
        }
        let candidates = request.before.into_iter().chain(0..N_CANDIDATES as u8);
        let found = candidates
            .map(|candidate| (candidate, candidate_box(request, candidate)))
            .find(|(_, spot)| is_within(spot, area) && taken.is_free(spot));
        if let Some((candidate, spot)) = found {
            taken.add(spot);
            placed[index] = Some(PlacedLabel {
                at: [spot[0] + 2.0, (spot[1] + spot[3]) / 2.0],
                leader: leader_end(request, candidate, &spot),
                candidate,
            });
        }
    }
    placed
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
        let overlaps = |other: &Box4| spot[0] < other[2] && other[0] < spot[2] && spot[1] < other[3] && other[1] < spot[3];
        Self::cells_of(spot).filter_map(|cell| self.cells.get(&cell)).flatten().all(|other| !overlaps(other))
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
    fn a_crowd_of_labels_at_one_point_uses_leader_lines() {
        let request = LabelRequest { point: [300.0, 200.0], size: [80.0, 16.0], radius: 6.0, importance: 0, before: None };
        let placed = place_labels(&[request; 20], [0.0, 0.0, 600.0, 400.0]);
        let leaders = placed.iter().flatten().filter(|label| label.leader.is_some()).count();
        assert!(leaders >= 4, "{leaders} leader lines");
    }
}
