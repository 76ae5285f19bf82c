//! Every reader of what others write, tried with what fuzzing starts from, with what it found, and with random changes of
//! both: none panics, takes long, or says nothing.
//!
//! The readers are those of the fuzzers, `fuzz/readers.rs`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use embedding_playground::model::ModelChoice;
use embedding_playground::playground::{Document, Lesson, Session, file, lessons};
use embedding_playground::progress;
use embedding_playground::train::{LearnerKind, Recipe, RecipeLine, Start, train, write_run};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::support::{embedded, fixture, lesson_input};

#[path = "../../fuzz/readers.rs"]
mod readers;

use readers::{FILE, READERS};

/// No input of the tests keeps a reader busy for so long, not even on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(10);

/// An input and what it is called.
type Input = (String, Vec<u8>);

/// All files below `folder`, in order.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn file_input(path: &Path) -> Input {
    (path.display().to_string(), std::fs::read(path).expect("a file"))
}

fn named(texts: &[&str]) -> Vec<Input> {
    texts.iter().map(|text| (text.chars().take(40).collect(), text.as_bytes().to_vec())).collect()
}

/// Tables of every form, as people have them.
const TABLES: &[&str] = &[
    "phrase,group\na rose,flowers\n\"lions, two\",animals\n",
    "anchor,positive,negative,score\na,b,c,0.5\nd,e,,1\n",
    "sentence1;sentence2;label\neins;zwei;0\ndrei;vier;1\n",
    "one\ttwo\nthree\tfour\n",
    "only lines\nof text\n\n# and a mark\n",
    "A paragraph that\ngoes on.\n\nAnother one.\n",
    "{\"text\": \"a rose\", \"group\": null}\n{\"text\": \"a lion\"}\n",
    "[{\"anchor\": \"a\", \"positive\": [\"b\", \"c\"], \"negative\": \"d\"}]",
    "[\"a\", \"b\"]",
    "[[\"a\", \"b\", 1], [\"c\", \"d\", 0]]",
    "{\"data\": [{\"index\": 1, \"embedding\": [1.5, 2]}, {\"index\": 0, \"embedding\": [3, -4e-2]}]}",
    "{\"query\": \"q\", \"pos\": [\"a\"], \"neg\": [\"b\", \"c\"]}\n",
    "2 3\na 1 2 3\nb 4 5 6\n",
    "the 0.1 0.2 -0.3\nof 1 2 3\n",
    "phrase,d0,d1\na,1.5,2\nb,\"2,5\",3\n",
    "phrase;x;y\na;1,5;2,5\nb;2,5;3\n",
    "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n",
    "q1 0 d1 1\nq2 0 d2 0\n",
    "{\"_id\": \"d1\", \"title\": \"T\", \"text\": \"words\", \"metadata\": {}}\n",
    "\u{feff}a,b\r\n1,2\r\n",
    "a|b\n\"x\"\"y\"|z\n",
    "a\rb\rc\r",
    "label,text\n1,a\n0,b\n",
    "premise,hypothesis,label\na,b,entailment\nc,d,contradiction\n",
];

fn tables() -> Vec<Input> {
    let mut inputs = named(TABLES);
    let utf16: Vec<u8> = "\u{feff}a,b\nc,d\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, b"anchor,positive\na,b\n").expect("packed");
    inputs.push(("utf-16".to_owned(), utf16));
    inputs.push(("gzip".to_owned(), packed.finish().expect("packed")));
    inputs
}

/// An array of NumPy.
fn npy(kind: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut array = b"\x93NUMPY\x01\x00".to_vec();
    array.extend((head.len() as u16).to_le_bytes());
    array.extend(head.as_bytes());
    array.extend(bytes);
    array
}

fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        writer.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).expect("an entry");
        std::io::Write::write_all(&mut writer, bytes).expect("written");
    }
    writer.finish().expect("an archive").into_inner()
}

fn arrays() -> Vec<Input> {
    let floats: Vec<u8> = (0..6_u8).flat_map(|number| f32::from(number).to_le_bytes()).collect();
    let plain = npy("<f4", "(2, 3)", &floats);
    let mut inputs = vec![
        ("f4".to_owned(), plain.clone()),
        ("i8".to_owned(), npy("<i8", "(3, 1)", &floats)),
        ("f2".to_owned(), npy("<f2", "(3, 4)", &floats)),
        ("big".to_owned(), npy(">f8", "(1, 3)", &floats)),
        ("text".to_owned(), npy("<U1", "(6,)", &floats)),
        ("npz".to_owned(), npz(&[("x", plain.clone())])),
        ("npz of two".to_owned(), npz(&[("a", plain), ("phrases", npy("<U2", "(2,)", &[0; 16]))])),
    ];
    inputs.extend(named(&[
        r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#,
        r#"{"__metadata__":{"space":"x"},"a":{"dtype":"F64","shape":[1,2],"data_offsets":[0,16]},"b":{"dtype":"I64","shape":[2],"data_offsets":[16,32]}}"#,
        r#"{"a":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}"#,
    ]));
    inputs
}

