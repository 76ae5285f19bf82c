//! Outputs never destroy what is the user's, and messages never speak to the terminal.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::{PAIRS, done, failed, folder, program, run, write};
use crate::support::small_model;

const WORDS: &str = "phrase,owner\nhello,me\nworld,you\n";

/// A folder with an input of each kind.
fn inputs() -> tempfile::TempDir {
    let folder = folder();
    write(folder.path(), "p.csv", WORDS);
    write(folder.path(), "pairs.csv", PAIRS);
    done(folder.path(), &["embed", "p.csv", "--model", "tokens", "--out", "v.npy"]);
    done(folder.path(), &["train", "pairs.csv", "--steps", "3", "--dims", "4", "--out", "run.safetensors"]);
    folder
}

fn content(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// Fails with a message that holds `parts`, before the work, and leaves `name` as it is.
fn refused(folder: &Path, line: &str, name: &str, parts: &[&str]) {
    let before = content(folder, name);
    let started = Instant::now();
    let message = failed(folder, &words(line));
    assert!(started.elapsed() < Duration::from_secs(20), "{line}: it worked first");
    for part in parts {
        assert!(message.contains(part), "{line}: {part} is not in {message}");
    }
    assert_eq!(content(folder, name), before, "{line}");
}

/// Longer than any test.
const LONG: &str = "--steps 1000000 --learner transformer --force";

#[test]
fn an_output_that_is_an_input_is_refused() {
    let folder = inputs();
    let itself = ["another file than what is read", "the input itself", "choose another name"];
    for (line, name) in [
        ("embed p.csv --out p.csv", "p.csv"),
        ("embed p.csv --out p.csv --force", "p.csv"),
        ("project v.npy --out v.npy", "v.npy"),
    ] {
        refused(folder.path(), line, name, &itself);
    }
    std::fs::copy(folder.path().join("pairs.csv"), folder.path().join("pairs.safetensors")).expect("a copy");
    refused(folder.path(), &format!("train pairs.safetensors {LONG} --out pairs.safetensors"), "pairs.safetensors", &itself);
    std::fs::create_dir(folder.path().join("sub")).expect("a folder");
    let as_file = ["the same file as", "p.csv"];
    refused(folder.path(), "embed sub/../p.csv --out p.csv --force", "p.csv", &as_file);
    refused(folder.path(), "project v.npy ./v.npy --out v.npy", "v.npy", &["v.npy"]);
    // An input that is not there is not what is written.
    assert!(failed(folder.path(), &words("embed no.csv --out no.csv")).contains("no.csv"));
}

#[cfg(unix)]
#[test]
fn an_output_that_is_an_input_by_another_name_is_refused() {
    use std::os::unix::fs::symlink;
    let folder = inputs();
    let at = |name: &str| folder.path().join(name);
    symlink("p.csv", at("link.csv")).expect("a link");
    symlink("link.csv", at("link2.csv")).expect("a link");
    std::fs::hard_link(at("p.csv"), at("hard.csv")).expect("a second name");
    std::fs::hard_link(at("run.safetensors"), at("map.svg")).expect("a second name");
    for line in [
        "embed p.csv --out link.csv",
        "embed link.csv --out p.csv --force",
        "embed link2.csv --out link.csv",
        "embed p.csv --out hard.csv",
        "embed hard.csv --out link2.csv --force",
    ] {
        refused(folder.path(), line, "p.csv", &["the same file as", ".csv"]);
    }
    refused(folder.path(), "render run.safetensors --out map.svg --force", "run.safetensors", &["map.svg", "run.safetensors"]);
    let mut command = program(folder.path(), &words("embed - --out p.csv --force"));
    let output = command.stdin(std::fs::File::open(at("p.csv")).expect("a file")).output().expect("the program starts");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("p.csv, which is the same file as standard input"), "{message}");
    assert_eq!(content(folder.path(), "p.csv"), WORDS.as_bytes());
    // A device is no file that could be lost.
    let output = run(folder.path(), &["train", "pairs.csv", "--steps", "2", "--dims", "4", "--out", "/dev/null"]);
    assert!(output.status.success());
}

