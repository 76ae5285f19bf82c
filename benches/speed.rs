//! What users wait for, timed: a typed phrase, a training run, a frame of the map, a projection.
//!
//! What is set up for a figure is set up once and only where that figure is wanted: criterion calls no other closures, but
//! the one of a figure often.
//! `benches/compare` runs the training beside the same work in PyTorch; `benches/window` measures the window as a process.

use std::cell::LazyCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use eframe::egui::{self, accesskit::Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use embedding_playground::choice::Choice;
use embedding_playground::compare::{Turning, compare_runs, lay_out, train_seeds};
use embedding_playground::data::Grouping;
use embedding_playground::drawing::{Palette, Theme, text_width};
use embedding_playground::playground::views::seed_panel;
use embedding_playground::playground::{Document, Edit, Force, Phrase, PhraseId, Picture, Place, Playground, Shown};
use embedding_playground::progress;
use embedding_playground::scene::{MapLook, PanelLook, View, map_shapes, panel_shapes, panel_view};
use embedding_playground::search::{ExactIndex, WordIndex, best, best_of};
use embedding_playground::space::{
    Fidelity, Method, PairRows, SpaceId, Turn, Unfolding, UnfoldingSettings, Vectors, find_clusters, fit_pca, unit_rows,
};
use embedding_playground::train::{Axes, LearnerKind, Recipe, Run, TrainInput, map_run, random_vector, train, train_within};
use embedding_playground::ui::{App, Cloud, WindowOptions, apply_theme, paint_shapes};

mod shared;

use shared::{embedded, input_of, uniform};

fn typed_phrase(c: &mut Criterion) {
    let set_up = LazyCell::new(|| {
        let encoder = embedded();
        let words = ["rain", "lion", "bread", "trombone", "hello"];
        let vectors = encoder.embed(&words, &mut progress::ignore).expect("vectors");
        (encoder, fit_pca(&vectors, 2).expect("finite numbers"))
    });
    c.bench_function("typed phrase to point", |bench| {
        let (encoder, axes) = &*set_up;
        bench.iter(|| {
            let vector = encoder.embed(&["He could smell the roses"], &mut progress::ignore).expect("a vector");
            black_box(axes.project(&vector).expect("the same space"))
        });
    });
}

/// What `peers/embed.py` embeds: short phrases, and long texts made of sixteen of them each, cut at 256 tokens.
fn embedding(c: &mut Criterion) {
    let Some(path) = std::env::var_os("PHRASES") else {
        eprintln!("embedding: skipped, PHRASES names no file");
        return;
    };
    let text = std::fs::read_to_string(path).expect("PHRASES is a file of phrases");
    let short: Vec<&str> = text.lines().collect();
    let long: Vec<String> =
        (0..200).map(|text| (0..16).map(|part| short[(16 * text + part) % short.len()]).collect::<Vec<_>>().join(" ")).collect();
    let encoder = LazyCell::new(embedded);
    let mut group = c.benchmark_group("embedding");
    group.sample_size(10);
    let one = ["He could smell the roses"];
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    for (name, phrases) in
        [("one phrase of 8 tokens", &one[..]), ("2000 short phrases", &short[..]), ("200 long texts", &long[..])]
    {
        group.throughput(Throughput::Elements(phrases.len() as u64));
        group.bench_function(name, |bench| {
            bench.iter(|| black_box(encoder.embed(phrases, &mut progress::ignore).expect("vectors")));
        });
    }
    group.finish();
}

/// What recording costs: the same runs with every step kept, as long as they fit, and with next to none kept, in turns.
fn recording(c: &mut Criterion) {
    let mut group = c.benchmark_group("recording");
    group.sample_size(40).warm_up_time(Duration::from_millis(500));
    for (name, n, learner, batch, steps) in [
        ("vectors_60x384_b16, 10 000 steps", 60, LearnerKind::Vectors, 16, 10_000),
        ("vectors_60x384_b16", 60, LearnerKind::Vectors, 16, 1000),
        ("vectors_64x384_b32", 64, LearnerKind::Vectors, 32, 1000),
        ("adapter_64x384_b32", 64, LearnerKind::Adapter, 32, 1000),
        ("vectors_1000x384_b256", 1000, LearnerKind::Vectors, 256, 500),
    ] {
        let input = LazyCell::new(|| input_of(n, learner, batch, steps));
        let time = |budget: usize| {
            let started = Instant::now();
            let run = black_box(train_within(&input, None, budget, &mut progress::ignore).expect("a run"));
            let elapsed = started.elapsed();
            drop(run);
            elapsed
        };
        let (mut kept, mut not_kept) = (Vec::new(), Vec::new());
        group.bench_function(name, |bench| {
            bench.iter_custom(|rounds| {
                for _ in 0..rounds {
                    not_kept.push(time(0));
                    kept.push(time(96 << 20));
                }
                kept[kept.len() - rounds as usize..].iter().sum()
            });
        });
        // Of each two that follow one another: the machine's speed changes from second to second.
        let shares = kept.iter().zip(&not_kept).map(|(kept, not)| 100.0 * (1.0 - not.as_secs_f64() / kept.as_secs_f64()));
        let Some(share) = median(shares.collect(), f64::total_cmp) else { continue };
        let [Some(kept), Some(not_kept)] = [kept, not_kept].map(|times| median(times, Duration::cmp)) else { continue };
        println!("{name}: {kept:.2?} kept, {not_kept:.2?} not kept: recording is {share:.1} % of the run");
    }
    group.finish();
}

/// `None` where nothing was timed.
fn median<T: Copy>(mut values: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Option<T> {
    values.sort_unstable_by(order);
    values.get(values.len() / 2).copied()
}

fn training(c: &mut Criterion) {
    let mut group = c.benchmark_group("training");
    group.sample_size(10);
    for (name, n, learner, batch, steps) in [
        ("vectors_64x384_b32", 64, LearnerKind::Vectors, 32, 2000),
        ("vectors_1000x384_b256", 1000, LearnerKind::Vectors, 256, 500),
        ("vectors_10000x384_b512", 10_000, LearnerKind::Vectors, 512, 400),
        ("adapter_64x384_b32", 64, LearnerKind::Adapter, 32, 1000),
        ("adapter_1000x384_b256", 1000, LearnerKind::Adapter, 256, 300),
    ] {
        group.throughput(Throughput::Elements(steps as u64));
        let input = LazyCell::new(|| input_of(n, learner, batch, steps));
        group.bench_function(name, |bench| {
            bench.iter(|| black_box(train(&input, None, &mut progress::ignore).expect("a run")));
        });
    }
    fine_tuning(&mut group);
    group.finish();
}

/// All layers of the embedded model, 16 pairs a batch of the phrases in the file that PHRASES names.
fn fine_tuning(group: &mut BenchmarkGroup<'_, WallTime>) {
    const STEPS: usize = 16;
    let Some(path) = std::env::var_os("PHRASES") else {
        eprintln!("transformer_b16: skipped, PHRASES names no file");
        return;
    };
    let text = std::fs::read_to_string(path).expect("PHRASES is a file of phrases");
    let lines: Vec<&str> = text.lines().collect();
    // The same pairs as the peer: line k with line 1000 + k.
    let phrases = (0..STEPS * 16).flat_map(|k| [lines[k], lines[1000 + k]]).map(Arc::from).collect();
    let pair = |k: u32| PairRows { anchor: 2 * k, positive: 2 * k + 1, negative: None, score: None };
    let usual = Recipe::of_learner(LearnerKind::Transformer);
    let recipe = Recipe { steps: STEPS, ..usual };
    let input = TrainInput { phrases, pairs: (0..(STEPS * 16) as u32).map(pair).collect(), recipe, model_vectors: None };
    let encoder = LazyCell::new(embedded);
    group.throughput(Throughput::Elements(STEPS as u64));
    group.bench_function("transformer_b16", |bench| {
        // From the first step to the last but one: the peer does not time its set-up either.
        bench.iter_custom(|rounds| {
            let round = |_| {
                let (mut first, mut last) = (None, Duration::ZERO);
                let mut listen = |progress: progress::Progress| {
                    match progress.done {
                        1 => first = Some(Instant::now()),
                        done if done == STEPS - 1 => last = first.map_or(Duration::ZERO, |first| first.elapsed()),
                        _ => {}
                    }
                    std::ops::ControlFlow::Continue(())
                };
                black_box(train(&input, Some(&**encoder), &mut listen).expect("a run"));
                last.mul_f64(STEPS as f64 / (STEPS - 2) as f64)
            };
            (0..rounds).map(round).sum()
        });
    });
}

/// A query among 100 000 passages: by meaning (384 numbers each), and by words (short passages, four words asked).
fn searching(c: &mut Criterion) {
    const N: usize = 100_000;
    let space = SpaceId::named("random", 384);
    let mut group = c.benchmark_group("searching 100 000 passages");
    let index = LazyCell::new(|| {
        let values: Vec<f32> = (0..N).flat_map(|row| random_vector(3, &row.to_string(), 384)).collect();
        ExactIndex::new(Vectors::new(space.clone(), values), None)
    });
    group.bench_function("meaning", |bench| {
        let query = Vectors::new(space.clone(), random_vector(4, "query", 384));
        bench.iter(|| black_box(best_of(&index.cosines(&query, 0).expect("one space"), 10)));
    });
    // Words as unevenly spread as in texts: the k-th is asked for about 1/k as often.
    let word = |passage: usize, place: usize| {
        let share = ((passage * 7919 + place * 104_729) % 10_007) as f64 / 10_007.0;
        format!("w{}", (20_000.0_f64.powf(share)) as usize)
    };
    let words = LazyCell::new(|| {
        let text = |passage: usize| (0..12).map(|place| word(passage, place)).collect::<Vec<_>>().join(" ");
        let texts: Vec<String> = (0..N).map(text).collect();
        WordIndex::new(texts.iter().map(String::as_str))
    });
    group.bench_function("words", |bench| bench.iter(|| black_box(best(words.scores("w1 w3 w50 w4000"), 10))));
    group.finish();
}

/// The shapes of 200 phrases and 200 forces, their labels placed, and egui's triangles of it all.
fn frame(c: &mut Criterion) {
    let (picture, forces) = crowd(200);
    let ctx = egui::Context::default();
    apply_theme(&ctx);
    let palette = Palette::of(Theme::Light);
    let mut before = BTreeMap::new();
    let input = || egui::RawInput {
        screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1280.0, 800.0))),
        ..Default::default()
    };
    let view = View::showing(picture.bounds, [250.0, 90.0, 1030.0, 650.0], [40.0, 30.0]);
    c.bench_function("frame of 200 labels and 200 arrows", |bench| {
        bench.iter(|| {
            let mut output = ctx.run_ui(input(), |ui| {
                let look = MapLook {
                    pointed_at: None,
                    named: &Default::default(),
                    marked: &BTreeSet::new(),
                    forces: &forces,
                    lines: &[],
                    numbered: None,
                    selected: None,
                    hovered: None,
                    label_size: 13.0,
                    trails: true,
                    labels_before: &before,
                };
                let font = egui::FontId::proportional(13.0);
                let mut measure = |text: &str, _: bool| {
                    ui.painter().layout_no_wrap(text.to_owned(), font.clone(), egui::Color32::BLACK).size().x
                };
                let map = map_shapes(&picture, &view, &look, &mut measure);
                paint_shapes(ui.painter(), palette, &map.shapes);
                before = map.labels.places;
            });
            output.textures_delta.clear();
            black_box(ctx.tessellate(output.shapes, output.pixels_per_point))
        });
    });
}

