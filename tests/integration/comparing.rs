//! Runs against runs, models against models, and the guard between spaces.

use std::collections::BTreeSet;
use std::sync::Arc;

use embedding_playground::compare::{
    AgreementMeasure, CompareError, Comparison, Subject, Sweep, Turning, compare_models, compare_runs, lay_out, subject_vectors,
    train_dimensions, train_seeds,
};
use embedding_playground::data::Grouping;
use embedding_playground::model::{Library, Source};
use embedding_playground::playground::lesson;
use embedding_playground::progress::{self, Progress};
use embedding_playground::space::{
    ProjectionError, SpaceId, SpaceMismatch, Structure, Turn, Vectors, adjusted_rand, fit_pca, nearest_in, unit_rows,
};
use embedding_playground::train::{LearnerKind, Recipe, Run, Start, Stopped, TrainError, TrainInput, random_vector, train};

use crate::support::{builtin_input, embedded, lesson_input};

fn grouping() -> Grouping {
    let mut grouping = Grouping::default();
    for (index, group) in lesson("roses").expect("a lesson").set.groups.iter().enumerate() {
        grouping.names.push(group.name.as_str().into());
        grouping.by_phrase.extend(group.phrases.iter().map(|phrase| (Arc::from(phrase.as_str()), index)));
    }
    grouping
}

fn seeds_of(recipe: Recipe, seeds: &[u64]) -> Vec<Arc<Run>> {
    let runs = train_seeds(&builtin_input(recipe), seeds, None, &mut progress::ignore).expect("runs");
    runs.into_iter().map(Arc::new).collect()
}

fn mean(comparison: &Comparison, measure: AgreementMeasure) -> f64 {
    comparison.agreement.level(measure).expect("a level").mean
}

fn chance(comparison: &Comparison, measure: AgreementMeasure) -> f64 {
    comparison.agreement.shuffled(measure).expect("a level").mean
}

#[test]
fn seeds_agree_in_everything_but_their_axes() {
    let comparison = compare_runs(seeds_of(Recipe::default(), &[1, 2, 3, 4, 5]), &grouping()).expect("a comparison");
    let raw = mean(&comparison, AgreementMeasure::RawDistance);
    assert!((raw - 2.0_f64.sqrt()).abs() < 0.1, "two random directions are {raw} apart");
    let turned = mean(&comparison, AgreementMeasure::ProcrustesResidual);
    assert!(turned < 0.15 && turned < chance(&comparison, AgreementMeasure::ProcrustesResidual) / 4.0, "{turned}");
    for measure in [AgreementMeasure::NeighbourOverlap, AgreementMeasure::NeighbourJaccard, AgreementMeasure::CosineCorrelation] {
        let (agreed, shuffled) = (mean(&comparison, measure), chance(&comparison, measure));
        assert!(agreed > 0.75 && shuffled < 0.25, "{measure:?}: {agreed}, shuffled {shuffled}");
    }
    assert!(mean(&comparison, AgreementMeasure::AdjustedRandGroups) > 0.6);
    assert!(!comparison.unsteady.is_empty() && comparison.unsteady.iter().all(|phrase| !phrase.reason.is_empty()));
}

#[test]
fn runs_trained_together_are_those_trained_alone() {
    let recipe = Recipe { steps: 25, ..Recipe::default() };
    let together = seeds_of(recipe.clone(), &[3, 9]);
    for run in together {
        let alone = train(&builtin_input(Recipe { seed: run.recipe.seed, ..recipe.clone() }), None, &mut progress::ignore);
        let alone = alone.expect("a run");
        assert_eq!(run.losses, alone.losses);
        assert_eq!(run.frames.raw(25), alone.frames.raw(25), "the same bytes");
    }
}

