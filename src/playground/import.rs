//! What a file turned out to be: a project, pairs or phrases.

use std::path::Path;

use super::{Document, file};
use crate::data::{self, DataError, Format};

/// What a file turned out to be.
pub(super) enum Opened {
    Project(Box<Document>, file::View),
    /// Phrases or pairs, and how many were empty or there twice.
    Import(Box<Document>, usize),
}

/// A project by its ending, else pairs if the file has columns, else phrases.
pub(super) fn read_any(path: &Path, bytes: &[u8]) -> Result<Opened, String> {
    let name = path.to_string_lossy();
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(file::ENDING)) {
        let (document, view) = file::read(bytes).map_err(|error| error.to_string())?;
        return Ok(Opened::Project(Box::new(document), view));
    }
    let format = Format::of_name(&name);
    let mut document = Document::default();
    let n_left_out = match format {
        Format::Lines => data::read_phrases(bytes, format, None).map(|phrases| add_all(&mut document, &phrases)),
        Format::Npy => {
            return Err("expected phrases, pairs or a project, got a file of vectors; open the file the vectors were made from"
                .to_owned());
        }
        _ => read_table(&mut document, bytes, format),
    };
    let n_left_out = n_left_out.map_err(|error| error.to_string())?;
    Ok(Opened::Import(Box::new(document), n_left_out))
}

/// A table with a column of phrases is phrases; any other is pairs, by name or by order. Returns how many were there twice.
fn read_table(document: &mut Document, bytes: &[u8], format: Format) -> Result<usize, DataError> {
    let column_of_phrases = |column| data::read_phrases(bytes, format, Some(column)).ok();
    if let Some(phrases) = ["phrase", "text", "sentence"].into_iter().find_map(column_of_phrases) {
        return Ok(add_all(document, &phrases));
    }
    let pairs = data::read_pairs(bytes, format)?;
    document.add_pairs(&pairs);
    Ok(pairs.len() - document.pairs.len())
}

/// Returns how many were empty or there already.
fn add_all(document: &mut Document, phrases: &[String]) -> usize {
    for phrase in phrases.iter().map(|phrase| phrase.trim()).filter(|phrase| !phrase.is_empty()) {
        document.add_phrase(phrase, None);
    }
    phrases.len() - document.phrases.len()
}
