//! What one start of the program leaves to the next: where the user was, and what no file has yet.
//!
//! How it is taken from the playground and taken up again is in `session.rs`; where it is kept is the window's.

use std::path::PathBuf;

use super::document::Document;
use super::file;
use super::lesson::{Course, CourseMemory, Draft};
use crate::data::excerpt;
use crate::jobs::Occasion;

/// A document of more bytes than this is not kept beside a file that has it all.
const MAX_TWICE: usize = 4 << 20;

/// What a project file has around each phrase, and for each pair, about.
const AROUND_PHRASE: usize = 60;
const AROUND_PAIR: usize = 200;

/// Where the user was.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Session {
    /// When this was written, in seconds since the beginning of 1970.
    pub written: u64,
    /// What the document is, in a few words.
    pub about: String,
    /// Whether the window was closed as it should be.
    pub is_closed: bool,
    /// The fault by which the program broke off, if it did.
    pub fault: Option<String>,
    /// The file it came from or was saved to.
    pub path: Option<PathBuf>,
    /// The print of what was in that file.
    pub print: Option<u64>,
    /// Whether it had changes that no file has.
    pub is_unsaved: bool,
    /// The tab that was shown.
    pub tab: String,
    /// The phrase that was selected.
    pub selected: Option<String>,
    /// The pace of playing, as a multiple of the usual one; 0 where it is not known.
    pub speed: f64,
    /// What lessons remember.
    pub course: CourseMemory,
    /// The lesson that was being made.
    pub lesson_draft: Option<Draft>,
    /// The project as its file has it; empty where that file has it all, and it is large.
    pub project: String,
}

impl Session {
    /// The session in `bytes`.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Whether the user is to be asked about it: there is something that no file has, and he did not close the window; or
    /// the program broke off by a fault.
    pub fn is_to_be_offered(&self) -> bool {
        !self.is_closed && (self.is_unsaved || self.fault.is_some())
    }
}

/// The same at hand, to be written later and elsewhere: it shares its lists with the playground.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    pub(super) document: Document,
    pub(super) view: file::View,
    pub(super) course: Course,
    /// What else there is to say, without what is made from these.
    pub(super) rest: Session,
}

impl Whereabouts {
    /// Written out, as of that second and on that occasion.
    pub fn session(&self, written: u64, occasion: Occasion<'_>) -> Session {
        let has_it_all = self.rest.path.is_some() && !self.rest.is_unsaved;
        let is_kept = !has_it_all || is_small(&self.document);
        let project = if is_kept { file::write(&self.document, &self.view) } else { Vec::new() };
        Session {
            written,
            about: self.about(),
            is_closed: occasion == Occasion::Closing,
            fault: if let Occasion::Fault(what) = occasion { Some(what.to_owned()) } else { None },
            project: String::from_utf8(project).unwrap_or_default(),
            course: self.course.memory(),
            ..self.rest.clone()
        }
    }

    /// The bytes of the same.
    pub fn page(&self, written: u64, occasion: Occasion<'_>) -> Vec<u8> {
        serde_json::to_vec(&self.session(written, occasion)).unwrap_or_default()
    }

    fn about(&self) -> String {
        let Document { phrases, pairs, .. } = &self.document;
        let counted = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
        let last = phrases.last().map_or(String::new(), |phrase| format!(", the last “{}”", excerpt(&phrase.text, 40)));
        format!("{} and {}{last}", counted(phrases.len(), "phrase"), counted(pairs.len(), "pair"))
    }
}

/// Whether a document is kept beside what has it all, or beside others.
pub(super) fn is_small(document: &Document) -> bool {
    let texts: usize = document.phrases.iter().map(|phrase| phrase.text.len() + AROUND_PHRASE).sum();
    texts + document.pairs.len() * AROUND_PAIR <= MAX_TWICE
}
