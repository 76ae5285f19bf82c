//! The two kinds of moving pictures: GIF, and PNG with frames (APNG). Of each frame only the rectangle that changed is
//! written.

use std::borrow::Cow;
use std::path::Path;

use super::PictureError;
use super::colours::Colours;
use super::picture::ending_of;
use super::pixels::Rgb;

/// How long the last frame rests, in hundredths of a second.
const REST: u16 = 150;

/// The shortest that a frame of a GIF can be shown, in hundredths of a second: what says less is shown slowly by browsers.
const SHORTEST_DELAY: u16 = 2;

/// In what form a moving picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovingFormat {
    /// At most 256 colours; shown everywhere.
    Gif,
    /// A PNG with frames: all colours as they are.
    Apng,
}

impl MovingFormat {
    /// The format that the name of a file ends in.
    ///
    /// # Errors
    /// If it ends in no format that is known.
    pub fn of_name(path: &Path) -> Result<Self, PictureError> {
        match ending_of(path).as_deref() {
            Some("gif") => Ok(Self::Gif),
            Some("apng") => Ok(Self::Apng),
            _ => Err(PictureError::ending(path, ".gif or .apng")),
        }
    }

    /// Frames a second that a file really has where `fps` were asked for: a GIF counts in hundredths of a second, and no
    /// frame is shown for less than two.
    pub fn real_fps(self, fps: u16) -> f64 {
        match self {
            Self::Gif => 100.0 / f64::from(delay_of(fps)),
            Self::Apng => f64::from(fps),
        }
    }

    /// Seconds that `n_frames` take, with the rest on the last.
    pub fn seconds(self, n_frames: usize, fps: u16) -> f64 {
        n_frames.saturating_sub(1) as f64 / self.real_fps(fps) + f64::from(REST) / 100.0
    }
}

/// Hundredths of a second.
fn delay_of(fps: u16) -> u16 {
    ((100.0 / f32::from(fps.max(1))).round() as u16).max(SHORTEST_DELAY)
}

/// A file that takes frames, one after the other.
pub(super) trait FrameFile {
    fn add(&mut self, pixels: Vec<Rgb>) -> Result<(), PictureError>;

    /// Writes what belongs after the last frame.
    fn end(self) -> Result<(), PictureError>;
}

/// Left, top, width and height of the part of a picture in which two differ; one pixel where they are equal, as a frame
/// without any is none.
fn changed<T: PartialEq>(before: &[T], now: &[T], width: usize) -> [usize; 4] {
    let rows = || before.chunks_exact(width).zip(now.chunks_exact(width)).enumerate().filter(|(_, (a, b))| a != b);
    let (Some((top, _)), Some((bottom, _))) = (rows().next(), rows().last()) else { return [0, 0, 1, 1] };
    let differs = |(a, b): (&T, &T)| a != b;
    let first = |(_, (a, b)): (usize, (&[T], &[T]))| a.iter().zip(b.iter()).position(differs);
    let last = |(_, (a, b)): (usize, (&[T], &[T]))| a.iter().zip(b.iter()).rposition(differs);
    let left = rows().filter_map(first).min().unwrap_or(0);
    let right = rows().filter_map(last).max().unwrap_or(left);
    [left, top, right - left + 1, bottom - top + 1]
}

/// The rows of a part of a picture.
fn rows_of<T>(pixels: &[T], width: usize, [left, top, part_width, part_height]: [usize; 4]) -> impl Iterator<Item = &[T]> {
    pixels.chunks_exact(width).skip(top).take(part_height).map(move |row| &row[left..left + part_width])
}

/// A GIF with one table of colours for all frames.
pub(super) struct GifFile<'a> {
    encoder: gif::Encoder<&'a mut Vec<u8>>,
    colours: Colours,
    width: usize,
    delay: u16,
    /// Frames that are still to come.
    n_left: usize,
    /// The places of the colours of the frame before; none at first.
    before: Vec<u8>,
}

impl<'a> GifFile<'a> {
    /// A file in `bytes`.
    ///
    /// # Errors
    /// If it is too large for the format.
    pub(super) fn begin(
        bytes: &'a mut Vec<u8>,
        [width, height]: [u32; 2],
        colours: Colours,
        n_frames: usize,
        fps: u16,
    ) -> Result<Self, PictureError> {
        let [Ok(columns), Ok(rows)] = [width, height].map(u16::try_from) else {
            return Err(PictureError::Size(format!("{width} x {height}, of which a GIF can have 65535 a side")));
        };
        let mut encoder = gif::Encoder::new(bytes, columns, rows, &colours.table()).map_err(PictureError::undrawable)?;
        encoder.set_repeat(gif::Repeat::Infinite).map_err(PictureError::undrawable)?;
        let (delay, before) = (delay_of(fps), Vec::new());
        Ok(Self { encoder, colours, width: width as usize, delay, n_left: n_frames, before })
    }

    /// The part that changed, with what did not change in it transparent: it takes less room.
    fn part(&self, now: &[u8]) -> ([usize; 4], Vec<u8>) {
        if self.before.is_empty() {
            return ([0, 0, self.width, now.len() / self.width], now.to_vec());
        }
        let (part, transparent) = (changed(&self.before, now, self.width), self.colours.transparent());
        let rows = rows_of(&self.before, self.width, part).zip(rows_of(now, self.width, part));
        let place = |(before, now): (&u8, &u8)| if before == now { transparent } else { *now };
        (part, rows.flat_map(|(before, now)| before.iter().zip(now).map(place)).collect())
    }
}

