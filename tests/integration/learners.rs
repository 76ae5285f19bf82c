//! What learns: that it learns, that it tells nobody else's secrets, and that it fails in good order.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use embedding_playground::choice::Choice;
use embedding_playground::data::{BuiltinSet, Contents, Score, TableFormat, Taken, Writing, write_table};
use embedding_playground::model::{Encoder, Source};
use embedding_playground::progress::{self, Progress};
use embedding_playground::space::PairRows;
use embedding_playground::train::{
    Failure, LearnerKind, LossKind, MAX_RECORDED, Negatives, OptimizerKind, Recipe, Run, Schedule, Settings, Start, Stopped,
    Subset, TrainError, TrainInput, curves_table, read_run, train, write_run,
};

use crate::support::{self, builtin_input, embedded};

/// The built-in phrases with every pair within a group: each phrase stands in six.
fn many_pairs(recipe: Recipe) -> TrainInput {
    support::set_input(&BuiltinSet::named("roses", Taken::WithinGroups).expect("a set"), recipe)
}

fn with_model(mut input: TrainInput, encoder: &dyn Encoder) -> TrainInput {
    let texts: Vec<&str> = input.phrases.iter().map(|phrase| &**phrase).collect();
    input.model_vectors = Some(encoder.embed(&texts, &mut progress::ignore).expect("vectors"));
    input
}

fn run_of(input: &TrainInput, encoder: &dyn Encoder) -> Run {
    train(input, Some(encoder), &mut progress::ignore).expect("a run")
}

#[test]
fn models_learn_what_they_were_not_shown() {
    let encoder = embedded();
    for learner in [LearnerKind::Vectors, LearnerKind::Tokens, LearnerKind::Adapter, LearnerKind::Transformer] {
        let steps = if learner == LearnerKind::Transformer { 12 } else { Recipe::of_learner(learner).steps };
        let recipe = Recipe { holdout: 0.2, steps, ..Recipe::of_learner(learner) };
        let run = run_of(&with_model(many_pairs(recipe), &*encoder), &*encoder);
        let (first, last) = (run.measures_of(0), run.measures_of(run.frames.len() - 1));
        assert!(last.loss < 0.5 * first.loss, "{learner:?}: loss {} to {}", first.loss, last.loss);
        let (before, after) = (first.held_out.expect("held-out pairs"), last.held_out.expect("held-out pairs"));
        assert!(after.triplet_accuracy() > before.triplet_accuracy(), "{learner:?}: {before:?} to {after:?}");
        assert!(after.recall_at_1() > before.recall_at_1(), "{learner:?}: {before:?} to {after:?}");
    }
}

/// Trains on four fifths of the pairs with `loss` and what else is usual, and looks at the fifth that was held out.
fn learns_held_out_pairs(learner: LearnerKind, loss: LossKind, seed: u64, encoder: &dyn Encoder) {
    let usual = Recipe::of_learner(learner);
    let settings = usual.settings.with_loss(loss, learner);
    let run = run_of(&with_model(many_pairs(Recipe { seed, holdout: 0.2, settings, ..usual }), encoder), encoder);
    let (first, last) = (run.measures_of(0), run.measures_of(run.frames.len() - 1));
    let of = format!("{} with {}, seed {seed}", learner.name(), loss.name());
    assert!(last.loss < 0.8 * first.loss, "{of}: loss {} to {}", first.loss, last.loss);
    let held_out_loss = (first.held_out_loss.expect("held-out pairs"), last.held_out_loss.expect("held-out pairs"));
    assert!(held_out_loss.1 < held_out_loss.0, "{of}: held-out loss {held_out_loss:?}");
    let (before, after) = (first.held_out.expect("held-out pairs"), last.held_out.expect("held-out pairs"));
    assert!(after.triplet_accuracy() > before.triplet_accuracy(), "{of}: {before:?} to {after:?}");
    assert!(after.recall_at_1() > before.recall_at_1(), "{of}: {before:?} to {after:?}");
}

