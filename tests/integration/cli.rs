//! The command line as a process: what it prints, what it writes, how it ends.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use embedding_playground::choice::Choice;
use embedding_playground::compare::Turning;
use embedding_playground::data::{Given, Reading, read_vectors};
use embedding_playground::jobs::Worker;
use embedding_playground::model::Source;
use embedding_playground::playground::{self, Playground, lesson};
use embedding_playground::space::Method;
use embedding_playground::train::{Axes, LearnerKind, LossKind, Negatives, OptimizerKind, Schedule, Start, Subset};

use crate::support::small_model;

pub fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_embedding-playground"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).env("EMBEDDING_PLAYGROUND_CACHE", "");
    command
}

pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().expect("the program starts")
}

/// Runs, expects success, and returns stdout.
pub fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Runs, expects exit code 1 and one line of message beside notes, and returns all.
pub fn failed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert_eq!(message.lines().filter(|line| !line.starts_with("note: ")).count(), 1, "{message}");
    message
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

pub fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), content).expect("a file");
}

fn json(text: &str) -> serde_json::Value {
    assert_eq!(text.lines().count(), 1, "one JSON object and nothing else: {text}");
    serde_json::from_str(text).expect("JSON")
}

pub const PAIRS: &str = "anchor,positive,negative\nroses,flowers,lion\nhello,good morning,\nlion,zebra,hello\n";

#[test]
fn embed_then_project_gives_the_places_of_the_window() {
    let folder = folder();
    let phrases: Vec<String> =
        lesson("roses").expect("a lesson").set.groups.iter().flat_map(|group| group.phrases.clone()).collect();
    write(folder.path(), "phrases.txt", phrases.join("\n"));
    let worker = Worker::start(|| {}).expect("a thread");
    let (mut playground, orders) = Playground::with_lesson("roses");
    orders.into_iter().for_each(|order| worker.carry_out(order));
    playground.apply(playground::Act::SetAxes(Axes::Model)).into_iter().for_each(|order| worker.carry_out(order));
    while playground.picture().is_none() {
        let event = worker.recv_timeout(Duration::from_secs(60)).expect("news");
        playground.absorb(event).into_iter().for_each(|order| worker.carry_out(order));
    }
    let picture = playground.picture().expect("a picture");
    for name in ["v.npy", "v.csv", "v.tsv", "v.jsonl"] {
        done(folder.path(), &["embed", "phrases.txt", "--out", name]);
        let result = json(&done(folder.path(), &["project", name, "--json"]));
        let coordinates = result["coordinates"].as_array().expect("coordinates");
        assert_eq!(coordinates.len(), picture.places.len());
        for (place, point) in picture.places.iter().zip(coordinates) {
            for axis in 0..2 {
                let there = point[axis].as_f64().expect("a number");
                assert!(
                    (there - place.at[axis]).abs() < 1e-6,
                    "{name}: {} at {there}, in the window at {}",
                    place.text,
                    place.at[axis]
                );
            }
        }
    }
}

fn jsonl(bytes: Vec<u8>) -> Given {
    Given::new("v.jsonl", bytes).expect("a file")
}

