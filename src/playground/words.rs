//! Every term on the screen, with a sentence and, where it has one, its formula.
//!
//! Values of vocabularies have their sentences in their own rows ([`crate::choice`]); the terms that are no value of
//! any stand in [`TERMS`], the formulas in [`FORMULAS`]. Nothing else explains a term at length.

use crate::choice::Choice;
use crate::compare::{AgreementMeasure, Turning};
use crate::search::SearchMethod;
use crate::space::Method;
use crate::train::{Axes, Failure, LearnerKind, LossKind, Measure, Negatives, OptimizerKind, Schedule, Start};

use super::views::Tab;

/// A term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// What it is a word for, as a heading.
    pub about: &'static str,
    /// The term as it stands on the screen.
    pub term: &'static str,
    /// What it means, in a sentence or two.
    pub sentence: &'static str,
    /// How it is calculated, for a and b two vectors, cos their cosine, τ the temperature, n a number of things.
    pub formula: Option<&'static str>,
}

impl Word {
    /// Whether `text`, in small letters, has the term as a word, be it one or several.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let term = self.term.to_lowercase();
        let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        text.match_indices(&term).any(|(place, _)| {
            let behind = &text[place + term.len()..];
            let behind = behind.strip_prefix('s').unwrap_or(behind);
            !is_letter(text[..place].chars().next_back()) && !is_letter(behind.chars().next())
        })
    }

    /// Whether it has `sought`, in small letters, anywhere.
    pub fn has(&self, sought: &str) -> bool {
        let texts = [Some(self.about), Some(self.term), Some(self.sentence), self.formula];
        texts.into_iter().flatten().any(|text| text.to_lowercase().contains(sought))
    }
}

/// All terms, those of the course first.
pub fn words() -> Vec<Word> {
    let terms = TERMS.iter().map(|(term, sentence)| word(TERMS_HEADING, term, sentence));
    terms
        .chain(values::<Tab>("Tabs"))
        .chain(values::<LearnerKind>("Learner"))
        .chain(values::<Start>("Start from"))
        .chain(values::<LossKind>("Loss"))
        .chain(values::<Negatives>("Negatives"))
        .chain(values::<OptimizerKind>("Optimizer"))
        .chain(values::<Schedule>("Schedule of the learning rate"))
        .chain(values::<Measure>("Measures"))
        .chain(values::<Axes>("Axes"))
        .chain(values::<Method>("Maps"))
        .chain(values::<Turning>("Runs side by side"))
        .chain(values::<AgreementMeasure>("Agreement"))
        .chain(values::<SearchMethod>("Search"))
        .chain(values::<Failure>("Ways to fail"))
        .collect()
}

fn values<T: Choice>(about: &'static str) -> impl Iterator<Item = Word> {
    T::ALL.iter().map(move |value| word(about, value.label(), value.sentence()))
}

fn word(about: &'static str, term: &'static str, sentence: &'static str) -> Word {
    let formula = FORMULAS.iter().find(|(of, _)| *of == term).map(|(_, formula)| *formula);
    Word { about, term, sentence, formula }
}

/// Terms that everybody takes as they are meant, or that the sentence that has them says what they are.
const PLAIN: &[&str] = &[
    "phrase",
    "group",
    "map",
    "model",
    "step",
    "run",
    "pair",
    "pull",
    "push",
    "query",
    "hit",
    "rank",
    "cut",
    "document",
    "space",
    "initialise",
    "evaluate",
    "update",
    "iterate",
    "force",
];

/// What a learner finds in a text of a lesson; names of choices are words that are meant otherwise there.
const EXPLAINED: [&str; 4] = [TERMS_HEADING, "Loss", "Measures", "Agreement"];

const TERMS_HEADING: &str = "The words";

/// The terms in `text`, in small letters, that a learner may want explained.
pub(super) fn explained_in(text: &str) -> Vec<Word> {
    let is_explained = |word: &Word| EXPLAINED.contains(&word.about) && !PLAIN.contains(&word.term);
    words().into_iter().filter(|word| is_explained(word) && word.is_in(text)).collect()
}