#[test]
fn every_loss_teaches_what_was_held_out() {
    let encoder = embedded();
    for learner in [LearnerKind::Tokens, LearnerKind::Adapter] {
        for loss in LossKind::ALL {
            for seed in [1, 2, 3] {
                learns_held_out_pairs(learner, *loss, seed, &*encoder);
            }
        }
    }
}

#[test]
fn cosent_teaches_a_transformer_what_was_held_out() {
    learns_held_out_pairs(LearnerKind::Transformer, LossKind::Cosent, 3, &*embedded());
}

#[test]
fn a_loss_brings_its_usual_temperature_unless_another_was_chosen() {
    for learner in LearnerKind::ALL {
        let usual = Recipe::of_learner(*learner);
        let cosent = usual.settings.with_loss(LossKind::Cosent, *learner);
        assert_eq!(cosent.temperature, 0.2, "softer than 0.05, at which models get worse on pairs held out");
        assert_eq!(cosent.with_loss(usual.settings.loss, *learner), usual.settings);
        let chosen = Settings { temperature: 0.07, ..usual.settings };
        assert_eq!(chosen.with_loss(LossKind::Cosent, *learner).temperature, 0.07);
        let recipe = Recipe { settings: cosent, ..usual };
        assert_eq!(recipe.for_learner(LearnerKind::Adapter).settings.temperature, 0.2);
    }
}

#[test]
fn phrases_in_no_pair_move_with_the_tokens_they_share() {
    let encoder = embedded();
    let texts = ["a red rose", "a red flower", "a loud lion", "a loud roar", "a rose and a flower"];
    let pair = |anchor, positive| PairRows { anchor, positive, negative: None, score: None };
    let input = |learner| TrainInput {
        phrases: texts.iter().map(|text| (*text).into()).collect(),
        pairs: [pair(0, 1), pair(2, 3)].into(),
        recipe: Recipe { steps: 20, ..Recipe::of_learner(learner) },
        model_vectors: None,
    };
    let moved = |run: &Run| {
        let row = |frame: usize| run.frames.raw(frame)[4 * run.recipe.dims..].to_vec();
        row(0) != row(run.frames.len() - 1)
    };
    assert!(!moved(&run_of(&input(LearnerKind::Vectors), &*encoder)), "a free vector in no pair stays");
    assert!(moved(&run_of(&input(LearnerKind::Tokens), &*encoder)), "a phrase of shared tokens moves");
}

#[test]
fn an_adapter_begins_as_the_models_own_map() {
    let encoder = embedded();
    for dims in [384, 8, 2] {
        let recipe = Recipe { dims, steps: 3, ..Recipe::of_learner(LearnerKind::Adapter) };
        let input = with_model(builtin_input(recipe), &*encoder);
        let run = run_of(&input, &*encoder);
        let vectors = input.model_vectors.as_ref().expect("vectors");
        for (row, begun) in vectors.rows().zip(run.frames.raw(0).chunks_exact(dims)) {
            assert_eq!(&row[..dims], begun);
        }
    }
    let recipe = Recipe { dims: 512, ..Recipe::of_learner(LearnerKind::Adapter) };
    let error = train(&with_model(builtin_input(recipe), &*encoder), None, &mut progress::ignore).expect_err("too many");
    assert!(error.to_string().contains("at least 512"), "{error}");
}