fn parquets() -> Vec<Input> {
    files_below(&fixture(""))
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "parquet"))
        .map(|p| file_input(p))
        .collect()
}

fn projects() -> Vec<Input> {
    let old = (1..=4).map(|version| file_input(&fixture(&format!("project_v{version}.json"))));
    let new = lessons().iter().map(|lesson| (lesson.name.clone(), file::write(&lesson.document(), &file::View::default())));
    old.chain([("empty".to_owned(), file::write(&Document::default(), &file::View::default()))]).chain(new).collect()
}

/// Runs that were trained now, whole and as their headers alone.
fn runs() -> Vec<Input> {
    let model = embedded();
    let mut inputs = Vec::new();
    for learner in [LearnerKind::Vectors, LearnerKind::Tokens] {
        let dims = if learner == LearnerKind::Vectors { 2 } else { model.dims() };
        let recipe = Recipe { dims, steps: 1, start: Start::Random, ..Recipe::of_learner(learner) };
        let run = train(&lesson_input("job", recipe), Some(&*model), &mut progress::ignore).expect("a run");
        let bytes = write_run(&run).expect("bytes");
        let n_header = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
        inputs.push((format!("header of {learner:?}"), bytes[8..8 + n_header].to_vec()));
        inputs.push((format!("{learner:?}"), bytes));
    }
    inputs
}

fn all_lessons() -> Vec<Input> {
    let files = files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lessons"));
    let own = lessons().iter().take(2).map(|lesson| {
        let Lesson { name, title, set, recipe, tab, steps, .. } = (**lesson).clone();
        let text = Lesson::of_set(name, title, set, recipe, tab, steps).to_json();
        ("a lesson of its own set".to_owned(), text.into_bytes())
    });
    files.iter().map(|path| file_input(path)).chain(own).collect()
}

/// Small files of the models among the fixtures, several in one text: `base` says with which name it begins.
fn models(is_taken: fn(&str) -> bool, with_base: bool) -> Vec<Input> {
    let mut inputs = Vec::new();
    let text_of = |folder: &Path, text: &mut String| {
        for path in files_below(folder) {
            let name = path.strip_prefix(folder).expect("in it").to_string_lossy().replace('\\', "/");
            if is_taken(&name)
                && let Ok(contents) = std::fs::read_to_string(&path)
            {
                write!(text, "{FILE}{name}\n{contents}").expect("written");
            }
        }
    };
    for folder in std::fs::read_dir(fixture("models/bases")).expect("bases") {
        let folder = folder.expect("an entry").path();
        let base = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let mut text = base.clone();
        text_of(&folder, &mut text);
        inputs.push((base, text.into_bytes()));
    }
    for folder in std::fs::read_dir(fixture("models/variants")).expect("variants") {
        let folder = folder.expect("an entry").path();
        let expected = std::fs::read_to_string(folder.join("expected.json")).expect("what is expected");
        let expected: serde_json::Value = serde_json::from_str(&expected).expect("JSON");
        let base = expected["base"].as_str().unwrap_or("bert").to_owned();
        let mut text = base.clone();
        text_of(&folder.join("files"), &mut text);
        let n_own = text.len();
        if with_base {
            text_of(&fixture("models/bases").join(&base), &mut text);
        }
        if n_own > base.len() {
            inputs.push((folder.file_name().expect("a name").to_string_lossy().into_owned(), text.into_bytes()));
        }
    }
    inputs.sort();
    inputs
}

fn is_config(name: &str) -> bool {
    name.ends_with(".json") && !name.ends_with("tokenizer.json") && !name.ends_with("index.json") && !name.ends_with("vocab.json")
}

/// Files of weights that are not large, and the headers of all.
fn weights() -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    for path in files_below(&fixture("models")).iter().filter(|path| path.extension().is_some_and(|end| end == "safetensors")) {
        let (name, bytes) = file_input(path);
        let n_header = bytes.get(..8).map_or(0, |start| u64::from_le_bytes(start.try_into().expect("8 bytes")) as usize);
        inputs.extend(bytes.get(8..8 + n_header.min(1 << 20)).map(|header| (format!("header of {name}"), header.to_vec())));
        if bytes.len() < 8000 {
            inputs.push((name, bytes));
        }
    }
    inputs
}

