//! The four stages on the map: what each shows, how a run comes to them, and one anchor at a time.

use std::collections::BTreeMap;

use embedding_playground::playground::{Act, Arrows, Force, PhraseId, ShownBatch, Stage};
use embedding_playground::train::Axes;

use crate::commands::Bench;
use crate::support::assert_near;

fn roses_at(step: usize) -> Bench {
    let mut bench = Bench::lesson("roses");
    bench.settle();
    bench.apply(Act::Seek(step));
    bench
}

fn batch(bench: &Bench) -> ShownBatch {
    bench.playground.shown_batch(None).expect("a batch")
}

#[test]
fn each_stage_is_a_press_away() {
    let mut bench = roses_at(7);
    let state = |bench: &Bench| (bench.playground.stage(), bench.playground.step(), bench.playground.arrows());
    assert_eq!(state(&bench), (Stage::Update, 7, Arrows::IfWanted));
    bench.apply(Act::GoToStage(Stage::Evaluate));
    assert_eq!(state(&bench), (Stage::Evaluate, 7, Arrows::Never));
    assert!(bench.playground.shows_batch(), "pairs are looked at with their numbers");
    bench.apply(Act::GoToStage(Stage::Update));
    assert_eq!(state(&bench), (Stage::Update, 7, Arrows::Always), "first the arrows");
    assert!(bench.playground.needs_time());
    bench.apply(Act::Advance(0.5));
    assert_eq!(state(&bench), (Stage::Update, 7, Arrows::Always));
    bench.apply(Act::Advance(1.0));
    bench.apply(Act::Advance(0.4));
    assert!((7.0..8.0).contains(&bench.playground.position()) && bench.playground.position() > 7.1, "then the move");
    assert_eq!(bench.playground.arrows(), Arrows::Never);
    bench.apply(Act::Advance(1.0));
    assert_eq!(state(&bench), (Stage::Update, 8, Arrows::Never), "one step");
    assert!(!bench.playground.needs_time());
    bench.apply(Act::GoToStage(Stage::Iterate));
    assert!(bench.playground.is_playing() && bench.playground.stage() == Stage::Iterate);
    bench.apply(Act::GoToStage(Stage::Iterate));
    assert!(bench.playground.is_playing(), "it stays where it is");
    bench.apply(Act::GoToStage(Stage::Initialise));
    assert_eq!(state(&bench), (Stage::Initialise, 0, Arrows::Never));
}

#[test]
fn an_update_at_the_end_has_no_step_to_take_and_a_press_in_the_middle_of_one_finishes_it() {
    let mut bench = roses_at(usize::MAX);
    bench.apply(Act::GoToStage(Stage::Update));
    assert_eq!((bench.playground.step(), bench.playground.needs_time()), (200, false));
    bench.apply(Act::Seek(3));
    bench.apply(Act::GoToStage(Stage::Update));
    bench.apply(Act::Advance(1.5));
    bench.apply(Act::Step);
    assert_eq!((bench.playground.step(), bench.playground.position()), (4, 4.0));
    // Of a run without pairs there is no stage but the first.
    let mut empty = Bench::lesson("roses");
    empty.apply(Act::New);
    empty.settle();
    empty.apply(Act::GoToStage(Stage::Update));
    empty.apply(Act::GoToStage(Stage::Iterate));
    assert!(!empty.playground.needs_time() && empty.playground.shown_batch(None).is_none());
}

