//! Lessons: every file is one, says what is wrong where it is not, and can be trained as it stands.

use std::path::{Path, PathBuf};

use embedding_playground::choice::Choice;
use embedding_playground::data::Taken;
use embedding_playground::playground::views::Tab;
use embedding_playground::playground::{Awaited, CommandName, Lesson, Part, StateName, Step, lesson, lessons};
use embedding_playground::space::{SpaceId, Vectors};
use embedding_playground::train::Start;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lessons");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn every_file_is_a_lesson_that_can_be_trained_as_it_stands() {
    let mut names = Vec::new();
    for path in files() {
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert_eq!(path.extension().and_then(|ending| ending.to_str()), Some("json"), "{}", path.display());
        let text = std::fs::read_to_string(&path).expect("the file");
        let read = Lesson::read(&stem, &text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(lesson(&stem), Some(&read), "{stem} is in the list of lessons");
        let mut input = read.document().train_input();
        if input.recipe.needs_vectors() {
            let dims = input.recipe.dims;
            let values: Vec<f32> = (0..input.phrases.len() * dims).map(|number| (number % 7) as f32 + 1.0).collect();
            input.model_vectors = Some(Vectors::new(SpaceId::named("a model", dims), values));
        }
        assert_eq!(input.check(), Ok(()), "{stem}");
        assert_eq!(input.pairs.len(), read.set.pairs.len(), "{stem}: every pair once, and of different phrases");
        let in_groups: usize = read.set.groups.iter().map(|group| group.phrases.len()).sum();
        assert_eq!(input.phrases.len(), in_groups, "{stem}: pairs name phrases of the groups, and every phrase stands once");
        names.push(stem);
    }
    let mut listed: Vec<&str> = lessons().iter().map(|lesson| lesson.name.as_str()).collect();
    let course = ["triplet", "roses", "many-pairs", "from-the-model", "museum"];
    assert!(listed.iter().filter(|name| course.contains(name)).eq(&course), "the order of the course: {listed:?}");
    listed.sort_unstable();
    assert_eq!(listed, names, "all files are listed, each once");
}

#[test]
fn the_lessons_begin_as_they_are_told() {
    let begins = |name: &str| {
        let document = lesson(name).expect("a lesson").document();
        (document.phrases.len(), document.groups.len(), document.pairs.len(), document.recipe.start, document.recipe.holdout)
    };
    assert_eq!(begins("triplet"), (3, 2, 1, Start::Random, 0.0));
    assert_eq!(begins("roses"), (42, 6, 42, Start::Random, 0.0));
    assert_eq!(begins("many-pairs"), (42, 6, 126, Start::Random, 0.2));
    assert_eq!(begins("from-the-model"), (42, 6, 42, Start::Model, 0.0));
}

/// A lesson of its own phrases that uses every kind of step.
const GOOD: &str = r#"{
  "name": "good",
  "title": "Good",
  "set": { "given": {
    "groups": [{ "name": "Plants", "phrases": ["roses", "flowers", "lion"] }],
    "pairs": [{ "anchor": "roses", "positive": "flowers", "negative": "lion", "score": 1.0 }]
  } },
  "recipe": { "steps": 20, "settings": { "optimizer": "adamw" } },
  "tab": "seeds",
  "steps": [
    { "say": "Look." },
    { "point-at": "play" },
    { "wait-for": { "command": "play" } },
    { "wait-for": { "state": "at-the-end" } },
    { "reveal": "compare-seeds" }
  ]
}"#;

#[test]
fn a_lesson_may_have_its_own_phrases_a_tab_and_every_kind_of_step() {
    let lesson = Lesson::read("good", GOOD).expect("a lesson");
    assert_eq!((lesson.text(), lesson.tab), ("Look.", Some(Tab::Seeds)));
    assert_eq!((lesson.set.groups.len(), lesson.set.pairs.len(), lesson.recipe.steps), (1, 1, 20));
    let steps = [
        Step::Say("Look.".to_owned()),
        Step::PointAt(Part::Play),
        Step::WaitFor(Awaited::Command(CommandName::Play)),
        Step::WaitFor(Awaited::State(StateName::AtTheEnd)),
        Step::Reveal(Part::CompareSeeds),
    ];
    assert_eq!(lesson.steps, steps);
}

#[test]
fn a_bad_lesson_names_its_file_and_what_is_wrong() {
    for (right, wrong, parts) in [
        ("\"name\": \"good\"", "\"name\": \"bad\"", &["good", "bad"][..]),
        ("\"title\": \"Good\"", "\"title\": \" \"", &["title"]),
        ("\"title\": \"Good\"", "\"titel\": \"Good\"", &["titel", "line 3"]),
        ("\"say\": \"Look.\"", "\"say\": \"\"", &["empty", "step 1"]),
        ("{ \"say\": \"Look.\" },", "", &["first step", "say"]),
        ("\"say\": \"Look.\"", "\"shout\": \"Look.\"", &["shout", "say", "point-at", "wait-for", "reveal"]),
        ("\"say\": \"Look.\"", "\"say\": \"Look.\", \"reveal\": \"play\"", &["line 11"]),
        ("\"point-at\": \"play\"", "\"point-at\": \"moon\"", &["moon", "one-step", "line 12"]),
        ("\"command\": \"play\"", "\"command\": \"sing\"", &["sing", "new-seed"]),
        ("\"state\": \"at-the-end\"", "\"state\": \"asleep\"", &["asleep", "trained"]),
        ("\"tab\": \"seeds\"", "\"tab\": \"sky\"", &["sky", "dimensions"]),
        ("\"adamw\"", "\"adamx\"", &["adamx", "adamw", "line 8"]),
        ("\"steps\": 20", "\"stepz\": 20", &["stepz"]),
        ("\"steps\": 20", "\"dims\": 1", &["recipe", "2 to 1024"]),
        ("\"negative\": \"lion\"", "\"negativ\": \"lion\"", &["negativ", "line 6"]),
        ("\"score\": 1.0", "\"score\": 7.0", &["line 6"]),
    ] {
        assert!(GOOD.contains(right), "{right}");
        let error = Lesson::read("good", &GOOD.replace(right, wrong)).expect_err(wrong).to_string();
        for part in ["assets/lessons/good.json"].iter().chain(parts) {
            assert!(error.contains(part), "{wrong}: {error}");
        }
    }
    let of_tulips =
        r#"{ "name": "good", "title": "Good", "set": { "bundled": { "name": "tulips", "pairs": "chosen" } }, "steps": [] }"#;
    let error = Lesson::read("good", of_tulips).expect_err("no such set").to_string();
    assert!(error.contains("tulips") && error.contains("roses"), "{error}");
    let of_some = of_tulips.replace("tulips", "roses").replace("chosen", "some");
    let error = Lesson::read("good", &of_some).expect_err("no such pairs").to_string();
    assert!(error.contains("some") && error.contains(&Taken::names()), "{error}");
}