impl FrameFile for GifFile<'_> {
    fn add(&mut self, pixels: Vec<Rgb>) -> Result<(), PictureError> {
        let mut now = Vec::with_capacity(pixels.len());
        for row in pixels.chunk_by(|a, b| a == b) {
            now.resize(now.len() + row.len(), self.colours.place_of(row[0]));
        }
        let ([left, top, width, height], places) = self.part(&now);
        self.n_left = self.n_left.saturating_sub(1);
        let frame = gif::Frame {
            delay: if self.n_left == 0 { REST } else { self.delay },
            dispose: gif::DisposalMethod::Keep,
            transparent: (!self.before.is_empty()).then(|| self.colours.transparent()),
            left: left as u16,
            top: top as u16,
            width: width as u16,
            height: height as u16,
            buffer: Cow::Owned(places),
            ..gif::Frame::default()
        };
        self.before = now;
        self.encoder.write_frame(&frame).map_err(PictureError::undrawable)
    }

    fn end(self) -> Result<(), PictureError> {
        self.encoder.into_inner().map(drop).map_err(PictureError::undrawable)
    }
}

/// A PNG with frames.
pub(super) struct PngFile<'a> {
    writer: png::Writer<&'a mut Vec<u8>>,
    width: usize,
    n_left: usize,
    before: Vec<Rgb>,
}

impl<'a> PngFile<'a> {
    /// A file in `bytes`.
    ///
    /// # Errors
    /// If it has more frames than can be counted.
    pub(super) fn begin(
        bytes: &'a mut Vec<u8>,
        [width, height]: [u32; 2],
        n_frames: usize,
        fps: u16,
    ) -> Result<Self, PictureError> {
        let mut encoder = png::Encoder::new(bytes, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let n_frames_there = u32::try_from(n_frames).map_err(PictureError::undrawable)?;
        encoder.set_animated(n_frames_there, 0).map_err(PictureError::undrawable)?;
        encoder.set_frame_delay(1, fps.max(1)).map_err(PictureError::undrawable)?;
        // Rows of drawings are long runs of a few colours, which filters only break up: without them a file takes half the room.
        encoder.set_filter(png::Filter::NoFilter);
        let writer = encoder.write_header().map_err(PictureError::undrawable)?;
        Ok(Self { writer, width: width as usize, n_left: n_frames, before: Vec::new() })
    }

    fn write_part(&mut self, [left, top, width, height]: [usize; 4], now: &[Rgb]) -> Result<(), png::EncodingError> {
        // Size and place are checked against each other.
        self.writer.set_frame_position(0, 0)?;
        self.writer.set_frame_dimension(width as u32, height as u32)?;
        self.writer.set_frame_position(left as u32, top as u32)?;
        if self.n_left == 0 {
            self.writer.set_frame_delay(REST, 100)?;
        }
        if !self.before.is_empty() {
            self.writer.set_blend_op(png::BlendOp::Over)?;
        }
        self.writer.write_image_data(&self.part(now, [left, top, width, height]))
    }

    /// The part that changed, with what did not change in it transparent: it takes less room.
    fn part(&self, now: &[Rgb], part: [usize; 4]) -> Vec<u8> {
        let solid = |[r, g, b]: Rgb| [r, g, b, 255];
        if self.before.is_empty() {
            return now.iter().copied().flat_map(solid).collect();
        }
        let rows = rows_of(&self.before, self.width, part).zip(rows_of(now, self.width, part));
        let pixel = |(before, now): (&Rgb, &Rgb)| if before == now { [0; 4] } else { solid(*now) };
        rows.flat_map(|(before, now)| before.iter().zip(now).flat_map(pixel)).collect()
    }
}

impl FrameFile for PngFile<'_> {
    fn add(&mut self, pixels: Vec<Rgb>) -> Result<(), PictureError> {
        let whole = [0, 0, self.width, pixels.len() / self.width];
        let part = if self.before.is_empty() { whole } else { changed(&self.before, &pixels, self.width) };
        self.n_left = self.n_left.saturating_sub(1);
        self.write_part(part, &pixels).map_err(PictureError::undrawable)?;
        self.before = pixels;
        Ok(())
    }

    fn end(self) -> Result<(), PictureError> {
        self.writer.finish().map_err(PictureError::undrawable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_changed_is_as_small_as_can_be() {
        let before = [0; 12];
        let with = |places: &[usize]| {
            let mut now = before;
            places.iter().for_each(|place| now[*place] = 1);
            changed(&before, &now, 4)
        };
        assert_eq!(with(&[5]), [1, 1, 1, 1]);
        assert_eq!(with(&[1, 11]), [1, 0, 3, 3]);
        assert_eq!(with(&[]), [0, 0, 1, 1], "a frame has at least a pixel");
        assert_eq!(with(&(0..12).collect::<Vec<_>>()), [0, 0, 4, 3]);
    }

    #[test]
    fn a_gif_says_the_pace_it_has() {
        let rounded = |fps| (MovingFormat::Gif.real_fps(fps) * 10.0).round() / 10.0;
        assert_eq!([1, 20, 30, 60, 100].map(rounded), [1.0, 20.0, 33.3, 50.0, 50.0]);
        assert_eq!(MovingFormat::Apng.real_fps(30), 30.0);
        assert_eq!(MovingFormat::Gif.seconds(21, 20), 2.5);
    }
}
