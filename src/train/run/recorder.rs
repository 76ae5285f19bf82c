//! Recording: the frames of a run in the making.
//!
//! What it will hold is said before by a plan (`plan.rs`); what is read of it afterwards is in `frames.rs`.

use std::io;

use super::frames::{Frames, Layout};
use super::pages::{Piece, Pieces};
use super::plan::{FINE_FRAMES, RecordingPlan, bytes_of};
use crate::numbers::every_row;

/// Frames in the making, thinned to fit a budget of memory.
#[derive(Debug)]
pub(crate) struct Recorder {
    plan: RecordingPlan,
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
    /// An empty recording.
    ///
    /// # Errors
    /// If there is no memory.
    pub(crate) fn new(plan: &RecordingPlan) -> io::Result<Self> {
        let mut supply = Pieces::new(plan.dims, plan.n_vectors);
        let pieces = vec![supply.next()?];
        let per_piece = (pieces[0].numbers().len() / plan.dims.max(1)).max(1) as u32;
        Ok(Self {
            plan: *plan,
            stride: plan.first_stride,
            steps: Vec::with_capacity(plan.n_frames),
            slots: Vec::with_capacity(plan.n_frames * plan.n_rows),
            moved: Vec::new(),
            free: Vec::new(),
            n_slots: 0,
            layout: Layout { n_rows: plan.n_rows, dims: plan.dims, per_piece },
            pieces,
            supply,
        })
    }

    /// The last step that was recorded.
    pub(crate) fn last_step(&self) -> Option<usize> {
        self.steps.last().copied()
    }

    /// Whether `step` is to be recorded, being perhaps the last one.
    pub(crate) fn wants(&self, step: usize, is_last: bool) -> bool {
        (step.is_multiple_of(self.stride) || is_last) && self.last_step() != Some(step)
    }

    /// Takes note that the vectors `rows` have moved; `None`: all.
    pub(crate) fn note_moved(&mut self, rows: Option<&[u32]>) {
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

    /// Records `values` as `step` if its turn has come or it `is_last`; then thins what is too much.
    ///
    /// # Errors
    /// If there is no memory.
    pub(crate) fn record(&mut self, step: usize, values: &[f32], is_last: bool) -> io::Result<()> {
        if self.wants(step, is_last) {
            self.keep(step, values)?;
        }
        let n_vectors = self.n_slots as usize - self.free.len();
        if bytes_of(n_vectors, self.layout.dims, self.slots.len()) > self.plan.budget && self.steps.len() > 2 {
            self.thin(is_last);
        }
        if self.stride < self.plan.last_stride && self.steps.len() > FINE_FRAMES {
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
    fn thin(&mut self, keeps_last: bool) {
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
    pub(crate) fn finish(mut self) -> Frames {
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

/// Frames of `dims` numbers a vector at `steps`, recorded before: `numbers` holds, frame after frame, the number of each
/// row's vector among `vectors`, which are as many as they are named.
///
/// # Errors
/// If there is no memory.
pub(super) fn frames_of_numbered(
    dims: usize,
    stride: usize,
    steps: &[usize],
    numbers: &[u32],
    vectors: &[f32],
) -> io::Result<Frames> {
    let n_rows = numbers.len() / steps.len().max(1);
    let (n_frames, n_vectors, budget) = (steps.len(), vectors.len() / dims.max(1), usize::MAX);
    let plan = RecordingPlan { n_rows, dims, first_stride: stride, last_stride: stride, n_frames, n_vectors, budget };
    let mut recorder = Recorder::new(&plan)?;
    let mut frame = vec![0.0; n_rows * dims];
    let mut before: &[u32] = &[];
    for (step, now) in steps.iter().zip(numbers.chunks_exact(n_rows.max(1))) {
        for (row, number) in now.iter().enumerate().filter(|(row, number)| before.get(*row) != Some(*number)) {
            frame[row * dims..][..dims].copy_from_slice(&vectors[*number as usize * dims..][..dims]);
            recorder.moved.push(row as u32);
        }
        recorder.keep(*step, &frame)?;
        before = now;
    }
    Ok(recorder.finish())
}

/// Frames of `dims` numbers a vector at `steps`, recorded before: `values` holds one after the other.
///
/// # Errors
/// If there is no memory.
pub(super) fn frames_of_parts(dims: usize, stride: usize, steps: &[usize], values: &[f32]) -> io::Result<Frames> {
    let frame_len = values.len() / steps.len().max(1);
    let (n_frames, n_vectors) = (steps.len(), values.len() / dims.max(1));
    let (n_rows, budget) = (frame_len / dims.max(1), usize::MAX);
    let plan = RecordingPlan { n_rows, dims, first_stride: stride, last_stride: stride, n_frames, n_vectors, budget };
    let mut recorder = Recorder::new(&plan)?;
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
