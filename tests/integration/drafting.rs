//! Making a lesson by doing it: (document, commands, lesson), and the lesson given to its end.

use embedding_playground::playground::views::{SearchCommand, Tab};
use embedding_playground::playground::{
    Act, Deed, DraftCommand, DraftStep, DraftText, Edit, Lesson, LessonCommand, Pair, Playground, lesson,
};
use embedding_playground::train::{Axes, Recipe};

use crate::commands::Bench;

/// The pairs lesson's project, without its lesson, and a draft of it.
fn begun() -> Bench {
    let mut bench = Bench::lesson("pairs");
    bench.apply(Act::Lesson(LessonCommand::Leave));
    bench.settle();
    bench.apply(Act::Draft(DraftCommand::Begin));
    bench
}

fn done(bench: &Bench) -> Vec<Deed> {
    let draft = bench.playground.draft().expect("a draft");
    draft.text().steps.iter().filter_map(|step| step.deed.clone()).collect()
}

fn write(bench: &mut Bench, change: impl FnOnce(&mut DraftText)) {
    let mut text = bench.playground.draft().expect("a draft").text().clone();
    change(&mut text);
    bench.apply(Act::Draft(DraftCommand::Write(text)));
}

/// The first two phrases and the last one.
fn three(bench: &Bench) -> [String; 3] {
    let phrases = &bench.playground.document().phrases;
    [0, 1, phrases.len() - 1].map(|place| phrases[place].text.to_string())
}

/// A pair of the first two, with the third as its negative.
fn pair_of(bench: &Bench) -> Pair {
    let [anchor, positive, negative] = three(bench).map(|text| bench.id(&text));
    Pair { anchor, positive, negative: Some(negative), score: None }
}

#[test]
fn each_thing_that_is_done_is_a_step_and_drags_are_one() {
    let mut bench = begun();
    let [a, b, c] = three(&bench);
    bench.apply(Act::ShowTab(Tab::Seeds));
    bench.apply(Act::ShowTab(Tab::Train));
    let pair = pair_of(&bench);
    bench.apply(Edit::AddPair(pair));
    bench.settle();
    for step in [3, 7, 12] {
        bench.apply(Act::Seek(step));
    }
    for rate in [0.02, 0.03] {
        let mut recipe = bench.playground.document().recipe.clone();
        recipe.dims = if rate > 0.025 { 16 } else { 12 };
        bench.apply(Edit::SetRecipe(recipe));
    }
    bench.apply(Edit::NewSeed);
    bench.apply(Act::SetAxes(Axes::Random));
    let dims = serde_json::json!({ "dims": 16 }).as_object().expect("an object").clone();
    let expected = [
        Deed::Tab(Tab::Train),
        Deed::Pair([a.clone(), b]),
        Deed::Negative([a, c]),
        Deed::Step(12),
        Deed::Recipe(dims),
        Deed::NewSeed,
        Deed::Axes(Axes::Random),
    ];
    assert_eq!(done(&bench), expected);
    bench.apply(Act::Undo);
    assert_eq!(done(&bench).len(), 6, "what is taken back is no step");
}

#[test]
fn what_learners_type_is_named_by_its_number() {
    let mut bench = begun();
    let [a, ..] = three(&bench);
    bench.apply(Edit::AddPhrases(vec!["A phrase of the teacher".to_owned()], None));
    let (typed, other) = (bench.id("A phrase of the teacher"), bench.id(&a));
    bench.apply(Act::Select(Some(typed)));
    bench.apply(Act::AskWhySelected(other));
    bench.settle();
    let names = ["#1".to_owned(), a];
    assert_eq!(done(&bench), [Deed::Type("A phrase of the teacher".to_owned()), Deed::Select("#1".to_owned()), Deed::Why(names)]);
}

#[test]
fn a_question_is_one_step_however_it_is_typed() {
    let mut bench = begun();
    bench.apply(Act::ShowTab(Tab::Search));
    for query in ["w", "wh", "who", "who roars"] {
        bench.apply(SearchCommand::Ask(query.to_owned()));
    }
    assert_eq!(done(&bench), [Deed::Tab(Tab::Search), Deed::Ask("who roars".to_owned())]);
}

#[test]
fn what_a_lesson_cannot_do_is_counted_and_never_a_step() {
    let mut bench = begun();
    let id = bench.playground.document().phrases[0].id;
    bench.apply(Edit::RemovePhrase(id));
    bench.apply(Act::ShowBatch(true));
    bench.apply(Act::SetSpeed(2.0));
    let draft = bench.playground.draft().expect("a draft");
    assert_eq!((draft.left_out().len(), draft.text().steps.len()), (2, 0), "{:?}", draft.left_out());
}

