//! Project files: round trip, frozen versions, damage, and a disk that refuses.

use std::path::Path;
use std::time::Duration;

use embedding_playground::choice::Choice;
use embedding_playground::files;
use embedding_playground::jobs::{Order, Task, Worker};
use embedding_playground::model::Source;
use embedding_playground::playground::{Act, Edit, Playground, file};
use embedding_playground::train::{Axes, LearnerKind, OptimizerKind, Settings};

use crate::support::fixture;

fn lesson() -> Playground {
    Playground::with_lesson("roses").0
}

/// Carries out a command that reads or writes a file, with a worker.
fn with_worker(playground: &mut Playground, act: Act) {
    let worker = Worker::start(|| {}).expect("a thread");
    // Only the file work: training and embedding are other tests' business.
    let is_of_files = |order: &Order| matches!(order, Order::Start(job) if [Task::Open, Task::Save].contains(&job.work.task()));
    playground.apply(act).into_iter().filter(is_of_files).for_each(|order| worker.carry_out(order));
    let event = worker.recv_timeout(Duration::from_secs(20)).expect("an answer");
    playground.absorb(event);
}

#[test]
fn a_project_reads_back_as_it_was_written() {
    let mut playground = lesson();
    playground.apply(Edit::AddPhrases(vec!["naïve “quotes” \\ 早上好".to_owned()], None));
    playground.apply(Edit::SetSettings(Settings { learning_rate: 0.1, ..Default::default() }));
    let view = file::View { axes: Axes::LastStep, step: 17 };
    let bytes = file::write(playground.document(), &view);
    let (document, read_view) = file::read(&bytes).expect("a project");
    assert_eq!(read_view, view);
    assert_eq!(file::write(&document, &view), bytes);
    assert_eq!(document.train_input(), playground.document().train_input());
}

#[test]
fn values_stand_in_a_project_by_the_names_that_the_command_line_takes() {
    let mut playground = lesson();
    let adapter = playground.document().recipe.for_learner(LearnerKind::Adapter);
    playground.apply(Edit::SetRecipe(adapter));
    let bytes = file::write(playground.document(), &file::View::default());
    let text = String::from_utf8(bytes.clone()).expect("text");
    for name in [LearnerKind::Adapter.name(), OptimizerKind::AdamW.name(), Axes::default().name()] {
        assert!(text.contains(&format!("\"{name}\"")), "{name}: {text}");
    }
    let (document, _) = file::read(&bytes).expect("a project");
    assert_eq!(document.train_input(), playground.document().train_input());
}

#[test]
fn the_frozen_project_of_version_1_opens() {
    let bytes = std::fs::read(fixture("project_v1.json")).expect("the fixture");
    let (document, view) = file::read(&bytes).expect("a project of version 1");
    assert_eq!((document.phrases.len(), document.groups.len(), document.pairs.len()), (4, 2, 2));
    assert_eq!((document.recipe.seed, document.recipe.changes.len()), (11, 1));
    assert_eq!(view, file::View { axes: Axes::FirstStep, step: 30 });
}

#[test]
fn the_frozen_project_of_version_2_opens() {
    let bytes = std::fs::read(fixture("project_v2.json")).expect("the fixture");
    let (document, view) = file::read(&bytes).expect("a project of version 2");
    let recipe = &document.recipe;
    assert_eq!((recipe.warmup, recipe.patience, recipe.holdout), (5, 50, 0.25));
    assert_eq!((recipe.settings.weight_decay, recipe.settings.max_gradient), (0.02, 2.0));
    assert_eq!(document.pairs[0].score.map(embedding_playground::data::Score::value), Some(1.0));
    let (again, _) = file::read(&file::write(&document, &view)).expect("as it was written");
    assert_eq!(again, document);
}

#[test]
fn the_frozen_project_of_version_4_opens() {
    let bytes = std::fs::read(fixture("project_v4.json")).expect("the fixture");
    let (document, view) = file::read(&bytes).expect("a project of version 4");
    let settings = &document.model.settings;
    assert_eq!((settings.prompt.as_deref(), settings.limit), (Some("query"), Some(64)));
    assert_eq!(settings.pooling.as_ref().map(ToString::to_string).as_deref(), Some("cls+mean"));
    let (again, _) = file::read(&file::write(&document, &view)).expect("as it was written");
    assert_eq!(again, document);
}

#[test]
fn the_frozen_project_of_version_3_opens() {
    let bytes = std::fs::read(fixture("project_v3.json")).expect("the fixture");
    let (document, view) = file::read(&bytes).expect("a project of version 3");
    assert_eq!(document.model, Source::Folder("models/small".into()).into());
    assert_eq!((document.recipe.learner, document.recipe.dims), (LearnerKind::Adapter, 32));
    assert_eq!((document.phrases.len(), document.pairs.len()), (4, 2));
    let (again, _) = file::read(&file::write(&document, &view)).expect("as it was written");
    assert_eq!(again, document);
    for old in ["project_v1.json", "project_v2.json"] {
        let bytes = std::fs::read(fixture(old)).expect("the fixture");
        assert_eq!(file::read(&bytes).expect("an older project").0.model, Source::Embedded.into(), "{old}");
    }
    let text = String::from_utf8(bytes).expect("text");
    let error = file::read(text.replace("folder:models/small", "random:x").as_bytes()).expect_err("no seed").to_string();
    assert!(error.contains("whole number") && error.contains("line"), "{error}");
}

