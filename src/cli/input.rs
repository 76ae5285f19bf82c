//! Reading what a verb is given: files, or `-` for standard input, with the name in every error.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use super::output;
use crate::data::{self, DataError, Format, PairSet};
use crate::files;
use crate::model::{Encoder, Library, Source};
use crate::playground::{Document, lesson, lessons};

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

/// The pairs in a file, or on standard input; scores are divided by `score_max`.
pub(super) fn pair_set(path: &Path, score_max: f32) -> anyhow::Result<PairSet> {
    anyhow::ensure!(
        !format_of(path).is_of_vectors(),
        "{}: expected pairs (.csv, .tsv or .jsonl), got a file of vectors or a run",
        path.display()
    );
    let progress = &mut output::progress_line();
    let set = if path.as_os_str() == "-" {
        data::read_pairs(&mut std::io::stdin().lock(), format_of(path), score_max, 0, progress)
    } else {
        let (mut reader, n_bytes) = files::open(path)?;
        data::read_pairs(&mut reader, format_of(path), score_max, n_bytes, progress)
    };
    let set = set.map_err(|error| match error {
        DataError::Score { fits_five: true, .. } => anyhow::anyhow!("{error}: add --score-max 5"),
        error => error.into(),
    });
    let set = set.with_context(|| path.display().to_string())?;
    if let Some(remark) = &set.remark {
        output::note(&format!("{}: {remark}", path.display()));
    }
    if set.n_repeated > 0 {
        output::note(&format!("{}: {} repeated pairs are left out", path.display(), set.n_repeated));
    }
    Ok(set)
}

/// The pairs in a file as a document with their phrases.
pub(super) fn pairs_document(path: &Path) -> anyhow::Result<Document> {
    Ok(Document::of_pairs(&pair_set(path, 1.0)?))
}

/// The document of the lesson called `name`, as the window opens it.
pub(super) fn lesson_document(name: &str) -> anyhow::Result<Document> {
    let names = || lessons().iter().map(|lesson| &*lesson.name).collect::<Vec<_>>().join(", ");
    let lesson = lesson(name).with_context(|| format!("no lesson {name:?}: expected one of {}", names()))?;
    Ok(lesson.document())
}

/// The model of `source`, else the built-in one.
pub(super) fn model(source: Option<&Source>) -> anyhow::Result<Arc<dyn Encoder>> {
    let source = source.cloned().unwrap_or_default();
    Ok(Library::default().open(&source, &mut output::progress_line())?)
}

/// What to say of an option that takes a model; `after` says what it is for.
pub(super) fn model_help(after: &str) -> String {
    format!("The model{after}: {}; else the built-in all-MiniLM-L6-v2", Source::forms())
}
