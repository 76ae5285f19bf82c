//! Models on servers, against a stand-in server on this machine with the faults that servers have.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use embedding_playground::model::{
    ApiKey, Encoder, ModelError, Patience, ServedModel, ServerAddress, ServerError, Source, set_typed_key,
};
use embedding_playground::progress;
use serde_json::{Value, json};

use crate::cli::{folder, program, write};

/// Numbers a vector of the stand-in's model.
const DIMS: usize = 6;

/// A request as the stand-in saw it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET /v1/models`.
    pub line: String,
    pub head: String,
    json: Value,
}

impl Asked {
    fn input(&self) -> Vec<String> {
        self.json["input"].as_array().into_iter().flatten().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Whether it is what a connection begins with.
    fn is_probe(&self) -> bool {
        self.input().iter().any(|text| text.contains("Roses are red") || text.contains("Der Fluss") || text.contains("3x + 7"))
    }
}

/// What the stand-in does.
pub enum Answer {
    Says(u16, &'static str, Vec<u8>),
    /// Sends as many bytes of the body as are there, and says there are more.
    Cut(Vec<u8>),
    Stalls,
}

pub fn says(status: u16, json: &Value) -> Answer {
    Answer::Says(status, "", json.to_string().into_bytes())
}

/// A server on this machine, as long as the test runs.
pub struct StandIn {
    pub url: String,
    seen: Arc<Mutex<Vec<Asked>>>,
}

impl StandIn {
    /// One that answers with what `answer` gives for each request.
    pub fn new(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (seen.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answer) = (kept.clone(), answer.clone());
                std::thread::spawn(move || serve(stream, &kept, &*answer));
            }
        });
        Self { url, seen }
    }

    fn address(&self) -> ServerAddress {
        self.url.parse().expect("an address")
    }

    /// How many phrases each request after those of the connection had.
    fn sizes(&self) -> Vec<usize> {
        self.posts().iter().map(|asked| asked.input().len()).collect()
    }

    pub fn posts(&self) -> Vec<Asked> {
        let seen = self.seen.lock().expect("no panic");
        seen.iter().filter(|asked| asked.line.starts_with("POST") && !asked.is_probe()).cloned().collect()
    }

    /// The heads of all requests, with what opens the door.
    pub fn heads(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").iter().map(|asked| asked.head.clone()).collect()
    }

    fn connect(&self) -> Result<ServedModel, ServerError> {
        connect(&self.address(), None)
    }
}

/// Short, as nobody waits for a test.
const SHORT: Patience = Patience {
    silence: Duration::from_millis(600),
    pause: Duration::from_millis(5),
    tries: 3,
    longest_pause: Duration::from_secs(5),
};

fn connect(address: &ServerAddress, folder: Option<&Path>) -> Result<ServedModel, ServerError> {
    ServedModel::connect(address, None, folder, SHORT, &mut progress::ignore)
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Answer) {
    let Some(asked) = read_request(&mut stream) else { return };
    seen.lock().expect("no panic").push(asked.clone());
    let mut send = |status: u16, headers: &str, length: usize, body: &[u8]| {
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{headers}\r\n");
        // Who was cancelled does not read.
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).unwrap_or_default();
    };
    match answer(&asked) {
        Answer::Says(status, headers, body) => send(status, headers, body.len(), &body),
        Answer::Cut(body) => send(200, "", body.len() + 10, &body),
        Answer::Stalls => std::thread::sleep(Duration::from_secs(5)),
    }
}

fn read_request(stream: &mut TcpStream) -> Option<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
    Some(Asked { line, json: serde_json::from_slice(&body).unwrap_or_default(), head })
}

/// The vector of a text, of length 1; `model` is which of many models it is by.
fn vector(model: u32, text: &str) -> Vec<f32> {
    let letters = text.chars().enumerate();
    let mut vector = [0.1 * model as f32; DIMS];
    letters.for_each(|(place, letter)| vector[(place + letter as usize) % DIMS] += (letter as u32 % 17 + model) as f32 * 0.01);
    vector[0] += 0.1;
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    vector.iter().map(|x| x / length).collect()
}

