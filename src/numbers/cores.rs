//! Sharing work on rows between cores: from what size on, and without waiting for a core to wake up.
//!
//! Products of matrices share themselves: `product.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::Yield;
use rayon::prelude::*;

/// Numbers from which work on them is shared.
pub(crate) const SHARED_FROM: usize = 50_000;

/// Numbers that one core takes at a time, about.
pub(super) const PART: usize = SHARED_FROM / 4;

/// Cores that share a product, at most.
pub(super) const MAX_CORES: usize = 4;

/// Cores beside its own that a computation keeps awake, at most.
const MAX_AWAKE: usize = MAX_CORES - 1;

/// Times that a core looks for work before it leaves: some milliseconds.
const MAX_ROUNDS: usize = 20_000;

/// Rounds of looking for work between two chances for other programs.
const ROUNDS: usize = 64;

/// Two pieces of work on `n` numbers; side by side where there is more to gain than handing one over takes.
pub(crate) fn both<A: Send, B: Send>(n: usize, left: impl FnOnce() -> A + Send, right: impl FnOnce() -> B + Send) -> (A, B) {
    if n < SHARED_FROM { (left(), right()) } else { rayon::join(left, right) }
}

/// `work` on every row of `dims` numbers in `values`, with its number.
pub(crate) fn every_row<T: Send>(values: &mut [T], dims: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let work = |(number, row): (usize, &mut [T])| work(number, row);
    if values.len() < SHARED_FROM {
        values.chunks_exact_mut(dims).enumerate().for_each(work);
    } else {
        let rows = values.par_chunks_exact_mut(dims).enumerate().with_min_len(PART.div_ceil(dims));
        rows.for_each(work);
    }
}

/// Cores that look for parts of a long computation, so that they are not put to sleep between its steps.
///
/// A core that finds nothing to do for a few microseconds sleeps, and waking it takes as long as many of the parts do.
#[derive(Debug, Default)]
pub(crate) struct KeptAwake {
    owner: Option<usize>,
    n_wanted: usize,
    n_awake: Arc<AtomicUsize>,
}

impl KeptAwake {
    /// For the computation on this thread of rayon's, if it is to have any.
    pub(crate) fn new(is_wanted: bool) -> Self {
        let n_others = rayon::current_num_threads().saturating_sub(1);
        let n_wanted = if is_wanted { n_others.min(MAX_AWAKE) } else { 0 };
        Self { owner: rayon::current_thread_index(), n_wanted, n_awake: Arc::default() }
    }

    /// Calls those that have left, which each of them does after a while: it may have been called while it waits for
    /// a part of something else, and that has to go on.
    pub(crate) fn call(&self) {
        for _ in self.n_awake.load(Ordering::Relaxed)..self.n_wanted {
            self.n_awake.fetch_add(1, Ordering::Relaxed);
            let (owner, n_awake) = (self.owner, self.n_awake.clone());
            rayon::spawn(move || {
                if rayon::current_thread_index() != owner {
                    look_for_work();
                }
                n_awake.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}

fn look_for_work() {
    for round in 1..=MAX_ROUNDS {
        if rayon::yield_now() == Some(Yield::Executed) {
            continue;
        }
        if round % ROUNDS == 0 {
            std::thread::yield_now();
        }
        std::hint::spin_loop();
    }
}
