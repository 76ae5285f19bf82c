//! A hand in a lesson: what it asks for, when that is met, and what becomes of the phrase, by numbers.

use embedding_playground::playground::{Act, Answer, Edit, LessonCommand, Live, Playground};
use embedding_playground::train::Recipe;

use crate::commands::Bench;

const ROSES: &str = "He could smell the roses";
const LION: &str = "A lion roared majestically";

/// The first step of the lesson in which something is moved by hand, counted from 0.
const FIRST: usize = 4;

fn lesson_command(bench: &mut Bench, command: LessonCommand) {
    bench.apply(Act::Lesson(command));
    bench.settle();
}

/// The lesson at this step, all before it shown.
fn at_step(seed: u64, step: usize) -> Bench {
    let mut bench = Bench::lesson("triplet");
    let recipe = Recipe { seed, ..bench.playground.document().recipe.clone() };
    bench.apply(Edit::SetRecipe(recipe));
    bench.settle();
    for _ in 0..step {
        lesson_command(&mut bench, LessonCommand::ShowMe);
        lesson_command(&mut bench, LessonCommand::Next);
    }
    bench
}

fn cosine(playground: &Playground, moment: &str) -> f64 {
    let live = Live::parse(&format!("trained: {LION} | {ROSES} @ {moment}")).expect("a value");
    playground.live(&live).expect("it is there").number().expect("a number")
}

/// Carries the lion so much of the way to the roses and lets it go.
fn carry(bench: &mut Bench, share: f64) {
    let at = |text: &str| bench.playground.picture().expect("a picture").place(bench.id(text)).expect("its place").at;
    let (lion, roses) = (at(LION), at(ROSES));
    let target = [0, 1].map(|axis| lion[axis] + share * (roses[axis] - lion[axis]));
    let id = bench.id(LION);
    bench.apply(Edit::MoveByHand(id, target));
    bench.settle();
}

fn is_revealed(bench: &Bench) -> bool {
    bench.playground.course().given().expect("a lesson").progressed().is_revealed
}

/// Wherever among the roses a learner lets it go, what the lesson says of it is so.
#[test]
fn the_lion_is_pushed_out_and_without_negatives_it_stays() {
    for seed in 1..=3 {
        for share in [0.65, 0.85, 1.0] {
            for (step, right) in [(FIRST, 0), (FIRST + 1, 1)] {
                let mut bench = at_step(seed, step);
                assert!(bench.playground.uses_hand(), "the lesson has put the hand on");
                lesson_command(&mut bench, LessonCommand::Answer(Answer::Choice(right)));
                carry(&mut bench, share);
                assert!(!is_revealed(&bench), "it was not seen yet what becomes of it");
                bench.apply(Act::Seek(usize::MAX));
                assert!(is_revealed(&bench));
                let (before, after) = (cosine(&bench.playground, "hand"), cosine(&bench.playground, "end"));
                let place = format!("seed {seed}, step {step}, {share} of the way: {before:.2}, {after:.2}");
                let is_out = after < -0.2;
                assert!(if right == 0 { is_out } else { (after - before).abs() < 0.02 }, "{place}");
                let revealed = bench.playground.revealed().expect("words");
                assert!(!revealed.contains("otherwise"), "{place}: {revealed}");
                assert!(bench.playground.verdict().expect("words").contains("and so it is"), "{place}");
                assert!(!bench.playground.uses_hand(), "the hand is put away again");
            }
        }
    }
}

#[test]
fn a_lion_that_is_let_go_far_from_the_roses_is_waited_for_still() {
    let mut bench = at_step(1, FIRST);
    let names = [LION, ROSES].map(str::to_owned);
    let let_go = |bench: &Bench| {
        let given = bench.playground.course().given().expect("a lesson");
        bench.playground.moved_beside(&names, &given.progressed())
    };
    assert_eq!(let_go(&bench), None);
    lesson_command(&mut bench, LessonCommand::Answer(Answer::Choice(0)));
    carry(&mut bench, 0.1);
    bench.apply(Act::Seek(usize::MAX));
    assert_eq!(let_go(&bench), Some(false));
    assert!(!is_revealed(&bench));
    // Undone, it is as if it had not been; and then it is carried there.
    bench.apply(Act::Undo);
    bench.settle();
    assert_eq!(let_go(&bench), None);
    bench.apply(Act::Seek(usize::MAX));
    carry(&mut bench, 0.9);
    assert_eq!(let_go(&bench), Some(true));
    bench.apply(Act::Seek(usize::MAX));
    assert!(is_revealed(&bench));
}

/// Another phrase than the one that is meant is not it.
#[test]
fn the_roses_carried_to_the_lion_are_not_what_is_asked_for() {
    let mut bench = at_step(1, FIRST);
    lesson_command(&mut bench, LessonCommand::Answer(Answer::Choice(0)));
    let lion = bench.playground.picture().expect("a picture").place(bench.id(LION)).expect("its place").at;
    let roses = bench.id(ROSES);
    bench.apply(Edit::MoveByHand(roses, lion));
    bench.settle();
    bench.apply(Act::Seek(usize::MAX));
    assert!(!is_revealed(&bench));
}

#[test]
fn show_me_carries_it_from_any_tab_and_another_lesson_begins_without_the_hand() {
    use embedding_playground::playground::views::Tab;
    let mut bench = at_step(2, FIRST);
    bench.apply(Act::ShowTab(Tab::Explore));
    bench.settle();
    lesson_command(&mut bench, LessonCommand::ShowMe);
    assert!(is_revealed(&bench) && bench.playground.views().tab == Tab::Train);
    assert!(cosine(&bench.playground, "hand") > 0.9);
    lesson_command(&mut bench, LessonCommand::Next);
    assert!(bench.playground.uses_hand());
    bench.apply(Act::OpenLesson("pairs"));
    bench.settle();
    bench.apply(Act::OpenLesson("roses"));
    bench.settle();
    assert!(!bench.playground.uses_hand(), "dragging makes pairs again");
}

#[test]
fn what_a_step_speaks_of_keeps_its_label() {
    let bench = at_step(1, FIRST);
    let asked = bench.playground.asked_phrases();
    assert!(asked.contains(&bench.id(LION)) && asked.contains(&bench.id(ROSES)) && asked.len() == 2, "{asked:?}");
    let mut bench = bench;
    bench.apply(Act::Lesson(LessonCommand::Leave));
    assert!(bench.playground.asked_phrases().is_empty());
}