/// A hundred thousand phrases as one cloud, and egui's triangles of it: while the camera moves, and while nothing changes.
fn cloud(c: &mut Criterion) {
    let noise = |number: usize| (number.wrapping_mul(2_654_435_761) % 1_000_003) as f64 / 500_001.5 - 1.0;
    let (few, _) = crowd(6);
    let place = |number: usize| Place {
        phrase: PhraseId(number as u32),
        at: [noise(3 * number) + noise(7 * number), noise(5 * number) + noise(11 * number)],
        trail: Vec::new(),
        ..few.places[number % 6].clone()
    };
    let picture = LazyCell::new(|| Arc::new(Picture { places: (0..100_000).map(place).collect(), ..few.clone() }));
    let ctx = egui::Context::default();
    apply_theme(&ctx);
    let (mut cloud, lit) = (Cloud::default(), Arc::default());
    for (name, moves) in [("cloud of 100 000, the camera moves", 1.0), ("cloud of 100 000, nothing changes", 0.0)] {
        let mut scale = 200.0;
        c.bench_function(name, |bench| {
            bench.iter(|| {
                scale = if scale > 240.0 { 200.0 } else { scale + 0.1 * moves };
                let view = View { area: [0.0, 0.0, 1200.0, 900.0], centre: [0.0, 0.0], scale };
                let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
                    cloud.paint(ui, ui.painter(), &picture, &view, &lit);
                });
                output.textures_delta.clear();
                black_box(ctx.tessellate(output.shapes, output.pixels_per_point))
            });
        });
    }
}

