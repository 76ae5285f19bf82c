//! Sharing the work of a step between cores: from what size on, and without waiting for a core to wake up.
//!
//! Products of matrices share themselves: `space/product.rs`.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::Yield;
use rayon::prelude::*;

/// Numbers from which work on them is shared.
pub(super) const SHARED_FROM: usize = 50_000;

/// Numbers that one core takes at a time, about.
const PART: usize = SHARED_FROM / 4;

/// Cores beside its own that a run keeps awake, at most: a product is shared by four.
const MAX_AWAKE: usize = 3;

/// Rounds of looking for work between two chances for other programs.
const ROUNDS: usize = 64;

/// Two pieces of work on `n` numbers; side by side where there is more to gain than handing one over takes.
pub(super) fn both<A: Send, B: Send>(n: usize, left: impl FnOnce() -> A + Send, right: impl FnOnce() -> B + Send) -> (A, B) {
    if n < SHARED_FROM { (left(), right()) } else { rayon::join(left, right) }
}

/// `work` on every row of `dims` numbers in `values` and its number; true if it was for all of them.
pub(super) fn every_row<T: Send>(values: &mut [T], dims: usize, work: impl Fn(usize, &mut [T]) -> bool + Sync) -> bool {
    let work = |(number, row): (usize, &mut [T])| work(number, row);
    if values.len() < SHARED_FROM {
        // Not `all`, which would leave rows out.
        values.chunks_mut(dims).enumerate().map(work).fold(true, |all, one| all & one)
    } else {
        let rows = values.par_chunks_mut(dims).enumerate().with_min_len(PART.div_ceil(dims));
        rows.map(work).reduce(|| true, |all, one| all & one)
    }
}

/// Does `work` while other cores look for parts of it all the time, if it `is_shared` in small parts.
///
/// A core that finds nothing to do for a few microseconds is put to sleep, and waking it takes as long as many of the
/// parts do.
pub(super) fn with_cores_awake<R: Send>(is_shared: bool, work: impl FnOnce() -> R + Send) -> R {
    let is_over = AtomicBool::new(false);
    // On one of rayon's own threads half of a product is handed to another core by leaving it where that looks;
    // from outside, the caller would have to be put to sleep and woken for each of them.
    rayon::scope(|scope| {
        // Also if `work` panics: the others would look for more for ever.
        let _over = Over(&is_over);
        if is_shared {
            let (own, is_over) = (rayon::current_thread_index(), &is_over);
            scope.spawn_broadcast(move |_, other| {
                let distance = own.map(|own| (other.index() + other.num_threads() - own) % other.num_threads());
                if distance.is_some_and(|distance| (1..=MAX_AWAKE).contains(&distance)) {
                    look_for_work(is_over);
                }
            });
        }
        work()
    })
}

fn look_for_work(is_over: &AtomicBool) {
    let mut rounds = 0;
    while !is_over.load(Ordering::Relaxed) {
        if rayon::yield_now() == Some(Yield::Executed) {
            rounds = 0;
            continue;
        }
        rounds += 1;
        if rounds % ROUNDS == 0 {
            std::thread::yield_now();
        }
        std::hint::spin_loop();
    }
}

/// Says that it is over when it goes.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
