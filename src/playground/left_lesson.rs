//! Lessons that are left for others: what the learner made in one is kept, and she can go on with it.
//!
//! What is kept stands in `lesson/course.rs`, and goes with the session from one start to the next.

use super::lesson::{Given, LeftLesson};
use super::whereabouts::is_small;
use super::{Playground, file};

impl Playground {
    /// Something of the lesson was changed.
    pub(super) fn touch_lesson(&mut self) {
        if let Some(given) = &mut self.course.given {
            given.is_touched = true;
        }
    }

    /// Whether another lesson can take the place of this one, and nothing that the learner made is lost: she made nothing, or
    /// it is kept. A second time what was kept first would be, so that she is to be asked.
    pub fn can_leave_lesson(&self) -> bool {
        let Some(given) = self.course.given() else { return false };
        let is_kept = || is_small(&self.document) && !self.course.left.contains_key(&given.lesson.name);
        self.path().is_none() && (!given.is_touched || is_kept())
    }

    /// Keeps the lesson that is given, if the learner made something in it; its title.
    pub(super) fn keep_lesson(&mut self) -> Option<String> {
        let given = self.course.given().filter(|given| given.is_touched && self.can_leave_lesson())?;
        let view = file::View { axes: self.axes(), step: self.step() };
        let project = String::from_utf8(file::write(&self.document, &view)).ok()?;
        let (name, title) = (given.lesson.name.clone(), given.lesson.title.clone());
        let left = LeftLesson { project, tab: self.views.tab, given: given.memory() };
        self.course.left.insert(name, left.into());
        Some(title)
    }

    /// What was made in the lesson that is given when it was left last.
    pub fn left_lesson(&self) -> Option<&LeftLesson> {
        self.course.left.get(&self.course.given()?.lesson.name).map(AsRef::as_ref)
    }

    /// Goes on where this lesson was left.
    pub(super) fn go_on_with_lesson(&mut self) {
        let Some(left) = self.left_lesson().cloned() else { return };
        let read = file::read(left.project.as_bytes()).ok().zip(Given::recalled(left.given));
        let Some(((document, view), given)) = read else {
            return self.tell("What was kept of this lesson can't be read any more.", true);
        };
        self.course.left.remove(&given.lesson.name);
        self.keep_lesson();
        self.replace_document(document, view, None);
        // No file has it.
        self.history.amend();
        self.course.given = Some(given);
        self.show_tab(left.tab);
        self.set_as_in_lesson();
    }
}