#[test]
fn turning_the_runs_brings_the_clusters_onto_each_other() {
    let comparison = compare_runs(seeds_of(Recipe::default(), &[1, 2, 3]), &grouping()).expect("a comparison");
    let layout = lay_out(&comparison, 0, BTreeSet::new()).expect("a layout");
    let last = |index: usize, turning: Turning| {
        let map = layout.map(index, turning).expect("a map");
        map.frame(comparison.runs[index].frames.len() - 1).expect("a frame").values.clone()
    };
    let distance = |turning: Turning| -> f64 {
        let (a, b) = (last(0, turning), last(1, turning));
        (a.iter().zip(&b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>() / 42.0).sqrt()
    };
    let (raw, signs, aligned) = (distance(Turning::Raw), distance(Turning::SameSigns), distance(Turning::Aligned));
    assert!(aligned < 0.1 && aligned < raw / 3.0, "raw {raw}, aligned {aligned}");
    assert!(signs <= raw + 1e-9, "raw {raw}, same signs {signs}");
    assert_eq!(last(0, Turning::Raw), last(0, Turning::Aligned), "the reference stays where it is");
}

#[test]
fn phrases_held_still_lie_nearer_to_the_reference() {
    let comparison =
        compare_runs(seeds_of(Recipe { steps: 30, ..Recipe::default() }, &[1, 2]), &grouping()).expect("a comparison");
    let held: BTreeSet<Arc<str>> = comparison.phrases[..3].iter().cloned().collect();
    let apart = |held: BTreeSet<Arc<str>>| -> f64 {
        let layout = lay_out(&comparison, 0, held).expect("a layout");
        let at =
            |index: usize| layout.map(index, Turning::Aligned).expect("a map").frame(30).expect("a frame").values[..6].to_vec();
        at(0).iter().zip(at(1)).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
    };
    let (free, still) = (apart(BTreeSet::new()), apart(held));
    assert!(still < free && still < 0.02, "held {still}, free {free}");
}

#[test]
fn a_rotated_copy_agrees_in_full_and_a_shuffled_one_does_not() {
    let (n, dims) = (30, 12);
    let rows: Vec<f32> = (0..n).flat_map(|row: usize| random_vector(1, &row.to_string(), dims)).collect();
    let x = unit_rows(&rows, dims);
    // Reversing the numbers of each vector is a reflection.
    let mirrored: Vec<f64> = x.chunks_exact(dims).flat_map(|row| row.iter().rev().copied()).collect();
    let (a, b) = (Structure::of(&x, dims, 5).expect("finite"), Structure::of(&mirrored, dims, 5).expect("finite"));
    assert_eq!(a.neighbour_overlap(&b), Some(1.0));
    assert!((a.linear_cka(&b).expect("cka") - 1.0).abs() < 1e-12);
    assert!((a.cosine_correlation(&b).expect("correlation") - 1.0).abs() < 1e-12);
    assert!(a.procrustes_residual(&b).expect("a residual") < 1e-6);
    let order: Vec<usize> = (0..n).map(|row| (row + 7) % n).collect();
    let moved = a.reordered(&order);
    assert!(a.neighbour_overlap(&moved).expect("overlap") < 0.5);
    assert_eq!(moved.cosine(0, 1), a.cosine(7, 8));
    let turn = Turn::onto((&x, dims), (&mirrored, dims), None).expect("a turn");
    let turned = turn.apply(&x, dims);
    assert!(turned.iter().zip(&mirrored).all(|(x, y)| (x - y).abs() < 1e-9));
}

#[test]
fn clusters_that_are_there_are_found_whatever_their_names() {
    let rows: Vec<f64> =
        (0..12).flat_map(|row: usize| if row < 6 { [1.0, 0.01 * row as f64] } else { [0.01 * row as f64, 1.0] }).collect();
    let found = Structure::of(&rows, 2, 3).expect("finite").clusters(2, 1).expect("clusters");
    let names: Vec<Option<usize>> = found.into_iter().map(Some).collect();
    let truth: Vec<Option<usize>> = (0..12).map(|row| Some(usize::from(row < 6))).collect();
    assert_eq!(adjusted_rand(&names, &truth), Some(1.0));
    assert_eq!(adjusted_rand(&[None, Some(1)], &[Some(1), Some(1)]), None, "one thing has no partner");
}

#[test]
fn what_can_not_be_compared_says_why() {
    let runs = seeds_of(Recipe { steps: 3, ..Recipe::default() }, &[1, 2]);
    assert_eq!(compare_runs(vec![runs[0].clone()], &Grouping::default()).err(), Some(CompareError::Count(1)));
    let other =
        train(&lesson_input("triplet", Recipe { steps: 3, ..Recipe::default() }), None, &mut progress::ignore).expect("a run");
    let comparison =
        compare_runs(vec![runs[0].clone(), Arc::new(other)], &Grouping::default()).expect("three phrases are shared");
    assert!(comparison.remarks.iter().any(|remark| remark.contains("3 phrases that all runs know; one of them has 42")));
    let one_phrase = TrainInput {
        phrases: ["He could smell the roses", "a", "b"].map(Arc::from).into(),
        ..lesson_input("triplet", Recipe { steps: 3, ..Recipe::default() })
    };
    let one = Arc::new(train(&one_phrase, None, &mut progress::ignore).expect("a run"));
    let error = compare_runs(vec![runs[0].clone(), one], &Grouping::default()).expect_err("one phrase in common");
    assert_eq!(error, CompareError::Shared { shared: 1 });
    assert!(error.to_string().contains("got 1; train them on the same pairs"), "{error}");
}

#[test]
fn the_same_seed_twice_and_a_cancelled_run_are_said() {
    let runs = seeds_of(Recipe { steps: 20, ..Recipe::default() }, &[4, 4]);
    let comparison = compare_runs(runs.clone(), &grouping()).expect("a comparison");
    assert!(comparison.remarks[0].contains("same seed 4"), "{:?}", comparison.remarks);
    assert!(mean(&comparison, AgreementMeasure::RawDistance) == 0.0 && comparison.unsteady.is_empty());
    let mut stop =
        |report: Progress| if report.done >= 7 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) };
    let cancelled = train(&builtin_input(Recipe { steps: 20, seed: 5, ..Recipe::default() }), None, &mut stop).expect("a run");
    assert_eq!(cancelled.stopped, Some(Stopped::Cancelled));
    let comparison = compare_runs(vec![runs[0].clone(), Arc::new(cancelled)], &grouping()).expect("a comparison");
    assert!(
        comparison.remarks.iter().any(|remark| remark.contains("Run 2 was cancelled; it is compared at its step 7")),
        "{:?}",
        comparison.remarks
    );
}

