//! A long text cut down before it is tokenised, so that its first tokens stay the same.
//!
//! Tokenising takes some 160 bytes of memory a byte, and a model looks at the first few hundred tokens only. Cutting
//! just anywhere would change tokens, so this is done for the tokenizers whose steps are known to look at one place
//! at a time: BERT's normaliser and pre-tokenizer with WordPiece. For these the tokens of a text are the tokens of
//! its words, a word longer than the tokenizer takes is one unknown token however long it is, and what is blank or
//! vanishes gives no tokens however much of it there is. With any other tokenizer a text stays whole.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use tokenizers::models::ModelWrapper;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::{BertNormalizer, NormalizerWrapper};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::{
    AddedVocabulary, Model, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
    Tokenizer,
};

/// Texts of up to so many bytes are tokenised as they are.
const SHORT: usize = 16 << 10;
/// Texts are looked at in pieces of about so many bytes.
const PIECE: usize = 256;
/// So many bytes without a place to cut at are taken as they are: far more than any script needs.
const LONG_PIECE: usize = 4 << 10;

/// A text whose first `limit` tokens are those of `text`; `text` itself if it is short.
pub(super) fn shorten<'a>(tokenizer: &Tokenizer, text: &'a str, limit: usize) -> tokenizers::Result<Cow<'a, str>> {
    if text.len() <= SHORT {
        return Ok(Cow::Borrowed(text));
    }
    let Some(mut pieces) = Pieces::of(tokenizer, text) else { return Ok(Cow::Borrowed(text)) };
    let mut short = Shortened::default();
    // The last word may go on in what is left out: as many tokens as it can have are not settled yet.
    let enough = limit.saturating_add(pieces.max_word()).saturating_add(1);
    let mut look_at = SHORT;
    while let Some(piece) = pieces.next() {
        let kind = pieces.kind_of(&piece)?;
        short.take(&piece, kind, &pieces);
        if short.text.len() >= look_at {
            if pieces.count_tokens(&short.text)? >= enough {
                break;
            }
            look_at = short.text.len() * 2;
        }
    }
    Ok(Cow::Owned(short.text))
}

/// What a piece of text is to the words around it.
enum Kind {
    /// Nothing of it reaches the tokenizer.
    Vanishes,
    /// Only blanks.
    Blank,
    /// So many characters of one word that goes on before and after it.
    InWord(usize),
    /// It has an end of a word in it; so many characters, or more, of the next word stand at its end.
    Mixed(usize),
}

#[derive(Default)]
struct Shortened {
    text: String,
    /// Characters of the word that `text` ends in, or fewer.
    word: usize,
    /// Whether a part of that word was left out.
    has_gap: bool,
    ends_blank: bool,
    ends_vanishing: bool,
}

impl Shortened {
    fn take(&mut self, piece: &str, kind: Kind, pieces: &Pieces<'_>) {
        let is_left_out = match kind {
            Kind::Vanishes => self.ends_vanishing,
            Kind::Blank => self.ends_blank,
            Kind::InWord(_) => self.word > pieces.max_word(),
            Kind::Mixed(_) => false,
        };
        match kind {
            Kind::InWord(_) if is_left_out => self.has_gap = true,
            _ if is_left_out => {}
            Kind::Vanishes => self.text.push_str(piece),
            Kind::Blank => self.text.push(' '),
            Kind::InWord(_) | Kind::Mixed(_) => {
                // What stands on both sides of the gap must not become a token of its own.
                if std::mem::take(&mut self.has_gap) {
                    self.text.push(pieces.filler);
                }
                self.text.push_str(piece);
            }
        }
        match kind {
            Kind::Vanishes => {}
            Kind::Blank => (self.word, self.has_gap) = (0, false),
            Kind::InWord(length) => self.word += length,
            Kind::Mixed(length) => self.word = length,
        }
        (self.ends_vanishing, self.ends_blank) = (matches!(kind, Kind::Vanishes), matches!(kind, Kind::Blank));
    }
}

