//! The course: every lesson given to its end, what it says held against the numbers, and what becomes of it on the way.

use embedding_playground::model::Source;
use embedding_playground::playground::views::Tab;
use embedding_playground::playground::{
    Act, Answer, Awaited, Edit, Guess, Lesson, LessonCommand, PhraseId, Playground, Session, lesson, lessons,
};
use embedding_playground::train::Recipe;

use crate::commands::Bench;

fn lesson_command(bench: &mut Bench, command: LessonCommand) {
    bench.apply(Act::Lesson(command));
    bench.settle();
}

/// Sentences in a text: what ends one is followed by a blank or the end.
fn n_sentences(text: &str) -> usize {
    let ends = |(place, mark): (usize, char)| {
        let behind = text[place + mark.len_utf8()..].chars().next();
        matches!(mark, '.' | '?' | '!') && behind.is_none_or(char::is_whitespace)
    };
    text.char_indices().filter(|end| ends(*end)).count().max(1)
}

fn with_seed(name: &'static str, seed: u64) -> Bench {
    let mut bench = Bench::lesson(name);
    let recipe = Recipe { seed, ..bench.playground.document().recipe.clone() };
    bench.apply(Edit::SetRecipe(recipe));
    bench.settle();
    bench
}

/// Gives a lesson by Show me to its end; what it said wrongly, or did not know.
fn faults_to_its_end(bench: &mut Bench) -> Vec<String> {
    let mut faults = Vec::new();
    loop {
        lesson_command(bench, LessonCommand::ShowMe);
        let playground = &bench.playground;
        let given = playground.course().given().expect("a lesson");
        let (name, step) = (&given.lesson().name, given.step().expect("a step"));
        let number = given.place() + 1;
        assert!(given.is_complete() && given.progressed().is_revealed, "{name}, step {number}: {:?}", given.progressed());
        let sentences = [Some(&step.say), step.reveal.as_ref().map(|reveal| &reveal.say)];
        for value in sentences.iter().flatten().flat_map(|sentence| sentence.values()) {
            if playground.live(value).is_none() {
                faults.push(format!("{name}, step {number}: {value:?} is not known"));
            }
        }
        let claims = step.reveal.iter().flat_map(|reveal| &reveal.holds);
        for claim in claims {
            if claim.holds(|live| playground.live(live)) != Some(true) {
                faults.push(format!("{name}, step {number}: {}; {:?}", claim.raw(), playground.revealed()));
            }
        }
        let revealed = [playground.verdict(), playground.revealed()].map(Option::unwrap_or_default);
        println!("{name} {number}: {} | {}", playground.told(&step.say), revealed.join(" | "));
        if given.is_last() {
            return faults;
        }
        lesson_command(bench, LessonCommand::Next);
    }
}

fn holds_what_it_says(seed: u64) {
    let mut faults = Vec::new();
    for name in lessons().iter().map(|lesson| lesson.name.as_str()) {
        let mut bench = with_seed(name, seed);
        faults.extend(faults_to_its_end(&mut bench));
        assert!(bench.playground.course().was_done(name), "{name}");
    }
    assert!(faults.is_empty(), "seed {seed}:\n{}", faults.join("\n"));
}

#[test]
fn no_sentence_of_a_lesson_contradicts_the_numbers_of_seed_1() {
    holds_what_it_says(1);
}

#[test]
fn no_sentence_of_a_lesson_contradicts_the_numbers_of_seed_2() {
    holds_what_it_says(2);
}

#[test]
fn no_sentence_of_a_lesson_contradicts_the_numbers_of_seed_3() {
    holds_what_it_says(3);
}

#[test]
fn a_step_says_at_most_two_sentences_and_every_name_in_it_is_a_phrase() {
    assert_eq!(lessons().len(), 10);
    for lesson in lessons() {
        for (number, step) in lesson.steps.iter().enumerate() {
            let where_ = format!("{}, step {}", lesson.name, number + 1);
            assert!(n_sentences(step.say.raw()) <= 2, "{where_}: {}", step.say.raw());
            if let Some(reveal) = &step.reveal {
                assert!(n_sentences(reveal.say.raw()) <= 2, "{where_}: {}", reveal.say.raw());
            }
        }
        assert!(!lesson.about.is_empty() && lesson.steps.len() >= 4, "{}", lesson.name);
    }
}