#[test]
fn cancelling_ends_all_runs_of_a_comparison() {
    let input = builtin_input(Recipe { steps: 1_000_000, ..Recipe::default() });
    let error = train_seeds(&input, &[1, 2, 3], None, &mut |_| std::ops::ControlFlow::Break(())).expect_err("cancelled");
    assert_eq!(error, TrainError::Cancelled);
}

#[test]
fn contradictory_pairs_and_no_pairs_are_named_as_reasons() {
    let mut input = builtin_input(Recipe { steps: 40, ..Recipe::default() });
    let mut pairs = input.pairs.to_vec();
    // The first phrase is pulled to a trombone as well, and the last one is in no pair.
    pairs[0].positive = 15;
    let last = input.phrases.len() as u32 - 1;
    pairs.retain(|pair| pair.anchor != last && pair.positive != last && pair.negative != Some(last));
    input.pairs = pairs.into();
    let runs = train_seeds(&input, &[1, 2, 3], None, &mut progress::ignore).expect("runs");
    let comparison = compare_runs(runs.into_iter().map(Arc::new).collect(), &grouping()).expect("a comparison");
    let reason =
        |text: &str| comparison.unsteady.iter().find(|phrase| &*phrase.phrase == text).map(|phrase| phrase.reason.clone());
    assert_eq!(reason(&input.phrases[last as usize]).as_deref(), Some("in no pair"));
    assert!(comparison.unsteady.iter().any(|phrase| phrase.reason.starts_with("pulled between")), "{:?}", comparison.unsteady);
}

