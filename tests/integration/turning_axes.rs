//! The axes that turn with the vectors: an honest start, groups at the end, and no jump on the way.

use std::sync::Arc;

use embedding_playground::playground::{Document, Picture, forces_on_map, lesson};
use embedding_playground::progress;
use embedding_playground::space::{MapAxes, PairRows, fit_pca, silhouette};
use embedding_playground::train::{Axes, LearnerKind, LossKind, Negatives, Recipe, Run, RunMap, map_run, train};

use crate::support::{assert_near, builtin_input, fixture, fixture_json, numbers};

fn roses(seed: u64) -> (Document, Run, RunMap) {
    let run = train(&builtin_input(Recipe { seed, ..Default::default() }), None, &mut progress::ignore).expect("a run");
    let map = map_run(&run, Axes::ThisStep, &mut progress::ignore).expect("a map");
    (lesson("roses").expect("the lesson").document(), run, map)
}

fn picture(document: &Document, run: &Run, map: &RunMap, step: usize) -> Picture {
    let shown: Vec<_> = document.phrases.iter().collect();
    Picture::of_run(document, &shown, run, map, step as f64, &|_| None).expect("a picture")
}

fn silhouette_at(document: &Document, run: &Run, map: &RunMap, step: usize) -> f64 {
    let places = picture(document, run, map, step).places;
    let groups: Vec<Option<usize>> = places.iter().map(|place| place.group).collect();
    let distance = |a: usize, b: usize| (places[a].at[0] - places[b].at[0]).hypot(places[a].at[1] - places[b].at[1]);
    silhouette(&groups, distance).expect("two groups")
}

/// How far any phrase moves from frame to frame because its axes do, as a share of the reach of the map.
fn largest_jump(run: &Run, axes: &[Arc<MapAxes>]) -> f64 {
    let places = |index: usize, axes: &MapAxes| axes.project(&run.shown(index)).expect("places");
    let reach = (0..axes.len()).flat_map(|index| places(index, &axes[index]).values).map(f64::abs).fold(0.0, f64::max);
    let jumps = (1..axes.len()).flat_map(|index| {
        let (here, before) = (places(index, &axes[index]), places(index, &axes[index - 1]));
        let jumps = here.points().zip(before.points()).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]));
        jumps.collect::<Vec<f64>>()
    });
    jumps.fold(0.0, f64::max) / reach
}

#[test]
fn a_random_start_looks_random_and_the_end_shows_the_groups() {
    for seed in 1..=5 {
        let (document, run, map) = roses(seed);
        let (first, last) = (silhouette_at(&document, &run, &map, 0), silhouette_at(&document, &run, &map, run.last_step()));
        assert!(first <= 0.05, "seed {seed}: the start looks sorted, {first}");
        assert!(last >= 0.45, "seed {seed}: the end shows no groups, {last}");
    }
}

#[test]
fn nothing_jumps_where_each_steps_own_axes_would() {
    for seed in 1..=5 {
        let (_, run, map) = roses(seed);
        let turning: Vec<Arc<MapAxes>> = (0..run.frames.len()).map(|index| map.fitted(index).expect("axes").clone()).collect();
        let jump = largest_jump(&run, &turning);
        assert!(jump < 0.05, "seed {seed}: {jump}");
        let mut own: Vec<Arc<MapAxes>> = Vec::new();
        for index in 0..run.frames.len() {
            let (vectors, mut axes) = (run.shown(index), fit_pca(&run.shown(index), 2).expect("axes"));
            if let Some(before) = own.last() {
                let place = |axes: &MapAxes| axes.project(&vectors).expect("places").values;
                axes = axes.clone().turned_towards(&place(&axes), &place(before));
            }
            own.push(Arc::new(axes));
        }
        assert!(largest_jump(&run, &own) > 2.0 * jump, "seed {seed}: there would be nothing to smooth");
        // What they keep is hardly less than what the best axes would.
        for (turning, own) in turning.iter().zip(&own) {
            let kept = |axes: &MapAxes| axes.shares().iter().sum::<f64>();
            assert!(kept(turning) > 0.9 * kept(own), "seed {seed}: {} of {}", kept(turning), kept(own));
        }
    }
}

