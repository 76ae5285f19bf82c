//! The run that is there, its map, and the curves of those before it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::run_key::RunKey;
use crate::train::{Axes, Measures, Recipe, Run, RunMap, Stopped};

/// Numbers of a run that is kept as a whole when another replaces it: 64 megabytes.
const KEPT_NUMBERS: usize = 16 << 20;

/// Runs before the current one whose curves are kept.
const KEPT_RUNS: usize = 5;

/// What is kept of a run that another has replaced: its curves.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierRun {
    /// What decided it.
    pub recipe: Recipe,
    /// Loss of the batch of each step.
    pub losses: Arc<[f32]>,
    /// Measures of its frames.
    pub measures: Arc<[Measures]>,
}

/// The recorded run.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorded {
    pub(super) run: Option<Arc<Run>>,
    pub(super) key: Option<RunKey>,
    /// The run drawn on `axes`, or on the last ones until these are ready.
    pub(super) map: Option<Arc<RunMap>>,
    pub(super) axes: Axes,
    /// Seconds that a run may take; 0: any.
    pub(super) max_seconds: f64,
    /// The furthest step of it that was shown.
    pub(super) seen_to: usize,
    /// Runs before this one, latest first.
    earlier: VecDeque<EarlierRun>,
    /// The run before this one as a whole, if it is small and came to its end: undo brings it back without training.
    before: Option<(RunKey, Arc<Run>, Arc<RunMap>)>,
    /// What failed is not tried again until something it depends on changes.
    pub(super) failed: Option<RunKey>,
    pub(super) failed_axes: Option<Axes>,
}

impl Recorded {
    /// Curves of the runs before this one, latest first.
    pub(super) fn earlier(&self) -> impl Iterator<Item = &EarlierRun> {
        self.earlier.iter()
    }

    pub(super) fn time_limit(&self) -> Option<Duration> {
        (self.max_seconds > 0.0).then(|| Duration::try_from_secs_f64(self.max_seconds).unwrap_or(Duration::MAX))
    }

    /// Whether a run with `key` is there, or has failed.
    pub(super) fn has_tried(&self, key: &RunKey) -> bool {
        self.run.is_some() && self.key.as_ref() == Some(key) || self.failed.as_ref() == Some(key)
    }

    /// Whether the map is drawn on the chosen axes, or can't be.
    pub(super) fn is_mapped(&self) -> bool {
        self.map.as_ref().is_some_and(|map| map.axes() == self.axes) || self.failed_axes == Some(self.axes)
    }

    /// Takes a new run. The curves of the one before it stay, to compare with.
    pub(super) fn take(&mut self, key: Option<RunKey>, run: Arc<Run>, map: Arc<RunMap>) {
        self.before = self.whole();
        let map = self.turned_as_before(&run, map);
        if let Some(old) = self.run.take().filter(|old| old.last_step() > 0) {
            let (recipe, losses) = (old.recipe.clone(), old.losses.as_slice().into());
            self.earlier.push_front(EarlierRun { recipe, losses, measures: old.measures.as_slice().into() });
            self.earlier.truncate(KEPT_RUNS);
        }
        (self.run, self.key, self.map, self.failed_axes) = (Some(run), key, Some(map), None);
        self.seen_to = 0;
    }

    /// The run that is there, where it is worth keeping.
    fn whole(&self) -> Option<(RunKey, Arc<Run>, Arc<RunMap>)> {
        let (run, map) = self.run.clone().zip(self.map.clone())?;
        let is_small = run.frames.len() * run.phrases.len() * run.recipe.dims <= KEPT_NUMBERS && run.weights.is_none();
        let is_whole = !matches!(run.stopped, Some(Stopped::Cancelled | Stopped::Time));
        Some((self.key.clone()?, run, map)).filter(|_| is_small && is_whole)
    }

    /// The run before this one, if it is the one with `key`.
    pub(super) fn bring_back(&mut self, key: &RunKey) -> Option<(Arc<Run>, Arc<RunMap>)> {
        let (_, run, map) = self.before.take_if(|(before, ..)| before == key)?;
        Some((run, map))
    }

    /// The map of a run of the same recipe, of other phrases or pairs, stands as the one before it stood: it does not turn
    /// over because a word was changed.
    fn turned_as_before(&self, run: &Run, map: Arc<RunMap>) -> Arc<RunMap> {
        let (Some(old), Some(before)) = (&self.run, &self.map) else { return map };
        if old.recipe != run.recipe || before.axes() != map.axes() {
            return map;
        }
        let rows = |(row, phrase): (usize, &Arc<str>)| Some([row, old.row_of(phrase)?]);
        let rows: Vec<[usize; 2]> = run.phrases.iter().enumerate().filter_map(rows).collect();
        Arc::new(RunMap::clone(&map).mirrored_towards(before, &rows))
    }

    /// There is nothing to train.
    pub(super) fn forget_run(&mut self) {
        (self.run, self.key, self.map) = (None, None, None);
    }

    /// For another document: no run, no curves, `axes`.
    pub(super) fn begin_anew(&mut self, axes: Axes) {
        *self = Self { axes, max_seconds: self.max_seconds, ..Self::default() };
    }
}