#[test]
fn a_guess_comes_before_the_answer_and_is_kept_beside_it() {
    let mut bench = Bench::lesson("pairs");
    bench.settle();
    for _ in 0..3 {
        lesson_command(&mut bench, LessonCommand::ShowMe);
        lesson_command(&mut bench, LessonCommand::Next);
    }
    let progressed = |bench: &Bench| bench.playground.course().given().expect("a lesson").progressed();
    // The act alone is not enough: a question is open.
    bench.apply(Act::Seek(usize::MAX));
    bench.settle();
    assert!(progressed(&bench).is_met && !progressed(&bench).is_revealed);
    assert!(bench.playground.verdict().is_none() && bench.playground.revealed().is_none());
    lesson_command(&mut bench, LessonCommand::Answer(Answer::Choice(1)));
    assert!(progressed(&bench).is_revealed);
    assert_eq!(bench.playground.verdict().as_deref(), Some("You said “That's a noisy trombone”; it is “Hello”."));
    // What was said is said: another answer after the reveal changes nothing.
    lesson_command(&mut bench, LessonCommand::Answer(Answer::Choice(0)));
    assert_eq!(progressed(&bench).answer, Some(Answer::Choice(1)));
    // Undo and other tabs leave the lesson where it is.
    bench.apply(Act::Undo);
    bench.apply(Act::ShowTab(Tab::Similarity));
    bench.settle();
    assert_eq!(bench.playground.course().given().expect("a lesson").place(), 3);
    assert_eq!(progressed(&bench).answer, Some(Answer::Choice(1)));
    lesson_command(&mut bench, LessonCommand::Back);
    assert_eq!(bench.playground.course().given().expect("a lesson").place(), 2);
    lesson_command(&mut bench, LessonCommand::Leave);
    assert!(bench.playground.lesson().is_none() && !bench.playground.document().phrases.is_empty());
}

#[test]
fn a_class_is_shown_what_came_of_it_when_its_instructor_says_so() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    bench.apply(Act::Lesson(LessonCommand::HoldReveals(true)));
    let place = |bench: &Bench| bench.playground.course().given().expect("a lesson").place();
    lesson_command(&mut bench, LessonCommand::Next);
    lesson_command(&mut bench, LessonCommand::TurnPage);
    assert!(bench.playground.revealed().is_none(), "shown, and held back");
    lesson_command(&mut bench, LessonCommand::TurnPage);
    assert!(bench.playground.revealed().is_some());
    assert_eq!(place(&bench), 1);
    lesson_command(&mut bench, LessonCommand::TurnPage);
    assert_eq!(place(&bench), 2);
}

#[test]
fn the_next_start_goes_on_where_the_last_one_ended() {
    let mut bench = Bench::lesson("job");
    bench.settle();
    lesson_command(&mut bench, LessonCommand::Next);
    bench.apply(Edit::AddPhrases(vec!["My kitten sleeps on the sofa".to_owned()], None));
    bench.settle();
    lesson_command(&mut bench, LessonCommand::Next);
    let selected = bench.playground.document().phrases[7].id;
    bench.apply(Act::Select(Some(selected)));
    bench.apply(Act::SetSpeed(2.0));
    let kept = serde_json::to_string(&bench.playground.session()).expect("JSON");
    let session: Session = serde_json::from_str(&kept).expect("a session");
    let (resumed, orders) = Playground::resumed(session, "job");
    let texts =
        |playground: &Playground| playground.document().phrases.iter().map(|phrase| phrase.text.to_string()).collect::<Vec<_>>();
    assert_eq!(texts(&resumed), texts(&bench.playground));
    assert!(resumed.is_unsaved() && !orders.is_empty());
    assert_eq!(resumed.views().tab, Tab::Explore);
    assert_eq!(resumed.speed(), 2.0);
    assert_eq!(resumed.selected().map(|id| resumed.document().text(id)), Some(bench.playground.document().text(selected)));
    let (old, new) = (bench.playground.course().given().expect("it"), resumed.course().given().expect("it"));
    assert_eq!((old.place(), old.lesson()), (new.place(), new.lesson()));
    let typed = |playground: &Playground, id: PhraseId| playground.document().text(id).to_owned();
    let last = |playground: &Playground| playground.document().phrases.last().map(|phrase| phrase.id).expect("a phrase");
    assert_eq!(typed(&resumed, last(&resumed)), "My kitten sleeps on the sofa");
    // What can't be read is no reason not to start, and is said; what was gone through stays so.
    let mut damaged = Session { project: "{".to_owned(), ..Session::default() };
    damaged.course.done.insert("roses".to_owned());
    let (fresh, _) = Playground::resumed(damaged, "job");
    assert_eq!(fresh.lesson().map(|lesson| lesson.name.as_str()), Some("job"));
    assert!(fresh.course().was_done("roses"));
    assert!(fresh.notice().is_some_and(|notice| notice.text.contains("could not be kept")));
}

#[test]
fn a_saved_project_is_opened_as_its_file_is_now() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.json");
    let mut bench = Bench::lesson("roses");
    bench.apply(Act::Lesson(LessonCommand::Leave));
    bench.apply(Act::SaveAs(path.clone()));
    bench.settle();
    let session = bench.playground.session();
    // Somebody else adds a phrase and saves.
    bench.apply(Edit::AddPhrases(vec!["From elsewhere".to_owned()], None));
    bench.apply(Act::Save);
    bench.settle();
    let (playground, orders) = Playground::resumed(session.clone(), "job");
    bench.playground = playground;
    bench.carry_out(orders);
    bench.settle();
    assert!(bench.playground.document().phrase_with_text("From elsewhere").is_some());
    // Without its file, what was kept is there all the same.
    std::fs::remove_file(&path).expect("gone");
    let (playground, orders) = Playground::resumed(session, "job");
    bench.playground = playground;
    bench.carry_out(orders);
    bench.settle();
    assert_eq!(bench.playground.document().phrases.len(), 42);
    assert!(bench.playground.notice().is_some_and(|notice| notice.is_error && notice.text.contains("mine.json")));
}

