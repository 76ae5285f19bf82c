//! A film as the bytes of a moving picture, frame after frame: never more of them in memory than are drawn side by side.
//!
//! What the two kinds of file are like is in `frame_files.rs`, how a GIF gets its colours in `colours.rs`.

use rayon::prelude::*;

use super::colours::{Colours, Count};
use super::frame_files::{FrameFile, GifFile, MovingFormat, PngFile};
use super::pixels::{Raster, Rgb};
use super::{Drawing, Film, PictureError, Theme, pixel_size};
use crate::progress::{OnProgress, Progress};

/// Pixels that are drawn side by side: 64 MB of them.
const PIXELS_TOGETHER: usize = 16_000_000;

/// Frames that the colours of a GIF are found in.
const SAMPLED_FRAMES: usize = 12;

/// How a film is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// Frames a second.
    pub fps: u16,
    /// Pixels for each of the drawing's own.
    pub zoom: f32,
}

impl Motion {
    /// Frames a second when nothing is said.
    pub const USUAL_FPS: u16 = 20;
}

/// The bytes of a file that shows the frames of `film` for ever, resting on the last one. The same film, the same bytes.
///
/// # Errors
/// If a frame has too many pixels, or `progress` answers `Break`.
pub fn animation_bytes(
    film: &dyn Film,
    theme: Theme,
    format: MovingFormat,
    motion: Motion,
    progress: &mut OnProgress<'_>,
) -> Result<Vec<u8>, PictureError> {
    let raster = Raster::new(theme, motion.zoom);
    let size = pixel_size(film.size(), motion.zoom)?;
    let (mut bytes, n_frames) = (Vec::new(), film.n_frames());
    match format {
        MovingFormat::Gif => {
            let colours = colours_of(film, &raster, progress)?;
            write_frames(film, &raster, GifFile::begin(&mut bytes, size, colours, n_frames, motion.fps)?, progress)?;
        }
        MovingFormat::Apng => {
            write_frames(film, &raster, PngFile::begin(&mut bytes, size, n_frames, motion.fps)?, progress)?;
        }
    }
    Ok(bytes)
}

fn write_frames(
    film: &dyn Film,
    raster: &Raster,
    mut file: impl FrameFile,
    progress: &mut OnProgress<'_>,
) -> Result<(), PictureError> {
    let (mut drawings, mut n_together, mut done) = (film.frames(), 1, 0);
    loop {
        go_on(progress, Progress::HEARTBEAT)?;
        let together: Vec<Drawing> = drawings.by_ref().take(n_together).collect();
        if together.is_empty() {
            return file.end();
        }
        let frames: Vec<Vec<Rgb>> =
            together.par_iter().map(|drawing| raster.solid_pixels(drawing)).collect::<Result<_, PictureError>>()?;
        for pixels in frames {
            n_together = (PIXELS_TOGETHER / pixels.len()).clamp(1, rayon::current_num_threads());
            file.add(pixels)?;
            done += 1;
            go_on(progress, Progress { done, total: film.n_frames(), unit: "frames" })?;
        }
    }
}

fn go_on(progress: &mut OnProgress<'_>, report: Progress) -> Result<(), PictureError> {
    if progress(report).is_break() { Err(PictureError::Cancelled) } else { Ok(()) }
}

/// The colours of some frames, the first and the last among them, evenly spread.
fn colours_of(film: &dyn Film, raster: &Raster, progress: &mut OnProgress<'_>) -> Result<Colours, PictureError> {
    let (n, last) = (film.n_frames().min(SAMPLED_FRAMES), film.n_frames() - 1);
    let mut count = Count::default();
    for sample in 0..n {
        go_on(progress, Progress::HEARTBEAT)?;
        let index = if n > 1 { sample * last / (n - 1) } else { 0 };
        count.add(&raster.solid_pixels(&film.frame(index))?);
    }
    Ok(count.colours())
}
