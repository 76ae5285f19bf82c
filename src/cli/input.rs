//! Reading what a verb is given: files, or `-` for standard input, with the name in every error.

use std::io::Read;
use std::path::Path;

use anyhow::Context;

use crate::data::{self, Format};
use crate::files;
use crate::model::{self, SentenceEncoder};
use crate::playground::Document;

/// The bytes of a file or, for `-`, of standard input.
pub(super) fn bytes_of(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        return Ok(files::read(path)?);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    Ok(bytes)
}

/// What the end of a file's name says; standard input is lines.
pub(super) fn format_of(path: &Path) -> Format {
    Format::of_name(&path.to_string_lossy())
}

/// The format that vectors are to be written in.
pub(super) fn vectors_format_of(path: &Path) -> anyhow::Result<Format> {
    let format = Format::of_vectors(&path.to_string_lossy());
    format.with_context(|| format!("{}: expected a name that ends in .npy, .tsv, .csv or .jsonl", path.display()))
}

/// The pairs in a file as a document with their phrases.
pub(super) fn pairs_document(path: &Path) -> anyhow::Result<Document> {
    let pairs = data::read_pairs(&bytes_of(path)?, format_of(path)).with_context(|| path.display().to_string())?;
    let mut document = Document::default();
    document.add_pairs(&pairs);
    Ok(document)
}

/// The built-in model, or the one in `folder`.
pub(super) fn encoder(folder: Option<&Path>) -> anyhow::Result<SentenceEncoder> {
    Ok(match folder {
        Some(folder) => model::open_folder(folder)?,
        None => model::embedded()?,
    })
}