fn crowd(n: usize) -> (Picture, Vec<Force>) {
    let mut document = Playground::empty();
    let texts = (0..n).map(|index| format!("a phrase with number {index}")).collect();
    document.apply(Edit::AddPhrases(texts, None));
    let spot = |index: usize, salt: u64| {
        let vector = random_vector(salt, &index.to_string(), 2);
        [f64::from(vector[0]), f64::from(vector[1])]
    };
    let phrases = document.document().phrases.clone();
    let place = |(index, phrase): (usize, &Phrase)| {
        let at = spot(index, 1);
        let trail = (0..12).map(|step| [at[0] - 0.01 * f64::from(12 - step), at[1]]).collect();
        Place {
            phrase: phrase.id,
            text: phrase.text.clone(),
            group: Some(index % 6),
            at,
            trail,
            is_trained: true,
            is_random: false,
        }
    };
    let places: Vec<Place> = phrases.iter().enumerate().map(place).collect();
    let force = |index: usize| Force {
        on: places[index].phrase,
        from: places[(index + 1) % n].phrase,
        pulls: index.is_multiple_of(2),
        direction: spot(index, 2),
        strength: 0.6,
    };
    let forces = (0..n).map(force).collect();
    let picture = Picture {
        keeps_pairs_back: false,
        places,
        shares: Some([0.3, 0.2]),
        caption: "a test".to_owned(),
        space: SpaceId::unknown::<f32>(2, &[]),
        bounds: [-3.0, -3.0, 3.0, 3.0],
        step: Some(1),
    };
    (picture, forces)
}

