//! Run files with numbers that no run has are refused with the place; runs of odd numbers are drawn without one that is none.

use std::collections::HashMap;
use std::path::Path;

use embedding_playground::drawing::{Drawing, Ink, PictureFormat, Shape, Theme, picture_bytes};
use embedding_playground::train::read_run;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

use crate::cli::{done, failed, folder, program, write};

/// A run of 3 phrases in 4 dimensions with 3 frames, as bytes.
fn small_run(folder: &Path) -> Vec<u8> {
    write(folder, "pairs.csv", "anchor,positive\none,two\ntwo,three\n");
    done(folder, &["train", "pairs.csv", "--dims", "4", "--steps", "2", "--out", "run.safetensors"]);
    std::fs::read(folder.join("run.safetensors")).expect("a run")
}

/// What a run file holds.
struct Parts {
    key: String,
    header: Value,
    frames: Vec<f32>,
    losses: Vec<f32>,
    kind: Dtype,
}

impl Parts {
    fn of(run: &[u8]) -> Self {
        let (_, metadata) = SafeTensors::read_metadata(run).expect("a run");
        let (key, header) = metadata.metadata().clone().expect("a header").into_iter().next().expect("a header");
        let tensors = SafeTensors::deserialize(run).expect("a run");
        let numbers = |name: &str| {
            let data = tensors.tensor(name).expect("a tensor").data().chunks_exact(4);
            data.map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes"))).collect()
        };
        let header = serde_json::from_str(&header).expect("JSON");
        Self { key, header, frames: numbers("frames"), losses: numbers("losses"), kind: Dtype::F32 }
    }

    fn bytes(&self) -> Vec<u8> {
        let [frames, losses] =
            [&self.frames, &self.losses].map(|list| list.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
        let parts = [("frames", self.kind, &frames), ("losses", Dtype::F32, &losses)];
        let views =
            parts.map(|(name, kind, bytes)| (name, TensorView::new(kind, vec![bytes.len() / 4], bytes).expect("a tensor")));
        let metadata = HashMap::from([(self.key.clone(), self.header.to_string())]);
        safetensors::serialize(views, Some(metadata)).expect("a run")
    }
}

/// A change of a run, and what the refusal says.
type Damage = (&'static str, fn(&mut Parts), &'static str);

fn damages() -> Vec<Damage> {
    vec![
        ("NaN in a frame", |run| run.frames[17] = f32::NAN, "NaN in frame 1, phrase 1, dimension 1"),
        ("infinity in a frame", |run| run.frames[0] = f32::INFINITY, "inf in frame 0, phrase 0, dimension 0"),
        ("NaN as a loss", |run| run.losses[1] = f32::NAN, "NaN as the loss of step 1"),
        ("infinite loss", |run| run.losses[2] = f32::NEG_INFINITY, "-inf as the loss of step 2"),
        ("fewer losses than steps", |run| run.losses.truncate(1), "losses"),
        ("more losses than steps", |run| run.losses.extend([1.0; 9]), "losses"),
        ("other numbers", |run| run.kind = Dtype::I32, "frames of another type"),
        ("a frame too few", |run| run.frames.truncate(24), "do not fit"),
        ("no steps", |run| run.header["steps"] = json!([]), "do not fit"),
        ("steps that fall", |run| run.header["steps"] = json!([0, 2, 1]), "contradicts itself"),
        ("steps beyond those of the recipe", |run| run.header["steps"] = json!([0, 1, 900]), "step 900"),
        ("steps beyond all", |run| run.header["steps"] = json!([0, 1, 90_000_000]), "step 90000000"),
        ("a stride beyond all", |run| run.header["stride"] = json!(1_u64 << 40), "recorded"),
        ("a negative stride", |run| run.header["stride"] = json!(-1), "-1"),
        ("no dimensions", |run| run.header["recipe"]["dims"] = json!(0), "dimension"),
        ("dimensions beyond all", |run| run.header["recipe"]["dims"] = json!(1 << 20), "dimension"),
        ("other dimensions", |run| run.header["recipe"]["dims"] = json!(8), "contradicts itself"),
        ("steps of the recipe", |run| run.header["recipe"]["steps"] = json!(1_u64 << 40), "steps"),
        ("patience", |run| run.header["recipe"]["patience"] = json!(1_u64 << 60), "patience"),
        ("layers", |run| run.header["recipe"]["layers"] = json!(1_u64 << 60), "layers"),
        ("warm-up", |run| run.header["recipe"]["warmup"] = json!(3), "warm-up"),
        ("held out", |run| run.header["recipe"]["holdout"] = json!(7.5), "held out"),
        ("temperature", |run| run.header["recipe"]["settings"]["temperature"] = json!(0.0), "temperature"),
        ("temperature of null", |run| run.header["recipe"]["settings"]["temperature"] = json!(null), "null"),
        ("learning rate", |run| run.header["recipe"]["settings"]["learning_rate"] = json!(-1.0), "learning rate"),
        ("learning rate beyond f32", |run| run.header["recipe"]["settings"]["learning_rate"] = json!(1e300), "learning rate"),
        ("margin", |run| run.header["recipe"]["settings"]["margin"] = json!(-0.5), "margin"),
        ("batch of none", |run| run.header["recipe"]["settings"]["batch"] = json!(0), "batch"),
        ("batch beyond all", |run| run.header["recipe"]["settings"]["batch"] = json!(1 << 30), "batch"),
        ("a pair of nobody", |run| run.header["pairs"][0]["anchor"] = json!(3), "a pair of a phrase that is not there"),
        ("a negative of nobody", |run| run.header["pairs"][0]["negative"] = json!(77), "a pair of a phrase that is not there"),
        ("a score of 2", |run| run.header["pairs"][0]["score"] = json!(2.0), "score"),
        ("totals", |run| run.header["totals"] = json!([1, 1]), "totals"),
        ("totals beyond all", |run| run.header["totals"] = json!([1_u64 << 50, 9]), "totals"),
        ("the dimensions of its space", |run| run.header["space"]["dims"] = json!(7), "contradicts itself"),
        ("a later version", |run| run.header["version"] = json!(99), "version 99"),
        ("no space", |run| run.header["space"] = json!(null), "SpaceId"),
    ]
}

#[test]
fn a_run_with_numbers_that_no_run_has_is_refused_with_the_place() {
    let folder = folder();
    let run = small_run(folder.path());
    assert!(read_run(&Parts::of(&run).bytes()).is_ok(), "unchanged it opens");
    let fault = |(name, damage, says): &Damage| {
        let mut parts = Parts::of(&run);
        damage(&mut parts);
        match read_run(&parts.bytes()) {
            Err(error) if error.to_string().contains(says) => None,
            Err(error) => Some(format!("{name}: expected {says:?}, got {error}")),
            Ok(_) => Some(format!("{name}: taken")),
        }
    };
    let faults: Vec<String> = damages().iter().filter_map(fault).collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), damages().len(), faults.join("\n"));
    // On the command line with the file's name.
    let mut parts = Parts::of(&run);
    parts.frames[3] = f32::NAN;
    write(folder.path(), "odd.safetensors", parts.bytes());
    let message = failed(folder.path(), &["render", "odd.safetensors", "--out", "odd.svg"]);
    assert!(message.contains("odd.safetensors") && message.contains("frame 0, phrase 0, dimension 3"), "{message}");
}

