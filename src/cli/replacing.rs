//! What an output may replace, looked at before the work: never what is read, and of other files only those of the
//! kind that is written.
//!
//! A kind is told by what is in a file, not by its name alone. Whether a place can be written to at all is found in
//! `files`; what a model folder may replace, in `model`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output;
use crate::files;
use crate::model::Source;

/// The option of every verb that writes a file.
#[derive(Debug, Args)]
pub struct Replacing {
    /// Replace a file of that name even if it is not of the kind that is written.
    #[arg(long)]
    pub force: bool,
}

/// What a verb writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Vectors or coordinates, in the format that the name ends in.
    Vectors,
    /// A recorded run.
    Run,
    /// A picture, in the format that the name ends in.
    Picture,
}

/// Bytes of a file by which its kind is told: as many as the first line of a table may have.
const HEAD: usize = 1 << 20;

/// Of those, the bytes within which a safetensors file says what is beside its tensors.
const SAFETENSORS_HEAD: usize = 256;

impl Replacing {
    /// Whether what a verb will find can be written to `out`, if anywhere, without loss of anything of the user's.
    ///
    /// `inputs` are the files that it reads (`-`: standard input), `model` the model.
    ///
    /// # Errors
    /// An output that is one of the inputs; one that can't be written to; one that is there and of another kind.
    pub(super) fn check(&self, out: Option<&Path>, kind: Kind, inputs: &[&Path], model: Option<&Source>) -> anyhow::Result<()> {
        let Some(out) = out else { return Ok(()) };
        inputs.iter().try_for_each(|input| refuse_input(out, input))?;
        model.map_or(Vec::new(), Source::files).iter().try_for_each(|input| refuse_input(out, input))?;
        output::check_target(out)?;
        anyhow::ensure!(
            self.force || !files::replaces(out) || kind.is_of(out, &files::head(out, HEAD)?),
            "expected {} to replace or a name that is free, got {}, which holds something else; choose another name, or replace it \
             with --force",
            kind.words(),
            out.display()
        );
        Ok(())
    }
}

/// Refuses an output that is a file of the model which is saved, and a model that replaces what is read.
pub(super) fn check_beside_model(folder: &Path, out: Option<&Path>, inputs: &[&Path]) -> anyhow::Result<()> {
    let files = Source::Folder(folder.to_owned()).files();
    let is_of_model = |path: &Path| files.iter().any(|file| files::is_same(path, file));
    if let Some(out) = out.filter(|out| is_of_model(out)) {
        anyhow::bail!(
            "expected --out beside the model that is saved, got {}, which is a file of it; choose another name",
            out.display()
        );
    }
    if let Some(input) = inputs.iter().find(|input| is_of_model(input)) {
        let (folder, input) = (folder.display(), input.display());
        anyhow::bail!(
            "expected a folder for --save-model without what is read, got {folder} with {input}; choose another folder"
        );
    }
    Ok(())
}

fn refuse_input(out: &Path, input: &Path) -> anyhow::Result<()> {
    let is_stdin = input.as_os_str() == "-";
    let is_same = if is_stdin { files::is_standard_input(out) } else { files::is_same(out, input) };
    let input: PathBuf = if is_stdin { "standard input".into() } else { input.to_owned() };
    anyhow::ensure!(
        !is_same,
        "expected --out to be another file than what is read, got {}, which is {}; choose another name",
        out.display(),
        if out == input { "the input itself".to_owned() } else { format!("the same file as {}", input.display()) }
    );
    Ok(())
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Vectors => "vectors as this program writes them",
            Self::Run => "a recorded run",
            Self::Picture => "a picture of the kind that the name ends in",
        }
    }

    /// Whether a file called `path` that begins with `head` is of this kind.
    fn is_of(self, path: &Path, head: &[u8]) -> bool {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        match (self, ending.as_str()) {
            (Self::Run, _) => has_note(head, "embedding-playground run"),
            (Self::Vectors, "safetensors") => has_note(head, "embedding-playground vectors"),
            (Self::Vectors, "npy") => head.starts_with(b"\x93NUMPY"),
            (Self::Vectors, "csv") => first_line(head).is_some_and(is_header),
            (Self::Vectors, "tsv") => first_line(head).is_some_and(is_row_of_numbers),
            (Self::Vectors, "jsonl" | "ndjson") => first_line(head).is_some_and(is_object_of_vector),
            (Self::Picture, "png" | "apng") => head.starts_with(b"\x89PNG\r\n\x1a\n"),
            (Self::Picture, "gif") => head.starts_with(b"GIF89a"),
            (Self::Picture, "svg") => is_markup(head),
            _ => false,
        }
    }
}

/// Whether the file is safetensors with a note of this name beside its tensors, which comes first.
fn has_note(head: &[u8], name: &str) -> bool {
    let notes = format!("{{\"__metadata__\":{{\"{name}\":");
    head.get(size_of::<u64>()..head.len().min(SAFETENSORS_HEAD)).is_some_and(|header| header.starts_with(notes.as_bytes()))
}

/// The first line, if it ends within `head` and is text.
fn first_line(head: &[u8]) -> Option<&str> {
    let end = head.iter().position(|byte| *byte == b'\n')?;
    std::str::from_utf8(&head[..end]).ok().map(|line| line.trim_end_matches('\r'))
}

/// `phrase,v0,v1…`, or without the phrase.
fn is_header(line: &str) -> bool {
    let columns = line.strip_prefix("phrase,").unwrap_or(line);
    columns.split(',').enumerate().all(|(index, column)| column == format!("v{index}"))
}

fn is_row_of_numbers(line: &str) -> bool {
    line.split('\t').all(|cell| cell.parse::<f64>().is_ok())
}

/// An object of a phrase, its vector and their space, and of nothing else.
fn is_object_of_vector(line: &str) -> bool {
    let Ok(serde_json::Value::Object(object)) = serde_json::from_str(line) else { return false };
    object.get("vector").is_some_and(serde_json::Value::is_array)
        && object.keys().all(|key| ["phrase", "vector", "space"].contains(&key.as_str()))
}

fn is_markup(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    text.starts_with(b"<svg") || text.starts_with(b"<?xml")
}
