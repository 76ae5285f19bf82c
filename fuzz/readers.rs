//! Every reader of what others write, as a function of bytes: what the fuzzers call, and the tests of the project too.
//!
//! A reader may refuse what it gets, in a message that can be shown; what it takes has the sizes that it promises, only
//! finite numbers, and is the same when it was written and read again. Whatever is not so is a panic.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use embedding_playground::data::{self, Given, Meaning, PairRows, Reading, Role, VectorTable};
use embedding_playground::memory::{self, Bytes};
use embedding_playground::model::{HubId, Library, ModelError, ServerAddress, Source, answers, describe, without_secrets};
use embedding_playground::playground::{Lesson, Session, file};
use embedding_playground::search::{Collection, JudgedSet, Splitting};
use embedding_playground::terminal;
use embedding_playground::train::{RecipeLine, is_run, read_run, write_run};
use embedding_playground::{guarded, progress};

/// A reader's name, and the reader.
pub type Reader = (&'static str, fn(&[u8]));

/// The readers by their names; each is a fuzz target.
pub const READERS: [Reader; 17] = [
    ("phrases", phrases),
    ("pairs", pairs),
    ("vectors", vectors),
    ("arrays", arrays),
    ("parquet", parquet),
    ("staying", staying),
    ("judgements", judgements),
    ("project", project),
    ("run", run),
    ("lesson", lesson),
    ("configs", configs),
    ("folder", folder),
    ("weights", weights),
    ("pickle", pickle),
    ("hub", hub),
    ("server", server),
    ("texts", texts),
];

/// Letters that a message has at most.
const LONGEST_MESSAGE: usize = 2000;

/// Bytes that one operation may ask for.
const MOST_MEMORY: u64 = 768 << 20;

/// Checks what is said of an error: something, on one line when it is shown, and no book.
fn check_message(error: &dyn Display) {
    let message = error.to_string();
    assert!(!message.trim().is_empty(), "an empty message");
    assert!(!terminal::shown_line(&message).contains(char::is_control), "a message with control characters: {message:?}");
    let n = message.chars().count();
    assert!(n <= LONGEST_MESSAGE, "a message of {n} letters: {message:.300}");
}

/// What was read, unless it was refused in a message that can be shown.
fn taken<T, E: Display>(read: Result<T, E>) -> Option<T> {
    guarded::keep_quiet();
    memory::allow(Bytes(MOST_MEMORY));
    read.inspect_err(|error| check_message(error)).ok()
}

/// The same for errors whose causes stand behind them.
fn taken_of_model<T>(read: Result<T, ModelError>) -> Option<T> {
    let whole = |error: ModelError| {
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    };
    taken(read.map_err(whole))
}

/// Names under which bytes are given: the ending is believed where the bytes say nothing.
const NAMES: [&str; 8] = ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.txt", "a", "a.npy", "a.csv.gz"];

/// A file of these bytes, whose name follows from their number.
fn given(bytes: &[u8]) -> Option<Given> {
    taken(Given::new(NAMES[bytes.len() % NAMES.len()], bytes.to_vec()))
}

/// How it is read, which follows from the number of bytes too: mostly without a word.
fn reading(bytes: &[u8], role: Role) -> Reading {
    let usual = Reading::default();
    match bytes.len() / NAMES.len() % 12 {
        0 => Reading { header: Some(true), ..usual },
        1 => Reading { header: Some(false), plain_quotes: true, ..usual },
        2 => Reading { separator: Some(data::SEPARATORS[bytes.len() % 4]), ..usual },
        3 => Reading { encoding: Some(data::Encoding::OFFERED[bytes.len() % 9]), ..usual },
        4 => Reading { roles_by_place: BTreeMap::from([(bytes.len() % 3, role)]), ..usual },
        5 => Reading { score_max: 5.0, ..usual },
        _ => usual,
    }
}

/// Phrases, as the window reads them: looked at, then read.
pub fn phrases(bytes: &[u8]) {
    let Some(given) = given(bytes) else { return };
    let reading = reading(bytes, Role::Phrase);
    if let Some(preview) = taken(data::preview(&given, &reading, None)) {
        assert!(!preview.summary().is_empty());
    }
    if let Some(rows) = taken(data::read_phrases(&given, &reading, &mut progress::ignore)) {
        assert!(!rows.phrases.is_empty() && (rows.groups.is_empty() || rows.groups.len() == rows.phrases.len()));
    }
    if let Some(rows) = taken(data::read_documents(&given, &reading, &mut progress::ignore)) {
        let collection = Collection::new(&rows.documents, Splitting { words: 5, overlap: 2 });
        assert!(!collection.passages.is_empty());
    }
}

/// Training pairs.
pub fn pairs(bytes: &[u8]) {
    let Some(given) = given(bytes) else { return };
    let reading = reading(bytes, Role::Anchor);
    taken(data::preview(&given, &reading, Some(Meaning::Pairs)));
    let Some(set) = taken(data::read_pairs(&given, &reading, &mut progress::ignore)) else { return };
    let n = set.phrases.len() as u32;
    let fits = |pair: &PairRows| pair.anchor.max(pair.positive).max(pair.negative.unwrap_or(0)) < n;
    assert!(!set.pairs.is_empty() && set.pairs.iter().all(fits), "a pair of a phrase that is not there");
    let scores = set.pairs.iter().filter_map(|pair| pair.score);
    assert!(scores.into_iter().all(|score| (0.0..=1.0).contains(&score.value())), "a score out of range");
}

/// Vectors in tables and texts.
pub fn vectors(bytes: &[u8]) {
    let Some(given) = given(bytes) else { return };
    vectors_in(&given, &reading(bytes, Role::Dimension));
}

fn vectors_in(given: &Given, reading: &Reading) {
    let Some(table) = taken(data::read_vectors(given, reading)) else { return };
    let VectorTable { numbers, dims, phrases, .. } = table;
    assert!(dims > 0 && !numbers.is_empty() && numbers.len() % dims == 0, "{} numbers in rows of {dims}", numbers.len());
    let n = numbers.len() / dims;
    assert!(phrases.is_empty() || phrases.len() == n, "{} phrases of {n} vectors", phrases.len());
    assert!(numbers.widened().iter().all(|number| number.is_finite()), "a number that is none");
}

/// Vectors in arrays: NumPy's, archives of them, and safetensors. What is no such file gets the head of one.
pub fn arrays(bytes: &[u8]) {
    let name = if bytes.starts_with(b"PK") { "a.npz" } else { "a.safetensors" };
    let whole = match bytes.first() {
        Some(b'{') => with_header(bytes, b""),
        _ => bytes.to_vec(),
    };
    let Some(given) = taken(Given::new(name, whole)) else { return };
    vectors_in(&given, &Reading::default());
    vectors_in(&given, &Reading { array: Some("a".to_owned()), ..Reading::default() });
}

/// Tables in Parquet.
pub fn parquet(bytes: &[u8]) {
    let Some(given) = taken(Given::new("a.parquet", bytes.to_vec())) else { return };
    taken(data::preview(&given, &Reading::default(), None));
    taken(data::read_pairs(&given, &Reading::default(), &mut progress::ignore));
    vectors_in(&given, &Reading::default());
}

/// Files that are read where they lie: they say the same as in memory.
pub fn staying(bytes: &[u8]) {
    const NAMES: [&str; 8] = ["a.csv", "a.tsv", "a.txt", "a.jsonl", "a.npy", "a.npz", "a.safetensors", "a.parquet"];
    let name = match bytes.first_chunk() {
        Some(b"PAR1") => "a.parquet",
        Some(b"PK\x03\x04") => "a.npz",
        _ => NAMES[bytes.len() % NAMES.len()],
    };
    FOLDERS.with_borrow(|folders| {
        let path = folders.0.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        let in_memory = taken(Given::new(name, bytes.to_vec()));
        let in_file = taken(Given::open_from(&path, 0));
        let read = |given: &Given| {
            let pairs = data::read_pairs(given, &reading(bytes, Role::Anchor), &mut progress::ignore);
            let phrases = data::read_phrases(given, &reading(bytes, Role::Phrase), &mut progress::ignore);
            let vectors = data::read_vectors(given, &reading(bytes, Role::Dimension));
            format!("{pairs:?} {phrases:?} {vectors:?} {:?}", data::preview(given, &Reading::default(), None))
        };
        assert_eq!(in_memory.as_ref().map(read), in_file.as_ref().map(read));
    });
}

/// Queries, and which document answers which.
pub fn judgements(bytes: &[u8]) {
    let Some(given) = given(bytes) else { return };
    let queries = taken(data::read_queries(&given, &reading(bytes, Role::Query), &mut progress::ignore)).unwrap_or_default();
    let Some(read) = taken(data::read_judgements(&given, &reading(bytes, Role::Document), &mut progress::ignore)) else { return };
    let ids: Vec<String> = read.judgements.iter().take(8).map(|judgement| judgement.document.clone()).collect();
    let set = JudgedSet::new(&queries.documents, &read.judgements, &ids);
    let grades = set.queries.iter().flat_map(model_grades);
    assert!(grades.into_iter().all(f64::is_finite), "a grade that is no number");
}

fn model_grades(query: &embedding_playground::search::JudgedQuery) -> Vec<f64> {
    query.all_grades().collect()
}

/// A project: what was read is written, and that is read as the same.
pub fn project(bytes: &[u8]) {
    let Some((document, view)) = taken(file::read(bytes)) else { return };
    assert_eq!(document.recipe.check(), Ok(()));
    let written = file::write(&document, &view);
    let (again, view_again) = file::read(&written).unwrap_or_else(|error| panic!("what was written is refused: {error}"));
    assert_eq!(view, view_again);
    assert_eq!(file::write(&again, &view_again), written, "another project after writing");
}

/// A run. What begins with a brace is its header, and gets numbers enough.
pub fn run(bytes: &[u8]) {
    let whole = match bytes.first() {
        Some(b'{') => with_header(bytes, &0.25_f32.to_le_bytes()),
        _ => bytes.to_vec(),
    };
    is_run(&whole);
    let Some(run) = taken(read_run(&whole)) else { return };
    let n = run.frames.len();
    assert!(n > 0 && run.frames.steps().len() == n && run.space.dims == run.recipe.dims);
    assert!((0..n).all(|frame| run.frames.raw(frame).iter().all(|number| number.is_finite())), "a frame that is no number");
    let written = taken(write_run(&run)).expect("what was read can be written");
    let again = read_run(&written).unwrap_or_else(|error| panic!("what was written is refused: {error}"));
    assert_eq!(write_run(&again).as_ref(), Ok(&written), "another run after writing");
}

/// A lesson.
pub fn lesson(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    Lesson::is_one(bytes);
    let Some(lesson) = taken(Lesson::read(text)) else { return };
    let again = Lesson::read(&lesson.to_json()).unwrap_or_else(|error| panic!("what was written is refused: {error}"));
    assert_eq!(again, lesson, "another lesson after writing");
    let document = lesson.document();
    let written = file::write(&document, &file::View::default());
    assert!(file::read(&written).is_ok(), "the project of a lesson can't be opened");
}

/// What begins the name of a file in the text of several.
pub const FILE: &str = "\n== ";

/// The files in `text`: each begins with a line `== NAME`; what stands before the first is the name of a base.
fn files_in(text: &str) -> (&str, BTreeMap<&str, &str>) {
    let mut parts = text.split(FILE);
    let base = parts.next().unwrap_or_default();
    (base, parts.map(|part| part.split_once('\n').unwrap_or((part, ""))).collect())
}

/// The small files of a model, as it is described before its weights are there.
pub fn configs(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (name, files) = files_in(text);
    let mut read = |name: &str| Ok(files.get(name).map(|text| text.as_bytes().to_vec()));
    let Some(described) = taken_of_model(describe(name, &mut read)) else { return };
    assert!(described.dims != Some(0) && described.limit != Some(0), "{described:?}");
    described.remarks.iter().for_each(|remark| check_message(remark));
}

macro_rules! base {
    ($base:literal: $($file:literal),+) => {
        ($base, &[$(($file, include_bytes!(concat!("../tests/fixtures/models/bases/", $base, "/", $file)).as_slice())),+])
    };
}

/// Files of a model by their names.
type Files = &'static [(&'static str, &'static [u8])];

/// The models whose files are changed.
const BASES: [(&str, Files); 5] = [
    base!("bert": "1_Pooling/config.json", "config.json", "config_sentence_transformers.json", "model.safetensors",
        "modules.json", "sentence_bert_config.json", "tokenizer.json", "tokenizer_config.json"),
    base!("roberta": "1_Pooling/config.json", "config.json", "config_sentence_transformers.json", "model.safetensors",
        "modules.json", "sentence_bert_config.json", "tokenizer.json", "tokenizer_config.json"),
    base!("modernbert": "1_Pooling/config.json", "config.json", "config_sentence_transformers.json", "model.safetensors",
        "modules.json", "sentence_bert_config.json", "tokenizer.json", "tokenizer_config.json"),
    base!("model2vec": "config.json", "model.safetensors", "modules.json", "tokenizer.json"),
    base!("static": "config_sentence_transformers.json", "model.safetensors", "modules.json", "tokenizer.json"),
];

/// The weights of a dense layer that stands in the folder of each base, for lists of modules that name it.
const DENSE: &[u8] = include_bytes!("../tests/fixtures/models/variants/cls-dense-normalize/files/2_Dense/model.safetensors");

/// Files that a changed model may have beside those of its base.
const FURTHER: [&str; 8] = [
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "2_Normalize/config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
    "model.safetensors.index.json",
];

/// Folders with the files of the bases, made once a thread and kept as they were.
struct Folders(tempfile::TempDir);

impl Folders {
    fn new() -> Self {
        guarded::keep_quiet();
        let shared_memory = Path::new("/dev/shm");
        let folder = if shared_memory.is_dir() { tempfile::tempdir_in(shared_memory) } else { tempfile::tempdir() };
        let folders = Self(folder.expect("a folder"));
        for (base, files) in BASES {
            ["1_Normalize", "1_Pooling", "2_Dense", "2_Normalize"].iter().for_each(|folder| {
                std::fs::create_dir_all(folders.0.path().join(base).join(folder)).expect("a folder");
            });
            folders.write(base, "2_Dense/model.safetensors", DENSE);
            files.iter().for_each(|(name, bytes)| folders.write(base, name, bytes));
        }
        folders
    }

    fn write(&self, base: &str, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.path().join(base).join(name), bytes).expect("written");
    }

    /// Does `then` with the folder of `base`, in which `files` are others; those with the text `-` are not there.
    fn with<R>(&self, (base, usual): (&str, Files), files: &[(&str, &[u8])], then: impl FnOnce(&Path) -> R) -> R {
        let folder = self.0.path().join(base);
        for (name, bytes) in files {
            match *bytes == b"-" {
                true => _ = std::fs::remove_file(folder.join(name)),
                false => self.write(base, name, bytes),
            }
        }
        let outcome = then(&folder);
        for (name, _) in files {
            match usual.iter().find(|(usual, _)| usual == name) {
                Some((name, bytes)) => self.write(base, name, bytes),
                None => _ = std::fs::remove_file(folder.join(name)),
            }
        }
        outcome
    }
}

