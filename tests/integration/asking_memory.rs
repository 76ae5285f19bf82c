//! Memory is asked for before it is taken: what does not fit is refused at once with the sum, and nothing else ends.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use embedding_playground::jobs::{Job, News, Order, Outcome, Work, Worker};
use embedding_playground::memory::{Bytes, VARIABLE, allow};
use embedding_playground::model::Source;
use embedding_playground::space::PairRows;
use embedding_playground::train::{LearnerKind, Recipe, TrainInput};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::cli::{done, failed, folder, program, run, write};
use crate::support::small_model;

/// The refusal of `arguments` where one operation may take `most`; it comes at once, leaves `out` unwritten, and has
/// the sum, what there is, and the way out.
fn refused(folder: &Path, most: &str, arguments: &[&str]) -> String {
    let started = Instant::now();
    let message = failed(folder, &[arguments, &["--memory", most]].concat());
    assert!(started.elapsed() < Duration::from_secs(20), "{arguments:?}: {:?}", started.elapsed());
    assert!(message.contains(" of memory (") && message.contains(&format!("--memory (or {VARIABLE}) allows")), "{message}");
    assert!(!folder.join("out.csv").exists() && !folder.join("out.png").exists(), "{message}");
    message
}

fn pairs(n: usize) -> String {
    let lines = (0..n).map(|pair| format!("anchor {pair},positive {pair}\n"));
    format!("anchor,positive\n{}", lines.collect::<String>())
}

#[test]
fn a_training_is_refused_before_its_vectors_are_made() {
    let folder = folder();
    write(folder.path(), "pairs.csv", pairs(5000));
    let message = refused(folder.path(), "30MB", &["train", "pairs.csv", "--steps", "3000", "--out", "out.safetensors"]);
    assert!(message.contains("this training needs") && message.contains("free vectors with their optimizer: 47 MB"), "{message}");
    assert!(message.contains("fewer dimensions"), "{message}");
    assert!(!folder.path().join("out.safetensors").exists());
    done(folder.path(), &["train", "pairs.csv", "--steps", "2", "--dims", "8", "--memory", "30MB"]);
}

/// Adds a tensor of `n` numbers to those in `file`.
fn add_head(file: &Path, n: usize) {
    let (bytes, zeros) = (std::fs::read(file).expect("a model"), vec![0; n * size_of::<f32>()]);
    let tensors = SafeTensors::deserialize(&bytes).expect("tensors").tensors();
    let head = ("head".to_owned(), TensorView::new(Dtype::F32, vec![n], &zeros).expect("a tensor"));
    let bytes = safetensors::serialize(tensors.into_iter().chain([head]), None).expect("a file");
    std::fs::write(file, bytes).expect("a model");
}

#[test]
fn a_model_and_the_vectors_of_many_phrases_are_refused() {
    let folder = folder();
    write(folder.path(), "p.txt", (0..60_000).map(|phrase| format!("{phrase}\n")).collect::<String>());
    small_model(&folder.path().join("m"), 3);
    small_model(&folder.path().join("big"), 3);
    add_head(&folder.path().join("big/model.safetensors"), 1 << 20);
    let model = refused(folder.path(), "2MB", &["embed", "p.txt", "--model", "big", "--out", "out.csv"]);
    assert!(model.contains("this model needs") && model.contains("model.safetensors"), "{model}");
    write(folder.path(), "few.txt", "rain\nlion\n");
    let layers = refused(folder.path(), "20MB", &["embed", "few.txt", "--out", "out.csv"]);
    assert!(
        layers.contains("embedding with this model needs") && layers.contains("its weights as products read them"),
        "{layers}"
    );
    let vectors = refused(folder.path(), "20MB", &["embed", "p.txt", "--model", "m", "--out", "out.csv"]);
    assert!(vectors.contains("vectors of 60000 phrases in 32 dimensions"), "{vectors}");
}