#[test]
fn a_model_that_is_read_is_not_written_over() {
    let folder = inputs();
    small_model(&folder.path().join("model"), 5);
    let weights = "model/model.safetensors";
    refused(folder.path(), &format!("embed p.csv --model model --out {weights}"), weights, &["model.safetensors"]);
    refused(folder.path(), &format!("embed p.csv --model model --out {weights} --force"), weights, &["the input itself"]);
    refused(
        folder.path(),
        &format!("train pairs.csv --model folder:./model {LONG} --out {weights}"),
        weights,
        &["the same file as", "model"],
    );
    // Beside its files there is room, more than once.
    for _ in 0..2 {
        done(folder.path(), &words("embed p.csv --model model --out model/vectors.safetensors"));
    }
    let train = "train pairs.csv --learner transformer --model model --dims 32 --steps 1 --save-model model";
    refused(folder.path(), &format!("{train} --out {weights} --force"), weights, &["another file", "the input itself"]);
    refused(folder.path(), train, weights, &["another folder than that of the model that is trained"]);
    let train =
        train.replace("--model model --dims 32", "--model random --dims 384").replace("--save-model model", "--save-model m");
    std::fs::create_dir(folder.path().join("m")).expect("a folder");
    let message = failed(folder.path(), &words(&format!("{train} --out m/model.safetensors")));
    assert!(message.contains("beside the model that is saved"), "{message}");
    std::fs::rename(folder.path().join("pairs.csv"), folder.path().join("m/vocab.txt")).expect("moved");
    let message = failed(folder.path(), &words(&train.replace("pairs.csv", "m/vocab.txt")));
    assert!(message.contains("m/vocab.txt") && message.contains("--save-model"), "{message}");
}

#[test]
fn the_same_command_twice_replaces_what_it_wrote() {
    let folder = inputs();
    let mut lines: Vec<String> = ["npy", "safetensors", "csv", "tsv", "jsonl", "ndjson"]
        .iter()
        .flat_map(|ending| [format!("embed p.csv --model tokens --out e.{ending}"), format!("project v.npy --out c.{ending}")])
        .collect();
    lines.extend(["png", "svg"].map(|ending| format!("render run.safetensors --out map.{ending}")));
    lines.push("train pairs.csv --steps 3 --dims 4 --out again.safetensors".to_owned());
    lines.push("train pairs.csv --steps 3 --dims 4 --out without-ending".to_owned());
    lines.push("train pairs.csv --learner transformer --steps 1 --save-model tuned".to_owned());
    for line in &lines {
        done(folder.path(), &words(line));
        done(folder.path(), &words(line));
    }
    // Of other phrases, of another length.
    write(folder.path(), "p.csv", "phrase\n\"three, \"\"or\"\" more\"\n=1+1\nthree\n");
    lines.iter().filter(|line| line.starts_with("embed")).for_each(|line| drop(done(folder.path(), &words(line))));
}

#[test]
fn a_file_of_another_kind_is_replaced_by_force_alone() {
    let folder = inputs();
    let text = "my notes\n";
    let foreign_tensors = {
        let mut file = 2_u64.to_le_bytes().to_vec();
        file.extend(b"{}");
        file
    };
    let jsonl = r#"{"phrase": "mine", "vector": [1, 2], "score": 3}"#;
    let cases: [(&str, &str, &[&[u8]]); 10] = [
        ("train pairs.csv --steps 2 --dims 4", "safetensors", &[text.as_bytes(), &foreign_tensors, b"{}"]),
        ("embed p.csv --model tokens", "safetensors", &[text.as_bytes(), &foreign_tensors, b"\0"]),
        ("embed p.csv --model tokens", "npy", &[text.as_bytes(), b"\x93NUMPX"]),
        ("embed p.csv --model tokens", "csv", &[WORDS.as_bytes(), b"phrase,v0,v2\na,1,2\n", b"v0,v1,name\n", b"phrase,v0"]),
        ("embed p.csv --model tokens", "tsv", &[text.as_bytes(), b"1\t2\tthree\n", b"\n"]),
        ("embed p.csv --model tokens", "jsonl", &[jsonl.as_bytes(), b"{\"phrase\":\"mine\"}\n", b"[1,2]\n"]),
        ("project v.npy", "csv", &[WORDS.as_bytes()]),
        ("embed p.csv --model tokens --similarity m.csv", "csv", &[WORDS.as_bytes()]),
        ("render run.safetensors", "png", &[text.as_bytes(), b"\xff\xd8\xff\xe0 a photograph"]),
        ("render run.safetensors", "svg", &[text.as_bytes(), b"<html></html>"]),
    ];
    for (verb, ending, contents) in cases {
        let out = format!("out.{ending}");
        for content in contents {
            write(folder.path(), &out, content);
            refused(folder.path(), &format!("{verb} --out {out}"), &out, &["expected", &out, "--force"]);
        }
        done(folder.path(), &words(&format!("{verb} --out {out} --force")));
        // Now it is of the kind; and an empty one holds nothing.
        done(folder.path(), &words(&format!("{verb} --out {out}")));
        write(folder.path(), &out, "");
        done(folder.path(), &words(&format!("{verb} --out {out}")));
    }
    // A run is no set of vectors, nor the other way round.
    refused(folder.path(), "embed p.csv --out run.safetensors", "run.safetensors", &["--force"]);
    done(folder.path(), &words("embed p.csv --model tokens --out v.safetensors"));
    refused(
        folder.path(),
        "train pairs.csv --steps 1000000 --out v.safetensors",
        "v.safetensors",
        &["a recorded run", "--force"],
    );
}

