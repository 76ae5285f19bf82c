//! From one lesson to the next: nobody is asked about a lesson's own document, and what a learner made in one is there again.

use embedding_playground::playground::{Act, Edit, LessonCommand, Playground, Session};

use crate::commands::Bench;

const OWN: &str = "My kitten sleeps on the sofa";

fn lesson_command(bench: &mut Bench, command: LessonCommand) {
    bench.apply(Act::Lesson(command));
    bench.settle();
}

fn open(bench: &mut Bench, name: &'static str) {
    bench.apply(Act::OpenLesson(name));
    bench.settle();
}

fn type_own(bench: &mut Bench, text: &str) {
    bench.apply(Edit::AddPhrases(vec![text.to_owned()], None));
    bench.settle();
}

fn has(playground: &Playground, text: &str) -> bool {
    playground.document().phrase_with_text(text).is_some()
}

fn place(playground: &Playground) -> usize {
    playground.course().given().expect("a lesson").place()
}

/// The first lesson at its second step, with a phrase of the learner's.
fn first_with_own() -> Bench {
    let mut bench = Bench::lesson("job");
    bench.settle();
    lesson_command(&mut bench, LessonCommand::Next);
    type_own(&mut bench, OWN);
    lesson_command(&mut bench, LessonCommand::Next);
    bench
}

#[test]
fn what_was_typed_in_a_lesson_is_there_again() {
    let mut bench = first_with_own();
    assert!(bench.playground.is_unsaved() && bench.playground.can_leave_lesson());
    open(&mut bench, "pairs");
    let notice = bench.playground.notice().expect("it is said that it is kept").text.clone();
    assert!(notice.contains("What a model does") && notice.contains("kept"), "{notice}");
    assert!(!has(&bench.playground, OWN) && bench.playground.left_lesson().is_none());
    // Chosen again, the lesson begins anew; its learner goes on where she was if she wants to.
    open(&mut bench, "job");
    assert_eq!((place(&bench.playground), has(&bench.playground, OWN)), (0, false));
    assert_eq!(bench.playground.left_lesson().expect("it is kept").given.place, 2);
    lesson_command(&mut bench, LessonCommand::GoOn);
    assert_eq!((place(&bench.playground), has(&bench.playground, OWN)), (2, true));
    assert!(bench.playground.is_unsaved() && bench.playground.left_lesson().is_none());
    // What she does next is waited for as before.
    assert!(!bench.playground.course().given().expect("it").progressed().is_met, "a second phrase is waited for");
    type_own(&mut bench, "The cat dozes on a cushion");
    assert!(bench.playground.course().given().expect("it").progressed().is_met);
}

#[test]
fn what_a_lesson_does_itself_is_nothing_to_keep() {
    let mut bench = Bench::lesson("pairs");
    bench.settle();
    for _ in 0..3 {
        lesson_command(&mut bench, LessonCommand::ShowMe);
        lesson_command(&mut bench, LessonCommand::Next);
    }
    assert!(!bench.playground.is_unsaved() && bench.playground.can_leave_lesson());
    open(&mut bench, "roses");
    assert!(bench.playground.notice().is_none());
    open(&mut bench, "pairs");
    assert!(bench.playground.left_lesson().is_none());
}

#[test]
fn what_was_kept_first_is_not_lost_to_what_comes_second() {
    let mut bench = first_with_own();
    open(&mut bench, "pairs");
    open(&mut bench, "job");
    type_own(&mut bench, "Another one");
    assert!(!bench.playground.can_leave_lesson(), "one of the two would be lost: that is asked");
    // Going on takes up the one and keeps the other.
    lesson_command(&mut bench, LessonCommand::GoOn);
    assert!(has(&bench.playground, OWN) && !has(&bench.playground, "Another one"));
    lesson_command(&mut bench, LessonCommand::GoOn);
    assert!(has(&bench.playground, "Another one") && !has(&bench.playground, OWN));
    lesson_command(&mut bench, LessonCommand::GoOn);
    assert!(has(&bench.playground, OWN));
}

#[test]
fn it_is_there_at_the_next_start_too() {
    let mut bench = first_with_own();
    open(&mut bench, "pairs");
    let kept = serde_json::to_string(&bench.playground.session()).expect("JSON");
    let session: Session = serde_json::from_str(&kept).expect("a session");
    let (playground, orders) = Playground::resumed(session, "job");
    bench.playground = playground;
    bench.carry_out(orders);
    bench.settle();
    open(&mut bench, "job");
    lesson_command(&mut bench, LessonCommand::GoOn);
    assert_eq!((place(&bench.playground), has(&bench.playground, OWN)), (2, true));
    // One that was kept by an older program, and may have been changed, counts as changed.
    let mut old: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    old["course"]["given"].as_object_mut().expect("an object").remove("is_touched");
    old["course"].as_object_mut().expect("an object").remove("left");
    let session: Session = serde_json::from_value(old).expect("an older session");
    assert!(session.course.given.is_some_and(|given| given.is_touched) && session.course.left.is_empty());
}

#[test]
fn a_lesson_that_was_saved_as_a_project_asks_as_any_project() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = first_with_own();
    bench.apply(Act::SaveAs(folder.path().join("mine.json")));
    bench.settle();
    type_own(&mut bench, "Not saved yet");
    assert!(bench.playground.is_unsaved() && !bench.playground.can_leave_lesson());
}

#[test]
fn playing_waits_for_the_guess_and_says_so() {
    let mut bench = Bench::lesson("pairs");
    bench.settle();
    for _ in 0..3 {
        lesson_command(&mut bench, LessonCommand::ShowMe);
        lesson_command(&mut bench, LessonCommand::Next);
    }
    for act in [Act::TogglePlay, Act::Step] {
        bench.apply(act);
        assert!(!bench.playground.is_playing() && bench.playground.step() == 0);
        let notice = bench.playground.notice().expect("it says why it waits");
        assert!(!notice.is_error && notice.text.contains("guess first"), "{}", notice.text);
    }
    use embedding_playground::playground::Answer;
    lesson_command(&mut bench, LessonCommand::Answer(Answer::Choice(0)));
    assert!(bench.playground.notice().is_none(), "what was said of the guess goes with it");
    bench.apply(Act::TogglePlay);
    assert!(bench.playground.is_playing());
    // Without a lesson nothing is asked.
    lesson_command(&mut bench, LessonCommand::Leave);
    bench.apply(Act::TogglePlay);
    bench.apply(Act::TogglePlay);
    assert!(bench.playground.is_playing());
}