/// Finite numbers that sums and squares of are none, or nothing.
/// Numbers by their place, with what they are.
type Odd = (&'static str, fn(usize) -> f32);

fn odd_numbers() -> Vec<Odd> {
    vec![
        ("zeros", |_| 0.0),
        ("one place", |_| 1.0),
        ("the largest", |_| f32::MAX),
        ("the largest, either way", |place| if place % 3 == 0 { f32::MAX } else { f32::MIN }),
        ("the smallest", |place| if place % 2 == 0 { f32::from_bits(1) } else { -f32::from_bits(1) }),
        ("one far off", |place| if place == 0 { f32::MAX } else { 1e-30 }),
        ("one line", |place| (place % 4) as f32),
    ]
}

#[test]
fn runs_of_odd_numbers_are_drawn_without_numbers_that_are_none_or_are_refused() {
    let folder = folder();
    let run = small_run(folder.path());
    let mut n_drawn = 0;
    for (name, number) in odd_numbers() {
        let mut parts = Parts::of(&run);
        parts.frames.iter_mut().enumerate().for_each(|(place, value)| *value = number(place));
        write(folder.path(), "odd.safetensors", parts.bytes());
        for axes in ["this-step", "whole-run", "first-step", "last-step", "random"] {
            let out = format!("{}-{axes}.svg", name.replace([' ', ','], "-"));
            let arguments = ["render", "odd.safetensors", "--axes", axes, "--out", &out];
            let output = program(folder.path(), &arguments).output().expect("the program starts");
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            match output.status.code() {
                Some(0) => {
                    let svg = std::fs::read_to_string(folder.path().join(&out)).expect("a picture");
                    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}, {axes}: {svg}");
                    n_drawn += 1;
                }
                code => assert!(code == Some(1) && message.contains("expected"), "{name}, {axes}: {code:?} {message}"),
            }
        }
    }
    assert!(n_drawn >= 10, "{n_drawn} drawn");
}

#[test]
fn a_drawing_of_numbers_that_are_none_leaves_them_out() {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    let ink = Ink::Weak;
    let shapes = odd.into_iter().flat_map(|x| {
        [
            Shape::Rect { min: [x, 0.0], max: [1.0, 1.0], ink, opacity: 1.0 },
            Shape::Rect { min: [0.0, 0.0], max: [1.0, 1.0], ink, opacity: x },
            Shape::Path { points: vec![[0.0, 0.0], [1.0, x]], width: 1.0, ink, opacity: 1.0, dashed: false },
            Shape::Head { tip: [0.0, 0.0], along: [x, 1.0], size: 3.0, ink },
            Shape::Ring { at: [1.0, 2.0], radius: x, ink },
            Shape::Text { at: [x, 1.0], text: "gone".into(), size: 9.0, ink, strong: false, opacity: 1.0 },
        ]
    });
    let kept = Shape::Text { at: [1.0, 1.0], text: "kept".into(), size: 9.0, ink, strong: false, opacity: 1.0 };
    let drawing = Drawing { size: [90.0, 60.0], shapes: shapes.chain([kept]).collect() };
    let svg = picture_bytes(&drawing, Theme::default(), PictureFormat::Svg, 1.0).expect("a picture");
    let svg = String::from_utf8(svg).expect("text");
    assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("gone") && svg.contains("kept"), "{svg}");
    assert!(picture_bytes(&drawing, Theme::default(), PictureFormat::Png, 1.0).is_ok());
}
