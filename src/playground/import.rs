//! What a file that was read becomes: a project, or an import of phrases or pairs.
//!
//! The worker has read it; only the format of projects is known here.

use super::document::Document;
use super::file;
use crate::jobs::Content;

/// What a file turned out to be.
pub(super) enum Opened {
    Project(Box<Document>, file::View),
    /// Phrases or pairs, how many were empty or there twice, and what else to say of them.
    Import {
        document: Box<Document>,
        n_left_out: usize,
        remark: Option<String>,
    },
}

/// The document in `content`.
pub(super) fn document_of(content: &Content) -> Result<Opened, file::ProjectError> {
    Ok(match content {
        Content::Project(bytes) => {
            let (document, view) = file::read(bytes)?;
            Opened::Project(Box::new(document), view)
        }
        Content::Pairs(set) => {
            Opened::Import { document: Box::new(Document::of_pairs(set)), n_left_out: set.n_repeated, remark: set.remark.clone() }
        }
        Content::Phrases(phrases) => {
            let mut document = Document::default();
            let texts = phrases.iter().map(|phrase| phrase.trim()).filter(|phrase| !phrase.is_empty());
            document.add_phrases(texts);
            let n_left_out = phrases.len() - document.phrases.len();
            Opened::Import { document: Box::new(document), n_left_out, remark: None }
        }
    })
}
