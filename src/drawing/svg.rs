//! Drawings as SVG text, and as PNG by rendering that text: one definition for both.
//!
//! resvg draws the SVG, with Inter and, only for letters that Inter lacks, the fonts of the system;
//! so a picture of Latin text is the same on every machine.

use std::path::Path;
use std::sync::Arc;

use resvg::{tiny_skia, usvg};

use super::text::is_covered;
use super::{Drawing, GroupStyle, INTER_REGULAR, INTER_SEMIBOLD, Ink, Mark, Palette, Shape, Theme, mark_corners};

/// Pixels a picture may have: the memory it takes is four bytes for each.
const MAX_PIXELS: f32 = 64e6;

/// Why a picture could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It has no pixels or too many, or what is in it can't be drawn.
    #[error("expected a picture of 1 to 64 million pixels that can be drawn, got {0}")]
    Size(String),
    /// The name says no format that is known.
    #[error("{0}: expected a name that ends in .png or .svg")]
    Format(String),
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
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("png") => Ok(Self::Png),
            Some("svg") => Ok(Self::Svg),
            _ => Err(PictureError::Format(path.display().to_string())),
        }
    }
}

/// The bytes of a file that shows `drawing`; a PNG has `zoom` pixels for each of its own.
///
/// # Errors
/// If it has too many pixels.
pub fn picture_bytes(drawing: &Drawing, theme: Theme, format: PictureFormat, zoom: f32) -> Result<Vec<u8>, PictureError> {
    let palette = Palette::of(theme);
    match format {
        PictureFormat::Svg => Ok(svg_text(drawing, palette).into_bytes()),
        PictureFormat::Png => png_bytes(drawing, palette, zoom),
    }
}

/// `drawing` as an SVG document.
fn svg_text(drawing: &Drawing, palette: &Palette) -> String {
    let [width, height] = drawing.size;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n"
    );
    for shape in &drawing.shapes {
        svg.push_str(&element(shape, palette));
        svg.push('\n');
    }
    svg.push_str("</svg>\n");
    svg
}

fn png_bytes(drawing: &Drawing, palette: &Palette, zoom: f32) -> Result<Vec<u8>, PictureError> {
    let [width, height] = drawing.size.map(|side| (side * zoom).round());
    let refused = || PictureError::Size(format!("{width} x {height}"));
    if !(width >= 1.0 && height >= 1.0 && width * height <= MAX_PIXELS) {
        return Err(refused());
    }
    let options = usvg::Options { font_family: "Inter".to_owned(), fontdb: Arc::new(fonts_for(drawing)), ..Default::default() };
    let tree =
        usvg::Tree::from_str(&svg_text(drawing, palette), &options).map_err(|error| PictureError::Size(error.to_string()))?;
    let mut pixels = tiny_skia::Pixmap::new(width as u32, height as u32).ok_or_else(refused)?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(zoom, zoom), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| PictureError::Size(error.to_string()))
}

fn fonts_for(drawing: &Drawing) -> usvg::fontdb::Database {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(INTER_REGULAR.to_vec());
    fonts.load_font_data(INTER_SEMIBOLD.to_vec());
    let needs_more = |shape: &Shape| matches!(shape, Shape::Text { text, .. } if !is_covered(text));
    if drawing.shapes.iter().any(needs_more) {
        fonts.load_system_fonts();
    }
    fonts
}

fn colour(palette: &Palette, ink: Ink) -> String {
    format!("#{:06x}", palette.value(ink))
}

fn element(shape: &Shape, palette: &Palette) -> String {
    match shape {
        Shape::Rect { min, max, ink, opacity } => {
            let (w, h) = (max[0] - min[0], max[1] - min[1]);
            format!(
                "<rect x=\"{}\" y=\"{}\" width=\"{w}\" height=\"{h}\" fill=\"{}\" fill-opacity=\"{opacity}\"/>",
                min[0],
                min[1],
                colour(palette, *ink)
            )
        }
        Shape::Path { points, width, ink, opacity, dashed } => {
            let dashes = if *dashed { " stroke-dasharray=\"5 4\"" } else { "" };
            format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width:.2}\" stroke-opacity=\"{opacity}\" stroke-linejoin=\"round\"{dashes}/>",
                points_text(points),
                colour(palette, *ink)
            )
        }
        Shape::Head { tip, along, size, ink } => {
            format!(
                "<polygon points=\"{}\" fill=\"{}\"/>",
                points_text(&head_corners(*tip, *along, *size)),
                colour(palette, *ink)
            )
        }
        Shape::Marker { at, radius, style, ink, opacity } => marker(*at, *radius, *style, &colour(palette, *ink), *opacity),
        Shape::Ring { at, radius, ink } => {
            format!(
                "<circle cx=\"{:.2}\" cy=\"{:.2}\" r=\"{radius}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>",
                at[0],
                at[1],
                colour(palette, *ink)
            )
        }
        Shape::Text { at, text, size, ink, strong, opacity } => {
            let weight = if *strong { 600 } else { 400 };
            // The middle of the letters lies about a third of their size above the base line.
            format!(
                "<text x=\"{:.2}\" y=\"{:.2}\" font-family=\"Inter\" font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{}\" fill-opacity=\"{opacity}\" xml:space=\"preserve\">{}</text>",
                at[0],
                at[1] + size * 0.36,
                colour(palette, *ink),
                escaped(text)
            )
        }
    }
}

/// Corners of the head of an arrow.
pub fn head_corners(tip: [f32; 2], along: [f32; 2], size: f32) -> [[f32; 2]; 3] {
    let back = [tip[0] - along[0] * size, tip[1] - along[1] * size];
    let across = [-along[1] * size * 0.5, along[0] * size * 0.5];
    [tip, [back[0] + across[0], back[1] + across[1]], [back[0] - across[0], back[1] - across[1]]]
}

fn marker(at: [f32; 2], radius: f32, style: GroupStyle, colour: &str, opacity: f32) -> String {
    let paint = if style.is_outline {
        format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" stroke-opacity=\"{opacity}\"")
    } else {
        format!("fill=\"{colour}\" fill-opacity=\"{opacity}\"")
    };
    if style.mark == Mark::Circle {
        return format!("<circle cx=\"{:.2}\" cy=\"{:.2}\" r=\"{radius}\" {paint}/>", at[0], at[1]);
    }
    let corners: Vec<[f32; 2]> =
        mark_corners(style.mark).iter().map(|corner| [at[0] + corner[0] * radius, at[1] + corner[1] * radius]).collect();
    format!("<polygon points=\"{}\" {paint}/>", points_text(&corners))
}

fn points_text(points: &[[f32; 2]]) -> String {
    points.iter().map(|[x, y]| format!("{x:.2},{y:.2}")).collect::<Vec<_>>().join(" ")
}

/// Text as XML wants it; letters that XML forbids become a replacement mark.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            letter if letter < ' ' || letter == '\u{FFFE}' || letter == '\u{FFFF}' => out.push('\u{FFFD}'),
            letter => out.push(letter),
        }
    }
    out
}
