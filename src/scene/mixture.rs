//! What comes of cosines across two models: heat maps and histograms within one and across the two, and what they mean
//! in sentences, which the window says too.

use super::chart::Axes;
use super::heat::Heat;
use super::poster::TEXT_SIZE;
use super::words::{broken, text};
use crate::compare::ModelComparison;
use crate::data::{excerpt, one_line};
use crate::drawing::{Ink, Shape, text_width};
use crate::space::HISTOGRAM_BINS;

/// Height of the histograms.
const HISTOGRAM_HEIGHT: f32 = 110.0;
/// From one line of words to the next.
const LINE: f32 = 17.0;
/// Space between the two.
const GAP: f32 = 16.0;

/// What mixing two models means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixtureWords {
    /// How a phrase finds itself again.
    pub found: Option<String>,
    /// A search that goes wrong, and what it should have found.
    pub wrong: Option<[String; 2]>,
    /// What works instead.
    pub instead: Option<String>,
}

impl MixtureWords {
    /// Of what was compared.
    pub fn of(comparison: &ModelComparison) -> Self {
        let mixture = &comparison.mixture;
        let text = |phrase: usize| excerpt(&one_line(&comparison.phrases[phrase]), 46);
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let found = mixture.own_cosine.zip(mixture.recall_at_1).map(|(own, recall)| {
            let chance = percent(1.0 / comparison.phrases.len() as f64);
            format!(
                "A phrase and itself, across the two: cosine {own:.2} on average, where one model gives 1. Found again: {} of the phrases (chance {chance}).",
                percent(recall)
            )
        });
        let wrong = mixture.wrong_hit.map(|wrong| {
            let (query, hit, right) = (text(wrong.query), text(wrong.hit), text(wrong.right_hit));
            [
                format!("Search for “{query}”: across the two the best hit is “{hit}” ({:.2}).", wrong.cosine),
                format!("Within the first model it is “{right}” ({:.2}). Nothing warned of it.", wrong.right_cosine),
            ]
        });
        let instead = mixture.fitted.map(|fitted| {
            format!(
                "Embedding both with the same model. Or, as far as the two agree, a rotation: fitted on {} of the phrases it finds {} of the other {} again (chance {}), at a mean cosine of {:.2}.",
                fitted.n_fitted,
                percent(fitted.recall_at_1),
                fitted.n_tried,
                percent(fitted.chance),
                fitted.own_cosine
            )
        });
        Self { found, wrong, instead }
    }
}

/// Why there is no cosine of two dimensions.
pub fn impossible_sentence(comparison: &ModelComparison) -> String {
    let [first, second] = [0, 1].map(|side| comparison.sides[side].vectors.dims());
    let (more, fewer) = (first.max(second), first.min(second));
    format!(
        "This can't even be computed. A cosine multiplies the numbers of two vectors one by one: one side has {first}, the other \
         {second}, so from number {} to {more} there is nothing to multiply with.",
        fewer + 1
    )
}

/// Within the first model and across the two, phrases in `order`; below them the sentences.
pub(super) fn mixture_shapes(comparison: &ModelComparison, order: &[usize], [left, top, right, bottom]: [f32; 4]) -> Vec<Shape> {
    let width = (right - left - GAP) / 2.0;
    let words = word_shapes(comparison, [left, right], bottom);
    let side = width.min(words.1 - top - 24.0 - HISTOGRAM_HEIGHT - 44.0).max(60.0);
    let mixture = &comparison.mixture;
    let mut shapes = words.0;
    for (index, (title, cosines, counts)) in [
        ("Within the first model", Some(&mixture.same), &mixture.same_histogram),
        ("Across the two models", mixture.cross.as_ref(), &mixture.cross_histogram),
    ]
    .into_iter()
    .enumerate()
    {
        let x = left + index as f32 * (width + GAP);
        shapes.push(text([x, top + 6.0], title, 13.0, Ink::Text, true));
        let beside = x + text_width(title, 13.0, true) + 10.0;
        shapes.push(text([beside, top + 6.0], "blue above 0, gold below", 11.0, Ink::Weak, false));
        match cosines {
            Some(cosines) => {
                let heat = Heat::of(cosines, order, side);
                shapes.extend(heat.shapes([x, top + 20.0]));
                shapes.extend(histogram_shapes(&heat, counts, [x, x + width], top + 20.0 + heat.side() + 16.0));
            }
            None => {
                let lines = broken(&impossible_sentence(comparison), TEXT_SIZE, false, width - 24.0);
                shapes.push(Shape::Rect {
                    min: [x, top + 20.0],
                    max: [x + width, top + 20.0 + side],
                    ink: Ink::Panel,
                    opacity: 1.0,
                });
                let line = |(row, words): (usize, String)| {
                    text([x + 12.0, top + 40.0 + LINE * row as f32], words, TEXT_SIZE, Ink::Text, false)
                };
                shapes.extend(lines.into_iter().enumerate().map(line));
            }
        }
    }
    shapes
}

/// The sentences, ending at `bottom`, and where they begin.
fn word_shapes(comparison: &ModelComparison, [left, right]: [f32; 2], bottom: f32) -> (Vec<Shape>, f32) {
    let words = MixtureWords::of(comparison);
    let [hit, right_hit] = words.wrong.map_or([None, None], |wrong| wrong.map(Some));
    let instead = words.instead.map(|instead| format!("What works instead. {instead}"));
    let lines: Vec<(String, Ink, bool)> =
        [(words.found, Ink::Text, false), (hit, Ink::Text, true), (right_hit, Ink::Weak, false), (instead, Ink::Text, false)]
            .into_iter()
            .filter_map(|(sentence, ink, strong)| Some((sentence?, ink, strong)))
            .flat_map(|(sentence, ink, strong)| {
                broken(&sentence, TEXT_SIZE, strong, right - left).into_iter().map(move |line| (line, ink, strong))
            })
            .collect();
    let top = bottom - LINE * lines.len() as f32;
    let shape = |(row, (line, ink, strong)): (usize, (String, Ink, bool))| {
        text([left, top + LINE * (row as f32 + 0.5)], line, TEXT_SIZE, ink, strong)
    };
    (lines.into_iter().enumerate().map(shape).collect(), top)
}

/// How many cosines of different phrases there are of each size.
fn histogram_shapes(heat: &Heat, counts: &[u32; HISTOGRAM_BINS], [left, right]: [f32; 2], top: f32) -> Vec<Shape> {
    let means =
        if heat.block > 1 { format!(" · a square above: the mean of {0} x {0} phrases", heat.block) } else { String::new() };
    let words = format!("cosines of different phrases, how many of each size{means}");
    let total = f64::from(counts.iter().sum::<u32>().max(1));
    let heights: Vec<f64> = counts.iter().map(|count| f64::from(*count) / total).collect();
    let axes = Axes {
        area: [left, top + 16.0, right, top + 16.0 + HISTOGRAM_HEIGHT],
        x: [-1.0, 1.0],
        y: [0.0, 1.08 * heights.iter().copied().fold(1e-9, f64::max)],
        marks: [-1.0, -0.5, 0.0, 0.5, 1.0].map(|value: f64| (value, value.to_string())).into(),
    };
    let mut shapes = vec![text([left, top], words, 11.0, Ink::Weak, false)];
    shapes.extend(axes.shapes());
    shapes.extend(axes.bars(&heights));
    shapes
}