/// Maps that follow who is near whom: finding that out, and an epoch.
fn unfolding(c: &mut Criterion) {
    let mut group = c.benchmark_group("unfolding");
    group.sample_size(10);
    for n in [1000, 5000] {
        let vectors = LazyCell::new(|| Vectors::new(SpaceId::named("any", 384), uniform(n * 384)));
        for method in [Method::Diffusion, Method::Tsne, Method::Umap] {
            let begin = || {
                let begun = Unfolding::begin(method, &vectors, 2, 1, UnfoldingSettings::default(), &mut progress::ignore);
                begun.expect("finite numbers").expect("nobody cancels")
            };
            group.bench_function(format!("begin {} of {n}", method.name()), |bench| bench.iter(|| black_box(begin().epoch())));
            if method != Method::Diffusion {
                let mut map = LazyCell::new(begin);
                group.bench_function(format!("an epoch of {} of {n}", method.name()), |bench| {
                    bench.iter(|| {
                        if map.is_done() {
                            *map = begin();
                        }
                        black_box(map.advance(1, &mut progress::ignore))
                    });
                });
            }
        }
        let places = LazyCell::new(|| {
            let axes = fit_pca(&vectors, 2).expect("finite numbers");
            axes.project(&vectors).expect("finite numbers")
        });
        group.bench_function(format!("how faithful a map of {n} is"), |bench| {
            bench.iter(|| black_box(Fidelity::of(&vectors, &places, 1, &mut progress::ignore)));
        });
        group.bench_function(format!("ten clusters of {n}"), |bench| bench.iter(|| black_box(find_clusters(&vectors, 10, 1))));
    }
    group.finish();
}

