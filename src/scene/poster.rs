//! A map, or several side by side, for a file or a slide: title, maps, legend and axes, at any size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::words::{fitted, text, two_digits};
use super::{MAX_LINES, MapLook, PanelLook, View, map_shapes, panel_grid, panel_shapes, panel_view, strongest};
use crate::choice::Choice;
use crate::compare::{Agreement, AgreementMeasure};
use crate::data::capital;
use crate::drawing::{Drawing, Film, Ink, Shape, text_width};
use crate::playground::{Force, PairLine, Panel, PhraseId, Picture};
use crate::train::Run;

/// What a poster shows around its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Poster {
    /// The map.
    pub picture: Arc<Picture>,
    /// All forces, strongest first; the legend says how many of them are too weak to be drawn.
    pub forces: Arc<Vec<Force>>,
    /// Pairs of the batch as lines, the most telling first.
    pub lines: Arc<Vec<PairLine>>,
    /// The anchor whose lines have their cosine on them.
    pub numbered: Option<PhraseId>,
    /// A phrase with a ring.
    pub selected: Option<PhraseId>,
    /// A phrase with a thin ring, whose label comes first.
    pub pointed: Option<PhraseId>,
    /// Phrases whose labels are never left out.
    pub named: BTreeSet<PhraseId>,
    /// What it is.
    pub title: String,
    /// Width and height in pixels.
    pub size: [f32; 2],
}

impl Poster {
    /// The map alone.
    pub fn of(picture: Arc<Picture>, title: String, size: [f32; 2]) -> Self {
        Self {
            picture,
            forces: Arc::default(),
            lines: Arc::default(),
            numbered: None,
            selected: None,
            pointed: None,
            named: BTreeSet::new(),
            title,
            size,
        }
    }
}

/// Around what a poster shows.
pub(super) const MARGIN: f32 = 24.0;
/// Letters of titles.
pub(super) const TITLE_SIZE: f32 = 16.0;
/// Letters of all else.
pub(super) const TEXT_SIZE: f32 = 12.0;

/// Where labels went, to hand in next time.
pub(super) type LabelPlaces = BTreeMap<PhraseId, u8>;

/// The poster as shapes.
pub fn poster(content: &Poster) -> Drawing {
    poster_after(content, &LabelPlaces::new()).0
}

/// The same, with labels at the places that they had before where these are free; and their places now.
pub(super) fn poster_after(content: &Poster, before: &LabelPlaces) -> (Drawing, LabelPlaces) {
    let [width, height] = content.size;
    let area = [MARGIN, MARGIN + 32.0, width - MARGIN, height - MARGIN - 28.0];
    // Room at the sides for labels of the outermost points.
    let margin = [(area[2] - area[0]) * 0.12, 36.0];
    let view = View::showing(content.picture.bounds, area, margin);
    let (forces, n_more_forces) = strongest(&content.forces);
    let look = MapLook {
        pointed_at: None,
        named: &content.named,
        forces,
        lines: &content.lines,
        numbered: content.numbered,
        selected: content.selected,
        hovered: content.pointed,
        marked: &content.pointed.into_iter().collect(),
        label_size: 13.0,
        trails: true,
        labels_before: before,
    };
    let map = map_shapes(&content.picture, &view, &look, &mut |text, strong| text_width(text, 13.0, strong));
    let mut shapes = vec![ground(content.size)];
    shapes.extend(map.shapes);
    shapes.push(title(&content.title, width));
    shapes.extend(footer(content, n_more_forces, map.n_hidden_labels, height - MARGIN));
    (Drawing { size: content.size, shapes }, map.labels.places)
}

impl Film for Poster {
    fn size(&self) -> [f32; 2] {
        self.size
    }

    fn frame(&self, _index: usize) -> Drawing {
        poster(self)
    }
}

/// What a run at a step is called, as a title.
pub fn run_title(run: &Run, step: usize) -> String {
    capital(&run_words(run, step))
}

/// The same within a sentence.
pub fn run_words(run: &Run, step: usize) -> String {
    let loss = run.losses.get(step).map_or(String::new(), |loss| format!(" · loss {loss:.2}"));
    let moved = match run.recipe.moves.len() {
        0 => String::new(),
        1 => " · moved by hand once".to_owned(),
        n => format!(" · moved by hand {n} times"),
    };
    format!("step {step} of {} · seed {}{loss}{moved}", run.last_step(), run.recipe.seed)
}

/// What lies behind everything.
pub(super) fn ground(size: [f32; 2]) -> Shape {
    Shape::Rect { min: [0.0, 0.0], max: size, ink: Ink::Ground, opacity: 1.0 }
}

/// The title of a poster of `width` pixels.
pub(super) fn title(words: &str, width: f32) -> Shape {
    text([MARGIN, MARGIN + 6.0], fitted(words, TITLE_SIZE, true, width - 2.0 * MARGIN), TITLE_SIZE, Ink::Text, true)
}

