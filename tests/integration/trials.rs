//! Trials of everything that is written: kill −9 at any moment, full disks, read-only folders. Nothing may be lost, nothing
//! be half, and nothing be left over after the next start.
//!
//! A few run with the other tests; as many as anybody likes run by hand:
//! `EMBEDDING_PLAYGROUND_TRIALS=400 cargo test --test integration trials -- --nocapture`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use embedding_playground::files::OwnFile;
use embedding_playground::jobs::{Journal, Occasion, Worker};
use embedding_playground::playground::{Act, Edit, Playground, Session, file};

use crate::cli::{done, folder, program, write};
use crate::support::small_model;

/// Kills of each kind.
fn n_trials() -> usize {
    let asked = std::env::var("EMBEDDING_PLAYGROUND_TRIALS").ok().and_then(|n| n.parse().ok());
    asked.map_or(5, |n: usize| n.div_ceil(4))
}

/// Temporary names in `folder` and in the folders in it.
fn left_over(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        if name.to_string_lossy().starts_with(".embedding-playground") {
            found.push(path);
        } else if path.is_dir() {
            found.extend(left_over(&path));
        }
    }
    found
}

/// What the file at `path`, or each file of the folder there, holds.
fn content(path: &Path) -> BTreeMap<String, Vec<u8>> {
    if path.is_file() {
        return [(String::new(), std::fs::read(path).expect("read"))].into();
    }
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with(".embedding-playground") {
            let inner = content(&entry.path());
            found.extend(inner.into_iter().map(|(rest, bytes)| (format!("{name}/{rest}"), bytes)));
        }
    }
    found
}

/// The next of numbers from 0 to 1 that look random (splitmix64).
fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Kills `lines` by turns, half of them once something temporary is there.
fn kill_verb(what: &str, folder: &Path, lines: [&str; 2], out: &str) {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let run = |line: &str| {
        let since = Instant::now();
        done(folder, &words(line).iter().map(String::as_str).collect::<Vec<_>>());
        (content(&folder.join(out)), since.elapsed())
    };
    let whole = [run(lines[0]), run(lines[1])];
    assert_ne!(whole[0].0, whole[1].0, "{what}");
    let (usual, mut state, mut n_in_time, mut n_with_leftovers, mut n_new) = (whole[1].1, 7, 0, 0, 0);
    for trial in 0..n_trials() {
        let before = content(&folder.join(out));
        let line = words(lines[trial % 2]);
        let mut command = program(folder, &line.iter().map(String::as_str).collect::<Vec<_>>());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        if trial % 4 < 2 {
            std::thread::sleep(usual.mul_f64(1.1 * random(&mut state)));
        } else {
            std::thread::sleep(usual.mul_f64(0.3));
            while left_over(folder).is_empty() && child.try_wait().expect("a child").is_none() {}
            std::thread::sleep(Duration::from_micros((3_000.0 * random(&mut state)) as u64));
        }
        child.kill().expect("killed");
        n_in_time += usize::from(!child.wait().expect("ended").success());
        let after = content(&folder.join(out));
        assert!(whole.iter().any(|(whole, _)| *whole == after), "{what}, kill {trial}: neither the old nor the new");
        n_new += usize::from(after != before);
        n_with_leftovers += usize::from(!left_over(folder).is_empty());
    }
    assert_eq!(run(lines[0]).0, whole[0].0);
    assert_eq!(left_over(folder), [] as [PathBuf; 0], "{what}: after the next start");
    let n = n_trials();
    println!(
        "{what}: {n} kills, {n_in_time} in time; lost 0, half 0, new {n_new}; leftovers after {n_with_leftovers}, after the next start 0"
    );
}

#[test]
fn verbs_that_are_killed_lose_nothing() {
    let folder = folder();
    let phrases = |start: usize| (start..start + 4_000).map(|n| format!("phrase number {n}\n")).collect::<String>();
    write(folder.path(), "a.txt", phrases(0));
    write(folder.path(), "b.txt", phrases(7));
    let embed = |input: &str| format!("embed {input}.txt --model tokens --out v.jsonl --force");
    kill_verb("embed", folder.path(), [&embed("a"), &embed("b")], "v.jsonl");
    let pairs: String = (0..400).map(|pair| format!("anchor {pair},positive {pair}\n")).collect();
    write(folder.path(), "pairs.csv", format!("anchor,positive\n{pairs}"));
    let train = |seed: u32| format!("train pairs.csv --dims 128 --steps 60 --out run.safetensors --seed {seed} --force");
    kill_verb("train", folder.path(), [&train(1), &train(2)], "run.safetensors");
    small_model(&folder.path().join("small"), 1);
    write(folder.path(), "few.csv", crate::cli::PAIRS);
    let save =
        |steps: u32| format!("train few.csv --model small --learner transformer --steps {steps} --save-model tuned --force");
    kill_verb("save model", folder.path(), [&save(2), &save(3)], "tuned");
}

/// The variable that says where the child writes.
const CHILD: &str = "EMBEDDING_PLAYGROUND_TRIAL_FOLDER";

/// Is started by the trial below: adds phrases, one after the other, and saves the project and the session each time.
#[test]
#[ignore = "a part of the trial of saves"]
fn a_child_that_saves() {
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let worker = Worker::start(|| {}).expect("a thread");
    let journal = Journal::start(OwnFile::new(&folder.join("sessions")).expect("a file")).expect("a thread");
    let mut playground = Playground::empty();
    for n in 1.. {
        playground.apply(Edit::AddPhrases(vec![format!("phrase {n} {}", "long ".repeat(200))], None));
        let here = playground.whereabouts();
        journal.give(Arc::new(move |seconds, occasion| here.page(seconds, occasion)));
        journal.write_now(Occasion::Change);
        for order in playground.apply(Act::SaveAs(folder.join("project.json"))) {
            worker.carry_out(order);
        }
        while playground.is_saving() {
            if let Some(event) = worker.recv_timeout(Duration::from_secs(1)) {
                playground.absorb(event);
            }
        }
        println!("saved {n}");
    }
}

