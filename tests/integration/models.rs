//! Models by their sources: opened once, opened again when they change, embedding, training, and never mixed.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use embedding_playground::compare::compare_runs;
use embedding_playground::data::Grouping;
use embedding_playground::jobs::{Job, News, Order, Outcome, Task, Work, Worker, library_with_built_in};
use embedding_playground::model::{Encoder, Library, ModelChoice, ModelError, Source};
use embedding_playground::playground::views::{ModelsCommand, SideChoice};
use embedding_playground::playground::{Act, Edit};
use embedding_playground::progress;
use embedding_playground::train::{Axes, LearnerKind, Recipe, Run, Start, TrainError, TrainInput, read_run, train, write_run};

use crate::commands::Bench;
use crate::support::{builtin_input, embedded, small_model};

/// Numbers a vector of the small model.
const DIMS: usize = 32;

fn open(library: &Library, source: &Source) -> Arc<dyn Encoder> {
    library.open(&source.clone().into(), &mut progress::ignore).expect("the model opens")
}

/// A folder with a small model of that name in it, and its source.
fn small(name: &str, seed: u64) -> (tempfile::TempDir, Source) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    small_model(&path, seed);
    (folder, Source::Folder(path))
}

/// The built-in phrases with the vectors of `model`.
fn input_with(model: &dyn Encoder, recipe: Recipe) -> TrainInput {
    let mut input = builtin_input(recipe);
    let texts: Vec<&str> = input.phrases.iter().map(|phrase| &**phrase).collect();
    input.model_vectors = Some(model.embed(&texts, &mut progress::ignore).expect("vectors"));
    input
}

fn run_on(model: &dyn Encoder, recipe: Recipe) -> Run {
    let input = match recipe.learner {
        LearnerKind::Adapter => input_with(model, recipe),
        _ => builtin_input(recipe),
    };
    train(&input, Some(model), &mut progress::ignore).expect("a run")
}

#[test]
fn sources_are_read_as_they_are_written() {
    let sources = [
        Source::Embedded,
        Source::Random(7),
        Source::Tokens,
        Source::Folder("models/mine".into()),
        Source::Folder("random:1".into()),
        Source::Folder("folder:tokens".into()),
        Source::Folder(PathBuf::new()),
    ];
    for source in sources {
        assert_eq!(source.to_string().parse(), Ok(source.clone()));
        let json = serde_json::to_string(&source).expect("text");
        assert_eq!(serde_json::from_str::<Source>(&json).expect("a source"), source, "{json}");
    }
    assert_eq!(serde_json::to_string(&Source::default()).expect("text"), "\"embedded\"");
    assert_eq!(serde_json::to_string(&Source::Random(3)).expect("text"), "\"random:3\"");
    for (typed, source) in [
        ("all-MiniLM-L6-v2", Source::Embedded),
        ("sentence-transformers/all-MiniLM-L6-v2", Source::Embedded),
        ("random", Source::Random(1)),
        ("../tuned", Source::Folder("../tuned".into())),
        ("C:\\models\\tuned", Source::Folder("C:\\models\\tuned".into())),
    ] {
        assert_eq!(typed.parse(), Ok(source));
    }
    for nonsense in ["", "random:", "random:x", "random:-1"] {
        assert!(nonsense.parse::<Source>().is_err(), "{nonsense:?}");
    }
}

#[test]
fn a_folder_embeds_in_a_space_of_its_own() {
    let (_folder, source) = small("small", 1);
    let model = open(&Library::default(), &source);
    let phrases = ["a rose", "a lion", "a rose"];
    let vectors = model.embed(&phrases, &mut progress::ignore).expect("vectors");
    assert_eq!((vectors.len(), vectors.dims(), model.dims(), model.name()), (3, DIMS, DIMS, "small"));
    assert_eq!(vectors.get(0), vectors.get(2));
    assert_ne!(vectors.get(0), vectors.get(1));
    assert_eq!(model.limit(), Some(24));
    let tokens = model.tokens().expect("token vectors");
    let ids = tokens.token_ids("ab").expect("ids");
    assert!(ids.len() == 2 && ids.iter().all(|id| (*id as usize) < tokens.n_tokens()), "{ids:?}");
    assert_eq!(tokens.token_vectors(&ids).expect("vectors").iter().map(Vec::len).collect::<Vec<_>>(), [DIMS; 2]);
    assert!(model.space().check_same(embedded().space()).is_err());
}