fn projection(c: &mut Criterion) {
    let values: Vec<f32> = (0..1000).flat_map(|row: usize| random_vector(1, &row.to_string(), 384)).collect();
    let vectors = Vectors::new(SpaceId::unknown(384, &values), values);
    let mut group = c.benchmark_group("projection");
    group.sample_size(20);
    group.bench_function("pca of 1000 x 384", |bench| bench.iter(|| black_box(fit_pca(&vectors, 2).expect("finite numbers"))));
    for n in [1000, 10_000, 100_000] {
        let vectors = LazyCell::new(|| Vectors::new(SpaceId::named("any", 384), uniform(n * 384)));
        group.bench_function(format!("pca fit and places of uniform {n} x 384"), |bench| {
            bench.iter(|| black_box(fit_pca(&vectors, 2).and_then(|axes| axes.project(&vectors)).expect("finite numbers")));
        });
        group.bench_function(format!("pca fit of uniform {n} x 384"), |bench| {
            bench.iter(|| black_box(fit_pca(&vectors, 2).expect("finite numbers")));
        });
    }
    let input = || input_of(60, LearnerKind::Vectors, 16, 1000);
    let run = LazyCell::new(|| train(&input(), None, &mut progress::ignore).expect("a run"));
    for axes in [Axes::WholeRun, Axes::LastStep, Axes::ThisStep] {
        group.bench_function(format!("map of 1000 steps of 60 x 384, {}", axes.name()), |bench| {
            bench.iter(|| black_box(map_run(&run, axes, &mut progress::ignore).expect("a map")));
        });
    }
    group.finish();
}

/// Nine runs side by side, turning one set onto another, and all measures of agreement.
fn comparing(c: &mut Criterion) {
    let mut group = c.benchmark_group("comparing");
    group.sample_size(10);
    let nine: Vec<u64> = (1..=9).collect();
    let input = input_of(60, LearnerKind::Vectors, 16, 500);
    group.bench_function("nine runs of 60 x 384, 500 steps", |bench| {
        bench.iter(|| black_box(train_seeds(&input, &nine, None, &mut progress::ignore).expect("runs")));
    });
    let rows = |seed: u64| -> Vec<f64> {
        let values: Vec<f32> = (0..1000).flat_map(|row: usize| random_vector(seed, &row.to_string(), 384)).collect();
        unit_rows(&values, 384)
    };
    let both = LazyCell::new(|| (rows(1), rows(2)));
    group.bench_function("turn of 1000 x 384", |bench| {
        let (points, targets) = &*both;
        bench.iter(|| black_box(Turn::onto((points, 384), (targets, 384), None).expect("a turn")));
    });
    let input = input_of(200, LearnerKind::Vectors, 16, 20);
    let runs = LazyCell::new(|| -> Vec<Arc<Run>> {
        train_seeds(&input, &nine, None, &mut progress::ignore).expect("runs").into_iter().map(Arc::new).collect()
    });
    group.bench_function("measures of nine runs of 200 phrases", |bench| {
        bench.iter(|| black_box(compare_runs(runs.clone(), &Grouping::default()).expect("a comparison")));
    });
    let area = [0.0, 0.0, 250.0, 180.0];
    let look = PanelLook { selected: None, hovered: None, groups: &[], label_size: 12.0, trails: 1.0 };
    let laid_out = LazyCell::new(|| {
        let comparison = compare_runs(runs.clone(), &Grouping::default()).expect("a comparison");
        let layout = lay_out(&comparison, 0, BTreeSet::new()).expect("a layout");
        let mut document = Document::default();
        document.add_phrases(comparison.phrases.iter().map(|text| &**text));
        (comparison, layout, document)
    });
    group.bench_function("shapes of nine small maps of 200 phrases", |bench| {
        let (comparison, layout, document) = &*laid_out;
        let shown = Shown { document, phrases: document.phrases.iter().collect(), position: 10.5 };
        bench.iter(|| {
            for index in 0..9 {
                let panel = seed_panel(&shown, (comparison, layout), index, Turning::Aligned).expect("a panel");
                let view = panel_view(&panel, area);
                black_box(panel_shapes(&panel, &view, &look, &mut |text, strong| text_width(text, 12.0, strong)));
            }
        });
    });
    group.finish();
}