/// A file of 14 MB of which little is wanted is read with less than that; where all is wanted it is refused.
#[test]
fn of_a_large_file_only_what_is_wanted_is_asked_for() {
    let folder = folder();
    small_model(&folder.path().join("m"), 3);
    let long = "x".repeat(2000);
    let csv = |row: usize| format!("phrase {row},{long} {row}\n");
    let json = |row: usize| format!("{{\"phrase\":\"phrase {row}\",\"rest\":\"{long} {row}\"}}\n");
    write(folder.path(), "p.csv", format!("phrase,rest\n{}", (0..7000).map(csv).collect::<String>()));
    write(folder.path(), "p.jsonl", (0..7000).map(json).collect::<String>());
    for file in ["p.csv", "p.jsonl"] {
        done(folder.path(), &["embed", file, "--model", "m", "--memory", "8MB", "--out", "few.npy"]);
        assert!(std::fs::metadata(folder.path().join("few.npy")).expect("vectors").len() > 7000 * 32 * 4, "{file}");
        let all = refused(folder.path(), "8MB", &["embed", file, "--column", "rest", "--model", "m", "--out", "out.csv"]);
        assert!(all.contains("reading this file needs") && all.contains("taken of it so far"), "{file}: {all}");
    }
}

/// Of a text without ends of lines, a cell of many lines, and a key of its own on each line nobody knows beforehand how
/// much memory they take.
#[test]
fn long_lines_long_cells_and_many_keys_are_refused_before_they_are_taken() {
    let folder = folder();
    let long = "x".repeat(12_000_000);
    write(folder.path(), "line.txt", &long);
    write(folder.path(), "line.csv", &long);
    write(folder.path(), "line.jsonl", format!("{{\"a\":\"b\"}}\n{{\"phrase\":\"{long}\"}}\n"));
    write(folder.path(), "cell.csv", format!("phrase,rest\na,\"{}\"\n", "xxxxx\n".repeat(2_000_000)));
    write(folder.path(), "keys.jsonl", (0..400_000).map(|key| format!("{{\"a key called {key}\":1}}\n")).collect::<String>());
    for file in ["line.txt", "line.csv", "line.jsonl", "cell.csv", "keys.jsonl"] {
        let message = refused(folder.path(), "10MB", &["embed", file, "--out", "out.csv"]);
        assert!(message.contains(file) && message.contains("reading this file needs"), "{file}: {message}");
    }
}

/// A text without blanks can't be cut before it is known what its tokens are; a packed file says nothing of its size.
#[test]
fn tokens_of_a_long_word_and_packed_files_are_refused_before_they_are_taken() {
    let folder = folder();
    small_model(&folder.path().join("m"), 3);
    write(folder.path(), "word.txt", "猫".repeat(200_000));
    let unlimited = ["embed", "word.txt", "--model", "m", "--out", "out.csv"];
    write(&folder.path().join("m"), "tokenizer_config.json", r#"{"truncation_side": "left"}"#);
    let message = refused(folder.path(), "100MB", &unlimited);
    assert!(message.contains("reading one long phrase needs") && message.contains("its tokens"), "{message}");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&vec![b'x'; 60_000_000]).expect("bytes");
    write(folder.path(), "packed.txt.gz", packer.finish().expect("bytes"));
    let message = refused(folder.path(), "50MB", &["embed", "packed.txt.gz", "--model", "m", "--out", "out.csv"]);
    assert!(message.contains("unpacking this file needs"), "{message}");
}

/// Numbers of a table take eight bytes each, however they are written.
#[test]
fn a_large_table_of_numbers_is_asked_for_as_numbers() {
    let folder = folder();
    let row = |row: usize| format!("{}\n", vec![format!("0.{row:06}"); 64].join(","));
    write(folder.path(), "v.csv", (0..20_000).map(row).collect::<String>());
    let file = folder.path().join("v.csv");
    assert!(std::fs::metadata(file).expect("a table").len() > 8 << 20);
    done(folder.path(), &["project", "v.csv", "--memory", "40MB", "--out", "out.csv"]);
}

