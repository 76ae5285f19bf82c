//! Vectors kept on disk: what is asked again, what is believed, how large it gets.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use embedding_playground::jobs::{Job, News, Order, Outcome, Work, Worker};
use embedding_playground::model::{Encoder, Library, ModelError, Source, VectorCache, embed_through};
use embedding_playground::progress::{self, OnProgress, Progress};
use embedding_playground::space::{SpaceId, Training, Vectors};

/// An encoder that remembers what it was asked, and fails at the phrase `bad`.
pub struct Asked {
    space: SpaceId,
    phrases: Mutex<Vec<String>>,
}

impl Asked {
    pub fn new(space: &str) -> Self {
        Self { space: space.parse().expect("a space"), phrases: Mutex::default() }
    }

    /// What it was asked since the last time this was asked.
    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.phrases.lock().expect("no panic"))
    }

    fn row(&self, phrase: &str) -> Vec<f32> {
        let bytes = phrase.bytes().map(f32::from).sum::<f32>() + self.space.model.len() as f32;
        (0..self.space.dims).map(|place| bytes + place as f32 / 7.0).collect()
    }
}

impl Encoder for Asked {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn embed(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ModelError> {
        if phrases.contains(&"bad") {
            return Err(ModelError::Lacks { model: "m".to_owned(), what: "a vector for it" });
        }
        self.phrases.lock().expect("no panic").extend(phrases.iter().map(|phrase| (*phrase).to_owned()));
        if progress(Progress { done: phrases.len(), total: phrases.len(), unit: "phrases" }) == ControlFlow::Break(()) {
            return Err(ModelError::Cancelled);
        }
        let values: Vec<f32> = phrases.iter().flat_map(|phrase| self.row(phrase)).collect();
        Ok(Vectors::new(self.space.clone(), values))
    }
}

fn cache(folder: &Path) -> VectorCache {
    VectorCache::in_folder(folder.join("cache"), 1 << 30)
}

/// Embeds through a cache that is opened anew, checks what comes, and gives what the encoder was asked.
pub fn embed(folder: &Path, encoder: &Asked, phrases: &[&str]) -> Vec<String> {
    embed_with(&cache(folder), encoder, phrases)
}

fn embed_with(cache: &VectorCache, encoder: &Asked, phrases: &[&str]) -> Vec<String> {
    let vectors = embed_through(Some(cache), encoder, phrases, &mut progress::ignore).expect("embedded");
    let expected: Vec<f32> = phrases.iter().flat_map(|phrase| encoder.row(phrase)).collect();
    assert_eq!(vectors.values(), expected);
    assert_eq!(vectors.space(), encoder.space());
    encoder.taken()
}

/// The only file of the cache.
fn file(folder: &Path) -> PathBuf {
    let entries: Vec<PathBuf> =
        std::fs::read_dir(folder.join("cache")).expect("a folder").map(|entry| entry.expect("one").path()).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries[0].clone()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

const NOTHING: [String; 0] = [];

#[test]
fn only_what_is_new_is_embedded() {
    let folder = folder();
    let model = Asked::new("m@1:3d:mean:unit");
    assert_eq!(embed(folder.path(), &model, &["a", "b", "a", ""]), ["a", "b", ""], "each once");
    assert_eq!(embed(folder.path(), &model, &["b", "c", "", "a"]), ["c"]);
    assert_eq!(embed(folder.path(), &model, &["c", "a", "A"]), ["A"]);
    assert_eq!(embed(folder.path(), &model, &[]), NOTHING);
    let open = cache(folder.path());
    assert_eq!(embed_with(&open, &model, &["a", "d"]), ["d"]);
    // Another program adds something while this one has it open.
    assert_eq!(embed(folder.path(), &model, &["e"]), ["e"]);
    assert_eq!(embed_with(&open, &model, &["e", "d", "f"]), ["f"]);
    let uncached = embed_through(None, &model, &["a"], &mut progress::ignore).expect("embedded");
    assert_eq!((uncached.len(), model.taken()), (1, vec!["a".to_owned()]));
}

#[test]
fn spaces_have_files_of_their_own_and_some_none() {
    let folder = folder();
    for space in [
        "m@1:3d:mean:unit",
        "m@2:3d:mean:unit",
        "m@1:3d:mean",
        "m@1:3d:cls:unit",
        "m@1:3d:mean:unit:prompt=\"q\"",
        "m@1:4d:mean:unit",
    ] {
        assert_eq!(embed(folder.path(), &Asked::new(space), &["a"]), ["a"], "{space}");
        assert_eq!(embed(folder.path(), &Asked::new(space), &["a"]), NOTHING, "{space}");
    }
    let n_files = std::fs::read_dir(folder.path().join("cache")).expect("a folder").count();
    assert_eq!(n_files, 6);
    for space in ["unknown@1:3d", "m:3d:mean", "m@1+abc/7:3d:mean:unit", "m@random-7:3d:mean:unit"] {
        assert_eq!(embed(folder.path(), &Asked::new(space), &["a"]), ["a"], "{space}");
        assert_eq!(embed(folder.path(), &Asked::new(space), &["a"]), ["a"], "{space}");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("cache")).expect("a folder").count(), n_files);
    let trained = SpaceId { training: Some(Training { recipe: "x".to_owned(), step: 1 }), ..Asked::new("m@1:3d").space };
    assert!(!VectorCache::keeps(&trained));
    let random = Library::default().open(&Source::Random(3).into(), &mut progress::ignore).expect("a model");
    assert!(!VectorCache::keeps(random.space()), "{}", random.space());
}

#[test]
fn what_is_damaged_is_not_believed() {
    let phrases = ["a", "b", "c", "d"];
    let record = 16 + 3 * 4 + 8;
    type Damage<'a> = &'a dyn Fn(&mut Vec<u8>);
    let damage: [(&str, Damage<'_>, &[&str]); 9] = [
        ("torn in the last record", &|bytes| bytes.truncate(bytes.len() - 5), &["d"]),
        ("torn at the end of a record", &|bytes| bytes.truncate(bytes.len() - record), &["d"]),
        ("zeros at the end", &|bytes| bytes.iter_mut().rev().take(2 * record).for_each(|byte| *byte = 0), &["c", "d"]),
        ("half a record more", &|bytes| bytes.extend([7; 11]), &[]),
        (
            "another number",
            &|bytes| bytes.iter_mut().rev().nth(4 * record - 20).into_iter().for_each(|byte| *byte ^= 1),
            &phrases,
        ),
        ("another head", &|bytes| bytes[3] ^= 1, &phrases),
        ("half a head", &|bytes| bytes.truncate(10), &phrases),
        ("empty", &|bytes| bytes.clear(), &phrases),
        ("something else", &|bytes| *bytes = vec![b'x'; 5000], &phrases),
    ];
    for (name, damage, asked) in damage {
        let folder = folder();
        let model = Asked::new("m@1:3d:mean:unit");
        embed(folder.path(), &model, &phrases);
        let path = file(folder.path());
        let mut bytes = std::fs::read(&path).expect("a file");
        damage(&mut bytes);
        std::fs::write(&path, bytes).expect("written");
        assert_eq!(embed(folder.path(), &model, &phrases), asked, "{name}");
        assert_eq!(embed(folder.path(), &model, &["e", "d", "c", "b", "a"]), ["e"], "{name}: made anew");
    }
}

#[test]
fn a_file_that_is_removed_or_replaced_under_it_is_noticed() {
    let folder = folder();
    let model = Asked::new("m@1:3d:mean:unit");
    let open = cache(folder.path());
    embed_with(&open, &model, &["a", "b"]);
    std::fs::remove_file(file(folder.path())).expect("removed");
    assert_eq!(embed_with(&open, &model, &["a"]), ["a"]);
    assert_eq!(embed_with(&open, &model, &["a"]), NOTHING);
    std::fs::remove_file(file(folder.path())).expect("removed");
    // As many records, and others.
    assert_eq!(embed(folder.path(), &model, &["c"]), ["c"]);
    assert_eq!(embed_with(&open, &model, &["a", "c"]), ["a"], "not the vector of another phrase");
    assert_eq!(embed_with(&open, &model, &["a", "c"]), NOTHING);
}

#[test]
fn where_nothing_can_be_kept_it_is_embedded_all_the_same() {
    let folder = folder();
    let model = Asked::new("m@1:3d:mean:unit");
    std::fs::write(folder.path().join("cache"), "no folder").expect("written");
    assert_eq!(embed(folder.path(), &model, &["a"]), ["a"]);
    assert_eq!(embed(folder.path(), &model, &["a"]), ["a"]);
    assert_eq!(std::fs::read(folder.path().join("cache")).expect("there"), b"no folder");
    let full = Path::new("/dev/full");
    if full.exists() {
        let cache = VectorCache::in_folder(full.to_owned(), 1000);
        assert_eq!(embed_with(&cache, &model, &["a"]), ["a"]);
    }
}

#[test]
fn what_was_embedded_before_a_failure_is_kept() {
    let folder = folder();
    let model = Asked::new("m@1:3d:mean:unit");
    let mut phrases: Vec<String> = (0..3000).map(|index| format!("phrase {index}")).collect();
    phrases[2500] = "bad".to_owned();
    let texts: Vec<&str> = phrases.iter().map(String::as_str).collect();
    let mut reports = Vec::new();
    let mut listener = |progress| {
        reports.push(progress);
        ControlFlow::Continue(())
    };
    let outcome = embed_through(Some(&cache(folder.path())), &model, &texts, &mut listener);
    assert!(matches!(outcome, Err(ModelError::Lacks { .. })));
    let report = |done| Progress { done, total: 3000, unit: "phrases" };
    assert_eq!(reports, [report(1024), report(2048)]);
    assert_eq!(model.taken().len(), 2048);
    let good: Vec<&str> = texts.iter().copied().filter(|text| *text != "bad").collect();
    assert_eq!(embed(folder.path(), &model, &good).len(), 2999 - 2048);
    let mut stop = |_| ControlFlow::Break(());
    let outcome = embed_through(Some(&cache(folder.path())), &model, &["new"], &mut stop);
    assert!(matches!(outcome, Err(ModelError::Cancelled)));
}

#[test]
fn it_is_bounded_and_what_was_not_used_the_longest_goes_first() {
    let folder = folder();
    let record = 16 + 3 * 4 + 8;
    let bounded = || VectorCache::in_folder(folder.path().join("cache"), 12 * record + 200);
    let models = ["a", "b", "c"].map(|name| Asked::new(&format!("{name}@1:3d:mean")));
    let age = |seconds: u64| {
        for entry in std::fs::read_dir(folder.path().join("cache")).expect("a folder") {
            let file = std::fs::File::options().write(true).open(entry.expect("one").path()).expect("a file");
            let earlier = file.metadata().expect("about").modified().expect("a time") - Duration::from_secs(seconds);
            file.set_modified(earlier).expect("set");
        }
    };
    let phrases = ["1", "2", "3", "4", "5"];
    embed_with(&bounded(), &models[0], &phrases);
    age(60);
    embed_with(&bounded(), &models[1], &phrases);
    age(60);
    // Used again, it is not the oldest any more.
    assert_eq!(embed_with(&bounded(), &models[0], &phrases), NOTHING);
    assert_eq!(embed_with(&bounded(), &models[2], &phrases), phrases);
    assert!(bounded().bytes() <= 12 * record + 200, "{}", bounded().bytes());
    assert_eq!(embed_with(&bounded(), &models[0], &phrases), NOTHING);
    assert_eq!(embed_with(&bounded(), &models[1], &phrases), phrases, "it had to go");
    // More than all may be: as much as there is room for, and anew when it is full.
    let many: Vec<String> = (0..40).map(|index| format!("more {index}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    embed_with(&bounded(), &models[2], &many);
    assert!(bounded().bytes() <= 12 * record + 200, "{}", bounded().bytes());
    embed_with(&bounded(), &models[2], &many);
    assert!(bounded().bytes() <= 12 * record + 200, "{}", bounded().bytes());
    let bytes = bounded().bytes();
    std::fs::write(folder.path().join("cache/servers.json"), "[]").expect("written");
    assert!(bytes > 0 && bounded().remove_all().expect("removed") == bytes);
    assert_eq!(bounded().bytes(), 0);
    assert!(folder.path().join("cache/servers.json").exists(), "nothing but vectors");
}

#[test]
fn two_write_at_once_and_lose_nothing() {
    let folder = folder();
    let n = 400;
    std::thread::scope(|scope| {
        for turn in 0..4 {
            let folder = folder.path();
            scope.spawn(move || {
                let (cache, model) = (cache(folder), Asked::new("m@1:3d:mean:unit"));
                for index in 0..n / 4 {
                    embed_with(&cache, &model, &[&format!("{turn} {index}")]);
                }
            });
        }
    });
    let all: Vec<String> = (0..4).flat_map(|turn| (0..n / 4).map(move |index| format!("{turn} {index}"))).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(embed(folder.path(), &Asked::new("m@1:3d:mean:unit"), &all), NOTHING);
}

#[test]
fn ten_thousand_phrases_are_there_again_at_once() {
    let folder = folder();
    let model = Asked::new("m@1:384d:mean:unit");
    let phrases: Vec<String> = (0..10_000).map(|index| format!("phrase {index}")).collect();
    let texts: Vec<&str> = phrases.iter().map(String::as_str).collect();
    let started = Instant::now();
    embed_through(Some(&cache(folder.path())), &model, &texts, &mut progress::ignore).expect("embedded");
    let written = started.elapsed();
    model.taken();
    let started = Instant::now();
    let open = cache(folder.path());
    let vectors = embed_through(Some(&open), &model, &texts, &mut progress::ignore).expect("read");
    let read = started.elapsed();
    assert_eq!((vectors.len(), model.taken().len()), (10_000, 0));
    let started = Instant::now();
    embed_through(Some(&open), &model, &["one more"], &mut progress::ignore).expect("embedded");
    println!("10 000 phrases of 384 numbers: written in {written:?}, read in {read:?}, one more in {:?}", started.elapsed());
    assert!(read < Duration::from_secs(1), "{read:?}");
}

#[test]
fn the_worker_keeps_vectors_where_it_is_told_to() {
    let folder = folder();
    let embedded = |cache: Option<VectorCache>| {
        let worker = Worker::with_cache(cache, || {}).expect("a thread");
        worker.carry_out(Order::Start(Job { id: 1, work: Work::Embed(Source::Embedded.into(), vec!["roses".into()]) }));
        loop {
            match worker.recv_timeout(Duration::from_secs(60)).expect("news").news {
                News::Ended(Outcome::Embedded(embedding)) => return embedding.vectors,
                News::Ended(other) => panic!("{other:?}"),
                News::Progress { .. } | News::Places(..) => {}
            }
        }
    };
    let plain = embedded(None);
    assert!(!folder.path().join("cache").exists());
    assert_eq!(embedded(Some(cache(folder.path()))), plain);
    let path = file(folder.path());
    let before = SystemTime::now() - Duration::from_secs(1000);
    let about = std::fs::File::options().write(true).open(&path).expect("a file");
    about.set_modified(before).expect("set");
    assert_eq!(embedded(Some(cache(folder.path()))), plain);
    assert!(path.metadata().expect("about").modified().expect("a time") > before, "it was used");
    let text = std::fs::read(&path).expect("a file");
    assert!(!text.windows(5).any(|part| part == b"roses"), "phrases are not in it");
}