#[test]
fn last_layers_or_random_weights_learn_too() {
    let encoder = embedded();
    let recipe = Recipe { steps: 2, layers: 1, ..Recipe::of_learner(LearnerKind::Transformer) };
    let run = run_of(&builtin_input(recipe.clone()), &*encoder);
    assert!(run.losses.windows(2).all(|pair| pair[0].is_finite()));
    let bytes = run.weights.clone().expect("a model");
    let (after, whole) = (
        safetensors::SafeTensors::deserialize(&bytes),
        run_of(&builtin_input(Recipe { steps: 0, warmup: 0, ..recipe.clone() }), &*encoder),
    );
    let (after, before) = (after.expect("weights"), whole.weights.clone().expect("a model"));
    let before = safetensors::SafeTensors::deserialize(&before).expect("weights");
    for (name, view) in after.tensors() {
        let is_same = before.tensor(&name).expect("the tensor").data() == view.data();
        assert_eq!(!is_same, name.starts_with("encoder.layer.5."), "{name}");
    }
    let recipe = Recipe { start: Start::Random, steps: 1, words: true, warmup: 0, ..recipe };
    let [one, other] = [1, 2].map(|seed| run_of(&builtin_input(Recipe { seed, layers: 0, ..recipe.clone() }), &*encoder));
    assert_ne!(one.frames.raw(0), other.frames.raw(0), "another seed, other weights");
    let again = run_of(&builtin_input(Recipe { seed: 1, layers: 0, ..recipe }), &*encoder);
    assert_eq!(one.frames, again.frames, "the same seed, the same bytes");
}

#[test]
fn a_saved_model_opens_and_gives_the_same_vectors() {
    let encoder = embedded();
    let run = run_of(&builtin_input(Recipe { steps: 2, ..Recipe::of_learner(LearnerKind::Transformer) }), &*encoder);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tuned");
    let weights = run.weights.as_ref().expect("a model");
    let trainable = encoder.trainable().expect("a model that can be saved");
    trainable.save(weights, &path).expect("saved");
    trainable.save(weights, &path).expect("a model may be replaced");
    let tuned = support::model(&Source::Folder(path));
    let texts: Vec<&str> = run.phrases.iter().map(|phrase| &**phrase).collect();
    let vectors = tuned.embed(&texts, &mut progress::ignore).expect("vectors");
    let shown = run.shown(run.frames.len() - 1);
    for (row, trained) in vectors.rows().zip(shown.rows()) {
        let cosine: f32 = row.iter().zip(trained).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.99999, "{cosine}");
    }
    assert!(vectors.space().check_same(encoder.space()).is_err(), "a trained model is another space");
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).and_then(|()| std::fs::write(taken.join("thesis.txt"), "mine")).expect("a folder");
    let error = trainable.save(weights, &taken).expect_err("somebody else's folder").to_string();
    assert!(error.contains("another kind") && taken.join("thesis.txt").is_file(), "{error}");
}

#[test]
fn labels_and_scores_choose_the_loss() {
    let score = |value| Score::new(value);
    let scored = |scores: [f32; 4], loss| {
        let mut input = builtin_input(Recipe { settings: Settings { loss, ..Settings::default() }, ..Recipe::default() });
        let pairs: Vec<PairRows> =
            input.pairs.iter().take(4).zip(scores).map(|(pair, s)| PairRows { score: score(s), ..*pair }).collect();
        input.pairs = pairs.into();
        input
    };
    let labels = [1.0, 0.0, 1.0, 0.0];
    for loss in [LossKind::ContrastiveCosine, LossKind::Cosent, LossKind::CosineSimilarity] {
        let run = train(&scored(labels, loss), None, &mut progress::ignore).expect("a run");
        let last = run.frames.len() - 1;
        assert!(run.whole_loss(last) < 0.5 * run.whole_loss(0), "{loss:?}");
    }
    let error = scored(labels, LossKind::TripletCosine).check().expect_err("no triplets").to_string();
    assert!(error.contains("labels or scores") && error.contains("contrastive"), "{error}");
    let error = scored([1.0, 0.3, 0.7, 0.0], LossKind::ContrastiveCosine).check().expect_err("no labels").to_string();
    assert!(error.contains("0 or 1") && error.contains("CoSENT"), "{error}");
    let error = scored([0.5; 4], LossKind::Cosent).check().expect_err("nothing to order").to_string();
    assert!(error.contains("different scores"), "{error}");
}

