//! Predictions: what a learner is asked before it is shown, what was answered, and how that compares with what is so.
//!
//! When one is asked and kept is `course.rs`.

use super::live::{Live, Sentence, two_digits};

/// A question before a reveal.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "PredictionOfFile", into = "PredictionOfFile")]
pub struct Prediction {
    /// What is asked.
    pub question: Sentence,
    /// How it is answered, and where the truth comes from.
    pub guess: Guess,
}

/// How a prediction is made.
#[derive(Debug, Clone, PartialEq)]
pub enum Guess {
    /// One of these.
    Choice(Vec<Sentence>, Right),
    /// A number between these two.
    Number([f64; 2], LiveName),
    /// Where on the map of the run this phrase will be at the last step.
    Place(String),
}

/// Which of the choices is right.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Right {
    /// The one of this number, counted from 1.
    Number(usize),
    /// The one whose value is the largest.
    Largest {
        /// A value for each choice.
        largest: Vec<LiveName>,
    },
    /// The one whose value is the smallest.
    Smallest {
        /// A value for each choice.
        smallest: Vec<LiveName>,
    },
    /// The one whose text is this value.
    Named {
        /// The value.
        named: LiveName,
    },
}

/// A live value by its name.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LiveName {
    text: String,
    /// The value.
    pub live: Live,
}

impl TryFrom<String> for LiveName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Live::parse(&text).map(|live| Self { text, live })
    }
}

impl From<LiveName> for String {
    fn from(name: LiveName) -> Self {
        name.text
    }
}

/// A prediction as its file has it: a question, and one of choices, a number, a place.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PredictionOfFile {
    question: Sentence,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Sentence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    right: Option<Right>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<NumberOfFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<String>,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberOfFile {
    from: f64,
    to: f64,
    truth: LiveName,
}

/// Choices that a prediction may have: keys 1 to 9 count hands for them.
const MAX_CHOICES: usize = 9;

impl TryFrom<PredictionOfFile> for Prediction {
    type Error = String;

    fn try_from(file: PredictionOfFile) -> Result<Self, String> {
        let PredictionOfFile { question, choices, right, number, place } = file;
        if question.is_empty() {
            return Err("expected a question, got an empty text".to_owned());
        }
        let guess = match (right, number, place) {
            (Some(right), None, None) => choice(choices, right)?,
            (None, Some(NumberOfFile { from, to, truth }), None) if choices.is_empty() && from < to => {
                Guess::Number([from, to], truth)
            }
            (None, None, Some(phrase)) if choices.is_empty() => Guess::Place(phrase),
            _ => return Err("expected choices with the right one, or a number with from, to and truth, or a place".to_owned()),
        };
        Ok(Self { question, guess })
    }
}

fn choice(choices: Vec<Sentence>, right: Right) -> Result<Guess, String> {
    let n = choices.len();
    let fits = match &right {
        Right::Number(number) => (1..=n).contains(number),
        Right::Largest { largest: values } | Right::Smallest { smallest: values } => values.len() == n,
        Right::Named { .. } => true,
    };
    match (2..=MAX_CHOICES).contains(&n) && fits {
        true => Ok(Guess::Choice(choices, right)),
        false => Err(format!("expected 2 to {MAX_CHOICES} choices and the right one of them, got {n}")),
    }
}

impl From<Prediction> for PredictionOfFile {
    fn from(prediction: Prediction) -> Self {
        let base = Self { question: prediction.question, choices: Vec::new(), right: None, number: None, place: None };
        match prediction.guess {
            Guess::Choice(choices, right) => Self { choices, right: Some(right), ..base },
            Guess::Number([from, to], truth) => Self { number: Some(NumberOfFile { from, to, truth }), ..base },
            Guess::Place(phrase) => Self { place: Some(phrase), ..base },
        }
    }
}

/// What a learner answered.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Answer {
    /// The choice at this place, counted from 0.
    Choice(usize),
    /// A number.
    Number(f64),
    /// A place on the map, in its coordinates.
    Place([f64; 2]),
    /// None was given.
    Skipped,
}

/// What is so.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Truth {
    /// The choice at this place.
    Choice(usize),
    /// A number.
    Number(f64),
    /// A place on the map, and how far the phrases reach there, across or up.
    Place([f64; 2], f64),
}

