//! What is said to a server and what it says, as bytes: OpenAI's interface, and the ways in which servers differ.
//!
//! Nothing is sent from here, and nothing is decided about trying again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

/// The most characters of a server's own words that are repeated.
const MAX_SAID: usize = 300;

/// How numbers are asked for. A server that does not know base64 may send lists all the same: both are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// 4 bytes a number, little-endian, as base64: exact, and a third of the size.
    Base64,
    /// Lists of numbers.
    Floats,
}

/// The body that asks for vectors of `phrases`.
pub(super) fn request(model: &str, phrases: &[String], encoding: Encoding) -> Vec<u8> {
    let encoding = match encoding {
        Encoding::Base64 => "base64",
        Encoding::Floats => "float",
    };
    serde_json::json!({"model": model, "input": phrases, "encoding_format": encoding}).to_string().into_bytes()
}

/// What is not as it should be in an answer: what was expected, and what came.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::model) struct Fault {
    pub(in crate::model) expected: String,
    pub(in crate::model) got: String,
}

fn fault(expected: impl Into<String>, got: impl Into<String>) -> Fault {
    Fault { expected: expected.into(), got: got.into() }
}

#[derive(Deserialize)]
struct Reply {
    data: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    index: Option<usize>,
    embedding: Numbers,
}

/// A vector, sent in whichever form.
struct Numbers(Vec<f32>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumbersVisitor)
    }
}

struct NumbersVisitor;

impl<'de> Visitor<'de> for NumbersVisitor {
    type Value = Numbers;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "a list of numbers, or numbers as base64")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Numbers, E> {
        let bytes = STANDARD.decode(text).map_err(|error| E::custom(format!("base64 that can't be read: {error}")))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(E::custom(format!("base64 of {} bytes, which are no numbers of 4 bytes", bytes.len())));
        }
        Ok(Numbers(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Numbers, A::Error> {
        let mut numbers = Vec::with_capacity(list.size_hint().unwrap_or_default());
        // A null stands where the server had no number.
        while let Some(number) = list.next_element::<Option<f32>>()? {
            numbers.push(number.unwrap_or(f32::NAN));
        }
        Ok(Numbers(numbers))
    }
}

/// The vectors in an answer to `n` phrases, in the order of the phrases: `n` × the dimension that it also gives.
///
/// # Errors
/// If they are not as many, not of one dimension, not numbered as the phrases are, or hold what is no finite number.
pub(in crate::model) fn vectors(body: &[u8], n: usize) -> Result<(usize, Vec<f32>), Fault> {
    let reply: Reply = serde_json::from_slice(body).map_err(|error| fault(vectors_of(n), what_came(body, &error)))?;
    if reply.data.len() != n {
        return Err(fault(vectors_of(n), reply.data.len().to_string()));
    }
    let rows = in_order(reply.data)?;
    let dims = rows.first().map_or(0, Vec::len);
    if dims == 0 {
        return Err(fault("vectors of one number or more", "an empty one"));
    }
    if let Some(other) = rows.iter().find(|row| row.len() != dims) {
        return Err(fault(format!("vectors of one dimension, {dims}"), format!("one of {}", other.len())));
    }
    if rows.iter().flatten().any(|number| !number.is_finite()) {
        return Err(fault("finite numbers", NOT_FINITE));
    }
    Ok((dims, rows.concat()))
}

const NOT_FINITE: &str = "a vector with NaN, an infinity or nothing in place of a number";

fn vectors_of(n: usize) -> String {
    format!("the vectors of {n} phrase{}", if n == 1 { "" } else { "s" })
}

/// The rows by their numbers; as they came, where they have none.
fn in_order(rows: Vec<Row>) -> Result<Vec<Vec<f32>>, Fault> {
    let n = rows.len();
    let mut places: Vec<Option<Vec<f32>>> = vec![None; n];
    for (turn, row) in rows.into_iter().enumerate() {
        let index = row.index.unwrap_or(turn);
        match places.get_mut(index) {
            Some(place @ None) => *place = Some(row.embedding.0),
            Some(Some(_)) => return Err(fault(format!("each index from 0 to {} once", n - 1), format!("{index} twice"))),
            None => return Err(fault(format!("each index from 0 to {} once", n - 1), index.to_string())),
        }
    }
    Ok(places.into_iter().flatten().collect())
}

/// What `body` is, which could not be read as it should.
fn what_came(body: &[u8], error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        "an empty answer".to_owned()
    } else if is_html(text) {
        "an HTML page; see whether the address is that of the interface for programs, which mostly ends in /v1".to_owned()
    } else if error.is_syntax() && ["NaN", "Infinity"].iter().any(|word| text.contains(word)) {
        NOT_FINITE.to_owned()
    } else if error.to_string().starts_with("number out of range") {
        format!("a number that is too large for one: {error}")
    } else if error.is_eof() {
        format!("an answer that ends after {} bytes, in the middle", body.len())
    } else if error.is_data() {
        format!("another answer: {}", start_of(&error.to_string(), MAX_SAID))
    } else {
        format!("what is no JSON: {:?}", start_of(text, 60))
    }
}

