//! Pieces of a vocabulary as people read them: without the marks by which tokenizers tell where a word goes on.

use tokenizers::Tokenizer;
use tokenizers::models::ModelWrapper;

/// How the pieces of a vocabulary are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Writing {
    /// A piece that goes on with a word begins with this (WordPiece).
    Continued(String),
    /// Letters that stand for bytes (byte-level BPE).
    Bytes,
    /// A piece that begins a word begins with ▁ (SentencePiece).
    Begun,
}

impl Writing {
    pub(super) fn of(tokenizer: &Tokenizer) -> Self {
        if let ModelWrapper::WordPiece(model) = tokenizer.get_model() {
            return Self::Continued(model.continuing_subword_prefix.clone());
        }
        let steps = serde_json::to_string(&(tokenizer.get_pre_tokenizer(), tokenizer.get_decoder())).unwrap_or_default();
        if steps.contains("\"ByteLevel\"") { Self::Bytes } else { Self::Begun }
    }

    /// `piece` in words; `is_first` if no other of the phrase stands before it.
    pub(super) fn readable(&self, piece: &str, is_first: bool) -> String {
        let (letters, continues) = match self {
            Self::Continued(mark) => match piece.strip_prefix(mark.as_str()).filter(|rest| !rest.is_empty()) {
                Some(rest) => (rest.to_owned(), true),
                None => (piece.to_owned(), false),
            },
            Self::Bytes => begun(&text_of_bytes(piece), ' ', is_first),
            Self::Begun => begun(piece, '▁', is_first),
        };
        match letters.chars().next() {
            None => "(space)".to_owned(),
            Some(letter) if continues && letter.is_alphanumeric() => format!("-{letters}"),
            Some(_) => visible(&letters),
        }
    }
}

/// The piece without the mark of a beginning, and whether it goes on with the word before it.
fn begun(piece: &str, mark: char, is_first: bool) -> (String, bool) {
    let letters = piece.trim_start_matches(mark);
    (letters.to_owned(), letters.len() == piece.len() && !is_first)
}

/// Blanks that would not be seen, by name.
fn visible(letters: &str) -> String {
    if letters.chars().all(|letter| letter == ' ' || letter == '▁') {
        return "(space)".to_owned();
    }
    letters.replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r")
}

/// The text of a piece whose letters stand for bytes; bytes that are no whole letter stay numbers.
fn text_of_bytes(piece: &str) -> String {
    let bytes: Option<Vec<u8>> = piece.chars().map(byte_of).collect();
    let Some(bytes) = bytes else { return piece.to_owned() };
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let numbers = error.into_bytes().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>();
        format!("<{}>", numbers.join(" "))
    })
}

/// The byte that a letter of byte-level BPE stands for: visible ones for themselves, the others from U+0100 on in their
/// order (Radford et al. 2019, `bytes_to_unicode`).
fn byte_of(letter: char) -> Option<u8> {
    let is_visible = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let code = u32::from(letter);
    match u8::try_from(code) {
        Ok(byte) => is_visible(byte).then_some(byte),
        Err(_) => (0..=u8::MAX).filter(|byte| !is_visible(*byte)).nth(code.checked_sub(0x100)? as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_without_their_marks() {
        let words = Writing::Continued("##".to_owned());
        let check = |writing: &Writing, piece: &str, is_first: bool, expected: &str| {
            assert_eq!(writing.readable(piece, is_first), expected, "{writing:?} {piece:?}");
        };
        check(&words, "kitten", true, "kitten");
        check(&words, "##s", false, "-s");
        check(&words, "##", false, "##");
        check(&Writing::Begun, "▁cat", false, "cat");
        check(&Writing::Begun, "s", false, "-s");
        check(&Writing::Begun, "s", true, "s");
        check(&Writing::Begun, "!", false, "!");
        check(&Writing::Begun, "▁", false, "(space)");
        check(&Writing::Bytes, "Ġcat", false, "cat");
        check(&Writing::Bytes, "s", false, "-s");
        check(&Writing::Bytes, "Ã©t", true, "ét");
        check(&Writing::Bytes, "ðŁĺ", false, "<F0 9F 98>");
        check(&Writing::Bytes, "Ċ", true, "\\n");
        check(&Writing::Bytes, "Ġ", false, "(space)");
        check(&Writing::Bytes, "日", true, "日");
    }
}