/// The legend on the left, the axes on the right.
fn footer(content: &Poster, n_more_forces: usize, n_hidden_labels: usize, y: f32) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let mut x = MARGIN;
    let mut add = |words: &str, ink: Ink, strong: bool| {
        shapes.push(text([x, y], words, TEXT_SIZE, ink, strong));
        x += text_width(words, TEXT_SIZE, strong) + 14.0;
    };
    if !content.forces.is_empty() {
        add("— pulls", Ink::Pull, true);
        add("- - pushes", Ink::PushWords, true);
        add("longer and wider: stronger", Ink::Weak, false);
    }
    if !content.lines.is_empty() {
        let n = content.lines.len().min(MAX_LINES);
        add(&format!("{n} pairs compared, coloured by cosine"), Ink::Text, false);
        add("solid: a pair, dashed: a negative", Ink::Weak, false);
    }
    if n_more_forces > 0 {
        add(&format!("{n_more_forces} weaker forces not drawn"), Ink::Weak, false);
    }
    if n_hidden_labels > 0 {
        add(&format!("{n_hidden_labels} {} hidden", if n_hidden_labels == 1 { "label" } else { "labels" }), Ink::Weak, false);
    }
    let axes = content.picture.axes_sentence();
    let left = content.size[0] - MARGIN - text_width(&axes, TEXT_SIZE, false);
    // Where both do not fit on one line, the axes go above the legend.
    let y = if left < x { y - 18.0 } else { y };
    shapes.push(text([left.max(MARGIN), y], &axes, TEXT_SIZE, Ink::Weak, false));
    shapes
}

/// What a poster of several runs shows.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonPoster {
    /// The runs.
    pub panels: Vec<Panel>,
    /// Names of the groups, in the order of the list.
    pub groups: Vec<Arc<str>>,
    /// What the runs agree on.
    pub agreement: Agreement,
    /// What it is.
    pub title: String,
    /// How the runs are put side by side.
    pub explanation: &'static str,
    /// Width and height in pixels.
    pub size: [f32; 2],
}

/// The poster of several runs as shapes: their maps, and below them what depends on the axes and what does not.
pub fn comparison_poster(content: &ComparisonPoster) -> Drawing {
    let [width, height] = content.size;
    let mut shapes = vec![ground(content.size), title(&content.title, width)];
    shapes.push(text([MARGIN, MARGIN + 28.0], content.explanation, TEXT_SIZE, Ink::Weak, false));
    let lines: Vec<String> = [true, false]
        .into_iter()
        .flat_map(|depends| agreement_lines(&content.agreement, depends, width - 2.0 * MARGIN))
        .collect();
    let first_line = height - MARGIN - 20.0 * lines.len().saturating_sub(1) as f32;
    let area = [MARGIN, MARGIN + 44.0, width - MARGIN, first_line - 20.0];
    for (panel, [left, top, right, bottom]) in content.panels.iter().zip(panel_grid(content.panels.len(), area, 10.0)) {
        shapes.push(text([left, top + 8.0], &panel.title, TEXT_SIZE, Ink::Weak, false));
        let look = PanelLook { selected: None, hovered: None, groups: &content.groups, label_size: TEXT_SIZE, trails: 1.0 };
        let view = panel_view(panel, [left, top + 18.0, right, bottom]);
        shapes.extend(panel_shapes(panel, &view, &look, &mut |words, strong| text_width(words, TEXT_SIZE, strong)));
    }
    for (index, line) in lines.iter().enumerate() {
        shapes.push(text([MARGIN, first_line + 20.0 * index as f32], line, TEXT_SIZE, Ink::Text, false));
    }
    Drawing { size: content.size, shapes }
}

impl Film for ComparisonPoster {
    fn size(&self) -> [f32; 2] {
        self.size
    }

    fn frame(&self, _index: usize) -> Drawing {
        comparison_poster(self)
    }
}

/// The measures of one kind, in as many lines of `width` pixels as they take.
fn agreement_lines(agreement: &Agreement, depends: bool, width: f32) -> Vec<String> {
    let part = |measure: &AgreementMeasure| {
        let chance = agreement.shuffled(*measure).map_or(String::new(), |level| format!(" (chance {})", two_digits(level.mean)));
        Some(format!("{} {}{chance}", measure.label(), two_digits(agreement.level(*measure)?.mean)))
    };
    let parts = AgreementMeasure::ALL.iter().filter(|measure| measure.depends_on_axes() == depends).filter_map(part);
    let mut lines = vec![if depends { "Depends on the axes: " } else { "Does not depend on them: " }.to_owned()];
    for part in parts {
        let last = lines.len() - 1;
        let separator = if lines[last].ends_with(": ") || lines[last].is_empty() { "" } else { " · " };
        let longer = format!("{}{separator}{part}", lines[last]);
        if text_width(&longer, TEXT_SIZE, false) <= width { lines[last] = longer } else { lines.push(part) }
    }
    lines
}
