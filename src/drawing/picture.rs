//! What can be wrong with a picture, and in what form one that stands still is written.

use std::path::Path;

use crate::memory::NoMemory;

/// Why a picture could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It has no pixels or too many, or what is in it can't be drawn.
    #[error("expected a picture of 1 to 64 million pixels that can be drawn, got {0}")]
    Size(String),
    /// The name says no format that is known.
    #[error("{name}: expected a name that ends in {expected}")]
    Format {
        /// The name.
        name: String,
        /// The endings that are known.
        expected: &'static str,
    },
    /// It would need more memory than there is.
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl PictureError {
    pub(super) fn undrawable(cause: impl ToString) -> Self {
        Self::Size(cause.to_string())
    }

    /// Of a file at `path` whose name ends in none of `expected`.
    pub fn ending(path: &Path, expected: &'static str) -> Self {
        Self::Format { name: path.display().to_string(), expected }
    }
}

/// In what form a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// Pixels.
    Png,
    /// Shapes.
    Svg,
}

impl PictureFormat {
    /// The format that the name of a file ends in.
    ///
    /// # Errors
    /// If it ends in no format that is known.
    pub fn of_name(path: &Path) -> Result<Self, PictureError> {
        match ending_of(path).as_deref() {
            Some("png") => Ok(Self::Png),
            Some("svg") => Ok(Self::Svg),
            _ => Err(PictureError::ending(path, ".png or .svg")),
        }
    }
}

/// What the name of a file ends in, in small letters.
pub(super) fn ending_of(path: &Path) -> Option<String> {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase())
}
