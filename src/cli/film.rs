//! What `render` does with a name that ends in .gif or .apng: the run as a moving picture.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{UsageError, output};
use crate::choice::Choice;
use crate::drawing::{Film, Motion, MovingFormat, Theme, animation_bytes, pixel_size};
use crate::scene::{ChosenSteps, RunFilm, StepChoice, StepError, strongest};
use crate::train::Axes;

/// Which steps of a run are frames, and how fast they are shown.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct FilmArguments {
    /// Frames a second of a .gif or .apng; else 20. A .gif counts in hundredths of a second: what it really has is said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub fps: Option<u16>,
    /// The first step of a .gif or .apng; else 0.
    #[arg(long, value_name = "STEP")]
    pub from: Option<usize>,
    /// The last step of a .gif or .apng; else that of the run.
    #[arg(long, value_name = "STEP")]
    pub to: Option<usize>,
    /// Steps from one frame of a .gif or .apng to the next; else so many that there are about 200 frames.
    #[arg(long, value_name = "N", value_parser = parse_every)]
    pub every: Option<usize>,
}

fn parse_every(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|every| *every > 0).ok_or_else(|| format!("expected a whole number from 1, got {text:?}"))
}

impl FilmArguments {
    /// The steps that are asked for.
    pub(super) fn choice(self) -> StepChoice {
        StepChoice { from: self.from, to: self.to, every: self.every }
    }

    /// Refuses what is said of a moving picture where none is drawn.
    pub(super) fn check_unused(self) -> Result<(), UsageError> {
        let said = [
            (self.fps.is_some(), "--fps"),
            (self.from.is_some(), "--from"),
            (self.to.is_some(), "--to"),
            (self.every.is_some(), "--every"),
        ];
        match said.iter().find(|(is_said, _)| *is_said) {
            Some((_, name)) => {
                let why = format!("{name} is of moving pictures: expected --out with a name that ends in .gif or .apng");
                Err(UsageError::Options(why))
            }
            None => Ok(()),
        }
    }
}

impl From<StepError> for UsageError {
    fn from(error: StepError) -> Self {
        Self::Options(error.to_string())
    }
}

/// Where a film goes, and how it looks.
pub(super) struct Screen<'a> {
    pub(super) out: &'a Path,
    pub(super) format: MovingFormat,
    pub(super) theme: Theme,
    pub(super) motion: Motion,
}

#[derive(serde::Serialize)]
struct Summary {
    out: PathBuf,
    width: u32,
    height: u32,
    frames: usize,
    from: usize,
    to: usize,
    every: usize,
    chosen: String,
    fps: f64,
    seconds: f64,
    bytes: usize,
    phrases: usize,
    forces: usize,
    axes: &'static str,
    space: String,
}

/// Draws `film`, writes it, and says what it has; `stride` is how many steps lie between two that were recorded.
pub(super) fn write_film(
    film: &RunFilm,
    chosen: &ChosenSteps,
    (axes, stride): (Axes, usize),
    screen: &Screen<'_>,
    is_json: bool,
) -> anyhow::Result<()> {
    say_first(chosen, stride, screen);
    let bytes = animation_bytes(film, screen.theme, screen.format, screen.motion, &mut output::progress_line())?;
    output::write_bytes(Some(screen.out), &bytes)?;
    let (picture, forces) = film.picture(chosen.steps[0]).unzip();
    let [width, height] = pixel_size(film.size, screen.motion.zoom)?;
    let summary = Summary {
        out: screen.out.to_owned(),
        width,
        height,
        frames: film.n_frames(),
        from: chosen.steps[0],
        to: chosen.steps[chosen.steps.len() - 1],
        every: chosen.every,
        chosen: chosen.sentence(),
        fps: screen.format.real_fps(screen.motion.fps),
        seconds: screen.format.seconds(film.n_frames(), screen.motion.fps),
        bytes: bytes.len(),
        phrases: film.n_phrases(),
        forces: forces.map_or(0, |forces| strongest(&forces).0.len()),
        axes: axes.name(),
        space: picture.map_or(String::new(), |picture| picture.space.to_string()),
    };
    if is_json {
        return output::print_json(&summary);
    }
    let kilobytes = summary.bytes.div_ceil(1000);
    output::say(&format!("drew {} phrases to {} ({kilobytes} kB)", summary.phrases, summary.out.display()));
    Ok(())
}

/// What was chosen where nothing was said, and what can't be as it was asked for: before the work.
fn say_first(chosen: &ChosenSteps, stride: usize, screen: &Screen<'_>) {
    let (real, asked) = (screen.format.real_fps(screen.motion.fps), screen.motion.fps);
    let fps = if real.fract() == 0.0 { format!("{real}") } else { format!("{real:.1}") };
    let seconds = screen.format.seconds(chosen.steps.len(), asked);
    output::say(&format!("{} · {fps} frames a second · {seconds:.1} s", chosen.sentence()));
    if (real - f64::from(asked)).abs() > 1e-9 {
        output::note(&format!(
            "a .gif counts in hundredths of a second and shows no frame for less than two: {fps} frames a second, not {asked}"
        ));
    }
    if let Some(between) = chosen.between_sentence(stride) {
        output::note(&between);
    }
}