/// What a character is to the normaliser.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    /// What stands before it has no influence on it and what follows, nor the other way round.
    Stands,
    /// It vanishes, and leaving it out before changes nothing: a mark on what stands before it, or no text at all.
    Vanishes,
    /// Neither is certain.
    Hangs,
}

/// A text in pieces that are normalised, and split into words, each by itself.
struct Pieces<'a> {
    rest: &'a str,
    normalizer: Option<&'a NormalizerWrapper>,
    pre_tokenizer: &'a PreTokenizerWrapper,
    cleans: bool,
    strips_accents: bool,
    model: &'a WordPiece,
    vocabulary: &'a AddedVocabulary,
    /// Tokens that are found in the text before all else.
    added: Vec<&'a str>,
    /// Neighbouring characters in them: between these is no cut.
    neighbours: HashSet<(char, char)>,
    /// A character of words that is in no added token.
    filler: char,
    marks: HashMap<char, Mark>,
}

impl<'a> Pieces<'a> {
    /// `None` for a tokenizer of which nothing is known.
    fn of(tokenizer: &'a Tokenizer, text: &'a str) -> Option<Self> {
        let normalizer = tokenizer.get_normalizer();
        let (cleans, strips_accents) = match normalizer {
            None => (false, false),
            Some(NormalizerWrapper::BertNormalizer(bert)) => (bert.clean_text, bert.strip_accents.unwrap_or(bert.lowercase)),
            Some(_) => return None,
        };
        let pre_tokenizer = tokenizer.get_pre_tokenizer().filter(|it| matches!(it, PreTokenizerWrapper::BertPreTokenizer(_)))?;
        let ModelWrapper::WordPiece(model) = tokenizer.get_model() else { return None };
        let vocabulary = tokenizer.get_added_vocabulary();
        let added = vocabulary.get_added_tokens_decoder();
        // A token that looks at the letters beside it, or is sought after normalising, is another matter.
        let is_plain = |content: &str| !content.is_empty() && content.bytes().all(|byte| byte.is_ascii_graphic());
        if added.values().any(|token| token.single_word || token.normalized || !is_plain(&token.content)) {
            return None;
        }
        let added: Vec<&str> = added.values().map(|token| token.content.as_str()).collect();
        let neighbours = added.iter().flat_map(|token| token.chars().zip(token.chars().skip(1))).collect();
        let filler = ('a'..='z').find(|letter| !added.iter().any(|token| token.contains(*letter)))?;
        Some(Self {
            rest: text,
            normalizer,
            pre_tokenizer,
            cleans,
            strips_accents,
            model,
            vocabulary,
            added,
            neighbours,
            filler,
            marks: HashMap::new(),
        })
    }

    /// A longer word is one unknown token.
    fn max_word(&self) -> usize {
        self.model.max_input_chars_per_word
    }

    /// How many tokens `text` has, without a limit: the tokenizer's own steps, as it cuts what it counts.
    fn count_tokens(&self, text: &str) -> tokenizers::Result<usize> {
        let mut words = self.vocabulary.extract_and_normalize(self.normalizer, text);
        self.pre_tokenizer.pre_tokenize(&mut words)?;
        words.tokenize(|word| self.model.tokenize(word.get()))?;
        let words = words.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
        Ok(words.iter().map(|(.., tokens)| tokens.as_ref().map_or(0, Vec::len)).sum())
    }