#[test]
fn more_dimensions_leave_less_loss() {
    let sweep = train_dimensions(&builtin_input(Recipe::default()), None, &mut progress::ignore).expect("runs");
    let losses: Vec<f64> = sweep.points.iter().map(|point| point.measures.loss).collect();
    assert_eq!(sweep.points.iter().map(|point| point.dims).collect::<Vec<_>>(), [2, 3, 8, 32, 128, 384]);
    assert!(losses[0] > losses[1] && losses[1] > losses[2] && losses[2] > losses[5], "{losses:?}");
    let recall = |index: usize| sweep.points[index].measures.judged().recall_at_1().expect("recall");
    assert!(recall(0) < 0.6 && recall(5) > 0.95, "{} {}", recall(0), recall(5));
    let recipe = Recipe { start: Start::Model, ..Recipe::default() };
    assert!(Sweep::obstacle(&recipe).is_some() && Sweep::obstacle(&Recipe::of_learner(LearnerKind::Adapter)).is_none());
}

#[test]
fn two_models_are_compared_each_in_its_own_space() {
    let library = Library::default();
    let phrases = builtin_input(Recipe::default()).phrases.to_vec();
    let side = |subject: Subject| subject_vectors(&subject, &phrases, &library, &mut progress::ignore).expect("vectors");
    let (trained, random) = (side(Subject::Model(Source::Embedded.into())), side(Subject::Model(Source::Random(3).into())));
    let comparison = compare_models(&trained, &random, &grouping()).expect("a comparison");
    let refusal = comparison.refusal.expect("two spaces");
    assert_eq!(refusal.reason(), "other weights of the same model");
    assert_eq!(trained.vectors.dims(), random.vectors.dims(), "the dimension gives nothing away");
    let recall = comparison.mixture.recall_at_1.expect("it can be computed");
    assert!(recall < 0.2, "found again across the two: {recall}");
    let wrong = comparison.mixture.wrong_hit.expect("a wrong hit");
    assert_ne!(wrong.query, wrong.hit);
    let fitted = comparison.mixture.fitted.expect("enough phrases");
    assert_eq!((fitted.n_fitted, fitted.n_tried), (21, 21));
    // A rotation finds most phrases again where two models agree: here a model and its mirror image.
    let dims = trained.vectors.dims();
    let mirrored: Vec<f32> = trained.vectors.rows().flat_map(|row| row.iter().rev().copied()).collect();
    let mirror = Vectors::new(SpaceId::named("mirror", dims), mirrored);
    let mirror = embedding_playground::compare::Side { vectors: mirror, ..trained.clone() };
    let comparison = compare_models(&trained, &mirror, &grouping()).expect("a comparison");
    assert_eq!(comparison.agreement.level(AgreementMeasure::NeighbourOverlap).expect("a level").mean, 1.0);
    assert!(comparison.mixture.recall_at_1.expect("computed") < 0.2);
    let same = compare_models(&trained, &side(Subject::Model(Source::Embedded.into())), &grouping()).expect("a comparison");
    assert!(same.refusal.is_none() && same.moved.is_empty());
}

#[test]
fn models_of_other_dimensions_can_not_be_mixed_but_compared() {
    let library = Library::default();
    let run =
        Arc::new(train(&builtin_input(Recipe { dims: 16, ..Recipe::default() }), None, &mut progress::ignore).expect("a run"));
    let phrases = run.phrases.to_vec();
    let side = |subject: Subject| subject_vectors(&subject, &phrases, &library, &mut progress::ignore);
    let trained = side(Subject::RunAt { run: run.clone(), step: 200 }).expect("vectors");
    let comparison = compare_models(&side(Subject::Model(Source::Embedded.into())).expect("vectors"), &trained, &grouping())
        .expect("a comparison");
    assert!(comparison.mixture.cross.is_none() && comparison.mixture.wrong_hit.is_none());
    assert!(comparison.agreement.level(AgreementMeasure::RawDistance).is_none());
    assert!(comparison.agreement.level(AgreementMeasure::LinearCka).is_some());
    let earlier = side(Subject::RunAt { run: run.clone(), step: 10 }).expect("vectors");
    let comparison = compare_models(&earlier, &trained, &grouping()).expect("a comparison");
    let refusal = comparison.refusal.expect("an earlier step is another space");
    assert!(refusal.to_string().contains("trained further") && refusal.to_string().contains("re-embed"), "{refusal}");
    let error = side(Subject::RunAt { run, step: 500 }).expect_err("no such step");
    assert!(error.to_string().contains("0 to 200, got 500"), "{error}");
    let gone = side(Subject::Model(Source::Folder("no such folder".into()).into())).expect_err("no folder");
    assert!(gone.to_string().contains("no such folder"), "{gone}");
}

