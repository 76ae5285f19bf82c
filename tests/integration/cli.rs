//! The command line as a process: what it prints, what it writes, how it ends.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use embedding_playground::data::{Format, builtin_set, lesson, read_vectors};
use embedding_playground::jobs::Worker;
use embedding_playground::playground::{self, Playground};
use embedding_playground::train::Axes;

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_embedding-playground"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().expect("the program starts")
}

/// Runs, expects success, and returns stdout.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Runs, expects exit code 1 and one line of message, and returns it.
fn failed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), content).expect("a file");
}

fn json(text: &str) -> serde_json::Value {
    assert_eq!(text.lines().count(), 1, "one JSON object and nothing else: {text}");
    serde_json::from_str(text).expect("JSON")
}

const PAIRS: &str = "anchor,positive,negative\nroses,flowers,lion\nhello,good morning,\nlion,zebra,hello\n";

#[test]
fn embed_then_project_gives_the_places_of_the_window() {
    let folder = folder();
    let phrases: Vec<String> =
        builtin_set(lesson("roses").expect("a lesson")).groups.into_iter().flat_map(|(_, phrases)| phrases).collect();
    write(folder.path(), "phrases.txt", phrases.join("\n"));
    let worker = Worker::start(|| {}).expect("a thread");
    let (mut playground, jobs) = Playground::with_lesson("roses");
    jobs.into_iter().for_each(|job| worker.submit(job));
    playground.apply(playground::Command::SetAxes(Axes::Model)).into_iter().for_each(|job| worker.submit(job));
    while playground.picture().is_none() {
        let event = worker.recv_timeout(Duration::from_secs(60)).expect("news");
        playground.absorb(event).into_iter().for_each(|job| worker.submit(job));
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

#[test]
fn embed_reads_columns_and_standard_input_and_reports_its_space() {
    let folder = folder();
    write(folder.path(), "table.csv", "id,title\n1,hello\n2,\"good, morning\"\n");
    let summary = json(&done(folder.path(), &["embed", "table.csv", "--column", "title", "--out", "v.jsonl", "--json"]));
    assert_eq!((&summary["phrases"], &summary["dims"]), (&2.into(), &384.into()));
    assert!(summary["space"].as_str().is_some_and(|space| space.contains("all-MiniLM-L6-v2") && space.contains("mean")));
    let bytes = std::fs::read(folder.path().join("v.jsonl")).expect("vectors");
    assert_eq!(read_vectors(&bytes, Format::Jsonl).expect("vectors").phrases, ["hello", "good, morning"]);
    let mut child = program(folder.path(), &["embed"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    std::io::Write::write_all(child.stdin.as_mut().expect("stdin"), b"hello\nworld\n").expect("written");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(read_vectors(&output.stdout, Format::Jsonl).expect("vectors").len(), 2);
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
    assert_eq!((result["pairs"].as_u64(), result["held_out_pairs"].as_u64()), (Some(101), Some(25)));
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
        ("columns.csv", "anchor,text\na,b\n"),
        ("one.csv", "anchor,positive\na,b\n"),
        ("two.csv", "anchor,positive\na,b\nc,d\n"),
        ("ok.txt", "hello\n"),
        ("vectors.tsv", "1\t2\n3\tinf\n"),
        ("newer.json", "{\"format\": \"embedding-playground project\", \"version\": 3}"),
    ] {
        write(at, name, content);
    }
    write(at, "latin.txt", b"caf\xe9\n");
    for (arguments, parts) in [
        (&["train", "missing.csv"][..], &["missing.csv"][..]),
        (&["train", "empty.csv"], &["empty.csv", "empty"]),
        (&["train", "ragged.csv"], &["ragged.csv", "line 3", "2 columns"]),
        (&["train", "columns.csv"], &["columns.csv", "positive", "anchor, text"]),
        (&["train", "one.csv"], &["one.csv", "push"]),
        (&["train", "two.csv", "--dims", "1"], &["two.csv", "2 to 1024"]),
        (&["train", "two.csv", "--learning-rate", "0"], &["learning rate"]),
        (&["embed", "latin.txt"], &["latin.txt", "line 1", "UTF-8", "0xe9"]),
        (&["embed", "two.csv", "--column", "x"], &["two.csv", "anchor, positive"]),
        (&["embed", "ok.txt", "--column", "x"], &["ok.txt", "table"]),
        (&["embed", "ok.txt", "--model", "."], &["model.safetensors"]),
        (&["embed", "ok.txt", "--out", "v.safetensors"], &["v.safetensors", ".npy"]),
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
    assert_eq!(message.matches("os error").count(), 1, "the cause is said once: {message}");
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