thread_local! {
    static FOLDERS: RefCell<Folders> = RefCell::new(Folders::new());
}

/// Opens the model of a base with these files in place of its own, and embeds.
fn open_with(base: (&str, Files), files: &[(&str, &[u8])]) {
    FOLDERS.with_borrow(|folders| folders.with(base, files, open_and_embed));
}

fn open_and_embed(folder: &Path) {
    let choice = Source::Folder(folder.to_owned()).into();
    let Some(model) = taken_of_model(Library::default().open(&choice, &mut progress::ignore)) else { return };
    model.remarks().iter().for_each(|remark| check_message(remark));
    let phrases = ["a rose", "", "Ünïcode 漢字 🌹 and rather more words than most phrases have, one two three four five six"];
    let Some(vectors) = taken_of_model(model.embed(&phrases, &mut progress::ignore)) else { return };
    assert_eq!((vectors.len(), vectors.dims()), (phrases.len(), model.dims()));
    assert!(vectors.rows().flatten().all(|number| number.is_finite()), "a vector that is no number, taken for one");
}

/// The base of that name, else the first.
fn base_of(name: &str) -> (&'static str, Files) {
    BASES.into_iter().find(|(base, _)| *base == name).unwrap_or(BASES[0])
}

/// A model's folder in which small files are others: tokenizers, configurations, vocabularies.
pub fn folder(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (base, files) = files_in(text);
    let base = base_of(base);
    let is_one = |name: &str| FURTHER.contains(&name) || base.1.iter().any(|(usual, _)| *usual == name);
    let files: Vec<(&str, &[u8])> =
        files.into_iter().filter(|(name, _)| is_one(name)).map(|(name, text)| (name, text.as_bytes())).collect();
    open_with(base, &files);
}

