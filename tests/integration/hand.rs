//! A hand in the run: phrases are carried on the map, let go, and trained on.

use embedding_playground::playground::{Act, Edit, file};
use embedding_playground::progress;
use embedding_playground::space::{SpaceId, Vectors, fit_pca};
use embedding_playground::train::{LearnerKind, LossKind, Move, Negatives, Recipe, Settings, read_run, train, write_run};

use crate::commands::Bench;
use crate::support::builtin_input;

const ROSES: &str = "He could smell the roses";
const LION: &str = "A lion roared majestically";

fn at(bench: &Bench, text: &str) -> [f64; 2] {
    bench.playground.picture().expect("a picture").place(bench.id(text)).expect("its place").at
}

/// Most of the way from the lion to the roses.
fn near_the_roses(bench: &Bench) -> [f64; 2] {
    let (lion, roses) = (at(bench, LION), at(bench, ROSES));
    [0, 1].map(|axis| lion[axis] + 0.85 * (roses[axis] - lion[axis]))
}

/// How far the lion is from the roses on the map.
fn apart(bench: &Bench) -> f64 {
    let (lion, roses) = (at(bench, LION), at(bench, ROSES));
    (lion[0] - roses[0]).hypot(lion[1] - roses[1])
}

fn lesson_at(name: &'static str, step: usize) -> Bench {
    let mut bench = Bench::lesson(name);
    bench.settle();
    bench.apply(Act::Seek(step));
    bench
}

fn without_negatives(bench: &mut Bench) {
    let settings = Settings { loss: LossKind::CosineSimilarity, negatives: Negatives::None, ..Settings::default() };
    bench.apply(Edit::SetSettings(settings));
    bench.settle();
}

#[test]
fn a_lion_among_the_roses_is_pushed_out() {
    for lesson in ["triplet", "roses"] {
        let mut bench = lesson_at(lesson, 60);
        let (lion, target) = (bench.id(LION), near_the_roses(&bench));
        let before = apart(&bench);
        bench.apply(Edit::MoveByHand(lion, target));
        bench.settle();
        assert!(bench.playground.is_playing() && bench.playground.step() == 60, "the run goes on from there");
        bench.apply(Act::Seek(60));
        let there = apart(&bench);
        assert!(there < 0.3 * before, "{lesson}: it was pulled in, from {before} to {there}");
        bench.apply(Act::Seek(usize::MAX));
        assert!(apart(&bench) > 2.0 * there, "{lesson}: it was pushed out, from {there} to {}", apart(&bench));
    }
}

#[test]
fn without_negatives_it_stays() {
    let mut bench = lesson_at("triplet", 60);
    without_negatives(&mut bench);
    let (lion, target) = (bench.id(LION), near_the_roses(&bench));
    bench.apply(Edit::MoveByHand(lion, target));
    bench.settle();
    let run = bench.playground.run().expect("a run");
    let row = run.row_of(LION).expect("its row") as u32;
    assert_eq!(run.frames.pick(60, &[row]), run.frames.pick(run.frames.len() - 1, &[row]), "nothing moves it");
    bench.apply(Act::Seek(60));
    let there = bench.cosine(LION, ROSES);
    bench.apply(Act::Seek(usize::MAX));
    assert!(bench.cosine(LION, ROSES) > there - 0.15, "it is still among the roses");
}