#[test]
fn the_lesson_that_comes_of_it_can_be_given_to_its_end() {
    let mut bench = begun();
    let [a, b, _] = three(&bench);
    bench.apply(Act::ShowTab(Tab::Train));
    let pair = pair_of(&bench);
    bench.apply(Edit::AddPair(pair));
    bench.settle();
    bench.apply(Edit::NewSeed);
    bench.settle();
    bench.apply(Act::Seek(usize::MAX));
    write(&mut bench, |text| {
        text.title = "Two that belong together".to_owned();
        let last = text.steps.last_mut().expect("a step");
        last.question = "What becomes of them?".to_owned();
        last.choices = "They part\n* They meet".to_owned();
        last.reveal = format!("Their cosine is {{trained: {a} | {b} @ end}}.");
        text.steps.push(DraftStep { say: "That is all.".to_owned(), ..DraftStep::default() });
    });
    let made = bench.playground.draft().expect("a draft").lesson().expect("a lesson");
    let read = Lesson::read(&made.to_json()).expect("its file is one");
    assert_eq!((read.name.as_str(), read.steps.len()), ("two-that-belong-together", 6));
    let recipe: Recipe = read.recipe.clone();
    assert_eq!(recipe.seed, lesson("pairs").expect("it").recipe.seed, "it begins as the project was then");
    bench.apply(Act::Draft(DraftCommand::Try));
    bench.settle();
    loop {
        bench.apply(Act::Lesson(LessonCommand::ShowMe));
        bench.settle();
        let given = bench.playground.course().given().expect("a lesson");
        assert!(given.is_complete() && given.progressed().is_revealed, "step {}", given.place() + 1);
        if given.place() == 4 {
            let said = bench.playground.revealed().expect("what came of it");
            assert!(said.starts_with("Their cosine is 0.") && !said.contains('…'), "{said}");
            assert_eq!(bench.playground.verdict().as_deref(), Some("It is “They meet”."));
        }
        if given.is_last() {
            break;
        }
        bench.apply(Act::Lesson(LessonCommand::Next));
        bench.settle();
    }
    let draft = bench.playground.draft().expect("it is still there");
    assert_eq!(draft.text().steps.len(), 6, "giving it added nothing");
}

#[test]
fn what_is_missing_is_said_with_its_step() {
    let mut bench = begun();
    let problem = |bench: &Bench| bench.playground.draft().expect("a draft").lesson().expect_err("no lesson");
    assert!(problem(&bench).contains("needs a step"));
    bench.apply(Act::SetAxes(Axes::Random));
    assert!(problem(&bench).contains("never told"), "the lesson does it last: {}", problem(&bench));
    for (say, question, choices, part) in [
        ("", "", "", "step 2: expected something to say"),
        ("Look {here}.", "", "", "step 2: expected the name of a live value"),
        ("Look.", "Who?", "a\nb", "step 2: a question needs"),
        ("Look.", "Who?", "*a", "step 2: a question needs"),
        ("Look.", "", "*a\nb", "step 2: its answers need a question"),
    ] {
        write(&mut bench, |text| {
            let step = DraftStep { say: say.into(), question: question.into(), choices: choices.into(), ..DraftStep::default() };
            text.steps.truncate(1);
            text.steps.push(step);
        });
        assert!(problem(&bench).contains(part), "{part}: {}", problem(&bench));
    }
    write(&mut bench, |text| text.title = "  ".to_owned());
    assert!(problem(&bench).contains("title"));
}

#[test]
fn a_draft_outlives_the_program_and_another_project() {
    let mut bench = begun();
    bench.apply(Edit::NewSeed);
    let steps = done(&bench);
    bench.apply(Act::OpenLesson("roses"));
    bench.settle();
    bench.apply(Act::Lesson(LessonCommand::Leave));
    bench.apply(Edit::NewSeed);
    assert_eq!(done(&bench), steps, "another project is not what it is of");
    let json = serde_json::to_string(&bench.playground.session()).expect("JSON");
    let (resumed, _) = Playground::resumed(serde_json::from_str(&json).expect("a session"), "job");
    let draft = resumed.draft().expect("it is there again");
    assert_eq!(draft.text().steps.len(), 1);
    assert!(!draft.listens(), "until somebody goes on with it");
}
