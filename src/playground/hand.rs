//! A hand in the run: a phrase is taken on the map and its vector carried along, live; let go, it goes into the recipe.

use super::document::PhraseId;
use super::grip::Grip;
use super::lesson::{Moment, Progressed};
use super::views::Tab;
use super::{Act, Command, Edit, Playground};
use crate::choice::Choice;
use crate::data::excerpt;
use crate::train::{Axes, Held, LearnerKind, Recipe, Run};

/// Cosine from which on a phrase lies beside another one.
const BESIDE: f64 = 0.5;

/// How far of the way to the other a lesson carries a phrase.
const CARRIED_SHARE: f64 = 0.9;

impl Playground {
    /// Whether dragging a phrase moves its vector.
    pub fn uses_hand(&self) -> bool {
        self.hand.is_on && self.why_no_hand().is_none()
    }

    /// The phrase that is held.
    pub fn held_phrase(&self) -> Option<PhraseId> {
        self.hand.grip.as_ref().filter(|grip| !grip.is_let_go).map(|grip| grip.phrase)
    }

    /// Why no vector can be moved by hand; `None` if one can.
    pub fn why_no_hand(&self) -> Option<String> {
        let learner = self.document.recipe.learner;
        match self.run() {
            _ if learner != LearnerKind::Vectors => Some(format!(
                "Only free vectors can be moved by hand: with {} as what learns, a phrase has no vector of its own.",
                learner.label()
            )),
            _ if self.shows_model() => {
                Some("The model's own vectors do not move; choose other axes, or the Train tab.".to_owned())
            }
            None => Some("There is no run yet.".to_owned()),
            Some(run) if run.pairs.is_empty() => Some("Without pairs nothing is trained; make a pair first.".to_owned()),
            Some(_) => None,
        }
    }

    /// The vector that is looked at elsewhere than where it was recorded.
    pub(super) fn held(&self) -> Option<&Held> {
        self.hand.grip.as_ref().map(|grip| &grip.held)
    }

    /// Holds `phrase` at a place of the map.
    pub(super) fn hold(&mut self, phrase: PhraseId, at: [f64; 2]) {
        if self.hand.grip.as_ref().is_some_and(|grip| grip.is_let_go) {
            return;
        }
        let step = self.step();
        if let Some(held) = self.carried(phrase, at) {
            // What is held is held at a step.
            self.playhead.stand_at(step);
            self.hand.grip = Some(Grip { phrase, held, is_let_go: false });
        }
    }

    /// The vector of `phrase` in the frame shown, carried to a place of the map.
    fn carried(&self, phrase: PhraseId, at: [f64; 2]) -> Option<Held> {
        if self.why_no_hand().is_some() || at.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let (run, map) = (self.run()?, self.run_map()?);
        let index = run.frames.index_at(self.step());
        let row = run.row_of(self.document.text(phrase))? as u32;
        let raw = run.frames.pick(index, &[row]);
        let axes = map.fitted(index)?;
        Some(Held { row, vector: carry(run, &raw, |shown, is_unit| axes.carried(shown, &at, is_unit)) })
    }

    /// Lets `phrase` go at a place of the map: its recipe moves it there from now on.
    pub(super) fn move_by_hand(&mut self, phrase: PhraseId, at: [f64; 2]) {
        let (Some(held), Some(run)) = (self.carried(phrase, at), self.run().cloned()) else {
            let why = self.why_no_hand().unwrap_or_else(|| "This phrase has no vector in the run yet.".to_owned());
            return self.tell(why, true);
        };
        let index = run.frames.index_at(self.step());
        let step = run.frames.steps().get(index).copied().unwrap_or(0);
        let before = run.frames.pick(index, &[held.row]);
        let by: Vec<f32> = held.vector.iter().zip(&before).map(|(to, from)| to - from).collect();
        let text: std::sync::Arc<str> = self.document.text(phrase).into();
        let steps = self.document.recipe.steps;
        self.document.recipe = self.document.recipe.with_move_at(step, text, by);
        if step >= steps {
            // At the end of the run it goes on as long again.
            self.document.recipe.steps = (step + steps.max(1)).min(Recipe::MAX_STEPS);
        }
        self.playhead.stop_at(step);
        self.hand.grip = Some(Grip { phrase, held, is_let_go: true });
        self.forget_failure();
    }

