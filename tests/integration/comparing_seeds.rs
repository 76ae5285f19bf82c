//! Seeds for people who compare: chosen seeds, kept runs, two recipes, numbers of the step shown; and no view that shows
//! old results under new choices.

use embedding_playground::choice::Choice;
use embedding_playground::compare::{Agreement, AgreementMeasure, Among, Comparison, Seeds, SeedsError};
use embedding_playground::model::Source;
use embedding_playground::playground::views::{
    DimensionsCommand, Documents, KeptId, ModelsCommand, SearchCommand, SeedsCommand, SideChoice, Tab,
};
use embedding_playground::playground::{Act, Edit};
use embedding_playground::train::{Recipe, read_run};

use super::commands::Bench;

fn seeds(text: &str) -> Seeds {
    text.parse().expect("seeds")
}

fn comparison(bench: &Bench) -> &Comparison {
    bench.playground.views().seeds.comparison().expect("a comparison")
}

fn kept(bench: &Bench) -> Vec<(KeptId, String)> {
    bench.playground.views().seeds.kept().iter().map(|run| (run.id, run.name.clone())).collect()
}

/// A lesson whose runs are short, on the tab of seeds, with two runs compared.
fn compared() -> Bench {
    let mut bench = Bench::lesson("roses");
    bench.apply(Edit::SetRecipe(Recipe { steps: 60, ..Recipe::default() }));
    bench.settle();
    bench.apply(SeedsCommand::Compare(seeds("1,5")));
    bench.apply(Act::ShowTab(Tab::Seeds));
    bench.settle();
    bench
}

#[test]
fn the_seeds_that_are_chosen_are_trained() {
    let bench = compared();
    let found = comparison(&bench);
    assert_eq!(found.runs.iter().map(|run| run.recipe.seed).collect::<Vec<_>>(), [1, 5]);
    assert_eq!(found.names, ["seed 1", "seed 5"]);
    assert_eq!(Seeds::try_from(vec![3, 3]), Err(SeedsError::Twice(3)));
}

#[test]
fn the_numbers_follow_the_step_that_is_shown_and_say_which() {
    let mut bench = compared();
    assert_eq!((bench.playground.step(), comparison(&bench).step), (60, 60));
    let overlap =
        |bench: &Bench| -> f64 { comparison(bench).agreement.level(AgreementMeasure::NeighbourOverlap).expect("a level").mean };
    let last = overlap(&bench);
    bench.apply(Act::Seek(0));
    bench.settle();
    assert_eq!(comparison(&bench).step, 0);
    assert!(overlap(&bench) < last - 0.2, "{} at step 0, {last} at the end", overlap(&bench));
    bench.apply(Act::TogglePlay);
    bench.apply(Act::Advance(0.5));
    bench.settle();
    assert_eq!(comparison(&bench).step, bench.playground.step());
    bench.apply(Act::Seek(60));
    bench.settle();
    assert_eq!(overlap(&bench), last, "the same step, the same numbers");
    let table = comparison(&bench).at(30).expect("numbers").table();
    assert!(table.columns.iter().any(|column| column.name == "step"), "{:?}", table.columns.len());
}

