//! Reading what a verb is given: files, or `-` for standard input, with the name in every error.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use super::reading::{PairArguments, PhraseArguments, VectorArguments};
use super::{fetching, output, reading};
use crate::data::{self, DataError, Given, GivenError, PairSet, PhraseRows, Remark, VectorTable};
use crate::files;
use crate::memory::Need;
use crate::model::{Encoder, Library, ModelChoice, RecentModels, Source, VectorCache, embed_through};
use crate::playground::{Document, Lesson, lesson, lessons};
use crate::space::Vectors;

/// The bytes of a file or, for `-`, of standard input.
pub(super) fn bytes_of(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        crate::memory::ask_for_file(path)?;
        return Ok(files::read(path)?);
    }
    let (mut bytes, mut stdin) = (Vec::new(), std::io::stdin().lock());
    loop {
        // Nobody knows how much comes: before each part is read, all that was and this one are asked for.
        let length = bytes.len();
        let need = Need::of("reading standard input", "read a part of it");
        need.and("what came and the next part", &[length + PART_OF_STDIN as usize, 2]).ask()?;
        stdin.by_ref().take(PART_OF_STDIN).read_to_end(&mut bytes).context("cannot read standard input")?;
        if bytes.len() == length {
            return Ok(bytes);
        }
    }
}

/// Bytes of standard input that are read before more memory is asked for: so few that the first part is always there.
const PART_OF_STDIN: u64 = 4 << 20;

/// The file that a verb was given.
pub(super) fn given(path: &Path) -> anyhow::Result<Given> {
    let name = || path.display().to_string();
    if path.as_os_str() == "-" {
        return Given::new("-", bytes_of(path)?).with_context(name);
    }
    match Given::open(path) {
        Err(GivenError::Data(error)) => Err(error).with_context(name),
        given => Ok(given?),
    }
}

/// What `read` makes of the file at `path`, with its remarks said and its error explained.
fn read<T>(
    path: &Path,
    read: impl FnOnce(&Given) -> Result<T, DataError>,
    remarks: impl FnOnce(&T) -> &[Remark],
) -> anyhow::Result<T> {
    let name = path.display().to_string();
    let rows = read(&given(path)?).map_err(reading::with_option).with_context(|| name.clone())?;
    reading::say(&name, remarks(&rows));
    Ok(rows)
}

/// The phrases in a file, or on standard input.
pub(super) fn phrases(path: &Path, arguments: &PhraseArguments) -> anyhow::Result<PhraseRows> {
    let progress = &mut output::progress_line();
    read(path, |given| data::read_phrases(given, &arguments.reading()?, progress), |rows| &rows.remarks)
}

/// The vectors in a file, or on standard input.
pub(super) fn vectors(path: &Path, arguments: &VectorArguments) -> anyhow::Result<VectorTable> {
    read(path, |given| data::read_vectors(given, &arguments.reading()?), |rows| &rows.remarks)
}

/// The pairs in a file, or on standard input.
pub(super) fn pair_set(path: &Path, arguments: &PairArguments) -> anyhow::Result<PairSet> {
    let progress = &mut output::progress_line();
    read(path, |given| data::read_pairs(given, &arguments.reading()?, progress), |set| &set.remarks)
}

/// The pairs in a file as a document with their phrases.
pub(super) fn pairs_document(path: &Path, arguments: &PairArguments) -> anyhow::Result<Document> {
    Ok(Document::of_pairs(&pair_set(path, arguments)?))
}

/// The document of the lesson called `name`, as the window opens it.
pub(super) fn lesson_document(name: &str) -> anyhow::Result<Document> {
    Ok(lesson_named(name)?.document())
}

/// The lesson called `name`: one that comes with the program, or the one in the file of that name.
pub(super) fn lesson_named(name: &str) -> anyhow::Result<Arc<Lesson>> {
    if let Some(lesson) = lesson(name) {
        return Ok(lesson.clone());
    }
    let path = Path::new(name);
    if path.is_file() {
        let bytes = bytes_of(path)?;
        return Ok(Lesson::read(&String::from_utf8_lossy(&bytes)).with_context(|| name.to_owned())?.into());
    }
    let names = lessons().iter().map(|lesson| &*lesson.name).collect::<Vec<_>>().join(", ");
    anyhow::bail!("no lesson {name:?}: expected one of {names}, or the file of a lesson")
}

/// The model that was chosen, with what there is to say of it said.
pub(super) fn model(choice: &ModelChoice) -> anyhow::Result<Arc<dyn Encoder>> {
    model_in(&Library::default(), choice)
}

/// The same, kept in `library`.
pub(super) fn model_in(library: &Library, choice: &ModelChoice) -> anyhow::Result<Arc<dyn Encoder>> {
    fetching::fetch_if_missing(&choice.source)?;
    let model = library.open(choice, &mut output::progress_line())?;
    RecentModels::of_user().note(&placed(&choice.source));
    model.remarks().iter().for_each(|remark| output::note(remark));
    Ok(model)
}

/// The same source, wherever it is looked for from.
fn placed(source: &Source) -> Source {
    match source {
        Source::Folder(folder) => Source::Folder(std::path::absolute(folder).unwrap_or_else(|_| folder.clone())),
        other => other.clone(),
    }
}

/// Vectors of `texts` by the model of `choice`. What a server gave is kept on this machine and not asked for again; other
/// models are computed afresh, so that what comes out depends on nothing that was done before.
pub(super) fn embed(choice: &ModelChoice, model: &dyn Encoder, texts: &[&str]) -> anyhow::Result<Vectors> {
    let cache = cache_for(choice);
    let vectors = embed_through(cache.as_ref(), model, texts, &mut output::progress_line())?;
    say_cut(model, texts);
    Ok(vectors)
}

/// Where vectors by the model of `choice` are kept: those of a server are.
pub(super) fn cache_for(choice: &ModelChoice) -> Option<VectorCache> {
    matches!(choice.source, Source::Server(_)).then(VectorCache::of_user).flatten()
}

/// Says how many of `texts` the model did not read to their end.
fn say_cut(model: &dyn Encoder, texts: &[&str]) {
    let cut: Vec<&str> = texts.iter().copied().filter(|text| model.cuts(text)).collect();
    if let (Some(first), Some(limit)) = (cut.first(), model.limit()) {
        let (n, verb) = (cut.len(), if cut.len() == 1 { "is" } else { "are" });
        let first = data::excerpt(first, 60);
        output::note(&format!("{n} of {} phrases {verb} cut at {limit} tokens, the first of them {first:?}", texts.len()));
    }
}

/// What to say of an option that takes a model.
pub(super) fn model_help() -> String {
    format!("The model: {}; else the built-in all-MiniLM-L6-v2", Source::forms())
}
