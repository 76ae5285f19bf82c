//! A recipe as a line of text: copied, pasted as one undoable edit, refused where it is wrong, taken by the command line.

use std::path::Path;
use std::process::Command as Process;

use embedding_playground::choice::Choice;
use embedding_playground::model::Source;
use embedding_playground::playground::{Act, Edit};
use embedding_playground::train::{Failure, LearnerKind, Recipe, RecipeLine, Settings, read_run, write_run};

use super::commands::Bench;

fn run(folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    let output = Process::new(env!("CARGO_BIN_EXE_embedding-playground"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_pasted_recipe_is_one_edit_that_says_what_it_changed() {
    let mut other = Bench::lesson("roses");
    other.settle();
    other.apply(Edit::SetRecipe(Recipe { seed: 5, dims: 32, steps: 50, ..Recipe::default() }));
    other.settle();
    other.apply(Act::Seek(20));
    other.apply(Edit::SetSettings(Settings { learning_rate: 0.1, ..Settings::default() }));
    let line = other.playground.recipe_line();
    let mut bench = Bench::lesson("roses");
    bench.settle();
    let before = bench.playground.document().clone();
    bench.apply(Act::PasteRecipe(format!("\n{line}\n")));
    bench.settle();
    assert_eq!(bench.playground.document().recipe, other.playground.document().recipe);
    let text = bench.playground.notice().expect("a sentence").text.clone();
    for part in ["seed 7 → 5", "dimensions 384 → 32", "steps 200 → 50", "from step 20 – → learning rate 0.03 → 0.1", "Undo"]
    {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(bench.playground.run().expect("a run").recipe, other.playground.document().recipe);
    bench.apply(Act::Undo);
    assert_eq!(*bench.playground.document(), before);
    bench.apply(Act::PasteRecipe(bench.playground.recipe_line()));
    assert_eq!(*bench.playground.document(), before);
    assert!(bench.playground.notice().expect("a sentence").text.contains("here already"));
}

#[test]
fn the_model_stands_in_the_line_where_it_has_a_part() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    bench.apply(Edit::SetModel(Source::Random(4).into()));
    assert!(!bench.playground.recipe_line().contains("random:4"));
    bench.apply(Edit::SetRecipe(bench.playground.document().recipe.for_learner(LearnerKind::Adapter)));
    let line = bench.playground.recipe_line();
    assert!(line.contains("random:4"), "{line}");
    let mut other = Bench::lesson("triplet");
    other.apply(Act::PasteRecipe(line));
    other.settle();
    assert_eq!(other.playground.document().model, Source::Random(4).into());
    other.apply(Act::Undo);
    assert_eq!(other.playground.document().model, Source::Embedded.into());
}

#[test]
fn a_wrong_recipe_changes_nothing_and_says_what_was_expected_where() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    let (before, line) = (bench.playground.document().clone(), bench.playground.recipe_line());
    for (wrong, expected) in [
        (line.replace("\"dims\":384", "\"dims\":\"many\""), "character "),
        (line.replace("\"version\":1", "\"version\":9"), "version 9"),
        (line.replace("\"holdout\":0.0", "\"holdout\":2.0"), "from 0 to 0.9"),
        ("roses".to_owned(), "embedding-playground recipe:"),
    ] {
        bench.apply(Act::PasteRecipe(wrong.clone()));
        let notice = bench.playground.notice().expect("a sentence").clone();
        assert!(notice.is_error && notice.text.contains(expected), "{wrong}: {}", notice.text);
        assert_eq!(*bench.playground.document(), before);
    }
    assert!(!bench.playground.can_undo());
}

#[test]
fn the_command_line_takes_a_line_a_file_and_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let recipe = Recipe { seed: 3, dims: 16, steps: 12, ..Recipe::default() };
    let line = RecipeLine { recipe: recipe.clone(), model: None }.text();
    std::fs::write(folder.path().join("recipe.txt"), format!("{line}\n")).expect("a file");
    let train = |recipe: &str, out: &str, more: &[&str]| {
        let arguments = [&["train", "--lesson", "triplet", "--recipe", recipe, "--out", out, "--json"], more].concat();
        let (is_done, stdout, stderr) = run(folder.path(), &arguments);
        assert!(is_done, "{recipe}: {stderr}");
        let summary: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
        let bytes = std::fs::read(folder.path().join(out)).expect("a run");
        (read_run(&bytes).expect("a run"), summary)
    };
    let (first, summary) = train(&line, "1.safetensors", &[]);
    assert_eq!((&first.recipe, &summary["seed"], &summary["dims"]), (&recipe, &3.into(), &16.into()));
    for (index, from) in ["recipe.txt", "1.safetensors"].into_iter().enumerate() {
        let (again, _) = train(from, &format!("again{index}.safetensors"), &[]);
        assert_eq!(write_run(&again).expect("bytes"), write_run(&first).expect("bytes"), "the same recipe, the same bytes");
    }
    let (other, _) = train(&line, "4.safetensors", &["--seed", "4"]);
    assert_eq!(other.recipe, Recipe { seed: 4, ..recipe });
    for (arguments, expected) in [
        (vec!["train", "--lesson", "triplet", "--recipe", &line, "--dims", "3"], "cannot be used with"),
        (vec!["train", "--lesson", "triplet", "--recipe", "gone.txt"], "embedding-playground recipe:"),
        (vec!["train", "--lesson", "triplet", "--recipe", "embedding-playground recipe: {\"version\":1}"], "recipe"),
    ] {
        let (is_done, _, stderr) = run(folder.path(), &arguments);
        assert!(!is_done && stderr.contains(expected), "{stderr}");
    }
    let compare = ["compare", "--lesson", "triplet", "--seeds", "1-3", "--recipe", "recipe.txt", "--json"];
    let (is_done, stdout, stderr) = run(folder.path(), &compare);
    assert!(is_done && stdout.contains("\"seeds\""), "{stderr}");
    let (is_done, _, stderr) = run(folder.path(), &["compare", "--lesson", "triplet", "--seeds", "1-30"]);
    assert!(!is_done && stderr.contains("expected 2 to 9 seeds, got 30"), "{stderr}");
}

#[test]
fn a_run_file_is_opened_to_be_read_and_its_recipe_taken_or_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = Bench::lesson("roses");
    bench.apply(Edit::SetRecipe(Recipe { steps: 20, seed: 11, ..Recipe::default() }));
    bench.settle();
    let path = folder.path().join("mine.safetensors");
    std::fs::write(&path, write_run(bench.playground.run().expect("a run")).expect("bytes")).expect("a file");
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    let before = bench.playground.document().clone();
    bench.apply(Act::Open(path.clone()));
    bench.settle();
    assert_eq!(*bench.playground.document(), before, "it is only read");
    let opened = bench.playground.opened_run().expect("a run").clone();
    assert_eq!((opened.name().as_str(), opened.run.recipe.seed), ("mine", 11));
    bench.apply(Act::TakeRecipeOfRun);
    assert_eq!(bench.playground.document().recipe, opened.run.recipe);
    bench.apply(Act::Undo);
    assert_eq!(*bench.playground.document(), before);
    bench.apply(Act::KeepOpenedRun);
    assert!(bench.playground.opened_run().is_none());
    assert_eq!(bench.playground.views().seeds.kept()[0].name, "mine");
    let mut bytes = std::fs::read(&path).expect("bytes");
    bytes.truncate(bytes.len() - 40);
    std::fs::write(&path, bytes).expect("a file");
    bench.apply(Act::Open(path));
    bench.settle();
    let notice = bench.playground.notice().expect("a sentence");
    assert!(notice.is_error && notice.text.contains("mine.safetensors"), "{}", notice.text);
}

#[test]
fn every_recipe_that_fails_can_be_copied() {
    for failure in Failure::ALL {
        let recipe = failure.spoil(&Recipe::default());
        let line = RecipeLine { recipe: recipe.clone(), model: None }.text();
        assert_eq!(RecipeLine::read(&line).expect("a recipe").recipe, recipe);
    }
}
