//! Live values: what sentences, truths and claims of lessons name, such as `cosine: A | B` or `measure: loss @ end`.
//!
//! Here they are read and spelled; what they are at the moment is `playground/live.rs`.
//!
//! A phrase is named by its text, or as `#1`, `#2`, … for the phrases that the learner has typed since the lesson began.

use std::fmt;

use crate::choice::{Choice, choice};
use crate::compare::AgreementMeasure;
use crate::search::SearchMethod;
use crate::train::Measure;

/// When a value of a run is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Moment {
    /// At the step that is shown.
    #[default]
    Now,
    /// At step 0.
    Start,
    /// At the last step.
    End,
    /// At the step at which a phrase was moved by hand last, as it lay when it was let go.
    Hand,
}

/// Something that can be looked up while a lesson is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    /// `phrases`: how many there are.
    Phrases,
    /// `pairs`: how many there are.
    Pairs,
    /// `dims`: numbers of a vector of the run.
    Dims,
    /// `model dims`: numbers of a vector of the model.
    ModelDims,
    /// `seed`.
    Seed,
    /// `steps`: of the run.
    Steps,
    /// `step`: the one that is shown.
    Step,
    /// `phrase: A`: the text of a phrase, for those that the learner typed.
    Phrase(String),
    /// `measure: NAME`: a measure of the run.
    Measure(Measure, Moment),
    /// `cosine: A | B`: the cosine by the model.
    Cosine([String; 2]),
    /// `trained: A | B`: the cosine in the run.
    Trained([String; 2], Moment),
    /// `nearest: A`: the phrase that is nearest to A by the model.
    Nearest(String),
    /// `kin: A`: how much like A the phrase is that is nearest to it by the model, in words.
    Kin(String),
    /// `beside: A`: a sentence on the phrase that is nearest to A on the map of all phrases, and whether it is like it.
    Beside(String),
    /// `trained nearest: A`: the phrase that is nearest to A in the run.
    TrainedNearest(String, Moment),
    /// `group: A`: the group of most of the five phrases nearest to A in the run.
    Group(String, Moment),
    /// `agreement: NAME`: a measure of agreement of the runs from several seeds.
    Agreement(AgreementMeasure),
    /// `models: NAME`: the same of the two models.
    Models(AgreementMeasure),
    /// `mixed: WHAT`: something that comes of mixing the vectors of two models.
    Mixed(Mixed),
    /// `swept: NAME | DIMS`: a measure of the run with so many dimensions.
    Swept(Measure, usize),
    /// `hit: METHOD | K`: the text of the hit of this rank.
    Hit(SearchMethod, usize),
    /// `rank: METHOD | TEXT`: the rank of the first hit whose text has TEXT in it, among those that are shown.
    Rank(SearchMethod, String),
    /// `ndcg: K`: nDCG@10 of the column K of the search on the questions that training never saw.
    Ndcg(usize),
    /// `truth: K`: what the question of step K was about, as it was when that was revealed.
    Truth(usize),
    /// `why`: the cosine of the two that are asked about.
    Why,
}

choice! {
    /// What comes of mixing the vectors of two models: a cosine that nothing warns of.
    pub enum Mixed {
        OwnCosine { name: "own-cosine", label: "own cosine", sentence: "Mean cosine of a phrase by one model with itself by the other." },
        Recall { name: "recall", label: "recall", sentence: "Share of phrases whose nearest by the other model is themselves." },
        Query { name: "query", label: "query", sentence: "A phrase that finds a wrong one across the models." },
        Hit { name: "hit", label: "hit", sentence: "What it finds across the models." },
        Cosine { name: "cosine", label: "cosine", sentence: "Their cosine across the models." },
        RightHit { name: "right-hit", label: "right hit", sentence: "What it finds when both are of the first model." },
    }
}

/// What a live value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number, shown with two digits behind the point.
    Number(f64),
    /// A whole number.
    Count(usize),
    /// Words.
    Words(String),
}

impl Value {
    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Count(count) => Some(*count as f64),
            Self::Words(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.write_str(&two_digits(*number)),
            Self::Count(count) => write!(f, "{count}"),
            Self::Words(words) => f.write_str(words),
        }
    }
}

