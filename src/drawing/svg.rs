//! Drawings as SVG text: one definition for both kinds of file, as the pixels of the others are drawn from it.

use super::{Drawing, GroupStyle, Ink, Mark, Palette, Shape, mark_corners};

/// `drawing` as an SVG document.
pub(super) fn svg_text(drawing: &Drawing, palette: &Palette) -> String {
    let [width, height] = drawing.size;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n"
    );
    let (shown, lost): (Vec<&Shape>, Vec<&Shape>) = drawing.shapes.iter().partition(|shape| shape.is_finite());
    if !lost.is_empty() {
        log::warn!(
            "{} of {} shapes are left out of a picture: their places are no finite numbers",
            lost.len(),
            drawing.shapes.len()
        );
    }
    for shape in shown {
        svg.push_str(&element(shape, palette));
        svg.push('\n');
    }
    svg.push_str("</svg>\n");
    svg
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
                markup(text)
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

/// Text as it stands within markup, between elements or in quotes; letters that XML forbids become a replacement mark.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter if letter < ' ' || letter == '\u{FFFE}' || letter == '\u{FFFF}' => out.push('\u{FFFD}'),
            letter => out.push(letter),
        }
    }
    out
}