#[test]
fn each_failure_shows_in_the_measure_that_its_text_names() {
    let encoder = embedded();
    let run = |failure: Option<Failure>, learner| {
        let recipe = Recipe::of_learner(learner);
        let recipe = failure.map_or(recipe.clone(), |failure| failure.spoil(&recipe));
        let run = run_of(&with_model(builtin_input(recipe), &*encoder), &*encoder);
        let last = run.measures_of(run.frames.len() - 1);
        (run, last)
    };
    let (_, good) = run(None, LearnerKind::Vectors);
    let (run_down, collapsed) = run(Some(Failure::NoNegatives), LearnerKind::Vectors);
    let begun = run_down.measures_of(0);
    assert!(collapsed.effective_rank < begun.effective_rank.map(|rank| 0.5 * rank), "{collapsed:?} after {begun:?}");
    assert!(collapsed.uniformity > begun.uniformity.map(|uniformity| 0.5 * uniformity) && collapsed.loss < 0.01);
    let (_, low) = run(Some(Failure::TemperatureLow), LearnerKind::Vectors);
    assert!(low.alignment > good.alignment.map(|alignment| 2.0 * alignment), "{:?} against {:?}", low.alignment, good.alignment);
    let (high, _) = run(Some(Failure::TemperatureHigh), LearnerKind::Vectors);
    assert!(high.whole_loss(high.frames.len() - 1) > 0.8 * high.whole_loss(0));
    let (large, _) = run(Some(Failure::LearningRateLarge), LearnerKind::Vectors);
    assert_eq!(large.stopped, Some(Stopped::NotFinite));
    assert!((20..150).contains(&large.last_step()), "long enough to watch: {}", large.last_step());
    assert!(large.losses.last() > Some(&(1e6 * large.losses[0])), "the loss leaves the chart: {:?}", large.losses.last());
    assert!(large.frames.raw(large.frames.len() - 1).iter().all(|x| x.is_finite()));
    let (_, flat) = run(Some(Failure::TwoDimensions), LearnerKind::Vectors);
    assert!(flat.loss > 2.0 * good.loss && flat.trained.recall_at_1() < good.trained.recall_at_1());
}

#[test]
fn losses_that_compare_refuse_to_do_without_negatives() {
    let refused = Settings { negatives: Negatives::None, ..Settings::default() };
    let error = builtin_input(Recipe { settings: refused, ..Recipe::default() }).check().expect_err("nothing to compare");
    assert!(error.to_string().contains("cosine similarity"), "{error}");
}

#[test]
fn hardest_negatives_are_the_nearest_that_are_no_positives() {
    let settings = Settings { negatives: Negatives::Hard, ..Settings::default() };
    let run =
        train(&builtin_input(Recipe { settings, steps: 5, ..Recipe::default() }), None, &mut progress::ignore).expect("a run");
    let batch = run.batch_at(3);
    let vectors = run.shown(3);
    let b = batch.anchors.len();
    assert_eq!(batch.candidates.len(), 2 * b);
    for (index, anchor) in batch.anchors.iter().enumerate() {
        let cosine = |row: u32| vectors.cosine(*anchor as usize, &vectors, row as usize).expect("one space").expect("rows");
        let belongs = |row: u32| {
            row == *anchor
                || run
                    .pairs
                    .iter()
                    .any(|pair| [(pair.anchor, pair.positive), (pair.positive, pair.anchor)].contains(&(*anchor, row)))
        };
        let nearest = (0..run.phrases.len() as u32).filter(|row| !belongs(*row)).max_by(|a, b| cosine(*a).total_cmp(&cosine(*b)));
        assert_eq!(Some(batch.candidates[b + index]), nearest);
    }
}

#[test]
fn anchors_of_large_sets_seek_their_hardest_negative_too_though_they_are_not_recorded() {
    let n = 3 * MAX_RECORDED as u32;
    let pairs = (0..n / 2).map(|k| PairRows { anchor: 2 * k, positive: 2 * k + 1, negative: None, score: None }).collect();
    let input = |negatives| TrainInput {
        phrases: (0..n).map(|row| format!("phrase number {row}").into()).collect(),
        pairs: Arc::clone(&pairs),
        recipe: Recipe {
            dims: 2,
            steps: 1,
            settings: Settings { negatives, loss: LossKind::TripletCosine, margin: 0.5, batch: 300, ..Settings::default() },
            ..Recipe::default()
        },
        model_vectors: None,
    };
    // In a plane, one of a thousand random vectors is nearly where the anchor is: each triplet is wrong by one less the
    // cosine of its positive, and by the margin. A drawn one is no nearer than the positive.
    let first = |negatives| train(&input(negatives), None, &mut progress::ignore).expect("a run").losses[0];
    assert!(first(Negatives::Hard) > 1.3, "{}", first(Negatives::Hard));
    assert!(first(Negatives::Drawn) < 0.9, "{}", first(Negatives::Drawn));
}

