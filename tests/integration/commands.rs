//! The state: (document, commands, document), with a real worker where results matter.

use std::time::{Duration, Instant};

use embedding_playground::choice::Choice;
use embedding_playground::compare::{Seeds, Turning};
use embedding_playground::data::{DataError, Reading};
use embedding_playground::jobs::{Job, Order, Task, Worker};
use embedding_playground::model::Source;
use embedding_playground::playground::views::{ModelsCommand, SeedsCommand, SideChoice, Tab};
use embedding_playground::playground::{Act, Command, Edit, Pair, Panel, PhraseId, Playground, Stage, file};
use embedding_playground::train::loss::{self, BatchVectors};
use embedding_playground::train::{Axes, Columns, Failure, LearnerKind, LossKind, Negatives, Recipe, Settings, Start, Stopped};

/// A playground with its worker, as the window has it.
pub struct Bench {
    pub playground: Playground,
    pub worker: Worker,
}

impl Bench {
    pub fn lesson(name: &'static str) -> Self {
        let worker = Worker::start(|| {}).expect("a thread");
        let (playground, orders) = Playground::with_lesson(name);
        let mut bench = Self { playground, worker };
        bench.carry_out(orders);
        bench
    }

    pub fn carry_out(&mut self, orders: Vec<Order>) {
        orders.into_iter().for_each(|order| self.worker.carry_out(order));
    }

    pub fn apply(&mut self, command: impl Into<Command>) {
        let orders = self.playground.apply(command);
        self.carry_out(orders);
    }

    /// Takes in news until the worker owes nothing.
    pub fn settle(&mut self) {
        let patience = Instant::now() + Duration::from_secs(60);
        while self.playground.is_busy() {
            assert!(Instant::now() < patience, "the worker does not answer");
            if let Some(event) = self.worker.recv_timeout(Duration::from_millis(100)) {
                let orders = self.playground.absorb(event);
                self.carry_out(orders);
            }
        }
    }

    pub fn seed_panel(&self, index: usize, turning: Turning) -> Option<Panel> {
        self.playground.views().seeds.panel(&self.playground.shown(), index, turning)
    }

    pub fn id(&self, text: &str) -> PhraseId {
        self.playground.document().phrase_with_text(text).expect("the phrase is in the list").id
    }

    pub fn cosine(&self, left: &str, right: &str) -> f32 {
        let (ids, vectors) = self.playground.shown_vectors().expect("vectors");
        let row = |text: &str| ids.iter().position(|id| *id == self.id(text)).expect("a row");
        vectors.cosine(row(left), &vectors, row(right)).expect("one space").expect("both rows")
    }
}

const ANCHOR: &str = "He could smell the roses";
const POSITIVE: &str = "A field of fragrant flowers";
const NEGATIVE: &str = "A lion roared majestically";

#[test]
fn the_lesson_ends_with_the_positive_nearer_than_the_negative() {
    for lesson in ["triplet", "roses"] {
        let mut bench = Bench::lesson(lesson);
        bench.settle();
        let (first_positive, first_negative) = (bench.cosine(ANCHOR, POSITIVE), bench.cosine(ANCHOR, NEGATIVE));
        bench.apply(Act::Seek(usize::MAX));
        assert_eq!(bench.playground.step(), 200);
        let (positive, negative) = (bench.cosine(ANCHOR, POSITIVE), bench.cosine(ANCHOR, NEGATIVE));
        assert!(positive > 0.5 && positive > negative + 0.4, "{lesson}: {positive} and {negative}");
        assert!(positive > first_positive && negative < first_negative.max(0.3), "{lesson}: pulled and pushed");
    }
}

#[test]
fn a_typed_phrase_is_on_the_map_at_once_and_moves_nothing_else() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    bench.apply(Act::Seek(100));
    let before = bench.playground.picture().expect("a picture");
    bench.apply(Edit::AddPhrases(vec!["  A new phrase  ".to_owned()], None));
    let after = bench.playground.picture().expect("a picture");
    assert_eq!(after.places.len(), before.places.len() + 1);
    for place in &before.places {
        assert_eq!(after.place(place.phrase).map(|found| found.at), Some(place.at), "{}", place.text);
    }
    let new = after.place(bench.id("A new phrase")).expect("its place");
    assert!(!new.is_trained, "it is in no pair");
    bench.settle();
    assert!(bench.playground.model_vector("A new phrase").is_some(), "the model embeds it too");
}

#[test]
fn the_model_map_shows_the_model_and_keeps_its_axes_for_a_new_phrase() {
    let mut bench = Bench::lesson("roses");
    bench.apply(Act::SetAxes(Axes::Model));
    bench.settle();
    let before = bench.playground.picture().expect("a picture");
    assert!(before.space.model.contains("MiniLM"));
    assert!(bench.playground.forces().is_empty(), "the model's own vectors do not move");
    assert!(bench.cosine(ANCHOR, POSITIVE) > bench.cosine(ANCHOR, NEGATIVE), "the model knows already");
    bench.apply(Edit::AddPhrases(vec!["The scent of tulips".to_owned()], None));
    bench.settle();
    let after = bench.playground.picture().expect("a picture");
    assert_eq!(after.places.len(), before.places.len() + 1);
    assert!(before.places.iter().all(|place| after.place(place.phrase).map(|found| found.at) == Some(place.at)));
}