#[test]
fn tables_projections_and_pictures_are_refused() {
    let folder = folder();
    small_model(&folder.path().join("m"), 3);
    write(folder.path(), "p.txt", (0..2000).map(|phrase| format!("{phrase}\n")).collect::<String>());
    let table = refused(folder.path(), "40MB", &["embed", "p.txt", "--model", "m", "--similarity", "out.csv"]);
    assert!(table.contains("this table needs 6") && table.contains("neighbours"), "{table}");
    let row = vec!["0.5"; 400].join(",");
    write(folder.path(), "v.csv", (0..4000).map(|_| format!("{row}\n")).collect::<String>());
    let projection = refused(folder.path(), "20MB", &["project", "v.csv", "--out", "out.csv"]);
    assert!(projection.contains("this projection needs") && projection.contains("centred vectors"), "{projection}");
    let picture = ["render", "--lesson", "roses", "--axes", "this-step", "--out", "out.png"];
    let drawn = refused(folder.path(), "60MB", &[&picture[..], &["--scale", "4", "--size", "1600x1200"]].concat());
    assert!(drawn.contains("6400 x 4800 pixels") && drawn.contains(".svg"), "{drawn}");
    let file = refused(folder.path(), "6MB", &["project", "v.csv"]);
    assert!(file.contains("reading this file"), "{file}");
}

#[test]
fn standard_input_search_and_fine_tuning_are_refused() {
    let folder = folder();
    let long: String = (0..3_000_000).map(|word| format!("word{word} \n")).collect();
    let mut child = program(folder.path(), &["embed", "-", "--memory", "20MB"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It stops reading long before the end.
    drop(child.stdin.take().expect("its input").write_all(long.as_bytes()));
    let message = String::from_utf8(child.wait_with_output().expect("ended").stderr).expect("text");
    assert!(message.contains("reading standard input needs") && message.contains("allows 20 MB"), "{message}");
    write(folder.path(), "docs.txt", &long[..9_500_000]);
    let search = refused(folder.path(), "20MB", &["search", "docs.txt", "word7", "--method", "words"]);
    assert!(search.contains("this search needs") && search.contains("an index of their words"), "{search}");
    write(folder.path(), "pairs.csv", pairs(5));
    let tuning = {
        let train = ["train", "pairs.csv", "--learner", "transformer", "--steps", "1", "--layers", "0", "--train-words"];
        refused(folder.path(), "300MB", &train)
    };
    assert!(tuning.contains("fine-tuning this model needs") && tuning.contains("let fewer layers learn"), "{tuning}");
}

/// A run of `n` phrases in two dimensions, made of one of three.
fn larger_run(small: &[u8], n: usize) -> Vec<u8> {
    let (_, metadata) = SafeTensors::read_metadata(small).expect("a run");
    let (key, header) = metadata.metadata().clone().expect("a header").into_iter().next().expect("a header");
    let mut header: serde_json::Value = serde_json::from_str(&header).expect("JSON");
    header["phrases"] = (0..n).map(|phrase| phrase.to_string()).collect::<Vec<_>>().into();
    header["steps"] = serde_json::json!([0]);
    let frames: Vec<u8> = (0..2 * n).flat_map(|number| (number as f32).to_le_bytes()).collect();
    let losses = 1_f32.to_le_bytes();
    let parts = [
        ("frames", TensorView::new(Dtype::F32, vec![1, n, 2], &frames).expect("a tensor")),
        ("losses", TensorView::new(Dtype::F32, vec![1], &losses).expect("a tensor")),
    ];
    safetensors::serialize(parts, Some(HashMap::from([(key, header.to_string())]))).expect("a run")
}

#[test]
fn a_small_file_of_a_run_that_would_fill_the_machine_is_refused_and_so_is_a_comparison() {
    let folder = folder();
    write(folder.path(), "few.csv", pairs(3));
    done(folder.path(), &["train", "few.csv", "--dims", "2", "--steps", "1", "--out", "few.safetensors"]);
    let few = std::fs::read(folder.path().join("few.safetensors")).expect("a run");
    let large = larger_run(&few, 20_000);
    assert!(large.len() < 600_000, "{} bytes", large.len());
    write(folder.path(), "large.safetensors", large);
    let run = refused(folder.path(), "500MB", &["compare", "large.safetensors", "few.safetensors", "--out", "out.csv"]);
    assert!(run.contains("large.safetensors") && run.contains("this run needs") && run.contains(" GB of memory"), "{run}");
    write(folder.path(), "pairs.csv", pairs(500));
    for seed in ["1", "2"] {
        done(
            folder.path(),
            &["train", "pairs.csv", "--dims", "2", "--steps", "1", "--seed", seed, "--out", &format!("{seed}.safetensors")],
        );
    }
    let comparison = refused(folder.path(), "30MB", &["compare", "1.safetensors", "2.safetensors", "--out", "out.csv"]);
    assert!(comparison.contains("this comparison needs"), "{comparison}");
}

#[test]
fn a_size_that_is_none_is_wrong_usage_and_the_environment_counts_too() {
    let folder = folder();
    write(folder.path(), "pairs.csv", pairs(5000));
    for size in ["", "5", "lots", "-1GB", "0MB", "NaNGB", "9999TB"] {
        let option = format!("--memory={size}");
        let output = run(folder.path(), &["lessons", &option]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && message.contains("--memory"), "{size:?}: {message}");
        if !size.is_empty() {
            let output = program(folder.path(), &["lessons"]).env(VARIABLE, size).output().expect("the program starts");
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.code() == Some(2) && message.contains(VARIABLE), "{size:?}: {message}");
        }
    }
    let train = ["train", "pairs.csv", "--steps", "1"];
    let output = program(folder.path(), &train).env(VARIABLE, "30MB").output().expect("the program starts");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && message.contains("this training needs"), "{message}");
    // What is said on the line holds.
    let output = program(folder.path(), &[&train[..], &["--memory", "2GB"]].concat()).env(VARIABLE, "30MB").output();
    assert!(output.expect("the program starts").status.success());
}