fn is_html(text: &str) -> bool {
    let start = text.get(..text.floor_char_boundary(15)).unwrap_or_default().to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// The first `n` characters of `text`, with a sign where there are more.
pub(super) fn start_of(text: &str, n: usize) -> String {
    match text.char_indices().nth(n) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a server says in the body of a refusal, in its own words, with `hide` done to them.
pub(in crate::model) fn said(body: &[u8], hide: &dyn Fn(&str) -> String) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let words = serde_json::from_str(text).ok().and_then(|json: serde_json::Value| words_in(&json));
    let words = words.filter(|words| !words.trim().is_empty());
    match words {
        _ if text.is_empty() => "nothing more".to_owned(),
        _ if is_html(text) => "an HTML page".to_owned(),
        // Hidden before it is cut: half a key is one too.
        Some(words) => start_of(&hide(&words), MAX_SAID),
        None => start_of(&hide(text), MAX_SAID),
    }
}

/// OpenAI has `error.message`, text-embeddings-inference and Ollama `error`, FastAPI `detail`, perhaps a list of `msg`.
fn words_in(json: &serde_json::Value) -> Option<String> {
    match json {
        serde_json::Value::String(words) => Some(words.clone()),
        serde_json::Value::Array(items) => items.iter().find_map(words_in),
        serde_json::Value::Object(fields) => {
            ["error", "message", "detail", "msg"].iter().find_map(|key| words_in(fields.get(*key)?))
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => None,
    }
}

/// A model in a server's list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(in crate::model) struct ListedModel {
    pub(in crate::model) id: String,
    /// Tokens that it takes: vLLM says so.
    pub(in crate::model) max_model_len: Option<usize>,
}

/// The models in the answer to `GET /models`; none where that is something else.
pub(in crate::model) fn models(body: &[u8]) -> Vec<ListedModel> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<ListedModel>,
    }
    serde_json::from_slice(body).map_or_else(|_| Vec::new(), |list: List| list.data)
}

/// What text-embeddings-inference says of itself at `GET /info`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(in crate::model) struct Info {
    pub(in crate::model) model_id: String,
    pub(in crate::model) max_input_length: usize,
    /// Whether it cuts what is longer; else it refuses it.
    #[serde(default)]
    pub(in crate::model) auto_truncate: bool,
    pub(in crate::model) max_client_batch_size: Option<usize>,
}

