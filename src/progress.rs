//! The one way in which long work reports how far it is and learns that it should stop.
//!
//! A long function takes `&mut OnProgress`. The command line prints what it hears, the worker
//! forwards it to the window, tests pass [`ignore`]. Answering `Break` is cancelling: there is no
//! other signal. No clock is read here; whoever listens measures rates.

use std::ops::ControlFlow;

/// How far a long piece of work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Units finished so far.
    pub done: usize,
    /// Units in all; 0 only in a [`Progress::HEARTBEAT`].
    pub total: usize,
    /// What a unit is, in the plural ("steps", "phrases").
    pub unit: &'static str,
}

impl Progress {
    /// No unit is finished, but now would be a good time to stop: steps that take long send these.
    pub const HEARTBEAT: Self = Self { done: 0, total: 0, unit: "" };

    /// Finished share, 0..=1.
    pub fn share(self) -> f32 {
        self.done as f32 / self.total.max(1) as f32
    }
}

/// The unit of what comes over a network; what is done with bytes besides has it at the start of its own.
pub const BYTES: &str = "bytes";

/// Called every so often by long work; `Break` asks it to stop soon.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + Send + 'a;

/// A listener that never cancels.
pub fn ignore(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
