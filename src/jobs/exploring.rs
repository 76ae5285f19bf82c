//! Work for the map of all phrases: maps of who is near whom, made epoch by epoch in sight of everybody, and clusters.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::found::{FoundClusters, Rows, Unfolded};
use super::work::{JobId, News, Outcome};
use super::worker::{Heeds, WorkerThread};
use crate::space::{Fidelity, Method, ProjectionError, Unfolding, UnfoldingSettings, Vectors, distinctive_words, find_clusters};

/// How often the map in the making is shown.
const SHOW_EVERY: Duration = Duration::from_millis(60);

/// Words that a cluster is called by.
const NAMING_WORDS: usize = 3;

fn gathered((space, rows): &Rows) -> Vectors {
    Vectors::new(space.clone(), rows.iter().flat_map(|row| row.iter().copied()).collect::<Vec<f32>>())
}

impl WorkerThread {
    /// A map of `rows`, shown while it is made; what there is when somebody stops it is kept.
    pub(super) fn unfold(
        &mut self,
        id: JobId,
        rows: &Rows,
        (method, n_axes): (Method, usize),
        seed: u64,
    ) -> Result<Outcome, ProjectionError> {
        let vectors = gathered(rows);
        let settings = UnfoldingSettings::default();
        let begun = Unfolding::begin(method, &vectors, n_axes, seed, settings, &mut self.listener(id, Heeds::Stop))?;
        let Some(mut map) = begun else { return Ok(Outcome::Cancelled) };
        let mut shown = Instant::now();
        let (mut is_stopped, mut is_told_to_stop) = (false, false);
        while !map.is_done() && !is_stopped {
            let n_left = map.n_epochs() - map.epoch();
            let mut listener = self.listener(id, Heeds::Stop);
            let until_shown = &mut |progress| {
                is_told_to_stop = listener(progress).is_break();
                if is_told_to_stop || shown.elapsed() >= SHOW_EVERY { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            // It goes on where it was broken off.
            is_stopped = map.advance(n_left, until_shown).is_break() && is_told_to_stop;
            drop(listener);
            shown = Instant::now();
            self.tell_if_room(id, News::Places(Arc::new(map.places()), [map.epoch(), map.n_epochs()]));
        }
        let places = map.places();
        let fidelity = if is_stopped { None } else { Fidelity::of(&vectors, &places, seed, &mut self.listener(id, Heeds::Stop)) };
        let epochs = [map.epoch(), map.n_epochs()];
        Ok(Outcome::Unfolded(Box::new(Unfolded { places, epochs, fidelity, notes: map.notes().to_vec() })))
    }
}

/// Clusters of `rows` by direction, each called by words that its `phrases` have and others have not, or else by its most
/// typical phrase.
///
/// # Errors
/// If a number is not finite, or the library gives up.
pub(super) fn clusters_of(rows: &Rows, phrases: &[Arc<str>], k: usize, seed: u64) -> Result<FoundClusters, ProjectionError> {
    let found = find_clusters(&gathered(rows), k, seed)?;
    let words = distinctive_words(phrases, &found.labels, NAMING_WORDS);
    let name = |cluster: usize| {
        let words = words.get(cluster).map(|words| words.join(", ")).unwrap_or_default();
        let typical = || phrases.get(found.typical[cluster]).map(ToString::to_string).unwrap_or_default();
        if words.is_empty() { typical() } else { words }
    };
    let members =
        |cluster: usize| found.labels.iter().enumerate().filter(|(_, label)| **label == cluster).map(|(row, _)| row).collect();
    Ok(FoundClusters { groups: (0..found.sizes.len()).map(|cluster| (name(cluster), members(cluster))).collect() })
}
