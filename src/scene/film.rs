//! A run as a film: which of its steps are frames, and the poster of each. The axes are those of its map at each step.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::labels::NEAR_PLACES;
use super::poster::{LabelPlaces, ground, poster_after};
use super::{Poster, poster, run_title};
use crate::drawing::{Drawing, Film};
use crate::playground::{Document, Force, Phrase, PhraseId, Picture, forces_on_map};
use crate::train::{Run, RunMap};

/// Steps between frames are chosen so that there are about so many.
const USUAL_FRAMES: usize = 200;

/// Which steps of a run somebody asks for; what is not said is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StepChoice {
    /// The first; else 0.
    pub from: Option<usize>,
    /// The last; else that of the run.
    pub to: Option<usize>,
    /// Steps from one frame to the next, at least 1; else so many that there are about 200 frames.
    pub every: Option<usize>,
}

/// Steps that a run does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The first comes after the last.
    #[error("expected the first step before the last, got {from} and {to}")]
    Order {
        /// The first.
        from: usize,
        /// The last.
        to: usize,
    },
    /// The run ends before.
    #[error("expected steps from 0 to {last}, got {step}")]
    Beyond {
        /// The last step of the run.
        last: usize,
        /// The step asked for.
        step: usize,
    },
}

/// The steps that are the frames of a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenSteps {
    /// Rising; the first and the last asked for are among them.
    pub steps: Vec<usize>,
    /// Steps from one to the next, but for the last.
    pub every: usize,
    /// Steps that there are from the first to the last.
    pub n_steps: usize,
}

impl StepChoice {
    /// Checks what can be checked before the run is known.
    ///
    /// # Errors
    /// If the first step comes after the last.
    pub fn check(self) -> Result<(), StepError> {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from > to => Err(StepError::Order { from, to }),
            _ => Ok(()),
        }
    }

    /// The frames of a run whose last step is `last` and that was recorded every `stride` steps.
    ///
    /// # Errors
    /// If the run has no such steps.
    pub fn of(self, last: usize, stride: usize) -> Result<ChosenSteps, StepError> {
        self.check()?;
        if let Some(step) = self.from.into_iter().chain(self.to).find(|step| *step > last) {
            return Err(StepError::Beyond { last, step });
        }
        let (from, to) = (self.from.unwrap_or(0), self.to.unwrap_or(last));
        let usual = || (to - from).div_ceil(USUAL_FRAMES).max(1).next_multiple_of(stride.max(1));
        let every = self.every.unwrap_or_else(usual).max(1);
        let mut steps: Vec<usize> = (from..=to).step_by(every).collect();
        if steps.last() != Some(&to) {
            steps.push(to);
        }
        Ok(ChosenSteps { steps, every, n_steps: to - from + 1 })
    }
}

impl ChosenSteps {
    /// What is said of frames between those that a run was recorded at, every `stride` steps.
    pub fn between_sentence(&self, stride: usize) -> Option<String> {
        let text = || format!("the run was recorded every {stride} steps: between these, phrases are drawn on the straight way");
        (self.every < stride).then(text)
    }

    /// What was chosen, in words: "every 5th step: 201 of 1001".
    pub fn sentence(&self) -> String {
        let every = match (self.every, self.every % 10, self.every % 100) {
            (1, ..) => "every step".to_owned(),
            (n, _, 11..=13) => format!("every {n}th step"),
            (n, 1, _) => format!("every {n}st step"),
            (n, 2, _) => format!("every {n}nd step"),
            (n, 3, _) => format!("every {n}rd step"),
            (n, ..) => format!("every {n}th step"),
        };
        format!("{every}: {} of {}", self.steps.len(), self.n_steps)
    }
}

/// A recorded run as a film, with all that its frames are drawn from.
pub struct RunFilm {
    document: Document,
    run: Arc<Run>,
    map: Arc<RunMap>,
    /// Places of the phrases in the list that the run knows: looked for once, and not on the thread that asks for a film.
    shown: OnceLock<Vec<usize>>,
    /// The step of each frame.
    pub steps: Vec<usize>,
    /// A phrase with a ring.
    pub selected: Option<PhraseId>,
    /// Whether forces are drawn.
    pub has_forces: bool,
    /// Width and height in pixels.
    pub size: [f32; 2],
}

impl RunFilm {
    /// All recorded phrases of `run` that are in `document`, at `steps`, on the axes of `map`.
    pub fn new(document: Document, run: Arc<Run>, map: Arc<RunMap>, steps: Vec<usize>, size: [f32; 2]) -> Self {
        let shown = OnceLock::new();
        Self { document, run, map, shown, steps, selected: None, has_forces: true, size }
    }

    /// How many phrases it shows.
    pub fn n_phrases(&self) -> usize {
        self.shown().len()
    }