#[test]
fn a_lesson_of_ones_own_is_a_file_that_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.json");
    let own = lesson("pairs").expect("a lesson").to_json().replace("\"name\": \"pairs\"", "\"name\": \"mine\"");
    std::fs::write(&path, &own).expect("written");
    let mut bench = Bench::lesson("roses");
    bench.settle();
    bench.apply(Act::Open(path.clone()));
    bench.settle();
    assert_eq!(bench.playground.lesson().map(|lesson| lesson.name.as_str()), Some("mine"));
    assert_eq!(bench.playground.document().phrases.len(), 6);
    assert_eq!(Lesson::read(&own).expect("a lesson").to_json(), own, "written as it was read");
    // A damaged one says where, and what was there stays.
    std::fs::write(&path, own.replace("\"say\"", "\"shout\"")).expect("written");
    bench.apply(Act::Open(path));
    bench.settle();
    let notice = bench.playground.notice().expect("a notice");
    assert!(notice.is_error && notice.text.contains("mine.json") && notice.text.contains("shout"), "{}", notice.text);
    assert_eq!(bench.playground.document().phrases.len(), 6);
}

#[test]
fn a_lesson_sets_its_own_pace_and_one_that_nobody_can_play_at_is_refused() {
    let mut bench = Bench::lesson("many-pairs");
    assert_eq!(bench.playground.speed(), 5.0);
    bench.apply(Act::OpenLesson("roses"));
    assert_eq!(bench.playground.speed(), 1.0, "and leaves it to no other lesson");
    for speed in ["0", "-1", "1000", "0.001"] {
        let own = lesson("many-pairs").expect("a lesson").to_json().replace("\"speed\": 5.0", &format!("\"speed\": {speed}"));
        let why = Lesson::read(&own).expect_err(speed).to_string();
        assert!(why.contains("expected a speed from 0.05 to 20, got another one in step 1"), "{why}");
    }
}

#[test]
fn a_step_offers_the_words_that_the_lesson_has_not_used_before() {
    let mut bench = Bench::lesson("triplet");
    let terms = |bench: &Bench| bench.playground.words_of_step().iter().map(|word| word.term).collect::<Vec<_>>();
    assert_eq!(terms(&bench), ["anchor", "positive", "negative", "vector", "cosine"]);
    bench.settle();
    lesson_command(&mut bench, LessonCommand::Next);
    assert_eq!(terms(&bench), ["batch", "loss"]);
    // What is told at the end is no secret of the words either.
    let mut bench = Bench::lesson("many-pairs");
    bench.settle();
    lesson_command(&mut bench, LessonCommand::Next);
    assert!(!terms(&bench).contains(&"recall@1"), "{:?}", terms(&bench));
    lesson_command(&mut bench, LessonCommand::ShowMe);
    assert!(terms(&bench).contains(&"recall@1"), "{:?}", terms(&bench));
}

#[test]
fn how_alike_a_phrase_is_to_its_nearest_is_said_as_it_is() {
    let said = |phrase: &str, model: Source| {
        let mut bench = Bench::lesson("job");
        bench.settle();
        bench.apply(Edit::SetModel(model.into()));
        bench.settle();
        lesson_command(&mut bench, LessonCommand::Next);
        bench.apply(Edit::AddPhrases(vec![phrase.to_owned()], None));
        bench.settle();
        bench.playground.revealed().expect("it is told")
    };
    for (phrase, expected) in [
        ("Tulips bloom in my backyard", "“The garden was in full bloom” is most like it, and clearly so."),
        ("The king of the jungle was hungry", "though only somewhat: it may be of its kind or not."),
        ("My laptop battery is dead", "though hardly: nothing here is of its kind."),
        ("My dog chases the postman", "which is not like it: two axes show only a part."),
    ] {
        let said = said(phrase, Source::Embedded);
        assert!(said.contains(expected), "{said}");
    }
    // What is much by another model nobody has measured.
    assert!(said("Tulips bloom in my backyard", Source::Random(1)).contains("as far as this model can tell."));
}

#[test]
fn every_kind_of_question_and_waiting_is_in_the_course() {
    let steps = || lessons().iter().flat_map(|lesson| &lesson.steps);
    let guesses = || steps().filter_map(|step| Some(&step.predict.as_ref()?.guess));
    assert!(guesses().any(|guess| matches!(guess, Guess::Choice(..))));
    assert!(guesses().any(|guess| matches!(guess, Guess::Number(..))));
    assert!(guesses().any(|guess| matches!(guess, Guess::Place(_))));
    assert!(steps().any(|step| matches!(step.wait_for, Some(Awaited::Pair(_)))));
    assert!(steps().all(|step| step.wait_for.is_none() || !step.say.is_empty()));
}