fn as_base64(vector: &[f32]) -> Value {
    STANDARD.encode(vector.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>()).into()
}

/// The answer with one vector for each text.
fn vectors(asked: &Asked, vector: impl Fn(&str) -> Vec<f32>) -> Value {
    let is_base64 = asked.json["encoding_format"] == "base64";
    let row = |(index, text): (usize, String)| {
        let vector = vector(&text);
        json!({"object": "embedding", "index": index, "embedding": if is_base64 { as_base64(&vector) } else { vector.into() }})
    };
    let rows: Vec<Value> = asked.input().into_iter().enumerate().map(row).collect();
    json!({"object": "list", "data": rows, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}})
}

/// A server without faults, with one model, `m`.
pub fn well(asked: &Asked) -> Answer {
    match asked.line.as_str() {
        "GET /v1/models" => says(200, &json!({"object": "list", "data": [{"id": "m", "object": "model", "stats": {}}]})),
        "POST /v1/embeddings" => says(200, &vectors(asked, |text| vector(1, text))),
        _ => says(404, &json!({"detail": "Not Found"})),
    }
}

fn texts(n: usize) -> Vec<String> {
    (0..n).map(|index| format!("phrase number {index}")).collect()
}

fn embed(model: &ServedModel, texts: &[String]) -> Result<Vec<f32>, ModelError> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Ok(model.embed(&texts, &mut progress::ignore)?.values().to_vec())
}

fn expected(texts: &[String]) -> Vec<f32> {
    texts.iter().flat_map(|text| vector(1, text)).collect()
}

/// A server that does not say which models it has.
fn unlisted() -> StandIn {
    StandIn::new(|asked| if asked.line == "GET /v1/models" { says(404, &json!({})) } else { well(asked) })
}