/// A number with two digits behind the point, and never "-0.00".
pub(super) fn two_digits(number: f64) -> String {
    let text = format!("{number:.2}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|byte| matches!(byte, b'0' | b'.')) => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

impl Live {
    /// The value that `text` names.
    ///
    /// # Errors
    /// If it names none: a sentence that tells what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (text, moment) = moment_of(text)?;
        let (name, rest) = text.split_once(':').map_or((text, ""), |(name, rest)| (name.trim(), rest.trim()));
        let live = match name {
            "phrases" => Self::Phrases,
            "pairs" => Self::Pairs,
            "dims" => Self::Dims,
            "model dims" => Self::ModelDims,
            "seed" => Self::Seed,
            "steps" => Self::Steps,
            "step" => Self::Step,
            "why" => Self::Why,
            "phrase" => Self::Phrase(one(rest)?),
            "measure" => Self::Measure(Measure::parse(rest)?, moment),
            "cosine" => Self::Cosine(two(rest)?),
            "trained" => Self::Trained(two(rest)?, moment),
            "nearest" => Self::Nearest(one(rest)?),
            "kin" => Self::Kin(one(rest)?),
            "beside" => Self::Beside(one(rest)?),
            "trained nearest" => Self::TrainedNearest(one(rest)?, moment),
            "group" => Self::Group(one(rest)?, moment),
            "agreement" => Self::Agreement(AgreementMeasure::parse(rest)?),
            "models" => Self::Models(AgreementMeasure::parse(rest)?),
            "mixed" => Self::Mixed(Mixed::parse(rest)?),
            "ndcg" => Self::Ndcg(count(rest)?),
            "truth" => Self::Truth(count(rest)?),
            "swept" => two(rest).and_then(|[measure, dims]| Ok(Self::Swept(Measure::parse(&measure)?, count(&dims)?)))?,
            "hit" => two(rest).and_then(|[method, rank]| Ok(Self::Hit(SearchMethod::parse(&method)?, count(&rank)?)))?,
            "rank" => two(rest).and_then(|[method, text]| Ok(Self::Rank(SearchMethod::parse(&method)?, text)))?,
            _ => return Err(format!("expected the name of a live value, such as \"cosine: A | B\", got {text:?}")),
        };
        Ok(live)
    }
}

fn moment_of(text: &str) -> Result<(&str, Moment), String> {
    match text.split_once('@') {
        None => Ok((text.trim(), Moment::Now)),
        Some((text, moment)) => match moment.trim() {
            "start" => Ok((text.trim(), Moment::Start)),
            "end" => Ok((text.trim(), Moment::End)),
            "hand" => Ok((text.trim(), Moment::Hand)),
            other => Err(format!("expected \"@ start\", \"@ end\" or \"@ hand\", got {other:?}")),
        },
    }
}

fn one(rest: &str) -> Result<String, String> {
    if rest.is_empty() { Err("expected a phrase, got nothing".to_owned()) } else { Ok(rest.to_owned()) }
}

fn two(rest: &str) -> Result<[String; 2], String> {
    match rest.split('|').map(str::trim).collect::<Vec<_>>().as_slice() {
        [first, second] if !first.is_empty() && !second.is_empty() => Ok([*first, *second].map(str::to_owned)),
        _ => Err(format!("expected two, such as \"A | B\", got {rest:?}")),
    }
}

fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("expected a whole number, got {text:?}"))
}

/// Text with live values in braces.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sentence {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Live(Live),
}

impl Sentence {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// It as its file has it, with the names of values in braces.
    pub fn raw(&self) -> &str {
        &self.text
    }

    /// It without its values.
    pub fn words(&self) -> String {
        let words = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Live(_) => " … ".to_owned(),
        };
        self.pieces.iter().map(words).collect()
    }

    /// The values that it names.
    pub fn values(&self) -> impl Iterator<Item = &Live> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Live(live) => Some(live),
            Piece::Text(_) => None,
        })
    }

    /// It with what `value` gives in place of the names; a value that is not there yet is "…".
    pub fn filled(&self, value: impl Fn(&Live) -> Option<Value>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Live(live) => value(live).map_or("…".to_owned(), |value| value.to_string()),
        };
        self.pieces.iter().map(piece).collect()
    }
}

impl TryFrom<String> for Sentence {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, behind) = behind.split_once('}').ok_or_else(|| format!("expected a }} behind {{{behind}"))?;
            pieces.extend((!before.is_empty()).then(|| Piece::Text(before.to_owned())));
            pieces.push(Piece::Live(Live::parse(name)?));
            rest = behind;
        }
        pieces.extend((!rest.is_empty()).then(|| Piece::Text(rest.to_owned())));
        Ok(Self { text, pieces })
    }
}

