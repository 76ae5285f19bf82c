//! How a verb ends when a signal asks it to: as the system's own programs do, and with nothing temporary left.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::cli::{PAIRS, done, folder, program, write};

/// Longer than any test.
fn long() -> Vec<&'static str> {
    vec!["train", "pairs.csv", "--steps", "1000000", "--learner", "transformer", "--out", "run.safetensors"]
}

fn begun(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

fn ended(child: &mut Child) -> ExitStatus {
    let since = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if since.elapsed() > Duration::from_secs(20) {
            child.kill().expect("killed");
            panic!("it did not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn temporary(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().contains(".embedding-playground-")).collect()
}

/// Whether this process ignores the signal of this number, which those that it starts inherit: under `nohup`, say.
fn is_ignored_here(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).map(str::trim).unwrap_or_default();
    u64::from_str_radix(mask, 16).is_ok_and(|mask| mask >> (number - 1) & 1 == 1)
}

#[test]
fn a_signal_ends_long_work_at_once() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        if is_ignored_here(number) {
            println!("{signal} is ignored by whoever runs this test, and so by what it starts: not tried");
            continue;
        }
        let mut child = begun(&mut program(folder.path(), &long()));
        std::thread::sleep(Duration::from_millis(600));
        assert!(child.try_wait().expect("a child").is_none(), "it works");
        send(signal, &child);
        let status = ended(&mut child);
        assert_eq!(status.signal(), Some(number), "{signal}: {status}");
        assert!(temporary(folder.path()).is_empty() && !folder.path().join("run.safetensors").exists(), "{signal}");
    }
}

#[test]
fn a_shell_says_the_usual_exit_code() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        if is_ignored_here(code - 128) {
            println!("{signal} is ignored by whoever runs this test, and so by what it starts: not tried");
            continue;
        }
        // A shell lets what it puts into the background ignore Ctrl-C, so that another one sends it.
        let script =
            format!("(sleep 1; until pkill -{signal} -P $$ -x embedding-playg; do sleep 0.3; done) & \"$0\" \"$@\"; echo $?");
        let mut shell = Command::new("bash");
        shell.current_dir(folder.path()).args(["-c", &script, env!("CARGO_BIN_EXE_embedding-playground")]).args(long());
        let output = shell.stdin(Stdio::null()).env("EMBEDDING_PLAYGROUND_CACHE", "").output().expect("a shell");
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        // Bash ends itself when what it waits for was ended by Ctrl-C.
        assert!(said == code.to_string() || output.status.signal() == Some(code - 128), "{signal}: {said:?}, {}", output.status);
    }
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    let mut shell = Command::new("sh");
    shell.current_dir(folder.path()).args([
        "-c",
        "trap '' INT HUP; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_embedding-playground"),
    ]);
    let mut child = begun(shell.args(long()).stdin(Stdio::null()).env("EMBEDDING_PLAYGROUND_CACHE", ""));
    std::thread::sleep(Duration::from_millis(600));
    send("INT", &child);
    send("HUP", &child);
    std::thread::sleep(Duration::from_millis(400));
    assert!(child.try_wait().expect("a child").is_none(), "it goes on");
    send("TERM", &child);
    assert_eq!(ended(&mut child).signal(), Some(15));
}

/// Sends a signal as soon as there is something temporary with bytes in it; whether there was.
fn stopped_in_the_midst(folder: &Path, arguments: &[&str]) -> bool {
    let mut child = begun(&mut program(folder, arguments));
    while child.try_wait().expect("a child").is_none() {
        // The probe of the target before the work has one byte.
        let is_writing = |path: &std::path::PathBuf| {
            let inside = if path.is_dir() { std::fs::read_dir(path).map_or(0, Iterator::count) } else { 0 };
            inside > 0 || path.metadata().is_ok_and(|about| about.is_file() && about.len() > 1)
        };
        if temporary(folder).iter().any(is_writing) {
            send("TERM", &child);
            return ended(&mut child).signal() == Some(15);
        }
    }
    false
}

#[test]
fn a_signal_in_the_midst_of_writing_leaves_nothing() {
    let folder = folder();
    let pairs: String = (0..2_000).map(|pair| format!("anchor {pair},positive {pair}\n")).collect();
    write(folder.path(), "pairs.csv", format!("anchor,positive\n{pairs}"));
    let train = ["train", "pairs.csv", "--dims", "256", "--steps", "40", "--out", "run.safetensors"];
    let n_caught = (0..5)
        .filter(|_| {
            let is_caught = stopped_in_the_midst(folder.path(), &train);
            assert_eq!(temporary(folder.path()), [] as [std::path::PathBuf; 0]);
            is_caught
        })
        .count();
    assert!(n_caught > 0, "none was caught in the midst");
}

#[test]
fn what_a_killed_writer_left_goes_before_the_next_one_works() {
    let folder = folder();
    write(folder.path(), "words.txt", "hello\nworld\n");
    write(folder.path(), ".embedding-playground-4294967294-abc123", "left");
    write(folder.path(), ".embedding-playground-4294967294-notes.txt", "not ours");
    std::os::unix::fs::symlink("words.txt", folder.path().join(".embedding-playground-4294967294-thelnk")).expect("a link");
    done(folder.path(), &["embed", "words.txt", "--model", "tokens", "--out", "v.npy"]);
    let left: Vec<_> =
        temporary(folder.path()).into_iter().filter_map(|path| path.file_name().map(std::ffi::OsStr::to_owned)).collect();
    assert_eq!(left, [".embedding-playground-4294967294-notes.txt"]);
    assert!(folder.path().join("words.txt").exists());
}