#[test]
fn embed_reads_columns_and_standard_input_and_reports_its_space() {
    let folder = folder();
    write(folder.path(), "table.csv", "id,title\n1,hello\n2,\"good, morning\"\n");
    let summary = json(&done(folder.path(), &["embed", "table.csv", "--column", "title", "--out", "v.jsonl", "--json"]));
    assert_eq!((&summary["phrases"], &summary["dims"]), (&2.into(), &384.into()));
    assert!(summary["space"].as_str().is_some_and(|space| space.contains("all-MiniLM-L6-v2") && space.contains("mean")));
    let bytes = std::fs::read(folder.path().join("v.jsonl")).expect("vectors");
    assert_eq!(read_vectors(&jsonl(bytes), &Reading::default()).expect("vectors").phrases, ["hello", "good, morning"]);
    let mut child = program(folder.path(), &["embed"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    std::io::Write::write_all(child.stdin.as_mut().expect("stdin"), b"hello\nworld\n").expect("written");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(read_vectors(&jsonl(output.stdout), &Reading::default()).expect("vectors").phrases.len(), 2);
}

#[test]
fn the_same_seed_gives_the_same_bytes_at_any_number_of_threads() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    let train = |threads: &str, seed: &str, out: &str| {
        let mut command = program(folder.path(), &["train", "pairs.csv", "--steps", "40", "--seed", seed, "--out", out]);
        assert!(command.env("RAYON_NUM_THREADS", threads).output().expect("starts").status.success());
        std::fs::read(folder.path().join(out)).expect("a run")
    };
    let one = train("1", "3", "one.safetensors");
    assert_eq!(one, train("2", "3", "two.safetensors"));
    assert_ne!(one, train("2", "4", "other.safetensors"));
    for learner in ["tokens", "adapter", "transformer"] {
        let train = |threads: &str| {
            let arguments = ["train", "--lesson", "many-pairs", "--learner", learner, "--steps", "2", "--out", "run.safetensors"];
            let mut command = program(folder.path(), &arguments);
            assert!(command.env("RAYON_NUM_THREADS", threads).output().expect("starts").status.success());
            std::fs::read(folder.path().join("run.safetensors")).expect("a run")
        };
        assert!(train("1") == train("2"), "{learner} depends on the number of threads");
    }
}

#[test]
fn held_out_pairs_are_measured_and_a_trained_model_embeds() {
    let folder = folder();
    let arguments = "train --lesson many-pairs --learner transformer --steps 3 --holdout 0.2 --save-model tuned --json";
    let result = json(&done(folder.path(), &arguments.split(' ').collect::<Vec<_>>()));
    let keys = "heldout_loss_first heldout_loss_last heldout_triplet_accuracy_first heldout_triplet_accuracy_last \
                recall_at_1_first recall_at_1_last mrr_first mrr_last alignment_last uniformity_last rankme_last";
    keys.split_whitespace().for_each(|key| assert!(result[key].is_number(), "{key} in {result}"));
    assert_eq!((result["pairs"].as_u64(), result["held_out_pairs"].as_u64()), (Some(192), Some(48)));
    write(folder.path(), "phrases.txt", "hello\nworld\n");
    let result = json(&done(folder.path(), &["embed", "phrases.txt", "--model", "tuned", "--out", "v.npy", "--json"]));
    assert!(result["space"].as_str().is_some_and(|space| space.starts_with("tuned@")), "{result}");
    let error = failed(folder.path(), &["train", "--lesson", "roses", "--save-model", "other"]);
    assert!(error.contains("transformer"), "{error}");
}

#[test]
fn bad_labels_and_scores_are_refused_with_the_line() {
    let folder = folder();
    let error = |content: &str| {
        write(folder.path(), "scored.csv", format!("sentence1,sentence2,score\n{content}"));
        failed(folder.path(), &["train", "scored.csv"])
    };
    assert!(error("a,b,1\nc,d,maybe\n").contains("line 3: expected a number"));
    assert!(error("a,b,-1\n").contains("line 2"));
    assert!(error("a,b,4.5\nc,d,1\n").contains("--score-max 5"));
    done(folder.path(), &["train", "scored.csv", "--score-max", "5", "--steps", "5"]);
}

#[test]
fn train_prints_what_scripts_rely_on() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    for loss in ["multiple-negatives-ranking", "triplet-cosine", "triplet-euclidean"] {
        let result =
            json(&done(folder.path(), &["train", "pairs.csv", "--json", "--loss", loss, "--margin", "1", "--dims", "16"]));
        let keys = "seed steps learner loss dims phrases pairs loss_first loss_last triplet_accuracy_first triplet_accuracy_last \
                    positive_cosine_mean negative_cosine_mean seconds steps_per_second space";
        for key in keys.split_whitespace() {
            assert!(!result[key].is_null(), "{key} of {loss}");
        }
        assert_eq!((&result["phrases"], &result["pairs"], &result["loss"]), (&6.into(), &3.into(), &loss.into()));
        let number = |key: &str| result[key].as_f64().expect("a number");
        assert!(
            number("loss_last") < number("loss_first") && number("positive_cosine_mean") > number("negative_cosine_mean"),
            "{result}"
        );
    }
}