#[test]
fn schedules_rise_and_fall_as_they_should() {
    let recipe = Recipe { steps: 100, warmup: 9, schedule: Schedule::Linear, ..Recipe::default() };
    let rate = recipe.settings.learning_rate;
    assert!((recipe.learning_rate_at(0) - rate / 10.0).abs() < 1e-12);
    assert!((recipe.learning_rate_at(9) - rate).abs() < 1e-12);
    assert!(recipe.learning_rate_at(99) > 0.0 && recipe.learning_rate_at(99) < 0.02 * rate);
    let cosine = Recipe { warmup: 0, schedule: Schedule::Cosine, ..recipe.clone() };
    assert!((cosine.learning_rate_at(50) - 0.5 * rate).abs() < 1e-12);
    assert!((Recipe { schedule: Schedule::Constant, ..recipe }.learning_rate_at(99) - rate).abs() < 1e-12);
}

#[test]
fn a_flat_loss_ends_a_run_that_asks_for_it() {
    let settings = Settings { optimizer: OptimizerKind::Sgd, learning_rate: 1e-9, ..Settings::default() };
    let run = train(&builtin_input(Recipe { settings, patience: 12, ..Recipe::default() }), None, &mut progress::ignore)
        .expect("a run");
    assert_eq!(run.stopped, Some(Stopped::Plateau));
    assert!(run.last_step() < 60, "stopped at {}", run.last_step());
    assert_eq!(run.losses.len(), run.last_step() + 1);
}

#[test]
fn large_sets_train_whole_and_show_a_part_of_their_choice() {
    let n = 3000_u32;
    let phrases = (0..n).map(|row| format!("phrase number {row}").into()).collect();
    // Phrase 2999 stands in very many pairs.
    let pairs: Vec<PairRows> = (0..n / 2)
        .map(|k| PairRows { anchor: 2 * k, positive: 2 * k + 1, negative: None, score: None })
        .chain((0..100).map(|k| PairRows { anchor: 2 * k, positive: n - 1, negative: None, score: None }))
        .collect();
    let input = |subset| TrainInput {
        phrases: Arc::clone(&phrases),
        pairs: pairs.clone().into(),
        recipe: Recipe {
            subset,
            dims: 8,
            steps: 20,
            settings: Settings { batch: 64, ..Settings::default() },
            ..Recipe::default()
        },
        model_vectors: None,
    };
    for subset in Subset::ALL {
        let run = train(&input(*subset), None, &mut progress::ignore).expect("a run");
        assert_eq!((run.phrases.len(), run.n_phrases, run.n_pairs), (MAX_RECORDED, 3000, 1600), "{subset:?}");
        assert!(run.pairs.iter().all(|pair| pair.anchor.max(pair.positive) < MAX_RECORDED as u32) && run.pairs.len() >= 499);
        assert!(run.measures_of(0).trained.pairs > 0);
        let has_hub = run.phrases.iter().any(|phrase| &**phrase == "phrase number 2999");
        assert_eq!(has_hub, *subset == Subset::MostPaired || (*subset == Subset::Drawn && has_hub), "{subset:?}");
        let read = read_run(&write_run(&run).expect("bytes")).expect("the run");
        assert_eq!((read.n_phrases, read.n_pairs, &read.frames), (3000, 1600, &run.frames));
    }
}