#[test]
fn every_source_opens_once() {
    let (_folder, source) = small("small", 1);
    let library = Library::default();
    for source in [source, Source::Tokens, Source::Random(2)] {
        let first = open(&library, &source);
        assert!(Arc::ptr_eq(&first, &open(&library, &source)), "{source}");
        let vectors = first.embed(&["hello"], &mut progress::ignore).expect("a vector");
        assert_eq!(vectors.space(), first.space());
        assert!(vectors.values().iter().all(|x| x.is_finite()));
    }
    let spaces = [Source::Embedded, Source::Tokens, Source::Random(2), Source::Random(3)].map(|source| open(&library, &source));
    for (index, one) in spaces.iter().enumerate() {
        assert!(spaces[..index].iter().all(|other| other.space().check_same(one.space()).is_err()));
    }
}

#[test]
fn a_folder_that_changed_is_opened_again() {
    let (_folder, source) = small("small", 1);
    let Source::Folder(path) = &source else { panic!("a folder") };
    let library = Library::default();
    let before = open(&library, &source);
    small_model(path, 2);
    let weights = std::fs::File::options().append(true).open(path.join("model.safetensors")).expect("the weights");
    weights.set_modified(SystemTime::now() + Duration::from_secs(5)).expect("a time");
    let after = open(&library, &source);
    assert!(after.space().check_same(before.space()).is_err(), "other weights are another space");
    assert!(Arc::ptr_eq(&after, &open(&library, &source)));
    std::fs::remove_dir_all(path).expect("removed");
    let error = library.open(&source.into(), &mut progress::ignore).err().expect("nothing there").to_string();
    assert!(error.contains("no model") && error.contains("small") && error.contains("FOLDER"), "{error}");
}

#[test]
fn a_library_lets_go_of_what_was_not_asked_for_longest() {
    let folders: Vec<_> = (1..=4).map(|seed| small("small", seed)).collect();
    let library = Library::default();
    let opened: Vec<_> = folders.iter().take(3).map(|(_, source)| Arc::downgrade(&open(&library, source))).collect();
    assert!(opened.iter().all(|model| model.upgrade().is_some()));
    open(&library, &folders[0].1);
    open(&library, &folders[3].1);
    let is_open: Vec<bool> = opened.iter().map(|model| model.upgrade().is_some()).collect();
    assert_eq!(is_open, [true, false, true]);
}

#[test]
fn opening_can_be_cancelled() {
    let outcome = Library::default().open(&Source::Tokens.into(), &mut |_| ControlFlow::Break(()));
    assert!(matches!(outcome.err(), Some(ModelError::Cancelled)));
}

#[test]
fn learners_say_what_a_model_lacks() {
    let library = Library::default();
    let tokens = open(&library, &Source::Tokens);
    let input = builtin_input(Recipe { steps: 1, warmup: 0, ..Recipe::of_learner(LearnerKind::Transformer) });
    let error = train(&input, Some(&*tokens), &mut progress::ignore).expect_err("no layers");
    assert!(matches!(error, TrainError::UnfitModel { .. }) && error.to_string().contains("token vectors"), "{error}");
    let run = run_on(&*tokens, Recipe { steps: 1, ..Recipe::of_learner(LearnerKind::Tokens) });
    assert_eq!(run.last_step(), 1, "but its tokens can be learned");
}

