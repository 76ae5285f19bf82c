//! Loops compiled for the widest registers that the machine has.

use pulp::{Arch, Simd, WithSimd};

struct Widest<F>(F);

impl<R, F: FnMut() -> R> WithSimd for Widest<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> R {
        (self.0)()
    }
}

/// Runs `work` in a form that the compiler made for this machine's registers.
///
/// `work` must be a closure marked `#[inline(always)]`, as must be what it calls. It is taken as `FnMut`: a
/// closure handed to pulp directly is called through a shim for `FnOnce`, which is compiled for the oldest
/// machines, and then nothing is gained.
#[inline(always)]
pub(crate) fn widest<R>(work: impl FnMut() -> R) -> R {
    Arch::new().dispatch(Widest(work))
}
