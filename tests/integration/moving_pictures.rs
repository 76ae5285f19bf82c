//! Runs as moving pictures, and pictures at a scale: the command line as a process, its files read with other code.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use embedding_playground::drawing::{Drawing, Film, Ink, Motion, MovingFormat, PictureError, Shape, Theme, animation_bytes};
use embedding_playground::progress::{self, Progress};

use crate::cli::{PAIRS, done, folder, program, run, write};

/// A moving picture as it is seen: every frame whole, how long it is shown in milliseconds, and the pixels written.
pub struct Seen {
    pub size: [usize; 2],
    pub frames: Vec<Vec<[u8; 3]>>,
    pub milliseconds: Vec<u32>,
    pub is_endless: bool,
    pub n_written: usize,
}

/// Puts a part of a picture onto it; what is transparent stays.
fn put(canvas: &mut [[u8; 3]], width: usize, [left, top, part_width]: [usize; 3], part: &[u8]) {
    for (place, pixel) in part.chunks_exact(4).enumerate().filter(|(_, pixel)| pixel[3] == 255) {
        canvas[(top + place / part_width) * width + left + place % part_width] = [pixel[0], pixel[1], pixel[2]];
    }
}

pub fn read_gif(bytes: &[u8]) -> Seen {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).expect("a GIF");
    let size = [decoder.width(), decoder.height()].map(usize::from);
    let (mut canvas, mut seen) = (vec![[0; 3]; size[0] * size[1]], (Vec::new(), Vec::new(), 0));
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        let [left, top, width] = [frame.left, frame.top, frame.width].map(usize::from);
        put(&mut canvas, size[0], [left, top, width], &frame.buffer);
        seen.0.push(canvas.clone());
        seen.1.push(u32::from(frame.delay) * 10);
        seen.2 += frame.buffer.len() / 4;
    }
    let is_endless = decoder.repeat() == gif::Repeat::Infinite;
    Seen { size, frames: seen.0, milliseconds: seen.1, is_endless, n_written: seen.2 }
}

pub fn read_png(bytes: &[u8]) -> Seen {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().expect("a PNG");
    let size = [reader.info().width as usize, reader.info().height as usize];
    let control = reader.info().animation_control().copied();
    let n_frames = control.map_or(1, |control| control.num_frames);
    let mut buffer = vec![0; reader.output_buffer_size().expect("a size")];
    let (mut canvas, mut seen) = (vec![[0; 3]; size[0] * size[1]], (Vec::new(), Vec::new(), 0));
    for _ in 0..n_frames {
        let info = reader.next_frame(&mut buffer).expect("a frame");
        let about = reader.info().frame_control().copied();
        let place = about.map_or([0, 0], |about| [about.x_offset as usize, about.y_offset as usize]);
        put(&mut canvas, size[0], [place[0], place[1], info.width as usize], &buffer[..info.buffer_size()]);
        seen.0.push(canvas.clone());
        seen.1.push(about.map_or(0, |about| u32::from(about.delay_num) * 1000 / u32::from(about.delay_den)));
        seen.2 += (info.width * info.height) as usize;
    }
    let is_endless = control.is_some_and(|control| control.num_plays == 0);
    Seen { size, frames: seen.0, milliseconds: seen.1, is_endless, n_written: seen.2 }
}

fn read(folder: &Path, name: &str) -> Seen {
    let bytes = std::fs::read(folder.join(name)).expect("a picture");
    if name.ends_with(".gif") { read_gif(&bytes) } else { read_png(&bytes) }
}

/// Largest and mean difference of a channel.
fn difference(a: &[[u8; 3]], b: &[[u8; 3]]) -> (u8, f64) {
    assert_eq!(a.len(), b.len(), "pixels");
    let all: Vec<u8> = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| a.abs_diff(*b)).collect();
    (all.iter().copied().max().unwrap_or(0), all.iter().map(|x| f64::from(*x)).sum::<f64>() / all.len() as f64)
}

/// A folder with `run.safetensors` of so many steps.
fn folder_with_run(steps: usize) -> tempfile::TempDir {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    let steps = steps.to_string();
    done(folder.path(), &["train", "pairs.csv", "--dims", "8", "--steps", &steps, "--out", "run.safetensors"]);
    folder
}

fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let arguments: Vec<&str> = arguments.iter().chain(&["--json"]).copied().collect();
    serde_json::from_str(&done(folder, &arguments)).expect("one JSON object")
}