#[test]
fn what_comes_before_stays_and_the_phrase_lies_where_it_was_let_go() {
    let mut bench = lesson_at("roses", 60);
    let before = bench.playground.run().expect("a run").clone();
    let axes = bench.playground.run_map().expect("a map").fitted(60).expect("axes").clone();
    let (lion, target) = (bench.id(LION), near_the_roses(&bench));
    bench.apply(Edit::MoveByHand(lion, target));
    bench.settle();
    let after = bench.playground.run().expect("a run").clone();
    let row = after.row_of(LION).expect("its row");
    assert_eq!(before.frames.raw(59), after.frames.raw(59));
    let shown = after.shown(60);
    let place: Vec<f64> = axes.position(shown.get(row).expect("a row")).collect();
    assert!((place[0] - target[0]).abs() < 1e-4 && (place[1] - target[1]).abs() < 1e-4, "{place:?} {target:?}");
    let length = |run: &embedding_playground::train::Run| {
        run.frames.pick(60, &[row as u32]).iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt()
    };
    assert!((length(&after) / length(&before) - 1.0).abs() < 1e-4, "it stays on its sphere");
    let others = |run: &embedding_playground::train::Run| {
        run.frames
            .raw(60)
            .chunks_exact(384)
            .enumerate()
            .filter(|(other, _)| *other != row)
            .flat_map(|(_, x)| x.to_vec())
            .collect::<Vec<f32>>()
    };
    assert_eq!(others(&before), others(&after), "nobody else is moved");
}

#[test]
fn while_it_is_held_the_loss_and_the_forces_answer_and_put_back_it_is_as_before() {
    let mut bench = lesson_at("roses", 60);
    let look = |bench: &Bench| {
        let batch = bench.playground.shown_batch(None).expect("a batch");
        (batch.view.loss, bench.playground.forces(), at(bench, LION))
    };
    let before = look(&bench);
    let (lion, target) = (bench.id(LION), near_the_roses(&bench));
    let document = bench.playground.document().clone();
    bench.apply(Act::Hold(lion, target));
    let held = look(&bench);
    assert!(held.0 != before.0 && held.1 != before.1, "loss and forces answer");
    assert!((held.2[0] - target[0]).abs() < 1e-5 && (held.2[1] - target[1]).abs() < 1e-5);
    assert_eq!(*bench.playground.document(), document, "nothing is changed yet");
    assert_eq!(bench.playground.held_phrase(), Some(lion));
    bench.apply(Act::PutBack);
    assert!(look(&bench) == before && bench.playground.held_phrase().is_none());
}

#[test]
fn undo_takes_the_hand_back_and_a_file_keeps_it() {
    let mut bench = lesson_at("roses", 60);
    let (document, run) = (bench.playground.document().clone(), bench.playground.run().expect("a run").clone());
    let (lion, target) = (bench.id(LION), near_the_roses(&bench));
    bench.apply(Edit::MoveByHand(lion, target));
    bench.settle();
    assert!(bench.playground.moved_by_hand().expect("words").contains("at step 60"));
    let moved = bench.playground.document().clone();
    let bytes = file::write(&moved, &file::View::default());
    assert_eq!(file::read(&bytes).expect("a project").0.recipe, moved.recipe, "bit by bit");
    let recorded = bench.playground.run().expect("a run").clone();
    let again = train(&moved.train_input(), None, &mut progress::ignore).expect("a run");
    assert_eq!(again.frames, recorded.frames, "the same recipe, the same bytes");
    assert_ne!(again.space, run.space);
    assert_eq!(read_run(&write_run(&again).expect("bytes")).expect("a run").recipe, moved.recipe);
    bench.apply(Act::Undo);
    bench.settle();
    assert_eq!(*bench.playground.document(), document);
    assert_eq!(bench.playground.run().expect("a run").frames, run.frames);
    assert!(bench.playground.moved_by_hand().is_none());
    bench.apply(Act::Redo);
    bench.settle();
    assert_eq!(bench.playground.run().expect("a run").frames, recorded.frames);
}

#[test]
fn at_the_end_of_a_run_it_goes_on_as_long_again_and_earlier_moves_stay() {
    let mut bench = lesson_at("triplet", 50);
    let (lion, target) = (bench.id(LION), near_the_roses(&bench));
    bench.apply(Edit::MoveByHand(lion, target));
    bench.settle();
    bench.apply(Act::Seek(usize::MAX));
    let target = near_the_roses(&bench);
    bench.apply(Edit::MoveByHand(lion, target));
    bench.settle();
    let recipe = &bench.playground.document().recipe;
    assert_eq!(recipe.moves.iter().map(|moved| moved.at_step).collect::<Vec<usize>>(), [50, 200]);
    assert_eq!((recipe.steps, bench.playground.last_step()), (400, 400));
    // A phrase that is gone takes its moves along, and says so.
    bench.apply(Edit::EditPhrase(lion, "A lion yawned".to_owned()));
    assert!(bench.playground.document().recipe.moves.is_empty());
    assert!(bench.playground.notice().is_some_and(|notice| notice.text.contains("moved by hand")));
    bench.apply(Edit::NewSeed);
    assert!(bench.playground.document().recipe.moves.is_empty());
}

