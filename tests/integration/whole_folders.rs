//! A folder of files that belong together is whole at every moment, whoever is killed or reads meanwhile.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use embedding_playground::files::{FileError, FolderKind, OpenFile, Part, check_folder, open_together, write_folder};

const KIND: FolderKind<'static> = FolderKind { mark: "modules.json", sub_folders: &["1_Pooling"] };

fn read_together(folder: &Path, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>, FileError> {
    open_together(folder, names)?.iter().map(|file| file.as_ref().map(OpenFile::read).transpose()).collect()
}
const NAMES: [&str; 6] =
    ["config.json", "tokenizer.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json", "model.safetensors"];
/// By this a test program knows that it is to write until it is killed, and where.
const WRITE_INTO: &str = "WRITE_FOLDERS_INTO";

/// Two models: the first pools and the second limits, and no file is the same in both.
fn model(second: bool) -> Vec<(&'static str, Option<Vec<u8>>)> {
    let text = |name: &str| format!("{second} {name} ").repeat(if name.ends_with("tensors") { 10_000 } else { 10 });
    let is_there = |name: &str| name != if second { "1_Pooling/config.json" } else { "sentence_bert_config.json" };
    NAMES.into_iter().map(|name| (name, is_there(name).then(|| text(name).into_bytes()))).collect()
}

fn save(folder: &Path, second: bool) -> Result<(), FileError> {
    let model = model(second);
    let parts: Vec<Part<'_>> = model.iter().map(|(name, bytes)| (*name, bytes.as_deref())).collect();
    write_folder(folder, &parts, KIND)
}

/// Which of the two models is in `folder`; it fails if it is none of them.
fn saved(folder: &Path) -> bool {
    let contents = read_together(folder, &NAMES).expect("a folder that can be read");
    let is = |second: bool| model(second).into_iter().map(|(_, bytes)| bytes).eq(contents.iter().cloned());
    assert!(is(false) || is(true), "a mixture: {:?}", contents.iter().map(Option::is_some).collect::<Vec<_>>());
    is(true)
}

const OTHERS: [&str; 5] = ["README.md", ".git/HEAD", "checkpoint-500/model.bin", "1_Pooling/notes.txt", "eval/a/b.csv"];

fn add_others(folder: &Path) {
    for name in OTHERS {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, name).expect("a file");
    }
}

fn check_others(folder: &Path) {
    for name in OTHERS {
        assert_eq!(std::fs::read_to_string(folder.join(name)).expect("the user's file"), name);
    }
}

fn writer(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "whole_folders::writes_if_it_is_told_to"]).env(WRITE_INTO, folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts")
}

/// No test but what the others start and kill.
#[test]
fn writes_if_it_is_told_to() {
    let Ok(folder) = std::env::var(WRITE_INTO) else { return };
    let folder = Path::new(&folder);
    // Whoever started it kills it long before; should that be gone, it must not go on for ever.
    let started = std::time::Instant::now();
    for round in (0_u64..).take_while(|_| started.elapsed() < Duration::from_secs(30)) {
        save(&folder.join("model"), round.is_multiple_of(2)).expect("saved");
        save(&folder.join(format!("new-{}-{round}", std::process::id())), false).expect("saved");
    }
}

fn check_new_ones(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.file_name().to_string_lossy().starts_with("new-") {
            saved(&entry.path());
            std::fs::remove_dir_all(entry.path()).expect("removed");
        }
    }
}

#[test]
fn who_is_killed_while_saving_leaves_the_old_model_or_the_new_one_and_all_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().join("model");
    save(&model, false).expect("saved");
    add_others(&model);
    let rounds: u64 = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(60);
    let (mut under_way, mut seconds) = (0, 0);
    for round in 0..rounds {
        let mut child = writer(folder.path());
        // Spread over the first writes, without a clock's luck.
        std::thread::sleep(Duration::from_micros(12_000 + round * 7_919 % 40_000));
        child.kill().expect("killed");
        child.wait().expect("gone");
        under_way += usize::from(model.join(".embedding-playground-model").exists());
        seconds += usize::from(saved(&model));
        check_others(&model);
        check_new_ones(folder.path());
    }
    println!("{rounds} kills, {under_way} of them in the middle of several files, {seconds} left the second model");
    save(&model, true).expect("a write after all that");
    assert!(saved(&model));
    save(&folder.path().join("another"), true).expect("saved");
    for place in [&model, folder.path()] {
        let left: Vec<_> = std::fs::read_dir(place).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
        let is_ours = |name: &std::ffi::OsString| name.to_string_lossy().starts_with(".embedding-playground");
        assert!(!left.iter().any(is_ours), "tidied up: {left:?}");
    }
    check_others(&model);
}

