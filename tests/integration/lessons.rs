//! Lessons: every file is one, says what is wrong where it is not, and can be trained as it stands.

use std::path::{Path, PathBuf};

use embedding_playground::choice::Choice;
use embedding_playground::data::Taken;
use embedding_playground::playground::views::Tab;
use embedding_playground::playground::{Awaited, CommandName, Deed, Lesson, Part, StateName, Target, lesson, lessons};
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
        let read = Lesson::read(&text).unwrap_or_else(|error| panic!("{stem}: {error}"));
        assert_eq!(lesson(&stem).map(|lesson| &**lesson), Some(&read), "{stem} is in the list of lessons");
        let mut input = read.document().train_input();
        if input.recipe.needs_vectors() {
            let dims = input.recipe.dims;
            let values: Vec<f32> = (0..input.phrases.len() * dims).map(|number| (number % 7) as f32 + 1.0).collect();
            input.model_vectors = Some(Vectors::new(SpaceId::named("a model", dims), values));
        }
        if stem != "pairs" {
            assert_eq!(input.check(), Ok(()), "{stem}");
        }
        assert_eq!(input.pairs.len(), read.set.pairs.len(), "{stem}: every pair once, and of different phrases");
        let in_groups: usize = read.set.groups.iter().map(|group| group.phrases.len()).sum();
        assert_eq!(input.phrases.len(), in_groups, "{stem}: pairs name phrases of the groups, and every phrase stands once");
        names.push(stem);
    }
    let mut listed: Vec<&str> = lessons().iter().map(|lesson| lesson.name.as_str()).collect();
    let course = ["job", "pairs", "many-pairs", "triplet", "roses", "dimensions", "meaning", "seeds", "two-models", "museum"];
    assert_eq!(listed, course, "the order of the course");
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
    assert_eq!(begins("many-pairs"), (480, 40, 240, Start::Random, 0.2));
    assert_eq!(begins("meaning"), (42, 0, 42, Start::Random, 0.0));
    assert_eq!(begins("pairs"), (6, 3, 0, Start::Random, 0.0));
}

/// A lesson of its own phrases that uses every kind of step.
const GOOD: &str = r#"{
  "format": "embedding-playground lesson",
  "version": 1,
  "name": "good",
  "title": "Good",
  "set": { "given": {
    "groups": [{ "name": "Plants", "phrases": ["roses", "flowers", "lion"] }],
    "pairs": [{ "anchor": "roses", "positive": "flowers", "negative": "lion", "score": 1.0 }]
  } },
  "recipe": { "steps": 20, "settings": { "optimizer": "adamw" } },
  "tab": "seeds",
  "steps": [
    { "say": "Look: {phrases} phrases." },
    { "say": "Press it.", "point-at": { "part": "play" }, "wait-for": { "command": "play" } },
    {
      "first": ["start"],
      "say": "Guess.",
      "predict": { "question": "Who?", "choices": ["roses", "lion"], "right": 1 },
      "wait-for": { "state": "at-the-end" },
      "reveal": { "say": "So it is.", "holds": ["measure: loss @ end < 1"] },
      "notes": "Wait for hands."
    }
  ]
}"#;

#[test]
fn a_lesson_may_have_its_own_phrases_a_tab_and_every_kind_of_step() {
    let lesson = Lesson::read(GOOD).expect("a lesson");
    assert_eq!((lesson.title.as_str(), lesson.tab), ("Good", Some(Tab::Seeds)));
    assert_eq!((lesson.set.groups.len(), lesson.set.pairs.len(), lesson.recipe.steps), (1, 1, 20));
    assert_eq!(lesson.steps[1].point_at, Some(Target::Part(Part::Play)));
    assert_eq!(lesson.steps[1].wait_for, Some(Awaited::Command(CommandName::Play)));
    assert_eq!(lesson.steps[2].wait_for, Some(Awaited::State(StateName::AtTheEnd)));
    assert_eq!(lesson.steps[2].first, [Deed::Start]);
    assert_eq!(Lesson::read(&lesson.to_json()).as_ref(), Ok(&lesson), "written and read again");
}

#[test]
fn a_bad_lesson_says_what_is_wrong_and_where() {
    for (right, wrong, parts) in [
        ("embedding-playground lesson", "embedding-playground project", &["embedding-playground lesson", "format"][..]),
        ("\"version\": 1", "\"version\": 2", &["version 1", "version 2", "update"]),
        ("\"title\": \"Good\"", "\"title\": \" \"", &["title"]),
        ("\"title\": \"Good\"", "\"titel\": \"Good\"", &["titel", "line 5"]),
        ("\"say\": \"Guess.\"", "\"say\": \"\"", &["empty", "step 3"]),
        ("\"say\": \"Guess.\"", "\"shout\": \"Guess.\"", &["shout", "say", "point-at", "wait-for", "reveal"]),
        ("{phrases}", "{frases}", &["frases", "line 13"]),
        ("\"part\": \"play\"", "\"part\": \"moon\"", &["moon", "one-step", "line 14"]),
        ("\"command\": \"play\"", "\"command\": \"sing\"", &["sing", "new-seed"]),
        ("\"state\": \"at-the-end\"", "\"state\": \"asleep\"", &["asleep", "trained"]),
        ("\"right\": 1", "\"right\": 3", &["choices", "right"]),
        ("loss @ end < 1", "luck < 1", &["luck"]),
        ("[\"start\"]", "[\"stop\"]", &["stop", "start"]),
        ("\"tab\": \"seeds\"", "\"tab\": \"sky\"", &["sky", "dimensions"]),
        ("\"adamw\"", "\"adamx\"", &["adamx", "adamw", "line 10"]),
        ("\"steps\": 20", "\"stepz\": 20", &["stepz"]),
        ("\"steps\": 20", "\"dims\": 1", &["recipe", "2 to 1024"]),
        ("\"negative\": \"lion\"", "\"negativ\": \"lion\"", &["negativ", "line 8"]),
        ("\"score\": 1.0", "\"score\": 7.0", &["line 8"]),
    ] {
        assert!(GOOD.contains(right), "{right}");
        let error = Lesson::read(&GOOD.replace(right, wrong)).expect_err(wrong).to_string();
        for part in parts {
            assert!(error.contains(part), "{wrong}: {error}");
        }
    }
    for (text, part) in
        [("", "an empty file"), (" \n", "an empty file"), ("{", "EOF"), ("no", "expected a lesson"), ("[]", "expected a lesson")]
    {
        let error = Lesson::read(text).expect_err(text).to_string();
        assert!(error.starts_with("expected a lesson") && error.contains(part), "{text:?}: {error}");
    }
    let of_set = |set: &str, pairs: &str| {
        let i = GOOD.find("{ \"given\"").expect("the set");
        let j = GOOD.find(",\n  \"recipe\"").expect("its end");
        let json = format!("{}{{ \"bundled\": {{ \"name\": {set:?}, \"pairs\": {pairs:?} }} }}{}", &GOOD[..i], &GOOD[j..]);
        Lesson::read(&json).expect_err(set).to_string()
    };
    let error = of_set("tulips", "chosen");
    assert!(error.contains("tulips") && error.contains("roses"), "{error}");
    let error = of_set("roses", "some");
    assert!(error.contains("some") && error.contains(&Taken::names()), "{error}");
    let without_steps = format!("{}\"steps\": [] }}", &GOOD[..GOOD.find("\"steps\": [").expect("steps")]);
    assert!(Lesson::read(&without_steps).expect_err("no step").to_string().contains("at least one step"));
}
