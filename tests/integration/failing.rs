//! Failing on purpose: every way really fails, measurably, and all that it changed goes back with one undo.

use embedding_playground::choice::Choice;
use embedding_playground::playground::views::Tab;
use embedding_playground::playground::{Act, Chart, Charts, Edit};
use embedding_playground::train::{Axes, Failure, Measure, Stopped, Verdict};

use super::commands::Bench;

/// The number of a measure at the last step of the run.
fn last(bench: &Bench, measure: Measure) -> f64 {
    let run = bench.playground.run().expect("a run");
    run.measures.last().and_then(|measures| measures.get(measure)).expect("a number")
}

/// A lesson that was made to fail from `seed`, and the verdict on it.
fn failed(lesson: &'static str, failure: Failure, seed: u64) -> (Bench, Verdict) {
    let mut bench = Bench::lesson(lesson);
    let recipe = embedding_playground::train::Recipe { seed, ..bench.playground.document().recipe.clone() };
    bench.apply(Edit::SetRecipe(recipe));
    bench.settle();
    bench.apply(Edit::Fail(failure));
    bench.settle();
    let document = bench.playground.document();
    let texts = document.pairs.last().map(|pair| [pair.anchor, pair.positive].map(|id| document.text(id).to_owned()));
    let wrong = texts.as_ref().filter(|_| failure == Failure::WrongPair).map(|texts| texts.each_ref().map(String::as_str));
    let verdict = Verdict::of(failure, bench.playground.run().expect("a run"), wrong);
    (bench, verdict)
}

/// What must be so of a run that failed in this way, in numbers of its own.
fn is_seen(bench: &Bench, failure: Failure) -> bool {
    let (near, apart) = (last(bench, Measure::PositiveCosine), last(bench, Measure::NegativeCosine));
    match failure {
        Failure::NoNegatives => {
            let first = bench.playground.run().and_then(|run| run.measures.first()?.get(Measure::EffectiveRank)).expect("a rank");
            apart > 0.95 && last(bench, Measure::EffectiveRank) < 0.5 * first && last(bench, Measure::Loss) < 0.01
        }
        Failure::TemperatureLow => near < 0.3 && last(bench, Measure::Alignment) > 1.4 && last(bench, Measure::Loss) < 0.01,
        Failure::TemperatureHigh => near - apart < 0.2,
        Failure::LearningRateLarge => {
            let run = bench.playground.run().expect("a run");
            run.stopped == Some(Stopped::NotFinite) || last(bench, Measure::Loss) > 1e6
        }
        Failure::WrongPair => true,
        Failure::TwoDimensions => last(bench, Measure::RecallAt1) < 0.6,
    }
}

#[test]
fn every_way_to_fail_fails_measurably_and_says_so_with_its_numbers() {
    for lesson in ["roses", "triplet"] {
        for failure in Failure::ALL {
            for seed in [1, 2, 3] {
                let (bench, verdict) = failed(lesson, *failure, seed);
                let notice = bench.playground.notice().expect("a sentence").text.clone();
                assert!(notice.contains(&verdict.sentence), "{lesson} {failure:?} {seed}: {notice} / {}", verdict.sentence);
                // Three phrases have room in two dimensions: that is said.
                let must_fail = !(lesson == "triplet" && *failure == Failure::TwoDimensions);
                assert_eq!(verdict.has_failed, must_fail, "{lesson} {failure:?} {seed}: {}", verdict.sentence);
                assert!(!must_fail || is_seen(&bench, *failure), "{lesson} {failure:?} {seed}: {}", verdict.sentence);
            }
        }
    }
}

#[test]
fn without_negatives_the_loss_looks_splendid_and_the_rank_falls_to_about_one() {
    for seed in [1, 2, 3] {
        let (bench, verdict) = failed("roses", Failure::NoNegatives, seed);
        assert!(last(&bench, Measure::EffectiveRank) <= 1.5, "{}", verdict.sentence);
        assert!(verdict.sentence.contains("one heap"), "{}", verdict.sentence);
    }
}