/// What was answered beside what is so, in a sentence.
pub fn verdict(guess: &Guess, choices: &[String], answer: Answer, truth: Truth) -> String {
    match (guess, answer, truth) {
        (Guess::Choice(..), Answer::Choice(said), Truth::Choice(is)) if said == is => {
            format!("You said “{}”, and so it is.", choices.get(is).map_or("", String::as_str))
        }
        (Guess::Choice(..), Answer::Choice(said), Truth::Choice(is)) => {
            let [said, is] = [said, is].map(|place| choices.get(place).map_or("", String::as_str));
            format!("You said “{said}”; it is “{is}”.")
        }
        (Guess::Choice(..), _, Truth::Choice(is)) => {
            format!("It is “{}”.", choices.get(is).map_or("", String::as_str))
        }
        (_, Answer::Number(said), Truth::Number(is)) => {
            let off = (said - is).abs();
            let how = if said > is { "too high" } else { "too low" };
            match off < 0.005 {
                true => format!("You said {}, and so it is.", two_digits(said)),
                false => format!("You said {}; it is {}: {off:.2} {how}.", two_digits(said), two_digits(is)),
            }
        }
        (_, _, Truth::Number(is)) => format!("It is {}.", two_digits(is)),
        (_, Answer::Place(said), Truth::Place(is, width)) => {
            let off = (said[0] - is[0]).hypot(said[1] - is[1]) / width.max(1e-12);
            format!("It came to lie {:.0} % of the way across all phrases from your cross.", off * 100.0)
        }
        (_, _, Truth::Place(..)) | (_, _, Truth::Choice(_)) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Prediction, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_prediction_has_one_way_to_be_answered() {
        for json in [
            r#"{"question": "Who?", "choices": ["a", "b"], "right": 2}"#,
            r#"{"question": "Who?", "choices": ["a", "b"], "right": {"largest": ["cosine: a | x", "cosine: b | x"]}}"#,
            r#"{"question": "How near?", "number": {"from": -1, "to": 1, "truth": "cosine: a | b"}}"#,
            r#"{"question": "Where?", "place": "a"}"#,
        ] {
            let prediction = read(json).expect(json);
            let written = serde_json::to_string(&prediction).expect("JSON");
            assert_eq!(read(&written).expect(&written), prediction, "{written}");
        }
        for json in [
            r#"{"question": "", "choices": ["a", "b"], "right": 2}"#,
            r#"{"question": "Who?", "choices": ["a", "b"], "right": 3}"#,
            r#"{"question": "Who?", "choices": ["a"], "right": 1}"#,
            r#"{"question": "Who?", "choices": ["a", "b"]}"#,
            r#"{"question": "Who?", "choices": ["a", "b"], "right": {"largest": ["cosine: a | x"]}}"#,
            r#"{"question": "Who?", "place": "a", "number": {"from": 0, "to": 1, "truth": "steps"}}"#,
            r#"{"question": "Who?", "number": {"from": 1, "to": 0, "truth": "steps"}}"#,
            r#"{"question": "Who?", "number": {"from": 0, "to": 1, "truth": "luck"}}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_answer_stands_beside_what_is_so() {
        let choice = read(r#"{"question": "Who?", "choices": ["a", "b"], "right": 2}"#).expect("it").guess;
        let names = ["a", "b"].map(str::to_owned);
        assert_eq!(verdict(&choice, &names, Answer::Choice(1), Truth::Choice(1)), "You said “b”, and so it is.");
        assert_eq!(verdict(&choice, &names, Answer::Choice(0), Truth::Choice(1)), "You said “a”; it is “b”.");
        assert_eq!(verdict(&choice, &names, Answer::Skipped, Truth::Choice(1)), "It is “b”.");
        let number = Guess::Number([0.0, 1.0], LiveName::try_from("steps".to_owned()).expect("a name"));
        assert_eq!(verdict(&number, &[], Answer::Number(0.4), Truth::Number(0.61)), "You said 0.40; it is 0.61: 0.21 too low.");
        let place = Guess::Place("a".to_owned());
        let said = verdict(&place, &[], Answer::Place([0.0, 0.0]), Truth::Place([0.3, 0.4], 2.0));
        assert_eq!(said, "It came to lie 25 % of the way across all phrases from your cross.");
    }
}