#[test]
fn trails_and_forces_lie_on_the_axes_of_their_frame() {
    let (document, run, map) = roses(3);
    let step = 20;
    let axes = map.fitted(run.frames.index_at(step)).expect("axes");
    let picture = picture(&document, &run, &map, step);
    for place in &picture.places {
        let row = run.row_of(&place.text).expect("a row") as u32;
        for (at, back) in place.trail.iter().rev().skip(1).zip(0..) {
            let vector = run.shown_values(&run.frames.pick(run.frames.index_at(step - back), &[row]));
            let expected: Vec<f64> = axes.position(&vector).collect();
            assert_near(&place.text, at, &expected, 1e-6);
        }
        assert_eq!(place.trail.last(), Some(&place.at));
    }
    let shown: Vec<_> = document.phrases.iter().collect();
    let drawn = forces_on_map(&shown, &run, &map, step);
    let all = run.forces(step).forces;
    for force in drawn.iter().take(20) {
        let row = |id| run.row_of(document.text(id)).expect("a row") as u32;
        let (on, from) = (row(force.on), row(force.from));
        let full = all.iter().find(|other| (other.on, other.from, other.pulls) == (on, from, force.pulls)).expect("the force");
        let expected: Vec<f64> = axes.direction(&full.force).collect();
        let turn = expected[0] * force.direction[1] - expected[1] * force.direction[0];
        assert!(turn.abs() < 1e-9, "an arrow points elsewhere: {turn}");
    }
}

#[test]
fn few_frames_and_few_phrases_have_axes_too() {
    let mut input = builtin_input(Recipe { steps: 4, ..Default::default() });
    let run = train(&input, None, &mut progress::ignore).expect("a run");
    assert_eq!(map_run(&run, Axes::ThisStep, &mut progress::ignore).expect("a map").axes(), Axes::ThisStep);
    for n in [3, 2, 1] {
        input.phrases = input.phrases.iter().take(n).cloned().collect();
        (input.pairs, input.recipe.steps) = ([].into(), 0);
        let run = train(&input, None, &mut progress::ignore).expect("a run");
        let map = map_run(&run, Axes::ThisStep, &mut progress::ignore).expect("a map");
        assert!(map.frame(0).expect("a frame").values.iter().all(|x| x.is_finite()), "{n} phrases");
    }
    let mut two = builtin_input(Recipe { steps: 30, learner: LearnerKind::Vectors, ..Default::default() });
    two.phrases = two.phrases.iter().take(2).cloned().collect();
    two.pairs = [PairRows { anchor: 0, positive: 1, negative: None, score: None }].into();
    two.recipe.settings.loss = LossKind::CosineSimilarity;
    two.recipe.settings.negatives = Negatives::None;
    let run = train(&two, None, &mut progress::ignore).expect("a run");
    let map = map_run(&run, Axes::ThisStep, &mut progress::ignore).expect("a map");
    // Two phrases lie on one axis, and stay on their sides of it.
    let side = |index: usize| map.frame(index).expect("a frame").values[0].signum();
    assert!((0..run.frames.len()).all(|index| side(index) == side(0)));
    assert!(map.frame(20).expect("a frame").values[1].abs() < 1e-9);
}

#[test]
fn the_caption_says_that_axes_turn_or_that_they_know_the_end() {
    let (document, run, map) = roses(1);
    assert!(picture(&document, &run, &map, 0).axes_sentence().contains("axes turn with the vectors"));
    let whole = map_run(&run, Axes::WholeRun, &mut progress::ignore).expect("a map");
    assert!(picture(&document, &run, &whole, 0).axes_sentence().contains("the start looks sorted already"));
    assert!(silhouette_at(&document, &run, &whole, 0) > 0.05, "there is something to say");
}