#[test]
fn a_run_from_the_model_begins_on_the_models_map() {
    let mut bench = Bench::lesson("roses");
    let recipe = Recipe { start: Start::Model, ..bench.playground.document().recipe.clone() };
    bench.apply(Edit::SetRecipe(recipe));
    bench.apply(Act::SetAxes(Axes::Model));
    bench.settle();
    assert!(!bench.playground.shows_model(), "the run itself is shown");
    let run_places = bench.playground.picture().expect("a picture").places;
    let model = bench.playground.model_map().expect("the model's map").clone();
    for place in run_places {
        let vector = bench.playground.model_vector(&place.text).expect("a vector");
        let at: Vec<f64> = model.position(vector).collect();
        assert!((at[0] - place.at[0]).abs() < 1e-5 && (at[1] - place.at[1]).abs() < 1e-5, "{}", place.text);
    }
}

#[test]
fn undo_and_redo_restore_the_document_and_its_run() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    let before = bench.playground.document().clone();
    let run = bench.playground.run().expect("a run").clone();
    let (anchor, positive) = (bench.id("Hello"), bench.id("Fresh loaves at dawn"));
    bench.apply(Edit::AddPair(Pair { anchor, positive, negative: None, score: None }));
    bench.apply(Edit::EditPhrase(anchor, "Hello there".to_owned()));
    bench.apply(Edit::RemovePhrase(positive));
    bench.settle();
    let edited = bench.playground.document().clone();
    assert_ne!(edited, before);
    (0..3).for_each(|_| bench.apply(Act::Undo));
    bench.settle();
    assert_eq!(*bench.playground.document(), before);
    assert!(!bench.playground.can_undo() && !bench.playground.is_unsaved());
    assert_eq!(bench.playground.run().expect("a run").frames, run.frames, "the same document, the same run");
    (0..3).for_each(|_| bench.apply(Act::Redo));
    assert_eq!(*bench.playground.document(), edited);
}

#[test]
fn a_dragged_slider_is_one_entry_of_undo() {
    let (mut playground, _) = Playground::with_lesson("roses");
    for learning_rate in [0.01, 0.02, 0.05] {
        playground.apply(Edit::SetSettings(Settings { learning_rate, ..Default::default() }));
    }
    let slid = playground.document().recipe.settings;
    playground.apply(Edit::SetSettings(Settings { batch: 4, ..slid }));
    playground.apply(Act::Undo);
    assert_eq!(playground.document().recipe.settings, slid, "another value is another entry");
    playground.apply(Act::Undo);
    assert_eq!(playground.document().recipe.settings, Settings::default());
}

#[test]
fn a_setting_changed_at_a_step_keeps_what_was_before_it() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    let before = bench.playground.run().expect("a run").clone();
    bench.apply(Act::Seek(40));
    bench.apply(Edit::SetSettings(Settings { learning_rate: 0.3, ..Default::default() }));
    bench.settle();
    let after = bench.playground.run().expect("a run");
    assert_eq!(bench.playground.step(), 40, "the step shown stays");
    assert_eq!(before.frames.raw(40), after.frames.raw(40));
    assert_ne!(before.frames.raw(41), after.frames.raw(41));
    bench.apply(Edit::NewSeed);
    assert_eq!(bench.playground.step(), 0, "another seed begins again");
    assert!(bench.playground.document().recipe.changes.is_empty());
}

#[test]
fn two_phases_show_the_forces_and_then_apply_them() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    assert_eq!(bench.playground.stage(), Stage::Initialise);
    bench.apply(Act::SetTwoPhase(true));
    bench.apply(Act::Step);
    assert_eq!((bench.playground.stage(), bench.playground.step()), (Stage::Evaluate, 0));
    bench.apply(Act::Step);
    assert_eq!((bench.playground.stage(), bench.playground.step()), (Stage::Update, 0), "first the forces");
    bench.apply(Act::Step);
    assert_eq!((bench.playground.stage(), bench.playground.step()), (Stage::Update, 1), "then the move");
    bench.apply(Act::TogglePlay);
    assert_eq!(bench.playground.stage(), Stage::Iterate);
    bench.apply(Act::Advance(1.0));
    assert_eq!(bench.playground.step(), 21, "20 steps a second");
    bench.apply(Act::Advance(1e6));
    assert_eq!((bench.playground.step(), bench.playground.is_playing()), (200, false));
}

