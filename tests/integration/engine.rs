//! The engine where no reference file speaks: edge cases, exactness, reproducibility.

use std::ops::ControlFlow;

use embedding_playground::progress;
use embedding_playground::space::{PairRows, ProjectionError, SpaceId, Vectors, fit_pca, fit_random};
use embedding_playground::train::loss::{BatchVectors, multiple_negatives_ranking, triplet_cosine, triplet_euclidean};
use embedding_playground::train::{
    Axes, Choice, LearnerKind, LossKind, OptimizerKind, Recipe, Sampler, Settings, Stopped, TrainError, TrainInput, map_run,
    random_vector, read_run, train, train_within, write_run,
};
use faer::{Mat, Side};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::{assert_near, builtin_input, vectors};

fn random_rows(rng: &mut ChaCha8Rng, n: usize, dims: usize) -> Vec<f64> {
    (0..n * dims).map(|_| f64::from(rng.gen_range(-1.0_f32..1.0))).collect()
}

/// Eigenvalues of the covariance matrix from all dimensions, largest first.
fn exact_variances(x: &[f64], n: usize, dims: usize) -> Vec<f64> {
    let mean: Vec<f64> = (0..dims).map(|d| (0..n).map(|i| x[i * dims + d]).sum::<f64>() / n as f64).collect();
    let centred = Mat::from_fn(n, dims, |i, d| x[i * dims + d] - mean[d]);
    let covariance = centred.transpose() * &centred;
    let values = covariance.self_adjoint_eigenvalues(Side::Lower).expect("eigenvalues");
    values.into_iter().rev().map(|value| value / (n - 1) as f64).collect()
}

#[test]
fn pca_keeps_the_exact_variance_for_every_small_set() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for dims in [2, 16, 384] {
        for n in 2..=50 {
            let x = random_rows(&mut rng, n, dims);
            let axes = fit_pca(&vectors(&x, dims), 2).expect("finite numbers");
            let exact = exact_variances(&x, n, dims);
            let expected = [exact[0], if n > 2 { exact[1] } else { 0.0 }];
            assert_near(&format!("{n} x {dims}"), axes.variances(), &expected, 1e-8);
            let total: f64 = exact.iter().sum();
            assert_near(&format!("{n} x {dims} share"), &axes.shares(), &expected.map(|value| value / total), 1e-8);
        }
    }
}

#[test]
fn pca_of_degenerate_sets_is_defined() {
    let row: Vec<f64> = (0..8).map(f64::from).collect();
    let line: Vec<f64> = (0..5).flat_map(|k| row.iter().map(move |x| x * f64::from(k))).collect();
    for (name, values, n_directions) in [
        ("none", vec![], 0),
        ("one", row.clone(), 0),
        ("duplicates", row.repeat(6), 0),
        ("constant", vec![2.0; 80], 0),
        ("collinear", line, 1),
    ] {
        let set = vectors(&values, 8);
        let axes = fit_pca(&set, 2).expect("finite numbers");
        let kept = axes.variances().iter().filter(|variance| **variance > 0.0).count();
        assert_eq!(kept, n_directions, "{name}");
        let points = axes.project(&set).expect("the same space");
        assert_eq!(points.values.len(), set.len() * 2, "{name}");
        assert!(points.points().all(|point| point[1].abs() < 1e-9), "{name}: the missing axis is zero");
    }
}

#[test]
fn a_number_that_is_not_finite_is_named() {
    let mut values = vec![0.5; 12];
    values[7] = f64::NAN;
    let error = fit_pca(&vectors(&values, 4), 2).expect_err("a NaN");
    assert!(matches!(error, ProjectionError::NotFinite { row: 2, dim: 4, .. }), "{error}");
    assert!(fit_random(&vectors(&values, 4), 2, 1).is_err());
}

#[test]
fn axes_take_other_vectors_of_their_space_and_no_others() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let axes = fit_pca(&vectors(&random_rows(&mut rng, 9, 4), 4), 2).expect("finite numbers");
    assert!(axes.project(&vectors(&[1.0; 4], 4)).is_ok());
    let error = axes.project(&Vectors::new(SpaceId::named("another", 4), vec![1.0; 4])).expect_err("two spaces");
    assert!(error.to_string().contains("another model"), "{error}");
}

#[test]
fn a_random_projection_keeps_less_than_pca() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut x = random_rows(&mut rng, 60, 32);
    x.chunks_exact_mut(32).for_each(|row| row[..2].iter_mut().for_each(|value| *value *= 5.0));
    let set = vectors(&x, 32);
    let (pca, random) = (fit_pca(&set, 2).expect("pca"), fit_random(&set, 2, 1).expect("random"));
    assert!(pca.shares().iter().sum::<f64>() > random.shares().iter().sum::<f64>());
    assert_eq!(random, fit_random(&set, 2, 1).expect("random"), "the same seed, the same axes");
}