    fn next(&mut self) -> Option<Cow<'a, str>> {
        if self.rest.is_empty() {
            return None;
        }
        let text = self.rest;
        let end = self.cut_after(text, PIECE);
        self.rest = &text[end..];
        if end <= LONG_PIECE {
            return Some(Cow::Borrowed(&text[..end]));
        }
        let (head, tail) = text[..end].split_at(text.floor_char_boundary(LONG_PIECE));
        let tail = tail.chars().filter(|c| self.mark(*c) != Mark::Vanishes);
        Some(Cow::Owned(head.chars().chain(tail).collect()))
    }

    /// The first place from `from` on where `text` may be cut; else its end.
    fn cut_after(&mut self, text: &str, from: usize) -> usize {
        let from = text.floor_char_boundary(from);
        let mut before = text[..from].chars().next_back();
        for (index, c) in text[from..].char_indices() {
            let splits_token = before.is_some_and(|before| self.neighbours.contains(&(before, c)));
            if from + index > 0 && !splits_token && self.mark(c) == Mark::Stands {
                return from + index;
            }
            before = Some(c);
        }
        text.len()
    }

    fn mark(&mut self, c: char) -> Mark {
        if c.is_ascii_graphic() || c == ' ' {
            return Mark::Stands;
        }
        if let Some(mark) = self.marks.get(&c) {
            return *mark;
        }
        let is_empty_after = |normalizer: &dyn Fn(&mut NormalizedString) -> tokenizers::Result<()>| {
            let mut text = NormalizedString::from(c.to_string());
            normalizer(&mut text).is_ok() && text.get().is_empty()
        };
        let vanishes = is_empty_after(&|text| self.normalizer.map_or(Ok(()), |normalizer| normalizer.normalize(text)));
        // What is cleaned away first can't even keep marks apart.
        let is_cleaned =
            self.cleans && is_empty_after(&|text| BertNormalizer::new(true, false, Some(false), false).normalize(text));
        // Marks are sorted by their class, and no class is higher than that of this one.
        let mut behind_last = NormalizedString::from(format!("\u{345}{c}"));
        behind_last.nfd();
        let starts = !self.strips_accents || behind_last.get().starts_with('\u{345}');
        let mark = match (vanishes, starts) {
            (false, true) => Mark::Stands,
            (true, starts) if is_cleaned || !starts => Mark::Vanishes,
            _ => Mark::Hangs,
        };
        self.marks.insert(c, mark);
        mark
    }

    fn normalise(&self, text: String) -> tokenizers::Result<NormalizedString> {
        let mut text = NormalizedString::from(text);
        self.normalizer.map_or(Ok(()), |normalizer| normalizer.normalize(&mut text))?;
        Ok(text)
    }

    fn kind_of(&self, piece: &str) -> tokenizers::Result<Kind> {
        if self.added.iter().any(|token| piece.contains(token)) {
            return Ok(Kind::Mixed(0));
        }
        let normalised = self.normalise(piece.to_owned())?;
        if normalised.get().is_empty() {
            return Ok(Kind::Vanishes);
        }
        // With a letter on either side it shows whether the words there go on in it.
        let filler = self.filler;
        let mut between = PreTokenizedString::from(format!("{filler}{}{filler}", normalised.get()));
        self.pre_tokenizer.pre_tokenize(&mut between)?;
        let words = between.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
        let length = |word: &str| word.chars().count();
        Ok(match words.as_slice() {
            [(word, ..)] => Kind::InWord(length(word).saturating_sub(2)),
            [(first, ..), (last, ..)] if length(first) == 1 && length(last) == 1 => Kind::Blank,
            [.., (last, ..)] => Kind::Mixed(length(last).saturating_sub(1)),
            [] => Kind::Blank,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That the tokens stay is tested with whole models; here, that little of a long text is left.
    #[test]
    fn what_is_left_of_a_long_text_is_short() {
        let bytes = include_bytes!("../../assets/models/all-MiniLM-L6-v2/tokenizer.json");
        let tokenizer = Tokenizer::from_bytes(bytes).expect("the tokenizer");
        for part in [
            "one word, two words. ",
            "a",
            "A",
            "漢字",
            "é",
            "e\u{301}",
            "\u{301}",
            " ",
            "\u{200d}",
            "a\u{301}\u{200d}",
            "x.",
            "[SEP]",
        ] {
            let text = part.repeat(1_000_000 / part.len());
            let short = shorten(&tokenizer, &text, 256).expect("a text");
            assert!(short.len() <= 2 * SHORT + LONG_PIECE, "{part:?}: {} bytes", short.len());
        }
        let text = "one word, two words. ".repeat(100);
        assert_eq!(shorten(&tokenizer, &text, 256).expect("a text"), text);
    }
}