#[test]
fn kept_runs_survive_others_are_renamed_dropped_and_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = compared();
    bench.apply(SeedsCommand::Keep(1));
    bench.apply(SeedsCommand::KeepTrained);
    bench.apply(SeedsCommand::Keep(1));
    let names: Vec<String> = kept(&bench).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["vectors, seed 5", "vectors, seed 7"], "the same run is kept once");
    let run = bench.playground.views().seeds.kept()[0].run.clone();
    bench.apply(SeedsCommand::Compare(seeds("2-4")));
    bench.settle();
    bench.apply(Act::OpenLesson("roses"));
    bench.settle();
    assert_eq!(bench.playground.views().seeds.kept()[0].run, run, "another document and other runs leave it");
    let id = kept(&bench)[0].0;
    bench.apply(SeedsCommand::Rename(id, "  the good one ".to_owned()));
    assert_eq!(kept(&bench)[0].1, "the good one");
    for wrong in ["", "vectors, seed 7"] {
        bench.apply(SeedsCommand::Rename(id, wrong.to_owned()));
        assert!(bench.playground.notice().expect("a sentence").is_error);
        assert_eq!(kept(&bench)[0].1, "the good one");
    }
    let path = folder.path().join("good.safetensors");
    bench.apply(Act::SaveKept(id, path.clone()));
    bench.settle();
    let saved = read_run(&std::fs::read(path).expect("a file")).expect("a run");
    assert_eq!((&saved.recipe, &saved.frames), (&run.recipe, &run.frames));
    bench.apply(Act::TakeKeptRecipe(id));
    assert_eq!(bench.playground.document().recipe, run.recipe);
    bench.apply(SeedsCommand::Forget(id));
    assert_eq!(kept(&bench).len(), 1);
}

#[test]
fn a_run_is_compared_with_a_kept_one_and_two_recipes_with_each_other() {
    let mut bench = compared();
    bench.apply(SeedsCommand::KeepTrained);
    let id = kept(&bench)[0].0;
    let mut recipe = bench.playground.document().recipe.clone();
    recipe.settings.temperature = 1.0;
    bench.apply(Edit::SetRecipe(recipe));
    bench.settle();
    bench.apply(SeedsCommand::CompareRuns(vec![id]));
    bench.settle();
    assert_eq!(comparison(&bench).names, ["the run, seed 7", "vectors, seed 7"]);
    let remarks = comparison(&bench).remarks.join(" ");
    assert!(remarks.contains("temperature 1 → 0.2"), "{remarks}");
    assert!(!bench.playground.view_is_outdated());
    bench.apply(SeedsCommand::CompareRecipes(seeds("1-3"), id));
    bench.settle();
    let found = comparison(&bench);
    assert_eq!(found.parts, [0, 0, 0, 1, 1, 1]);
    assert!(found.names[0].starts_with("this recipe") && found.names[3].starts_with("vectors, seed 7"), "{:?}", found.names);
    assert_eq!(found.runs[0].recipe.settings.temperature, 1.0);
    assert_eq!(found.runs[3].recipe.settings.temperature, 0.2);
    let level = |among| found.level(AgreementMeasure::LinearCka, among).expect("a level").mean;
    let (all, within, across) = (level(Among::All), level(Among::Within), level(Among::Across));
    // Of 15 pairs 6 are of one recipe and 9 of two.
    assert!((all - (6.0 * within + 9.0 * across) / 15.0).abs() < 1e-9, "{all} of {within} and {across}");
    assert!(AgreementMeasure::ALL.iter().all(|measure| found.level(*measure, Among::Within).is_some()));
    bench.apply(SeedsCommand::CompareRecipes(seeds("1-5"), id));
    let notice = bench.playground.notice().expect("a sentence");
    assert!(notice.is_error && notice.text.contains("10 runs") && notice.text.contains("so 4 seeds"), "{}", notice.text);
    assert_eq!(Agreement::default().level(AgreementMeasure::LinearCka), None);
}

#[test]
fn runs_that_fail_are_counted_and_the_rest_is_compared() {
    let mut bench = Bench::lesson("roses");
    bench.apply(Edit::Fail(embedding_playground::train::Failure::LearningRateLarge));
    bench.settle();
    bench.apply(SeedsCommand::Compare(seeds("1-3")));
    bench.settle();
    let found = comparison(&bench);
    assert_eq!(found.runs.len(), 3);
    let early = found.remarks.iter().filter(|remark| remark.contains("grew beyond all bounds")).count();
    assert_eq!(early, 3, "{:?}", found.remarks);
}

// Nothing old under new choices: Models, Seeds, Dimensions, Search.

