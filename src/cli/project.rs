//! `project`: vectors to coordinates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::choice::choice;
use super::reading::VectorArguments;
use super::replacing::Guard;
use super::tables::{Place, TableArguments};
use super::{input, output};
use crate::choice::Choice;
use crate::data::{Numbers, Shape, TableFormat, VectorTable};
use crate::numbers::Real;
use crate::space::{
    Coordinates, Fidelity, Method, ProjectionError, SpaceId, Unfolding, UnfoldingSettings, Vectors, coordinates_table,
};

/// Draw vectors on a few axes, or as a map of who is near whom.
#[derive(Debug, Args)]
pub struct ProjectArguments {
    /// Vectors: .npy, .npz, .safetensors, .tsv, .csv, .jsonl, .json, .parquet, word2vec or GloVe text; several files of one space are drawn together.
    #[arg(required = true)]
    pub vectors: Vec<PathBuf>,
    /// What made the vectors of files that do not say it: a model's name, or a space as `embed` prints it.
    #[arg(long, value_name = "NAME")]
    pub space: Option<String>,
    /// How they are read.
    #[command(flatten)]
    pub reading: VectorArguments,
    /// How the axes are found.
    #[arg(long, default_value = Method::default().name(), value_parser = choice::<Method>())]
    pub method: Method,
    /// How many axes.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=3))]
    pub dims: u8,
    /// Decides what is drawn: random axes, the points that UMAP keeps apart, landmarks of large diffusion maps.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// t-SNE: how many neighbours count, about [default: 30].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub perplexity: Option<u32>,
    /// UMAP: how many vectors make a neighbourhood [default: 15].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub neighbours: Option<u32>,
    /// Where to: .npy, .safetensors, .tsv, .csv, .jsonl or .parquet, or a folder for the projector (FOLDER/); else
    /// tab-separated numbers on stdout.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// How the coordinates are written.
    #[command(flatten)]
    pub table: TableArguments,
    /// Print coordinates, shares and how faithful they are as one JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(serde::Serialize)]
struct Summary<'a> {
    method: &'static str,
    vectors: usize,
    dims: usize,
    space: String,
    files: Vec<FileSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variance_share: Option<&'a [f64]>,
    trustworthiness: Option<f64>,
    continuity: Option<f64>,
    /// Neighbours that these two compare, and of how many vectors.
    neighbours: Option<usize>,
    vectors_compared: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caution: Option<&'static str>,
    notes: &'a [String],
    phrases: &'a [String],
    coordinates: Vec<&'a [f64]>,
}

/// How many of the coordinates, in their order, are of which file.
#[derive(serde::Serialize)]
struct FileSummary<'a> {
    file: &'a Path,
    vectors: usize,
}

/// The vectors of one file with their phrases.
struct Loaded {
    path: PathBuf,
    phrases: Vec<String>,
    vectors: Wide,
}

/// Vectors as wide as their file has them.
enum Wide {
    F32(Vectors),
    F64(Vectors<f64>),
}

impl Wide {
    fn new(space: SpaceId, numbers: Numbers) -> Self {
        match numbers {
            Numbers::F32(values) => Self::F32(Vectors::new(space, values)),
            Numbers::F64(values) => Self::F64(Vectors::new(space, values)),
        }
    }