/// What the map draws is the gradient of the loss that training uses: shown through the state.
#[test]
fn the_forces_on_the_map_are_the_gradient_projected() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    bench.apply(Act::Seek(3));
    let run = bench.playground.run().expect("a run").clone();
    let map = bench.playground.run_map().expect("a map").clone();
    let step_size = 1e-3;
    // One small SGD step from step 3 moves every vector by minus the rate times its gradient.
    let small =
        Settings { optimizer: embedding_playground::train::OptimizerKind::Sgd, learning_rate: step_size, ..Default::default() };
    bench.apply(Edit::SetSettings(small));
    bench.settle();
    let moved = bench.playground.run().expect("a run").clone();
    let axes = map.fitted(3).expect("axes");
    let (before, after) = (run.shown(3), moved.shown(4));
    for (row, text) in run.phrases.iter().enumerate() {
        let id = bench.id(text);
        let sum = bench
            .playground
            .forces()
            .iter()
            .filter(|force| force.on == id)
            .fold([0.0; 2], |sum, force| [sum[0] + force.direction[0], sum[1] + force.direction[1]]);
        let place = |vector: &[f32]| axes.position(vector).collect::<Vec<f64>>();
        let (from, to) = (place(before.get(row).expect("a row")), place(after.get(row).expect("a row")));
        for axis in 0..2 {
            let slope = (to[axis] - from[axis]) / step_size;
            assert!((slope - sum[axis]).abs() < 2e-3, "{text}: moved {slope}, forces {}", sum[axis]);
        }
    }
}

#[test]
fn a_document_that_can_not_be_trained_says_why_and_still_has_places() {
    let mut bench = Bench { playground: Playground::empty(), worker: Worker::start(|| {}).expect("a thread") };
    bench.apply(Edit::AddPhrases(vec!["one".to_owned(), "two".to_owned()], None));
    assert!(bench.playground.problem().is_some_and(|problem| problem.contains("pair")));
    let (one, two) = (bench.id("one"), bench.id("two"));
    bench.apply(Edit::AddPair(Pair { anchor: one, positive: two, negative: None, score: None }));
    bench.settle();
    assert!(bench.playground.problem().is_some_and(|problem| problem.contains("push")));
    assert_eq!(bench.playground.picture().map(|picture| picture.places.len()), Some(2));
    let mut recipe = bench.playground.document().recipe.clone();
    recipe.dims = 1;
    let before = bench.playground.document().clone();
    bench.apply(Edit::SetRecipe(recipe));
    assert!(bench.playground.notice().is_some_and(|notice| notice.is_error && notice.text.contains("2 to 1024")));
    assert_eq!(*bench.playground.document(), before, "what could not be opened again is not taken");
}

#[test]
fn a_negative_joins_a_pair_of_its_anchor() {
    let mut bench = Bench::lesson("roses");
    let (hello, lion) = (bench.id("Hello"), bench.id(NEGATIVE));
    bench.apply(Edit::AddNegative(hello, lion));
    let pairs = bench.playground.document().pairs.clone();
    assert!(pairs.iter().any(|pair| pair.anchor == hello && pair.negative == Some(lion)));
    let snow = bench.id("Snow fell all night");
    bench.apply(Edit::AddNegative(snow, lion));
    assert!(bench.playground.notice().is_some_and(|notice| notice.is_error), "it is no anchor yet");
    assert_eq!(bench.playground.document().pairs, pairs);
}

/// The document as its file gives it back.
fn opened_again(bench: &Bench) -> Vec<[Option<String>; 3]> {
    let document = bench.playground.document();
    let (opened, _) = file::read(&file::write(document, &file::View::default())).expect("what was saved can be opened");
    let text = |id: PhraseId| opened.text(id).to_owned();
    let texts = |pair: &Pair| [Some(text(pair.anchor)), Some(text(pair.positive)), pair.negative.map(text)];
    opened.pairs.iter().map(texts).collect()
}

#[test]
fn no_two_groups_have_one_name_whoever_names_them() {
    let mut bench = Bench { playground: Playground::empty(), worker: Worker::start(|| {}).expect("a thread") };
    bench.apply(Edit::AddPhrases(["a", "b", "c", "d"].map(str::to_owned).to_vec(), None));
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|text| bench.id(text));
    bench.apply(Edit::GroupPhrases(vec![a, b], "x".to_owned()));
    bench.apply(Edit::Regroup(vec![("x".to_owned(), vec![b, c]), ("x".to_owned(), vec![d])]));
    let names = || bench.playground.document().group_names().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(), ["x", "x 2", "x 3"], "a stays where it is");
    let (opened, _) = file::read(&file::write(bench.playground.document(), &file::View::default())).expect("a project");
    assert_eq!(opened.group_names(), bench.playground.document().group_names());
    // A name whose phrases have all gone elsewhere is free again.
    bench.apply(Edit::Regroup(vec![("x".to_owned(), vec![a, b, c, d])]));
    assert_eq!(bench.playground.document().group_names().len(), 1);
    assert_eq!(&*bench.playground.document().group_names()[0], "x");
}

#[test]
fn pairs_that_become_the_same_are_one_and_the_project_can_be_opened() {
    let mut bench = Bench { playground: Playground::empty(), worker: Worker::start(|| {}).expect("a thread") };
    bench.apply(Edit::AddPhrases(["a", "b", "c", "d"].map(str::to_owned).to_vec(), None));
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|text| bench.id(text));
    let pair = |negative| Edit::AddPair(Pair { anchor: a, positive: b, negative, score: None });
    [pair(None), pair(Some(c)), pair(Some(d))].into_iter().for_each(|edit| bench.apply(edit));
    let ways = bench.playground.document().clone();
    // The negative of another pair of this anchor, and the anchor itself.
    for negative in [c, a, b] {
        bench.apply(Edit::AddNegative(a, negative));
        assert_eq!(*bench.playground.document(), ways);
        assert!(bench.playground.notice().is_some(), "it is said");
    }
    bench.apply(Edit::RemovePhrases(vec![c, d]));
    assert_eq!(opened_again(&bench), [[Some("a".to_owned()), Some("b".to_owned()), None]]);
    assert!(bench.playground.notice().is_some_and(|notice| notice.text.contains("2 pairs")), "it is said");
    bench.apply(Act::Undo);
    assert_eq!(opened_again(&bench).len(), 3);
}

