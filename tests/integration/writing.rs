//! What `--out` and standard output may be: files, links, devices, pipes, and what can't be written to.

use crate::cli::{PAIRS, done, failed, folder, write};

/// A verb that writes to a file called `out` (of a run), in no time.
fn train_to(out: &str) -> Vec<&str> {
    vec!["train", "pairs.csv", "--steps", "3", "--dims", "4", "--out", out]
}

/// Longer than any test: a target that is no good has to be found before this is done.
fn train_long_to<'a>(option: &'a str, out: &'a str) -> Vec<&'a str> {
    vec!["train", "pairs.csv", "--steps", "1000000", "--learner", "transformer", option, out]
}

#[test]
fn a_target_that_cannot_be_written_is_refused_before_the_work() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    write(folder.path(), "words.txt", "hello\nworld\n");
    write(folder.path(), "v.npy", include_bytes!("../fixtures/pca.json"));
    std::fs::create_dir(folder.path().join("a.safetensors")).expect("a folder");
    std::fs::create_dir(folder.path().join("a.png")).expect("a folder");
    std::fs::create_dir(folder.path().join("a.npy")).expect("a folder");
    for arguments in [
        train_long_to("--out", "a.safetensors"),
        train_long_to("--out", "missing/run.safetensors"),
        train_long_to("--out", "pairs.csv/run.safetensors"),
        train_long_to("--save-model", "missing/model"),
        train_long_to("--save-model", "pairs.csv"),
        train_long_to("--save-model", "."),
        vec!["embed", "words.txt", "--out", "a.npy"],
        vec!["embed", "words.txt", "--out", "missing/v.npy"],
        vec!["project", "v.npy", "--out", "missing/v.npy"],
        vec!["render", "--lesson", "roses", "--out", "a.png"],
        vec!["render", "--lesson", "roses", "--out", "missing/roses.png"],
        vec!["render", "--lesson", "roses", "--seeds", "1,2", "--out", "missing/roses.png"],
    ] {
        let started = std::time::Instant::now();
        let message = failed(folder.path(), &arguments);
        assert!(message.contains("cannot write"), "{arguments:?}: {message}");
        assert!(started.elapsed().as_secs() < 30, "{arguments:?}");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("pairs.csv")).expect("a file"), PAIRS);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
    use std::path::Path;
    use std::process::{Command, Output, Stdio};

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_folder_that_takes_no_files_is_not_said_to_be_missing() {
        let folder = folder();
        write(folder.path(), "words.txt", "hello\n");
        let message = failed(folder.path(), &["embed", "words.txt", "--out", "/proc/v.npy"]);
        assert!(message.contains("cannot write /proc/v.npy") && !message.contains("there is no folder"), "{message}");
    }

    fn shell(folder: &Path, script: &str) -> Output {
        let mut command = Command::new("sh");
        command
            .current_dir(folder)
            .arg("-c")
            .arg(script)
            .env("PROGRAM", env!("CARGO_BIN_EXE_embedding-playground"))
            .env("EMBEDDING_PLAYGROUND_CACHE", "");
        command.stdin(Stdio::null()).output().expect("a shell")
    }

    fn is_root() -> bool {
        shell(Path::new("/"), "test $(id -u) = 0").status.success()
    }

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("there").mode() & 0o777
    }

    #[test]
    fn links_stay_and_what_they_lead_to_is_replaced() {
        let folder = folder();
        write(folder.path(), "pairs.csv", PAIRS);
        std::fs::create_dir(folder.path().join("store")).expect("a folder");
        write(folder.path(), "store/old.safetensors", "old");
        for (link, target) in [("a", "store/old.safetensors"), ("b", "store/new.safetensors"), ("c", "a")] {
            let link = folder.path().join(format!("{link}.safetensors"));
            let target = if target == "a" { "a.safetensors" } else { target };
            symlink(target, &link).expect("a link");
        }
        symlink("round.safetensors", folder.path().join("round.safetensors")).expect("a link");
        symlink("missing/x", folder.path().join("lost.safetensors")).expect("a link");
        for (link, place) in [("a", "old"), ("b", "new"), ("c", "old")] {
            write(folder.path(), "store/old.safetensors", "old");
            done(folder.path(), &[&train_to(&format!("{link}.safetensors"))[..], &["--force"]].concat());
            assert!(folder.path().join(format!("{link}.safetensors")).is_symlink());
            let written = std::fs::read(folder.path().join(format!("store/{place}.safetensors"))).expect("a file");
            assert!(written.len() > 100, "{link}: {} bytes", written.len());
        }
        for link in ["round.safetensors", "lost.safetensors"] {
            failed(folder.path(), &train_long_to("--out", link));
            assert!(folder.path().join(link).is_symlink());
        }
    }

    #[test]
    fn of_two_names_of_a_file_the_other_keeps_what_it_had() {
        let folder = folder();
        write(folder.path(), "pairs.csv", PAIRS);
        write(folder.path(), "one.safetensors", "old");
        std::fs::hard_link(folder.path().join("one.safetensors"), folder.path().join("copy")).expect("a second name");
        done(folder.path(), &[&train_to("one.safetensors")[..], &["--force"]].concat());
        assert_eq!(std::fs::read(folder.path().join("copy")).expect("a file"), b"old");
    }

    #[test]
    fn pipes_and_open_files_are_written_into() {
        let folder = folder();
        write(folder.path(), "pairs.csv", PAIRS);
        done(folder.path(), &train_to("file.safetensors"));
        let expected = std::fs::read(folder.path().join("file.safetensors")).expect("a run");
        let train = "$PROGRAM train pairs.csv --steps 3 --dims 4 --out";
        for script in [
            format!("mkfifo pipe.safetensors; cat pipe.safetensors > got & {train} pipe.safetensors > log && wait"),
            format!("{train} /dev/fd/3 3> got > log"),
            format!("{train} /dev/fd/3 3>&1 > log | cat > got"),
            format!("ln -s /dev/fd/3 link.safetensors; {train} link.safetensors 3>> got > log"),
        ] {
            write(folder.path(), "got", "");
            let output = shell(folder.path(), &script);
            assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(std::fs::read(folder.path().join("got")).expect("a file"), expected, "{script}");
        }
        assert!(std::fs::metadata(folder.path().join("pipe.safetensors")).expect("there").file_type().is_fifo());
        // Together with what is printed, in the order in which it is written, and behind what was there.
        let output = shell(folder.path(), &format!("(echo before; {train} /dev/stdout --json; echo after) > got"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let got = std::fs::read(folder.path().join("got")).expect("a file");
        let printed = got.strip_prefix(b"before\n").and_then(|got| got.strip_prefix(&expected[..])).expect("one after the other");
        assert!(printed.starts_with(b"{") && printed.ends_with(b"}\nafter\n"), "{}", String::from_utf8_lossy(printed));
    }

    #[test]
    fn devices_stay_devices() {
        let folder = folder();
        write(folder.path(), "pairs.csv", PAIRS);
        let null = folder.path().join("null.safetensors");
        if shell(folder.path(), "mknod null.safetensors c 1 3 && : > null.safetensors").status.success() {
            done(folder.path(), &train_to("null.safetensors"));
            assert!(std::fs::symlink_metadata(null).expect("there").file_type().is_char_device());
        }
        // A user may not replace what is in /dev, and root must not.
        done(folder.path(), &train_to("/dev/null"));
        assert!(std::fs::symlink_metadata("/dev/null").expect("there").file_type().is_char_device());
        let message = failed(folder.path(), &train_to("/dev/full"));
        assert!(message.contains("/dev/full") && message.contains("cannot write into"), "{message}");
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("s.safetensors")).expect("a socket");
        assert!(failed(folder.path(), &train_to("s.safetensors")).contains("a socket"));
    }

    #[test]
    fn owner_and_permissions_stay_and_new_files_follow_the_umask() {
        let folder = folder();
        write(folder.path(), "pairs.csv", PAIRS);
        for (umask, expected) in [("077", 0o600), ("002", 0o664), ("022", 0o644)] {
            let name = format!("{umask}.safetensors");
            let script = format!("umask {umask}; $PROGRAM train pairs.csv --steps 3 --dims 4 --out {name}");
            assert!(shell(folder.path(), &script).status.success());
            assert_eq!(mode(&folder.path().join(&name)), expected, "{umask}");
            let script =
                format!("umask {umask}; $PROGRAM train --lesson roses --learner transformer --steps 1 --save-model m{umask}");
            assert!(umask != "077" || shell(folder.path(), &script).status.success());
        }
        assert_eq!(mode(&folder.path().join("m077")), 0o700);
        assert_eq!(mode(&folder.path().join("m077/model.safetensors")), 0o600);
        let path = folder.path().join("022.safetensors");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("set");
        let changes_owner = std::os::unix::fs::chown(&path, Some(12_345), Some(54_321)).is_ok();
        done(folder.path(), &train_to("022.safetensors"));
        assert_eq!(mode(&path), 0o640);
        if changes_owner {
            let about = std::fs::metadata(&path).expect("there");
            assert_eq!((about.uid(), about.gid()), (12_345, 54_321));
        }
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o440)).expect("set");
        assert!(failed(folder.path(), &train_long_to("--out", "022.safetensors")).contains("read-only"));
        std::fs::create_dir(folder.path().join("closed")).expect("a folder");
        std::fs::set_permissions(folder.path().join("closed"), PermissionsExt::from_mode(0o555)).expect("set");
        // Root writes wherever it likes.
        if !is_root() {
            failed(folder.path(), &train_long_to("--out", "closed/run.safetensors"));
            failed(folder.path(), &train_long_to("--save-model", "closed/model"));
        }
    }

    #[test]
    fn what_killed_writers_left_goes_and_nothing_else() {
        let folder = folder();
        write(folder.path(), "pairs.csv", PAIRS);
        let (left, mine) = (".embedding-playground-4294967294-abcdef", ".embedding-playground-notes");
        write(folder.path(), left, "half a run");
        write(folder.path(), mine, "mine");
        done(folder.path(), &train_to("run.safetensors"));
        let mut names: Vec<String> = std::fs::read_dir(folder.path())
            .expect("a folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, [mine, "pairs.csv", "run.safetensors"]);
    }

    #[test]
    fn a_model_saved_over_another_leaves_what_else_is_there() {
        let folder = folder();
        let arguments = "train --lesson roses --learner transformer --steps 1 --save-model tuned";
        let arguments: Vec<&str> = arguments.split(' ').collect();
        done(folder.path(), &arguments);
        let licence = std::fs::read(folder.path().join("tuned/LICENSE")).expect("the model's licence");
        assert!(!licence.is_empty());
        for name in ["README.md", ".git/HEAD", "checkpoint-500/model.bin", "1_Pooling/notes", "LICENSE"] {
            let path = folder.path().join("tuned").join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, name).expect("a file");
        }
        done(folder.path(), &[&arguments[..], &["--seed", "3"]].concat());
        for name in ["README.md", ".git/HEAD", "checkpoint-500/model.bin", "1_Pooling/notes", "LICENSE"] {
            assert_eq!(std::fs::read_to_string(folder.path().join("tuned").join(name)).expect("the user's"), name);
        }
        // A file that is not read but saved again must not carry something out of its place.
        std::fs::remove_file(folder.path().join("tuned/special_tokens_map.json")).expect("removed");
        write(folder.path(), "secret", "a password");
        symlink("../secret", folder.path().join("tuned/special_tokens_map.json")).expect("a link");
        write(folder.path(), "words.txt", "hello\nworld\n");
        let message = failed(folder.path(), &["embed", "words.txt", "--model", "tuned"]);
        assert!(message.contains("special_tokens_map.json") && message.contains("a link to"), "{message}");
    }

    #[test]
    fn a_stream_that_is_full_or_closed_is_no_panic() {
        let folder = folder();
        write(folder.path(), "pairs.csv", PAIRS);
        write(folder.path(), "words.txt", "hello\nworld\n");
        let verbs = [
            "lessons",
            "lessons --json",
            "embed words.txt",
            "embed words.txt --json",
            "train pairs.csv --steps 2 --dims 4",
            "train pairs.csv --steps 2 --dims 4 --json",
            "compare --lesson roses --seeds 1,2 --steps 2 --dims 4",
            "compare-models random tokens",
            "render --lesson roses --out r.svg --json",
            "--help",
            "--version",
            "train --help",
        ];
        for verb in verbs {
            let full = shell(folder.path(), &format!("$PROGRAM {verb} > /dev/full"));
            let message = String::from_utf8_lossy(&full.stderr);
            assert_eq!(full.status.code(), Some(1), "{verb}: {message}");
            assert!(message.contains("cannot write to standard output") && !message.contains("panicked"), "{verb}: {message}");
            for streams in ["2> /dev/full", "2>&-", ">&-", ">&- 2>&-"] {
                let output = shell(folder.path(), &format!("$PROGRAM {verb} {streams}"));
                assert_eq!(output.status.code(), Some(0), "{verb} {streams}: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        for (failing, code) in
            [("train missing.csv", 1), ("embed missing.txt", 1), ("train --nonsense", 2), ("train pairs.csv --dims 1", 2)]
        {
            for streams in ["2> /dev/full", "2>&-", "> /dev/full 2> /dev/full", ">&- 2>&-"] {
                let output = shell(folder.path(), &format!("$PROGRAM {failing} {streams}"));
                assert_eq!(output.status.code(), Some(code), "{failing} {streams}");
            }
        }
        // A reader who has seen enough is no failure.
        let output = shell(folder.path(), "{ $PROGRAM lessons; echo $? > code; } | head -c 1 > one; cat code");
        assert_eq!(output.stdout, b"0\n");
    }
}
