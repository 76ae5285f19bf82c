//! Memory for frames: large pieces that another core makes ready before they are needed.
//!
//! Writing a frame takes less time than the system takes to hand out and clear the small pages under it: of short
//! runs that was a third of the time. Pieces ask for huge pages, and another core touches them ahead of the recording.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memmap2::MmapMut;

/// Bytes of a piece, unless all vectors together are smaller: hundreds of times more than a vector takes at most.
const PIECE_BYTES: usize = HUGE_PAGE;

/// Size and alignment of a huge page.
const HUGE_PAGE: usize = 2 << 20;

/// Bytes that a cache holds together. Touching one of each makes the pages ready and has them in the cache that the
/// cores share: what the system clears may not be.
const CACHE_LINE: usize = 64;

/// Pieces that lie ready or are being made ready, at most: what was cleared long before it is written to is no longer
/// in the cache that the cores share.
const AHEAD: usize = 1;

/// Fewer pieces than these are not worth the trouble.
const MIN_PIECES: usize = 4;

/// Memory for a few frames, zeros at first.
#[derive(Debug)]
pub(super) struct Piece {
    map: MmapMut,
    start: usize,
    end: usize,
}

impl Piece {
    fn new(n_bytes: usize) -> io::Result<Self> {
        let is_huge = n_bytes.is_multiple_of(HUGE_PAGE);
        let map = MmapMut::map_anon(if is_huge { n_bytes + HUGE_PAGE } else { n_bytes })?;
        let start = if is_huge { map.as_ptr().align_offset(HUGE_PAGE).min(HUGE_PAGE) } else { 0 };
        #[cfg(target_os = "linux")]
        if is_huge && let Err(error) = map.advise_range(memmap2::Advice::HugePage, start, n_bytes) {
            log::debug!("no huge pages: {error}");
        }
        Ok(Self { map, start, end: start + n_bytes })
    }

    fn touch(&mut self) {
        self.map[self.start..self.end].iter_mut().step_by(CACHE_LINE).for_each(|byte| *byte = 0);
    }

    pub(super) fn numbers(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map[self.start..self.end])
    }

    pub(super) fn numbers_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.map[self.start..self.end])
    }
}

/// Where pieces of one size come from.
#[derive(Debug)]
pub(super) struct Pieces {
    n_bytes: usize,
    /// Pieces that will still be wanted, beside those that were ordered.
    n_wanted: usize,
    /// Pieces that were ordered and not yet taken.
    n_ordered: usize,
    ready: Arc<Mutex<Vec<Piece>>>,
}

impl Pieces {
    /// Pieces for about `n_vectors` vectors of `dims` numbers; as many lie in each as fit.
    pub(super) fn new(dims: usize, n_vectors: usize) -> Self {
        let all = (dims * n_vectors.max(1) * size_of::<f32>()).max(size_of::<f32>());
        let n_bytes = all.min(PIECE_BYTES);
        let n_pieces = all.div_ceil(n_bytes);
        let n_wanted = if n_pieces < MIN_PIECES { 0 } else { n_pieces };
        Self { n_bytes, n_wanted, n_ordered: 0, ready: Arc::default() }
    }

    /// Another piece: one that lies ready, or else a new one whose pages come when they are written to.
    pub(super) fn next(&mut self) -> io::Result<Piece> {
        let piece = lock(&self.ready).pop();
        match piece {
            Some(_) => self.n_ordered -= 1,
            None => self.n_wanted = self.n_wanted.saturating_sub(1),
        }
        self.order();
        piece.map_or_else(|| Piece::new(self.n_bytes), Ok)
    }

    /// Has other cores, if they have nothing better to do, make pieces ready.
    fn order(&mut self) {
        while self.n_wanted > 0 && self.n_ordered < AHEAD {
            self.n_wanted -= 1;
            self.n_ordered += 1;
            let (n_bytes, ready) = (self.n_bytes, Arc::downgrade(&self.ready));
            rayon::spawn(move || {
                // Nobody wants it any more if the recording has ended meanwhile.
                let Some(ready) = ready.upgrade() else { return };
                // Where there is no memory, the recording itself will find out and say so.
                let Ok(mut piece) = Piece::new(n_bytes) else { return };
                piece.touch();
                lock(&ready).push(piece);
            });
        }
    }
}

fn lock(ready: &Mutex<Vec<Piece>>) -> MutexGuard<'_, Vec<Piece>> {
    ready.lock().unwrap_or_else(PoisonError::into_inner)
}
