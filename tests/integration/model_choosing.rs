//! Choosing a model without a window: settings are edits, what is cut is known by model, errands disturb nobody, and what
//! comes late replaces nothing.

use std::time::{Duration, Instant};

use embedding_playground::jobs::{JobEvent, News, Order, Outcome, Task};
use embedding_playground::model::{ModelChoice, ModelSettings, Source};
use embedding_playground::playground::views::{ModelsCommand, SideChoice};
use embedding_playground::playground::{Act, Edit, EmbedFailure, ModelUse, Playground};
use embedding_playground::train::Recipe;

use crate::commands::Bench;
use crate::support::small_model;

fn hub_model() -> ModelChoice {
    Source::Hub("rose/small-model".parse().expect("an id")).into()
}

fn with_prompt(prompt: &str) -> ModelChoice {
    let settings = ModelSettings { prompt: Some(prompt.to_owned()), ..ModelSettings::default() };
    ModelChoice { source: Source::Embedded, settings }
}

/// The id of the job of `task` among `orders`.
fn started(orders: &[Order], task: Task) -> u64 {
    let id = orders.iter().find_map(|order| match order {
        Order::Start(job) if job.work.task() == task => Some(job.id),
        Order::Start(_) | Order::Stop(_) | Order::Drop(_) => None,
    });
    id.expect("the job is started")
}

fn ended(id: u64, outcome: Outcome) -> JobEvent {
    JobEvent { id, news: News::Ended(outcome) }
}

#[test]
fn another_prompt_is_an_edit_and_another_space() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    let plain = bench.playground.model_space().expect("a space").clone();
    bench.apply(Edit::SetModel(with_prompt("query: ")));
    bench.settle();
    let prompted = bench.playground.model_space().expect("a space").clone();
    assert_eq!(prompted.prompt, "query: ");
    assert!(plain.check_same(&prompted).is_err(), "the same prompt on both sides is another space than none");
    bench.apply(Act::Undo);
    bench.settle();
    assert!(bench.playground.document().model.settings.are_usual());
    assert_eq!(bench.playground.model_space(), Some(&plain));
}

#[test]
fn what_is_cut_is_known_by_model_and_comes_back_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small");
    small_model(&path, 1);
    let mut bench = Bench::lesson("roses");
    bench.settle();
    assert!(bench.playground.cut_phrases().is_empty());
    assert_eq!(bench.playground.model_facts().expect("opened").limit, Some(256));
    let long = "roses and lions ".repeat(200);
    bench.apply(Edit::AddPhrases(vec![long.trim().to_owned()], None));
    bench.settle();
    assert_eq!(bench.playground.cut_phrases().iter().map(|text| &**text).collect::<Vec<_>>(), [long.trim()]);
    bench.apply(Edit::SetModel(Source::Folder(path).into()));
    bench.settle();
    assert!(bench.playground.cut_phrases().len() > 1, "it reads 24 letters");
    bench.apply(Act::Undo);
    assert_eq!(bench.playground.cut_phrases().len(), 1, "at once: nothing is embedded again");
}

#[test]
fn a_model_that_came_is_used_unless_somebody_has_chosen_meanwhile() {
    for (meanwhile, is_used) in [(None, true), (Some(Edit::SetModel(Source::Tokens.into())), false)] {
        let (mut playground, _) = Playground::with_lesson("triplet");
        let id = started(&playground.apply(Act::FetchModel(Box::new(hub_model()), ModelUse::Document)), Task::FetchModel);
        assert_eq!(playground.fetching().map(|(choice, _)| choice.clone()), Some(hub_model()));
        if let Some(edit) = meanwhile {
            playground.apply(edit);
        }
        playground.absorb(ended(id, Outcome::ModelFetched(hub_model())));
        assert_eq!(playground.document().model == hub_model(), is_used);
        assert!(playground.notice().expect("it is said").text.contains("is on this machine now"));
        assert!(playground.fetching().is_none());
    }
}

#[test]
fn a_model_that_came_for_another_document_is_only_told_of() {
    let (mut playground, _) = Playground::with_lesson("triplet");
    let id = started(&playground.apply(Act::FetchModel(Box::new(hub_model()), ModelUse::Document)), Task::FetchModel);
    playground.apply(Act::New);
    assert!(playground.fetching().is_some(), "it goes on: it is of use to any document");
    playground.absorb(ended(id, Outcome::ModelFetched(hub_model())));
    assert_eq!(playground.document().model, Source::Embedded.into());
}

#[test]
fn a_model_that_came_for_a_comparison_takes_its_side() {
    let (mut playground, _) = Playground::with_lesson("triplet");
    let id = started(&playground.apply(Act::FetchModel(Box::new(hub_model()), ModelUse::Side(1))), Task::FetchModel);
    playground.absorb(ended(id, Outcome::ModelFetched(hub_model())));
    assert_eq!(playground.views().models.side(1), Some(&SideChoice::Model(hub_model())));
    assert_eq!(playground.document().model, Source::Embedded.into());
    playground.apply(ModelsCommand::Choose(1, SideChoice::Model(Source::Tokens.into())));
    assert_eq!(playground.views().models.side(1), Some(&SideChoice::Model(Source::Tokens.into())));
}

