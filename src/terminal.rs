//! Lines for a terminal: what a file, a path or an argument holds is shown on it and never obeyed by it.
//!
//! Data that goes to standard output for other programs does not come this way.

use std::borrow::Cow;
use std::io::Write;

/// `text` with every control character, and every mark that turns the direction of writing, as its code
/// (`\u{1b}`); line feeds stay.
pub fn shown(text: &str) -> Cow<'_, str> {
    replaced(text, |character| character != '\n' && is_hidden(character))
}

/// The same for one line: a line feed in it is something that it quotes.
pub fn shown_line(line: &str) -> Cow<'_, str> {
    replaced(line, is_hidden)
}

/// Prints a line on stderr. Where it can't be written there is nobody to tell.
pub fn say(line: &str) {
    std::io::stderr().write_all(format!("{}\n", shown_line(line)).as_bytes()).unwrap_or_default();
}

fn replaced(text: &str, is_replaced: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_replaced) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_replaced(character) {
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Controls (C0, DEL, C1), and marks, overrides, embeddings and isolates of the direction of writing.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        for (text, expected) in [
            ("plain ä 漢 🌹", "plain ä 漢 🌹"),
            ("\x1b[2J\x07", "\\u{1b}[2J\\u{7}"),
            ("a\rb\tc\x7f\u{9b}1m", "a\\rb\\tc\\u{7f}\\u{9b}1m"),
            ("\u{202e}gnp.exe\u{2069}", "\\u{202e}gnp.exe\\u{2069}"),
            ("\u{200f}a\u{61c}b\u{200e}", "\\u{200f}a\\u{61c}b\\u{200e}"),
            ("two\nlines", "two\nlines"),
        ] {
            assert_eq!(shown(text), expected);
        }
        assert_eq!(shown_line("two\nlines"), "two\\nlines");
    }
}