/// Answers within the time that an impatient user has; measured loosely, because machines are noisy.
#[test]
fn cancelling_ends_every_learner_in_the_middle() {
    let encoder = embedded();
    for (learner, negatives) in
        LearnerKind::ALL.iter().flat_map(|learner| [(learner, Negatives::Drawn), (learner, Negatives::Hard)])
    {
        let mut recipe = Recipe { steps: 500, warmup: 0, ..Recipe::of_learner(*learner) };
        recipe.settings.negatives = negatives;
        let input = with_model(builtin_input(recipe), &*encoder);
        let mut n_calls = 0;
        let mut cancelled = None;
        let mut cancel = |_: Progress| {
            n_calls += 1;
            if n_calls < 8 {
                return ControlFlow::Continue(());
            }
            cancelled.get_or_insert_with(Instant::now);
            ControlFlow::Break(())
        };
        let run = train(&input, Some(&*encoder), &mut cancel).expect("a run");
        let took = cancelled.map_or(0, |at| at.elapsed().as_millis());
        assert_eq!(run.stopped, Some(Stopped::Cancelled), "{learner:?}");
        assert!(run.last_step() < 10 && run.losses.len() == run.last_step() + 1, "{learner:?} at {}", run.last_step());
        eprintln!("{learner:?} answered after {took} ms");
    }
}

#[test]
fn nonsense_recipes_say_what_they_should_be() {
    let check = |change: &dyn Fn(&mut Recipe)| {
        let mut recipe = Recipe::default();
        change(&mut recipe);
        builtin_input(recipe).check().expect_err("nonsense").to_string()
    };
    assert!(check(&|recipe| recipe.dims = 0).contains("from 2 to 1024"));
    assert!(check(&|recipe| recipe.dims = 10_000).contains("10000"));
    assert!(check(&|recipe| recipe.settings.learning_rate = 0.0).contains("above 0"));
    assert!(check(&|recipe| recipe.settings.learning_rate = f64::INFINITY).contains("inf"));
    assert!(check(&|recipe| recipe.holdout = 1.5).contains("from 0 to 0.9"));
    assert!(check(&|recipe| recipe.warmup = 900).contains("warm-up"));
    assert!(check(&|recipe| (recipe.learner, recipe.start) = (LearnerKind::Adapter, Start::Random)).contains("adapter"));
    let mut lonely = builtin_input(Recipe { holdout: 0.9, ..Recipe::default() });
    lonely.pairs = lonely.pairs[..2].into();
    assert!(matches!(lonely.check(), Err(TrainError::AllHeldOut { .. })));
    let error =
        train(&builtin_input(Recipe::of_learner(LearnerKind::Tokens)), None, &mut progress::ignore).expect_err("no model");
    assert!(error.to_string().contains("language model"), "{error}");
}

#[test]
fn batches_larger_than_the_set_and_equal_negatives_are_fine() {
    let mut input =
        builtin_input(Recipe { settings: Settings { batch: 4000, ..Settings::default() }, steps: 5, ..Recipe::default() });
    let negative = Some(input.pairs[0].negative.expect("a negative"));
    let last = input.pairs.iter().copied().filter(|pair| Some(pair.anchor) != negative && Some(pair.positive) != negative);
    input.pairs = last.map(|pair| PairRows { negative, ..pair }).collect();
    let run = train(&input, None, &mut progress::ignore).expect("a run");
    assert_eq!(run.batch_at(0).anchors.len(), input.pairs.len());
    assert!(run.losses[5] < run.losses[0]);
}

#[test]
fn curves_have_a_row_for_every_step() {
    let mut run = train(&builtin_input(Recipe { steps: 7, holdout: 0.2, ..Recipe::default() }), None, &mut progress::ignore)
        .expect("a run");
    run.measure();
    let writing = Writing { format: TableFormat::Csv, guards_cells: false };
    let Contents::File(csv) = write_table(&curves_table(&run), writing, &mut progress::ignore).expect("a table").contents else {
        panic!("a folder");
    };
    let csv = String::from_utf8(csv).expect("text");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 9);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{csv}");
    assert!(rows[0].contains(&"heldout_loss") && rows[8].iter().all(|cell| !cell.is_empty()), "{csv}");
}
