//! Words of scripts that are written from right to left, in the order in which they are to be seen.
//!
//! egui shapes each word as its script wants it, letters from right to left and joined, but sets the words themselves from
//! left to right. Here the words and what stands between them are brought into the order of the Unicode Bidirectional
//! Algorithm; letters within words stay as they are. Text of several lines is broken into lines first, as it is read.
//!
//! In a field, the caret goes by the order of typing, and so do the words; as they are read, they stand below it.

use std::borrow::Cow;

use eframe::egui::{Color32, FontId, Label, Response, RichText, Role, Ui, WidgetInfo};
use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};

use super::theme;
use crate::drawing::Ink;

/// One line of text as it is to be handed to egui.
pub(in crate::ui) fn in_sight(line: &str) -> Cow<'_, str> {
    ordered(line, None)
}

/// One line of a sentence that is read from left to right, whatever it quotes: what stands in “quotation marks” by itself, so
/// that a number behind it stays behind it.
pub(in crate::ui) fn sentence_in_sight(line: &str) -> Cow<'_, str> {
    if !has_right_to_left(line) {
        return Cow::Borrowed(line);
    }
    let parts = line.split_inclusive(['“', '”']);
    Cow::Owned(parts.map(|part| part_in_sight(part).into_owned()).collect())
}

/// Words up to a quotation mark, which stays at their end.
fn part_in_sight(part: &str) -> Cow<'_, str> {
    match part.strip_suffix('”') {
        Some(quoted) => Cow::Owned(format!("{}”", ordered(quoted, None))),
        None => ordered(part, Some(Level::ltr())),
    }
}

/// Text that is broken into lines of at most `width` points, as it is to be handed to egui: each line in the order of reading.
pub(in crate::ui) fn lines_in_sight<'a>(ui: &Ui, text: &'a str, font: FontId, width: f32) -> Cow<'a, str> {
    if !has_right_to_left(text) {
        return Cow::Borrowed(text);
    }
    let base = BidiInfo::new(text, None).paragraphs.first().map(|paragraph| paragraph.level);
    Cow::Owned(lines_of(ui, text, font, width).iter().map(|line| ordered(line, base)).collect::<Vec<_>>().join("\n"))
}

/// The same of sentences that are read from left to right.
pub(in crate::ui) fn sentences_in_sight<'a>(ui: &Ui, text: &'a str, font: FontId, width: f32) -> Cow<'a, str> {
    if !has_right_to_left(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(lines_of(ui, text, font, width).iter().map(|line| sentence_in_sight(line)).collect::<Vec<_>>().join("\n"))
}

/// As many words in each line as fit; of what egui has broken itself, the letters can't be had again: it keeps the shapes.
fn lines_of(ui: &Ui, text: &str, font: FontId, width: f32) -> Vec<String> {
    let wide = |words: &str| ui.painter().layout_no_wrap(words.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x;
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            let longer = format!("{line}{word}");
            if !line.is_empty() && wide(longer.trim_end()) > width {
                lines.push(line.trim_end().to_owned());
                word.clone_into(&mut line);
            } else {
                line = longer;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// A label of several lines whose words stand in the order of reading, and are told to screen readers as they are written.
pub(in crate::ui) fn lines_label(ui: &mut Ui, text: &str, font: FontId, ink: Ink) -> Response {
    let seen = lines_in_sight(ui, text, font.clone(), ui.available_width());
    let is_other = seen != text;
    let response = ui.add(Label::new(RichText::new(seen).font(font).color(theme::ink(ui, ink))).wrap());
    if is_other {
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    }
    response
}

/// Below a field: what is typed in it in the order of reading, where that is another.
pub(in crate::ui) fn reading_order_ui(ui: &mut Ui, typed: &str) {
    let seen = in_sight(typed);
    if seen != typed {
        let line = Label::new(RichText::new(seen).color(theme::ink(ui, Ink::Weak))).truncate();
        let why = "As it is read. In the field itself, words stand in the order in which they are typed.";
        let response = ui.add(line).on_hover_text(why);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("As it is read: {typed}")));
    }
}

fn has_right_to_left(text: &str) -> bool {
    text.chars().any(is_right_to_left)
}

fn ordered(line: &str, base: Option<Level>) -> Cow<'_, str> {
    if !has_right_to_left(line) {
        return Cow::Borrowed(line);
    }
    let info = BidiInfo::new(line, base);
    let mut seen = String::with_capacity(line.len());
    for paragraph in &info.paragraphs {
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let is_reversed = levels.get(run.start).is_some_and(Level::is_rtl);
            let part = line.get(run).unwrap_or_default();
            if is_reversed {
                pieces_of(part).iter().rev().for_each(|piece| seen.push_str(&turned(piece)))
            } else {
                seen.push_str(part)
            }
        }
    }
    Cow::Owned(seen)
}

fn is_right_to_left(letter: char) -> bool {
    matches!(bidi_class(letter), BidiClass::R | BidiClass::AL)
}

/// Words whole, and every other character by itself.
fn pieces_of(run: &str) -> Vec<&str> {
    let belongs = |letter: char| is_right_to_left(letter) || bidi_class(letter) == BidiClass::NSM;
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut was_in_word = false;
    for (place, letter) in run.char_indices() {
        let is_in_word = belongs(letter);
        if place > 0 && !(is_in_word && was_in_word) {
            pieces.push(&run[start..place]);
            start = place;
        }
        was_in_word = is_in_word;
    }
    pieces.push(&run[start..]);
    pieces
}

/// A bracket opens towards what it holds.
fn turned(piece: &str) -> Cow<'_, str> {
    const PAIRS: [(&str, &str); 5] = [("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"), ("«", "»")];
    let other = PAIRS.iter().find_map(|(open, close)| match piece {
        _ if piece == *open => Some(*close),
        _ if piece == *close => Some(*open),
        _ => None,
    });
    Cow::Borrowed(other.unwrap_or(piece))
}

#[cfg(test)]
mod tests {
    use super::{in_sight, sentence_in_sight};

    #[test]
    fn a_sentence_that_quotes_such_words_is_read_from_left_to_right() {
        for (written, seen) in [
            ("“שלום עולם” is near.", "“עולם שלום” is near."),
            ("0.82  שלום עולם", "0.82  עולם שלום"),
            ("It is “שלום” and “עולם טוב”: 0.50.", "It is “שלום” and “טוב עולם”: 0.50."),
        ] {
            assert_eq!(sentence_in_sight(written), seen, "{written}");
        }
    }

    #[test]
    fn words_stand_in_the_order_of_reading() {
        for (written, seen) in [
            ("plain words", "plain words"),
            ("שלום עולם", "עולם שלום"),
            ("مرحبا بالعالم", "بالعالم مرحبا"),
            ("שלום, עולם!", "!עולם ,שלום"),
            ("he said שלום עולם today", "he said עולם שלום today"),
            ("שנת 2024 טובה", "טובה 2024 שנת"),
            ("אחת (שתיים)", "(שתיים) אחת"),
            ("", ""),
        ] {
            assert_eq!(in_sight(written), seen, "{written}");
        }
    }
}