#[test]
fn two_models_say_of_what_they_are_when_others_are_chosen() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    bench.apply(Act::ShowTab(Tab::Models));
    bench.settle();
    assert_eq!(bench.playground.view_standing(), None);
    bench.apply(ModelsCommand::Choose(1, SideChoice::Model(Source::Random(2).into())));
    let standing = bench.playground.view_standing().expect("a sentence");
    assert!(
        standing.contains("random weights 1") && standing.contains("random weights 2") && standing.contains("press Compare"),
        "{standing}"
    );
    bench.apply(ModelsCommand::CompareChosen);
    let standing = bench.playground.view_standing().expect("a sentence");
    assert!(
        standing.contains("These are")
            && standing.contains("random weights 1. Comparing")
            && standing.contains("random weights 2"),
        "{standing}"
    );
    bench.settle();
    assert_eq!(bench.playground.view_standing(), None);
    // One that fails leaves what was there, under its own name.
    let gone = SideChoice::Model(Source::Folder("gone".into()).into());
    bench.apply(ModelsCommand::Compare(Box::new([SideChoice::Model(Source::Embedded.into()), gone])));
    bench.settle();
    let standing = bench.playground.view_standing().expect("a sentence");
    assert!(standing.contains("random weights 2. Chosen are") && standing.contains("gone"), "{standing}");
    bench.apply(ModelsCommand::Compare(Box::new([SideChoice::Run(0), SideChoice::Run(200)])));
    bench.settle();
    assert_eq!(bench.playground.view_standing(), None);
    bench.apply(Edit::NewSeed);
    bench.settle();
    assert!(bench.playground.view_standing().expect("a sentence").contains("trained again since"));
    bench.apply(Act::Undo);
    bench.settle();
    bench.apply(ModelsCommand::Compare(Box::new(
        [Source::Embedded, Source::Tokens].map(|source| SideChoice::Model(source.into())),
    )));
    bench.settle();
    bench.apply(Edit::AddPhrases(vec!["Another one".to_owned()], None));
    assert!(bench.playground.view_standing().expect("a sentence").contains("phrases or their groups have changed"));
}

#[test]
fn runs_say_that_they_are_those_before_while_others_are_trained() {
    let mut bench = compared();
    assert_eq!(bench.playground.view_standing(), None);
    bench.apply(SeedsCommand::Compare(seeds("2,3")));
    let standing = bench.playground.view_standing().expect("a sentence");
    assert!(standing.contains("still seed 1, seed 5"), "{standing}");
    bench.settle();
    assert_eq!(bench.playground.view_standing(), None);
    bench.apply(Edit::SetRecipe(Recipe { steps: 30, ..Recipe::default() }));
    bench.settle();
    assert!(bench.playground.view_standing().expect("a sentence").contains("train again"));
    bench.apply(Act::ShowTab(Tab::Dimensions));
    bench.settle();
    assert_eq!(bench.playground.view_standing(), None);
    bench.apply(Edit::SetRecipe(Recipe { steps: 20, ..Recipe::default() }));
    bench.settle();
    assert!(bench.playground.view_standing().expect("a sentence").contains("train again"));
    bench.apply(DimensionsCommand::Train);
    assert!(bench.playground.view_standing().expect("a sentence").contains("still the runs before"));
    bench.settle();
    assert_eq!(bench.playground.view_standing(), None);
}

#[test]
fn no_answer_of_other_documents_is_shown() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    bench.apply(SearchCommand::Ask("smell".to_owned()));
    bench.apply(Act::ShowTab(Tab::Search));
    bench.settle();
    assert_eq!(bench.playground.views().search.answered(), Some("smell"));
    bench.apply(SearchCommand::SearchIn(Documents::File("gone.txt".into())));
    let search = &bench.playground.views().search;
    assert!(search.answered().is_none() && search.found(0).is_none());
}