fn pickles() -> Vec<Input> {
    let is_one = |path: &&PathBuf| path.extension().is_some_and(|end| end == "bin");
    let inputs = files_below(&fixture("models")).iter().filter(is_one).map(|path| file_input(path)).collect::<Vec<_>>();
    inputs.into_iter().filter(|(_, bytes)| bytes.len() < 20_000).collect()
}

const HUB: &[&str] = &[
    r#"{"id":"a/b","sha":"0123456789abcdef0123456789abcdef01234567","private":false,"gated":"manual","tags":["bert","license:mit",7]}"#,
    r#"{"sha":"main"}"#,
    r#"[{"type":"file","path":"config.json","size":12,"oid":"0123456789abcdef0123456789abcdef01234567"},{"type":"directory","path":"1_Pooling","oid":"x","size":0},{"type":"file","path":"model.safetensors","size":9,"oid":"","lfs":{"oid":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","size":41528,"pointerSize":130}}]"#,
    r#"[{"type":"file","path":"../x","size":1,"oid":""}]"#,
    "<https://huggingface.co/api/models/a/b/tree/main?cursor=x>; rel=\"next\"",
    "</b?cursor=y>; rel=\"next\", <https://me:secret@other.co/>; rel=\"prev\"",
    "<!DOCTYPE html><p>busy",
];

const SERVER: &[&str] = &[
    r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1.25e-3]}],"model":"m","usage":{"prompt_tokens":3}}"#,
    r#"{"data":[{"index":1,"embedding":[1,2]},{"index":0,"embedding":"AACAPwAAAEA="}]}"#,
    r#"{"data":[{"embedding":[null,NaN]}]}"#,
    r#"{"error":{"message":"too long","type":"x"}}"#,
    r#"{"detail":[{"loc":["body"],"msg":"at most 32"}]}"#,
    r#"{"object":"list","data":[{"id":"m","max_model_len":512},{"id":"n"}]}"#,
    r#"{"model_id":"m","max_input_length":512,"auto_truncate":true,"max_client_batch_size":32}"#,
    "<html><body>502",
];

fn texts() -> Vec<Input> {
    let line = |recipe: Recipe| RecipeLine::of(&recipe, &ModelChoice::default()).text().into_bytes();
    let session = Session { project: String::from_utf8_lossy(&projects()[0].1).into_owned(), ..Session::default() };
    let mut inputs = named(&[
        "embedded",
        "hub:owner/name@main",
        "random:7",
        "folder:/a/b",
        "http://localhost:8080/v1#model",
        "https://user:word@host.example:8443/v1",
        "https://[::1]:80/v1",
        "owner/name",
        "1.5GB",
        "windows-1252",
    ]);
    inputs.push(("a recipe".to_owned(), line(Recipe::default())));
    inputs.push(("a recipe with a model".to_owned(), line(Recipe::of_learner(LearnerKind::Adapter))));
    inputs.push(("a session".to_owned(), serde_json::to_vec(&session).expect("JSON")));
    inputs.push(("an empty session".to_owned(), b"{}".to_vec()));
    inputs
}

/// What the fuzzing of a reader starts from.
fn seeds(reader: &str) -> Vec<Input> {
    match reader {
        "phrases" | "pairs" | "vectors" | "judgements" => tables(),
        "arrays" => arrays(),
        "parquet" => parquets(),
        "staying" => tables().into_iter().chain(arrays()).chain(parquets()).collect(),
        "project" => projects(),
        "run" => runs(),
        "lesson" => all_lessons(),
        "configs" => models(is_config, true),
        "folder" => models(|name| !name.ends_with(".safetensors") && !name.ends_with(".bin"), false),
        "weights" => weights(),
        "pickle" => pickles(),
        "hub" => named(HUB),
        "server" => named(SERVER),
        "texts" => texts(),
        other => panic!("no seeds of {other}"),
    }
}

/// What fuzzing found.
fn found(reader: &str) -> Vec<Input> {
    files_below(&fixture("found").join(reader)).iter().map(|path| file_input(path)).collect()
}

/// Numbers and words that readers stumble over.
const ODD: &[&[u8]] = &[
    b"NaN",
    b"Infinity",
    b"-1",
    b"0",
    b"1e999",
    b"18446744073709551615",
    b"4294967296",
    b"null",
    b"\"\"",
    b"[",
    b"{",
    b"}",
    b"\"",
    b"\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\n",
    b",",
    b"true",
    b"1e-300",
    b"\xf0\x9f\x8c\xb9",
    b"\x1b[31m",
];

