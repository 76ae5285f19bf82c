//! Words of scripts that are written from right to left, in the order in which they are to be seen.
//!
//! egui shapes each word as its script wants it, letters from right to left and joined, but sets the words themselves from
//! left to right. Here the words and what stands between them are brought into the order of the Unicode Bidirectional
//! Algorithm; letters within words stay as they are. Fields that are typed in show words in the order of typing.

use std::borrow::Cow;

use unicode_bidi::{BidiClass, BidiInfo, bidi_class};

/// One line of text as it is to be handed to egui.
pub(in crate::ui) fn in_sight(line: &str) -> Cow<'_, str> {
    if !line.chars().any(is_right_to_left) {
        return Cow::Borrowed(line);
    }
    let info = BidiInfo::new(line, None);
    let mut seen = String::with_capacity(line.len());
    for paragraph in &info.paragraphs {
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let is_reversed = levels.get(run.start).is_some_and(unicode_bidi::Level::is_rtl);
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
    use super::in_sight;

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