/// Central differences of every loss against its gradient, in f64.
#[test]
fn gradients_are_the_slopes_of_the_losses() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let (b, dims) = (5, 6);
    let (anchors, candidates) = (random_rows(&mut rng, b, dims), random_rows(&mut rng, 2 * b, dims));
    let excluded: Vec<bool> = (0..b * 2 * b).map(|i| i % 7 == 3).collect();
    type Loss = fn(&BatchVectors<'_, f64>) -> embedding_playground::train::loss::Evaluation<f64>;
    let losses: [Loss; 3] = [
        |batch| multiple_negatives_ranking(batch, 20.0),
        |batch| triplet_cosine(batch, 0.4),
        |batch| triplet_euclidean(batch, 1.0),
    ];
    for loss in losses {
        let value = |anchors: &[f64], candidates: &[f64]| {
            loss(&BatchVectors { dims, anchors, candidates, excluded: &excluded, scores: &[] }).value
        };
        let batch = BatchVectors { dims, anchors: &anchors, candidates: &candidates, excluded: &excluded, scores: &[] };
        let gradients = loss(&batch).gradients(&batch);
        let step = 1e-6;
        for index in 0..anchors.len() {
            let (mut up, mut down) = (anchors.clone(), anchors.clone());
            (up[index], down[index]) = (up[index] + step, down[index] - step);
            let slope = (value(&up, &candidates) - value(&down, &candidates)) / (2.0 * step);
            assert_near("anchor", &[gradients.anchors[index]], &[slope], 1e-6);
        }
        for index in 0..candidates.len() {
            let (mut up, mut down) = (candidates.clone(), candidates.clone());
            (up[index], down[index]) = (up[index] + step, down[index] - step);
            let slope = (value(&anchors, &up) - value(&anchors, &down)) / (2.0 * step);
            assert_near("candidate", &[gradients.candidates[index]], &[slope], 1e-6);
        }
    }
}

#[test]
fn every_loss_and_optimizer_teaches_the_built_in_set() {
    for (loss, ..) in LossKind::TABLE {
        for (optimizer, ..) in OptimizerKind::TABLE {
            let learning_rate = match (optimizer, loss) {
                (OptimizerKind::Adam | OptimizerKind::AdamW, _) => 0.03,
                (OptimizerKind::Sgd, LossKind::TripletEuclidean) => 5.0,
                (OptimizerKind::Momentum, LossKind::TripletEuclidean) => 0.5,
                (OptimizerKind::Sgd, _) => 100.0,
                (OptimizerKind::Momentum, _) => 10.0,
            };
            let margin = if *loss == LossKind::TripletEuclidean { 5.0 } else { 0.5 };
            let settings = Settings { loss: *loss, optimizer: *optimizer, learning_rate, margin, ..Default::default() };
            let run =
                train(&builtin_input(Recipe { settings, ..Default::default() }), None, &mut progress::ignore).expect("a run");
            let (first, last) = (run.measures_of(0).trained, run.measures_of(run.frames.len() - 1).trained);
            let name = format!("{} {}", loss.name(), optimizer.name());
            assert!(run.whole_loss(run.frames.len() - 1) < 0.5 * run.whole_loss(0), "{name}: the loss falls");
            let (first, last) = (first.triplet_accuracy(), last.triplet_accuracy());
            assert!(last > first && last > Some(0.9), "{name}: {last:?}");
        }
    }
}

#[test]
fn the_same_recipe_gives_the_same_bytes_at_one_and_two_threads() {
    let input = builtin_input(Recipe { steps: 60, ..Default::default() });
    let bytes = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| write_run(&train(&input, None, &mut progress::ignore).expect("a run")).expect("bytes"))
    };
    let one = bytes(1);
    assert_eq!(one, bytes(2));
    assert_eq!(one, bytes(1));
    let other = builtin_input(Recipe { steps: 60, seed: 8, ..Default::default() });
    assert_ne!(
        one,
        write_run(&train(&other, None, &mut progress::ignore).expect("a run")).expect("bytes"),
        "another seed, other bytes"
    );
}

