//! A picture as a list of shapes, in pixels, and the shapes as SVG, PNG and moving pictures: what the window paints and
//! what files hold.
//!
//! Colours are named here ([`Ink`]) and given their values in `palette.rs`. What a map or a comparison looks like is
//! in `scene`; no egui, no files.

mod animation;
mod colours;
mod film;
mod frame_files;
mod palette;
mod picture;
mod pixels;
mod still;
mod svg;
mod text;

pub use animation::{Motion, animation_bytes};
pub use film::Film;
pub use frame_files::MovingFormat;
pub use palette::{Palette, Theme, contrast};
pub use picture::{PictureError, PictureFormat};
pub use pixels::pixel_size;
pub use still::picture_bytes;
pub use svg::{head_corners, markup};
pub use text::{INTER_REGULAR, INTER_SEMIBOLD, text_width};

/// A colour by what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Behind everything.
    Ground,
    /// Of panels.
    Panel,
    /// Grid lines, and borders that only part what stands apart already.
    Line,
    /// Edges of what can be clicked or ticked.
    Edge,
    /// Words.
    Text,
    /// Less important words.
    Weak,
    /// The one accent.
    Accent,
    /// Below zero, on a scale whose other end is the accent.
    Below,
    /// Towards.
    Pull,
    /// Away.
    Push,
    /// Away, in words.
    PushWords,
    /// A group, by its place in the list.
    Group(usize),
}

/// The outline of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// ●
    Circle,
    /// ▲
    Triangle,
    /// ■
    Square,
    /// ◆
    Diamond,
    /// Six corners.
    Hexagon,
    /// +
    Plus,
}

/// How a group is drawn: six marks filled, then the same six as outlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupStyle {
    /// Its outline.
    pub mark: Mark,
    /// Whether only the outline is drawn.
    pub is_outline: bool,
}

/// Groups that differ in colour and mark before outlines begin.
pub const N_GROUP_COLOURS: usize = 6;

impl GroupStyle {
    /// The style of the group at `index` of the list; `None` is a phrase in no group.
    pub fn of(index: Option<usize>) -> Self {
        const MARKS: [Mark; N_GROUP_COLOURS] =
            [Mark::Circle, Mark::Triangle, Mark::Square, Mark::Diamond, Mark::Hexagon, Mark::Plus];
        match index {
            None => Self { mark: Mark::Circle, is_outline: true },
            Some(index) => Self { mark: MARKS[index % N_GROUP_COLOURS], is_outline: (index / N_GROUP_COLOURS) % 2 == 1 },
        }
    }
}

/// The colour of the group at `index`; phrases in no group are weak text.
pub fn group_ink(index: Option<usize>) -> Ink {
    index.map_or(Ink::Weak, |index| Ink::Group(index % N_GROUP_COLOURS))
}

/// Corners of a marker around the origin, for a radius of 1; empty for a circle.
pub fn mark_corners(mark: Mark) -> Vec<[f32; 2]> {
    let regular = |n: usize, turn: f32, radius: f32| {
        let angle = move |k: usize| turn + k as f32 * std::f32::consts::TAU / n as f32;
        (0..n).map(move |k| [radius * angle(k).cos(), radius * angle(k).sin()]).collect()
    };
    match mark {
        Mark::Circle => Vec::new(),
        Mark::Triangle => regular(3, -std::f32::consts::FRAC_PI_2, 1.2),
        Mark::Square => vec![[-0.88, -0.88], [0.88, -0.88], [0.88, 0.88], [-0.88, 0.88]],
        Mark::Diamond => regular(4, 0.0, 1.2),
        Mark::Hexagon => regular(6, 0.0, 1.08),
        Mark::Plus => plus_corners(1.1, 0.42),
    }
}

fn plus_corners(r: f32, t: f32) -> Vec<[f32; 2]> {
    vec![[-t, -r], [t, -r], [t, -t], [r, -t], [r, t], [t, t], [t, r], [-t, r], [-t, t], [-r, t], [-r, -t], [-t, -t]]
}

/// One thing to draw; later ones lie on top. Positions are pixels from the top left.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A filled rectangle.
    Rect {
        /// Top left.
        min: [f32; 2],
        /// Bottom right.
        max: [f32; 2],
        /// Fill.
        ink: Ink,
        /// 0..=1.
        opacity: f32,
    },
    /// A line through points.
    Path {
        /// The points.
        points: Vec<[f32; 2]>,
        /// Width in pixels.
        width: f32,
        /// Colour.
        ink: Ink,
        /// 0..=1.
        opacity: f32,
        /// Whether it is dashed.
        dashed: bool,
    },
    /// The head of an arrow whose tip is at `tip`.
    Head {
        /// The tip.
        tip: [f32; 2],
        /// Unit vector along the arrow.
        along: [f32; 2],
        /// Length in pixels.
        size: f32,
        /// Colour.
        ink: Ink,
    },
    /// The mark of a phrase.
    Marker {
        /// Centre.
        at: [f32; 2],
        /// Radius in pixels.
        radius: f32,
        /// Outline and filling.
        style: GroupStyle,
        /// Colour.
        ink: Ink,
        /// 0..=1.
        opacity: f32,
    },
    /// A circle around a phrase.
    Ring {
        /// Centre.
        at: [f32; 2],
        /// Radius in pixels.
        radius: f32,
        /// Colour.
        ink: Ink,
    },
    /// A line of text; `at` is its left end, at half its height.
    Text {
        /// Left end, half height.
        at: [f32; 2],
        /// The words.
        text: String,
        /// Height of the letters in pixels.
        size: f32,
        /// Colour.
        ink: Ink,
        /// Whether it stands out.
        strong: bool,
        /// 0..=1.
        opacity: f32,
    },
}

impl Shape {
    /// The same, moved by so many pixels to the right and down.
    pub fn moved(mut self, by: [f32; 2]) -> Self {
        let shift = |at: &mut [f32; 2]| *at = [at[0] + by[0], at[1] + by[1]];
        match &mut self {
            Self::Rect { min, max, .. } => {
                shift(min);
                shift(max);
            }
            Self::Path { points, .. } => points.iter_mut().for_each(shift),
            Self::Head { tip: at, .. } | Self::Marker { at, .. } | Self::Ring { at, .. } | Self::Text { at, .. } => shift(at),
        }
        self
    }

    /// Whether all its numbers are finite: a file can't hold others, and no program that reads it knows where they are.
    pub(super) fn is_finite(&self) -> bool {
        let numbers: &[f32] = match self {
            Self::Rect { min, max, opacity, .. } => &[min[0], min[1], max[0], max[1], *opacity],
            Self::Path { width, opacity, .. } => &[*width, *opacity],
            Self::Head { tip, along, size, .. } => &[tip[0], tip[1], along[0], along[1], *size],
            Self::Marker { at, radius, opacity, .. } => &[at[0], at[1], *radius, *opacity],
            Self::Ring { at, radius, .. } => &[at[0], at[1], *radius],
            Self::Text { at, size, opacity, .. } => &[at[0], at[1], *size, *opacity],
        };
        let points: &[[f32; 2]] = if let Self::Path { points, .. } = self { points } else { &[] };
        numbers.iter().chain(points.as_flattened()).all(|number| number.is_finite())
    }
}

/// A whole picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Width and height in pixels.
    pub size: [f32; 2],
    /// Shapes from the back to the front.
    pub shapes: Vec<Shape>,
}
