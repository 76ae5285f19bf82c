//! Drawings as pixels: resvg draws the SVG, with Inter and, only for letters that Inter lacks, the fonts of the system;
//! so a picture of Latin text is the same on every machine.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb::Database};

use super::svg::svg_text;
use super::text::is_covered;
use super::{Drawing, INTER_REGULAR, INTER_SEMIBOLD, Palette, PictureError, Shape, Theme};
use crate::memory::{Need, NoMemory};

/// Pixels a picture may have: the memory it takes is four bytes for each.
const MAX_PIXELS: f32 = 64e6;

/// The pixels that a drawing of `size` has with `zoom` pixels for each of its own.
///
/// # Errors
/// If they are none or too many.
pub fn pixel_size(size: [f32; 2], zoom: f32) -> Result<[u32; 2], PictureError> {
    let [width, height] = size.map(|side| (side * zoom).round());
    if width >= 1.0 && height >= 1.0 && width * height <= MAX_PIXELS {
        return Ok([width as u32, height as u32]);
    }
    Err(PictureError::Size(format!("{width} x {height}")))
}

/// Asks for what a picture of so many pixels takes, drawn and as a file.
fn ask_for_memory([width, height]: [u32; 2]) -> Result<(), NoMemory> {
    Need::of("this picture", "draw it smaller, or as .svg")
        .and(format!("{width} x {height} pixels, drawn and as a file"), &[width as usize, height as usize, 2 * PIXEL])
        .ask()
}

/// Bytes of a pixel.
const PIXEL: usize = 4;

/// A pixel: red, green, blue.
pub(super) type Rgb = [u8; 3];

/// What turns drawings into pixels, one or many: fonts are opened once.
pub(super) struct Raster {
    palette: &'static Palette,
    zoom: f32,
    inter: Arc<Database>,
    with_system: OnceLock<Arc<Database>>,
}

impl Raster {
    pub(super) fn new(theme: Theme, zoom: f32) -> Self {
        let mut inter = Database::new();
        inter.load_font_data(INTER_REGULAR.to_vec());
        inter.load_font_data(INTER_SEMIBOLD.to_vec());
        Self { palette: Palette::of(theme), zoom, inter: Arc::new(inter), with_system: OnceLock::new() }
    }

    /// `drawing` as pixels.
    ///
    /// # Errors
    /// If it has too many pixels.
    pub(super) fn draw(&self, drawing: &Drawing) -> Result<Pixmap, PictureError> {
        let [width, height] = pixel_size(drawing.size, self.zoom)?;
        ask_for_memory([width, height])?;
        let options =
            usvg::Options { font_family: "Inter".to_owned(), fontdb: self.fonts_for(drawing), ..usvg::Options::default() };
        let tree = usvg::Tree::from_str(&svg_text(drawing, self.palette), &options).map_err(PictureError::undrawable)?;
        let mut pixels = Pixmap::new(width, height).ok_or_else(|| PictureError::Size(format!("{width} x {height}")))?;
        resvg::render(&tree, Transform::from_scale(self.zoom, self.zoom), &mut pixels.as_mut());
        Ok(pixels)
    }

    /// The same where every picture has a ground, so that no pixel is transparent.
    pub(super) fn solid_pixels(&self, drawing: &Drawing) -> Result<Vec<Rgb>, PictureError> {
        let pixels = self.draw(drawing)?;
        Ok(pixels.pixels().iter().map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect())
    }

    fn fonts_for(&self, drawing: &Drawing) -> Arc<Database> {
        let needs_more = |shape: &Shape| matches!(shape, Shape::Text { text, .. } if !is_covered(text));
        if !drawing.shapes.iter().any(needs_more) {
            return self.inter.clone();
        }
        let with_system = self.with_system.get_or_init(|| {
            let mut fonts = Database::clone(&self.inter);
            fonts.load_system_fonts();
            Arc::new(fonts)
        });
        with_system.clone()
    }
}
