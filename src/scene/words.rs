//! Words in pictures: as shapes, cut and broken to a width; and numbers as words.

use crate::drawing::{Ink, Shape, text_width};

/// Words whose left end, at half their height, is `at`.
pub(super) fn text(at: [f32; 2], words: impl Into<String>, size: f32, ink: Ink, strong: bool) -> Shape {
    Shape::Text { at, text: words.into(), size, ink, strong, opacity: 1.0 }
}

/// `words`, cut with "…" where they are wider than `width` pixels.
pub(super) fn fitted(words: &str, size: f32, strong: bool, width: f32) -> String {
    if text_width(words, size, strong) <= width {
        return words.to_owned();
    }
    let mut kept = words.to_owned();
    while !kept.is_empty() && text_width(&kept, size, strong) + text_width("…", size, strong) > width {
        kept.pop();
    }
    format!("{}…", kept.trim_end())
}

/// `words` in as many lines of `width` pixels as they take; a word that is wider is cut.
pub(super) fn broken(words: &str, size: f32, strong: bool, width: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        let word = fitted(word, size, strong, width);
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size, strong) <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Two digits after the point, and no minus before a zero.
pub fn two_digits(value: f64) -> String {
    format!("{:.2}", if value.abs() < 0.005 { 0.0 } else { value })
}

/// A few telling digits, however large or small.
pub fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-3..1e5).contains(&size) => format!("{value:.0e}"),
        size if size < 100.0 => format!("{value:.3}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_broken_and_cut_to_their_width() {
        let sentence = "every vector is pulled and pushed many ways at once";
        let lines = broken(sentence, 12.0, false, 120.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| text_width(line, 12.0, false) <= 120.0), "{lines:?}");
        assert_eq!(lines.join(" "), sentence);
        assert_eq!(fitted("short", 12.0, false, 120.0), "short");
        let cut = fitted(sentence, 12.0, true, 80.0);
        assert!(cut.ends_with('…') && text_width(&cut, 12.0, true) <= 80.0, "{cut}");
        assert_eq!(broken("", 12.0, false, 50.0), Vec::<String>::new());
    }
}
