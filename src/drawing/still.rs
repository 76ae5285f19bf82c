//! A drawing as the bytes of a file, SVG or PNG.

use super::pixels::Raster;
use super::svg::svg_text;
use super::{Drawing, Palette, PictureError, PictureFormat, Theme};

/// The bytes of a file that shows `drawing`; a PNG has `zoom` pixels for each of its own.
///
/// # Errors
/// If it has too many pixels.
pub fn picture_bytes(drawing: &Drawing, theme: Theme, format: PictureFormat, zoom: f32) -> Result<Vec<u8>, PictureError> {
    match format {
        PictureFormat::Svg => Ok(svg_text(drawing, Palette::of(theme)).into_bytes()),
        PictureFormat::Png => Raster::new(theme, zoom).draw(drawing)?.encode_png().map_err(PictureError::undrawable),
    }
}
