//! Where the user was: what one start of the program leaves to the next.
//!
//! Here is what is kept, and how it is taken up again; where it is kept is the window's.

use std::path::PathBuf;

use super::lesson::{Course, CourseMemory};
use super::views::Tab;
use super::{Playground, file};
use crate::choice::Choice;
use crate::jobs::Order;

/// A document larger than this is not kept beside its file.
const MAX_KEPT: usize = 4 << 20;

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
}

impl Playground {
    /// Where the user is.
    pub fn session(&self) -> Session {
        let view = file::View { axes: self.axes(), step: self.step() };
        let project = String::from_utf8(file::write(self.document(), &view)).unwrap_or_default();
        Session {
            project: if project.len() <= MAX_KEPT { project } else { String::new() },
            path: self.path().map(std::path::Path::to_owned),
            is_unsaved: self.is_unsaved(),
            tab: self.views().tab.name().to_owned(),
            course: self.course().memory(),
        }
    }

    /// The playground as it was, and the first orders to the worker; `None` where nothing of it can be used.
    pub fn resumed(session: Session) -> Option<(Self, Vec<Order>)> {
        let (document, view) = file::read(session.project.as_bytes()).ok()?;
        let mut playground = Self::empty();
        playground.replace_document(document, view, session.path);
        playground.course = Course::recalled(session.course);
        playground.views.tab = Tab::parse(&session.tab).unwrap_or_default();
        if session.is_unsaved {
            playground.history.amend();
        }
        let (views, mut context) = playground.split();
        views.open_shown(&mut context);
        playground.plan();
        let orders = playground.tasks.take_orders();
        Some((playground, orders))
    }
}
