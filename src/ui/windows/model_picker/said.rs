//! What a section of the picker says to the picker.
//!
//! What follows from it is told in `mod.rs`.

/// What a section says in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    /// Find out what the model is.
    Look,
    /// Take it.
    Use,
}