#[test]
fn new_projects_turn_and_old_files_open_as_they_were_saved() {
    use embedding_playground::playground::file;
    assert_eq!(Axes::default(), Axes::ThisStep);
    assert_eq!(file::View::default().axes, Axes::ThisStep);
    for name in ["project_v1.json", "project_v2.json", "project_v3.json", "project_v4.json"] {
        let bytes = std::fs::read(fixture(name)).expect("the fixture");
        let json: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        let (_, view) = file::read(&bytes).expect("a project");
        assert_eq!(embedding_playground::choice::Choice::name(view.axes), json["view"]["axes"], "{name}");
    }
}

#[test]
fn silhouettes_are_those_of_scikit_learn() {
    for case in fixture_json("silhouette.json").as_array().expect("cases") {
        let (places, labels) = (numbers(&case["places"]), numbers(&case["labels"]));
        let distance = |a: usize, b: usize| (places[2 * a] - places[2 * b]).hypot(places[2 * a + 1] - places[2 * b + 1]);
        let groups: Vec<Option<usize>> = labels.iter().map(|label| Some(*label as usize)).collect();
        let got = silhouette(&groups, distance).expect("groups");
        assert_near(&case["name"].to_string(), &[got], &numbers(&case["silhouette"]), 1e-9);
        // Rows without a group have no part.
        let more: Vec<Option<usize>> = groups.iter().copied().chain([None]).collect();
        assert_near("with another row", &[silhouette(&more, distance).expect("groups")], &[got], 0.0);
    }
    assert_eq!(silhouette(&[Some(0), Some(0), None], |_, _| 1.0), None, "one group");
    assert_eq!(silhouette(&[], |_, _| 1.0), None);
}

#[test]
fn render_prints_places_groups_axes_and_how_far_the_groups_stand_apart() {
    let folder = crate::cli::folder();
    let render = |step: &str, more: &[&str]| -> serde_json::Value {
        let base = ["render", "--lesson", "roses", "--step", step, "--out", "out.svg", "--json"];
        let arguments: Vec<&str> = base.iter().chain(more).copied().collect();
        serde_json::from_str(&crate::cli::done(folder.path(), &arguments)).expect("JSON")
    };
    let (first, last) = (render("0", &[]), render("200", &[]));
    assert_eq!(first["axes"], "this-step", "as in the lesson");
    assert!(first["axes_caption"].as_str().is_some_and(|caption| caption.contains("axes turn with the vectors")));
    assert_eq!(first["variance_share"].as_array().map(Vec::len), Some(2));
    assert_eq!(first["groups"].as_array().map(Vec::len), Some(6));
    let places = first["places"].as_array().expect("places");
    assert_eq!(places.len(), 42);
    assert!(places.iter().all(|place| place["group"].is_string() && place["at"].as_array().is_some_and(|at| at.len() == 2)));
    let number = |json: &serde_json::Value| json["silhouette"].as_f64().expect("a silhouette");
    assert!(number(&first) <= 0.05 && number(&last) >= 0.45, "{} and {}", first["silhouette"], last["silhouette"]);
    let whole = render("0", &["--axes", "whole-run"]);
    assert!(whole["axes"] == "whole-run" && number(&whole) > number(&first));
    // Pairs from a file have no groups, and so nothing that could stand apart.
    crate::cli::write(folder.path(), "pairs.csv", "anchor,positive\na,b\nc,d\n");
    let pairs = crate::cli::done(folder.path(), &["render", "pairs.csv", "--out", "out.svg", "--json"]);
    let pairs: serde_json::Value = serde_json::from_str(&pairs).expect("JSON");
    assert!(pairs["silhouette"].is_null() && pairs["places"][0]["group"].is_null());
}
