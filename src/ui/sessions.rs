//! Where the window keeps what is open: a file beside its settings, one for each window, and what windows have left.
//!
//! What is kept is the playground's [`Whereabouts`](crate::playground::Whereabouts), when it is written the [`Journal`]'s.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::{self, OwnFile};
use crate::jobs::{Journal, Occasion};
use crate::playground::views::Tab;
use crate::playground::{Course, DraftText, Playground, Session};

/// A window's own file, and the folder that it is in.
#[derive(Debug, Clone)]
pub struct Sessions {
    folder: PathBuf,
    journal: Arc<Journal>,
}

/// What a window has left, and its file, which nobody else takes up meanwhile.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) file: OwnFile,
    pub(super) session: Session,
}

/// All that windows have left.
#[derive(Debug, Default)]
pub(super) struct AllLeft {
    /// To go on with, without a question.
    pub(super) resumed: Option<Left>,
    /// To ask about; the latest first.
    pub(super) offered: Vec<Left>,
    /// What can't be read, where it is now.
    pub(super) unreadable: Vec<PathBuf>,
}

/// What there has to be written for; another, and it is written again.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept {
    revision: u64,
    is_unsaved: bool,
    path: Option<PathBuf>,
    tab: Tab,
    course: Course,
    lesson_draft: Option<DraftText>,
}

impl Kept {
    fn of(playground: &Playground) -> Self {
        Self {
            revision: playground.revision(),
            is_unsaved: playground.is_unsaved(),
            path: playground.path().map(Path::to_owned),
            tab: playground.views().tab,
            course: playground.course().clone(),
            lesson_draft: playground.draft().map(|draft| draft.text().clone()),
        }
    }
}

impl Sessions {
    /// A file of its own in `folder`, which is made.
    ///
    /// # Errors
    /// If nothing can be written there.
    pub fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        let journal = Journal::start(OwnFile::new(folder)?)?;
        Ok(Self { folder: folder.to_owned(), journal: journal.into() })
    }

    /// Writes too when a signal or a fault ends the program.
    pub(super) fn follow_ends(&self) {
        self.journal.follow_panics();
        if let Err(error) = self.journal.follow_signals() {
            log::warn!("signals are not heard, so that what was changed in the last second may be lost: {error}");
        }
    }

    /// What windows have left that are gone.
    pub(super) fn left(&self) -> AllLeft {
        let mut all = AllLeft::default();
        for file in OwnFile::left_in(&self.folder) {
            let read = file.read().map_err(anyhow::Error::from).and_then(|bytes| Ok(Session::read(&bytes)?));
            match read {
                Ok(session) if session.is_to_be_offered() => all.offered.push(Left { file, session }),
                Ok(session) if all.resumed.is_none() => all.resumed = Some(Left { file, session }),
                // A window that was closed before the last one: what it had is in files, or was not wanted.
                Ok(_) => discard(file),
                Err(error) => {
                    log::error!("{}: {error:#}", file.path().display());
                    all.unreadable.extend(files::set_aside(file.path()));
                }
            }
        }
        all
    }

    /// Goes on in a file that a window has left.
    pub(super) fn take_over(&self, file: OwnFile) {
        if let Err(error) = self.journal.take_over(file) {
            log::warn!("{error}");
        }
    }

    /// Writes down what there is, if that is not what was `kept` last; why the last time failed, if it did.
    pub(super) fn keep(&self, playground: &Playground, kept: &mut Option<Kept>) -> Option<String> {
        let now = Kept::of(playground);
        if kept.as_ref() != Some(&now) {
            *kept = Some(now);
            let here = playground.whereabouts();
            self.journal.give(Arc::new(move |seconds, occasion| here.page(seconds, occasion)));
        }
        self.journal.take_trouble()
    }

    /// The window is closed as it should be.
    pub(super) fn close(&self, playground: &Playground) {
        let here = playground.whereabouts();
        self.journal.give(Arc::new(move |seconds, occasion| here.page(seconds, occasion)));
        self.journal.write_now(Occasion::Closing);
    }
}

/// Removes what nobody wants any more.
pub(super) fn discard(file: OwnFile) {
    if let Err(error) = file.remove() {
        log::warn!("{error}");
    }
}