/// An adapter whose steps are large enough to be shared between cores.
fn shared_input() -> TrainInput {
    let (n, dims) = (500, 128);
    let phrases = (0..n).map(|row| format!("phrase {row}").into()).collect();
    let pair = |k: u32| PairRows { anchor: k % n, positive: (7 * k + 1) % n, negative: None, score: None };
    let values: Vec<f32> = (0..n).flat_map(|row| random_vector(1, &row.to_string(), dims)).collect();
    let usual = Recipe::of_learner(LearnerKind::Adapter);
    let recipe = Recipe { dims, steps: 4, settings: Settings { batch: 256, ..usual.settings }, ..usual };
    let model_vectors = Some(Vectors::new(SpaceId::named("tested", dims), values));
    TrainInput { phrases, pairs: (0..2 * n).map(pair).collect(), recipe, model_vectors }
}

#[test]
fn steps_shared_between_cores_give_the_same_bytes_on_any_number_of_them() {
    let input = shared_input();
    let bytes = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| write_run(&train(&input, None, &mut progress::ignore).expect("a run")).expect("bytes"))
    };
    let one = bytes(1);
    for threads in [2, 3, 8] {
        assert!(bytes(threads) == one, "{threads} threads");
    }
    // From outside of a pool other cores look for work all the time.
    let outside = write_run(&train(&input, None, &mut progress::ignore).expect("a run")).expect("bytes");
    assert!(outside == one, "other cores looking for work");
}

#[test]
fn shared_runs_side_by_side_do_not_wait_for_one_another() {
    let mut input = shared_input();
    input.recipe.steps = 40;
    let alone = write_run(&train(&input, None, &mut progress::ignore).expect("a run")).expect("bytes");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("a pool");
    std::thread::scope(|scope| {
        let run = || write_run(&train(&input, None, &mut progress::ignore).expect("a run")).expect("bytes");
        let outside: Vec<_> = (0..3).map(|_| scope.spawn(run)).collect();
        let inside = pool.broadcast(|_| run());
        assert!(inside.into_iter().all(|bytes| bytes == alone));
        assert!(outside.into_iter().all(|other| other.join().expect("a run") == alone));
    });
}

#[test]
fn a_shared_run_that_panics_lets_the_other_cores_go() {
    let input = shared_input();
    let mut panics = |progress: progress::Progress| match progress.done {
        2 => panic!("on purpose"),
        _ => ControlFlow::Continue(()),
    };
    let run = || train(&input, None, &mut panics);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).expect_err("the panic comes through");
    assert_eq!(rayon::broadcast(|thread| thread.index()).len(), rayon::current_num_threads(), "all threads are free");
}

#[test]
fn a_batch_leaves_out_exactly_what_is_known_to_be_positive() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    // Few phrases and many: they are looked up in two ways.
    for n in [12, 60, 5000] {
        let mut any = || rng.gen_range(0..n);
        let pairs: Vec<PairRows> =
            (0..90).map(|_| PairRows { anchor: any(), positive: any() % 20, negative: None, score: None }).collect();
        let sampler = Sampler::new(1, n as usize, &pairs);
        for chunk in pairs.chunks(16) {
            let batch = sampler.assemble(chunk, 0, &Settings::default(), None);
            let is_known =
                |a: u32, c: u32| a == c || pairs.iter().any(|pair| [(a, c), (c, a)].contains(&(pair.anchor, pair.positive)));
            let expected: Vec<bool> = batch
                .anchors
                .iter()
                .flat_map(|a| batch.candidates.iter().map(move |c| (*a, *c)))
                .map(|(a, c)| is_known(a, c))
                .collect();
            assert_eq!(batch.excluded, expected, "{n} phrases");
        }
    }
}