/// Every learner that needs a model trains on a folder; what it learned is a space that names that model.
#[test]
fn learners_train_on_a_folder_and_name_it() {
    let (folder, source) = small("small", 1);
    let library = Library::default();
    let model = open(&library, &source);
    for learner in [LearnerKind::Tokens, LearnerKind::Adapter, LearnerKind::Transformer] {
        let recipe = Recipe { steps: 4, warmup: 0, dims: DIMS, ..Recipe::of_learner(learner) };
        let run = run_on(&*model, recipe);
        assert!(run.losses.iter().all(|loss| loss.is_finite()), "{learner:?}");
        assert_eq!(run.other_model.as_ref(), Some(model.space()), "{learner:?}");
        let read = read_run(&write_run(&run).expect("bytes")).expect("the run");
        assert_eq!((&read.other_model, &read.space), (&run.other_model, &run.space));
        if let Some(weights) = &run.weights {
            let saved = folder.path().join("tuned");
            model.trainable().expect("a model that can be saved").save(weights, &saved).expect("saved");
            let tuned = open(&library, &Source::Folder(saved));
            let vector = |model: &dyn Encoder| model.embed(&["hello"], &mut progress::ignore).expect("a vector");
            assert_ne!(vector(&*tuned).values(), vector(&*model).values());
        }
    }
}

#[test]
fn runs_on_different_models_are_different_spaces_and_the_comparison_says_so() {
    let library = Library::default();
    let folders = [small("small", 1), small("small", 2)];
    let models = folders.each_ref().map(|(_, source)| open(&library, source));
    for (learner, start) in [
        (LearnerKind::Adapter, Start::Model),
        (LearnerKind::Tokens, Start::Random),
        (LearnerKind::Transformer, Start::Random),
        (LearnerKind::Transformer, Start::Model),
    ] {
        let recipe = Recipe { steps: 2, warmup: 0, dims: DIMS, start, ..Recipe::of_learner(learner) };
        let [one, other] = models.each_ref().map(|model| run_on(&**model, recipe.clone()));
        assert!(one.space.check_same(&other.space).is_err(), "{learner:?} from {start:?}");
        let comparison = compare_runs(vec![Arc::new(one), Arc::new(other)], &Grouping::default()).expect("a comparison");
        let says_so = |remark: &String| remark.contains("models that they were trained on differ");
        assert!(comparison.remarks.iter().any(says_so), "{:?}", comparison.remarks);
    }
    let built_in = run_on(&*embedded(), Recipe { steps: 1, ..Recipe::of_learner(LearnerKind::Adapter) });
    assert_eq!(built_in.other_model, None, "the built-in model goes without saying");
}

#[test]
fn the_worker_embeds_with_the_model_it_is_told() {
    let (_folder, source) = small("small", 1);
    let worker = Worker::start(|| {}).expect("a thread");
    let outcome = |id: u64, source: Source| {
        worker.carry_out(Order::Start(Job { id, work: Work::Embed(source.into(), vec!["hello".into()]) }));
        loop {
            let event = worker.recv_timeout(Duration::from_secs(60)).expect("news");
            if let News::Ended(outcome) = event.news
                && event.id == id
            {
                return outcome;
            }
        }
    };
    let Outcome::Embedded(embedding) = outcome(1, source) else { panic!("vectors") };
    assert_eq!((embedding.vectors.space().model.as_str(), embedding.vectors.dims()), ("small", DIMS));
    let Outcome::Failed(why) = outcome(2, Source::Folder("gone".into())) else { panic!("a failure") };
    assert!(why.contains("no model \"gone\""), "{why}");
    let Outcome::Embedded(embedding) = outcome(3, Source::Embedded) else { panic!("vectors") };
    assert_eq!(embedding.vectors.space(), embedded().space());
}

/// A broken folder is refused with what it lacks, and keeps nothing open.
#[test]
fn a_folder_without_weights_is_no_model() {
    let (_folder, source) = small("small", 1);
    let Source::Folder(path) = &source else { panic!("a folder") };
    std::fs::remove_file(Path::new(path).join("tokenizer.json")).expect("removed");
    let error = Library::default().open(&source.into(), &mut progress::ignore).err().expect("no model").to_string();
    assert!(error.contains("tokenizer.json") && error.contains("small"), "{error}");
}

/// Whether any of `orders` asks for phrases to be embedded.
fn embeds(orders: &[Order]) -> bool {
    orders.iter().any(|order| matches!(order, Order::Start(job) if job.work.task() == Task::Embed))
}