#[test]
fn a_run_becomes_a_moving_picture_whose_ends_are_the_still_ones() {
    let folder = folder_with_run(20);
    let at = folder.path();
    let small = ["--size", "420x300"];
    for (step, name) in [("0", "first.png"), ("20", "last.png")] {
        done(at, &[&["render", "run.safetensors", "--step", step, "--out", name], &small[..]].concat());
    }
    let [first, last] = ["first.png", "last.png"].map(|name| read(at, name).frames.remove(0));
    for (name, most, mean) in [("run.gif", 48, 0.3), ("run.apng", 0, 0.0)] {
        let said = json(at, &[&["render", "run.safetensors", "--out", name], &small[..]].concat());
        for (key, expected) in [
            ("frames", 21.0),
            ("from", 0.0),
            ("to", 20.0),
            ("every", 1.0),
            ("fps", 20.0),
            ("seconds", 2.5),
            ("phrases", 6.0),
            ("width", 420.0),
        ] {
            assert_eq!(said[key].as_f64(), Some(expected), "{name}, {key}: {said}");
        }
        assert_eq!(said["chosen"], "every step: 21 of 21");
        let seen = read(at, name);
        assert_eq!((seen.size, seen.frames.len(), seen.is_endless), ([420, 300], 21, true), "{name}");
        assert!(seen.milliseconds[..20].iter().all(|time| *time == 50), "{name}: {:?}", seen.milliseconds);
        assert_eq!(seen.milliseconds[20], 1500, "{name}: it rests on the last frame");
        for (still, frame, what) in [(&first, &seen.frames[0], "first"), (&last, &seen.frames[20], "last")] {
            let (furthest, off) = difference(still, frame);
            assert!(furthest <= most && off <= mean, "{name}, {what}: {furthest}, {off}");
        }
        assert!(difference(&first, &last).0 > 100, "it moves");
        assert!(seen.n_written < 21 * 420 * 300, "{name}: only what changed is written");
        assert_eq!(said["bytes"], std::fs::metadata(at.join(name)).expect("a file").len(), "{name}");
    }
}

#[test]
fn steps_pace_size_theme_and_forces_are_chosen() {
    let folder = folder_with_run(30);
    let at = folder.path();
    let render = |name: &str, more: &[&str]| {
        let all = [&["render", "run.safetensors", "--size", "400x300", "--out", name], more].concat();
        (json(at, &all), read(at, name))
    };
    let (said, seen) = render("part.gif", &["--from", "4", "--to", "13", "--every", "4"]);
    assert_eq!((seen.frames.len(), said["chosen"].as_str()), (4, Some("every 4th step: 4 of 10")), "4, 8, 12 and the last, 13");
    let (said, seen) = render("pace.gif", &["--fps", "30", "--every", "10"]);
    assert_eq!(seen.milliseconds, [30, 30, 30, 1500]);
    assert!(said["fps"].as_f64().is_some_and(|fps| (fps - 100.0 / 3.0).abs() < 1e-9), "{said}");
    let (said, seen) = render("pace.apng", &["--fps", "30", "--every", "10"]);
    assert_eq!((seen.milliseconds, said["fps"].as_f64()), (vec![33, 33, 33, 1500], Some(30.0)));
    let (_, seen) = render("fast.gif", &["--fps", "100", "--every", "15"]);
    assert_eq!(seen.milliseconds, [20, 20, 1500], "no frame of a GIF is shown for less");
    let (said, seen) = render("half.apng", &["--scale", "0.5", "--every", "30"]);
    assert_eq!((seen.size, said["width"].as_f64(), said["height"].as_f64()), ([200, 150], Some(200.0), Some(150.0)));
    let (_, light) = render("light.apng", &["--every", "30"]);
    let (said, dark) = render("dark.apng", &["--every", "30", "--dark", "--no-forces"]);
    assert!(light.frames[0][0][0] > 200 && dark.frames[0][0][0] < 60, "the ground");
    assert_eq!(said["forces"], 0);
    for name in ["one.gif", "one.apng"] {
        let (said, seen) = render(name, &["--from", "7", "--to", "7"]);
        assert_eq!((seen.frames.len(), seen.milliseconds[0], said["frames"].as_u64()), (1, 1500, Some(1)), "{name}");
    }
    for axes in ["this-step", "random", "last-step"] {
        assert_eq!(render("axes.gif", &["--axes", axes, "--every", "10"]).0["axes"], axes);
    }
}

