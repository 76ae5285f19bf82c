//! The recording of a run: its frames, thinned to fit a budget of memory.
//!
//! A vector that did not move since the frame before is kept once for both. Where the memory comes from is in
//! `pages.rs`.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::cores::every_row;
use super::pages::{Piece, Pieces};

/// Bytes of frames that a run keeps before its recording is thinned, unless it has to share memory with others.
pub(super) const FRAME_BUDGET_BYTES: usize = 96 << 20;

/// The frames of a run: vectors of all phrases at every `stride`-th step, and at the last.
#[derive(Debug, Clone)]
pub struct Frames {
    stride: usize,
    steps: Vec<usize>,
    /// For each frame and phrase: where its vector is.
    slots: Vec<u32>,
    layout: Layout,
    pieces: Arc<[Piece]>,
}

/// How vectors lie in pieces: slot after slot, as many in each as fit.
#[derive(Debug, Clone, Copy)]
struct Layout {
    n_rows: usize,
    dims: usize,
    per_piece: u32,
}

impl Layout {
    fn place(self, slot: u32) -> (usize, Range<usize>) {
        let start = (slot % self.per_piece) as usize * self.dims;
        ((slot / self.per_piece) as usize, start..start + self.dims)
    }

    fn read(self, pieces: &[Piece], slot: u32) -> &[f32] {
        let (piece, range) = self.place(slot);
        pieces.get(piece).map_or(&[], |piece| &piece.numbers()[range])
    }