    /// The run has come that goes on from where a phrase was let go, or never will.
    pub(super) fn end_grip(&mut self, goes_on: bool) {
        let was_let_go = self.hand.grip.take().is_some_and(|grip| grip.is_let_go);
        if goes_on && was_let_go && self.last_step() > self.step() {
            self.playhead.play();
        }
    }

    /// How many moves by hand there are, and the step of the last one.
    pub(super) fn moves_so_far(&self) -> (usize, usize) {
        let moves = &self.document.recipe.moves;
        (moves.len(), moves.last().map_or(0, |moved| moved.at_step))
    }

    /// Whether the first of two phrases was let go beside the second since a lesson's step began; `None` while it was not
    /// moved, or the run that goes on from there has not come.
    pub fn moved_beside(&self, names: &[String; 2], progressed: &Progressed) -> Option<bool> {
        let (run, last) = (self.run()?, self.document.recipe.moves.last()?);
        let is_it = self.moves_so_far() != progressed.moves_before && run.recipe.moves.last() == Some(last);
        let phrase = self.document.text(self.phrase_named(&names[0])?);
        let cosine = self.trained_cosine(names, Moment::Hand)?;
        (is_it && *last.phrase == *phrase).then_some(cosine >= BESIDE)
    }

    /// The commands that carry the first of two phrases to the second and let it go.
    pub(super) fn carry_beside(&self, names: &[String; 2]) -> Vec<Command> {
        let Some((phrase, at)) = self.place_beside(names) else { return Vec::new() };
        let axes = (self.axes() == Axes::Model).then(|| Act::SetAxes(Axes::default()).into());
        let moves = [Act::ShowTab(Tab::Train).into(), Edit::MoveByHand(phrase, at).into()];
        axes.into_iter().chain(moves).collect()
    }

    fn place_beside(&self, names: &[String; 2]) -> Option<(PhraseId, [f64; 2])> {
        let (run, map) = (self.run()?, self.run_map()?);
        let index = run.frames.index_at(self.step());
        let (shown, axes) = (run.shown(index), map.fitted(index)?);
        let place = |name: &String| -> Option<Vec<f64>> {
            let row = run.row_of(self.document.text(self.phrase_named(name)?))?;
            Some(axes.position(shown.get(row)?).collect())
        };
        let [from, to] = [place(&names[0])?, place(&names[1])?];
        let mut between = from.iter().zip(&to).map(|(from, to)| from + CARRIED_SHARE * (to - from));
        Some((self.phrase_named(&names[0])?, [between.next()?, between.next()?]))
    }

    /// What was moved by hand, in words; `None` if nothing was.
    pub fn moved_by_hand(&self) -> Option<String> {
        let moves = &self.document.recipe.moves;
        let last = moves.last()?;
        let more = if moves.len() > 1 { format!(", and {} before", moves.len() - 1) } else { String::new() };
        Some(format!("moved by hand: “{}” at step {}{more}", excerpt(&last.phrase, 30), last.at_step))
    }
}

/// `raw` vector of a run, carried by `carry` as it is shown, and as long as it was where only its direction is.
fn carry(run: &Run, raw: &[f32], carry: impl Fn(&[f32], bool) -> Vec<f32>) -> Vec<f32> {
    let is_unit = run.recipe.shows_unit_vectors();
    let length = if is_unit { raw.iter().map(|x| x * x).sum::<f32>().sqrt() } else { 1.0 };
    carry(&run.shown_values(raw), is_unit).iter().map(|x| x * length).collect()
}
