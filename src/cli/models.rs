//! `models`: what is on this machine, what a model is before it is fetched, fetching it and removing it.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::fetching::{self, announce, megabytes};
use super::{input, output};
use crate::files;
use crate::model::{
    Cached, Description, Encoder, Fetched, Hub, HubId, HubIdError, Interrupted, LeftOut, Library, ModelError, RecentModels,
    Source, VectorCache, describe, embedded_bytes,
};

/// See, fetch and remove models.
#[derive(Debug, Args)]
pub struct ModelsArguments {
    /// What to do with them.
    #[command(subcommand)]
    pub verb: ModelsVerb,
}

/// What can be done with models.
#[derive(Debug, Subcommand)]
pub enum ModelsVerb {
    /// List what is on this machine and how large it is: the built-in model, those in the cache that is shared with Python,
    /// folders and servers that were used, interrupted downloads, and kept vectors.
    List {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Tell what a model is, before it is fetched.
    Info {
        /// The model.
        #[arg(value_name = "MODEL", help = input::model_help())]
        model: Source,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model of the Hugging Face Hub into the cache, or what is new of it, and check what is there.
    Fetch {
        /// The repository, OWNER/NAME, with @REVISION for another than main.
        #[arg(value_name = "ID")]
        id: HubId,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Remove a repository from the cache, all revisions of it, or the vectors that are kept of servers.
    Remove {
        /// The repository, OWNER/NAME, or the word vectors.
        #[arg(value_name = "ID|vectors")]
        what: Removable,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(arguments: &ModelsArguments) -> anyhow::Result<()> {
    match &arguments.verb {
        ModelsVerb::List { json } => list(*json),
        ModelsVerb::Info { model, json } => info(model, *json),
        ModelsVerb::Fetch { id, json } => fetch(id, *json),
        ModelsVerb::Remove { what: Removable::Repository(id), json } => remove(id, *json),
        ModelsVerb::Remove { what: Removable::Vectors, json } => remove_vectors(*json),
    }
}

/// The word for the cache of vectors.
const VECTORS: &str = "vectors";

/// What can be removed.
#[derive(Debug, Clone)]
pub enum Removable {
    /// The cache of vectors.
    Vectors,
    /// A repository of the Hub.
    Repository(HubId),
}

impl FromStr for Removable {
    type Err = HubIdError;

    fn from_str(text: &str) -> Result<Self, HubIdError> {
        if text == VECTORS { Ok(Self::Vectors) } else { text.parse().map(Self::Repository) }
    }
}

#[derive(serde::Serialize)]
struct List {
    cache: PathBuf,
    models: Vec<Entry>,
    /// Downloads that did not come to their end.
    interrupted: Vec<Interrupted>,
    /// Bytes of the vectors that are kept; nothing where none are.
    vector_bytes: Option<u64>,
}

#[derive(serde::Serialize)]
struct Entry {
    model: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revisions: Vec<String>,
    commit: Option<String>,
    bytes: Option<u64>,
    whole: bool,
    folder: Option<PathBuf>,
    /// What is wrong with it, or where its vectors are made if not on this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
}

impl From<Cached> for Entry {
    fn from(cached: Cached) -> Self {
        let Cached { id, commit, revisions, bytes, is_whole, folder } = cached;
        let (commit, bytes, folder) = (Some(commit), Some(bytes), Some(folder));
        Self { model: id.to_string(), revisions, commit, bytes, whole: is_whole, folder, state: None }
    }
}

fn list(is_json: bool) -> anyhow::Result<()> {
    let hub = Hub::from_environment();
    let (model, bytes) = (Source::Embedded.name(), Some(embedded_bytes()));
    let embedded = Entry { model, revisions: vec![], commit: None, bytes, whole: true, folder: None, state: None };
    let cached = hub.list().into_iter().map(Entry::from);
    let models: Vec<Entry> = std::iter::once(embedded).chain(cached).chain(used_elsewhere()).collect();
    let vector_bytes = VectorCache::of_user().map(|cache| cache.bytes());
    let list = List { cache: hub.cache().to_owned(), models, interrupted: hub.interrupted(), vector_bytes };
    if is_json {
        return output::print_json(&list);
    }
    let lines: String = list.models.iter().map(line_of).collect();
    let interrupted: String = list.interrupted.iter().map(interrupted_line).collect();
    let vectors = match list.vector_bytes {
        None => "vectors of servers are not kept\n".to_owned(),
        Some(0) => "no vectors of servers are kept\n".to_owned(),
        Some(bytes) => format!("vectors of servers: {}; models remove {VECTORS} removes them\n", megabytes(bytes)),
    };
    output::print_lines(&format!("{lines}{interrupted}{vectors}the cache is {}\n", list.cache.display()))
}

/// Folders and servers that were used, in the window or by a command: repositories of the Hub are listed already.
fn used_elsewhere() -> Vec<Entry> {
    let entry = |source: &Source| {
        let is_gone = matches!(source, Source::Folder(folder) if !folder.is_dir());
        let (folder, state) = match source {
            Source::Folder(folder) => (Some(folder.clone()), is_gone.then(|| "the folder is gone".to_owned())),
            Source::Server(_) => (None, Some("a server: texts go there".to_owned())),
            Source::Embedded | Source::Hub(_) | Source::Random(_) | Source::Tokens => return None,
        };
        let bytes = folder.as_ref().map(|_| source.files().iter().filter_map(|path| Some(files::stamp(path)?.1)).sum());
        Some(Entry { model: source.to_string(), revisions: vec![], commit: None, bytes, whole: !is_gone, folder, state })
    };
    RecentModels::of_user().all().iter().filter_map(entry).collect()
}

fn interrupted_line(Interrupted { id, files, bytes }: &Interrupted) -> String {
    let files = if *files == 1 { "a file".to_owned() } else { format!("{files} files") };
    let bytes = megabytes(*bytes);
    format!("{id}: {files} not whole, {bytes} of it here; models fetch {id} goes on, models remove {id} removes it\n")
}

fn line_of(entry: &Entry) -> String {
    if let Some(state) = &entry.state {
        return format!("{}: {state}\n", entry.model);
    }
    if entry.folder.is_some() && entry.commit.is_none() {
        return format!("{}: a folder that was used, {}\n", entry.model, megabytes(entry.bytes.unwrap_or_default()));
    }
    let Some(commit) = &entry.commit else {
        return format!("{}: built in, {}\n", entry.model, megabytes(entry.bytes.unwrap_or_default()));
    };
    let revisions = if entry.revisions.is_empty() { "no branch".to_owned() } else { entry.revisions.join(", ") };
    let state = if entry.whole { "" } else { ", not whole or no model for phrases" };
    format!("{}: {}, {revisions} at {commit}{state}\n", entry.model, megabytes(entry.bytes.unwrap_or_default()))
}

/// What is told of a model before it is fetched.
#[derive(serde::Serialize)]
struct Info {
    model: String,
    #[serde(flatten)]
    description: Description,
    #[serde(flatten)]
    remote: Option<Remote>,
}

/// What is told of a repository of the Hub.
#[derive(serde::Serialize)]
struct Remote {
    commit: String,
    licence: Option<String>,
    gated: bool,
    bytes: u64,
    bytes_to_fetch: u64,
    left_out: LeftOut,
    folder: Option<PathBuf>,
}

fn info(model: &Source, is_json: bool) -> anyhow::Result<()> {
    let info = match model {
        Source::Hub(id) => hub_info(id)?,
        Source::Folder(folder) => Info { model: model.to_string(), description: described(&model.name(), folder)?, remote: None },
        Source::Embedded | Source::Random(_) | Source::Tokens | Source::Server(_) => {
            let encoder = Library::default().open(&model.clone().into(), &mut output::progress_line())?;
            Info { model: model.to_string(), description: of_encoder(&*encoder), remote: None }
        }
    };
    if is_json { output::print_json(&info) } else { output::print_lines(&info.lines()) }
}

/// What the Hub says, else what the cache does where nothing may be asked.
fn hub_info(id: &HubId) -> anyhow::Result<Info> {
    let hub = Hub::from_environment();
    let progress = &mut output::progress_line();
    if hub.is_offline()
        && let Some(snapshot) = hub.cached(id)
    {
        output::note(&format!("HF_HUB_OFFLINE is set: this is {id} as it is in the cache, at {}", snapshot.commit));
        return Ok(Info { model: id.to_string(), description: described(id.name(), &snapshot.folder)?, remote: None });
    }
    let repository = hub.look(id, progress)?;
    let description = repository.describe(progress)?;
    let remote = Remote {
        commit: repository.commit().to_owned(),
        licence: repository.licence().map(str::to_owned),
        gated: repository.is_gated(),
        bytes: repository.needed_bytes(),
        bytes_to_fetch: repository.missing_bytes(),
        left_out: repository.left_out(),
        folder: hub.cached(id).map(|snapshot| snapshot.folder),
    };
    Ok(Info { model: id.to_string(), description, remote: Some(remote) })
}

/// What the small files in `folder` say of the model called `name`.
fn described(name: &str, folder: &Path) -> anyhow::Result<Description> {
    let mut read = |name: &str| {
        let path = folder.join(name);
        if files::is_there(&path) { Ok(Some(files::read(&path)?)) } else { Ok::<_, ModelError>(None) }
    };
    anyhow::ensure!(folder.is_dir(), ModelError::NotThere { folder: folder.to_owned() });
    describe(name, &mut read).with_context(|| folder.display().to_string())
}

/// What a model that is open says of itself.
fn of_encoder(encoder: &dyn Encoder) -> Description {
    Description {
        architecture: encoder.name().to_owned(),
        dims: Some(encoder.dims()),
        limit: encoder.limit(),
        can_learn: encoder.trainable().is_some(),
        prompts: encoder.prompts().to_vec(),
        remarks: encoder.remarks().to_vec(),
        ..Description::default()
    }
}

impl Info {
    fn lines(&self) -> String {
        let Description { architecture, dims, limit, pooling, normalised, can_learn, prompts, default_prompt, remarks } =
            &self.description;
        let number = |number: &Option<usize>| number.map(|number| number.to_string());
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let prompts: Vec<&str> = prompts.iter().map(|prompt| prompt.name.as_str()).collect();
        let mut rows = vec![
            ("model", Some(self.model.clone())),
            ("architecture", Some(architecture.clone()).filter(|name| !name.is_empty())),
            ("dimensions", number(dims)),
            ("tokens at most", number(limit)),
            ("pooling", pooling.as_ref().map(ToString::to_string)),
            ("normalised", pooling.as_ref().map(|_| yes(*normalised))),
            ("can learn", Some(yes(*can_learn))),
            ("prompts", (!prompts.is_empty()).then(|| prompts.join(", "))),
            ("default prompt", default_prompt.clone()),
        ];
        rows.extend(self.remote.iter().flat_map(Remote::rows));
        rows.extend(remarks.iter().map(|remark| ("note", Some(remark.clone()))));
        let line = |(name, value): (&str, Option<String>)| value.map(|value| format!("{name:<16}{value}\n"));
        rows.into_iter().filter_map(line).collect()
    }
}

impl Remote {
    fn rows(&self) -> Vec<(&'static str, Option<String>)> {
        let here = match &self.folder {
            Some(folder) => format!("in {}", folder.display()),
            None => format!("no; {} to fetch", megabytes(self.bytes_to_fetch)),
        };
        vec![
            ("licence", Some(self.licence.clone().unwrap_or_else(|| "not said".to_owned()))),
            ("gated", Some(if self.gated { "yes: accept its conditions first" } else { "no" }.to_owned())),
            ("commit", Some(self.commit.clone())),
            ("size", Some(megabytes(self.bytes))),
            ("left out", Some(fetching::left_out(self.left_out))),
            ("on this machine", Some(here)),
        ]
    }
}

#[derive(serde::Serialize)]
struct Fetch {
    model: String,
    folder: PathBuf,
    commit: String,
    bytes: u64,
    bytes_fetched: u64,
    left_out: LeftOut,
}

/// The built-in model by its bare name is no repository to be fetched or removed.
fn check_not_built_in(id: &HubId) -> anyhow::Result<()> {
    let is_built_in = id.revision().is_none() && id.to_string() == Source::Embedded.name();
    anyhow::ensure!(
        !is_built_in,
        "expected a repository of the Hub, got {id}, which is compiled into this program: it is always there"
    );
    Ok(())
}

fn fetch(id: &HubId, is_json: bool) -> anyhow::Result<()> {
    check_not_built_in(id)?;
    let hub = Hub::from_environment();
    let Fetched { snapshot, bytes, came, left_out } =
        hub.fetch(id, &mut |repository, _| announce(&hub, repository), &mut output::progress_line())?;
    let fetch =
        Fetch { model: id.to_string(), folder: snapshot.folder, commit: snapshot.commit, bytes, bytes_fetched: came, left_out };
    if is_json {
        return output::print_json(&fetch);
    }
    let came = if came == 0 { "all of it was there".to_owned() } else { format!("{} came", megabytes(came)) };
    output::print_lines(&format!(
        "{}\n{} at {}, {}, {came}; every hash is right; left out: {}\n",
        fetch.folder.display(),
        fetch.model,
        fetch.commit,
        megabytes(fetch.bytes),
        fetching::left_out(fetch.left_out)
    ))
}

#[derive(serde::Serialize)]
struct Remove {
    model: String,
    folder: PathBuf,
    bytes: u64,
    shared_files: usize,
}

fn remove(id: &HubId, is_json: bool) -> anyhow::Result<()> {
    check_not_built_in(id)?;
    anyhow::ensure!(
        id.revision().is_none(),
        "expected a repository without a revision, got {id}: all revisions of it go; leave @REVISION out"
    );
    let removed = Hub::from_environment().remove(id)?;
    let remove =
        Remove { model: id.to_string(), folder: removed.folder, bytes: removed.bytes, shared_files: removed.shared_files };
    if is_json {
        return output::print_json(&remove);
    }
    let shared = match remove.shared_files {
        0 => String::new(),
        n => format!("; {n} files that the cache shares between repositories stay in it"),
    };
    output::print_lines(&format!("removed {}: {}, {}{shared}\n", remove.model, remove.folder.display(), megabytes(remove.bytes)))
}

fn remove_vectors(is_json: bool) -> anyhow::Result<()> {
    let bytes = VectorCache::of_user().map(|cache| cache.remove_all()).transpose()?.unwrap_or(0);
    if is_json {
        return output::print_json(&serde_json::json!({ "removed": VECTORS, "bytes": bytes }));
    }
    output::print_lines(&format!("removed the vectors of servers, {}\n", megabytes(bytes)))
}