    fn space(&self) -> &SpaceId {
        match self {
            Self::F32(vectors) => vectors.space(),
            Self::F64(vectors) => vectors.space(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::F32(vectors) => vectors.len(),
            Self::F64(vectors) => vectors.len(),
        }
    }

    fn widened(&self) -> Vectors<f64> {
        match self {
            Self::F32(vectors) => vectors.widened(),
            Self::F64(vectors) => vectors.clone(),
        }
    }

    fn narrow(&self) -> Option<&Vectors> {
        match self {
            Self::F32(vectors) => Some(vectors),
            Self::F64(_) => None,
        }
    }

    fn drawn(&self, arguments: &ProjectArguments) -> Result<Drawn, ProjectionError> {
        match self {
            Self::F32(vectors) => drawn(vectors, arguments),
            Self::F64(vectors) => drawn(vectors, arguments),
        }
    }
}

/// Where vectors lie, and what is to be said of it.
struct Drawn {
    points: Coordinates,
    /// Of each axis, where there are axes.
    shares: Option<Vec<f64>>,
    fidelity: Option<Fidelity>,
    notes: Vec<String>,
}

fn drawn<R: Real>(vectors: &Vectors<R>, arguments: &ProjectArguments) -> Result<Drawn, ProjectionError> {
    let (method, n_axes, seed) = (arguments.method, usize::from(arguments.dims), arguments.seed);
    let mut drawn = if method.has_directions() {
        let axes = method.fit(vectors, n_axes, seed)?;
        Drawn { points: axes.project(vectors)?, shares: Some(axes.shares()), fidelity: None, notes: Vec::new() }
    } else {
        unfolded(vectors, arguments)?
    };
    if arguments.json || !method.has_directions() {
        drawn.fidelity = Fidelity::of(vectors, &drawn.points, seed, &mut output::progress_line());
    }
    Ok(drawn)
}

fn unfolded<R: Real>(vectors: &Vectors<R>, arguments: &ProjectArguments) -> Result<Drawn, ProjectionError> {
    let (method, n_axes, progress) = (arguments.method, usize::from(arguments.dims), &mut output::progress_line());
    let default = UnfoldingSettings::default();
    let settings = UnfoldingSettings {
        perplexity: arguments.perplexity.map_or(default.perplexity, f64::from),
        n_neighbours: arguments.neighbours.map_or(default.n_neighbours, |number| number as usize),
    };
    let begun = Unfolding::begin(method, vectors, n_axes, arguments.seed, settings, progress)?;
    let cancelled = || ProjectionError::Failed { wanted: "a map", got: "the wish to stop".to_owned() };
    let mut map = begun.ok_or_else(cancelled)?;
    if map.advance(map.n_epochs(), progress).is_break() {
        return Err(cancelled());
    }
    Ok(Drawn { points: map.places(), shares: None, fidelity: None, notes: map.notes().to_vec() })
}

pub(super) fn run(arguments: &ProjectArguments) -> anyhow::Result<()> {
    check_settings(arguments)?;
    let place = place_of(arguments)?;
    let read = |path: &PathBuf| load(path, &arguments.reading, arguments.space.as_deref());
    let files: Vec<Loaded> = arguments.vectors.iter().map(read).collect::<Result<_, _>>()?;
    let (vectors, phrases) = join(&files)?;
    let name = || arguments.vectors.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ");
    let drawn = vectors.drawn(arguments).with_context(name)?;
    drawn.notes.iter().for_each(|text| output::note(text));
    if let Some(place) = &place {
        let phrases: Vec<Arc<str>> = phrases.iter().map(|phrase| phrase.as_str().into()).collect();
        place.write(&coordinates_table(&phrases, &drawn.points, vectors.space()))?;
    }
    if arguments.json {
        return output::print_json(&summary(arguments, &drawn, vectors.space(), &files, &phrases));
    }
    say_of(&drawn, arguments.method);
    if place.is_none() {
        let lines: Vec<String> =
            drawn.points.points().map(|point| point.iter().map(f64::to_string).collect::<Vec<_>>().join("\t")).collect();
        output::print_text(&(lines.join("\n") + "\n"))?;
    }
    Ok(())
}

/// What the axes keep, or how faithful a map without axes is.
fn say_of(drawn: &Drawn, method: Method) {
    let n = drawn.points.points().len();
    if let Some(shares) = &drawn.shares {
        let shares: Vec<String> = shares.iter().map(|share| format!("{:.1} %", share * 100.0)).collect();
        output::say(&format!("{n} vectors; the axes keep {} of the variance", shares.join(" + ")));
    } else if let Some(Fidelity { k, n_rows, trustworthiness, continuity, .. }) = drawn.fidelity {
        let compared = if n_rows < n { format!(", of {n_rows} of them") } else { String::new() };
        output::say(&format!(
            "{n} vectors; trustworthiness {trustworthiness:.3}, continuity {continuity:.3} (nearest {k} of each{compared})"
        ));
    } else {
        output::say(&format!("{n} vectors; too few to say how faithful the map is"));
    }
    method.caution().into_iter().for_each(output::note);
}

/// Refuses settings of another method than the one that is asked for.
fn check_settings(arguments: &ProjectArguments) -> anyhow::Result<()> {
    for (option, is_given, method) in [
        ("--perplexity", arguments.perplexity.is_some(), Method::Tsne),
        ("--neighbours", arguments.neighbours.is_some(), Method::Umap),
    ] {
        let (wanted, got) = (method.name(), arguments.method.name());
        anyhow::ensure!(!is_given || method == arguments.method, "expected --method {wanted} with {option}, got --method {got}");
    }
    Ok(())
}

/// The vectors in a file, in the space that it names, or that `named` says where it names none.
fn load(path: &Path, reading: &VectorArguments, named: Option<&str>) -> anyhow::Result<Loaded> {
    let VectorTable { numbers, dims, phrases, space, .. } = input::vectors(path, reading)?;
    let space = match (space.as_deref().or(named), &numbers) {
        (Some(name), _) => SpaceId::named(name, dims),
        (None, Numbers::F32(values)) => SpaceId::unknown(dims, values),
        (None, Numbers::F64(values)) => SpaceId::unknown(dims, values),
    };
    Ok(Loaded { path: path.to_owned(), phrases, vectors: Wide::new(space, numbers) })
}

/// All vectors as one set, as wide as the widest, if they are of one space; the refusal names the two files.
fn join(files: &[Loaded]) -> anyhow::Result<(Wide, Vec<String>)> {
    let (first, others) = files.split_first().context("expected a file of vectors, got none")?;
    for other in others {
        first.vectors.space().check_same(other.vectors.space()).map_err(|mismatch| {
            let hint = if mismatch.left.is_unknown() || mismatch.right.is_unknown() { "; --space NAME names it" } else { "" };
            anyhow::anyhow!("{} and {}: {mismatch}{hint}", first.path.display(), other.path.display())
        })?;
    }
    let narrow: Option<Vec<&Vectors>> = files.iter().map(|file| file.vectors.narrow()).collect();
    let vectors = match narrow.as_deref() {
        Some([first, others @ ..]) => Wide::F32(Vectors::join(first, others.iter().copied())?),
        _ => {
            let wide: Vec<Vectors<f64>> = others.iter().map(|file| file.vectors.widened()).collect();
            Wide::F64(Vectors::join(&first.vectors.widened(), &wide)?)
        }
    };
    let all_named = files.iter().all(|file| !file.phrases.is_empty());
    let phrases = if all_named { files.iter().flat_map(|file| file.phrases.iter().cloned()).collect() } else { Vec::new() };
    Ok((vectors, phrases))
}

fn summary<'a>(
    arguments: &ProjectArguments,
    drawn: &'a Drawn,
    space: &SpaceId,
    files: &'a [Loaded],
    phrases: &'a [String],
) -> Summary<'a> {
    Summary {
        method: arguments.method.name(),
        vectors: drawn.points.points().len(),
        dims: space.dims,
        space: space.to_string(),
        files: files.iter().map(|file| FileSummary { file: &file.path, vectors: file.vectors.len() }).collect(),
        variance_share: drawn.shares.as_deref(),
        trustworthiness: drawn.fidelity.map(|fidelity| fidelity.trustworthiness),
        continuity: drawn.fidelity.map(|fidelity| fidelity.continuity),
        neighbours: drawn.fidelity.map(|fidelity| fidelity.k),
        vectors_compared: drawn.fidelity.map(|fidelity| fidelity.n_rows),
        caution: arguments.method.caution(),
        notes: &drawn.notes,
        phrases,
        coordinates: drawn.points.points().collect(),
    }
}

/// Where the coordinates go, unless they are printed.
fn place_of(arguments: &ProjectArguments) -> anyhow::Result<Option<Place>> {
    let ProjectArguments { out, table, json, .. } = arguments;
    let is_written = out.is_some() || table.format.is_some();
    anyhow::ensure!(out.is_some() || !(is_written && *json), "expected --out FILE with --format and --json, got no file");
    let inputs = arguments.vectors.iter().map(PathBuf::as_path).collect();
    let guard = Guard { replacing: &table.writing.replacing, inputs, model: None };
    is_written.then(|| table.place(out.as_deref(), Shape::Vectors, TableFormat::Tsv, &guard)).transpose()
}