/// A model's weights. What begins with a brace is a header, and gets numbers enough.
pub fn weights(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let base = if text.contains("encoder.layer") { "bert" } else { "model2vec" };
    let whole = match bytes.first() {
        Some(b'{') => with_header(bytes, &0.05_f32.to_le_bytes()),
        _ => bytes.to_vec(),
    };
    open_with(base_of(base), &[("model.safetensors", &whole)]);
}

/// What PyTorch pickled.
pub fn pickle(bytes: &[u8]) {
    open_with(base_of("static"), &[("model.safetensors", b"-"), ("pytorch_model.bin", bytes)]);
}

/// A safetensors file with this header and as many bytes behind it as it announces, up to a megabyte of `numbers`.
fn with_header(header: &[u8], numbers: &[u8]) -> Vec<u8> {
    const MOST: u64 = 1 << 20;
    let mut whole = (header.len() as u64).to_le_bytes().to_vec();
    whole.extend_from_slice(header);
    let n = announced(header).min(MOST) as usize;
    whole.extend(numbers.iter().copied().chain([0; 4].into_iter().filter(|_| numbers.is_empty())).cycle().take(n));
    whole
}

/// The largest end among the `data_offsets` of a header: the last number before a `]` that follows a comma.
fn announced(header: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(header);
    let ends = text.split("data_offsets").skip(1).filter_map(|part| {
        let end = part.split_once(']')?.0.rsplit_once(',')?.1;
        end.trim().parse::<u64>().ok()
    });
    ends.max().unwrap_or(0)
}