/// A server that is well until phrases are embedded, and then answers with what `fault` gives.
fn faulty(fault: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> StandIn {
    StandIn::new(move |asked| if asked.line.starts_with("POST") && !asked.is_probe() { fault(asked) } else { well(asked) })
}

#[test]
fn vectors_come_in_the_order_of_the_phrases_in_either_form() {
    let reversed = |asked: &Asked| {
        let mut reply = vectors(asked, |text| vector(1, text));
        reply["data"].as_array_mut().expect("rows").reverse();
        reply
    };
    let without_format = |asked: &Asked| Asked { json: json!({"input": asked.input()}), ..asked.clone() };
    for (name, server, format) in [
        ("base64", StandIn::new(well), "base64"),
        ("base64 ignored", StandIn::new(move |asked| well(&without_format(asked))), "base64"),
        (
            "base64 refused",
            StandIn::new(|asked| match asked.json["encoding_format"] == "base64" {
                true => says(422, &json!({"detail": [{"msg": "encoding_format"}]})),
                false => well(asked),
            }),
            "float",
        ),
        ("wrong order", faulty(move |asked| says(200, &reversed(asked))), "base64"),
    ] {
        let model = server.connect().expect(name);
        let texts = texts(150);
        assert_eq!(embed(&model, &texts).expect(name), expected(&texts), "{name}");
        assert_eq!(server.sizes(), [64, 64, 22], "{name}");
        assert_eq!(server.posts()[0].json["encoding_format"], format, "{name}");
        assert_eq!(embed(&model, &[]).expect(name), Vec::<f32>::new(), "{name}");
    }
}

#[test]
fn a_space_says_what_is_known_of_a_served_model() {
    let server = StandIn::new(well);
    let model = ServedModel::connect(&server.address(), Some("query: "), None, SHORT, &mut progress::ignore).expect("connected");
    let space = model.space().to_string();
    assert!(space.starts_with("m@") && space.ends_with(":6d:unit:prompt=\"query: \""), "{space}");
    assert_eq!(space.parse().as_ref(), Ok(model.space()));
    assert_eq!(embed(&model, &texts(1)).expect("embedded"), vector(1, "query: phrase number 0"));
    let remarks = model.remarks().join("\n");
    assert!(remarks.contains("only model is taken: m") && remarks.contains("cut long texts"), "{remarks}");
    assert!(!remarks.contains("are sent to"), "nothing leaves this machine: {remarks}");
    let named: ServerAddress = format!("{}#intfloat/e5-small", unlisted().url).parse().expect("an address");
    let e5 = |prompt| ServedModel::connect(&named, prompt, None, SHORT, &mut progress::ignore).expect("connected");
    assert_eq!(e5(Some("passage")).space().prompt, "passage: ", "a known prompt by its name");
    assert!(e5(None).remarks().iter().any(|remark| remark.contains("query, passage")), "{:?}", e5(None).remarks());
    assert!(e5(Some("like")).remarks().iter().any(|remark| remark.contains("as a text")), "{:?}", e5(Some("like")).remarks());
    assert_eq!((e5(Some("")).space().prompt.as_str(), e5(Some("")).prompts().len()), ("", 2));
    let longer = StandIn::new(|asked| match asked.line.as_str() {
        "POST /v1/embeddings" => says(200, &vectors(asked, |text| vector(1, text).iter().map(|x| 2.0 * x).collect())),
        _ => well(asked),
    });
    assert!(!longer.connect().expect("connected").space().normalised);
    let tei = StandIn::new(|asked| match asked.line.as_str() {
        "GET /v1/models" => says(404, &json!({})),
        "GET /info" => says(
            200,
            &json!({"model_id": "BAAI/bge", "max_input_length": 512, "auto_truncate": true, "max_client_batch_size": 32, "version": "1"}),
        ),
        _ => well(asked),
    });
    let model = tei.connect().expect("connected");
    assert_eq!((model.name(), model.limit()), ("BAAI/bge", Some(512)));
    assert!(model.remarks().join("\n").contains("cuts texts of more than 512 tokens"), "{:?}", model.remarks());
    embed(&model, &texts(70)).expect("embedded");
    assert_eq!(tei.sizes(), [32, 32, 6], "as many as it says it takes");
}

#[test]
fn an_answer_that_is_wrong_is_refused_in_one_sentence() {
    let edited = |edit: fn(&mut Vec<Value>)| {
        faulty(move |asked| {
            let mut reply = vectors(asked, |text| vector(1, text));
            edit(reply["data"].as_array_mut().expect("rows"));
            says(200, &reply)
        })
    };
    let raw = |body: &'static str| faulty(move |_| Answer::Says(200, "Content-Type: text/html\r\n", body.into()));
    let nan = edited(|rows| rows[1]["embedding"] = as_base64(&[f32::NAN; DIMS]));
    let other = edited(|rows| rows.iter_mut().for_each(|row| row["embedding"] = json!([1.0, 2.0])));
    for (name, server, parts) in [
        ("count", edited(|rows| drop(rows.pop())), &["the vectors of 3 phrases", "got 2"][..]),
        ("index", edited(|rows| rows[2]["index"] = 0.into()), &["each index from 0 to 2 once", "0 twice"]),
        ("dimension", other, &["vectors of 6 numbers", "some of 2"]),
        ("null", edited(|rows| rows[0]["embedding"] = json!([1, null, 1, 1, 1, 1])), &["finite numbers", "NaN"]),
        ("NaN", nan, &["finite numbers", "NaN"]),
        ("NaN as text", raw("{\"data\":[{\"embedding\":[NaN]}]}"), &["3 phrases", "NaN"]),
        ("page", raw("<!DOCTYPE html><html><body>Sign in</body>"), &["3 phrases", "an HTML page"]),
        ("empty", raw(""), &["3 phrases", "an empty answer"]),
        ("object", raw("{\"object\":\"list\"}"), &["3 phrases", "missing field `data`"]),
        ("words", raw("ok"), &["3 phrases", "no JSON"]),
        ("cut body", faulty(|_| Answer::Cut(b"{\"data\":[".to_vec())), &["a whole answer", "ended before it"]),
        ("stall", faulty(|_| Answer::Stalls), &["to answer within", "EMBEDDING_TIMEOUT"]),
    ] {
        let model = server.connect().expect(name);
        let message = embed(&model, &texts(3)).expect_err(name).to_string();
        let at = model.name().to_owned() + &server.url;
        assert!(parts.iter().all(|part| message.contains(part)), "{name} ({at}): {message}");
        assert!(message.contains(&server.url) && !message.contains('\n'), "{name}: {message}");
    }
}

#[test]
fn another_dimension_in_the_second_batch_is_refused() {
    let n = AtomicUsize::new(0);
    let server = faulty(move |asked| {
        let is_first = n.fetch_add(1, Ordering::Relaxed) == 0;
        says(200, &vectors(asked, |text| if is_first { vector(1, text) } else { vec![1.0] }))
    });
    let message = embed(&server.connect().expect("connected"), &texts(80)).expect_err("two dimensions").to_string();
    assert!(message.contains("vectors of 6 numbers") && message.contains("some of 1"), "{message}");
}

#[test]
fn batches_are_halved_until_they_are_taken_and_stay_small() {
    for (cap, status, sizes) in [
        (10, 400, &[64, 32, 16, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 4][..]),
        (32, 413, &[64, 32, 32, 32, 4]),
        (32, 422, &[64, 32, 32, 32, 4]),
    ] {
        let server = faulty(move |asked| match asked.input().len() > cap {
            true => says(status, &json!({"error": {"message": format!("at most {cap}")}})),
            false => well(asked),
        });
        let model = server.connect().expect("connected");
        let texts = texts(100);
        assert_eq!(embed(&model, &texts).expect("embedded"), expected(&texts), "{cap}");
        assert_eq!(server.sizes(), sizes, "{cap}");
        embed(&model, &texts[..cap]).expect("embedded");
        assert_eq!(server.sizes()[sizes.len()..].iter().max(), Some(&cap.min(if cap == 10 { 8 } else { 32 })), "{cap}");
    }
}

#[test]
fn a_phrase_that_is_refused_is_named() {
    for (status, bad) in [(500, "x".repeat(500)), (400, String::new()), (413, "y".repeat(90))] {
        let refused = bad.clone();
        let server = faulty(move |asked| match asked.input().contains(&refused) {
            true => says(status, &json!({"error": {"message": "too large to process"}})),
            false => well(asked),
        });
        let model = server.connect().expect("connected");
        let mut texts = texts(70);
        texts[41] = bad.clone();
        let message = embed(&model, &texts).expect_err("refused").to_string();
        let start: String = bad.chars().take(40).collect();
        for part in ["phrase 42", &start, &status.to_string(), "too large to process", "shorten it or leave it out"] {
            assert!(message.contains(part), "{status}: {part} is not in {message}");
        }
        texts.remove(41);
        let n_before = server.sizes().len();
        embed(&model, &texts).expect("embedded");
        assert_eq!(server.sizes()[n_before..], [64, 5], "it was the phrase's doing");
    }
}

#[test]
fn a_busy_server_is_asked_again_and_not_for_ever() {
    let after = |n_busy: usize, status: u16, headers: &'static str| {
        let n = AtomicUsize::new(0);
        faulty(move |asked| match n.fetch_add(1, Ordering::Relaxed) < n_busy {
            true => Answer::Says(status, headers, b"{\"error\":\"busy\"}".to_vec()),
            false => well(asked),
        })
    };
    for (server, at_least) in [
        (after(2, 429, "Retry-After: 1\r\n"), Duration::from_secs(2)),
        (after(3, 503, "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n"), Duration::ZERO),
        (after(1, 500, ""), Duration::ZERO),
    ] {
        let model = server.connect().expect("connected");
        let started = Instant::now();
        assert_eq!(embed(&model, &texts(3)).expect("embedded"), expected(&texts(3)));
        assert!(started.elapsed() >= at_least);
        assert!(server.sizes().iter().all(|size| *size == 3), "the same again");
    }
    for (server, n, parts) in [
        (after(99, 429, ""), 4, ["429", "busy"]),
        (after(99, 503, ""), 4, ["503", "busy"]),
        (after(99, 429, "Retry-After: 3600\r\n"), 1, ["429", "3600 s"]),
    ] {
        let message = embed(&server.connect().expect("connected"), &texts(3)).expect_err("busy").to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        assert_eq!(server.sizes().len(), n, "{message}");
    }
}