#[test]
fn render_draws_lessons_projects_pairs_and_runs() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    done(folder.path(), &["train", "pairs.csv", "--steps", "20", "--out", "run.safetensors"]);
    std::fs::copy(crate::support::fixture("project_v1.json"), folder.path().join("project.json")).expect("a copy");
    for (arguments, step) in [
        (vec!["--lesson", "roses", "--step", "0"], 0),
        (vec!["--lesson", "roses"], 200),
        (vec!["project.json"], 30),
        (vec!["pairs.csv", "--step", "5", "--dark"], 5),
        (vec!["run.safetensors", "--axes", "this-step"], 20),
    ] {
        for out in ["out.svg", "out.png"] {
            let all: Vec<&str> =
                ["render"].into_iter().chain(arguments.iter().copied()).chain(["--out", out, "--json"]).collect();
            assert_eq!(json(&done(folder.path(), &all))["step"], step, "{all:?}");
        }
        let svg = std::fs::read_to_string(folder.path().join("out.svg")).expect("a picture");
        assert!(svg.contains("</svg>") && (svg.contains("roses")), "labels are in the picture");
        let png = std::fs::read(folder.path().join("out.png")).expect("a picture");
        assert!(png.starts_with(b"\x89PNG") && png.len() > 5_000);
    }
    let first = std::fs::read(folder.path().join("out.png")).expect("a picture");
    done(folder.path(), &["render", "run.safetensors", "--axes", "this-step", "--out", "again.png"]);
    assert_eq!(first, std::fs::read(folder.path().join("again.png")).expect("a picture"), "byte for byte");
}

#[test]
fn lessons_are_listed() {
    let folder = folder();
    assert!(done(folder.path(), &["lessons"]).contains("roses"));
    let list = json(&done(folder.path(), &["lessons", "--json"]));
    assert!(list["lessons"].as_array().is_some_and(|lessons| lessons.iter().any(|lesson| lesson["name"] == "roses")));
}

#[test]
fn bad_input_is_one_message_with_file_and_line() {
    let folder = folder();
    let at = folder.path();
    for (name, content) in [
        ("empty.csv", ""),
        ("ragged.csv", "anchor,positive\na,b\nc,d,e\n"),
        ("columns.csv", "anchor,count\na,1\n"),
        ("one.csv", "anchor,positive\na,b\n"),
        ("two.csv", "anchor,positive\na,b\nc,d\n"),
        ("ok.txt", "hello\n"),
        ("vectors.tsv", "1\t2\n3\tinf\n"),
        ("newer.json", "{\"format\": \"embedding-playground project\", \"version\": 99}"),
    ] {
        write(at, name, content);
    }
    write(at, "latin.txt", b"caf\xe9\n");
    for (arguments, parts) in [
        (&["train", "missing.csv"][..], &["missing.csv"][..]),
        (&["train", "empty.csv"], &["empty.csv", "empty"]),
        (&["train", "ragged.csv"], &["ragged.csv", "line 3", "2 columns"]),
        (&["train", "columns.csv"], &["columns.csv", "positive", "anchor, count", "--positive"]),
        (&["train", "one.csv"], &["one.csv", "push"]),
        (&["embed", "latin.txt"], &["latin.txt", "line 1", "UTF-8", "0xe9"]),
        (&["embed", "two.csv", "--column", "x"], &["two.csv", "anchor, positive"]),
        (&["embed", "ok.txt", "--column", "x"], &["ok.txt", "no column"]),
        (&["embed", "ok.txt", "--model", "."], &["no config.json"]),
        (&["embed", "ok.txt", "--out", "v.xlsx"], &["v.xlsx", ".npy"]),
        (&["project", "vectors.tsv"], &["vectors.tsv", "line 2", "finite"]),
        (&["render", "newer.json", "--out", "x.png"], &["newer.json", "update"]),
        (&["render", "--lesson", "tulips", "--out", "x.png"], &["tulips", "roses"]),
        (&["render", "--lesson", "roses", "--step", "900", "--out", "x.png"], &["0 to 200"]),
        (&["render", "--lesson", "roses", "--out", "x.jpg"], &["x.jpg", ".png"]),
    ] {
        let message = failed(at, arguments);
        for part in parts {
            assert!(message.contains(part), "{arguments:?}: {message}");
        }
    }
}