#[test]
fn help_says_force_in_the_same_words_wherever_it_is() {
    let folder = folder();
    let said = |verb: &str| {
        let help = done(folder.path(), &[verb, "-h"]);
        help.lines().find(|line| line.contains("--force")).map(|line| line.trim().to_owned())
    };
    let force = said("embed").expect("it is there");
    for verb in ["project", "train", "render"] {
        let other = said(verb).expect("it is there");
        assert_eq!(other.split_whitespace().collect::<Vec<_>>(), force.split_whitespace().collect::<Vec<_>>(), "{verb}");
    }
}

const ESCAPES: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\u{9b}31m\u{202e}\u{2066}\u{7f}";

fn check_quiet(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let bad = text.chars().find(|x| *x != '\n' && (x.is_control() || ('\u{202a}'..='\u{202e}').contains(x) || *x == '\u{2066}'));
    assert_eq!(bad, None, "{what}: {text:?}");
}

#[test]
fn messages_show_control_characters() {
    let folder = folder();
    write(folder.path(), "p.csv", format!("{ESCAPES}a,{ESCAPES}b\nx,y\n"));
    write(folder.path(), "bad.jsonl", format!("{{\"phrase\": {ESCAPES}}}\n"));
    // Without what ends a line of a table.
    let inside = ESCAPES.replace('\r', "");
    write(folder.path(), "pairs.csv", format!("anchor,positive\nr{inside},f\nh{inside},g\nz,w{inside}\n"));
    let named = format!("no{ESCAPES}\nerror: forged");
    for arguments in [
        vec!["embed", "p.csv", "--column", ESCAPES],
        vec!["embed", "p.csv", "--column", "c"],
        vec!["embed", "bad.jsonl"],
        vec!["embed", &named],
        vec!["embed", "p.csv", "--out", &named],
        vec!["embed", "p.csv", "--model", &named],
        vec!["train", &named],
        vec!["train", "p.csv", "--max-seconds", &named],
        vec!["train", "p.csv", "--learner", &named],
        vec!["train", "p.csv", &named],
        vec!["train", "--lesson", &named],
        vec!["project", "p.csv", "--dims", &named],
        vec!["render", "p.csv", "--size", &named, "--out", "x.png"],
        vec!["compare-models", &named, "tokens"],
        vec![&named, "--nonsense"],
        vec!["embed", &named, "--nonsense"],
    ] {
        let output = run(folder.path(), &arguments);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        check_quiet(&format!("{arguments:?}"), &output.stderr);
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let is_forged = String::from_utf8_lossy(&output.stderr).lines().any(|line| line == "error: forged");
        assert!(!is_forged, "{arguments:?}");
    }
    let message = failed(folder.path(), &["embed", &named]);
    assert!(message.contains("\\u{1b}]0;owned\\u{7}"), "{message}");
    let usage = run(folder.path(), &["train", "--learner", ESCAPES]);
    assert!(String::from_utf8_lossy(&usage.stderr).contains("\\u{1b}]0;owned"), "what was given is shown");
    for line in ["compare pairs.csv --seeds 1,2 --steps 3 --dims 4", "train pairs.csv --steps 3 --dims 4"] {
        check_quiet(line, done(folder.path(), &words(line)).as_bytes());
    }
    let models = ["compare-models", "random:1", "tokens", "pairs.csv"];
    let models = run(folder.path(), &models);
    assert!(models.status.success(), "{}", String::from_utf8_lossy(&models.stderr));
    check_quiet("compare-models", &models.stdout);
    // What is data goes out to the letter.
    let lines = done(folder.path(), &["embed", "pairs.csv", "--model", "tokens"]);
    assert!(lines.contains('\u{202e}') && lines.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
}

/// Names in `folder` that a writer made for itself.
fn left_over(folder: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".embedding-playground")).collect()
}