/// The window when it has nothing to do any more.
fn settled_window() -> Harness<'static, App> {
    let mut window = Harness::builder()
        .with_size([1280.0, 800.0])
        .build_eframe(|cc| App::new(cc, &WindowOptions::default(), Instant::now()).expect("a worker"));
    settle(&mut window);
    window
}

fn settle(window: &mut Harness<'_, App>) {
    while window.state().playground().is_busy() || window.state().playground().run().is_none() {
        window.step();
    }
}

/// Frames of the window while nine runs train on all cores and the nine before them play: everything but the graphics card's part.
///
/// A window draws 60 frames a second if each takes less than 16.7 ms.
fn window_meanwhile(c: &mut Criterion) {
    let mut window = LazyCell::new(|| {
        let mut window = settled_window();
        window.get_by_label("Seeds").click();
        window.run_steps(3);
        for (role, name, number) in [(Role::SpinButton, "Steps", "20000"), (Role::TextInput, "Seeds to train from", "1-9")] {
            window.get_by_role_and_label(role, name).click();
            window.run_steps(3);
            window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
            window.event(egui::Event::Text(number.to_owned()));
            window.key_press(egui::Key::Enter);
            window.run_steps(3);
            settle(&mut window);
        }
        window
    });
    let mut frames = Vec::new();
    c.bench_function("frame of the window while nine runs train", |bench| {
        bench.iter_custom(|rounds| {
            let round = |_| {
                if !window.state().playground().is_busy() {
                    window.get_by_label("Train from 9 seeds").click();
                    if let Some(play) = window.query_by_label("Play") {
                        play.click();
                    }
                    window.run_steps(2);
                }
                let started = Instant::now();
                window.step();
                let shapes = window.output().shapes.clone();
                black_box(window.ctx.tessellate(shapes, 1.0));
                frames.push(started.elapsed());
                started.elapsed()
            };
            (0..rounds).map(round).sum()
        });
    });
    frames.sort_unstable();
    let late = frames.iter().filter(|frame| frame.as_micros() > 16_667).count();
    let at = |share: usize| frames.get(frames.len() * share / 100).copied().unwrap_or_default();
    if frames.is_empty() {
        return;
    }
    println!("{} frames: median {:?}, 99 of 100 within {:?}, {late} longer than 1/60 s", frames.len(), at(50), at(99));
}

/// A frame of the window while the opening lesson plays with a phrase selected, and one at rest: everything but the graphics
/// card's part.
fn window_frames(c: &mut Criterion) {
    let mut window = LazyCell::new(settled_window);
    let frame = |window: &mut Harness<'_, App>| {
        window.step();
        let shapes = window.output().shapes.clone();
        black_box(window.ctx.tessellate(shapes, 1.0));
    };
    c.bench_function("frame of the window at rest", |bench| bench.iter(|| frame(&mut window)));
    c.bench_function("frame of the window while it plays", |bench| {
        bench.iter(|| {
            if let Some(play) = window.query_by_label("Play") {
                play.click();
                window.run_steps(2);
            }
            frame(&mut window);
        });
    });
}

criterion_group!(
    speed,
    typed_phrase,
    embedding,
    training,
    recording,
    searching,
    frame,
    cloud,
    projection,
    unfolding,
    comparing,
    window_frames,
    window_meanwhile
);
criterion_main!(speed);