#[test]
fn a_full_disk_or_a_forbidden_place_leaves_the_old_file() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    write(folder.path(), "run.safetensors", "old");
    let message = failed(folder.path(), &["train", "pairs.csv", "--steps", "2", "--out", "/proc/no/run.safetensors"]);
    assert!(message.contains("/proc/no/run.safetensors") && message.matches("unchanged").count() == 1, "{message}");
    assert_eq!(message.matches("no folder").count(), 1, "the cause is said once: {message}");
    // No file may grow beyond a block: what a full disk does, without needing one.
    let script = format!(
        "trap '' XFSZ; ulimit -f 1; exec {} train pairs.csv --steps 20 --out run.safetensors",
        env!("CARGO_BIN_EXE_embedding-playground")
    );
    let output = Command::new("sh").current_dir(folder.path()).args(["-c", &script]).output().expect("starts");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_to_string(folder.path().join("run.safetensors")).expect("the old file"), "old");
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(left.len(), 2, "nothing half-written stays: {left:?}");
}

#[test]
fn wrong_usage_exits_with_2_and_help_with_0() {
    let folder = folder();
    for arguments in [
        &["train"][..],
        &["train", "x.csv", "--loss", "guess"],
        &["render", "--out", "x.png"],
        &["nonsense", "verb"],
        &["lessons", "--size"],
    ] {
        assert_eq!(run(folder.path(), arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(done(folder.path(), &["--help"]).contains("render"));
}

/// The values of `T`, in the help of an option and in the error of a wrong one.
fn lists_what_there_is<T: Choice>(verb: &str, option: &str) {
    let folder = folder();
    let help = done(folder.path(), &[verb, "--help"]);
    let output = run(folder.path(), &[verb, "x.csv", option, "guess"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && error.contains("guess") && error.contains(option), "{error}");
    for value in T::ALL {
        assert!(
            help.contains(&format!("- {}:", value.name())) && error.contains(value.name()),
            "{verb} {option} {}",
            value.name()
        );
    }
}

#[test]
fn every_option_of_a_vocabulary_lists_what_there_is() {
    lists_what_there_is::<Method>("project", "--method");
    lists_what_there_is::<Axes>("render", "--axes");
    lists_what_there_is::<Turning>("render", "--turning");
    for verb in ["train", "compare", "render"] {
        lists_what_there_is::<LearnerKind>(verb, "--learner");
        lists_what_there_is::<LossKind>(verb, "--loss");
        lists_what_there_is::<Negatives>(verb, "--negatives");
        lists_what_there_is::<OptimizerKind>(verb, "--optimizer");
        lists_what_there_is::<Schedule>(verb, "--schedule");
        lists_what_there_is::<Start>(verb, "--start");
        lists_what_there_is::<Subset>(verb, "--subset");
    }
}

#[test]
fn a_setting_out_of_range_is_wrong_usage_and_no_fault_of_the_pairs() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    for (option, value, expected) in [
        ("--batch", "0", "1 to 4096"),
        ("--batch", "1000000", "1 to 4096"),
        ("--learning-rate", "0", "as learning rate, got 0"),
        ("--learning-rate", "inf", "as learning rate, got inf"),
        ("--learning-rate", "-1", "as learning rate, got -1"),
        ("--temperature", "-0.5", "a number above 0 (from 1e-38 to 1e38) as temperature"),
        ("--dims", "1", "2 to 1024"),
        ("--holdout", "1", "0 to 0.9"),
    ] {
        let output = run(folder.path(), &["train", "pairs.csv", option, value]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{option} {value}: {message}");
        let error = message.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
        assert!(error.contains(expected) && !error.contains("pairs.csv"), "{option} {value}: {message}");
    }
    let message = failed(folder.path(), &["train", "pairs.csv", "--out", "run.csv"]);
    assert!(message.contains("run.csv") && message.contains(".safetensors"), "{message}");
}

#[test]
fn data_that_is_not_what_it_seems_is_said() {
    let folder = folder();
    write(folder.path(), "tied.csv", "sentence1,sentence2,score\na,b,0.5\nc,d,0.5\ne,f,0.5\n");
    let summary = done(folder.path(), &["train", "tied.csv", "--steps", "3", "--json"]);
    assert!(summary.contains("\"loss\":\"cosine-similarity\""), "without an order CoSENT has nothing to learn: {summary}");
    let message = failed(folder.path(), &["train", "tied.csv", "--loss", "cosent"]);
    assert!(message.contains("cosine similarity fits"), "{message}");
    write(
        folder.path(),
        "lists.jsonl",
        "{\"anchor\": \"a\", \"positive\": \"b\"}\n{\"anchor\": [\"a\", \"e\"], \"positive\": [\"c\", \"d\"]}\n",
    );
    let message = failed(folder.path(), &["train", "lists.jsonl"]);
    assert!(message.contains("line 2: expected one anchor"), "{message}");
    write(folder.path(), "twice.csv", "anchor,positive\na,b\nc,d\na,b\n");
    let output = run(folder.path(), &["train", "twice.csv", "--steps", "2", "--model", "nowhere"]);
    let notes = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && notes.contains("1 pair is left out, as an earlier one is the same"), "{notes}");
    assert!(notes.contains("--model is not used"), "{notes}");
}

#[test]
fn without_a_display_it_names_the_way_without_one() {
    let folder = folder();
    let mut command = program(folder.path(), &[]);
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(name);
    }
    let output = command.output().expect("starts");
    let message = String::from_utf8_lossy(&output.stderr);
    if cfg!(target_os = "linux") {
        assert_eq!(output.status.code(), Some(1));
        assert!(message.lines().count() == 1 && message.contains("render --lesson roses"), "{message}");
    }
}

#[test]
fn compare_trains_from_seeds_or_reads_runs() {
    let folder = folder();
    let trained = json(&done(folder.path(), &["compare", "--seeds", "1,2,3", "--lesson", "roses", "--json"]));
    for key in [
        "knn_overlap",
        "knn_jaccard",
        "linear_cka",
        "cosine_matrix_correlation",
        "adjusted_rand",
        "procrustes_residual",
        "raw_distance",
    ] {
        let name = format!("{key}_mean");
        assert!(trained[&name].is_f64() && trained["shuffled"][&name].is_f64(), "{name}");
    }
    assert_eq!((&trained["runs"], &trained["seeds"]), (&3.into(), &serde_json::json!([1, 2, 3])));
    assert!(trained["knn_overlap_mean"].as_f64() > Some(0.7) && trained["shuffled"]["knn_overlap_mean"].as_f64() < Some(0.3));
    for seed in ["1", "2", "3"] {
        done(folder.path(), &["train", "--lesson", "roses", "--seed", seed, "--out", &format!("{seed}.safetensors")]);
    }
    let read = json(&done(folder.path(), &["compare", "1.safetensors", "2.safetensors", "3.safetensors", "--json"]));
    assert_eq!(read["knn_overlap_mean"], trained["knn_overlap_mean"], "the same runs");
    let text = done(folder.path(), &["compare", "1.safetensors", "2.safetensors", "1.safetensors"]);
    assert!(text.contains("depends on the axes") && text.contains("same seed 1"), "{text}");
    let message = failed(folder.path(), &["compare", "--seeds", "1,2", "1.safetensors"]);
    assert!(message.contains("1.safetensors") && message.contains("got a run"), "{message}");
    let message = failed(folder.path(), &["compare", "1.safetensors"]);
    assert!(message.contains("expected 2 to 9 runs to compare, got 1"), "{message}");
    write(folder.path(), "pairs.csv", PAIRS);
    let message = failed(folder.path(), &["compare", "1.safetensors", "pairs.csv"]);
    assert!(message.contains("pairs.csv") && message.contains("run file"), "{message}");
}

#[test]
fn a_run_without_a_space_is_refused() {
    let folder = folder();
    done(folder.path(), &["train", "--lesson", "triplet", "--steps", "3", "--out", "run.safetensors"]);
    let bytes = std::fs::read(folder.path().join("run.safetensors")).expect("a run");
    // The same length, so that the header stays whole: the key is no longer there.
    let at = bytes.windows(10).position(|part| part == br#"\"space\":"#).expect("the space is in the header");
    let mut damaged = bytes;
    damaged[at + 2] = b'x';
    write(folder.path(), "bare.safetensors", &damaged);
    let message = failed(folder.path(), &["compare", "run.safetensors", "bare.safetensors"]);
    assert!(message.contains("bare.safetensors") && message.contains("without a space"), "{message}");
}

#[test]
fn several_files_are_projected_together_only_if_they_are_of_one_space() {
    let folder = folder();
    write(folder.path(), "a.txt", "roses\nlions\n");
    write(folder.path(), "b.txt", "trombones\n");
    for (from, to) in [("a.txt", "a.safetensors"), ("b.txt", "b.jsonl"), ("a.txt", "a.npy"), ("b.txt", "b.npy")] {
        done(folder.path(), &["embed", from, "--out", to]);
    }
    let together = json(&done(folder.path(), &["project", "a.safetensors", "b.jsonl", "--json"]));
    assert_eq!(together["vectors"], 3);
    assert_eq!(together["phrases"], serde_json::json!(["roses", "lions", "trombones"]));
    assert!(together["space"].as_str().expect("a space").contains("all-MiniLM-L6-v2@"), "{together}");
    let message = failed(folder.path(), &["project", "a.safetensors", "b.npy"]);
    assert!(message.contains("a.safetensors and b.npy") && message.contains("--space NAME"), "{message}");
    let message = failed(folder.path(), &["project", "a.npy", "b.npy"]);
    assert!(message.contains("nobody knows what made them"), "{message}");
    let named = json(&done(folder.path(), &["project", "a.npy", "b.npy", "--space", "my-model", "--json"]));
    assert_eq!(named["space"], "my-model:384d");
    // The same dimension and another model.
    let vectors = std::fs::read_to_string(folder.path().join("b.jsonl")).expect("vectors");
    write(folder.path(), "other.jsonl", vectors.replace("all-MiniLM-L6-v2", "another"));
    let message = failed(folder.path(), &["project", "a.safetensors", "other.jsonl"]);
    assert!(message.contains("another model") && message.contains("means nothing"), "{message}");
    write(folder.path(), "short.safetensors", b"no tensors");
    let message = failed(folder.path(), &["project", "short.safetensors"]);
    assert!(message.contains("short.safetensors") && message.contains("expected a safetensors file"), "{message}");
}

#[test]
fn two_models_are_compared_and_their_cosines_refused() {
    let folder = folder();
    let compared = json(&done(folder.path(), &["compare-models", "all-MiniLM-L6-v2", "random:2", "--anyway", "--json"]));
    assert_eq!(compared["same_space"], false);
    assert!(compared["refusal"].as_str().expect("a refusal").contains("other weights of the same model"));
    assert!(compared["anyway"]["recall_at_1"].as_f64() < Some(0.2));
    assert!(compared["linear_cka_mean"].is_f64());
    let text = done(folder.path(), &["compare-models", "all-MiniLM-L6-v2", "tokens"]);
    assert!(text.contains("no cosine is formed across the two") && text.contains("another model"), "{text}");
    done(folder.path(), &["train", "--lesson", "roses", "--steps", "20", "--dims", "8", "--out", "run.safetensors"]);
    let text = done(folder.path(), &["compare-models", "run.safetensors@3", "run.safetensors"]);
    assert!(text.contains("re-embed the older ones"), "{text}");
    let text = done(folder.path(), &["compare-models", "run.safetensors", "tokens", "--anyway"]);
    assert!(text.contains("can't even be computed: 8 numbers on one side, 384 on the other"), "{text}");
    write(folder.path(), "pairs.csv", "anchor,positive\nrain,drizzle\ncat,kitten\n");
    done(folder.path(), &["train", "pairs.csv", "--steps", "20", "--dims", "8", "--out", "own.safetensors"]);
    let own = json(&done(folder.path(), &["compare-models", "tokens", "own.safetensors", "--json"]));
    assert_eq!(own["phrases"], 4, "a run of other phrases is compared on its own: {own}");
    let message = failed(folder.path(), &["compare-models", "run.safetensors@99", "tokens"]);
    assert!(message.contains("expected a step from 0 to 20, got 99"), "{message}");
    let message = failed(folder.path(), &["compare-models", "gone", "tokens"]);
    assert!(message.contains("no model \"gone\""), "{message}");
}

#[test]
fn a_comparison_is_drawn_as_svg_and_png() {
    let folder = folder();
    done(folder.path(), &["render", "--lesson", "roses", "--seeds", "1,2,3,4", "--turning", "aligned", "--out", "four.svg"]);
    let svg = std::fs::read_to_string(folder.path().join("four.svg")).expect("a picture");
    for words in ["seed 1 · reference", "seed 4", "Roses", "Does not depend on them", "Depends on the axes"] {
        assert!(svg.contains(words), "{words}");
    }
    for seed in ["1", "2"] {
        done(
            folder.path(),
            &["train", "--lesson", "roses", "--steps", "20", "--seed", seed, "--out", &format!("{seed}.safetensors")],
        );
    }
    let summary =
        json(&done(folder.path(), &["render", "1.safetensors", "2.safetensors", "--step", "10", "--out", "two.png", "--json"]));
    assert_eq!((&summary["runs"], &summary["step"]), (&2.into(), &10.into()));
    assert!(std::fs::read(folder.path().join("two.png")).expect("a picture").starts_with(b"\x89PNG"));
}

#[test]
fn a_folder_model_is_trained_saved_rendered_and_never_mixed() {
    let folder = folder();
    small_model(&folder.path().join("small"), 1);
    write(folder.path(), "pairs.csv", PAIRS);
    let of = |model: &str, learner: &str, out: &str| {
        let rest =
            format!("train pairs.csv --steps 3 --warmup 0 --dims 32 --learner {learner} --model {model} --out {out} --json");
        json(&done(folder.path(), &rest.split(' ').collect::<Vec<_>>()))
    };
    let space = of("small", "adapter", "a.safetensors")["space"].clone();
    assert!(space.as_str().is_some_and(|space| space.starts_with("adapter from small@")), "{space}");
    of("all-MiniLM-L6-v2", "adapter", "b.safetensors");
    of("random:3", "adapter", "c.safetensors");
    let text = done(folder.path(), &["compare-models", "a.safetensors", "b.safetensors"]);
    assert!(text.contains("no cosine is formed across the two"), "{text}");
    let remarks = json(&done(folder.path(), &["compare", "a.safetensors", "b.safetensors", "--json"]))["remarks"].to_string();
    assert!(remarks.contains("trained on differ") && remarks.contains("small@"), "{remarks}");
    // Without --dims what learns takes the model's dimension.
    let arguments = "train pairs.csv --steps 3 --warmup 0 --learner transformer --model small --save-model tuned --json";
    let result = json(&done(folder.path(), &arguments.split(' ').collect::<Vec<_>>()));
    assert_eq!(result["dims"], 32, "{result}");
    write(folder.path(), "phrases.txt", "hello\nworld\n");
    for model in ["small", "tuned", "folder:tuned", "tokens", "random:3"] {
        let result = json(&done(folder.path(), &["embed", "phrases.txt", "--model", model, "--out", "v.npy", "--json"]));
        assert_eq!(result["dims"], if model.contains("tuned") || model == "small" { 32 } else { 384 });
    }
    let compared = json(&done(folder.path(), &["compare-models", "small", "tuned", "--json"]));
    assert_eq!((&compared["same_space"], &compared["models"]), (&false.into(), &serde_json::json!(["small", "tuned"])));
    let arguments =
        ["compare", "pairs.csv", "--seeds", "1,2", "--learner", "tokens", "--steps", "3", "--model", "small", "--json"];
    assert_eq!(json(&done(folder.path(), &arguments))["runs"], 2);
    let drawn = |more: &[&str]| {
        let arguments = [&["render", "--lesson", "roses", "--axes", "model", "--out", "map.svg", "--json"], more].concat();
        json(&done(folder.path(), &arguments))["space"].clone()
    };
    assert!(drawn(&["--model", "small"]).as_str().is_some_and(|space| space.starts_with("small@")));
    assert_ne!(drawn(&[]), drawn(&["--model", "small"]));
}

#[test]
fn a_model_that_is_not_there_is_named_and_nonsense_is_wrong_usage() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    write(folder.path(), "phrases.txt", "hello\n");
    for arguments in [
        &["embed", "phrases.txt", "--model", "gone"][..],
        &["train", "pairs.csv", "--learner", "adapter", "--model", "gone"],
        &["compare", "pairs.csv", "--seeds", "1,2", "--learner", "tokens", "--model", "gone"],
        &["compare-models", "gone", "tokens"],
        &["render", "--lesson", "roses", "--axes", "model", "--model", "gone", "--out", "x.svg"],
    ] {
        let message = failed(folder.path(), arguments);
        assert!(
            message.contains("no model \"gone\"") && message.contains("choose one that is there"),
            "{arguments:?}: {message}"
        );
    }
    for arguments in [
        &["embed", "phrases.txt", "--model", "random:x"][..],
        &["train", "pairs.csv", "--model", "random:"],
        &["compare-models", "random:-1", "tokens"],
        &["compare-models", "run.safetensors@x", "tokens"],
        &["embed", "phrases.txt", "--model", ""],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let help = done(folder.path(), &["embed", "--help"]);
    assert!(Source::FORMS.iter().all(|form| help.contains(form)), "{help}");
}