/// Every operation on two sets of vectors, for every way in which two spaces can differ.
#[test]
fn two_spaces_never_meet() {
    let base: SpaceId = "model@1:3d:mean:unit".parse().expect("a space");
    let trained: SpaceId = "model@1+abcd/5:3d:mean:unit".parse().expect("a space");
    let others = [
        ("another model", "other@1:3d:mean:unit"),
        ("other weights of the same model", "model@2:3d:mean:unit"),
        ("trained further", "model@1+abcd/5:3d:mean:unit"),
        ("another dimension", "model@1:4d:mean:unit"),
        ("another pooling", "model@1:3d:cls:unit"),
        ("another normalisation", "model@1:3d:mean"),
        ("another prompt", "model@1:3d:mean:unit:prompt=\"query: \""),
    ];
    let set = |space: &SpaceId| Vectors::new(space.clone(), vec![0.5; 4 * space.dims]);
    let refuses = |left: &Vectors, right: &Vectors, reason: &str| {
        let all: Vec<SpaceMismatch> = vec![
            left.cosine(0, right, 0).expect_err("a cosine"),
            nearest_in(left, 0, right, 3).expect_err("a search"),
            Vectors::join(left, [right]).expect_err("a join"),
            Vectors::mean(left, [right]).expect_err("an average"),
            left.space().check_same(right.space()).expect_err("the check"),
        ];
        all.iter().for_each(|mismatch| assert_eq!(mismatch.reason(), reason, "{mismatch}"));
        let axes = fit_pca(left, 2).expect("finite numbers");
        match axes.project(right).expect_err("a projection") {
            ProjectionError::Space(mismatch) => assert_eq!(mismatch.reason(), reason),
            other => panic!("{other}"),
        }
    };
    for (reason, text) in others {
        let other: SpaceId = text.parse().expect("a space");
        assert_eq!(other.to_string(), text, "what is written can be read");
        refuses(&set(&base), &set(&other), reason);
        refuses(&set(&other), &set(&base), reason);
    }
    // Two steps of one run share their axes, so that movement can be seen; no cosine goes across them.
    let later = trained.at_step(6);
    assert!(set(&trained).cosine(0, &set(&later), 0).is_err());
    assert!(fit_pca(&set(&trained), 2).expect("finite").project(&set(&later)).is_ok());
    // What nobody named is alone, but for the very same numbers.
    let unknown = |value: f32| Vectors::new(SpaceId::unknown(3, &[value; 6]), vec![value; 6]);
    refuses(&unknown(0.1), &unknown(0.2), "nobody knows what made them");
    refuses(&unknown(0.1), &set(&base), "nobody knows what made them");
    assert!(unknown(0.1).cosine(0, &unknown(0.1), 1).is_ok());
    assert!("no space".parse::<SpaceId>().is_err());
    assert!(Vectors::mean(&set(&base), [&set(&base)]).is_ok());
    assert_eq!(nearest_in(&set(&base), 0, &set(&base), 2).expect("one space").len(), 2);
    assert_eq!(embedded_space_as_text(), embedded().space().clone());
}

fn embedded_space_as_text() -> SpaceId {
    let text = embedded().space().to_string();
    text.parse().expect("a space")
}