#[test]
fn a_model_is_chosen_by_name_or_because_it_is_the_only_one() {
    let serving = |names: &'static [&'static str]| {
        StandIn::new(move |asked| match asked.line.as_str() {
            "GET /v1/models" if names.is_empty() => says(404, &json!({})),
            "GET /v1/models" => says(200, &json!({"data": names.iter().map(|name| json!({"id": name})).collect::<Vec<_>>()})),
            _ => well(asked),
        })
    };
    let connect = |server: &StandIn, model: &str| {
        let address: ServerAddress = format!("{}/v1/{model}", server.url).parse().expect("an address");
        connect(&address, None).map(|model| model.name().to_owned()).map_err(|error| error.to_string())
    };
    let several = serving(&["a", "nomic:latest"]);
    assert_eq!(connect(&several, "#a").as_deref(), Ok("a"));
    assert_eq!(connect(&several, "#nomic").as_deref(), Ok("nomic:latest"));
    assert_eq!(several.seen.lock().expect("no panic").last().expect("a request").json["model"], "nomic:latest");
    let refused = |message: Result<String, String>, parts: &[&str]| {
        let message = message.expect_err("refused");
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    };
    refused(connect(&several, ""), &["a, nomic:latest", "got none", "#MODEL"]);
    refused(connect(&several, "#b"), &["a, nomic:latest", "got b"]);
    let silent = serving(&[]);
    assert_eq!(connect(&silent, "#whatever").as_deref(), Ok("whatever"));
    refused(connect(&silent, ""), &["does not say which it has", "#MODEL"]);
    assert!(several.posts().is_empty(), "nothing was embedded");
}