#[test]
fn a_run_that_holds_is_not_said_to_fail() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    let run = bench.playground.run().expect("a run");
    for failure in Failure::ALL.iter().filter(|failure| **failure != Failure::WrongPair) {
        let verdict = Verdict::of(*failure, run, None);
        assert!(!verdict.has_failed && verdict.sentence.contains("here "), "{failure:?}: {}", verdict.sentence);
    }
    bench.apply(Act::New);
    bench.apply(Edit::Fail(Failure::TwoDimensions));
    bench.settle();
    assert!(bench.playground.run().is_none());
}

#[test]
fn one_undo_takes_back_all_that_a_failure_changed_and_redo_brings_it_again() {
    for failure in Failure::ALL {
        let mut bench = Bench::lesson("roses");
        bench.settle();
        bench.apply(Act::SetAxes(Axes::Random));
        bench.apply(Act::SetCharts(Charts { second: Chart::Histogram, log_loss: false }));
        bench.apply(Act::Select(Some(bench.id("Hello"))));
        bench.apply(Act::ShowTab(Tab::Dimensions));
        let (document, revision) = (bench.playground.document().clone(), bench.playground.revision());
        bench.apply(Edit::Fail(*failure));
        bench.settle();
        let failing = bench.playground.document().clone();
        assert_ne!(failing, document, "{failure:?}");
        assert_eq!(bench.playground.axes(), failure.seen_on());
        let charts = bench.playground.charts();
        assert_eq!(charts.second, Chart::showing(failure.exposed_by()));
        assert_eq!(charts.log_loss, *failure == Failure::LearningRateLarge);
        assert_eq!(bench.playground.views().tab, Tab::Train);
        bench.apply(Act::Undo);
        bench.settle();
        assert_eq!(*bench.playground.document(), document, "{failure:?}");
        assert_eq!(bench.playground.revision(), revision);
        assert_eq!(bench.playground.axes(), Axes::Random);
        assert_eq!(bench.playground.charts(), Charts { second: Chart::Histogram, log_loss: false });
        assert_eq!(bench.playground.selected(), Some(bench.id("Hello")));
        assert_eq!(bench.playground.views().tab, Tab::Dimensions);
        bench.apply(Act::Redo);
        bench.settle();
        assert_eq!(*bench.playground.document(), failing, "{failure:?}");
        assert_eq!((bench.playground.charts(), bench.playground.axes()), (charts, failure.seen_on()));
    }
}

#[test]
fn another_edit_is_undone_without_touching_what_is_seen() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    bench.apply(Edit::NewSeed);
    bench.apply(Act::SetAxes(Axes::LastStep));
    bench.apply(Act::ShowTab(Tab::Seeds));
    bench.apply(Act::Undo);
    assert_eq!((bench.playground.axes(), bench.playground.views().tab), (Axes::LastStep, Tab::Seeds));
}

#[test]
fn a_wrong_pair_that_can_not_be_made_changes_nothing() {
    let mut bench = Bench::lesson("triplet");
    bench.settle();
    bench.apply(Edit::RemovePair(0));
    let before = bench.playground.document().clone();
    bench.apply(Edit::Fail(Failure::WrongPair));
    assert_eq!(*bench.playground.document(), before);
    assert!(bench.playground.notice().expect("a sentence").is_error);
}

#[test]
fn undo_brings_the_run_before_back_without_training_and_as_it_was() {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    let run = bench.playground.run().expect("a run").clone();
    bench.apply(Edit::NewSeed);
    bench.settle();
    bench.apply(Act::SetAxes(Axes::LastStep));
    bench.settle();
    bench.apply(Act::Undo);
    assert!(std::sync::Arc::ptr_eq(bench.playground.run().expect("a run"), &run));
    bench.settle();
    assert_eq!(bench.playground.run_map().expect("a map").axes(), Axes::LastStep);
    bench.apply(Act::Redo);
    assert_eq!(bench.playground.run().expect("a run").recipe.seed, 8);
    assert_eq!(bench.playground.step(), 0);
}
