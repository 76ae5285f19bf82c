//! Opening the built-in model beside the first frame: its first phrases then wait for less.
//!
//! Whose vectors were kept from an earlier start needs no model yet, and opens none.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use crate::model::{Library, ModelChoice, Source};
use crate::progress;

/// A library that has the built-in model as soon as it is open, on a thread of its own.
pub fn library_with_built_in() -> Arc<Library> {
    let choice = ModelChoice::from(Source::Embedded);
    let (sender, opened) = sync_channel(1);
    let opening = choice.clone();
    let work = move || {
        let encoder = Library::default().open(&opening, &mut progress::ignore);
        // Its weights are packed with the first phrase.
        let used = encoder.and_then(|encoder| encoder.embed(&["a"], &mut progress::ignore).map(|_| encoder));
        match used {
            // Whoever closes the window at once is no more there.
            Ok(encoder) => drop(sender.send(encoder)),
            Err(error) => log::warn!("the model was not opened ahead: {error}"),
        }
    };
    // Where there is no thread for it, the worker opens it.
    let thread = std::thread::Builder::new().name("opening".to_owned()).spawn(work);
    let wait = move |_| Library::with_ahead(choice, Box::new(move || opened.recv().ok()));
    Arc::new(thread.map_or_else(|_| Library::default(), wait))
}