#[test]
fn a_server_that_can_not_be_used_is_refused_at_the_connection() {
    let always = |status: u16, headers: &'static str, body: &'static str| {
        StandIn::new(move |_| Answer::Says(status, headers, body.into()))
    };
    let lost = StandIn::new(well);
    let to_lost = format!("Location: {}/v1/embeddings?token=secret\r\n", lost.url).leak();
    for (name, server, parts) in [
        ("redirect", always(307, to_lost, ""), &["redirects to", &lost.url, "if you trust it"][..]),
        ("page", always(200, "", "<html><body>router</body></html>"), &["does not say which it has"]),
        (
            "404",
            StandIn::new(
                |asked| if asked.line.starts_with("GET") { well(asked) } else { says(404, &json!({"error": "no such path"})) },
            ),
            &["404", "no such path"],
        ),
        ("403", always(403, "", "{\"detail\":\"not for you\"}"), &["403", "not for you", "EMBEDDING_API_KEY"]),
    ] {
        let message = server.connect().err().unwrap_or_else(|| panic!("{name}")).to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{name}: {message}");
        assert!(message.contains(&server.url) && !message.contains("secret"), "{name}: {message}");
    }
    assert!(lost.seen.lock().expect("no panic").is_empty(), "nothing follows a redirect");
    let nobody = "http://127.0.0.1:1#m".parse().expect("an address");
    let message = connect(&nobody, None).err().expect("nobody is there").to_string();
    assert!(message.contains("cannot reach http://127.0.0.1:1/v1"), "{message}");
}