#[test]
fn of_a_long_run_about_200_frames_are_chosen_and_said() {
    let folder = folder_with_run(450);
    let output = run(folder.path(), &["render", "run.safetensors", "--size", "120x90", "--out", "run.gif"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && message.contains("every 3rd step: 151 of 451"), "{message}");
    assert!(message.contains("20 frames a second · 9.0 s") && message.contains("run.gif"), "{message}");
    assert_eq!(read(folder.path(), "run.gif").frames.len(), 151);
    let output = run(
        folder.path(),
        &["render", "run.safetensors", "--size", "120x90", "--out", "run.gif", "--fps", "30", "--every", "90"],
    );
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("every 90th step: 6 of 451 · 33.3 frames a second") && message.contains("not 30"), "{message}");
}

#[test]
fn lessons_projects_and_pairs_move_too() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    std::fs::copy(crate::support::fixture("project_v1.json"), folder.path().join("project.json")).expect("a copy");
    for source in [&["--lesson", "triplet"][..], &["project.json"], &["pairs.csv"]] {
        let all = [&["render"], source, &["--size", "200x150", "--every", "1000000", "--out", "run.gif"]].concat();
        assert_eq!(json(folder.path(), &all)["frames"], 2, "{source:?}: the first and the last");
    }
}

#[test]
fn the_same_run_gives_the_same_bytes_whatever_the_number_of_threads() {
    let folder = folder_with_run(12);
    for ending in ["gif", "apng"] {
        let files: Vec<Vec<u8>> = ["1", "3"]
            .iter()
            .map(|threads| {
                let name = format!("{threads}.{ending}");
                let mut command = program(folder.path(), &["render", "run.safetensors", "--size", "300x200", "--out", &name]);
                assert!(command.env("RAYON_NUM_THREADS", threads).output().expect("starts").status.success());
                std::fs::read(folder.path().join(name)).expect("a picture")
            })
            .collect();
        assert!(files[0] == files[1], "{ending}");
    }
}

