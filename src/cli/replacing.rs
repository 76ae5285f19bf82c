//! What an output may replace, looked at before the work: never what is read, and of other files only those of the
//! kind that is written.
//!
//! A kind is told by what is in a file, not by its name alone. Whether a place can be written to at all is found in
//! `files`; what a model folder may replace, in `model`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::handout::MARK;
use super::output;
use crate::choice::Choice;
use crate::data::{self, Given, PROJECTOR_FILES, PROJECTOR_FOLDER, Reading, Shape, TableFormat};
use crate::files;
use crate::model::Source;
use crate::train::Measure;

/// The option of every verb that writes a file.
#[derive(Debug, Clone, Args)]
pub struct Replacing {
    /// Replace a file of that name even if it is not of the kind that is written.
    #[arg(long)]
    pub force: bool,
}

/// What a verb writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A table of that shape in that format.
    Table(TableFormat, Shape),
    /// A recorded run.
    Run,
    /// A picture, in the format that the name ends in.
    Picture,
    /// A page of lessons.
    Handout,
}

/// What a verb must not lose.
pub(super) struct Guard<'a> {
    /// What the user said of it.
    pub(super) replacing: &'a Replacing,
    /// Files that are read (`-`: standard input).
    pub(super) inputs: Vec<&'a Path>,
    /// The model that is read.
    pub(super) model: Option<&'a Source>,
}

/// Bytes of a file by which its kind is told: as many as the first line of a table may have.
const HEAD: usize = 1 << 20;

/// Of those, the bytes within which a safetensors file says what is beside its tensors.
const SAFETENSORS_HEAD: usize = 256;

impl Guard<'_> {
    /// Whether what a verb will find can be written to `out`, if anywhere, without loss of anything of the user's.
    ///
    /// # Errors
    /// An output that is one of the inputs; one that can't be written to; one that is there and of another kind.
    pub(super) fn check(&self, out: Option<&Path>, kind: Kind) -> anyhow::Result<()> {
        let Some(out) = out else { return Ok(()) };
        if let Kind::Table(TableFormat::Projector, _) = kind {
            return self.check_folder(out);
        }
        self.refuse_inputs(out)?;
        output::check_target(out)?;
        anyhow::ensure!(
            self.replacing.force || !files::replaces(out) || kind.is_of(out)?,
            "expected {} to replace or a name that is free, got {}, which holds something else; choose another name, or replace it \
             with --force",
            kind.words(),
            out.display()
        );
        Ok(())
    }

    fn refuse_inputs(&self, out: &Path) -> anyhow::Result<()> {
        self.inputs.iter().try_for_each(|input| refuse_input(out, input))?;
        self.model.map_or(Vec::new(), Source::files).iter().try_for_each(|input| refuse_input(out, input))
    }

    fn check_folder(&self, folder: &Path) -> anyhow::Result<()> {
        PROJECTOR_FILES.iter().try_for_each(|name| self.refuse_inputs(&folder.join(name)))?;
        Ok(files::check_folder(folder, PROJECTOR_FOLDER)?)
    }
}

/// Refuses outputs that are files of the model which is saved, and a model that replaces what is read.
pub(super) fn check_beside_model(folder: &Path, outs: [Option<&Path>; 3], inputs: &[&Path]) -> anyhow::Result<()> {
    let files = Source::Folder(folder.to_owned()).files();
    let is_of_model = |path: &Path| files.iter().any(|file| files::is_same(path, file));
    if let Some(out) = outs.into_iter().flatten().find(|out| is_of_model(out)) {
        anyhow::bail!(
            "expected an output beside the model that is saved, got {}, which is a file of it; choose another name",
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
        "expected an output that is another file than what is read, got {}, which is {}; choose another name",
        out.display(),
        if out == input { "the input itself".to_owned() } else { format!("the same file as {}", input.display()) }
    );
    Ok(())
}

impl Kind {
    fn words(self) -> String {
        match self {
            Self::Table(format, _) => format!("a table as this program writes it as {}", format.name()),
            Self::Run => "a recorded run".to_owned(),
            Self::Handout => "a handout as this program writes it".to_owned(),
            Self::Picture => "a picture of the kind that the name ends in".to_owned(),
        }
    }

    /// Whether the file at `path` is of this kind.
    fn is_of(self, path: &Path) -> anyhow::Result<bool> {
        let head = files::head(path, HEAD)?;
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        Ok(match self {
            Self::Run => has_note(&head, "embedding-playground run"),
            Self::Picture => is_picture(&ending, &head),
            Self::Handout => String::from_utf8_lossy(&head).contains(MARK),
            Self::Table(TableFormat::Safetensors, _) => has_note(&head, "embedding-playground vectors"),
            Self::Table(TableFormat::Npy, _) => is_array(&head),
            Self::Table(TableFormat::Tsv, Shape::Vectors) => first_line(&head).is_some_and(is_row_of_numbers),
            Self::Table(format @ (TableFormat::Csv | TableFormat::Tsv), Shape::Matrix) => is_matrix(&head, format),
            Self::Table(TableFormat::Csv, shape) => first_line(&head).is_some_and(|line| is_header(line, ',', shape)),
            Self::Table(TableFormat::Tsv, shape) => first_line(&head).is_some_and(|line| is_header(line, '\t', shape)),
            Self::Table(TableFormat::Jsonl, shape) => first_line(&head).is_some_and(|line| is_object(line, shape)),
            Self::Table(TableFormat::Parquet, shape) => is_parquet(path, shape)?,
            // Only its own files in a folder are replaced.
            Self::Table(TableFormat::Projector, _) => true,
        })
    }
}

/// Whether it is an array of the kind that this program writes: rows of floating-point numbers.
fn is_array(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b"\x93NUMPY\x01\x00") else { return false };
    let header = String::from_utf8_lossy(&rest[..rest.len().min(128)]);
    let sizes = header.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(sizes, _)| sizes);
    let n_axes = sizes.split(',').filter(|size| !size.trim().is_empty()).count();
    ["'<f4'", "'<f8'"].iter().any(|kind| header.contains(kind)) && n_axes == 2
}