#[test]
fn the_worker_outlives_what_it_refuses() {
    let inner = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "asking_memory::within_30_mb_the_worker_goes_on", "--ignored"])
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&inner.stdout).into_owned();
    assert!(inner.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "it allows its whole process little memory, so another test runs it in one of its own"]
fn within_30_mb_the_worker_goes_on() {
    allow(Bytes(30_000_000));
    let folder = folder();
    small_model(folder.path(), 3);
    let small = Source::Folder(folder.path().to_owned());
    let worker = Worker::start(|| {}).expect("a thread");
    let outcome = |id: u64, work: Work| {
        worker.carry_out(Order::Start(Job { id, work }));
        loop {
            let event = worker.recv_timeout(Duration::from_secs(60)).expect("news");
            match event.news {
                News::Ended(outcome) if event.id == id => return outcome,
                News::Ended(_) | News::Progress { .. } | News::Places(..) => {}
            }
        }
    };
    let phrases: Vec<Arc<str>> = (0..20_000).map(|phrase| phrase.to_string().into()).collect();
    let pairs = (0..10_000).map(|pair| PairRows { anchor: 2 * pair, positive: 2 * pair + 1, negative: None, score: None });
    let recipe = Recipe { steps: 3000, ..Recipe::of_learner(LearnerKind::Vectors) };
    let input = TrainInput { phrases: phrases.into(), pairs: pairs.collect(), recipe, model_vectors: None };
    let train = Work::Train(small.clone().into(), Box::new(input), Default::default(), None);
    let Outcome::Failed(why) = outcome(1, train) else { panic!("refused") };
    assert!(why.contains("this training needs") && why.contains("of memory"), "{why}");
    let Outcome::Failed(why) = outcome(2, Work::Embed(Source::Embedded.into(), vec!["hello".into()])) else { panic!("refused") };
    assert!(why.contains("this model needs"), "{why}");
    let many = (0..200_000).map(|phrase| phrase.to_string().into()).collect();
    let Outcome::Failed(why) = outcome(3, Work::Embed(small.clone().into(), many)) else { panic!("refused") };
    assert!(why.contains("vectors of 200000 phrases"), "{why}");
    let Outcome::Embedded(embedding) = outcome(4, Work::Embed(small.into(), vec!["hello".into()])) else { panic!("vectors") };
    assert_eq!(embedding.vectors.len(), 1);
}