#[test]
fn what_can_not_be_is_refused_before_the_work() {
    let folder = folder_with_run(20);
    for (more, part) in [
        (&["--fps", "0", "--out", "x.gif"][..], "1..=100"),
        (&["--fps", "101", "--out", "x.gif"], "1..=100"),
        (&["--every", "0", "--out", "x.gif"], "from 1"),
        (&["--from", "9", "--to", "3", "--out", "x.apng"], "9 and 3"),
        (&["--to", "21", "--out", "x.gif"], "0 to 20"),
        (&["--from", "21", "--out", "x.gif"], "0 to 20"),
        (&["--step", "3", "--out", "x.gif"], "--from"),
        (&["--fps", "20", "--out", "x.png"], ".gif"),
        (&["--every", "2", "--out", "x.svg"], ".apng"),
        (&["--from", "2", "--out", "x.mp4", "--scale", "9"], "0.25 to 8"),
        (&["--scale", "0.2", "--out", "x.png"], "0.25 to 8"),
        (&["--scale", "nan", "--out", "x.png"], "0.25 to 8"),
        (&["--scale", "2", "--out", "x.svg"], "an .svg has none"),
        (&["--scale", "8", "--size", "8000x8000", "--out", "x.png"], "64 million"),
        (&["--axes", "model", "--out", "x.gif"], "do not move"),
        (&["run.safetensors", "--out", "x.gif"], "side by side"),
    ] {
        let output = run(folder.path(), &[&["render", "run.safetensors"], more].concat());
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{more:?}: {message}");
        assert!(message.contains(part), "{more:?}: {message}");
    }
    let output = run(folder.path(), &["render", "run.safetensors", "--out", "x.mp4"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && message.contains("x.mp4") && message.contains(".apng"), "{message}");
    // The steps of a lesson are known before it is trained.
    let output = run(folder.path(), &["render", "--lesson", "roses", "--to", "201", "--out", "x.gif"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        !std::fs::read_dir(folder.path())
            .expect("a folder")
            .any(|entry| { entry.expect("an entry").file_name().to_string_lossy().starts_with("x.") })
    );
}

#[test]
fn a_png_has_the_pixels_of_its_scale() {
    let folder = folder_with_run(5);
    for (scale, size) in [("2", [600, 400]), ("0.25", [75, 50]), ("1.5", [450, 300])] {
        let said = json(folder.path(), &["render", "run.safetensors", "--size", "300x200", "--scale", scale, "--out", "x.png"]);
        assert_eq!(read(folder.path(), "x.png").size, size, "{scale}");
        assert_eq!([said["width"].as_f64(), said["height"].as_f64()], size.map(|side| Some(side as f64)), "{scale}");
    }
    done(folder.path(), &["train", "pairs.csv", "--dims", "8", "--steps", "5", "--seed", "3", "--out", "other.safetensors"]);
    done(
        folder.path(),
        &["render", "run.safetensors", "other.safetensors", "--size", "300x200", "--scale", "2", "--out", "two.png"],
    );
    assert_eq!(read(folder.path(), "two.png").size, [600, 400], "a comparison too");
}

/// A square that goes from left to right, and how often a frame was drawn.
#[derive(Debug, Default)]
struct Square {
    n_frames: usize,
    n_drawn: AtomicUsize,
}

impl Film for Square {
    fn n_frames(&self) -> usize {
        self.n_frames
    }

    fn size(&self) -> [f32; 2] {
        [64.0, 16.0]
    }

    fn frame(&self, index: usize) -> Drawing {
        self.n_drawn.fetch_add(1, Ordering::Relaxed);
        let rect = |min: [f32; 2], max: [f32; 2], ink| Shape::Rect { min, max, ink, opacity: 1.0 };
        let left = index as f32 * 2.0;
        let shapes = vec![rect([0.0, 0.0], [64.0, 16.0], Ink::Ground), rect([left, 4.0], [left + 8.0, 12.0], Ink::Accent)];
        Drawing { size: [64.0, 16.0], shapes }
    }
}

const PACE: Motion = Motion { fps: 20, zoom: 1.0 };

#[test]
fn few_colours_are_kept_and_equal_frames_are_frames() {
    let film = Square { n_frames: 9, ..Square::default() };
    let bytes = animation_bytes(&film, Theme::Light, MovingFormat::Gif, PACE, &mut progress::ignore).expect("a GIF");
    let seen = read_gif(&bytes);
    assert_eq!((seen.frames.len(), seen.size), (9, [64, 16]));
    assert_eq!([seen.frames[8][8 * 64 + 20], seen.frames[8][0]], [[0x3B, 0x5B, 0xDB], [0xF6, 0xF6, 0xF3]], "as they are");
    assert_eq!(
        seen.n_written,
        64 * 16 + 8 * 10 * 8,
        "the first, and of each other the two columns that changed with what is between"
    );
    let still = Drawing { size: [8.0, 8.0], shapes: film.frame(0).shapes };
    for format in [MovingFormat::Gif, MovingFormat::Apng] {
        #[derive(Debug)]
        struct Twice(Drawing);
        impl Film for Twice {
            fn n_frames(&self) -> usize {
                2
            }
            fn size(&self) -> [f32; 2] {
                self.0.size
            }
            fn frame(&self, _index: usize) -> Drawing {
                self.0.clone()
            }
        }
        let bytes = animation_bytes(&Twice(still.clone()), Theme::Dark, format, PACE, &mut progress::ignore).expect("a picture");
        let seen = if format == MovingFormat::Gif { read_gif(&bytes) } else { read_png(&bytes) };
        assert_eq!(seen.frames.len(), 2);
        assert!(seen.frames[0] == seen.frames[1]);
    }
}

#[test]
fn it_is_cancelled_within_a_frame() {
    for format in [MovingFormat::Gif, MovingFormat::Apng] {
        let film = Square { n_frames: 500, ..Square::default() };
        let mut n_heard = 0;
        let mut stop_at_three = |progress: Progress| {
            n_heard = n_heard.max(progress.done);
            if progress.done >= 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let outcome = animation_bytes(&film, Theme::Light, format, PACE, &mut stop_at_three);
        assert_eq!((outcome, n_heard), (Err(PictureError::Cancelled), 3), "{format:?}");
        let at_most = 3 + 13 + std::thread::available_parallelism().map_or(1, usize::from);
        assert!(
            film.n_drawn.into_inner() <= at_most,
            "{format:?}: drawn side by side at most, and those that colours are found in"
        );
        let film = Square { n_frames: 500, ..Square::default() };
        let outcome = animation_bytes(&film, Theme::Light, format, PACE, &mut |_| ControlFlow::Break(()));
        assert_eq!(outcome, Err(PictureError::Cancelled));
        assert!(film.n_drawn.into_inner() <= 1, "{format:?}: none was begun but the one that says the size");
    }
}