fn is_picture(ending: &str, head: &[u8]) -> bool {
    match ending {
        "png" | "apng" => head.starts_with(b"\x89PNG\r\n\x1a\n"),
        "gif" => head.starts_with(b"GIF89a"),
        "svg" => is_markup(head),
        _ => false,
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

/// Whether `names` are those of a table of `shape` as this program writes it. A matrix has a column for each phrase. A
/// table of pairs is never known as written here: it may as well be what its user collected.
fn are_ours(names: &[&str], shape: Shape) -> bool {
    const NEIGHBOURS: [&str; 4] = ["phrase", "rank", "neighbour", "cosine"];
    const AGREEMENT: [&str; 7] = ["measure", "left", "right", "value", "mean", "spread", "shuffled_mean"];
    let are = |known: &[&str]| known.iter().all(|name| names.contains(name)) && names.len() <= known.len() + 1;
    let curves: Vec<&str> = ["step", "batch_loss"].into_iter().chain(Measure::ALL.iter().map(|measure| measure.name())).collect();
    match shape {
        Shape::Matrix => are(&["phrase", "similarity"]),
        Shape::Vectors => are_vectors(names),
        Shape::Records => are(&NEIGHBOURS) || are(&AGREEMENT) || are(&curves),
    }
}

/// Whether a table is a matrix under the names of its rows: the first row is called as the first column.
fn is_matrix(head: &[u8], format: TableFormat) -> bool {
    let ending = if format == TableFormat::Csv { "csv" } else { "tsv" };
    // The last line at hand may be cut.
    let end = if head.len() < HEAD { head.len() } else { head.iter().rposition(|byte| *byte == b'\n').unwrap_or(0) };
    let Ok(given) = Given::new(format!("old.{ending}"), head[..end].to_vec()) else { return false };
    let reading = Reading {
        header: Some(true),
        separator: Some(if format == TableFormat::Csv { b',' } else { b'\t' }),
        ..Reading::default()
    };
    let Ok(old) = data::preview(&given, &reading, Some(data::Meaning::Vectors)) else { return false };
    let [first, others @ ..] = old.columns.as_slice() else { return false };
    let is_number = |cell: Option<&String>| cell.is_some_and(|cell| cell.parse::<f64>().is_ok());
    first.name == "phrase"
        && others.first().is_some_and(|other| first.cells.first() == Some(&data::excerpt(&other.name, 80)))
        && others.iter().all(|other| is_number(other.cells.first()))
}

/// Whether `names` are those of vectors: of their phrases, groups and space, and of one list or of each number.
fn are_vectors(names: &[&str]) -> bool {
    let numbers: Vec<&str> = names.iter().copied().filter(|name| !["phrase", "group", "space"].contains(name)).collect();
    let are_counted = numbers.iter().enumerate().all(|(index, name)| *name == format!("v{index}"));
    numbers == ["vector"] || (!numbers.is_empty() && are_counted)
}

fn is_header(line: &str, separator: char, shape: Shape) -> bool {
    are_ours(&line.split(separator).collect::<Vec<_>>(), shape)
}

fn is_row_of_numbers(line: &str) -> bool {
    line.split('\t').all(|cell| cell.parse::<f64>().is_ok())
}

fn is_object(line: &str, shape: Shape) -> bool {
    let Ok(serde_json::Value::Object(object)) = serde_json::from_str(line) else { return false };
    are_ours(&object.keys().map(String::as_str).collect::<Vec<_>>(), shape)
}

/// What is in a Parquet file stands at its end.
fn is_parquet(path: &Path, shape: Shape) -> anyhow::Result<bool> {
    let given = Given::open(path)?;
    let old = data::preview(&given, &Reading::default(), None);
    Ok(old.is_ok_and(|old| are_ours(&old.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), shape)))
}

fn is_markup(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    text.starts_with(b"<svg") || text.starts_with(b"<?xml")
}
