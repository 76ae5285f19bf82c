//! The colours of a GIF: the commonest as they are, and of the others the middles of boxes that they are sorted into
//! (median cut, Heckbert 1982, here at the mean of the most spread channel).
//!
//! A drawing has few flat colours; what goes beyond them is the soft edge of letters and lines.

use std::collections::{BTreeMap, HashMap};

use super::pixels::Rgb;

/// Colours beside the transparent one.
const MAX_COLOURS: usize = 255;

/// Colours that are kept as they are; the rest is for mixtures.
const KEPT_COLOURS: usize = 112;

/// How often each colour is in some pictures.
#[derive(Default)]
pub(super) struct Count(BTreeMap<Rgb, u64>);

impl Count {
    pub(super) fn add(&mut self, pixels: &[Rgb]) {
        // Flat areas are long rows of one colour.
        for row in pixels.chunk_by(|a, b| a == b) {
            *self.0.entry(row[0]).or_default() += row.len() as u64;
        }
    }

    /// At most 255 colours that stand for all that were counted.
    pub(super) fn colours(self) -> Colours {
        let mut counted: Vec<(Rgb, u64)> = self.0.into_iter().collect();
        counted.sort_by_key(|(colour, count)| (std::cmp::Reverse(*count), *colour));
        let n_kept = if counted.len() <= MAX_COLOURS { counted.len() } else { KEPT_COLOURS };
        let (kept, mixed) = counted.split_at(n_kept);
        let mut list: Vec<Rgb> = kept.iter().map(|(colour, _)| *colour).collect();
        list.extend(boxes_of(mixed.to_vec(), MAX_COLOURS - n_kept).iter().map(|members| mean_of(members)));
        Colours { index: list.iter().zip(0..).map(|(colour, index)| (*colour, index)).collect(), list }
    }
}

/// The colours of a file, and where each colour that was asked for is among them.
pub(super) struct Colours {
    list: Vec<Rgb>,
    index: HashMap<Rgb, u8>,
}

impl Colours {
    /// The table of a GIF: red, green and blue of each, and one more for what is transparent.
    pub(super) fn table(&self) -> Vec<u8> {
        self.list.iter().chain(&[[0, 0, 0]]).flatten().copied().collect()
    }

    /// The place of the transparent one.
    pub(super) fn transparent(&self) -> u8 {
        self.list.len() as u8
    }

    /// The place of the colour nearest to `colour`.
    pub(super) fn place_of(&mut self, colour: Rgb) -> u8 {
        let list = &self.list;
        *self.index.entry(colour).or_insert_with(|| {
            let places = (0..list.len()).min_by_key(|place| distance(list[*place], colour));
            places.unwrap_or(0) as u8
        })
    }
}

fn distance(a: Rgb, b: Rgb) -> u32 {
    (0..3).map(|channel| u32::from(a[channel].abs_diff(b[channel])).pow(2)).sum()
}

/// Colours that belong together, with how often each was counted.
type Members = Vec<(Rgb, u64)>;

/// At most `n` boxes of `all`: the one with the most error is split, until there are so many.
fn boxes_of(all: Members, n: usize) -> Vec<Members> {
    let mut boxes: Vec<(f64, Members)> = if all.is_empty() { Vec::new() } else { vec![(f64::MAX, all)] };
    while boxes.len() < n {
        let widest = (0..boxes.len()).max_by(|a, b| boxes[*a].0.total_cmp(&boxes[*b].0).then(b.cmp(a)));
        let Some(widest) = widest.filter(|widest| boxes[*widest].0 > 0.0) else { break };
        let (_, members) = boxes.swap_remove(widest);
        let (lower, upper) = split(members);
        boxes.extend([lower, upper].into_iter().map(|members| (spread_of(&members).iter().sum(), members)));
    }
    boxes.into_iter().map(|(_, members)| members).filter(|members| !members.is_empty()).collect()
}

/// In two, at the mean of the channel that is spread most.
fn split(members: Members) -> (Members, Members) {
    let spread = spread_of(&members);
    let channel = (0..3).max_by(|a, b| spread[*a].total_cmp(&spread[*b]).then(b.cmp(a))).unwrap_or(0);
    let mean = mean_in(&members, channel);
    members.into_iter().partition(|(colour, _)| f64::from(colour[channel]) <= mean)
}

/// The squared distances from the mean, by channel.
fn spread_of(members: &[(Rgb, u64)]) -> [f64; 3] {
    [0, 1, 2].map(|channel| {
        let mean = mean_in(members, channel);
        members.iter().map(|(colour, count)| *count as f64 * (f64::from(colour[channel]) - mean).powi(2)).sum()
    })
}

fn mean_in(members: &[(Rgb, u64)], channel: usize) -> f64 {
    let (sum, n) = members.iter().fold((0, 0), |(sum, n), (colour, count)| (sum + u64::from(colour[channel]) * count, n + count));
    sum as f64 / n.max(1) as f64
}

fn mean_of(members: &[(Rgb, u64)]) -> Rgb {
    [0, 1, 2].map(|channel| mean_in(members, channel).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_as_they_are() {
        let mut count = Count::default();
        count.add(&[[1, 2, 3], [1, 2, 3], [9, 9, 9]]);
        let mut colours = count.colours();
        assert_eq!(colours.table(), [1, 2, 3, 9, 9, 9, 0, 0, 0]);
        assert_eq!([colours.place_of([9, 9, 9]), colours.place_of([8, 9, 9]), colours.transparent()], [1, 1, 2]);
    }

    #[test]
    fn many_colours_become_255_and_the_commonest_stay() {
        let mut count = Count::default();
        let mixed: Vec<Rgb> = (0..=255).flat_map(|a| (0..20).map(move |b| [a, b * 12, 255 - a])).collect();
        count.add(&mixed);
        count.add(&vec![[7, 77, 177]; 5000]);
        let mut colours = count.colours();
        assert_eq!(colours.list.len(), 255);
        let flat = colours.place_of([7, 77, 177]);
        assert_eq!(colours.list[flat as usize], [7, 77, 177]);
        let places: Vec<usize> = mixed.iter().map(|colour| colours.place_of(*colour).into()).collect();
        let furthest = mixed.iter().zip(places).map(|(colour, place)| distance(colours.list[place], *colour)).max();
        assert!(furthest.is_some_and(|distance| distance < 40_u32.pow(2)), "{furthest:?}");
    }

    #[test]
    fn one_colour_is_one_colour() {
        let mut count = Count::default();
        count.add(&[[5, 5, 5]; 4]);
        assert_eq!(count.colours().list, [[5, 5, 5]]);
    }
}