#[test]
fn duplicates_and_empty_texts_change_nothing_and_say_so() {
    let (mut playground, _) = Playground::with_lesson("roses");
    let before = playground.document().clone();
    playground.apply(Edit::AddPhrases(vec!["Hello".to_owned(), "   ".to_owned()], None));
    assert!(playground.notice().is_some_and(|notice| notice.text.contains("already")));
    let id = before.phrase_with_text("Good morning").expect("a phrase").id;
    playground.apply(Edit::EditPhrase(id, "Hello".to_owned()));
    playground.apply(Edit::EditPhrase(id, "  ".to_owned()));
    assert_eq!(*playground.document(), before);
    assert!(!playground.can_undo());
}

#[test]
fn training_is_cancelled_soon_and_keeps_what_it_recorded() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    let mut recipe = bench.playground.document().recipe.clone();
    recipe.steps = 1_000_000;
    bench.apply(Edit::SetRecipe(recipe));
    std::thread::sleep(Duration::from_millis(150));
    bench.apply(Act::Cancel);
    bench.settle();
    let last = bench.playground.last_step();
    assert!(last > 0 && last < 1_000_000, "{last}");
    assert!(bench.playground.notice().is_some_and(|notice| notice.text.contains("stopped")));
}

#[test]
fn a_phrase_is_embedded_while_a_long_run_is_trained() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    let mut recipe = bench.playground.document().recipe.clone();
    recipe.steps = 1_000_000;
    bench.apply(Edit::SetRecipe(recipe));
    bench.apply(Edit::AddPhrases(vec!["typed meanwhile".to_owned()], None));
    let patience = Instant::now() + Duration::from_secs(30);
    while bench.playground.model_vector("typed meanwhile").is_none() {
        assert!(Instant::now() < patience, "it waits for the run");
        if let Some(event) = bench.worker.recv_timeout(Duration::from_millis(50)) {
            let orders = bench.playground.absorb(event);
            bench.carry_out(orders);
        }
    }
    bench.apply(Act::Cancel);
    bench.settle();
}

#[test]
fn every_loss_and_start_can_be_chosen() {
    let mut bench = Bench::lesson("roses");
    for loss in [LossKind::TripletCosine, LossKind::TripletEuclidean, LossKind::MultipleNegativesRanking] {
        for start in [Start::Model, Start::Random] {
            let mut recipe = bench.playground.document().recipe.clone();
            (recipe.start, recipe.settings.loss) = (start, loss);
            bench.apply(Edit::SetRecipe(recipe));
            bench.settle();
            assert_eq!(bench.playground.problem(), None);
            assert_eq!(bench.playground.last_step(), 200, "{loss:?} from {start:?}");
        }
    }
    let mut recipe = bench.playground.document().recipe.clone();
    (recipe.start, recipe.dims) = (Start::Model, 8);
    bench.apply(Edit::SetRecipe(recipe));
    assert!(bench.playground.problem().is_some_and(|problem| problem.contains("dimension")), "the model has 384");
}

#[test]
fn results_of_older_jobs_are_dropped() {
    let (mut playground, orders) = Playground::with_lesson("triplet");
    let is_training = |order: &Order| matches!(order, Order::Start(job) if job.work.task() == Task::Train);
    let old = orders.into_iter().find(is_training).expect("a training job");
    let Order::Start(Job { id, .. }) = old else { panic!("it is to be started") };
    let newer = playground.apply(Edit::NewSeed);
    assert_eq!(newer.first(), Some(&Order::Drop(id)), "the old one ends first");
    assert!(newer.iter().any(is_training));
    let worker = Worker::start(|| {}).expect("a thread");
    worker.carry_out(old);
    while let Some(event) = worker.recv_timeout(Duration::from_secs(20)) {
        let is_last = !matches!(event.news, embedding_playground::jobs::News::Progress { .. });
        playground.absorb(event);
        if is_last {
            break;
        }
    }
    assert!(playground.run().is_none(), "a run of the old seed is not shown");
}

#[test]
fn phrases_typed_one_by_one_into_a_new_project_have_places_of_their_own() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    for axes in [Axes::WholeRun, Axes::Model] {
        bench.apply(Act::New);
        bench.apply(Act::SetAxes(axes));
        for text in ["rain", "a lion", "fresh bread", "good morning"] {
            bench.apply(Edit::AddPhrases(vec![text.to_owned()], None));
            bench.settle();
        }
        let places = bench.playground.picture().expect("a picture").places;
        assert_eq!(places.len(), 4);
        for (index, place) in places.iter().enumerate() {
            assert!(
                place.at.iter().all(|x| x.abs() > 1e-6),
                "{axes:?}: {} lies on an axis that is missing: {:?}",
                place.text,
                place.at
            );
            assert!(places[index + 1..].iter().all(|other| other.at != place.at), "{axes:?}: two phrases at one place");
        }
    }
}