#[test]
fn who_reads_while_another_saves_sees_one_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().join("model");
    save(&model, false).expect("saved");
    let mut child = writer(folder.path());
    let (mut seen, mut busy) = ([0, 0], 0);
    for _ in 0..300 {
        match read_together(&model, &NAMES) {
            Ok(_) => seen[usize::from(saved_or_busy(&model).unwrap_or(false))] += 1,
            Err(error) => {
                assert!(error.to_string().contains("try again"), "{error}");
                busy += 1;
            }
        }
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    println!("{seen:?} reads of the two models, {busy} gave up");
    assert!(seen[0] + seen[1] > busy, "{seen:?}, {busy}");
}

/// As [`saved`], but a reader may give up.
fn saved_or_busy(folder: &Path) -> Option<bool> {
    let contents = read_together(folder, &NAMES).ok()?;
    let is = |second: bool| model(second).into_iter().map(|(_, bytes)| bytes).eq(contents.iter().cloned());
    assert!(is(false) || is(true), "a mixture: {:?}", contents.iter().map(Option::is_some).collect::<Vec<_>>());
    Some(is(true))
}

#[test]
fn two_writers_do_not_mix_their_models() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().join("model");
    save(&model, false).expect("saved");
    let mut child = writer(folder.path());
    let mut refused = 0;
    for round in 0..50 {
        match save(&model, round % 2 == 0) {
            Ok(()) => {}
            Err(error) => {
                assert!(error.to_string().contains("somebody else is writing"), "{error}");
                refused += 1;
            }
        }
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    println!("{refused} of 50 writes came at another's time");
    saved(&model);
}

#[test]
fn only_what_differs_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let model_folder = folder.path().join("model");
    save(&model_folder, false).expect("saved");
    let times = || NAMES.map(|name| std::fs::metadata(model_folder.join(name)).and_then(|about| about.modified()).ok());
    let before = times();
    save(&model_folder, false).expect("saved again");
    assert_eq!(times(), before);
    let mut parts = model(false);
    parts.last_mut().expect("weights").1 = Some(b"other weights".to_vec());
    let parts: Vec<Part<'_>> = parts.iter().map(|(name, bytes)| (*name, bytes.as_deref())).collect();
    write_folder(&model_folder, &parts, KIND).expect("saved");
    assert_eq!(times()[..5], before[..5]);
    assert_eq!(std::fs::read(model_folder.join("model.safetensors")).expect("weights"), b"other weights");
}

