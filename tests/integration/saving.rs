//! Two on one project file: a save that would undo another's is asked about first.

use std::path::Path;

use embedding_playground::playground::{Act, Edit, LessonCommand};

use crate::commands::Bench;

/// A playground whose project is saved at `path`.
fn saved_at(path: &Path) -> Bench {
    let mut bench = Bench::lesson("roses");
    bench.apply(Act::Lesson(LessonCommand::Leave));
    bench.apply(Act::SaveAs(path.to_owned()));
    bench.settle();
    assert!(!bench.playground.is_unsaved());
    bench
}

fn opened(path: &Path) -> Bench {
    let mut bench = Bench::lesson("roses");
    bench.apply(Act::Open(path.to_owned()));
    bench.settle();
    bench
}

fn add(bench: &mut Bench, text: &str) {
    bench.apply(Edit::AddPhrases(vec![text.to_owned()], None));
}

fn save(bench: &mut Bench) {
    bench.apply(Act::Save);
    bench.settle();
}

fn holds(path: &Path, text: &str) -> bool {
    std::fs::read_to_string(path).expect("a file").contains(text)
}

#[test]
fn the_second_save_asks_before_it_undoes_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.json");
    let mut one = saved_at(&path);
    let mut two = opened(&path);
    add(&mut two, "Of the second");
    save(&mut two);
    add(&mut one, "Of the first");
    save(&mut one);
    assert_eq!(one.playground.changed_meanwhile(), Some(&*path));
    assert!(one.playground.is_unsaved() && holds(&path, "Of the second") && !holds(&path, "Of the first"));
    // Left as it is, it is asked about again.
    one.apply(Act::LeaveChanged);
    assert_eq!(one.playground.changed_meanwhile(), None);
    save(&mut one);
    assert!(one.playground.changed_meanwhile().is_some());
    // Under another name both are kept.
    let other = folder.path().join("other.json");
    one.apply(Act::SaveAs(other.clone()));
    one.settle();
    assert!(one.playground.changed_meanwhile().is_none() && !one.playground.is_unsaved());
    assert!(holds(&other, "Of the first") && holds(&path, "Of the second"));
}

#[test]
fn yours_or_theirs_is_taken_as_a_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.json");
    let (mut one, mut two) = (saved_at(&path), opened(&path));
    add(&mut one, "Of the first");
    save(&mut one);
    add(&mut two, "Of the second");
    save(&mut two);
    two.apply(Act::SaveOver);
    two.settle();
    assert!(holds(&path, "Of the second") && !holds(&path, "Of the first") && !two.playground.is_unsaved());
    // And the other one takes what is there, and saves from then on without a question.
    save(&mut one);
    assert!(one.playground.changed_meanwhile().is_some());
    one.apply(Act::Open(path.clone()));
    one.settle();
    assert!(one.playground.document().phrase_with_text("Of the second").is_some());
    assert!(one.playground.document().phrase_with_text("Of the first").is_none());
    add(&mut one, "Later");
    save(&mut one);
    assert!(one.playground.changed_meanwhile().is_none() && holds(&path, "Later"));
}

#[test]
fn what_is_the_same_or_gone_needs_no_question() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.json");
    let mut one = saved_at(&path);
    // Written anew by somebody, and the same.
    std::fs::write(&path, std::fs::read(&path).expect("read")).expect("written");
    add(&mut one, "First");
    save(&mut one);
    assert!(one.playground.changed_meanwhile().is_none() && holds(&path, "First"));
    std::fs::remove_file(&path).expect("gone");
    add(&mut one, "Second");
    save(&mut one);
    assert!(one.playground.changed_meanwhile().is_none() && holds(&path, "Second"));
}

#[test]
fn the_next_start_still_knows_what_the_file_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.json");
    let mut one = saved_at(&path);
    add(&mut one, "Not saved");
    let session = one.playground.session();
    let mut two = opened(&path);
    add(&mut two, "Of the second");
    save(&mut two);
    let mut next = Bench::lesson("job");
    next.apply(Act::Recover(Box::new(session)));
    save(&mut next);
    assert!(next.playground.changed_meanwhile().is_some() && !holds(&path, "Not saved"));
}