#[test]
fn only_free_vectors_can_be_moved_and_others_say_why() {
    let mut bench = lesson_at("roses", 10);
    assert_eq!(bench.playground.why_no_hand(), None);
    bench.apply(Act::UseHand(true));
    assert!(bench.playground.uses_hand());
    let recipe = bench.playground.document().recipe.for_learner(LearnerKind::Tokens);
    bench.apply(Edit::SetRecipe(recipe));
    bench.settle();
    assert!(bench.playground.why_no_hand().expect("a reason").contains("free vectors") && !bench.playground.uses_hand());
    let document = bench.playground.document().clone();
    let lion = bench.id(LION);
    bench.apply(Edit::MoveByHand(lion, [0.0, 0.0]));
    assert_eq!(*bench.playground.document(), document);
    assert!(bench.playground.notice().is_some_and(|notice| notice.is_error));
}

#[test]
fn impossible_moves_are_refused_in_words() {
    let refused = |recipe: Recipe, expected: &str| {
        let error = train(&builtin_input(recipe), None, &mut progress::ignore).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    let moved = |by: Vec<f32>, at_step: usize| Move { at_step, phrase: LION.into(), by };
    let base = Recipe { steps: 3, ..Recipe::default() };
    refused(Recipe { moves: vec![moved(vec![0.0; 3], 1)], ..base.clone() }, "of 3 numbers");
    refused(Recipe { moves: vec![moved(vec![f32::NAN; 384], 1)], ..base.clone() }, "not finite");
    refused(Recipe { moves: vec![moved(vec![0.0; 384], 2), moved(vec![0.0; 384], 1)], ..base.clone() }, "order");
    let tokens = Recipe { moves: vec![moved(vec![0.0; 384], 1)], learner: LearnerKind::Tokens, ..base.clone() };
    refused(tokens, "free vectors");
    // One of a phrase that is not there moves nothing.
    let absent = Recipe { moves: vec![Move { at_step: 1, phrase: "nobody".into(), by: vec![1.0; 384] }], ..base.clone() };
    let run = |recipe| train(&builtin_input(recipe), None, &mut progress::ignore).expect("a run");
    assert_eq!(run(absent).frames, run(base.clone()).frames);
    assert!(!serde_json::to_string(&base).expect("JSON").contains("moves"), "recipes without any are written as before");
}

#[test]
fn a_carried_vector_lies_where_it_is_carried_and_keeps_its_length() {
    let values: Vec<f32> = (0..60).map(|index| ((index * 37 % 23) as f32 - 11.0) / 7.0).collect();
    let vectors = Vectors::new(SpaceId::named("tested", 6), values);
    let axes = fit_pca(&vectors, 2).expect("axes");
    let vector = vectors.get(3).expect("a row");
    let squares = |vector: &[f32]| vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    for keeps_length in [false, true] {
        let carried = axes.carried(vector, &[0.3, -0.2], keeps_length);
        let place: Vec<f64> = axes.position(&carried).collect();
        assert!((place[0] - 0.3).abs() < 1e-5 && (place[1] + 0.2).abs() < 1e-5, "{place:?}");
        assert!(!keeps_length || (squares(&carried) / squares(vector) - 1.0).abs() < 1e-5);
    }
    // Beyond the sphere there is nothing: it stops at the rim.
    let far = axes.carried(vector, &[1e3, 0.0], true);
    assert!((squares(&far) / squares(vector) - 1.0).abs() < 1e-5);
}
