//! A sequence of drawings that are made when they are asked for: what moving pictures are drawn from, and what a
//! picture is handed to another thread as.

use std::fmt;

use super::Drawing;

/// Drawings of one size, made when they are asked for, on whatever thread. A still picture is a film of one frame.
pub trait Film: fmt::Debug + Send + Sync {
    /// How many frames there are; at least one.
    fn n_frames(&self) -> usize {
        1
    }

    /// Width and height of every frame, in points.
    fn size(&self) -> [f32; 2];

    /// Frame `index` by itself.
    fn frame(&self, index: usize) -> Drawing;

    /// All frames in their order. A frame may remember the one before it, as long as the first and the last are what
    /// they are by themselves.
    fn frames(&self) -> Box<dyn Iterator<Item = Drawing> + '_> {
        Box::new((0..self.n_frames()).map(|index| self.frame(index)))
    }
}

impl Film for Drawing {
    fn size(&self) -> [f32; 2] {
        self.size
    }

    fn frame(&self, _index: usize) -> Drawing {
        self.clone()
    }
}
