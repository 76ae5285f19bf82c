//! Where a run is shown: playing, stepping, scrubbing.
//!
//! Pure: the run whose steps are played is handed in.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::train::Run;

/// Steps a second at speed 1.
const STEPS_PER_SECOND: f64 = 20.0;

/// Multiples of that at which a run can be played.
pub(super) const SPEEDS: RangeInclusive<f64> = 0.05..=20.0;

/// Seconds for which the forces are seen before an update applies them.
const SECONDS_OF_FORCES: f64 = 1.2;

/// Seconds that the move of an update takes.
const SECONDS_OF_MOVE: f64 = 0.8;

/// The four stages of contrastive training, as the course names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Vectors are where they begin.
    Initialise,
    /// The pairs of the batch are compared.
    Evaluate,
    /// The forces of the batch are applied.
    Update,
    /// Again and again.
    Iterate,
}

/// What is shown of the batch that follows the step shown.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Showing {
    /// Nothing in particular.
    Nothing,
    /// Its pairs, compared.
    Pairs,
    /// Its forces, for so many seconds so far; then they are applied.
    Forces(f64),
    /// The way to step `to`, from `from`.
    Move { from: f64, to: f64 },
    /// It has been applied.
    Moved,
}

/// Whether the arrows of forces are on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrows {
    /// They are not there at this stage.
    Never,
    /// Where the user wants them.
    IfWanted,
    /// They are what this stage is about.
    Always,
}

/// Where the run is shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Playhead {
    /// Steps, with the fraction between two steps while playing.
    position: f64,
    pub(super) is_playing: bool,
    speed: f64,
    pub(super) is_two_phase: bool,
    showing: Showing,
}

impl Default for Playhead {
    fn default() -> Self {
        Self { position: 0.0, is_playing: false, speed: 1.0, is_two_phase: false, showing: Showing::Nothing }
    }
}

impl Playhead {
    /// Pace of playing as a multiple of the usual one.
    pub(super) fn speed(&self) -> f64 {
        self.speed
    }

    /// Plays at this pace; what is none changes nothing.
    pub(super) fn set_speed(&mut self, speed: f64) {
        if SPEEDS.contains(&speed) {
            self.speed = speed;
        }
    }

    /// Steps with a fraction, within a run that ends at `last_step`.
    pub(super) fn position(&self, last_step: usize) -> f64 {
        self.position.min(last_step as f64)
    }

    pub(super) fn step(&self, last_step: usize) -> usize {
        (self.position.floor() as usize).min(last_step)
    }

    pub(super) fn stage(&self, last_step: usize) -> Stage {
        match self.showing {
            _ if self.is_playing => Stage::Iterate,
            Showing::Pairs => Stage::Evaluate,
            Showing::Forces(_) | Showing::Move { .. } | Showing::Moved => Stage::Update,
            Showing::Nothing if self.step(last_step) == 0 => Stage::Initialise,
            // It went on again and again until it was over.
            Showing::Nothing if self.step(last_step) == last_step => Stage::Iterate,
            Showing::Nothing => Stage::Update,
        }
    }

    pub(super) fn arrows(&self, last_step: usize) -> Arrows {
        match self.showing {
            _ if self.is_playing => Arrows::IfWanted,
            Showing::Forces(_) => Arrows::Always,
            Showing::Pairs | Showing::Move { .. } | Showing::Moved => Arrows::Never,
            Showing::Nothing if self.step(last_step) == 0 => Arrows::Never,
            Showing::Nothing => Arrows::IfWanted,
        }
    }

    /// Whether something changes as time goes by.
    pub(super) fn needs_time(&self) -> bool {
        self.is_playing || matches!(self.showing, Showing::Forces(_) | Showing::Move { .. })
    }

    /// Goes to `stage`: for an update at the step shown, which is not the last one.
    pub(super) fn go_to_stage(&mut self, stage: Stage, last_step: usize) {
        let step = self.step(last_step);
        match stage {
            Stage::Initialise => self.stop_at(0),
            Stage::Evaluate => self.stop_showing(step, Showing::Pairs),
            Stage::Update if step < last_step => self.stop_showing(step, Showing::Forces(0.0)),
            Stage::Update => self.stop_showing(step, Showing::Moved),
            Stage::Iterate if self.is_playing => {}
            Stage::Iterate => self.toggle(last_step),
        }
    }

