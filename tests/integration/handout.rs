//! Steps of lessons as pictures, and the handout: what a process writes, for lessons of the course and one of one's own.

use std::path::Path;

use embedding_playground::playground::lessons;

use crate::cli::{done, failed, folder, run, write};

/// A lesson whose words would be markup if they were taken as such.
const OWN: &str = r#"{
  "format": "embedding-playground lesson",
  "version": 1,
  "name": "own",
  "title": "My <b>own</b>",
  "set": { "given": {
    "groups": [{ "name": "Plants", "phrases": ["roses", "flowers", "lion"] }],
    "pairs": [{ "anchor": "roses", "positive": "flowers", "negative": "lion" }]
  } },
  "recipe": { "steps": 20 },
  "tab": "train",
  "steps": [
    { "say": "Look: <script>alert(1)</script> & \"{phrases}\" phrases." },
    {
      "say": "Guess.",
      "predict": { "question": "Who is near?", "choices": ["roses", "lion"], "right": 1 },
      "wait-for": { "state": "at-the-end" },
      "reveal": { "say": "So it came." },
      "notes": "Wait for hands."
    }
  ]
}"#;

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The words of a picture, line by line.
fn words_of(svg: &str) -> String {
    let lines = svg.split("<text").skip(1).filter_map(|part| part.split_once('>')?.1.split_once("</text>"));
    lines.map(|(words, _)| words).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_step_is_drawn_as_it_is_asked_and_as_it_is_revealed() {
    let folder = folder();
    done(folder.path(), &["render", "--lesson", "roses", "--at", "3", "--out", "asked.svg"]);
    done(folder.path(), &["render", "--lesson", "roses", "--at", "3", "--revealed", "--out", "shown.svg"]);
    let (asked, shown) = (words_of(&text(folder.path(), "asked.svg")), words_of(&text(folder.path(), "shown.svg")));
    for part in ["Lesson 5: An anchor among many · step 3 of", "2 Roses", "step 200 of 200", "He could smell the roses"] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    let answer = "Most of its five nearest phrases are of the group Lions";
    assert!(!asked.contains(answer), "nothing gives it away: {asked}");
    assert!(shown.contains(answer) && shown.contains("It is “Lions”.") && !shown.contains("2 Roses"), "{shown}");
    assert!(!shown.contains(" … "), "every number is known: {shown}");
}

#[test]
fn every_view_of_the_course_can_be_drawn() {
    let folder = folder();
    for (lesson, step, part) in [
        ("job", "5", "Explore · sentence-transformers/all-MiniLM-L6-v2 · 44 phrases"),
        ("seeds", "3", "Seeds ·"),
        ("dimensions", "3", "Dimensions ·"),
        ("two-models", "3", "Models ·"),
        ("museum", "3", "Search ·"),
    ] {
        let message = run(folder.path(), &["render", "--lesson", lesson, "--at", step, "--revealed", "--out", "step.svg"]);
        assert!(message.status.success(), "{lesson}: {}", String::from_utf8_lossy(&message.stderr));
        let words = words_of(&text(folder.path(), "step.svg"));
        assert!(words.contains(part), "{lesson}: {words}");
    }
}

#[test]
fn a_step_that_is_not_there_and_options_that_mean_something_else_are_refused() {
    let folder = folder();
    for (line, part) in [
        ("render --lesson roses --at 99 --out a.png", "from 1 to"),
        ("render --lesson roses --at 0 --out a.png", "0"),
        ("render --at 2 --out a.png", "--lesson"),
        ("render --lesson roses --revealed --out a.png", "--at"),
        ("render --lesson roses --at 2 --step 7 --out a.png", "--step"),
        ("render --lesson roses --at 2 --out a.gif", ".png or .svg"),
        ("render --lesson tulips --at 2 --out a.png", "or the file of a lesson"),
        ("lessons --handout page.txt", ".html"),
        ("lessons --handout page.html tulips", "tulips"),
        ("lessons --notes", "--handout"),
    ] {
        let output = run(folder.path(), &line.split(' ').collect::<Vec<_>>());
        assert!(!output.status.success(), "{line}");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(part), "{line}: {message}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing was written");
}

#[test]
fn a_handout_asks_first_answers_behind_and_runs_nothing() {
    let folder = folder();
    write(folder.path(), "own.json", OWN);
    done(folder.path(), &["lessons", "own.json", "--handout", "page.html", "--notes"]);
    let page = text(folder.path(), "page.html");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;3&quot; phrases."), "{page}");
    assert!(!page.to_lowercase().contains("<script") && !page.contains("<b>") && !page.contains("href=\"http"), "inert");
    let place = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part} is not on the page"));
    assert!(place("Who is near?") < place("What came of it") && place("What came of it") < place("So it came."));
    assert!(place("It is “roses”.") > place("What came of it"), "the right answer");
    assert!(page.contains("Wait for hands.") && page.matches("<svg").count() >= 2, "notes, and pictures");
    let spoken = page.matches("<figure role=\"img\" aria-label=\"Map of 3 phrases at step ").count();
    assert_eq!(spoken, page.matches("<svg").count(), "each picture in words: {page}");
    done(folder.path(), &["lessons", "own.json", "--handout", "page.html"]);
    assert!(!text(folder.path(), "page.html").contains("Wait for hands."), "replaced, without the notes");
    write(folder.path(), "mine.html", "<html>my own page</html>");
    let message = failed(folder.path(), &["lessons", "own.json", "--handout", "mine.html"]);
    assert!(message.contains("--force") && text(folder.path(), "mine.html").contains("my own page"), "{message}");
    let message = failed(folder.path(), &["lessons", "own.json", "--handout", "own.json"]);
    assert!(message.contains(".html"), "{message}");
}

#[test]
fn the_handout_of_the_course_has_every_lesson_every_question_and_no_unknown_number() {
    let folder = folder();
    done(folder.path(), &["lessons", "--handout", "course.html", "--theme", "dark"]);
    let page = text(folder.path(), "course.html");
    for lesson in lessons() {
        assert!(page.contains(&format!("id=\"{}\"", lesson.name)), "{}", lesson.name);
    }
    assert!(!page.contains("aria-label=\"\""), "every picture has words");
    let n_steps: usize = lessons().iter().map(|lesson| lesson.steps.len()).sum();
    assert_eq!(page.matches("<section class=\"step\">").count(), n_steps);
    let asked = lessons().iter().flat_map(|lesson| &lesson.steps).filter(|step| step.predict.is_some()).count();
    let questions = page.matches("class=\"question\"").count();
    assert_eq!(questions, 2 * asked, "each is asked once, and stands above its answer");
    let missing: Vec<&str> = page.split("No picture: ").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    assert_eq!(missing, ["Nothing was searched yet: type a question first."], "before the museum is asked anything");
    assert!(!page.contains("came out otherwise"), "what is said holds");
    assert!(page.len() < 8_000_000, "{} bytes", page.len());
}