#[test]
fn bad_projects_are_refused_with_line_and_reason() {
    let good = std::fs::read_to_string(fixture("project_v1.json")).expect("the fixture");
    let error = |text: &str| file::read(text.as_bytes()).expect_err("a bad project").to_string();
    assert!(error("").contains("line"), "empty");
    assert!(error(&good[..good.len() / 2]).contains("line"), "truncated");
    assert!(error("{\"a\": 1}").contains("format"));
    assert!(error(&good.replace("\"version\": 1", "\"version\": 99")).contains("update Embedding Playground"));
    let wrong = error(&good.replace("\"seed\": 11", "\"seed\": \"eleven\""));
    assert!(wrong.contains("line 26") && wrong.contains("u64"), "{wrong}");
    let unknown_loss = error(&good.replace("\"triplet-cosine\"", "\"guess\""));
    assert!(
        unknown_loss.contains("guess") && unknown_loss.contains("triplet-euclidean") && unknown_loss.contains("line"),
        "{unknown_loss}"
    );
    assert!(error(&good.replace("\"positive\": \"flowers\"", "\"positive\": \"roses\"")).contains("different phrases"));
    assert!(error(&good.replace("\"dims\": 8", "\"dims\": 1")).contains("2 to 1024"));
    assert!(error(&good.replace("\"dims\": 8", "\"dimz\": 8")).contains("dimz"));
    let unknown = error(&good.replace("\"positive\": \"flowers\"", "\"positive\": \"tulips\""));
    assert!(unknown.contains("tulips") && unknown.contains("line 22"), "{unknown}");
    let twice = error(&good.replace("\"text\": \"lion\"", "\"text\": \"roses\""));
    assert!(twice.contains("again"), "{twice}");
}

#[test]
fn saving_and_opening_go_through_the_worker_and_end_unsaved() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("my project.json");
    let mut playground = lesson();
    playground.apply(Edit::AddPhrases(vec!["another".to_owned()], None));
    assert!(playground.is_unsaved());
    with_worker(&mut playground, Act::SaveAs(path.clone()));
    assert!(!playground.is_unsaved());
    assert_eq!(playground.path(), Some(path.as_path()));
    let mut other = Playground::empty();
    with_worker(&mut other, Act::Open(path));
    assert_eq!(other.document().train_input(), playground.document().train_input());
    assert!(!other.is_unsaved());
}

#[test]
fn a_file_that_can_not_be_opened_leaves_the_document_and_names_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = [
        ("project.json", "{\"format\": \"embedding-playground project\", \"version\": 9}"),
        ("pairs.csv", "anchor,positive\na\n"),
        ("empty.csv", ""),
        ("phrases.txt", "\n\n"),
        ("vectors.npy", "x"),
    ];
    for (name, content) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        let mut playground = lesson();
        let before = playground.document().clone();
        with_worker(&mut playground, Act::Open(path));
        // Of a text the user may say what it is; all else is a notice.
        match playground.offered() {
            Some(look) => {
                assert!(look.content.is_err() && look.offer.path.as_deref().is_some_and(|path| path.ends_with(name)), "{name}")
            }
            None => {
                let notice = playground.notice().expect("a notice");
                assert!(notice.is_error && notice.text.contains(name), "{}", notice.text);
            }
        }
        assert_eq!(*playground.document(), before, "{name}");
    }
    let mut playground = lesson();
    with_worker(&mut playground, Act::Open(folder.path().join("missing.json")));
    assert!(playground.notice().is_some_and(|notice| notice.text.contains("missing.json")));
}

#[test]
fn pairs_and_phrases_open_as_a_new_document_with_nothing_to_save() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content, n_phrases, n_pairs) in [
        ("a.csv", "anchor,positive\na,b\nb,c\n", 3, 2),
        ("b.txt", "one\ntwo\none\n", 2, 0),
        ("c.tsv", "id\tphrase\n1\tone\n2\ttwo\n", 2, 0),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        let mut playground = lesson();
        with_worker(&mut playground, Act::Open(path));
        // A table is shown first.
        if playground.offered().is_some() {
            playground.apply(Act::Import { is_added: false });
        }
        assert_eq!((playground.document().phrases.len(), playground.document().pairs.len()), (n_phrases, n_pairs), "{name}");
        assert!(!playground.is_unsaved() && playground.path().is_none(), "{name}");
    }
}

#[test]
fn a_failed_write_leaves_the_old_file_and_the_document() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("old.json");
    std::fs::write(&path, "old").expect("a file");
    let mut permissions = std::fs::metadata(&path).expect("metadata").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).expect("read-only");
    assert!(files::write_atomically(&path, b"new").is_err());
    assert_eq!(std::fs::read_to_string(&path).expect("the old file"), "old");
    let nowhere = Path::new("/no/such/folder/x.json");
    let error = files::write_atomically(nowhere, b"new").expect_err("no folder").to_string();
    assert!(error.contains("/no/such/folder/x.json") && error.contains("unchanged"), "{error}");
    let mut playground = lesson();
    playground.apply(Edit::AddPhrases(vec!["kept".to_owned()], None));
    with_worker(&mut playground, Act::SaveAs(nowhere.to_owned()));
    assert!(playground.is_unsaved() && playground.notice().is_some_and(|notice| notice.is_error));
    assert!(playground.document().phrase_with_text("kept").is_some());
}
