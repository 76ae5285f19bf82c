//! Opened models, kept for whoever asks for them again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::folder::Stamp;
use super::{Encoder, ModelChoice, ModelError, Source};
use crate::progress::{OnProgress, Progress};

/// Models that stay open at most: the one that is worked with and two that are compared.
const MAX_OPEN: usize = 3;

/// Opens models and keeps the last few of them.
///
/// A model that is asked for again is not opened again, unless its files have changed since: the time of
/// modification or the length of one of them is another, or one has come or gone. Whoever got a model keeps it as
/// it was. Of more than three models the one that was not asked for the longest is let go.
///
/// Nothing is locked while a model is opened, so that `progress` may ask for models itself; two threads that ask
/// for the same one at the same moment may both open it, and get the same.
#[derive(Default)]
pub struct Library {
    /// The last one asked for comes last.
    opened: Mutex<Vec<Opened>>,
    /// One that is on its way, until somebody asks for it.
    ahead: Mutex<Option<Ahead>>,
}

/// Waits until somebody else has opened a model; nothing where that fails.
pub type Opening = dyn FnOnce() -> Option<Arc<dyn Encoder>> + Send;

/// A model that somebody else is opening.
struct Ahead {
    choice: ModelChoice,
    opening: Box<Opening>,
}

struct Opened {
    choice: ModelChoice,
    stamp: Stamp,
    encoder: Arc<dyn Encoder>,
}

impl Library {
    /// One for which somebody else is opening `choice` already: whoever asks for that first waits for what `opening`
    /// gives, and opens it only where that is nothing.
    pub fn with_ahead(choice: ModelChoice, opening: Box<Opening>) -> Self {
        Self { ahead: Mutex::new(Some(Ahead { choice, opening })), ..Self::default() }
    }

    /// The model of `choice`, as it is on this machine: nothing is fetched here, so that nothing comes unannounced.
    ///
    /// # Errors
    /// If it is not there or no model; [`ModelError::Cancelled`] if `progress` answers `Break`.
    pub fn open(&self, choice: &ModelChoice, progress: &mut OnProgress<'_>) -> Result<Arc<dyn Encoder>, ModelError> {
        let stamp = choice.source.stamp();
        if let Some(encoder) = self.find(choice, &stamp) {
            return Ok(encoder);
        }
        if progress(Progress::HEARTBEAT).is_break() {
            return Err(ModelError::Cancelled);
        }
        if let Some(encoder) = self.ahead_of(choice) {
            return Ok(self.keep(Opened { choice: choice.clone(), stamp, encoder }));
        }
        let base = ModelChoice { source: Source::Embedded, settings: choice.settings.clone() };
        let encoder = choice.source.load(&choice.settings, &mut |progress| self.open(&base, progress), progress)?;
        Ok(self.keep(Opened { choice: choice.clone(), stamp, encoder }))
    }

    fn ahead_of(&self, choice: &ModelChoice) -> Option<Arc<dyn Encoder>> {
        let ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take_if(|ahead| ahead.choice == *choice);
        (ahead?.opening)()
    }

    fn opened(&self) -> MutexGuard<'_, Vec<Opened>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open model of `choice`, which becomes the last one asked for; one that has changed since is forgotten.
    fn find(&self, choice: &ModelChoice, stamp: &Stamp) -> Option<Arc<dyn Encoder>> {
        let mut opened = self.opened();
        let place = opened.iter().position(|open| open.choice == *choice)?;
        let found = opened.remove(place);
        (found.stamp == *stamp).then(|| {
            let encoder = found.encoder.clone();
            opened.push(found);
            encoder
        })
    }

    /// Keeps `new`, unless another thread was faster; gives what is kept.
    fn keep(&self, new: Opened) -> Arc<dyn Encoder> {
        if let Some(encoder) = self.find(&new.choice, &new.stamp) {
            return encoder;
        }
        let mut opened = self.opened();
        let encoder = new.encoder.clone();
        opened.push(new);
        let n_gone = opened.len().saturating_sub(MAX_OPEN);
        opened.drain(..n_gone);
        encoder
    }
}