/// Starts `line` again and again, kills it later and later until it ends by itself, and looks at what is there.
#[cfg(unix)]
fn kill_often(folder: &Path, lines: [&str; 2], out: &str, n_kills: usize) {
    let whole: Vec<Vec<u8>> = lines
        .iter()
        .map(|line| {
            done(folder, &words(line));
            content(folder, out)
        })
        .collect();
    assert_ne!(whole[0], whole[1]);
    let started = Instant::now();
    done(folder, &words(lines[0]));
    let usual = started.elapsed();
    let (mut n_killed, mut n_old, mut n_new, mut n_left, mut bytes_left) = (0, 0, 0, 0, 0);
    for kill in 0..n_kills {
        // Most of them late, when it writes.
        let share = 0.3 + 0.8 * (kill * 61 % n_kills) as f64 / n_kills as f64;
        let before = content(folder, out);
        let mut child = program(folder, &words(lines[kill % 2]))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(usual.mul_f64(share));
        child.kill().expect("killed");
        n_killed += usize::from(!child.wait().expect("ended").success());
        let after = content(folder, out);
        assert!(whole.contains(&after), "kill {kill}: {} bytes that are no whole file", after.len());
        if after == before {
            n_old += 1
        } else {
            n_new += 1
        }
        let left = left_over(folder);
        n_left += usize::from(!left.is_empty());
        bytes_left = left
            .iter()
            .filter_map(|name| folder.join(name).metadata().ok())
            .map(|about| about.len())
            .sum::<u64>()
            .max(bytes_left);
    }
    done(folder, &words(lines[0]));
    assert_eq!(content(folder, out), whole[0]);
    assert_eq!(left_over(folder), [] as [String; 0], "after the next start");
    println!(
        "{out}, {} bytes in {usual:?}: {n_kills} kills, of which {n_killed} came in time; the old file {n_old} times, the new one \
         {n_new} times, damaged 0 times; something temporary lay there after {n_left} of them ({bytes_left} bytes at most), after \
         the next start nothing",
        whole[0].len(),
    );
}

#[cfg(unix)]
#[test]
#[ignore = "takes minutes: cargo test -- --ignored --nocapture killed"]
fn writers_that_are_killed_lose_nothing() {
    let folder = folder();
    let phrases = |start: usize| (start..start + 20_000).map(|n| format!("phrase number {n}\n")).collect::<String>();
    write(folder.path(), "a.txt", phrases(0));
    write(folder.path(), "b.txt", phrases(7));
    let embed = ["embed a.txt --model tokens --out v.jsonl", "embed b.txt --model tokens --out v.jsonl"];
    kill_often(folder.path(), embed, "v.jsonl", 200);
    let pairs = |n: usize| (0..n).map(|pair| format!("anchor {pair},positive {pair}\n")).collect::<String>();
    write(folder.path(), "pairs.csv", format!("anchor,positive\n{}", pairs(1500)));
    let train = "train pairs.csv --dims 384 --steps 60 --out run.safetensors --seed";
    kill_often(folder.path(), [&format!("{train} 1"), &format!("{train} 2")], "run.safetensors", 200);
}

/// A run of which the recipe is read is read, too.
#[test]
fn a_run_that_gives_the_recipe_is_not_replaced_and_no_column_has_two_roles() {
    let folder = folder();
    write(folder.path(), "q.csv", "anchor,positive,other\na,b,x\nc,d,y\n");
    done(folder.path(), &["train", "q.csv", "--steps", "5", "--dims", "4", "--out", "run.safetensors"]);
    let before = std::fs::read(folder.path().join("run.safetensors")).expect("a run");
    let again = ["train", "q.csv", "--recipe", "run.safetensors", "--seed", "9", "--out", "run.safetensors", "--force"];
    assert!(failed(folder.path(), &again).contains("another file than what is read"));
    assert_eq!(std::fs::read(folder.path().join("run.safetensors")).expect("a run"), before);
    for [first, second] in [["--anchor", "--positive"], ["--positive", "--negative"], ["--score", "--skip"]] {
        let message = failed(folder.path(), &["train", "q.csv", "--steps", "5", first, "other", second, "other"]);
        assert!(message.contains("expected one role of the column \"other\", got two"), "{first} {second}: {message}");
    }
}
