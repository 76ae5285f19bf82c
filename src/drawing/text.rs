//! How wide a line of text is in Inter, for pictures made without a window.
//!
//! Letters that Inter lacks are counted by their usual width; fonts for them are the renderer's work.

use std::sync::LazyLock;

use ttf_parser::Face;

/// Inter Regular with tabular figures (see `assets/fonts`).
pub const INTER_REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.ttf");

/// Inter SemiBold with tabular figures.
pub const INTER_SEMIBOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.ttf");

static REGULAR: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(INTER_REGULAR, 0).ok());
static SEMIBOLD: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(INTER_SEMIBOLD, 0).ok());

/// Width in pixels of `text` at `size` pixels a line.
pub fn text_width(text: &str, size: f32, strong: bool) -> f32 {
    let face = if strong { &SEMIBOLD } else { &REGULAR };
    text.chars().map(|letter| advance(face.as_ref(), letter)).sum::<f32>() * size
}

/// Whether Inter has every letter of `text`.
pub(super) fn is_covered(text: &str) -> bool {
    REGULAR.as_ref().is_some_and(|face| text.chars().all(|letter| face.glyph_index(letter).is_some()))
}

/// Width of a letter for a size of 1.
fn advance(face: Option<&Face<'_>>, letter: char) -> f32 {
    /// Ideographs, kana, hangul and emoji are as wide as they are high; others about half.
    const FIRST_WIDE: char = '\u{1100}';
    let known = face
        .and_then(|face| Some(f32::from(face.glyph_hor_advance(face.glyph_index(letter)?)?) / f32::from(face.units_per_em())));
    known.unwrap_or(if letter >= FIRST_WIDE { 1.0 } else { 0.6 })
}