    fn write(self, pieces: &mut [Piece], slot: u32, values: &[f32]) {
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

impl Frames {
    /// Frames of `dims` numbers a vector at `steps`, recorded before: `values` holds one after the other.
    pub(super) fn of_parts(dims: usize, stride: usize, steps: &[usize], values: &[f32]) -> io::Result<Self> {
        let frame_len = values.len() / steps.len().max(1);
        let pieces = Pieces::new(dims, values.len() / dims.max(1));
        let mut recorder = Recorder::new([steps.len(), frame_len / dims.max(1), dims], stride, usize::MAX, pieces)?;
        let mut before = values;
        for (step, frame) in steps.iter().zip(values.chunks_exact(frame_len.max(1))) {
            // Compared bit by bit, so that a file that is read and written again stays the same.
            let bits = bytemuck::cast_slice::<f32, u32>;
            let rows = bits(frame).chunks_exact(dims).zip(bits(before).chunks_exact(dims));
            recorder.moved.extend((0..).zip(rows).filter(|(_, (vector, before))| vector != before).map(|(row, _)| row));
            recorder.keep(*step, frame)?;
            before = frame;
        }
        Ok(recorder.finish())
    }

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

    fn slots_of(&self, index: usize) -> &[u32] {
        self.slots.get(index * self.layout.n_rows..(index + 1) * self.layout.n_rows).unwrap_or(&[])
    }
}

/// Bytes of `n_vectors` vectors of `dims` numbers, and of saying in `n_places` places of frames which one is there: where
/// vectors are short and few move, most of the memory is the latter.
pub(super) fn bytes_of(n_vectors: usize, dims: usize, n_places: usize) -> usize {
    n_vectors * dims * size_of::<f32>() + n_places * size_of::<u32>()
}

/// Frames in the making.
#[derive(Debug)]
pub(super) struct Recorder {
    /// Bytes kept before the recording is thinned.
    budget: usize,
    stride: usize,
    steps: Vec<usize>,
    slots: Vec<u32>,
    /// Rows that have moved since the last frame, some more than once.
    moved: Vec<u32>,
    /// Slots that no frame needs any more, for vectors to come, and how many slots there are with them.
    free: Vec<u32>,
    n_slots: u32,
    layout: Layout,
    pieces: Vec<Piece>,
    supply: Pieces,
}

impl Recorder {
    /// An empty recording of `n_rows` vectors that keeps every `stride`-th step, about `n_frames` of them.
    ///
    /// # Errors
    /// If there is no memory.
    pub(super) fn new(
        [n_frames, n_rows, dims]: [usize; 3],
        stride: usize,
        budget: usize,
        mut supply: Pieces,
    ) -> io::Result<Self> {
        let pieces = vec![supply.next()?];
        let per_piece = (pieces[0].numbers().len() / dims.max(1)).max(1) as u32;
        Ok(Self {
            budget,
            stride,
            steps: Vec::with_capacity(n_frames),
            slots: Vec::with_capacity(n_frames * n_rows),
            moved: Vec::new(),
            free: Vec::new(),
            n_slots: 0,
            layout: Layout { n_rows, dims, per_piece },
            pieces,
            supply,
        })
    }

    /// How many frames are kept.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// The last step that was recorded.
    pub(super) fn last_step(&self) -> Option<usize> {
        self.steps.last().copied()
    }

    /// Whether `step` is to be recorded, being perhaps the last one.
    pub(super) fn wants(&self, step: usize, is_last: bool) -> bool {
        (step.is_multiple_of(self.stride) || is_last) && self.last_step() != Some(step)
    }

    /// Takes note that the vectors `rows` have moved; `None`: all.
    pub(super) fn note_moved(&mut self, rows: Option<&[u32]>) {
        match rows {
            Some(rows) => self.moved.extend_from_slice(rows),
            None => self.moved.extend(0..self.layout.n_rows as u32),
        }
        if self.moved.len() > 4 * self.layout.n_rows {
            self.name_moved_once();
        }
    }

    fn name_moved_once(&mut self) {
        if !self.moved.is_sorted_by(|a, b| a < b) {
            self.moved.sort_unstable();
            self.moved.dedup();
        }
    }

    /// Records `values` as `step` if its turn has come or it `is_last`.
    pub(super) fn record(&mut self, step: usize, values: &[f32], is_last: bool) -> io::Result<()> {
        if self.wants(step, is_last) {
            self.keep(step, values)?;
        }
        let n_vectors = self.n_slots as usize - self.free.len();
        if bytes_of(n_vectors, self.layout.dims, self.slots.len()) > self.budget && self.len() > 2 {
            self.thin(is_last);
        }
        Ok(())
    }

    fn keep(&mut self, step: usize, values: &[f32]) -> io::Result<()> {
        let start = self.slots.len();
        if start == 0 {
            self.slots.resize(self.layout.n_rows, 0);
            self.moved = (0..self.layout.n_rows as u32).collect();
        } else {
            self.slots.extend_from_within(start - self.layout.n_rows..);
            self.name_moved_once();
        }
        let mut moved = std::mem::take(&mut self.moved);
        let mut rest = &moved[..];
        while let Some(first) = rest.first() {
            let n_stored = match self.free.pop() {
                Some(slot) => {
                    let row = *first as usize;
                    self.layout.write(&mut self.pieces, slot, &values[row * self.layout.dims..][..self.layout.dims]);
                    self.slots[start + row] = slot;
                    1
                }
                None => self.store_behind(start, rest, values)?,
            };
            rest = &rest[n_stored..];
        }
        moved.clear();
        self.moved = moved;
        self.steps.push(step);
        Ok(())
    }

    /// Puts the vectors `rows` of `values`, as many as fit into one piece, behind all others; says how many these are.
    fn store_behind(&mut self, start: usize, rows: &[u32], values: &[f32]) -> io::Result<usize> {
        let (piece, range) = self.layout.place(self.n_slots);
        if piece >= self.pieces.len() {
            self.pieces.push(self.supply.next()?);
        }
        let dims = self.layout.dims;
        let n_free = self.layout.per_piece - self.n_slots % self.layout.per_piece;
        let rows = &rows[..rows.len().min(n_free as usize)];
        let room = &mut self.pieces[piece].numbers_mut()[range.start..][..rows.len() * dims];
        every_row(room, dims, |number, vector| {
            vector.copy_from_slice(&values[rows[number] as usize * dims..][..dims]);
        });
        for row in rows {
            self.slots[start + *row as usize] = self.n_slots;
            self.n_slots += 1;
        }
        Ok(rows.len())
    }

    /// Drops every second frame and doubles the stride; the last one of a run stays in any case.
    pub(super) fn thin(&mut self, keeps_last: bool) {
        self.stride *= 2;
        let (stride, last) = (self.stride, self.last_step().filter(|_| keeps_last));
        let stays = |step: usize| step.is_multiple_of(stride) || Some(step) == last;
        let latest = self.latest_slots().to_vec();
        let frames = self.steps.iter().zip(self.slots.chunks_exact(self.layout.n_rows.max(1)));
        self.slots = frames.filter(|(step, _)| stays(**step)).flat_map(|(_, slots)| slots).copied().collect();
        self.steps.retain(|step| stays(*step));
        // What the latest frame had that is now gone has still moved since the one that is the latest now.
        let moved = (0..).zip(latest.iter().zip(self.latest_slots())).filter(|(_, (then, now))| then != now);
        self.moved = moved.map(|(row, _)| row).chain(self.moved.iter().copied()).collect();
        self.free = self.unused();
    }

    fn latest_slots(&self) -> &[u32] {
        &self.slots[self.slots.len().saturating_sub(self.layout.n_rows)..]
    }

    /// Slots that no frame needs.
    fn unused(&self) -> Vec<u32> {
        let mut is_used = vec![false; self.n_slots as usize];
        self.slots.iter().for_each(|slot| is_used[*slot as usize] = true);
        (0..self.n_slots).filter(|slot| !is_used[*slot as usize]).collect()
    }

    /// The recording, moved together so that it holds no memory for frames that were dropped.
    pub(super) fn finish(mut self) -> Frames {
        let n_used = self.n_slots - self.free.len() as u32;
        let mut free: Vec<u32> = self.free.iter().copied().filter(|slot| *slot < n_used).collect();
        let mut moved_to: Vec<Option<u32>> = vec![None; self.n_slots as usize];
        for slot in self.slots.iter_mut().filter(|slot| **slot >= n_used) {
            let to = &mut moved_to[*slot as usize];
            if to.is_none() {
                *to = free.pop();
                let vector = self.layout.read(&self.pieces, *slot).to_vec();
                to.iter().for_each(|to| self.layout.write(&mut self.pieces, *to, &vector));
            }
            *slot = to.unwrap_or(*slot);
        }
        self.pieces.truncate(n_used.div_ceil(self.layout.per_piece) as usize);
        let Self { stride, steps, slots, layout, pieces, .. } = self;
        Frames { stride, steps, slots, layout, pieces: pieces.into() }
    }
}