#[test]
fn cancel_leaves_a_download_alone_which_has_its_own() {
    let (mut playground, orders) = Playground::with_lesson("triplet");
    let training = started(&orders, Task::Train);
    let id = started(&playground.apply(Act::FetchModel(Box::new(hub_model()), ModelUse::Document)), Task::FetchModel);
    assert_ne!(playground.activity().map(|activity| activity.task), Some(Task::FetchModel), "the card tells of it");
    let orders = playground.apply(Act::Cancel);
    assert!(orders.contains(&Order::Stop(training)) && !orders.contains(&Order::Stop(id)));
    assert_eq!(playground.apply(Act::StopFetch), [Order::Stop(id)]);
}

#[test]
fn why_a_model_did_not_come_is_kept_until_it_is_read() {
    let (mut playground, _) = Playground::with_lesson("triplet");
    let id = started(&playground.apply(Act::FetchModel(Box::new(hub_model()), ModelUse::Side(0))), Task::FetchModel);
    playground.absorb(ended(id, Outcome::Failed("no way".to_owned())));
    let failed = playground.found_models().failed_fetch().expect("it is kept");
    assert_eq!((failed.why.as_str(), failed.purpose), ("no way", Some(ModelUse::Side(0))));
    playground.apply(Act::FetchModel(Box::new(hub_model()), ModelUse::Document));
    assert!(playground.found_models().failed_fetch().is_none(), "a new try");
}

#[test]
fn what_was_asked_about_another_model_before_is_dropped() {
    let (mut playground, _) = Playground::with_lesson("triplet");
    let first = started(&playground.apply(Act::LookAtModel(Source::Folder("first".into()))), Task::DescribeModel);
    let orders = playground.apply(Act::LookAtModel(Source::Folder("second".into())));
    assert!(orders.contains(&Order::Drop(first)));
    playground.absorb(ended(first, Outcome::Failed("late".to_owned())));
    assert!(playground.found_models().looked_at().is_none());
    playground.absorb(ended(started(&orders, Task::DescribeModel), Outcome::Failed("no model".to_owned())));
    let found = playground.found_models().looked_at().expect("an answer");
    assert_eq!((&found.source, found.look.as_ref().err()), (&Source::Folder("second".into()), Some(&"no model".to_owned())));
}

#[test]
fn embedding_that_was_stopped_is_tried_again_on_demand() {
    let (mut playground, orders) = Playground::with_lesson("triplet");
    started(&orders, Task::Embed);
    playground.apply(Act::Cancel);
    assert_eq!(playground.model_failure(), Some(&EmbedFailure::Stopped));
    let embedding = started(&orders, Task::Embed);
    playground.absorb(ended(embedding, Outcome::Cancelled));
    let orders = playground.apply(Act::TryModelAgain);
    started(&orders, Task::Embed);
}

#[test]
fn models_are_listed_and_told_while_a_training_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small");
    small_model(&path, 1);
    let mut bench = Bench::lesson("roses");
    bench.settle();
    let recipe = Recipe { steps: Recipe::MAX_STEPS, ..bench.playground.document().recipe.clone() };
    bench.apply(Edit::SetRecipe(recipe));
    let gone = Source::Folder(folder.path().join("gone"));
    bench.apply(Act::ListModels(vec![Source::Folder(path.clone()), gone.clone()]));
    bench.apply(Act::LookAtModel(Source::Folder(path.clone())));
    let patience = Instant::now() + Duration::from_secs(30);
    let is_answered =
        |playground: &Playground| playground.found_models().here().is_some() && playground.found_models().looked_at().is_some();
    while !is_answered(&bench.playground) {
        assert!(Instant::now() < patience, "errands wait for nobody");
        if let Some(event) = bench.worker.recv_timeout(Duration::from_millis(50)) {
            let orders = bench.playground.absorb(event);
            bench.carry_out(orders);
        }
    }
    assert!(bench.playground.is_busy(), "the training goes on");
    let here = bench.playground.found_models().here().expect("a list").clone();
    assert_eq!(here[0].source, Source::Embedded);
    let small = here.iter().find(|model| model.source == Source::Folder(path.clone())).expect("what was used");
    assert!(small.problem.is_none() && small.n_bytes > 10_000);
    let lost = here.iter().find(|model| model.source == gone).expect("what was used");
    assert!(lost.problem.is_some(), "it is in the list and says that it is gone");
    let look = bench.playground.found_models().looked_at().and_then(|found| found.look.clone().ok()).expect("a description");
    assert_eq!((look.description.dims, look.description.limit, look.n_bytes_to_fetch), (Some(32), Some(24), None));
    bench.apply(Act::Cancel);
    bench.settle();
}

#[test]
fn nothing_is_fetched_because_a_document_names_it() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    bench.apply(Edit::SetModel(Source::Hub("nobody/never-fetched-model".parse().expect("an id")).into()));
    bench.settle();
    let Some(EmbedFailure::Failed(why)) = bench.playground.model_failure() else { panic!("it is not here") };
    assert!(why.contains("nobody/never-fetched-model"), "{why}");
}
