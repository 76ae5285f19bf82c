//! Two models as a picture: a map of each, the phrases they see differently, and the numbers beside them; or, instead of
//! the maps, what comes of mixing them (`mixture.rs`).

use std::sync::Arc;

use super::mixture::mixture_shapes;
use super::poster::{MARGIN, TEXT_SIZE, ground, title};
use super::words::{broken, fitted, text, two_digits};
use super::{PanelLook, panel_shapes, panel_view};
use crate::choice::Choice;
use crate::compare::{Agreement, AgreementMeasure, ModelComparison};
use crate::data::one_line;
use crate::drawing::{Drawing, Film, GroupStyle, Ink, Shape, group_ink, text_width};
use crate::playground::{Panel, PhraseId};

/// What a picture of two models shows.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelsPoster {
    /// The two.
    pub comparison: Arc<ModelComparison>,
    /// Their maps.
    pub panels: Vec<Panel>,
    /// Phrases in the order of their groups, where what comes of mixing the two is shown instead of the maps.
    pub mixed: Option<Vec<usize>>,
    /// Names of the groups, in the order of the list.
    pub groups: Vec<Arc<str>>,
    /// A phrase with a ring.
    pub selected: Option<PhraseId>,
    /// What it is.
    pub title: String,
    /// Width and height in pixels.
    pub size: [f32; 2],
}

/// Width of the column of numbers.
const NUMBERS_WIDTH: f32 = 300.0;
/// Height of the table below the maps.
const TABLE_HEIGHT: f32 = 190.0;
/// From one line of words to the next.
const LINE: f32 = 18.0;
/// Space between maps and columns.
const GAP: f32 = 16.0;

impl Film for ModelsPoster {
    fn size(&self) -> [f32; 2] {
        self.size
    }

    fn frame(&self, _index: usize) -> Drawing {
        let [width, height] = self.size;
        let mut shapes = vec![ground(self.size), title(&self.title, width)];
        // However narrow the picture is, the maps have half of it.
        let split = (width - MARGIN - NUMBERS_WIDTH).max(width / 2.0);
        let left = [MARGIN, MARGIN + 36.0, split - GAP, height - MARGIN];
        match &self.mixed {
            Some(order) => shapes.extend(mixture_shapes(&self.comparison, order, left)),
            None => {
                let maps_end = (left[3] - TABLE_HEIGHT).max(left[1] + 120.0);
                shapes.extend(self.maps([left[0], left[1], left[2], maps_end]));
                shapes.extend(self.table([left[0], maps_end + GAP, left[2], left[3]]));
            }
        }
        shapes.extend(self.numbers([split, left[1], width - MARGIN, height - MARGIN]));
        Drawing { size: self.size, shapes }
    }
}

impl ModelsPoster {
    fn maps(&self, [left, top, right, bottom]: [f32; 4]) -> Vec<Shape> {
        let width = (right - left - GAP) / 2.0;
        let look = PanelLook { selected: self.selected, hovered: None, groups: &self.groups, label_size: TEXT_SIZE, trails: 0.0 };
        let mut shapes = Vec::new();
        for (side, panel) in self.panels.iter().enumerate() {
            let x = left + side as f32 * (width + GAP);
            let space = self.comparison.sides.get(side).map_or(String::new(), |side| side.vectors.space().to_string());
            shapes.push(text([x, top + 6.0], fitted(&panel.title, 13.0, true, width), 13.0, Ink::Text, true));
            shapes.push(text([x, top + 23.0], fitted(&space, 11.0, false, width), 11.0, Ink::Weak, false));
            let view = panel_view(panel, [x, top + 36.0, x + width, bottom]);
            shapes.extend(panel_shapes(panel, &view, &look, &mut |words, strong| text_width(words, TEXT_SIZE, strong)));
        }
        shapes
    }