#[test]
fn another_model_behind_the_same_name_is_another_space() {
    let kept = tempfile::tempdir().expect("a folder");
    let which = Arc::new(AtomicUsize::new(1));
    let is_broken = Arc::new(AtomicUsize::new(0));
    let (served, broken) = (which.clone(), is_broken.clone());
    let answer = move |asked: &Asked| match asked.line.as_str() {
        "POST /v1/embeddings" if broken.load(Ordering::Relaxed) > 0 => says(404, &json!({})),
        "POST /v1/embeddings" => says(200, &vectors(asked, |text| vector(served.load(Ordering::Relaxed) as u32, text))),
        _ => well(asked),
    };
    let server = StandIn::new(answer.clone());
    let connect = || connect(&server.address(), Some(kept.path())).expect("connected");
    let first = connect();
    assert_eq!(connect().space(), first.space(), "the same model");
    let elsewhere = StandIn::new(answer);
    let copy = ServedModel::connect(&elsewhere.address(), None, Some(kept.path()), SHORT, &mut progress::ignore);
    assert_eq!(copy.expect("connected").space(), first.space(), "the same model elsewhere");
    which.store(9, Ordering::Relaxed);
    let second = connect();
    assert_ne!(second.space().revision, first.space().revision);
    assert!(second.remarks().iter().any(|remark| remark.contains("otherwise than before")), "{:?}", second.remarks());
    // While it is connected: after an error it is looked who answers.
    is_broken.store(1, Ordering::Relaxed);
    embed(&second, &texts(1)).expect_err("broken");
    is_broken.store(0, Ordering::Relaxed);
    embed(&second, &texts(1)).expect("the same model answers again");
    is_broken.store(1, Ordering::Relaxed);
    embed(&second, &texts(1)).expect_err("broken");
    is_broken.store(0, Ordering::Relaxed);
    which.store(1, Ordering::Relaxed);
    let n_before = server.posts().len();
    for _ in 0..2 {
        let message = embed(&second, &texts(1)).expect_err("another model").to_string();
        assert!(message.contains("answers otherwise than before"), "{message}");
    }
    assert_eq!(server.posts().len(), n_before, "no phrase was sent to it");
    assert_eq!(connect().space(), first.space());
    let text = std::fs::read_to_string(kept.path().join("servers.json")).expect("records");
    assert!(text.contains(&server.url), "{text}");
}

