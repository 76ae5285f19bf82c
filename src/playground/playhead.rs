//! Where a run is shown: playing, stepping, scrubbing.
//!
//! Pure: the run whose steps are played is handed in.

use std::sync::Arc;

use crate::train::Run;

/// Steps a second at speed 1.
const STEPS_PER_SECOND: f64 = 20.0;

/// The four stages of contrastive training, as the course names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Vectors are where they begin.
    Initialise,
    /// The forces of the batch are shown.
    Evaluate,
    /// The forces have been applied.
    Update,
    /// Again and again.
    Iterate,
}

/// Where the run is shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Playhead {
    /// Steps, with the fraction between two steps while playing.
    position: f64,
    pub(super) is_playing: bool,
    pub(super) speed: f64,
    pub(super) is_two_phase: bool,
    shows_forces: bool,
}

impl Default for Playhead {
    fn default() -> Self {
        Self { position: 0.0, is_playing: false, speed: 1.0, is_two_phase: false, shows_forces: false }
    }
}

impl Playhead {
    /// Steps with a fraction, within a run that ends at `last_step`.
    pub(super) fn position(&self, last_step: usize) -> f64 {
        self.position.min(last_step as f64)
    }

    pub(super) fn step(&self, last_step: usize) -> usize {
        (self.position.floor() as usize).min(last_step)
    }

    pub(super) fn stage(&self, last_step: usize) -> Stage {
        match () {
            () if self.is_playing => Stage::Iterate,
            () if self.shows_forces => Stage::Evaluate,
            () if self.step(last_step) == 0 => Stage::Initialise,
            () => Stage::Update,
        }
    }

    /// Stands still at `step`.
    pub(super) fn stop_at(&mut self, step: usize) {
        (self.position, self.is_playing, self.shows_forces) = (step as f64, false, false);
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
        self.shows_forces = false;
    }

    pub(super) fn set_two_phase(&mut self, is_on: bool) {
        (self.is_two_phase, self.shows_forces) = (is_on, false);
    }

    pub(super) fn toggle(&mut self, last_step: usize) {
        if self.step(last_step) >= last_step && !self.is_playing {
            self.position = 0.0;
        }
        self.is_playing = !self.is_playing && last_step > 0;
        self.shows_forces = false;
    }

    /// Takes a step of `run`; with a thinned recording it leads to the next recorded one. With two phases the
    /// first press shows the forces and the second applies them.
    pub(super) fn step_on(&mut self, run: Option<&Arc<Run>>) {
        let last_step = run.map_or(0, |run| run.last_step());
        let step = self.step(last_step);
        if self.is_two_phase && !self.shows_forces && step < last_step {
            (self.position, self.is_playing, self.shows_forces) = (step as f64, false, true);
            return;
        }
        let next = run.map(|run| {
            let frames = &run.frames;
            let index = (frames.index_at(step) + 1).min(frames.len().saturating_sub(1));
            frames.steps().get(index).copied().unwrap_or(0)
        });
        self.stop_at(next.unwrap_or(0));
    }

    /// `seconds` have passed. At the end playing goes on only if `more_comes`: a longer run is being recorded.
    pub(super) fn advance(&mut self, seconds: f64, last_step: usize, more_comes: bool) {
        if !self.is_playing {
            return;
        }
        self.position += seconds * STEPS_PER_SECOND * self.speed;
        if self.position >= last_step as f64 {
            self.position = last_step as f64;
            self.is_playing = more_comes;
        }
    }
}