/// Starts the child and kills it after a while; the number of the last phrase that it said it had saved.
fn killed_child(folder: &Path, state: &mut u64) -> usize {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["trials::a_child_that_saves", "--exact", "--ignored", "--nocapture"]).env(CHILD, folder);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a child");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let (n_lines, mut last) = (1 + (20.0 * random(state)) as usize, 0);
    let number = |line: &str| line.rsplit_once("saved ").and_then(|(_, n)| n.parse::<usize>().ok());
    for n in lines.by_ref().filter_map(|line| number(&line)).take(n_lines) {
        last = n;
    }
    std::thread::sleep(Duration::from_micros((8_000.0 * random(state)) as u64));
    child.kill().expect("killed");
    child.wait().expect("ended");
    lines.filter_map(|line| number(&line)).fold(last, usize::max)
}

#[test]
fn saves_that_are_killed_lose_nothing() {
    let (folder, mut state, mut n_with_leftovers) = (folder(), 11, 0);
    for trial in 0..n_trials() {
        let said = killed_child(folder.path(), &mut state);
        assert!(said > 0, "trial {trial}: it saved something");
        let bytes = std::fs::read(folder.path().join("project.json")).expect("the project is there");
        let n_saved = file::read(&bytes).expect("a whole project").0.phrases.len();
        assert!((said..=said + 1).contains(&n_saved), "trial {trial}: {said} phrases were saved, {n_saved} are there");
        n_with_leftovers += usize::from(!left_over(folder.path()).is_empty());
        let mut left = OwnFile::left_in(&folder.path().join("sessions"));
        assert_eq!(left.len(), 1, "trial {trial}");
        let session = Session::read(&left[0].read().expect("read")).expect("a whole session");
        let n_kept = file::read(session.project.as_bytes()).expect("a project").0.phrases.len();
        assert!((said..=said + 1).contains(&n_kept), "trial {trial}: {said} phrases were kept, {n_kept} are there");
        left.remove(0).remove().expect("removed");
    }
    killed_child(folder.path(), &mut state);
    // The last one was killed too, so that the next start is one that does as windows do.
    embedding_playground::files::tidy_up(folder.path());
    embedding_playground::files::tidy_up(&folder.path().join("sessions"));
    assert_eq!(left_over(folder.path()), [] as [PathBuf; 0]);
    println!(
        "project and session: {} kills; lost 0, half 0; leftovers after {n_with_leftovers}, after the next start 0",
        n_trials()
    );
}

/// Runs `script` with a small disk of its own at `disk`; `None` where nobody may mount one.
#[cfg(target_os = "linux")]
fn on_a_small_disk(folder: &Path, script: &str) -> Option<String> {
    std::fs::create_dir_all(folder.join("disk")).expect("a folder");
    let script = format!("mount -t tmpfs -o size=512k none disk || exit 77\n{script}");
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script]).current_dir(folder).env("EMBEDDING_PLAYGROUND_CACHE", "");
    let output = command.env("PROGRAM", env!("CARGO_BIN_EXE_embedding-playground")).stdin(Stdio::null()).output().ok()?;
    let is_allowed = output.status.success();
    is_allowed.then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_or_read_only_disk_keeps_what_was_there() {
    let folder = folder();
    let phrases: String = (0..4_000).map(|n| format!("phrase number {n}\n")).collect();
    write(folder.path(), "a.txt", phrases);
    write(folder.path(), "pairs.csv", crate::cli::PAIRS);
    small_model(&folder.path().join("small"), 1);
    let verbs = [
        ("embed a.txt --model tokens --out disk/out.jsonl --force", "out.jsonl"),
        ("train pairs.csv --dims 384 --steps 200 --out disk/out.safetensors --force", "out.safetensors"),
        ("train pairs.csv --model small --learner transformer --steps 2 --save-model disk/tuned", "tuned"),
        ("render --lesson roses --out disk/out.png --force", "out.png"),
    ];
    for (line, out) in verbs {
        let fill = "head -c 400k /dev/zero > disk/filler; cat /dev/zero > disk/filler2 2>/dev/null";
        for (how, make) in [("full", fill), ("read-only", "mount -o remount,ro none disk")] {
            let old = if out == "tuned" { String::new() } else { format!("echo old > disk/{out};") };
            let check = format!(
                "{old} {make}; $PROGRAM {line} 2>&1; echo code $?; rm -f disk/filler*; ls -A disk; cat disk/{out} 2>/dev/null; true"
            );
            let Some(said) = on_a_small_disk(folder.path(), &check) else {
                println!("nobody may mount a disk here: no trial of a {how} one");
                return;
            };
            let after = said.split_once("code 1\n").map_or_else(|| panic!("{line}, {how}: {said}"), |(_, after)| after);
            let expected = if out == "tuned" { String::new() } else { format!("{out}\nold\n") };
            assert!(after.replace("filler\nfiller2\n", "") == expected, "{line}, {how}: {said}");
            assert!(said.contains(out), "{line}, {how}: it names the file: {said}");
        }
    }
    println!("full and read-only disks: {} trials; lost 0, half 0, leftovers 0", 2 * verbs.len());
}