    /// The phrases whose neighbours the two see differently, as many as there is room for.
    fn table(&self, [left, top, right, bottom]: [f32; 4]) -> Vec<Shape> {
        const KEEPS: f32 = 56.0;
        let column = (right - left - KEEPS) / 3.0;
        let at = |index: usize, y: f32| [left + if index == 0 { 0.0 } else { KEEPS + (index - 1) as f32 * column }, y];
        let moved = &self.comparison.moved;
        let n_rows = (((bottom - top) / LINE) as usize).saturating_sub(2).min(moved.len());
        let more = if n_rows < moved.len() { format!(", {n_rows} of {}", moved.len()) } else { String::new() };
        let heading = format!("Phrases that change neighbours most{more}");
        let mut shapes = vec![text([left, top + 6.0], heading, TEXT_SIZE, Ink::Weak, true)];
        for (index, name) in ["keeps", "phrase", "nearest in the first", "nearest in the second"].into_iter().enumerate() {
            shapes.push(text(at(index, top + 6.0 + LINE), name, 11.0, Ink::Weak, false));
        }
        for (row, moved) in moved.iter().take(n_rows).enumerate() {
            let y = top + 6.0 + LINE * (row + 2) as f32;
            shapes.push(text(at(0, y), format!("{:.0} %", moved.kept * 100.0), TEXT_SIZE, Ink::Text, false));
            for (index, phrase) in [moved.phrase, moved.nearest[0], moved.nearest[1]].into_iter().enumerate() {
                let words = fitted(&one_line(&self.comparison.phrases[phrase]), TEXT_SIZE, false, column - 10.0);
                shapes.push(text(at(index + 1, y), words, TEXT_SIZE, Ink::Text, false));
            }
        }
        shapes
    }

    /// What the guard says, and what the two agree on.
    fn numbers(&self, [left, top, right, bottom]: [f32; 4]) -> Vec<Shape> {
        let width = right - left;
        let mut column = Column { shapes: Vec::new(), left, width, y: top + 6.0 };
        match &self.comparison.refusal {
            None => column.sentence("Both are the same space: their vectors may be compared with each other.", Ink::Weak),
            Some(refusal) => {
                column.heading("No cosine across the two");
                column.sentence(&format!("They are two spaces: {}.", refusal.reason()), Ink::PushWords);
            }
        }
        self.comparison.remarks.iter().for_each(|remark| column.sentence(remark, Ink::Weak));
        for (heading, depends) in [("Depends on the axes", true), ("Does not depend on them", false)] {
            column.y += LINE / 2.0;
            column.heading(heading);
            column.measures(&self.comparison.agreement, depends);
        }
        column.groups(&self.groups, bottom);
        column.shapes
    }
}

/// A column of words that grows downwards.
struct Column {
    shapes: Vec<Shape>,
    left: f32,
    width: f32,
    y: f32,
}

impl Column {
    fn line(&mut self, words: impl Into<String>, ink: Ink, strong: bool) {
        self.shapes.push(text([self.left, self.y], words, TEXT_SIZE, ink, strong));
        self.y += LINE;
    }

    fn heading(&mut self, words: &str) {
        self.line(words, Ink::Weak, true);
    }

    fn sentence(&mut self, words: &str, ink: Ink) {
        broken(words, TEXT_SIZE, false, self.width).into_iter().for_each(|line| self.line(line, ink, false));
    }

    /// Which mark is which group, as far as there is room down to `bottom`.
    fn groups(&mut self, names: &[Arc<str>], bottom: f32) {
        if names.is_empty() {
            return;
        }
        self.y += LINE / 2.0;
        self.heading("Groups");
        let n_shown = names.len().min(((bottom - self.y) / LINE).max(1.0) as usize);
        for (index, name) in names.iter().enumerate().take(n_shown) {
            let (style, ink, at) = (GroupStyle::of(Some(index)), group_ink(Some(index)), [self.left + 6.0, self.y]);
            self.shapes.push(Shape::Marker { at, radius: 4.5, style, ink, opacity: 1.0 });
            let words = fitted(name, TEXT_SIZE, false, self.width - 20.0);
            self.shapes.push(text([self.left + 20.0, self.y], words, TEXT_SIZE, Ink::Text, false));
            self.y += LINE;
        }
        if n_shown < names.len() {
            self.line(format!("and {} more", names.len() - n_shown), Ink::Weak, false);
        }
    }

    /// The measures of one kind: each with its number, and what chance would give.
    fn measures(&mut self, agreement: &Agreement, depends: bool) {
        for measure in AgreementMeasure::ALL.iter().filter(|measure| measure.depends_on_axes() == depends) {
            let Some(level) = agreement.level(*measure) else { continue };
            let number = two_digits(level.mean);
            let right = self.left + self.width - text_width(&number, TEXT_SIZE, true);
            self.shapes.push(text([right, self.y], number, TEXT_SIZE, Ink::Text, true));
            if let Some(chance) = agreement.shuffled(*measure) {
                let words = format!("chance {}", two_digits(chance.mean));
                let at = [self.left + self.width - 52.0 - text_width(&words, 11.0, false), self.y];
                self.shapes.push(text(at, words, 11.0, Ink::Weak, false));
            }
            self.line(measure.label(), Ink::Text, false);
        }
    }
}