#[test]
fn another_document_takes_no_results_of_the_one_before() {
    let mut bench = Bench::lesson("roses");
    let folder = tempfile::tempdir().expect("a folder");
    bench.apply(Act::SaveAs(folder.path().join("old.json")));
    bench.apply(Act::OpenLesson("triplet"));
    bench.settle();
    std::thread::sleep(Duration::from_millis(300));
    while let Some(event) = bench.worker.recv_timeout(Duration::from_millis(50)) {
        let orders = bench.playground.absorb(event);
        bench.carry_out(orders);
    }
    bench.settle();
    assert_eq!(bench.playground.path(), None, "saving now must not overwrite the other project");
    assert_eq!(bench.playground.run().expect("a run").phrases.len(), 3);
    bench.apply(Act::SetAxes(Axes::Model));
    bench.settle();
    let mut fresh = Bench::lesson("triplet");
    fresh.apply(Act::SetAxes(Axes::Model));
    fresh.settle();
    assert_eq!(bench.playground.picture(), fresh.playground.picture(), "the model's map is that of these phrases");
}

#[test]
fn undo_while_a_longer_run_is_trained_ends_that_run() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    bench.apply(Act::Seek(50));
    let run = bench.playground.run().expect("a run").clone();
    let mut recipe = bench.playground.document().recipe.clone();
    recipe.steps = 1_000_000;
    bench.apply(Edit::SetRecipe(recipe));
    bench.apply(Act::Undo);
    bench.settle();
    assert_eq!(bench.playground.run().expect("a run").frames, run.frames);
    assert_eq!(bench.playground.step(), 50);
}

#[test]
fn every_choice_of_axes_draws_the_run() {
    let mut bench = Bench::lesson("roses");
    for axes in Axes::ALL {
        let name = axes.name();
        bench.apply(Act::SetAxes(*axes));
        bench.settle();
        let picture = bench.playground.picture().expect("a picture");
        assert_eq!(picture.places.len(), 42, "{name}");
        assert!(picture.shares.iter().flatten().all(|share| (0.0..1.0).contains(share)) && !picture.caption.is_empty(), "{name}");
    }
}

#[test]
fn a_setting_changed_at_the_end_lets_the_run_go_on() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    bench.apply(Act::Seek(usize::MAX));
    bench.apply(Edit::SetSettings(Settings { temperature: 1.0, ..Default::default() }));
    bench.settle();
    assert_eq!((bench.playground.step(), bench.playground.last_step()), (200, 400));
    let mut longer = bench.playground.document().recipe.clone();
    longer.steps = 500;
    bench.apply(Edit::SetRecipe(longer));
    assert_eq!(bench.playground.document().recipe.changes.len(), 1, "another length keeps the change at step 200");
}

#[test]
fn a_random_run_is_never_drawn_as_the_models_map() {
    let mut bench = Bench::lesson("roses");
    let mut recipe = bench.playground.document().recipe.clone();
    recipe.dims = 8;
    bench.apply(Edit::SetRecipe(recipe.clone()));
    bench.apply(Act::SetAxes(Axes::Model));
    bench.settle();
    recipe.start = Start::Model;
    bench.apply(Edit::SetRecipe(recipe));
    bench.settle();
    assert!(bench.playground.problem().is_some(), "the model has another dimension");
    assert!(bench.playground.picture().expect("a picture").space.model.contains("MiniLM"));
}

#[test]
fn a_loss_that_the_pairs_do_not_fit_is_refused_in_mid_run_too() {
    let mut bench = Bench { playground: Playground::empty(), worker: Worker::start(|| {}).expect("a thread") };
    bench.apply(Edit::AddPhrases(["a", "b", "c"].map(str::to_owned).to_vec(), None));
    let [a, b, c] = ["a", "b", "c"].map(|text| bench.id(text));
    bench.apply(Edit::AddPair(Pair { anchor: a, positive: b, negative: None, score: None }));
    bench.apply(Edit::AddPair(Pair { anchor: a, positive: c, negative: None, score: None }));
    bench.settle();
    bench.apply(Act::Seek(40));
    bench.apply(Edit::SetSettings(Settings { loss: LossKind::TripletCosine, ..Default::default() }));
    assert!(bench.playground.problem().is_some_and(|problem| problem.contains("negative")));
}