/// What the Hub answers: a repository, its files, and the next page of them.
pub fn hub(bytes: &[u8]) {
    if let Some(commit) = taken(answers::commit(bytes)) {
        assert_eq!(commit.len(), 40);
    }
    if let Some(files) = taken(answers::files(bytes)) {
        let leads_out = |path: &str| path.starts_with('/') || path.split(['/', '\\']).any(|part| part == "..");
        assert!(!files.iter().any(|file| leads_out(&file.path)), "a file outside of the folder");
        let needed = answers::needed(&files, br#"[{"type": "sentence_transformers.models.Transformer", "path": ""}]"#);
        assert!(needed.len() <= files.len());
    }
    let link = String::from_utf8_lossy(bytes);
    if let Some(Some(next)) = taken(answers::next_page("https://huggingface.co/api/models/a/b/tree/main", &link)) {
        assert!(next.starts_with("https://huggingface.co"), "a page elsewhere: {next}");
    }
}

/// What servers answer: vectors, lists of models, refusals.
pub fn server(bytes: &[u8]) {
    for n in 1..=3 {
        if let Some((dims, vectors)) = taken(answers::vectors(bytes, n)) {
            assert_eq!(vectors.len(), n * dims);
            assert!(dims > 0 && vectors.iter().all(|number| number.is_finite()));
        }
    }
    assert!(!answers::refusal(bytes).is_empty());
    answers::models(bytes);
    answers::running(bytes);
}

/// What people paste and type, and the small files beside the settings.
pub fn texts(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(line) = taken(RecipeLine::read(text)) {
        assert_eq!(RecipeLine::read(&line.text()), Ok(line), "another recipe after writing");
    }
    if let Some(source) = taken(text.parse::<Source>()) {
        assert_eq!(source.to_string().parse(), Ok(source), "another model after writing");
    }
    if let Some(id) = taken(text.parse::<HubId>()) {
        assert_eq!(id.to_string().parse(), Ok(id), "another repository after writing");
    }
    if let Some(address) = taken(text.parse::<ServerAddress>()) {
        assert_eq!(address.to_string().parse(), Ok(address), "another address after writing");
    }
    taken(text.parse::<Bytes>());
    taken(text.parse::<data::Encoding>());
    without_secrets(text);
    if let Ok(session) = Session::read(bytes) {
        session.is_to_be_offered();
        taken(file::read(session.project.as_bytes()));
    }
}
