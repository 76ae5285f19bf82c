//! Whether a run that was to fail has failed, read off its numbers.
//!
//! What was changed to make it fail is in `recipe/failures.rs`. A sentence here is made of the numbers of one run, so that
//! none contradicts it; where the run did not fail after all, it says so.

use super::recipe::Failure;
use super::run::{Measure, Measures, Run, Stopped};
use crate::space::cosine_of;

/// From this mean cosine of anchors and negatives on, everything is in one place.
const ONE_HEAP: f64 = 0.9;
/// Below this mean cosine positives are not near.
const NEAR: f64 = 0.5;
/// By less than this cosines do not part.
const PARTED: f64 = 0.3;
/// So many times as high as it began, a loss has left the chart.
const LEFT_THE_CHART: f64 = 10.0;
/// So much further apart than the others, a pair is left behind.
const LEFT_BEHIND: f64 = 0.1;
/// Recall below this has lost pairs.
const FOUND: f64 = 0.9;

/// What a run shows of a failure on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it went wrong, measurably.
    pub has_failed: bool,
    /// The numbers that say so, from its first to its last step, and what they mean.
    pub sentence: String,
}

impl Verdict {
    /// Of a measured `run`; `wrong` is the pair that is wrong on purpose, by its texts.
    pub fn of(failure: Failure, run: &Run, wrong: Option<[&str; 2]>) -> Self {
        let (Some(first), Some(last)) = (run.measures.first(), run.measures.last()) else { return Self::of_nothing() };
        if run.last_step() == 0 {
            return Self::of_nothing();
        }
        let found = match failure {
            Failure::NoNegatives => collapsed(first, last),
            Failure::TemperatureLow => content_too_soon(first, last),
            Failure::TemperatureHigh => not_parted(first, last),
            Failure::LearningRateLarge => Some(left_the_chart(run, first, last)),
            Failure::WrongPair => wrong.and_then(|pair| torn(run, last, pair)),
            Failure::TwoDimensions => crowded(last),
        };
        found.unwrap_or_else(Self::of_nothing)
    }

    fn of_nothing() -> Self {
        Self { has_failed: false, sentence: "There is nothing to measure it on yet: make pairs first.".to_owned() }
    }

    fn new(has_failed: bool, numbers: String, failed: &str, held: &str) -> Self {
        Self { has_failed, sentence: format!("{numbers}: {}.", if has_failed { failed } else { held }) }
    }
}

fn collapsed(first: &Measures, last: &Measures) -> Option<Verdict> {
    let rank = |measures: &Measures| measures.get(Measure::EffectiveRank);
    let apart = last.get(Measure::NegativeCosine)?;
    let numbers = format!(
        "From step {} to {} the effective rank goes from {:.1} to {:.1}, anchors and negatives end at a cosine of {apart:.3}, and the loss says {}",
        first.step,
        last.step,
        rank(first)?,
        rank(last)?,
        loss(last.loss)
    );
    Some(Verdict::new(apart >= ONE_HEAP, numbers, "everything is in one heap", "here they are still apart"))
}

fn content_too_soon(first: &Measures, last: &Measures) -> Option<Verdict> {
    let near = last.get(Measure::PositiveCosine)?;
    let numbers = format!(
        "The loss goes from {} to {}, and anchors and positives end at a cosine of {near:.2}",
        loss(first.loss),
        loss(last.loss)
    );
    Some(Verdict::new(near < NEAR, numbers, "no clusters come of that", "here they come near all the same"))
}

fn not_parted(first: &Measures, last: &Measures) -> Option<Verdict> {
    let (near, apart) = (last.get(Measure::PositiveCosine)?, last.get(Measure::NegativeCosine)?);
    let numbers = format!(
        "At step {} positives have a cosine of {near:.2} and negatives of {apart:.2}, and the loss went from {} to {}",
        last.step,
        loss(first.loss),
        loss(last.loss)
    );
    Some(Verdict::new(near - apart < PARTED, numbers, "nothing separates", "here they part all the same"))
}

fn left_the_chart(run: &Run, first: &Measures, last: &Measures) -> Verdict {
    let has_failed = run.stopped == Some(Stopped::NotFinite) || last.loss > LEFT_THE_CHART * first.loss.max(f64::MIN_POSITIVE);
    let numbers = format!("The loss goes from {} to {} in {} steps", loss(first.loss), loss(last.loss), last.step);
    Verdict::new(has_failed, numbers, "it leaves every chart", "here it stays on the chart")
}

/// How near the wrong pair comes, beside the others.
fn torn(run: &Run, last: &Measures, [anchor, positive]: [&str; 2]) -> Option<Verdict> {
    let shown = run.shown(run.frames.index_at(last.step));
    let cosine = |a: usize, b: usize| Some(f64::from(cosine_of(shown.get(a)?, shown.get(b)?)));
    let (anchor, positive) = (run.row_of(anchor)?, run.row_of(positive)?);
    let is_wrong = |a: usize, b: usize| (a, b) == (anchor, positive);
    let others: Vec<f64> = run
        .pairs
        .iter()
        .filter(|pair| pair.is_positive() && !is_wrong(pair.anchor as usize, pair.positive as usize))
        .filter_map(|pair| cosine(pair.anchor as usize, pair.positive as usize))
        .collect();
    let (own, mean) = (cosine(anchor, positive)?, others.iter().sum::<f64>() / others.len().max(1) as f64);
    let numbers = format!("At step {} the two have a cosine of {own:.2}, the other pairs of {mean:.2}", last.step);
    let contradict = mean < NEAR;
    let has_failed = !others.is_empty() && (contradict || own < mean - LEFT_BEHIND);
    let failed = if contradict { "they contradict each other, and none is learned" } else { "the others hold the two back" };
    Some(Verdict::new(has_failed, numbers, failed, "here the wrong pair is learned as the right ones are"))
}

fn crowded(last: &Measures) -> Option<Verdict> {
    let recall = last.get(Measure::RecallAt1)?;
    let numbers = format!("At step {} recall@1 is {:.0} %, and the loss {}", last.step, recall * 100.0, loss(last.loss));
    let room = "here two numbers are enough, because there are few phrases; try it with more";
    Some(Verdict::new(recall < FOUND, numbers, "there is no room", room))
}

/// A loss in few letters.
fn loss(value: f64) -> String {
    match value {
        value if value >= 1e4 => format!("{value:.1e}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.3}"),
    }
}
