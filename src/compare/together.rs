//! Several runs trained side by side, one core each.
//!
//! What differs between them is their recipe; what they share is one listener.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::model::Encoder;
use crate::progress::{OnProgress, Progress};
use crate::train::{Recipe, Run, Stopped, TrainError, TrainInput, train_within};

/// How often the listener hears of the runs.
const REPORT_EVERY: Duration = Duration::from_millis(15);

/// Bytes of frames that all runs of one comparison may keep together; longer recordings are thinned.
const FRAME_BUDGET_BYTES: usize = 256 << 20;

/// What the runs write while the caller reads.
#[derive(Default)]
struct Board {
    /// Steps taken, by run.
    steps: Vec<AtomicUsize>,
    is_cancelled: AtomicBool,
    n_ended: Mutex<usize>,
    one_ended: Condvar,
}

/// Counts a run as ended however it ends, or the caller would wait for ever.
struct Ended<'a>(&'a Board);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        *self.0.n_ended.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.one_ended.notify_all();
    }
}

/// `input` with the seed of each of `seeds`, trained and recorded.
///
/// # Errors
/// As [`crate::train::train`]; [`TrainError::Cancelled`] if `progress` answers `Break`.
pub fn train_seeds(
    input: &TrainInput,
    seeds: &[u64],
    model: Option<&dyn Encoder>,
    progress: &mut OnProgress<'_>,
) -> Result<Vec<Run>, TrainError> {
    train_together(
        input,
        &seeds.iter().map(|seed| Recipe { seed: *seed, ..input.recipe.clone() }).collect::<Vec<_>>(),
        model,
        progress,
    )
}

/// The same with each of `recipes`; one that can't be trained is the error.
pub(super) fn train_together(
    input: &TrainInput,
    recipes: &[Recipe],
    model: Option<&dyn Encoder>,
    progress: &mut OnProgress<'_>,
) -> Result<Vec<Run>, TrainError> {
    train_each(input, recipes, model, progress)?.into_iter().collect()
}

/// `input` with each of `recipes`, trained side by side, or why one can't be; to be called from outside of rayon's threads,
/// because the caller waits.
///
/// # Errors
/// [`TrainError::Cancelled`] if `progress` answers `Break`.
pub fn train_each(
    input: &TrainInput,
    recipes: &[Recipe],
    model: Option<&dyn Encoder>,
    progress: &mut OnProgress<'_>,
) -> Result<Vec<Result<Run, TrainError>>, TrainError> {
    let board = Board { steps: recipes.iter().map(|_| AtomicUsize::new(0)).collect(), ..Board::default() };
    let mut runs: Vec<Option<Result<Run, TrainError>>> = recipes.iter().map(|_| None).collect();
    rayon::in_place_scope(|scope| {
        for ((recipe, place), steps) in recipes.iter().zip(&mut runs).zip(&board.steps) {
            let board = &board;
            scope.spawn(move |_| {
                let _ended = Ended(board);
                // Vectors that a recipe does not need have no say in its run.
                let model_vectors = input.model_vectors.clone().filter(|_| recipe.needs_vectors());
                let input = TrainInput { recipe: recipe.clone(), model_vectors, ..input.clone() };
                let run = train_within(&input, model, FRAME_BUDGET_BYTES / recipes.len(), &mut |report| {
                    steps.fetch_max(report.done, Ordering::Relaxed);
                    if board.is_cancelled.load(Ordering::Relaxed) {
                        std::ops::ControlFlow::Break(())
                    } else {
                        std::ops::ControlFlow::Continue(())
                    }
                });
                *place = Some(run);
            });
        }
        board.listen(recipes, progress);
    });
    if board.is_cancelled.into_inner() {
        return Err(TrainError::Cancelled);
    }
    Ok(runs.into_iter().flatten().collect())
}

impl Board {
    /// Tells `progress` how far the runs are until all have ended.
    fn listen(&self, recipes: &[Recipe], progress: &mut OnProgress<'_>) {
        let total = recipes.iter().map(|recipe| recipe.steps).sum();
        let mut n_ended = self.n_ended.lock().unwrap_or_else(PoisonError::into_inner);
        while *n_ended < recipes.len() {
            let waited = self.one_ended.wait_timeout(n_ended, REPORT_EVERY);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            let done = self.steps.iter().map(|steps| steps.load(Ordering::Relaxed)).sum();
            if progress(Progress { done, total, unit: "steps" }).is_break() {
                self.is_cancelled.store(true, Ordering::Relaxed);
            }
            n_ended = self.n_ended.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Whether a run ended before its last step.
pub(super) fn ended_early(run: &Run) -> Option<&'static str> {
    Some(match run.stopped? {
        Stopped::Cancelled => "was cancelled",
        Stopped::NotFinite => "grew beyond all bounds",
        Stopped::Plateau => "ended because its loss fell no further",
        Stopped::Time => "ended because its time was over",
    })
}