    /// Stands still at `step`.
    pub(super) fn stop_at(&mut self, step: usize) {
        self.stop_showing(step, Showing::Nothing);
    }

    fn stop_showing(&mut self, step: usize, showing: Showing) {
        (self.position, self.is_playing, self.showing) = (step as f64, false, showing);
    }

    /// Stands still at `step`; what is shown of its batch stays.
    pub(super) fn stand_at(&mut self, step: usize) {
        if self.is_playing {
            self.stop_at(step);
        }
        self.position = step as f64;
    }

    /// Plays on from where it is.
    pub(super) fn play(&mut self) {
        (self.is_playing, self.showing) = (true, Showing::Nothing);
    }

    /// Moves to `step`; whether it plays stays.
    pub(super) fn go_to(&mut self, step: usize) {
        self.position = step as f64;
    }

    /// Stays within a run that ends at `last_step`.
    pub(super) fn keep_within(&mut self, last_step: usize) {
        self.position = self.position.min(last_step as f64);
    }

    /// Another run is going to be recorded: from the start if it has another structure.
    pub(super) fn expect_run(&mut self, from_start: bool) {
        if from_start {
            self.position = 0.0;
        }
        self.showing = Showing::Nothing;
    }

    pub(super) fn set_two_phase(&mut self, is_on: bool) {
        (self.is_two_phase, self.showing) = (is_on, Showing::Nothing);
    }

    pub(super) fn toggle(&mut self, last_step: usize) {
        if self.step(last_step) >= last_step && !self.is_playing {
            self.position = 0.0;
        }
        self.is_playing = !self.is_playing && last_step > 0;
        self.showing = Showing::Nothing;
    }

    /// Takes a step of `run`; with a thinned recording it leads to the next recorded one. With two phases the
    /// first press compares the pairs of the batch, and the second updates: the forces are seen, then they are applied,
    /// which a third press does at once.
    pub(super) fn step_on(&mut self, run: Option<&Arc<Run>>) {
        let last_step = run.map_or(0, |run| run.last_step());
        let step = self.step(last_step);
        match self.showing {
            Showing::Move { to, .. } => self.stop_showing(to as usize, Showing::Moved),
            Showing::Nothing | Showing::Moved if self.is_two_phase && step < last_step => {
                self.stop_showing(step, Showing::Pairs);
            }
            Showing::Pairs if self.is_two_phase && step < last_step => self.stop_showing(step, Showing::Forces(0.0)),
            Showing::Forces(_) => self.stop_showing(next_step(run, step), Showing::Moved),
            Showing::Nothing | Showing::Moved | Showing::Pairs => self.stop_at(next_step(run, step)),
        }
    }

    /// `seconds` have passed. At the end playing goes on only if `more_comes`: a longer run is being recorded.
    pub(super) fn advance(&mut self, seconds: f64, run: Option<&Arc<Run>>, more_comes: bool) {
        let last_step = run.map_or(0, |run| run.last_step());
        if !self.is_playing {
            return self.advance_update(seconds, run, last_step);
        }
        self.position += seconds * STEPS_PER_SECOND * self.speed;
        if self.position >= last_step as f64 {
            self.position = last_step as f64;
            self.is_playing = more_comes;
        }
    }

    /// First the forces, then the move.
    fn advance_update(&mut self, seconds: f64, run: Option<&Arc<Run>>, last_step: usize) {
        match self.showing {
            Showing::Forces(so_far) if so_far + seconds < SECONDS_OF_FORCES => self.showing = Showing::Forces(so_far + seconds),
            Showing::Forces(_) => {
                let from = self.position;
                self.showing = Showing::Move { from, to: next_step(run, self.step(last_step)) as f64 };
            }
            Showing::Move { from, to } => {
                self.position += seconds / SECONDS_OF_MOVE * (to - from);
                if self.position >= to {
                    self.stop_showing(to as usize, Showing::Moved);
                }
            }
            Showing::Nothing | Showing::Pairs | Showing::Moved => {}
        }
    }
}

/// The recorded step of `run` after `step`, or its last.
fn next_step(run: Option<&Arc<Run>>, step: usize) -> usize {
    let next = run.map(|run| {
        let frames = &run.frames;
        let index = (frames.index_at(step) + 1).min(frames.len().saturating_sub(1));
        frames.steps().get(index).copied().unwrap_or(0)
    });
    next.unwrap_or(0)
}