#[test]
fn another_model_embeds_the_phrases_anew_and_undo_brings_the_old_one_back_at_once() {
    let (_folder, source) = small("small", 1);
    let mut bench = Bench::lesson("roses");
    bench.apply(Act::SetAxes(Axes::Model));
    bench.settle();
    let before = bench.playground.picture().expect("the built-in model's map");
    bench.apply(Edit::SetModel(source.clone().into()));
    assert!(bench.playground.picture().is_none(), "nothing of the old model is shown as of the new one");
    bench.settle();
    let after = bench.playground.picture().expect("the new model's map");
    assert_eq!((after.space.model.as_str(), after.space.dims), ("small", DIMS));
    assert_eq!(after.places.len(), before.places.len());
    let (_, vectors) = bench.playground.shown_vectors().expect("vectors");
    assert_eq!(vectors.space(), &after.space, "neighbours are those of the new model");
    let orders = bench.playground.apply(Act::Undo);
    assert!(!embeds(&orders), "its vectors are there still");
    assert_eq!(bench.playground.picture(), Some(before));
    bench.apply(Act::Redo);
    bench.settle();
    assert_eq!(bench.playground.picture(), Some(after));
}

#[test]
fn learners_begin_from_the_chosen_model_and_its_dimension() {
    let (_folder, source) = small("small", 1);
    let mut bench = Bench::lesson("triplet");
    bench.apply(Edit::SetModel(source.clone().into()));
    bench.settle();
    for learner in [LearnerKind::Adapter, LearnerKind::Transformer] {
        let recipe = Recipe { steps: 3, warmup: 0, ..bench.playground.document().recipe.for_learner(learner) };
        bench.apply(Edit::SetRecipe(recipe));
        bench.settle();
        assert_eq!(bench.playground.problem(), None, "{learner:?}");
        let run = bench.playground.run().expect("a run");
        assert_eq!((run.recipe.learner, run.recipe.dims, run.last_step()), (learner, DIMS, 3));
        assert!(run.other_model.as_ref().is_some_and(|space| space.model == "small"), "{:?}", run.other_model);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("tuned");
    bench.apply(Act::SaveModel(saved.clone()));
    bench.settle();
    let tuned = Library::default().open(&Source::Folder(saved).into(), &mut progress::ignore).expect("the trained model opens");
    assert_eq!(tuned.dims(), DIMS);
    // A model that is chosen later brings its dimension with it, and says so.
    bench.apply(Edit::SetModel(Source::Embedded.into()));
    bench.settle();
    let run = bench.playground.run().expect("a run");
    assert_eq!((run.recipe.dims, bench.playground.document().recipe.dims), (384, 384));
    bench.apply(Act::Undo);
    assert_eq!((&bench.playground.document().model, bench.playground.document().recipe.dims), (&source.clone().into(), DIMS));
    bench.settle();
}

#[test]
fn a_choice_that_is_undone_before_the_model_was_opened_changes_no_recipe() {
    let (_folder, source) = small("small", 1);
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    let recipe = Recipe { start: Start::Model, dims: 8, ..bench.playground.document().recipe.clone() };
    bench.apply(Edit::SetRecipe(recipe));
    bench.settle();
    bench.apply(Edit::SetModel(source.into()));
    bench.apply(Act::Undo);
    bench.apply(Edit::AddPhrases(vec!["one more, to be embedded".to_owned()], None));
    bench.settle();
    assert_eq!(bench.playground.document().recipe.dims, 8, "as it was asked for");
    assert!(bench.playground.problem().is_some_and(|problem| problem.contains("dimension")), "which is said");
}

#[test]
fn the_chosen_model_is_refused_beside_another() {
    let (_folder, source) = small("small", 1);
    let mut bench = Bench::lesson("triplet");
    bench.apply(Edit::SetModel(source.clone().into()));
    bench.settle();
    bench.apply(ModelsCommand::Compare(Box::new([source, Source::Embedded].map(|source| SideChoice::Model(source.into())))));
    bench.settle();
    let comparison = bench.playground.views().models.comparison().expect("both").clone();
    assert!(comparison.refusal.is_some(), "two spaces");
}

#[test]
fn a_model_that_is_not_there_is_said_and_undo_takes_it_back() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    bench.apply(Edit::SetModel(Source::Folder("gone".into()).into()));
    bench.settle();
    assert!(bench.playground.notice().is_some_and(|notice| notice.is_error && notice.text.contains("gone")));
    bench.apply(Act::Undo);
    bench.settle();
    assert_eq!(bench.playground.document().model, Source::Embedded.into());
    assert!(bench.playground.model_vector("A lion roared majestically").is_some());
}