impl From<Sentence> for String {
    fn from(sentence: Sentence) -> Self {
        sentence.text
    }
}

/// Something that a sentence says of numbers, so that it can be checked: `A > B`, where each is a number or a live value.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Claim {
    text: String,
    sides: [Term; 2],
    order: Order,
}

#[derive(Debug, Clone, PartialEq)]
enum Term {
    Number(f64),
    Live(Live),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Less,
    Greater,
    Same,
    Other,
}

impl Claim {
    /// Whether it holds by what `value` gives; `None` while something is not there yet.
    pub fn holds(&self, value: impl Fn(&Live) -> Option<Value>) -> Option<bool> {
        let of = |term: &Term| match term {
            Term::Number(number) => Some(Value::Number(*number)),
            Term::Live(live) => value(live),
        };
        let [left, right] = [of(&self.sides[0])?, of(&self.sides[1])?];
        let numbers = left.number().zip(right.number());
        Some(match self.order {
            Order::Less => numbers.is_some_and(|(left, right)| left < right),
            Order::Greater => numbers.is_some_and(|(left, right)| left > right),
            Order::Same => left.to_string() == right.to_string(),
            Order::Other => left.to_string() != right.to_string(),
        })
    }

    /// It as its file has it.
    pub fn raw(&self) -> &str {
        &self.text
    }
}

impl TryFrom<String> for Claim {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let orders = [(" < ", Order::Less), (" > ", Order::Greater), (" = ", Order::Same), (" ≠ ", Order::Other)];
        let found = orders.iter().find_map(|(sign, order)| Some((text.split_once(sign)?, *order)));
        let Some(((left, right), order)) = found else {
            return Err(format!("expected two values with <, >, = or ≠ between them, got {text:?}"));
        };
        let term = |text: &str| match text.trim().parse() {
            Ok(number) => Ok(Term::Number(number)),
            Err(_) => Live::parse(text).map(Term::Live),
        };
        let sides = [term(left)?, term(right)?];
        Ok(Self { text, sides, order })
    }
}

impl From<Claim> for String {
    fn from(claim: Claim) -> Self {
        claim.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(text: &str) -> Result<Sentence, String> {
        Sentence::try_from(text.to_owned())
    }

    #[test]
    fn values_take_the_place_of_their_names() {
        let read = sentence("From {measure: loss @ start} to {measure: loss @ end} in {steps} steps.").expect("a sentence");
        let value = |live: &Live| match live {
            Live::Measure(Measure::Loss, Moment::Start) => Some(Value::Number(3.006)),
            Live::Steps => Some(Value::Count(200)),
            _ => None,
        };
        assert_eq!(read.filled(value), "From 3.01 to … in 200 steps.");
        assert_eq!(read.values().count(), 3);
    }

    #[test]
    fn what_names_nothing_is_refused_with_what_was_expected() {
        for (text, part) in [
            ("{nonsense}", "expected the name of a live value"),
            ("{cosine: A}", "expected two"),
            ("{measure: luck}", "expected one of"),
            ("{steps", "expected a }"),
            ("{measure: loss @ noon}", "expected \"@ start\""),
            ("{swept: loss | many}", "expected a whole number"),
            ("{nearest:}", "expected a phrase"),
        ] {
            let why = sentence(text).expect_err(text);
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    #[test]
    fn a_claim_holds_or_not_or_is_not_known_yet() {
        let claim = |text: &str| Claim::try_from(text.to_owned());
        let value = |live: &Live| match live {
            Live::Cosine(_) => Some(Value::Number(0.5)),
            Live::Nearest(_) => Some(Value::Words("B".to_owned())),
            _ => None,
        };
        for (text, expected) in [
            ("cosine: A | B > 0.4", Some(true)),
            ("cosine: A | B < 0.4", Some(false)),
            ("nearest: A = nearest: C", Some(true)),
            ("nearest: A > 1", Some(false)),
            ("nearest: A ≠ nearest: C", Some(false)),
            ("measure: loss @ end < 1", None),
        ] {
            assert_eq!(claim(text).expect("a claim").holds(value), expected, "{text}");
        }
        assert!(claim("cosine: A | B").is_err() && claim("luck > 1").is_err());
    }

    #[test]
    fn numbers_have_two_digits_and_a_real_minus() {
        let spelled = [-0.001, -0.5, 1.0, 12.345].map(|number| Value::Number(number).to_string());
        assert_eq!(spelled, ["0.00", "−0.50", "1.00", "12.35"].map(str::to_owned));
    }
}