/// What the map draws is minus the gradient of the batch's loss, for every learner and kind of loss.
#[test]
fn the_forces_on_the_map_are_the_gradient() {
    for (loss, negatives) in [
        (LossKind::MultipleNegativesRankingSymmetric, Negatives::Hard),
        (LossKind::Cosent, Negatives::Drawn),
        (LossKind::TripletEuclidean, Negatives::Drawn),
    ] {
        let mut bench = Bench::lesson("roses");
        let settings = Settings { loss, negatives, margin: 5.0, ..Settings::default() };
        bench.apply(Edit::SetRecipe(Recipe { settings, dims: 8, ..Recipe::default() }));
        bench.settle();
        bench.apply(Act::Seek(3));
        let (run, map) = (bench.playground.run().expect("a run").clone(), bench.playground.run_map().expect("a map").clone());
        let forces = bench.playground.forces();
        assert!(!forces.is_empty());
        // The loss of the batch as a function of one phrase's vector, by finite differences.
        let batch = run.batch_at(3);
        let loss_at = |values: &[f64]| {
            let gather = |rows: &[u32]| -> Vec<f64> {
                rows.iter().flat_map(|row| values[*row as usize * 8..][..8].iter().copied()).collect()
            };
            let (anchors, candidates) = (gather(&batch.anchors), gather(&batch.candidates));
            let vectors =
                BatchVectors { dims: 8, anchors: &anchors, candidates: &candidates, excluded: &batch.excluded, scores: &[] };
            match loss {
                LossKind::Cosent => loss::cosent(&vectors, 5.0).value,
                LossKind::TripletEuclidean => loss::triplet_euclidean(&vectors, 5.0).value,
                _ => loss::multiple_negatives_ranking_symmetric(&vectors, 5.0).value,
            }
        };
        let values: Vec<f64> = run.frames.raw(3).iter().map(|x| f64::from(*x)).collect();
        let anchor = run.phrases[batch.anchors[0] as usize].clone();
        let row = batch.anchors[0] as usize;
        let gradient: Vec<f32> = (0..8)
            .map(|d| {
                let slope = |step: f64| {
                    let mut moved = values.clone();
                    moved[row * 8 + d] += step;
                    loss_at(&moved)
                };
                ((slope(1e-5) - slope(-1e-5)) / 2e-5) as f32
            })
            .collect();
        let length = values[row * 8..][..8].iter().map(|x| x * x).sum::<f64>().sqrt() as f32;
        let scale = if run.recipe.shows_unit_vectors() { 1.0 / length } else { 1.0 };
        let against: Vec<f32> = gradient.iter().map(|g| -g * scale).collect();
        let axes = map.fitted(3).expect("axes");
        let expected: Vec<f64> = axes.direction(&against).collect();
        let on = bench.id(&anchor);
        let sum = forces
            .iter()
            .filter(|force| force.on == on)
            .fold([0.0, 0.0], |sum, force| [sum[0] + force.direction[0], sum[1] + force.direction[1]]);
        let size = expected.iter().map(|x| x.abs()).fold(1e-6, f64::max);
        for axis in 0..2 {
            let off = (sum[axis] - expected[axis]).abs() / size;
            assert!(off < 1e-3, "{loss:?}: {sum:?} on the map, {expected:?} by differences");
        }
    }
}

#[test]
fn a_failure_is_one_step_of_undo_and_keeps_the_earlier_curve() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    let before = bench.playground.document().clone();
    bench.apply(Edit::Fail(Failure::WrongPair));
    assert_eq!(bench.playground.document().pairs.len(), before.pairs.len() + 1);
    let pair = *bench.playground.document().pairs.last().expect("the wrong pair");
    let text = bench.playground.notice().expect("a sentence").text.clone();
    for id in [pair.anchor, pair.positive] {
        assert!(text.contains(&*bench.playground.document().phrase(id).expect("a phrase").text), "{text}");
    }
    bench.settle();
    assert_eq!(bench.playground.earlier_runs().count(), 1);
    bench.apply(Act::Undo);
    assert_eq!(*bench.playground.document(), before);
    for _ in 0..7 {
        bench.apply(Edit::NewSeed);
        bench.settle();
    }
    assert_eq!(bench.playground.earlier_runs().count(), 5, "five are kept");
}

#[test]
fn every_learner_trains_on_the_worker_and_a_model_can_be_saved() {
    let mut bench = Bench::lesson("triplet");
    bench.apply(Edit::AddPhrases(vec!["A field of red roses".to_owned()], None));
    bench.settle();
    for learner in LearnerKind::ALL {
        let recipe = bench.playground.document().recipe.for_learner(*learner);
        bench.apply(Edit::SetRecipe(Recipe { steps: 4, warmup: 0, ..recipe }));
        bench.settle();
        let run = bench.playground.run().expect("a run");
        assert_eq!((run.recipe.learner, run.last_step()), (*learner, 4), "{:?}", bench.playground.notice());
        assert_eq!(bench.playground.picture().expect("a picture").places.len(), 4, "{learner:?} places every phrase");
    }
    let folder = tempfile::tempdir().expect("a folder");
    bench.apply(Act::SaveModel(folder.path().join("no/such/folder")));
    let event = bench.worker.recv_timeout(Duration::from_secs(20)).expect("an answer");
    bench.playground.absorb(event);
    assert!(bench.playground.notice().is_some_and(|notice| notice.is_error), "{:?}", bench.playground.notice());
    bench.apply(Act::SaveModel(folder.path().join("mine")));
    let event = bench.worker.recv_timeout(Duration::from_secs(20)).expect("an answer");
    bench.playground.absorb(event);
    assert!(folder.path().join("mine/model.safetensors").is_file(), "{:?}", bench.playground.notice());
    assert!(bench.playground.run().is_some());
}