/// Terms that are no value of a vocabulary.
const TERMS: &[(&str, &str)] = &[
    ("phrase", "A short text: what is embedded, and a point on the map."),
    ("group", "Phrases that belong together for you: a colour and a shape. Training never sees groups."),
    ("pair", "Two phrases of which training is told that they belong together."),
    ("anchor", "The phrase of a pair that the others are compared with."),
    ("positive", "The phrase that belongs to an anchor: the anchor pulls it near."),
    ("negative", "A phrase that does not belong to an anchor: the anchor pushes it away."),
    ("triplet", "An anchor with one positive and one negative."),
    ("vector", "A list of numbers that stands for a phrase: the phrase's place in many dimensions."),
    ("dimension", "One of the numbers of a vector. Many dimensions give room to be near to some and far from others at once."),
    ("space", "Which model, in which state, made a vector. Vectors of two spaces can't be compared."),
    ("embed", "Turn a phrase into a vector."),
    ("cosine", "How alike the directions of two vectors are: 1 the same, 0 a right angle, −1 opposite."),
    ("neighbour", "A phrase whose vector has a high cosine with that of another, in all dimensions."),
    ("map", "A picture of vectors on two axes. It leaves out what the other dimensions say, and says how much that is."),
    (
        "projection",
        "How places on the map come from vectors: each axis is a direction, and a place is how far a vector goes along it.",
    ),
    ("component", "A direction along which the vectors vary: the first varies most, each next one most of what is left."),
    ("variance kept", "The share of all variation of the vectors that the axes of the map show."),
    ("run", "One training from one seed, recorded step by step."),
    ("recipe", "All that decides a run: what learns, from where, by which loss, how fast, and the seed."),
    ("seed", "The number that decides all that is random: the same seed, the same run."),
    ("step", "One update of what learns, after one batch."),
    ("batch", "The pairs that one step looks at. The positives of the others are each anchor's negatives."),
    ("frame", "The vectors as they were recorded at a step."),
    ("initialise", "The first stage of training: vectors are where they begin."),
    ("evaluate", "The second stage: how near are the positives, how far the negatives; the forces follow from it."),
    ("update", "The third stage: the forces are applied, and vectors move a little."),
    ("iterate", "The fourth stage: the same again, with other pairs."),
    ("force", "Which way the loss moves a vector, split by pairs: what the arrows on the map show."),
    ("pull", "A force towards a phrase; a solid arrow."),
    ("push", "A force away from a phrase; a broken arrow."),
    ("loss", "One number that training makes smaller: how far pairs are from how they should be."),
    ("temperature", "How sharply a loss prefers the nearest candidate: small temperatures look only at the hardest negatives."),
    ("margin", "How much nearer than a negative a positive has to be before the loss is content."),
    ("learning rate", "How far one step moves what learns."),
    ("weight decay", "How much every step shrinks what learns."),
    ("held out", "Pairs that training never sees, so that it can be measured on them."),
    ("collapse", "All vectors in one direction: every cosine is 1, and nothing can be told apart."),
    ("model", "What turns phrases into vectors, trained beforehand on millions of pairs."),
    ("token", "A piece of a word: what a model reads."),
    ("pooling", "How the vectors of a phrase's tokens become one."),
    ("prompt", "Words that a model was trained to see before a phrase, such as “query: ”."),
    ("cut", "A phrase of which the model reads only the beginning, because it has more tokens than the model's limit."),
    ("document", "A text that is searched; long ones are split into passages."),
    ("passage", "A piece of a document: what a search finds."),
    ("query", "What is searched for."),
    ("hit", "A passage that was found, with its rank."),
    ("rank", "The place in a list that is ordered by nearness; 1 is the first."),
    ("judgement", "Which passage is the right answer to a query, as a person said."),
    ("nDCG@10", "How near to the top the right passages are among the first ten: 1 is as good as can be."),
    ("trustworthiness", "Whether neighbours on the map are neighbours in all dimensions: 1 if all of them are."),
    ("continuity", "Whether neighbours in all dimensions are neighbours on the map: 1 if all of them are."),
];