/// `bytes` with one change or a few.
fn changed(bytes: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.gen_range(1..5) {
        let at = random.gen_range(0..=bytes.len());
        let until = random.gen_range(at..=bytes.len().min(at + 24));
        match random.gen_range(0..6) {
            0 => drop(bytes.drain(at..until)),
            1 => drop(bytes.splice(at..until, ODD.choose(random).expect("some").iter().copied())),
            2 => drop(bytes.splice(at..at, ODD.choose(random).expect("some").iter().copied())),
            3 => {
                let part = bytes[at..until].to_vec();
                let to = random.gen_range(0..=bytes.len());
                bytes.splice(to..to, part);
            }
            4 if at < bytes.len() => bytes[at] = random.r#gen(),
            4 => {}
            _ => {
                // A number in a text becomes another one.
                let digit = bytes.iter().skip(at).position(u8::is_ascii_digit).map(|place| place + at);
                digit.into_iter().for_each(|place| bytes[place] = random.gen_range(b'0'..=b'9'));
            }
        }
    }
    bytes
}

/// Changes of each of at most so many inputs of a reader; models are opened for some, which takes its time. With FUZZED_CHANGES
/// so many of every input.
fn trials(reader: &str) -> (usize, usize) {
    if let Some(n) = std::env::var("FUZZED_CHANGES").ok().and_then(|n| n.parse().ok()) {
        return (usize::MAX, n);
    }
    match reader {
        "folder" | "weights" | "pickle" => (40, 10),
        "run" | "project" | "lesson" => (8, 60),
        _ => (40, 60),
    }
}

/// All that a reader is tried with.
fn inputs(reader: &str) -> Vec<Input> {
    let mut random = ChaCha8Rng::seed_from_u64(19);
    let whole: Vec<Input> = seeds(reader).into_iter().chain(found(reader)).collect();
    let (most, n) = trials(reader);
    let small: Vec<&Input> = whole.iter().filter(|(_, bytes)| bytes.len() < 20_000).collect();
    let few = small.choose_multiple(&mut random, most).copied().collect::<Vec<_>>();
    let changes: Vec<Input> = few
        .into_iter()
        .flat_map(|(name, bytes)| (0..n).map(move |number| (format!("{name}, change {number}"), bytes)))
        .map(|(name, bytes)| (name, changed(bytes, &mut random)))
        .collect();
    whole.into_iter().chain(changes).collect()
}

/// Gives all `inputs` to a reader, on a thread of its own; how many, or what is wrong with which.
fn try_all(read: fn(&[u8]), inputs: Vec<Input>) -> Result<usize, String> {
    let (send, receive) = mpsc::channel();
    let n = inputs.len();
    let with = inputs.clone();
    std::thread::spawn(move || {
        for (_, bytes) in &with {
            read(bytes);
            send.send(()).expect("somebody waits");
        }
    });
    for (name, bytes) in &inputs {
        let what = match receive.recv_timeout(PATIENCE) {
            Ok(()) => continue,
            Err(RecvTimeoutError::Timeout) => "takes too long with",
            Err(RecvTimeoutError::Disconnected) => "panics with",
        };
        return Err(format!("{what} {name}: {}", bytes.escape_ascii().to_string().chars().take(4000).collect::<String>()));
    }
    Ok(n)
}

#[test]
fn no_reader_panics_or_hangs_or_takes_what_is_no_number() {
    let (mut n, mut faults) = (0, Vec::new());
    // With FUZZED_READER that one alone.
    let wanted = std::env::var("FUZZED_READER").ok();
    for (name, read) in READERS.into_iter().filter(|(name, _)| wanted.as_deref().is_none_or(|wanted| wanted == *name)) {
        match try_all(read, inputs(name)) {
            Ok(tried) => n += tried,
            Err(fault) => faults.push(format!("{name} {fault}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    println!("{n} inputs");
    assert!(n > 8_000 || wanted.is_some(), "{n} inputs");
}

#[test]
fn every_finding_is_of_a_reader() {
    for folder in std::fs::read_dir(fixture("found")).into_iter().flatten() {
        let name = folder.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(READERS.iter().any(|(reader, _)| *reader == name), "tests/fixtures/found/{name}");
    }
}

/// Writes what the fuzzers start from into `fuzz/corpus`, a folder for each: `fuzz/run.sh` asks for it.
#[test]
#[ignore = "writes into fuzz/corpus"]
fn seeds_of_the_fuzzers() {
    for (reader, _) in READERS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(reader);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (number, (_, bytes)) in seeds(reader).into_iter().chain(found(reader)).enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), bytes).expect("written");
        }
    }
}
