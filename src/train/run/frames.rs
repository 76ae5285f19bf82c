//! The frames of a run: the vectors of its phrases at the steps that were recorded.
//!
//! A vector that did not move since the frame before is kept once for both. How frames come about is in `recorder.rs`,
//! where the memory comes from in `pages.rs`.

use std::ops::Range;
use std::sync::Arc;

use super::pages::Piece;

/// The frames of a run: vectors of all phrases at every `stride`-th step, and at the last.
#[derive(Debug, Clone)]
pub struct Frames {
    pub(super) stride: usize,
    pub(super) steps: Vec<usize>,
    /// For each frame and phrase: where its vector is.
    pub(super) slots: Vec<u32>,
    pub(super) layout: Layout,
    pub(super) pieces: Arc<[Piece]>,
}

/// How vectors lie in pieces: slot after slot, as many in each as fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) n_rows: usize,
    pub(super) dims: usize,
    pub(super) per_piece: u32,
}

impl Layout {
    pub(super) fn place(self, slot: u32) -> (usize, Range<usize>) {
        let start = (slot % self.per_piece) as usize * self.dims;
        ((slot / self.per_piece) as usize, start..start + self.dims)
    }

    pub(super) fn read(self, pieces: &[Piece], slot: u32) -> &[f32] {
        let (piece, range) = self.place(slot);
        pieces.get(piece).map_or(&[], |piece| &piece.numbers()[range])
    }

    pub(super) fn write(self, pieces: &mut [Piece], slot: u32, values: &[f32]) {
        let (piece, range) = self.place(slot);
        if let Some(piece) = pieces.get_mut(piece) {
            piece.numbers_mut()[range].copy_from_slice(values);
        }
    }
}

impl PartialEq for Frames {
    fn eq(&self, other: &Self) -> bool {
        let is_like = (self.dims(), self.stride, &self.steps) == (other.dims(), other.stride, &other.steps);
        is_like && (0..self.len()).all(|index| self.raw(index) == other.raw(index))
    }
}

fn same_bits(a: &[f32], b: &[f32]) -> bool {
    bytemuck::cast_slice::<f32, u32>(a) == bytemuck::cast_slice::<f32, u32>(b)
}

impl Frames {
    /// Numbers a vector.
    pub fn dims(&self) -> usize {
        self.layout.dims
    }

    /// Every how many steps a frame is kept.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// How many frames are kept.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Steps of the frames, rising.
    pub fn steps(&self) -> &[usize] {
        &self.steps
    }

    /// Number of the frame at `step`, or of the last one before it.
    pub fn index_at(&self, step: usize) -> usize {
        self.steps.partition_point(|recorded| *recorded <= step).saturating_sub(1)
    }

    /// The numbers of frame `index` as they were trained, row after row; none where there is no such frame.
    pub fn raw(&self, index: usize) -> Vec<f32> {
        self.copy(self.slots_of(index).iter())
    }

    /// The numbers of the vector `row` of frame `index`; none where there is no such vector.
    pub fn vector(&self, index: usize, row: usize) -> &[f32] {
        self.slots_of(index).get(row).map_or(&[], |slot| self.layout.read(&self.pieces, *slot))
    }

    /// The numbers of the vectors `rows` of frame `index`, row after row.
    pub fn pick(&self, index: usize, rows: &[u32]) -> Vec<f32> {
        let slots = self.slots_of(index);
        self.copy(rows.iter().filter_map(|row| slots.get(*row as usize)))
    }

    fn copy<'a>(&self, slots: impl Iterator<Item = &'a u32>) -> Vec<f32> {
        let mut values = Vec::with_capacity(slots.size_hint().1.unwrap_or(0) * self.layout.dims);
        slots.for_each(|slot| values.extend_from_slice(self.layout.read(&self.pieces, *slot)));
        values
    }

    /// The vectors that differ, bit by bit, from what their row was in the frame before: for each frame and row the number of
    /// its vector, and for each vector the frame and the row where it comes first.
    pub(super) fn numbered(&self) -> (Vec<u32>, Vec<(usize, usize)>) {
        let mut numbers: Vec<u32> = Vec::with_capacity(self.slots.len());
        let mut firsts = Vec::new();
        for index in 0..self.len() {
            for row in 0..self.layout.n_rows {
                let is_same = index > 0 && {
                    let [now, before] = [index, index - 1].map(|index| self.slots_of(index)[row]);
                    now == before || same_bits(self.vector(index, row), self.vector(index - 1, row))
                };
                if is_same {
                    numbers.push(numbers[numbers.len() - self.layout.n_rows]);
                } else {
                    numbers.push(firsts.len() as u32);
                    firsts.push((index, row));
                }
            }
        }
        (numbers, firsts)
    }

    fn slots_of(&self, index: usize) -> &[u32] {
        self.slots.get(index * self.layout.n_rows..(index + 1) * self.layout.n_rows).unwrap_or(&[])
    }
}