/// Formulas, by term.
const FORMULAS: &[(&str, &str)] = &[
    ("cosine", "cos(a, b) = a·b / (|a| |b|)"),
    ("variance kept", "v(1) / Σ v(i) and v(2) / Σ v(i), for v(i) the variance along component i"),
    ("force", "minus the gradient of the loss on the vector"),
    ("update", "v − learning rate · gradient, as the optimizer weighs it"),
    ("nDCG@10", "Σ gain / log2(rank + 1) over ranks ≤ 10, divided by the most there could be"),
    (
        "multiple negatives",
        "−log( exp(cos(a, p) / τ) / Σ exp(cos(a, c) / τ) ), c over all candidates of the batch, mean over anchors",
    ),
    ("multiple negatives, both ways", "the mean of that loss for anchors and the same for positives among all anchors"),
    ("triplet, cosine", "max(0, cos(a, n) − cos(a, p) + margin)"),
    ("triplet, Euclidean", "max(0, |a − p| − |a − n| + margin)"),
    ("contrastive, cosine", "½ (1 − cos)² for label 1, ½ max(0, margin − (1 − cos))² for label 0"),
    ("CoSENT", "log(1 + Σ exp((cos of the lower − cos of the higher) / τ)), over all two pairs of different scores"),
    ("cosine similarity", "mean (cos − score)²"),
    ("triplets right", "share of triplets with cos(a, p) > cos(a, n)"),
    ("recall@1", "share of anchors whose positive has rank 1"),
    ("recall@5", "share of anchors whose positive has a rank ≤ 5"),
    ("reciprocal rank", "mean of 1 / rank"),
    ("positive cosine", "mean cos(a, p)"),
    ("negative cosine", "mean cos(a, n)"),
    ("alignment", "mean |a − p|², for vectors of length 1"),
    ("uniformity", "log mean exp(−2 |x − y|²), over all phrases x ≠ y, for vectors of length 1"),
    ("effective rank", "exp(−Σ p log p), for p each singular value of the vectors as a share of their sum"),
    ("distance as it is", "root of the mean of |x − y|², for x and y a phrase's vectors of length 1 in the two runs"),
    ("common neighbours", "mean of (neighbours in both) / k, of the k nearest in each"),
    ("neighbours (Jaccard)", "mean of (neighbours in both) / (neighbours in either)"),
    ("CKA", "|Y'X|² / (|X'X| |Y'Y|), for centred X and Y and the Frobenius norm"),
    ("cosines correlate", "Pearson correlation of the cosines of all pairs in one run with those in the other"),
    ("same clusters", "(index − expected) / (most − expected), by pairs of phrases"),
    ("distance when turned", "root of the mean of |x − R y|², for R the best rotation and reflection"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_has_a_sentence_and_every_formula_a_term() {
        let words = words();
        for word in &words {
            assert!(!word.term.is_empty() && word.sentence.ends_with(['.', '!']), "{}: {}", word.term, word.sentence);
        }
        for (term, _) in FORMULAS {
            assert!(words.iter().any(|word| word.term == *term), "{term}");
        }
    }

    #[test]
    fn losses_and_measures_have_their_formulas() {
        let without: Vec<&str> =
            words().iter().filter(|word| word.about == "Loss" && word.formula.is_none()).map(|word| word.term).collect();
        assert!(without.is_empty(), "{without:?}");
    }

    #[test]
    fn terms_are_found_as_words_of_a_text() {
        let terms = |text: &str| explained_in(&text.to_lowercase()).iter().map(|word| word.term).collect::<Vec<_>>();
        assert_eq!(terms("The anchors of a batch: their cosine."), ["anchor", "cosine", "batch"]);
        assert_eq!(terms("Recall@1 is 0.5, and 1 in 3 glossy seedlings runs."), ["recall@1"]);
        assert!(terms("A phrase on the map.").is_empty());
    }

    #[test]
    fn words_are_sought_by_all_that_is_said_of_them() {
        let found: Vec<&str> = words().iter().filter(|word| word.has("infonce")).map(|word| word.term).collect();
        assert_eq!(found, ["multiple negatives"]);
    }
}
