//! How cost grows: with phrases, pairs, dimensions and runs, as one plot with the exponent of each (`growth.svg`).
//!
//! `cargo bench --profile dev --bench growth -- benches/growth.svg`: takes some minutes; without such a file it does nothing.
//! The exponent is the slope of the seconds over the number, both as logarithms, between the last two points.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use embedding_playground::compare::train_seeds;
use embedding_playground::drawing::{
    Drawing, GroupStyle, Ink, PictureFormat, Shape, Theme, group_ink, picture_bytes, text_width,
};
use embedding_playground::progress;
use embedding_playground::space::{SpaceId, Vectors, fit_pca};
use embedding_playground::train::{LearnerKind, Recipe, TrainInput, train};

mod shared;

use shared::{embedded, input_of, uniform};

/// What was measured of one kind of work.
struct Growth {
    name: &'static str,
    /// How many there were, and the seconds that it took: the least of those that fit into a second, of three at least.
    points: Vec<(usize, f64)>,
}

impl Growth {
    fn of(name: &'static str, numbers: &[usize], mut work: impl FnMut(usize) -> Box<dyn FnMut()>) -> Self {
        let point = |n: &usize| {
            let mut once = work(*n);
            let mut least = f64::INFINITY;
            let began = Instant::now();
            let mut n_times = 0;
            while n_times < 3 || began.elapsed().as_secs_f64() < 1.0 {
                let started = Instant::now();
                once();
                least = least.min(started.elapsed().as_secs_f64());
                n_times += 1;
            }
            println!("{name}: {n} in {least:.6} s");
            (*n, least)
        };
        Self { name, points: numbers.iter().map(point).collect() }
    }

    /// The slope between the last two points, both as logarithms.
    fn exponent(&self) -> f64 {
        match self.points[..] {
            [.., (n, seconds), (more, longer)] => (longer / seconds).ln() / (more as f64 / n as f64).ln(),
            _ => f64::NAN,
        }
    }
}

fn training(name: &'static str, numbers: &[usize], input: impl Fn(usize) -> TrainInput) -> Growth {
    Growth::of(name, numbers, |n| {
        let input = input(n);
        Box::new(move || {
            black_box(train(&input, None, &mut progress::ignore).expect("a run"));
        })
    })
}

fn measured() -> Vec<Growth> {
    let vectors = |n: usize| Vectors::new(SpaceId::named("any", 384), uniform(n * 384));
    let encoder = embedded();
    let embedding = Growth::of("embed short phrases", &[100, 1000, 10_000, 100_000], |n| {
        let phrases: Vec<String> = (0..n).map(|number| format!("a red rose and {number:06}")).collect();
        let encoder = encoder.clone();
        Box::new(move || {
            let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
            black_box(encoder.embed(&phrases, &mut progress::ignore).expect("vectors"));
        })
    });
    let pca = Growth::of("PCA and places of phrases", &[100, 1000, 10_000, 100_000], |n| {
        let vectors = vectors(n);
        Box::new(move || {
            black_box(fit_pca(&vectors, 2).and_then(|axes| axes.project(&vectors)).expect("finite numbers"));
        })
    });
    let pairs = training("100 steps of pairs, 64 numbers each", &[1000, 10_000, 100_000, 1_000_000], |n| {
        let input = input_of(n / 5, LearnerKind::Vectors, 64, 100);
        TrainInput { recipe: Recipe { dims: 64, ..input.recipe }, ..input }
    });
    let dims = training("100 steps by dimensions", &[2, 16, 64, 256, 1024], |dims| {
        let input = input_of(1000, LearnerKind::Vectors, 64, 100);
        TrainInput { recipe: Recipe { dims, ..input.recipe }, ..input }
    });
    let runs = Growth::of("runs of 500 steps side by side", &[1, 3, 9], |n| {
        let input = input_of(60, LearnerKind::Vectors, 16, 500);
        let seeds: Vec<u64> = (1..=n as u64).collect();
        Box::new(move || {
            black_box(train_seeds(&input, &seeds, None, &mut progress::ignore).expect("runs"));
        })
    });
    vec![embedding, pca, pairs, dims, runs]
}

