//! A long text is cut before it is tokenised, and its tokens are those of the whole text.

use embedding_playground::data::{DataError, Given, PhraseRows, Reading, Role, read_phrases};
use embedding_playground::model::Encoder;
use tokenizers::{Tokenizer, TruncationParams};

use crate::support::embedded;

const LIMIT: usize = 256;

fn tokenizer() -> Tokenizer {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/all-MiniLM-L6-v2/tokenizer.json");
    let mut tokenizer = Tokenizer::from_file(path).expect("the tokenizer");
    tokenizer.with_padding(None);
    tokenizer.with_truncation(Some(TruncationParams { max_length: LIMIT, ..Default::default() })).expect("a limit");
    tokenizer
}

/// Numbers without a pattern, the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// Longer than what is tokenised whole anyway.
fn filled(parts: &[&str], length: usize, dice: &mut Dice) -> String {
    let mut text = String::new();
    while text.len() < length {
        text.push_str(parts[dice.below(parts.len())]);
    }
    text
}

/// Parts that meet in every order: what is special to the normaliser, the splitting into words or the vocabulary.
const PARTS: [&str; 48] = [
    "a",
    "B",
    "word",
    "unbelievable ",
    " ",
    "  ",
    "\n",
    "\t",
    "\r\n",
    "\u{b}",
    "\u{c}",
    "\u{a0}",
    "\u{3000}",
    "\u{2028}",
    "\u{0}",
    "\u{fffd}",
    "\u{200d}",
    "\u{ad}",
    "\u{fe0f}",
    "\u{301}",
    "\u{323}",
    "\u{345}",
    "\u{344}",
    "\u{1b44}",
    "\u{302e}",
    "\u{1d165}",
    "é",
    "e\u{301}",
    "ẞ",
    "İ",
    "Σ",
    "ǆ",
    "漢",
    "字",
    "か",
    "が",
    "한",
    "\u{1112}\u{1161}",
    "ก",
    "ำ",
    "😀",
    "👩\u{200d}🚀",
    ".",
    "--",
    "[",
    "[SEP]",
    "[UNK",
    "K]",
];

/// Token ids as a model that learns is given them, or as a learner of tokens is.
fn token_ids(encoder: &dyn Encoder, text: &str, with_special: bool) -> Vec<u32> {
    let ids = match with_special {
        true => encoder.trainable().expect("a transformer").token_ids(text),
        false => encoder.tokens().expect("a tokenizer").token_ids(text),
    };
    ids.expect("tokens")
}

#[test]
fn the_tokens_are_those_of_the_whole_text() {
    let (whole, encoder, mut dice) = (tokenizer(), embedded(), Dice(7));
    let mut texts: Vec<String> = PARTS.iter().map(|part| part.repeat(100_000 / part.len())).collect();
    texts.extend(PARTS.iter().map(|part| format!("hello {} world", part.repeat(40_000 / part.len()))));
    texts.extend(PARTS.iter().map(|part| format!("hello{}world [MASK] ", part.repeat(25_000 / part.len())).repeat(2)));
    for n_parts in [2, 2, 2, 3, 3, 4, 5, 8, 20, 48].repeat(12) {
        let parts: Vec<&str> = (0..n_parts).map(|_| PARTS[dice.below(PARTS.len())]).collect();
        texts.push(filled(&parts, 20_000 + dice.below(40_000), &mut dice));
        // A long stretch of one thing, then others: what was left out must not be missed.
        let first = filled(&parts[..1], 17_000 + dice.below(2_000), &mut dice);
        let rest = filled(&parts, 2_000, &mut dice);
        texts.push(format!("{first}{rest}{first}{rest}"));
    }
    for (number, text) in texts.iter().enumerate() {
        for with_special in [true, false] {
            let expected = whole.encode_fast(text.as_str(), with_special).expect("tokens").get_ids().to_vec();
            let got = token_ids(&*encoder, text, with_special);
            let start: String = text.chars().take(60).collect();
            assert_eq!(got, expected, "text {number} of {} bytes, which begins with {start:?}", text.len());
        }
    }
}

#[test]
fn a_text_that_ends_in_few_tokens_is_read_to_its_end() {
    let encoder = embedded();
    let short = token_ids(&*encoder, "hello world", true);
    for gap in [" ", "\n", "\u{200d}", "\u{301}", "\u{3000}"] {
        let text = format!("hello {}world", gap.repeat(3_000_000 / gap.len()));
        assert_eq!(token_ids(&*encoder, &text, true), short, "{gap:?}");
    }
    // One unknown word, whether it has a thousand letters or a million.
    let unknown = |n: usize| token_ids(&*encoder, &format!("{} end", "a".repeat(n)), true);
    assert_eq!(unknown(3_000_000), unknown(1_000));
}

#[test]
fn a_table_whose_lines_have_keys_of_their_own_is_read_in_one_go() {
    let lines: String = (0..60_000).map(|index| format!("{{\"doc{index}\": \"phrase {index}\"}}\n")).collect();
    let phrases = read(&lines, None).expect("phrases");
    assert_eq!((phrases.phrases.len(), &*phrases.phrases[0]), (1, "phrase 0"));
    assert!(phrases.remarks.iter().any(|remark| remark.text.contains("59999 rows are left out")), "{:?}", phrases.remarks);
    assert_eq!(read(&lines, Some("doc59999")).expect("phrases").phrases, ["phrase 59999"]);
    let wide: String = format!("{{{}}}\n", (0..60_000).map(|key| format!("\"k{key}\": {key}")).collect::<Vec<_>>().join(", "));
    assert_eq!(read(&wide, Some("K59999")).expect("phrases").phrases, ["59999"]);
    let message = read(&lines, Some("missing")).expect_err("no such column").to_string();
    assert!(message.contains("doc0") && message.len() < 2_000, "{} bytes of message", message.len());
}

fn read(lines: &str, column: Option<&str>) -> Result<PhraseRows, DataError> {
    let roles = column.map(|name| (name.to_owned(), Role::Phrase)).into_iter().collect();
    let given = Given::new("p.jsonl", lines.as_bytes().to_vec())?;
    read_phrases(&given, &Reading { roles, ..Reading::default() }, &mut embedding_playground::progress::ignore)
}
