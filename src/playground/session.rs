//! Where the user was: what one start of the program leaves to the next.
//!
//! Here is what is kept, and how it is taken up again; where it is kept is the window's.

use std::path::PathBuf;

use super::lesson::{Course, CourseMemory, Draft};
use super::views::Tab;
use super::{Playground, file};
use crate::choice::Choice;
use crate::jobs::Order;

/// A document of more bytes than this is not kept beside its file.
const MAX_KEPT: usize = 4 << 20;

/// What a project file has around each phrase, and for each pair, about.
const AROUND_PHRASE: usize = 60;
const AROUND_PAIR: usize = 200;

/// What is said where a document had no file and was too large, or is damaged.
const NOT_KEPT: &str = "What was open last could not be kept: it had no file and was too large, or what was kept is damaged.";

/// Where the user was.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Session {
    /// The project as its file has it; empty where it was too large to be kept.
    pub project: String,
    /// The file it came from or was saved to.
    pub path: Option<PathBuf>,
    /// Whether it had changes that no file has.
    pub is_unsaved: bool,
    /// The tab that was shown.
    pub tab: String,
    /// What lessons remember.
    pub course: CourseMemory,
    /// The lesson that was being made.
    pub draft: Option<Draft>,
}

impl Playground {
    /// Where the user is. A document that is too large to be kept is not even written.
    pub fn session(&self) -> Session {
        let view = file::View { axes: self.axes(), step: self.step() };
        let project = if self.is_small() { file::write(self.document(), &view) } else { Vec::new() };
        Session {
            project: String::from_utf8(project).unwrap_or_default(),
            path: self.path().map(std::path::Path::to_owned),
            is_unsaved: self.is_unsaved(),
            tab: self.views().tab.name().to_owned(),
            course: self.course().memory(),
            draft: self.draft.clone(),
        }
    }

    /// Whether what is open can be kept beside its file.
    pub(super) fn is_small(&self) -> bool {
        let texts: usize = self.document.phrases.iter().map(|phrase| phrase.text.len() + AROUND_PHRASE).sum();
        texts + self.document.pairs.len() * AROUND_PAIR <= MAX_KEPT
    }

    /// The playground as it was, and the first orders to the worker. A project that has a file and no changes of its own is
    /// opened from it again, as it is there now. Where the document was not kept, it begins with the lesson called `first`,
    /// and says so.
    pub fn resumed(session: Session, first: &'static str) -> (Self, Vec<Order>) {
        let Course { done, left, .. } = Course::recalled(CourseMemory { given: None, ..session.course.clone() });
        let Ok((document, view)) = file::read(session.project.as_bytes()) else {
            let (mut playground, mut orders) = Self::with_lesson(first);
            (playground.course.done, playground.course.left) = (done, left);
            playground.draft = session.draft;
            match session.path {
                Some(path) => playground.open(path),
                None => playground.tell(NOT_KEPT, false),
            }
            orders.extend(playground.tasks.take_orders());
            return (playground, orders);
        };
        let mut playground = Self::empty();
        playground.replace_document(document, view, session.path.clone());
        playground.course = Course::recalled(session.course);
        playground.draft = session.draft;
        playground.views.tab = Tab::parse(&session.tab).unwrap_or_default();
        match session.path {
            _ if session.is_unsaved => playground.history.amend(),
            Some(path) if playground.course.given.is_none() => playground.open(path),
            Some(_) | None => {}
        }
        let (views, mut context) = playground.split();
        views.open_shown(&mut context);
        playground.plan();
        let orders = playground.tasks.take_orders();
        (playground, orders)
    }
}