#[test]
fn a_project_with_a_folder_model_is_drawn_with_it_on_the_command_line() {
    let (folder, source) = small("small", 1);
    let mut bench = Bench::lesson("triplet");
    bench.apply(Edit::SetModel(source.into()));
    bench.apply(Act::SetAxes(Axes::Model));
    bench.apply(Act::SaveAs(folder.path().join("mine.json")));
    bench.settle();
    let drawn = |more: &[&str]| {
        let arguments = [&["render", "mine.json", "--out", "map.svg", "--json"], more].concat();
        let output = crate::cli::program(folder.path(), &arguments).output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON")["space"].as_str().expect("a space").to_owned()
    };
    assert!(drawn(&[]).starts_with("small@"), "{}", drawn(&[]));
    assert!(drawn(&["--model", "all-MiniLM-L6-v2"]).contains("MiniLM"));
}

#[test]
fn folders_that_were_used_are_listed_until_they_are_gone_and_said_to_be() {
    let (folder, _) = small("small", 1);
    std::fs::write(folder.path().join("phrases.txt"), "roses\n").expect("a file");
    let run = |arguments: &[&str]| {
        let mut command = crate::cli::program(folder.path(), arguments);
        let cache = folder.path().join("cache");
        command.env("EMBEDDING_PLAYGROUND_CACHE", &cache).env("HF_HUB_CACHE", cache.join("hub"));
        let output = command.output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(!run(&["models", "list"]).contains("small"), "nothing was used yet");
    run(&["embed", "phrases.txt", "--model", "small", "--out", "vectors.npy"]);
    let place = folder.path().join("small");
    let line =
        |list: String| list.lines().find(|line| line.contains(&*place.to_string_lossy())).expect("it is listed").to_owned();
    assert!(line(run(&["models", "list"])).contains("a folder that was used"), "by its whole path");
    let list: serde_json::Value = serde_json::from_str(&run(&["models", "list", "--json"])).expect("JSON");
    let bytes = list["models"][1]["bytes"].as_u64().expect("its size");
    assert!(bytes >= std::fs::metadata(place.join("model.safetensors")).expect("weights").len());
    std::fs::remove_dir_all(&place).expect("it goes");
    assert!(line(run(&["models", "list"])).contains("the folder is gone"));
}

#[test]
fn a_model_that_is_opened_ahead_is_the_one_that_everybody_gets() {
    let choice = ModelChoice::from(Source::Embedded);
    let encoder = Library::default().open(&choice, &mut progress::ignore).expect("the model");
    let opened = encoder.clone();
    let ahead = Library::with_ahead(choice.clone(), Box::new(move || Some(opened)));
    for _ in 0..2 {
        assert!(Arc::ptr_eq(&ahead.open(&choice, &mut progress::ignore).expect("the model"), &encoder));
    }
    // Where that comes to nothing it is opened as ever.
    let nothing = Library::with_ahead(choice.clone(), Box::new(|| None));
    let own = nothing.open(&choice, &mut progress::ignore).expect("the model");
    assert!(!Arc::ptr_eq(&own, &encoder) && own.space() == encoder.space());
    let built_in = library_with_built_in().open(&choice, &mut progress::ignore).expect("the model");
    let phrase = ["He could smell the roses"];
    let vectors = [&built_in, &own].map(|model| model.embed(&phrase, &mut progress::ignore).expect("a vector"));
    assert!(vectors[0].rows().eq(vectors[1].rows()));
}