#[test]
fn what_is_no_such_folder_is_refused_before_the_work_and_at_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("file"), "mine").expect("a file");
    std::fs::create_dir_all(at("thesis/images")).expect("a folder");
    for (name, expected) in [("file", "got a file"), ("thesis", "of another kind"), ("no/model", "there is no folder")] {
        let (before, during) = (check_folder(&at(name), KIND), save(&at(name), true));
        let messages = [before, during].map(|result| result.expect_err("refused").to_string());
        assert!(messages.iter().all(|message| message.contains(expected) && message.contains(name)), "{messages:?}");
    }
    assert_eq!(std::fs::read(at("file")).expect("mine"), b"mine");
    std::fs::create_dir(at("empty")).expect("a folder");
    for name in ["empty", "new"] {
        check_folder(&at(name), KIND).expect("may be written");
        save(&at(name), true).expect("saved");
        assert!(saved(&at(name)));
        check_folder(&at(name), KIND).expect("may be written again");
    }
    std::fs::create_dir(at("new/1_Pooling/")).expect("a folder");
    std::fs::write(at("new/1_Pooling/notes"), "mine").expect("a file");
    save(&at("new"), false).and_then(|()| save(&at("new"), true)).expect("saved");
    assert_eq!(std::fs::read(at("new/1_Pooling/notes")).expect("mine"), b"mine");
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 4, "a check leaves nothing behind");
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_link_in_the_folder_is_replaced_and_what_it_leads_to_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for several in [false, true] {
            save(&at("model"), false).expect("saved");
            std::fs::write(at("outside"), "not the model's").expect("a file");
            std::fs::remove_file(at("model/model.safetensors")).expect("removed");
            symlink("../outside", at("model/model.safetensors")).expect("a link");
            let message = read_together(&at("model"), &NAMES).expect_err("out of the folder").to_string();
            assert!(message.contains("model.safetensors") && message.contains("outside"), "{message}");
            save(&at("model"), several).expect("saved");
            assert_eq!(saved(&at("model")), several);
            assert_eq!(std::fs::read(at("outside")).expect("a file"), b"not the model's");
        }
        std::fs::create_dir(at("elsewhere")).expect("a folder");
        std::fs::remove_dir_all(at("model/1_Pooling")).unwrap_or_default();
        symlink("../elsewhere", at("model/1_Pooling")).expect("a link");
        let message = check_folder(&at("model"), KIND).expect_err("a link out").to_string();
        assert!(message.contains("1_Pooling"), "{message}");
        assert!(save(&at("model"), false).is_err());
        assert_eq!(std::fs::read_dir(at("elsewhere")).expect("a folder").count(), 0);
    }

    #[test]
    fn a_link_to_a_folder_stays_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        save(&at("v1"), false).expect("saved");
        symlink("v1", at("latest")).expect("a link");
        symlink("v2", at("next")).expect("a link that leads nowhere yet");
        symlink("round", at("round")).expect("a circle");
        for (link, place) in [("latest", "v1"), ("next", "v2")] {
            check_folder(&at(link), KIND).expect("may be written");
            save(&at(link), true).expect("saved");
            assert!(saved(&at(place)) && at(link).is_symlink());
        }
        assert!(check_folder(&at("round"), KIND).is_err() && save(&at("round"), true).is_err());
    }

    #[test]
    fn permissions_stay_and_new_ones_are_usual() {
        let folder = tempfile::tempdir().expect("a folder");
        let model = folder.path().join("model");
        let mode = |name: &str| std::fs::metadata(model.join(name)).expect("there").mode() & 0o777;
        let set = |name: &str, mode| std::fs::set_permissions(model.join(name), PermissionsExt::from_mode(mode)).expect("set");
        save(&model, false).expect("saved");
        assert_eq!(mode("config.json") & 0o600, 0o600);
        let inode = std::fs::metadata(&model).expect("there").ino();
        set("", 0o750);
        set("model.safetensors", 0o640);
        set("config.json", 0o444);
        save(&model, true).expect("saved");
        assert_eq!((mode(""), mode("model.safetensors"), mode("config.json")), (0o750, 0o640, 0o444));
        assert_eq!(std::fs::metadata(&model).expect("there").ino(), inode, "it is the same folder");
    }

    #[test]
    fn a_snapshot_of_the_hub_is_read_by_its_links() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("models--a--b/blobs")).expect("a folder");
        std::fs::create_dir_all(at("models--a--b/snapshots/abc")).expect("a folder");
        std::fs::write(at("models--a--b/blobs/123"), "{}").expect("a file");
        symlink("../../blobs/123", at("models--a--b/snapshots/abc/config.json")).expect("a link");
        let read = read_together(&at("models--a--b/snapshots/abc"), &["config.json", "tokenizer.json"]).expect("read");
        assert_eq!(read, [Some(b"{}".to_vec()), None]);
        symlink("../../../secret", at("models--a--b/snapshots/abc/tokenizer.json")).expect("a link");
        std::fs::write(at("secret"), "{}").expect("a file");
        assert!(read_together(&at("models--a--b/snapshots/abc"), &["tokenizer.json"]).is_err());
    }
}