#[test]
fn the_anchors_one_by_one_are_the_whole_batch() {
    let mut bench = roses_at(12);
    bench.apply(Act::Select(None));
    let first = batch(&bench);
    let n = first.anchors.len();
    assert!(n > 10 && !first.shows_all);
    let strongest = &bench.playground.forces()[0];
    assert!(first.anchor == Some(strongest.on) || first.anchor == Some(strongest.from), "it begins with the strongest");
    let mut sums: BTreeMap<(PhraseId, PhraseId, bool), [f64; 2]> = BTreeMap::new();
    let add = |sums: &mut BTreeMap<_, [f64; 2]>, force: &Force| {
        let sum = sums.entry((force.on, force.from, force.pulls)).or_default();
        (0..2).for_each(|axis| sum[axis] += force.direction[axis]);
    };
    for turn in 0..n {
        let here = batch(&bench);
        assert!(here.forces.len() < here.n_forces && here.lines.len() < here.n_lines, "a part of them, counted");
        assert!(here.lines.iter().all(|line| Some(line.anchor) == here.anchor));
        here.forces.iter().for_each(|force| add(&mut sums, force));
        bench.apply(Act::TurnAnchor { is_next: true });
        assert_eq!(batch(&bench).anchor == first.anchor, turn + 1 == n, "each once");
    }
    let all = bench.playground.forces();
    assert_eq!(sums.len(), all.len());
    for force in &all {
        assert_near("their sum", &sums[&(force.on, force.from, force.pulls)], &force.direction, 1e-6);
    }
    bench.apply(Act::TurnAnchor { is_next: false });
    assert_ne!(batch(&bench).anchor, first.anchor);
    bench.apply(Act::ShowAllAnchors(true));
    let everything = batch(&bench);
    assert_eq!((everything.forces.len(), everything.n_forces), (all.len(), all.len()));
}

#[test]
fn what_is_selected_or_pointed_at_is_looked_at_if_it_is_an_anchor() {
    let mut bench = roses_at(12);
    bench.apply(Act::Select(None));
    let anchors = batch(&bench).anchors;
    bench.apply(Act::Select(Some(anchors[3])));
    assert_eq!(batch(&bench).anchor, Some(anchors[3]));
    assert_eq!(bench.playground.shown_batch(Some(anchors[5])).expect("a batch").anchor, Some(anchors[5]));
    bench.apply(Act::TurnAnchor { is_next: true });
    assert_eq!(batch(&bench).anchor, Some(anchors[4]));
    let other = bench.playground.document().phrases.iter().find(|phrase| !anchors.contains(&phrase.id)).expect("no anchor").id;
    bench.apply(Act::Select(Some(other)));
    assert!(batch(&bench).anchor.is_some_and(|anchor| anchor != other), "else the strongest");
}

#[test]
fn lines_and_rows_are_the_numbers_of_the_batch() {
    let bench = roses_at(12);
    let shown = batch(&bench);
    let run = bench.playground.run().expect("a run").clone();
    let text = |id: PhraseId| bench.playground.document().text(id).to_owned();
    for line in &shown.lines {
        assert!((line.cosine - bench.cosine(&text(line.anchor), &text(line.candidate))).abs() < 1e-5);
    }
    assert!(shown.lines[0].is_positive && !shown.lines[shown.lines.len() - 1].is_positive);
    let phrases = bench.playground.shown_phrases();
    let mut losses = Vec::new();
    for anchor in &shown.anchors {
        for row in shown.rows_of(*anchor, &phrases, &run) {
            assert_eq!(row.candidates.len(), shown.view.batch.candidates.len(), "all candidates");
            let shares: f32 = row.candidates.iter().filter_map(|candidate| candidate.share).sum();
            assert!((shares - 1.0).abs() < 1e-4, "{shares}");
            assert!(row.candidates[0].is_positive && row.candidates[1..].iter().all(|candidate| !candidate.is_positive));
            losses.push(f64::from(row.loss.expect("a loss that ranks")));
        }
    }
    assert_eq!(losses.len(), shown.view.batch.anchors.len());
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    assert!((mean - f64::from(shown.view.loss)).abs() < 1e-4, "{mean} and {}", shown.view.loss);
}

#[test]
fn the_models_map_has_no_batch_and_a_new_document_looks_anew() {
    let mut bench = roses_at(12);
    bench.apply(Act::ShowAllAnchors(true));
    bench.apply(Act::SetAxes(Axes::Model));
    assert!(bench.playground.shown_batch(None).is_none());
    bench.apply(Act::OpenLesson("triplet"));
    bench.settle();
    let shown = batch(&bench);
    assert!(!shown.shows_all && shown.anchors.len() == 1);
    let run = bench.playground.run().expect("a run").clone();
    let rows = shown.rows_of(shown.anchors[0], &bench.playground.shown_phrases(), &run);
    assert_eq!((rows.len(), rows[0].candidates.len()), (1, 2));
}
