//! Taking down where the user is, and taking it up again at the next start.

use std::path::Path;

use super::lesson::{Course, CourseMemory};
use super::views::Tab;
use super::whereabouts::{Session, Whereabouts};
use super::{Document, Playground, file};
use crate::choice::Choice;
use crate::jobs::{Occasion, Order};

/// What is said where what was kept can't be read.
const NOT_KEPT: &str = "What was open last could not be kept: what there is of it is damaged.";

/// What is said of a document that is here again, after what it is.
const RECOVERED: &str = "is here again; no file has it until you save it. Training starts anew from its seed; steps to undo, runs that were kept in Seeds and text that was not entered yet were not kept.";

impl Playground {
    /// Where the user is, to be written elsewhere: little is copied.
    pub fn whereabouts(&self) -> Whereabouts {
        let rest = Session {
            path: self.path().map(Path::to_owned),
            print: self.origin.print,
            is_unsaved: self.is_unsaved(),
            tab: self.views().tab.name().to_owned(),
            selected: self.selected.map(|id| self.document.text(id).to_owned()),
            speed: self.speed(),
            lesson_draft: self.draft.clone(),
            ..Session::default()
        };
        let view = file::View { axes: self.axes(), step: self.step() };
        Whereabouts { document: self.document.clone(), view, course: self.course.clone(), rest }
    }

    /// Where the user is, as a window leaves it that is closed.
    pub fn session(&self) -> Session {
        self.whereabouts().session(0, Occasion::Closing)
    }

    /// The playground as it was, and the first orders to the worker. A project that has a file and no changes of its own is
    /// opened from it again, as it is there now. Where the document was not kept, it begins with the lesson called `first`,
    /// and says so.
    pub fn resumed(session: Session, first: &'static str) -> (Self, Vec<Order>) {
        let Course { done, left, .. } = Course::recalled(CourseMemory { given: None, ..session.course.clone() });
        let Ok((document, view)) = file::read(session.project.as_bytes()) else {
            let (mut playground, mut orders) = Self::with_lesson(first);
            (playground.course.done, playground.course.left) = (done, left);
            playground.draft = session.lesson_draft;
            match session.path {
                Some(path) => playground.open(path),
                None => playground.tell(NOT_KEPT, false),
            }
            orders.extend(playground.tasks.take_orders());
            return (playground, orders);
        };
        let mut playground = Self::empty();
        playground.take_up(document, view, session);
        playground.plan();
        let orders = playground.tasks.take_orders();
        (playground, orders)
    }

    /// Goes on with what a window has left that was not closed.
    pub(super) fn recover(&mut self, session: Session) {
        match file::read(session.project.as_bytes()) {
            Ok((document, view)) => {
                let what = format!("What was open ({}) {RECOVERED}", session.about);
                let is_unsaved = session.is_unsaved;
                self.take_up(document, view, session);
                if is_unsaved {
                    self.tell(what, false);
                }
            }
            Err(_) if session.path.is_some() => session.path.into_iter().for_each(|path| self.open(path)),
            Err(why) => self.tell(format!("{NOT_KEPT} {why}"), true),
        }
    }

    fn take_up(&mut self, document: Document, view: file::View, session: Session) {
        self.replace_document(document, view, session.path.clone());
        self.origin.print = session.print;
        self.course = Course::recalled(session.course);
        self.draft = session.lesson_draft;
        self.views.tab = Tab::parse(&session.tab).unwrap_or_default();
        match session.path {
            _ if session.is_unsaved => self.history.amend(),
            Some(path) if self.course.given.is_none() => self.open(path),
            Some(_) | None => {}
        }
        self.set_as_in_lesson();
        self.selected = session.selected.and_then(|text| Some(self.document.phrase_with_text(&text)?.id));
        self.playhead.set_speed(session.speed);
        let (views, mut context) = self.split();
        views.open_shown(&mut context);
    }
}
