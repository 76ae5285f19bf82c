//! The tab Search, by accessible names; its hits are those of the command line.

use std::time::{Duration, Instant};

use eframe::egui::{self, Key, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use embedding_playground::choice::Choice;
use embedding_playground::compare::SearchSide;
use embedding_playground::jobs::Task;
use embedding_playground::model::{Answer, Source};
use embedding_playground::playground::views::{Beside, Documents, SearchCommand, Tab};
use embedding_playground::playground::{Act, Edit, Said};
use embedding_playground::search::SearchMethod;
use embedding_playground::train::{LearnerKind, Recipe};

use crate::any_model::copy_of;
use crate::cli::{done, folder, run, write};
use crate::commands::Bench;
use crate::ui::{Window, click, settle, window};

fn search_window() -> Window {
    let mut window = window();
    click(&mut window, "Search");
    settle(&mut window);
    window
}

fn ask(window: &mut Window, query: &str) {
    window.get_by_label("Query").focus();
    window.step();
    window.get_by_label("Query").type_text(query);
    window.run_steps(3);
    settle(window);
}

#[test]
fn a_typed_question_is_answered_in_three_columns_at_once() {
    let mut window = search_window();
    assert!(window.query_by_label_contains("42 phrases are searched as you type").is_some());
    ask(&mut window, "a kitten");
    for title in ["Words", "Meaning", "Both"] {
        assert!(window.query_all_by_label(title).next().is_some(), "{title}");
    }
    assert!(window.query_by_label_contains("Meaning 1. ").is_some(), "the first hit by meaning");
    assert!(window.query_by_label_contains("higher than 100 % of all").is_some());
    let n_pairs = window.query_all_by_label_contains(" × ").count();
    assert_eq!(n_pairs, 3, "the tokens that make the first three near are named");
    assert!(window.query_by_label("Map of the query and its hits").is_some());
    // "a" is a word too.
    assert!(window.query_by_label_contains("Words 1. ").is_some());
}

#[test]
fn a_hit_that_is_a_phrase_selects_it_by_mouse_and_by_keyboard() {
    let mut window = search_window();
    ask(&mut window, "roses");
    let name = "Meaning 1. A bouquet of red roses";
    click(&mut window, name);
    let selected = |window: &Window| {
        let playground = window.state().playground();
        playground.selected().map(|id| playground.document().text(id).to_owned())
    };
    assert_eq!(selected(&window).as_deref(), Some("A bouquet of red roses"));
    let second = window.query_all_by_role(Role::Button).filter_map(|node| node.accesskit_node().label());
    let second = second.into_iter().find(|label| label.starts_with("Meaning 2. ")).expect("a second hit");
    window.get_by_label(&second).focus();
    window.step();
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(selected(&window).as_deref(), second.strip_prefix("Meaning 2. "));
}

#[test]
fn judged_questions_are_asked_by_a_click_and_measured() {
    let mut window = search_window();
    click(&mut window, "A museum's leaflet");
    settle(&mut window);
    assert!(window.query_by_label("Judged questions · 24").is_some());
    assert!(window.query_by_label("Judged on 8 questions that training never saw").is_some());
    assert!(window.query_by_label("nDCG@10").is_some());
    click(&mut window, "a way in without stairs");
    settle(&mut window);
    assert!(window.query_all_by_label("right answer").next().is_some(), "the right passage is marked");
    let search = &window.state().playground().views().search;
    assert_eq!(search.query(), "a way in without stairs");
    assert_eq!(search.judged_query(), Some(0));
    click(&mut window, "all questions");
    assert!(window.query_by_label("Judged on all 24 questions").is_some());
}

#[test]
fn the_hits_are_those_of_the_command_line() {
    let folder = folder();
    write(folder.path(), "docs.txt", "The lift is beside the door.\nTrams stop outside.\nSoup is served until five.\n");
    let path = folder.path().join("docs.txt");
    let mut bench = Bench::lesson("roses");
    bench.apply(Act::ShowTab(Tab::Search));
    bench.apply(SearchCommand::SearchIn(Documents::File(path)));
    bench.apply(SearchCommand::Ask("public transport to the door".to_owned()));
    bench.settle();
    for (column, method) in [SearchMethod::Words, SearchMethod::Meaning, SearchMethod::Both].into_iter().enumerate() {
        let arguments = ["search", "docs.txt", "public transport to the door", "--method", method.name(), "--json"];
        let told: serde_json::Value = serde_json::from_str(&done(folder.path(), &arguments)).expect("JSON");
        let search = &bench.playground.views().search;
        let found = search.found(column).expect("hits");
        let hits = told["hits"].as_array().expect("hits");
        assert_eq!(found.hits.len(), hits.len(), "{}", method.name());
        for (hit, told) in found.hits.iter().zip(hits) {
            let passage = &search.collection().expect("passages").passages[hit.passage];
            assert_eq!(told["text"], *passage.text);
            assert_eq!(told["score"].as_f64(), Some(hit.score));
            let above = (hit.above, told["higher_than"].as_f64());
            assert!(method == SearchMethod::Words || above.0 == above.1);
        }
    }
}

#[test]
fn words_are_searched_without_any_vectors() {
    let mut bench = Bench::lesson("roses");
    bench.apply(Edit::SetModel(Source::Folder("/nowhere/at/all".into()).into()));
    bench.apply(Act::ShowTab(Tab::Search));
    bench.apply(SearchCommand::SearchIn(Documents::BuiltIn));
    bench.apply(SearchCommand::Ask("lift".to_owned()));
    bench.settle();
    let search = &bench.playground.views().search;
    let [words, meaning] = [0, 1].map(|column| &search.columns()[column]);
    assert_eq!((&words.side, search.failure_of(&words.side)), (&SearchSide::Words, None));
    assert!(search.failure_of(&meaning.side).is_some_and(|why| why.contains("no model")));
    let found = search.found(0).expect("hits by words");
    assert!(!found.hits.is_empty() && found.hits.iter().all(|hit| hit.cosine.is_none()));
    assert!(search.found(1).is_none() && search.found(2).is_none());
    assert!(search.index_of(&words.side).is_some_and(|index| index.measures_of(SearchMethod::Words).is_some()));
    // Once there are vectors, hits by words have cosines too, and are the same.
    let before: Vec<usize> = found.hits.iter().map(|hit| hit.passage).collect();
    bench.apply(Act::Undo);
    bench.settle();
    let found = bench.playground.views().search.found(0).expect("hits by words");
    assert_eq!(found.hits.iter().map(|hit| hit.passage).collect::<Vec<_>>(), before);
    assert!(found.hits.iter().all(|hit| hit.cosine.is_some()));
}

#[test]
fn a_hit_is_explained_by_what_found_it() {
    let mut bench = Bench::lesson("museum");
    bench.settle();
    for learner in [LearnerKind::Adapter, LearnerKind::Tokens] {
        let recipe = Recipe { learner, steps: 5, ..bench.playground.document().recipe.clone() };
        bench.apply(Edit::SetRecipe(recipe));
        bench.apply(Act::ShowTab(Tab::Search));
        bench.apply(SearchCommand::Compare(Beside::Training));
        bench.apply(SearchCommand::Ask("a way in without stairs".to_owned()));
        bench.settle();
        for column in [1, 2] {
            let search = &bench.playground.views().search;
            let (side, hit) = (search.columns()[column].side.clone(), search.found(column).expect("hits").hits[0].clone());
            let passage = search.collection().expect("passages").passages[hit.passage].text.clone();
            let sides = [Said::Text("a way in without stairs".into()), Said::Text(passage)];
            bench.apply(Act::AskWhy(sides, Some(side.clone())));
            bench.settle();
            let found = bench.playground.why().found().expect("an answer").expect("an explanation");
            assert!((found.cosine - hit.cosine.expect("a cosine")).abs() < 1e-5, "{learner:?}, {side}");
            let Answer::Cells(cells) = &found.answer else { panic!("cells, got {:?}", found.answer) };
            let sum: f64 = cells.iter().sum();
            assert!((sum - f64::from(found.cosine)).abs() < 1e-5, "{sum} and {}", found.cosine);
        }
    }
}

#[test]
fn a_hit_of_a_model_with_prompts_is_explained_with_them() {
    let folder = folder();
    let model = copy_of("bert", &folder.path().join("m"));
    let config = r#"{"prompts": {"query": "the ", "passage": "a "}}"#;
    std::fs::write(model.join("config_sentence_transformers.json"), config).expect("written");
    let mut bench = Bench::lesson("roses");
    bench.apply(Edit::SetModel(Source::Folder(model).into()));
    bench.apply(Act::ShowTab(Tab::Search));
    bench.apply(SearchCommand::Ask("red rose".to_owned()));
    bench.settle();
    let search = &bench.playground.views().search;
    assert!(search.remarks().iter().any(|remark| remark.contains("stands before every query")), "{:?}", search.remarks());
    let (side, found) = (search.columns()[1].side.clone(), search.found(1).expect("hits by meaning"));
    assert!(found.pairs[0].is_some(), "the tokens of the query and of the passage, each with its own prompt");
    let hit = found.hits[0].clone();
    let text = search.collection().expect("passages").passages[hit.passage].text.clone();
    let sides = [Said::Text("red rose".into()), Said::Text(text)];
    let mut cosine_by = |found_by| {
        bench.apply(Act::AskWhy(sides.clone(), found_by));
        bench.settle();
        bench.playground.why().found().expect("an answer").expect("an explanation").cosine
    };
    let (as_hit, as_phrases) = (cosine_by(Some(side)), cosine_by(None));
    assert!((as_hit - hit.cosine.expect("a cosine")).abs() < 1e-5, "{as_hit} {hit:?}");
    assert!((as_phrases - as_hit).abs() > 1e-4, "without the prompts it is another number");
}

#[test]
fn a_question_is_ranked_before_and_after_training_each_in_its_own_space() {
    let mut bench = Bench::lesson("museum");
    bench.settle();
    bench.apply(Act::ShowTab(Tab::Search));
    bench.apply(SearchCommand::SearchIn(Documents::BuiltIn));
    bench.apply(SearchCommand::Compare(Beside::Training));
    bench.apply(SearchCommand::Ask("a way in without stairs".to_owned()));
    bench.settle();
    let search = &bench.playground.views().search;
    assert_eq!(search.columns().len(), 3);
    let [before, after] = [1, 2].map(|column| search.index_of(&search.columns()[column].side).expect("embedded"));
    assert!(before.space() != after.space(), "two spaces");
    let found = search.found(2).expect("hits");
    assert_eq!(found.ranks_against.len(), found.hits.len(), "every hit is compared");
    let measures = |index: &embedding_playground::compare::SearchIndex| {
        let measures = index.measures_of(SearchMethod::Meaning).expect("measures");
        measures.of(search.held_out().iter().copied()).ndcg().expect("a mean")
    };
    assert!(measures(after) > measures(before), "{} {}", measures(before), measures(after));
    // The run of the command line is the same one.
    let folder = folder();
    let trained = run(folder.path(), &["train", "--lesson", "museum", "--learner", "adapter", "--out", "run.safetensors"]);
    assert!(trained.status.success());
    let arguments = ["search", "--lesson", "museum", "--held-out", "--run", "run.safetensors", "--json"];
    let told: serde_json::Value = serde_json::from_str(&done(folder.path(), &arguments)).expect("JSON");
    assert_eq!(told["ndcg_at_10"].as_f64(), Some(measures(after)));
}

#[test]
fn tokens_and_a_transformer_are_searched_after_training_too() {
    for learner in [LearnerKind::Tokens, LearnerKind::Transformer] {
        let mut bench = Bench::lesson("museum");
        let recipe = Recipe { learner, steps: 3, layers: 1, ..bench.playground.document().recipe.clone() };
        bench.apply(Edit::SetRecipe(recipe));
        bench.settle();
        bench.apply(Act::ShowTab(Tab::Search));
        bench.apply(SearchCommand::SearchIn(Documents::BuiltIn));
        bench.apply(SearchCommand::Compare(Beside::Training));
        bench.apply(SearchCommand::Ask("a way in without stairs".to_owned()));
        bench.settle();
        let search = &bench.playground.views().search;
        assert_eq!(search.columns()[2].unavailable, None, "{learner:?}");
        let [before, after] = [1, 2].map(|column| search.index_of(&search.columns()[column].side).expect("embedded"));
        assert!(before.space() != after.space(), "{learner:?}: two spaces");
        let found = search.found(2).expect("hits");
        assert!(!found.hits.is_empty() && found.ranks_against.len() == found.hits.len(), "{learner:?}");
    }
}

#[test]
fn phrases_that_come_and_go_are_searched_as_they_are_now() {
    let mut bench = Bench::lesson("triplet");
    bench.apply(Act::ShowTab(Tab::Search));
    bench.apply(SearchCommand::Ask("a tram".to_owned()));
    bench.settle();
    let n_hits = |bench: &Bench| bench.playground.views().search.found(1).map(|found| found.hits.len());
    assert_eq!(n_hits(&bench), Some(3));
    let added = Edit::AddPhrases(vec!["Trams stop at the door".to_owned()], None);
    bench.apply(added);
    bench.settle();
    assert_eq!(n_hits(&bench), Some(4));
    let search = &bench.playground.views().search;
    let first = search.found(1).expect("hits").hits[0].passage;
    assert_eq!(&*search.collection().expect("passages").passages[first].text, "Trams stop at the door");
    bench.apply(SearchCommand::Ask("   ".to_owned()));
    bench.settle();
    assert_eq!(n_hits(&bench), None, "nothing is asked");
    bench.apply(Act::New);
    bench.apply(Act::ShowTab(Tab::Search));
    bench.settle();
    assert!(bench.playground.views().search.collection().is_some_and(|collection| collection.passages.is_empty()));
}

#[test]
fn what_can_not_be_opened_or_compared_is_said() {
    let folder = folder();
    write(folder.path(), "empty.txt", "\n\n");
    let mut bench = Bench::lesson("roses");
    bench.apply(Act::ShowTab(Tab::Search));
    bench.apply(SearchCommand::SearchIn(Documents::File(folder.path().join("empty.txt"))));
    bench.settle();
    assert!(bench.playground.notice().is_some_and(|notice| notice.is_error && notice.text.contains("empty.txt")));
    assert!(bench.playground.views().search.has_failed());
    bench.apply(SearchCommand::SearchIn(Documents::Phrases));
    bench.apply(SearchCommand::Compare(Beside::Training));
    bench.apply(SearchCommand::Ask("roses".to_owned()));
    bench.settle();
    let search = &bench.playground.views().search;
    assert!(search.columns()[2].unavailable.as_ref().is_some_and(|why| why.contains("only its own phrases")));
    assert!(search.found(2).is_none());
    assert!(search.found(0).is_some() && search.found(1).is_some(), "the others answer");
}

#[test]
fn the_picture_of_a_search_has_its_columns_and_measures() {
    let mut window = search_window();
    click(&mut window, "A museum's leaflet");
    click(&mut window, "when is it quiet");
    settle(&mut window);
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::E);
    window.run_steps(3);
    let folder = folder();
    let path = folder.path().join("search.svg");
    click(&mut window, "Path of the file");
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    window.get_by_label("Path of the file").type_text(&path.to_string_lossy());
    window.run_steps(2);
    click(&mut window, "Export");
    settle(&mut window);
    let svg = std::fs::read_to_string(&path).expect("the picture");
    for part in ["when is it quiet", "BM25", "nDCG@10", "PCA of all passages"] {
        assert!(svg.contains(part), "{part}");
    }
}

#[test]
fn a_question_is_answered_in_the_middle_of_a_training() {
    let mut bench = Bench::lesson("roses");
    bench.apply(Act::ShowTab(Tab::Search));
    bench.settle();
    let recipe = bench.playground.document().recipe.clone();
    bench.apply(Edit::SetRecipe(Recipe { steps: Recipe::MAX_STEPS, ..recipe }));
    bench.apply(SearchCommand::Ask("fresh bread".to_owned()));
    let patience = Instant::now() + Duration::from_secs(30);
    while bench.playground.views().search.answered() != Some("fresh bread") {
        assert!(Instant::now() < patience, "no answer");
        if let Some(event) = bench.worker.recv_timeout(Duration::from_millis(50)) {
            let orders = bench.playground.absorb(event);
            bench.carry_out(orders);
        }
    }
    assert!(bench.playground.activity().is_some_and(|activity| activity.task == Task::Train), "it goes on");
    bench.apply(Act::Cancel);
    bench.settle();
}
