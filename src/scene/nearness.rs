//! Why two phrases are near, in words.

use crate::data::{excerpt, one_line};
use crate::model::Attribution;

/// Strongest pairs of tokens that are named.
const N_NAMED: usize = 3;

/// The strongest pairs of tokens, each with what it adds to the cosine: "roses × flowers 0.12".
pub fn strongest_words(found: &Attribution) -> Vec<String> {
    let pairs = found.strongest_pairs(N_NAMED);
    let words = |[first, second]: [usize; 2], share: f64| {
        format!("{} × {} {}", found.token(0, first), found.token(1, second), share_words(share))
    };
    pairs.iter().map(|pair| words(pair.places, pair.share)).collect()
}

/// The two, their cosine, and what adds most to it, in a sentence.
pub fn nearness_sentence(found: &Attribution) -> String {
    let [first, second] = found.texts.each_ref().map(|text| excerpt(&one_line(text), 60));
    let strongest = strongest_words(found);
    let most = if strongest.is_empty() { String::new() } else { format!("; strongest tokens: {}", strongest.join(", ")) };
    format!("“{first}” and “{second}”: cosine {:.2} by {}{most}.", found.cosine, found.vectors.space().model)
}

/// A share with two telling digits.
fn share_words(share: f64) -> String {
    if share.abs() < 0.0995 { format!("{share:.3}") } else { format!("{share:.2}") }
}