#[test]
fn scores_from_0_to_5_are_offered_to_be_scaled() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sts.csv");
    std::fs::write(&path, "sentence1,sentence2,score\na,b,4.5\nc,d,0.5\n").expect("a file");
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    bench.apply(Act::Open(path.clone()));
    bench.settle();
    let look = bench.playground.offered().cloned().expect("an offer");
    assert!(matches!(look.content, Err(DataError::Score { fits_five: true, .. })), "{:?}", look.content);
    assert_eq!(bench.playground.document().phrases.len(), 3, "what was there stays");
    bench.apply(Act::ReadAgain(Box::new(Reading { score_max: 5.0, ..Reading::default() }), None));
    bench.settle();
    bench.apply(Act::Import { is_added: false });
    bench.settle();
    assert!(bench.playground.offered().is_none());
    assert_eq!(bench.playground.columns(), Columns::Scores);
    assert_eq!(bench.playground.document().recipe.settings.loss, LossKind::Cosent);
    assert!(bench.playground.problem().is_none(), "{:?}", bench.playground.problem());
}

#[test]
fn a_packed_run_is_opened_as_the_run_that_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    let run = bench.playground.run().expect("a run").clone();
    let packed = std::fs::File::create(folder.path().join("run.safetensors.gz")).expect("a file");
    let mut packer = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    let bytes = embedding_playground::train::write_run(&run).expect("a file of a run");
    std::io::Write::write_all(&mut packer, &bytes).expect("bytes");
    packer.finish().expect("a file");
    let mut other = Bench::lesson("roses");
    other.settle();
    other.apply(Act::Open(folder.path().join("run.safetensors.gz")));
    other.settle();
    let opened = &other.playground.opened_run().unwrap_or_else(|| panic!("{:?}", other.playground.notice())).run;
    assert_eq!((&opened.phrases, &opened.recipe), (&run.phrases, &run.recipe));
}

#[test]
fn data_that_was_looked_at_is_opened_or_added_and_adding_can_be_undone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("more.csv");
    std::fs::write(&path, "question,answer\nwhat is tea,a drink\nA lion roared majestically,a cat\n").expect("a file");
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    let before = bench.playground.document().clone();
    assert!(before.phrase_with_text("A lion roared majestically").is_some());
    bench.apply(Act::Open(path.clone()));
    bench.settle();
    assert_eq!(*bench.playground.document(), before, "nothing is taken before its user says so");
    bench.apply(Act::Import { is_added: true });
    bench.settle();
    assert_eq!(bench.playground.document().phrases.len(), before.phrases.len() + 3);
    assert_eq!(bench.playground.document().pairs.len(), before.pairs.len() + 2);
    let said = bench.playground.notice().map(|notice| notice.text.clone()).unwrap_or_default();
    assert!(said.starts_with("Added 3 phrases and 2 pairs; 1 phrase was there already"), "{said}");
    bench.apply(Act::Undo);
    assert_eq!(*bench.playground.document(), before);
    bench.apply(Act::Open(path));
    bench.settle();
    bench.apply(Act::DropOffer);
    assert!(bench.playground.offered().is_none());
    assert_eq!(*bench.playground.document(), before);
}

#[test]
fn a_pasted_table_with_groups_becomes_phrases_in_groups() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    bench.apply(Act::OpenText("text\ttopic\nblack tea\tdrinks\ngreen tea\tdrinks\nrain\t\n".to_owned()));
    bench.settle();
    bench.apply(Act::Import { is_added: false });
    let document = bench.playground.document();
    assert_eq!(document.group_names().iter().map(|name| &**name).collect::<Vec<_>>(), ["drinks"]);
    let groups: Vec<bool> = document.phrases.iter().map(|phrase| phrase.group.is_some()).collect();
    assert_eq!(groups, [true, true, false]);
    assert!(!bench.playground.is_unsaved());
}

#[test]
fn a_large_file_shows_a_part_of_its_phrases() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.csv");
    let rows: String = (0..4000).map(|k| format!("question {k},answer {k}\n")).collect();
    std::fs::write(&path, format!("anchor,positive\n{rows}")).expect("a file");
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    bench.apply(Act::Open(path));
    bench.settle();
    bench.apply(Act::Import { is_added: false });
    // Not all of it: embedding a thousand phrases is another test's work.
    let patience = Instant::now() + Duration::from_secs(60);
    while bench.playground.run().is_none_or(|run| run.n_phrases != 8000) {
        assert!(Instant::now() < patience, "no run");
        if let Some(event) = bench.worker.recv_timeout(Duration::from_millis(100)) {
            let orders = bench.playground.absorb(event);
            bench.carry_out(orders);
        }
    }
    assert_eq!(bench.playground.document().pairs.len(), 4000);
    let picture = bench.playground.picture().expect("a picture");
    assert_eq!(picture.places.len(), 1000);
    assert!(picture.caption.contains("1000 of 8000 phrases"), "{}", picture.caption);
}