#[test]
fn a_run_file_reads_back_as_the_run_and_damage_is_refused() {
    let recipe = Recipe { steps: 5, dims: 8, holdout: 0.2, ..Default::default() };
    let mut run = train(&builtin_input(recipe), None, &mut progress::ignore).expect("a run");
    run.measure();
    let bytes = write_run(&run).expect("bytes");
    assert!(read_run(&bytes).expect("the run") == run, "it reads back as it was");
    for cut in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(read_run(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    // The header is JSON in the file: changed by hand, in place, to something of the same length.
    let edited = |from: &str, to: &str| {
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).expect("the header says this");
        let mut edited = bytes.clone();
        edited[at..at + from.len()].copy_from_slice(to.as_bytes());
        edited
    };
    for (from, to) in
        [("[0,1,2", "[0,2,1"), ("\\\"dims\\\":8", "\\\"dims\\\":9"), ("\\\"temperature\\\":0.2", "\\\"temperature\\\":0.0")]
    {
        assert!(read_run(&edited(from, to)).is_err(), "{from} changed to {to}");
    }
}

#[test]
fn a_change_of_settings_leaves_the_steps_before_it_alone() {
    let recipe = Recipe { steps: 40, dims: 16, ..Default::default() };
    let slower = Settings { learning_rate: 0.001, ..recipe.settings };
    let changed = recipe.with_settings_from(20, slower);
    let runs = [recipe, changed].map(|recipe| train(&builtin_input(recipe), None, &mut progress::ignore).expect("a run"));
    assert_eq!(runs[0].frames.raw(20), runs[1].frames.raw(20));
    assert_ne!(runs[0].frames.raw(21), runs[1].frames.raw(21));
}

#[test]
fn a_phrase_begins_at_the_same_place_whatever_else_is_in_the_list() {
    let input = builtin_input(Recipe { steps: 30, ..Default::default() });
    let mut more = input.clone();
    more.phrases = input.phrases.iter().cloned().chain(["a phrase in no pair".into()]).collect();
    let (run, wider) =
        (train(&input, None, &mut progress::ignore).expect("a run"), train(&more, None, &mut progress::ignore).expect("a run"));
    let last = run.frames.len() - 1;
    assert_eq!(run.frames.raw(last), &wider.frames.raw(last)[..run.frames.raw(last).len()]);
    assert_eq!(&wider.frames.raw(last)[run.frames.raw(last).len()..], random_vector(7, "a phrase in no pair", 384));
}

#[test]
fn a_cancelled_run_keeps_what_it_recorded() {
    let mut stop_at_12 =
        |progress: progress::Progress| if progress.done == 12 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let run = train(&builtin_input(Recipe { dims: 8, ..Default::default() }), None, &mut stop_at_12).expect("a run");
    assert_eq!((run.last_step(), run.stopped), (12, Some(Stopped::Cancelled)));
}

#[test]
fn a_run_that_explodes_stops_at_its_last_good_frame() {
    let settings = Settings {
        optimizer: OptimizerKind::Sgd,
        learning_rate: 1e38,
        loss: LossKind::TripletEuclidean,
        margin: 50.0,
        ..Default::default()
    };
    let run =
        train(&builtin_input(Recipe { settings, dims: 4, ..Default::default() }), None, &mut progress::ignore).expect("a run");
    assert_eq!(run.stopped, Some(Stopped::NotFinite));
    assert!((0..run.frames.len()).all(|index| run.frames.raw(index).iter().all(|value| value.is_finite())));
    // A run that was to be too long to be kept whole has the same frames: it ended while all were still kept.
    let recipe = Recipe { settings, dims: 4, steps: 1_000_000, ..Default::default() };
    let long = train(&builtin_input(recipe), None, &mut progress::ignore).expect("a run");
    assert_eq!(long.frames.steps(), run.frames.steps());
    assert!((1..8).contains(&run.last_step()), "{}", run.last_step());
}

#[test]
fn an_epoch_has_every_pair_once_and_no_known_positive_as_negative() {
    let input = builtin_input(Recipe::default());
    let mut sampler = Sampler::new(3, input.phrases.len(), &input.pairs);
    let settings = Settings { loss: LossKind::TripletCosine, batch: 16, ..Default::default() };
    let n_batches = input.pairs.len().div_ceil(16);
    let mut seen: Vec<(u32, u32)> = Vec::new();
    for step in 0..n_batches {
        let batch = sampler.batch(step, &settings, None);
        let b = batch.anchors.len();
        for (index, anchor) in batch.anchors.iter().enumerate() {
            seen.push((*anchor, batch.candidates[index]));
            assert!(!batch.excluded[index * batch.candidates.len() + b + index], "a drawn negative is no known positive");
        }
    }
    let mut expected: Vec<(u32, u32)> = input.pairs.iter().map(|pair| (pair.anchor, pair.positive)).collect();
    seen.sort_unstable();
    expected.sort_unstable();
    assert_eq!(seen, expected);
}

#[test]
fn the_axes_of_one_step_turn_as_little_as_can_be() {
    let run = train(&builtin_input(Recipe { steps: 30, ..Default::default() }), None, &mut progress::ignore).expect("a run");
    let map = map_run(&run, Axes::ThisStep, &mut progress::ignore).expect("a map");
    for index in 1..run.frames.len() {
        let (before, here) = (map.frame(index - 1).expect("a frame"), map.frame(index).expect("a frame"));
        let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let lengths = (product(&before.values, &before.values) * product(&here.values, &here.values)).sqrt();
        let agreement = product(&before.values, &here.values) / lengths;
        assert!(agreement > 0.9, "step {index} is mirrored or turned away: {agreement}");
    }
}

#[test]
fn impossible_recipes_and_data_are_refused_in_words() {
    let check = |change: fn(&mut TrainInput), expected: &str| {
        let mut input = builtin_input(Recipe { steps: 2, ..Default::default() });
        change(&mut input);
        let error = train(&input, None, &mut progress::ignore).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(|input| input.recipe.dims = 1, "2 to 1024");
    check(|input| input.recipe.dims = 10_000, "2 to 1024");
    check(|input| input.recipe.settings.learning_rate = f64::INFINITY, "learning rate");
    check(|input| input.recipe.settings.temperature = 0.0, "temperature");
    check(|input| input.recipe.settings.batch = 0, "batch size");
    check(|input| input.pairs = [].into(), "at least one pair");
    check(|input| input.pairs = [PairRows { anchor: 0, positive: 1, negative: None, score: None }].into(), "push");
    check(|input| input.pairs = [PairRows { anchor: 0, positive: 99, negative: None, score: None }].into(), "phrase 100");
    check(|input| input.recipe.start = embedding_playground::train::Start::Model, "model's vectors");
    let mut two = builtin_input(Recipe::default());
    two.recipe.settings.loss = LossKind::TripletCosine;
    two.phrases = two.phrases[..2].into();
    two.pairs = [PairRows { anchor: 0, positive: 1, negative: None, score: None }].into();
    assert!(matches!(train(&two, None, &mut progress::ignore), Err(TrainError::NoNegative { .. })));
}

#[test]
fn a_long_recording_is_thinned_to_fit_its_budget() {
    let mut input = builtin_input(Recipe { steps: 1000, dims: 1024, ..Default::default() });
    let whole = train(&input, None, &mut progress::ignore).expect("a run").frames;
    assert_eq!(whole.stride(), 2, "1001 frames of 42 x 1024 are above 96 MiB");
    assert_eq!((whole.steps().first(), whole.steps().last()), (Some(&0), Some(&1000)));
    assert!(whole.steps().windows(2).all(|pair| pair[1] - pair[0] == 2));
    assert!(whole.len() * 42 * 1024 * 4 <= 96 << 20);
    input.recipe.steps = 10;
    let short = train(&input, None, &mut progress::ignore).expect("a run").frames;
    assert_eq!(short.raw(short.index_at(10)), whole.raw(whole.index_at(10)), "thinning changes no frame");
    assert_eq!(whole.index_at(11), whole.index_at(10), "between two frames the earlier one is shown");
}

#[test]
fn long_recordings_of_short_vectors_stay_in_their_budget() {
    // Vectors of 4 of 42 phrases a step take 64 KB, what says where each frame has its 42 vectors takes 336 KB.
    let settings = Settings { batch: 2, ..Settings::default() };
    let input = builtin_input(Recipe { steps: 2000, dims: 2, settings, ..Default::default() });
    let frames = train_within(&input, None, 200_000, &mut progress::ignore).expect("a run").frames;
    assert!(frames.stride() > 1, "every {}. step", frames.stride());
    assert!(frames.len() > 200, "{} frames", frames.len());
}

#[test]
fn frames_that_share_vectors_are_those_that_were_trained() {
    let settings = Settings { batch: 4, ..Settings::default() };
    let input = builtin_input(Recipe { steps: 300, dims: 64, settings, ..Default::default() });
    let whole = train(&input, None, &mut progress::ignore).expect("a run");
    let thinned = train_within(&input, None, 200_000, &mut progress::ignore).expect("a run").frames;
    assert_eq!((whole.frames.stride(), whole.frames.len()), (1, 301));
    assert!(thinned.stride() > 1 && thinned.len() > 10, "{} frames", thinned.len());
    for (index, step) in thinned.steps().iter().enumerate() {
        let at = whole.frames.index_at(*step);
        assert!(thinned.raw(index) == whole.frames.raw(at), "step {step}");
        let rows = [41, 0, 7];
        let picked: Vec<f32> = rows.iter().flat_map(|row| whole.frames.raw(at)[row * 64..][..64].to_vec()).collect();
        assert!(whole.frames.pick(at, &rows.map(|row| row as u32)) == picked, "step {step}");
    }
    let batch = whole.batch_at(10);
    let [before, after] = [10, 11].map(|index| whole.frames.raw(index));
    for (row, (before, after)) in before.chunks_exact(64).zip(after.chunks_exact(64)).enumerate() {
        let is_in_batch = batch.anchors.iter().chain(&batch.candidates).any(|other| *other as usize == row);
        assert_eq!(before != after, is_in_batch, "row {row}");
    }
    let read = read_run(&write_run(&whole).expect("bytes")).expect("a run");
    assert!(read.frames == whole.frames);
}
