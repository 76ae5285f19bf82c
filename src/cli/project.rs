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
use crate::space::{Coordinates, MapAxes, Method, ProjectionError, SpaceId, Vectors, coordinates_table};

/// Draw vectors on a few axes.
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
    /// Decides the axes of a random projection.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Where to: .npy, .safetensors, .tsv, .csv, .jsonl or .parquet, or a folder for the projector (FOLDER/); else
    /// tab-separated numbers on stdout.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// How the coordinates are written.
    #[command(flatten)]
    pub table: TableArguments,
    /// Print coordinates and shares as one JSON object.
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
    variance_share: Vec<f64>,
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

    /// Axes fitted to the vectors, and where they lie on these.
    fn drawn(&self, arguments: &ProjectArguments) -> Result<(MapAxes, Coordinates), ProjectionError> {
        let (method, n_axes, seed) = (arguments.method, usize::from(arguments.dims), arguments.seed);
        let axes = match self {
            Self::F32(vectors) => method.fit(vectors, n_axes, seed)?,
            Self::F64(vectors) => method.fit(vectors, n_axes, seed)?,
        };
        let points = match self {
            Self::F32(vectors) => axes.project(vectors)?,
            Self::F64(vectors) => axes.project(vectors)?,
        };
        Ok((axes, points))
    }
}

pub(super) fn run(arguments: &ProjectArguments) -> anyhow::Result<()> {
    let place = place_of(arguments)?;
    let read = |path: &PathBuf| load(path, &arguments.reading, arguments.space.as_deref());
    let files: Vec<Loaded> = arguments.vectors.iter().map(read).collect::<Result<_, _>>()?;
    let (vectors, phrases) = join(&files)?;
    let name = || arguments.vectors.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ");
    let (axes, points) = vectors.drawn(arguments).with_context(name)?;
    if let Some(place) = &place {
        let phrases: Vec<Arc<str>> = phrases.iter().map(|phrase| phrase.as_str().into()).collect();
        place.write(&coordinates_table(&phrases, &points, vectors.space()))?;
    }
    if arguments.json {
        return output::print_json(&summary(arguments, &axes, &points, &files, &phrases));
    }
    let shares: Vec<String> = axes.shares().iter().map(|share| format!("{:.1} %", share * 100.0)).collect();
    output::say(&format!("{} vectors; the axes keep {} of the variance", vectors.len(), shares.join(" + ")));
    if place.is_none() {
        let lines: Vec<String> =
            points.points().map(|point| point.iter().map(f64::to_string).collect::<Vec<_>>().join("\t")).collect();
        output::print_text(&(lines.join("\n") + "\n"))?;
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
    axes: &MapAxes,
    points: &'a Coordinates,
    files: &'a [Loaded],
    phrases: &'a [String],
) -> Summary<'a> {
    Summary {
        method: arguments.method.name(),
        vectors: points.points().len(),
        dims: axes.space().dims,
        space: axes.space().to_string(),
        files: files.iter().map(|file| FileSummary { file: &file.path, vectors: file.vectors.len() }).collect(),
        variance_share: axes.shares(),
        phrases,
        coordinates: points.points().collect(),
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