#[test]
fn seeds_are_compared_beside_the_map_and_outlive_a_change() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    assert!(bench.seed_panel(0, Turning::Raw).is_none());
    bench.apply(Act::ShowTab(Tab::Seeds));
    bench.settle();
    let comparison = bench.playground.views().seeds.comparison().expect("it begins by itself").clone();
    assert_eq!(comparison.runs.iter().map(|run| run.recipe.seed).collect::<Vec<_>>(), [7, 8, 9, 10]);
    assert_eq!(bench.playground.step(), 200, "the clusters are shown first");
    bench.apply(Act::Seek(0));
    assert_eq!(bench.seed_panel(3, Turning::Raw).expect("a panel").picture.step, Some(0), "all play in step");
    bench.apply(SeedsCommand::SetReference(2));
    bench.apply(SeedsCommand::Hold(vec![bench.id(ANCHOR)]));
    bench.settle();
    let layout = bench.playground.views().seeds.layout().expect("a layout");
    assert_eq!((layout.reference, layout.held.len()), (2, 1));
    let panel = bench.seed_panel(0, Turning::Aligned).expect("a panel");
    assert_eq!(panel.origins.len(), 42, "every phrase has a place in the reference");
    assert!(bench.seed_panel(2, Turning::Aligned).expect("a panel").is_reference);
    assert!(!bench.playground.view_is_outdated());
    bench.apply(Edit::NewSeed);
    bench.settle();
    assert!(!bench.playground.view_is_outdated(), "the seed is what they differ in");
    bench.apply(Edit::SetRecipe(Recipe { steps: 50, ..bench.playground.document().recipe.clone() }));
    bench.settle();
    assert!(bench.playground.view_is_outdated() && bench.playground.views().seeds.comparison().is_some());
    bench.apply(SeedsCommand::Compare(Seeds::from_first(7, 2)));
    bench.settle();
    assert_eq!(bench.playground.views().seeds.comparison().expect("two runs").runs.len(), 2);
    assert!(!bench.playground.view_is_outdated());
}

#[test]
fn a_cancelled_comparison_keeps_the_one_before() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    bench.apply(SeedsCommand::Compare(Seeds::from_first(7, 2)));
    bench.settle();
    let before = bench.playground.views().seeds.comparison().expect("a comparison").clone();
    bench.apply(Edit::SetRecipe(Recipe { steps: 50_000, ..bench.playground.document().recipe.clone() }));
    bench.apply(SeedsCommand::Compare(Seeds::from_first(7, 9)));
    bench.apply(Act::Cancel);
    bench.settle();
    assert_eq!(bench.playground.views().seeds.comparison(), Some(&before));
    let notice = bench.playground.notice().expect("a sentence");
    assert!(!notice.is_error, "{}", notice.text);
}

#[test]
fn models_and_dimensions_are_compared_when_their_views_open() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    bench.apply(Act::ShowTab(Tab::Models));
    bench.apply(Act::ShowTab(Tab::Dimensions));
    bench.settle();
    let comparison = bench.playground.views().models.comparison().expect("two models");
    assert!(comparison.refusal.is_some());
    assert!([0, 1].iter().all(|side| bench.playground.views().models.panel(&bench.playground.shown(), *side).is_some()));
    assert_eq!(bench.playground.views().dimensions.sweep().expect("six runs").points.len(), 6);
    assert_eq!(bench.playground.views().dimensions.panel(&bench.playground.shown(), 0).expect("a panel").title, "d = 2");
    bench.apply(ModelsCommand::Compare(Box::new([SideChoice::Run(3), SideChoice::Model(Source::Folder("gone".into()).into())])));
    bench.settle();
    let notice = bench.playground.notice().expect("a sentence").clone();
    assert!(notice.is_error && notice.text.contains("gone"), "{}", notice.text);
    assert!(bench.playground.views().models.comparison().is_some(), "what was there is kept");
    bench.apply(Act::New);
    bench.apply(SeedsCommand::Compare(Seeds::from_first(7, 3)));
    bench.settle();
    assert!(bench.playground.notice().expect("a sentence").text.contains("make a pair"), "nothing to train on");
}

#[test]
fn a_run_ends_when_its_time_is_over() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    bench.apply(Act::SetMaxSeconds(0.2));
    bench.apply(Edit::SetRecipe(Recipe { steps: 1_000_000, ..bench.playground.document().recipe.clone() }));
    bench.settle();
    let run = bench.playground.run().expect("what was recorded is kept");
    assert_eq!(run.stopped, Some(Stopped::Time));
    assert!(run.last_step() > 0 && run.last_step() < 1_000_000);
    assert!(bench.playground.notice().expect("a sentence").text.contains("time that was given is over"));
}

#[test]
fn what_is_said_of_a_failure_goes_when_it_is_undone_and_stays_when_the_run_ends() {
    let mut bench = Bench::lesson("roses");
    bench.apply(Edit::Fail(Failure::LearningRateLarge));
    bench.settle();
    let notice = bench.playground.notice().expect("a sentence").clone();
    assert!(notice.is_error && notice.text.contains("three times") && notice.text.contains("last good step"), "{notice:?}");
    let run = bench.playground.run().expect("a run");
    assert!(run.frames.raw(run.frames.len() - 1).iter().all(|number| number.is_finite()));
    bench.apply(Act::Undo);
    assert_eq!(bench.playground.notice(), None);
}

#[test]
fn every_step_of_a_usual_run_is_measured() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    let run = bench.playground.run().expect("a run");
    assert_eq!(run.measures.len(), run.last_step() + 1);
}