/// What a server says of itself, if it does.
pub(in crate::model) fn info(body: &[u8]) -> Option<Info> {
    serde_json::from_slice(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(rows: &[&str]) -> Vec<u8> {
        format!(r#"{{"object":"list","data":[{}],"usage":{{"x":1}},"more":null}}"#, rows.join(",")).into_bytes()
    }

    #[test]
    fn both_forms_are_read_in_the_order_of_the_phrases() {
        let floats = reply(&[r#"{"index":1,"embedding":[3,4.5],"object":"embedding"}"#, r#"{"index":0,"embedding":[1,2e0]}"#]);
        assert_eq!(vectors(&floats, 2), Ok((2, vec![1.0, 2.0, 3.0, 4.5])));
        let encoded = STANDARD.encode([1.0_f32, -0.1].map(f32::to_le_bytes).concat());
        let base64 = reply(&[&format!(r#"{{"embedding":"{encoded}"}}"#), r#"{"embedding":[0.5,7]}"#]);
        assert_eq!(vectors(&base64, 2), Ok((2, vec![1.0, -0.1, 0.5, 7.0])), "without index: as they came");
    }

    #[test]
    fn an_answer_that_is_none_is_one_sentence() {
        let row = |index: usize, numbers: &str| format!(r#"{{"index":{index},"embedding":{numbers}}}"#);
        for (body, expected, got) in [
            (reply(&[&row(0, "[1]")]), "the vectors of 2 phrases", "1"),
            (reply(&[&row(0, "[1]"), &row(0, "[1]")]), "each index from 0 to 1 once", "0 twice"),
            (reply(&[&row(0, "[1]"), &row(2, "[1]")]), "each index", "2"),
            (reply(&[&row(0, "[1]"), &row(1, "[1,2]")]), "one dimension, 1", "one of 2"),
            (reply(&[&row(0, "[]"), &row(1, "[]")]), "one number or more", "empty"),
            (reply(&[&row(0, "[1]"), &row(1, "[null]")]), "finite", "NaN"),
            (reply(&[&row(0, "[1]"), &row(1, "[NaN]")]), "2 phrases", "NaN"),
            (reply(&[&row(0, "[1]"), &row(1, "[1e99]")]), "2 phrases", "too large"),
            (reply(&[&row(0, "[1]"), &row(1, "\"AAA=\"")]), "2 phrases", "no numbers of 4 bytes"),
            (reply(&[&row(0, "[1]"), &row(1, "\"?\"")]), "2 phrases", "base64 that can't be read"),
            (reply(&[&row(0, "[1]"), &row(1, "[\"x\"]")]), "2 phrases", "another answer"),
            (b"{}".to_vec(), "2 phrases", "missing field `data`"),
            (b" ".to_vec(), "2 phrases", "an empty answer"),
            (b"{\"data\":[{\"emb".to_vec(), "2 phrases", "in the middle"),
            (b"<!DOCTYPE HTML><p>".to_vec(), "2 phrases", "an HTML page"),
            (b"hello".to_vec(), "2 phrases", "no JSON: \"hello\""),
        ] {
            let fault = vectors(&body, 2).expect_err(got);
            assert!(fault.expected.contains(expected) && fault.got.contains(got), "{expected}, {got}: {fault:?}");
        }
    }

    #[test]
    fn a_server_is_quoted() {
        for (body, words) in [
            (r#"{"error":{"message":"too long","type":"x"}}"#, "too long"),
            (r#"{"error":"no model","error_type":"y"}"#, "no model"),
            (r#"{"detail":[{"loc":["body"],"msg":"at most 32"}]}"#, "at most 32"),
            (r#"{"code":1}"#, r#"{"code":1}"#),
            ("plain words\n", "plain words"),
            ("", "nothing more"),
            ("\"\"", "\"\""),
            (r#"{"error":" "}"#, r#"{"error":" "}"#),
            ("<html><body>", "an HTML page"),
        ] {
            assert_eq!(said(body.as_bytes(), &str::to_owned), words);
        }
        assert_eq!(said("x".repeat(1000).as_bytes(), &str::to_owned).chars().count(), MAX_SAID + 1);
        let hide = |words: &str| words.replace("secret", "[key]");
        assert_eq!(said(br#"{"error":"\u0073ecret"}"#, &hide), "[key]");
    }
}
