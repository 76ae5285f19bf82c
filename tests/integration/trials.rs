//! Trials of everything that is written: kill −9 at any moment, full disks, read-only folders. Nothing may be lost, nothing
//! be half, and nothing be left over after the next start.
//!
//! A few run with the other tests; as many as anybody likes run by hand:
//! `EMBEDDING_PLAYGROUND_TRIALS=1000 cargo test --test integration trials -- --nocapture`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use embedding_playground::files::OwnFile;
use embedding_playground::jobs::{Journal, Occasion, Worker};
use embedding_playground::playground::{Act, Edit, Playground, Session, file};
#[cfg(feature = "gui")]
use embedding_playground::ui::SettingsFile;

use crate::cli::{done, folder, program, write};
use crate::hub::online;
use crate::hub_server::{COMMIT, ID, Server, files_of};
use crate::support::small_model;
use crate::vector_cache::{Asked, embed};

/// Embed, train and save model; project with session, settings, kept vectors; download.
const N_KINDS: usize = 7;

/// Kills of each kind with the other tests.
const FEW: usize = 5;

/// Kills of each kind.
fn n_trials() -> usize {
    let asked = std::env::var("EMBEDDING_PLAYGROUND_TRIALS").ok().and_then(|n| n.parse().ok());
    asked.map_or(FEW, |n: usize| n.div_ceil(N_KINDS))
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

/// Starts a child and kills it after a while; the number of the last thing that it said it had saved.
fn killed_child(child: &str, folder: &Path, state: &mut u64) -> usize {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([&format!("trials::{child}"), "--exact", "--ignored", "--nocapture"]).env(CHILD, folder);
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
        let said = killed_child("a_child_that_saves", folder.path(), &mut state);
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
    killed_child("a_child_that_saves", folder.path(), &mut state);
    // The last one was killed too, so that the next start is one that does as windows do.
    embedding_playground::files::tidy_up(folder.path());
    embedding_playground::files::tidy_up(&folder.path().join("sessions"));
    assert_eq!(left_over(folder.path()), [] as [PathBuf; 0]);
    println!(
        "project and session: {} kills; lost 0, half 0; leftovers after {n_with_leftovers}, after the next start 0",
        n_trials()
    );
}

/// Settings that say how often they were written, and are so long that a kill can fall between their parts.
#[cfg(feature = "gui")]
fn settings(n: usize) -> String {
    let text = format!("n{n} {}", "rect:(min:(x:0.0,y:55.0)) ".repeat(20_000));
    format!("{{\n    \"egui\": \"(options:(zoom_factor:1.0))\",\n    \"look\": \"{text}\",\n    \"end\": \"{n}\",\n}}")
}

/// Is started by the trial of settings: writes them again and again, as eframe does after the window has kept those before.
#[cfg(feature = "gui")]
#[test]
#[ignore = "a part of the trial of settings"]
fn a_child_that_writes_settings() {
    use std::io::Write;
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let file = SettingsFile::in_folder(&folder);
    file.set_in_order();
    for n in 1.. {
        file.keep();
        let mut writer = std::io::BufWriter::new(std::fs::File::create(folder.join("app.ron")).expect("a file"));
        writer.write_all(settings(n).as_bytes()).and_then(|()| writer.flush()).expect("written");
        println!("saved {n}");
    }
}

#[cfg(feature = "gui")]
#[test]
fn settings_that_are_killed_are_those_of_before() {
    let (folder, mut state, mut n_torn) = (folder(), 13, 0);
    let file = SettingsFile::in_folder(folder.path());
    for trial in 0..n_trials() {
        let said = killed_child("a_child_that_writes_settings", folder.path(), &mut state);
        if let Some(aside) = file.set_in_order() {
            n_torn += 1;
            assert!(aside.has_those_before, "trial {trial}: there were some before");
            std::fs::remove_file(aside.path).expect("gone");
        }
        let found = std::fs::read_to_string(folder.path().join("app.ron")).expect("settings");
        let whole = (said.saturating_sub(1)..=said + 1).any(|n| found == settings(n));
        assert!(whole, "trial {trial}: {said} were written, and neither these nor those before are there");
    }
    embedding_playground::files::tidy_up(folder.path());
    assert_eq!(left_over(folder.path()), [] as [PathBuf; 0]);
    let n = n_trials();
    println!(
        "settings: {n} kills, {n_torn} left a part; lost 0, half 0, those of before taken {n_torn}; leftovers after the next start 0"
    );
}

/// Phrases of which the vectors are kept, many at a time.
fn phrases_of(batch: usize) -> Vec<String> {
    (0..300).map(|n| format!("{batch} {n}")).collect()
}

fn embed_batch(folder: &Path, encoder: &Asked, batch: usize) -> Vec<String> {
    let phrases = phrases_of(batch);
    embed(folder, encoder, &phrases.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Is started by the trial of kept vectors: keeps more and more of them.
#[test]
#[ignore = "a part of the trial of kept vectors"]
fn a_child_that_keeps_vectors() {
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let encoder = Asked::new("m@1:96d:mean:unit");
    for n in 1.. {
        embed_batch(&folder, &encoder, n);
        println!("saved {n}");
    }
}

#[test]
fn vectors_that_are_killed_while_they_are_kept_are_whole_or_made_again() {
    let (mut state, mut n_cut) = (17, 0);
    let encoder = Asked::new("m@1:96d:mean:unit");
    for trial in 0..n_trials() {
        let folder = folder();
        let said = killed_child("a_child_that_keeps_vectors", folder.path(), &mut state);
        // What is found is compared with what the encoder gives.
        for batch in 1..=said {
            assert_eq!(embed_batch(folder.path(), &encoder, batch), [] as [String; 0], "trial {trial}: batch {batch} was kept");
        }
        let n_anew = embed_batch(folder.path(), &encoder, said + 1).len();
        n_cut += usize::from((1..300).contains(&n_anew));
        assert_eq!(embed_batch(folder.path(), &encoder, said + 1).len(), 0, "trial {trial}: and now they are kept");
        assert_eq!(left_over(folder.path()), [] as [PathBuf; 0]);
    }
    println!("kept vectors: {} kills, {n_cut} within a batch; lost 0, half 0; leftovers 0", n_trials());
}

#[test]
fn downloads_that_are_killed_come_whole_at_the_next_start() {
    let (place, mut state) = (folder(), 19);
    small_model(&place.path().join("model"), 1);
    let mut files = files_of(&place.path().join("model"));
    files.push(("README.md".to_owned(), "long ".repeat(2_000_000).into_bytes()));
    let server = Server::of(files.clone());
    let fetch = |cache: &Path| online(&server, cache, &["models", "fetch", ID]);
    let (snapshot, hub) = (format!("hub/models--rose--small-model/snapshots/{COMMIT}"), "hub/models--rose--small-model");
    let whole: BTreeMap<String, Vec<u8>> = files.into_iter().map(|(name, bytes)| (format!("{name}/"), bytes)).collect();
    let since = Instant::now();
    fetch_done(&mut fetch(folder().path()));
    let (usual, mut n_in_time, mut n_parts) = (since.elapsed(), 0, 0);
    for trial in 0..n_trials() {
        let cache = folder();
        let mut child = fetch(cache.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        std::thread::sleep(usual.mul_f64(1.1 * random(&mut state)));
        child.kill().expect("killed");
        n_in_time += usize::from(!child.wait().expect("ended").success());
        let half = content(&cache.path().join(&snapshot)).into_iter().find(|(name, bytes)| whole.get(name) != Some(bytes));
        assert_eq!(half.map(|(name, _)| name), None, "trial {trial}: what has its name is whole");
        n_parts += usize::from(names_under(&cache.path().join(hub)).iter().any(|name| name.ends_with(".incomplete")));
        fetch_done(&mut fetch(cache.path()));
        assert!(content(&cache.path().join(&snapshot)) == whole, "trial {trial}: it is whole after the next start");
        let names = names_under(&cache.path().join(hub));
        let left = names.iter().find(|name| name.ends_with(".incomplete") || name.starts_with(".embedding-playground"));
        assert_eq!(left, None, "trial {trial}");
    }
    println!(
        "download: {} kills, {n_in_time} in time; lost 0, half 0; parts after {n_parts}, after the next start 0",
        n_trials()
    );
}

fn fetch_done(command: &mut Command) {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The names of all files in `folder` and the folders in it.
fn names_under(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        found.push(entry.file_name().to_string_lossy().into_owned());
        if entry.path().is_dir() {
            found.extend(names_under(&entry.path()));
        }
    }
    found
}

/// Runs `script` with a small disk of its own at `disk`; `None` where nobody may mount one.
#[cfg(target_os = "linux")]
fn on_a_small_disk(folder: &Path, script: &str) -> Option<String> {
    std::fs::create_dir_all(folder.join("disk")).expect("a folder");
    let script = format!("mount -t tmpfs -o size=512k none disk || exit 77\n{script}");
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script]).current_dir(folder).env("EMBEDDING_PLAYGROUND_CACHE", "");
    command.env("PROGRAM", env!("CARGO_BIN_EXE_embedding-playground")).env("TESTS", std::env::current_exe().ok()?);
    let output = command.stdin(Stdio::null()).output().ok()?;
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
    for seed in [1, 2] {
        let out = format!("run{seed}.safetensors");
        done(folder.path(), &["train", "pairs.csv", "--dims", "4", "--steps", "3", "--seed", &seed.to_string(), "--out", &out]);
    }
    done(folder.path(), &["embed", "a.txt", "--model", "tokens", "--out", "vectors.npy"]);
    let train = "train pairs.csv --dims 384 --steps 200";
    let verbs = [
        ("embed a.txt --model tokens --out disk/out.jsonl --force", "out.jsonl"),
        ("embed a.txt --model tokens --out disk/out.csv --force", "out.csv"),
        ("embed a.txt --model tokens --out disk/out.npy --force", "out.npy"),
        ("embed a.txt --model tokens --out disk/out.parquet --force", "out.parquet"),
        ("embed a.txt --model tokens --out disk/out.safetensors --force", "out.safetensors"),
        ("embed a.txt --model tokens --out disk/projector/", "projector"),
        ("embed a.txt --model tokens --neighbours disk/out.csv --force", "out.csv"),
        ("embed pairs.csv --column anchor --model tokens --similarity disk/out.csv --force", "out.csv"),
        ("project vectors.npy --out disk/out.csv --force", "out.csv"),
        (&format!("{train} --out disk/out.safetensors --force"), "out.safetensors"),
        (&format!("{train} --curves disk/out.csv --force"), "out.csv"),
        (&format!("{train} --write-pairs disk/out.csv --force"), "out.csv"),
        ("train pairs.csv --model small --learner transformer --steps 2 --save-model disk/tuned", "tuned"),
        ("compare run1.safetensors run2.safetensors --out disk/out.csv --force", "out.csv"),
        ("render --lesson roses --out disk/out.png --force", "out.png"),
        ("render --lesson roses --out disk/out.svg --force", "out.svg"),
        ("render run1.safetensors --out disk/out.gif --force", "out.gif"),
        ("lessons --handout disk/out.html --force", "out.html"),
    ];
    // By hand all of them, else a few of each sort.
    let step = if n_trials() > FEW { 1 } else { 4 };
    let verbs: Vec<_> = verbs.into_iter().step_by(step).collect();
    for &(line, out) in &verbs {
        let fill = "head -c 400k /dev/zero > disk/filler; cat /dev/zero > disk/filler2 2>/dev/null";
        for (how, make) in [("full", fill), ("read-only", "mount -o remount,ro none disk")] {
            let is_folder = ["tuned", "projector"].contains(&out);
            let old = if is_folder { String::new() } else { format!("echo old > disk/{out};") };
            let check = format!(
                "{old} {make}; $PROGRAM {line} 2>&1; echo code $?; rm -f disk/filler*; ls -A disk; cat disk/{out} 2>/dev/null; true"
            );
            let Some(said) = on_a_small_disk(folder.path(), &check) else {
                println!("nobody may mount a disk here: no trial of a {how} one");
                return;
            };
            let after = said.split_once("code 1\n").map_or_else(|| panic!("{line}, {how}: {said}"), |(_, after)| after);
            let expected = if is_folder { String::new() } else { format!("{out}\nold\n") };
            assert!(after.replace("filler\nfiller2\n", "") == expected, "{line}, {how}: {said}");
            assert!(said.contains(out), "{line}, {how}: it names the file: {said}");
        }
    }
    println!("full and read-only disks: {} trials; lost 0, half 0, leftovers 0", 2 * verbs.len());
}

/// Is started on a disk that is full or can't be written: saves what a window saves, and says what came of each.
#[cfg(feature = "gui")]
#[test]
#[ignore = "a part of the trial of full disks"]
fn a_child_that_can_save_nothing() {
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let worker = Worker::start(|| {}).expect("a thread");
    let mut playground = Playground::empty();
    playground.apply(Edit::AddPhrases(vec!["a phrase ".repeat(200)], None));
    for order in playground.apply(Act::SaveAs(folder.join("project.json"))) {
        worker.carry_out(order);
    }
    while playground.is_saving() {
        if let Some(event) = worker.recv_timeout(Duration::from_secs(1)) {
            playground.absorb(event);
        }
    }
    let notice = playground.notice().expect("something is said");
    println!("project: {} {}, unsaved {}", notice.is_error, notice.text, playground.is_unsaved());
    let journal = OwnFile::new(&folder.join("sessions")).map_err(|error| error.to_string());
    let written = journal.and_then(|file| file.write(&[b'x'; 5000]).map_err(|error| error.to_string()));
    println!("session: {written:?}");
    SettingsFile::in_folder(&folder).keep();
    println!("settings: {:?}", SettingsFile::in_folder(&folder).set_in_order());
    let encoder = Asked::new("m@1:96d:mean:unit");
    println!("vectors: {} made, {} again", embed_batch(&folder, &encoder, 1).len(), embed_batch(&folder, &encoder, 1).len());
}

#[cfg(all(feature = "gui", target_os = "linux"))]
#[test]
fn a_window_on_a_full_or_read_only_disk_keeps_what_was_there_and_says_so() {
    let folder = folder();
    write(folder.path(), "app.ron", settings(1));
    let fill = "head -c 100k /dev/zero > disk/filler; cat /dev/zero > disk/filler2 2>/dev/null";
    for (how, make) in [("full", fill), ("read-only", "mount -o remount,ro none disk")] {
        let check = format!(
            "echo old > disk/project.json; mkdir disk/cache; cp app.ron disk/app.ron 2>/dev/null || head -c 100 app.ron > disk/app.ron; \
             cp disk/app.ron before; {make}; {CHILD}=disk $TESTS --exact trials::a_child_that_can_save_nothing --ignored --nocapture 2>&1; \
             cmp disk/app.ron before && echo settings are the same; rm -f disk/filler*; cat disk/project.json; ls -A disk disk/cache disk/sessions 2>&1; true"
        );
        let Some(said) = on_a_small_disk(folder.path(), &check) else {
            println!("nobody may mount a disk here: no trial of a {how} one");
            return;
        };
        assert!(said.contains("1 passed"), "{how}: {said}");
        let line = |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        let project = line("project: ");
        assert!(
            project.starts_with("project: true ") && project.contains("project.json") && project.ends_with("unsaved true"),
            "{said}"
        );
        assert!(line("session: ").contains("Err("), "{how}: {said}");
        assert!(line("vectors: ").contains("300 made, 300 again"), "{how}: {said}");
        assert!(said.contains("settings are the same") && said.contains("\nold\n"), "{how}: {said}");
        let left = said.lines().find(|line| line.starts_with(".embedding-playground"));
        assert_eq!(left, None, "{how}: nothing is left over: {said}");
        println!("a window on a {how} disk: project, session, settings, kept vectors: lost 0, half 0, leftovers 0");
    }
}