    fn shown(&self) -> &[usize] {
        self.shown.get_or_init(|| {
            let known = |(_, phrase): &(usize, &Phrase)| self.run.row_of(&phrase.text).is_some();
            self.document.phrases.iter().enumerate().filter(known).map(|(place, _)| place).collect()
        })
    }

    /// What is shown of the run at `step`; `None` where its map has no axes.
    pub fn picture(&self, step: usize) -> Option<(Picture, Vec<Force>)> {
        let shown: Vec<&Phrase> = self.shown().iter().filter_map(|place| self.document.phrases.get(*place)).collect();
        let picture = Picture::of_run(&self.document, &shown, &self.run, &self.map, step as f64, &|_| None)?;
        let has_forces = self.has_forces && !self.run.pairs.is_empty();
        let forces = if has_forces { forces_on_map(&shown, &self.run, &self.map, step) } else { Vec::new() };
        Some((picture, forces))
    }

    fn poster(&self, index: usize) -> Option<Poster> {
        let step = *self.steps.get(index)?;
        let (picture, forces) = self.picture(step)?;
        let title = run_title(&self.run, step);
        let alone = Poster::of(picture.into(), title, self.size);
        Some(Poster { forces: forces.into(), selected: self.selected, ..alone })
    }

    fn blank(&self) -> Drawing {
        Drawing { size: self.size, shapes: vec![ground(self.size)] }
    }
}

/// Without the run, which is long.
impl fmt::Debug for RunFilm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFilm").field("seed", &self.run.recipe.seed).field("steps", &self.steps).finish_non_exhaustive()
    }
}

impl Film for RunFilm {
    fn n_frames(&self) -> usize {
        self.steps.len()
    }

    fn size(&self) -> [f32; 2] {
        self.size
    }

    fn frame(&self, index: usize) -> Drawing {
        self.poster(index).map_or_else(|| self.blank(), |content| poster(&content))
    }

    /// Labels stay on their side of a point from frame to frame, where there is room, but for the last frame, which is
    /// looked at longest: there each has its best place.
    fn frames(&self) -> Box<dyn Iterator<Item = Drawing> + '_> {
        let (mut before, last) = (LabelPlaces::new(), self.n_frames().saturating_sub(1));
        Box::new((0..self.n_frames()).map(move |index| {
            if index == last {
                return self.frame(index);
            }
            let Some(content) = self.poster(index) else { return self.blank() };
            let (drawing, places) = poster_after(&content, &before);
            // A label that had to move away comes back as soon as it can.
            before = places.into_iter().filter(|(_, place)| usize::from(*place) < NEAR_PLACES).collect();
            drawing
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(from: Option<usize>, to: Option<usize>, every: Option<usize>, last: usize, stride: usize) -> ChosenSteps {
        StepChoice { from, to, every }.of(last, stride).expect("steps")
    }

    #[test]
    fn about_200_frames_with_the_first_and_the_last() {
        assert_eq!(chosen(None, None, None, 1000, 1).sentence(), "every 5th step: 201 of 1001");
        assert_eq!(chosen(None, None, None, 200, 1).sentence(), "every step: 201 of 201");
        assert_eq!(chosen(None, None, None, 0, 1).steps, [0]);
        assert_eq!(chosen(None, None, None, 401, 1).sentence(), "every 3rd step: 135 of 402");
        assert_eq!(chosen(None, None, None, 300, 4).every, 4, "no frame between two that were recorded");
        assert_eq!(chosen(Some(3), Some(10), Some(4), 20, 1).steps, [3, 7, 10], "the last one always");
        for last in [0, 1, 199, 200, 201, 999, 12_345] {
            let chosen = chosen(None, None, None, last, 1);
            assert!(chosen.steps.len() <= 202 && chosen.steps.first() == Some(&0) && chosen.steps.last() == Some(&last));
        }
    }

    #[test]
    fn numbers_are_said_as_people_say_them() {
        let said = |every| chosen(None, None, Some(every), 1000, 1).sentence().split(':').next().map(str::to_owned);
        let names = [1, 2, 11, 12, 21, 22, 103, 113].map(|every| said(every).unwrap_or_default());
        let expected = ["every step", "every 2nd step", "every 11th step", "every 12th step"];
        assert_eq!(names[..4], expected);
        assert_eq!(names[4..], ["every 21st step", "every 22nd step", "every 103rd step", "every 113th step"]);
    }

    #[test]
    fn steps_that_are_not_there_are_refused() {
        let of = |from, to| StepChoice { from, to, every: None }.of(20, 1);
        assert_eq!(of(Some(5), Some(4)), Err(StepError::Order { from: 5, to: 4 }));
        assert_eq!(of(None, Some(21)), Err(StepError::Beyond { last: 20, step: 21 }));
        assert_eq!(of(Some(21), None), Err(StepError::Beyond { last: 20, step: 21 }));
    }
}
