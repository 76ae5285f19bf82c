//! What users wait for, timed: a typed phrase, a training run, a frame of the map, a projection.
//!
//! `benches/compare` runs the training beside the same work in PyTorch; `benches/window` measures the window as a process.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use eframe::egui;
use embedding_playground::model::{self, Encoder};
use embedding_playground::playground::{Force, Picture, Place, Playground};
use embedding_playground::progress;
use embedding_playground::scene::{MapLook, Palette, Theme, View, map_shapes};
use embedding_playground::space::{PairRows, SpaceId, Vectors, fit_pca};
use embedding_playground::train::{Recipe, Settings, TrainInput, random_vector, train};
use embedding_playground::ui::{apply_theme, paint_shapes};

fn typed_phrase(c: &mut Criterion) {
    let encoder = model::embedded().expect("the embedded model opens");
    let words = ["rain", "lion", "bread", "trombone", "hello"];
    let vectors = encoder.encode(&words, &mut progress::ignore).expect("vectors");
    let axes = fit_pca(&vectors, 2).expect("finite numbers");
    c.bench_function("typed phrase to point", |bench| {
        bench.iter(|| {
            let vector = encoder.encode(&["He could smell the roses"], &mut progress::ignore).expect("a vector");
            black_box(axes.project(&vector).expect("the same space"))
        });
    });
}

/// 64 phrases, 320 pairs, batches of 32, InfoNCE with Adam: the work of `peers/train_vectors.py`,
/// with recording and measuring on top.
fn training(c: &mut Criterion) {
    const STEPS: usize = 1000;
    let phrases: Arc<[Arc<str>]> = (0..64).map(|index| Arc::from(format!("phrase {index}"))).collect();
    let pair = |k: u32| PairRows { anchor: k % 64, positive: (k % 64 + 1 + k / 64 * 7) % 64, negative: None };
    let recipe = Recipe { steps: STEPS, settings: Settings { batch: 32, ..Default::default() }, ..Default::default() };
    let input = TrainInput { phrases, pairs: (0..320).map(pair).collect(), recipe, model_vectors: None };
    let mut group = c.benchmark_group("training");
    group.sample_size(10).throughput(Throughput::Elements(STEPS as u64));
    group.bench_function("free vectors 64 x 384, batch 32, recorded", |bench| {
        bench.iter(|| black_box(train(&input, &mut progress::ignore).expect("a run")));
    });
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
                    forces: &forces,
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
                before = map.label_places;
            });
            output.textures_delta.clear();
            black_box(ctx.tessellate(output.shapes, output.pixels_per_point))
        });
    });
}

fn crowd(n: usize) -> (Picture, Vec<Force>) {
    let mut document = Playground::empty();
    let texts = (0..n).map(|index| format!("a phrase with number {index}")).collect();
    document.apply(embedding_playground::playground::Command::AddPhrases(texts, None));
    let spot = |index: usize, salt: u64| {
        let vector = random_vector(salt, &index.to_string(), 2);
        [f64::from(vector[0]), f64::from(vector[1])]
    };
    let phrases = document.document().phrases.clone();
    let place = |(index, phrase): (usize, &embedding_playground::playground::Phrase)| {
        let at = spot(index, 1);
        let trail = (0..12).map(|step| [at[0] - 0.01 * f64::from(12 - step), at[1]]).collect();
        Place { phrase: phrase.id, text: phrase.text.clone(), group: Some(index % 6), at, trail, is_trained: true }
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
        places,
        shares: [0.3, 0.2],
        caption: "a test".to_owned(),
        space: SpaceId::unknown(2),
        bounds: [-3.0, -3.0, 3.0, 3.0],
        step: Some(1),
    };
    (picture, forces)
}

fn projection(c: &mut Criterion) {
    let values: Vec<f32> = (0..1000).flat_map(|row: usize| random_vector(1, &row.to_string(), 384)).collect();
    let vectors = Vectors::new(SpaceId::unknown(384), values);
    let mut group = c.benchmark_group("projection");
    group.sample_size(20);
    group.bench_function("pca of 1000 x 384", |bench| bench.iter(|| black_box(fit_pca(&vectors, 2).expect("finite numbers"))));
    group.finish();
}

criterion_group!(speed, typed_phrase, training, frame, projection);
criterion_main!(speed);