/// A server with model 1 until `which` says another.
fn changing(which: &Arc<AtomicUsize>, fault: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> StandIn {
    let served = which.clone();
    StandIn::new(move |asked| match asked.line.as_str() {
        "POST /v1/embeddings" => {
            fault(asked).unwrap_or_else(|| says(200, &vectors(asked, |text| vector(served.load(Ordering::Relaxed) as u32, text))))
        }
        _ => well(asked),
    })
}

#[test]
fn another_model_is_noticed_without_an_error_in_between() {
    let which = Arc::new(AtomicUsize::new(1));
    let server = changing(&which, |_| None);
    let model = server.connect().expect("connected");
    assert_eq!(embed(&model, &texts(2)).expect("embedded"), expected(&texts(2)));
    which.store(9, Ordering::Relaxed);
    let n_before = server.posts().len();
    let message = embed(&model, &texts(2)).expect_err("another model").to_string();
    assert!(message.contains("answers otherwise than before"), "{message}");
    assert_eq!(server.posts().len(), n_before, "no phrase was sent to it");
}

#[test]
fn a_server_that_was_away_is_not_believed_unseen() {
    for (status, to) in [(503, 9), (500, 9), (503, 1)] {
        let which = Arc::new(AtomicUsize::new(1));
        let (n, restarted) = (AtomicUsize::new(0), which.clone());
        // The second batch of 64 finds it restarting.
        let server = changing(&which, move |asked| {
            let is_away = !asked.is_probe() && n.fetch_add(1, Ordering::Relaxed) == 1;
            is_away.then(|| {
                restarted.store(to, Ordering::Relaxed);
                says(status, &json!({"error": "starting"}))
            })
        });
        let outcome = embed(&server.connect().expect("connected"), &texts(150));
        if to == 1 {
            assert_eq!(outcome.expect("the same model"), expected(&texts(150)));
            continue;
        }
        let message = outcome.expect_err("another model").to_string();
        assert!(message.contains("answers otherwise than before"), "{message}");
        assert_eq!(server.sizes(), [64, 64, 64], "{status}: nothing more is sent to it");
    }
}

#[test]
fn many_that_connect_at_once_are_all_remembered() {
    let kept = tempfile::tempdir().expect("a folder");
    let servers: Vec<StandIn> = (0..8).map(|_| StandIn::new(well)).collect();
    std::thread::scope(|scope| {
        for server in &servers {
            scope.spawn(|| connect(&server.address(), Some(kept.path())).map(drop).expect("connected"));
        }
    });
    let text = std::fs::read_to_string(kept.path().join("servers.json")).expect("records");
    assert!(servers.iter().all(|server| text.contains(&server.url)), "{text}");
}

#[test]
fn one_model_with_two_limits_is_two_spaces() {
    let kept = tempfile::tempdir().expect("a folder");
    let revision = |server: &StandIn| connect(&server.address(), Some(kept.path())).expect("connected").space().revision.clone();
    let telling = |limit: usize| {
        StandIn::new(move |asked| match asked.line.as_str() {
            "GET /v1/models" => says(200, &json!({"data": [{"id": "m", "max_model_len": limit}]})),
            _ => well(asked),
        })
    };
    let (short, long) = (revision(&telling(256)), revision(&telling(512)));
    assert!(short.ends_with(".max256") && long.ends_with(".max512"), "{short} {long}");
    assert_eq!(short.split('.').next(), long.split('.').next(), "one model");
    // Where nothing is told, it shows in a long text.
    let cutting = |n: usize| {
        StandIn::new(move |asked| match asked.line.as_str() {
            "POST /v1/embeddings" => says(200, &vectors(asked, |text| vector(1, &text.chars().take(n).collect::<String>()))),
            _ => well(asked),
        })
    };
    let (cut, whole) = (revision(&cutting(60)), revision(&cutting(100_000)));
    assert_ne!(cut, whole);
    assert_eq!(revision(&cutting(60)), cut);
    let refusing = StandIn::new(|asked| match asked.input().iter().any(|text| text.len() > 60) {
        true => says(400, &json!({"error": "too long"})),
        false => well(asked),
    });
    let refusing = revision(&refusing);
    assert!(refusing != cut && refusing != whole, "{refusing}");
}

#[test]
fn a_typed_key_is_sent_and_not_shown() {
    const KEY: &str = "sk-typed-secret";
    let server = StandIn::new(|asked| match asked.head.contains(&format!("authorization: Bearer {KEY}\r\n")) {
        true => well(asked),
        false => says(401, &json!({"error": {"message": format!("Incorrect API key: {}", asked.head)}})),
    });
    // None, or whatever the environment of the test has.
    let message = server.connect().err().expect("not this key").to_string();
    assert!(message.contains("401") && message.contains("EMBEDDING_API_KEY"), "{message}");
    let key = |text: &str| Some(ApiKey::new(text).expect("a key"));
    set_typed_key(&server.address(), key("sk-wrong-secret"));
    let error = server.connect().err().expect("a wrong key");
    let message = format!("{error} {error:?}");
    assert!(message.contains("the key that was typed was sent"), "{message}");
    assert!(!message.contains("secret") && message.contains("[key]"), "{message}");
    set_typed_key(&server.address(), key(KEY));
    let model = server.connect().expect("connected");
    embed(&model, &texts(1)).expect("embedded");
    let seen = server.seen.lock().expect("no panic").clone();
    let about = seen.iter().rfind(|asked| asked.line == "GET /info").expect("asked");
    assert!(!about.head.contains("authorization"), "outside the address that was typed: {}", about.head);
    assert!(!format!("{:?} {} {:?}", model.space(), Source::Server(server.address()), model.remarks()).contains("secret"));
    set_typed_key(&server.address(), None);
    assert!(server.connect().is_err(), "forgotten");
}

#[test]
fn a_cancel_is_heard_while_a_server_is_silent() {
    let server = faulty(|_| Answer::Stalls);
    let model =
        ServedModel::connect(&server.address(), None, None, Patience::default(), &mut progress::ignore).expect("connected");
    let started = Instant::now();
    let mut stop =
        |_| if started.elapsed() > Duration::from_millis(300) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let outcome = model.embed(&["a"], &mut stop);
    assert!(matches!(outcome, Err(ModelError::Cancelled)));
    assert!(started.elapsed() < Duration::from_millis(700), "{:?}", started.elapsed());
}

/// The program as a process, with its caches in `folder` and `variables` set.
fn run(folder: &Path, line: &[&str], variables: &BTreeMap<&str, &str>) -> Output {
    let mut command = program(folder, line);
    command.env("EMBEDDING_PLAYGROUND_CACHE", folder.join("cache"));
    for name in ["EMBEDDING_API_KEY", "EMBEDDING_API_HOST", "OPENAI_API_KEY"] {
        command.env_remove(name);
    }
    command.envs(variables).output().expect("it starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_command_line_embeds_with_a_server_and_asks_it_once() {
    let server = StandIn::new(well);
    let folder = folder();
    write(folder.path(), "f.txt", "one\ntwo\none more\n");
    let model = format!("{}#m", server.url);
    let line = ["embed", "f.txt", "--model", &model, "--out", "v.npy"];
    let output = run(folder.path(), &line, &BTreeMap::new());
    assert!(output.status.success(), "{}", stderr(&output));
    let message = stderr(&output);
    assert!(message.contains("note: a server may cut long texts") && message.contains("space m@"), "{message}");
    let values = |path: &str| {
        let bytes = std::fs::read(folder.path().join(path)).expect("written");
        let (numbers, _) = bytes[bytes.len() - 3 * DIMS * 4..].as_chunks::<4>();
        numbers.iter().map(|number| f32::from_le_bytes(*number)).collect::<Vec<_>>()
    };
    assert_eq!(values("v.npy"), expected(&["one", "two", "one more"].map(str::to_owned)));
    assert_eq!(server.sizes(), [3]);
    write(folder.path(), "f.txt", "two\nthree\none\n");
    let output = run(folder.path(), &line, &BTreeMap::new());
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(values("v.npy"), expected(&["two", "three", "one"].map(str::to_owned)));
    assert_eq!(server.posts().last().expect("a request").input(), ["three"], "only what is new");
    let prompted = run(folder.path(), &["embed", "f.txt", "--model", &model, "--prompt", "query: ", "--json"], &BTreeMap::new());
    assert!(String::from_utf8_lossy(&prompted.stdout).contains("prompt="), "{}", stderr(&prompted));
    assert_eq!(server.posts().last().expect("a request").input(), ["query: two", "query: three", "query: one"]);
    for (option, value) in [("--pooling", "cls"), ("--max-tokens", "9")] {
        let refused = run(folder.path(), &["embed", "f.txt", "--model", &model, option, value], &BTreeMap::new());
        assert!(!refused.status.success() && stderr(&refused).contains("that can be chosen"), "{}", stderr(&refused));
    }
}

#[test]
fn the_command_line_shows_no_key_and_no_password() {
    let server = StandIn::new(|asked| says(401, &json!({"error": {"message": format!("Incorrect API key in {}", asked.head)}})));
    let folder = folder();
    write(folder.path(), "f.txt", "one\n");
    let embed = |model: &str, variables: &[(&str, &str)]| {
        let output = run(folder.path(), &["embed", "f.txt", "--model", model], &variables.iter().copied().collect());
        assert!(!output.status.success());
        let message = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
        assert!(!message.contains("secret"), "{message}");
        message
    };
    let message = embed(&server.url, &[("EMBEDDING_API_KEY", "sk-secret"), ("RUST_LOG", "trace")]);
    assert!(message.contains("the key in EMBEDDING_API_KEY was sent") && message.contains("[key]"), "{message}");
    assert!(server.seen.lock().expect("no panic")[0].head.contains("Bearer sk-secret"));
    let message = embed(&server.url, &[("OPENAI_API_KEY", "sk-secret")]);
    assert!(message.contains("no key was sent"), "{message}");
    assert!(!server.seen.lock().expect("no panic").last().expect("a request").head.contains("sk-secret"));
    let message = embed(&server.url.replace("http://", "http://me:secret@"), &[]);
    assert!(message.contains("without user, password") && message.contains("…@127.0.0.1"), "{message}");
    embed("https://127.0.0.1:1/v1?api-key=secret", &[]);
}

#[test]
fn a_server_is_a_source_that_can_be_saved() {
    let source: Source = "http://localhost:8080#m".parse().expect("a source");
    assert_eq!(source.to_string(), "http://localhost:8080/v1#m");
    assert_eq!(source.to_string().parse(), Ok(source.clone()));
    assert_eq!(source.name(), "m on localhost");
    assert!(Source::forms().contains("http(s)://HOST"));
    let message = "http://".parse::<Source>().expect_err("no host").to_string();
    assert!(message.contains("name of a host"), "{message}");
}