/// Of the picture, and of the plot in it: left, top, right, bottom.
const SIZE: [f32; 2] = [860.0, 560.0];
const AREA: [f32; 4] = [70.0, 50.0, 560.0, 500.0];
/// From which power of ten to which: numbers to the right, seconds upwards.
const POWERS: [[i32; 2]; 2] = [[0, 6], [-4, 2]];

fn place(n: f64, seconds: f64) -> [f32; 2] {
    let share = |value: f64, [from, to]: [i32; 2]| ((value.log10() - f64::from(from)) / f64::from(to - from)) as f32;
    let [left, top, right, bottom] = AREA;
    [left + share(n, POWERS[0]) * (right - left), bottom - share(seconds, POWERS[1]) * (bottom - top)]
}

fn words(at: [f32; 2], text: String, ink: Ink, strong: bool) -> Shape {
    Shape::Text { at, text, size: 13.0, ink, strong, opacity: 1.0 }
}

fn line(points: Vec<[f32; 2]>, width: f32, ink: Ink) -> Shape {
    Shape::Path { points, width, ink, opacity: 1.0, dashed: false }
}

fn grid() -> Vec<Shape> {
    let [left, top, right, bottom] = AREA;
    let mut shapes = vec![words([left, 24.0], "How cost grows".to_owned(), Ink::Text, true)];
    for power in POWERS[0][0]..=POWERS[0][1] {
        let x = place(10_f64.powi(power), 1.0)[0];
        shapes.push(line(vec![[x, top], [x, bottom]], 1.0, Ink::Line));
        let text = 10_u32.pow(power.unsigned_abs()).to_string();
        shapes.push(words([x - text_width(&text, 13.0, false) / 2.0, bottom + 16.0], text, Ink::Weak, false));
    }
    for power in POWERS[1][0]..=POWERS[1][1] {
        let y = place(1.0, 10_f64.powi(power))[1];
        shapes.push(line(vec![[left, y], [right, y]], 1.0, Ink::Line));
        let text = format!("{} s", 10_f64.powi(power));
        shapes.push(words([left - 8.0 - text_width(&text, 13.0, false), y], text, Ink::Weak, false));
    }
    shapes.push(words(
        [left, bottom + 40.0],
        "how many phrases, pairs, dimensions or runs; exponents are those between the last two points".to_owned(),
        Ink::Weak,
        false,
    ));
    shapes
}

fn plot(all: &[Growth]) -> Drawing {
    let mut shapes = grid();
    for (index, growth) in all.iter().enumerate() {
        let (ink, style) = (group_ink(Some(index)), GroupStyle::of(Some(index)));
        let points: Vec<[f32; 2]> = growth.points.iter().map(|(n, seconds)| place(*n as f64, *seconds)).collect();
        shapes.push(line(points.clone(), 2.0, ink));
        let marker = |at: &[f32; 2]| Shape::Marker { at: *at, radius: 4.0, style, ink, opacity: 1.0 };
        shapes.extend(points.iter().map(marker));
        let y = AREA[1] + 20.0 + 52.0 * index as f32;
        shapes.push(marker(&[AREA[2] + 24.0, y]));
        shapes.push(words([AREA[2] + 36.0, y], growth.name.to_owned(), Ink::Text, false));
        let exponent = format!("exponent {:.2}", growth.exponent());
        shapes.push(words([AREA[2] + 36.0, y + 19.0], exponent, Ink::Weak, false));
    }
    Drawing { size: SIZE, shapes }
}

fn main() {
    let is_svg = |argument: &String| argument.ends_with(".svg");
    let Some(file) = std::env::args().skip(1).find(is_svg).map(PathBuf::from) else {
        eprintln!("growth: skipped, as no file that ends in .svg is given");
        return;
    };
    let all = measured();
    for growth in &all {
        println!("{}: exponent {:.2}", growth.name, growth.exponent());
    }
    let bytes = picture_bytes(&plot(&all), Theme::Light, PictureFormat::Svg, 1.0).expect("a picture");
    std::fs::write(&file, bytes).expect("a file that can be written");
    println!("{}", file.display());
}
